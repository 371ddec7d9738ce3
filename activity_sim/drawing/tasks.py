"""Draws the tasks of a replication: when each arrives and everything that it will ever need."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.drawing.attempts import Attempts, Kind, draw_attempts, draw_patience, planned
from activity_sim.drawing.offers import OfferRule
from activity_sim.drawing.routes import Routing
from activity_sim.drawing.streams import BLOCK, Streams
from activity_sim.errors import InputError, within
from activity_sim.model.arrivals import MOST_TASKS, Counts, Curve, Regular, Trace
from activity_sim.model.distributions import Constant, Distribution
from activity_sim.model.reach import reservation_timeout
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import ByTimeOfDay, Tasks
from activity_sim.plan import PlannedTasks
from activity_sim.units import SECOND, Duration

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@attrs.frozen(eq=False)
class TaskType:
    """What is fixed of a task type: its *kind*, its *routes*, and when its tasks come.

    *curve* is the expected number over time, or None where the *instants* themselves are given; *rows* are then
    the rows of the trace that they come from. *routes* has one for all tasks, or one for each of the *instants*.
    """

    kind: Kind
    routes: Ints
    curve: Curve | None
    instants: Ints
    rows: Ints

    @property
    def tasks(self) -> Tasks:
        """What the scenario says of it."""
        return self.kind.tasks


def task_types(scenario: Scenario, routing: Routing) -> list[TaskType]:
    """Return what is fixed of each task type, whose routes *routing* finds."""
    codes = np.cumsum([0, *(len(tasks.types) for tasks in scenario.tasks)]).tolist()
    return [
        within(
            f"tasks[{number}] ({tasks.friendly_name})",
            lambda tasks=tasks, code=codes[number]: _task_type(scenario, routing, tasks, code),  # type: ignore[misc]
        )
        for number, tasks in enumerate(scenario.tasks)
    ]


def _task_type(scenario: Scenario, routing: Routing, tasks: Tasks, code: int) -> TaskType:
    calendar, none = scenario.calendar, np.zeros(0, dtype=np.int64)
    curve, instants, rows = None, none, none
    if isinstance(tasks.arrivals, Trace | Regular):
        instants, rows = within("arrivals", lambda: tasks.arrivals.instants(calendar))  # type: ignore[union-attr]
    else:
        curve = within("arrivals", lambda: tasks.arrivals.expected(calendar, scenario.interval))  # type: ignore[union-attr]
        if curve.cumulative[-1] > MOST_TASKS:
            rule = f"would make about {curve.cumulative[-1]:.3g} tasks; at most {MOST_TASKS:,} can be"
            raise InputError(rule, "arrivals")
    routes = _routes(routing, tasks, rows)
    return TaskType(_kind(scenario, routing, tasks, code, routes), routes, curve, instants, rows)


def _kind(scenario: Scenario, routing: Routing, tasks: Tasks, code: int, routes: Ints) -> Kind:
    activity = tasks.wrap_up_activity
    return Kind(
        tasks=tasks,
        code=code,
        wrap_up_activity=-1 if activity is None else scenario.workspace.code(activity, "wrap_up_activity"),
        offers=OfferRule(reservation_timeout(scenario, tasks), routing.most_reserved(routes)),
    )


def _routes(routing: Routing, tasks: Tasks, rows: Ints) -> Ints:
    given = tasks.arrivals.attributes if isinstance(tasks.arrivals, Trace) else None
    own = [None] if given is None else [given[row] for row in rows]
    return np.array([routing.route_of(tasks, tasks.attributes if a is None else a) for a in own], dtype=np.int64)


def draw_tasks(scenario: Scenario, types: Sequence[TaskType], streams: Streams) -> PlannedTasks:
    """Return the tasks of one replication: by (arrival, task type, number within it), behind them what follows others.

    What follows others is ordered by the first of them, and then one after the other.
    """
    busyness = _multiplier(scenario.busyness, streams, "")
    drawn = [_draw_type(scenario, given, streams, busyness) for given in types]
    attempts = [*(first for first, _ in drawn), *(later for _, following in drawn for later in following)]
    return planned(attempts, len(drawn))


def _multiplier(law: Distribution | None, streams: Streams, entity: str) -> float:
    return 1.0 if law is None else streams.factor(law, "busyness", entity)


def _draw_type(
    scenario: Scenario, given: TaskType, streams: Streams, busyness: float
) -> tuple[Attempts, Sequence[Attempts]]:
    tasks, name = given.tasks, given.tasks.friendly_name
    arrival = given.instants
    if given.curve is not None:
        total = busyness * _multiplier(tasks.busyness, streams, name)
        arrival = _poisson(given.curve, total, streams, name, scenario.horizon)
    columns = {
        "arrival": arrival,
        "priority": np.full(len(arrival), tasks.priority),
        "route": given.routes if len(given.routes) > 1 else np.broadcast_to(given.routes, len(arrival)),
        "handle_time": _handle_time(scenario, tasks, arrival, streams),
        "wrap_up_time": streams.lengths(tasks.wrap_up_time, "wrap_up_time", name, count=len(arrival)),
        "patience": draw_patience(tasks, streams, len(arrival)),
    }
    if isinstance(tasks.arrivals, Trace):
        for column in ("handle_time", "patience", "priority"):
            columns[column] = _replaced(columns[column], getattr(tasks.arrivals, column), given.rows)
    return draw_attempts(given.kind, columns, streams)


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
