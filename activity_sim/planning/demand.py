"""Demand: what comes to a pool of workers by interval, how much work that is, and how long it is willing to wait."""

from __future__ import annotations

from functools import cached_property

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.intervals import Intervals
from activity_sim.drawing import Prepared
from activity_sim.drawing.tasks import TaskType
from activity_sim.errors import InputError
from activity_sim.experiment.pools import (
    Pool,
    expected_arrivals,
    expected_upto,
    first_lanes_of,
    mean_response,
    pools,
)
from activity_sim.model.arrivals import Counts, instants
from activity_sim.model.resumed import Resumed, forecast_of
from activity_sim.model.tasks import ByTimeOfDay, Target
from activity_sim.units import SECOND, Calendar

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@attrs.frozen(eq=False)
class Demand:
    """What comes to a *pool* in each of the intervals of *spans*.

    A row a task type of the pool, a column an interval: *arrivals* are the tasks that are expected, *work* how many
    seconds a worker has one in hand on average (from its reservation to the end of its wrap-up), *patience* the
    mean number of seconds until one abandons, infinite where none does. *response* has how many seconds it takes on
    average to answer the reservations of a task of each type.
    """

    pool: Pool
    spans: Intervals
    arrivals: Floats
    work: Floats
    patience: Floats
    response: Floats

    @property
    def seconds(self) -> Floats:
        """How long each interval is."""
        return self.spans.lengths / SECOND

    @cached_property
    def offered(self) -> Floats:
        """The tasks that are expected in each interval, of all types together."""
        return np.asarray(self.arrivals.sum(axis=0))

    @property
    def rate(self) -> Floats:
        """The tasks a second in each interval, of all types together."""
        return self.offered / self.seconds

    @property
    def load(self) -> Floats:
        """The offered load in each interval, in erlangs: over all types, their rate times their mean work."""
        return np.asarray((self.arrivals * self.work).sum(axis=0) / self.seconds)

    @property
    def mean_work(self) -> Floats:
        """The mean work of all tasks of each interval, in seconds; 0 where none come."""
        return self._mean(self.work)

    @property
    def mean_response(self) -> Floats:
        """The mean time until reservations are answered in each interval, in seconds; 0 where no tasks come."""
        return self._mean(np.broadcast_to(self.response[:, None], self.work.shape))

    @property
    def mean_patience(self) -> Floats:
        """The patience in seconds at whose inverse tasks of each interval abandon while they wait, on average."""
        with np.errstate(divide="ignore"):
            return np.asarray(1 / self._mean(1 / np.maximum(self.patience, 1 / SECOND)))

    def _mean(self, values: Floats) -> Floats:
        """Return the mean of *values* over the tasks of each interval."""
        total: Floats = (self.arrivals * values).sum(axis=0)
        return _ratio(total, self.offered)


def demands(prepared: Prepared, spans: Intervals) -> list[Demand]:
    """Return what comes to each pool of a scenario in the intervals of *spans*; what workflows skip does not count.

    A task counts in the pool of its first target. Raises :exc:`~activity_sim.errors.InputError` where there are no
    tasks, and for tasks that no worker can take.
    """
    if not prepared.types:
        raise InputError("are required: without any, nobody is needed", "tasks")
    for number, kind in enumerate(prepared.types):
        if not len(first_lanes_of(prepared, kind)):
            raise _unserved(number, kind, "must match a filter of their workflow, and are canceled when they arrive")
    found = [_demand(prepared, pool, spans) for pool in pools(prepared, first_lanes_of)]
    for demand in found:
        if not demand.pool.places.any():
            kind = demand.pool.types[0]
            raise _unserved(prepared.types.index(kind), kind, "must have a worker who can take them, and have none")
    return found


def _unserved(number: int, kind: TaskType, rule: str) -> InputError:
    return InputError(rule, f"tasks[{number}] ({kind.tasks.friendly_name})")


