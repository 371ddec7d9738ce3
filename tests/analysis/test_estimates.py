"""Means, ratios and percentiles against scipy and against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from activity_sim.analysis import estimates

VALUES = np.random.default_rng(7).gamma(2.0, 3.0, size=(12, 4))
BELOW = np.random.default_rng(8).gamma(9.0, 2.0, size=(12, 4))


def test_a_mean_has_the_interval_of_scipy() -> None:
    found = estimates.mean(VALUES)
    for column in range(VALUES.shape[1]):
        sample = VALUES[:, column]
        low, high = stats.t.interval(0.95, len(sample) - 1, sample.mean(), stats.sem(sample))
        assert (found.value[column], found.low[column], found.high[column]) == pytest.approx((sample.mean(), low, high))


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


def test_few_and_skewed_replications_raise_doubts() -> None:
    even = np.linspace(0.7, 0.9, 30).tolist()
    assert estimates.doubts(even) == ""
    assert "only 9" in estimates.doubts(even[:9])
    assert "skewed" in estimates.doubts([*np.zeros(29).tolist(), 1.0])
