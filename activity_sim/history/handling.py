"""From events of tasks and reservations to the tables of a log: what became of each, and when."""

from __future__ import annotations

from collections import Counter

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.history import gathering as said
from activity_sim.history.gathering import Columns, Ints
from activity_sim.history.holes import Holes
from activity_sim.log import (
    ABANDONED,
    ACCEPTED,
    CANCELED,
    COMPLETED,
    IN_PROGRESS,
    PENDING,
    REJECTED,
    RES_CANCELED,
    RESCINDED,
    TIMEOUT,
    WAITING,
)
from activity_sim.units import NEVER

ENDS = {
    said.ACCEPTED: ACCEPTED,
    said.REJECTED: REJECTED,
    said.TIMED_OUT: TIMEOUT,
    said.CANCELED: RES_CANCELED,
    said.RESCINDED: RESCINDED,
}
"""The events that end a reservation, with its status then."""


@attrs.frozen(eq=False)
class Work:
    """The events of tasks and reservations by time, asked for what came first or was said last.

    *tasks* and *reservations* are the places that their SIDs have among all: what decides where instants are the same.
    """

    rows: Columns
    tasks: Ints
    reservations: Ints

    @classmethod
    def of(cls, rows: Columns, tasks: Ints, reservations: Ints) -> Work:
        """Return the work that *rows* tell of, in whatever order."""
        order = np.argsort(rows["date"], kind="stable")
        return cls({name: column[order] for name, column in rows.items()}, tasks, reservations)

    def first(self, of: str, *kinds: int, column: str = "date") -> Ints:
        """Return the least of *column* over the events of *kinds*, all by default; NEVER where there is none."""
        rows = (self.rows[of] >= 0) & (self.rows[column] >= 0)
        if kinds:
            rows &= np.isin(self.rows["kind"], kinds)
        found = np.full(self._size(of), NEVER, dtype=np.int64)
        np.minimum.at(found, self.rows[of][rows], self.rows[column][rows])
        return found

    def last(self, of: str, column: str, *kinds: int) -> Ints:
        """Return what the events of *kinds*, all by default, say last in *column*; -1 where none does."""
        rows = (self.rows[of] >= 0) & (self.rows[column] >= 0)
        if kinds:
            rows &= np.isin(self.rows["kind"], kinds)
        found = np.full(self._size(of), -1, dtype=np.int64)
        found[self.rows[of][rows]] = self.rows[column][rows]  # of several values for one place numpy keeps the last
        return found

    def _size(self, of: str) -> int:
        return len(self.tasks if of == "task" else self.reservations)


@attrs.frozen(eq=False)
class _Made:
    """The reservations: when each was *created* and *ended* (NEVER: not), and its *status* by then.

    *unheard* are those that must have been accepted, though no event says when.
    """

    task: Ints
    worker: Ints
    created: Ints
    ended: Ints
    status: Ints
    place: Ints
    unheard: NDArray[np.bool_]


