"""Exact arithmetic on stays: clipping, splitting at borders, and the time that several stays cover together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.intervals import Intervals, intervals
from activity_sim.log import ACCEPTED, Legend, Log, once
from activity_sim.units import NEVER

Ints = NDArray[np.int64]
BLOCK = 1 << 15
"""So many spells at a time: what is derived from them stays in the processor's cache."""


@once
def spell_sums(log: Log) -> dict[str, Ints]:
    """Return the sums over the spells of the observed period, in which they are clipped.

    *total*, *spells*, *min* and *max* have a row a worker and a column an activity; *split* is the time by interval
    and activity, split exactly at the borders.
    """
    legend, spans, columns = log.legend, intervals(log.legend), log.columns["spells"]
    shape = (len(legend.workers), len(legend.activities))
    sums = {name: np.zeros(shape, dtype=np.int64) for name in ("total", "spells", "max")}
    sums["min"] = np.full(shape, NEVER, dtype=np.int64)
    split = {name: np.zeros((len(spans.edges), shape[1]), dtype=np.int64) for name in ("part", "change")}
    for first in range(0, len(columns["start"]), BLOCK):
        block = {name: column[first : first + BLOCK] for name, column in columns.items()}
        _add(sums, split, spans, clipped(legend, block))
    whole = np.cumsum(split["change"], axis=0)[:-1] * spans.lengths[:, None]
    return {**sums, "split": whole + split["part"][:-1]}


def clipped(legend: Legend, spells: dict[str, NDArray[Any]]) -> tuple[Ints, Ints, Ints, Ints]:
    """Return (worker, activity, start, end) of those of *spells* that the observed period has a part of."""
    start = np.maximum(spells["start"], legend.warm_up)
    kept = spells["end"] > start
    columns = (spells["worker"], spells["activity"], start, spells["end"])
    return columns if kept.all() else tuple(column[kept] for column in columns)


def _add(
    sums: dict[str, Ints], split: dict[str, Ints], spans: Intervals, spells: tuple[Ints, Ints, Ints, Ints]
) -> None:
    worker, activity, start, end = spells
    activities = np.int64(split["part"].shape[1])
    cell, length = worker * activities + activity, (end - start).view(np.int64)
    sums["spells"] += np.bincount(cell, minlength=sums["spells"].size).reshape(sums["spells"].shape)
    for name, gather in (("total", np.add), ("min", np.minimum), ("max", np.maximum)):
        gather.at(sums[name].reshape(-1), cell, length)
    _split(split, spans, activity, start, end)


def _split(split: dict[str, Ints], spans: Intervals, activity: Ints, start: Ints, end: Ints) -> None:
    """Add the part of each stay in its first interval, and for those that go on: whole intervals, and the last part."""
    part, change, activities = split["part"].reshape(-1), split["change"].reshape(-1), split["part"].shape[1]
    after = spans.begun(start)
    border = spans.edges.take(after)
    cell = after * activities
    cell += activity
    cell -= activities
    np.add.at(part, cell, (np.minimum(end, border) - start).view(np.int64))
    on = np.flatnonzero(end > border)
    last = spans.begun(end[on]) - 1
    np.add.at(part, last * activities + activity[on], end[on] - spans.edges[last])
    np.add.at(change, cell[on] + activities, 1)
    np.subtract.at(change, last * activities + activity[on], 1)


def in_hand(log: Log) -> tuple[NDArray[np.int32], Ints, Ints]:
    """Return the stretches (worker, start, end) for which each worker had each task in hand."""
    reservations, tasks = log.columns["reservations"], log.columns["tasks"]
    row = np.zeros(int(tasks["task"].max(initial=-1)) + 1, dtype=np.int64)
    row[tasks["task"]] = np.arange(len(tasks["task"]))
    accepted = np.flatnonzero(reservations["status"] == ACCEPTED)
    end = reservations["ended"].copy()
    end[accepted] = tasks["completed"][row[reservations["task"][accepted]]]
    end[end < 0] = log.legend.horizon
    return reservations["worker"], reservations["created"], end


def in_order(legend: Legend, worker: NDArray[np.integer], start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Return the starts and, for themselves, the ends of stretches in order, worker after worker.

    Both are clipped to the observed period; each worker's are moved by its number times (horizon + 1).
    """
    order = _by_worker(worker, len(legend.workers))
    base = worker[order] * np.int64(legend.horizon + 1)
    left, right = (np.maximum(moments[order], legend.warm_up) + base for moments in (start, end))
    return np.sort(left, kind="stable"), np.sort(right, kind="stable")


def _by_worker(worker: NDArray[np.integer], workers: int) -> Ints | slice:
    """Return the order by worker; small codes are sorted in a time that only grows with their number."""
    if np.all(worker[:-1] <= worker[1:]):
        return slice(None)
    return np.argsort(worker.astype(np.min_scalar_type(workers)), kind="stable")


def covered(legend: Legend, left: Ints, right: Ints) -> Ints:
    """Return for each worker the time that its stretches cover, counted once where they overlap.

    *left* and *right* are as :func:`in_order` returns them. Nothing is covered between the k-th end and the start
    after the k-th, if that comes later: so many stretches had begun by then, and all of them were over.
    """
    reached = np.concatenate([[0], right[:-1]]) if len(right) else right
    until = np.concatenate([[0], np.cumsum(right - np.maximum(left, reached))])
    borders = np.arange(len(legend.workers) + 1) * np.int64(legend.horizon + 1)
    return np.diff(until[np.searchsorted(left, borders)])
