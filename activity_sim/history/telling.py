"""What happened in a log, one thing after the other, in the words of events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from activity_sim.history.sids import Numbered, sid
from activity_sim.log import ABANDONED, ACCEPTED, COMPLETED, PENDING, STATUSES, Log

MILLISECOND = 1_000
TYPE, GROUP = "task_type", "worker_group"
"""The keys of the attributes of tasks and of workers that say what a log knows of them."""
HANGUP, EXCEEDED = "hangup", "Task TTL Exceeded"
"""The reasons why a task is canceled: its caller hung up, or its time was over."""
Data = dict[str, str | None]
Rows = NDArray[np.int64]


class Happening(NamedTuple):
    """One thing that happened, *time* microseconds after the start, to the resource that has *sid*."""

    time: int
    event_type: str
    sid: str
    description: str
    data: Data


Told = tuple[str, str, str, Data]
Tell = Callable[[int], Told]
"""Tells of one row of a table: the type of the event, the SID of the resource, the description and the data."""


class Teller:
    """Tells what happened in a *log* of one replication."""

    def __init__(self, log: Log) -> None:
        legend = log.legend
        self.log = log
        self.whose = (legend.name, log.replications[0], legend.calendar.start)
        self.workspace = sid("WS", legend.name)
        known = zip(legend.activities, legend.sids, strict=True)
        self._activities = [given or sid("WA", name) for name, given in known]
        self._workers = [sid("WK", name) for name in legend.workers]
        self._queues = [sid("WQ", name) for name in legend.task_queues]
        self._tasks, self._reservations = Numbered("WT", *self.whose), Numbered("WR", *self.whose)
        self._columns = {
            table: {name: column.tolist() for name, column in columns.items()} for table, columns in log.columns.items()
        }

    def happenings(self) -> Iterator[Happening]:
        """Yield what happened, in the order of time; of one instant what makes, then what moves, then what ends."""
        parts = list(self._parts())
        times, rows = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
        which = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
        tell = [part[2] for part in parts]
        order = np.lexsort((rows, which, times))
        for time, row, part in zip(times[order].tolist(), rows[order].tolist(), which[order].tolist(), strict=True):
            yield Happening(time, *tell[part](row))

    def _parts(self) -> Iterator[tuple[Rows, Rows, Tell]]:
        """Yield the times and rows of each kind of happening, and what tells of a row."""
        legend, spells, tasks, made = self.log.legend, *self.log.columns.values()
        for count, tell in ((len(legend.activities), self._activity), (len(legend.task_queues), self._queue)):
            yield np.zeros(count, dtype=np.int64), np.arange(count), tell
        yield self._some(spells["start"], self._first, self._hired)
        yield self._some(tasks["arrival"], tasks["arrival"] >= 0, self._created)
        yield self._some(tasks["arrival"], tasks["task_queue"] >= 0, self._entered)
        yield self._some(made["created"], made["created"] >= 0, self._offered)
        yield self._some(made["ended"], made["status"] != PENDING, self._answered)
        yield self._some(spells["start"], ~self._first, self._moved)
        wraps = (tasks["handled"] >= 0) & (tasks["handled"] != tasks["completed"])
        yield self._some(tasks["handled"], wraps, self._wrapped)
        yield self._some(tasks["completed"], tasks["completed"] >= 0, self._ended)
        done = tasks["completed"][self._row_of_task[made["task"]]]
        yield self._some(done, (made["status"] == ACCEPTED) & (done >= 0), self._done)
        yield self._some(spells["end"], self._last & (spells["end"] < legend.horizon), self._dismissed)

    @staticmethod
    def _some(times: Rows, which: NDArray[np.bool_], tell: Tell) -> tuple[Rows, Rows, Tell]:
        rows = np.flatnonzero(which)
        return times[rows], rows, tell

    # --- rows that belong together ---

    @cached_property
    def _first(self) -> NDArray[np.bool_]:
        worker = self.log.columns["spells"]["worker"]
        return np.append(True, worker[1:] != worker[:-1])[: len(worker)]

    @cached_property
    def _last(self) -> NDArray[np.bool_]:
        worker = self.log.columns["spells"]["worker"]
        return np.append(worker[1:] != worker[:-1], True)[: len(worker)]

    @cached_property
    def _version(self) -> list[int]:
        """How often the worker of each spell had moved when it began."""
        rows = np.arange(len(self._first))
        begun = np.maximum.accumulate(np.where(self._first, rows, 0))
        return list((rows - begun).tolist())

    @cached_property
    def _row_of_task(self) -> Rows:
        number = self.log.columns["tasks"]["task"]
        found = np.zeros(int(number.max(initial=-1)) + 1, dtype=np.int64)
        found[number] = np.arange(len(number))
        return found

    @cached_property
    def _place(self) -> list[int]:
        """The places of reservations in the order in which they were made; of one instant a task's last one last."""
        tasks, made = self.log.columns["tasks"], self.log.columns["reservations"]
        task = self._row_of_task[made["task"]]
        is_last = (tasks["worker"][task] == made["worker"]) & (tasks["reserved"][task] == made["created"])
        order = np.lexsort((np.arange(len(task)), is_last, made["task"], made["created"]))
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        return list(place.tolist())

    # --- activities, queues and workers ---

    def _activity(self, number: int) -> Told:
        name, own = self.log.legend.activities[number], self._activities[number]
        available = str(self.log.legend.available[number]).lower()
        data: Data = {"activity_sid": own, "activity_name": name, "activity_available": available}
        return "activity.created", own, f"Activity {name} created", data

    def _queue(self, number: int) -> Told:
        name, own = self.log.legend.task_queues[number], self._queues[number]
        return "task-queue.created", own, f"TaskQueue {name} created", {"task_queue_sid": own, "task_queue_name": name}

    def _hired(self, row: int) -> Told:
        worker, data = self._worker(row)
        return "worker.created", self._workers[worker], f"Worker {self.log.legend.workers[worker]} created", data

    def _dismissed(self, row: int) -> Told:
        worker, data = self._worker(row)
        return "worker.deleted", self._workers[worker], f"Worker {self.log.legend.workers[worker]} deleted", data

    def _worker(self, row: int) -> tuple[int, Data]:
        spells, legend = self._columns["spells"], self.log.legend
        worker, activity = spells["worker"][row], spells["activity"][row]
        return worker, {
            **self._whom(worker),
            "worker_activity_sid": self._activities[activity],
            "worker_activity_name": legend.activities[activity],
            "worker_version": str(self._version[row]),
        }

    def _whom(self, worker: int) -> Data:
        return {
            "worker_sid": self._workers[worker],
            "worker_name": self.log.legend.workers[worker],
            "worker_attributes": self._attributes[worker],
        }

    @cached_property
    def _attributes(self) -> list[str]:
        legend = self.log.legend
        groups = (legend.worker_groups[number] for number in legend.worker_group.tolist())
        return [json.dumps({GROUP: group}, ensure_ascii=False) for group in groups]

    def _moved(self, row: int) -> Told:
        (worker, data), spells, legend = self._worker(row), self._columns["spells"], self.log.legend
        before, (begun, date) = spells["activity"][row - 1], map(self._since_1970, spells["start"][row - 1 : row + 1])
        spent = date - begun
        data |= {
            "worker_previous_activity_sid": self._activities[before],
            "worker_previous_activity_name": legend.activities[before],
            "worker_time_in_previous_activity": str(spent // 1_000),
            "worker_time_in_previous_activity_ms": str(spent),
        }
        said = f"Worker {legend.workers[worker]} updated to {data['worker_activity_name']} Activity"
        return "worker.activity.update", self._workers[worker], said, data

    # --- tasks and reservations ---

    def _task(self, row: int, time: int, status: str) -> Data:
        """Return the data of a task as they are at *time*."""
        tasks, legend = self._columns["tasks"], self.log.legend
        queue, kind = tasks["task_queue"][row], legend.task_types[tasks["task_type"][row]]
        age = self._since_1970(time) - self._since_1970(tasks["arrival"][row])
        return {
            "task_sid": self._tasks[tasks["task"][row]],
            "task_attributes": json.dumps({TYPE: kind}, ensure_ascii=False),
            "task_age": str(age // 1_000),
            "task_assignment_status": status,
            "task_queue_sid": self._queues[queue] if queue >= 0 else None,
            "task_queue_name": legend.task_queues[queue] if queue >= 0 else None,
        }

    def _since_1970(self, time: int) -> int:
        """Return the milliseconds since 1970 of a *time* of the log."""
        return (self._origin + time) // MILLISECOND

    @cached_property
    def _origin(self) -> int:
        return self.log.legend.calendar.origin

    def _created(self, row: int) -> Told:
        data = self._task(row, self._columns["tasks"]["arrival"][row], "pending")
        return "task.created", str(data["task_sid"]), "Task created", data

    def _entered(self, row: int) -> Told:
        data = self._task(row, self._columns["tasks"]["arrival"][row], "pending")
        return "task-queue.entered", str(data["task_sid"]), f"Task entered TaskQueue {data['task_queue_name']}", data

    def _wrapped(self, row: int) -> Told:
        data = self._task(row, self._columns["tasks"]["handled"][row], "wrapping")
        return "task.wrapup", str(data["task_sid"]), "Task wrapup", data

    def _ended(self, row: int) -> Told:
        tasks = self._columns["tasks"]
        outcome = tasks["outcome"][row]
        what = "completed" if outcome == COMPLETED else "canceled"
        data = self._task(row, tasks["completed"][row], what)
        if what == "canceled":
            data["task_canceled_reason"] = HANGUP if outcome == ABANDONED else EXCEEDED
        return f"task.{what}", str(data["task_sid"]), f"Task {what}", data

    def _offered(self, row: int) -> Told:
        return self._reservation(row, "created", self._columns["reservations"]["created"][row], "reserved")

    def _answered(self, row: int) -> Told:
        made = self._columns["reservations"]
        status = STATUSES[made["status"][row]]
        return self._reservation(row, status, made["ended"][row], "assigned" if status == "accepted" else "pending")

    def _done(self, row: int) -> Told:
        task = int(self._row_of_task[self._columns["reservations"]["task"][row]])
        return self._reservation(row, "completed", self._columns["tasks"]["completed"][task], "completed")

    def _reservation(self, row: int, what: str, time: int, status: str) -> Told:
        made = self._columns["reservations"]
        own, task = self._reservations[self._place[row]], int(self._row_of_task[made["task"][row]])
        data = {**self._task(task, time, status), **self._whom(made["worker"][row]), "reservation_sid": own}
        return f"reservation.{what}", own, f"Reservation {what}", data
