"""Limits, and what the emulator does where nobody has written down what the real service does."""

from __future__ import annotations

import json
from collections.abc import Iterable

import attrs

from activity_sim.emulator.refusals import BAD_NAME, INVALID
from activity_sim.errors import InputError, not_given
from activity_sim.model.reading import flag, located, read, whole

MOST_ACTIVITIES = 100
MOST_WORKERS = 15_000
LONGEST_NAME = 64
LONGEST_ATTRIBUTES = 4_096
LONGEST_CONFIGURATION = 1_038_576
"""Of a Workflow, in bytes."""

LONGEST_EXPRESSION = 64 * 1024
DEEPEST_EXPRESSION = 64
LONGEST_URL = 2_048
LONGEST_TIMEOUT = 86_400
"""Of a reservation, in seconds."""

USUAL_TIMEOUT = 120
MOST_RESERVED = 50
LARGEST_CAPACITY = 2**31 - 1
USUAL_PAGE = 50
LARGEST_PAGE = 1_000
LARGEST_BODY = 4 * 1024 * 1024


def _name_code(value: object) -> int:
    if value not in (INVALID, BAD_NAME):
        raise InputError(f"must be {INVALID} or {BAD_NAME}, {not_given(value)}")
    return int(str(value))


@attrs.frozen(kw_only=True, field_transformer=located)
class Rules:
    """Choose what the emulator does where the real service's behaviour is not documented.

    With *unique_names* a second Activity or Workflow of the same FriendlyName is refused. With *delete_in_use* an
    Activity that Workers are in may be deleted, and they go to the default activity; so may one that a TaskQueue names,
    and a TaskQueue that a Workflow names. With *unread_expressions* an expression that the emulator cannot read is
    kept, and no Worker meets it. *name_code* is the error code of a FriendlyName that is empty or too long,
    *limit_status* the HTTP status of the 101st Activity.

    Raises :exc:`~activity_sim.errors.InputError` for a value that a rule cannot have.

    >>> Rules(unique_names=False).unique_names
    False
    """

    unique_names: bool = attrs.field(default=True, converter=flag)
    delete_in_use: bool = attrs.field(default=False, converter=flag)
    unread_expressions: bool = attrs.field(default=False, converter=flag)
    name_code: int = attrs.field(default=BAD_NAME, converter=_name_code)
    limit_status: int = attrs.field(default=400, converter=whole(400, 499))

    @classmethod
    def read(cls, given: Iterable[str]) -> Rules:
        """Return the rules that *given* texts such as ``unique_names=false`` name, the others as usual.

        >>> Rules.read(["name_code=20001"]).name_code
        20001
        """
        for text in given:
            if "=" not in text:
                raise InputError(f"must be NAME=VALUE, {not_given(text)}")
        pairs = (text.partition("=") for text in given)
        return read(cls, {name: _plain(value) for name, _, value in pairs})


def _plain(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return value
