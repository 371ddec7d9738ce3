"""Whom tasks can reach: the targets that a task goes through, and which workers each accepts, or why not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from activity_sim.model.conditions import Truth
from activity_sim.model.expressions import parse, parse_attribute, parse_order, parse_target
from activity_sim.model.ordering import Ordering
from activity_sim.model.references import queue_number, targets
from activity_sim.model.route import Route, Step, route
from activity_sim.model.routing import RESERVATION_TIMEOUT, TaskQueue
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Tasks
from activity_sim.model.terms import Attributes, Name, quoted
from activity_sim.model.workers import Workers
from activity_sim.model.workflows import WorkflowTarget
from activity_sim.units import Duration


def way(scenario: Scenario, tasks: Tasks, attributes: Attributes | None = None) -> Route:
    """Return the route of *tasks*, with *attributes* in place of their own; without a workflow it is one step."""
    workflow = scenario.workflow_of(tasks)
    if workflow is not None:
        return route(workflow, tasks.attributes if attributes is None else attributes)
    queue = scenario.queues[scenario.queue_of(tasks) or 0]
    return Route((Step(queue.friendly_name, Truth(True)),))


def reservation_timeout(scenario: Scenario, tasks: Tasks) -> int:
    """Return how long a reservation of *tasks* waits for its answer, in microseconds."""
    workflow = scenario.workflow_of(tasks)
    return RESERVATION_TIMEOUT if workflow is None else workflow.task_reservation_timeout


@attrs.frozen(eq=False)
class Stage:
    """One *step* of a task's route, with its *queue*, and its *target* where a workflow has led there.

    It begins at the age *since* at the latest. *is_last_resort* is that of the default filter for a task that has
    skipped all others.
    """

    step: Step
    queue: TaskQueue
    target: WorkflowTarget | None
    since: Duration
    is_last_resort: bool = False

    def names(self) -> Iterator[Name]:
        """Yield the attributes of workers that decide who gets a task here, and in what order."""
        yield from parse(self.queue.target_workers).names()
        if self.target is None:
            return
        asked = self.target.condition.condition.names()
        yield from (Name(name.path[1:]) for name in asked if name.path[0] == "worker")
        yield from (clause.name for clause in self.step.order_by.clauses)

    def wanted(self, worker: Attributes) -> bool:
        """Return whether queue and target accept a *worker*'s attributes."""
        return parse(self.queue.target_workers)(worker) and self.step.accepts(worker)

    def why_not(self, worker: Attributes, task: Attributes) -> str:
        """Return why a *worker* cannot get a *task* here, by the attributes of both; empty where it can."""
        if reason := parse(self.queue.target_workers).why_not(worker):
            return f"not in the queue {self.queue.friendly_name!r}: {reason}"
        if self.target is None:
            return ""
        if self.target.expression and (reason := _refusal(self.target.expression, worker, task)):
            return f"not for the target: {reason}"
        return _not_known(self.target, worker, task)

    def serves(self, kind: Kind) -> bool:
        """Return whether workers of a *kind* may ever get a task here."""
        return kind.capacity > 0 and self.wanted(kind.profile)

    def order(self, kinds: Iterable[Kind]) -> Ordering:
        """Return the order that holds among the workers of *kinds* whom the queue accepts."""
        if self.target is None or self.target.order_by is None:
            return Ordering()
        accepts = parse(self.queue.target_workers)
        return parse_order(self.target.order_by).among(kind.profile for kind in kinds if accepts(kind.profile))


def _refusal(expression: str, worker: Attributes, task: Attributes) -> str:
    return parse_target(expression).condition.why_not({"worker": worker, "task": task})


def _not_known(target: WorkflowTarget, worker: Attributes, task: Attributes) -> str:
    for field in ("sid", "friendly_name"):
        meant = getattr(target, f"known_worker_{field}")
        if meant is None:
            continue
        wanted = parse_attribute(meant).of({"task": task})
        if wanted is None:
            return f"not the known worker: {meant} is missing"
        if wanted != worker.get(field):
            return f"not the known worker: {meant} is {quoted(wanted) if isinstance(wanted, str) else wanted}"
    return ""


def stages(scenario: Scenario, tasks: Tasks, attributes: Attributes | None = None) -> list[Stage]:
    """Return all targets that *tasks* may come to, in order, with *attributes* in place of their own."""
    found = way(scenario, tasks, attributes)
    workflow = scenario.workflow_of(tasks)
    known = dict(targets(workflow)) if workflow else {}
    made, since = [], Duration(0)
    for step in found.every:
        queue = scenario.queues[queue_number(scenario.queues, step.queue)]
        made.append(Stage(step, queue, known.get(step.place), since, step is found.default))
        since = max(since, step.until or since)
    return made


# --- workers ---


@attrs.frozen(eq=False)
class Kind:
    """Workers of one *group* who are alike in what matters: their *numbers*, and the *profile* of the first.

    *capacity* is how many tasks of the channel in question each of them can have in hand.
    """

    group: Workers
    profile: Attributes
    capacity: int
    numbers: tuple[int, ...]


def kinds(scenario: Scenario, names: Iterable[Name], channel: str) -> list[Kind]:
    """Return the workers of *scenario* by kinds: those of a group whose attributes of *names* are equal are one."""
    asked = sorted(set(names), key=str)
    found: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    people = list(_people(scenario, channel))
    for number, (group, profile, capacity) in enumerate(people):
        values = tuple(repr(name.of(profile)) for name in asked)
        found[id(group), capacity, values].append(number)
    return [Kind(*people[numbers[0]], numbers=tuple(numbers)) for numbers in found.values()]


def _people(scenario: Scenario, channel: str) -> Iterator[tuple[Workers, Mapping[str, Any], int]]:
    single = not scenario.workspace.multi_task_enabled
    for group in scenario.groups:
        for profile, room in zip(group.profiles, group.rooms, strict=True):
            yield group, profile, 1 if single else room.get(channel, 1)
