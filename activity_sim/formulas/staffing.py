"""How many agents it takes to meet a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from activity_sim.errors import InputError, unknown
from activity_sim.formulas import checks
from activity_sim.formulas.checks import Bools, Floats
from activity_sim.formulas.erlang import ErlangC
from activity_sim.formulas.erlang_a import DEFINITIONS, ErlangA

Integers = NDArray[np.int64]
Queue = ErlangA | ErlangC
Columns = Mapping[str, Floats]
CHECKS: dict[str, checks.Check] = {
    "arrival_rate": checks.amount,
    "handle_time": checks.positive,
    "patience": checks.patience,
    "service_level": checks.share,
    "within": checks.amount,
    "asa": checks.positive,
    "abandonment": checks.positive,
    "occupancy": checks.positive,
}
TARGETS = ("service_level", "asa", "abandonment", "occupancy")
FIRST = 8
"""So many agents beyond the load are tried first, and ever twice as many."""


def agents_required(
    arrival_rate: ArrayLike,
    handle_time: ArrayLike,
    *,
    patience: ArrayLike = np.inf,
    service_level: ArrayLike | None = None,
    within: ArrayLike = 20.0,
    definition: str = "answered_of_offered",
    asa: ArrayLike | None = None,
    abandonment: ArrayLike | None = None,
    occupancy: ArrayLike | None = None,
) -> Integers:
    """Return the smallest numbers of servers that meet all targets given: 0 where nobody calls, otherwise from 1 on.

    *arrival_rate* is a second, *handle_time* and *patience* are means in seconds (or all in any other unit, *within*
    and *asa* too); with an endless patience, the default, it is Erlang C, otherwise Erlang A. The targets: at least the
    *service_level* (from 0, below 1) *within* so many seconds by its *definition*; at most a mean wait of the answered
    *asa*, a share of *abandonment*, an *occupancy*. All are numbers, or arrays that broadcast together, whose shape
    the result has. Raises an :exc:`InputError` for other values, and where there is no target. Source: every one of
    the measures moves one way with the servers, so that the smallest number is found by bisection, exactly.

    >>> print(agents_required(100 / 1800, 180, service_level=0.8, within=20))
    14
    >>> print(agents_required(100 / 1800, 180, patience=[120, 300], service_level=0.8, asa=10))
    [12 13]
    """
    given: dict[str, ArrayLike | None] = {
        "arrival_rate": arrival_rate,
        "handle_time": handle_time,
        "patience": patience,
        "service_level": service_level,
        "within": within,
        "asa": asa,
        "abandonment": abandonment,
        "occupancy": occupancy,
    }
    if all(given[name] is None for name in TARGETS):
        raise InputError(f"needs a target, at least one of {', '.join(TARGETS)}")
    if definition not in DEFINITIONS:
        raise unknown(definition, DEFINITIONS).inside("definition")
    read = {name: checks.called(name, CHECKS[name], value) for name, value in given.items() if value is not None}
    shaped = checks.broadcast(**read)
    columns = {name: column.ravel() for name, column in zip(read, shaped, strict=True)}
    return _smallest(columns, definition).reshape(shaped[0].shape)[()]


def _smallest(columns: Columns, definition: str) -> Integers:
    """Return the smallest numbers of servers that meet the targets in *columns*, a row a case."""

    def meets(servers: Floats, rows: Bools) -> Bools:
        return _meets({name: column[rows] for name, column in columns.items()}, servers[rows], definition)

    load = columns["arrival_rate"] * columns["handle_time"]
    low, high = _bracket(load, meets)
    while np.any(open_ := high - low > 1):
        middle = np.floor((low + high) / 2)
        good = np.zeros(len(load), dtype=np.bool_)
        good[open_] = meets(middle, open_)
        high, low = np.where(open_ & good, middle, high), np.where(open_ & ~good, middle, low)
    return np.where(load > 0, high, 0.0).astype(np.int64)


def _bracket(load: Floats, meets: Callable[[Floats, Bools], Bools]) -> tuple[Floats, Floats]:
    """Return numbers of servers that do not meet the targets, or 0, and others that do."""
    low, high = np.zeros_like(load), np.floor(load) + 1
    step = np.ceil(np.sqrt(load)) + FIRST
    missing = np.ones(len(load), dtype=np.bool_)
    while missing.any():
        missing[missing] = ~meets(high, missing)
        low = np.where(missing, high, low)
        high, step = np.where(missing, high + step, high), 2 * step
    return low, high


def _meets(columns: Columns, servers: Floats, definition: str) -> Bools:
    """Return where *servers* meet the targets in *columns*."""
    queue = _queue(columns, servers)
    good = np.ones(len(servers), dtype=np.bool_)
    if "service_level" in columns:
        good &= _level(queue, columns["within"], definition) >= columns["service_level"]
    if "asa" in columns:
        good &= queue.asa <= columns["asa"]
    if "abandonment" in columns:
        good &= queue.probability_of_abandoning <= columns["abandonment"]
    if "occupancy" in columns:
        good &= queue.occupancy <= columns["occupancy"]
    return good


def _queue(columns: Columns, servers: Floats) -> Queue:
    arrivals, time, patience = (columns[name] for name in ("arrival_rate", "handle_time", "patience"))
    if np.isinf(patience).all():
        return ErlangC(arrival_rate=arrivals, handle_time=time, servers=servers)
    return ErlangA(arrival_rate=arrivals, handle_time=time, patience=patience, servers=servers)


def _level(queue: Queue, within: Floats, definition: str) -> Floats:
    return queue.service_level(within) if isinstance(queue, ErlangC) else queue.service_level(within, definition)
