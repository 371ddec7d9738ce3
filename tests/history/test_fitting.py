"""Laws fitted to lengths: their likelihoods, their intervals and the choice among them, against others' figures."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats as st

import activity_sim as sim
from activity_sim.errors import InputError
from activity_sim.history.anderson_darling import distance, p_value
from activity_sim.history.fitting import Fit, fit
from activity_sim.history.laws import LAWS, Floats, Law
from activity_sim.history.likelihood import Lengths, estimate, log_likelihood
from activity_sim.history.proportions import wilson
from activity_sim.history.surviving import kaplan_meier

EXPONENTIAL, GAMMA, LOGNORMAL, WEIBULL = LAWS
TRUE: dict[str, dict[str, float]] = {
    "exponential": {"mean": 200.0},
    "gamma": {"mean": 200.0, "cv": 0.5},
    "lognormal": {"mean": 200.0, "cv": 0.9},
    "weibull": {"mean": 200.0, "shape": 1.7},
}
REMISSION = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
"""Weeks of remission of 21 patients on 6-MP (Freireich et al. 1963), a textbook's example of the estimate."""


def theta(name: str) -> Floats:
    return np.log([*TRUE[name].values()])


def scipys(name: str) -> Any:
    """Return scipy's law of the same parameters."""
    mean, *rest = TRUE[name].values()
    match name:
        case "exponential":
            return st.expon(scale=mean)
        case "gamma":
            return st.gamma(rest[0] ** -2, scale=mean * rest[0] ** 2)
        case "lognormal":
            variance = math.log1p(rest[0] ** 2)
            return st.lognorm(math.sqrt(variance), scale=mean * math.exp(-variance / 2))
    return st.weibull_min(rest[0], scale=mean / math.gamma(1 + 1 / rest[0]))


def drawn(name: str, count: int, seed: int) -> Floats:
    return np.asarray(scipys(name).rvs(count, random_state=np.random.default_rng(seed)))


def observed(name: str, count: int, seed: int) -> Lengths:
    """Return lengths that begin at random in a window of ten means, or before it, seen within the window only."""
    start = np.random.default_rng(1_000 + seed).uniform(-400, 2_000, count)
    length = drawn(name, count, seed)
    seen_from, until = np.maximum(-start, 0), 2_000 - start
    seen = length > seen_from
    cut = Lengths.of(np.minimum(length, until), length <= until, seen_from=seen_from, seen_until=until)
    return cut.where(seen)


# --- likelihoods ---


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_densities_and_survivals_are_scipys(law: Law) -> None:
    x = np.array([0.5, 20.0, 150.0, 200.0, 900.0])
    assert law.log_density(x, theta(law.name)) == pytest.approx(scipys(law.name).logpdf(x), rel=1e-9)
    assert law.log_survival(x, theta(law.name)) == pytest.approx(scipys(law.name).logsf(x), rel=1e-9)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_what_is_cut_or_bounded_or_seen_late_counts_by_its_probability(law: Law) -> None:
    lengths = Lengths([100, 150, 80, 60], [100, math.inf, 120, 60], [0, 30, 0, 20], math.inf * np.ones(4))
    other = scipys(law.name)
    expected = np.log(other.pdf(100)) + np.log(other.sf(150) / other.sf(30))
    expected += np.log(other.cdf(120) - other.cdf(80)) + np.log(other.pdf(60) / other.sf(20))
    assert log_likelihood(law, theta(law.name), lengths) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_fits_are_those_of_scipy_for_censored_data(law: Law) -> None:
    length, until = drawn(law.name, 300, 5), np.random.default_rng(6).uniform(0, 600, 300)
    ours = law.distribution(estimate(law, Lengths.of(np.minimum(length, until), length <= until)).theta)
    data = st.CensoredData(uncensored=length[length <= until], right=until[length > until])
    family = {"exponential": st.expon, "gamma": st.gamma, "lognormal": st.lognorm, "weibull": st.weibull_min}[law.name]
    theirs = family(*family.fit(data, floc=0))
    assert ours.mean / 1e6 == pytest.approx(theirs.mean(), rel=1e-3)
    assert math.sqrt(ours.variance) / 1e6 == pytest.approx(theirs.std(), rel=1e-3)


