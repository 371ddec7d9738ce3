"""What a Workflow's configuration says: JSON with the filters that Tasks go through, and the TaskQueues they lead to.

Refusals name the place and never what is there: JSON can have texts that cannot be written in an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from activity_sim.emulator import matching
from activity_sim.emulator.calls import Call
from activity_sim.emulator.forms import json_of
from activity_sim.emulator.refusals import Refusal, invalid
from activity_sim.emulator.rules import LONGEST_CONFIGURATION

ROUTING = "task_routing"
EXPRESSIONS = ("expression", "skip_if")
TEXTS = ("order_by", "known_worker_sid", "known_worker_friendly_name")
NUMBERS = {"priority": 0, "timeout": 1}
"""The numbers of a target, and the least that each can be."""


def checked(call: Call, text: str) -> str:
    """Return *text* where it can be the configuration of a Workflow in the workspace of the call."""
    if len(text.encode()) > LONGEST_CONFIGURATION:
        raise invalid(f"Configuration must have at most {LONGEST_CONFIGURATION} bytes")
    said = json_of(text)
    routing = said.get(ROUTING) if isinstance(said, dict) else None
    if not isinstance(routing, dict):
        raise _wrong(ROUTING, "must be an object in a JSON object")
    for place, one in _listed(routing.get("filters"), f"{ROUTING}.filters"):
        _check_filter(call, one, place)
    if routing.get("default_filter") is not None:
        _check_target(call, routing["default_filter"], f"{ROUTING}.default_filter", inherits=False)
    return text


def queues(text: str) -> set[str]:
    """Return the SIDs of the TaskQueues that a configuration names, once it has been checked."""
    routing = json.loads(text)[ROUTING]
    filters: Iterable[dict[str, Any]] = routing.get("filters") or ()
    targets = [target for one in filters for target in one["targets"]]
    return {target["queue"] for target in (*targets, routing.get("default_filter") or {}) if target.get("queue")}


def _wrong(place: str, rule: str) -> Refusal:
    return invalid(f"Configuration: {place} {rule}")


def _listed(value: object, place: str) -> Iterator[tuple[str, Any]]:
    """Yield the places and entries of the list at *place*; where there is none, there are no entries."""
    if not isinstance(value, (list, type(None))):
        raise _wrong(place, "must be a list")
    for position, entry in enumerate(value or ()):
        if not isinstance(entry, dict):
            raise _wrong(f"{place}[{position}]", "must be an object")
        yield f"{place}[{position}]", entry


def _check_filter(call: Call, said: dict[str, Any], place: str) -> None:
    if not said.get("expression"):
        raise _wrong(f"{place}.expression", "is required")
    _check_expression(call, said["expression"], f"{place}.expression")
    targets = list(_listed(said.get("targets"), f"{place}.targets"))
    if not targets:
        raise _wrong(f"{place}.targets", "must have at least one target")
    for position, (where, target) in enumerate(targets):
        _check_target(call, target, where, inherits=position > 0)


def _check_target(call: Call, said: object, place: str, *, inherits: bool) -> None:
    """Check a target; one that *inherits* has the TaskQueue of the target before it, unless it names another."""
    if not isinstance(said, dict):
        raise _wrong(place, "must be an object")
    if not inherits or said.get("queue") is not None:
        _check_queue(call, said.get("queue"), f"{place}.queue")
    for key in (key for key in EXPRESSIONS if said.get(key) not in (None, "")):
        _check_expression(call, said[key], f"{place}.{key}")
    for key in (key for key in TEXTS if said.get(key) is not None):
        if not isinstance(said[key], str):
            raise _wrong(f"{place}.{key}", "must be a text")
    for key in (key for key in NUMBERS if said.get(key) is not None):
        _check_number(said[key], f"{place}.{key}", NUMBERS[key])


def _check_expression(call: Call, value: object, place: str) -> None:
    if not isinstance(value, str):
        raise _wrong(place, "must be a text")
    matching.check(call, value, f"Configuration: {place}")


def _check_queue(call: Call, value: object, place: str) -> None:
    query = "SELECT sid FROM task_queues WHERE workspace_sid = ? AND sid = ?"
    known = isinstance(value, str) and re.fullmatch("WQ[0-9a-f]{32}", value)
    if not known or not call.store.row(query, call.workspace_sid, value):
        raise _wrong(place, f"must be the SID of a task queue in workspace {call.workspace_sid}")


def _check_number(value: object, place: str, least: int) -> None:
    """Check a number, which may be a text of digits as well."""
    digits = isinstance(value, str) and re.fullmatch("[0-9]{1,18}", value)
    number = int(str(value)) if digits or type(value) is int else -1
    if number < least:
        raise _wrong(place, f"must be a whole number of at least {least}")
