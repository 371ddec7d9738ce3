"""What reports finish: the sums of replications, wherever these are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

Sums = Mapping[str, NDArray[Any]]
"""The sums of one replication, by name."""
Waited = tuple[NDArray[np.int32], NDArray[np.int64]]
"""The cell (interval and task type) of each wait of one replication, and its length in microseconds."""


class Gathered(Protocol):
    """The sums of one report over replications; those of a name have the replications along their first axis."""

    def __len__(self) -> int:
        """Return the number of replications."""

    def __getitem__(self, name: str, /) -> NDArray[Any]:
        """Return the sums of that *name*."""

    def waits(self) -> Iterable[Waited]:
        """Return the waits of each replication."""


@attrs.frozen(eq=False)
class Stacked:
    """Sums that are held in memory: those *each* replication has, and its waits."""

    each: Sequence[Sums]
    waited: Sequence[Waited]

    def __len__(self) -> int:
        return len(self.each)

    def __getitem__(self, name: str, /) -> NDArray[Any]:
        return np.stack([one[name] for one in self.each])

    def waits(self) -> Iterator[Waited]:
        """Yield the waits of each replication."""
        return iter(self.waited)
