"""What is sent again, after which pause, and what is not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest
import tenacity

from activity_sim import (
    AnswerError,
    AuthenticationError,
    ConnectionFailed,
    NotFoundError,
    RateLimitError,
    RefusedError,
    ServiceError,
    TaskRouterClient,
    TaskRouterError,
)
from activity_sim.taskrouter.transport import LONGEST_WAIT
from tests.taskrouter.scripted import ACTIVITY, ONE, Answer, Asked, Drop, Say, Scripted, listing, refusal, resource

Operation = Callable[[TaskRouterClient], Any]
OPERATIONS: dict[str, Operation] = {
    "create": lambda client: client.activities.create("on-call", available=True),
    "fetch": lambda client: client.activities.fetch(ACTIVITY),
    "list": lambda client: client.activities.list(),
    "update": lambda client: client.activities.update(ACTIVITY, friendly_name="on-call"),
    "delete": lambda client: client.activities.delete(ACTIVITY),
}
REPEATABLE = ["fetch", "list", "update", "delete"]
PASSING: dict[str, Answer] = {
    **{str(status): Say(status, refusal(status)) for status in (500, 502, 503, 504)},
    "html": Say(502, b"<html>Bad gateway</html>"),
    "closed": Drop(),
    "reset": Drop("reset"),
    "truncated": Say(200, resource(), missing=5),
}


def fine(asked: Asked) -> Answer:
    if asked.method == "DELETE":
        return Say(204)
    one = asked.path == ONE or asked.method == "POST"
    return Say(200, resource() if one else listing(resource()))


def failing(times: int, failure: Answer) -> Callable[[Asked], Answer]:
    """Return a script that fails so many *times*, and is fine from then on."""
    left = [failure] * times
    return lambda asked: left.pop() if left else fine(asked)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the pauses in place of waiting for them."""
    noted: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=noted.append))
    return noted


def in_seconds(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_too_many_requests_are_waited_for_and_sent_again(operation: str) -> None:
    with Scripted(failing(1, Say(429, refusal(429), {"Retry-After": "1"}))) as server:
        OPERATIONS[operation](server.client())
    assert len(set(server.lines)) == 1
    assert len(server.gaps) == 1
    assert server.gaps[0] >= 1.0


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("asked_for", ["5", "59", "60"])
def test_retry_after_is_the_least_pause(operation: str, asked_for: str, pauses: list[float]) -> None:
    with Scripted(failing(2, Say(429, refusal(429), {"Retry-After": asked_for}))) as server:
        OPERATIONS[operation](server.client())
    assert len(set(server.lines)) == 1
    assert pauses == [float(asked_for)] * 2


def test_a_date_in_retry_after_is_waited_for(pauses: list[float]) -> None:
    with Scripted(failing(1, Say(503, None, {"Retry-After": in_seconds(30)}))) as server:
        OPERATIONS["fetch"](server.client())
    assert len(pauses) == 1
    assert 25 < pauses[0] <= 30


def test_a_date_in_retry_after_is_read_by_the_servers_clock(pauses: list[float]) -> None:
    ahead = {"Date": in_seconds(3_600), "Retry-After": in_seconds(3_630)}
    with Scripted(failing(1, Say(429, None, ahead))) as server:
        OPERATIONS["fetch"](server.client())
    assert len(pauses) == 1
    assert 25 < pauses[0] <= 31


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked_for", ["61", "3600", "999999999"])
def test_a_longer_wait_than_anyone_has_is_raised_at_once(
    operation: str, status: int, asked_for: str, pauses: list[float]
) -> None:
    answer = Say(status, refusal(status), {"Retry-After": asked_for})
    with Scripted(lambda _: answer) as server, pytest.raises((RateLimitError, ServiceError)) as caught:
        OPERATIONS[operation](server.client())
    assert (len(server.asked), pauses) == (1, [])
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > LONGEST_WAIT


@pytest.mark.parametrize("failure", PASSING)
@pytest.mark.parametrize("operation", REPEATABLE)
def test_what_may_pass_is_sent_again(operation: str, failure: str) -> None:
    with Scripted(failing(3, PASSING[failure])) as server:
        OPERATIONS[operation](server.client())
    assert len(server.asked) == 4
    assert len({(asked.method, asked.path, asked.body) for asked in server.asked}) == 1


@pytest.mark.parametrize("operation", REPEATABLE)
def test_a_request_that_hangs_is_sent_again(operation: str) -> None:
    with Scripted(failing(1, Say(500, after=30))) as server:
        OPERATIONS[operation](server.client(timeout=0.1))
    assert len(set(server.lines)) == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 412, 422])
