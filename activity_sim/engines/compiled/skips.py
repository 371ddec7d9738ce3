"""Asks the conditions under which tasks skip targets: a small machine with a stack."""

from __future__ import annotations

from typing import Any

from activity_sim.compiling.compiler import at, inlined, int64, part
from activity_sim.engines.compiled.layout import BYTE, FIGURE, LONG, ROW, SKIP
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
    NOT,
    UNEQUAL,
)


@inlined
def tally(clock: Any, skill_set: Any, activity: Any, change: Any) -> None:
    """Count workers of a *skill_set* into an *activity*, or out of it."""
    at(clock.tallies, skill_set * clock.activities + activity, LONG).value += change


@part
def holds(clock: Any, number: Any) -> Any:
    """Return whether the condition of this *number* holds now."""
    skip, top = at(clock.skips, number, SKIP), int64(0)
    for place in range(skip.first, skip.beyond):
        row = at(clock.program, place, ROW)
        if row.code == CONSTANT:
            result = row.operand
        elif row.code == IN_ACTIVITY:
            result = float(counted(clock, skip.counts, int64(row.operand)))
        elif row.code == NOT:
            top -= 1
            result = 1.0 - at(clock.stack, top, FIGURE).value
        else:
            top -= 2
            result = both(row.code, at(clock.stack, top, FIGURE).value, at(clock.stack, top + 1, FIGURE).value)
        at(clock.stack, top, FIGURE).value = result
        top += 1
    return at(clock.stack, top - 1, FIGURE).value != 0.0


@part
def counted(clock: Any, counts: Any, activity: Any) -> Any:
    """Return how many workers are in *activity* of the skill sets that the bytes at *counts* choose."""
    found = int64(0)
    for skill_set in range(clock.sets):
        if at(counts, skill_set, BYTE).value:
            found += at(clock.tallies, skill_set * clock.activities + activity, LONG).value
    return found


@part
def both(code: Any, left: Any, right: Any) -> Any:
    """Return what two numbers come to by an operation."""
    if code == ADD:
        return left + right
    if code == BOTH:
        return min(left, right)
    if code == EITHER:
        return max(left, right)
    return 1.0 if compares(code, left, right) else 0.0


@part
def compares(code: Any, left: Any, right: Any) -> Any:
    """Return whether two numbers compare as *code* says."""
    if code in (EQUAL, UNEQUAL):
        return (left == right) == (code == EQUAL)
    if code in (LESS, AT_LEAST):
        return (left < right) == (code == LESS)
    return (left <= right) == (code == AT_MOST)
