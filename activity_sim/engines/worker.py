"""The state of one worker in the SimPy clock."""

from __future__ import annotations

from activity_sim.plan import Plan


class Worker:
    """What the clock keeps of a worker while a plan runs.

    What the worker shows is layered: in single-tasking *task_activity* while a task is in hand; else *detour* while
    one is on (-1 when not); else *agenda_activity*. *serial* and *detour_serial* tell happenings that are void.
    """

    __slots__ = (
        "activity",
        "agenda_activity",
        "detour",
        "detour_serial",
        "draining",
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
        "since",
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
        self.step = int(workers.agendas.first[index]) - 1
        self.last = int(workers.agendas.first[index + 1]) - 1
        self.agenda_activity = self.activity = plan.legend.default_activity
        self.task_activity = self.detour = -1
        self.draining = False
        self.in_hand = self.since = self.left = self.resumed = 0
        self.serial = self.detour_serial = self.stamp = 0
        self.last_end = self.latest = -1

    def order(self) -> tuple[int, int]:
        """Return the worker's place among equals: the lower gets the next task."""
        return (1, self.latest) if self.in_hand else (0, self.last_end)

    def shown(self) -> int:
        """Return the activity that the worker is to show."""
        if self.task_activity >= 0:
            return self.task_activity
        return self.detour if self.detour >= 0 else self.agenda_activity
