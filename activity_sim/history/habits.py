"""What workers do by themselves: their stays in the activities that they choose, and where they go after each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.history.likelihood import NORMAL, Lengths
from activity_sim.history.observing import in_hand, log_keys
from activity_sim.log import Log
from activity_sim.units import DAY, SECOND

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
NOTHING = -1
HOUR = 3_600 * SECOND
LONG = 4 * HOUR
PUNCTUAL = HOUR
"""Starts with a smaller standard deviation, on the clock, are planned."""
CLOSE = 0.15
"""It must be smaller than this share of what was seen of a day too: at random it is 0.29 of it."""


@attrs.frozen(eq=False)
class Stays:
    """The stays that workers chose, those in mirrored activities counted to the activity before them.

    *activity*, *group*, *start* and *end* have a row for each stay, in the order of workers and time. *next* is where
    the worker went, -1 where its end was not seen. The *begun* ones began within the log. The end was meant at *meant*
    at the earliest: later than that the worker may have waited for its work to end. *busy* says whether tasks stayed in
    hand when it ended.
    """

    activity: Ints
    group: Ints
    start: Ints
    end: Ints
    next: Ints
    begun: Mask
    meant: Ints
    busy: Mask

    def of(self, group: int, activity: int) -> Stays:
        """Return the stays of a worker *group* in an *activity*."""
        mine = (self.group == group) & (self.activity == activity)
        return Stays(*(getattr(self, field.name)[mine] for field in attrs.fields(Stays)))

    def lengths(self, horizon: int) -> Lengths:
        """Return how long the stays lasted of which the beginning was seen; all, where there are no such ended ones."""
        mine = self.begun if (self.begun & (self.next >= 0)).any() else np.ones(len(self.begun), dtype=np.bool_)
        start, end, meant = self.start[mine], self.end[mine], np.maximum(self.meant[mine], self.start[mine])
        ended = self.next[mine] >= 0
        least = np.where(ended, np.minimum(meant, end), end) - start
        most = np.where(ended, (end - start) / SECOND, np.inf)
        return Lengths(least / SECOND, most, np.zeros(len(least)), (horizon - start) / SECOND)


def stays(log: Log, mirrors: Sequence[int]) -> Stays:
    """Return the stays of *log* in activities other than the *mirrors*."""
    spells = log.columns["spells"]
    inside = spells["end"] > log.legend.warm_up
    replication, worker, activity, start, end = (
        spells[name][inside] for name in ("replication", "worker", "activity", "start", "end")
    )
    first, last = (log_keys(log, replication, worker, instant) for instant in (start, end))
    run = np.cumsum(np.concatenate([[True], first[1:] != last[:-1]])[: len(first)])
    chosen = ~np.isin(activity, mirrors)
    run_end = {int(number): int(moment) for number, moment in zip(run, end, strict=True)}
    run, activity, start, worker, first = (column[chosen] for column in (run, activity, start, worker, first))
    same = np.concatenate([[False], (run[1:] == run[:-1]) & (activity[1:] == activity[:-1])])[: len(run)]
    run, activity, start, worker, first = (column[~same] for column in (run, activity, start, worker, first))
    goes_on = np.append(run[1:] == run[:-1], [False])[: len(run)]
    ends = np.array([run_end[int(number)] for number in run], dtype=np.int64)
    end = np.where(goes_on, np.append(start[1:], [0])[: len(run)], ends)
    begun = np.concatenate([[False], run[1:] == run[:-1]])[: len(run)]
    to = np.where(goes_on, np.append(activity[1:], [NOTHING])[: len(run)], NOTHING)
    group = log.legend.worker_group[worker]
    ends = first - start + end
    return Stays(activity, group, start, end, to, begun, end - _waited(log, ends), _busy(log, ends))


def _busy(log: Log, instants: Ints) -> Mask:
    """Return at which of *instants*, keys of a worker and a time, it has a task in hand, before and after."""
    begun, over = (np.sort(keys) for keys in in_hand(log))
    return np.asarray(np.searchsorted(begun, instants, "left") > np.searchsorted(over, instants, "right"))


def _waited(log: Log, ends: Ints) -> Ints:
    """Return how long before each of *ends*, keys of worker and instant, the worker's last reservation was made.

    It is 0 where no task of the worker ended then: who leaves with work in hand may have meant to leave ever since.
    """
    tasks, offered = log.columns["tasks"], log.columns["reservations"]
    over = tasks["completed"] >= 0
    left = np.unique(log_keys(log, *(tasks[name][over] for name in ("replication", "worker", "completed"))))
    made = np.sort(log_keys(log, *(offered[name] for name in ("replication", "worker", "created"))))
    if not len(made):
        return np.zeros(len(ends), dtype=np.int64)
    before = made[np.maximum(np.searchsorted(made, ends, "left") - 1, 0)]
    return np.where(np.isin(ends, left), np.maximum(ends - before, 0), 0)


@attrs.frozen
class Punctuality:
    """How close on the clock the starts of stays lie: *concentration* from 0 to 1 with its interval, and *spread*.

    The *spread* is the circular standard deviation, and *middle* the mean time of the day, in microseconds. Source:
    Fisher (1993), *Statistical Analysis of Circular Data*, chapters 2 and 4.
    """

    concentration: float
    low: float
    high: float
    spread: float
    middle: float

    @classmethod
    def of(cls, clock: Ints) -> Punctuality:
        """Return that of times on the *clock*, in microseconds since midnight.

        >>> six, eighteen = 6 * HOUR, 18 * HOUR
        >>> round(Punctuality.of(np.array([six, eighteen])).concentration, 9)
        0.0
        """
        turns = np.exp(2j * math.pi * clock / DAY)
        middle = turns.mean()
        length = min(max(float(abs(middle)), 1e-12), 1.0)
        doubled = float((turns**2 * (middle.conjugate() / length) ** 2).real.mean())
        error = math.sqrt(max(1 + doubled - 2 * length**2, 0.0) / (2 * len(clock)))
        spread = DAY / (2 * math.pi) * math.sqrt(-2 * math.log(length))
        low, high = (min(max(length + sign * NORMAL * error, 0.0), 1.0) for sign in (-1, 1))
        mean = float(np.angle(middle)) % (2 * math.pi) * DAY / (2 * math.pi)
        return cls(length, low, high, spread, mean)


def looks_like(found: Stays, clock: Ints, seen: int, *, available: bool, rests: bool) -> str:
    """Return which of shift, break or interruption stays look like, by their length and when they begin.

    An *available* activity is a shift. An unavailable one is off shift where workers rest in it or stay long, a break
    where it begins at about the same time of the day, else an interruption. So much was *seen*, in microseconds.
    """
    if available:
        return "shift"
    typical = float(np.median(found.end - found.start))
    if typical >= LONG or (rests and typical >= LONG / 4):
        return "off shift"
    planned = Punctuality.of(clock).spread <= min(PUNCTUAL, CLOSE * min(seen, DAY))
    return "break" if planned else "interruption"
