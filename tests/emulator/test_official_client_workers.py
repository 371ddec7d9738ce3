"""The official client works with Workers and their statistics as it does with the real service."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from twilio.rest import Client
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext

from tests.emulator.refused import list_refused, refused
from tests.emulator.wire import MINUTE, SECOND, UNKNOWN, Clock, Wire


@pytest.fixture
def activities(home: WorkspaceContext) -> dict[str, str]:
    """The SIDs of the activities, by name."""
    return {str(activity.friendly_name): str(activity.sid) for activity in home.activities.list()}


def test_a_worker_is_what_was_asked_for(home: WorkspaceContext, activities: dict[str, str]) -> None:
    said = json.dumps({"skills": ["billing"], "level": 3, "name": "Zoë"})
    made = home.workers.create(friendly_name="Al", activity_sid=activities["Available"], attributes=said)
    assert (made.friendly_name, made.activity_name, made.available) == ("Al", "Available", True)
    assert (made.attributes, made.activity_sid) == (said, activities["Available"])
    assert home.workers(made.sid).fetch().attributes == made.fetch().attributes == said
    assert made.date_created == made.date_updated == made.date_status_changed


def test_a_worker_of_whom_nothing_is_said_is_in_the_default_activity(home: WorkspaceContext) -> None:
    made = home.workers.create(friendly_name="Al")
    assert (made.activity_name, made.available, made.attributes) == ("Offline", False, "{}")


def test_a_worker_moves_and_only_then_its_status_has_changed(
    home: WorkspaceContext, activities: dict[str, str], clock: Clock
) -> None:
    made = home.workers.create(friendly_name="Al")
    clock.advance(MINUTE)
    moved = made.update(activity_sid=activities["Available"])
    assert (moved.activity_name, moved.available) == ("Available", True)
    assert moved.date_status_changed == moved.date_updated == made.date_created + timedelta(minutes=1)
    clock.advance(MINUTE)
    renamed = made.update(friendly_name="Bo", attributes='{"a": 1}', activity_sid=activities["Available"])
    assert renamed.date_status_changed == moved.date_status_changed
    assert renamed.date_updated == moved.date_updated + timedelta(minutes=1)


def test_an_update_that_says_nothing_changes_nothing(home: WorkspaceContext, clock: Clock) -> None:
    made = home.workers.create(friendly_name="Al")
    clock.advance(MINUTE)
    assert made.update().date_updated == made.date_updated


def test_the_names_of_workers_are_unique_whatever_their_capitals(home: WorkspaceContext) -> None:
    al, bo = home.workers.create(friendly_name="Straße"), home.workers.create(friendly_name="Bo")
    for taken in ("Straße", "STRASSE", "strasse"):
        with refused(400, 20001, f"Worker named {taken} already exists for workspace {al.workspace_sid}"):
            home.workers.create(friendly_name=taken)
        with refused(400, 20001, f"Worker named {taken} already exists"):
            bo.update(friendly_name=taken)
    assert al.update(friendly_name="STRASSE").friendly_name == "STRASSE"
    assert bo.delete()
    assert home.workers.create(friendly_name="BO").friendly_name == "BO"


def test_a_collision_of_names_undoes_the_whole_update(home: WorkspaceContext, activities: dict[str, str]) -> None:
    home.workers.create(friendly_name="Al")
    bo = home.workers.create(friendly_name="Bo")
    with refused(400, 20001, "already exists"):
        bo.update(friendly_name="al", activity_sid=activities["Available"], attributes='{"a": 1}')
    after = bo.fetch()
    assert (after.friendly_name, after.activity_name, after.attributes) == ("Bo", "Offline", "{}")


@pytest.mark.parametrize("name", ["", "  ", "n" * 65, "a\tb"], ids=repr)
def test_a_name_that_cannot_be_one_is_refused(home: WorkspaceContext, name: str) -> None:
    made = home.workers.create(friendly_name="Al")
    with refused(400, 20002, "FriendlyName must have"):
        home.workers.create(friendly_name=name)
    with refused(400, 20002, "FriendlyName must have"):
        made.update(friendly_name=name)


@pytest.mark.parametrize(
    "attributes",
    [
        '{"a": "' + "x" * 4_096 + '"}',
        "not JSON",
        "",
        "[]",
        '"text"',
        "null",
        "1",
        "{",
        '{"a": 1,}',
        "{'a': 1}",
        '{"a": NaN}',
        '{"a": -Infinity}',
    ],
    ids=lambda it: it[:12],
)
def test_attributes_that_are_no_json_object_or_too_long_are_refused(home: WorkspaceContext, attributes: str) -> None:
    made = home.workers.create(friendly_name="Al")
    with refused(400, 20001, "Attributes must"):
        home.workers.create(friendly_name="Bo", attributes=attributes)
    with refused(400, 20001, "Attributes must"):
        made.update(attributes=attributes)
    assert made.fetch().attributes == "{}"


def test_the_longest_attributes_are_taken(home: WorkspaceContext) -> None:
    longest = json.dumps({"a": "x" * (4_096 - len('{"a": ""}'))})
    assert len(longest) == 4_096
    assert home.workers.create(friendly_name="Al", attributes=longest).fetch().attributes == longest


@pytest.mark.parametrize("sid", [f"WA{UNKNOWN}", "", "Available"])
def test_an_activity_that_is_not_there_is_refused(home: WorkspaceContext, sid: str) -> None:
    made = home.workers.create(friendly_name="Al")
    with refused(400, 20001, "does not exist in workspace"):
        made.update(activity_sid=sid)
    with refused(400, 20001, "does not exist in workspace"):
        home.workers.create(friendly_name="Bo", activity_sid=sid)
    assert [worker.friendly_name for worker in home.workers.list()] == ["Al"]


def test_reservations_are_rejected_only_into_an_activity_that_is_not_available(
    home: WorkspaceContext, activities: dict[str, str]
) -> None:
    made = home.workers.create(friendly_name="Al")
    with refused(400, 20001, "RejectPendingReservations"):
        made.update(activity_sid=activities["Available"], reject_pending_reservations=True)
    assert made.fetch().activity_name == "Offline"
    assert made.update(activity_sid=activities["Unavailable"], reject_pending_reservations=True).available is False
    assert made.update(activity_sid=activities["Available"], reject_pending_reservations=False).available is True


def test_an_update_of_a_stale_version_is_refused(home: WorkspaceContext, activities: dict[str, str]) -> None:
    created = home.workers.create_with_http_info(friendly_name="Al")
    made, old = created.data, created.headers["etag"]
    assert made.update(if_match=old, activity_sid=activities["Available"]).activity_name == "Available"
    for stale in (old, "0", "garbage", "2"):
        with refused(412, 412, f"The version of worker {made.sid} is 1, not the one in If-Match"):
            made.update(if_match=stale, friendly_name="Bo")
    assert made.fetch().friendly_name == "Al"
    assert made.update(if_match="1", friendly_name="Bo").friendly_name == "Bo"
    assert made.update(if_match="*", friendly_name="Di").friendly_name == "Di"


def test_a_deletion_of_a_stale_version_is_refused(home: WorkspaceContext, wire: Wire) -> None:
    made = home.workers.create(friendly_name="Al").update(friendly_name="Bo")
    path = f"/Workspaces/{made.workspace_sid}/Workers/{made.sid}"
    # the official client takes if_match for a deletion too, but does not send it (9.13.0)
    stale = wire.ask("DELETE", path, headers={"If-Match": '"0"'})
    message = f"The version of worker {made.sid} is 1, not the one in If-Match"
    assert (stale.status_code, stale.json()) == (412, {"message": message, "status": 412})
    assert wire.ask("DELETE", path, headers={"If-Match": wire.ask("GET", path).headers["ETag"]}).status_code == 204


def test_a_worker_is_deleted_once(home: WorkspaceContext) -> None:
    made = home.workers.create(friendly_name="Al")
    assert made.delete() is True
    for again in (made.delete, made.fetch, made.update, made.statistics().fetch):
        with refused(404, 20404, f"The requested resource /Workspaces/{made.workspace_sid}/Workers/{made.sid}"):
            again()
    assert home.workers.list() == []


@pytest.fixture
def crew(home: WorkspaceContext, activities: dict[str, str], clock: Clock) -> WorkspaceContext:
    """A workspace with three Workers."""
    for name, activity, said in (
        ("Al", "Available", {"level": 3, "skills": ["billing"]}),
        ("Bo", "Offline", {"level": 1, "skills": ["billing", "sales"]}),
        ("Di", "Available", {"level": 2}),
    ):
        clock.advance(SECOND)
        home.workers.create(friendly_name=name, activity_sid=activities[activity], attributes=json.dumps(said))
    clock.advance(SECOND)
    home.workers.list(friendly_name="Al")[0].update(activity_sid=activities["Unavailable"])
    return home


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "Al Bo Di"),
        ({"activity_name": "Unavailable"}, "Al"),
        ({"activity_name": "unavailable"}, ""),
        ({"available": True}, "Di"),
        ({"available": "yes"}, "Di"),
        ({"available": False}, "Al Bo"),
        ({"available": "garbage"}, "Al Bo"),
        ({"friendly_name": "al"}, "Al"),
        ({"friendly_name": "a"}, ""),
        ({"ordering": "DateStatusChanged:asc"}, "Bo Di Al"),
        ({"ordering": "DateStatusChanged:desc"}, "Al Di Bo"),
        ({"target_workers_expression": "level > 1"}, "Al Di"),
        ({"target_workers_expression": 'skills HAS "billing"'}, "Al Bo"),
        ({"target_workers_expression": 'skills HAS "billing" AND level == 1'}, "Bo"),
        ({"target_workers_expression": 'activity_name == "Available"'}, "Di"),
        ({"target_workers_expression": 'friendly_name IN ["Al", "Di"]', "available": True}, "Di"),
        ({"target_workers_expression": "1 == 2"}, ""),
        ({"task_queue_name": "Support"}, ""),
        ({"task_queue_sid": f"WQ{UNKNOWN}"}, ""),
        ({"activity_sid": f"WA{UNKNOWN}"}, ""),
    ],
    ids=str,
)
def test_the_filters_of_workers(crew: WorkspaceContext, asked: dict[str, Any], found: str) -> None:
    assert [worker.friendly_name for worker in crew.workers.list(**asked)] == found.split()
    assert [worker.friendly_name for worker in crew.workers.list(**asked, page_size=1)] == found.split()


def test_the_filter_of_the_activity_goes_by_sid_too(crew: WorkspaceContext, activities: dict[str, str]) -> None:
    found = crew.workers.list(activity_sid=activities["Offline"])
    assert [worker.friendly_name for worker in found] == ["Bo"]


@pytest.mark.parametrize(
    "asked",
    [
        {"target_workers_expression": "level >"},
        {"target_workers_expression": "("},
        {"target_workers_expression": "'"},
        {"ordering": "DateStatusChanged"},
        {"ordering": "friendly_name:asc"},
    ],
    ids=str,
)
def test_a_filter_that_is_not_understood_is_refused(crew: WorkspaceContext, asked: dict[str, Any]) -> None:
    with list_refused(400, 20001):
        crew.workers.list(**asked)


def test_lists_leave_the_attributes_out(crew: WorkspaceContext) -> None:
    listed = crew.workers.list()
    assert [worker.attributes for worker in listed] == [None, None, None]
    assert json.loads(listed[0].fetch().attributes)["level"] == 3


def test_the_statistics_of_all_workers(crew: WorkspaceContext, clock: Clock) -> None:
    clock.advance(15 * MINUTE)
    both = crew.workers.statistics().fetch(minutes=5)
    assert {row["friendly_name"]: row["total"] for row in both.cumulative["activity_durations"]} == {
        "Offline": 300,
        "Unavailable": 300,
        "Available": 300,
    }
    assert both.realtime["total_workers"] == 3
    flat = crew.workers.cumulative_statistics().fetch(minutes=5)
    assert flat.activity_durations == both.cumulative["activity_durations"]
    assert (flat.reservations_created, flat.end_time - flat.start_time) == (0, timedelta(minutes=5))
    now = crew.workers.real_time_statistics().fetch()
    assert (now.total_workers, now.activity_statistics) == (3, both.realtime["activity_statistics"])
    assert {row["friendly_name"]: row["workers"] for row in now.activity_statistics} == {
        "Offline": 1,
        "Unavailable": 1,
        "Available": 1,
    }


def test_the_statistics_of_one_worker(crew: WorkspaceContext, clock: Clock) -> None:
    clock.advance(15 * MINUTE)
    al = crew.workers.list(friendly_name="Al")[0]
    now = datetime.fromtimestamp(clock.now / SECOND, UTC)
    window = {"start_date": now - timedelta(minutes=2), "end_date": now - timedelta(minutes=1)}
    own = crew.workers(al.sid).statistics().fetch(**window)
    named = crew.workers.statistics().fetch(**window, friendly_name="AL")
    assert own.worker_sid == al.sid
    assert own.cumulative == named.cumulative
    totals = {row["friendly_name"]: row["total"] for row in own.cumulative["activity_durations"]}
    assert totals == {"Offline": 0, "Unavailable": 60, "Available": 0}
    assert named.realtime["total_workers"] == 1


def test_workers_of_a_queue_that_is_not_there_have_no_time(crew: WorkspaceContext, clock: Clock) -> None:
    clock.advance(MINUTE)
    both = crew.workers.statistics().fetch(task_queue_name="Support")
    assert sum(row["total"] for row in both.cumulative["activity_durations"]) == both.realtime["total_workers"] == 0


def test_the_workers_of_a_queue_and_their_statistics(crew: WorkspaceContext, clock: Clock) -> None:
    queue = crew.task_queues.create(friendly_name="Billing", target_workers='skills HAS "billing"')
    clock.advance(15 * MINUTE)
    for asked in ({"task_queue_name": "Billing"}, {"task_queue_sid": queue.sid}):
        assert [worker.friendly_name for worker in crew.workers.list(**asked, page_size=1)] == ["Al", "Bo"]
        both = crew.workers.statistics().fetch(minutes=5, **asked)
        totals = {row["friendly_name"]: row["total"] for row in both.cumulative["activity_durations"]}
        heads = {row["friendly_name"]: row["workers"] for row in both.realtime["activity_statistics"]}
        assert totals == {"Offline": 300, "Unavailable": 300, "Available": 0}
        assert heads == {"Offline": 1, "Unavailable": 1, "Available": 0}
    assert crew.workers.list(task_queue_name="Billing", task_queue_sid=f"WQ{UNKNOWN}") == []
    queue.update(target_workers="")
    assert crew.workers.list(task_queue_name="Billing") == []


def test_statistics_of_what_is_not_there_are_not_found(client: Client, home: WorkspaceContext) -> None:
    nowhere = client.taskrouter.v1.workspaces(f"WS{UNKNOWN}").workers
    for statistics in (nowhere.statistics, nowhere.cumulative_statistics, nowhere.real_time_statistics):
        with refused(404, 20404, "was not found"):
            statistics().fetch()
    with refused(404, 20404, f"/Workers/WK{UNKNOWN}/Statistics was not found"):
        home.workers(f"WK{UNKNOWN}").statistics().fetch()


def test_minutes_and_dates_together_are_refused(home: WorkspaceContext) -> None:
    with refused(400, 20001, "Minutes cannot be combined with StartDate or EndDate"):
        home.workers.cumulative_statistics().fetch(minutes=5, start_date=datetime(2026, 11, 23, tzinfo=UTC))
