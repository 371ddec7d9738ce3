"""The model of growth where tasks find their workers through a workflow, or all workers have levels of their own."""

from __future__ import annotations

from typing import Any

from activity_sim.model.scenario import Scenario
from activity_sim.model.workers import Member, Workers
from tests.benchmarks import models


def scenario_of_routing(
    workers: int, queues: int, skill_sets: int, tasks: int, *, load: float = models.LOAD, way: str = "queue"
) -> Scenario:
    """Return a scenario of growth at a *load* where tasks find workers in another *way* than by naming their queue.

    By "targets", a filter for each type leads through three targets, which widen whom they ask and turn the order
    round. By "levels", there is one target, and every worker has a level of its own, by which they are taken.
    """
    an_hour = load * workers * 3_600 / models.CYCLE
    teams = [
        models._team(team, queues, workers // skill_sets + (team < workers % skill_sets)) for team in range(skill_sets)
    ]
    scenario = {
        "horizon": tasks / an_hour * 3_600.0,
        "workspace": models._workspace("Available"),
        "task_queues": [models._queue(f"q{queue}") for queue in range(queues)],
        "workers": [_levelled(number, team, way == "levels") for number, team in enumerate(teams)],
        "tasks": [
            models._calls(f"q{queue}", {"per_hour": an_hour / queues}, models.HANDLE / 60) for queue in range(queues)
        ],
    }
    return Scenario.read(scenario if way == "queue" else _routed(scenario, way))


def _levelled(number: int, team: dict[str, Any], each: bool) -> dict[str, Any] | Workers:
    """Return a *team* with a level from 0 to 4, or with workers who have one *each*."""
    attributes, name, count = team["attributes"], team["friendly_name"], team["count"]
    if not each:
        return {**team, "attributes": {**attributes, "level": number % 5}}
    levels = range(number * count, (number + 1) * count)
    return Workers(name, members=[Member(f"{name} {level}", {**attributes, "level": level}) for level in levels])


def _routed(scenario: dict[str, Any], way: str) -> dict[str, Any]:
    """Return *scenario* with a workflow in place of the queues that its tasks name."""
    queues = [queue["friendly_name"] for queue in scenario["task_queues"]]
    filters = [
        {"expression": f"asked == '{name}'", "targets": _targets(place, queues, way)}
        for place, name in enumerate(queues)
    ]
    workflow = {"friendly_name": "All", "configuration": {"task_routing": {"filters": filters}}}
    tasks = [{**given, "attributes": {"asked": given["task_queue"]}} for given in scenario["tasks"]]
    for given in tasks:
        del given["task_queue"]
    return {**scenario, "workflows": [workflow], "tasks": tasks}


def _targets(place: int, queues: list[str], way: str) -> list[dict[str, Any]]:
    own, neighbour, next_but_one = (queues[(place + more) % len(queues)] for more in range(3))
    if way == "levels":
        return [{"queue": own, "order_by": "worker.level ASC"}]
    return [
        {"queue": own, "expression": "worker.level >= 2", "order_by": "worker.level ASC", "timeout": 20},
        {"queue": neighbour, "order_by": "worker.level ASC", "timeout": 20},
        {"queue": next_but_one, "order_by": "worker.level DESC"},
    ]
