"""What every distribution of durations can say and do, and what those that are written as tables have in common."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.model.reading import located, scaled_fields, write_fields

Floats = NDArray[np.float64]


class Distribution(Protocol):
    """What every distribution can say and do; lengths are in microseconds."""

    @property
    def mean(self) -> float:
        """The mean."""

    @property
    def variance(self) -> float:
        """The variance, in squared microseconds."""

    @property
    def can_be_zero(self) -> bool:
        """Whether a length of 0 has a probability above 0."""

    def draw(self, uniform: Floats) -> Floats:
        """Map *uniform* numbers in [0, 1) to lengths."""

    def scaled(self, factor: float) -> Self:
        """Return the law of lengths that are *factor* times as long."""


@attrs.frozen(field_transformer=located)
class Named:
    """What the distributions that are written as tables have in common."""

    name: ClassVar[str]

    def written(self) -> dict[str, Any]:
        """Return the table of the scenario file."""
        return {"distribution": self.name, **write_fields(self)}

    @property
    def can_be_zero(self) -> bool:
        """Whether a length of 0 has a probability above 0."""
        return bool(self.mean == 0)  # type: ignore[attr-defined]

    def scaled(self, factor: float) -> Self:
        """Return the law of lengths that are *factor* times as long; the same number draws *factor* times as much."""
        return scaled_fields(self, factor)
