"""The client on the wire: what is refused before it is sent, and what is sent and understood."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

import activity_sim
from activity_sim import Activity, AnswerError, ConnectionFailed, Emulator, InputError, RefusedError, TaskRouterClient
from tests.taskrouter.scripted import (
    ACCOUNT,
    ACTIVITIES,
    ACTIVITY,
    CREATED,
    HERE,
    ONE,
    TOKEN,
    WORKSPACE,
    Answer,
    Asked,
    Drop,
    Say,
    Scripted,
    listing,
    refusal,
    resource,
)

Operation = Callable[[TaskRouterClient], Any]
OPERATIONS: dict[str, Operation] = {
    "create": lambda client: client.activities.create("on-call", available=True),
    "fetch": lambda client: client.activities.fetch(ACTIVITY),
    "list": lambda client: client.activities.list(),
    "update": lambda client: client.activities.update(ACTIVITY, friendly_name="standby"),
    "delete": lambda client: client.activities.delete(ACTIVITY),
    "workspace": lambda client: client.workspace(),
}
SPACE = {
    "sid": WORKSPACE,
    "multi_task_enabled": True,
    "prioritize_queue_order": "FIFO",
    "default_activity_sid": ACTIVITY,
    "default_activity_name": "on-call",
    "timeout_activity_sid": ACTIVITY,
    "timeout_activity_name": "on-call",
}


def answers(asked: Asked) -> Answer:
    """Answer every operation as the API does where nothing is wrong."""
    if asked.method == "DELETE":
        return Say(204)
    if asked.path == HERE:
        return Say(200, SPACE)
    if asked.path == ACTIVITIES and asked.method == "GET":
        return Say(200, listing(resource()))
    name = asked.form.get("FriendlyName", "on-call")
    return Say(201 if asked.path == ACTIVITIES else 200, resource(name))


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted(answers) as server:
        yield server


@pytest.fixture
def client(server: Scripted) -> Iterator[TaskRouterClient]:
    with server.client() as client:
        yield client


BAD_NAMES = ["", " ", "x" * 65, None, 7, True, b"bytes", ["list"], "\ud800"]
BAD_SIDS = [
    "",
    "WA",
    "wa" + "c3" * 16,
    "WA" + "g" * 32,
    WORKSPACE,
    f"{ACTIVITY}/",
    f"{ACTIVITY}\n",
    f"{ACTIVITY}?x=1",
    f"{ACTIVITY}#",
    f"../Workers/{ACTIVITY}",
    f"{ACTIVITY}/../../Workers",
    "%57A" + "c3" * 16,
    "WA" + "\u0663" * 32,
    None,
    7,
    ACTIVITY.encode(),
]
BAD_LISTS: list[dict[str, Any]] = [
    *({"page_size": size} for size in (0, -1, 1_001, True, "7", 7.0, None)),
    *({"limit": limit} for limit in (0, -1, True, "7", 7.0)),
    *({"available": value} for value in ("true", 1, 0, "")),
    *({"friendly_name": name} for name in BAD_NAMES if name is not None),
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_none_can_have_is_refused_before_anything_is_sent(
    name: Any, server: Scripted, client: TaskRouterClient
) -> None:
    with pytest.raises(InputError, match=r"^friendly_name: must be a text of 1 to 64 characters"):
        client.activities.create(name)
    with pytest.raises(InputError, match=r"^friendly_name: must be a text of 1 to 64 characters"):
        client.activities.update(ACTIVITY, friendly_name=name)
    assert server.asked == []


@pytest.mark.parametrize("sid", BAD_SIDS)
def test_a_sid_that_is_none_is_refused_before_anything_is_sent(
    sid: Any, server: Scripted, client: TaskRouterClient
) -> None:
    for ask in (client.activities.fetch, client.activities.delete):
        with pytest.raises(InputError, match=r"^sid: must be WA and 32 hexadecimal digits"):
            ask(sid)
    with pytest.raises(InputError, match=r"^sid: must be WA and 32 hexadecimal digits"):
        client.activities.update(sid, friendly_name="standby")
    assert server.asked == []


@pytest.mark.parametrize("options", BAD_LISTS, ids=str)
def test_a_list_that_cannot_be_asked_for_is_refused_before_anything_is_sent(
    options: dict[str, Any], server: Scripted, client: TaskRouterClient
) -> None:
    (name,) = options
    for ask in (client.activities.list, client.activities.table):
        with pytest.raises(InputError, match=f"^{name}: must be"):
            ask(**options)
    assert server.asked == []


@pytest.mark.parametrize("available", ["true", 1, 0, None, "yes"])
def test_an_availability_must_be_true_or_false(available: Any, server: Scripted, client: TaskRouterClient) -> None:
    with pytest.raises(InputError, match=r"^available: must be true or false"):
        client.activities.create("on-call", available=available)
    assert server.asked == []


@pytest.mark.parametrize("name", ["x", "x" * 64, "Pausë & Kaffee = 100 %+", "\U0001f355" * 64, "a/b?c#d", " padded "])
def test_a_name_arrives_as_it_was_given(name: str, server: Scripted, client: TaskRouterClient) -> None:
    assert client.activities.create(name).friendly_name == name
    client.activities.update(ACTIVITY, friendly_name=name)
    client.activities.list(friendly_name=name)
    assert [asked.form.get("FriendlyName") or asked.query["FriendlyName"] for asked in server.asked] == [name] * 3


@pytest.mark.parametrize(
    ("operation", "line", "query", "body"),
    [
        ("create", f"POST {ACTIVITIES}", {}, b"FriendlyName=on-call&Available=true"),
        ("fetch", f"GET {ONE}", {}, b""),
        ("list", f"GET {ACTIVITIES}", {"PageSize": "1000"}, b""),
        ("update", f"POST {ONE}", {}, b"FriendlyName=standby"),
        ("delete", f"DELETE {ONE}", {}, b""),
    ],
)
def test_an_operation_is_one_request(
    operation: str, line: str, query: dict[str, str], body: bytes, server: Scripted, client: TaskRouterClient
) -> None:
    OPERATIONS[operation](client)
    (asked,) = server.asked
    assert (server.lines, asked.query, asked.body) == ([line], query, body)
    assert asked.headers.get("content-type") == ("application/x-www-form-urlencoded" if body else None)
    assert "transfer-encoding" not in asked.headers


def test_a_workspace_is_two_requests(server: Scripted, client: TaskRouterClient) -> None:
    client.workspace()
    assert server.lines == [f"GET {HERE}", f"GET {ACTIVITIES}"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_request_says_who_asks_and_with_what(operation: str, server: Scripted, client: TaskRouterClient) -> None:
    OPERATIONS[operation](client)
    basic = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    agent = f"activity-sim/{activity_sim.__version__} python-requests/{requests.__version__}"
    for asked in server.asked:
        assert asked.headers["authorization"] == f"Basic {basic}"
        assert asked.headers["user-agent"] == agent
        assert asked.headers["accept"] == "application/json"


def test_an_activity_is_unavailable_unless_it_is_said(server: Scripted, client: TaskRouterClient) -> None:
    client.activities.create("on-call")
    assert server.asked[0].body == b"FriendlyName=on-call&Available=false"


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({"friendly_name": "on-call"}, {"PageSize": "1000", "FriendlyName": "on-call"}),
        ({"available": True}, {"PageSize": "1000", "Available": "true"}),
        ({"available": False, "page_size": 7}, {"PageSize": "7", "Available": "false"}),
        ({"limit": 5}, {"PageSize": "5"}),
        ({"limit": 5, "page_size": 2}, {"PageSize": "2"}),
        ({"limit": 5_000}, {"PageSize": "1000"}),
    ],
    ids=str,
)
def test_filters_go_into_the_query(
    filters: dict[str, Any], query: dict[str, str], server: Scripted, client: TaskRouterClient
) -> None:
    client.activities.list(**filters)
    assert server.asked[0].query == query


def test_an_activity_comes_with_all_its_fields(client: TaskRouterClient) -> None:
    expected = Activity(
        "on-call",
        available=True,
        sid=ACTIVITY,
        account_sid=ACCOUNT,
        workspace_sid=WORKSPACE,
        date_created=CREATED,
        date_updated=CREATED,
        url=f"https://taskrouter.twilio.com{ONE}",
    )
    assert client.activities.fetch(ACTIVITY) == expected
    assert client.activities.create("on-call", available=True) == expected
    assert client.activities.list() == [expected]


def test_a_deletion_returns_nothing(client: TaskRouterClient) -> None:
    assert OPERATIONS["delete"](client) is None


def test_requests_share_one_connection(server: Scripted, client: TaskRouterClient) -> None:
    for _ in range(5):
        for ask in OPERATIONS.values():
            ask(client)
    assert len(server.asked) == 35
    assert server.connections == 1


def test_an_error_answer_does_not_cost_the_connection() -> None:
    with Scripted([Say(400, refusal(400)), Say(404, refusal(404)), Say(200, resource())]) as server:
        client = server.client()
        for _ in range(2):
            with pytest.raises(RefusedError):
                OPERATIONS["fetch"](client)
        assert OPERATIONS["fetch"](client).sid == ACTIVITY
    assert server.connections == 1


def test_a_closed_client_leaves_no_connection_and_may_ask_again(server: Scripted) -> None:
    with server.client() as client:
        OPERATIONS["fetch"](client)
    OPERATIONS["fetch"](client)
    assert server.connections == 2


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_redirect_is_followed(operation: str, status: int) -> None:
    with Scripted(answers) as elsewhere:
        moved = Say(status, b"", {"Location": f"{elsewhere.base_url}{ACTIVITIES}"})
        with Scripted([moved]) as server, pytest.raises(AnswerError, match="moved") as caught:
            OPERATIONS[operation](server.client())
    assert (caught.value.status, len(server.asked), elsewhere.asked) == (status, 1, [])


@pytest.mark.parametrize(
    "answer",
    [
        Say(200, b"<!DOCTYPE html><title>Sign in</title>", {"Content-Type": "text/html"}),
        Say(200, [resource()]),
        Say(200, b"null"),
        Say(200, b'"text"'),
        Say(200, b"\xff\xfe"),
        Say(200, b'{"activities": [{'),
    ],
    ids=["html", "list", "null", "text", "bytes", "half"],
)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_answer_that_is_not_the_apis_is_an_answer_error(operation: str, answer: Say) -> None:
    with (
        Scripted([answer]) as server,
        pytest.raises(AnswerError, match=r"not a JSON object; is this a TaskRouter API\?"),
    ):
        OPERATIONS[operation](server.client())
    assert len(server.asked) == 1


@pytest.mark.parametrize("operation", ["create", "fetch", "update"])
@pytest.mark.parametrize("body", [None, {}, {"sid": ACTIVITY}, listing(resource())], ids=str)
def test_an_answer_without_an_activity_is_an_answer_error(operation: str, body: Any) -> None:
    with Scripted([Say(200, body)]) as server, pytest.raises(AnswerError, match="the answer has no Activity"):
        OPERATIONS[operation](server.client())


@pytest.mark.parametrize("field", ["friendly_name", "available", "sid"])
@pytest.mark.parametrize("operation", ["create", "fetch", "list", "update"])
def test_an_activity_without_an_essential_field_is_an_answer_error(operation: str, field: str) -> None:
    body = {key: value for key, value in resource().items() if key != field}
    answer = listing(body) if operation == "list" else body
    with Scripted([Say(200, answer)]) as server, pytest.raises(AnswerError, match=field):
        OPERATIONS[operation](server.client())


@pytest.mark.parametrize("body", [None, {}, {"activities": {}}, {"workers": [], "meta": {}}], ids=str)
def test_an_answer_without_a_list_is_an_answer_error(body: Any) -> None:
    with Scripted([Say(200, body)]) as server, pytest.raises(AnswerError, match="the answer has no list 'activities'"):
        OPERATIONS["list"](server.client())


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "answer", [Say(200, resource(), missing=10), Drop(), Drop("reset")], ids=["truncated", "closed", "reset"]
)
def test_an_answer_that_does_not_arrive_is_a_failed_connection(operation: str, answer: Answer) -> None:
    with Scripted([answer]) as server, pytest.raises(ConnectionFailed, match="the connection was lost") as caught:
        OPERATIONS[operation](server.client(attempts=1))
    assert caught.value.request == f"{server.lines[0].split()[0]} {server.base_url}{server.asked[0].path}"
    assert caught.value.status is None


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_answer_that_takes_too_long_is_a_failed_connection(operation: str) -> None:
    with Scripted(lambda _: Say(200, resource(), after=30)) as server:
        with pytest.raises(ConnectionFailed, match=r"no answer came within 0\.05 s"):
            OPERATIONS[operation](server.client(attempts=1, timeout=0.05))
        assert len(server.asked) == 1


def test_a_host_that_is_not_there_is_a_failed_connection() -> None:
    with Emulator() as emulator:
        client = emulator.client(attempts=1)
    with pytest.raises(ConnectionFailed, match="Connection refused"):
        client.activities.list()


def test_a_body_that_is_not_as_it_is_encoded_is_a_failed_connection() -> None:
    garbled = Say(200, b"not zipped", {"Content-Encoding": "gzip"})
    with Scripted([garbled]) as server, pytest.raises(ConnectionFailed):
        OPERATIONS["list"](server.client(attempts=1))


def test_an_answer_may_hold_fields_that_nobody_knows() -> None:
    with Scripted([Say(200, resource(color="green", links={"workspace": "x"}))]) as server:
        assert server.client().activities.fetch(ACTIVITY).friendly_name == "on-call"
