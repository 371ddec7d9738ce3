"""Means, ratios and percentiles over replications, with 95 % intervals.

A replication is one independent observation. Arrays have the replications along their first axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CONFIDENCE = 0.95
FEW = 10
SKEWED = 2.0


class Estimate(NamedTuple):
    """Values with the ends of their intervals; the ends are NaN where there is one replication."""

    value: Floats
    low: Floats
    high: Floats


class Linear(NamedTuple):
    """A value over replications, and how far each replication pulls it; these deviations have the mean 0."""

    value: Floats
    deviations: Floats

    @property
    def error(self) -> Floats:
        """The standard error of the value; NaN with one replication."""
        return _standard_error(self.deviations)


def mean(values: NDArray[np.generic], confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean over replications, with Student's t interval."""
    figures = np.asarray(values, dtype=np.float64)
    value = figures.mean(axis=0)
    return interval(Linear(value, figures - value), confidence)


def ratio(numerator: NDArray[np.generic], denominator: NDArray[np.generic], confidence: float = CONFIDENCE) -> Estimate:
    """Return the ratio of the means over replications, with the interval of the delta method.

    It is NaN where the denominators are all 0. Source of the interval: Law, *Simulation Modeling and Analysis*,
    the classical confidence interval for a ratio of means.
    """
    return interval(linearised(numerator, denominator), confidence)


def linearised(numerator: NDArray[np.generic], denominator: NDArray[np.generic]) -> Linear:
    """Return the ratio of the means, and the deviations (numerator - ratio x denominator) / mean denominator."""
    above, below = (np.asarray(values, dtype=np.float64) for values in (numerator, denominator))
    total = below.sum(axis=0)
    safe = np.where(total == 0, np.nan, total)
    value = above.sum(axis=0) / safe
    return Linear(value, (above - value * below) / (safe / len(below)))


def interval(given: Linear, confidence: float = CONFIDENCE) -> Estimate:
    """Return the value that is *given*, with its interval."""
    return _interval(given.value, given.error, len(given.deviations), confidence)


def chance(given: Linear) -> Floats:
    """Return the two-sided p-value of the value being 0: below alpha where the interval of 1 - alpha leaves out 0."""
    from scipy.special import stdtr

    count, error = len(given.deviations), given.error
    if count < 2:
        return np.full(np.shape(error), np.nan)
    none = np.where(given.value == 0, 0.0, np.inf)
    distance = np.divide(np.abs(given.value), error, out=none, where=error > 0)
    return np.asarray(np.where(np.isnan(error), np.nan, 2 * stdtr(count - 1, -distance)))


def percentile(
    share: float, values: Floats, replication: NDArray[np.int64], count: int, confidence: float = CONFIDENCE
) -> tuple[float, float, float]:
    """Return the percentile of *values* pooled over *count* replications, with its jackknife interval.

    *replication* has the number, from 0, of the replication that each value is from. The percentile is the inverse
    of the distribution function: the smallest value that at least *share* of them do not exceed.
    """
    if not len(values):
        return (np.nan, np.nan, np.nan)
    order = np.argsort(values, kind="stable")
    ordered, owner = values[order], replication[order]
    pooled = float(ordered[_rank(share, len(ordered))])
    if count < 2:
        return (pooled, np.nan, np.nan)
    left_out = np.array([_without(share, ordered, owner, number) for number in range(count)])
    pseudo = count * pooled - (count - 1) * left_out
    estimate = _interval(np.array(pooled), _standard_error(pseudo), count, confidence)
    return (pooled, float(estimate.low), float(estimate.high))


def _rank(share: float, size: int) -> int:
    return max(int(np.ceil(share * size - 1e-9)) - 1, 0)


def _without(share: float, ordered: Floats, owner: NDArray[np.int64], number: int) -> float:
    kept = owner != number
    size = int(kept.sum())
    if not size:
        return float(ordered[_rank(share, len(ordered))])
    return float(ordered[np.searchsorted(np.cumsum(kept), _rank(share, size) + 1)])


def _standard_error(figures: Floats) -> Floats:
    if len(figures) < 2:
        return np.full(figures.shape[1:], np.nan)
    return np.asarray(figures.std(axis=0, ddof=1) / np.sqrt(len(figures)))


def _interval(value: Floats, error: Floats, count: int, confidence: float) -> Estimate:
    from scipy.special import stdtrit

    reach = error * (stdtrit(count - 1, (1 + confidence) / 2) if count > 1 else np.nan)
    return Estimate(value, value - reach, value + reach)


def doubts(values: Sequence[float]) -> str:
    """Return why an interval from *values*, one a replication, is not to be relied on, or nothing."""
    figures = np.asarray(values, dtype=np.float64)
    figures = figures[np.isfinite(figures)]
    if not len(figures):
        return ""
    if len(figures) < FEW:
        return f"only {len(figures)} replications"
    spread = figures.std()
    skewness = float(((figures - figures.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0
    return f"very skewed replications (skewness {skewness:.1f})" if abs(skewness) > SKEWED else ""
