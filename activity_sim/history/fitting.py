"""A distribution for lengths that were observed, whole or in part, and how well it fits.

Laws are fitted by maximum likelihood and chosen by Akaike's criterion. What is chosen must stand up to the test of
Anderson and Darling; where no law does, the lengths themselves are the distribution.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs
import numpy as np

from activity_sim.errors import InputError
from activity_sim.history.anderson_darling import p_value
from activity_sim.history.laws import LAWS, Floats
from activity_sim.history.likelihood import NORMAL, Estimate, Lengths, estimate
from activity_sim.history.proportions import wilson
from activity_sim.history.surviving import kaplan_meier
from activity_sim.model.distributions import Constant, Distribution, Empirical, Mixture
from activity_sim.units import SECOND, Duration

FEWEST = 20
"""So many lengths must have ended for a law to be chosen among several."""
SIMPLER = 2.0
"""The law with one parameter is kept unless another's AIC is lower by more than this: less cannot be told apart."""
EXTRAPOLATED = 10.0
"""So much it must be where most lengths are cut, as patience is: then a mean lies beyond what was seen."""
REJECTED = 0.01
SAME = 0.003
"""Lengths that differ by less, in seconds, are one constant: events are rounded to the millisecond."""
FEWEST_SAME = 5
VALUES = 200
"""An empirical distribution has at most so many values, each the mean of as large a part of what was observed."""


@attrs.frozen(eq=False)
class Parameter:
    """One number of a distribution: its *name*, its *estimate* and the 95 % interval from *low* to *high*."""

    name: str
    estimate: float
    low: float
    high: float


@attrs.frozen(eq=False)
class Fit:
    """A *distribution* for lengths, called *law*, with its *parameters* in seconds or plain numbers.

    It rests on *ended* lengths and on *cut* ones, of which only a part was seen. *aic* is that of each candidate.
    *p_value* is that of the test of Anderson and Darling, NaN where it cannot be asked. *warnings* say what to doubt.
    """

    distribution: Distribution
    law: str
    parameters: tuple[Parameter, ...]
    ended: int
    cut: int
    aic: Mapping[str, float]
    p_value: float
    warnings: tuple[str, ...] = ()


def fit(lengths: Lengths) -> Fit:
    """Return the distribution that fits *lengths* best.

    Lengths that are all alike are a constant, and a part of them that is 0 is kept as such. Of few lengths, or where
    nothing but the mean can be told, an exponential law says how little is known.

    Raises :exc:`~activity_sim.errors.InputError` where none has ended.

    >>> found = fit(Lengths.of([180.0, 240.0, 60.0, 600.0, 420.0], ended=[True, True, True, True, False]))
    >>> found.law, round(found.parameters[0].estimate), found.cut
    ('exponential', 375, 1)
    """
    lengths = lengths.where(np.isfinite(lengths.most) | (lengths.least > lengths.seen_from))
    if not lengths.ended:
        raise InputError("must have at least one that has ended, not none", "lengths")
    zero = lengths.most == 0
    if zero.sum() == lengths.ended or _is_constant(lengths):
        return _constant(lengths)
    return _with_zeros(lengths, int(zero.sum())) if zero.any() else _fitted(lengths)


def _is_constant(lengths: Lengths) -> bool:
    known = lengths.least[lengths.known]
    enough = len(known) >= FEWEST_SAME and np.ptp(known) < SAME
    return bool(enough and (lengths.least[~lengths.known] <= known.max()).all())


def _constant(lengths: Lengths) -> Fit:
    known = lengths.least[lengths.known]
    value = Duration(round(float(np.median(known)) * 1_000) * 1_000)
    row = Parameter("value", value.seconds, float(known.min()), float(known.max()))
    return Fit(Constant(value), Constant.name, (row,), len(known), len(lengths.least) - len(known), {}, math.nan)


def _with_zeros(lengths: Lengths, zeros: int) -> Fit:
    """Return a mixture of 0 and of what fits the others."""
    rest = fit(lengths.where(lengths.most != 0))
    count = zeros + len(lengths.least[(lengths.most != 0) & (lengths.seen_from == 0)])
    share = Parameter("share of 0", zeros / count, *wilson(zeros, count))
    parts = ([share.estimate, 1 - share.estimate], [Constant(Duration(0)), rest.distribution])
    law = f"{Mixture.name} of 0 and {rest.law}"
    return attrs.evolve(
        rest,
        distribution=Mixture(*parts),
        law=law,
        parameters=(share, *rest.parameters),
        ended=rest.ended + zeros,
    )


def _fitted(lengths: Lengths) -> Fit:
    if lengths.ended < FEWEST:
        few = f"only {lengths.ended} have ended, too few to choose a law: exponential, with a wide interval"
        return _of(estimate(LAWS[0], lengths), lengths, {}, math.nan, few)
    candidates = [found for law in LAWS if not (found := estimate(law, lengths)).is_vague]
    aic = {found.law.name: found.aic for found in candidates}
    tried: list[tuple[Estimate, float]] = []
    simpler = EXTRAPOLATED if lengths.ended < len(lengths.least) / 2 else SIMPLER
    for found in sorted(candidates, key=lambda found: found.aic - simpler * (len(found.theta) == 1)):
        p = p_value(found, lengths)
        if not p < REJECTED:
            return _of(found, lengths, aic, p)
        tried.append((found, p))
    return _empirical(lengths, aic, tried[0][1])


def _of(found: Estimate, lengths: Lengths, aic: Mapping[str, float], p: float, *doubts: str) -> Fit:
    ends = zip(found.law.parameters, *np.exp([found.theta, found.low, found.high]).tolist(), strict=True)
    rows = tuple(Parameter(*each) for each in ends)
    law, cut = found.law.distribution(found.theta), len(lengths.least) - lengths.ended
    return Fit(law, found.law.name, rows, lengths.ended, cut, aic, p, doubts)


def _empirical(lengths: Lengths, aic: Mapping[str, float], p: float) -> Fit:
    values = _values(lengths)
    mean = float(values.mean())
    factor = math.exp(NORMAL * float(values.std()) / mean / math.sqrt(lengths.ended))
    law = Empirical([Duration(round(value * SECOND)) for value in values.tolist()])
    row = Parameter("mean", mean, mean / factor, mean * factor)
    cut = len(lengths.least) - lengths.ended
    doubt = "no law fits: the lengths themselves are the distribution, and none is longer than the longest seen"
    return Fit(law, Empirical.name, (row,), lengths.ended, cut, aic, p, (doubt,))


def _values(lengths: Lengths) -> Floats:
    """Return the means of equal parts of the estimate of Kaplan and Meier."""
    curve = kaplan_meier(lengths)
    fine = (np.arange(100 * VALUES) + 0.5) / (100 * VALUES)
    place = np.searchsorted(1 - curve.survival, fine)
    drawn = curve.at[np.minimum(place, len(curve.at) - 1)]
    return np.asarray(drawn.reshape(VALUES, -1).mean(axis=1))
