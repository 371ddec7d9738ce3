"""Percentiles over replications against their definition, however few waits may be held at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from activity_sim.analysis import estimates
from activity_sim.analysis import percentiles as module
from activity_sim.analysis.percentiles import percentiles

LENGTHS = st.one_of(st.integers(0, 3).map(lambda seconds: seconds * 1_000_000), st.integers(0, 10**11))
REPLICATIONS = st.lists(st.lists(st.tuples(st.integers(0, 2), LENGTHS), max_size=60), min_size=1, max_size=6)


@settings(max_examples=200, deadline=None)
@given(REPLICATIONS, st.sampled_from([0.1, 0.5, 0.9, 1.0]), st.sampled_from([1, 7, 40, module.HELD]))
def test_a_percentile_is_the_inverse_of_the_distribution_function_with_each_replication_left_out(
    replications: list[list[tuple[int, int]]], share: float, held: int
) -> None:
    rows = [np.array(rows, dtype=np.int64).reshape(-1, 2) for rows in replications]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "HELD", held)
        found = percentiles(share, lambda: ((one[:, 0].astype(np.int32), one[:, 1]) for one in rows), 3)
    for cell in range(3):
        waits = [one[one[:, 0] == cell, 1] for one in rows]
        np.testing.assert_equal(found.value[cell], inverted(share, np.concatenate(waits)))
        for number in range(len(rows)):
            others = np.concatenate([one for k, one in enumerate(waits) if k != number or len(waits) == 1])
            expected = inverted(share, others if len(others) else waits[number])
            np.testing.assert_equal(found.left_out[number, cell], expected)


def inverted(share: float, waits: np.ndarray) -> float:
    return float(np.quantile(waits, share, method="inverted_cdf")) if len(waits) else float("nan")


def test_the_interval_of_a_percentile_is_the_jackknife_over_replications() -> None:
    values = np.random.default_rng(4).integers(0, 10_000, (6, 100))
    found = percentiles(0.9, lambda: ((np.zeros(100, dtype=np.int32), one) for one in values), 1)
    left_out = [np.quantile(np.delete(values, number, axis=0), 0.9, method="inverted_cdf") for number in range(6)]
    pooled = np.quantile(values, 0.9, method="inverted_cdf")
    pseudo = 6 * pooled - 5 * np.array(left_out)
    reach = stats.t.ppf(0.975, 5) * pseudo.std(ddof=1) / 6**0.5
    estimate = estimates.jackknife(*found)
    assert (estimate.low[0], estimate.high[0]) == pytest.approx((pooled - reach, pooled + reach))
