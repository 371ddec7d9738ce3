"""How the model's values are read from tables and written back.

Each value is a frozen attrs class whose fields convert and check what they are given, from Python and from a
scenario file alike. :func:`located` lets every error of a field begin with the field's name, :func:`read` makes a
value from a table and refuses unknown keys, :func:`write` makes the table from the value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import attrs

from activity_sim.errors import InputError, nearest, not_given, unknown, within
from activity_sim.units import ClockTime, Duration, duration

T = TypeVar("T")
ASIDE: dict[str, bool] = {"aside": True}
"""Metadata of a field that is no key of the scenario file."""
PLAIN: dict[str, bool] = {"plain": True}
"""Metadata of a field whose lengths are plain numbers, and are written as such."""
JSON: dict[str, bool] = {"json": True}
"""Metadata of a field that is written as JSON text where TOML cannot say it."""


def located(_: type, fields: list[Any]) -> list[Any]:
    """Wrap the converter of each field, so that its errors begin with the field's name (a *field_transformer*).

    A field that is inherited has been wrapped in its own class.
    """
    own = (field for field in fields if field.converter and not field.inherited)
    wrapped = {field.name: field.evolve(converter=_locate(field)) for field in own}
    return [wrapped.get(field.name, field) for field in fields]


def _locate(field: Any) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        return within(field.name, lambda: field.converter(value))

    return convert


def read(cls: type[T], table: object) -> T:
    """Return the *cls* that *table* describes; an instance of it is returned as it is."""
    if isinstance(table, cls):
        return table
    if not isinstance(table, Mapping):
        raise InputError(f"must be a table, {not_given(table)}")
    fields = {field.name: field for field in attrs.fields(cls) if not field.metadata.get("aside")}  # type: ignore[arg-type]
    for key in table:
        if key not in fields:
            near = nearest(key, fields)
            raise InputError(f"is not a key here{near}; the keys are {', '.join(fields)}", str(key))
    for name, field in fields.items():
        if field.default is attrs.NOTHING and name not in table:
            raise InputError("is required", name)
    return cls(**table)


def table(cls: type[T]) -> Callable[[object], T]:
    """Return a converter to *cls*."""
    return lambda value: read(cls, value)


def many(convert: Callable[[Any], T]) -> Callable[[object], tuple[T, ...]]:
    """Return a converter to a tuple; its errors begin with the position, and the friendly name where there is one."""

    def convert_all(values: object) -> tuple[T, ...]:
        if isinstance(values, (str, Mapping)) or not isinstance(values, Iterable):
            raise InputError(f"must be a list, {not_given(values)}")
        return tuple(within(_place(n, value), lambda v=value: convert(v)) for n, value in enumerate(values))

    return convert_all


def _place(position: int, value: object) -> str:
    name = value.get("friendly_name") if isinstance(value, Mapping) else getattr(value, "friendly_name", None)
    return f"[{position}] ({name})" if name else f"[{position}]"


def optional(convert: Callable[[Any], T]) -> Callable[[Any], T | None]:
    """Return a converter that lets None through."""
    return lambda value: None if value is None else convert(value)


def text(value: object) -> str:
    """Read a name or another text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"must be a text that is not empty, {not_given(value)}")
    return value


def one_of(*names: str) -> Callable[[object], str]:
    """Return a converter that lets only *names* through."""

    def choose(value: object) -> str:
        if value not in names:
            raise unknown(value, names)
        return str(value)

    return choose


def flag(value: object) -> bool:
    """Read ``true`` or ``false``."""
    if not isinstance(value, bool):
        raise InputError(f"must be true or false, {not_given(value)}")
    return value


def number(low: float, high: float = math.inf, *, above: bool = False) -> Callable[[object], float]:
    """Return a converter to a finite number from *low* (or, with *above*, beyond it) to *high*."""
    rule = f"must be a number {'above' if above else 'from'} {low:g}" + ("" if high == math.inf else f" to {high:g}")

    def check(value: object) -> float:
        figure = float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
        if not math.isfinite(figure) or not low <= figure <= high or (above and figure == low):
            raise InputError(f"{rule}{'' if high < math.inf else ', finite'}, {not_given(value)}")
        return figure

    return check


