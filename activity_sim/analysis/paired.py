"""Differences between two scenarios whose replications are pairs, as common random numbers make them."""

from __future__ import annotations

import numpy as np

from activity_sim.analysis.estimates import CONFIDENCE, Estimate, Floats, Linear, chance, exact, interval


def difference(a: Linear, b: Linear, confidence: float = CONFIDENCE) -> tuple[Estimate, Floats]:
    """Return *a* less *b* with its interval, and the two-sided p-value of there being no difference.

    Replication k of a and replication k of b are one observation. The p-value is below alpha where the interval of
    *confidence* 1 - alpha leaves out 0. Both are NaN with one replication; a and b that are the same differ by
    exactly 0, with p = 1.

    >>> import numpy as np
    >>> from activity_sim.analysis.estimates import linearised
    >>> a, b = (linearised(np.array(values), np.ones(3)) for values in ([3, 5, 4], [1, 3, 2]))
    >>> estimate, p = difference(a, b)
    >>> float(estimate.value), float(estimate.low), float(p)
    (2.0, 2.0, 0.0)
    """
    found = minus(a, b)
    return interval(found, confidence), chance(found)


def errors(a: Linear, b: Linear) -> tuple[Floats, Floats]:
    """Return the standard error of *a* less *b*: as pairs, and as if they were independent.

    The square of their ratio says how many times as many replications independent scenarios would need.
    """
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
