"""The passes over the rows of a log as compiled code, for when numba is at hand.

Each does what a function in ``spells`` or ``service`` does with numpy, in one go; tests hold the two to the same sums.
An index without a sign spares compiled code the question whether it counts from the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from activity_sim.compiling.compiler import entry, int64, part, uint64
from activity_sim.log import ACCEPTED


@part
def interval_of(edges: Any, moment: Any, near: Any) -> Any:
    """Return the number of the last of *edges* at or before *moment*: mostly *near*, that of the moment before."""
    if near + 1 < len(edges) and edges[uint64(near)] <= moment and moment < edges[uint64(near + 1)]:
        return near
    low, high = 0, len(edges)
    while high - low > 1:
        middle = (low + high) >> 1
        low, high = (middle, high) if edges[middle] <= moment else (low, middle)
    return low


# --- spells ---

SPENT = np.dtype([("total", "i8"), ("spells", "i8"), ("min", "i8"), ("max", "i8")])
"""The sums of the spells of a worker in an activity; together, since they are written together."""


@entry
def add_spells(spells: Any, warm_up: Any, edges: Any, spent: Any, split: Any) -> None:
    """Add *spells* (worker, activity, start, end) to what was *spent*, worker by worker, and to *split*."""
    workers, activities, starts, ends = spells
    parts, changes = split
    near, width = 0, parts.shape[1]
    for row in range(len(starts)):
        activity, start, end = int64(activities[row]), max(starts[row], warm_up), ends[row]
        if end > start:
            add_length(spent[uint64(workers[row] * width + activity)], end - start)
            near = interval_of(edges, start, near)
            border = edges[uint64(near + 1)]
            parts[uint64(near), uint64(activity)] += min(end, border) - start
            if end > border:
                near = add_rest(edges, parts, changes, activity, end, near + 1)


@part
def add_length(one: Any, length: Any) -> None:
    """Add a spell of that *length* to the sums of one worker in one activity."""
    one.total += length
    one.spells += 1
    one.min = min(one.min, length)
    one.max = max(one.max, length)


@part
def add_rest(edges: Any, parts: Any, changes: Any, activity: Any, end: Any, second: Any) -> Any:
    """Add what a spell has from its *second* interval on: whole ones, and a part of the last, which is returned."""
    last = interval_of(edges, end, second)
    parts[last, activity] += end - edges[last]
    changes[second, activity] += 1
    changes[last, activity] -= 1
    return last


# --- occupancy ---

HELD = np.dtype([(name, "i8") for name in ("row", "after", "held", "held_until", "open", "open_until")])
"""What is known of a worker: the next of its spells, the one after its last, how much is covered and until when."""


@entry
def cover(spells: Any, available: Any, reservations: Any, completed: Any, horizon: Any, staff: Any) -> Any:
    """Note of each of *staff* the time with a task in hand, and that with one or in an *available* activity.

    *reservations* are (worker, task, created, ended, status), *completed* is by task. Return whether the rows are in
    the order in which an engine writes them; what is noted is of no use where they are not.
    """
    workers, created = reservations[0], reservations[2]
    if not find_spells(spells[0], spells[2], staff):
        return False
    for row in range(len(created)):
        if row and created[row] < created[row - 1]:
            return False
        worker = staff[uint64(workers[row])]
        open_spells(spells, available, worker, created[row])
        hold(worker, created[row], end_of(reservations, completed, row, horizon))
    for number in range(len(staff)):
        open_spells(spells, available, staff[number], horizon)
    return True


@part
def find_spells(workers: Any, starts: Any, staff: Any) -> Any:
    """Note where the spells of each of *staff* are; return whether they are in order, worker after worker."""
    last = -1
    for row in range(len(starts)):
        worker = int64(workers[row])
        if worker < last or (worker == last and starts[row] < starts[row - 1]):
            return False
        if worker > last:
            staff[worker].row = row
            last = worker
        staff[worker].after = row + 1
    return True


@part
def open_spells(spells: Any, available: Any, worker: Any, until: Any) -> None:
    """Count those spells of *worker* in an available activity that are not counted yet and begin by *until*."""
    activities, starts, ends = spells[1], spells[2], spells[3]
    row = worker.row
    while row < worker.after and starts[uint64(row)] <= until:
        if available[activities[uint64(row)]]:
            open_up(worker, starts[uint64(row)], ends[uint64(row)])
        row += 1
    worker.row = row


@part
def open_up(worker: Any, start: Any, end: Any) -> None:
    """Count the time that a stretch covers beyond those that began before it."""
    if end > worker.open_until:
        worker.open += end - max(start, worker.open_until)
        worker.open_until = end


@part
def hold(worker: Any, start: Any, end: Any) -> None:
    """Count the time of a task in hand, which is open too."""
    open_up(worker, start, end)
    if end > worker.held_until:
        worker.held += end - max(start, worker.held_until)
        worker.held_until = end


@part
def end_of(reservations: Any, completed: Any, row: Any, horizon: Any) -> Any:
    """Return until when a worker had the task of the reservation at *row* in hand."""
    tasks, ended, statuses = reservations[1], reservations[3], reservations[4]
    end = completed[uint64(tasks[row])] if statuses[row] == ACCEPTED else ended[row]
    return end if end >= 0 else horizon


# --- tasks ---


@entry
def add_tasks(tasks: Any, horizon: Any, edges: Any, level: Any, sums: Any, waits: Any, cells: Any) -> Any:
    """Add *tasks* (arrival, type, accepted, completed, outcome) to *sums* (counts, waited); return how many there are.

    The wait and the cell of each that arrives in the observed period go to *waits* and *cells*.
    """
    arrivals, types, accepted, completed, outcomes = tasks
    counts, waited = sums
    near, kept = 0, 0
    for row in range(len(arrivals)):
        arrival, kind = arrivals[row], types[row]
        if edges[0] <= arrival and arrival < edges[-1]:
            answered = int(accepted[row] >= 0)
            end = accepted[row] if answered else completed[row]
            wait = (end if end >= 0 else horizon) - arrival
            near = interval_of(edges, arrival, near)
            place = near, kind, outcomes[row], answered, int(wait <= level[kind])
            counts[place] += 1
            waited[place] += wait
            waits[kept], cells[kept] = wait, near * (len(level) + 1) + kind
            kept += 1
    return kept
