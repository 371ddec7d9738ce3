"""Who asks, and where: arguments, the environment, hosts."""

from __future__ import annotations

import base64
import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from twilio.rest import Client as Official

from activity_sim import ActivitySimWarning, InputError, TaskRouterClient
from tests.taskrouter.scripted import ACCOUNT, ACTIVITIES, TOKEN, WORKSPACE, Say, Scripted, listing

KEY = "SK" + "d4" * 16
SECRET = "5Qx0mWv7sXkFyq2LrT9hZbNcUe4gJ8aP"
OTHER_ACCOUNT = "AC" + "0f" * 16
VARIABLES = (
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_API_KEY",
    "TWILIO_API_SECRET",
    "TWILIO_WORKSPACE_SID",
    "TWILIO_EDGE",
    "TWILIO_REGION",
    "TASKROUTER_BASE_URL",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "NO_PROXY",
    "no_proxy",
)


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Scripted]:
    with Scripted(lambda _: Say(200, listing())) as server:
        yield server


def put(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def who_asks(server: Scripted, *arguments: Any, **options: Any) -> tuple[str, str]:
    """Return the user and the secret that a client made so sends."""
    own = {"workspace_sid": WORKSPACE, "base_url": server.base_url, **options}
    with TaskRouterClient(*arguments, **own) as client:
        client.activities.list()
    encoded = server.asked[-1].headers["authorization"].removeprefix("Basic ")
    user, _, secret = base64.b64decode(encoded).decode().partition(":")
    return user, secret


def made(**options: Any) -> TaskRouterClient:
    return TaskRouterClient(ACCOUNT, TOKEN, **{"workspace_sid": WORKSPACE, **options})


def official_host(edge: str | None, region: str | None) -> str:
    host = Official(ACCOUNT, TOKEN, edge=edge, region=region).get_hostname("https://taskrouter.twilio.com")
    return str(host)


def test_an_account_and_its_token_come_from_the_arguments(server: Scripted) -> None:
    assert who_asks(server, ACCOUNT, TOKEN) == (ACCOUNT, TOKEN)


def test_an_api_key_and_its_secret_come_from_the_arguments(server: Scripted) -> None:
    assert who_asks(server, api_key=KEY, api_secret=SECRET) == (KEY, SECRET)


def test_an_account_and_its_token_come_from_the_environment(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN)
    assert who_asks(server) == (ACCOUNT, TOKEN)


def test_an_api_key_and_its_secret_come_from_the_environment(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, TWILIO_API_KEY=KEY, TWILIO_API_SECRET=SECRET)
    assert who_asks(server) == (KEY, SECRET)


def test_arguments_go_before_the_environment(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, TWILIO_ACCOUNT_SID=OTHER_ACCOUNT, TWILIO_AUTH_TOKEN="another")
    assert who_asks(server, ACCOUNT, TOKEN) == (ACCOUNT, TOKEN)
    assert who_asks(server, api_key=KEY, api_secret=SECRET) == (KEY, SECRET)


def test_an_account_goes_before_an_api_key_in_the_environment(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(monkeypatch, TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN)
    put(monkeypatch, TWILIO_API_KEY=KEY, TWILIO_API_SECRET=SECRET)
    assert who_asks(server) == (ACCOUNT, TOKEN)


def test_half_an_account_does_not_stand_in_the_way_of_an_api_key(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(monkeypatch, TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_API_KEY=KEY, TWILIO_API_SECRET=SECRET)
    assert who_asks(server) == (KEY, SECRET)


def test_an_argument_and_a_variable_make_a_pair(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, TWILIO_ACCOUNT_SID=OTHER_ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN, TWILIO_API_SECRET=SECRET)
    assert who_asks(server, ACCOUNT) == (ACCOUNT, TOKEN)
    assert who_asks(server, api_key=KEY) == (KEY, SECRET)


def test_an_api_key_given_beside_an_account_is_the_one_that_asks(server: Scripted) -> None:
    assert who_asks(server, ACCOUNT, api_key=KEY, api_secret=SECRET) == (KEY, SECRET)


@pytest.mark.parametrize("variables", [{}, {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "TWILIO_API_KEY": ""}])
def test_without_credentials_all_the_variables_are_named(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(monkeypatch, **variables)
    with pytest.raises(InputError) as caught:
        TaskRouterClient(workspace_sid=WORKSPACE)
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"account_sid": ACCOUNT}, "TWILIO_AUTH_TOKEN"),
        ({"auth_token": TOKEN}, "TWILIO_ACCOUNT_SID"),
        ({"api_key": KEY}, "TWILIO_API_SECRET"),
        ({"api_secret": SECRET}, "TWILIO_API_KEY"),
    ],
)
def test_the_missing_half_of_a_pair_is_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        TaskRouterClient(**options, workspace_sid=WORKSPACE)


