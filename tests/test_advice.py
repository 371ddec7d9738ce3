"""Warnings of what was probably not meant: each with a scenario that shows it, and the nearest one that does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import activity_sim as sim
from activity_sim.advice import advice
from activity_sim.drawing import prepare
from activity_sim.units import Duration

ACTIVITIES = [
    {"friendly_name": "Offline"},
    {"friendly_name": "Available", "available": True},
    {"friendly_name": "On a Task", "available": True},
    {"friendly_name": "Wrap Up", "available": True},
]
TIER_1 = {"friendly_name": "Tier 1", "count": 4, "attributes": {"skills": ["support"], "level": 2}, "recovery": "1min"}
TIER_2 = {**TIER_1, "friendly_name": "Tier 2", "attributes": {"skills": ["sales"], "level": 1}}
SUPPORT = {"friendly_name": "Support", "target_workers": "'support' IN skills"}
EVERYONE = {"friendly_name": "Everyone"}
CALL = {"friendly_name": "call", "arrivals": {"per_hour": 30}, "handle_time": "4min", "attributes": {"value": "Gold"}}
MIRROR = {"on_a_task": "On a Task", "wrap_up": "Wrap Up"}


def filters(*targets: Mapping[str, Any], expression: str = "value == 'Gold'", **more: Any) -> dict[str, Any]:
    """Return a workflow in which tasks that meet *expression* go through *targets*."""
    routing = {"filters": [{"expression": expression, "targets": list(targets)}], **more}
    return {"friendly_name": "Escalate", "configuration": {"task_routing": routing}}


def scenario(workflow: Any = None, **changes: Any) -> sim.Scenario:
    default = filters({"queue": "Support", "timeout": 30}, {"queue": "Everyone"})
    given = {
        "horizon": "8h",
        "workspace": {"activities": ACTIVITIES, "default_activity": "Available", "mirror": MIRROR},
        "task_queues": [SUPPORT, EVERYONE],
        "workers": [TIER_1, TIER_2],
        "workflows": [workflow or default],
        "tasks": [CALL],
    }
    return sim.Scenario(**{**given, **changes})


def warnings(given: sim.Scenario) -> list[str]:
    return advice(prepare(given))


def workspace(**changes: Any) -> dict[str, Any]:
    return {"activities": ACTIVITIES, "default_activity": "Available", "mirror": MIRROR, **changes}


def available(*names: str) -> list[dict[str, Any]]:
    """Return the activities, of which *names* are available."""
    return [{"friendly_name": one["friendly_name"], "available": one["friendly_name"] in names} for one in ACTIVITIES]


def test_a_scenario_in_which_all_is_meant_has_no_warnings() -> None:
    assert warnings(scenario()) == []


def test_a_scenario_without_workflows_has_none_either() -> None:
    queued = [{**CALL, "task_queue": "Support"}, {**CALL, "friendly_name": "mail", "task_queue": "Everyone"}]
    assert warnings(scenario(workflows=[], tasks=queued)) == []


TRACE = sim.Trace(tuple(map(Duration, (1, 2, 3))), attributes=({"value": "Tin"}, None, {"value": "Gold"}))
SHOWN: dict[str, tuple[sim.Scenario, str]] = {
    "tasks that match no filter": (
        scenario(filters({"queue": "Everyone"}, expression="value == 'Tin'"), workers=[TIER_1]),
        (
            "tasks 'call': they match no filter and are canceled when they arrive; add a filter or a default_filter "
            "(workflow 'Escalate')"
        ),
    ),
    "recorded tasks that match no filter": (
        scenario(tasks=[{**CALL, "arrivals": TRACE}]),
        (
            "tasks 'call': 1 of 3 match no filter and are canceled when they arrive; add a filter or a default_filter "
            "(workflow 'Escalate')"
        ),
    ),
    "tasks of a queue without capacity": (
        scenario(
            workflows=[],
            task_queues=[EVERYONE],
            workers=[{**TIER_1, "channels": {"voice": 0}}],
            tasks=[{**CALL, "task_channel": "voice"}],
        ),
        "tasks 'call': no worker can take them (queue 'Everyone', target_workers 1==1, task channel 'voice')",
    ),
    "tasks that nobody can take anywhere": (
        scenario(
            filters({"queue": "Everyone", "expression": "worker.level > 7", "timeout": 9}, {"expression": "1==2"})
        ),
        (
            "tasks 'call': no worker can take them at any of their targets (workflow 'Escalate'); check --explain "
            "'call' says why"
        ),
    ),
    "a target that nobody can serve": (
        scenario(filters({"queue": "Everyone", "timeout": 9, "expression": "worker.level > 7"}, {"priority": 5})),
        (
            "tasks 'call': no worker can take them at filters[0].targets[0] (queue 'Everyone', workflow 'Escalate'); "
            "check --explain 'call' says why"
        ),
    ),
    "a queue that nobody can serve": (
        scenario(task_queues=[SUPPORT, EVERYONE, {"friendly_name": "Sales", "target_workers": "'sale' IN skills"}]),
        (
            "task queue 'Sales': no worker meets its target_workers, 'sale' IN skills; change it, or the attributes of "
            "workers"
        ),
    ),
    "a group that no queue wants": (
        scenario(filters({"queue": "Support"}), task_queues=[SUPPORT, EVERYONE]),
        "workers 'Tier 2': no task queue in use accepts them; change their attributes or a target_workers",
    ),
    "some of a group that no queue wants": (
        scenario(
            filters({"queue": "Support"}),
            workers=[
                TIER_1,
                sim.Workers(
                    "Desk",
                    recovery="1min",
                    members=[{"friendly_name": "Ann"}, {"friendly_name": "Bob", "attributes": {"skills": ["support"]}}],
                ),
            ],
        ),
        "workers 'Desk': no task queue in use accepts 1 of them; change attributes or a target_workers",
    ),
    "a misspelled attribute of workers": (
        scenario(task_queues=[{**SUPPORT, "target_workers": "'support' IN skills OR 'support' IN skils"}, EVERYONE]),
        (
            "task queue 'Support': target_workers asks for the attribute 'skils', which no worker has; the nearest is "
            "'skills'"
        ),
    ),
    "a misspelled attribute of tasks": (
        scenario(filters({"queue": "Everyone"}, expression="value == 'Gold' OR valeu == 'Gold'")),
        (
            "workflow 'Escalate': filters[0] asks for the attribute 'valeu', which no task has that goes through it; "
            "the nearest is 'value'"
        ),
    ),
    "attributes of targets": (
        scenario(
            filters(
                {"queue": "Everyone", "order_by": "worker.levl DESC", "timeout": 9},
                {"expression": "worker.level > 0 OR worker.levl > task.valu"},
            )
        ),
        (
            "workflow 'Escalate': filters[0].targets[0], filters[0].targets[1] ask for the attribute 'levl', which no "
            "worker has; the nearest is 'level'"
        ),
    ),
    "more reservations than workers": (
        scenario(task_queues=[{**SUPPORT, "max_reserved_workers": 5}, EVERYONE]),
        (
            "task queue 'Support': max_reserved_workers is 5, and only 4 can be reserved; all of them are, whenever "
            "they are free"
        ),
    ),
    "workers who are never available": (
        scenario(workspace=workspace(default_activity="Offline"), workers=[TIER_1]),
        "workers 'Tier 1': they are never in an available activity",
    ),
    "an activity that nobody enters": (
        scenario(workspace=workspace(activities=[*ACTIVITIES, {"friendly_name": "Lunch"}])),
        "activity 'Lunch': nobody ever enters it; let shifts, breaks or a routine lead there",
    ),
    "workers who do not come back": (
        scenario(
            workers=[{**TIER_1, "recovery": None}, TIER_2],
            workflows=[{**filters({"queue": "Everyone"}), "task_reservation_timeout": "30s"}],
            tasks=[{**CALL, "response": "31s"}],
        ),
        (
            "workers 'Tier 1': one who misses a reservation of 'call' goes to 'Offline' and stays there until the next "
            "step of the agenda; give recovery a length, or a workflow a longer task_reservation_timeout"
        ),
    ),
    "a mirror that keeps other tasks away": (
        scenario(
            workspace=workspace(activities=available("Available", "Wrap Up")),
            workers=[{**TIER_1, "channels": {"default": 3}}, TIER_2],
        ),
        (
            "workspace.mirror.on_a_task: 'On a Task' is not available, so workers 'Tier 1' get no second task while "
            "they show it; make it available, or capacities 1"
        ),
    ),
    "a mirror without ACD that is available": (
        scenario(workspace=workspace(mirror={**MIRROR, "on_a_task_no_acd": "Wrap Up"})),
        (
            "workspace.mirror.on_a_task_no_acd: 'Wrap Up' is available, though who shows it gets no tasks, and reports "
            "count it as available; make it unavailable"
        ),
    ),
}


@pytest.mark.parametrize("what", SHOWN)
def test_it_is_warned_of(what: str) -> None:
    given, message = SHOWN[what]
    assert message in warnings(given)


NOT_SHOWN: dict[str, tuple[sim.Scenario, str]] = {
    "a default filter takes the rest": (
        scenario(filters({"queue": "Everyone"}, expression="value == 'Tin'", default_filter={"queue": "Everyone"})),
        "match no filter",
    ),
    "recorded tasks that all match": (scenario(tasks=[{**CALL, "arrivals": sim.Trace(TRACE.times)}]), "match no"),
    "capacity on the channel": (
        scenario(workers=[{**TIER_1, "channels": {"voice": 1}}], tasks=[{**CALL, "task_channel": "voice"}]),
        "no worker can take",
    ),
    "a target that one can serve": (
        scenario(filters({"queue": "Everyone", "timeout": 9, "expression": "worker.level > 1"}, {"priority": 5})),
        "no worker can take",
    ),
    "as many reservations as workers": (
        scenario(task_queues=[{**SUPPORT, "max_reserved_workers": 4}, EVERYONE]),
        "max_reserved",
    ),
    "an attribute that one worker has": (
        scenario(workers=[TIER_1, {**TIER_2, "attributes": {"skils": []}}], task_queues=[SUPPORT, EVERYONE]),
        "asks for",
    ),
    "no tasks go through the workflow": (
        scenario(filters({"queue": "Everyone"}, expression="valeu == 1"), tasks=[{**CALL, "task_queue": "Everyone"}]),
        "asks for",
    ),
    "activities of a new workspace": (scenario(workspace={"default_activity": "Available"}), "nobody ever enters"),
    "processes may lead anywhere": (
        scenario(
            workspace=workspace(activities=[*ACTIVITIES, {"friendly_name": "Lunch"}]), processes=[lambda _: iter(())]
        ),
        "nobody ever enters",
    ),
    "an answer as late as it may be": (
        scenario(
            workers=[{**TIER_1, "recovery": None}],
            workflows=[{**filters({"queue": "Everyone"}), "task_reservation_timeout": "200s"}],
            tasks=[{**CALL, "response": "200s"}],
        ),
        "misses a reservation",
    ),
    "workers who come back": (scenario(tasks=[{**CALL, "response": "130s"}]), "misses a reservation"),
    "a mirror with capacities of one": (
        scenario(workspace=workspace(activities=available("Available", "Wrap Up"))),
        "workspace.mirror",
    ),
    "a mirror without ACD that is not available": (
        scenario(workspace=workspace(mirror={**MIRROR, "on_a_task_no_acd": "Offline"})),
        "workspace.mirror",
    ),
}


@pytest.mark.parametrize("what", NOT_SHOWN)
def test_it_is_not_warned_of(what: str) -> None:
    given, words = NOT_SHOWN[what]
    assert [message for message in warnings(given) if words in message] == []


def test_many_names_are_cut() -> None:
    names = [{"friendly_name": f"Extra {n}"} for n in range(12)]
    (message,) = (w for w in warnings(scenario(workspace=workspace(activities=[*ACTIVITIES, *names]))) if "Extra" in w)
    assert "'Extra 7' and 4 more: nobody" in message


def test_a_thousand_different_tasks_of_a_trace_are_looked_at() -> None:
    times = tuple(map(Duration, range(1, 2_001)))
    recorded = sim.Trace(times, attributes=tuple({"value": "Tin", "number": n % 500} for n in range(2_000)))
    found = warnings(scenario(tasks=[{**CALL, "arrivals": recorded}]))
    assert "tasks 'call': they match no filter" in found[0]
