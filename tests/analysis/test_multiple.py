"""Adjusted p-values against Holm's steps, a published example and another library."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activity_sim.analysis.multiple import bonferroni_confidence, holm
from activity_sim.errors import InputError

PROBABILITIES = st.lists(st.one_of(st.sampled_from([0.0, 0.01, 0.02, 0.5, 1.0]), st.floats(0, 1)), max_size=12)


def rejected(probabilities: list[float], level: float) -> set[int]:
    """Read the method word by word: go on from the smallest while p is at most level / (those not yet rejected)."""
    found: set[int] = set()
    for which in sorted(range(len(probabilities)), key=lambda n: probabilities[n]):
        if probabilities[which] * (len(probabilities) - len(found)) > level:
            break
        found.add(which)
    return found


@given(PROBABILITIES, st.floats(0, 0.999))
def test_a_hypothesis_is_rejected_where_its_adjusted_value_is_at_most_the_level(
    probabilities: list[float], level: float
) -> None:
    assert set(np.flatnonzero(holm(probabilities) <= level).tolist()) == rejected(probabilities, level)


@pytest.mark.slow
@given(PROBABILITIES)
def test_adjusted_values_are_those_of_statsmodels(probabilities: list[float]) -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest", reason="statsmodels is not installed")
    if probabilities:
        assert holm(probabilities) == pytest.approx(multitest.multipletests(probabilities, method="holm")[1])


def test_the_example_of_the_encyclopaedia() -> None:
    """Wikipedia, "Holm-Bonferroni method": of 0.01, 0.04, 0.03, 0.005, the fourth and the first are rejected at 5 %."""
    assert (holm([0.01, 0.04, 0.03, 0.005]) <= 0.05).tolist() == [True, False, False, True]


@given(PROBABILITIES, st.lists(st.integers(0, 20), max_size=4))
def test_what_was_not_tested_changes_nothing(probabilities: list[float], places: list[int]) -> None:
    mixed = list(probabilities)
    for place in places:
        mixed.insert(place, float("nan"))
    found = holm(mixed)
    assert np.isnan(found).tolist() == np.isnan(mixed).tolist()
    assert found[~np.isnan(found)].tolist() == holm(probabilities).tolist()


def test_equal_values_have_equal_adjusted_values() -> None:
    assert holm([0.02, 0.02, 0.5]).tolist() == pytest.approx([0.06, 0.06, 0.5])


@pytest.mark.parametrize("wrong", [[-0.1], [1.1], [[0.5]]])
def test_what_is_no_probability_is_refused(wrong: list[float]) -> None:
    with pytest.raises(InputError, match="must be a list of numbers from 0 to 1"):
        holm(wrong)


def test_intervals_that_hold_all_together_are_wider() -> None:
    assert bonferroni_confidence(0.95, 1) == pytest.approx(0.95)
    assert bonferroni_confidence(0.95, 10) == pytest.approx(0.995)
    with pytest.raises(InputError, match="count: must be a whole number from 1"):
        bonferroni_confidence(0.95, 0)
