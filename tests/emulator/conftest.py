"""Emulators for the tests of this folder, with a clock that the tests turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twilio.rest import Client
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext

from activity_sim import Emulator
from tests.emulator.wire import Clock, Wire


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The clock of the emulator of this module."""
    return Clock()


@pytest.fixture(scope="module")
def emulator(clock: Clock) -> Iterator[Emulator]:
    """An emulator that the tests of a module share."""
    with Emulator(clock=clock) as serving:
        yield serving


@pytest.fixture(scope="module")
def wire(emulator: Emulator) -> Wire:
    """HTTP to that emulator."""
    return Wire(emulator)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no proxy, edge or region of the environment come between the official client and the emulator."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    for name in ("TWILIO_EDGE", "TWILIO_REGION"):
        monkeypatch.delenv(name, raising=False)


def official(emulator: Emulator) -> Client:
    """Return the official client of *emulator*."""
    client = Client(emulator.account_sid, emulator.auth_token.reveal())
    client.taskrouter.base_url = emulator.base_url
    return client


@pytest.fixture
def client(emulator: Emulator, plain_environment: None) -> Client:
    """The official client of that emulator."""
    return official(emulator)


@pytest.fixture
def home(client: Client) -> WorkspaceContext:
    """A new workspace in that emulator."""
    made = client.taskrouter.v1.workspaces.create(friendly_name="Home")
    return client.taskrouter.v1.workspaces(made.sid)
