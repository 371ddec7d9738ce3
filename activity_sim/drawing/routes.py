"""Lowers queues and workflows to lanes, routes and skips: who may take what, and in which order.

Targets that ask the same of workers share a lane, tasks that go the same way share a route, and workers whom all lanes
and skips treat alike share a skill set.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.drawing.skips import Program, program
from activity_sim.model.conditions import Condition
from activity_sim.model.expressions import parse
from activity_sim.model.ordering import Ordering
from activity_sim.model.reach import way
from activity_sim.model.references import queue_number
from activity_sim.model.route import Route, Step
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Tasks
from activity_sim.model.terms import Attributes
from activity_sim.model.workers import Workers
from activity_sim.plan import Codes, Lanes, Routes, Skips
from activity_sim.units import NEVER

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Places = NDArray[np.intp]
NAMES = frozenset({"sid", "friendly_name"})
"""By these a worker is told from all others."""

Answer = TypeVar("Answer")


@attrs.frozen
class Lane:
    """What workers are asked for by the tasks of one lane, and in what *order* they are taken."""

    queue: int
    channel: int
    accepts: Condition
    order: Ordering


Target = tuple[int, int, int, int]
"""A target on a route: its lane, priority, age until which it lasts, and skip."""


class Staff:
    """The workers of a scenario as expressions see them; what is asked of those who look alike is asked once."""

    def __init__(self, scenario: Scenario) -> None:
        self.profiles = [profile for group in scenario.groups for profile in group.profiles]
        self.looks, self.kind = _kinds([look for group in scenario.groups for look in _looks(group)])
        self.views: dict[frozenset[str], tuple[list[Attributes], Places]] = {}

    def holds(self, condition: Condition) -> Flags:
        """Return for which workers *condition* holds."""
        seen = frozenset(str(key) for name in condition.names() for key in name.path[:1])
        if seen & NAMES:
            return np.array([condition(profile) for profile in self.profiles], dtype=np.bool_)
        if seen not in self.views:
            self.views[seen] = _kinds([_written(look, seen) for look in self.looks])
        views, view = self.views[seen]
        return np.array([condition(one) for one in views], dtype=np.bool_)[view][self.kind]

    def order(self, ordering: Ordering, among: Flags) -> Codes:
        """Return the places of the workers *among* whom *ordering* decides, equal for equals; 0 for the others."""
        places = np.zeros(len(self.kind), dtype=np.int32)
        if self._has_texts(ordering, among):
            return places
        present = np.unique(self.kind[among])
        rule = ordering.among(self.looks[kind] for kind in present)
        keys = {kind: rule(self.looks[kind]) for kind in present.tolist()}
        rank = {key: place for place, key in enumerate(sorted(set(keys.values())))}
        by_kind = np.array([rank[keys[kind]] if kind in keys else 0 for kind in range(len(self.looks))], dtype=np.int32)
        places[among] = by_kind[self.kind[among]]
        return places

    def _has_texts(self, ordering: Ordering, among: Flags) -> bool:
        """Return whether *ordering* names what is a text for one of the workers *among* whom it decides."""
        named = {str(clause.name) for clause in ordering.clauses} & NAMES
        return any(name in self.profiles[worker] for name in named for worker in np.flatnonzero(among))


def _looks(group: Workers) -> list[str]:
    """Return what tells each of the *group* from others, names aside."""
    if not group.members:
        return [_written(group.attributes, group.attributes.keys() - NAMES)] * len(group.names)
    return [_written(profile, profile.keys() - NAMES) for profile in group.profiles]


def _written(attributes: Attributes, keys: Collection[str]) -> str:
    return json.dumps({key: value for key, value in attributes.items() if key in keys}, sort_keys=True)


def _kinds(looks: Sequence[str]) -> tuple[list[Attributes], Places]:
    """Return those of *looks* that differ, and which of these each of them is."""
    kinds: dict[str, int] = {}
    kind = np.array([kinds.setdefault(look, len(kinds)) for look in looks], dtype=np.intp)
    return [json.loads(look) for look in kinds], kind


class Routing:
    """The lanes, routes and skips of a *scenario*, as tasks ask for them; *channels* are the task channels in use."""

    def __init__(self, scenario: Scenario, channels: Sequence[str]) -> None:
        self.scenario = scenario
        self.channels = channels
        self.staff = Staff(scenario)
        self.lanes: dict[Lane, int] = {}
        self.routes: dict[tuple[tuple[Target, ...], bool], int] = {}
        self.skips: dict[tuple[int, Program], int] = {}
        self.known: dict[tuple[str, str], int] = {}

    def route_of(self, tasks: Tasks, attributes: Mapping[str, Any]) -> int:
        """Return the number of the route of one of *tasks* that has these *attributes*."""
        key = tasks.friendly_name, json.dumps(attributes, sort_keys=True)
        if key not in self.known:
            self.known[key] = self._add(tasks, attributes)
        return self.known[key]

    def _add(self, tasks: Tasks, attributes: Mapping[str, Any]) -> int:
        found = way(self.scenario, tasks, attributes)
        targets = tuple(self._target(step, tasks, found) for step in found.every)
        return _number(self.routes, (targets, found.default is not None))

    def _target(self, step: Step, tasks: Tasks, found: Route) -> Target:
        queue = queue_number(self.scenario.queues, step.queue)
        channel = self.channels.index(tasks.task_channel)
        lane = _number(self.lanes, Lane(queue, channel, step.accepts, step.order_by))
        ends = NEVER if step.until is None or step is found.default else int(step.until)
        priority = -1 if step.priority is None else step.priority
        skip = -1
        if step.skip_if is not None:
            skip = _number(self.skips, (queue, program(step.skip_if, self.scenario.workspace)))
        return lane, priority, ends, skip

    def most_reserved(self, routes: Ints) -> int:
        """Return how many reservations a task on one of *routes* may have at once."""
        taken, lanes, queues = list(self.routes), list(self.lanes), self.scenario.queues
        numbers = {target[0] for number in set(routes.tolist()) for target in taken[number][0]}
        return max((queues[lanes[number].queue].max_reserved_workers for number in numbers), default=1)

    def lowered(self) -> tuple[Lanes, Routes, Skips, Codes]:
        """Return the lanes, routes and skips of the plan, and the skill set of each worker."""
        of_queue = [self.staff.holds(parse(queue.target_workers)) for queue in self.scenario.queues]
        accepts = _rows([of_queue[lane.queue] & self.staff.holds(lane.accepts) for lane in self.lanes], np.bool_, self)
        orders = [self.staff.order(lane.order, of_queue[lane.queue]) for lane in self.lanes]
        counts = _rows([of_queue[queue] for queue, _ in self.skips], np.bool_, self)
        order = np.where(accepts, _rows(orders, np.int32, self), 0)
        alike = np.concatenate([accepts, order, counts]).astype(np.int32)
        _, first, skill_set = np.unique(alike.T, axis=0, return_index=True, return_inverse=True)
        lanes = _lanes(self.scenario, list(self.lanes), accepts[:, first], order[:, first])
        skips = _skips([asked for _, asked in self.skips], counts[:, first])
        return lanes, _routes(list(self.routes)), skips, skill_set.reshape(-1).astype(np.int32)


def _number(known: dict[Answer, int], key: Answer) -> int:
    return known.setdefault(key, len(known))


def _rows(rows: Sequence[NDArray[Any]], kind: type[np.generic], routing: Routing) -> NDArray[Any]:
    return np.array(rows, dtype=kind).reshape(len(rows), len(routing.staff.kind))


def _lanes(scenario: Scenario, lanes: Sequence[Lane], accepts: Flags, order: Codes) -> Lanes:
    queues = [scenario.queues[lane.queue] for lane in lanes]

    def column(values: Callable[[int], Any], kind: type[np.generic]) -> NDArray[Any]:
        return np.array([values(number) for number in range(len(lanes))], dtype=kind)

    return Lanes(
        task_queue=column(lambda n: lanes[n].queue, np.int32),
        channel=column(lambda n: lanes[n].channel, np.int32),
        lifo=column(lambda n: queues[n].task_order == "LIFO", np.bool_),
        max_reserved=column(lambda n: queues[n].max_reserved_workers, np.int32),
        accepts=np.ascontiguousarray(accepts),
        order=np.ascontiguousarray(order, dtype=np.int32),
        reservation_activity=column(lambda n: scenario.activity_of(queues[n], "reservation_activity"), np.int32),
        assignment_activity=column(lambda n: scenario.activity_of(queues[n], "assignment_activity"), np.int32),
    )


def _routes(routes: Sequence[tuple[tuple[Target, ...], bool]]) -> Routes:
    targets = np.array([target for steps, _ in routes for target in steps], dtype=np.int64).reshape(-1, 4)
    lane, priority, until, skip = targets.T
    return Routes(
        first=np.cumsum([0, *(len(steps) for steps, _ in routes)], dtype=np.int64),
        lane=lane.astype(np.int32),
        priority=np.ascontiguousarray(priority),
        until=np.ascontiguousarray(until),
        skip=skip.astype(np.int32),
        has_default=np.array([has_default for _, has_default in routes], dtype=np.bool_),
    )


def _skips(programs: Sequence[Program], counts: Flags) -> Skips:
    rows = [row for asked in programs for row in asked]
    return Skips(
        counts=np.ascontiguousarray(counts),
        first=np.cumsum([0, *map(len, programs)], dtype=np.int64),
        code=np.array([code for code, _ in rows], dtype=np.int8),
        operand=np.array([operand for _, operand in rows], dtype=np.float64),
    )
