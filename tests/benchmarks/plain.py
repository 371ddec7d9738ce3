"""Model M2 as a plain SimPy program: a process for each worker, a dispatcher of two lines, ordinary timeouts.

It runs from a drawn plan of one queue and one group of workers without agendas, so both clocks simulate the same thing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator

from simpy import Environment, Event

from activity_sim.log import ABANDONED, COMPLETED
from activity_sim.plan import Plan

AVAILABLE, RESERVED, BUSY, WRAP_UP = range(4)

Row = tuple[int, int, float, float, float, int]
"""What became of a task: its number, its worker, when it was reserved, accepted and left, its outcome; -1: missing."""


class Worker:
    """A worker and the time that it has spent in each activity."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.activity = AVAILABLE
        self.since: float = 0
        self.time: list[float] = [0, 0, 0, 0]

    def move(self, activity: int, now: float) -> None:
        """Change the activity, and account for the time in the last one."""
        self.time[self.activity] += now - self.since
        self.activity, self.since = activity, now


class Centre:
    """A contact centre: whoever has been idle longest takes the task that has waited longest."""

    def __init__(self, plan: Plan) -> None:
        tasks = plan.tasks
        self.env = Environment()
        self.arrival = tasks.arrival.tolist()
        self.gives_up = (tasks.arrival + tasks.patience).tolist()
        self.response = tasks.offer_delay[tasks.first_offer[:-1]].tolist()
        self.handle_time, self.wrap_up_time = tasks.handle_time.tolist(), tasks.wrap_up_time.tolist()
        self.waiting: deque[int] = deque()
        self.idle: deque[Event] = deque()
        self.rows: list[Row] = []
        self.workers = [Worker(index) for index in range(len(plan.legend.workers))]
        for worker in self.workers:
            self.env.process(self.work(worker))
        self.env.process(self.source())

    def source(self) -> Generator[Event, None, None]:
        """Let the tasks arrive: to the first idle worker, or else into the line."""
        env = self.env
        for task, arrival in enumerate(self.arrival):
            yield env.timeout(arrival - env.now)
            if self.idle:
                self.idle.popleft().succeed(task)
            else:
                self.waiting.append(task)

    def next_waiting(self) -> int | None:
        """Return the first task in line that is still there."""
        while self.waiting:
            task = self.waiting.popleft()
            if self.gives_up[task] >= self.env.now:
                return task
            self.rows.append((task, -1, -1, -1, self.gives_up[task], ABANDONED))
        return None

    def work(self, worker: Worker) -> Generator[Event, int, None]:
        """Serve one task after the other."""
        env = self.env
        while True:
            task = self.next_waiting()
            if task is None:
                worker.move(AVAILABLE, env.now)
                turn = env.event()
                self.idle.append(turn)
                task = yield turn
            reserved = env.now
            worker.move(RESERVED, reserved)
            if self.gives_up[task] < reserved + self.response[task]:
                yield env.timeout(self.gives_up[task] - reserved)
                self.rows.append((task, worker.index, reserved, -1, env.now, ABANDONED))
                continue
            yield env.timeout(self.response[task])
            accepted = env.now
            worker.move(BUSY, accepted)
            yield env.timeout(self.handle_time[task])
            worker.move(WRAP_UP, env.now)
            yield env.timeout(self.wrap_up_time[task])
            self.rows.append((task, worker.index, reserved, accepted, env.now, COMPLETED))

    def close(self, horizon: int) -> None:
        """Account for what goes on at the horizon."""
        for worker in self.workers:
            worker.move(worker.activity, horizon)
        late = [task for task in self.waiting if self.gives_up[task] < horizon]
        self.rows += [(task, -1, -1, -1, self.gives_up[task], ABANDONED) for task in late]


def run(plan: Plan) -> Centre:
    """Run *plan* to its horizon."""
    centre = Centre(plan)
    centre.env.run(until=plan.legend.horizon)
    centre.close(plan.legend.horizon)
    return centre
