"""Lengths as far as they are known, and the most likely parameters of a law for them."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.history.laws import Floats, Law

NORMAL = 1.959963984540054
"""The 97.5 % point of the standard normal law."""
STEP = 1e-3
FAR = 1e100
VAGUE = 1.0
"""A standard error of the logarithm of a parameter from which on nothing is known of it."""


def _floats(value: Any) -> Floats:
    return np.asarray(value, dtype=np.float64)


@attrs.frozen(eq=False)
class Lengths:
    """Hold lengths in seconds as far as they are known.

    Each lies between *least* and *most*: equal where it is known, infinite where it had not ended. It was seen only
    because it had lasted *seen_from* (left truncation), and would have been seen to *seen_until*.
    """

    least: Floats = attrs.field(converter=_floats)
    most: Floats = attrs.field(converter=_floats)
    seen_from: Floats = attrs.field(converter=_floats)
    seen_until: Floats = attrs.field(converter=_floats)

    @classmethod
    def of(cls, length: Any, ended: Any, *, seen_from: Any = 0.0, seen_until: Any = math.inf) -> Lengths:
        """Return lengths of which some have *ended* and the others have lasted so long without an end."""
        least = _floats(length)
        bounds = (np.broadcast_to(_floats(bound), least.shape) for bound in (seen_from, seen_until))
        return cls(least, np.where(ended, least, np.inf), *bounds)

    def where(self, mask: NDArray[np.bool_]) -> Lengths:
        """Return those of the *mask*."""
        return Lengths(self.least[mask], self.most[mask], self.seen_from[mask], self.seen_until[mask])

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which are known exactly."""
        return np.asarray(self.least == self.most)

    @property
    def ended(self) -> int:
        """How many have ended."""
        return int(np.isfinite(self.most).sum())

    @property
    def exposure(self) -> float:
        """The seconds in which an end would have been seen."""
        return float((self.least - self.seen_from).sum())

    @property
    def until_is_known(self) -> bool:
        """Whether only *seen_until* cuts them: then what has ended is a sample of the law cut there."""
        return bool((self.known | (self.least == self.seen_until)).all())


def log_likelihood(law: Law, theta: Floats, lengths: Lengths) -> float:
    """Return the logarithm of the likelihood of *lengths*.

    A known length counts by its density, one between bounds by the probability of these; each given that it was seen.
    """
    known = lengths.known
    low, high = lengths.least[~known], lengths.most[~known]
    cut = lengths.seen_from[lengths.seen_from > 0]
    total = law.log_density(lengths.least[known], theta).sum() + _between(law, theta, low, high).sum()
    return float(total - law.log_survival(cut, theta).sum())


def _between(law: Law, theta: Floats, low: Floats, high: Floats) -> Floats:
    """Return the logarithms of the probabilities of a length from *low* to *high*."""
    found = law.log_survival(low, theta)
    bounded = np.isfinite(high)
    ratio = np.minimum(law.log_survival(high[bounded], theta) - found[bounded], -1e-15)
    found[bounded] += np.log(-np.expm1(ratio))
    return found


@attrs.frozen(eq=False)
class Estimate:
    """The most likely *theta* of a *law*, its 95 % interval (*low*, *high*), and Akaike's criterion *aic*."""

    law: Law
    theta: Floats
    low: Floats
    high: Floats
    aic: float

    @property
    def is_vague(self) -> bool:
        """Whether the lengths say next to nothing of a parameter."""
        widths = self.high - self.low
        return not (np.isfinite(widths).all() and (widths < 2 * NORMAL * VAGUE).all())


def estimate(law: Law, lengths: Lengths) -> Estimate:
    """Return the most likely parameters of *law* for *lengths*, of which some have ended.

    Intervals come from the observed information about the logarithms; those of an exponential mean from the
    chi-square law of twice the exposure over the mean, which is exact where nothing is cut.
    """
    from scipy.optimize import minimize

    def cost(theta: Floats) -> float:
        with np.errstate(all="ignore"):
            try:
                found = -log_likelihood(law, theta, lengths)
            except OverflowError:
                return FAR
        return found if math.isfinite(found) else FAR

    begin = law.start(*_moments(lengths))
    found = minimize(cost, begin, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-7, "maxiter": 1_000})
    theta, error = _floats(found.x), _errors(cost, found.x)
    low, high = theta - NORMAL * error, theta + NORMAL * error
    if len(theta) == 1:
        low, high = theta + _exponential(lengths.ended)
    return Estimate(law, theta, low, high, 2 * len(theta) + 2 * float(found.fun))


def _moments(lengths: Lengths) -> tuple[float, float]:
    """Return about the mean and the coefficient of variation."""
    mean = lengths.exposure / lengths.ended
    ended = lengths.least[np.isfinite(lengths.most)]
    cv = float(ended.std() / ended.mean()) if ended.mean() > 0 else 1.0
    return mean, min(max(cv, 0.02), 5.0)


def _exponential(ended: int) -> Floats:
    """Return the ends of the interval of the logarithm of an exponential mean about its estimate, as two rows."""
    from scipy.special import gammaincinv

    return -np.log(gammaincinv(ended, [[0.975], [0.025]]) / ended)


def _errors(cost: Any, theta: Floats) -> Floats:
    """Return the standard errors by the observed information: second differences of the *cost* about *theta*."""
    size = len(theta)
    steps = STEP * np.eye(size)
    information = np.empty((size, size))
    for i, a in enumerate(steps):
        for j, b in enumerate(steps):
            four = cost(theta + a + b) - cost(theta + a - b) - cost(theta - a + b) + cost(theta - a - b)
            information[i, j] = four / (4 * STEP**2)
    try:
        variance = np.diag(np.linalg.inv(information))
    except np.linalg.LinAlgError:
        return np.full(size, np.inf)
    return np.where(variance > 0, np.sqrt(np.maximum(variance, 0)), np.inf)
