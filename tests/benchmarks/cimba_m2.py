"""Model M2 in cimba: a process for each worker, a store in which tasks wait, and nothing left out but the log.

Workers who wait at the store are served in the order in which they came, so the one who has been idle longest gets the
next task. Callers are numbers and not processes: one who has given up is found gone when a worker takes it, and one
who will give up before the answer is held for as long as it stays. No faster way to tell patience was found. Arrays are
no results in cimba, so there are no rows of tasks: only their numbers, and the time in each activity.
"""

# No "from __future__ import annotations": cimba asks for the types themselves.

from typing import Any

import cimba
import numpy as np
from cimba import inputs

from activity_sim.plan import Plan


class Line(cimba.Model):
    """The tasks: how they arrive, where they wait, and what each will need."""

    gap: cimba.Input[float]
    patience_of_next: cimba.Input[float]
    response_of_next: cimba.Input[float]
    handle_time_of_next: cimba.Input[float]
    wrap_up_time_of_next: cimba.Input[float]
    tasks: cimba.Param[int] = 0
    gives_up: cimba.Array[float]
    response: cimba.Array[float]
    handle_time: cimba.Array[float]
    wrap_up_time: cimba.Array[float]
    waiting: cimba.Store[int]

    @cimba.process
    def source(self) -> None:
        """Let the tasks arrive, each with what it will need."""
        for task in range(self.tasks):
            cimba.hold(self.gap.next())
            self.gives_up[task] = cimba.now() + self.patience_of_next.next()
            self.response[task] = self.response_of_next.next()
            self.handle_time[task] = self.handle_time_of_next.next()
            self.wrap_up_time[task] = self.wrap_up_time_of_next.next()
            self.waiting.put(task)


class Worker(cimba.Model):
    """A worker, and the time that it has spent in each activity."""

    line: cimba.Ref[Line]
    horizon: cimba.Param[float] = 0.0
    since: float = 0.0
    activity: int = 0
    time: cimba.Array[float] = cimba.Array(4)
    completed: int = 0
    abandoned: int = 0

    @cimba.function
    def move(self, activity: int) -> None:
        """Change the activity, and account for the time in the last one."""
        self.time[self.activity] += cimba.now() - self.since
        self.activity = activity
        self.since = cimba.now()

    @cimba.process
    def work(self) -> None:
        """Serve one task after the other."""
        line = self.line
        while True:
            task = line.waiting.get()
            stays = line.gives_up[task] - cimba.now()
            if stays < 0:
                self.abandoned += 1
                continue
            self.move(1)
            if stays < line.response[task]:
                cimba.hold(stays)
                self.abandoned += 1
                self.move(0)
                continue
            cimba.hold(line.response[task])
            self.move(2)
            cimba.hold(line.handle_time[task])
            self.move(3)
            cimba.hold(line.wrap_up_time[task])
            self.completed += 1
            self.move(0)

    @cimba.on_end
    def close(self) -> None:
        """Account for what goes on at the horizon."""
        self.time[self.activity] += self.horizon - self.since


class Centre(cimba.Model):
    """A contact centre: whoever has been idle longest takes the task that has waited longest."""

    line: Line
    workers: list[Worker]
    completed: cimba.Output[float]
    abandoned: cimba.Output[float]
    available: cimba.Output[float]
    reserved: cimba.Output[float]
    busy: cimba.Output[float]
    wrap_up: cimba.Output[float]

    @cimba.on_start
    def begin(self) -> None:
        """Begin to count; an output that is never set is missing."""
        self.completed = self.abandoned = 0.0
        self.available = self.reserved = self.busy = self.wrap_up = 0.0

    @cimba.on_end
    def add_up(self) -> None:
        """Add up what the workers have done."""
        for index in range(len(self.workers)):
            worker = self.workers[index]
            self.completed += worker.completed
            self.abandoned += worker.abandoned
            self.available += worker.time[0]
            self.reserved += worker.time[1]
            self.busy += worker.time[2]
            self.wrap_up += worker.time[3]


def experiment(plan: Plan) -> Any:
    """Return the experiment of *plan*, to be run on one core."""
    tasks, count = plan.tasks, len(plan.tasks.arrival)
    line = Line()
    line.tasks = count
    line.gap = inputs.trace(np.diff(tasks.arrival, prepend=0))
    line.patience_of_next, line.response_of_next = inputs.trace(tasks.patience), inputs.trace(tasks.offer_delay)
    line.handle_time_of_next, line.wrap_up_time_of_next = (
        inputs.trace(tasks.handle_time),
        inputs.trace(tasks.wrap_up_time),
    )
    for name in ("gives_up", "response", "handle_time", "wrap_up_time"):
        setattr(line, name, cimba.Array(count))
    centre = Centre()
    centre.line, centre.workers = line, [_worker(line, plan.legend.horizon) for _ in plan.legend.workers]
    return cimba.Experiment(centre, window=cimba.Window(duration=float(plan.legend.horizon)))


def _worker(line: Line, horizon: int) -> Worker:
    worker = Worker()
    worker.line, worker.horizon = line, float(horizon)
    return worker
