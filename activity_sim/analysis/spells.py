"""Exact arithmetic on stays: clipping, splitting at borders, and the time that several stays cover together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from activity_sim.log import ACCEPTED, Legend, Log

Ints = NDArray[np.int64]


def clipped(log: Log, *keys: str) -> tuple[Ints, Ints]:
    """Return the spells of the observed period as (cell, length); cells number "activity" or ("worker", "activity")."""
    spells, legend = log.columns["spells"], log.legend
    length = spells["end"] - np.maximum(spells["start"], legend.warm_up)
    kept = length > 0
    cell = spells[keys[-1]][kept].astype(np.int64)
    if len(keys) > 1:
        cell += spells["worker"][kept].astype(np.int64) * len(legend.activities)
    return cell, length[kept]


def time_until(moments: Ints, start: Ints, end: Ints) -> Ints:
    """Return how much of the stays from *start* to *end* lies before each of *moments*.

    The sum of min(end, t) - min(start, t) over all stays, from sorted prefix sums: its cost does not depend on how
    many borders a stay crosses.
    """
    return _capped(moments, end) - _capped(moments, start)


def _capped(moments: Ints, values: Ints) -> Ints:
    ordered = np.sort(values)
    before = np.searchsorted(ordered, moments)
    sums = np.concatenate([[0], np.cumsum(ordered)])
    return np.asarray(sums[before] + moments * (len(ordered) - before))


def in_hand(log: Log) -> tuple[Ints, Ints, Ints]:
    """Return the stretches (worker, start, end) for which each worker had each task in hand."""
    reservations, tasks = log.columns["reservations"], log.columns["tasks"]
    end = np.where(reservations["ended"] < 0, log.legend.horizon, reservations["ended"])
    accepted = reservations["status"] == ACCEPTED
    order = np.argsort(tasks["task"])
    row = order[np.searchsorted(tasks["task"], reservations["task"][accepted], sorter=order)]
    completed = tasks["completed"][row]
    end[accepted] = np.where(completed < 0, log.legend.horizon, completed)
    return reservations["worker"].astype(np.int64), reservations["created"], end


def overlap_free(legend: Legend, worker: NDArray[np.integer], start: Ints, end: Ints) -> Ints:
    """Return for each worker the observed time that its stretches cover, counted once where they overlap."""
    width = legend.horizon + 1
    left = np.maximum(start, legend.warm_up) + worker.astype(np.int64) * width
    right = np.maximum(end, legend.warm_up) + worker.astype(np.int64) * width
    order = np.argsort(left, kind="stable")
    left, right = left[order], right[order]
    reached = np.concatenate([[0], np.maximum.accumulate(right)[:-1]]) if len(right) else right
    covered = np.maximum(right - np.maximum(left, reached), 0)
    totals = np.bincount(left // width, weights=covered, minlength=len(legend.workers))
    return totals.astype(np.int64)
