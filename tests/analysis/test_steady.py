"""The warm-up against literal readings of MSER-5 and of Welch's moving average."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from activity_sim.analysis import plots
from activity_sim.analysis.steady import mser5, welch
from activity_sim.errors import InputError

STEPS = np.arange(500)
SETTLING = 10 * np.exp(-STEPS / 20)


def literal(series: NDArray[Any]) -> list[float]:
    """Return the statistic of each truncation of up to half of the batches, as it is written."""
    batches = [float(np.mean(series[n : n + 5])) for n in range(0, len(series) // 5 * 5, 5)]
    found = []
    for cut in range(len(batches) // 2 + 1):
        rest = batches[cut:]
        mean = sum(rest) / len(rest)
        found.append(sum((value - mean) ** 2 for value in rest) / len(rest) ** 2)
    return found


def test_a_known_series_is_cut_at_80() -> None:
    assert mser5(SETTLING + np.sin(STEPS)) == 80


@given(arrays(np.float64, st.integers(50, 90), elements=st.floats(-1e3, 1e3, width=16)))
def test_it_has_the_least_standard_error_of_all_truncations(series: NDArray[Any]) -> None:
    statistics = literal(series)
    least = min(statistics)
    try:
        cut = mser5(series) // 5
    except InputError:
        cut = len(statistics) - 1
    assert statistics[cut] == pytest.approx(least, rel=1e-6, abs=1e-6)


def test_a_series_that_does_not_move_keeps_everything() -> None:
    assert mser5([3.0] * 60) == 0


def test_a_run_that_has_not_settled_is_refused() -> None:
    with pytest.raises(InputError, match="must be longer to show that it has settled: MSER-5 would leave out 250 of"):
        mser5(np.linspace(0, 1, 500))


@pytest.mark.parametrize("wrong", [np.zeros(49), np.zeros((2, 60)), np.full(60, np.nan)])
def test_what_is_no_series_is_refused(wrong: NDArray[Any]) -> None:
    with pytest.raises(InputError, match="series: must"):
        mser5(wrong)


def test_the_bias_of_settling_is_mostly_left_out(ratio: Callable[..., None]) -> None:
    runs = SETTLING + np.random.default_rng(4).normal(size=(100, 500))
    left = np.mean([run[mser5(run) :].mean() for run in runs])
    ratio("MSER-5: bias that is left of a settling run, over that of all of it", left / runs.mean(), "below 0.2")
    assert abs(left) < 0.2 * runs.mean()


@given(st.integers(1, 10), st.integers(40, 60))
def test_the_moving_average_is_that_of_law(window: int, steps: int) -> None:
    observed = np.random.default_rng(window).normal(size=(3, steps))
    table, mean = welch(observed, window), observed.mean(axis=0)
    for i in range(1, steps - window + 1):  # Law numbers from 1
        reach = window if i >= window + 1 else i - 1
        terms = [mean[i + s - 1] for s in range(-reach, reach + 1)]
        assert table["smoothed"][i - 1] == pytest.approx(sum(terms) / (2 * reach + 1))
    assert table["smoothed"][steps - window :].isna().all()
    assert table["mean"].to_numpy() == pytest.approx(mean)


@pytest.mark.parametrize("window", [0, 11])
def test_a_window_is_at_most_a_quarter_of_the_run(window: int) -> None:
    with pytest.raises(InputError, match="window: must be a whole number from 1 to 10"):
        welch(np.zeros((2, 40)), window)


def test_the_plot_draws_the_table() -> None:
    table = welch(np.random.default_rng(1).normal(size=(3, 40)), 5, time=np.arange(40) / 2)
    mean, smoothed, warm_up = plots.welch(table, warm_up=3.5).lines
    assert np.asarray(mean.get_xydata()) == pytest.approx(table[["time", "mean"]].to_numpy())
    assert np.asarray(smoothed.get_ydata()) == pytest.approx(table["smoothed"].to_numpy(), nan_ok=True)
    assert np.asarray(warm_up.get_xdata()).tolist() == [3.5, 3.5]