def _demand(prepared: Prepared, pool: Pool, spans: Intervals) -> Demand:
    own = [_times(prepared, kind, spans) for kind in pool.types]
    response = np.array([mean_response(kind) for kind in pool.types])
    wrap_up = np.array([kind.tasks.wrap_up_time.mean / SECOND for kind in pool.types])
    return Demand(
        pool=pool,
        spans=spans,
        arrivals=np.stack([expected_arrivals(prepared, kind, spans.edges) for kind in pool.types]),
        work=np.stack([handle for handle, _ in own]) + (wrap_up + response)[:, None],
        patience=np.stack([patience for _, patience in own]),
        response=response,
    )


def _times(prepared: Prepared, kind: TaskType, spans: Intervals) -> tuple[Floats, Floats]:
    """Return the mean handle time and patience of the tasks of a type in each interval, in seconds."""
    moments, weights = _moments(prepared.scenario.calendar, kind, spans)
    slot = np.searchsorted(spans.edges, moments, side="right") - 1

    def total(values: Floats) -> Floats:
        return np.bincount(slot, weights * values, minlength=len(spans.starts)) / SECOND

    number = total(np.full(len(moments), float(SECOND)))
    handle = _ratio(total(_handle_times(prepared, kind, moments)), number)
    patience = _patiences(kind, moments)
    known = total(np.where(np.isfinite(patience), float(SECOND), 0.0))
    mean = _ratio(total(np.where(np.isfinite(patience), patience, 0.0)), known)
    return handle, np.where(known > 0, mean * _ratio(number, known), np.inf)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _moments(calendar: Calendar, kind: TaskType, spans: Intervals) -> tuple[Ints, Floats]:
    """Return moments and how many tasks each stands for: those that are known, and then those that are expected.

    From one of the latter to the next nothing changes but the rate of arrivals.
    """
    begin, end = int(spans.edges[0]), int(spans.edges[-1])
    known = np.clip(kind.instants, begin, end - 1)
    counted = (known == kind.instants).astype(np.float64)
    if kind.curve is None:
        return known, counted
    edges = np.unique(np.clip(np.concatenate([spans.edges, _changes(calendar, kind)]), begin, end))
    weights = np.diff(expected_upto(kind.curve, edges))
    return np.concatenate([known, edges[:-1]]), np.concatenate([counted, weights])


def _changes(calendar: Calendar, kind: TaskType) -> Ints:
    """Return when the mean handle time of a type changes."""
    forecast = forecast_of(kind.tasks.arrivals)
    if isinstance(forecast, Counts) and forecast.handle_time is not None:
        return instants(forecast.times, calendar)
    by = kind.tasks.handle_time.by if isinstance(kind.tasks.handle_time, ByTimeOfDay) else ()
    return np.array([calendar.instant(day, clock) for day in calendar.dates for clock, _ in by], dtype=np.int64)


def _handle_times(prepared: Prepared, kind: TaskType, moments: Ints) -> Floats:
    """Return the mean handle times of tasks that arrive at *moments*, in microseconds."""
    given, arrivals, scenario = kind.tasks.handle_time, kind.tasks.arrivals, prepared.scenario
    if isinstance(given, ByTimeOfDay):
        means = given.means(scenario.calendar, moments)
    else:
        means = np.full(len(moments), 0.0 if given is None else float(given.mean))
    if isinstance(arrivals, Counts | Resumed):
        rows = arrivals.mean_handle_time(scenario.calendar, scenario.interval, moments)
        means = means if rows is None else np.where(np.isnan(rows), means, rows)
    return _replaced(kind, "handle_time", means)


def _patiences(kind: TaskType, moments: Ints) -> Floats:
    """Return the mean patience of tasks that arrive at *moments*, in microseconds: infinite where there is none."""
    law = kind.tasks.patience
    return _replaced(kind, "patience", np.full(len(moments), np.inf if law is None else float(law.mean)))


def _replaced(kind: TaskType, name: str, values: Floats) -> Floats:
    """Return *values* with those that the rows of a trace have in place of the first of them."""
    own = kind.own(name)
    if own is None:
        return values
    first = len(own)
    return np.concatenate([np.where(own >= 0, own, values[:first]), values[first:]])


def target_of(prepared: Prepared, demand: Demand) -> Target:
    """Return the service level that is asked for of the task type of which most tasks come."""
    busiest = demand.pool.types[int(np.argmax(demand.arrivals.sum(axis=1)))]
    return busiest.tasks.service_level or prepared.scenario.service_level
