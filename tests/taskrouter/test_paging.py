"""Lists of several pages, and the table that is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activity_sim import AnswerError, Emulator
from tests.taskrouter.scripted import ACTIVITIES, Answer, Asked, Say, Scripted, listing, numbered, resource

COLUMNS = ["friendly_name", "available", "sid", "date_created", "date_updated"]
MOST_PAGES = 1_100


class Pages:
    """Give *pages* of numbered Activities, one after the other, by URLs with *prefix* before their path."""

    def __init__(self, *pages: list[int], prefix: str = "") -> None:
        self.pages = pages
        self.prefix = prefix

    def __call__(self, asked: Asked) -> Answer:
        number = int(asked.query.get("Page", 0))
        more = number + 1 < len(self.pages)
        following = f"{self.prefix}{asked.path}?PageSize=2&Page={number + 1}&PageToken=PT{number}" if more else None
        return Say(200, listing(*map(numbered, self.pages[number]), following=following))


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Scripted]:
    with Scripted(lambda _: Say(200, listing(numbered(9)))) as server:
        yield server


def names(found: list[Any]) -> list[str]:
    return [activity.friendly_name for activity in found]


def test_all_pages_are_asked_for_by_their_absolute_urls() -> None:
    pages = Pages([1, 2], [3, 4], [5])
    with Scripted(pages) as server:
        pages.prefix = server.base_url
        found = server.client().activities.list(page_size=2)
    assert names(found) == [f"activity {number}" for number in range(1, 6)]
    assert server.lines == [f"GET {ACTIVITIES}"] * 3
    assert [asked.query for asked in server.asked] == [
        {"PageSize": "2"},
        {"PageSize": "2", "Page": "1", "PageToken": "PT0"},
        {"PageSize": "2", "Page": "2", "PageToken": "PT1"},
    ]


def test_relative_urls_of_pages_are_followed() -> None:
    with Scripted(Pages([1, 2], [3, 4])) as server:
        assert len(server.client().activities.list()) == 4
    assert all("authorization" in asked.headers for asked in server.asked)


def test_a_page_elsewhere_is_refused_and_nothing_is_sent_there(elsewhere: Scripted) -> None:
    port = elsewhere.base_url.rpartition(":")[2]
    for away in (elsewhere.base_url, f"//127.0.0.1:{port}", f"http://localhost:{port}", f"https://127.0.0.1:{port}"):
        page = listing(numbered(1), following=f"{away}{ACTIVITIES}?Page=1")
        with Scripted([Say(200, page)]) as server, pytest.raises(AnswerError, match="another origin") as caught:
            server.client().activities.list()
        assert (caught.value.request or "").endswith(f"127.0.0.1:{port}{ACTIVITIES}?Page=1") or "localhost" in away
    assert (elsewhere.asked, elsewhere.connections) == ([], 0)


@pytest.mark.parametrize("following", ["http://[", "http://[::1", "https://a\u2100b"])
def test_a_next_page_that_is_no_url_is_an_answer_error(following: str) -> None:
    with Scripted([Say(200, listing(numbered(1), following=following))]) as server, pytest.raises(AnswerError):
        server.client().activities.list()
    assert len(server.asked) == 1


@pytest.mark.parametrize("following", [7, True, ["x"], {"a": 1}], ids=str)
def test_a_next_page_that_is_no_text_is_an_answer_error(following: Any) -> None:
    with Scripted([Say(200, listing(numbered(1), following=following))]) as server, pytest.raises(AnswerError):
        server.client().activities.list()
    assert len(server.asked) == 1


def test_a_page_that_leads_to_itself_is_refused() -> None:
    page = Say(200, listing(numbered(1), following=f"{ACTIVITIES}?Page=1"))
    with Scripted(lambda _: page) as server, pytest.raises(AnswerError, match="came already"):
        server.client().activities.list()
    assert len(server.asked) == 2


def test_pages_in_a_circle_are_refused() -> None:
    def circle(asked: Asked) -> Answer:
        number = int(asked.query.get("Page", 0))
        return Say(200, listing(numbered(number), following=f"{ACTIVITIES}?Page={(number + 1) % 3}"))

    with Scripted(circle) as server, pytest.raises(AnswerError, match="came already"):
        server.client().activities.list()
    assert len(server.asked) == 4


def test_pages_without_end_are_refused() -> None:
    def endless(asked: Asked) -> Answer:
        number = int(asked.query.get("Page", 0)) + 1
        return Say(500 if number > MOST_PAGES else 200, listing(numbered(1), following=f"{ACTIVITIES}?Page={number}"))

    with Scripted(endless) as server, pytest.raises(AnswerError):
        server.client(attempts=1).activities.list()
    assert len(server.asked) <= MOST_PAGES


@pytest.mark.parametrize(
    ("limit", "requests"), [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 3), (None, 3)], ids=str
)
def test_a_limit_asks_for_no_more_pages_than_it_needs(limit: int | None, requests: int) -> None:
    with Scripted(Pages([1, 2], [3, 4], [5, 6])) as server:
        found = server.client().activities.list(page_size=2, limit=limit)
    assert names(found) == [f"activity {number}" for number in range(1, 7)][:limit]
    assert len(server.asked) == requests


def test_an_activity_that_comes_twice_is_there_once() -> None:
    with Scripted(Pages([1, 2], [2, 3], [3, 1])) as server:
        assert names(server.client().activities.list()) == ["activity 1", "activity 2", "activity 3"]


def test_a_limit_counts_an_activity_that_comes_twice_once() -> None:
    with Scripted(Pages([1, 2], [2, 3], [4])) as server:
        found = server.client().activities.list(limit=3)
    assert names(found) == ["activity 1", "activity 2", "activity 3"]


def test_an_empty_page_between_others_is_no_end() -> None:
    with Scripted(Pages([1], [], [2])) as server:
        assert names(server.client().activities.list()) == ["activity 1", "activity 2"]


def test_a_failed_page_is_asked_for_again_alone() -> None:
    pages, failures = Pages([1, 2], [3]), iter([False, True, True, False])
    with Scripted(lambda asked: Say(503) if next(failures) else pages(asked)) as server:
        assert len(server.client().activities.list()) == 3
    assert [asked.query.get("Page") for asked in server.asked] == [None, "1", "1", "1"]


@settings(max_examples=40)
@given(st.data())
def test_any_page_size_and_limit_give_the_beginning_of_the_list(hundred: Emulator, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 110))
    limit = data.draw(st.none() | st.integers(1, 110))
    found = hundred.client().activities.list(page_size=size, limit=limit)
    assert names(found) == names(hundred.client().activities.list())[:limit]
    assert len({activity.sid for activity in found}) == min(limit or 100, 100)


@pytest.fixture(scope="module")
def hundred() -> Iterator[Emulator]:
    with Emulator() as emulator, emulator.client() as client:
        for number in range(97):
            client.activities.create(f"activity {number}", available=number % 3 == 0)
        yield emulator


def test_filters_hold_over_all_pages(hundred: Emulator) -> None:
    activities = hundred.client().activities
    available = activities.list(available=True, page_size=7)
    unavailable = activities.list(available=False, page_size=7)
    assert all(activity.available for activity in available)
    assert not any(activity.available for activity in unavailable)
    assert (len(available), len(unavailable)) == (34, 66)
    assert names(activities.list(friendly_name="activity 12", page_size=1)) == ["activity 12"]


def test_a_table_has_a_row_for_each_activity(hundred: Emulator) -> None:
    activities = hundred.client().activities
    table = activities.table(available=True, page_size=7)
    assert list(table.columns) == COLUMNS
    assert table["available"].dtype == bool
    assert table["friendly_name"].tolist() == names(activities.list(available=True))
    assert table["sid"].is_unique
    assert table.index.equals(pd.RangeIndex(34))


def test_an_empty_table_has_the_same_columns_and_kinds() -> None:
    with Scripted([Say(200, listing()), Say(200, listing(resource()))]) as server:
        empty, single = (server.client().activities.table() for _ in range(2))
    assert list(empty.columns) == COLUMNS
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == single.dtypes.to_dict()
