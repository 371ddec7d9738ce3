"""This client and the official one on one emulator: each sees what the other does, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client as Official

from activity_sim import Activity, Emulator, RefusedError, Rules, TaskRouterClient
from tests.taskrouter.scripted import ACTIVITY, WORKSPACE

FIELDS = ("account_sid", "available", "friendly_name", "sid", "url", "workspace_sid")
DATES = ("date_created", "date_updated")


def plain(resource: Any) -> dict[str, Any]:
    """Return the fields of an Activity of either client, dates as moments."""
    fields = {name: getattr(resource, name) for name in FIELDS}
    dates = {name: getattr(resource, name) for name in DATES}
    if isinstance(resource, Activity):
        dates = {name: datetime.fromisoformat(str(date)) for name, date in dates.items()}
    return {**fields, **dates}


def together(resources: list[Any]) -> list[dict[str, Any]]:
    return [plain(resource) for resource in resources]


class Theirs:
    """The official client, called as ours is."""

    def __init__(self, official: Official, workspace_sid: str) -> None:
        self._activities = official.taskrouter.v1.workspaces(workspace_sid).activities

    def create(self, friendly_name: str, *, available: bool = False) -> Any:
        return self._activities.create(friendly_name=friendly_name, available=available)

    def fetch(self, sid: str) -> Any:
        return self._activities(sid).fetch()

    def update(self, sid: str, *, friendly_name: str) -> Any:
        return self._activities(sid).update(friendly_name=friendly_name)

    def delete(self, sid: str) -> None:
        assert self._activities(sid).delete() is True

    def list(self, **filters: Any) -> list[Any]:
        return list(self._activities.list(**filters))


@attrs.frozen
class Both:
    """Hold both clients of one workspace."""

    ours: TaskRouterClient
    theirs: Theirs

    @property
    def clients(self) -> tuple[Any, Any]:
        return self.ours.activities, self.theirs


def official_of(emulator: Emulator) -> Official:
    official = Official(emulator.account_sid, emulator.environment["TWILIO_AUTH_TOKEN"])
    official.taskrouter.base_url = emulator.base_url
    return official


@pytest.fixture
def both(taskrouter_emulator: Emulator) -> Both:
    official = official_of(taskrouter_emulator)
    return Both(taskrouter_emulator.client(), Theirs(official, taskrouter_emulator.workspace_sid))


def outcome(call: Callable[..., Any], *arguments: Any) -> Any:
    """Return what *call* comes to: a resource, a list, nothing, or the status, code and message of an error."""
    try:
        found = call(*arguments)
    except RefusedError as error:
        return error.status, error.code, error.message
    except TwilioRestException as error:
        return error.status, error.code, re.sub(r"^Unable to \w+ record: ", "", error.msg)
    if isinstance(found, list):
        return together(found)
    return found if found is None else plain(found)


@pytest.mark.parametrize("maker", [0, 1], ids=["ours", "theirs"])
@pytest.mark.parametrize("available", [True, False])
def test_what_one_does_the_other_sees(both: Both, maker: int, available: bool) -> None:
    one, other = both.clients[maker], both.clients[1 - maker]
    made = plain(one.create("on-call", available=available))
    assert made["available"] is available
    assert plain(other.fetch(made["sid"])) == plain(one.fetch(made["sid"])) == made
    renamed = plain(other.update(made["sid"], friendly_name="standby"))
    assert plain(one.fetch(made["sid"])) == renamed
    assert {name for name in made if made[name] != renamed[name]} <= {"friendly_name", "date_updated"}
    one.delete(made["sid"])
    assert outcome(one.fetch, made["sid"]) == outcome(other.fetch, made["sid"])
    assert made["sid"] not in [activity.sid for activity in other.list()]


@pytest.mark.parametrize(
    "filters",
    [{}, {"available": True}, {"available": False}, {"friendly_name": "activity 3"}, {"page_size": 4}, {"limit": 5}],
    ids=str,
)
def test_both_see_the_same_list(both: Both, filters: dict[str, Any]) -> None:
    for number in range(10):
        both.clients[number % 2].create(f"activity {number}", available=number % 3 == 0)
    ours, theirs = (together(client.list(**filters)) for client in both.clients)
    assert ours == theirs
    assert len(ours) >= 1


ERRORS: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "fetch of nothing": (404, lambda client: client.fetch(ACTIVITY)),
    "update of nothing": (404, lambda client: client.update(ACTIVITY, friendly_name="x")),
    "delete of nothing": (404, lambda client: client.delete(ACTIVITY)),
    "a name that is taken": (400, lambda client: client.create("Offline")),
    "a name with a line break": (400, lambda client: client.create("two\nlines")),
    "the default activity": (400, lambda client: client.delete(client.list(friendly_name="Offline")[0].sid)),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_both_see_the_same_error(both: Both, kind: str) -> None:
    status, call = ERRORS[kind]
    ours, theirs = (outcome(call, client) for client in both.clients)
    assert ours == theirs
    assert ours[0] == status
    assert ours[1] is not None


@pytest.mark.parametrize(("token", "workspace", "status"), [("wrong", None, 401), (None, WORKSPACE, 404)])
def test_both_see_that_they_may_not_ask(
    taskrouter_emulator: Emulator, token: str | None, workspace: str | None, status: int
) -> None:
    account = taskrouter_emulator.account_sid
    known = token or taskrouter_emulator.environment["TWILIO_AUTH_TOKEN"]
    official = Official(account, known)
    official.taskrouter.base_url = taskrouter_emulator.base_url
    there = workspace or taskrouter_emulator.workspace_sid
    ours = taskrouter_emulator.client(auth_token=known, workspace_sid=there).activities
    theirs = Theirs(official, there)
    assert outcome(ours.create, "x") == outcome(theirs.create, "x")
    assert outcome(ours.fetch, ACTIVITY) == outcome(theirs.fetch, ACTIVITY)
    assert outcome(ours.create, "x")[0] == status


def test_the_101st_activity_is_the_same_error_for_both(both: Both) -> None:
    for number in range(97):
        both.clients[number % 2].create(f"activity {number}")
    ours, theirs = (outcome(client.create, "one more") for client in both.clients)
    assert ours == theirs
    assert ours[0] == 400


def test_an_api_key_works_for_both() -> None:
    key, secret = "SK" + "d4" * 16, "5Qx0mWv7sXkFyq2LrT9hZbNcUe4gJ8aP"
    with Emulator(api_key=key, api_secret=secret) as emulator:
        own: dict[str, Any] = {"workspace_sid": emulator.workspace_sid, "base_url": emulator.base_url}
        with TaskRouterClient(api_key=key, api_secret=secret, **own) as client:
            ours = client.activities.list()
        official = Official(key, secret, emulator.account_sid)
        official.taskrouter.base_url = emulator.base_url
        theirs = Theirs(official, emulator.workspace_sid).list()
    assert together(ours) == together(theirs)
    assert {activity.account_sid for activity in ours} == {emulator.account_sid}


def test_a_workspace_is_what_the_official_client_reads(taskrouter_emulator: Emulator) -> None:
    official = official_of(taskrouter_emulator)
    theirs = official.taskrouter.v1.workspaces(taskrouter_emulator.workspace_sid).fetch()
    ours = taskrouter_emulator.client().workspace()
    for name in ("multi_task_enabled", "prioritize_queue_order"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.default_activity == theirs.default_activity_name
    assert ours.timeout_activity == theirs.timeout_activity_name


@pytest.fixture(scope="module", params=[True, False], ids=["unique", "duplicates"])
def shared(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(rules=Rules(unique_names=request.param)) as emulator:
        yield emulator


names = st.sampled_from(["on-call", "standby", "Break", "Pausë 50 %", "a=b&c", "\U0001f355"])
steps = st.one_of(
    st.tuples(st.just("create"), names, st.booleans()),
    st.tuples(st.just("update"), names, st.integers(0, 6)),
    st.tuples(st.just("fetch"), st.none(), st.integers(0, 6)),
    st.tuples(st.just("delete"), st.none(), st.integers(0, 6)),
    st.tuples(st.just("list"), st.none() | names, st.none() | st.booleans()),
)


def step_of(step: tuple[str, Any, Any], sids: list[str]) -> Callable[[Any], Any]:
    """Return the call that a drawn step stands for."""
    kind, name, rest = step
    if kind == "create":
        return lambda client: client.create(name, available=rest)
    if kind == "list":
        filters = {"friendly_name": name, "available": rest}
        return lambda client: client.list(**{key: value for key, value in filters.items() if value is not None})
    sid = sids[rest % len(sids)] if sids else ACTIVITY
    if kind == "update":
        return lambda client: client.update(sid, friendly_name=name)
    return lambda client: getattr(client, kind)(sid)


def same_in_kind(outcome: Any, places: dict[str, str]) -> Any:
    """Return *outcome* without what differs between two workspaces of one history: SIDs, URLs and dates."""
    if isinstance(outcome, list):
        return [same_in_kind(entry, places) for entry in outcome]
    if isinstance(outcome, dict):
        return {name: outcome[name] for name in ("account_sid", "available", "friendly_name")}
    if isinstance(outcome, tuple):
        message = outcome[2]
        for sid, place in places.items():
            message = message.replace(sid, place)
        return (*outcome[:2], message)
    return outcome


@settings(max_examples=20)
@given(plan=st.lists(st.tuples(st.integers(0, 1), steps), min_size=1, max_size=8))
def test_any_history_is_the_same_for_both(shared: Emulator, plan: list[tuple[int, Any]]) -> None:
    official = official_of(shared)
    there = official.taskrouter.v1.workspaces.create(friendly_name="drawn").sid or ""
    clients: tuple[Any, Any] = (shared.client(workspace_sid=there).activities, Theirs(official, there))
    sids: list[str] = []
    for actor, step in plan:
        call = step_of(step, sids)
        found = outcome(call, clients[actor])
        if step[0] == "create" and isinstance(found, dict):
            sids.append(found["sid"])
            assert outcome(clients[1 - actor].fetch, found["sid"]) == found
        if step[0] in ("fetch", "list"):
            assert outcome(call, clients[1 - actor]) == found
        assert together(clients[0].list()) == together(clients[1].list())


@settings(max_examples=15)
@given(plan=st.lists(steps, min_size=1, max_size=8))
def test_the_same_history_in_two_workspaces_comes_to_the_same(shared: Emulator, plan: list[Any]) -> None:
    official = official_of(shared)
    spaces = [official.taskrouter.v1.workspaces.create(friendly_name="drawn").sid or "" for _ in range(2)]
    clients: tuple[Any, Any] = (shared.client(workspace_sid=spaces[0]).activities, Theirs(official, spaces[1]))
    known: tuple[list[str], list[str]] = ([], [])
    for step in plan:
        seen = []
        for client, space, sids in zip(clients, spaces, known, strict=True):
            found = outcome(step_of(step, sids), client)
            if step[0] == "create" and isinstance(found, dict):
                sids.append(found["sid"])
            places = {space: "WS", **{sid: f"WA {number}" for number, sid in enumerate(sids)}}
            seen.append(same_in_kind(found, places))
        assert seen[0] == seen[1]
