"""How requests are sent: with time-outs, over pooled connections, again where that helps."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import attrs
import requests
from requests.auth import AuthBase
from requests.utils import default_user_agent
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from activity_sim.errors import (
    ActivitySimWarning,
    ConnectionFailed,
    RateLimitError,
    ServiceError,
    TaskRouterError,
)
from activity_sim.taskrouter import protocol
from activity_sim.taskrouter.credentials import Credentials

T = TypeVar("T")
LONGEST_WAIT = 60.0
log = logging.getLogger(__name__)


class _Basic(AuthBase):
    """HTTP Basic authentication that shows its secret in no repr."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        user, secret = self._credentials.user, self._credentials.secret
        signed: requests.PreparedRequest = requests.auth.HTTPBasicAuth(user, secret.reveal())(request)
        return signed


@attrs.frozen
class Heard:
    """Hold an answer: the JSON object *said* (None: empty), and *when* the server said it."""

    said: Any
    when: datetime


class Transport:
    """Send requests to one origin.

    *timeout* is in seconds, for the connection and for each wait for data. *attempts* is how often a request is sent
    at the most; the wait before the second is *backoff* seconds and doubles from then on, with some jitter.
    """

    def __init__(
        self, credentials: Credentials, base_url: str, *, timeout: float, attempts: int, backoff: float
    ) -> None:
        self.base_url = base_url
        self._auth = _Basic(credentials)
        self._timeout = timeout
        self._session = requests.Session()
        self._session.headers.update({"Accept": "application/json", "User-Agent": _agent()})
        if protocol.on_loopback(base_url):
            self._session.trust_env = False  # a proxy of the environment does not lead to this machine
        elif protocol.origin(base_url)[0] == "http":
            warning = f"the credentials go to {base_url} unencrypted; use https"
            warnings.warn(warning, ActivitySimWarning, stacklevel=3)
        self._wait = wait_exponential(multiplier=backoff, max=LONGEST_WAIT) + wait_random(0, backoff)
        self._retrying = Retrying(
            stop=stop_after_attempt(attempts),
            wait=self._pause,
            retry=retry_if_exception(_may_pass),
            before_sleep=_say,
            reraise=True,
        )

    def repeat(self, ask: Callable[[], T]) -> T:
        """Return what *ask* returns, asking again while it fails in a way that may pass."""
        return self._retrying.copy()(ask)

    def send(self, method: str, url: str, *, query: Mapping[str, Any] | None = None, form: Any = None) -> Heard:
        """Return the answer to one request, sent once."""
        request = f"{method} {url}"
        failure: BaseException | None = None
        try:
            response = self._session.request(
                method, url, params=query, data=form, auth=self._auth, timeout=self._timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            failure = ConnectionFailed(self._reason(error), request=request)
        except BaseException as error:  # an interrupt, or whatever a handler of signals raises
            failure = error.with_traceback(None)
            failure.__cause__ = failure.__context__ = None
        if failure:  # raised out here, it does not keep the frames that have the credentials in clear
            raise failure
        said = protocol.answer(response.status_code, response.headers, response.content, request)
        return Heard(said, protocol.date(response.headers.get("Date", "")) or datetime.now(UTC))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, TaskRouterError) else None
        return max(self._wait(state), asked or 0.0)

    def _reason(self, error: Exception) -> str:
        if isinstance(error, requests.ConnectTimeout):
            return f"could not be reached within {self._timeout:g} s"
        if isinstance(error, requests.Timeout):
            return f"no answer came within {self._timeout:g} s"
        if isinstance(error, requests.exceptions.SSLError):
            return "could not be reached safely: its certificate or its encryption is wrong"
        reason = _system_error(error)
        hint = "; is the emulator running?" if protocol.on_loopback(self.base_url) else ""
        return f"could not be reached, or the connection was lost{f' ({reason})' if reason else ''}{hint}"


def _agent() -> str:
    from activity_sim import __version__

    return f"activity-sim/{__version__} {default_user_agent()}"


def _system_error(error: BaseException | None) -> str | None:
    """Return what the operating system said, from the errors that led to *error*."""
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        error = error.__cause__ or error.__context__
    return None


def _may_pass(error: BaseException) -> bool:
    passing = isinstance(error, (ConnectionFailed, RateLimitError, ServiceError))
    return passing and (getattr(error, "retry_after", None) or 0.0) <= LONGEST_WAIT


def _say(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    pause = state.next_action.sleep if state.next_action else 0.0
    log.info("%s; again in %.1f s", error, pause)
