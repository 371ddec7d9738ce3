"""What a log says, as the programs say it that have no log: the tasks that are over, and the time in each activity."""

from __future__ import annotations

import numpy as np

from activity_sim.log import ABANDONED, COMPLETED, Log
from tests.benchmarks.plain import Row


def rows(log: Log) -> list[Row]:
    """Return the rows of the plain programs for the tasks that are over."""
    names = ("task", "worker", "reserved", "accepted", "completed", "outcome")
    columns = [log.columns["tasks"][name].tolist() for name in names]
    return [row for row in zip(*columns, strict=True) if row[-1] in (COMPLETED, ABANDONED)]


def times(log: Log, activities: int) -> list[list[int]]:
    """Return the time of each worker in each of the first *activities*."""
    spells, total = log.columns["spells"], np.zeros((len(log.legend.workers), len(log.legend.activities)), np.int64)
    np.add.at(total, (spells["worker"], spells["activity"]), spells["end"] - spells["start"])
    return [row[:activities] for row in total.tolist()]
