"""What became of tasks: counts, waits and service level by slot and task type.

A slot is a stretch of time (all of it, an interval, a time of the day); a cell is a slot of a task type. Cells are
numbered slot by slot, and each slot has one more for all task types together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis import estimates
from activity_sim.analysis.table import bounded, with_interval
from activity_sim.log import ABANDONED, OUTCOMES, Legend, Log
from activity_sim.units import SECOND

Ints = NDArray[np.int64]
COUNTS = ("offered", *OUTCOMES)
SUMS = (*COUNTS, "accepted", "wait", "wait_accepted", "within", "eligible")
RATIOS = {
    "abandoned_share": ("abandoned", "offered"),
    "wait_mean": ("wait", "offered"),
    "wait_accepted_mean": ("wait_accepted", "accepted"),
}


def waits(log: Log) -> Ints:
    """Return how long each task waited: until it was accepted, left, or the horizon came."""
    tasks = log.columns["tasks"]
    end = np.where(tasks["accepted"] >= 0, tasks["accepted"], tasks["completed"])
    return np.asarray(np.where(end < 0, log.legend.horizon, end) - tasks["arrival"])


def task_sums(log: Log, slot: Ints, slots: int) -> dict[str, NDArray[Any]]:
    """Return the sums of each cell, and every wait with its cell, for tasks in one of *slots* (-1: in none)."""
    legend, tasks, kept = log.legend, log.columns["tasks"], slot >= 0
    types = len(legend.task_types) + 1
    cell = slot[kept] * types + tasks["task_type"][kept]
    wait, outcome = waits(log)[kept], tasks["outcome"][kept]
    accepted = tasks["accepted"][kept] >= 0
    within, eligible = _served(legend, tasks["task_type"][kept], wait, accepted, outcome == ABANDONED)
    columns = {
        "offered": np.ones(len(cell)),
        **{name: outcome == code for code, name in enumerate(OUTCOMES)},
        "accepted": accepted,
        "wait": wait,
        "wait_accepted": wait * accepted,
        "within": within,
        "eligible": eligible,
    }
    sums = {name: _sum(column, cell, slots, types) for name, column in columns.items()}
    return {**sums, "waits": wait, "cell": cell.astype(np.int32)}


def _sum(column: NDArray[Any], cell: Ints, slots: int, types: int) -> Ints:
    by_type = np.bincount(cell, weights=column, minlength=slots * types).astype(np.int64).reshape(slots, types)
    by_type[:, -1] = by_type.sum(axis=1)
    return by_type


def _served(
    legend: Legend, task_type: Ints, wait: Ints, accepted: NDArray[np.bool_], abandoned: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which tasks count as served in time, and which count at all, by their service level's definition."""
    threshold = np.array([level.within for level in legend.service_levels] or [0], dtype=np.int64)[task_type]
    definition = np.array([level.definition for level in legend.service_levels] or [""])[task_type]
    in_time = wait <= threshold
    whatever = definition == "served_or_abandoned_within"
    short = (definition == "excluding_short_abandons") & abandoned & in_time
    unanswered = (definition == "answered_of_answered") & ~accepted
    return in_time & (accepted | whatever), ~(short | unanswered)


def task_table(legend: Legend, sums: Sequence[dict[str, NDArray[Any]]]) -> pd.DataFrame:
    """Return the table of the cells, slot by slot, from the *sums* of all replications."""
    count = len(sums)
    stacked = {name: np.stack([one[name].ravel() for one in sums]) for name in SUMS}
    slots = stacked["offered"].shape[1] // (len(legend.task_types) + 1)
    names = [*legend.task_types, "all"]
    columns: dict[str, Any] = {"task_type": np.tile(np.array(names, dtype=object), slots)}
    for name in COUNTS:
        if count == 1:
            columns[name] = stacked[name][0]
        else:
            columns |= bounded(with_interval(name, estimates.mean(stacked[name]), count), 0)
    for name, (above, below) in RATIOS.items():
        scale = SECOND if name.startswith("wait") else 1
        estimate = estimates.ratio(stacked[above] / scale, stacked[below])
        columns |= bounded(with_interval(name, estimate, count), 0, np.inf if scale > 1 else 1)
    columns |= bounded(with_interval("wait_p90", _percentiles(sums, len(names), slots), count), 0)
    level = estimates.ratio(stacked["within"], stacked["eligible"])
    columns |= bounded(with_interval("service_level", level, count), 0, 1)
    columns["service_level_definition"] = _definitions(legend) * slots
    return pd.DataFrame(columns)


def _definitions(legend: Legend) -> list[str]:
    names = [level.definition for level in legend.service_levels]
    together = names[0] if len(set(names)) == 1 else "mixed" if names else ""
    return [*names, together]


def _percentiles(sums: Sequence[dict[str, NDArray[Any]]], types: int, slots: int) -> estimates.Estimate:
    wait = np.concatenate([one["waits"] for one in sums]) / SECOND
    cell = np.concatenate([one["cell"] for one in sums]).astype(np.int64)
    replication = np.repeat(np.arange(len(sums)), [len(one["waits"]) for one in sums])
    together = cell // types * types + types - 1
    found = np.full((slots * types, 3), np.nan)
    for cells in (cell, together):
        order = np.argsort(cells, kind="stable")
        borders = np.searchsorted(cells[order], np.arange(slots * types + 1))
        for number in np.unique(cells):
            mine = order[borders[number] : borders[number + 1]]
            found[number] = estimates.percentile(0.9, wait[mine], replication[mine], len(sums))
    return estimates.Estimate(*found.T)
