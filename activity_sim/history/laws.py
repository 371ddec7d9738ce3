"""The laws that lengths are fitted with: density and survival of each, by the logarithms of its parameters.

Lengths are in seconds. The parameters are those that a scenario has, a mean and a coefficient of variation or a
shape; their logarithms are free to be anything, and Wald intervals on them are never below 0. A new one is a class
here and its line in :data:`LAWS`.
"""

from __future__ import annotations

import math
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from activity_sim.model.distributions import Distribution, Exponential, Gamma, LogNormal, Weibull

Floats = NDArray[np.float64]
LEAST = 1e-300
"""The least probability that has a logarithm here."""


class Law(Protocol):
    """What every law says; *theta* are the logarithms of its *parameters*."""

    name: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]]

    def log_density(self, x: Floats, theta: Floats) -> Floats:
        """Return the logarithm of the density at *x*, above 0."""

    def log_survival(self, x: Floats, theta: Floats) -> Floats:
        """Return the logarithm of the probability of more than *x*, at least 0."""

    def start(self, mean: float, cv: float) -> Floats:
        """Return where the search for theta begins, for lengths of about this *mean* and *cv*."""

    def distribution(self, theta: Floats) -> Distribution:
        """Return the law as scenarios have it."""


class ExponentialLaw:
    """Density exp(-x / mean) / mean."""

    name: ClassVar[str] = Exponential.name
    parameters: ClassVar[tuple[str, ...]] = ("mean",)

    def log_density(self, x: Floats, theta: Floats) -> Floats:
        """Return the logarithm of the density."""
        return np.asarray(-x / math.exp(theta[0]) - theta[0])

    def log_survival(self, x: Floats, theta: Floats) -> Floats:
        """Return the logarithm of the survival."""
        return np.asarray(-x / math.exp(theta[0]))

    def start(self, mean: float, cv: float) -> Floats:  # noqa: ARG002 - every law is asked alike
        """Return the logarithm of the mean."""
        return np.log([mean])

    def distribution(self, theta: Floats) -> Distribution:
        """Return the law as scenarios have it."""
        return Exponential(math.exp(theta[0]))


class GammaLaw:
    """Density x^(k-1) exp(-x / b) / (b^k gamma(k)), where k = 1 / cv^2 and b = mean / k."""

    name: ClassVar[str] = Gamma.name
    parameters: ClassVar[tuple[str, ...]] = ("mean", "cv")

    def log_density(self, x: Floats, theta: Floats) -> Floats:
        """Return the logarithm of the density."""
        from scipy.special import gammaln

        k, log_b = math.exp(-2 * theta[1]), theta[0] + 2 * theta[1]
        return np.asarray((k - 1) * np.log(x) - x / math.exp(log_b) - k * log_b - gammaln(k))

    def log_survival(self, x: Floats, theta: Floats) -> Floats:
        """Return the logarithm of the survival."""
        from scipy.special import gammaincc

        k, b = math.exp(-2 * theta[1]), math.exp(theta[0] + 2 * theta[1])
        return np.asarray(np.log(np.maximum(gammaincc(k, x / b), LEAST)))

    def start(self, mean: float, cv: float) -> Floats:
        """Return the logarithms of the moments."""
        return np.log([mean, cv])

    def distribution(self, theta: Floats) -> Distribution:
        """Return the law as scenarios have it."""
        return Gamma(math.exp(theta[0]), math.exp(theta[1]))


class LogNormalLaw:
    """A normal density of ln x, of variance s^2 = ln(1 + cv^2) and mean ln(mean) - s^2 / 2."""

    name: ClassVar[str] = LogNormal.name
    parameters: ClassVar[tuple[str, ...]] = ("mean", "cv")

    def log_density(self, x: Floats, theta: Floats) -> Floats:
        """Return the logarithm of the density."""
        log_x, (mu, s) = np.log(x), self._normal(theta)
        return np.asarray(-log_x - math.log(s) - math.log(2 * math.pi) / 2 - ((log_x - mu) / s) ** 2 / 2)

    def log_survival(self, x: Floats, theta: Floats) -> Floats:
        """Return the logarithm of the survival."""
        from scipy.special import log_ndtr

        mu, s = self._normal(theta)
        return np.asarray(log_ndtr((mu - np.log(np.maximum(x, LEAST))) / s))

    def start(self, mean: float, cv: float) -> Floats:
        """Return the logarithms of the moments."""
        return np.log([mean, cv])

    def distribution(self, theta: Floats) -> Distribution:
        """Return the law as scenarios have it."""
        return LogNormal(math.exp(theta[0]), math.exp(theta[1]))

    @staticmethod
    def _normal(theta: Floats) -> tuple[float, float]:
        variance = float(np.logaddexp(0.0, 2 * theta[1]))
        return float(theta[0]) - variance / 2, math.sqrt(variance)


class WeibullLaw:
    """Survival exp(-(x / b)^c), where c is the shape and b = mean / gamma(1 + 1 / c)."""

    name: ClassVar[str] = Weibull.name
    parameters: ClassVar[tuple[str, ...]] = ("mean", "shape")

    def log_density(self, x: Floats, theta: Floats) -> Floats:
        """Return the logarithm of the density."""
        power = self._power(x, theta)
        return np.asarray(theta[1] - np.log(x) + np.log(np.maximum(power, LEAST)) - power)

    def log_survival(self, x: Floats, theta: Floats) -> Floats:
        """Return the logarithm of the survival."""
        return -self._power(x, theta)

    def start(self, mean: float, cv: float) -> Floats:
        """Return the logarithms of the mean and of about the shape that has the *cv*."""
        return np.log([mean, cv**-1.086])

    def distribution(self, theta: Floats) -> Distribution:
        """Return the law as scenarios have it."""
        return Weibull(math.exp(theta[0]), math.exp(theta[1]))

    @staticmethod
    def _power(x: Floats, theta: Floats) -> Floats:
        from scipy.special import gammaln

        c = math.exp(theta[1])
        return np.asarray((x / math.exp(theta[0] - gammaln(1 + 1 / c))) ** c)


LAWS: tuple[Law, ...] = (ExponentialLaw(), GammaLaw(), LogNormalLaw(), WeibullLaw())
"""The candidates; the first has the fewest parameters."""
