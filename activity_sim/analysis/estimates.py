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


def jackknife(value: Floats, left_out: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """Return *value* with its jackknife interval; *left_out* has what it is without each replication, a row each.

    Source: Tukey, pseudo-values; Student's t for their mean.
    """
    return _interval(value, _standard_error(pseudo(value, left_out)), len(left_out), confidence)


def pseudo(value: Floats, left_out: Floats) -> Floats:
    """Return Tukey's pseudo-values of *value*: one a replication, of which their mean is a jackknife estimate."""
    return np.asarray(len(left_out) * value - (len(left_out) - 1) * left_out)


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
