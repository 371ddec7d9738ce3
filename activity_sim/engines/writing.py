"""Writes the log of what a SimPy clock has kept when it has come to the horizon."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from activity_sim.log import Log
from activity_sim.plan import Ints

if TYPE_CHECKING:
    from activity_sim.engines.reference import Clock


def written(clock: Clock) -> Log:
    """Cut what is still going on at the horizon of *clock*, and return the log."""
    columns = {"spells": _spells(clock), "tasks": _tasks(clock), "reservations": _reservations(clock)}
    return Log.of(clock.plan.legend, clock.plan.replication, columns)


def _spells(clock: Clock) -> dict[str, Any]:
    """Return the columns of the spells: from each change of a worker's activity to its next, or the horizon."""
    workers = clock.workers
    worker = np.repeat(np.arange(len(workers)), _column(len(worker.changes) // 2 for worker in workers))
    changes = _column(chain.from_iterable(worker.changes for worker in workers))
    activity, start = changes.reshape(-1, 2).T
    finished = np.append(worker[1:] == worker[:-1], False)
    end = np.where(finished, np.append(start[1:], 0), clock.horizon)
    columns = {"worker": worker, "activity": activity, "start": start, "end": end, "finished": finished}
    kept = start < end
    return {name: column[kept] for name, column in columns.items()}


def _came(clock: Clock) -> Any:
    """Return which tasks have arrived, all but those that would have followed others."""
    return np.array(clock.arrival, dtype=np.int64) >= 0


def _tasks(clock: Clock) -> dict[str, Any]:
    """Return the columns of the tasks, which are numbered without those that never came."""
    plan, came = clock.plan, _came(clock)
    lane = np.array(clock.lane_of, dtype=np.int64)
    queues = np.append(plan.lanes.task_queue, -1)
    columns = {
        "task_type": plan.tasks.task_type,
        "task_queue": queues[lane],
        "worker": _column(-1 if last is None else last.worker.index for last in clock.latest),
        "arrival": np.array(clock.arrival, dtype=np.int64),
        "reserved": _column(-1 if last is None else last.created for last in clock.latest),
        "accepted": np.array(clock.accepted, dtype=np.int64),
        "handled": _handled(clock),
        "completed": np.array(clock.completed, dtype=np.int64),
        "outcome": np.array(clock.outcome, dtype=np.int64),
    }
    return {"task": np.arange(np.count_nonzero(came))} | {name: column[came] for name, column in columns.items()}


def _handled(clock: Clock) -> Any:
    """Return when each task's handle time has ended: as drawn, or as it was noted where it need not be so."""
    accepted = np.array(clock.accepted, dtype=np.int64)
    handled = accepted + clock.plan.tasks.handle_time
    handled[(accepted < 0) | (handled >= clock.horizon)] = -1
    handled[list(clock.handled)] = list(clock.handled.values())
    return handled


def _reservations(clock: Clock) -> dict[str, Any]:
    """Return the columns of the reservations."""
    made, number = clock.reservations, np.cumsum(_came(clock)) - 1
    columns = {
        "task": number[_column(one.task for one in made)],
        "worker": _column(one.worker.index for one in made),
        "created": _column(one.created for one in made),
        "ended": _column(one.ended for one in made),
        "status": _column(one.status for one in made),
    }
    order = np.lexsort((columns["worker"], columns["task"], columns["created"]))
    return {name: column[order] for name, column in columns.items()}


def _column(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
