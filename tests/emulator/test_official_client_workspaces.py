"""The official client works with Workspaces as it does with the real service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from twilio.rest import Client
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext

from activity_sim import Emulator
from tests.emulator.refused import refused
from tests.emulator.wire import MINUTE, UNKNOWN, Clock, Wire


def test_an_emulator_begins_with_one_workspace(taskrouter_emulator: Emulator) -> None:
    wire = Wire(taskrouter_emulator)
    assert [workspace["sid"] for workspace in wire.all("/Workspaces")] == [taskrouter_emulator.workspace_sid]


def test_a_new_workspace_has_three_activities(home: WorkspaceContext) -> None:
    activities = [(activity.friendly_name, activity.available) for activity in home.activities.list()]
    assert activities == [("Offline", False), ("Unavailable", False), ("Available", True)]


@pytest.mark.parametrize("template", ["NONE", "none"])
def test_a_single_tasking_workspace_has_two_more(client: Client, template: str) -> None:
    workspaces = client.taskrouter.v1.workspaces
    made = workspaces.create(friendly_name="Legacy", multi_task_enabled=False, template=template)
    activities = {activity.friendly_name: activity.available for activity in workspaces(made.sid).activities.list()}
    assert made.multi_task_enabled is False
    expected = {"Offline": False, "Unavailable": False, "Available": True, "Reserved": False, "Busy": False}
    assert activities == expected


def test_a_new_workspace_is_as_the_documentation_says(home: WorkspaceContext) -> None:
    made, offline = home.fetch(), home.activities.list(limit=1)[0]
    assert (made.multi_task_enabled, made.prioritize_queue_order) == (True, "FIFO")
    assert (made.default_activity_sid, made.default_activity_name) == (offline.sid, "Offline")
    assert (made.timeout_activity_sid, made.timeout_activity_name) == (offline.sid, "Offline")
    assert (made.event_callback_url, made.events_filter) == ("", None)
    assert set(made.links or {}) == {
        *("activities", "statistics", "real_time_statistics", "cumulative_statistics", "task_queues"),
        *("tasks", "workers", "workflows", "task_channels", "events"),
    }


def test_a_workspace_is_fetched_updated_and_listed(client: Client, clock: Clock) -> None:
    workspaces = client.taskrouter.v1.workspaces
    made = workspaces.create(friendly_name="Unique in the list", prioritize_queue_order="LIFO")
    clock.advance(MINUTE)
    changed = made.update(friendly_name="Renamed", prioritize_queue_order="FIFO", multi_task_enabled=True)
    assert (changed.friendly_name, changed.prioritize_queue_order) == ("Renamed", "FIFO")
    assert changed.date_updated > changed.date_created == made.date_created
    assert made.fetch().friendly_name == workspaces(made.sid).fetch().friendly_name == "Renamed"
    assert [found.sid for found in workspaces.list(friendly_name="Renamed")] == [made.sid]
    assert workspaces.list(friendly_name="Unique in the list") == []
    assert made.sid in {found.sid for found in workspaces.stream(page_size=1)}


def test_an_update_that_says_nothing_changes_nothing(home: WorkspaceContext, clock: Clock) -> None:
    before = home.fetch()
    clock.advance(MINUTE)
    assert home.update().date_updated == home.fetch().date_updated == before.date_updated


@pytest.mark.parametrize("kind", ["default", "timeout"])
def test_the_default_and_the_timeout_activity_can_be_changed(home: WorkspaceContext, kind: str) -> None:
    lunch = home.activities.create(friendly_name="Lunch")
    changed = home.update(**{f"{kind}_activity_sid": lunch.sid})
    other = "timeout" if kind == "default" else "default"
    assert getattr(changed, f"{kind}_activity_sid") == lunch.sid
    assert getattr(changed, f"{other}_activity_name") == "Offline"
    lunch.update(friendly_name="Break")
    assert getattr(home.fetch(), f"{kind}_activity_name") == "Break"


def test_workers_begin_in_the_default_activity(home: WorkspaceContext) -> None:
    lunch = home.activities.create(friendly_name="Lunch")
    first = home.workers.create(friendly_name="Al")
    home.update(default_activity_sid=lunch.sid)
    second = home.workers.create(friendly_name="Bo")
    assert (first.activity_name, second.activity_name) == ("Offline", "Lunch")
    assert first.fetch().activity_name == "Offline"


@pytest.mark.parametrize("kind", ["default", "timeout"])
def test_an_activity_of_elsewhere_cannot_be_the_default(client: Client, home: WorkspaceContext, kind: str) -> None:
    other = client.taskrouter.v1.workspaces.create(friendly_name="Other")
    for sid in (other.default_activity_sid, f"WA{UNKNOWN}", "", "Offline"):
        with refused(400, 20001, "does not exist in workspace"):
            home.update(**{f"{kind}_activity_sid": sid})
    assert home.fetch().default_activity_name == home.fetch().timeout_activity_name == "Offline"


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"friendly_name": ""}, 20002, "FriendlyName must have"),
        ({"friendly_name": "n" * 65}, 20002, "FriendlyName must have"),
        ({"prioritize_queue_order": "RANDOM"}, 20001, "PrioritizeQueueOrder must be one of FIFO, LIFO"),
        ({"event_callback_url": "ftp://example.com"}, 20001, "EventCallbackUrl must be a URL"),
        ({"event_callback_url": "http://["}, 20001, "EventCallbackUrl must be a URL"),
        ({"event_callback_url": "https://example.com/" + "x" * 2_048}, 20001, "EventCallbackUrl must have at most"),
        ({"events_filter": "a\nb"}, 20001, "EventsFilter must have"),
    ],
)
def test_what_a_workspace_cannot_be_is_refused(
    client: Client, home: WorkspaceContext, given: dict[str, Any], code: int, message: str
) -> None:
    before = home.fetch()
    with refused(400, code, message):
        home.update(**given)
    with refused(400, code, message):
        client.taskrouter.v1.workspaces.create(**{"friendly_name": "New", **given})
    after = home.fetch()
    assert (after.friendly_name, after.date_updated) == (before.friendly_name, before.date_updated)
    assert client.taskrouter.v1.workspaces.list(friendly_name="New") == []


def test_a_workspace_of_the_template_fifo_has_a_queue_and_a_workflow_that_leads_to_it(client: Client) -> None:
    made = client.taskrouter.v1.workspaces.create(friendly_name="New", template="FIFO", multi_task_enabled=False)
    home = client.taskrouter.v1.workspaces(made.sid)
    (queue,), (workflow,) = home.task_queues.list(), home.workflows.list()
    assert (queue.reservation_activity_name, queue.assignment_activity_name) == ("Reserved", "Busy")
    assert (queue.target_workers, queue.task_order) == ("1==1", "FIFO")
    said = json.loads(str(workflow.configuration))
    assert said == {"task_routing": {"filters": [], "default_filter": {"queue": queue.sid}}}
    assert workflow.update(configuration=str(workflow.configuration)).configuration == workflow.configuration


def test_a_template_that_there_is_not_is_refused(client: Client) -> None:
    with refused(400, 20001, "Template must be one of NONE, FIFO"):
        client.taskrouter.v1.workspaces.create(friendly_name="New", template="LIFO")


def test_a_workspace_must_have_a_name(wire: Wire) -> None:
    answer = wire.ask("POST", "/Workspaces", data={"Template": "NONE"})
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    assert answer.json()["message"] == "Missing required parameter FriendlyName in the post body"


def test_a_workspace_goes_with_everything_in_it(client: Client, home: WorkspaceContext) -> None:
    worker = home.workers.create(friendly_name="Al")
    activity, event = home.activities.list()[0], home.events.list()[0]
    others = {found.sid for found in client.taskrouter.v1.workspaces.list()} - {worker.workspace_sid}
    assert home.delete() is True
    for gone in (home, worker, activity, event):
        with refused(404, 20404, "was not found"):
            gone.fetch()
    with refused(404, 20404, f"The requested resource /Workspaces/{worker.workspace_sid} was not found"):
        home.delete()
    assert {found.sid for found in client.taskrouter.v1.workspaces.list()} == others


def test_a_workspace_that_is_not_there_is_not_found(client: Client) -> None:
    nowhere = client.taskrouter.v1.workspaces(f"WS{UNKNOWN}")
    for use in (nowhere.fetch, nowhere.update, nowhere.delete):
        with refused(404, 20404, f"The requested resource /Workspaces/WS{UNKNOWN} was not found"):
            use()