def test_a_refusal_is_not_sent_again(operation: str, status: int, pauses: list[float]) -> None:
    kind = {401: AuthenticationError, 403: AuthenticationError, 404: NotFoundError}.get(status, RefusedError)
    answer = Say(status, refusal(status, "no", 20_000 + status), {"Retry-After": "1"})
    with Scripted(lambda _: answer) as server, pytest.raises(RefusedError) as caught:
        OPERATIONS[operation](server.client())
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.code) == (status, 20_000 + status)
    assert (len(server.asked), pauses) == (1, [])


def test_a_wrong_answer_is_not_sent_again(pauses: list[float]) -> None:
    with Scripted(lambda _: Say(200, b"<html>")) as server, pytest.raises(AnswerError):
        OPERATIONS["fetch"](server.client())
    assert (len(server.asked), pauses) == (1, [])


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("failure", [*PASSING, "429"])
def test_one_attempt_is_one_request(operation: str, failure: str, pauses: list[float]) -> None:
    answer = PASSING.get(failure, Say(429, refusal(429), {"Retry-After": "1"}))
    with Scripted(lambda _: answer) as server, pytest.raises(TaskRouterError):
        OPERATIONS[operation](server.client(attempts=1))
    assert (len(server.asked), pauses) == (1, [])


@pytest.mark.parametrize("attempts", [2, 4])
@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Say(429, refusal(429, "too many", 20_429)), RateLimitError),
        (Say(500, refusal(500)), ServiceError),
        (Drop(), ConnectionFailed),
    ],
    ids=["429", "500", "drop"],
)
@pytest.mark.parametrize("operation", REPEATABLE)
def test_the_last_error_is_raised_itself(
    operation: str, failure: Answer, kind: type[TaskRouterError], attempts: int
) -> None:
    with Scripted(lambda _: failure) as server, pytest.raises(TaskRouterError) as caught:
        OPERATIONS[operation](server.client(attempts=attempts))
    assert type(caught.value) is kind
    assert len(server.asked) == attempts
    chain = [caught.value.__cause__, caught.value.__context__]
    assert not any(isinstance(error, tenacity.RetryError) for error in chain)


def test_the_last_of_different_errors_is_raised() -> None:
    answers: list[Answer] = [Say(500, refusal(500)), Drop(), Say(429, refusal(429, "too many", 20_429))]
    with Scripted(answers) as server, pytest.raises(RateLimitError, match="too many"):
        OPERATIONS["fetch"](server.client(attempts=3))


def test_pauses_double_with_some_jitter(pauses: list[float]) -> None:
    backoff = 0.25
    with Scripted(lambda _: Say(500)) as server:
        for _ in range(3):
            with pytest.raises(ServiceError):
                OPERATIONS["fetch"](server.client(attempts=12, backoff=backoff))
    runs = [pauses[:11], pauses[11:22], pauses[22:]]
    for run in runs:
        for number, pause in enumerate(run):
            least = min(backoff * 2**number, LONGEST_WAIT)
            assert least <= pause <= least + backoff
    assert len({round(run[0], 9) for run in runs}) > 1


def test_pauses_are_waited_for_on_the_wire() -> None:
    with Scripted(failing(3, Say(500))) as server:
        OPERATIONS["fetch"](server.client(backoff=0.04))
    for gap, least in zip(server.gaps, (0.04, 0.08, 0.16), strict=True):
        assert gap >= least


def test_without_a_backoff_there_is_no_pause(pauses: list[float]) -> None:
    with Scripted(failing(3, Say(500))) as server:
        OPERATIONS["fetch"](server.client(backoff=0))
    assert pauses == [0.0] * 3


def test_attempts_are_counted_anew_for_every_call() -> None:
    failures = [Say(500), Say(500), None] * 4
    with Scripted(lambda asked: failures.pop(0) or fine(asked)) as server, server.client(attempts=3) as client:
        for _ in range(4):
            OPERATIONS["fetch"](client)
    assert len(server.asked) == 12


def test_a_repetition_is_logged_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "activity_sim")
    with Scripted(failing(1, Say(503, refusal(503, "under repair")))) as server:
        OPERATIONS["fetch"](server.client())
    (message,) = caplog.messages
    assert message.startswith("under repair (status 503, GET http://127.0.0.1")
    assert message.endswith("; again in 0.0 s")
