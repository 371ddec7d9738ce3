"""Who waits and who is idle, in the SimPy clock: finds the next task and its best worker.

Tasks wait in one heap a lane, idle workers in one heap for each set of equal eligibility and task channel. An entry
that has become void stays where it is until it comes to the top: a worker's *stamp*, a task's outcome tell. So the
cost of a match grows with the logarithm of the number of workers and tasks, and not otherwise.
"""

from __future__ import annotations

from heapq import heappop, heappush

from activity_sim.engines.worker import Worker
from activity_sim.log import WAITING
from activity_sim.plan import Plan

LARGEST_PRIORITY = 2**31


class Matching:
    """The waiting tasks and idle workers of one run; *outcome* is the clock's list of outcomes by task."""

    def __init__(self, plan: Plan, workers: list[Worker], outcome: list[int]) -> None:
        lanes, skill_sets = plan.lanes, plan.lanes.accepts.shape[1]
        self.workers = workers
        self.outcome = outcome
        self.priority: list[int] = plan.tasks.priority.tolist()
        self.lane_of = plan.tasks.lane.tolist()
        self.lifo = lanes.lifo.tolist()
        self.later = [lifo != plan.lifo_first for lifo in self.lifo]
        channels = lanes.channel.tolist() if plan.multi_task else [0] * len(self.lifo)
        self.idle: list[list[list[tuple[int, int, int, int]]]] = [
            [[] for _ in range(skill_sets)] for _ in range(max(channels, default=0) + 1)
        ]
        self.waiting: list[list[tuple[int, int]]] = [[] for _ in self.lifo]
        self.servers = [
            [self.idle[channel][skill_set] for skill_set in range(skill_sets) if lanes.accepts[lane, skill_set]]
            for lane, channel in enumerate(channels)
        ]
        self.served = [
            [(lane, channel) for lane, channel in enumerate(channels) if lanes.accepts[lane, skill_set]]
            for skill_set in range(skill_sets)
        ]
        self.channels = [sorted({channel for _, channel in served}) for served in self.served]

    def wait(self, task: int) -> bool:
        """Put *task* into its lane; return whether somebody could take it now."""
        lane = self.lane_of[task]
        heappush(self.waiting[lane], (-task if self.lifo[lane] else self._fifo(task), task))
        return self.best_worker(lane) is not None

    def _fifo(self, task: int) -> int:
        return ((LARGEST_PRIORITY - self.priority[task]) << 40) + task

    def offer(self, worker: Worker) -> bool:
        """Put an open *worker* among the idle; return whether a task waits that it could take."""
        busy, when = worker.order()
        for channel in self.channels[worker.skill_set]:
            if worker.room[channel] > 0:
                heappush(self.idle[channel][worker.skill_set], (busy, when, worker.index, worker.stamp))
        return any(
            self.waiting[lane] and worker.room[channel] > 0 and self.first_task(lane) is not None
            for lane, channel in self.served[worker.skill_set]
        )

    def first_task(self, lane: int) -> tuple[int, int] | None:
        """Return the first task of *lane* with its place in the order."""
        heap = self.waiting[lane]
        while heap and self.outcome[heap[0][1]] != WAITING:
            heappop(heap)
        return heap[0] if heap else None

    def best_worker(self, lane: int) -> Worker | None:
        """Return the best worker who is eligible for the tasks of *lane*."""
        best = None
        for heap in self.servers[lane]:
            while heap and heap[0][3] != self.workers[heap[0][2]].stamp:
                heappop(heap)
            if heap and (best is None or heap[0] < best):
                best = heap[0]
        return None if best is None else self.workers[best[2]]

    def take(self) -> tuple[int, Worker] | None:
        """Take the first task that has an eligible worker out of its lane, and return both."""
        best: tuple[bool, int, int, Worker] | None = None
        for lane, heap in enumerate(self.waiting):
            if heap and (first := self.first_task(lane)) and (worker := self.best_worker(lane)):
                candidate = (self.later[lane], *first, worker)
                if best is None or candidate[:2] < best[:2]:
                    best = candidate
        if best is None:
            return None
        heappop(self.waiting[self.lane_of[best[2]]])
        return best[2], best[3]
