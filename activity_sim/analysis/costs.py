"""What a run cost: hours of workers, overtime, abandoned tasks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis import estimates
from activity_sim.analysis.spells import covered, in_order, spell_sums
from activity_sim.analysis.sums import Gathered, Sums
from activity_sim.analysis.table import bounded, with_interval
from activity_sim.log import ABANDONED, Legend, Log, Prices
from activity_sim.units import SECOND

Floats = NDArray[np.float64]
MINUTE, HOUR = 60 * SECOND, 3_600 * SECOND


def reduce_costs(log: Log) -> Sums:
    """Return the quantities that have a price, and the *cost* of each worker group and of all there is."""
    legend, prices = log.legend, log.legend.prices
    if prices is None:
        return {"cost": np.zeros(len(legend.worker_groups) + 1)}
    hours = _of_groups(legend, spell_sums(log)["total"] / HOUR)
    minutes = _of_groups(legend, _overtime(log, prices) / MINUTE)
    abandoned = _abandoned(log)
    of_groups = (hours * prices.per_hour).sum(axis=1) + minutes * prices.per_overtime_minute
    whole = of_groups.sum() + abandoned.sum() * prices.per_abandoned
    return {"hours": hours, "minutes": minutes, "abandoned": abandoned, "cost": np.append(of_groups, whole)}


def _of_groups(legend: Legend, by_worker: Floats) -> Floats:
    sums = np.zeros((len(legend.worker_groups), *by_worker.shape[1:]))
    np.add.at(sums, legend.worker_group, by_worker)
    return sums


def _overtime(log: Log, prices: Prices) -> NDArray[np.int64]:
    """Return for each worker with shifts the time outside of them that it was not in the default activity."""
    legend, spells = log.legend, log.columns["spells"]
    has_shifts = np.zeros(len(legend.workers), dtype=np.bool_)
    has_shifts[prices.shifts[:, 0]] = True
    rows = (spells["activity"] != legend.default_activity) & has_shifts[spells["worker"]]
    shifts = in_order(legend, *prices.shifts.T)
    working = in_order(legend, *(spells[name][rows] for name in ("worker", "start", "end")))
    left, right = (np.sort(np.concatenate(pair), kind="stable") for pair in zip(shifts, working, strict=True))
    return covered(legend, left, right) - covered(legend, *shifts)


def _abandoned(log: Log) -> NDArray[np.int64]:
    tasks = log.columns["tasks"]
    rows = (tasks["outcome"] == ABANDONED) & (tasks["arrival"] >= log.legend.warm_up)
    return np.bincount(tasks["task_type"][rows], minlength=len(log.legend.task_types))


def cost_table(legend: Legend, sums: Gathered) -> pd.DataFrame:
    """Return the table of what has a price: its mean quantity and what that costs, with a row for all."""
    prices = legend.prices
    parts = [] if prices is None else list(_parts(legend, prices, sums))
    parts.append(("all", "all", "", np.full(len(sums), np.nan), sums["cost"][:, -1]))
    items, subjects, activities, quantities, costs = zip(*parts, strict=True)
    found = estimates.mean(np.stack(costs, axis=1))
    return pd.DataFrame(
        {
            "item": items,
            "subject": subjects,
            "friendly_name": activities,
            "quantity": np.stack(quantities, axis=1).mean(axis=0),
            **bounded(with_interval("cost", found, len(sums)), 0),
        }
    )


def _parts(legend: Legend, prices: Prices, sums: Gathered) -> Any:
    """Yield item, subject, activity, and the quantities and costs of the replications, of all that has a price."""
    hours, minutes, abandoned = sums["hours"], sums["minutes"], sums["abandoned"]
    for group, activity in zip(*np.nonzero(prices.per_hour), strict=True):
        spent = hours[:, group, activity]
        name = legend.activities[activity]
        yield "hours", legend.worker_groups[group], name, spent, spent * prices.per_hour[group, activity]
    for group, name in enumerate(legend.worker_groups if prices.per_overtime_minute else ()):
        yield "overtime minutes", name, "", minutes[:, group], minutes[:, group] * prices.per_overtime_minute
    for kind, name in enumerate(legend.task_types if prices.per_abandoned else ()):
        yield "abandoned tasks", name, "", abandoned[:, kind], abandoned[:, kind] * prices.per_abandoned
