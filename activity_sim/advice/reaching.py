"""Warnings about tasks that find no worker, and workers who get no task."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from activity_sim.advice.words import listed
from activity_sim.model.expressions import parse
from activity_sim.model.reach import Kind, Stage, kinds, stages
from activity_sim.model.references import queue_number, targets
from activity_sim.model.resumed import trace_of
from activity_sim.model.routing import TaskQueue
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Tasks

MOST_VARIANTS = 1_000
"""Tasks of a trace are looked at with so many attributes that differ."""


def variants(tasks: Tasks) -> Iterator[tuple[Mapping[str, Any], int]]:
    """Yield the attributes that tasks of a type have, with how many of a trace have them (0: all tasks)."""
    trace = trace_of(tasks.arrivals)
    if trace is None or trace.attributes is None:
        yield tasks.attributes, 0
        return
    rows = trace.attributes if trace is tasks.arrivals else (*trace.attributes, None)
    found = Counter(json.dumps(tasks.attributes if row is None else row, sort_keys=True) for row in rows)
    yield from ((json.loads(text), count) for text, count in found.most_common(MOST_VARIANTS))


def unreached(scenario: Scenario) -> Iterator[str]:
    """Warn of tasks that are canceled when they arrive, or that nobody can take, and of targets where nobody can."""
    for tasks in scenario.tasks:
        if scenario.workflow_of(tasks) is None:
            yield from _by_queue(scenario, tasks)
        else:
            yield from _by_workflow(scenario, tasks)


def _by_queue(scenario: Scenario, tasks: Tasks) -> Iterator[str]:
    (stage,) = stages(scenario, tasks)
    if not _serves(scenario, stage, tasks):
        yield (
            f"tasks {tasks.friendly_name!r}: no worker can take them (queue {stage.queue.friendly_name!r}, "
            f"target_workers {stage.queue.target_workers}, task channel {tasks.task_channel!r})"
        )


def _by_workflow(scenario: Scenario, tasks: Tasks) -> Iterator[str]:
    lost, stuck, dead = 0, 0, dict[str, Stage]()
    everything = list(variants(tasks))
    for attributes, count in everything:
        found = stages(scenario, tasks, attributes)
        unserved = [stage for stage in found if not _serves(scenario, stage, tasks)]
        lost += 0 if found else max(count, 1)
        stuck += max(count, 1) if found and len(unserved) == len(found) else 0
        dead |= {stage.step.place: stage for stage in unserved if len(unserved) < len(found)}
    total = sum(max(count, 1) for _, count in everything)
    workflow = scenario.workflow_of(tasks)
    who, where = f"tasks {tasks.friendly_name!r}", f"workflow {workflow.friendly_name!r}" if workflow else ""
    see = f"check --explain {tasks.friendly_name!r} says why"
    if lost:
        rule = "match no filter and are canceled when they arrive; add a filter or a default_filter"
        yield f"{who}: {_share(lost, total)} {rule} ({where})"
    if stuck:
        yield f"{who}: no worker can take {_share(stuck, total, whole='them')} at any of their targets ({where}); {see}"
    for place, stage in dead.items():
        if _somebody(scenario, stage.queue):
            yield f"{who}: no worker can take them at {place} (queue {stage.queue.friendly_name!r}, {where}); {see}"


def _share(count: int, total: int, whole: str = "they") -> str:
    return whole if count == total else f"{count:,} of {total:,}"


def _serves(scenario: Scenario, stage: Stage, tasks: Tasks) -> bool:
    return any(map(stage.serves, kinds(scenario, stage.names(), tasks.task_channel)))


def empty_queues(scenario: Scenario) -> Iterator[str]:
    """Warn of task queues whose expression no worker meets, those aside of which the warning on their tasks says so."""
    said = {scenario.queue_of(tasks) for tasks in scenario.tasks}
    for number, queue in enumerate(scenario.queues):
        if number not in said and not _somebody(scenario, queue):
            what = f"no worker meets its target_workers, {queue.target_workers}"
            yield f"task queue {queue.friendly_name!r}: {what}; change it, or the attributes of workers"


def _everybody(scenario: Scenario, queue: TaskQueue) -> Sequence[Kind]:
    return kinds(scenario, parse(queue.target_workers).names(), "")


def _accepted(scenario: Scenario, queue: TaskQueue) -> set[int]:
    accepts = parse(queue.target_workers)
    return {number for kind in _everybody(scenario, queue) if accepts(kind.profile) for number in kind.numbers}


def _somebody(scenario: Scenario, queue: TaskQueue) -> bool:
    return bool(_accepted(scenario, queue))


def _in_use(scenario: Scenario) -> list[TaskQueue]:
    """Return the queues that task types name, or targets of their workflows."""
    numbers = {scenario.queue_of(tasks) for tasks in scenario.tasks}
    find = partial(queue_number, scenario.queues)
    for workflow in filter(None, {scenario.workflow_of(tasks) for tasks in scenario.tasks}):
        numbers |= {find(target.queue) for _, target in targets(workflow) if target.queue is not None}
    return [queue for number, queue in enumerate(scenario.queues) if number in numbers]


def unwanted(scenario: Scenario) -> Iterator[str]:
    """Warn of workers whom no queue accepts to which tasks may come."""
    if not scenario.tasks:
        return
    wanted = set[int]().union(*(_accepted(scenario, queue) for queue in _in_use(scenario)))
    missing: dict[str, int] = defaultdict(int)
    number = 0
    for group in scenario.groups:
        for _ in group.names:
            missing[group.friendly_name] += number not in wanted
            number += 1
    alone = [group.friendly_name for group in scenario.groups if 0 < missing[group.friendly_name] == len(group.names)]
    some = {name: count for name, count in missing.items() if count and name not in alone}
    if alone and wanted:
        yield f"workers {listed(alone)}: no task queue in use accepts them; change their attributes or a target_workers"
    for name, count in some.items() if wanted else ():
        yield f"workers {name!r}: no task queue in use accepts {count:,} of them; change attributes or a target_workers"


def too_many_reservations(scenario: Scenario) -> Iterator[str]:
    """Warn of task queues that reserve more workers at once than they have."""
    for queue in scenario.queues:
        there = len(_accepted(scenario, queue)) if queue.max_reserved_workers > 1 else 0
        if 0 < there < queue.max_reserved_workers:
            what = f"max_reserved_workers is {queue.max_reserved_workers}, and only {there:,} can be reserved"
            yield f"task queue {queue.friendly_name!r}: {what}; all of them are, whenever they are free"
