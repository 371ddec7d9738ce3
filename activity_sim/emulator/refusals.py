"""How the emulator says no: the status, code and message of TaskRouter's error answers."""

from __future__ import annotations

from typing import Any

MORE_INFO = "https://www.twilio.com/docs/errors/"

INVALID = 20001
BAD_NAME = 20002
NOT_AUTHENTICATED = 20003
BAD_METHOD = 20004
PAGE_TOO_LARGE = 20007
NOT_FOUND = 20404
TOO_MANY = 20429


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """A request that is answered with an error: its HTTP *status*, *message*, and *code* where there is one."""

    def __init__(self, status: int, code: int | None, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object of the answer; *code* and *more_info* are there where the error has a number."""
        numbered = {"code": self.code, "more_info": f"{MORE_INFO}{self.code}"} if self.code else {}
        return {**numbered, "message": self.message, "status": self.status}


def invalid(message: str) -> Refusal:
    """Return the refusal of parameters that are not understood or not allowed."""
    return Refusal(400, INVALID, message)


def missing(name: str) -> Refusal:
    """Return the refusal of a form without the parameter *name*."""
    return invalid(f"Missing required parameter {name} in the post body")


def taken(kind: str, name: str, place: str) -> Refusal:
    """Return the refusal of a second resource of *kind* with the *name* that one at *place* has."""
    return invalid(f"{kind} named {name} already exists for {place}")


def kept(resource: str, place: str, why: str) -> Refusal:
    """Return the refusal to delete the *resource* at *place*."""
    return invalid(f"Cannot delete {resource} in {place} because {why}.")


def not_found(path: str) -> Refusal:
    """Return the refusal of a *path* (without the version) that nothing is at."""
    shown = path if len(path) <= 200 else f"{path[:197]}..."
    return Refusal(404, NOT_FOUND, f"The requested resource {shown} was not found")


def not_authenticated() -> Refusal:
    """Return the refusal of missing or wrong credentials."""
    return Refusal(401, NOT_AUTHENTICATED, "Authenticate", WWW_Authenticate='Basic realm="TaskRouter emulator"')


def bad_method(allowed: str) -> Refusal:
    """Return the refusal of a method that the path does not have; it has those *allowed*."""
    return Refusal(405, BAD_METHOD, "Method not allowed", Allow=allowed)


def too_many(seconds: int) -> Refusal:
    """Return the refusal of a request beyond the rate limit; it may come again after *seconds*."""
    return Refusal(429, TOO_MANY, "Too Many Requests", Retry_After=str(seconds))


def failed() -> Refusal:
    """Return the answer to a request that failed by no fault of the client."""
    return Refusal(500, None, "An error occurred")
