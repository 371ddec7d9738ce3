"""Shrinkage: how much of the time that workers are scheduled for they are not available in."""

from __future__ import annotations

import math
from collections.abc import Iterable

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.intervals import Intervals
from activity_sim.drawing import Prepared
from activity_sim.drawing.agendas import Day
from activity_sim.experiment.pools import idle_logs, mean_level, steps_of
from activity_sim.log import Log
from activity_sim.model.distributions import Constant

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
WORKERS = 4_000
"""About so many workers' agendas are drawn where they depend on chance: shares are then exact to half a per cent."""
STEPS = 2_000_000
"""At most so many steps of agendas are drawn, where that leaves more than one replication."""


@attrs.frozen(eq=False)
class Attendance:
    """How many of some workers are *scheduled* in each interval, and how many are *available*, on average."""

    scheduled: Floats
    available: Floats

    @property
    def shrinkage(self) -> Floats:
        """The share of the scheduled time in which workers are not available; that of all where none are scheduled."""
        lost = np.maximum(self.scheduled - self.available, 0.0)
        whole = self.scheduled.sum()
        overall = lost.sum() / whole if whole else 0.0
        return np.divide(lost, self.scheduled, out=np.full_like(lost, overall), where=self.scheduled > 0)


def attendance(prepared: Prepared, workers: Bools, spans: Intervals, *, seed: int = 1) -> Attendance:
    """Return how many of the *workers* (one entry each) are there in the intervals of *spans*, if no tasks come.

    A worker with shifts is scheduled from the start to the end of each; one without is so while it is not in the
    default activity, and always where that is available. Available is who is in an available activity. Breaks and
    interruptions are those of the drawn agendas, and so are absences and routines: of many replications under *seed*
    where they depend on chance, and exact where they do not.
    """
    shifted = np.array([bool(day.shifts) for day in prepared.days])
    logs = [_there(workers, shifted, log, spans) for log in _logs(prepared, workers, seed)]
    free, available = np.mean(logs, axis=0)
    return Attendance(scheduled=_shift_time(prepared, workers, spans) + free, available=available)


def _logs(prepared: Prepared, workers: Bools, seed: int) -> Iterable[Log]:
    mine = [day for day, own in zip(prepared.days, workers, strict=True) if own]
    if all(map(_is_fixed, mine)):
        return idle_logs(prepared, seed, 1)
    wanted = math.ceil(WORKERS / len(mine))
    return idle_logs(prepared, seed, max(min(wanted, STEPS // steps_of(prepared, seed)), 1))


def _is_fixed(day: Day) -> bool:
    """Return whether chance has no part in a worker's agenda."""
    group = day.group
    constant = all(isinstance(planned.lasts, Constant) for planned in group.breaks)
    return constant and not (group.interruptions or group.routine or group.absence)


def _shift_time(prepared: Prepared, workers: Bools, spans: Intervals) -> Floats:
    """Return how many of the *workers* are in a shift, on average in each interval."""
    days = [day for day, own in zip(prepared.days, workers, strict=True) if own]
    shifts = np.array([(shift.start, shift.end) for day in days for shift in day.shifts], dtype=np.int64).reshape(-1, 2)
    inside = np.clip(shifts, 0, prepared.legend.horizon)
    return _mean_number(inside[:, 0], inside[:, 1], spans)


def _there(workers: Bools, shifted: Bools, log: Log, spans: Intervals) -> tuple[Floats, Floats]:
    """Return how many of the *workers* are at work without a shift, and how many are available."""
    spells, legend = log.columns["spells"], log.legend
    able = np.array(legend.available, dtype=np.bool_)
    working = able | (np.arange(len(able)) != legend.default_activity)
    mine, activity = workers[spells["worker"]], spells["activity"]
    chosen = (mine & ~shifted[spells["worker"]] & working[activity], mine & able[activity])
    free, available = (_mean_number(spells["start"][rows], spells["end"][rows], spans) for rows in chosen)
    return free, available


def _mean_number(starts: Ints, ends: Ints, spans: Intervals) -> Floats:
    """Return how many stays there are on average in each interval."""
    moments = np.concatenate([spans.edges[:1], starts, ends])
    change = np.concatenate([[0.0], np.ones(len(starts)), np.full(len(ends), -1.0)])
    times, row = np.unique(moments, return_inverse=True)
    return mean_level(times, np.cumsum(np.bincount(row, weights=change)), spans.edges)
