"""Expressions: whether they can be read, and which Workers meet them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

from activity_sim.emulator.calls import Call
from activity_sim.emulator.refusals import invalid
from activity_sim.emulator.rules import DEEPEST_EXPRESSION, LONGEST_EXPRESSION
from activity_sim.emulator.store import Row
from activity_sim.errors import InputError
from activity_sim.model.expressions import Attributes, parse

Predicate = Callable[[Attributes], bool]
QUEUES = {"TaskQueueName": "friendly_name", "TaskQueueSid": "sid"}
"""The parameters that ask for the Workers of a TaskQueue, and the columns that name it."""

OWN = ("sid", "friendly_name", "activity_sid", "activity_name")
"""What an expression can ask of a Worker besides its attributes."""


def predicate(expression: str, place: str) -> Predicate:
    """Return what *expression* stands for; one that cannot be read is refused, as what is said at *place*."""
    if len(expression) > LONGEST_EXPRESSION:
        raise invalid(f"{place} must have at most {LONGEST_EXPRESSION} characters")
    meets = _read(expression)
    if meets is None:
        raise invalid(f"{place} is not an expression, nested at most {DEEPEST_EXPRESSION} deep")
    return meets


def _read(expression: str) -> Predicate | None:
    """Return what *expression* stands for, None where that cannot be said, or not be worked out."""
    steps = ((character in "([") - (character in ")]") for character in expression)
    try:
        return parse(expression) if max(accumulate(steps), default=0) <= DEEPEST_EXPRESSION else None
    except InputError:
        return None


def check(call: Call, expression: str, place: str) -> None:
    """Refuse an *expression* that cannot be read, where the rules do."""
    if not call.rules.unread_expressions or len(expression) > LONGEST_EXPRESSION:
        predicate(expression, place)


def kept(expression: str | None) -> Predicate:
    """Return what an *expression* that is kept stands for; nobody meets none, or one that cannot be read."""
    return (_read(expression) if expression else None) or _nobody


def _nobody(_: Attributes) -> bool:
    return False


def of_worker(row: Row) -> dict[str, Any]:
    """Return what expressions can ask of the Worker that *row* is."""
    return {**json.loads(row["attributes"]), **{column: row[column] for column in OWN}}


def of_queue(call: Call) -> Callable[[Row], bool]:
    """Return whether a Worker may get Tasks of the TaskQueue that the call names; all may where it names none."""
    asked = {column: call.given[name] for name, column in QUEUES.items() if name in call.given}
    if not asked:
        return bool
    where = " AND ".join(("workspace_sid = ?", *(f"{column} = ?" for column in asked)))
    query = f"SELECT target_workers FROM task_queues WHERE {where}"
    meets = kept(call.store.scalar(query, call.workspace_sid, *asked.values()))
    return lambda row: meets(of_worker(row))


def chosen(rows: Iterator[Row], keep: Callable[[Row], bool]) -> str:
    """Return the SIDs of the *rows* to *keep* as a JSON list, which queries take as one value."""
    return json.dumps([row["sid"] for row in rows if keep(row)])