def test_an_empty_variable_is_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, TWILIO_AUTH_TOKEN="", TWILIO_WORKSPACE_SID="")
    with pytest.raises(InputError, match="TWILIO_AUTH_TOKEN"):
        TaskRouterClient(ACCOUNT, workspace_sid=WORKSPACE)
    with pytest.raises(InputError, match="TWILIO_WORKSPACE_SID"):
        TaskRouterClient(ACCOUNT, TOKEN)


@pytest.mark.parametrize("sid", ["AC12", KEY, ACCOUNT + "0", f"{ACCOUNT}\n", "ac" + "a1" * 16, "AC" + "g" * 32, 7])
def test_an_account_sid_of_another_pattern_is_refused(sid: Any) -> None:
    with pytest.raises(InputError, match=r"^account_sid: must be AC and 32 hexadecimal digits"):
        TaskRouterClient(sid, TOKEN, workspace_sid=WORKSPACE)


def test_an_api_key_of_another_pattern_is_refused() -> None:
    with pytest.raises(InputError, match=r"^api_key: must be SK and 32 hexadecimal digits"):
        TaskRouterClient(api_key=ACCOUNT, api_secret=SECRET, workspace_sid=WORKSPACE)


@pytest.mark.parametrize("token", ["two words", "tökén", "line\n", "\x00", 12_345, b"bytes", ["list"]])
def test_a_token_that_cannot_be_sent_is_refused(token: Any) -> None:
    with pytest.raises(InputError, match=r"^auth_token: must be a text of printable ASCII characters$"):
        TaskRouterClient(ACCOUNT, token, workspace_sid=WORKSPACE)


@pytest.mark.parametrize("sid", ["WS12", ACCOUNT, f"{WORKSPACE}/..", f"{WORKSPACE}\n", "", 7])
def test_a_workspace_sid_of_another_pattern_is_refused(sid: Any) -> None:
    with pytest.raises(InputError, match=r"^workspace_sid: must be WS and 32 hexadecimal digits"):
        TaskRouterClient(ACCOUNT, TOKEN, workspace_sid=sid)


def test_the_workspace_comes_from_the_environment(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, TWILIO_WORKSPACE_SID=WORKSPACE, TASKROUTER_BASE_URL=server.base_url)
    TaskRouterClient(ACCOUNT, TOKEN).activities.list()
    assert server.lines == [f"GET {ACTIVITIES}"]


@pytest.mark.parametrize("region", [None, "us1", "ie1", "au1"])
@pytest.mark.parametrize("edge", [None, "sydney", "ashburn", "dublin-ix"])
def test_an_edge_and_a_region_lead_to_the_host_of_the_official_client(
    edge: str | None, region: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert made(edge=edge, region=region).base_url == official_host(edge, region)
    put(monkeypatch, **({"TWILIO_EDGE": edge} if edge else {}), **({"TWILIO_REGION": region} if region else {}))
    assert made().base_url == official_host(None, None)


@pytest.mark.parametrize(
    ("edge", "region", "host"),
    [
        (None, None, "taskrouter.twilio.com"),
        ("sydney", "au1", "taskrouter.sydney.au1.twilio.com"),
        ("sydney", None, "taskrouter.sydney.us1.twilio.com"),
        (None, "au1", "taskrouter.au1.twilio.com"),
    ],
)
def test_the_hosts_are_the_documented_ones(edge: str | None, region: str | None, host: str) -> None:
    assert made(edge=edge, region=region).base_url == f"https://{host}"


@pytest.mark.parametrize("name", ["edge", "region"])
@pytest.mark.parametrize("value", ["evil.example/", "a.b", "Sydney", "-x", "x y", "x@y", "x\n", 5])
def test_an_edge_or_region_that_is_no_name_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=name):
        made(**{name: value})


