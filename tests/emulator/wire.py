"""What the tests of the emulator share: a clock that they turn, and HTTP as any program would speak it."""

from __future__ import annotations

import base64
import json
import logging
import socket
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import attrs
import requests

from activity_sim import Emulator

MORNING = 1_795_420_800_250  # 2026-11-23T08:00:00.250Z
SECOND = 1_000
MINUTE = 60 * SECOND
UNKNOWN = "0" * 32


class Clock:
    """Tell the milliseconds since 1970, as far as the test has let time pass."""

    def __init__(self, now: int = MORNING) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, milliseconds: int) -> None:
        self.now += milliseconds


class Wire:
    """Ask *emulator* in the name of its account."""

    def __init__(self, emulator: Emulator) -> None:
        self.base = f"{emulator.base_url}/v1"
        self.home = f"/Workspaces/{emulator.workspace_sid}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (emulator.account_sid, emulator.auth_token.reveal())

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.base + path, allow_redirects=False, timeout=30, **options)

    def got(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = self.ask(method, path, **options)
        assert answer.ok, answer.text
        body: dict[str, Any] = answer.json() if answer.content else {}
        return body

    def all(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Return the resources of a list that has at most 1,000 of them."""
        body = self.got("GET", path, params={"PageSize": 1_000, **parameters})
        assert body["meta"]["next_page_url"] is None
        entries: list[dict[str, Any]] = body[body["meta"]["key"]]
        return entries


@attrs.frozen
class Heard:
    """Hold an answer to a request that went over the wire exactly as it was written."""

    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


def exactly(
    emulator: Emulator, method: str, target: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Heard:
    """Ask in the name of the account, with *target* as it is: most clients would mend it."""
    where = urlsplit(emulator.base_url)
    connection = HTTPConnection(str(where.hostname), where.port, timeout=30)
    try:
        connection.request(method, target, body, {**basic(emulator), **(headers or {})})
        answer = connection.getresponse()
        heads = {name.lower(): value for name, value in answer.getheaders()}
        return Heard(answer.status, heads, answer.read())
    finally:
        connection.close()


def refusal(answer: requests.Response | Heard) -> dict[str, Any]:
    """Return the body of an answer that says no as the API does."""
    assert 400 <= answer.status_code < 500, answer.text
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert isinstance(body["message"], str)
    assert body["message"]
    if "code" in body:
        assert body["more_info"] == f"https://www.twilio.com/docs/errors/{body['code']}"
    assert set(body) - {"code", "more_info"} == {"message", "status"}
    return body


def everything(wire: Wire) -> dict[str, Any]:
    """Return all that the account has."""
    workspaces = wire.all("/Workspaces")
    parts = ("Activities", "Workers", "TaskQueues", "Workflows", "TaskChannels", "Events")
    return {
        "workspaces": workspaces,
        **{
            f"{home['url']}/{part}": wire.all(f"/Workspaces/{home['sid']}/{part}")
            for home in workspaces
            for part in parts
        },
    }


class Failures(logging.Handler):
    """Collect what the server says of failures of its own while the block lasts."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(f"{record.getMessage().strip()}: {record.exc_info and record.exc_info[1]!r}")

    def __enter__(self) -> Failures:
        logging.getLogger("uvicorn.error").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("uvicorn.error").removeHandler(self)


def basic(emulator: Emulator) -> dict[str, str]:
    """Return the header that says who asks."""
    pair = f"{emulator.account_sid}:{emulator.auth_token.reveal()}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def connected(emulator: Emulator) -> socket.socket:
    """Return a connection to *emulator*."""
    where = urlsplit(emulator.base_url)
    return socket.create_connection((where.hostname, where.port), timeout=30)


def sent(emulator: Emulator, request: bytes, *, ends: bool = False) -> bytes:
    """Send *request* as it is and return all that comes back; with *ends* nothing more can follow it."""
    with connected(emulator) as connection:
        answer = b""
        try:
            connection.sendall(request)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
        except (ConnectionResetError, BrokenPipeError):
            pass  # the server may hang up on what is too long to be read
        return answer
