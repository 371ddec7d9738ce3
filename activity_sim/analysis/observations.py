"""What the procedures that choose among alternatives ask for, replication by replication.

An alternative is one of several plans that are compared. Its figure is a mean over replications, or a ratio of means
such as the service level: the numerators and denominators of a ratio are averaged first and divided afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Observe = Callable[[Sequence[int], range], NDArray[Any]]
"""Gives what some alternatives, by number from 0, came to in a range of replications, by number from 0.

The array has a row for each alternative and a column for each replication. Its entries are values, or for a ratio the
two of numerator and denominator along a third axis. A replication of one number has the same random numbers for every
alternative, or independent ones.
"""


def read(observe: Observe, alternatives: Sequence[int], block: range) -> Floats:
    """Return the numerators and denominators that *observe* gives; the denominators of plain values are 1."""
    given = np.asarray(observe(alternatives, block), dtype=np.float64)
    wanted = (len(alternatives), len(block))
    if given.shape not in (wanted, (*wanted, 2)):
        raise InputError(f"must give an array of {wanted} values or pairs, not one of {given.shape}", "observe")
    pairs = given if given.ndim == 3 else np.stack([given, np.ones_like(given)], axis=-1)
    for row, column in np.argwhere(~np.isfinite(pairs).all(axis=-1) | (pairs[..., 1] < 0)):
        place = f"alternative {alternatives[row]}, replication {block[column]}"
        rule = f"must give finite values over denominators from 0, not {given[row, column]}"
        raise InputError(rule, "observe: ", place)
    return pairs


def influences(observed: Floats) -> Floats:
    """Return how much each replication moves the figure of its alternative: their mean is 0.

    *observed* is as :func:`read` returns it. For a mean they are the deviations from it; for a ratio r of numerators x
    and denominators y they are (x - r y) / mean(y), whose variance over n is that of the ratio. Source: Asmussen and
    Glynn, *Stochastic Simulation*, the delta method.

    >>> influences(np.array([[[3.0, 1.0], [5.0, 1.0]]])).tolist()
    [[-1.0, 1.0]]
    """
    below = observed[..., 1].mean(axis=-1, keepdims=True)
    if not (below > 0).all():
        raise InputError("must give a denominator above 0 in at least one of the first replications", "observe")
    ratio = observed[..., 0].mean(axis=-1, keepdims=True) / below
    return np.asarray((observed[..., 0] - ratio * observed[..., 1]) / below)
