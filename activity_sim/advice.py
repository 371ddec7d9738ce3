"""What is allowed in a scenario, but probably not what was meant."""

from __future__ import annotations

import numpy as np

from activity_sim.drawing import Prepared
from activity_sim.drawing.agendas import Day
from activity_sim.model.routing import RESERVATION_TIMEOUT
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Tasks


def advice(prepared: Prepared) -> list[str]:
    """Return warnings about *prepared*'s scenario: tasks that nobody can take, workers who can take nothing."""
    scenario = prepared.scenario
    return [*_unserved(prepared), *_idle_groups(prepared), *_drift(scenario)]


def _unserved(prepared: Prepared) -> list[str]:
    found = []
    for tasks, drawn in zip(prepared.scenario.tasks, prepared.types, strict=True):
        queue = prepared.scenario.queues[prepared.scenario.queue_of(tasks)]
        channel = prepared.channels.index(tasks.task_channel)
        served = prepared.lanes.accepts[drawn.lane][prepared.skill_set]
        single = not prepared.scenario.workspace.multi_task_enabled
        room = [single or day.group.channels.get(prepared.channels[channel], 1) > 0 for day in prepared.days]
        if not any(accepts and fits for accepts, fits in zip(served.tolist(), room, strict=True)):
            found.append(
                f"tasks {tasks.friendly_name!r}: no worker can take them (queue {queue.friendly_name!r}, "
                f"target_workers {queue.target_workers}, task channel {tasks.task_channel!r})"
            )
    return found


def _idle_groups(prepared: Prepared) -> list[str]:
    scenario = prepared.scenario
    available = {a.friendly_name for a in scenario.workspace.activities if a.available}
    found = []
    for group in scenario.groups:
        mine = [day for day in prepared.days if day.group is group]
        entered = {scenario.workspace.names[code] for day in mine for code in _entered(day)}
        if group.routine:
            entered |= {name for name, _ in group.routine.activities}
        if scenario.tasks and not entered & available:
            found.append(f"workers {group.friendly_name!r}: they are never in an available activity")
    return found


def _entered(day: Day) -> set[int]:
    return {day.rest, *(span.activity for span in day.shifts)}


def _drift(scenario: Scenario) -> list[str]:
    """Warn of workers who miss a reservation and are sent to the timeout activity for the rest of a shift."""
    timeout = next(a for a in scenario.workspace.activities if a.friendly_name == scenario.workspace.timeout_activity)
    slow = [t.friendly_name for t in scenario.tasks if _may_time_out(t)]
    stuck = [g.friendly_name for g in scenario.groups if g.recovery is None]
    if timeout.available or not slow or not stuck:
        return []
    who, what = ", ".join(map(repr, stuck)), ", ".join(map(repr, slow))
    where = f"goes to {timeout.friendly_name!r} and stays there until the next step of the agenda"
    return [f"workers {who}: one who misses a reservation of {what} {where}; give recovery a length"]


def _may_time_out(tasks: Tasks) -> bool:
    return bool(tasks.response.draw(np.array([1 - 1e-4]))[0] > RESERVATION_TIMEOUT)
