"""Differences between two scenarios whose replications are pairs, as common random numbers make them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.estimates import CONFIDENCE, Estimate, Floats, Linear, chance, exact, interval, linearised

Values = NDArray[np.generic]


def difference(
    above_a: Values, below_a: Values, above_b: Values, below_b: Values, confidence: float = CONFIDENCE
) -> tuple[Estimate, Floats]:
    """Return the ratio of a less that of b with its interval, and the two-sided p-value of there being no difference.

    Replication k of a and replication k of b are one observation. Arrays have the replications along their first
    axis; with denominators of 1 the difference is that of means. The p-value is below alpha where the interval of
    *confidence* 1 - alpha leaves out 0. Both are NaN with one replication; a and b that are the same differ by
    exactly 0, with p = 1.

    >>> import numpy as np
    >>> estimate, p = difference(np.array([3, 5, 4]), np.ones(3), np.array([1, 3, 2]), np.ones(3))
    >>> float(estimate.value), float(estimate.low), float(p)
    (2.0, 2.0, 0.0)
    """
    found = minus(linearised(above_a, below_a), linearised(above_b, below_b))
    return interval(found, confidence), chance(found)


def errors(above_a: Values, below_a: Values, above_b: Values, below_b: Values) -> tuple[Floats, Floats]:
    """Return the standard error of the difference of two ratios: as pairs, and as if they were independent.

    The square of their ratio says how many times as many replications independent scenarios would need.
    """
    a, b = linearised(above_a, below_a), linearised(above_b, below_b)
    return minus(a, b).error, np.hypot(a.error, b.error)


def minus(a: Linear, b: Linear) -> Linear:
    """Return *a* less *b*, of which replication k of both is one observation; exactly 0 where they are the same.

    As the difference moves, a and b share the way as they share its variance.
    """
    value, deviations = exact(a.value - b.value, a.value), exact(a.deviations - b.deviations, a.deviations)
    variance = (deviations**2).sum(axis=0)
    safe = np.where(variance > 0, variance, np.inf)
    shares = ((one.deviations * deviations).sum(axis=0) / safe for one in (a, b))
    slopes = [share * one.slopes for share, one in zip(shares, (a, b), strict=True)]
    return Linear(value, deviations, slopes[0] - slopes[1])
