"""Model M2 in salabim: a component for each worker and an own dispatcher, as in plain.py; nothing is left out.

Callers are numbers and not components, and give up without an event, which is the fastest way that was found.
Monitoring and tracing are off.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import salabim

from activity_sim.log import ABANDONED, COMPLETED
from activity_sim.plan import Plan
from tests.benchmarks.plain import AVAILABLE, BUSY, RESERVED, WRAP_UP, Row

salabim.yieldless(False)


class Worker(salabim.Component):  # type: ignore[misc]
    """A worker, and the time that it has spent in each activity."""

    def setup(self, centre: Centre, index: int) -> None:
        """Take the first place among the idle."""
        self.centre, self.index = centre, index
        self.activity, self.task = AVAILABLE, -1
        self.since: float = 0
        self.time: list[float] = [0, 0, 0, 0]

    def move(self, activity: int) -> float:
        """Change the activity, account for the time in the last one, and return what the clock says."""
        now: float = self.env.now()
        self.time[self.activity] += now - self.since
        self.activity, self.since = activity, now
        return now

    def process(self) -> Iterator[Any]:
        """Serve one task after the other."""
        centre = self.centre
        while True:
            self.task = centre.next_waiting()
            if self.task < 0:
                self.move(AVAILABLE)
                centre.idle.append(self)
                yield self.passivate()
            task = self.task
            reserved = self.move(RESERVED)
            if centre.gives_up[task] < reserved + centre.response[task]:
                yield self.hold(centre.gives_up[task] - reserved)
                centre.rows.append((task, self.index, reserved, -1, self.env.now(), ABANDONED))
                continue
            yield self.hold(centre.response[task])
            accepted = self.move(BUSY)
            yield self.hold(centre.handle_time[task])
            self.move(WRAP_UP)
            yield self.hold(centre.wrap_up_time[task])
            centre.rows.append((task, self.index, reserved, accepted, self.env.now(), COMPLETED))


class Source(salabim.Component):  # type: ignore[misc]
    """Where tasks come from."""

    def setup(self, centre: Centre) -> None:
        """Know the centre."""
        self.centre = centre

    def process(self) -> Iterator[Any]:
        """Let the tasks arrive: to the first idle worker, or else into the line."""
        centre = self.centre
        for task, arrival in enumerate(centre.arrival):
            yield self.hold(arrival - self.env.now())
            if centre.idle:
                worker = centre.idle.popleft()
                worker.task = task
                worker.activate()
            else:
                centre.waiting.append(task)


class Centre:
    """A contact centre: whoever has been idle longest takes the task that has waited longest."""

    def __init__(self, plan: Plan) -> None:
        tasks = plan.tasks
        self.arrival = tasks.arrival.tolist()
        self.gives_up = (tasks.arrival + tasks.patience).tolist()
        self.response = tasks.offer_delay[tasks.first_offer[:-1]].tolist()
        self.handle_time, self.wrap_up_time = tasks.handle_time.tolist(), tasks.wrap_up_time.tolist()
        self.waiting: deque[int] = deque()
        self.idle: deque[Worker] = deque()
        self.rows: list[Row] = []
        self.env = salabim.Environment(trace=False, do_reset=True)
        self.env.suppress_trace_standby(True)
        self.workers = [Worker(centre=self, index=index) for index in range(len(plan.legend.workers))]
        Source(centre=self)

    def next_waiting(self) -> int:
        """Return the first task in line that is still there, or -1."""
        while self.waiting:
            task = self.waiting.popleft()
            if self.gives_up[task] >= self.env.now():
                return task
            self.hang_up(task)
        return -1

    def hang_up(self, task: int) -> None:
        """Note that *task* has left without a worker."""
        self.rows.append((task, -1, -1, -1, self.gives_up[task], ABANDONED))

    def close(self, horizon: int) -> None:
        """Account for what goes on at the horizon."""
        for worker in self.workers:
            worker.time[worker.activity] += horizon - worker.since
        for task in self.waiting:
            if self.gives_up[task] < horizon:
                self.hang_up(task)


def run(plan: Plan) -> Centre:
    """Run *plan* to its horizon."""
    centre = Centre(plan)
    centre.env.run(till=plan.legend.horizon)
    centre.close(plan.legend.horizon)
    return centre
