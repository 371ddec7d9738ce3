"""Model M3 in cimba: a process for each worker, which follows its agenda, and an own dispatcher by skill.

Nothing is left out but the log: as in cimba_m2.py, there are numbers of tasks and the time in each activity. Callers
give up as there. An idle worker is suspended until the dispatcher resumes it or a timer ends its step. Workers are in
the order of their last task's end among the idle, in a linked list for each skill set.
"""

# No "from __future__ import annotations": cimba asks for the types themselves.

from typing import Any

import cimba
import numpy as np
from cimba import inputs

from activity_sim.plan import Plan
from tests.benchmarks.models import ACTIVITIES, lanes_of

TASK, ALARM = 1, 2
AVAILABLE, RESERVED, BUSY, WRAP_UP = range(4)


class Floor(cimba.Model):
    """The tasks, how they arrive and where they wait; and the idle workers."""

    gap: cimba.Input[float]
    lane_of_next: cimba.Input[int]
    patience_of_next: cimba.Input[float]
    response_of_next: cimba.Input[float]
    handle_time_of_next: cimba.Input[float]
    wrap_up_time_of_next: cimba.Input[float]
    tasks: cimba.Param[int] = 0
    lanes: cimba.Param[int] = 0
    skill_sets: cimba.Param[int] = 0
    gives_up: cimba.Array[float]
    response: cimba.Array[float]
    handle_time: cimba.Array[float]
    wrap_up_time: cimba.Array[float]
    accepts: cimba.Array[bool]
    behind: cimba.Array[int]
    first: cimba.Array[int]
    final: cimba.Array[int]
    head: cimba.Array[int]
    tail: cimba.Array[int]
    skill_set: cimba.Array[int]
    before: cimba.Array[int]
    after: cimba.Array[int]
    idle_since: cimba.Array[float]
    process_of: cimba.Array[int]
    given: cimba.Array[int]
    abandoned: int = 0

    @cimba.process
    def source(self) -> None:
        """Let the tasks arrive: to the worker who has been idle longest, or else into the line."""
        for task in range(self.tasks):
            cimba.hold(self.gap.next())
            lane = self.lane_of_next.next()
            self.gives_up[task] = cimba.now() + self.patience_of_next.next()
            self.response[task] = self.response_of_next.next()
            self.handle_time[task] = self.handle_time_of_next.next()
            self.wrap_up_time[task] = self.wrap_up_time_of_next.next()
            worker = self.longest_idle(lane)
            if worker < 0:
                self.wait(task, lane)
            else:
                self.leave_idle(worker)
                self.given[worker] = task
                cimba.Process(self.process_of[worker]).resume(TASK)

    @cimba.function
    def wait(self, task: int, lane: int) -> None:
        """Put *task* at the end of its line."""
        self.behind[task] = -1
        if self.first[lane] < 0:
            self.first[lane] = task
        else:
            self.behind[self.final[lane]] = task
        self.final[lane] = task

    @cimba.function
    def next_waiting(self, skill_set: int) -> int:
        """Take the task that has waited longest of those still there that *skill_set* can take, or -1."""
        best, chosen = self.tasks, -1
        for lane in range(self.lanes):
            if not self.accepts[lane * self.skill_sets + skill_set]:
                continue
            while self.first[lane] >= 0 and self.gives_up[self.first[lane]] < cimba.now():
                self.abandoned += 1
                self.first[lane] = self.behind[self.first[lane]]
            if 0 <= self.first[lane] < best:
                best, chosen = self.first[lane], lane
        if chosen < 0:
            return -1
        self.first[chosen] = self.behind[best]
        return best

    @cimba.function
    def longest_idle(self, lane: int) -> int:
        """Return the worker who has been idle longest of those with the skill for *lane*, or -1."""
        best = -1
        for skill_set in range(self.skill_sets):
            worker = self.head[skill_set]
            if worker < 0 or not self.accepts[lane * self.skill_sets + skill_set]:
                continue
            if best < 0 or self.goes_before(worker, best):
                best = worker
        return best

    @cimba.function
    def goes_before(self, one: int, other: int) -> bool:
        """Return whether *one* has been idle for longer than the *other*."""
        if self.idle_since[one] == self.idle_since[other]:
            return one < other
        return self.idle_since[one] < self.idle_since[other]

    @cimba.function
    def become_idle(self, worker: int) -> None:
        """Put *worker* among the idle, hardly ever not at the end."""
        skill_set = self.skill_set[worker]
        before, after = self.tail[skill_set], -1
        while before >= 0 and self.goes_before(worker, before):
            before, after = self.before[before], before
        self.before[worker], self.after[worker] = before, after
        if after < 0:
            self.tail[skill_set] = worker
        else:
            self.before[after] = worker
        if before < 0:
            self.head[skill_set] = worker
        else:
            self.after[before] = worker

    @cimba.function
    def leave_idle(self, worker: int) -> None:
        """Take *worker* away from the idle."""
        skill_set = self.skill_set[worker]
        before, after = self.before[worker], self.after[worker]
        if after < 0:
            self.tail[skill_set] = before
        else:
            self.before[after] = before
        if before < 0:
            self.head[skill_set] = after
        else:
            self.after[before] = after


