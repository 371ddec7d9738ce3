"""What became of tasks: counts, waits and service level by slot and task type.

A slot is a stretch of time (all of it, an interval, a time of the day); a cell is a slot of a task type. Cells are
numbered slot by slot, and each slot has one more for all task types together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sized
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis import estimates
from activity_sim.analysis.intervals import intervals
from activity_sim.analysis.percentiles import percentiles
from activity_sim.analysis.sums import Gathered, Sums, Waited
from activity_sim.analysis.table import bounded, with_interval
from activity_sim.compiling import is_open
from activity_sim.log import ABANDONED, OUTCOMES, Legend, Log, once
from activity_sim.units import SECOND

Ints = NDArray[np.int64]
COUNTS = ("offered", *OUTCOMES)
SUMS = (*COUNTS, "accepted", "wait", "wait_accepted", "within", "eligible")
FATES = 2 * len(OUTCOMES)
STEPS = (
    *(0, 1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 105, 120, 150, 180, 240, 300, 360, 420, 480, 540, 600),
    *(720, 900, 1_200, 1_500, 1_800, 2_700, 3_600, 5_400, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200, 86_400),
)
"""The waits, in seconds, that the distribution of waits has a row for."""
QUANTILES = {"p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
SPREAD = {"service_level": ("within", "eligible"), "wait_mean": ("wait", "offered"), "offered": ("offered", "")}
RATIOS = {
    "abandoned_share": ("abandoned", "offered"),
    "wait_mean": ("wait", "offered"),
    "wait_accepted_mean": ("wait_accepted", "accepted"),
}


def waits(log: Log) -> Ints:
    """Return how long each task waited: until it was accepted, left, or the horizon came."""
    tasks = log.columns["tasks"]
    end = np.where(tasks["accepted"] >= 0, tasks["accepted"], tasks["completed"])
    end[end < 0] = log.legend.horizon
    return np.asarray(end - tasks["arrival"])


@once
def interval_sums(log: Log) -> Sums:
    """Return the sums of each cell, slots being intervals, and every wait with its cell."""
    legend = log.legend
    shape = (len(intervals(legend).starts), len(legend.task_types), len(OUTCOMES), 2, 2)
    counts, waited, wait, cell = _tallied_by_numba(log, shape) if is_open() else _tallied(log, shape)
    return {**_with_all(_figures(legend, counts, waited)), "waits": wait, "cell": cell}


def _tallied(log: Log, shape: tuple[int, ...]) -> tuple[NDArray[Any], ...]:
    """Return counts and waits by interval, type, outcome, whether accepted, and whether within T; and all waits."""
    legend, tasks, spans = log.legend, log.columns["tasks"], intervals(log.legend)
    interval, wait, types = spans.of(tasks["arrival"]), waits(log), len(legend.task_types)
    fate = 2 * tasks["outcome"] + (tasks["accepted"] >= 0)
    columns, kept = (interval, tasks["task_type"], fate, wait), interval >= 0
    interval, task_type, fate, wait = columns if kept.all() else (column[kept] for column in columns)
    code = ((interval * types + task_type) * FATES + fate) * 2 + (wait <= _levels(legend)[task_type])
    counts = np.bincount(code, minlength=math.prod(shape)).reshape(shape)
    waited = np.zeros(shape, dtype=np.int64)
    np.add.at(waited.reshape(-1), code, wait.view(np.int64))
    return counts, waited, wait, (interval * (types + 1) + task_type).astype(np.int32)


def _tallied_by_numba(log: Log, shape: tuple[int, ...]) -> tuple[NDArray[Any], ...]:
    from activity_sim.analysis.compiled import add_tasks

    legend, columns = log.legend, log.columns["tasks"]
    tasks = tuple(columns[name] for name in ("arrival", "task_type", "accepted", "completed", "outcome"))
    counts, waited = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    wait, cell = (np.empty(len(tasks[0]), dtype=kind) for kind in (np.int64, np.int32))
    edges = intervals(legend).edges
    kept = add_tasks(tasks, legend.horizon, edges, _levels(legend), (counts, waited), wait, cell)
    return counts, waited, wait[:kept], cell[:kept]


def _levels(legend: Legend) -> Ints:
    return np.array([level.within for level in legend.service_levels], dtype=np.int64)


def _figures(legend: Legend, counts: Ints, waited: Ints) -> Sums:
    """Return the sums by slot and type from those by outcome, whether accepted, and whether within T, too."""
    each = (2, 3, 4)
    return {
        "offered": counts.sum(axis=each),
        **{name: counts[:, :, code].sum(axis=(2, 3)) for code, name in enumerate(OUTCOMES)},
        "accepted": counts[:, :, :, 1].sum(axis=(2, 3)),
        "wait": waited.sum(axis=each),
        "wait_accepted": waited[:, :, :, 1].sum(axis=(2, 3)),
        **_served(legend, counts),
    }


def _served(legend: Legend, counts: Ints) -> Sums:
    """Return how many tasks were served in time, and how many count at all, by their service level's definition."""
    definition = np.array([level.definition for level in legend.service_levels], dtype=object)
    not_accepted, abandoned = counts[:, :, :, 0].sum(axis=2), counts[:, :, ABANDONED].sum(axis=2)
    in_vain = not_accepted[..., 1] * (definition != "served_or_abandoned_within")
    short = abandoned[..., 1] * (definition == "excluding_short_abandons")
    unanswered = not_accepted.sum(axis=2) * (definition == "answered_of_answered")
    return {
        "within": counts[..., 1].sum(axis=(2, 3)) - in_vain,
        "eligible": counts.sum(axis=(2, 3, 4)) - short - unanswered,
    }


