"""Warnings about attributes that expressions ask for, and that nobody has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from activity_sim.advice.reaching import variants
from activity_sim.advice.words import places
from activity_sim.errors import nearest
from activity_sim.model.expressions import parse, parse_attribute, parse_order
from activity_sim.model.references import targets
from activity_sim.model.scenario import Scenario
from activity_sim.model.terms import Attributes, Name
from activity_sim.model.workflows import Workflow

Asked = Iterator[tuple[Name, str]]


def unknown_attributes(scenario: Scenario) -> Iterator[str]:
    """Warn of attributes of workers and tasks that queues and workflows ask for, and that none of them has."""
    workers = [profile for group in scenario.groups for profile in _different(group.profiles)]
    for queue in scenario.queues:
        asked = [(name, "target_workers") for name in parse(queue.target_workers).names()]
        yield from _missing(f"task queue {queue.friendly_name!r}", asked, workers, "worker has")
    for workflow in scenario.workflows:
        mine = [tasks for tasks in scenario.tasks if scenario.workflow_of(tasks) == workflow]
        what = f"workflow {workflow.friendly_name!r}"
        yield from _missing(what, _of_workers(workflow), workers, "worker has")
        if mine:
            seen = [attributes for tasks in mine for attributes, _ in variants(tasks)]
            yield from _missing(what, _of_tasks(workflow), seen, "task has that goes through it")


def _different(profiles: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return *profiles*, or the first of them where it has what all have."""
    keys = {key: value for key, value in profiles[0].items() if key != "friendly_name"} if profiles else {}
    alike = all({**profile, "friendly_name": ""} == {**keys, "friendly_name": ""} for profile in profiles)
    return profiles[:1] if alike else profiles


def _missing(what: str, asked: Iterable[tuple[Name, str]], having: Sequence[Attributes], whose: str) -> Iterator[str]:
    found: dict[str, list[str]] = defaultdict(list)
    absent: dict[str, bool] = {}
    for name, place in asked:
        text = str(name)
        if text not in absent:
            absent[text] = all(name.of(attributes) is None for attributes in having)
        if absent[text] and place not in found[text]:
            found[text].append(place)
    known = sorted({str(key) for attributes in having for key in attributes})
    for text, where in found.items():
        if where:
            asks = f"{places(where)} ask{'s' if len(where) == 1 else ''} for the attribute {text!r}"
            yield f"{what}: {asks}, which no {whose}{nearest(text, known)}"


def _of_workers(workflow: Workflow) -> Asked:
    for place, target in targets(workflow):
        names = [name for name in target.condition.condition.names() if name.path[0] == "worker"]
        yield from ((Name(name.path[1:]), place) for name in names)
        if target.order_by:
            yield from ((clause.name, place) for clause in parse_order(target.order_by).clauses)


def _of_tasks(workflow: Workflow) -> Asked:
    for number, entry in enumerate(workflow.configuration.filters):
        yield from ((name, f"filters[{number}]") for name in parse(entry.expression).names())
    for place, target in targets(workflow):
        known = filter(None, (target.known_worker_sid, target.known_worker_friendly_name))
        names = [*target.condition.condition.names(), *map(parse_attribute, known)]
        yield from ((Name(name.path[1:]), place) for name in names if name.path[0] == "task")
