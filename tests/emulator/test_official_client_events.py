"""The official client finds in the Events what has happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext
from twilio.rest.taskrouter.v1.workspace.event import EventInstance

from tests.emulator.refused import list_refused, refused
from tests.emulator.wire import MINUTE, SECOND, UNKNOWN, Clock


def moment(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.now // SECOND, UTC)


def types(home: WorkspaceContext, **asked: Any) -> list[str | None]:
    return [event.event_type for event in home.events.list(**asked)]


def only(home: WorkspaceContext, event_type: str) -> EventInstance:
    """Return the one event of *event_type*, which all that there is must be texts."""
    (event,) = home.events.list(event_type=event_type)
    assert all(isinstance(value, str) for value in (event.event_data or {}).values())
    return event


@pytest.fixture
def quiet(home: WorkspaceContext, clock: Clock) -> WorkspaceContext:
    """A workspace in which nothing has happened for an hour."""
    clock.advance(60 * MINUTE)
    return home


def test_a_new_workspace_has_the_events_of_its_making(home: WorkspaceContext) -> None:
    assert types(home) == ["workspace.created", *["activity.created"] * 3]


def test_a_change_of_activity_says_from_where_to_where_and_after_how_long(
    quiet: WorkspaceContext, clock: Clock
) -> None:
    offline, _, available = quiet.activities.list()
    worker = quiet.workers.create(friendly_name="Al", attributes='{"level": 3}')
    clock.advance(26_999)
    worker.update(activity_sid=available.sid)
    event = only(quiet, "worker.activity.update")
    workspace = quiet.fetch()
    assert event.event_data == {
        "worker_sid": worker.sid,
        "worker_name": "Al",
        "worker_attributes": '{"level": 3}',
        "worker_activity_sid": available.sid,
        "worker_activity_name": "Available",
        "worker_previous_activity_sid": offline.sid,
        "worker_previous_activity_name": "Offline",
        "worker_time_in_previous_activity": "26",
        "worker_time_in_previous_activity_ms": "26999",
        "worker_version": "1",
        "workspace_sid": workspace.sid,
        "workspace_name": "Home",
    }
    assert event.description == "Worker Al updated to Available Activity"
    assert (event.resource_type, event.resource_sid, event.resource_url) == ("worker", worker.sid, worker.url)
    assert (event.actor_type, event.actor_sid, event.actor_url) == ("workspace", workspace.sid, workspace.url)
    assert (event.event_date, event.event_date_ms) == (moment(clock), clock.now)
    assert event.url == f"{workspace.url}/Events/{event.sid}"


def test_a_stay_is_counted_from_the_last_move_and_not_from_other_changes(quiet: WorkspaceContext, clock: Clock) -> None:
    offline, _, available = quiet.activities.list()
    worker = quiet.workers.create(friendly_name="Al", activity_sid=available.sid)
    clock.advance(1_500)
    worker.update(friendly_name="Bo", attributes="{}")
    clock.advance(1_500)
    worker.update(activity_sid=available.sid)
    clock.advance(1_500)
    worker.update(activity_sid=offline.sid)
    data = only(quiet, "worker.activity.update").event_data or {}
    assert data["worker_time_in_previous_activity_ms"] == "4500"
    assert (data["worker_time_in_previous_activity"], data["worker_name"]) == ("4", "Bo")


def test_what_happens_to_a_worker_is_noted_in_order(quiet: WorkspaceContext, clock: Clock) -> None:
    worker = quiet.workers.create(friendly_name="Al")
    worker.update()
    worker.update(friendly_name="Bo")
    worker.update(attributes="{}")
    worker.update(attributes='{"a": 1}', activity_sid=quiet.activities.list()[2].sid)
    worker.delete()
    expected = ["worker.created", "worker.attributes.update", "worker.activity.update", "worker.deleted"]
    assert types(quiet) == expected
    assert types(quiet, worker_sid=worker.sid) == expected


@pytest.mark.parametrize("available", [True, False])
def test_what_happens_to_an_activity_is_noted_with_its_availability(quiet: WorkspaceContext, available: bool) -> None:
    activity = quiet.activities.create(friendly_name="Lunch", available=available)
    activity.update(friendly_name="Break")
    activity.delete()
    assert types(quiet) == ["activity.created", "activity.updated", "activity.deleted"]
    for event, name in zip(quiet.events.list(), ("Lunch", "Break", "Break"), strict=True):
        assert event.event_data == {
            "activity_sid": activity.sid,
            "activity_name": name,
            "activity_available": str(available).lower(),
            "workspace_sid": activity.workspace_sid,
            "workspace_name": "Home",
        }
        assert (event.resource_type, event.resource_sid, event.resource_url) == ("activity", activity.sid, activity.url)


def test_what_is_refused_is_not_noted(quiet: WorkspaceContext) -> None:
    worker = quiet.workers.create(friendly_name="Al")
    for code, use in (
        (20001, lambda: quiet.activities.create(friendly_name="Offline")),
        (20002, lambda: quiet.activities.create(friendly_name="")),
        (20001, quiet.activities.list()[0].delete),
        (20001, lambda: worker.update(friendly_name="Bo", activity_sid=f"WA{UNKNOWN}")),
    ):
        with refused(400, code, ""):
            use()
    assert types(quiet) == ["worker.created"]


def test_a_change_of_the_workspace_is_noted(quiet: WorkspaceContext) -> None:
    quiet.update(friendly_name="New home")
    assert only(quiet, "workspace.updated").resource_url == quiet.fetch().url


def test_an_event_is_fetched_by_its_sid_and_from_itself(quiet: WorkspaceContext) -> None:
    quiet.activities.create(friendly_name="Lunch")
    (listed,) = quiet.events.list()
    for fetched in (quiet.events(listed.sid).fetch(), listed.fetch()):
        assert (fetched.sid, fetched.event_data, fetched.url) == (listed.sid, listed.event_data, listed.url)
    assert [event.sid for event in quiet.events.list(sid=listed.sid)] == [listed.sid]
    with refused(404, 20404, f"/Events/EV{UNKNOWN} was not found"):
        quiet.events(f"EV{UNKNOWN}").fetch()


@pytest.mark.parametrize(
    "none",
    [
        {"event_type": "worker.activity"},
        {"event_type": "WORKER.CREATED"},
        {"event_type": "%"},
        {"worker_sid": f"WK{UNKNOWN}"},
        {"sid": f"EV{UNKNOWN}"},
        {"task_sid": f"WT{UNKNOWN}"},
        {"task_queue_sid": f"WQ{UNKNOWN}"},
        {"workflow_sid": f"WW{UNKNOWN}"},
        {"reservation_sid": f"WR{UNKNOWN}"},
        {"task_channel": "voice"},
    ],
    ids=str,
)
def test_filters_that_nothing_passes(quiet: WorkspaceContext, none: dict[str, str]) -> None:
    quiet.workers.create(friendly_name="Al")
    assert types(quiet) == ["worker.created"]
    assert types(quiet, **none) == []


def test_filters_hold_together(quiet: WorkspaceContext) -> None:
    al, bo = quiet.workers.create(friendly_name="Al"), quiet.workers.create(friendly_name="Bo")
    al.delete()
    assert types(quiet, worker_sid=al.sid, event_type="worker.deleted") == ["worker.deleted"]
    assert types(quiet, worker_sid=bo.sid, event_type="worker.deleted") == []


@pytest.fixture
def spread(quiet: WorkspaceContext, clock: Clock) -> WorkspaceContext:
    """A workspace in which an activity was made 40, 30, 20, 10 and 0 minutes ago."""
    for n in range(40, 0, -10):
        quiet.activities.create(friendly_name=f"{n} minutes ago")
        clock.advance(10 * MINUTE)
    quiet.activities.create(friendly_name="0 minutes ago")
    return quiet


def seen(home: WorkspaceContext, **asked: Any) -> list[int]:
    return [int(str((event.event_data or {})["activity_name"]).split()[0]) for event in home.events.list(**asked)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [10, 0]),
        ({"minutes": 5}, [0]),
        ({"minutes": 10}, [10, 0]),
        ({"minutes": 45}, [40, 30, 20, 10, 0]),
        ({"start": 35}, [30, 20, 10, 0]),
        ({"start": 35, "end": 15}, [30, 20]),
        ({"end": 15}, [30, 20]),
        ({"start": 50, "end": 45}, []),
        ({"start": 35, "end": -60}, [30, 20, 10, 0]),
    ],
    ids=str,
)
def test_the_window_of_events(spread: WorkspaceContext, clock: Clock, asked: dict[str, int], found: list[int]) -> None:
    dates = {
        f"{name}_date": moment(clock) - timedelta(minutes=asked[name]) for name in ("start", "end") if name in asked
    }
    minutes = {"minutes": asked["minutes"]} if "minutes" in asked else {}
    assert seen(spread, **dates, **minutes) == found
    assert seen(spread, **dates, **minutes, page_size=1) == found


@pytest.mark.parametrize("offset", ["Z", "+00:00", "+05:45", "-08:00", ""])
def test_dates_may_have_an_offset_and_are_gmt_without(spread: WorkspaceContext, clock: Clock, offset: str) -> None:
    zone = datetime.fromisoformat(f"2026-01-01T00:00:00{offset}").tzinfo or UTC
    start = (moment(clock) - timedelta(minutes=25)).astimezone(zone)
    assert seen(spread, start_date=f"{start:%Y-%m-%dT%H:%M:%S}{offset}") == [20, 10, 0]


@pytest.mark.parametrize(
    "asked", [{"minutes": 5, "start_date": "2026-11-23"}, {"start_date": "soon"}, {"start_date": "2999-01-01"}], ids=str
)
def test_a_window_that_cannot_be_is_refused(quiet: WorkspaceContext, asked: dict[str, Any]) -> None:
    with list_refused(400, 20001):
        quiet.events.list(**asked)
