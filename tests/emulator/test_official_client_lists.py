"""The official client walks through lists, forwards and back, whole and in part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twilio.rest import Client
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext
from twilio.rest.taskrouter.v1.workspace.activity import ActivityPage

from activity_sim import Emulator
from tests.emulator.conftest import official
from tests.emulator.refused import list_refused
from tests.emulator.wire import Wire

NAMES = [f"Activity {n:02}" for n in range(97)]
ALL = ["Offline", "Unavailable", "Available", *NAMES]


@pytest.fixture(scope="module")
def full(emulator: Emulator) -> WorkspaceContext:
    """A workspace of 100 activities, every third of them available."""
    workspaces = official(emulator).taskrouter.v1.workspaces
    home = workspaces(workspaces.create(friendly_name="Full").sid)
    for n, name in enumerate(NAMES, start=3):
        home.activities.create(friendly_name=name, available=n % 3 == 2)
    return home


def names(page: ActivityPage) -> list[str]:
    return [str(activity.friendly_name) for activity in page]


def forwards(page: ActivityPage | None) -> Iterator[ActivityPage]:
    while page is not None:
        yield page
        page = page.next_page()


def backwards(page: ActivityPage | None) -> Iterator[ActivityPage]:
    while page is not None:
        yield page
        page = page.previous_page()


@pytest.mark.parametrize("page_size", [1, 7, 33, 50, 99, 100, 101, 1_000, None])
def test_a_list_is_whole_whatever_its_pages(full: WorkspaceContext, page_size: int | None) -> None:
    assert [activity.friendly_name for activity in full.activities.list(page_size=page_size)] == ALL
    assert [activity.friendly_name for activity in full.activities.stream(page_size=page_size)] == ALL


def test_pages_lead_forwards_to_the_end_and_back_to_the_beginning(full: WorkspaceContext) -> None:
    pages = list(forwards(full.activities.page(page_size=7)))
    there = [names(page) for page in pages]
    assert there == [ALL[n : n + 7] for n in range(0, 100, 7)]
    assert [names(page) for page in backwards(pages[-1].previous_page())] == there[-2::-1]


def test_from_the_first_page_that_was_gone_back_to_the_way_leads_forwards_again(full: WorkspaceContext) -> None:
    last = list(forwards(full.activities.page(page_size=7)))[-1]
    *_, first = backwards(last)
    assert first.previous_page_url is None
    assert [name for page in forwards(first) for name in names(page)] == ALL


def test_a_page_is_got_by_its_url(full: WorkspaceContext) -> None:
    first = full.activities.page(page_size=7)
    assert names(full.activities.get_page(str(first.next_page_url))) == ALL[7:14]


@pytest.mark.parametrize("limit", [1, 7, 49, 100, 1_000])
def test_a_list_with_a_limit_ends_there(full: WorkspaceContext, limit: int) -> None:
    assert [activity.friendly_name for activity in full.activities.list(limit=limit)] == ALL[:limit]
    assert [activity.friendly_name for activity in full.activities.list(limit=limit, page_size=7)] == ALL[:limit]


@pytest.mark.parametrize("limit", [1_001, 5_000])
def test_the_client_asks_for_as_large_a_page_as_its_limit_and_that_may_be_too_large(
    full: WorkspaceContext, limit: int
) -> None:
    with list_refused(400, 20007):
        full.activities.list(limit=limit)
    assert len(full.activities.list(limit=limit, page_size=1_000)) == 100


@pytest.mark.parametrize("page_size", [0, -1, "many", "1e2", "\u0667", "1.0", " 7", "9" * 5_000])
def test_a_page_size_that_is_none_is_refused(full: WorkspaceContext, wire: Wire, page_size: str) -> None:
    path = f"/Workspaces/{full.fetch().sid}/Activities"
    answer = wire.ask("GET", path, params={"PageSize": page_size})
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_meta_says_where_the_page_is(full: WorkspaceContext, wire: Wire) -> None:
    sid = full.fetch().sid
    here = f"{wire.base}/Workspaces/{sid}/Activities"
    first = wire.got("GET", f"/Workspaces/{sid}/Activities", params={"PageSize": 40, "Available": "no"})["meta"]
    assert first["first_page_url"] == first["url"] == f"{here}?Available=no&PageSize=40&Page=0"
    assert first["previous_page_url"] is None
    assert first["next_page_url"].startswith(f"{here}?Available=no&PageSize=40&Page=1&PageToken=PA")
    second = wire.session.get(first["next_page_url"]).json()["meta"]
    assert (second["page"], second["page_size"], second["key"]) == (1, 40, "activities")
    assert (second["url"], second["first_page_url"]) == (first["next_page_url"], first["first_page_url"])
    assert second["next_page_url"] is None


def test_a_page_begins_where_the_one_before_ended_whatever_was_deleted(home: WorkspaceContext) -> None:
    for name in NAMES[:20]:
        home.activities.create(friendly_name=name)
    first = home.activities.page(page_size=7)
    seen = list(first)
    for activity in seen[3:]:
        activity.delete()
    home.activities.create(friendly_name="Late")
    rest = [name for page in forwards(first.next_page()) for name in names(page)]
    assert rest == [*NAMES[4:20], "Late"]


@pytest.mark.parametrize(
    ("asked", "available"),
    [(True, True), ("true", True), ("yes", True), ("1", True), (False, False), ("no", False), ("garbage", False)],
)
def test_the_filter_of_availability(full: WorkspaceContext, asked: bool | str, available: bool) -> None:
    expected = [name for n, name in enumerate(ALL) if (n % 3 == 2) is available]
    assert [activity.friendly_name for activity in full.activities.list(available=asked)] == expected
    assert [activity.friendly_name for activity in full.activities.list(available=asked, page_size=7)] == expected


@pytest.mark.parametrize(
    ("name", "found"),
    [("Activity 11", ["Activity 11"]), ("activity 11", []), ("Activity", []), ("%", []), ("Activity 1_", []), ("", [])],
)
def test_the_filter_of_the_name_is_exact(full: WorkspaceContext, name: str, found: list[str]) -> None:
    assert [activity.friendly_name for activity in full.activities.list(friendly_name=name)] == found


def test_both_filters_hold_together(full: WorkspaceContext) -> None:
    assert [a.friendly_name for a in full.activities.list(friendly_name="Available", available=True)] == ["Available"]
    assert full.activities.list(friendly_name="Available", available=False) == []


def test_an_empty_list_is_one_empty_page(full: WorkspaceContext) -> None:
    page = full.activities.page(friendly_name="Nobody", page_size=7)
    assert (list(page), page.next_page(), page.previous_page()) == ([], None, None)


@pytest.mark.parametrize("token", ["PA", "PA1-", "PC1-1", "PA1-1x", "pa1-1", "PA-1--1", "abc1234", "' OR 1=1"])
def test_a_page_token_that_was_never_given_is_refused(full: WorkspaceContext, token: str) -> None:
    with list_refused(400, 20001):
        full.activities.page(page_token=token)


def test_a_page_number_without_a_token_chooses_nothing(full: WorkspaceContext) -> None:
    assert names(full.activities.page(page_number=3, page_size=7)) == ALL[:7]


def test_workspaces_and_workers_and_events_have_pages_too(client: Client, home: WorkspaceContext) -> None:
    made = [home.workers.create(friendly_name=f"Worker {n}").sid for n in range(20)]
    assert [worker.sid for worker in home.workers.list(page_size=3)] == made
    descending = [worker.sid for worker in home.workers.list(ordering="DateStatusChanged:desc", page_size=3)]
    assert descending == made[::-1]
    events = [event.sid for event in home.events.list()]
    assert [event.sid for event in home.events.list(page_size=3)] == events
    last = list(forwards(home.workers.page(page_size=3)))[-1]
    back = [[worker.sid for worker in page] for page in backwards(last.previous_page())]
    assert back == [made[n : n + 3] for n in range(15, -1, -3)]
    workspaces = client.taskrouter.v1.workspaces
    assert [found.sid for found in workspaces.list(page_size=1)] == [found.sid for found in workspaces.list()]
