"""The official client works with TaskChannels and the Workers' channels as it does with the real service."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from twilio.rest import Client
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext

from tests.emulator.refused import list_refused, refused
from tests.emulator.wire import MINUTE, UNKNOWN, Clock, Wire

OWN = ["default", "voice", "chat", "sms", "video"]


def test_a_new_workspace_has_five_channels_and_so_has_each_worker(home: WorkspaceContext) -> None:
    channels = home.task_channels.list()
    assert [channel.unique_name for channel in channels] == OWN
    assert [channel.channel_optimized_routing for channel in channels] == [False] * 5
    worker = home.workers.create(friendly_name="Al")
    own = home.workers(str(worker.sid)).worker_channels.list()
    assert [channel.task_channel_unique_name for channel in own] == OWN
    assert [channel.task_channel_sid for channel in own] == [channel.sid for channel in channels]
    for channel in own:
        assert (channel.configured_capacity, channel.available, channel.assigned_tasks) == (1, True, 0)
        assert (channel.available_capacity_percentage, channel.worker_sid) == (100, worker.sid)
        assert channel.date_created == channel.date_updated == worker.date_created


def test_a_task_channel_is_found_by_its_sid_and_its_unique_name(home: WorkspaceContext, clock: Clock) -> None:
    made = home.task_channels.create(friendly_name="Fax machines", unique_name="fax", channel_optimized_routing=True)
    assert (made.friendly_name, made.unique_name, made.channel_optimized_routing) == ("Fax machines", "fax", True)
    assert home.task_channels("fax").fetch().sid == home.task_channels(str(made.sid)).fetch().sid == made.sid
    clock.advance(MINUTE)
    assert made.update().date_updated == made.date_updated
    changed = home.task_channels("fax").update(friendly_name="Fax", channel_optimized_routing=False)
    assert (changed.friendly_name, changed.unique_name, changed.channel_optimized_routing) == ("Fax", "fax", False)
    assert changed.date_updated == made.date_created + timedelta(minutes=1)
    assert home.task_channels("fax").delete() is True
    for gone in (home.task_channels("fax").fetch, made.fetch, made.delete, made.update):
        with refused(404, 20404, f"The requested resource /Workspaces/{made.workspace_sid}/TaskChannels/"):
            gone()
    types = [event.event_type for event in home.events.list(task_channel="fax")]
    assert types == ["task-channel.created", "task-channel.updated", "task-channel.deleted"]


def test_workers_get_and_lose_their_channels_with_the_task_channel(home: WorkspaceContext) -> None:
    before = home.workers(str(home.workers.create(friendly_name="Al").sid)).worker_channels
    made = home.task_channels.create(friendly_name="Fax", unique_name="fax")
    after = home.workers(str(home.workers.create(friendly_name="Bo").sid)).worker_channels
    for channels in (before, after):
        assert [channel.task_channel_unique_name for channel in channels.list(page_size=2)] == [*OWN, "fax"]
    home.task_channels("voice").delete()
    made.delete()
    for channels in (before, after):
        assert [channel.task_channel_unique_name for channel in channels.list()] == ["default", "chat", "sms", "video"]


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"friendly_name": ""}, 20002, "FriendlyName must have"),
        ({"friendly_name": "n" * 65}, 20002, "FriendlyName must have"),
        ({"friendly_name": "e-mail"}, 20002, "FriendlyName must have no hyphen"),
        ({"unique_name": "e-mail"}, 20001, "UniqueName must have no hyphen"),
        ({"unique_name": ""}, 20001, "UniqueName must have 1 to 64 characters"),
        ({"unique_name": "a/b"}, 20001, "UniqueName must have no slash"),
        ({"unique_name": "voice"}, 20001, "TaskChannel named voice already exists for workspace"),
    ],
    ids=str,
)
def test_what_a_task_channel_cannot_be_is_refused(
    home: WorkspaceContext, given: dict[str, Any], code: int, message: str
) -> None:
    with refused(400, code, message):
        home.task_channels.create(**{"friendly_name": "Fax", "unique_name": "fax", **given})
    if "friendly_name" in given:
        with refused(400, code, message):
            home.task_channels("voice").update(**given)
    assert [channel.unique_name for channel in home.task_channels.list()] == OWN


@pytest.mark.parametrize("missing", ["FriendlyName", "UniqueName"])
def test_a_task_channel_must_have_both_names(home: WorkspaceContext, wire: Wire, missing: str) -> None:
    form = {"FriendlyName": "Fax", "UniqueName": "fax"}
    del form[missing]
    answer = wire.ask("POST", f"/Workspaces/{home.fetch().sid}/TaskChannels", data=form)
    assert answer.json()["message"] == f"Missing required parameter {missing} in the post body"


def test_the_channel_that_tasks_are_on_by_default_stays(home: WorkspaceContext) -> None:
    default = home.task_channels("default").fetch()
    with refused(400, 20001, f"Cannot delete task channel {default.sid} in workspace {default.workspace_sid}"):
        default.delete()


@pytest.mark.parametrize("by", ["sid", "unique name"])
def test_a_workers_channel_is_changed(home: WorkspaceContext, clock: Clock, by: str) -> None:
    worker = home.workers.create(friendly_name="Al")
    channels = home.workers(str(worker.sid)).worker_channels
    sms = channels("sms" if by == "unique name" else str(channels.list()[3].sid))
    before = sms.fetch()
    clock.advance(MINUTE)
    assert sms.update().date_updated == before.date_updated
    changed = sms.update(capacity=10, available=False)
    assert (changed.sid, changed.task_channel_unique_name) == (before.sid, "sms")
    assert (changed.configured_capacity, changed.available, changed.available_capacity_percentage) == (10, False, 100)
    assert changed.date_updated == before.date_created + timedelta(minutes=1)
    none = sms.update(capacity=0, available=True)
    assert (none.configured_capacity, none.available, none.available_capacity_percentage) == (0, True, 0)
    assert sms.fetch().configured_capacity == 0
    assert [channel.configured_capacity for channel in channels.list()] == [1, 1, 1, 0, 1]
    assert worker.fetch().date_updated == worker.date_updated


def test_changes_of_a_workers_channel_are_events(home: WorkspaceContext) -> None:
    worker = home.workers.create(friendly_name="Al")
    sms = home.workers(str(worker.sid)).worker_channels("sms")
    sms.update(capacity=1, available=True)
    sms.update(capacity=10, available=False)
    events = home.events.list(task_channel="sms")
    assert [e.event_type for e in events] == ["worker.capacity.update", "worker.channel.availability.update"]
    said = events[0].event_data or {}
    assert (said["worker_channel_previous_capacity"], said["worker_channel_available_capacity"]) == ("1", "10")
    assert (said["worker_channel_available"], said["task_channel_unique_name"]) == ("false", "sms")
    assert [event.resource_sid for event in events] == [worker.sid] * 2
    assert len(home.events.list(worker_sid=worker.sid)) == 3


@pytest.mark.parametrize("capacity", [-1, "many", 1.5, "", 2**31, "9" * 30])
def test_a_capacity_that_is_none_is_refused(home: WorkspaceContext, capacity: Any) -> None:
    voice = home.workers(str(home.workers.create(friendly_name="Al").sid)).worker_channels("voice")
    with refused(400, 20001, "Capacity must be a whole number from 0 to 2147483647"):
        voice.update(capacity=capacity, available=False)
    assert voice.fetch().available is True
    assert voice.update(capacity=2**31 - 1).configured_capacity == 2**31 - 1


def test_a_channel_that_is_not_there_is_not_found(client: Client, home: WorkspaceContext) -> None:
    worker = home.workers.create(friendly_name="Al")
    other = home.workers(str(home.workers.create(friendly_name="Bo").sid)).worker_channels("voice").fetch()
    channels = home.workers(str(worker.sid)).worker_channels
    for sid in ("fax", f"WC{UNKNOWN}", str(other.sid), str(other.task_channel_sid)):
        with refused(404, 20404, f"/Workers/{worker.sid}/Channels/{sid} was not found"):
            channels(sid).fetch()
        with refused(404, 20404, "was not found"):
            channels(sid).update(capacity=3)
    assert worker.delete()
    for nowhere in (
        channels,
        client.taskrouter.v1.workspaces(f"WS{UNKNOWN}").workers(other.worker_sid).worker_channels,
    ):
        with list_refused(404, 20404):
            nowhere.list()
        with refused(404, 20404, "was not found"):
            nowhere("voice").fetch()


def test_lists_of_a_workspace_that_is_not_there_are_not_found(client: Client) -> None:
    nowhere = client.taskrouter.v1.workspaces(f"WS{UNKNOWN}")
    for members in (nowhere.task_queues, nowhere.workflows, nowhere.task_channels):
        with list_refused(404, 20404):
            members.list()
    with refused(404, 20404, f"/Workspaces/WS{UNKNOWN}/TaskQueues was not found"):
        nowhere.task_queues.create(friendly_name="Support")