def test_an_exponential_mean_is_the_time_waited_over_the_ends() -> None:
    """The closed form; 359 weeks and 9 relapses. The exact interval is that of a chi-square law of 18 degrees."""
    lengths = Lengths.of(REMISSION, ENDED)
    found = estimate(EXPONENTIAL, lengths)
    assert (lengths.exposure, lengths.ended) == (359, 9)
    assert np.exp(found.theta[0]) == pytest.approx(359 / 9, rel=1e-6)
    assert np.exp([found.low[0], found.high[0]]) == pytest.approx(2 * 359 / st.chi2.ppf([0.975, 0.025], 18), rel=1e-6)


def test_an_exponential_mean_of_lengths_seen_late_leaves_out_what_was_not_seen() -> None:
    lengths = observed("exponential", 400, 8)
    assert (lengths.seen_from > 0).sum() > 20
    found = np.exp(estimate(EXPONENTIAL, lengths).theta[0])
    assert found == pytest.approx((lengths.least - lengths.seen_from).sum() / lengths.ended, rel=1e-6)


def test_whole_seconds_as_bounds_take_nothing_from_a_short_mean() -> None:
    floor = np.floor(drawn("exponential", 4_000, 3) / 50)
    bounded = Lengths(floor, floor + 1, np.zeros(4_000), np.full(4_000, np.inf))
    found = estimate(EXPONENTIAL, bounded)
    exact = 1 / math.log1p(1 / floor.mean())  # the whole part of an exponential length is geometric
    assert np.exp(found.theta[0]) == pytest.approx(exact, rel=1e-5)


# --- without a law ---


def test_kaplan_meier_is_that_of_the_textbook() -> None:
    """Kalbfleisch and Prentice (2002), table 1.2 and chapter 1; Cox and Oakes (1984), table 1.1."""
    curve = kaplan_meier(Lengths.of(REMISSION, ENDED))
    assert curve.at.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    theirs = st.ecdf(st.CensoredData.right_censored(REMISSION, 1 - np.array(ENDED))).sf.confidence_interval(
        method="log-log"
    )
    assert curve.low == pytest.approx(theirs.low.evaluate(curve.at), rel=1e-9)
    assert curve.high == pytest.approx(theirs.high.evaluate(curve.at), rel=1e-9)
    assert curve.after(5.9) == (1, 1, 1)
    assert curve.after(8)[0] == curve.survival[1]


def test_kaplan_meier_counts_who_is_seen_late_only_then() -> None:
    """By hand: at 2 two are at risk (the third enters at 3), at 5 two, at 6 one."""
    curve = kaplan_meier(Lengths.of([2.0, 5.0, 6.0], [1, 1, 1], seen_from=[0.0, 0.0, 3.0]))
    assert curve.survival.tolist() == [0.5, 0.25, 0.0]


def test_shares_have_the_interval_of_wilson() -> None:
    for successes, trials in ((0, 10), (3, 10), (10, 10), (40, 1_000)):
        exact = st.binomtest(successes, trials).proportion_ci(method="wilson")
        assert wilson(successes, trials) == pytest.approx((exact.low, exact.high), abs=1e-12)


# --- recovery ---


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUE)
def test_intervals_cover_as_often_as_they_say(name: str, prove: bool, figure: Callable[..., None]) -> None:
    """Lengths cut on both sides by a window."""
    trials = 1_000 if prove else 100
    law = next(law for law in LAWS if law.name == name)
    found = [estimate(law, observed(name, 400, 10_000 * (1 + [*TRUE].index(name)) + trial)) for trial in range(trials)]
    for number, parameter in enumerate(law.parameters):
        hits = sum(each.low[number] <= theta(name)[number] <= each.high[number] for each in found)
        deviation = math.sqrt(0.95 * 0.05 / trials)
        figure(f"95 % interval of the {parameter}, {name} lengths", hits / trials, 0.95, deviation)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUE)
def test_the_true_law_is_found_or_as_likely(name: str, prove: bool) -> None:
    """One that is not the true one must be as likely, within 2 of AIC.

    An exponential law is beaten by more in one of twenty samples: by the chi-square law of a parameter that it has not.
    One in a hundred true laws is rejected.
    """
    trials = 200 if prove else 20
    samples = [Lengths.of(drawn(name, 400, 900 + trial), True) for trial in range(trials)]
    found = [fit(lengths) for lengths in samples]
    right = sum(each.law == name or each.aic[name] <= min(each.aic.values()) + 2 for each in found)
    assert right >= 0.9 * trials
    assert sum(each.law == "empirical" for each in found) <= 0.05 * trials


