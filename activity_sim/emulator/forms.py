"""What requests say: forms and queries, as texts by name, and the kinds of values in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from activity_sim.emulator.refusals import PAGE_TOO_LARGE, Refusal, invalid
from activity_sim.emulator.rules import LARGEST_PAGE, LONGEST_ATTRIBUTES, LONGEST_NAME, LONGEST_URL, USUAL_PAGE

Given = Mapping[str, str]
MOST_FIELDS = 100
MINUTE = 60_000
USUAL_MINUTES = 15
DEEPEST_ATTRIBUTES = 64
LAST_MOMENT = 253_402_300_799_999
"""The end of the year 9999, in milliseconds since 1970."""


def parameters(encoded: bytes) -> dict[str, str]:
    """Return the parameters of an urlencoded form or query; of those that come twice the last holds."""
    if re.search(rb"%(?![0-9A-Fa-f]{2})", encoded):
        raise invalid("The parameters are not urlencoded: a % must be followed by two hexadecimal digits")
    try:
        pairs = parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise invalid("The parameters are not text in UTF-8") from None
    except ValueError:
        raise invalid(f"There are more than {MOST_FIELDS} parameters") from None
    return dict(pairs)


def is_true(value: str) -> bool:
    """Return whether *value* means yes: ``true``, ``1`` and ``yes`` do, in any case, and nothing else."""
    return value.lower() in ("true", "1", "yes")


def name(value: str, code: int, parameter: str = "FriendlyName") -> str:
    """Return *value* where it can be a name: 1 to 64 characters, none of them a control character."""
    if not 1 <= len(value) <= LONGEST_NAME or not value.strip():
        raise Refusal(400, code, f"{parameter} must have 1 to {LONGEST_NAME} characters")
    if not printable(value):
        raise Refusal(400, code, f"{parameter} must have no control characters")
    return value


def printable(value: str) -> bool:
    """Return whether *value* has no control characters."""
    return not re.search(r"[\x00-\x1f\x7f-\x9f]", value)


def attributes(value: str, parameter: str = "Attributes") -> str:
    """Return *value* where it can be a Worker's attributes: a JSON object in at most 4,096 characters."""
    if len(value) > LONGEST_ATTRIBUTES:
        raise invalid(f"{parameter} must have at most {LONGEST_ATTRIBUTES} characters")
    said = json_of(value)
    if not isinstance(said, dict) or _depth(said) > DEEPEST_ATTRIBUTES:
        raise invalid(f"{parameter} must be a JSON object, nested at most {DEEPEST_ATTRIBUTES} deep")
    return value


def json_of(value: str) -> object:
    """Return what *value* says in JSON, or None where it is no JSON."""
    try:
        return json.loads(value, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _depth(value: object) -> int:
    """Return how deep *value* is nested."""
    depth, level = 0, [value]
    while level:
        depth, level = depth + 1, [inner for outer in level for inner in _inside(outer)]
    return depth


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def one_of(given: Given, parameter: str, *allowed: str, usual: str) -> str:
    """Return the *parameter* that must be one of *allowed*, in any case; *usual* where it is not given."""
    value = given.get(parameter, usual).upper()
    if value not in allowed:
        raise invalid(f"{parameter} must be one of {', '.join(allowed)}")
    return value


def whole(given: Given, parameter: str, *, least: int, usual: int, most: int | None = None) -> int:
    """Return the whole number that *parameter* gives, *usual* where it is not given."""
    value = given.get(parameter)
    if value is None:
        return usual
    if not re.fullmatch("[0-9]{1,4000}", value) or not least <= int(value) <= (most or int(value)):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise invalid(f"{parameter} must be a whole number {bounds}")
    return int(value)


def text(value: str, parameter: str) -> str:
    """Return *value* where it can be the text of *parameter*."""
    if len(value) > LONGEST_URL or not printable(value):
        raise invalid(f"{parameter} must have at most {LONGEST_URL} characters, and no control characters")
    return value


def callback(value: str, parameter: str) -> str:
    """Return *value* where it can be the URL to call that *parameter* gives; empty is none."""
    try:
        scheme = urlsplit(text(value, parameter)).scheme
    except ValueError:
        scheme = ""
    if value and scheme not in ("http", "https"):
        raise invalid(f"{parameter} must be a URL that begins with http:// or https://")
    return value


def ordering(given: Given, columns: Mapping[str, str]) -> tuple[str, bool]:
    """Return the column that *Ordering* asks for, one of *columns* by their names, and whether it is to fall."""
    ways = {f"{name}:{way}": (column, way == "desc") for name, column in columns.items() for way in ("asc", "desc")}
    asked = given.get("Ordering")
    if asked is not None and asked not in ways:
        raise invalid(f"Ordering must be one of {', '.join(ways)}")
    return ("seq", False) if asked is None else ways[asked]


def page_size(given: Given) -> int:
    """Return how many resources a page is to have."""
    size = whole(given, "PageSize", least=1, usual=USUAL_PAGE)
    if size > LARGEST_PAGE:
        raise Refusal(400, PAGE_TOO_LARGE, f"Page size too large, the maximum page size is {LARGEST_PAGE}")
    return size


def moment(given: Given, parameter: str) -> int | None:
    """Return the instant that *parameter* gives, in milliseconds since 1970; without offset it is GMT."""
    if parameter not in given:
        return None
    try:
        said = datetime.fromisoformat(given[parameter].strip())
        milliseconds = round((said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp() * 1_000)
    except (ValueError, OverflowError):
        milliseconds = -1
    if not 0 <= milliseconds <= LAST_MOMENT:
        raise invalid(f"{parameter} must be a date and time in ISO 8601, such as 2026-11-24T08:00:00Z")
    return milliseconds


def window(given: Given, now: int) -> tuple[int, int]:
    """Return the period that is asked for, in milliseconds: some minutes up to *now*, or from a date to a date."""
    minutes = whole(given, "Minutes", least=1, usual=USUAL_MINUTES)
    start, end = moment(given, "StartDate"), moment(given, "EndDate")
    if "Minutes" in given and (start, end) != (None, None):
        raise invalid("Minutes cannot be combined with StartDate or EndDate")
    last = now if end is None else end
    first = last - minutes * MINUTE if start is None else start
    if first > last:
        raise invalid("StartDate must not be after EndDate")
    return max(first, 0), last
