"""The state of one worker in the SimPy clock, and of its reservations and work."""

from __future__ import annotations

from typing import TypeAlias

from activity_sim import log
from activity_sim.plan import FULL_PACE, Plan

Entry: TypeAlias = "tuple[bool, int, int, int, Worker]"
"""An idle worker: whether it has something in hand, since when it is as it is, its index, its stamp, and itself."""


class Reservation:
    """A reservation of *worker* for *task* on *channel*, which ends by *offer*; *ended* is -1 while it is pending."""

    __slots__ = ("channel", "created", "ended", "offer", "status", "task", "worker")

    def __init__(self, task: int, worker: Worker, created: int, offer: int, channel: int) -> None:
        self.task = task
        self.channel = channel
        self.worker = worker
        self.created = created
        self.offer = offer
        self.ended = -1
        self.status = log.PENDING


class Work:
    """A stage of the work on an accepted task: what is *left* of it, in thousandths of a microsecond, at *since*.

    *wraps_up* tells the wrap-up time from the handle time; *serial* tells ends that are void.
    """

    __slots__ = ("left", "serial", "since", "task", "worker", "wraps_up")

    def __init__(self, task: int, worker: Worker) -> None:
        self.task = task
        self.worker = worker
        self.left = self.since = self.serial = 0
        self.wraps_up = False


class Past:
    """What decides about a worker's turn on an optimised channel; see :class:`Worker`, which has the same for all."""

    __slots__ = ("in_hand", "last_end", "latest")

    def __init__(self) -> None:
        self.in_hand = 0
        self.last_end = self.latest = -1


class Worker:
    """What the clock keeps of a worker while a plan runs.

    What the worker shows is layered: in single-tasking *task_activity* while a task is in hand; else what lies
    *beneath*: *held* while a process holds it there; else *detour* while one is on (-1 when not); else
    *agenda_activity*. Where work is mirrored, *works* cover that. *changes* keeps what it has shown: an activity and
    the instant of the change to it, one pair after the other. *serial* and *detour_serial* tell happenings that are
    void. *in_hand*, *last_end* and *latest* (reservation) decide about its turn, on optimised channels *pasts* do.
    """

    __slots__ = (
        "activities",
        "activity",
        "agenda_activity",
        "available",
        "changes",
        "deadlines",
        "detour",
        "detour_serial",
        "draining",
        "durations",
        "held",
        "in_hand",
        "index",
        "is_plain",
        "last",
        "last_end",
        "latest",
        "leave",
        "left",
        "mirror",
        "pace",
        "pasts",
        "recovery",
        "reject_activity",
        "resumed",
        "room",
        "serial",
        "skill_set",
        "stamp",
        "step",
        "tally",
        "task_activity",
        "works",
    )

    def __init__(self, plan: Plan, index: int, tallies: list[list[int]]) -> None:
        workers = plan.workers
        self.index = index
        self.skill_set = int(workers.skill_set[index])
        self.leave = int(workers.leave[index])
        self.recovery = int(workers.recovery[index])
        self.reject_activity = int(workers.reject_activity[index])
        self.room: list[int] = workers.capacity[index].tolist() if plan.multi_task else [1]
        self.pace: list[int] = workers.paces[workers.pace[index]].tolist() if workers.pace[index] >= 0 else []
        agendas = workers.agendas
        steps = slice(agendas.first[index], agendas.first[index + 1])
        self.activities: list[int] = agendas.activity[steps].tolist()
        self.durations: list[int] = agendas.duration[steps].tolist()
        self.deadlines: list[int] = agendas.deadline[steps].tolist()
        self.step, self.last = -1, len(self.activities) - 1
        self.activity = self.agenda_activity = self.task_activity = self.detour = self.held = -1
        self.available, self.mirror = plan.legend.available, plan.mirror
        self.changes: list[int] = []
        self.tally = tallies[self.skill_set] if tallies else None
        self.draining = False
        self.in_hand = self.left = self.resumed = 0
        self.serial = self.detour_serial = self.stamp = 0
        self.works: list[Work] = []
        self.last_end = self.latest = -1
        self.pasts: list[Past | Worker] = []
        if plan.multi_task and any(plan.optimised):
            self.pasts = [Past() if optimised else self for optimised in plan.optimised]
        self.is_plain = not (self.pace or self.mirror or self.pasts)

    def entry(self) -> Entry:
        """Return the worker's entry among the idle, of whom the lowest gets the next task."""
        since = self.latest if self.in_hand else self.last_end
        return self.in_hand > 0, since, self.index, self.stamp, self

    def entry_on(self, channel: int) -> Entry:
        """Return the worker's entry among the idle of *channel*, where some channels are optimised."""
        past = self.pasts[channel]
        since = past.latest if past.in_hand else past.last_end
        return past.in_hand > 0, since, self.index, self.stamp, self

    def rate(self, in_hand: int) -> int:
        """Return the rate, of a thousand, at which work goes on with so many tasks in hand."""
        return self.pace[min(in_hand, len(self.pace)) - 1] if self.pace else FULL_PACE

    def beneath(self) -> int:
        """Return the activity that the worker has chosen, or was sent to, whatever it works at."""
        if self.held >= 0:
            return self.held
        return self.detour if self.detour >= 0 else self.agenda_activity

    def mirrored(self, beneath: int) -> int:
        """Return the activity that mirrors the worker's work."""
        stays = self.available[beneath] and not self.draining
        return self.mirror[2 * all(work.wraps_up for work in self.works) + (not stays)]

    def show(self, now: int) -> None:
        """Show the activity that the layers come to."""
        shown = self.task_activity
        if shown < 0:
            shown = self.held
            if shown < 0:
                shown = self.detour if self.detour >= 0 else self.agenda_activity
            if self.works and self.mirror:
                shown = self.mirrored(shown)
        if shown != self.activity:
            if self.tally is not None:
                self.tally[shown] += 1
                self.tally[self.activity] -= self.activity >= 0
            self.activity = shown
            self.changes += (shown, now)
