"""TaskRouter's expressions: what task queues, and the filters and targets of workflows, ask of attributes.

The grammar is in ``expressions.lark``; each of its rules has a method of the same name in :class:`_Meaning`, which
puts together what is in ``conditions.py`` and
``terms.py``. So the rest of the language is an addition to both.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

import attrs
from lark import Lark, Token, Transformer, UnexpectedInput

from activity_sim.errors import InputError, nearest, not_given
from activity_sim.model.conditions import Comparison, Condition, IsNull, Joined, Negated
from activity_sim.model.ordering import Clause, Ordering
from activity_sim.model.terms import Attributes as Attributes
from activity_sim.model.terms import Constant, Items, Name, Value, constant

KNOWN = "comparisons, null, IN, NOT IN, HAS, CONTAINS, AND, OR, NOT and parentheses are known"
CLAUSES = "worker.attribute ASC or DESC, separated by commas, is known"
MOST_NESTED = 64
"""How deep terms may lie in each other; walking down them takes several calls a level, of which there are so many."""

COUNTS = ("available", "unavailable")
"""What a target's skip_if can ask of its queue's workers, besides how many are in an activity by its SID."""


def parse(expression: str) -> Condition:
    """Return the condition that *expression* stands for: a predicate of attributes.

    Raises :exc:`~activity_sim.errors.InputError`, pointing at the place, where it is not in the language.

    >>> parse('"voice" IN skills AND level >= 2')({"skills": ["voice"], "level": 3})
    True
    """
    return _parse(expression)


def parse_bare(expression: str, *, of: str) -> Condition:
    """Return the condition of a queue (*of* a worker) or a filter (*of* a task), which know no prefixes.

    Raises :exc:`~activity_sim.errors.InputError`, pointing at the place, also where an attribute has one: TaskRouter
    would look for an attribute called "worker" or "task", and find none.
    """
    condition = parse(expression)
    for name in condition.names():
        if name.path[0] in ("worker", "task"):
            rule = f"must name attributes of the {of} without a prefix, not {name}"
            raise InputError(f"{rule}, at {_place(expression, name.position)}")
    return condition


@attrs.frozen
class TargetCondition:
    """What a workflow's target asks of a worker and a task.

    >>> speaks = parse_target("task.language IN worker.languages")
    >>> speaks({"languages": ["de", "en"]}, {"language": "de"})
    True
    """

    condition: Condition

    def __call__(self, worker: Attributes, task: Attributes) -> bool:
        """Return whether it holds for the attributes of a *worker* and a *task*."""
        return self.condition({"worker": worker, "task": task})

    def given(self, task: Attributes) -> Condition:
        """Return what is left to ask of a worker when the *task*'s attributes are known.

        It is a condition on the worker's attributes, without prefixes. Those of tasks that leave the same to ask are
        equal.

        >>> str(parse_target("task.language IN worker.languages AND task.vip != null").given({"language": "de"}))
        '1 == 0'
        >>> str(parse_target("task.language IN worker.languages").given({"language": "de"}))
        '"de" IN languages'
        """
        return self.condition.given(task)

    def __str__(self) -> str:
        return str(self.condition)


def parse_target(expression: str) -> TargetCondition:
    """Return what *expression*, of a workflow's target, asks; its attributes begin with ``worker.`` or ``task.``.

    Raises :exc:`~activity_sim.errors.InputError`, pointing at the place, where it is not in the language.
    """
    condition = parse(expression)
    for name in condition.names():
        if name.path[0] not in ("worker", "task") or len(name.path) == 1:
            rule = f"must name attributes as worker.{name} or task.{name}, not {name}"
            raise InputError(f"{rule}, at {_place(expression, name.position)}")
    return TargetCondition(condition)


def parse_skip_if(expression: str) -> Condition:
    """Return the condition under which a target is skipped: a predicate of ``{"workers": {"available": 0, ...}}``.

    Raises :exc:`~activity_sim.errors.InputError`, pointing at the place, where it is not in the language, or names
    anything else than the numbers of workers.
    """
    condition = parse(expression)
    for name in condition.names():
        if not re.fullmatch(r"workers\.(available|unavailable|WA[0-9a-fA-F]{32})", str(name)):
            known = [f"workers.{count}" for count in COUNTS]
            rule = f"must name {', '.join(known)} or workers. and the SID of an activity, not {name}"
            raise InputError(f"{rule}{nearest(name, known)}, at {_place(expression, name.position)}")
    return condition


def parse_order(order_by: str) -> Ordering:
    """Return the order of workers that *order_by*, of a workflow's target, stands for: a key to sort attributes by.

    Raises :exc:`~activity_sim.errors.InputError`, pointing at the place, where it is not in the language.

    >>> parse_order("worker.level DESC, worker.team.rank asc")({"level": 3, "team": {"rank": 1}})
    ((False, -3), (False, 1))
    """
    clauses: list[tuple[Name, bool]] = _read(order_by, "order")
    for name, _ in clauses:
        if name.path[0] != "worker" or len(name.path) == 1:
            rule = f"must name attributes of workers as worker.{name}, not {name}"
            raise InputError(f"{rule}, at {_place(order_by, name.position)}")
    return Ordering(tuple(Clause(Name(name.path[1:]), down) for name, down in clauses))


def parse_attribute(written: str) -> Name:
    """Return the task's attribute that *written*, such as ``task.agent_sid``, names.

    Raises :exc:`~activity_sim.errors.InputError` where it is none.
    """
    if not re.fullmatch(r"task(\.[A-Za-z_]\w*(\[\d{1,9}\])*)+", written):
        raise InputError(f"must name an attribute of the task, such as task.agent_sid, {not_given(written)}")
    return Name.read(written)


def why_not(expression: str, attributes: Attributes) -> str:
    """Return which comparisons of *expression* are false for *attributes*, and by what values; empty where it holds.

    >>> why_not("type == 'ticket' AND value IN ['Gold', 'Silver']", {"type": "ticket", "value": "Bronze"})
    'value IN ["Gold", "Silver"] is false: value is "Bronze"'
    """
    return parse(expression).why_not(attributes)


@lru_cache(maxsize=1_024)
def _parse(expression: str) -> Condition:
    condition: Condition = _read(expression, "start")
    return condition


def _read(expression: str, start: str) -> Any:
    try:
        tree = _grammar().parse(expression, start=start)
    except UnexpectedInput as error:
        what, known = ("an expression", KNOWN) if start == "start" else ("an order", CLAUSES)
        place = _place(expression, _position(error, expression))
        raise InputError(f"is not {what} from {place.replace(':', f' on ({known}):', 1)}") from None
    _check_nesting(tree)
    return _Meaning().transform(tree)


def _check_nesting(tree: Any) -> None:
    level = [tree]
    for _ in range(MOST_NESTED):
        level = [part for term in level for part in getattr(term, "children", ())]
    if level:
        raise InputError(f"is nested too deeply: at most {MOST_NESTED} AND, OR, NOT and lists in each other")


def _position(error: UnexpectedInput, expression: str) -> int:
    token: Token | None = getattr(error, "token", None)
    if token is not None:
        return len(expression) if token.type == "$END" else token.start_pos or 0
    return len(expression) if error.pos_in_stream is None else error.pos_in_stream


def _place(expression: str, position: int) -> str:
    """Return "column 3:" with the line of *expression* that has *position*, and a mark below it."""
    before, line = expression[:position].split("\n"), expression.split("\n")
    column, row = len(before[-1]), len(before) - 1
    where = f"line {row + 1}, column {column + 1}" if len(line) > 1 else f"column {column + 1}"
    return f"{where}:\n  {line[row]}\n  {' ' * column}^"


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    text = files("activity_sim.model").joinpath("expressions.lark").read_text("utf-8")
    return Lark(text, parser="lalr", maybe_placeholders=False, start=["start", "order"])


class _Meaning(Transformer[Any, Any]):
    """Puts together the terms that a parsed expression stands for."""

    def any_of(self, parts: list[Condition]) -> Condition:
        return Joined(False, tuple(parts))

    def all_of(self, parts: list[Condition]) -> Condition:
        return Joined(True, tuple(parts))

    def negated(self, parts: list[Condition]) -> Condition:
        return Negated(parts[0])

    def compare(self, parts: list[Any]) -> Condition:
        left, sign, right = parts
        return Comparison(left, "==" if sign == "=" else str(sign), right)

    def is_null(self, parts: list[Any]) -> Condition:
        value, sign = parts
        return IsNull(value, sign != "!=")

    def null_is(self, parts: list[Any]) -> Condition:
        return self.is_null(parts[::-1])

    def is_in(self, parts: list[Value]) -> Condition:
        return Comparison(parts[0], "IN", parts[1])

    def is_not_in(self, parts: list[Value]) -> Condition:
        return Comparison(parts[0], "NOT IN", parts[1])

    def has(self, parts: list[Value]) -> Condition:
        return Comparison(parts[0], "HAS", parts[1])

    def contains(self, parts: list[Value]) -> Condition:
        return Comparison(parts[0], "CONTAINS", parts[1])

    def items(self, parts: list[Value]) -> Value:
        return Items(tuple(parts))

    def string(self, parts: list[str]) -> Value:
        return Constant("text", re.sub(r"\\([\"'\\])", r"\1", parts[0][1:-1]))

    def number(self, parts: list[str]) -> Value:
        return constant(float(parts[0]) if "." in parts[0] or len(parts[0]) > 20 else int(parts[0]))

    def true(self, _: list[Any]) -> Value:
        return Constant("boolean", True)

    def false(self, _: list[Any]) -> Value:
        return Constant("boolean", False)

    def attribute(self, parts: list[Token]) -> Value:
        return Name.read(str(parts[0]), parts[0].start_pos or 0)

    def clause(self, parts: list[Token]) -> tuple[Name, bool]:
        name, direction = parts
        return Name.read(str(name), name.start_pos or 0), direction.type == "DESC"

    def order(self, parts: list[tuple[Name, bool]]) -> list[tuple[Name, bool]]:
        return parts
