"""Makes the log of what the compiled loop has left in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from activity_sim.compiling.compiler import entry
from activity_sim.engines.compiled.lowering import Memory
from activity_sim.log import SPELLS, Log
from activity_sim.plan import Plan

Columns = dict[str, NDArray[Any]]


def log_of(plan: Plan, memory: Memory) -> Log:
    """Return the log of *plan*, which the loop has run in *memory*."""
    columns = {
        "spells": _spells(plan, memory),
        "tasks": _tasks(plan, memory),
        "reservations": _reservations(memory),
    }
    return Log.of(plan.legend, plan.replication, columns)


def _spells(plan: Plan, memory: Memory) -> Columns:
    workers, rows = memory.arrays["workers"], int(memory.clock["changed"][0])
    columns: Columns = {name: np.empty(rows, kind) for name, kind in SPELLS.items() if name != "replication"}
    ends = np.cumsum(workers["changes"])
    place = ends - workers["changes"]
    lay_out(memory.arrays["changes"][:rows], place, *columns.values())
    columns["end"][ends - 1], columns["finished"][ends - 1] = plan.legend.horizon, False
    return columns


@entry
def lay_out(changes: Any, place: Any, worker: Any, activity: Any, start: Any, end: Any, finished: Any) -> None:
    """Write each of *changes*, which are in the order of time, to its row, and the end of the one before it.

    *place* is the next row of each worker, from its first.
    """
    begun = place.copy()
    for number in range(len(changes)):
        change = changes[number]
        row = place[change.worker]
        place[change.worker] = row + 1
        worker[row], activity[row], start[row] = change.worker, change.activity, change.start
        if row > begun[change.worker]:
            end[row - 1], finished[row - 1] = change.start, True


def _tasks(plan: Plan, memory: Memory) -> Columns:
    arrays, came = memory.arrays, _came(memory)
    columns = {
        "task_type": plan.tasks.task_type,
        "task_queue": np.append(plan.lanes.task_queue, -1)[arrays["lane"]],
        "worker": arrays["task_worker"],
        **{name: arrays[name] for name in ("arrival", "reserved", "accepted", "handled", "completed", "outcome")},
    }
    columns = {name: column[came] for name, column in columns.items()}
    return {"task": np.arange(len(columns["arrival"]), dtype=np.int32)} | columns


def _came(memory: Memory) -> Any:
    """Return which tasks have arrived, all but those that would have followed others."""
    return memory.arrays["arrival"] >= 0 if memory.clock["is_followed"][0] else slice(None)


def _reservations(memory: Memory) -> Columns:
    rows, arrays, came = int(memory.clock["made"][0]), memory.arrays, _came(memory)
    names = {"task": "made_task", "worker": "made_worker"}
    columns = {name: arrays[names.get(name, name)][:rows] for name in ("task", "worker", "created", "ended", "status")}
    if not isinstance(came, slice):
        columns["task"] = (np.cumsum(came) - 1)[columns["task"]].astype(np.int32)
    if not is_in_order(columns["created"], columns["task"], columns["worker"]):
        order = np.lexsort((columns["worker"], columns["task"], columns["created"]))
        columns = {name: column[order] for name, column in columns.items()}
    return columns


@entry
def is_in_order(created: Any, task: Any, worker: Any) -> bool:
    """Return whether reservations, which are in the order of creation, are in that of task and worker too."""
    for row in range(1, len(created)):
        if created[row] == created[row - 1] and (task[row], worker[row]) < (task[row - 1], worker[row - 1]):
            return False
    return True
