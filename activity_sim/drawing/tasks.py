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
from activity_sim.model.resumed import Past, Resumed, trace_of
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import ByTimeOfDay, Tasks
from activity_sim.plan import PlannedTasks
from activity_sim.units import SECOND, Duration

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NONE: Ints = np.zeros(0, dtype=np.int64)


@attrs.frozen(eq=False)
class TaskType:
    """What is fixed of a task type: its *kind*, its *routes*, and when its tasks come.

    *curve* is the expected number over time, None where all come at *instants* that are given, whose *rows* are those
    of the trace that they come from. Where a day was taken up there are both: the *past*, and a curve that begins with
    what is still to come. *routes* has one for each of the instants, and the last is that of all further tasks.
    """

    kind: Kind
    routes: Ints
    curve: Curve | None
    instants: Ints
    rows: Ints
    past: Past | None = None

    @property
    def tasks(self) -> Tasks:
        """What the scenario says of it."""
        return self.kind.tasks

    @property
    def expected(self) -> float:
        """How many tasks come on average, busyness aside."""
        return len(self.instants) + (0.0 if self.curve is None else float(self.curve.cumulative[-1]))

    def own(self, name: str) -> Ints | None:
        """Return what the rows of a trace say of each of the instants, -1 where nothing; None where they do not."""
        trace = trace_of(self.tasks.arrivals)
        given = None if trace is None else getattr(trace, name)
        if given is None:
            return None
        return np.array([-1 if value is None else value for value in given], dtype=np.int64)[self.rows]


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
    calendar, arrivals = scenario.calendar, tasks.arrivals
    curve, past, instants, rows = None, None, NONE, NONE
    if isinstance(arrivals, Trace | Regular):
        instants, rows = within("arrivals", lambda: arrivals.instants(calendar))
    else:
        curve = within("arrivals", lambda: arrivals.expected(calendar, scenario.interval))
        _check_number(float(curve.cumulative[-1]))
    if isinstance(arrivals, Resumed):
        past = arrivals.past(calendar, scenario.interval)
        instants, rows = past.instants, past.rows
    routes = _routes(routing, tasks, rows)
    return TaskType(_kind(scenario, routing, tasks, code, routes), routes, curve, instants, rows, past)


def _check_number(expected: float) -> None:
    if expected > MOST_TASKS:
        rule = f"would make about {expected:.3g} tasks; at most {MOST_TASKS:,} can be"
        raise InputError(rule, "arrivals")


def _kind(scenario: Scenario, routing: Routing, tasks: Tasks, code: int, routes: Ints) -> Kind:
    activity = tasks.wrap_up_activity
    return Kind(
        tasks=tasks,
        code=code,
        wrap_up_activity=-1 if activity is None else scenario.workspace.code(activity, "wrap_up_activity"),
        offers=OfferRule(reservation_timeout(scenario, tasks), routing.most_reserved(routes)),
    )


def _routes(routing: Routing, tasks: Tasks, rows: Ints) -> Ints:
    trace = trace_of(tasks.arrivals)
    given = None if trace is None else trace.attributes
    own = [] if given is None else [given[row] for row in rows]
    if given is None or isinstance(tasks.arrivals, Resumed):
        own.append(None)
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
    arrival = _arrival(scenario, given, streams, busyness)
    columns = {
        "arrival": arrival,
        "priority": np.full(len(arrival), tasks.priority),
        "route": _route(given.routes, len(arrival)),
        "handle_time": _handle_time(scenario, tasks, arrival, streams),
        "wrap_up_time": streams.lengths(tasks.wrap_up_time, "wrap_up_time", name, count=len(arrival)),
        "patience": draw_patience(tasks, streams, len(arrival)),
    }
    for column in ("handle_time", "patience", "priority"):
        columns[column] = _replaced(columns[column], given.own(column))
    return draw_attempts(given.kind, columns, streams)


def _arrival(scenario: Scenario, given: TaskType, streams: Streams, busyness: float) -> Ints:
    """Return when the tasks of a type arrive: those that have come, and then those to come."""
    if given.curve is None:
        return given.instants
    name = given.tasks.friendly_name
    total = busyness * _multiplier(given.tasks.busyness, streams, name)
    coming = _poisson(given.curve, total, streams, name, scenario.horizon)
    return coming if given.past is None else np.concatenate([_came(given.past, streams, name), coming])


def _came(past: Past, streams: Streams, name: str) -> Ints:
    """Return when the tasks of the *past* came: of Poisson arrivals each is anywhere in its interval, all alike."""
    if not past.width:
        return past.instants
    place = streams.of("arrivals so far", name).random(len(past.begins))
    return np.sort(past.begins + (place * past.width).astype(np.int64))


def _route(routes: Ints, count: int) -> Ints:
    if len(routes) == 1:
        return np.broadcast_to(routes, count)
    return routes.take(np.arange(count), mode="clip")


def _replaced(drawn: Ints, own: Ints | None) -> Ints:
    """Return what is *drawn*, with what the first tasks have of their *own*, where they do, in its place."""
    if own is None:
        return drawn
    first = len(own)
    return np.concatenate([np.where(own >= 0, own, drawn[:first]), drawn[first:]])


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
    if isinstance(given, ByTimeOfDay):
        mean = given.means(scenario.calendar, arrival)
    if isinstance(tasks.arrivals, Counts | Resumed):
        rows = tasks.arrivals.mean_handle_time(scenario.calendar, scenario.interval, arrival)
        mean = mean if rows is None else np.where(np.isnan(rows), law.mean if mean is None else mean, rows)
    scale = None if mean is None else mean / law.mean
    return streams.lengths(law, "handle_time", name, count=len(arrival), scale=scale)
