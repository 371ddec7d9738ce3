"""Tasks a second of the SimPy clock beside those of a plain SimPy program, and how the cost of a task grows.

Both run model M2 from the same drawn plan: workers at 95 % load, patience, reservation, handle and wrap-up times.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from activity_sim.engines import reference
from tests.benchmarks import plain
from tests.benchmarks.models import m2
from tests.benchmarks.outcomes import rows, times
from tests.benchmarks.timing import NOISE, median_ratio, processor_time, take_turns


@pytest.mark.parametrize("workers", [10, 100])
def test_both_programs_simulate_the_same(workers: int) -> None:
    plan = m2(workers, 4_000)
    log, centre = reference.run(plan), plain.run(plan)
    assert rows(log) == sorted(centre.rows)
    assert times(log, 4) == [worker.time for worker in centre.workers]


@pytest.mark.slow
def test_the_clock_keeps_up_with_a_plain_program(prove: bool, ratio: Callable[..., None]) -> None:
    plan = m2(100, 100_000 if prove else 4_000)
    rounds = take_turns(  # short turns: the machine's pace changes from second to second, and is to hit both alike
        15 if prove else 55,
        partial(processor_time, reference.run, plan),
        partial(processor_time, plain.run, plan),
    )
    measured = median_ratio(rounds, 1, 0)
    ratio("tasks a second, the SimPy clock over a plain SimPy program", measured, "at least 0.6")
    assert measured >= 0.6 * NOISE


@pytest.mark.slow
def test_a_task_costs_hardly_more_among_many_workers(prove: bool, ratio: Callable[..., None]) -> None:
    few, many = (m2(workers, 200_000 if prove else 10_000) for workers in (10, 5_000))
    rounds = take_turns(
        9 if prove else 5,
        *(partial(processor_time, run, plan) for run in (reference.run, plain.run) for plan in (few, many)),
    )
    tasks = len(many.tasks.arrival) / len(few.tasks.arrival)
    ours, theirs = (median_ratio(rounds, above, below) / tasks for above, below in ((1, 0), (3, 2)))
    ratio("cost of a task, 5,000 workers over 10: the SimPy clock", ours, "")
    ratio("cost of a task, 5,000 workers over 10: a plain SimPy program", theirs, "")
    ratio("the first of these over the second", ours / theirs, "at most 1")
    assert ours / theirs <= 1 / NOISE
