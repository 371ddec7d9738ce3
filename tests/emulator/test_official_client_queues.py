"""The official client works with TaskQueues as it does with the real service."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from twilio.rest import Client
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext

from tests.emulator.refused import list_refused, refused
from tests.emulator.wire import MINUTE, UNKNOWN, Clock, Wire


@pytest.fixture
def activities(home: WorkspaceContext) -> dict[str, str]:
    """The SIDs of the activities, by name."""
    return {str(activity.friendly_name): str(activity.sid) for activity in home.activities.list()}


def names(resources: list[Any]) -> str:
    return " ".join(resource.friendly_name for resource in resources)


def test_a_queue_of_which_nothing_is_said_takes_everybody(home: WorkspaceContext) -> None:
    made = home.task_queues.create(friendly_name="Support")
    assert (made.target_workers, made.task_order, made.max_reserved_workers) == ("1==1", "FIFO", 1)
    assert (made.reservation_activity_sid, made.reservation_activity_name) == (None, None)
    assert (made.assignment_activity_sid, made.assignment_activity_name) == (None, None)
    assert {"assignment_activity", "reservation_activity"} & set(made.links or {}) == set()
    assert made.date_created == made.date_updated


def test_a_queue_is_what_was_asked_for(home: WorkspaceContext, activities: dict[str, str]) -> None:
    made = home.task_queues.create(
        friendly_name="Zoë & Söhne",
        target_workers='"billing" IN skills AND level >= 2',
        max_reserved_workers=50,
        task_order="LIFO",
        reservation_activity_sid=activities["Unavailable"],
        assignment_activity_sid=activities["Offline"],
    )
    for queue in (made, made.fetch(), home.task_queues(str(made.sid)).fetch()):
        assert (queue.friendly_name, queue.target_workers) == ("Zoë & Söhne", '"billing" IN skills AND level >= 2')
        assert (queue.max_reserved_workers, queue.task_order) == (50, "LIFO")
        assert (queue.reservation_activity_name, queue.assignment_activity_name) == ("Unavailable", "Offline")
    assert (made.links or {})["assignment_activity"].endswith(f"/Activities/{activities['Offline']}")


def test_a_queue_of_a_single_tasking_workspace_has_the_activities_of_the_usual_names(client: Client) -> None:
    workspaces = client.taskrouter.v1.workspaces
    home = workspaces(workspaces.create(friendly_name="Legacy", multi_task_enabled=False).sid)
    first = home.task_queues.create(friendly_name="Support")
    assert (first.reservation_activity_name, first.assignment_activity_name) == ("Reserved", "Busy")
    home.activities.list(friendly_name="Busy")[0].update(friendly_name="On a call")
    second = home.task_queues.create(friendly_name="Sales", reservation_activity_sid=first.assignment_activity_sid)
    assert first.fetch().assignment_activity_name == "On a call"
    assert (second.reservation_activity_name, second.assignment_activity_sid) == ("On a call", None)


def test_a_queue_is_changed_and_tells_when(home: WorkspaceContext, clock: Clock) -> None:
    made = home.task_queues.create(friendly_name="Support")
    clock.advance(MINUTE)
    assert made.update().date_updated == made.date_updated
    changed = made.update(friendly_name="Sales", target_workers="level > 1", task_order="LIFO", max_reserved_workers=2)
    assert (changed.friendly_name, changed.target_workers, changed.task_order) == ("Sales", "level > 1", "LIFO")
    assert changed.max_reserved_workers == 2
    assert changed.date_updated == made.date_created + timedelta(minutes=1)
    again = made.update(max_reserved_workers=3)
    assert (again.friendly_name, again.target_workers, again.max_reserved_workers) == ("Sales", "level > 1", 3)
    types = [event.event_type for event in home.events.list(task_queue_sid=made.sid)]
    assert types == ["task-queue.created", "task-queue.expression.updated"]


def test_a_queue_without_an_expression_takes_nobody(home: WorkspaceContext) -> None:
    home.workers.create(friendly_name="Al")
    made = home.task_queues.create(friendly_name="Later", target_workers="")
    assert made.target_workers is None
    assert home.workers.list(task_queue_sid=made.sid) == []
    assert made.update(target_workers="1 == 1").target_workers == "1 == 1"
    assert names(home.workers.list(task_queue_sid=made.sid)) == "Al"


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"friendly_name": ""}, 20002, "FriendlyName must have"),
        ({"friendly_name": "n" * 65}, 20002, "FriendlyName must have"),
        ({"target_workers": "level >"}, 20001, "TargetWorkers is not an expression"),
        ({"target_workers": " "}, 20001, "TargetWorkers is not an expression"),
        ({"max_reserved_workers": 0}, 20001, "MaxReservedWorkers must be a whole number from 1 to 50"),
        ({"max_reserved_workers": 51}, 20001, "MaxReservedWorkers must be"),
        ({"max_reserved_workers": "two"}, 20001, "MaxReservedWorkers must be"),
        ({"max_reserved_workers": "9" * 30}, 20001, "MaxReservedWorkers must be"),
        ({"task_order": "RANDOM"}, 20001, "TaskOrder must be one of FIFO, LIFO"),
        ({"reservation_activity_sid": f"WA{UNKNOWN}"}, 20001, "does not exist in workspace"),
        ({"assignment_activity_sid": "Offline"}, 20001, "does not exist in workspace"),
    ],
    ids=str,
)
def test_what_a_queue_cannot_be_is_refused(
    home: WorkspaceContext, given: dict[str, Any], code: int, message: str
) -> None:
    made = home.task_queues.create(friendly_name="Support")
    with refused(400, code, message):
        made.update(**given)
    with refused(400, code, message):
        home.task_queues.create(**{"friendly_name": "Sales", **given})
    assert names(home.task_queues.list()) == "Support"
    assert made.fetch().date_updated == made.date_updated


def test_a_queue_must_have_a_name_and_its_own(client: Client, home: WorkspaceContext, wire: Wire) -> None:
    made = home.task_queues.create(friendly_name="Support")
    answer = wire.ask("POST", f"/Workspaces/{made.workspace_sid}/TaskQueues", data={"TaskOrder": "FIFO"})
    assert answer.json()["message"] == "Missing required parameter FriendlyName in the post body"
    with refused(400, 20001, f"Queue named Support already exists for workspace {made.workspace_sid} for account AC"):
        home.task_queues.create(friendly_name="Support")
    other = home.task_queues.create(friendly_name="support")
    with refused(400, 20001, "Queue named Support already exists"):
        other.update(friendly_name="Support", max_reserved_workers=9)
    assert other.fetch().max_reserved_workers == 1
    assert made.update(friendly_name="Support").friendly_name == "Support"
    elsewhere = client.taskrouter.v1.workspaces.create(friendly_name="Other")
    client.taskrouter.v1.workspaces(elsewhere.sid).task_queues.create(friendly_name="Support")


def test_a_queue_is_deleted_once(home: WorkspaceContext) -> None:
    made = home.task_queues.create(friendly_name="Support")
    assert made.delete() is True
    for again in (made.delete, made.fetch, made.update, home.task_queues(f"WQ{UNKNOWN}").fetch):
        with refused(404, 20404, f"The requested resource /Workspaces/{made.workspace_sid}/TaskQueues/WQ"):
            again()
    assert home.task_queues.create(friendly_name="Support").sid != made.sid


def test_a_queue_that_a_workflow_names_cannot_be_deleted(home: WorkspaceContext) -> None:
    made = home.task_queues.create(friendly_name="Support")
    said = '{"task_routing": {"default_filter": {"queue": "' + str(made.sid) + '"}}}'
    workflow = home.workflows.create(friendly_name="Calls", configuration=said)
    with refused(400, 20001, f"Cannot delete task queue {made.sid} in workspace {made.workspace_sid} for account AC"):
        made.delete()
    workflow.update(configuration='{"task_routing": {"filters": []}}')
    assert made.delete()


@pytest.mark.parametrize("kind", ["reservation", "assignment"])
def test_an_activity_that_a_queue_names_cannot_be_deleted(home: WorkspaceContext, kind: str) -> None:
    lunch = home.activities.create(friendly_name="Lunch")
    queue = home.task_queues.create(friendly_name="Support", **{f"{kind}_activity_sid": lunch.sid})
    with refused(400, 20001, f"Cannot delete activity {lunch.sid} in workspace {lunch.workspace_sid} for account AC"):
        lunch.delete()
    assert queue.delete()
    assert lunch.delete()


@pytest.fixture
def floor(home: WorkspaceContext, clock: Clock) -> WorkspaceContext:
    """A workspace with three TaskQueues and two Workers."""
    for name, whom in (("Billing", 'skills HAS "billing"'), ("Seniors", "level > 2"), ("Nobody", "")):
        clock.advance(MINUTE)
        home.task_queues.create(friendly_name=name, target_workers=whom)
    clock.advance(MINUTE)
    home.task_queues.list(limit=1)[0].update(max_reserved_workers=2)
    home.workers.create(friendly_name="Al", attributes='{"level": 3}')
    home.workers.create(friendly_name="Bo", attributes='{"level": 1, "skills": ["billing"]}')
    return home


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "Billing Seniors Nobody"),
        ({"friendly_name": "Seniors"}, "Seniors"),
        ({"friendly_name": "seniors"}, ""),
        ({"evaluate_worker_attributes": '{"level": 5}'}, "Seniors"),
        ({"evaluate_worker_attributes": '{"level": 5, "skills": ["billing"]}'}, "Billing Seniors"),
        ({"evaluate_worker_attributes": '{"level": 5}', "friendly_name": "Billing"}, ""),
        ({"worker_sid": f"WK{UNKNOWN}"}, ""),
        ({"ordering": "DateCreated:asc"}, "Billing Seniors Nobody"),
        ({"ordering": "DateCreated:desc"}, "Nobody Seniors Billing"),
        ({"ordering": "DateUpdated:asc"}, "Seniors Nobody Billing"),
    ],
    ids=str,
)
def test_the_filters_of_queues(floor: WorkspaceContext, asked: dict[str, Any], found: str) -> None:
    assert names(floor.task_queues.list(**asked)) == found
    assert names(floor.task_queues.list(**asked, page_size=1)) == found


def test_the_queues_of_a_worker(floor: WorkspaceContext) -> None:
    al, bo = floor.workers.list()
    assert names(floor.task_queues.list(worker_sid=al.sid)) == "Seniors"
    assert names(floor.task_queues.list(worker_sid=bo.sid)) == "Billing"
    assert floor.task_queues.list(worker_sid=al.sid, evaluate_worker_attributes="{}") == []


@pytest.mark.parametrize(
    "asked",
    [
        {"evaluate_worker_attributes": "not JSON"},
        {"evaluate_worker_attributes": "[]"},
        {"evaluate_worker_attributes": ""},
        {"ordering": "FriendlyName:asc"},
        {"ordering": ""},
    ],
    ids=str,
)
def test_a_filter_of_queues_that_is_none_is_refused(floor: WorkspaceContext, asked: dict[str, Any]) -> None:
    with list_refused(400, 20001):
        floor.task_queues.list(**asked)