def _with_all(sums: Sums) -> Sums:
    return {name: np.append(sum_, sum_.sum(axis=1, keepdims=True), axis=1) for name, sum_ in sums.items()}


def pooled_waits(log: Log) -> Waited:
    """Return the cell, slots being intervals, and the length of every wait."""
    sums = interval_sums(log)
    return sums["cell"], sums["waits"]


def regrouped(sums: Sums, slot: Ints, labels: Sized) -> Sums:
    """Return the *sums* of intervals put together in slots; *slot* has the one of each interval."""
    together = {name: np.zeros((len(labels), sums["offered"].shape[1]), dtype=np.int64) for name in SUMS}
    for name in SUMS:
        np.add.at(together[name], slot, sums[name])
    return together


def task_table(legend: Legend, sums: Gathered, slot: Ints) -> pd.DataFrame:
    """Return the table of the cells, slot by slot, from *sums*; *slot* has the one of each interval."""
    count, types = len(sums), len(legend.task_types) + 1
    slots = sums["offered"].shape[1]
    names = [*legend.task_types, "all"]
    columns: dict[str, Any] = {"task_type": np.tile(np.array(names, dtype=object), slots)}
    for name in COUNTS:
        if count == 1:
            columns[name] = _by_cell(sums, name)[0]
        else:
            columns |= bounded(with_interval(name, estimates.mean(_by_cell(sums, name)), count), 0)
    for name, (above, below) in RATIOS.items():
        scale = SECOND if name.startswith("wait") else 1
        estimate = estimates.ratio(_by_cell(sums, above) / scale, _by_cell(sums, below))
        columns |= bounded(with_interval(name, estimate, count), 0, np.inf if scale > 1 else 1)
    columns |= bounded(with_interval("wait_p90", estimates.jackknife(*wait_percentiles(sums, slot, types)), count), 0)
    level = estimates.ratio(_by_cell(sums, "within"), _by_cell(sums, "eligible"))
    columns |= bounded(with_interval("service_level", level, count), 0, 1)
    columns["service_level_definition"] = _definitions(legend) * slots
    return pd.DataFrame(columns)


def _by_cell(sums: Gathered, name: str) -> NDArray[Any]:
    return sums[name].reshape(len(sums), -1)


def _definitions(legend: Legend) -> list[str]:
    names = [level.definition for level in legend.service_levels]
    together = names[0] if len(set(names)) == 1 else "mixed" if names else ""
    return [*names, together]


