"""The test of Anderson and Darling: whether lengths can come from a law whose parameters they have given.

The upper points of the statistic are those of D'Agostino and Stephens (1986), *Goodness-of-Fit Techniques*, tables
4.7, 4.14, 4.17 and 4.21, for a law with all its parameters estimated. Table 4.21 begins at a gamma law of shape 1;
below that the points are our own, from 20,000 samples of 400. They hold where all lengths are known. Where more than a
few are cut, samples that are drawn from the law and cut alike stand in for them: a parametric bootstrap, which stops as
soon as enough samples are further from their law (Besag and Clifford (1991), *Biometrika* 78, 301-304).
"""

from __future__ import annotations

import math

import numpy as np

from activity_sim.history.laws import LEAST, Floats
from activity_sim.history.likelihood import Estimate, Lengths, estimate
from activity_sim.units import SECOND

FEW = 0.01
"""Up to so large a share of cut lengths, the points are those of samples without."""
SAMPLES, ENOUGH = 199, 5
SEED = 1
FIVE = (0.25, 0.10, 0.05, 0.025, 0.01)
"""The significance of the upper points."""
POINTS = {
    "exponential": (0.736, 1.062, 1.321, 1.591, 1.959),
    "lognormal": (0.470, 0.631, 0.752, 0.873, 1.035),
    "weibull": (0.474, 0.637, 0.757, 0.877, 1.038),
}
BY_CV = (
    (0.0, 0.470, 0.631, 0.752, 0.873, 1.035),
    (0.5, 0.473, 0.637, 0.759, 0.883, 1.048),
    (1.0, 0.486, 0.657, 0.786, 0.917, 1.092),
    (math.sqrt(2), 0.501, 0.687, 0.832, 0.979, 1.163),
    (2.0, 0.531, 0.733, 0.884, 1.047, 1.275),
    (math.sqrt(10), 0.587, 0.829, 1.025, 1.223, 1.483),
)
"""The points of gamma laws, by their coefficient of variation."""


def p_value(found: Estimate, lengths: Lengths) -> float:
    """Return about how often the law *found* for *lengths* would show as large a distance from its own sample.

    It is NaN where it is not known what cut the lengths. Where that is the end of what was seen, each length that has
    ended is compared with the law cut there.
    """
    if not lengths.until_is_known:
        return math.nan
    cut = 1 - np.mean(lengths.known & (lengths.seen_from == 0))
    return _resampled(found, lengths) if cut > FEW else _looked_up(found, lengths)


def _looked_up(found: Estimate, lengths: Lengths) -> float:
    n = int(lengths.known.sum())
    statistic = distance(found, lengths) * _small_sample(found.law.name, n)
    return _between(statistic, _points(found))


def _small_sample(law: str, n: int) -> float:
    """Return the factor that lets the points hold for samples of *n*."""
    factors = {"exponential": 0.6 / n, "lognormal": 0.75 / n + 2.25 / n**2, "weibull": 0.2 / math.sqrt(n)}
    return 1 + factors.get(law, 0.0)


def _resampled(found: Estimate, lengths: Lengths) -> float:
    generator, statistic, further = np.random.default_rng(SEED), distance(found, lengths), 0
    for count in range(1, SAMPLES + 1):
        sample = _sample(found, lengths, generator)
        further += distance(estimate(found.law, sample), sample) >= statistic
        if further == ENOUGH:
            return ENOUGH / count
    return (further + 1) / (SAMPLES + 1)


def _sample(found: Estimate, lengths: Lengths, generator: np.random.Generator) -> Lengths:
    """Return lengths drawn from the law, each seen from and until when the observed one was."""
    before = 1 - np.exp(found.law.log_survival(lengths.seen_from, found.theta))
    uniform = np.minimum(before + (1 - before) * generator.random(len(before)), 1 - 1e-15)
    drawn = np.maximum(found.law.distribution(found.theta).draw(uniform) / SECOND, np.maximum(lengths.seen_from, 1e-9))
    until = lengths.seen_until
    return Lengths.of(np.minimum(drawn, until), drawn <= until, seen_from=lengths.seen_from, seen_until=until)


def distance(found: Estimate, lengths: Lengths) -> float:
    """Return the statistic A^2 of the known *lengths*."""
    known = lengths.where(lengths.known)
    with np.errstate(over="ignore"):
        first, last, here = (
            np.exp(found.law.log_survival(bound, found.theta))
            for bound in (known.seen_from, np.minimum(known.seen_until, 1e30), known.least)
        )
    left = np.sort(np.clip((here - last) / (first - last), LEAST, 1 - 1e-15))
    n = len(left)
    odd = 2 * np.arange(1, n + 1) - 1
    return float(-n - (odd * (np.log(left) + np.log1p(-left[::-1]))).mean())


def _points(found: Estimate) -> Floats:
    if found.law.name in POINTS:
        return np.array(POINTS[found.law.name])
    cvs, *columns = np.array(BY_CV).T
    return np.array([np.interp(math.exp(found.theta[1]), cvs, column) for column in columns])


def _between(statistic: float, points: Floats) -> float:
    """Return the significance of a *statistic*, whose logarithm runs straight between the points and beyond them."""
    logs = np.log(FIVE)
    if statistic <= points[0]:
        slope = (logs[1] - logs[0]) / (points[1] - points[0])
        return min(1.0, math.exp(logs[0] + slope * (statistic - points[0])))
    slope = (logs[-1] - logs[-2]) / (points[-1] - points[-2])
    beyond = slope * max(statistic - points[-1], 0.0)
    return float(math.exp(np.interp(statistic, points, logs) + beyond))
