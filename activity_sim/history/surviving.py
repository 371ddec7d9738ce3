"""How long lengths last without the assumption of a law: the estimate of Kaplan and Meier."""

from __future__ import annotations

import attrs
import numpy as np

from activity_sim.history.laws import Floats
from activity_sim.history.likelihood import NORMAL, Lengths


@attrs.frozen(eq=False)
class Curve:
    """The *survival* from each of the lengths *at* on, in order, with its 95 % interval from *low* to *high*."""

    at: Floats
    survival: Floats
    low: Floats
    high: Floats

    def after(self, length: float) -> tuple[float, float, float]:
        """Return the survival at a *length* with its interval; 1 before the first end."""
        place = int(np.searchsorted(self.at, length, side="right")) - 1
        if place < 0:
            return 1.0, 1.0, 1.0
        return float(self.survival[place]), float(self.low[place]), float(self.high[place])


def kaplan_meier(lengths: Lengths) -> Curve:
    """Return the estimate of Kaplan and Meier, for lengths known exactly or cut, with entries.

    The intervals are Greenwood's, on the scale of ln(-ln). Source: Kalbfleisch and Prentice (2002), *The Statistical
    Analysis of Failure Time Data*, chapter 1.

    >>> kaplan_meier(Lengths.of([1.0, 2.0, 2.0, 3.0], ended=[True, True, False, True])).survival.tolist()
    [0.75, 0.5, 0.0]
    """
    known = lengths.known
    at, ends = np.unique(lengths.least[known], return_counts=True)
    entered, left = np.sort(lengths.seen_from), np.sort(lengths.least)
    at_risk = np.searchsorted(entered, at) - np.searchsorted(left, at)
    at_risk = np.maximum(at_risk + ((at == 0) * (lengths.seen_from == 0).sum()), ends)
    survival = np.cumprod(1 - ends / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(ends / (at_risk * (at_risk - ends)))
        width = NORMAL * np.sqrt(variance) / np.abs(np.log(survival))
        low, high = survival ** np.exp(width), survival ** np.exp(-width)
    inside = (survival > 0) & (survival < 1)
    return Curve(at, survival, np.where(inside, low, survival), np.where(inside, high, survival))
