"""How many tasks come: rates by weekday and interval, and by how much days differ beyond chance."""

from __future__ import annotations

import math
from datetime import date

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.history.laws import Floats
from activity_sim.log import Log
from activity_sim.model.arrivals import HOUR

Ints = NDArray[np.int64]
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SHOWN = 0.05
"""Days differ beyond chance where chance makes as large a difference less often than this."""


@attrs.frozen
class Dispersion:
    """How much days of one kind differ: the *index* of dispersion, 1 for chance alone, and its *p_value*.

    *cv* is the coefficient of variation of a day's own factor, with its 95 % interval from *low* to *high*; it rests on
    so many *freedom* degrees of freedom.
    """

    index: float
    p_value: float
    cv: float
    low: float
    high: float
    freedom: int

    @property
    def is_shown(self) -> bool:
        """Whether chance alone does not explain it."""
        return self.freedom > 0 and self.p_value < SHOWN


def dispersion(totals: Floats, groups: Ints) -> Dispersion:
    """Return how much the *totals* of days differ within *groups* of days that are alike.

    The index is the sum of (N - mean)^2 / mean over its degrees of freedom: a chi-square law where counts are Poisson.
    With a gamma factor of each day it is 1 + cv^2 m on average, m the mean count; that gives the cv by moments. The
    interval is that of the chi-square law, with fewer degrees of freedom by the kurtosis of the factor.

    >>> found = dispersion(np.array([90.0, 110.0, 100.0, 140.0, 60.0]), np.zeros(5, dtype=np.int64))
    >>> found.index, round(found.p_value, 6), round(found.cv, 3)
    (8.5, 1e-06, 0.274)
    """
    from scipy.stats import chi2

    places = [groups == group for group in np.unique(groups)]
    means = np.array([totals[place].mean() for place in places])
    days = np.array([place.sum() for place in places])
    freedom = int((days[means > 0] - 1).sum())
    if not freedom:
        return Dispersion(math.nan, math.nan, math.nan, 0.0, math.inf, 0)
    each = zip(places, means, strict=True)
    square = float(sum(((totals[place] - mean) ** 2).sum() / mean for place, mean in each if mean))
    index, count = square / freedom, float(((days - 1) * means).sum()) / freedom
    cv = _cv(index, count)
    left = freedom / (1 + 3 * cv**2)
    low, high = (_cv(index * left / float(chi2.ppf(p, left)), count) for p in (0.975, 0.025))
    return Dispersion(index, float(chi2.sf(square, freedom)), cv, low, high, freedom)


def _cv(index: float, count: float) -> float:
    return math.sqrt(max(index - 1, 0.0) / count)


@attrs.frozen(eq=False)
class Grid:
    """The intervals of a log: what each is alike to, how long it was seen, and how many tasks came in it.

    *weekday* and *clock* (microseconds since midnight) say which intervals are alike, *day* is the place of the date,
    *seen* in microseconds. *counts* has a row for each replication.
    """

    start: Ints
    weekday: Ints
    clock: Ints
    day: Ints
    seen: Ints
    counts: Ints

    @classmethod
    def of(cls, log: Log, kind: int) -> Grid:
        """Return the intervals of *log* with the arrivals of a task type."""
        calendar, legend = log.legend.calendar, log.legend
        start = calendar.borders(legend.interval)
        ends = np.append(start[1:], legend.horizon)
        seen = np.clip(ends, legend.warm_up, None) - np.clip(start, legend.warm_up, None)
        local = [calendar.local(instant) for instant in start.tolist()]
        dates: list[date] = sorted({moment.date() for moment in local})
        clock = [1_000_000 * ((60 * moment.hour + moment.minute) * 60 + moment.second) for moment in local]
        tasks = log.columns["tasks"]
        mine = (tasks["task_type"] == kind) & (tasks["arrival"] >= legend.warm_up)
        counts = np.zeros((len(log.replications), len(start)), dtype=np.int64)
        rows = np.searchsorted(np.array(log.replications), tasks["replication"][mine])
        np.add.at(counts, (rows, np.searchsorted(start, tasks["arrival"][mine], side="right") - 1), 1)
        weekdays = np.array([moment.weekday() for moment in local])
        return cls(start, weekdays, np.array(clock), np.array([dates.index(m.date()) for m in local]), seen, counts)

    @property
    def dispersion(self) -> Dispersion:
        """How much days of one weekday differ, of which as much was seen."""
        days = np.unique(self.day)
        here = [self.day == day for day in days]
        kinds = [(int(self.weekday[mine][0]), int(self.clock[mine][0]), int(self.seen[mine].sum())) for mine in here]
        group = np.array([kinds.index(kind) for kind in kinds])
        totals = np.array([self.counts[:, mine].sum(axis=1) for mine in here], dtype=np.float64)
        return dispersion(totals.ravel(), group.repeat(totals.shape[1]))

    def pattern(self, cv: float) -> list[Rate]:
        """Return the rates by weekday and clock time, where days have factors of their own of this *cv*."""
        keys = np.stack([self.weekday, self.clock], axis=1)
        kept = self.seen > 0
        rates = []
        for weekday, clock in np.unique(keys[kept], axis=0).tolist():
            mine = kept & (self.weekday == weekday) & (self.clock == clock)
            days = int(mine.sum()) * len(self.counts)
            hours = float(self.seen[mine].sum()) * len(self.counts) / HOUR
            rates.append(Rate.of(weekday, clock, int(self.counts[:, mine].sum()), hours, cv**2 / days))
        return rates


@attrs.frozen
class Rate:
    """The arrivals per hour on a *weekday* at a *clock* time: *per_hour*, from *low* to *high*, from a *count*."""

    weekday: int
    clock: int
    per_hour: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, weekday: int, clock: int, count: int, hours: float, variance: float) -> Rate:
        """Return the rate of *count* arrivals in so many *hours*, with its exact Poisson interval (Garwood 1936).

        The *variance* of a factor that all of them share takes from the count what it is worth.
        """
        from scipy.special import gammaincinv

        worth = 1 / (1 / count + variance) if count else 0.0
        scale = count / worth / hours if count else 1 / hours
        low = scale * gammaincinv(worth, 0.025) if count else 0.0
        high = scale * gammaincinv(worth + 1, 0.975)
        return cls(weekday, clock, count / hours, float(low), float(high), count)
