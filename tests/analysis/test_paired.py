"""Differences of pairs against scipy, and the laws that hold for their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from activity_sim.analysis.paired import difference, errors

GENERATOR = np.random.default_rng(21)
BUSYNESS = GENERATOR.gamma(11.0, 1 / 11.0, size=(16, 3))
BELOW_A, BELOW_B = (GENERATOR.poisson(400 * BUSYNESS) for _ in "ab")
ABOVE_A, ABOVE_B = BELOW_A * BUSYNESS * 10, BELOW_B * (BUSYNESS + GENERATOR.normal(0, 0.05, (16, 3))) * 11


def test_pairs_of_means_have_the_p_value_of_scipy() -> None:
    ones = np.ones_like(ABOVE_A)
    found, p_value = difference(ABOVE_A, ones, ABOVE_B, ones)
    test = stats.ttest_rel(ABOVE_A, ABOVE_B)
    assert p_value == pytest.approx(test.pvalue)
    assert found.value == pytest.approx((ABOVE_A - ABOVE_B).mean(axis=0))


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
