"""Shares of a count, and how sure they are."""

from __future__ import annotations

import math

from activity_sim.history.likelihood import NORMAL


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the ends of Wilson's 95 % interval of a probability that showed *successes* times in *trials*.

    It is (0, 1) without trials. Source: Wilson, E. B. (1927). *Journal of the American Statistical Association* 22.

    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if not trials:
        return 0.0, 1.0
    share, square = successes / trials, NORMAL**2
    middle = share + square / (2 * trials)
    width = NORMAL * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    low, high = ((middle + sign * width) / (1 + square / trials) for sign in (-1, 1))
    return (low if successes else 0.0), (high if successes < trials else 1.0)