def wait_percentiles(sums: Gathered, slot: Ints, types: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 90th percentile of the waits of each cell, in seconds, and those with each replication left out.

    *slot* has the slot of each interval; *types* is the number of cells of a slot.
    """
    slots = int(slot.max(initial=-1)) + 1
    place = (slot[:, None] * types + np.arange(types)).ravel()
    apart = percentiles(0.9, lambda: ((place[cell], wait) for cell, wait in sums.waits()), slots * types)
    whole: Iterable[NDArray[np.float64]] = (one[..., ::types] for one in apart)
    if types > 2:
        whole = percentiles(0.9, lambda: ((slot[cell // types], wait) for cell, wait in sums.waits()), slots)
    for among, all_ in zip(apart, whole, strict=True):
        among[..., types - 1 :: types] = all_
    return apart.value / SECOND, apart.left_out / SECOND


def wait_steps(legend: Legend) -> Ints:
    """Return the waits that the distribution has rows for, in microseconds: those of STEPS, and each type's threshold.

    The last one is the observed period, which no wait exceeds.
    """
    observed = legend.observed
    steps = {step * SECOND for step in STEPS if step * SECOND < observed}
    return np.array(sorted({*steps, *(min(level, observed) for level in _levels(legend).tolist()), observed}))


def waits_by_step(log: Log) -> Sums:
    """Return how many tasks of each type (rows; the last of all) waited at most as long as each of the steps."""
    legend, sums = log.legend, interval_sums(log)
    steps, types = wait_steps(legend), len(legend.task_types)
    place = np.searchsorted(steps, np.minimum(sums["waits"], steps[-1]))
    code = (sums["cell"] % (types + 1)) * np.int64(len(steps)) + place
    counts = np.bincount(code, minlength=(types + 1) * len(steps)).reshape(types + 1, len(steps))
    counts[types] = counts[:types].sum(axis=0)
    return {"within": np.cumsum(counts, axis=1)}


def wait_table(legend: Legend, sums: Gathered) -> pd.DataFrame:
    """Return the distribution of waits by task type."""
    steps, names = wait_steps(legend), np.array([*legend.task_types, "all"], dtype=object)
    within = sums["within"]
    share = estimates.ratio(within, np.broadcast_to(within[:, :, -1:], within.shape))
    return pd.DataFrame(
        {
            "task_type": names.repeat(len(steps)),
            "wait": np.tile(steps / SECOND, len(names)),
            "tasks": within.mean(axis=0).ravel(),
            **{
                name: column.ravel() for name, column in bounded(with_interval("share", share, len(sums)), 0, 1).items()
            },
        }
    )


def spread_table(sums: Gathered) -> pd.DataFrame:
    """Return quantiles over replications of the figures of :data:`SPREAD`, of all tasks together, by interval."""
    parts = [_quantiles(_each_figure(sums, above, below)) for above, below in SPREAD.values()]
    metrics = np.array(list(SPREAD), dtype=object)
    columns = np.stack(parts, axis=2).reshape(len(QUANTILES), -1)
    metric = np.tile(metrics, columns.shape[1] // len(metrics))
    return pd.DataFrame({"metric": metric, **dict(zip(QUANTILES, columns, strict=True))})


def _each_figure(sums: Gathered, above: str, below: str) -> NDArray[np.float64]:
    """Return a figure of all tasks together by replication and interval; NaN where there is nothing to divide by."""
    upper = sums[above][:, :, -1] / (SECOND if above == "wait" else 1)
    if not below:
        return np.asarray(upper, dtype=np.float64)
    lower = sums[below][:, :, -1]
    return np.asarray(np.divide(upper, lower, out=np.full(upper.shape, np.nan), where=lower > 0))


def _quantiles(figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the quantiles (rows) of each column of *figures*, over the replications that have a figure."""
    found = np.full((len(QUANTILES), figures.shape[1]), np.nan)
    some = np.flatnonzero(np.isfinite(figures).any(axis=0))
    found[:, some] = np.nanquantile(figures[:, some], list(QUANTILES.values()), axis=0)
    return found
