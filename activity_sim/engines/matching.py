"""Who waits and who is idle, in the SimPy clock: finds the next task and its best worker.

Tasks wait in one heap a lane, idle workers in one heap for each set of equal eligibility and task channel. An entry
that has become void stays where it is until it comes to the top: a worker's *stamp*, a task's outcome tell. So the
cost of a match grows with the logarithm of the number of workers and tasks, and not otherwise.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from activity_sim.engines.worker import Entry, Worker
from activity_sim.log import WAITING
from activity_sim.plan import Plan

Place = tuple[bool, int, int]
"""The place of a task in the order: whether its kind of queue goes later, its rank there, its number."""


class Matching:
    """The waiting tasks and idle workers of one run; *outcome* is the clock's list of outcomes by task."""

    def __init__(self, plan: Plan, outcome: list[int]) -> None:
        self.outcome = outcome
        self.place = _places(plan)
        self.lane_of: list[int] = plan.tasks.lane.tolist()
        self.waiting: list[list[Place]] = [[] for _ in plan.lanes.lifo]
        self.servers: list[list[list[Entry]]] = [[] for _ in plan.lanes.lifo]
        self.served: list[list[tuple[int, list[Entry], list[list[Place]]]]] = []
        channels: list[int] = plan.lanes.channel.tolist() if plan.multi_task else [0] * len(self.waiting)
        for accepting in plan.lanes.accepts.T:
            self._add_skill_set(np.flatnonzero(accepting).tolist(), channels)

    def _add_skill_set(self, lanes: list[int], channels: list[int]) -> None:
        idle: dict[int, list[Entry]] = {channels[lane]: [] for lane in lanes}
        for lane in lanes:
            self.servers[lane].append(idle[channels[lane]])
        lines = {channel: [self.waiting[lane] for lane in lanes if channels[lane] == channel] for channel in idle}
        self.served.append([(channel, heap, lines[channel]) for channel, heap in idle.items()])

    def wait(self, task: int) -> None:
        """Put *task* into its lane."""
        heappush(self.waiting[self.lane_of[task]], self.place[task])

    def offer(self, worker: Worker) -> bool:
        """Put an open *worker* among the idle; return whether tasks wait that it might take."""
        entry, wanted = worker.entry(), False
        for channel, idle, lines in self.served[worker.skill_set]:
            if worker.room[channel] > 0:
                heappush(idle, entry)
                wanted = wanted or any(lines)
        return wanted

    def first_task(self, lane: int) -> Place | None:
        """Return the place of the first task of *lane*."""
        heap = self.waiting[lane]
        while heap and self.outcome[heap[0][2]] != WAITING:
            heappop(heap)
        return heap[0] if heap else None

    def best_worker(self, lane: int) -> Worker | None:
        """Return the best worker who is eligible for the tasks of *lane*."""
        best = None
        for idle in self.servers[lane]:
            while idle and idle[0][3] != idle[0][4].stamp:
                heappop(idle)
            if idle and (best is None or idle[0] < best):
                best = idle[0]
        return best[4] if best else None

    def take(self) -> tuple[int, Worker] | None:
        """Take the first task that has an eligible worker out of its lane, and return both."""
        best: tuple[Place, Worker] | None = None
        for lane, heap in enumerate(self.waiting):
            if heap and (first := self.first_task(lane)) and (best is None or first < best[0]):
                worker = self.best_worker(lane)
                best = (first, worker) if worker else best
        if best is None:
            return None
        heappop(self.waiting[self.lane_of[best[0][2]]])
        return best[0][2], best[1]


def _places(plan: Plan) -> list[Place]:
    lifo, number = plan.lanes.lifo[plan.tasks.lane], np.arange(len(plan.tasks.lane))
    rank = np.where(lifo, -number, -plan.tasks.priority)
    return list(zip((lifo != plan.lifo_first).tolist(), rank.tolist(), number.tolist(), strict=True))
