"""Draws the tasks of a replication: when each arrives and everything that it will ever need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.drawing.streams import Streams
from activity_sim.errors import InputError, within
from activity_sim.log import ACCEPTED, REJECTED, TIMEOUT
from activity_sim.model.arrivals import MOST_TASKS, Counts, Curve, Regular, Trace
from activity_sim.model.distributions import Constant, Distribution, in_microseconds
from activity_sim.model.routing import RESERVATION_TIMEOUT
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import ByTimeOfDay, Tasks
from activity_sim.plan import MOST_OFFERS, PlannedTasks
from activity_sim.units import SECOND, Duration

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


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
    columns = {name: np.concatenate([np.zeros(0, np.int64), *(type_[name] for type_ in drawn)]) for name in _COLUMNS}
    order = np.argsort(columns["arrival"], kind="stable")
    offers = [type_["offers"] for type_ in drawn]
    first, delay, status = _join_offers(offers, order)
    return PlannedTasks(
        task_type=columns["task_type"][order].astype(np.int32),
        lane=columns["lane"][order].astype(np.int32),
        wrap_up_activity=columns["wrap_up_activity"][order].astype(np.int32),
        **{name: columns[name][order] for name in ("arrival", "priority", "handle_time", "wrap_up_time", "patience")},
        first_offer=first,
        offer_delay=delay,
        offer_status=status.astype(np.int8),
    )


_COLUMNS = (
    "task_type",
    "lane",
    "arrival",
    "priority",
    "handle_time",
    "wrap_up_time",
    "wrap_up_activity",
    "patience",
)


def _multiplier(law: Distribution | None, streams: Streams, entity: str) -> float:
    return 1.0 if law is None else float(streams.lengths(law, "busyness", entity, 1)[0]) / SECOND


def _draw_type(scenario: Scenario, given: TaskType, streams: Streams, busyness: float) -> Mapping[str, Any]:
    tasks, name = given.tasks, given.tasks.friendly_name
    arrival = given.instants
    if given.curve is not None:
        total = busyness * _multiplier(tasks.busyness, streams, name)
        arrival = _poisson(given.curve, total, streams, name, scenario.horizon)
    count = len(arrival)

    def lengths(law: Distribution, purpose: str) -> Ints:
        return in_microseconds(streams.lengths(law, purpose, name, count))

    patience = np.full(count, -1, dtype=np.int64) if tasks.patience is None else lengths(tasks.patience, "patience")
    columns = {
        "arrival": arrival,
        "task_type": np.full(count, given.number),
        "lane": np.full(count, given.lane),
        "priority": np.full(count, tasks.priority),
        "handle_time": _handle_time(scenario, tasks, arrival, streams),
        "wrap_up_time": lengths(tasks.wrap_up_time, "wrap_up_time"),
        "wrap_up_activity": np.full(count, given.wrap_up_activity),
        "patience": patience,
        "offers": _offers(tasks, streams, count),
    }
    if isinstance(tasks.arrivals, Trace):
        for column in ("handle_time", "patience", "priority"):
            columns[column] = _replaced(columns[column], getattr(tasks.arrivals, column), given.rows)  # type: ignore[arg-type]
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
    generator, unit = streams.of("arrivals", name), np.zeros(1)
    while unit[-1] < expected:
        more = int(expected - unit[-1] + 6 * expected**0.5 + 16)
        steps = -np.log1p(-generator.random(more))
        unit = np.concatenate([unit, np.cumsum(np.concatenate([unit[-1:], steps]))[1:]])
    inside = unit[1:][unit[1:] < expected]
    arrival = np.rint(curve.inverse(inside / busyness)).astype(np.int64)
    return arrival[arrival < horizon]


def _handle_time(scenario: Scenario, tasks: Tasks, arrival: Ints, streams: Streams) -> Ints:
    given, name, mean = tasks.handle_time, tasks.friendly_name, None
    law: Distribution = given.law if isinstance(given, ByTimeOfDay) else given or Constant(Duration(SECOND))
    if isinstance(tasks.arrivals, Counts):
        mean = tasks.arrivals.mean_handle_time(scenario.calendar, scenario.interval, arrival)
    if mean is None and isinstance(given, ByTimeOfDay):
        mean = given.means(scenario.calendar, arrival)
    drawn = streams.lengths(law, "handle_time", name, len(arrival))
    return in_microseconds(drawn if mean is None else drawn * (mean / law.mean))


def _offers(tasks: Tasks, streams: Streams, count: int) -> tuple[Ints, Ints, Ints]:
    """Return (task, delay, status) of all offers, round by round: up to the first that is accepted, or the last."""
    rounds = []
    open_ = np.arange(count)
    for number in range(MOST_OFFERS):
        if not len(open_):
            break
        delay, status = _round(tasks, streams, number, int(open_[-1]) + 1)
        rounds.append((open_, delay[open_], status[open_]))
        open_ = open_[status[open_] != ACCEPTED]
    if not rounds:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    task, delay, status = (np.concatenate(parts) for parts in zip(*rounds, strict=True))
    return task, delay, status


def _round(tasks: Tasks, streams: Streams, number: int, count: int) -> tuple[Ints, Ints]:
    name = tasks.friendly_name
    response = in_microseconds(streams.lengths(tasks.response, f"response {number}", name, count))
    status = np.full(count, ACCEPTED)
    if tasks.reject_probability:
        status[streams.of(f"reject {number}", name).random(count) < tasks.reject_probability] = REJECTED
    status[response > RESERVATION_TIMEOUT] = TIMEOUT
    return np.minimum(response, RESERVATION_TIMEOUT), status


def _join_offers(offers: Sequence[tuple[Ints, Ints, Ints]], order: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the first offer of each task in its final order, and the offers in that order."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    before, owner, delay, status = (
        0,
        [np.zeros(0, np.int64)],
        [np.zeros(0, np.int64)],
        [np.zeros(0, np.int64)],
    )
    for task, its_delay, its_status in offers:
        owner.append(place[task + before])
        delay.append(its_delay)
        status.append(its_status)
        before += len(np.unique(task))
    owners = np.concatenate(owner)
    sequence = np.argsort(owners, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=len(order)))]).astype(np.int64)
    return first, np.concatenate(delay)[sequence], np.concatenate(status)[sequence]
