"""Means, ratios and percentiles against scipy and against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import brentq

from activity_sim.analysis import estimates

Floats = estimates.Floats
VALUES = np.random.default_rng(7).gamma(2.0, 3.0, size=(12, 4))
BELOW = np.random.default_rng(8).gamma(9.0, 2.0, size=(12, 4))


def quantile(above: Floats, below: Floats, value: float) -> float:
    """Return the quantile of Student's law at which Hall's interval of the ratio ends in *value*, written out."""
    count, estimate, base = len(above), above.sum() / below.sum(), below.mean()
    pulls = [(one - estimate * per) / base for one, per in zip(above, below, strict=True)]
    spread = float(np.std(pulls, ddof=1))
    growth = sum(pull * (per / base - 1) for pull, per in zip(pulls, below, strict=True)) / count / spread / count**0.5
    grown = 1 + 2 * growth * (estimate - value) / (spread / count**0.5)
    if grown <= 0:
        return float(np.copysign(np.inf, estimate - value))
    even = np.log(grown) / (2 * growth) if growth else (estimate - value) / (spread / count**0.5)
    skewness = float(stats.skew(pulls, bias=False)) / count**0.5
    return float(even + skewness / 3 * even**2 + skewness**2 / 27 * even**3 + skewness / 6)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_an_interval_ends_where_the_formulas_written_out_say(confidence: float) -> None:
    found = estimates.ratio(VALUES**2, BELOW, confidence)
    reach = stats.t.ppf((1 + confidence) / 2, len(VALUES) - 1)
    for column, (value, low, high) in enumerate(zip(*found, strict=True)):
        above, below = VALUES[:, column] ** 2, BELOW[:, column]
        error = stats.sem(above - value * below) / below.mean()
        for end, sign in ((low, 1), (high, -1)):
            hall = brentq(lambda at, a=above, b=below, q=sign * reach: quantile(a, b, at) - q, value - 99, value + 999)
            student = value - sign * reach * error
            assert end == pytest.approx(min(hall, student) if sign > 0 else max(hall, student))


def test_a_mean_of_even_replications_has_the_interval_of_scipy() -> None:
    even = np.concatenate([VALUES, 30 - VALUES])
    found = estimates.mean(even, 0.9)
    low, high = stats.t.interval(0.9, len(even) - 1, even.mean(axis=0), stats.sem(even))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_one_replication_has_no_interval() -> None:
    found = estimates.mean(VALUES[:1])
    assert found.value == pytest.approx(VALUES[0])
    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()


def test_a_ratio_is_that_of_means_and_not_the_mean_of_ratios() -> None:
    found = estimates.ratio(VALUES, BELOW)
    assert found.value == pytest.approx(VALUES.sum(axis=0) / BELOW.sum(axis=0))
    assert found.value != pytest.approx((VALUES / BELOW).mean(axis=0), rel=1e-3)


def test_a_ratio_to_a_constant_has_the_interval_of_a_mean() -> None:
    ratio, mean = estimates.ratio(VALUES, np.full_like(VALUES, 4.0)), estimates.mean(VALUES / 4.0)
    assert ratio.low == pytest.approx(mean.low)
    assert ratio.high == pytest.approx(mean.high)


def test_the_interval_of_a_ratio_covers_the_truth() -> None:
    generator = np.random.default_rng(11)
    covered, trials = 0, 2_000
    for _ in range(trials):
        below = generator.poisson(400, size=20)
        above = generator.binomial(below, 0.8)
        found = estimates.ratio(above, below)
        covered += bool(found.low <= 0.8 <= found.high)
    error = (0.95 * 0.05 / trials) ** 0.5
    assert abs(covered / trials - 0.95) < 4 * error


def test_a_ratio_to_nothing_is_unknown() -> None:
    found = estimates.ratio(np.zeros((5, 1)), np.zeros((5, 1)))
    assert np.isnan(found.value[0])


@pytest.mark.parametrize("count", [2, 3, 20])
def test_a_ratio_that_is_always_the_same_is_certain(count: int) -> None:
    below = BELOW[:count, 0].round(3)
    for share in (0.0, 0.1, 1.0):
        found = estimates.ratio(below * share, below)
        assert found.value == pytest.approx(share)
        assert found.low == found.value == found.high


counts = arrays(np.int64, st.tuples(st.integers(2, 12), st.just(3)), elements=st.integers(0, 1_000_000))


@given(counts, st.data())
def test_the_laws_of_intervals(above: NDArray[np.int64], data: st.DataObject) -> None:
    below = data.draw(arrays(np.int64, above.shape, elements=st.integers(1, 1_000)))
    found = np.array(estimates.ratio(above, below))
    value, low, high = found
    assert ((low <= value) & (value <= high)).all()
    assert ((low == high) == (above * below[:1] == below * above[:1]).all(axis=0)).all()
    order = data.draw(st.permutations(range(len(above))))
    tolerance = 1e-6 * np.abs(found).max() + 1e-300
    assert np.array(estimates.ratio(above[order], below[order])) == pytest.approx(found, abs=tolerance)
    assert np.array(estimates.ratio(above * 1e-6, below)) == pytest.approx(found * 1e-6, abs=tolerance * 1e-6)
    assert np.array(estimates.ratio(above, below * 60)) == pytest.approx(found / 60, abs=tolerance)
    mirrored = estimates.mean(-above)
    assert np.array(estimates.mean(above)) == pytest.approx(-np.array(mirrored)[[0, 2, 1]], abs=1e-6 * above.max() + 1)


@given(counts, st.floats(0.5, 0.99))
def test_more_confidence_takes_a_longer_interval(above: NDArray[np.int64], confidence: float) -> None:
    short, long = (estimates.mean(above, level) for level in (confidence, confidence + 0.009))
    assert (long.low <= short.low).all()
    assert (short.high <= long.high).all()


def test_few_and_skewed_replications_raise_doubts() -> None:
    even = np.linspace(0.7, 0.9, 30).tolist()
    assert estimates.doubts(even) == ""
    assert "only 9" in estimates.doubts(even[:9])
    assert "skewed" in estimates.doubts([*np.zeros(29).tolist(), 1.0])
