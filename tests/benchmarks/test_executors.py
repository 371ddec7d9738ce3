"""What processes win for a study, what somebody else's cluster costs, and what a comparison costs beside its studies.

Times of studies in other processes are those of the clock on the wall; the programs take turns.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from time import perf_counter

import pytest

import activity_sim as sim
from tests.benchmarks.models import scenario_m2
from tests.benchmarks.timing import median_ratio, processor_time, take_turns

ROUNDS, FEW_ROUNDS = 5, 3


def waited(where: Executor | int, replications: int) -> float:
    """Return the seconds on the wall that a study takes there."""
    gc.collect()
    start = perf_counter()
    study(where, replications)
    return perf_counter() - start


def study(where: Executor | int, replications: int) -> sim.Study:
    return sim.replicate(scenario_m2(100, 20_000), replications=replications, engine="compiled", executor=where)


@pytest.mark.slow
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two processors")
def test_two_processes_are_faster_than_one(prove: bool, ratio: Callable[..., None]) -> None:
    replications = 200 if prove else 10
    turns = ROUNDS if prove else FEW_ROUNDS
    study(2, 20)  # starts the processes
    rounds = take_turns(turns, partial(waited, 1, replications), partial(waited, 2, replications))
    measured = median_ratio(rounds, 0, 1)
    ratio(f"{replications} replications, one process over two", measured, "at least 1.6")
    here = take_turns(turns, *(partial(processor_time, partial(study, where), replications) for where in (2, 1)))
    left = median_ratio(here, 0, 1)
    ratio("processor time that stays in this process, two processes over one", left, "at most 0.25")
    if prove:
        assert left <= 2 / 1.6 - 1  # more, and two processors could not do it 1.6 times as fast
        assert measured >= 1.6


@pytest.mark.slow
def test_what_a_cluster_of_dask_adds(prove: bool, ratio: Callable[..., None]) -> None:
    distributed = pytest.importorskip("distributed")
    replications = 200 if prove else 10
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, protocol="tcp", dashboard_address=None, worker_dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        executor = client.get_executor()
        for where in (2, executor):
            study(where, 20)
        rounds = take_turns(
            ROUNDS if prove else FEW_ROUNDS, partial(waited, executor, replications), partial(waited, 2, replications)
        )
    ratio(
        f"{replications} replications, a local cluster of Dask over our own two processes",
        median_ratio(rounds, 0, 1),
        "",
    )


@pytest.mark.slow
def test_a_comparison_costs_little_more_than_its_studies(prove: bool, ratio: Callable[..., None]) -> None:
    replications = 100 if prove else 10
    day = scenario_m2(100, 20_000)
    more = day.with_workers("Team 0", 1)

    def both(count: int) -> None:
        for scenario in (day, more):
            sim.replicate(scenario, replications=count, engine="compiled", executor=1)

    def compared(count: int) -> None:
        sim.compare(day, more, replications=count, engine="compiled", executor=1)

    both(1)
    rounds = take_turns(
        ROUNDS if prove else FEW_ROUNDS,
        partial(processor_time, compared, replications),
        partial(processor_time, both, replications),
    )
    ratio(f"a comparison of {replications} pairs over the two studies alone", median_ratio(rounds, 0, 1), "below 1.3")
    if prove:
        assert median_ratio(rounds, 0, 1) < 1.3
