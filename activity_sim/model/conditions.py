"""The conditions that expressions stand for, as trees of frozen values.

A condition is asked by calling it with attributes. Conditions that are equal mean the same, so what a task's attributes
leave of a target's expression can be compared, and kept once for all tasks that leave the same. As in TaskRouter, a
comparison with null is false, and so is one of different kinds.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

import attrs

from activity_sim.model.terms import LISTS, SCALARS, Attributes, Name, Value, kind, quoted


class Condition(Protocol):
    """What is true or false of attributes; written as a text, it is an expression that means the same."""

    def __call__(self, attributes: Attributes, /) -> bool:
        """Return whether it holds for *attributes*."""

    def given(self, task: Attributes, /) -> Condition:
        """Return what is left to ask a worker when the *task*'s attributes are known."""

    def why_not(self, attributes: Attributes, /) -> str:
        """Return which comparisons are false for *attributes*, and by what values; empty where it holds."""

    def names(self) -> Iterator[Name]:
        """Yield the attributes that it depends on."""


@attrs.frozen
class Truth:
    """What holds always, or never."""

    value: bool

    def __call__(self, _: Attributes) -> bool:
        """Return whether it holds always."""
        return self.value

    def given(self, _: Attributes) -> Truth:
        """Return the same."""
        return self

    def why_not(self, _: Attributes) -> str:
        """Return that it never holds, where it does not."""
        return "" if self.value else f"{self} is false"

    def names(self) -> Iterator[Name]:
        """Yield nothing."""
        return iter(())

    def __str__(self) -> str:
        return "1 == 1" if self.value else "1 == 0"


def _alike(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda left, right: kind(left) == kind(right) and holds(left, right)


_equal = _alike(operator.eq)


def _in(item: Any, collection: list[Any]) -> bool:
    return any(_equal(item, other) for other in collection)


_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "==": _equal,
    "!=": _alike(operator.ne),
    ">": _alike(operator.gt),
    ">=": _alike(operator.ge),
    "<": _alike(operator.lt),
    "<=": _alike(operator.le),
    "CONTAINS": lambda left, right: isinstance(left, str) and isinstance(right, str) and right in left,
    "IN": _in,
    "NOT IN": lambda item, collection: not _in(item, collection),
    "HAS": lambda collection, item: _in(item, collection),
}
_KINDS = {"IN": (SCALARS, LISTS), "NOT IN": (SCALARS, LISTS), "HAS": (LISTS, SCALARS)}
"""The kinds that the sides of an operator may have, where they are not both scalars. With others it is false."""


@attrs.frozen
class Comparison:
    """Two values with an *operator* between them."""

    left: Value
    operator: str
    right: Value

    def __call__(self, attributes: Attributes) -> bool:
        """Return whether the sides compare so; false where one has no kind that fits."""
        left, right = self.left.of(attributes), self.right.of(attributes)
        lefts, rights = _KINDS.get(self.operator, (SCALARS, SCALARS))
        return kind(left) in lefts and kind(right) in rights and _HOLDS[self.operator](left, right)

    def given(self, task: Attributes) -> Condition:
        """Return the comparison with the *task*'s attributes filled in, or what it comes to where that is known."""
        fixed = Comparison(self.left.given(task), self.operator, self.right.given(task))
        return Truth(fixed({})) if fixed._decided() else fixed

    def _decided(self) -> bool:
        kinds = _KINDS.get(self.operator, (SCALARS, SCALARS))
        sides = zip((self.left, self.right), kinds, strict=True)
        barred = any(side.kind is not None and side.kind not in allowed for side, allowed in sides)
        return barred or (self.left.known and self.right.known)

    def why_not(self, attributes: Attributes) -> str:
        """Return that it is false, and what its attributes are."""
        return "" if self(attributes) else _false(self, attributes)

    def names(self) -> Iterator[Name]:
        """Yield the attributes on both sides."""
        yield from self.left.names()
        yield from self.right.names()

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@attrs.frozen
class IsNull:
    """Whether *value* is null, or is not."""

    value: Value
    wanted: bool

    def __call__(self, attributes: Attributes) -> bool:
        """Return whether the value is null as wanted."""
        return (self.value.of(attributes) is None) == self.wanted

    def given(self, task: Attributes) -> Condition:
        """Return the same of a worker's attribute, or what is known of the *task*'s."""
        fixed = IsNull(self.value.given(task), self.wanted)
        return Truth(fixed({})) if fixed.value.kind is not None else fixed

    def why_not(self, attributes: Attributes) -> str:
        """Return that it is false, and what its attribute is."""
        return "" if self(attributes) else _false(self, attributes)

    def names(self) -> Iterator[Name]:
        """Yield the attributes of the value."""
        return self.value.names()

    def __str__(self) -> str:
        return f"{self.value} {'==' if self.wanted else '!='} null"


@attrs.frozen
class Negated:
    """What holds where *part* does not."""

    part: Condition

    def __call__(self, attributes: Attributes) -> bool:
        """Return whether the part does not hold."""
        return not self.part(attributes)

    def given(self, task: Attributes) -> Condition:
        """Return the opposite of what is left of the part."""
        part = self.part.given(task)
        return Truth(not part.value) if isinstance(part, Truth) else Negated(part)

    def why_not(self, attributes: Attributes) -> str:
        """Return that it is false, and what its attributes are."""
        return "" if self(attributes) else _false(self, attributes)

    def names(self) -> Iterator[Name]:
        """Yield the attributes of the part."""
        return self.part.names()

    def __str__(self) -> str:
        return f"NOT ({self.part})"


@attrs.frozen
class Joined:
    """Several conditions of which *every* one must hold, or any."""

    every: bool
    parts: tuple[Condition, ...]

    def __call__(self, attributes: Attributes) -> bool:
        """Return whether every part holds, or any."""
        return (all if self.every else any)(part(attributes) for part in self.parts)

    def given(self, task: Attributes) -> Condition:
        """Return what is left of the parts."""
        return joined(self.every, [part.given(task) for part in self.parts])

    def why_not(self, attributes: Attributes) -> str:
        """Return why those parts that are false are so, where that matters."""
        reasons = (part.why_not(attributes) for part in self.parts)
        return "" if self(attributes) else "; ".join(filter(None, reasons))

    def names(self) -> Iterator[Name]:
        """Yield the attributes of all parts."""
        return (name for part in self.parts for name in part.names())

    def __str__(self) -> str:
        parts = (f"({part})" if isinstance(part, Joined) else str(part) for part in self.parts)
        return (" AND " if self.every else " OR ").join(parts)


def joined(every: bool, parts: Iterable[Condition]) -> Condition:
    """Return that *every* one of *parts* holds, or any, without those that make no difference."""
    left = []
    for part in parts:
        if isinstance(part, Truth) and part.value != every:
            return part
        left += [] if isinstance(part, Truth) else [part]
    return Joined(every, tuple(left)) if len(left) > 1 else left[0] if left else Truth(every)


def _false(condition: Condition, attributes: Attributes) -> str:
    values = {str(name): name.of(attributes) for name in condition.names()}
    given = [f"{name} is {'missing' if value is None else _shown(value)}" for name, value in values.items()]
    return f"{condition} is false" + (f": {', '.join(given)}" if given else "")


def _shown(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
