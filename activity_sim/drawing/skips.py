"""Lowers the conditions under which targets are skipped to programs for a stack of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from activity_sim.model.conditions import Comparison, Condition, IsNull, Joined, Negated, Truth
from activity_sim.model.terms import Constant, Items, Name, Value
from activity_sim.model.workspace import Workspace
from activity_sim.plan import (
    ADD,
    AT_LEAST,
    AT_MOST,
    BOTH,
    CONSTANT,
    EITHER,
    EQUAL,
    IN_ACTIVITY,
    LESS,
    MORE,
    NOT,
    UNEQUAL,
)

Row = tuple[int, float]
Program = tuple[Row, ...]

_CODES = {"==": EQUAL, "!=": UNEQUAL, "<": LESS, "<=": AT_MOST, ">": MORE, ">=": AT_LEAST}


def program(condition: Condition, workspace: Workspace) -> Program:
    """Return the program that asks a *condition* on the numbers of workers in activities of *workspace*.

    >>> from activity_sim.model.expressions import parse_skip_if
    >>> program(parse_skip_if("workers.available < 2"), Workspace())
    ((0, 0.0), (1, 2.0), (2, 0.0), (0, 2.0), (5, 0.0))
    """
    return tuple(_rows(condition, _activities(workspace)))


def _activities(workspace: Workspace) -> Mapping[str, list[int]]:
    """Return which activities each of the known counts adds up."""
    named: dict[str, list[int]] = {"available": [], "unavailable": []}
    for code, activity in enumerate(workspace.activities):
        named["available" if activity.available else "unavailable"].append(code)
        if activity.sid:
            named[activity.sid] = [code]
    return named


def _rows(condition: Condition, named: Mapping[str, list[int]]) -> Iterator[Row]:
    if isinstance(condition, Joined):
        parts = [list(_rows(part, named)) for part in condition.parts]
        yield from _folded(parts, BOTH if condition.every else EITHER)
    elif isinstance(condition, Negated):
        yield from _rows(condition.part, named)
        yield NOT, 0.0
    elif isinstance(condition, Comparison):
        yield from _compared(condition, named)
    elif isinstance(condition, IsNull):
        yield CONSTANT, float(_is_null(condition.value) == condition.wanted)
    else:
        yield CONSTANT, float(isinstance(condition, Truth) and condition.value)


def _folded(parts: Iterable[list[Row]], code: int) -> Iterator[Row]:
    for number, part in enumerate(parts):
        yield from part
        if number:
            yield code, 0.0


def _compared(asked: Comparison, named: Mapping[str, list[int]]) -> Iterator[Row]:
    left, sign, right = asked.left, asked.operator, asked.right
    if sign == "HAS":
        left, sign, right = right, "IN", left
    if sign in ("IN", "NOT IN") and isinstance(right, Items) and not isinstance(left, Items):
        yield from _among(left, right, named)
        if sign == "NOT IN":
            yield NOT, 0.0
    elif sign in _CODES and _is_number(left) and _is_number(right):
        yield from (*_pushed(left, named), *_pushed(right, named), (_CODES[sign], 0.0))
    else:
        yield CONSTANT, float(asked({"workers": dict.fromkeys(named, 0)}))  # the same for all numbers


def _among(item: Value, items: Items, named: Mapping[str, list[int]]) -> Iterator[Row]:
    yield CONSTANT, 0.0
    for part in items.parts:
        yield from _compared(Comparison(item, "==", part), named)
        yield EITHER, 0.0


def _is_number(value: Value) -> bool:
    return isinstance(value, Name) or value.kind == "number"


def _is_null(value: Value) -> bool:
    return value.kind == "null"


def _pushed(value: Value, named: Mapping[str, list[int]]) -> Iterator[Row]:
    if isinstance(value, Constant):
        yield CONSTANT, float(value.value)
        return
    yield CONSTANT, 0.0
    for code in named[str(next(value.names()).path[1])]:
        yield IN_ACTIVITY, float(code)
        yield ADD, 0.0