def test_the_base_url_comes_from_the_environment_after_the_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, TASKROUTER_BASE_URL="http://127.0.0.1:8765/", TWILIO_EDGE="dublin")
    assert made().base_url == "http://127.0.0.1:8765"
    assert made(base_url="https://localhost:1").base_url == "https://localhost:1"
    assert made(edge="sydney").base_url == "https://taskrouter.sydney.us1.twilio.com"


@pytest.mark.parametrize("place", ["edge", "region"])
def test_a_base_url_is_not_combined_with_an_edge_or_a_region(place: str) -> None:
    with pytest.raises(InputError, match=f"^{place}: .*not combined with base_url"):
        made(base_url="http://127.0.0.1:8765", **{place: "sydney"})


@pytest.mark.parametrize("place", ["edge", "region"])
def test_an_empty_edge_or_region_does_not_push_the_base_url_aside(place: str) -> None:
    assert made(base_url="http://127.0.0.1:8765", **{place: ""}).base_url == "http://127.0.0.1:8765"


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:8765",
        "ftp://127.0.0.1",
        "http://",
        "http:///v1",
        "http://host/v1",
        "http://host:port",
        "http://host:0",
        "http://host:70000",
        "http://host?x",
        "http://host#x",
        "http://ho st",
        "http://host\\x",
        "http://[::1",
        5,
        b"http://127.0.0.1",
    ],
)
def test_a_base_url_that_is_none_is_refused_as_it_was_given(url: Any) -> None:
    with pytest.raises(InputError, match=f"^base_url: must be a URL such as .*{re.escape(repr(url))}$"):
        made(base_url=url)


@pytest.mark.parametrize(
    "url", ["http://user:hunter2@127.0.0.1", "https://user:hunter2@[::1", "https://h/user:hunter2@x"]
)
def test_a_base_url_with_a_password_is_refused_without_showing_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"^base_url: must be a URL") as given:
        made(base_url=url)
    put(monkeypatch, TASKROUTER_BASE_URL=url)
    with pytest.raises(InputError, match=r"^base_url: must be a URL") as found:
        made()
    assert "hunter2" not in f"{given.value} {found.value}"


@pytest.mark.parametrize("url", ["http://taskrouter.example", "HTTP://taskrouter.example", "http://10.0.0.7:8765"])
def test_credentials_in_clear_to_another_machine_are_warned_of(url: str) -> None:
    with pytest.warns(ActivitySimWarning, match="unencrypted"):
        made(base_url=url)


@pytest.mark.parametrize(
    "url", ["https://taskrouter.example", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"]
)
def test_encrypted_or_local_credentials_are_not_warned_of(url: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert made(base_url=url).base_url == url


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(monkeypatch, HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9")
    assert who_asks(server, ACCOUNT, TOKEN) == (ACCOUNT, TOKEN)


def test_a_proxy_of_the_environment_is_asked_for_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with Scripted([Say(200, listing())]) as proxy:
        put(monkeypatch, HTTP_PROXY=proxy.base_url, http_proxy=proxy.base_url)
        with pytest.warns(ActivitySimWarning, match="unencrypted"):
            client = made(base_url="http://taskrouter.example")
        assert client.activities.list() == []
    assert proxy.asked[0].headers["host"] == "taskrouter.example"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0),
        ("timeout", -1.0),
        ("timeout", float("nan")),
        ("timeout", "5"),
        ("timeout", True),
        ("attempts", 0),
        ("attempts", 101),
        ("attempts", 2.5),
        ("backoff", -0.1),
        ("backoff", float("inf")),
    ],
)
def test_a_setting_out_of_its_range_is_refused(option: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"^{option}: must be a"):
        made(**{option: value})
