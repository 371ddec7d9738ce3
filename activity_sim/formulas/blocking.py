"""Erlang's loss formula, as exact for a hundred thousand servers as for one."""

from __future__ import annotations

import numpy as np

from activity_sim.formulas.checks import Floats

FEW = 16
"""From here on Stirling's series is exact."""

NEAR = 0.1
"""A relative distance of servers and load up to which the series of the deviance is exact."""

FAR = 5.0
"""From so many standard deviations above the servers on, the continued fraction of an overload is exact."""

STEPS = 60


def blocking(servers: Floats, load: Floats) -> Floats:
    """Return the probability that all *servers* are busy: arrays of one length, not checked.

    It is the Poisson probability of as many over that of at most as many, and in an overload, where both may vanish,
    Legendre's continued fraction of the incomplete gamma function. Source: DLMF 8.4.10 and 8.9.2.
    """
    from scipy.special import gammaincc

    far = load - servers > FAR * np.sqrt(load)
    near = ~far
    result = np.empty_like(load)
    result[near] = poisson(servers[near], load[near]) / gammaincc(servers[near] + 1, load[near])
    result[far] = _overloaded(servers[far], load[far])
    return result


def _overloaded(servers: Floats, load: Floats) -> Floats:
    excess = load - servers
    below = excess + 2 * STEPS
    for step in range(STEPS - 1, -1, -1):
        below = excess + 2 * step + np.maximum((step + 1) * (servers - step), 0.0) / below
    return below / load


def poisson(number: Floats, mean: Floats) -> Floats:
    """Return the probability of *number* where *mean* are expected.

    Source: Loader (2000), "Fast and accurate computation of binomial probabilities".

    >>> poisson(np.array([2.0, 100.0]), np.array([1.0, 90.0])).round(12).tolist()
    [0.183939720586, 0.023320825425]
    """
    from scipy.special import gammaln, xlogy

    few = number < FEW
    large = np.where(few, FEW, number)
    root = np.sqrt(2 * np.pi * large)
    many: Floats = np.exp(-deviance(large, mean) - _stirling(large)) / root
    many[few] = np.exp(xlogy(number[few], mean[few]) - mean[few] - gammaln(number[few] + 1))
    return many


def _stirling(number: Floats) -> Floats:
    """Return by how much the logarithm of the factorial of *number* exceeds Stirling's approximation."""
    square = number**-2
    return (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / number


def deviance(number: Floats, mean: Floats) -> Floats:
    """Return number * log(number / mean) - number + mean without cancellation where the two are close."""
    ratio = (number - mean) / (number + mean)
    square = ratio**2
    series = 1 / 15 + np.zeros_like(ratio)
    for odd in (13, 11, 9, 7, 5, 3):
        series = 1 / odd + square * series
    close = (number - mean) * ratio + 2 * number * ratio * square * series
    with np.errstate(divide="ignore"):
        away = number * np.log(number / mean) - number + mean
    return np.asarray(np.where(np.abs(ratio) <= NEAR, close, away))
