"""The search for the least number that will do."""

from __future__ import annotations

from collections.abc import Callable


def least(does: Callable[[int], bool], guess: int, most: int) -> int | None:
    """Return the least number from 1 to *most* that *does*, where all above one that does do too; None for none.

    It is looked for from *guess* on, in steps that double, and then by halving. So next to a good guess few numbers are
    tried, and the number found does while the one below it does not, whatever holds elsewhere.

    >>> least(lambda number: number >= 17, 12, 100), least(lambda number: number >= 17, 60, 100)
    (17, 17)
    >>> least(lambda number: False, 12, 100) is None
    True
    """
    start = min(max(guess, 1), most)
    low, high = _below(does, start) if does(start) else _above(does, start, most)
    if high > most:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if does(middle) else (middle, high)
    return high


def _below(does: Callable[[int], bool], start: int) -> tuple[int, int]:
    """Return a number that does not, or 0, and one that does, from *start* down."""
    high, step = start, 1
    while (low := max(high - step, 0)) and does(low):
        high, step = low, 2 * step
    return low, high


def _above(does: Callable[[int], bool], start: int, most: int) -> tuple[int, int]:
    """Return a number that does not and one that does, from *start* up; the latter is more than *most* for none."""
    low, step = start, 1
    while low < most and not does(high := min(low + step, most)):
        low, step = high, 2 * step
    return (low, high) if low < most else (most, most + 1)
