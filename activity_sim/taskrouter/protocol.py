"""What client and API say to each other, as functions that send nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

from activity_sim.errors import (
    AnswerError,
    AuthenticationError,
    InputError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    ServiceError,
    TaskRouterError,
    not_given,
)
from activity_sim.model.activity import Activity

Headers = Mapping[str, str]
REFUSALS = {401: AuthenticationError, 403: AuthenticationError, 404: NotFoundError, 429: RateLimitError}
PORTS = {"http": 80, "https": 443}
REQUIRED = ("sid", "friendly_name", "available")


def service_url(edge: str | None, region: str | None) -> str:
    """Return the URL of TaskRouter, at an *edge* and in a *region* where they are given.

    >>> service_url("sydney", "au1")
    'https://taskrouter.sydney.au1.twilio.com'
    """
    for name, value in (("edge", edge), ("region", region)):
        if value is not None and not (isinstance(value, str) and re.fullmatch("[a-z0-9][a-z0-9-]*", value)):
            raise InputError(f"must be a name such as sydney or au1, {not_given(value)}", name)
    place = f".{edge}.{region or 'us1'}" if edge else f".{region}" if region else ""
    return f"https://taskrouter{place}.twilio.com"


def host_url(value: str) -> str:
    """Return the URL of another host, which must have a scheme and a host, and no path or credentials.

    >>> host_url("http://127.0.0.1:8765/")
    'http://127.0.0.1:8765'
    """
    try:
        parts = urlsplit(value)
        fits = parts.scheme in PORTS and parts.hostname and parts.port != 0 and not value.strip("/").count("/") > 2
    except (ValueError, AttributeError):
        fits = False
    if not fits or "@" in value or re.search(r"[\s?#\\]", value):
        secret = "@" in str(value) or re.fullmatch("[0-9A-Za-z]{16,}", str(value))
        given = "not what was given, which may be a secret" if secret else not_given(value)
        raise InputError(f"must be a URL such as https://host or http://127.0.0.1:8765, {given}", "base_url")
    scheme, _, rest = value.rstrip("/").partition("://")
    return f"{scheme.lower()}://{rest}"


def origin(url: str) -> tuple[str, str, int]:
    """Return the scheme, host and port that *url* leads to.

    >>> origin("https://taskrouter.twilio.com/v1")
    ('https', 'taskrouter.twilio.com', 443)
    """
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0)


def on_loopback(url: str) -> bool:
    """Return whether *url* leads to this machine.

    >>> on_loopback("http://127.0.0.2:8765"), on_loopback("https://taskrouter.twilio.com")
    (True, False)
    """
    host = origin(url)[1]
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def answer(status: int, headers: Headers, body: bytes, request: str) -> Any:
    """Return what the API answered to *request*: a JSON object, or None for an empty answer.

    Raises the :exc:`~activity_sim.errors.TaskRouterError` that an answer of that *status* stands for.
    """
    if 200 <= status < 300:
        return _object(body, request) if body else None
    said = _said(body)
    code = said.get("code")
    message = said.get("message") or ("moved to another place" if status < 400 else "no reason was given")
    raise _kind(status)(
        str(message),
        status=status,
        code=code if type(code) is int else None,
        more_info=said.get("more_info") if isinstance(said.get("more_info"), str) else None,
        request=request,
        retry_after=retry_after(headers),
    )


def _kind(status: int) -> type[TaskRouterError]:
    if status >= 500:
        return ServiceError
    return REFUSALS.get(status, RefusedError) if status >= 400 else AnswerError


def _object(body: bytes, request: str) -> dict[str, Any]:
    found = _loaded(body)
    if not isinstance(found, dict):
        raise AnswerError("the answer is not a JSON object; is this a TaskRouter API?", request=request)
    return found


def _loaded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _said(body: bytes) -> dict[str, Any]:
    found = _loaded(body)
    return found if isinstance(found, dict) else {}


def retry_after(headers: Headers) -> float | None:
    """Return the seconds that Retry-After asks to wait, given as a number or as a date on the server's clock."""
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]{1,300}", value):
        return float(value)
    moment, now = date(value), date(headers.get("Date", "")) or datetime.now(UTC)
    return None if moment is None else max((moment - now).total_seconds(), 0.0)


def date(value: str) -> datetime | None:
    """Return the instant that a header gives, or None where it gives none."""
    try:
        return _with_zone(parsedate_to_datetime(value))
    except (ValueError, TypeError, OverflowError):
        return None


def _with_zone(moment: datetime) -> datetime:
    """Return *moment* as an instant; one without a zone is in UTC."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def entries(page: Mapping[str, Any], key: str, request: str) -> list[Any]:
    """Return the resources of a *page* of the list *key*."""
    found = page.get(key)
    if not isinstance(found, list):
        raise AnswerError(f"the answer has no list {key!r}", request=request)
    return found


def next_page(page: Mapping[str, Any], url: str, seen: set[str]) -> str | None:
    """Return the URL of the page after the one at *url*, None where there is none.

    A page elsewhere is refused, since the credentials would go there; so is one that was *seen* already.
    """
    meta = page.get("meta")
    following = meta.get("next_page_url") if isinstance(meta, Mapping) else None
    if not following:
        return None
    target = _joined(url, following)
    if target is None or origin(target) != origin(url):
        raise AnswerError(
            "the next page is at another origin, where the credentials do not belong", request=str(following)
        )
    if target in seen:
        raise AnswerError("the next page is one that came already", request=target)
    return target


def _joined(url: str, following: object) -> str | None:
    """Return the URL of what comes after *url*, None where there cannot be one."""
    try:
        target = urljoin(url, following) if isinstance(following, str) else None
        return target if target and origin(target) and "@" not in urlsplit(target).netloc else None
    except ValueError:
        return None


def activity(resource: Any, request: str) -> Activity:
    """Return the Activity that a *resource* of the API describes."""
    missing = [name for name in REQUIRED if not isinstance(resource, Mapping) or resource.get(name) is None]
    try:
        if not missing:
            return Activity.from_resource(resource)
        reason = f"{missing[0]} is missing"
    except InputError as error:
        reason = str(error)
    raise AnswerError(f"the answer has no Activity: {reason}", request=request)


def created_at(resource: Activity) -> datetime | None:
    """Return when *resource* was created, as the API says."""
    try:
        return _with_zone(datetime.fromisoformat(str(resource.date_created)))
    except (ValueError, OverflowError):
        return None


def flag(value: bool) -> str:
    """Return *value* as the API reads it."""
    return "true" if value else "false"
