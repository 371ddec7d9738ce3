"""Means, ratios and other figures over replications, with 95 % intervals.

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


def mean(values: NDArray[np.generic]) -> Estimate:
    """Return the mean over replications, with Student's t interval."""
    figures = np.asarray(values, dtype=np.float64)
    return _interval(figures.mean(axis=0), _standard_error(figures), len(figures))


def ratio(numerator: NDArray[np.generic], denominator: NDArray[np.generic]) -> Estimate:
    """Return the ratio of the means over replications, with the interval of the delta method.

    It is NaN where the denominators are all 0. Source of the interval: Law, *Simulation Modeling and Analysis*,
    the classical confidence interval for a ratio of means.
    """
    above, below = (np.asarray(values, dtype=np.float64) for values in (numerator, denominator))
    total = below.sum(axis=0)
    safe = np.where(total == 0, np.nan, total)
    value = above.sum(axis=0) / safe
    error = _standard_error(above - value * below) / (safe / len(below))
    return _interval(value, error, len(above))


def jackknife(value: Floats, left_out: Floats) -> Estimate:
    """Return *value* with its jackknife interval; *left_out* has what it is without each replication, a row each.

    Source: Tukey, pseudo-values; Student's t for their mean.
    """
    pseudo = len(left_out) * value - (len(left_out) - 1) * left_out
    return _interval(value, _standard_error(pseudo), len(left_out))


def _standard_error(figures: Floats) -> Floats:
    if len(figures) < 2:
        return np.full(figures.shape[1:], np.nan)
    return np.asarray(figures.std(axis=0, ddof=1) / np.sqrt(len(figures)))


def _interval(value: Floats, error: Floats, count: int) -> Estimate:
    from scipy.special import stdtrit

    reach = error * (stdtrit(count - 1, (1 + CONFIDENCE) / 2) if count > 1 else np.nan)
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
