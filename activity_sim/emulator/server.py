"""The emulator as a server that can be started, reached and stopped, from Python and from the command line."""

from __future__ import annotations

import logging
import os
import re
import secrets
import socket
import threading
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import uvicorn

from activity_sim.emulator import workspaces
from activity_sim.emulator.calls import Call
from activity_sim.emulator.faults import Faults, Faulty
from activity_sim.emulator.routes import Service
from activity_sim.emulator.rules import LONGEST_EXPRESSION, Rules
from activity_sim.emulator.store import Store, wall_clock
from activity_sim.errors import ActivitySimError, InputError, within
from activity_sim.secret import Secret

if TYPE_CHECKING:
    from activity_sim.taskrouter.client import TaskRouterClient

LOOPBACK = "127.0.0.1"
EVERYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}
"""Addresses that mean all of this machine's, and the one of them that it reaches itself at."""

WORKSPACE = "Workspace"
LARGEST_HEAD = 4 * LONGEST_EXPRESSION
"""Bytes of a request's first line and headers: room for an expression as URLs write it, at three bytes a character."""


def _secret(value: str | Secret | None, place: str) -> Secret:
    secret = Secret(value if value is not None else secrets.token_hex(16))
    if not secret.printable:
        raise InputError("must be a text of printable ASCII characters", place)
    return secret


def _check_sid(value: str | None, prefix: str, place: str) -> None:
    if value is not None and not re.fullmatch(f"{prefix}[0-9a-fA-F]{{32}}", value):
        rule = f"must be {prefix} and 32 hexadecimal digits; what was given, which may be a secret, is not"
        raise InputError(rule, place)


class Emulator:
    """Serve a TaskRouter workspace on localhost.

    *host* and *port* (0: any that is free) are where it listens. *database* is the SQLite file to keep everything in;
    without it nothing outlives the emulator. *account_sid* and *auth_token* are the credentials that it accepts, made
    up where they are not given; *api_key* and *api_secret*, where they are given, are accepted too. *rules* and
    *faults* say how it behaves in doubt, and what goes wrong. *clock* returns the milliseconds since 1970.

    It serves between ``with`` and the end of the block, and has one Workspace from the beginning.

    Raises :exc:`~activity_sim.errors.InputError` for a database that is not the emulator's or in use, and for a host or
    port that it cannot listen on.

    >>> with Emulator() as emulator:
    ...     [activity.friendly_name for activity in emulator.client().activities.list()]
    ['Offline', 'Unavailable', 'Available']
    """

    def __init__(
        self,
        *,
        host: str = LOOPBACK,
        port: int = 0,
        database: str | os.PathLike[str] | None = None,
        account_sid: str | None = None,
        auth_token: str | Secret | None = None,
        api_key: str | None = None,
        api_secret: str | Secret | None = None,
        rules: Rules | None = None,
        faults: Faults | None = None,
        clock: Callable[[], int] = wall_clock,
    ) -> None:
        self.auth_token, further = _secret(auth_token, "auth_token"), _secret(api_secret, "api_secret")
        paired = (api_key is None) == (api_secret is None)
        auth_token = api_secret = None  # a traceback that shows local variables has nothing to show
        if not paired:
            raise InputError("must be given both, or neither", "api_key and api_secret")
        for place, prefix, value in (("account_sid", "AC", account_sid), ("api_key", "SK", api_key)):
            _check_sid(value, prefix, place)
        path = Path(database) if database is not None else None
        self._listener = _listen(host, port)
        self._host, self._port = host, self._listener.getsockname()[1]
        self._store = self._opened(path, account_sid, clock)
        self.account_sid = self._store.account_sid
        accepted = {self.account_sid: self.auth_token, **({api_key: further} if api_key else {})}
        self._service = Service(self._store, rules or Rules(), accepted)
        self._faults = faults or Faults()
        with self._store.closed_on_failure():
            self.workspace_sid = _first_workspace(self._service)
        self._server: uvicorn.Server | None = None
        self._ended, self._stopped = threading.Event(), False

    def _opened(self, path: Path | None, account_sid: str | None, clock: Callable[[], int]) -> Store:
        try:
            return within(f"{path}: ", lambda: Store(path, account_sid, clock))
        except BaseException:
            self._listener.close()
            raise

    @property
    def base_url(self) -> str:
        """The URL that clients on this machine reach it at, without the version."""
        host = EVERYWHERE.get(self._host, self._host)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self._port}"

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it."""
        return ip_address(self._listener.getsockname()[0]).is_loopback

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables with which clients and commands use it; the token is in clear in them."""
        return {
            "TASKROUTER_BASE_URL": self.base_url,
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token.reveal(),
            "TWILIO_WORKSPACE_SID": self.workspace_sid,
        }

    def client(self, **options: Any) -> TaskRouterClient:
        """Return a client of the emulator's workspace; *options* are those of the client."""
        from activity_sim.taskrouter.client import TaskRouterClient

        own = {
            "account_sid": self.account_sid,
            "auth_token": self.auth_token,
            "workspace_sid": self.workspace_sid,
            "base_url": self.base_url,
        }
        return TaskRouterClient(**{**own, **options})

    def start(self) -> Self:
        """Begin to serve, in a thread of its own; one that serves goes on.

        Raises :exc:`~activity_sim.errors.ActivitySimError` for an emulator that was stopped.
        """
        if self._stopped:
            raise ActivitySimError("the emulator was stopped; make another one")
        if self._server is None:
            self._server = _server(Faulty(self._service.app(), self._faults))
            serve = (self._server, self._listener)
            threading.Thread(target=self._serve, args=serve, name="emulator", daemon=True).start()
        return self

    def _serve(self, server: uvicorn.Server, listener: socket.socket) -> None:
        try:
            server.run([listener])
        finally:
            self._ended.set()

    def wait(self) -> None:
        """Wait until the server ends."""
        while self._server and not self._ended.wait(
            0.2
        ):  # a wait without end would not let an interrupt through on every system
            pass

    def stop(self) -> None:
        """End the server, when the requests under way are answered, and let go of the database."""
        if self._server:
            self._server.should_exit = True
            self._ended.wait()  # not a join: interrupted once, a thread passes for ended while it still runs
        self._server, self._stopped = None, True
        self._listener.close()
        self._store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        if "_server" not in vars(self):  # a traceback may show one that is not made yet
            return "<Emulator>"
        state = "serving" if self._server else "stopped" if self._stopped else "not serving yet"
        return f"<Emulator {state} at {self.base_url}, workspace {self.workspace_sid}>"


def _first_workspace(service: Service) -> str:
    """Return the SID of the first workspace, made where there is none."""
    known: str | None = service.store.scalar("SELECT sid FROM workspaces ORDER BY seq")
    if known:
        return known
    call = Call(store=service.store, rules=service.rules, root="", path="", sids={}, given={"FriendlyName": WORKSPACE})
    body = workspaces.create(call).body or {}
    return str(body["sid"])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=2_048)
        # asyncio sends small answers at once only where the socket says that it is TCP
        return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach())
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number and number > 0 else str(error)
        raise InputError(f"cannot listen there: {reason}", f"{host}:{port}") from None


def _server(app: Any) -> uvicorn.Server:
    logging.getLogger("uvicorn.error").addFilter(_worth_saying)
    config = uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def _worth_saying(record: logging.LogRecord) -> bool:
    """Return whether a message is about the server itself: drops are meant, and bad requests are the client's."""
    message = record.getMessage()
    return "without completing response" not in message and "Invalid HTTP request" not in message
