"""Exact arithmetic on stays: clipping, splitting at borders, and the time that several stays cover together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.intervals import Intervals, intervals
from activity_sim.compiling import is_open
from activity_sim.log import ACCEPTED, Columns, Legend, Log, once
from activity_sim.units import NEVER

Ints = NDArray[np.int64]
SPELL = ("worker", "activity", "start", "end")
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
    add = _add_by_numba if is_open() else _add
    add(legend, columns, sums, split)
    whole = np.cumsum(split["change"], axis=0)[:-1] * spans.lengths[:, None]
    return {**sums, "split": whole + split["part"][:-1]}


def clipped(legend: Legend, spells: Columns) -> tuple[NDArray[Any], ...]:
    """Return (worker, activity, start, end) of those of *spells* that the observed period has a part of."""
    start = np.maximum(spells["start"], legend.warm_up)
    kept = spells["end"] > start
    columns = (spells["worker"], spells["activity"], start, spells["end"])
    return columns if kept.all() else tuple(column[kept] for column in columns)


def _add(legend: Legend, columns: Columns, sums: dict[str, Ints], split: dict[str, Ints]) -> None:
    for first in range(0, len(columns["start"]), BLOCK):
        block = {name: column[first : first + BLOCK] for name, column in columns.items()}
        _add_block(sums, split, intervals(legend), clipped(legend, block))


def _add_by_numba(legend: Legend, columns: Columns, sums: dict[str, Ints], split: dict[str, Ints]) -> None:
    from activity_sim.analysis.compiled import SPENT, add_spells

    spent = np.zeros(sums["total"].size, dtype=SPENT)
    spent["min"] = NEVER
    spells = tuple(columns[name] for name in SPELL)
    add_spells(spells, legend.warm_up, intervals(legend).edges, spent, (split["part"], split["change"]))
    for name, sum_ in sums.items():
        sum_.reshape(-1)[:] = spent[name]


def _add_block(
    sums: dict[str, Ints], split: dict[str, Ints], spans: Intervals, spells: tuple[NDArray[Any], ...]
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


def occupied(log: Log) -> tuple[Ints, Ints]:
    """Return for each worker the time with a task in hand, and that with one or in an available activity."""
    found = _occupied_by_numba(log) if is_open() else None
    return found or _occupied(log)


def _occupied(log: Log) -> tuple[Ints, Ints]:
    legend, spells = log.legend, log.columns["spells"]
    rows = np.flatnonzero(np.array(legend.available, dtype=np.bool_)[spells["activity"]])
    hands = in_order(legend, *in_hand(log))
    open_ = in_order(legend, *(spells[name][rows] for name in ("worker", "start", "end")))
    left, right = (np.sort(np.concatenate(pair), kind="stable") for pair in zip(hands, open_, strict=True))
    return covered(legend, *hands), covered(legend, left, right)


def _occupied_by_numba(log: Log) -> tuple[Ints, Ints] | None:
    """Return what :func:`occupied` does, or None where rows are not in the order in which an engine writes them."""
    from activity_sim.analysis.compiled import HELD, cover

    legend, columns = log.legend, log.columns
    spells = tuple(columns["spells"][name] for name in SPELL)
    reservations = tuple(columns["reservations"][name] for name in ("worker", "task", "created", "ended", "status"))
    available, staff = np.array(legend.available, dtype=np.bool_), np.zeros(len(legend.workers), dtype=HELD)
    staff["held_until"] = staff["open_until"] = legend.warm_up
    in_order = cover(spells, available, reservations, completions(log), legend.horizon, staff)
    return (staff["held"], staff["open"]) if in_order else None


def occupied_by_interval(log: Log) -> tuple[Ints, Ints]:
    """Return what :func:`occupied` does by interval (rows) and worker group (columns), split exactly at the borders."""
    legend, spells = log.legend, log.columns["spells"]
    rows = np.flatnonzero(np.array(legend.available, dtype=np.bool_)[spells["activity"]])
    hands = in_order(legend, *in_hand(log))
    open_ = in_order(legend, *(spells[name][rows] for name in ("worker", "start", "end")))
    either = tuple(np.sort(np.concatenate(pair), kind="stable") for pair in zip(hands, open_, strict=True))
    return _covered_by_interval(legend, *hands), _covered_by_interval(legend, *either)


def _covered_by_interval(legend: Legend, left: Ints, right: Ints) -> Ints:
    """Return the time that the stretches of :func:`in_order` cover, by interval and worker group."""
    apart = np.int64(legend.horizon + 1)
    first, last = np.append(True, left[1:] > right[:-1]), np.append(left[1:] > right[:-1], True)
    start, end = (moments[ends[: len(moments)]] for moments, ends in ((left, first), (right, last)))
    kept = end > start
    worker, start, end = start[kept] // apart, start[kept] % apart, end[kept] % apart
    groups = legend.worker_group[worker].astype(np.int64)
    return split_at_borders(intervals(legend), (groups, start, end), len(legend.worker_groups))


def split_at_borders(spans: Intervals, stretches: tuple[Ints, Ints, Ints], columns: int) -> Ints:
    """Return the time of *stretches* (column, start, end) by interval (rows) and column, split exactly at the borders.

    No stretch may be empty, or reach out of the intervals.
    """
    split = {name: np.zeros((len(spans.edges), columns), dtype=np.int64) for name in ("part", "change")}
    _split(split, spans, *stretches)
    return np.asarray(np.cumsum(split["change"], axis=0)[:-1] * spans.lengths[:, None] + split["part"][:-1])


def completions(log: Log) -> Ints:
    """Return when each task was completed or left, by its number."""
    tasks = log.columns["tasks"]
    completed = np.zeros(int(tasks["task"].max(initial=-1)) + 1, dtype=np.int64)
    completed[tasks["task"]] = tasks["completed"]
    return completed


def in_hand(log: Log) -> tuple[NDArray[np.int32], Ints, Ints]:
    """Return the stretches (worker, start, end) for which each worker had each task in hand."""
    reservations = log.columns["reservations"]
    accepted = np.flatnonzero(reservations["status"] == ACCEPTED)
    end = reservations["ended"].copy()
    end[accepted] = completions(log)[reservations["task"][accepted]]
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
