"""The number of replications against a literal reading of the rule, and the coverage of what it stops at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from activity_sim.analysis import estimates
from activity_sim.analysis.precision import Stopping, precision, running, stopping
from activity_sim.errors import InputError

NAN = float("nan")
STRETCHES = st.lists(st.tuples(st.sampled_from([0.5, 1.0, 1.5, NAN]), st.integers(1, 60)), max_size=10)
WIDTHS = STRETCHES.map(lambda stretches: [width for width, length in stretches for _ in range(length)])


def literal(widths: list[float], first: int, look_ahead: int, maximum: int) -> Stopping:
    """Read the rule replication by replication: a width that is too large starts it anew."""
    met = 0
    for n, width in enumerate(widths[:maximum], 1):
        if not width <= 1.0:
            met = 0
        elif n >= first:
            met = met or n
            if n >= met + (look_ahead if met <= 100 else met * look_ahead // 100):
                return Stopping(met, widths[met - 1], reached=True, exhausted=False)
    count = min(len(widths), maximum)
    return Stopping(count, widths[count - 1] if count else NAN, reached=False, exhausted=count == maximum)


@given(WIDTHS, st.integers(2, 120), st.integers(0, 30), st.integers(120, 400))
def test_it_stops_where_the_literal_reading_does(widths: list[float], first: int, look_ahead: int, most: int) -> None:
    found = stopping(widths, 1.0, first=first, look_ahead=look_ahead, maximum=most)
    assert repr(found) == repr(literal(widths, first, look_ahead, most))  # NaN is equal to itself in text only


@given(st.integers(0, 1_000), st.sampled_from([0.2, 0.5, 2.0]), st.integers(10, 150))
def test_the_blocks_that_it_asks_for_end_where_single_replications_do(seed: int, target: float, maximum: int) -> None:
    values = np.random.default_rng(seed).exponential(size=maximum)
    wanted = precision("wait_mean", half_width=target, maximum=maximum)
    widths, count = wanted.half_widths(values), 0
    while more := wanted.next_block(widths[:count]):
        count += more
        assert count <= maximum
    assert wanted.stopping(widths[:count]) == wanted.stopping(widths)
    assert wanted.stopping(widths[:count]).over


def test_the_running_intervals_are_those_of_the_estimates() -> None:
    generator = np.random.default_rng(3)
    pairs = np.stack([generator.gamma(2.0, 1e3, 40), generator.gamma(9.0, 1e3, 40)], axis=-1)
    for values, estimate in ((pairs[:, 0], estimates.mean(pairs[:, 0])), (pairs, estimates.ratio(*pairs.T))):
        figures, widths = running(values)
        assert figures[-1] == pytest.approx(estimate.value)
        assert widths[-1] == pytest.approx(estimate.high - estimate.value)


def test_the_running_intervals_are_those_of_what_was_run_so_far() -> None:
    values = 1e6 + np.random.default_rng(4).normal(size=(30, 2))
    figures, widths = running(values)
    for count in range(2, 31):
        before = running(values[:count])
        assert (figures[count - 1], widths[count - 1]) == pytest.approx((before[0][-1], before[1][-1]), rel=1e-6)


def test_a_ratio_to_nothing_has_no_interval() -> None:
    figures, widths = running([[0.0, 0.0], [0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])
    assert np.isnan(figures).tolist() == [True, True, False, False]
    assert np.isnan(widths).tolist() == [True, True, False, False]


def test_a_relative_width_is_that_over_the_figure() -> None:
    values = [9.0, 11.0, 10.0, 12.0]
    figures, widths = running(values)
    assert precision("wait_mean", relative=0.05).half_widths(values)[1:] == pytest.approx((widths / figures)[1:])


def test_a_maximum_that_is_run_in_vain_is_said() -> None:
    found = precision("wait_mean", half_width=0.01, maximum=20).stopping([0.5] * 20)
    assert found == Stopping(20, 0.5, reached=False, exhausted=True)


LAWS: dict[str, Callable[[np.random.Generator], NDArray[Any]]] = {
    "normal": lambda generator: generator.normal(1.0, 1.0, 2_000),
    "exponential": lambda generator: generator.exponential(1.0, 2_000),
    "lognormal (skewness 6)": lambda generator: generator.lognormal(-0.5, 1.0, 2_000),
}


@pytest.mark.parametrize(("law", "wanted"), [("normal", 0.93), ("exponential", 0.88), ("lognormal (skewness 6)", 0.8)])
def test_the_interval_that_it_stops_at_covers_the_truth(
    law: str, wanted: float, ratio: Callable[..., None], prove: bool
) -> None:
    trials, generator = (10_000 if prove else 1_000), np.random.default_rng(51)
    asked, covered, spent = precision("figure", half_width=0.2, maximum=2_000), 0, 0
    for _ in range(trials):
        figures, widths = running(LAWS[law](generator))
        found = asked.stopping(widths)
        assert found.reached
        covered += abs(figures[found.replications - 1] - 1.0) <= found.half_width
        spent += found.replications
    what = f"precision of 0.2 reached with {law} replications"
    ratio(f"{what}: coverage of the 95 % interval", covered / trials, f"{wanted} or more")
    ratio(f"{what}: replications", spent / trials, "")
    assert covered / trials > wanted


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "half_width: must be given, or relative, and not both"),
        ({"half_width": 0.1, "relative": 0.1}, "half_width: must be given, or relative, and not both"),
        ({"half_width": 0}, "half_width: must be a number above 0"),
        ({"half_width": 0.1, "confidence": 1}, "confidence: must be below 1"),
        ({"half_width": 0.1, "maximum": 9}, "maximum: must be at least first"),
        ({"half_width": 0.1, "look_ahead": -1}, "look_ahead: must be a whole number from 0"),
    ],
)
def test_arguments_that_cannot_be_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        precision("service_level", **settings)
    assert str(caught.value).startswith(message)
