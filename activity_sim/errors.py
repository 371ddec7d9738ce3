"""The errors and warnings of the package.

::

    ActivitySimError
    ├── InputError              something that a person wrote is wrong: a scenario, a file, an argument
    └── TaskRouterError         the TaskRouter API did not do what it was asked for
        ├── RefusedError        it said no to the request (a status from 400 to 499)
        │   ├── AuthenticationError   the credentials are missing, wrong or not enough (401, 403)
        │   ├── NotFoundError         there is nothing of that SID (404)
        │   └── RateLimitError        there were too many requests (429)
        ├── ServiceError        it failed (a status from 500 on)
        ├── ConnectionFailed    it could not be reached, or the answer did not arrive
        └── AnswerError         its answer is none that the API gives
    ActivitySimWarning          (a UserWarning) something is probably not what was meant

An :exc:`InputError` says *where: what must hold, not what was given*, and names the nearest valid name where one
was misspelled. The place is put together on the way up: whoever reads a list adds the position, whoever reads a
file adds its name.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Self, TypeVar

T = TypeVar("T")


class ActivitySimError(Exception):
    """Base of every error that the package raises on purpose."""


class ActivitySimWarning(UserWarning):
    """Something is allowed, but probably not what was meant."""


class InputError(ActivitySimError, ValueError):
    """Something that a person wrote is wrong.

    *must* says what must hold and what was given; *where* are the steps to the place, outermost first.

    >>> raise InputError("must be at least 0, not -1").inside("workers[0]").inside("day.toml: ")
    Traceback (most recent call last):
    activity_sim.errors.InputError: day.toml: workers[0]: must be at least 0, not -1
    """

    def __init__(self, must: str, *where: str) -> None:
        super().__init__(must, *where)  # whoever makes it again from its arguments, as SimPy does, has the place too
        self.must = must
        self.where = where

    def inside(self, step: str) -> Self:
        """Return the same error as seen from one step further out."""
        return type(self)(self.must, step, *self.where)

    def __str__(self) -> str:
        place = ""
        for step in self.where:
            joint = "" if not place or place.endswith((": ", ", ")) or step.startswith("[") else "."
            place += joint + step
        return f"{place.removesuffix(': ')}: {self.must}" if place else self.must


class TaskRouterError(ActivitySimError):
    """The TaskRouter API did not do what it was asked for.

    *message* says why. *status* is the HTTP status of its answer, *code* Twilio's number of the error and *more_info*
    the page about it; each is None where there is none. *request* is the method and URL, *retry_after* the seconds
    that the API asks to wait.

    >>> raise NotFoundError("was not found", status=404, code=20404, request="GET http://localhost/v1/Workspaces")
    Traceback (most recent call last):
    activity_sim.errors.NotFoundError: was not found (status 404, code 20404, GET http://localhost/v1/Workspaces)
    """

    hint = ""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: int | None = None,
        more_info: str | None = None,
        request: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.more_info = more_info
        self.request = request
        self.retry_after = retry_after

    def __str__(self) -> str:
        status = None if self.status is None else f"status {self.status}"
        code = None if self.code is None else f"code {self.code}"
        known = ", ".join(filter(None, (status, code, self.request)))
        return f"{self.message.rstrip('.')}{self.hint}{f' ({known})' if known else ''}"

    def __reduce__(self) -> tuple[Callable[..., TaskRouterError], tuple[object, ...]]:
        return _again, (type(self), self.message, vars(self))


def _again(kind: type[TaskRouterError], message: str, rest: dict[str, object]) -> TaskRouterError:
    error = kind(message)
    vars(error).update(rest)
    return error


class RefusedError(TaskRouterError):
    """The TaskRouter API said no to the request."""


class AuthenticationError(RefusedError):
    """The credentials are missing, wrong, or not enough for the request."""

    hint = ": the credentials are not those of an account that may do this"


class NotFoundError(RefusedError):
    """There is nothing of that SID."""


class RateLimitError(RefusedError):
    """There were too many requests; this one was not carried out."""


class ServiceError(TaskRouterError):
    """The TaskRouter API failed; the request may have been carried out or not."""


class ConnectionFailed(TaskRouterError):  # noqa: N818 - named for what happened, apart from Python's ConnectionError
    """The TaskRouter API could not be reached, or its answer did not arrive."""


class AnswerError(TaskRouterError):
    """The answer is none that the TaskRouter API gives."""


def not_given(value: object) -> str:
    """Return the second half of a message: what was given instead.

    >>> not_given(-1)
    'not -1'
    """
    text = repr(value)
    return f"not {text if len(text) <= 80 else text[:77] + '...'}"


def nearest(value: object, names: Iterable[str]) -> str:
    """Return "; the nearest is ..." for a misspelled *value*, or nothing where no name is near.

    >>> nearest("Brake", ["Available", "Break"])
    "; the nearest is 'Break'"
    """
    by_folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(str(value).casefold(), by_folded, n=1, cutoff=0.5)
    return f"; the nearest is {by_folded[close[0]]!r}" if close else ""


def unknown(value: object, names: Iterable[str]) -> InputError:
    """Return the error for a *value* that is none of *names*.

    >>> str(unknown("Brake", ["Available", "Break"]))
    "must be one of 'Available', 'Break', not 'Brake'; the nearest is 'Break'"
    """
    listed = list(names)
    shown = ", ".join(map(repr, listed[:12])) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
    rule = f"must be one of {shown}" if listed else "must name something that exists, and there is nothing yet"
    return InputError(f"{rule}, {not_given(value)}{nearest(value, listed)}")


def within(step: str, read: Callable[[], T]) -> T:
    """Return ``read()``; an :exc:`InputError` in it is raised again from one *step* further out."""
    try:
        return read()
    except InputError as error:
        raise error.inside(step) from None
