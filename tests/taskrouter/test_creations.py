"""One Activity for one call: creations and deletions whose requests fail after they were carried out, or before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activity_sim import (
    ConnectionFailed,
    Emulator,
    Faults,
    NotFoundError,
    RateLimitError,
    RefusedError,
    Rules,
    ServiceError,
    TaskRouterClient,
    TaskRouterError,
)
from tests.taskrouter.scripted import (
    ACTIVITIES,
    ACTIVITY,
    Answer,
    Asked,
    Drop,
    Say,
    Scripted,
    listing,
    refusal,
    resource,
)
from tests.taskrouter.shelf import FINE, Fate, Shelf

LOOK, POST = f"GET {ACTIVITIES}", f"POST {ACTIVITIES}"
DONE_DROP, DONE_500 = Fate(done=True, ending="drop"), Fate(done=True, ending="500")
LOST_DROP, LOST_500 = Fate(done=False, ending="drop"), Fate(done=False, ending="500")
LIMITED = Fate(done=False, ending="429")
DOUBTFUL = [DONE_DROP, DONE_500, LOST_DROP, LOST_500]
fates = st.lists(st.sampled_from([FINE, *DOUBTFUL, LIMITED]), max_size=12)
hours = st.sampled_from([timedelta(), timedelta(hours=1), timedelta(hours=-1)])


@pytest.mark.parametrize("fate", [DONE_DROP, DONE_500], ids=["drop", "500"])
def test_after_a_doubtful_request_it_looks_and_finds_what_it_made(fate: Fate) -> None:
    shelf = Shelf([fate])
    with Scripted(shelf) as server:
        made = server.client().activities.create("on-call", available=True)
    assert server.lines == [POST, LOOK]
    assert server.asked[1].query["FriendlyName"] == "on-call"
    assert [made.sid] == list(shelf.kept)


@pytest.mark.parametrize("fate", [LOST_DROP, LOST_500], ids=["drop", "500"])
def test_after_a_doubtful_request_it_looks_and_finds_nothing_and_sends_it_again(fate: Fate) -> None:
    shelf = Shelf([fate])
    with Scripted(shelf) as server:
        made = server.client().activities.create("on-call", available=True)
    assert server.lines == [POST, LOOK, POST]
    assert [made.sid] == list(shelf.kept)


def test_a_request_that_took_too_long_is_looked_for() -> None:
    shelf = Shelf()

    def slow_once(asked: Asked) -> Answer:
        answer = shelf(asked)
        return Say(201, b"{}", after=30) if asked.method == "POST" else answer

    with Scripted(slow_once) as server:
        made = server.client(timeout=0.1).activities.create("on-call", available=True)
    assert server.lines == [POST, LOOK]
    assert [made.sid] == list(shelf.kept)


def test_a_rate_limited_request_was_not_carried_out_and_is_not_looked_for() -> None:
    shelf = Shelf([LIMITED, LIMITED])
    with Scripted(shelf) as server:
        server.client().activities.create("on-call")
    assert server.lines == [POST] * 3
    assert len(shelf.kept) == 1


@pytest.mark.parametrize("fate", [DONE_DROP, DONE_500, LOST_DROP], ids=["drop", "500", "lost"])
def test_looking_again_and_again_makes_nothing_twice(fate: Fate) -> None:
    shelf = Shelf([fate, DONE_500, LIMITED, DONE_DROP])
    with Scripted(shelf) as server:
        made = server.client().activities.create("on-call")
    assert server.lines[:5] == [POST, LOOK, LOOK, LOOK, LOOK]
    assert [made.sid] == list(shelf.kept)


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=1), timedelta(hours=-1)], ids=str)
@pytest.mark.parametrize("age", [timedelta(seconds=10), timedelta(minutes=30), timedelta(days=400)], ids=str)
def test_an_older_activity_of_the_same_name_is_not_taken_for_the_one_made(age: timedelta, ahead: timedelta) -> None:
    for fate, lines in ((LOST_DROP, [POST, LOOK, POST]), (DONE_DROP, [POST, LOOK])):
        shelf = Shelf([fate], ahead=ahead)
        old = shelf.put("on-call", age=age)
        with Scripted(shelf) as server:
            made = server.client().activities.create("on-call", available=True)
        assert made.sid != old
        assert (server.lines, len(shelf.kept)) == (lines, 2)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"])
def test_without_a_date_of_the_server_the_clients_own_clock_serves(date: str) -> None:
    shelf = Shelf([DONE_DROP])
    shelf.put("on-call", age=timedelta(minutes=5))

    def undated(asked: Asked) -> Answer:
        answer = shelf(asked)
        return Say(answer.status, answer.body, {"Date": date}) if isinstance(answer, Say) else answer

    with Scripted(undated) as server:
        made = server.client().activities.create("on-call", available=True)
    assert server.lines == [POST, LOOK]
    assert made.sid == list(shelf.kept)[1]


def test_an_activity_of_another_availability_is_not_taken_for_the_one_made() -> None:
    shelf = Shelf([LOST_DROP])
    other = shelf.put("on-call", available=False)
    with Scripted(shelf) as server:
        made = server.client().activities.create("on-call", available=True)
    assert server.lines == [POST, LOOK, POST]
    assert made.sid != other
    assert made.available is True


@pytest.mark.parametrize("text", [None, "", "yesterday", "2014-05-14T10:50:02"])
def test_an_activity_of_an_unknown_date_is_not_taken_for_the_one_made(text: str | None) -> None:
    answers: list[Answer] = [
        Drop(),
        Say(200, listing(resource(date_created=text))),
        Say(201, resource(sid="WA" + "9" * 32)),
    ]
    with Scripted(answers) as server:
        made = server.client().activities.create("on-call", available=True)
    assert made.sid == "WA" + "9" * 32


def test_a_name_that_a_doubtful_request_took_is_looked_up() -> None:
    shelf = Shelf(unique=True)

    def late(asked: Asked) -> Answer:
        """Carry the first creation out only after it was looked for."""
        if len(server.asked) == 1:
            return Drop()
        answer = shelf(asked)
        if len(server.asked) == 2:
            shelf.put("on-call")
        return answer

    with Scripted(late) as server:
        made = server.client().activities.create("on-call", available=True)
    assert server.lines == [POST, LOOK, POST, LOOK]
    assert [made.sid] == list(shelf.kept)


def test_a_name_that_was_taken_before_stays_refused() -> None:
    shelf = Shelf([LOST_DROP], unique=True)
    shelf.put("on-call", age=timedelta(minutes=5))
    with Scripted(shelf) as server, pytest.raises(RefusedError, match="already exists") as caught:
        server.client().activities.create("on-call", available=True)
    assert server.lines == [POST, LOOK, POST, LOOK]
    assert (caught.value.status, caught.value.code) == (400, 20_001)


def test_a_name_that_is_taken_is_refused_at_once() -> None:
    shelf = Shelf(unique=True)
    shelf.put("on-call")
    with Scripted(shelf) as server, pytest.raises(RefusedError, match="already exists"):
        server.client().activities.create("on-call", available=True)
    assert server.lines == [POST]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(Say(500, refusal(500)), ServiceError), (Drop(), ConnectionFailed), (Say(429, refusal(429)), RateLimitError)],
    ids=["500", "drop", "429"],
)
def test_a_creation_that_never_succeeds_raises_its_last_error(answer: Answer, kind: type[TaskRouterError]) -> None:
    with Scripted(lambda _: answer) as server, pytest.raises(TaskRouterError) as caught:
        server.client(attempts=3).activities.create("on-call")
    assert type(caught.value) is kind
    assert len(server.asked) == 3


@given(fates, hours, st.booleans(), st.integers(1, 8))
@example([DONE_DROP, LOST_DROP], timedelta(hours=1), True, 5)
@settings(max_examples=120)
def test_a_creation_is_never_doubled(fated: list[Fate], ahead: timedelta, available: bool, attempts: int) -> None:
    shelf = Shelf(fated, ahead=ahead)
    with Scripted(shelf) as server, server.client(attempts=attempts, backoff=0) as client:
        try:
            made = client.activities.create("on-call", available=available)
        except (ConnectionFailed, RateLimitError, ServiceError):
            assert len(shelf.named("on-call")) <= 1
        else:
            assert [made.sid] == list(shelf.kept)
            assert made.available is available


@given(fates, st.lists(st.sampled_from(["on-call", "standby"]), min_size=1, max_size=4, unique=True))
@settings(max_examples=60)
def test_creations_one_after_the_other_are_never_doubled(fated: list[Fate], names: list[str]) -> None:
    shelf = Shelf(fated)
    with Scripted(shelf) as server, server.client(attempts=30, backoff=0) as client:
        made = [client.activities.create(name).sid for name in names]
    assert made == list(shelf.kept)


def deleted(answers: list[Answer]) -> Scripted:
    with Scripted(answers) as server:
        server.client().activities.delete(ACTIVITY)
    return server


@pytest.mark.parametrize("failure", [Say(500), Drop(), Drop("reset")], ids=["500", "closed", "reset"])
def test_what_is_gone_after_a_doubtful_deletion_was_deleted(failure: Answer) -> None:
    assert len(deleted([failure, Say(404, refusal(404))]).asked) == 2
    assert len(deleted([failure, Say(429, refusal(429)), failure, Say(404, refusal(404))]).asked) == 4


@pytest.mark.parametrize("before", [[], [Say(429, refusal(429))]], ids=["at once", "after a limit"])
def test_what_was_never_there_is_not_found(before: list[Answer]) -> None:
    with pytest.raises(NotFoundError):
        deleted([*before, Say(404, refusal(404, "not found", 20_404))])


@given(fates, st.integers(1, 8))
@settings(max_examples=60)
def test_a_deletion_that_succeeds_leaves_nothing(fated: list[Fate], attempts: int) -> None:
    shelf = Shelf(fated)
    sid, other = shelf.put("on-call"), shelf.put("standby")
    with Scripted(shelf) as server, server.client(attempts=attempts, backoff=0) as client:
        try:
            client.activities.delete(sid)
        except (ConnectionFailed, RateLimitError, ServiceError):
            assert other in shelf.kept
        else:
            assert list(shelf.kept) == [other]


@given(fates)
@settings(max_examples=40)
def test_an_update_that_succeeds_is_made(fated: list[Fate]) -> None:
    shelf = Shelf(fated)
    sid = shelf.put("on-call")
    with Scripted(shelf) as server, server.client(attempts=30, backoff=0) as client:
        renamed = client.activities.update(sid, friendly_name="standby")
    assert (renamed.sid, renamed.friendly_name) == (sid, "standby")
    assert [activity["friendly_name"] for activity in shelf.kept.values()] == ["standby"]


FAULTS: dict[str, Callable[[int], Faults]] = {
    "failures": lambda seed: Faults(failures=0.3, seed=seed),
    "drops": lambda seed: Faults(drops=0.3, seed=seed),
    "all": lambda seed: Faults(failures=0.2, drops=0.1, slow=0.05, delay="20 ms", rate_limit=150, seed=seed),
}


def filled(client: TaskRouterClient) -> list[str | None]:
    """Create the 97 Activities that a new workspace has room for, and return their SIDs."""
    return [client.activities.create(f"activity {n}", available=n % 2 == 0).sid for n in range(97)]


@pytest.mark.parametrize("unique", [True, False], ids=["unique", "duplicates"])
@pytest.mark.parametrize("kind", FAULTS)
def test_a_hundred_activities_are_made_and_listed_through_failures(kind: str, unique: bool) -> None:
    emulator = Emulator(faults=FAULTS[kind](3), rules=Rules(unique_names=unique))
    with emulator, emulator.client(attempts=25, backoff=0.0005) as client:
        made = filled(client)
        found = client.activities.list(page_size=7)
    assert len({activity.sid for activity in found}) == len(found) == 100
    assert [activity.sid for activity in found][3:] == made
    assert len({activity.friendly_name for activity in found}) == 100
    assert [activity.available for activity in found][3:] == [n % 2 == 0 for n in range(97)]


def test_everything_is_deleted_once_through_failures() -> None:
    emulator = Emulator(faults=Faults(failures=0.2, drops=0.2, seed=5))
    with emulator, emulator.client(attempts=25, backoff=0.0005) as client:
        for sid in filled(client):
            client.activities.delete(str(sid))
        names = [activity.friendly_name for activity in client.activities.list(page_size=2)]
    assert names == ["Offline", "Unavailable", "Available"]
