"""How soon figures and plot follow a slider: a move beside the replications that it runs."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import pytest

import activity_sim as sim
from tests.benchmarks.timing import median_ratio, take_turns

MINUTES = 15
WANTED = 0.2
"""Seconds within which a move is to be seen."""


def desk() -> sim.Scenario:
    return sim.Scenario(
        start="2026-11-23T08:00:00",
        horizon="8h",
        workers=[sim.Workers("A", count=12, shifts=[sim.Shift("Available", "08:00", "16:00")])],
        tasks=[
            sim.Tasks(
                "call",
                arrivals=sim.Poisson(per_hour=120),
                handle_time=sim.LogNormal(mean="5min", cv=0.8),
                patience=sim.Exponential(mean="3min"),
            )
        ],
    )


@pytest.mark.slow
def test_how_soon_a_move_is_seen(prove: bool, ratio: Callable[..., None]) -> None:
    explorer = sim.explore(desk(), activity="Training", replications=10)
    explorer.sliders["Training: minutes a day"].value = MINUTES
    volumes = iter(range(101, 150))

    def move() -> float:
        start = perf_counter()
        explorer.sliders["Volume, %"].value = next(volumes)
        return perf_counter() - start

    def replications() -> float:
        start = perf_counter()
        sim.replicate(explorer.scenario.with_volume(1.001), replications=10, engine="compiled", executor=1)
        return perf_counter() - start

    rounds = take_turns(20 if prove else 5, move, replications)
    ratio("a move of a slider over its ten replications alone", median_ratio(rounds, 0, 1), "")
    ratio("a move of a slider over 200 ms", median(one[0] for one in rounds) / WANTED, "below 1 on a quiet machine")
