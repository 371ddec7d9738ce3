"""What a log shows of lengths: those of work, waits and answers, as far as its window lets them be seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from activity_sim.history.likelihood import Lengths
from activity_sim.log import ABANDONED, ACCEPTED, REJECTED, Log, once
from activity_sim.units import DAY, SECOND

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def seen(log: Log, begun: Ints, stopped: Ints, ended: Mask) -> Lengths:
    """Return the lengths from *begun* on that have *ended*, or that are cut where they *stopped*.

    All are instants; a missing stop (-1) is the end of the log's window. What stopped before the window is left out,
    and so is what stopped before it began, as damaged events may have it.
    """
    first, last = log.legend.warm_up, log.legend.horizon
    stop = np.where(stopped < 0, last, stopped)
    inside = (stop >= begun) & ((stop > first) | (first == 0))
    begun, stop, ended = begun[inside], stop[inside], ended[inside]
    since = np.maximum(first - begun, 0) / SECOND
    return Lengths.of((stop - begun) / SECOND, ended, seen_from=since, seen_until=(last - begun) / SECOND)


def _of_type(log: Log, kind: int) -> dict[str, NDArray[Any]]:
    tasks = log.columns["tasks"]
    return {name: column[tasks["task_type"] == kind] for name, column in tasks.items()}


def handle_times(log: Log, kind: int) -> Lengths:
    """Return the times from acceptance to the end of the handle time, of the task type *kind*."""
    tasks = _of_type(log, kind)
    mine = tasks["accepted"] >= 0
    begun, handled, left = (tasks[name][mine] for name in ("accepted", "handled", "completed"))
    return seen(log, begun, np.where(handled < 0, left, handled), handled >= 0)


def wrap_up_times(log: Log, kind: int) -> Lengths:
    """Return the times from the end of the handle time to that of the task."""
    tasks = _of_type(log, kind)
    mine = tasks["handled"] >= 0
    begun, left = tasks["handled"][mine], tasks["completed"][mine]
    return seen(log, begun, left, left >= 0)


def backwards(log: Log, kind: int) -> int:
    """Return how many tasks of a type have a step before the one that it follows."""
    tasks = _of_type(log, kind)
    latest = tasks["arrival"]
    odd = np.zeros(len(latest), dtype=np.bool_)
    for name in ("accepted", "handled", "completed"):
        odd |= (tasks[name] >= 0) & (tasks[name] < latest)
        latest = np.maximum(latest, tasks[name])
    return int(odd.sum())


def waits(log: Log, kind: int) -> Lengths:
    """Return the waits: they have ended where the task was abandoned, and are cut where it was accepted."""
    tasks = _of_type(log, kind)
    stopped = np.where(tasks["accepted"] >= 0, tasks["accepted"], tasks["completed"])
    return seen(log, tasks["arrival"], stopped, tasks["outcome"] == ABANDONED)


def offers(log: Log, kind: int) -> dict[str, NDArray[Any]]:
    """Return the reservations of the tasks of a type."""
    tasks, offered = log.columns["tasks"], log.columns["reservations"]
    most = int(max(tasks["task"].max(initial=0), offered["task"].max(initial=0))) + 1
    mine = tasks["task_type"] == kind
    keys = tasks["replication"][mine].astype(np.int64) * most + tasks["task"][mine]
    kept = np.isin(offered["replication"].astype(np.int64) * most + offered["task"], keys)
    return {name: column[kept] for name, column in offered.items()}


def responses(log: Log, offered: dict[str, NDArray[Any]]) -> Lengths:
    """Return the times to an answer of the reservations *offered*: yes or no; others are cut where they ended."""
    answered = np.isin(offered["status"], (ACCEPTED, REJECTED))
    return seen(log, offered["created"], offered["ended"], answered)


def log_keys(log: Log, replication: Ints, worker: Ints, instant: Ints) -> Ints:
    """Return instants of workers as one number each, in order, those of different workers far apart."""
    rows = np.searchsorted(np.array(log.replications), replication)
    room = 4 * int(log.legend.horizon) + DAY
    return np.asarray((rows * len(log.legend.workers) + worker.astype(np.int64)) * room + instant)


@once
def in_hand(log: Log) -> tuple[Ints, Ints]:
    """Return when each task was in hand, from its reservation until it was over, as keys of workers and instants."""
    tasks = log.columns["tasks"]
    mine = (tasks["accepted"] >= 0) & (tasks["worker"] >= 0)
    replication, worker, begun, over = (
        tasks[name][mine] for name in ("replication", "worker", "accepted", "completed")
    )
    ends = np.where(over < 0, log.legend.horizon, over)
    return log_keys(log, replication, worker, begun), log_keys(log, replication, worker, ends)


def most_in_hand(log: Log) -> Ints:
    """Return the largest number of tasks that a worker of each group had in hand at once."""
    starts, ends = in_hand(log)
    tasks = log.columns["tasks"]
    worker = tasks["worker"][(tasks["accepted"] >= 0) & (tasks["worker"] >= 0)]
    counts = np.searchsorted(np.sort(starts), starts, "right") - np.searchsorted(np.sort(ends), starts, "right")
    found = np.zeros(len(log.legend.worker_groups), dtype=np.int64)
    np.maximum.at(found, log.legend.worker_group[worker], counts)
    return found
