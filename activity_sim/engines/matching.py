"""Who waits and who is idle, in the SimPy clock: finds the next task and its best workers.

Tasks wait in one heap a lane, idle workers in one heap for each skill set and task channel. An entry that has become
void stays where it is until it comes to the top: a worker's *stamp* and a task's *place* tell. So the cost of a match
grows with the logarithm of the number of workers and tasks, and not otherwise.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np

from activity_sim.engines.worker import Entry, Worker
from activity_sim.plan import Plan

Place = tuple[bool, int, int, int]
"""The place of a task in the order: whether its kind of queue goes later, its rank there, its turn, its number."""


class Matching:
    """The waiting tasks and idle workers of one run."""

    def __init__(self, plan: Plan) -> None:
        lanes = plan.lanes
        self.place: list[Place | None] = [None] * len(plan.tasks.arrival)
        self.lifo: list[bool] = lanes.lifo.tolist()
        self.goes_later: list[bool] = (lanes.lifo != plan.lifo_first).tolist()
        self.places = _places(plan)
        self.most: list[int] = lanes.max_reserved.tolist()
        self.waiting: list[list[Place]] = [[] for _ in self.lifo]
        self.servers: list[list[tuple[int, list[Entry]]]] = [[] for _ in self.lifo]
        self.served: list[list[tuple[int, list[Entry], list[list[Place]]]]] = []
        channels: list[int] = lanes.channel.tolist() if plan.multi_task else [0] * len(self.waiting)
        for accepting, order in zip(lanes.accepts.T, lanes.order.T, strict=True):
            self._add_skill_set(np.flatnonzero(accepting).tolist(), order.tolist(), channels)

    def _add_skill_set(self, lanes: list[int], order: list[int], channels: list[int]) -> None:
        idle: dict[int, list[Entry]] = {channels[lane]: [] for lane in lanes}
        for lane in lanes:
            self.servers[lane].append((order[lane], idle[channels[lane]]))
        lines = {channel: [self.waiting[lane] for lane in lanes if channels[lane] == channel] for channel in idle}
        self.served.append([(channel, heap, lines[channel]) for channel, heap in idle.items()])

    def join(self, task: int, lane: int) -> None:
        """Put *task*, which has just arrived and goes nowhere else, into its *lane*."""
        place = self.place[task] = self.places[task]
        heappush(self.waiting[lane], place)

    def wait(self, task: int, lane: int, priority: int, turn: int) -> None:
        """Put *task* into *lane*; a place that it had elsewhere is void."""
        place = self.place[task] = (self.goes_later[lane], -turn if self.lifo[lane] else -priority, turn, task)
        heappush(self.waiting[lane], place)

    def leave(self, task: int) -> None:
        """Let *task* wait no longer."""
        self.place[task] = None

    def offer(self, worker: Worker) -> bool:
        """Put an open *worker* among the idle; return whether tasks wait that it might take."""
        entry, wanted = worker.entry(), False
        for channel, idle, lines in self.served[worker.skill_set]:
            if worker.room[channel] > 0:
                heappush(idle, worker.entry_on(channel) if worker.pasts else entry)
                wanted = wanted or any(lines)
        return wanted

    def best_worker(self, lane: int) -> Worker | None:
        """Return the best worker who is eligible for the tasks of *lane*."""
        best = None
        for order, idle in self.servers[lane]:
            while idle and idle[0][3] != idle[0][4].stamp:
                heappop(idle)
            if idle and (best is None or (order, idle[0]) < best):
                best = order, idle[0]
        return best[1][4] if best else None

    def take(self) -> tuple[int, Worker] | None:
        """Take the first task that has an eligible worker out of its lane, and return both."""
        best: tuple[Place, Worker, list[Place]] | None = None
        for lane, heap in enumerate(self.waiting):
            while heap and self.place[heap[0][3]] is not heap[0]:
                heappop(heap)
            if heap and (best is None or heap[0] < best[0]) and (worker := self.best_worker(lane)):
                best = heap[0], worker, heap
        if best is None:
            return None
        place, worker, heap = best
        heappop(heap)
        self.place[place[3]] = None
        return place[3], worker

    def best_workers(self, lane: int) -> list[Worker]:
        """Return as many of the best workers for the tasks of *lane* as are to be reserved at once, and are there."""
        workers: list[Worker] = []
        while len(workers) < self.most[lane] and (worker := self.best_worker(lane)):
            worker.stamp += 1
            workers.append(worker)
        return workers


def _places(plan: Plan) -> list[Place]:
    """Return the places of tasks in their lanes, where none has more than one; none where some have."""
    if (np.diff(plan.routes.first) != 1).any() or not len(plan.tasks.route):
        return []
    lifo, number = plan.lanes.lifo[plan.routes.lane[plan.tasks.route]], np.arange(len(plan.tasks.route))
    rank = np.where(lifo, -number, -plan.tasks.priority)
    columns = ((lifo != plan.lifo_first).tolist(), rank.tolist(), number.tolist(), number.tolist())
    return list(zip(*columns, strict=True))
