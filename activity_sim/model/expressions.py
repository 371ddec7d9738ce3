"""TaskRouter's expressions: which workers a task queue takes, by their attributes.

The grammar is in ``expressions.lark``; each of its rules has a method of the same name in :class:`_Meaning`, so the
rest of the language is an addition to both. As in TaskRouter, a comparison with an attribute that a worker does not
have is false, and so is ``HAS`` on anything but a list.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lark import Lark, Transformer, UnexpectedInput

from activity_sim.errors import InputError

Attributes = Mapping[str, Any]
Value = Callable[[Attributes], Any]
MISSING = object()

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def parse(expression: str) -> Callable[[Attributes], bool]:
    """Return the predicate that *expression* stands for.

    Raises :exc:`~activity_sim.errors.InputError`, pointing at the place, where it is not in the language.

    >>> parse('"voice" IN skills AND level >= 2')({"skills": ["voice"], "level": 3})
    True
    """
    return _parse(expression)


@lru_cache(maxsize=1_024)
def _parse(expression: str) -> Callable[[Attributes], bool]:
    try:
        predicate: Callable[[Attributes], bool] = _Meaning().transform(_grammar().parse(expression))
    except RecursionError:
        raise InputError("is nested too deeply") from None
    except UnexpectedInput as error:
        ended = getattr(getattr(error, "token", None), "type", "") == "$END"
        column = len(expression) + 1 if ended or error.column < 1 else error.column
        pointer = f"{expression}\n  {' ' * (column - 1)}^"
        known = "comparisons, IN, HAS, AND, OR and parentheses are known"
        raise InputError(f"is not an expression from column {column} on ({known}):\n  {pointer}") from None
    return predicate


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    text = files("activity_sim.model").joinpath("expressions.lark").read_text("utf-8")
    return Lark(text, parser="lalr", maybe_placeholders=False)


def _same_kind(left: Any, right: Any) -> bool:
    if MISSING in (left, right) or isinstance(left, bool) != isinstance(right, bool):
        return False
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    return numbers or type(left) is type(right)


class _Meaning(Transformer[Any, Any]):
    """Turns a parsed expression into functions of a worker's attributes."""

    def any_of(self, parts: list[Value]) -> Value:
        return lambda attributes: any(part(attributes) for part in parts)

    def all_of(self, parts: list[Value]) -> Value:
        return lambda attributes: all(part(attributes) for part in parts)

    def compare(self, parts: list[Any]) -> Value:
        left, sign, right = parts
        holds = _COMPARE[str(sign)]

        def compared(attributes: Attributes) -> bool:
            values = left(attributes), right(attributes)
            ordered = isinstance(values[0], (int, float, str)) or str(sign) in ("==", "=", "!=")
            return ordered and _same_kind(*values) and holds(*values)

        return compared

    def is_in(self, parts: list[Value]) -> Value:
        item, collection = parts
        return lambda attributes: _contains(collection(attributes), item(attributes))

    def has(self, parts: list[Value]) -> Value:
        collection, item = parts
        return lambda attributes: _contains(collection(attributes), item(attributes))

    def items(self, parts: list[Value]) -> Value:
        return lambda attributes: [part(attributes) for part in parts]

    def string(self, parts: list[str]) -> Value:
        text = parts[0][1:-1].replace("\\'", "'").replace('\\"', '"').replace("\\\\", "\\")
        return lambda _: text

    def number(self, parts: list[str]) -> Value:
        figure = float(parts[0])
        return lambda _: figure

    def true(self, _: list[Any]) -> Value:
        return lambda _: True

    def false(self, _: list[Any]) -> Value:
        return lambda _: False

    def attribute(self, parts: list[str]) -> Value:
        path = parts[0].split(".")
        return lambda attributes: _look_up(attributes, path)


def _contains(collection: Any, item: Any) -> bool:
    return isinstance(collection, list) and any(_same_kind(item, other) and item == other for other in collection)


def _look_up(attributes: Any, path: list[str]) -> Any:
    for name in path:
        if not isinstance(attributes, Mapping) or name not in attributes:
            return MISSING
        attributes = attributes[name]
    return attributes
