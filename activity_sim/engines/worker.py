"""The state of one worker in the SimPy clock."""

from __future__ import annotations

from typing import TypeAlias

from activity_sim.plan import Plan

Entry: TypeAlias = "tuple[bool, int, int, int, Worker]"
"""An idle worker: whether it has something in hand, since when it is as it is, its index, its stamp, and itself."""


class Worker:
    """What the clock keeps of a worker while a plan runs.

    What the worker shows is layered: in single-tasking *task_activity* while a task is in hand; else *held* while a
    process holds it there; else *detour* while one is on (-1 when not); else *agenda_activity*. *changes* keeps what it
    has shown: an activity and the instant of the change to it, one pair after the other. *serial* and *detour_serial*
    tell happenings that are void.
    """

    __slots__ = (
        "activities",
        "activity",
        "agenda_activity",
        "changes",
        "deadlines",
        "detour",
        "detour_serial",
        "draining",
        "durations",
        "held",
        "in_hand",
        "index",
        "last",
        "last_end",
        "latest",
        "leave",
        "left",
        "recovery",
        "reject_activity",
        "resumed",
        "room",
        "serial",
        "skill_set",
        "stamp",
        "step",
        "task_activity",
    )

    def __init__(self, plan: Plan, index: int) -> None:
        workers = plan.workers
        self.index = index
        self.skill_set = int(workers.skill_set[index])
        self.leave = int(workers.leave[index])
        self.recovery = int(workers.recovery[index])
        self.reject_activity = int(workers.reject_activity[index])
        self.room: list[int] = workers.capacity[index].tolist() if plan.multi_task else [1]
        agendas = workers.agendas
        steps = slice(agendas.first[index], agendas.first[index + 1])
        self.activities: list[int] = agendas.activity[steps].tolist()
        self.durations: list[int] = agendas.duration[steps].tolist()
        self.deadlines: list[int] = agendas.deadline[steps].tolist()
        self.step, self.last = -1, len(self.activities) - 1
        self.activity = self.agenda_activity = self.task_activity = self.detour = self.held = -1
        self.changes: list[int] = []
        self.draining = False
        self.in_hand = self.left = self.resumed = 0
        self.serial = self.detour_serial = self.stamp = 0
        self.last_end = self.latest = -1

    def entry(self) -> Entry:
        """Return the worker's entry among the idle, of whom the lowest gets the next task."""
        since = self.latest if self.in_hand else self.last_end
        return self.in_hand > 0, since, self.index, self.stamp, self

    def show(self, now: int) -> None:
        """Show the activity that the layers come to."""
        shown = self.task_activity
        if shown < 0:
            shown = self.held
        if shown < 0:
            shown = self.detour if self.detour >= 0 else self.agenda_activity
        if shown != self.activity:
            self.activity = shown
            self.changes += (shown, now)
