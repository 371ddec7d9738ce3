"""The formulas over a grid of ten thousand cases beside pyworkforce, which takes one case at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from activity_sim.formulas import ErlangC, agents_required
from tests.benchmarks.timing import median_ratio, processor_time, take_turns

queuing = pytest.importorskip("pyworkforce.queuing", reason="pyworkforce is not installed: pip install '.[bench]'")

WITHIN = 0.1
Floats = NDArray[np.float64]
Grid = tuple[Floats, Floats]


def grid(most: float, second: Floats) -> Grid:
    """Return a hundred loads up to *most*, each with all of the *second*: ten thousand cases in all."""
    loads, others = np.meshgrid(np.linspace(most / 100, most, 100), second, indexing="ij")
    return loads.ravel(), others.ravel()


def our_levels(given: Grid) -> Floats:
    load, spare = given
    return ErlangC(arrival_rate=load, handle_time=1.0, servers=np.floor(load) + spare).service_level(WITHIN)


def their_levels(given: Grid) -> list[float]:
    return [theirs(load).service_level(int(load) + int(spare)) for load, spare in zip(*given, strict=True)]


def our_agents(given: Grid) -> NDArray[np.int64]:
    load, target = given
    return agents_required(load, 1.0, service_level=target, within=WITHIN)


def their_agents(given: Grid) -> list[int]:
    return [theirs(load).required_positions(target)["raw_positions"] for load, target in zip(*given, strict=True)]


def theirs(load: float) -> Any:
    return queuing.ErlangC(transactions=load, aht=1.0, asa=WITHIN, interval=1)


LEVELS = partial(grid, second=np.arange(1.0, 101.0))
AGENTS = partial(grid, second=np.linspace(0.5, 0.99, 100))


def test_both_say_the_same() -> None:
    load, spare = (column[::97] for column in LEVELS(1_000))
    assert our_levels((load, spare)) == pytest.approx(their_levels((load, spare)), rel=1e-9)
    load, target = (column[::997] for column in AGENTS(1_000))
    assert our_agents((load, target)).tolist() == their_agents((load, target))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "ours", "other", "cases"),
    [
        ("service levels", our_levels, their_levels, LEVELS),
        ("agents required", our_agents, their_agents, AGENTS),
    ],
)
def test_a_grid_is_a_hundred_times_as_fast(
    what: str,
    ours: Callable[[Grid], object],
    other: Callable[[Grid], object],
    cases: Callable[[float], Grid],
    prove: bool,
    ratio: Callable[..., None],
) -> None:
    ours(cases(10))  # scipy is imported at the first call
    for most, wanted in ((100, ""), (1_000, "at least 100")):
        rounds = take_turns(
            5 if prove else 1, partial(processor_time, ours, cases(most)), partial(processor_time, other, cases(most))
        )
        measured = median_ratio(rounds, 1, 0)
        ratio(f"{what}, 10,000 cases up to {most:,} erlangs: time of pyworkforce over ours", measured, wanted)
    assert measured >= 100
