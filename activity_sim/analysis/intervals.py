"""The intervals of the interval reports, aligned to the local clock."""

from __future__ import annotations

from functools import cached_property, lru_cache

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.log import Legend
from activity_sim.units import NEVER, Calendar, zone_of

Ints = NDArray[np.int64]


@attrs.frozen(eq=False)
class Intervals:
    """The intervals that touch the observed period.

    *starts* are their local times; *edges*, one more than they are, the borders cut to the period, in microseconds.
    """

    starts: pd.DatetimeIndex
    edges: Ints

    @property
    def lengths(self) -> Ints:
        """How much of each interval is observed, in microseconds."""
        return np.diff(self.edges)

    def of(self, moments: Ints) -> Ints:
        """Return the number of the interval that each of *moments* falls into, -1 for none."""
        number = self.begun(moments) - 1
        number[number == len(self.starts)] = -1
        return number

    def begun(self, moments: Ints) -> Ints:
        """Return how many of the edges lie before or at each of *moments*, which must not be below 0."""
        width, begun, most = self._buckets
        found = begun.take(moments // width, mode="clip")
        for _ in range(most):
            found += moments >= self._next.take(found)
        return found

    @cached_property
    def _buckets(self) -> tuple[int, Ints, int]:
        """A width, how many edges lie before or at each multiple of it, and the most that lie between two."""
        width = int(self.edges[-1]) // (4 * len(self.edges)) + 1
        multiples = np.arange(0, int(self.edges[-1]) + 2 * width, width, dtype=np.int64)
        begun = np.searchsorted(self.edges, multiples, side="right").astype(np.int64)
        return width, begun, int(np.diff(begun).max())

    @cached_property
    def _next(self) -> Ints:
        return np.append(self.edges, NEVER)

    @cached_property
    def times_of_day(self) -> tuple[Ints, list[str]]:
        """For each interval the number of its clock time, and the clock times in order."""
        clocks = self.starts.strftime("%H:%M").to_numpy()
        names, numbers = np.unique(clocks.astype(str), return_inverse=True)
        return numbers.astype(np.int64), names.tolist()


def intervals(legend: Legend) -> Intervals:
    """Return the intervals of *legend*'s observed period."""
    return _intervals(legend.calendar, legend.interval, legend.warm_up)


@lru_cache(maxsize=16)
def _intervals(calendar: Calendar, interval: int, warm_up: int) -> Intervals:
    borders = calendar.borders(interval)
    first = max(int(np.searchsorted(borders, warm_up, side="right")) - 1, 0)
    kept = borders[first:]
    edges = np.concatenate([np.maximum(kept, warm_up), [calendar.horizon]])
    moments = pd.to_datetime(kept + calendar.origin, unit="us", utc=True)
    return Intervals(moments.tz_convert(zone_of(calendar.time_zone)), edges)
