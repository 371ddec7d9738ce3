"""The workers of a SimPy clock: agendas, detours, what they have in hand, and how fast they work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from activity_sim.engines.matching import Matching
from activity_sim.engines.skips import Skips
from activity_sim.engines.worker import Reservation, Work, Worker
from activity_sim.plan import AT_ONCE, FULL_PACE, IDLE_ONLY, Plan

RANK = 1 << 60
WORK, RESPONSE, AGENDA, TIMEOUT, ARRIVAL, MATCHING, PATIENCE = (rank * RANK for rank in range(1, 8))
"""The ranks of happenings, above all indices."""


class Staff(ABC):
    """The workers of one run of a plan, and the rules for what they do.

    Its state is in slots: Python reads attributes of objects that have more than thirty much more slowly elsewhere.
    """

    __slots__ = (
        *("available", "channel", "horizon", "matching", "matching_is_due", "now", "plan", "reservation_activity"),
        *("skips", "workers"),
    )

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.now = 0
        self.horizon = plan.legend.horizon
        self.available = list(plan.legend.available)
        self.channel: list[int] = plan.lanes.channel.tolist() if plan.multi_task else [0] * len(plan.lanes.lifo)
        self.reservation_activity: list[int] = plan.lanes.reservation_activity.tolist()
        self.skips = Skips(plan)
        self.workers = [Worker(plan, index, self.skips.tallies) for index in range(len(plan.legend.workers))]
        self.matching = Matching(plan)
        self.matching_is_due = False

    @abstractmethod
    def schedule(self, delay: int, key: int, act: Callable[[Any], None], subject: Any) -> None:
        """Let *act* happen to *subject* after *delay*, in the order of *key* among all that happens then."""

    @abstractmethod
    def end_stage(self, subject: tuple[Work, int]) -> None:
        """End a stage of work, if it still ends now."""

    def begin(self) -> None:
        """Let all workers begin their agendas."""
        for worker in self.workers:
            self.advance(worker)
            self.settle(worker)

    def begin_stage(self, work: Work, length: int) -> None:
        """Begin a stage of *work* that takes so long at full pace."""
        work.left, work.since = FULL_PACE * length, self.now
        self.expect_end(work)

    def expect_end(self, work: Work) -> None:
        """Schedule the end of a stage of *work*, as things are now."""
        work.serial += 1
        delay = -(-work.left // work.worker.rate(work.worker.in_hand))
        if self.now + delay < self.horizon:
            self.schedule(delay, WORK + work.task, self.end_stage, (work, work.serial))

    def change_pace(self, worker: Worker, before: int) -> None:
        """Let the work of *worker* go on at another pace than *before*, when so many tasks were in hand."""
        for work in worker.works if worker.rate(before) != worker.rate(worker.in_hand) else ():
            work.left = max(work.left - worker.rate(before) * (self.now - work.since), 0)
            work.since = self.now
            self.expect_end(work)

    def take(self, worker: Worker, lane: int) -> None:
        """Let *worker* have one more task in hand, of *lane*."""
        channel = self.channel[lane]
        worker.in_hand += 1
        worker.latest = self.now
        if not worker.is_plain:
            self.note(worker, channel, 1)
        if worker.in_hand == 1 and worker.leave == IDLE_ONLY:
            self.stop_duration(worker)
        worker.room[channel] -= 1
        worker.task_activity = self.reservation_activity[lane]
        self.settle(worker)

    def note(self, worker: Worker, channel: int, change: int) -> None:
        """Note what follows from a *change* of the tasks that *worker* has in hand, by one task of *channel*."""
        if worker.pace:
            self.change_pace(worker, worker.in_hand - change)
        past = worker.pasts[channel] if worker.pasts else worker
        if past is not worker:
            past.in_hand += change
            past.latest = self.now if change > 0 else past.latest
            past.last_end = self.now if change < 0 else past.last_end

    def release(self, reservation: Reservation) -> bool:
        """Take a task out of the hands of its worker; return whether a waiting step has started by that."""
        worker, channel = reservation.worker, reservation.channel
        worker.in_hand -= 1
        worker.last_end = self.now
        if not worker.is_plain:
            self.note(worker, channel, -1)
        worker.room[channel] += 1
        worker.task_activity = -1
        if worker.in_hand:
            return False
        if worker.draining:
            self.advance(worker)
            return True
        if worker.leave == IDLE_ONLY:
            self.set_alarm(worker)
        return False

    def begin_detour(self, worker: Worker, activity: int) -> None:
        """Send *worker* to *activity* until it has recovered or a step starts."""
        worker.detour = activity
        worker.detour_serial += 1
        if worker.recovery >= 0:
            subject = (worker, worker.detour_serial)
            self.schedule(worker.recovery, AGENDA + 2 * worker.index, self.recover, subject)

    def recover(self, subject: tuple[Worker, int]) -> None:
        """End a detour."""
        worker, serial = subject
        if serial == worker.detour_serial:
            worker.detour = -1
            self.settle(worker)

    def fall_due(self, subject: tuple[Worker, int]) -> None:
        """Let the current step of a worker end."""
        worker, serial = subject
        if serial == worker.serial:
            self.advance(worker)
            self.settle(worker)

    def advance(self, worker: Worker) -> None:
        """Start the next step whose deadline has not passed, or let it wait until nothing is in hand."""
        step = worker.step + 1
        while step < worker.last and worker.deadlines[step] <= self.now:
            step += 1
        leaves = not self.available[worker.activities[step]] and worker.leave != AT_ONCE
        if worker.in_hand and leaves:
            worker.draining = True
        else:
            self.start(worker, step)

    def start(self, worker: Worker, step: int) -> None:
        """Start *step*; it ends a detour and any waiting."""
        worker.step, worker.draining = step, False
        worker.detour = -1
        worker.detour_serial += 1
        worker.agenda_activity = worker.activities[step]
        worker.left = worker.durations[step]
        self.set_alarm(worker)

    def set_alarm(self, worker: Worker) -> None:
        """Schedule the end of the current step: the earlier of what is left of it and its deadline."""
        worker.serial += 1
        if worker.step == worker.last:
            return
        delay = worker.deadlines[worker.step] - self.now
        if not (worker.in_hand and worker.leave == IDLE_ONLY):
            worker.resumed = self.now
            delay = min(delay, worker.left)
        if self.now + delay < self.horizon:
            self.schedule(delay, AGENDA + 2 * worker.index + 1, self.fall_due, (worker, worker.serial))

    def stop_duration(self, worker: Worker) -> None:
        """Stop the clock of the current step's duration as a task comes into hand; its deadline stays."""
        worker.left -= self.now - worker.resumed
        self.set_alarm(worker)

    def settle(self, worker: Worker) -> None:
        """Show what has become of *worker*, and offer it to tasks."""
        worker.show(self.now)
        worker.stamp += 1
        if self.available[worker.activity] and not worker.draining and (worker.is_plain or self.is_open(worker)):
            self.matching_is_due |= self.matching.offer(worker)

    def is_open(self, worker: Worker) -> bool:
        """Return whether *worker*, if it works at something, would be available without that."""
        return not worker.works or self.available[worker.beneath()]