@pytest.mark.slow
@pytest.mark.parametrize("name", TRUE)
def test_the_right_law_is_rejected_as_often_as_said(name: str, prove: bool, figure: Callable[..., None]) -> None:
    """By the points of the tables where all lengths are known."""
    trials = 2_000 if prove else 100
    law = next(law for law in LAWS if law.name == name)
    samples = [Lengths.of(drawn(name, 100, 5_000 + trial), True) for trial in range(trials)]
    below = sum(p_value(estimate(law, lengths), lengths) < 0.1 for lengths in samples)
    figure(f"p-values of A^2 below 0.1, {name}", below / trials, 0.1, math.sqrt(0.09 / trials))


@pytest.mark.slow
def test_so_is_it_where_lengths_are_cut(prove: bool, figure: Callable[..., None]) -> None:
    """By samples: with 20 % cut, the points of the tables reject twice as often."""
    trials = 400 if prove else 12
    samples = [observed("weibull", 100, 7_000 + trial) for trial in range(trials)]
    below = sum(p_value(estimate(WEIBULL, lengths), lengths) < 0.25 for lengths in samples)
    figure("p-values of A^2 below 0.25, weibull, cut", below / trials, 0.25, math.sqrt(0.1875 / trials))


def test_another_law_is_rejected() -> None:
    lengths = Lengths.of(drawn("lognormal", 2_000, 1), True)
    assert distance(estimate(GAMMA, lengths), lengths) > 5
    assert p_value(estimate(GAMMA, lengths), lengths) < 0.001
    assert p_value(estimate(LOGNORMAL, lengths), lengths) > 0.01


# --- what is fitted ---


def of(*lengths: float) -> Fit:
    return fit(Lengths.of(lengths, True))


def test_lengths_that_are_alike_are_a_constant() -> None:
    found = of(5.0, 5.001, 4.999, 5.0, 5.0)
    assert found.distribution == sim.Constant("5s")
    assert (found.parameters[0].low, found.parameters[0].high) == (4.999, 5.001)


def test_all_zeros_are_the_constant_0() -> None:
    assert of(*[0.0] * 3).distribution == sim.Constant("0s")


def test_zeros_are_a_part_of_their_own() -> None:
    found = of(*[0.0] * 50, *drawn("exponential", 150, 2))
    assert isinstance(found.distribution, sim.Mixture)
    assert found.distribution.weights == (0.25, 0.75)
    assert found.law == "mixture of 0 and exponential"
    assert [row.name for row in found.parameters] == ["share of 0", "mean"]
    assert found.ended == 200


def test_few_lengths_are_wide_and_doubted() -> None:
    found = of(*drawn("gamma", 8, 2))
    row = found.parameters[0]
    assert found.law == "exponential"
    assert row.high / row.low > 3
    assert "only 8" in found.warnings[0]


def test_where_no_law_fits_the_lengths_are_the_distribution() -> None:
    both = np.random.default_rng(1).normal([[100.0], [300.0]], 2, size=(2, 500)).ravel()
    found = of(*both)
    assert isinstance(found.distribution, sim.Empirical)
    assert found.p_value < 0.01
    assert found.distribution.mean / 1e6 == pytest.approx(both.mean(), rel=1e-6)
    assert math.sqrt(found.distribution.variance) / 1e6 == pytest.approx(both.std(), rel=1e-3)
    assert "no law fits" in found.warnings[0]


def test_the_ends_that_nobody_saw_make_the_mean_longer() -> None:
    """Half of the lengths are cut at their mean: who leaves these out is far too low."""
    length = drawn("gamma", 2_000, 4)
    found = fit(Lengths.of(np.minimum(length, 200), length <= 200, seen_until=200))
    assert found.distribution.mean / 1e6 == pytest.approx(length.mean(), rel=0.05)
    assert length[length <= 200].mean() < 150


def test_without_an_end_there_is_nothing_to_fit() -> None:
    with pytest.raises(InputError, match="at least one that has ended"):
        fit(Lengths.of([3.0], [False]))
