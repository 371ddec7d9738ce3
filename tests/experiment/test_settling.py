"""When waits have settled: in a line that settles, and not in one that never does."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

import activity_sim as sim
from activity_sim.analysis import plots
from activity_sim.analysis.steady import mser5
from activity_sim.errors import InputError
from activity_sim.units import SECOND


def line(load: float, hours: int = 24) -> sim.Scenario:
    """Return ten workers who are there from the start, and at first idle."""
    always = sim.Routine(start="Available", stay={}, next={})
    calls = sim.Tasks("call", arrivals=sim.Poisson(load * 150), handle_time=sim.Exponential("4min"))
    return sim.Scenario(horizon=f"{hours}h", workers=[sim.Workers("A", count=10, routine=always)], tasks=[calls])


@pytest.fixture(scope="module")
def found() -> sim.Settled:
    return sim.settled(line(0.9), replications=10, executor=1)


def test_a_line_that_settles_is_cut_where_mser5_says(found: sim.Settled) -> None:
    each = []
    for log in sim.replicate(line(0.9), replications=10, executor=1, keep_logs=True).logs:
        tasks, step = log.columns["tasks"], log.columns["tasks"]["arrival"] // (300 * SECOND)
        wait, left = tasks["accepted"] - tasks["arrival"], tasks["accepted"] < 0
        each.append([np.bincount(step, weights, 288) for weights in (wait / SECOND, np.ones(len(step)), left)])
    waited, offered, left = np.sum(each, axis=0)
    steps = int(np.flatnonzero(left == 0)[-1]) + 1
    means = waited[:steps] / offered[:steps]
    assert 280 < steps < 288
    assert found.table["mean"].to_numpy() == pytest.approx(means)
    assert found.warm_up == mser5(means) * 300 * SECOND
    assert found.table["time"].tolist() == [5.0 * step for step in range(steps)]
    assert repr(found) == f"<Settled after {found.warm_up}>"


def test_it_leaves_out_something_and_less_than_half(found: sim.Settled) -> None:
    assert 0 < found.warm_up < 12 * 3_600 * SECOND
    kept = sim.replicate(attrs.evolve(line(0.9), warm_up=found.warm_up), replications=10, executor=1)
    whole = sim.replicate(line(0.9), replications=10, executor=1)
    waits = [study.table("task_summary")["wait_mean"].iloc[-1] for study in (kept, whole)]
    assert waits[0] > waits[1]


@pytest.mark.parametrize("load", [1.1, 1.3, 2.0])
def test_a_line_that_never_settles_is_refused(load: float) -> None:
    with pytest.raises(InputError, match=r"horizon\.series: must be longer to show that it has settled"):
        sim.settled(line(load), replications=5, executor=1)


@pytest.mark.parametrize(
    ("scenario", "wrong", "message"),
    [
        (attrs.evolve(line(0.9), warm_up="1h"), {}, "warm_up: must be 0 while it is being looked for, not '1h'"),
        (line(0.9), {"step": "soon"}, "step.interval: must be a duration"),
        (line(0.9), {"step": "1s"}, "step: must be so long that tasks arrive in each"),
        (line(0.9, 4), {}, r"horizon\.series: must have at least 50 values, not 4\d"),
        (line(0.9), {"window": 80}, r"window: must be a whole number from 1 to 7\d"),
        (attrs.evolve(line(0.9), tasks=[]), {}, "step: must be so long that tasks arrive in each"),
    ],
)
def test_what_cannot_be_told_is_refused(scenario: sim.Scenario, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim.settled(scenario, **{"replications": 2, "executor": 1} | wrong)


def test_the_plot_draws_the_table(found: sim.Settled) -> None:
    mean, smoothed, cut = plots.welch(found.table, warm_up=found.warm_up / (60 * SECOND)).lines
    assert np.asarray(mean.get_xydata()) == pytest.approx(found.table[["time", "mean"]].to_numpy())
    assert np.asarray(smoothed.get_ydata()) == pytest.approx(found.table["smoothed"].to_numpy(), nan_ok=True)
    assert found.table["smoothed"].isna().sum() == 6
    assert np.asarray(cut.get_xdata()).tolist() == [found.warm_up / (60 * SECOND)] * 2
