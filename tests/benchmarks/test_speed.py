"""Tasks a second of the SimPy clock beside those of a plain SimPy program, and how the cost of a task grows.

Both run model M2 from the same drawn plan: workers at 95 % load, patience, reservation, handle and wrap-up times.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from activity_sim.engines import reference
from activity_sim.log import ABANDONED, COMPLETED, Log
from tests.benchmarks import plain
from tests.benchmarks.models import ACTIVITIES, m2
from tests.benchmarks.timing import median_ratio, processor_time, take_turns

NOISE = 0.85
"""A measured ratio may miss the wanted one by this factor: machines are shared."""


def rows(log: Log) -> list[plain.Row]:
    """Return the rows of the plain program for the tasks that are over."""
    names = ("task", "worker", "reserved", "accepted", "completed", "outcome")
    columns = [log.columns["tasks"][name].tolist() for name in names]
    return [row for row in zip(*columns, strict=True) if row[-1] in (COMPLETED, ABANDONED)]


def times(log: Log) -> list[list[int]]:
    """Return the time of each worker in each activity."""
    spells, workers, activities = log.columns["spells"], len(log.legend.workers), len(ACTIVITIES)
    total = np.zeros((workers, activities), dtype=np.int64)
    np.add.at(total, (spells["worker"], spells["activity"]), spells["end"] - spells["start"])
    return [row[:4] for row in total.tolist()]


@pytest.mark.parametrize("workers", [10, 100])
def test_both_programs_simulate_the_same(workers: int) -> None:
    plan = m2(workers, 4_000)
    log, centre = reference.run(plan), plain.run(plan)
    assert rows(log) == sorted(centre.rows)
    assert times(log) == [worker.time for worker in centre.workers]


@pytest.mark.slow
def test_the_clock_keeps_up_with_a_plain_program(prove: bool, ratio: Callable[..., None]) -> None:
    plan = m2(100, 100_000 if prove else 20_000)
    rounds = take_turns(
        15 if prove else 5,
        partial(processor_time, reference.run, plan),
        partial(processor_time, plain.run, plan),
    )
    measured = median_ratio(rounds, 1, 0)
    ratio("tasks a second, the SimPy clock over a plain SimPy program", measured, "at least 0.6")
    assert measured >= 0.6 * NOISE


@pytest.mark.slow
def test_a_task_costs_hardly_more_among_many_workers(prove: bool, ratio: Callable[..., None]) -> None:
    few, many = (m2(workers, 200_000 if prove else 20_000) for workers in (10, 5_000))
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
