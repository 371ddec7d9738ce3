"""How the formulas read what they are given: numbers or arrays of them, each within its bounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from activity_sim.errors import InputError, within

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Check = Callable[[ArrayLike], Floats]
MOST = 2**53
"""Up to here every whole number is a floating-point number of its own."""


def floats(value: ArrayLike) -> Floats:
    """Return *value* as an array of floating-point numbers.

    Raises an :exc:`InputError` where it is none.

    >>> floats([1, 2]).tolist()
    [1.0, 2.0]
    """
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"must be a number or an array of numbers, not {value!r}") from None


def checked(value: ArrayLike, must: str, holds: Callable[[Floats], Bools]) -> Floats:
    """Return *value* as an array, of which each number does what it *must*.

    Raises an :exc:`InputError` where one does not.

    >>> checked([1, -2], "must be positive", lambda given: given > 0)
    Traceback (most recent call last):
    activity_sim.errors.InputError: must be positive, not -2
    """
    given = floats(value)
    good = holds(given)
    if not np.all(good):
        raise InputError(f"{must}, not {given[~good].flat[0]:g}")
    return given


def amount(value: ArrayLike) -> Floats:
    """Return *value* as an array of numbers that are at least 0 and finite."""
    return checked(value, "must be at least 0 and finite", lambda given: (given >= 0) & np.isfinite(given))


def positive(value: ArrayLike) -> Floats:
    """Return *value* as an array of numbers that are more than 0 and finite."""
    return checked(value, "must be more than 0 and finite", lambda given: (given > 0) & np.isfinite(given))


def patience(value: ArrayLike) -> Floats:
    """Return *value* as an array of numbers that are more than 0; infinity is one."""
    return checked(value, "must be more than 0", lambda given: given > 0)


def share(value: ArrayLike) -> Floats:
    """Return *value* as an array of shares of which none is the whole."""
    return checked(value, "must be at least 0 and less than 1", lambda given: (given >= 0) & (given < 1))


def count(value: ArrayLike) -> Floats:
    """Return *value* as an array of whole numbers from 0 on."""
    return checked(value, "must be a whole number from 0 on", lambda given: _whole(given, 0))


def servers(value: ArrayLike) -> Floats:
    """Return *value* as an array of whole numbers from 1 on."""
    return checked(value, "must be a whole number from 1 on", lambda given: _whole(given, 1))


def _whole(given: Floats, least: int) -> Bools:
    return np.asarray((given >= least) & (given <= MOST) & (np.floor(given) == given))


def called(name: str, check: Check, value: ArrayLike) -> Floats:
    """Return what *check* makes of *value*; its errors begin with the *name* of the argument.

    >>> called("load", positive, 0)
    Traceback (most recent call last):
    activity_sim.errors.InputError: load: must be more than 0 and finite, not 0
    """
    return within(name, lambda: check(value))


def located(_: type, fields: list[Any]) -> list[Any]:
    """Let the errors of each field's converter begin with the field's name (a *field_transformer* of attrs)."""
    return [field.evolve(converter=partial(called, field.name, field.converter)) for field in fields]


def broadcast(**given: Floats) -> tuple[Floats, ...]:
    """Return the arrays *given* in their common shape.

    Raises an :exc:`InputError` where they have none.

    >>> broadcast(servers=np.ones(2), load=np.ones(3))
    Traceback (most recent call last):
    activity_sim.errors.InputError: shapes must broadcast together, not servers (2,) and load (3,)
    """
    try:
        return np.broadcast_arrays(*given.values())
    except ValueError:
        shapes = " and ".join(f"{name} {value.shape}" for name, value in given.items())
        raise InputError(f"shapes must broadcast together, not {shapes}") from None
