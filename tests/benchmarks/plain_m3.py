"""Model M3 as a plain SimPy program: a process for each worker, a dispatcher by skill, ordinary timeouts.

It runs from a drawn plan in which workers leave their agendas' steps "deferred": a step that falls due during a task
waits for its end. An idle worker waits for one event, which brings a task, or none where a step falls due. The work is
one long generator, because a second one inside it would cost a tenth of the speed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from functools import partial
from heapq import heappop, heappush

import numpy as np
from simpy import Environment, Event

from activity_sim.log import ABANDONED, COMPLETED
from activity_sim.plan import Plan
from tests.benchmarks.models import ACTIVITIES, lanes_of
from tests.benchmarks.plain import AVAILABLE, BUSY, RESERVED, WRAP_UP, Row

Turn = tuple[float, int, Event]
"""An idle worker: since when, its index, and the event that it waits for."""


class Worker:
    """A worker: its agenda, the event that it waits for while idle, and the time that it has spent in each activity."""

    def __init__(self, plan: Plan, index: int) -> None:
        agendas = plan.workers.agendas
        steps = slice(agendas.first[index], agendas.first[index + 1])
        self.index = index
        self.skill_set = int(plan.workers.skill_set[index])
        self.activities: list[int] = agendas.activity[steps].tolist()
        self.durations: list[int] = agendas.duration[steps].tolist()
        self.deadlines: list[int] = agendas.deadline[steps].tolist()
        self.step, self.last = -1, len(self.activities) - 1
        self.ends: float = 0
        self.idle_since: float = -1
        self.turn: Event | None = None
        self.activity = self.activities[0]
        self.since: float = 0
        self.time: list[float] = [0] * len(ACTIVITIES)

    def move(self, activity: int, now: float) -> None:
        """Change the activity, and account for the time in the last one."""
        self.time[self.activity] += now - self.since
        self.activity, self.since = activity, now

    def advance(self, now: float) -> None:
        """Take up the step that is on *now*, after those that fell due during a task."""
        while self.ends <= now and self.step < self.last:
            due = self.step_after(self.ends)
            if self.activities[due] == AVAILABLE:
                self.start(due, self.ends)
            else:
                self.start(self.step_after(now), now)

    def step_after(self, moment: float) -> int:
        """Return the next step whose deadline has not passed at a *moment*."""
        step = self.step + 1
        while step < self.last and self.deadlines[step] <= moment:
            step += 1
        return step

    def start(self, step: int, moment: float) -> None:
        """Start a *step* at a *moment*."""
        self.step = step
        self.ends = min(moment + self.durations[step], self.deadlines[step])


class Centre:
    """A contact centre: whoever has the skill and has been idle longest takes the task that has waited longest."""

    def __init__(self, plan: Plan) -> None:
        tasks, accepts = plan.tasks, plan.lanes.accepts
        self.env = Environment()
        self.horizon = plan.legend.horizon
        self.lane, self.arrival = lanes_of(plan).tolist(), tasks.arrival.tolist()
        self.gives_up = (tasks.arrival + tasks.patience).tolist()
        self.response = tasks.offer_delay[tasks.first_offer[:-1]].tolist()
        self.handle_time, self.wrap_up_time = tasks.handle_time.tolist(), tasks.wrap_up_time.tolist()
        self.waiting: list[deque[int]] = [deque() for _ in accepts]
        self.idle: list[list[Turn]] = [[] for _ in accepts.T]
        self.servers = [[self.idle[skills] for skills in np.flatnonzero(row)] for row in accepts]
        self.lines = [[self.waiting[lane] for lane in np.flatnonzero(column)] for column in accepts.T]
        self.rows: list[Row] = []
        self.workers = [Worker(plan, index) for index in range(len(plan.legend.workers))]
        for worker in self.workers:
            self.env.process(self.work(worker))
        self.env.process(self.source())

    def source(self) -> Generator[Event, None, None]:
        """Let the tasks arrive: to the worker who has been idle longest, or else into the line."""
        env = self.env
        for task, arrival in enumerate(self.arrival):
            yield env.timeout(arrival - env.now)
            turn = self.longest_idle(self.lane[task])
            if turn is None:
                self.waiting[self.lane[task]].append(task)
            else:
                turn.succeed(task)

    def longest_idle(self, lane: int) -> Event | None:
        """Return the event of the worker who has been idle longest of those with the skill for *lane*."""
        best: list[Turn] | None = None
        for idle in self.servers[lane]:
            while idle and idle[0][2].triggered:
                heappop(idle)
            if idle and (best is None or idle[0] < best[0]):
                best = idle
        return heappop(best)[2] if best else None

    def next_waiting(self, skill_set: int) -> int | None:
        """Return the task that has waited longest of those still there that *skill_set* can take."""
        best: deque[int] | None = None
        for line in self.lines[skill_set]:
            while line and self.gives_up[line[0]] < self.env.now:
                self.hang_up(line.popleft())
            if line and (best is None or line[0] < best[0]):
                best = line
        return best.popleft() if best else None

    def hang_up(self, task: int) -> None:
        """Note that *task* has left without a worker."""
        self.rows.append((task, -1, -1, -1, self.gives_up[task], ABANDONED))

    def work(self, worker: Worker) -> Generator[Event, int | None, None]:
        """Follow the agenda, and serve one task after the other where it says so."""
        env = self.env
        while True:
            ends = worker.ends
            worker.advance(env.now)
            activity = worker.activities[worker.step]
            if activity != AVAILABLE:
                worker.move(activity, env.now)
                yield env.timeout(min(worker.ends, self.horizon + 1) - env.now)
                continue
            if worker.ends != ends:
                self.set_alarm(worker)
            task = self.next_waiting(worker.skill_set)
            if task is None:
                task = yield self.wait(worker)
            if task is None:
                continue
            reserved = env.now
            worker.move(RESERVED, reserved)
            if self.gives_up[task] < reserved + self.response[task]:
                yield env.timeout(self.gives_up[task] - reserved)
                self.rows.append((task, worker.index, reserved, -1, env.now, ABANDONED))
            else:
                yield env.timeout(self.response[task])
                accepted = env.now
                worker.move(BUSY, accepted)
                yield env.timeout(self.handle_time[task])
                worker.move(WRAP_UP, env.now)
                yield env.timeout(self.wrap_up_time[task])
                self.rows.append((task, worker.index, reserved, accepted, env.now, COMPLETED))
            worker.idle_since = env.now

    def wait(self, worker: Worker) -> Event:
        """Put *worker* among the idle, and return the event that it waits for."""
        worker.move(AVAILABLE, self.env.now)
        worker.turn = self.env.event()
        heappush(self.idle[worker.skill_set], (worker.idle_since, worker.index, worker.turn))
        return worker.turn

    def set_alarm(self, worker: Worker) -> None:
        """Wake *worker* as its step falls due, should it be idle then."""
        if worker.ends < self.horizon:
            alarm = self.env.timeout(worker.ends - self.env.now)
            alarm.callbacks.append(partial(self.wake, worker))

    def wake(self, worker: Worker, _: Event) -> None:
        """Take *worker* away from the idle, to look at its agenda."""
        if worker.turn is not None and not worker.turn.triggered:
            worker.turn.succeed(None)

    def close(self) -> None:
        """Account for what goes on at the horizon."""
        for worker in self.workers:
            worker.move(worker.activity, self.horizon)
        for line in self.waiting:
            for task in line:
                if self.gives_up[task] < self.horizon:
                    self.hang_up(task)


def run(plan: Plan) -> Centre:
    """Run *plan* to its horizon."""
    centre = Centre(plan)
    centre.env.run(until=plan.legend.horizon)
    centre.close()
    return centre
