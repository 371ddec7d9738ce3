"""What expressions compare: constants, lists and attributes, as frozen values.

As in TaskRouter, an attribute that is not there is null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol

import attrs

Attributes = Mapping[str, Any]
Path = tuple[str | int, ...]

SCALARS = frozenset({"boolean", "number", "text"})
LISTS = frozenset({"list"})


def kind(value: object) -> str:
    """Return what JSON calls *value*: "null", "boolean", "number", "text", "list" or "object"."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, (int, float)) else "list" if isinstance(value, list) else "object"


def look_up(attributes: Any, path: Path) -> Any:
    """Return what is at *path* in *attributes*: keys, and positions from 0 in lists. None where nothing is there."""
    for step in path:
        attributes = _inside(attributes, step)
    return attributes


def _inside(value: Any, step: str | int) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else None
    return value.get(step) if isinstance(value, Mapping) else None


class Value(Protocol):
    """What stands on a side of a comparison."""

    @property
    def kind(self) -> str | None:
        """What JSON calls it; None where that depends on the attributes."""

    @property
    def known(self) -> bool:
        """Whether it is the same for all attributes."""

    def of(self, attributes: Attributes, /) -> Any:
        """Return the value for *attributes*, as JSON has it."""

    def given(self, task: Attributes, /) -> Value:
        """Return what is left to ask a worker when the *task*'s attributes are known."""

    def names(self) -> Iterator[Name]:
        """Yield the attributes that it depends on."""


@attrs.frozen
class Constant:
    """A text, number, boolean or null; of an object no more than that it is one, since nothing is equal to it."""

    kind: str
    value: Any
    known = True

    def of(self, _: Attributes) -> Any:
        """Return the value."""
        return {} if self.kind == "object" else self.value

    def given(self, _: Attributes) -> Constant:
        """Return the same."""
        return self

    def names(self) -> Iterator[Name]:
        """Yield nothing."""
        return iter(())

    def __str__(self) -> str:
        if self.kind == "number":
            return format(Decimal(repr(self.value)), "f")
        return quoted(self.value) if self.kind == "text" else json.dumps(self.of({}))


@attrs.frozen
class Items:
    """A list of values."""

    parts: tuple[Value, ...]
    kind = "list"

    @property
    def known(self) -> bool:
        """Whether all parts are the same for all attributes."""
        return all(part.known for part in self.parts)

    def of(self, attributes: Attributes) -> list[Any]:
        """Return the list for *attributes*."""
        return [part.of(attributes) for part in self.parts]

    def given(self, task: Attributes) -> Items:
        """Return the list with the *task*'s attributes filled in, without those that nothing is equal to."""
        parts = (part.given(task) for part in self.parts)
        return Items(tuple(part for part in parts if part.kind is None or part.kind in SCALARS))

    def names(self) -> Iterator[Name]:
        """Yield the attributes in it."""
        return (name for part in self.parts for name in part.names())

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.parts))}]"


@attrs.frozen
class Name:
    """The attribute at *path*; *position* is where it stands in its expression."""

    path: Path
    position: int = attrs.field(default=0, eq=False, repr=False)
    kind = None
    known = False

    @classmethod
    def read(cls, written: str, position: int = 0) -> Name:
        """Read ``team.sites[0].city``."""
        steps = re.findall(r"[^.\[\]]+", written)
        return cls(tuple(int(step) if step[0].isdecimal() else step for step in steps), position)

    def of(self, attributes: Attributes) -> Any:
        """Return what the attribute is; None where it is not there."""
        return look_up(attributes, self.path)

    def given(self, task: Attributes) -> Value:
        """Return the *task*'s attribute as a constant, a worker's without the prefix."""
        first, *rest = self.path
        return constant(look_up(task, tuple(rest))) if first == "task" else Name(tuple(rest))

    def names(self) -> Iterator[Name]:
        """Yield itself."""
        yield self

    def __str__(self) -> str:
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(steps).removeprefix(".")


def constant(value: Any) -> Value:
    """Return the constant that has the JSON *value*; of a list, what something could be equal to."""
    if isinstance(value, list):
        return Items(tuple(constant(item) for item in value if kind(item) in SCALARS))
    return Constant(kind(value), value if kind(value) != "object" else None)


def quoted(text: str) -> str:
    r"""Write a text as expressions have it.

    >>> quoted('say "yes"')
    '"say \\"yes\\""'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
