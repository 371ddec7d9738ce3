"""The proof of small cases: every plan that is cheaper and could meet the goal is tried.

That fewer workers never do better is taken for granted: a plan fails where one with more workers in each group fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from activity_sim.planning.staffed import Numbers

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Change = dict[int, int]
"""How many workers more there are to be of some groups."""
PROVED = 250
"""So many plans are tried for a proof at most."""
FEWER = 1e-9
"""What costs so much less costs less."""


class Looked(Protocol):
    """A search that has found its *best* numbers of workers, who cost *cost* each by group."""

    best: Numbers
    cost: Floats

    @property
    def spent(self) -> bool:
        """Whether there were as many trials as there may be."""

    @property
    def movable(self) -> NDArray[np.bool_]:
        """Whether the number of each group is to be found."""

    def price(self, numbers: Numbers) -> float:
        """Return what *numbers* of workers cost."""

    def meets(self, numbers: Numbers) -> bool:
        """Return whether *numbers* of workers meet the goal."""


def changed(numbers: Numbers, changes: Change) -> Numbers:
    """Return *numbers* with *changes*.

    >>> changed((3, 4), {0: -1, 1: 2})
    (2, 6)
    """
    return tuple(n + changes.get(group, 0) for group, n in enumerate(numbers))


def cheaper_plan(search: Looked) -> Numbers | None:
    """Return a plan that is cheaper than the best and meets the goal; None where none does, () where they are many."""
    plans, failed = list(_cheaper_plans(search, _floors(search))), list[Numbers]()
    if len(plans) > PROVED:
        return ()
    return next((plan for plan in plans if _succeeds(search, plan, failed)), None)


def _succeeds(search: Looked, plan: Numbers, failed: list[Numbers]) -> bool:
    if search.spent or any(all(n <= m for n, m in zip(plan, other, strict=True)) for other in failed):
        return False
    if search.meets(plan):
        return True
    failed.append(plan)
    return False


def _floors(search: Looked) -> Numbers:
    """Return for each group how many workers any cheaper plan must have: with fewer, no others suffice."""
    return tuple(
        _floor(search, group) if free else search.best[group] for group, free in enumerate(search.movable.tolist())
    )


def _floor(search: Looked, group: int) -> int:
    each = enumerate(zip(search.best, search.movable.tolist(), strict=True))
    others = [_affordable(search, g) if free else n for g, (n, free) in each]
    low, high = -1, search.best[group]
    while high - low > 1:
        middle = (low + high) // 2
        plan = tuple(middle if g == group else n for g, n in enumerate(others))
        low, high = (low, middle) if search.meets(plan) else (middle, high)
    return high


def _affordable(search: Looked, group: int) -> int:
    """Return how many workers of *group* a plan that is cheaper than the best can have at most."""
    fixed = float(search.cost[~search.movable] @ np.array(search.best)[~search.movable])
    return max(int((search.price(search.best) - fixed - FEWER) / search.cost[group]), 0)


def _cheaper_plans(search: Looked, floors: Numbers) -> Iterator[Numbers]:
    """Yield the plans above *floors* that are cheaper than the best and to which nothing can be added.

    Of more than are tried, there are a few more than that.
    """
    spare = search.price(search.best) - search.price(floors) - FEWER
    free = np.flatnonzero(search.movable).tolist()
    if spare < 0 or not free:
        return
    *first, last = free
    spans = [range(min(int(spare / search.cost[group]), PROVED) + 1) for group in first]
    found = 0
    for more in product(*spans):
        left = spare - sum(search.cost[group] * n for group, n in zip(first, more, strict=True))
        if found > PROVED:
            return
        if left >= 0:
            found += 1
            yield changed(floors, dict(zip(first, more, strict=True)) | {last: int(left / search.cost[last])})
