"""An emulator from its making to its end, and what it refuses to be made with."""

from __future__ import annotations

from typing import Any

import pytest

import activity_sim as sim


def test_it_says_what_it_is_doing() -> None:
    emulator = sim.Emulator()
    assert "not serving yet" in repr(emulator)
    with emulator:
        assert "serving at http://127.0.0.1:" in repr(emulator)
    assert "stopped" in repr(emulator)


def test_starting_twice_is_starting_once() -> None:
    emulator = sim.Emulator().start()
    with emulator, emulator.client() as client:
        assert len(client.activities.list()) == 3


def test_a_stopped_one_does_not_start_again() -> None:
    with sim.Emulator() as emulator:
        pass
    with pytest.raises(sim.ActivitySimError, match="make another one"):
        emulator.start()


def test_waiting_for_one_that_does_not_serve_ends_at_once() -> None:
    emulator = sim.Emulator()
    emulator.wait()
    emulator.stop()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "127.0.0.2", "::1"])
def test_its_url_is_one_that_this_machine_reaches_it_at(host: str) -> None:
    with sim.Emulator(host=host) as emulator, emulator.client(attempts=1) as client:
        assert len(client.activities.list()) == 3
        assert emulator.is_private == (host not in ("0.0.0.0", "::"))


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"auth_token": ""}, "auth_token"),
        ({"auth_token": "two words"}, "auth_token"),
        ({"auth_token": 5}, "auth_token"),
        ({"account_sid": "hunter2" * 5}, "account_sid"),
        ({"api_key": "SK" + "0" * 32}, "api_key and api_secret"),
        ({"api_secret": "hunter2"}, "api_key and api_secret"),
        ({"api_key": "hunter2", "api_secret": "hunter2"}, "api_key"),
    ],
)
def test_credentials_that_no_client_could_use_are_refused_unseen(options: dict[str, Any], place: str) -> None:
    with pytest.raises(sim.InputError, match=f"^{place}: ") as caught:
        sim.Emulator(**options)
    assert "hunter2" not in str(caught.value)


def test_an_empty_argument_does_not_send_the_environment_s_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "a" * 32)
    with pytest.raises(sim.InputError, match="auth_token"):
        sim.TaskRouterClient("AC" + "0" * 32, "", workspace_sid="WS" + "0" * 32)


def test_a_creation_that_gives_up_says_that_it_may_have_happened() -> None:
    faults = sim.Faults(drops=1.0)
    with sim.Emulator(faults=faults) as emulator, emulator.client(attempts=2, backoff=0) as client:
        with pytest.raises(sim.ConnectionFailed, match="whether the Activity was created is not known") as caught:
            client.activities.create("Break")
        assert str(caught.value.request).startswith("POST ")