def whole(low: int, high: int) -> Callable[[object], int]:
    """Return a converter to a whole number from *low* to *high*."""

    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise InputError(f"must be a whole number from {low} to {high}, {not_given(value)}")
        return value

    return check


def above_zero(value: object) -> Duration:
    """Read a duration that is longer than 0."""
    length = duration(value)
    if not length:
        raise InputError(f"must be longer than 0, {not_given(str(length))}")
    return length


def distinct(values: Iterable[Any], name: str = "friendly_name") -> None:
    """Check that no two *values* have the same *name*."""
    seen: set[str] = set()
    for position, value in enumerate(values):
        given = getattr(value, name)
        if given in seen:
            raise InputError(f"must be unique, and {given!r} is there twice", f"[{position}]", name)
        seen.add(given)


def ordered(value: Any, *names: str) -> None:
    """Check that the fields of *value* called *names* do not fall."""
    for low, high in pairwise(names):
        if getattr(value, low) > getattr(value, high):
            given = not_given(str(getattr(value, high)))
            raise InputError(f"must be at least {low}, {str(getattr(value, low))!r}, {given}", high)


def probabilities(weights: tuple[float, ...], parts: tuple[Any, ...], name: str) -> None:
    """Check that *weights* sum to 1 and are as many as *parts*, which are called *name*."""
    if len(weights) != len(parts) or not parts:
        raise InputError(f"must have as many entries as {name}, {len(parts)}, not {len(weights)}", "weights")
    if not math.isclose(math.fsum(weights), 1.0, abs_tol=1e-9):
        raise InputError(f"must sum to 1, not {math.fsum(weights):g}", "weights")


def scaled(value: Any, factor: float) -> Any:
    """Return *value* with every duration in it *factor* times as long.

    >>> scaled((Duration(2_000_000), None), 1.5)
    (Duration('3s'), None)
    """
    if isinstance(value, tuple):
        return tuple(within(f"[{n}]", lambda item=item: scaled(item, factor)) for n, item in enumerate(value))
    return value.scaled(factor) if hasattr(value, "scaled") else value


def scaled_fields(value: T, factor: float) -> T:
    """Return *value* with every duration in its fields *factor* times as long; an error begins with the field."""
    names = [field.name for field in attrs.fields(type(value))]  # type: ignore[arg-type]
    fields = {name: within(name, lambda name=name: scaled(getattr(value, name), factor)) for name in names}
    return attrs.evolve(value, **fields)


def write(value: Any) -> Any:
    """Return *value* as the scenario file writes it: tables, lists, texts and numbers; defaults are left out."""
    if hasattr(value, "written"):
        return value.written()
    if isinstance(value, (Duration, ClockTime)):
        return str(value)
    if attrs.has(type(value)):
        return write_fields(value)
    if isinstance(value, Mapping):
        return {key: write(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [write(item) for item in value]
    return value if value is None or isinstance(value, (bool, int, float, datetime, Path)) else str(value)


def write_fields(value: Any) -> dict[str, Any]:
    """Return the fields of *value* that differ from their defaults, written."""
    kept = {}
    for field in attrs.fields(type(value)):
        given = getattr(value, field.name)
        default = field.default.factory() if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]
        if not field.metadata.get("aside") and given is not None and write(given) != _write_default(field, default):
            kept[field.name] = _write_field(field, given)
    return kept


def _write_field(field: Any, given: Any) -> Any:
    if field.metadata.get("plain"):
        return _in_numbers(write(given))
    if field.metadata.get("json") and "null" in (text := json.dumps(given)) and json.loads(text) == given:
        return text
    return write(given)


def _in_numbers(written: Any) -> Any:
    """Return what was *written*, with plain numbers in the place of durations."""
    if isinstance(written, Mapping):
        return {key: item if key in ("distribution", "column") else _in_numbers(item) for key, item in written.items()}
    if isinstance(written, list):
        return [_in_numbers(item) for item in written]
    return duration(written).seconds if isinstance(written, str) else written


def _write_default(field: Any, default: Any) -> Any:
    if default is attrs.NOTHING or default is None:
        return None
    return write(field.converter(default) if field.converter else default)
