"""Asks the conditions under which tasks skip targets, in the SimPy clock.

How many workers of each skill set are in each activity is kept up to date as they move, so asking does not depend on
how many workers there are.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

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
    Plan,
)

_TWO: dict[int, Callable[[float, float], float]] = {
    ADD: operator.add,
    EQUAL: operator.eq,
    UNEQUAL: operator.ne,
    LESS: operator.lt,
    AT_MOST: operator.le,
    MORE: operator.gt,
    AT_LEAST: operator.ge,
    BOTH: min,
    EITHER: max,
}


class Skips:
    """The conditions of a plan; *tallies* are the numbers of workers by activity, a list for each skill set."""

    def __init__(self, plan: Plan) -> None:
        skips = plan.skips
        sets, activities = skips.counts.shape[1], len(plan.legend.activities)
        self.tallies = [[0] * activities for _ in range(sets)] if len(skips.counts) else []
        self.counted = [[self.tallies[row] for row in np.flatnonzero(counts)] for counts in skips.counts]
        self.first: list[int] = skips.first.tolist()
        self.rows = list(zip(skips.code.tolist(), skips.operand.tolist(), strict=True))

    def hold(self, skip: int) -> bool:
        """Return whether the condition *skip* holds now."""
        stack: list[float] = []
        for code, operand in self.rows[self.first[skip] : self.first[skip + 1]]:
            stack.append(self.step(skip, stack, code, operand))
        return bool(stack.pop())

    def step(self, skip: int, stack: list[float], code: int, operand: float) -> float:
        """Return what a row of a program puts on the *stack*, from which it takes what it needs."""
        if code == CONSTANT:
            return operand
        if code == IN_ACTIVITY:
            return sum(tally[int(operand)] for tally in self.counted[skip])
        if code == NOT:
            return not stack.pop()
        right = stack.pop()
        return _TWO[code](stack.pop(), right)
