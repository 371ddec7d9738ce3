"""The token shows nowhere: not in texts of objects, logs or tracebacks with local variables, nor on disk."""

from __future__ import annotations

import base64
import logging
import os
import pickle
import re
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from activity_sim import (
    AnswerError,
    AuthenticationError,
    ConnectionFailed,
    Emulator,
    InputError,
    NotFoundError,
    RateLimitError,
    ServiceError,
    TaskRouterClient,
)
from activity_sim.secret import Secret
from tests.taskrouter.scripted import (
    ACCOUNT,
    ACTIVITY,
    TOKEN,
    WORKSPACE,
    Answer,
    Drop,
    Say,
    Scripted,
    listing,
    numbered,
    refusal,
    resource,
)

BASIC = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
FORMS = (TOKEN, BASIC, f"Basic {BASIC[:6]}")
NOBODY = "http://127.0.0.1:9"
Operation = Callable[[TaskRouterClient], Any]
Maker = Callable[..., TaskRouterClient]


def shown(text: str) -> list[str]:
    """Return the forms of the token that are in *text*."""
    return [form for form in FORMS if form in text]


def errors_of(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and all those that led to it."""
    known: list[BaseException] = []
    left = [error]
    while left:
        found = left.pop()
        if found is not None and not any(found is other for other in known):
            known.append(found)
            left += [found.__cause__, found.__context__]
    yield from known


def safely(value: object) -> str:
    """Return what a tool shows of a local variable: objects that are half made may have no repr."""
    try:
        return repr(value)
    except AttributeError:
        return repr(vars(value))


def rendered(error: BaseException) -> str:
    """Return what a tool shows of *error* that shows local variables, without the frames of this file."""
    parts: list[str] = []
    for found in errors_of(error):
        parts += [repr(found), str(found), repr(found.args), repr(vars(found))]
        for frame, line in traceback.walk_tb(found.__traceback__):
            if frame.f_code.co_filename != __file__:
                shown_locals = {name: safely(value) for name, value in frame.f_locals.items()}
                parts.append(f"{frame.f_code.co_name} {line} {shown_locals}")
    return "\n".join(parts)


@pytest.fixture(params=["arguments", "environment"])
def maker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Maker:
    """Return what makes clients, with the credentials from where the parameter says."""
    own: dict[str, Any] = {"workspace_sid": WORKSPACE, "attempts": 2, "backoff": 0.001}
    if request.param == "arguments":
        return lambda **options: TaskRouterClient(ACCOUNT, TOKEN, **{**own, **options})
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", ACCOUNT)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    return lambda **options: TaskRouterClient(**{**own, **options})


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return the log of all loggers, from DEBUG on."""
    for name in ("", *logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name or None)
    return caplog


def logged(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(f"{record.name} {record.getMessage()} {record.args!r}" for record in caplog.records)


OPERATIONS: dict[str, Operation] = {
    "create": lambda client: client.activities.create("on-call"),
    "fetch": lambda client: client.activities.fetch(ACTIVITY),
    "list": lambda client: client.activities.list(),
    "update": lambda client: client.activities.update(ACTIVITY, friendly_name="standby"),
    "delete": lambda client: client.activities.delete(ACTIVITY),
    "workspace": lambda client: client.workspace(),
    "scenario": lambda client: client.scenario(),
}
AWAY = listing(numbered(1), following="https://evil.example/v1")
FAILURES: dict[str, tuple[Answer, type[Exception]]] = {
    "time-out": (Say(200, resource(), after=30), ConnectionFailed),
    "closed": (Drop(), ConnectionFailed),
    "reset": (Drop("reset"), ConnectionFailed),
    "truncated": (Say(200, resource(), missing=5), ConnectionFailed),
    "garbled": (Say(200, b"not zipped", {"Content-Encoding": "gzip"}), ConnectionFailed),
    "401": (Say(401, refusal(401, "Authenticate", 20_003)), AuthenticationError),
    "404": (Say(404, refusal(404, "not found", 20_404)), NotFoundError),
    "429": (Say(429, refusal(429)), RateLimitError),
    "500": (Say(500, refusal(500)), ServiceError),
    "redirect": (Say(307, None, {"Location": "https://evil.example"}), AnswerError),
    "html": (Say(200, b"<html>"), AnswerError),
    "list": (Say(200, [1]), AnswerError),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("failure", FAILURES)
def test_no_failure_shows_the_token(
    operation: str, failure: str, maker: Maker, everything_logged: pytest.LogCaptureFixture
) -> None:
    answer, kind = FAILURES[failure]
    with Scripted(lambda _: answer) as server, pytest.raises(kind) as caught:
        OPERATIONS[operation](maker(base_url=server.base_url, timeout=0.05 if failure == "time-out" else 10))
    assert server.asked[0].headers["authorization"] == f"Basic {BASIC}"
    text = rendered(caught.value)
    assert "\nrepeat " in text
    assert "urllib3.connectionpool" in logged(everything_logged)
    assert shown(text + logged(everything_logged) + repr(caught.value)) == []


@pytest.mark.parametrize("following", ["https://evil.example/v1", "http://user:word@127.0.0.1", 7, "http://["])
def test_a_bad_next_page_does_not_show_the_token(following: Any, maker: Maker) -> None:
    page = listing(numbered(1), following=following)
    with Scripted([Say(200, page)]) as server, pytest.raises(Exception) as caught:
        maker(base_url=server.base_url).activities.list()
    text = rendered(caught.value)
    assert "\npages " in text
    assert shown(text) == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_host_that_is_not_there_does_not_show_the_token(operation: str, maker: Maker) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        OPERATIONS[operation](maker(base_url=NOBODY))
    assert shown(rendered(caught.value)) == []


def test_a_server_that_cannot_be_trusted_does_not_show_the_token(maker: Maker) -> None:
    with Scripted([]) as server, pytest.raises(ConnectionFailed) as caught:
        maker(base_url=server.base_url.replace("http", "https")).activities.list()
    assert shown(rendered(caught.value)) == []


BAD_ARGUMENTS: list[dict[str, Any]] = [
    {"workspace_sid": "WS12"},
    {"base_url": "ftp://127.0.0.1"},
    {"base_url": "http://127.0.0.1:8765", "edge": "sydney"},
    {"region": "evil.example/"},
    {"timeout": 0},
    {"attempts": 0},
    {"backoff": "long"},
    {"base_url": "http://taskrouter.example"},
]


@pytest.mark.parametrize("options", BAD_ARGUMENTS, ids=str)
def test_wrong_arguments_do_not_show_the_token(options: dict[str, Any], maker: Maker) -> None:
    with pytest.raises((InputError, UserWarning)) as caught:
        maker(**options)
    text = rendered(caught.value)
    assert "\n__init__ " in text
    assert shown(text) == []


def test_a_client_or_an_emulator_that_is_half_made_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("no database")
    client = partial(TaskRouterClient, ACCOUNT, TOKEN, workspace_sid="WS12")
    emulator = partial(Emulator, auth_token=TOKEN, database=tmp_path / "other.db")
    for make in (client, emulator):
        with pytest.raises(InputError) as caught:
            make()
        tree = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        assert re.search(f"self = <.*{make.func.__name__}", "".join(tree.format()))


@pytest.mark.parametrize("token", [f"{TOKEN} {TOKEN}", f"{TOKEN}\n", f"{TOKEN}é"], ids=["blank", "line", "accent"])
@pytest.mark.parametrize("source", ["arguments", "environment"])
def test_a_token_that_cannot_be_sent_is_not_shown(token: str, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", token)
    with pytest.raises(InputError, match="auth_token") as caught:
        TaskRouterClient(ACCOUNT, token if source == "arguments" else None, workspace_sid=WORKSPACE)
    assert shown(rendered(caught.value)) == []


def test_a_token_without_its_account_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)
    with pytest.raises(InputError, match="TWILIO_ACCOUNT_SID") as caught:
        TaskRouterClient(auth_token=TOKEN, workspace_sid=WORKSPACE)
    assert shown(rendered(caught.value)) == []


@pytest.mark.parametrize("source", ["arguments", "environment"])
def test_a_token_in_the_place_of_the_account_is_not_shown(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", TOKEN)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", ACCOUNT)
    with pytest.raises(InputError, match="account_sid: must be AC and 32 hexadecimal digits") as caught:
        TaskRouterClient(*((TOKEN, ACCOUNT) if source == "arguments" else ()), workspace_sid=WORKSPACE)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_wrong_name_does_not_show_the_token(name: str, maker: Maker) -> None:
    with pytest.raises(InputError) as caught:
        maker(base_url=NOBODY).activities.create(name)
    assert shown(rendered(caught.value)) == []


class OverdueError(Exception):
    """What a program may raise from a signal handler, to end what takes too long."""


def interrupted(client: TaskRouterClient, seconds: float, error: type[BaseException]) -> BaseException:
    """Return what comes out of a list that is interrupted with *error* after so many seconds."""

    def interrupt(*_: Any) -> None:
        raise error

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        with pytest.raises(error) as caught:
            client.activities.list()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return caught.value


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OverdueError])
def test_an_interrupt_while_waiting_for_an_answer_does_not_show_the_token(
    error: type[BaseException], maker: Maker
) -> None:
    with Scripted(lambda _: Say(200, listing(), after=30)) as server:
        text = rendered(interrupted(maker(base_url=server.base_url), 0.15, error))
    assert len(server.asked) == 1
    assert "\npages " in text
    assert shown(text) == []


def test_an_interrupt_between_two_requests_does_not_show_the_token(maker: Maker) -> None:
    with Scripted(lambda _: Say(500)) as server:
        text = rendered(interrupted(maker(base_url=server.base_url, backoff=30), 0.15, KeyboardInterrupt))
    assert len(server.asked) == 1
    assert "\nsleep " in text
    assert shown(text) == []


def parts_of(client: TaskRouterClient) -> Iterator[object]:
    """Yield the client and everything that it holds, to some depth."""
    left: list[tuple[object, int]] = [(client, 0)]
    while left:
        part, depth = left.pop()
        yield part
        if depth < 4 and not isinstance(part, Secret):
            slots = [getattr(part, name, None) for name in getattr(type(part), "__slots__", ())]
            left += [(inner, depth + 1) for inner in (*getattr(part, "__dict__", {}).values(), *slots)]


def test_no_part_of_a_client_shows_the_token(maker: Maker) -> None:
    with Scripted(lambda _: Say(200, listing())) as server, maker(base_url=server.base_url) as client:
        client.activities.list()
        parts = list(parts_of(client))
    assert {"_Basic", "Credentials", "Secret", "Session", "Transport"} <= {type(part).__name__ for part in parts}
    for part in parts:
        assert shown(f"{part!r} {part!s}") == []


def test_a_secret_is_not_written_down() -> None:
    secret = Secret(TOKEN)
    assert shown(f"{secret} {secret!r} {secret!s:>20} {[secret]} {vars(type(secret))}") == []
    with pytest.raises(TypeError, match="not written down"):
        pickle.dumps(secret)
    assert secret.reveal() == TOKEN


def test_successes_log_no_token(maker: Maker, everything_logged: pytest.LogCaptureFixture) -> None:
    with Emulator(account_sid=ACCOUNT, auth_token=TOKEN) as emulator:
        client = maker(base_url=emulator.base_url, workspace_sid=emulator.workspace_sid)
        sid = str(client.activities.create("on-call").sid)
        client.activities.update(sid, friendly_name="standby")
        client.activities.delete(sid)
        client.workspace()
        client.close()
    assert "urllib3.connectionpool" in logged(everything_logged)
    assert shown(logged(everything_logged)) == []


def test_an_emulator_does_not_show_its_token() -> None:
    emulator = Emulator(account_sid=ACCOUNT, auth_token=TOKEN)
    texts = [f"{emulator!r} {emulator!s} {vars(emulator)}"]
    with emulator:
        texts.append(f"{emulator!r} {vars(emulator)} {emulator.client()!r} {vars(emulator.client())}")
    assert shown("".join(texts)) == []
    assert emulator.environment["TWILIO_AUTH_TOKEN"] == TOKEN


def test_an_emulator_does_not_show_its_token_when_it_cannot_begin(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("no database")
    with pytest.raises(InputError) as caught:
        Emulator(account_sid=ACCOUNT, auth_token=TOKEN, database=other)
    with pytest.raises(InputError) as port:
        Emulator(account_sid=ACCOUNT, auth_token=TOKEN, port=-1).start()
    assert shown(rendered(caught.value) + rendered(port.value)) == []


def test_the_database_of_an_emulator_has_no_token(tmp_path: Path) -> None:
    database = tmp_path / "workspace.db"
    with Emulator(account_sid=ACCOUNT, auth_token=TOKEN, database=database) as emulator:
        emulator.client().activities.create("on-call")
        files = [*tmp_path.iterdir()]
        kept = b"".join(file.read_bytes() for file in files)
    kept += database.read_bytes()
    assert b"on-call" in kept
    assert shown(kept.decode("latin-1")) == []
    assert not any(shown(text.decode("utf-16-le", "replace")) for text in (kept, kept[1:]))


def listed(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "dev", "-m", "activity_sim", "activities", "list"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TWILIO_", "TASKROUTER_"))}
    return subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, timeout=60)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Say(401, refusal(401, "Authenticate", 20_003)), "Authenticate"),
        (Say(200, b"<html>"), "is this a TaskRouter API"),
        (Say(200, AWAY), "another origin"),
        (None, "Connection refused"),
    ],
    ids=["401", "html", "away", "unreachable"],
)
def test_the_command_line_does_not_show_the_token(answer: Answer | None, words: str) -> None:
    environment = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_WORKSPACE_SID": WORKSPACE}
    with Scripted(lambda _: answer or Drop()) as server:
        url = server.base_url if answer else NOBODY
        result = listed({**environment, "TASKROUTER_BASE_URL": url})
    assert result.returncode != 0
    assert words in result.stderr
    assert shown(result.stdout + result.stderr) == []


@pytest.mark.slow
def test_the_command_line_does_not_show_a_token_that_cannot_be_sent() -> None:
    result = listed(
        {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": f"{TOKEN} x", "TWILIO_WORKSPACE_SID": WORKSPACE}
    )
    assert result.returncode == 2
    assert "auth_token" in result.stderr
    assert shown(result.stdout + result.stderr) == []
