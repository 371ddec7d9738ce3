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
SKEWED = 0.6
"""So skewed replications are doubtful, in roots of their number."""

ROUNDING = 1e-13


class Estimate(NamedTuple):
    """Values with the ends of their intervals; the ends are NaN where there is one replication."""

    value: Floats
    low: Floats
    high: Floats


class Linear(NamedTuple):
    """A value over replications, and what each of them has to do with it.

    *deviations* say how far each replication pulls the value, and have the mean 0; *slopes* how its deviation grows
    with the value that is put in place of the estimated one.
    """

    value: Floats
    deviations: Floats
    slopes: Floats

    @property
    def error(self) -> Floats:
        """The standard error of the value; NaN with one replication."""
        return _standard_error(self.deviations)


def mean(values: NDArray[np.generic], confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean over replications, with its :func:`interval`."""
    return interval(linearised(values, np.ones(np.shape(values))), confidence)


def ratio(numerator: NDArray[np.generic], denominator: NDArray[np.generic], confidence: float = CONFIDENCE) -> Estimate:
    """Return the ratio of the means over replications, with its :func:`interval`.

    It is NaN where the denominators are all 0, and its interval is with one replication.

    >>> found = ratio(np.array([2, 3, 3, 4, 5, 9]), np.array([10, 10, 10, 10, 10, 20]))
    >>> [round(float(end), 3) for end in found]
    [0.371, 0.235, 0.486]
    """
    return interval(linearised(numerator, denominator), confidence)


def linearised(numerator: NDArray[np.generic], denominator: NDArray[np.generic]) -> Linear:
    """Return the ratio of the means, with the deviations (numerator - ratio x denominator) / mean denominator.

    That is the delta method; source: Law, *Simulation Modeling and Analysis*, the classical confidence interval for
    a ratio of means.
    """
    above, below = (np.asarray(values, dtype=np.float64) for values in (numerator, denominator))
    total = below.sum(axis=0)
    safe = np.where(total == 0, np.nan, total) / len(below)
    value = above.mean(axis=0) / safe
    return Linear(value, exact(above - value * below, above) / safe, below / safe - 1)


def exact(difference: Floats, scale: Floats) -> Floats:
    """Return *difference* with 0 in place of what only rounding has made, next to numbers of this *scale*."""
    return np.where(np.abs(difference) <= ROUNDING * np.abs(scale), 0.0, difference)


def interval(given: Linear, confidence: float = CONFIDENCE) -> Estimate:
    """Return the value that is *given*, with its interval: Student's t, and longer where replications are skewed.

    The distance of the estimate from the truth, in standard errors, has Student's law only where replications are
    spread evenly. Hall's cubic transformation takes the skewness of the deviations out of it; source: Hall (1992),
    "On the removal of skewness by transformation", JRSS B 54, 221-228. Before that, a logarithm takes out that the
    standard error grows with the estimate, as it does where busy replications have more tasks and longer waits. Both
    agree with the Edgeworth expansion of a studentised ratio up to the root of the number of replications. Each end
    is the one that is further out, this or Student's: the skewness of a few replications may be luck. How often the
    interval covers the truth is in ARCHITECTURE.md.
    """
    from scipy.special import stdtrit

    count = len(given.deviations)
    reach = float(stdtrit(count - 1, (1 + confidence) / 2)) if count > 1 else np.nan
    shape = _shape(given)
    above, below = np.maximum(_distance(shape, reach), reach), np.minimum(_distance(shape, -reach), -reach)
    return Estimate(given.value, given.value - given.error * above, given.value - given.error * below)


def chance(given: Linear) -> Floats:
    """Return the two-sided p-value of the value being 0: below alpha where the interval of 1 - alpha leaves out 0.

    It is 1 for a value of 0, and NaN with one replication.
    """
    from scipy.special import stdtr

    count, error = len(given.deviations), given.error
    certain = np.where(np.isnan(error), np.nan, np.where(given.value == 0, 1.0, 0.0))
    distance = np.divide(given.value, error, out=np.zeros_like(certain), where=error > 0)
    nearer = np.minimum(np.sign(distance) * _quantile(_shape(given), distance), np.abs(distance))
    return np.where(error > 0, 2 * stdtr(max(count - 1, 1), -np.maximum(nearer, 0.0)), certain)


def _distance(shape: tuple[Floats, Floats], quantile: float) -> Floats:
    """Return how many standard errors the estimate is above the truth at this *quantile* of Student's law."""
    from scipy.special import exprel

    cubic, growth = shape
    root = np.cbrt(1 + 3 * cubic * (quantile - cubic / 2))
    even = 3 * (quantile - cubic / 2) / (root**2 + root + 1)
    return np.asarray(even * exprel(2 * growth * even))


def _quantile(shape: tuple[Floats, Floats], distance: Floats) -> Floats:
    """Return the quantile of Student's law at a *distance* in standard errors: the inverse of the above."""
    cubic, growth = shape
    grown = np.maximum(2 * growth * distance, np.nextafter(-1, 0))
    even = distance * np.divide(np.log1p(grown), grown, out=np.ones_like(grown), where=grown != 0)
    return even * (1 + cubic * even + (cubic * even) ** 2 / 3) + cubic / 2


def _shape(given: Linear) -> tuple[Floats, Floats]:
    """Return the coefficients of the cube and of the logarithm, 0 where replications do not differ."""
    count, error = len(given.deviations), given.error
    if count < 3:
        return np.zeros_like(error), np.zeros_like(error)
    safe = np.where(error > 0, error, np.inf)
    cubes = np.einsum("i...,i...,i...->...", given.deviations, given.deviations, given.deviations)
    skewness = cubes / ((count - 1) * (count - 2) * np.sqrt(count) * safe**3)
    growth = np.einsum("i...,i...->...", given.deviations, given.slopes) / (count**2 * safe)
    return skewness / (3 * np.sqrt(count)), growth


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


def doubts(values: Sequence[float] | Floats) -> str:
    """Return why an interval from *values*, one a replication, is not to be relied on, or nothing.

    For a ratio they are its deviations. Measured with busyness and on lognormal laws, 95 % intervals cover 93 to 97 %
    where the true skewness is below the root of the number of replications, and there are 10 or more; 8 of them cover
    91 % up to a skewness of 3, 5 of them 87 %. Where it is 1.3 to 3 times the root they cover 88 to 94 %. Then the
    skewness of the replications, which falls short of the true one, is beyond 0.6 of the root in one study out of
    three; with a true skewness of half the root in less than one out of ten. Where hardly one replication has what is
    counted, the interval is too short whatever they look like: where none has, it is [0, 0].
    """
    figures = np.asarray(values, dtype=np.float64)
    figures = figures[np.isfinite(figures)]
    if not len(figures):
        return ""
    if len(figures) < FEW:
        return f"only {len(figures)} replications"
    spread = figures.std()
    skewness = float(((figures - figures.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0
    doubtful = abs(skewness) > SKEWED * len(figures) ** 0.5
    return f"very skewed replications (skewness {skewness:.1f})" if doubtful else ""
