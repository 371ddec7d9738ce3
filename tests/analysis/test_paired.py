"""Differences of pairs against scipy, and the laws that hold for their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from activity_sim.analysis import paired as module
from activity_sim.analysis.estimates import Estimate, linearised, ratio

Values = NDArray[Any]
GENERATOR = np.random.default_rng(21)
BUSYNESS = GENERATOR.gamma(11.0, 1 / 11.0, size=(16, 3))
BELOW_A, BELOW_B = (GENERATOR.poisson(400 * BUSYNESS) for _ in "ab")
ABOVE_A, ABOVE_B = BELOW_A * BUSYNESS * 10, BELOW_B * (BUSYNESS + GENERATOR.normal(0, 0.05, (16, 3))) * 11


def difference(
    above_a: Values, below_a: Values, above_b: Values, below_b: Values, *level: float
) -> tuple[Estimate, Values]:
    """Return the ratio of a less that of b with its interval, and its p-value."""
    return module.difference(linearised(above_a, below_a), linearised(above_b, below_b), *level)


def errors(above_a: Values, below_a: Values, above_b: Values, below_b: Values) -> tuple[Values, Values]:
    """Return the standard errors of the difference, as pairs and as independent ones."""
    return module.errors(linearised(above_a, below_a), linearised(above_b, below_b))


def test_pairs_of_means_that_differ_evenly_have_the_p_value_of_scipy() -> None:
    even = np.concatenate([ABOVE_A - ABOVE_B, 300 - ABOVE_A + ABOVE_B])
    above, ones = np.tile(ABOVE_A, (2, 1)), np.ones((32, 3))
    found, p_value = difference(above, ones, above - even, ones)
    assert p_value == pytest.approx(stats.ttest_1samp(even, 0).pvalue)
    assert found.value == pytest.approx([150.0] * 3)


def test_skewed_pairs_are_never_surer_than_scipy() -> None:
    ones = np.ones_like(ABOVE_A)
    _, p_value = difference(ABOVE_A, ones, ABOVE_B, ones)
    assert (p_value >= stats.ttest_rel(ABOVE_A, ABOVE_B).pvalue * (1 - 1e-9)).all()


def test_a_difference_to_a_constant_has_the_interval_of_the_ratio() -> None:
    ones = np.ones_like(BELOW_A)
    found, _ = difference(ABOVE_A, BELOW_A, 5 * ones, ones)
    assert np.array(found) == pytest.approx(np.array(ratio(ABOVE_A, BELOW_A)) - 5)


def test_a_difference_turned_round_has_the_interval_turned_round() -> None:
    found, p_value = difference(ABOVE_A, BELOW_A, ABOVE_B, BELOW_B)
    other, same = difference(ABOVE_B, BELOW_B, ABOVE_A, BELOW_A)
    assert (found.value, found.low, found.high) == tuple(
        pytest.approx(-end) for end in (other.value, other.high, other.low)
    )
    assert p_value == pytest.approx(same)


def test_the_errors_are_those_of_the_spread_of_replications() -> None:
    pulls = [stats.zscore(one, axis=0) for one in (BELOW_A, BELOW_B)]
    ones = np.ones_like(BELOW_A)
    paired, unpaired = errors(pulls[0], ones, pulls[1], ones)
    assert paired == pytest.approx(stats.sem(pulls[0] - pulls[1]))
    assert unpaired == pytest.approx(np.hypot(stats.sem(pulls[0]), stats.sem(pulls[1])))


def test_scenarios_that_are_the_same_differ_by_nothing() -> None:
    found, p_value = difference(ABOVE_A, BELOW_A, ABOVE_A, BELOW_A)
    assert [end.tolist() for end in found] == [[0.0] * 3] * 3
    assert p_value.tolist() == [1.0] * 3


def test_a_difference_that_is_always_the_same_is_certain() -> None:
    found, p_value = difference(BELOW_A * 0.3, BELOW_A, BELOW_B * 0.1, BELOW_B)
    assert found.low == pytest.approx([0.2] * 3)
    assert (found.low == found.high).all()
    assert p_value.tolist() == [0.0] * 3


def test_one_pair_has_neither_interval_nor_p_value() -> None:
    found, p_value = difference(ABOVE_A[:1], BELOW_A[:1], ABOVE_B[:1], BELOW_B[:1])
    assert np.isfinite(found.value).all()
    assert np.isnan([found.low, found.high, p_value]).all()


def test_nothing_to_divide_by_has_neither_value_nor_p_value() -> None:
    found, p_value = difference(ABOVE_A, BELOW_A * 0, ABOVE_B, BELOW_B)
    assert np.isnan([*found, p_value]).all()


@given(st.floats(0.5, 0.999), st.integers(2, 30), st.integers(0, 2**32))
def test_the_p_value_and_the_interval_agree(confidence: float, count: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    below_a, below_b, above_a, above_b = generator.lognormal(1.0, 0.8, (4, count, 40))
    found, p_value = difference(above_a, below_a, above_b + above_a, below_b + below_a, confidence)
    excludes = (found.low > 0) | (found.high < 0)
    near = np.abs(p_value - (1 - confidence)) < 1e-9
    assert ((p_value < 1 - confidence) == excludes)[~near].all()


def test_pairing_tells_what_it_saves() -> None:
    paired, unpaired = errors(ABOVE_A, BELOW_A, ABOVE_B, BELOW_B)
    assert (paired < 0.5 * unpaired).all()
    same, _ = errors(ABOVE_A, BELOW_A, ABOVE_A, BELOW_A)
    assert same.tolist() == [0.0] * 3