def handled(
    work: Work, worker_of: Ints, span: tuple[int, int], record: tuple[Holes, Ints], counts: Counter[str]
) -> tuple[Columns, Columns]:
    """Return the columns of tasks and of reservations, as a log has them, but with instants since 1970.

    The columns task_queue and task_type have labels. *worker_of* gives the number of the worker that a label is of.
    Tasks that did not arrive within *span* are left out with their reservations. So are those of which a part fell
    into a hole: a stretch of the *record* that may be one, and in which one of the instants beside them lies, or the
    arrival of a task that no event tells of. What had to be repaired is added to *counts*.
    """
    made = _made(work, worker_of, counts)
    arrival = _arrivals(work, counts)
    accepted = _least(made.ended, made.task, made.status == ACCEPTED, len(arrival))
    left, outcome = _ends(work, made, accepted, counts)
    made = _bounded(made, accepted, left, counts)
    counts["tasks_before"] += int((arrival < span[0]).sum())
    kept = (arrival >= span[0]) & (arrival < span[1])
    lost = kept & _in_holes(work, made, (arrival, left), record)
    counts["tasks_in_holes"] += int(lost.sum())
    kept &= ~lost
    rows = np.lexsort((work.tasks, arrival))
    rows = rows[kept[rows]]
    latest = _latest(made, accepted, span[1], len(arrival))
    tasks = _tasks(work, made, latest, (arrival, accepted, left, outcome), span[1])
    number = np.full(len(arrival), -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    columns = {"task": np.arange(len(rows)), **{name: column[rows] for name, column in tasks.items()}}
    return columns, _reservations(made, number, span[1])


def _made(work: Work, worker_of: Ints, counts: Counter[str]) -> _Made:
    ends = np.stack([work.first("reservation", kind) for kind in ENDS])
    ended, status = ends.min(axis=0), np.array([*ENDS.values()])[ends.argmin(axis=0)]
    created = work.first("reservation", said.RESERVED)
    later = work.first("reservation", said.WRAPUP, said.COMPLETED)
    unborn = created == NEVER
    created = np.where(unborn, np.minimum(ended, later), created)
    unheard = (ended == NEVER) & (later < NEVER)
    counts["reservations_without_created"] += int(unborn.sum())
    counts["reservations_without_end"] += int(unheard.sum())
    return _Made(
        task=work.last("reservation", "task"),
        worker=np.append(worker_of, -1)[work.last("reservation", "worker")],
        created=created,
        ended=np.where(unheard, created, ended),
        status=np.where(unheard, ACCEPTED, np.where(ended == NEVER, PENDING, status)),
        place=work.reservations,
        unheard=unheard,
    )


def _arrivals(work: Work, counts: Counter[str]) -> Ints:
    """Return when each task was created, or by its age must have been; NEVER where no event says so."""
    created, born = work.first("task", said.TASK_CREATED), work.first("task", column="born")
    unborn = created == NEVER
    counts["tasks_without_created"] += int((unborn & (born < NEVER)).sum())
    counts["tasks_without_arrival"] += int((unborn & (born == NEVER)).sum())
    return np.where(unborn, born, created)


def _in_holes(work: Work, made: _Made, life: tuple[Ints, Ints], record: tuple[Holes, Ints]) -> NDArray[np.bool_]:
    """Return which tasks lived in a hole of the record, and lack what events in it would have said."""
    (arrival, left), (silences, missed) = life, record
    unborn = (work.first("task", said.TASK_CREATED) == NEVER) & (arrival < NEVER)
    unheard = np.zeros(len(arrival), dtype=np.bool_)
    unheard[made.task[made.unheard]] = True
    holes = silences.with_any(np.concatenate([missed, arrival[unborn]]))
    lacking: NDArray[np.bool_] = unborn | unheard | (left == NEVER)
    return lacking & holes.meet(arrival, left)


def _least(values: Ints, of: Ints, rows: NDArray[np.bool_], size: int) -> Ints:
    found = np.full(size, NEVER, dtype=np.int64)
    np.minimum.at(found, of[rows], values[rows])
    return found


def _ends(work: Work, made: _Made, accepted: Ints, counts: Counter[str]) -> tuple[Ints, Ints]:
    """Return when each task left, NEVER where it did not, and as what."""
    completed, canceled = work.first("task", said.TASK_COMPLETED), work.first("task", said.TASK_CANCELED)
    without = np.minimum(completed, canceled) == NEVER
    other = np.minimum(work.first("task", said.TASK_DELETED), _all_done(work, made, len(completed)))
    counts["tasks_without_end"] += int((without & (other < NEVER)).sum())
    was_accepted = accepted < NEVER
    completed = np.where(without & was_accepted, other, completed)
    canceled = np.where(without & ~was_accepted, other, canceled)
    gave_up = (work.last("task", "gave_up", said.TASK_CANCELED) == 1) & ~was_accepted
    as_canceled = np.where(gave_up, ABANDONED, CANCELED)
    left = np.minimum(completed, canceled)
    return left, np.where(completed <= canceled, COMPLETED, as_canceled)


def _all_done(work: Work, made: _Made, tasks: int) -> Ints:
    """Return when the last reservation of each task was completed, where all that were accepted were."""
    done = work.first("reservation", said.COMPLETED)
    accepted, latest = made.status == ACCEPTED, np.full(tasks, -1, dtype=np.int64)
    np.maximum.at(latest, made.task[accepted], done[accepted])
    return np.where(latest < 0, NEVER, latest)


def _bounded(made: _Made, accepted: Ints, left: Ints, counts: Counter[str]) -> _Made:
    """Return the reservations, those ended whose task was accepted by another worker, or left."""
    bound = np.minimum(accepted, left)[made.task]
    over = (made.ended == NEVER) & (bound < NEVER)
    counts["reservations_without_end"] += int(over.sum())
    ended = np.where(over, np.maximum(bound, made.created), made.ended)
    return attrs.evolve(made, ended=ended, status=np.where(over, RES_CANCELED, made.status))


def _latest(made: _Made, accepted: Ints, end: int, tasks: int) -> Ints:
    """Return the accepted reservation of each task, or else the last one that was made by *end*; -1: none."""
    order = np.lexsort((made.place, made.created))
    order = order[made.created[order] < end]
    found = np.full(tasks, -1, dtype=np.int64)
    found[made.task[order]] = order
    first = (made.status == ACCEPTED) & (made.ended == accepted[made.task]) & (made.ended < end)
    order = order[first[order]][::-1]
    found[made.task[order]] = order
    return found


def _tasks(work: Work, made: _Made, latest: Ints, moments: tuple[Ints, Ints, Ints, Ints], end: int) -> dict[str, Ints]:
    arrival, accepted, left, outcome = moments
    wrapped = np.minimum(work.first("task", said.TASK_WRAPUP), _wrapped(work, made, len(arrival)))
    finished = np.where((accepted < NEVER) & (wrapped <= left), wrapped, left)
    finished = np.where(accepted < NEVER, finished, NEVER)
    unfinished = np.where(accepted < end, IN_PROGRESS, WAITING)
    return {
        "task_type": work.last("task", "type"),
        "task_queue": work.last("task", "queue"),
        "worker": np.append(made.worker, -1)[latest],
        "arrival": arrival,
        "reserved": np.append(made.created, -1)[latest],
        "accepted": _cut(accepted, end),
        "handled": _cut(finished, end),
        "completed": _cut(left, end),
        "outcome": np.where(left < end, outcome, unfinished),
    }


def _wrapped(work: Work, made: _Made, tasks: int) -> Ints:
    """Return when the wrap-up of each task began, as its reservations say."""
    wrapup = work.first("reservation", said.WRAPUP)
    return _least(wrapup, made.task, made.status == ACCEPTED, tasks)


def _reservations(made: _Made, number: Ints, end: int) -> dict[str, Ints]:
    task = number[made.task]
    order = np.lexsort((made.place, made.worker, task, made.created))
    order = order[(task[order] >= 0) & (made.created[order] < end)]
    columns = {
        "task": task,
        "worker": made.worker,
        "created": made.created,
        "ended": _cut(made.ended, end),
        "status": np.where(made.ended < end, made.status, PENDING),
    }
    return {name: column[order] for name, column in columns.items()}


def _cut(instants: Ints, end: int) -> Ints:
    """Return *instants*, -1 for what comes at the *end* or behind it."""
    return np.where(instants < end, instants, -1)
