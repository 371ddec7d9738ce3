"""A server that answers from a script, and one that keeps Activities and fails as it is told: both record requests."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

import attrs

from activity_sim.taskrouter.client import TaskRouterClient

ACCOUNT = "AC" + "a1" * 16
TOKEN = "70ce2d0f5b1c4e8f9a6b3d7c1e5f2a48"
WORKSPACE = "WS" + "b2" * 16
ACTIVITY = "WA" + "c3" * 16
HERE = f"/v1/Workspaces/{WORKSPACE}"
ACTIVITIES = f"{HERE}/Activities"
ONE = f"{ACTIVITIES}/{ACTIVITY}"
CREATED = "2014-05-14T10:50:02Z"


@attrs.frozen
class Asked:
    """Hold one request as it came: *at* is when, on the monotonic clock, *connection* which one, counted from 1."""

    at: float
    connection: int
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@attrs.frozen
class Say:
    """Answer with *status* and *body* (JSON, or bytes as they are) *after* so many seconds.

    The header Content-Length promises *missing* bytes that never come.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = attrs.field(factory=dict)
    after: float = 0.0
    missing: int = 0


@attrs.frozen
class Drop:
    """Close without an answer: in order, or with a reset, as a server does that has not read the request."""

    how: Literal["close", "reset"] = "close"


Answer = Say | Drop
Script = Callable[[Asked], Answer]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def answer(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        number = self.server.connections.index(self.client_address) + 1
        asked = Asked(time.monotonic(), number, self.command, parts.path, query, headers, body)
        answer = self.server.given.answer(asked)
        if isinstance(answer, Drop):
            self._drop(answer)
        else:
            self._say(answer)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the names that http.server looks for

    def _drop(self, answer: Drop) -> None:
        if answer.how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True

    def _say(self, answer: Say) -> None:
        self.server.given.ended.wait(answer.after)
        body = answer.body if isinstance(answer.body, bytes) else b"" if answer.body is None else _json(answer.body)
        headers = {"Date": format_datetime(datetime.now(UTC), usegmt=True), **answer.headers}
        if answer.status != HTTPStatus.NO_CONTENT:
            headers["Content-Length"] = str(len(body) + answer.missing)
        lines = [
            f"HTTP/1.1 {answer.status} Scripted",
            *(f"{name}: {value}" for name, value in headers.items() if value),
        ]
        self.close_connection = bool(answer.missing)
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def log_message(self, *args: Any) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, given: Scripted) -> None:
        self.given = given
        self.connections: list[Any] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.append(client_address)
        super().process_request(request, client_address)


class Scripted:
    """Answer each request with the next of the *answers*, or with what a script makes of it; *asked* keeps them all."""

    def __init__(self, answers: Iterable[Answer] | Script) -> None:
        self._script = answers if callable(answers) else _one_by_one(answers)
        self._lock = threading.Lock()
        self.asked: list[Asked] = []
        self.ended = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def connections(self) -> int:
        """How many connections were accepted."""
        return len(self._server.connections)

    @property
    def lines(self) -> list[str]:
        """The method and path of each request."""
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    @property
    def gaps(self) -> list[float]:
        """The seconds between the requests."""
        return [later.at - earlier.at for earlier, later in pairwise(self.asked)]

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            return self._script(asked)

    def client(self, **options: Any) -> TaskRouterClient:
        """Return a client of this server, with short pauses."""
        own = {"workspace_sid": WORKSPACE, "base_url": self.base_url, "backoff": 0.001}
        return TaskRouterClient(ACCOUNT, TOKEN, **{**own, **options})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()


def _one_by_one(answers: Iterable[Answer]) -> Script:
    left = iter(answers)
    return lambda _: next(left, Say(418, {"message": "the script has ended"}))


def resource(friendly_name: str = "on-call", **fields: Any) -> dict[str, Any]:
    """Return an Activity as the API writes it."""
    sid = fields.get("sid", ACTIVITY)
    own = {"account_sid": ACCOUNT, "available": True, "date_created": CREATED, "date_updated": CREATED}
    places = {"sid": sid, "workspace_sid": WORKSPACE, "url": f"https://taskrouter.twilio.com{ACTIVITIES}/{sid}"}
    return {**own, **places, "friendly_name": friendly_name, **fields}


def listing(*resources: dict[str, Any], following: Any = None) -> dict[str, Any]:
    """Return a page of a list as the API writes it."""
    return {"activities": list(resources), "meta": {"key": "activities", "next_page_url": following}}


def numbered(number: int) -> dict[str, Any]:
    """Return an Activity with a name and SID of its *number*."""
    return resource(f"activity {number}", sid=f"WA{number:032x}")


def refusal(status: int, message: str = "no", code: int | None = None) -> dict[str, Any]:
    """Return the body of an error answer."""
    return {"message": message, "status": status, **({"code": code} if code else {})}
