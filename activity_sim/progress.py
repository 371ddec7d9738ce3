"""Progress bars, on a terminal or in a notebook, of what takes longer than a second."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(*, total: int, unit: str, ready: int = 0) -> Iterator[Callable[[int], object]]:
    """Show how many of *total* are done, *ready* at first, and give what is told of so many more.

    >>> with bar(total=2, unit="worker") as done:
    ...     _ = done(2)
    """
    from tqdm.auto import tqdm

    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    with tqdm(initial=ready, total=total, delay=1, leave=False, unit=unit, disable=not watched) as shown:
        yield shown.update
