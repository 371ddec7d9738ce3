"""The intervals of the interval reports, aligned to the local clock."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.log import Legend
from activity_sim.units import zone_of

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
        number = np.searchsorted(self.edges, moments, side="right") - 1
        return np.where(number < len(self.starts), number, -1)

    @property
    def times_of_day(self) -> tuple[Ints, list[str]]:
        """For each interval the number of its clock time, and the clock times in order."""
        clocks = self.starts.strftime("%H:%M").to_numpy()
        names, numbers = np.unique(clocks.astype(str), return_inverse=True)
        return numbers.astype(np.int64), names.tolist()


def intervals(legend: Legend) -> Intervals:
    """Return the intervals of *legend*'s observed period."""
    borders = legend.calendar.borders(legend.interval)
    first = max(int(np.searchsorted(borders, legend.warm_up, side="right")) - 1, 0)
    kept = borders[first:]
    edges = np.concatenate([np.maximum(kept, legend.warm_up), [legend.horizon]])
    moments = pd.to_datetime(kept + legend.calendar.origin, unit="us", utc=True)
    return Intervals(moments.tz_convert(zone_of(legend.calendar.time_zone)), edges)