class Worker(cimba.Model):
    """A worker: its agenda, and the time that it has spent in each activity."""

    floor: cimba.Ref[Floor]
    index: cimba.Param[int] = 0
    skill_set: cimba.Param[int] = 0
    horizon: cimba.Param[float] = 0.0
    activities: cimba.Array[int]
    durations: cimba.Array[float]
    deadlines: cimba.Array[float]
    step: int = -1
    ends: float = 0.0
    since: float = 0.0
    activity: int = 0
    time: cimba.Array[float] = cimba.Array(len(ACTIVITIES))
    completed: int = 0
    abandoned: int = 0

    @cimba.function
    def move(self, activity: int) -> None:
        """Change the activity, and account for the time in the last one."""
        self.time[self.activity] += cimba.now() - self.since
        self.activity = activity
        self.since = cimba.now()

    @cimba.function
    def step_after(self, moment: float) -> int:
        """Return the next step whose deadline has not passed at a *moment*."""
        step = self.step + 1
        while step < len(self.activities) - 1 and self.deadlines[step] <= moment:
            step += 1
        return step

    @cimba.function
    def start(self, step: int, moment: float) -> None:
        """Start a *step* at a *moment*."""
        self.step = step
        self.ends = min(moment + self.durations[step], self.deadlines[step])

    @cimba.function
    def advance(self) -> None:
        """Take up the step that is on now, after those that fell due during a task."""
        while self.ends <= cimba.now() and self.step < len(self.activities) - 1:
            due = self.step_after(self.ends)
            if self.activities[due] == AVAILABLE:
                self.start(due, self.ends)
            else:
                self.start(self.step_after(cimba.now()), cimba.now())

    @cimba.process
    def work(self) -> None:
        """Follow the agenda, and serve one task after the other where it says so."""
        floor = self.floor
        me = cimba.this_process()
        floor.process_of[self.index] = me.pointer
        while True:
            self.advance()
            if self.activities[self.step] != AVAILABLE:
                self.move(self.activities[self.step])
                cimba.hold(min(self.ends, self.horizon + 1) - cimba.now())
                continue
            task = floor.next_waiting(self.skill_set)
            if task < 0:
                self.move(AVAILABLE)
                floor.become_idle(self.index)
                me.timer_set(min(self.ends, self.horizon + 1) - cimba.now(), ALARM)
                if cimba.suspend() != TASK:
                    floor.leave_idle(self.index)
                    continue
                me.timers_clear()
                task = floor.given[self.index]
            stays = floor.gives_up[task] - cimba.now()
            self.move(RESERVED)
            if stays < floor.response[task]:
                cimba.hold(stays)
                self.abandoned += 1
            else:
                cimba.hold(floor.response[task])
                self.move(BUSY)
                cimba.hold(floor.handle_time[task])
                self.move(WRAP_UP)
                cimba.hold(floor.wrap_up_time[task])
                self.completed += 1
            floor.idle_since[self.index] = cimba.now()

    @cimba.on_end
    def close(self) -> None:
        """Account for what goes on at the horizon."""
        self.time[self.activity] += self.horizon - self.since


class Centre(cimba.Model):
    """A contact centre: whoever has the skill and has been idle longest takes the task that has waited longest."""

    floor: Floor
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
        self.abandoned += self.floor.abandoned
        for index in range(len(self.workers)):
            worker = self.workers[index]
            self.completed += worker.completed
            self.abandoned += worker.abandoned
            self.available += worker.time[AVAILABLE]
            self.reserved += worker.time[RESERVED]
            self.busy += worker.time[BUSY]
            self.wrap_up += worker.time[WRAP_UP]


def experiment(plan: Plan) -> Any:
    """Return the experiment of *plan*, to be run on one core."""
    centre = Centre()
    centre.floor = _floor(plan)
    centre.workers = [_worker(plan, centre.floor, index) for index in range(len(plan.legend.workers))]
    return cimba.Experiment(centre, window=cimba.Window(duration=float(plan.legend.horizon)))


def _floor(plan: Plan) -> Floor:
    tasks, workers, (lanes, skill_sets) = plan.tasks, len(plan.legend.workers), plan.lanes.accepts.shape
    floor = Floor()
    floor.tasks, floor.lanes, floor.skill_sets = len(tasks.arrival), lanes, skill_sets
    floor.gap, floor.lane_of_next = inputs.trace(np.diff(tasks.arrival, prepend=0)), inputs.trace(lanes_of(plan))
    floor.patience_of_next, floor.response_of_next = inputs.trace(tasks.patience), inputs.trace(tasks.offer_delay)
    floor.handle_time_of_next = inputs.trace(tasks.handle_time)
    floor.wrap_up_time_of_next = inputs.trace(tasks.wrap_up_time)
    for name in ("gives_up", "response", "handle_time", "wrap_up_time", "behind"):
        setattr(floor, name, cimba.Array(len(tasks.arrival)))
    floor.accepts = cimba.Array(plan.lanes.accepts.ravel().tolist())
    floor.first, floor.final = cimba.Array([-1] * lanes), cimba.Array(lanes)
    floor.head, floor.tail = cimba.Array([-1] * skill_sets), cimba.Array([-1] * skill_sets)
    floor.skill_set = cimba.Array(plan.workers.skill_set.tolist())
    for name in ("before", "after", "process_of", "given"):
        setattr(floor, name, cimba.Array(workers))
    floor.idle_since = cimba.Array([-1.0] * workers)
    return floor


def _worker(plan: Plan, floor: Floor, index: int) -> Worker:
    agendas = plan.workers.agendas
    steps = slice(agendas.first[index], agendas.first[index + 1])
    worker = Worker()
    worker.floor, worker.index, worker.skill_set = floor, index, int(plan.workers.skill_set[index])
    worker.horizon, worker.activity = float(plan.legend.horizon), int(agendas.activity[steps][0])
    worker.activities = cimba.Array(agendas.activity[steps].tolist())
    worker.durations = cimba.Array(agendas.duration[steps].astype(float).tolist())
    worker.deadlines = cimba.Array(agendas.deadline[steps].astype(float).tolist())
    return worker
