"""Reports: tables that say what a log means.

Each report is a :class:`Report`: it *reduces* the log of one replication to sums, and *finishes* the sums of all
replications into a data frame. So a log of any number of replications and a study (which kept the sums only) give
the same table. Reports cover [warm_up, horizon): spells are clipped, tasks counted by arrival. Times are in
seconds, counts and totals means per replication; with several replications the figures have 95 % intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis import estimates
from activity_sim.analysis.costs import cost_table, reduce_costs
from activity_sim.analysis.intervals import Intervals, intervals
from activity_sim.analysis.service import (
    SPREAD,
    interval_sums,
    pooled_waits,
    regrouped,
    spread_table,
    task_table,
    wait_table,
    waits_by_step,
)
from activity_sim.analysis.spells import occupied, occupied_by_interval, spell_sums
from activity_sim.analysis.sums import Gathered, Stacked, Sums
from activity_sim.analysis.table import bounded, with_interval
from activity_sim.log import STATUSES, Legend, Log
from activity_sim.units import NEVER, SECOND

Ints = NDArray[np.int64]


class Reduced(Protocol):
    """Something that kept the sums of its replications, as a study does."""

    legend: Legend

    def sums(self, report: str) -> Gathered:
        """Return the sums of the report of that name."""


@attrs.frozen
class Report:
    """A table of the log: call it with a log or a study; *summary* says what it returns.

    It may finish the sums of another report (*shares*), which are kept once.
    """

    name: str
    reduce: Callable[[Log], Sums]
    finish: Callable[[Legend, Gathered], pd.DataFrame]
    summary: str
    shares: str = ""

    def __call__(self, source: Log | Reduced) -> pd.DataFrame:
        """Return the table of *source*."""
        if isinstance(source, Log):
            return self.finish(source.legend, _gathered(self.reduce, source))
        return self.finish(source.legend, source.sums(self.name))


def _gathered(reduce: Callable[[Log], Sums], log: Log) -> Stacked:
    each = [(reduce(one), pooled_waits(one)) for one in log.each()]
    return Stacked([sums for sums, _ in each], [waited for _, waited in each])


# --- time ---


def _reduce_activities(log: Log) -> Sums:
    sums = spell_sums(log)
    return {
        "total": sums["total"].sum(axis=0),
        "spells": sums["spells"].sum(axis=0),
        "min": sums["min"].min(axis=0, initial=NEVER),
        "max": sums["max"].max(axis=0, initial=0),
    }


def _finish_activities(legend: Legend, sums: Gathered) -> pd.DataFrame:
    total, spells = sums["total"], sums["spells"]
    pooled, seconds = spells.sum(axis=0), total.sum(axis=0) / SECOND
    share = estimates.mean(total / (legend.observed * max(len(legend.workers), 1)))
    shortest = np.where(pooled > 0, sums["min"].min(axis=0), 0)
    return pd.DataFrame(
        {
            "friendly_name": legend.activities,
            "available": legend.available,
            "total": seconds / len(sums),
            **bounded(with_interval("share", share, len(sums)), 0, 1),
            "spells": _count(spells),
            "min": shortest / SECOND,
            "avg": np.divide(seconds, pooled, out=np.zeros(len(pooled)), where=pooled > 0),
            "max": sums["max"].max(axis=0) / SECOND,
        }
    )


def _count(counts: NDArray[Any]) -> NDArray[Any]:
    """Return mean counts over replications, as whole numbers where there is one."""
    return np.asarray(counts[0] if len(counts) == 1 else counts.mean(axis=0))


time_by_activity = Report(
    "time_by_activity",
    _reduce_activities,
    _finish_activities,
    summary="Return the time that workers spent in each activity: every activity has its row.",
)


def _reduce_workers(log: Log) -> Sums:
    sums = spell_sums(log)
    return {name: sums[name].ravel() for name in ("total", "spells")}


def _finish_workers(legend: Legend, sums: Gathered) -> pd.DataFrame:
    total = sums["total"].sum(axis=0) / SECOND / len(sums)
    return pd.DataFrame(
        {
            "worker": np.repeat(np.array(legend.workers, dtype=object), len(legend.activities)),
            "friendly_name": np.tile(np.array(legend.activities, dtype=object), len(legend.workers)),
            "total": total,
            "share": total / (legend.observed / SECOND),
            "spells": _count(sums["spells"]),
        }
    )


time_by_worker = Report(
    "time_by_worker",
    _reduce_workers,
    _finish_workers,
    summary="Return the time that each worker spent in each activity.",
)


def _reduce_intervals(log: Log) -> Sums:
    return {"total": spell_sums(log)["split"]}


def _finish_intervals(legend: Legend, sums: Gathered) -> pd.DataFrame:
    spans = intervals(legend)
    total = sums["total"].sum(axis=0) / len(sums)
    return pd.DataFrame(
        {
            "interval_start": spans.starts.repeat(len(legend.activities)),
            "friendly_name": np.tile(np.array(legend.activities, dtype=object), len(spans.starts)),
            "total": (total / SECOND).ravel(),
            "workers": (total / spans.lengths[:, None]).ravel(),
        }
    )


time_by_interval = Report(
    "time_by_interval",
    _reduce_intervals,
    _finish_intervals,
    summary="Return the time in each activity by interval, spells split exactly at the borders.",
)


def _reduce_occupancy(log: Log) -> Sums:
    legend = log.legend
    in_hand, open_ = occupied(log)
    resting = spell_sums(log)["total"][:, legend.default_activity]
    return {
        "in_hand": _by_group(legend, in_hand),
        "open": _by_group(legend, open_),
        "on": _by_group(legend, legend.observed - resting),
    }


def _by_group(legend: Legend, by_worker: Ints) -> Ints:
    groups = np.zeros(len(legend.worker_groups) + 1, dtype=np.int64)
    np.add.at(groups, legend.worker_group, by_worker)
    groups[-1] = by_worker.sum()
    return groups


def _finish_occupancy(legend: Legend, sums: Gathered) -> pd.DataFrame:
    held = sums["in_hand"]
    occupancy = with_interval("occupancy", estimates.ratio(held, sums["open"]), len(sums))
    utilisation = with_interval("utilisation", estimates.ratio(held, sums["on"]), len(sums))
    names = {"worker_group": [*legend.worker_groups, "all"]}
    return pd.DataFrame({**names, **bounded(occupancy, 0, 1), **bounded(utilisation, 0)})


occupancy = Report(
    "occupancy",
    _reduce_occupancy,
    _finish_occupancy,
    summary="""Return how busy each worker group was.

    *occupancy* is the time with a task in hand over the time with one or in an available activity, *utilisation*
    over the time not in the default activity.""",
)


def _reduce_occupancy_by_interval(log: Log) -> Sums:
    held, open_ = (_with_all(split) for split in occupied_by_interval(log))
    return {"in_hand": held, "open": open_}


def _with_all(split: Ints) -> Ints:
    return np.append(split, split.sum(axis=1, keepdims=True), axis=1)


def _finish_occupancy_by_interval(legend: Legend, sums: Gathered) -> pd.DataFrame:
    starts, groups = intervals(legend).starts, np.array([*legend.worker_groups, "all"], dtype=object)
    held, open_ = (sums[name].reshape(len(sums), -1) for name in ("in_hand", "open"))
    found = estimates.ratio(held, open_)
    names = {"interval_start": starts.repeat(len(groups)), "worker_group": np.tile(groups, len(starts))}
    return pd.DataFrame({**names, **bounded(with_interval("occupancy", found, len(sums)), 0, 1)})


occupancy_by_interval = Report(
    "occupancy_by_interval",
    _reduce_occupancy_by_interval,
    _finish_occupancy_by_interval,
    summary="Return the occupancy of each worker group by interval, split exactly at the borders.",
)


cost = Report(
    "cost",
    reduce_costs,
    cost_table,
    summary="""Return what has a price in the scenario's costs, how much of it there was, and what that cost.

    An *item* is "hours" of a worker group in an activity, "overtime minutes" of a group, or "abandoned tasks" of a type
    (*subject*); *quantity* and *cost* are means per replication, and the last row is all together.""",
)


# --- tasks ---


Slots = Callable[[Intervals], tuple[Ints, Any]]
"""Gives the number of the slot that each interval is in, and the labels of the slots."""


def _all(spans: Intervals) -> tuple[Ints, Any]:
    return np.zeros(len(spans.starts), dtype=np.int64), [""]


def _each(spans: Intervals) -> tuple[Ints, Any]:
    return np.arange(len(spans.starts)), spans.starts


def _times_of_day(spans: Intervals) -> tuple[Ints, Any]:
    slot, names = spans.times_of_day
    return slot, pd.Index(names, dtype=object)


def _reduce_tasks(slots: Slots) -> Callable[[Log], Sums]:
    def reduce(log: Log) -> Sums:
        return regrouped(interval_sums(log), *slots(intervals(log.legend)))

    return reduce


def _finish_tasks(key: str, slots: Slots) -> Callable[[Legend, Gathered], pd.DataFrame]:
    def finish(legend: Legend, sums: Gathered) -> pd.DataFrame:
        slot, labels = slots(intervals(legend))
        table = task_table(legend, sums, slot)
        if key:
            table.insert(0, key, labels.repeat(len(legend.task_types) + 1))
        return table

    return finish


task_summary = Report(
    "task_summary",
    _reduce_tasks(_all),
    _finish_tasks("", _all),
    summary="Return what became of the tasks of each type, with waits and service level.",
)

tasks_by_interval = Report(
    "tasks_by_interval",
    _reduce_tasks(_each),
    _finish_tasks("interval_start", _each),
    summary="Return what became of the tasks by the interval of their arrival.",
)

tasks_by_time_of_day = Report(
    "tasks_by_time_of_day",
    _reduce_tasks(_times_of_day),
    _finish_tasks("time_of_day", _times_of_day),
    summary="Return what became of the tasks by the local clock at arrival, all days together.",
)

wait_distribution = Report(
    "wait_distribution",
    waits_by_step,
    wait_table,
    summary="Return the share of the tasks of each type that waited at most so long, whatever became of them.",
)


def _finish_spread(legend: Legend, sums: Gathered) -> pd.DataFrame:
    table = spread_table(sums)
    table.insert(0, "interval_start", intervals(legend).starts.repeat(len(SPREAD)))
    return table


spread_by_interval = Report(
    "spread_by_interval",
    _reduce_tasks(_each),
    _finish_spread,
    summary="Return how far replications differ by interval: quantiles over them, of all tasks together.",
    shares="tasks_by_interval",
)

REPORTS: dict[str, Report] = {
    report.name: report
    for report in (
        time_by_activity,
        time_by_worker,
        time_by_interval,
        task_summary,
        tasks_by_interval,
        tasks_by_time_of_day,
        occupancy,
        occupancy_by_interval,
        cost,
        wait_distribution,
        spread_by_interval,
    )
}
"""The reports by name."""


def activity_durations(log: Log) -> dict[str, Any]:
    """Return the first replication in the shape of TaskRouter's Workers/CumulativeStatistics, in whole seconds."""
    first = log.only(log.replications[0])
    legend, table = log.legend, time_by_activity(first)
    created = first.columns["reservations"]["created"] >= legend.warm_up
    statuses = first.columns["reservations"]["status"][created]
    counts = dict(zip(STATUSES, np.bincount(statuses, minlength=len(STATUSES)).tolist(), strict=True))
    start, end = (legend.calendar.utc(moment) for moment in (legend.warm_up, legend.horizon))
    return {
        "account_sid": None,
        "workspace_sid": None,
        "url": None,
        "reservations_created": int(created.sum()),
        "reservations_accepted": counts["accepted"],
        "reservations_rejected": counts["rejected"],
        "reservations_timed_out": counts["timeout"],
        "reservations_canceled": counts["canceled"],
        "reservations_rescinded": counts["rescinded"],
        "activity_durations": [
            {"sid": sid, "friendly_name": row.friendly_name}
            | {name: int(getattr(row, name)) for name in ("min", "max", "avg", "total")}
            for sid, row in zip(legend.sids, table.itertuples(), strict=True)
        ],
        "start_time": start,
        "end_time": end,
    }
