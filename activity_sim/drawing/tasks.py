"""Draws the tasks of a replication: when each arrives and everything that it will ever need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.drawing.streams import BLOCK, Streams
from activity_sim.errors import InputError, within
from activity_sim.log import ACCEPTED, REJECTED, TIMEOUT
from activity_sim.model.arrivals import MOST_TASKS, Counts, Curve, Regular, Trace
from activity_sim.model.distributions import Constant, Distribution
from activity_sim.model.routing import RESERVATION_TIMEOUT
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import ByTimeOfDay, Tasks
from activity_sim.plan import MOST_OFFERS, PlannedTasks
from activity_sim.units import SECOND, Duration

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Statuses = NDArray[np.int8]
Offers = tuple[int, Ints, Ints, Statuses]


@attrs.frozen(eq=False)
class TaskType:
    """What is fixed of a task type: its *lane*, its wrap-up activity, and when its tasks come.

    *curve* is the expected number over time, or None where the *instants* themselves are given; *rows* are then
    the rows of the trace that they come from.
    """

    tasks: Tasks
    number: int
    lane: int
    wrap_up_activity: int
    curve: Curve | None
    instants: Ints
    rows: Ints


def task_types(scenario: Scenario, lanes: Sequence[int]) -> list[TaskType]:
    """Return what is fixed of each task type; *lanes* are their lanes."""
    return [
        within(
            f"tasks[{number}] ({tasks.friendly_name})",
            lambda number=number, tasks=tasks: _task_type(scenario, tasks, number, lanes[number]),  # type: ignore[misc]
        )
        for number, tasks in enumerate(scenario.tasks)
    ]


def _task_type(scenario: Scenario, tasks: Tasks, number: int, lane: int) -> TaskType:
    activity = tasks.wrap_up_activity
    wrap_up = -1 if activity is None else scenario.workspace.code(activity, "wrap_up_activity")
    calendar, none = scenario.calendar, np.zeros(0, dtype=np.int64)
    if isinstance(tasks.arrivals, Trace | Regular):
        instants, rows = within("arrivals", lambda: tasks.arrivals.instants(calendar))  # type: ignore[union-attr]
        return TaskType(tasks, number, lane, wrap_up, None, instants, rows)
    curve = within("arrivals", lambda: tasks.arrivals.expected(calendar, scenario.interval))  # type: ignore[union-attr]
    if curve.cumulative[-1] > MOST_TASKS:
        raise InputError(
            f"would make about {curve.cumulative[-1]:.3g} tasks; at most {MOST_TASKS:,} can be", "arrivals"
        )
    return TaskType(tasks, number, lane, wrap_up, curve, none, none)


def draw_tasks(scenario: Scenario, types: Sequence[TaskType], streams: Streams) -> PlannedTasks:
    """Return the tasks of one replication, numbered by (arrival, task type, number within it)."""
    busyness = _multiplier(scenario.busyness, streams, "")
    drawn = [_draw_type(scenario, given, streams, busyness) for given in types]
    columns = {name: _joined(drawn, name) for name in _COLUMNS}
    order = _order(columns["arrival"])
    columns = {name: column[order] for name, column in columns.items()}
    number = np.repeat(np.arange(len(types)), [len(type_["arrival"]) for type_ in drawn])[order]
    more = _more_offers(drawn, order, len(number))
    first, delay, status = _join_offers(columns.pop("delay"), columns.pop("status"), more)
    return PlannedTasks(
        task_type=number.astype(np.int32),
        lane=np.array([given.lane for given in types], dtype=np.int32)[number],
        wrap_up_activity=np.array([given.wrap_up_activity for given in types], dtype=np.int32)[number],
        **columns,
        first_offer=first,
        offer_delay=delay,
        offer_status=status,
    )


_COLUMNS = ("arrival", "priority", "handle_time", "wrap_up_time", "patience", "delay", "status")


def _joined(drawn: Sequence[Mapping[str, Any]], name: str) -> NDArray[Any]:
    columns = [type_[name] for type_ in drawn]
    none = np.zeros(0, dtype=np.int8 if name == "status" else np.int64)
    return columns[0] if len(columns) == 1 else np.concatenate([none, *columns])


def _order(arrival: Ints) -> Ints | slice:
    if np.all(arrival[:-1] <= arrival[1:]):
        return slice(None)
    return np.argsort(arrival, kind="stable")


def _multiplier(law: Distribution | None, streams: Streams, entity: str) -> float:
    return 1.0 if law is None else streams.factor(law, "busyness", entity)


def _draw_type(scenario: Scenario, given: TaskType, streams: Streams, busyness: float) -> Mapping[str, Any]:
    tasks, name = given.tasks, given.tasks.friendly_name
    arrival = given.instants
    if given.curve is not None:
        total = busyness * _multiplier(tasks.busyness, streams, name)
        arrival = _poisson(given.curve, total, streams, name, scenario.horizon)
    count = len(arrival)

    def lengths(law: Distribution, purpose: str) -> Ints:
        return streams.lengths(law, purpose, name, count=count)

    patience = np.full(count, -1, dtype=np.int64) if tasks.patience is None else lengths(tasks.patience, "patience")
    columns = {
        "arrival": arrival,
        "priority": np.full(count, tasks.priority),
        "handle_time": _handle_time(scenario, tasks, arrival, streams),
        "wrap_up_time": lengths(tasks.wrap_up_time, "wrap_up_time"),
        "patience": patience,
        **_offers(tasks, streams, count),
    }
    if isinstance(tasks.arrivals, Trace):
        for column in ("handle_time", "patience", "priority"):
            columns[column] = _replaced(columns[column], getattr(tasks.arrivals, column), given.rows)
    return columns


def _replaced(drawn: Ints, given: tuple[int | None, ...] | None, rows: Ints) -> Ints:
    if given is None:
        return drawn
    column = np.array([-1 if value is None else value for value in given], dtype=np.int64)[rows]
    return np.where(column >= 0, column, drawn)


def _poisson(curve: Curve, busyness: float, streams: Streams, name: str, horizon: int) -> Ints:
    expected = float(curve.cumulative[-1]) * busyness
    if expected > MOST_TASKS:
        raise InputError(f"would make about {expected:.3g} tasks; at most {MOST_TASKS:,} can be", f"tasks {name!r}")
    if not expected:
        return np.zeros(0, dtype=np.int64)
    unit = _unit_arrivals(streams.of("arrivals", name), expected)
    arrival = np.empty(len(unit), dtype=np.int64)
    for first in range(0, len(unit), BLOCK):
        rows = slice(first, first + BLOCK)
        arrival[rows] = np.rint(curve.inverse(unit[rows] / busyness))
    return arrival[arrival < horizon]


def _unit_arrivals(generator: np.random.Generator, until: float) -> Floats:
    """Return the arrivals of a Poisson process of unit rate before *until*."""
    parts, last = [], 0.0
    while last < until:
        steps = generator.random(int(until - last + 6 * until**0.5 + 16))
        np.negative(np.log1p(np.negative(steps, out=steps), out=steps), out=steps)
        steps[0] += last
        parts.append(np.cumsum(steps, out=steps))
        last = steps[-1]
    unit = np.concatenate(parts)
    return unit[: np.searchsorted(unit, until)]


def _handle_time(scenario: Scenario, tasks: Tasks, arrival: Ints, streams: Streams) -> Ints:
    given, name, mean = tasks.handle_time, tasks.friendly_name, None
    law: Distribution = given.law if isinstance(given, ByTimeOfDay) else given or Constant(Duration(SECOND))
    if isinstance(tasks.arrivals, Counts):
        mean = tasks.arrivals.mean_handle_time(scenario.calendar, scenario.interval, arrival)
    if mean is None and isinstance(given, ByTimeOfDay):
        mean = given.means(scenario.calendar, arrival)
    scale = None if mean is None else mean / law.mean
    return streams.lengths(law, "handle_time", name, count=len(arrival), scale=scale)


def _offers(tasks: Tasks, streams: Streams, count: int) -> Mapping[str, Any]:
    """Return the *delay* and *status* of each task's first offer, and *more* offers round by round.

    A round has the (task, delay, status) of those tasks that have accepted none so far.
    """
    delay, status = _round(tasks, streams, 0, count)
    more: list[tuple[Ints, Ints, Statuses]] = []
    open_ = np.flatnonzero(status != ACCEPTED)
    for number in range(1, MOST_OFFERS):
        if not len(open_):
            break
        all_delays, all_statuses = _round(tasks, streams, number, int(open_[-1]) + 1)
        more.append((open_, all_delays[open_], all_statuses[open_]))
        open_ = open_[all_statuses[open_] != ACCEPTED]
    return {"delay": delay, "status": status, "more": more}


def _round(tasks: Tasks, streams: Streams, number: int, count: int) -> tuple[Ints, Statuses]:
    name = tasks.friendly_name
    response = streams.lengths(tasks.response, f"response {number}", name, count=count)
    status = np.full(count, ACCEPTED, dtype=np.int8)
    if tasks.reject_probability:
        status[streams.of(f"reject {number}", name).random(count) < tasks.reject_probability] = REJECTED
    status[response > RESERVATION_TIMEOUT] = TIMEOUT
    return np.minimum(response, RESERVATION_TIMEOUT), status


def _more_offers(drawn: Sequence[Mapping[str, Any]], order: Ints | slice, count: int) -> list[Offers]:
    """Return the rounds of offers after the first of all types, as (number, task in its final order, delay, status)."""
    before = np.cumsum([0, *(len(type_["arrival"]) for type_ in drawn)])
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    return [
        (number, place[its_first + task], delay, status)
        for its_first, type_ in zip(before, drawn, strict=False)
        for number, (task, delay, status) in enumerate(type_["more"], start=1)
    ]


def _join_offers(delay: Ints, status: Statuses, more: Sequence[Offers]) -> tuple[Ints, Ints, Statuses]:
    """Return the first offer of each task, and all offers task by task; *delay* and *status* are of the first ones."""
    count = np.ones(len(delay), dtype=np.int64)
    for _, task, _, _ in more:
        count[task] += 1
    first = np.concatenate([[0], np.cumsum(count)])
    if not more:
        return first, delay, status
    delays, statuses = np.empty(first[-1], dtype=np.int64), np.empty(first[-1], dtype=np.int8)
    all_tasks = np.arange(len(delay))
    for number, task, its_delay, its_status in [(0, all_tasks, delay, status), *more]:
        delays[first[task] + number] = its_delay
        statuses[first[task] + number] = its_status
    return first, delays, statuses
