"""What common random numbers win: variances of differences beside those of runs that have nothing in common."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import activity_sim as sim
from activity_sim.analysis.metrics import METRICS
from activity_sim.analysis.paired import minus

pytestmark = pytest.mark.filterwarnings("ignore:the interval.* of:activity_sim.errors.ActivitySimWarning")
WORKERS, LOAD = 100, 0.95
AN_HOUR = LOAD * WORKERS * 12
"""So many calls of five minutes."""


def day(patience: str | None = "3min") -> sim.Scenario:
    """Return eight hours of a hundred workers at 95 % load; callers who wait in vain leave."""
    calls = sim.Tasks(
        "call",
        arrivals=sim.Rates([["08:00", AN_HOUR], ["16:00", 0]]),
        handle_time=sim.Exponential("5min"),
        patience=patience and sim.Exponential(patience),
    )
    shift = sim.Shift("Available", "08:00", "16:00")
    return sim.Scenario(horizon="17h", workers=[sim.Workers("Tier 1", count=WORKERS, shifts=[shift])], tasks=[calls])


CHANGES = {
    "one worker more in a hundred": lambda scenario: scenario.with_workers("Tier 1", 1),
    "one more activity of 30 minutes": lambda scenario: scenario.with_activity("Training", minutes_per_day=30),
}


def won(scenario: sim.Scenario, other: sim.Scenario, metric: str, replications: int) -> tuple[float, float]:
    """Return how much larger the variance of the difference would be: as it is stated, and with another seed."""
    found = sim.compare(scenario, other, replications=replications, metrics=[metric], engine="compiled", executor=1)
    row = found.pairing[found.pairing["subject"] == "all"].iloc[0]
    stranger = sim.replicate(other, replications=replications, seed=2, engine="compiled", executor=1)
    apart = minus(METRICS[metric].linear(stranger), METRICS[metric].linear(found.baseline)).error[-1]
    return float(row["variance_reduction"]), float((apart / row["paired_error"]) ** 2)


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("metric", ["wait_mean", "service_level"])
def test_pairs_vary_less_than_strangers(change: str, metric: str, prove: bool, ratio: Callable[..., None]) -> None:
    stated, measured = won(day(), CHANGES[change](day()), metric, 1_000 if prove else 60)
    wanted = "at least 50" if (change, metric) == ("one worker more in a hundred", "wait_mean") else ""
    ratio(f"variance of the difference in {metric}, {change}: independent over paired, as stated", stated, wanted)
    ratio("the same with replications that are independent", measured, wanted)
    assert 0.5 < measured / stated < 2
    if prove and wanted:
        assert stated >= 50
        assert measured >= 50
    assert stated > 1


@pytest.mark.slow
def test_where_callers_wait_for_ever_pairs_win_less(prove: bool, ratio: Callable[..., None]) -> None:
    stated, measured = won(
        day(None), CHANGES["one worker more in a hundred"](day(None)), "wait_mean", 1_000 if prove else 60
    )
    ratio("variance of the difference in wait_mean, one worker more, nobody leaves: as stated", stated, "")
    ratio("the same with replications that are independent", measured, "")
    assert stated > 2
