"""Warnings about activities: that nobody enters, that workers never leave, that keep tasks away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from activity_sim.advice.words import listed
from activity_sim.drawing.agendas import Day
from activity_sim.model.activity import SINGLE_TASKING_DEFAULTS
from activity_sim.model.reach import reservation_timeout
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Tasks
from activity_sim.model.workspace import Mirror


def never_available(scenario: Scenario, days: Sequence[Day]) -> Iterator[str]:
    """Warn of groups whose workers are never in an available activity; *days* are those of all workers."""
    available = _available(scenario)
    for group in scenario.groups:
        entered = {scenario.workspace.names[code] for day in days if day.group is group for code in _entered(day)}
        if group.routine:
            entered |= {name for name, _ in group.routine.activities}
        if scenario.tasks and entered and not entered & available:
            yield f"workers {group.friendly_name!r}: they are never in an available activity"


def _available(scenario: Scenario) -> set[str]:
    return {activity.friendly_name for activity in scenario.workspace.activities if activity.available}


def _entered(day: Day) -> set[int]:
    return {day.rest, *(span.activity for span in day.shifts)}


def never_entered(scenario: Scenario) -> Iterator[str]:
    """Warn of activities that nothing leads to, those of a new workspace aside."""
    if scenario.processes:
        return
    workspace = scenario.workspace
    used = {workspace.default_activity, workspace.timeout_activity, *(name for name, _ in scenario.activities_named())}
    used |= {activity.friendly_name for activity in SINGLE_TASKING_DEFAULTS}
    used |= set(workspace.mirror.names) if workspace.mirror else set()
    if alone := [name for name in workspace.names if name not in used]:
        what = f"activity {alone[0]!r}: nobody ever enters it"
        what = what if len(alone) == 1 else f"activities {listed(alone)}: nobody ever enters them"
        yield f"{what}; let shifts, breaks or a routine lead there"


def leaving(scenario: Scenario) -> Iterator[str]:
    """Warn of workers who miss a reservation and are sent to the timeout activity for the rest of a shift."""
    timeout = scenario.workspace.timeout_activity
    slow = [tasks.friendly_name for tasks in scenario.tasks if _may_time_out(scenario, tasks)]
    stuck = [group.friendly_name for group in scenario.groups if group.recovery is None]
    if timeout in _available(scenario) or not slow or not stuck:
        return
    where = f"goes to {timeout!r} and stays there until the next step of the agenda"
    who = f"workers {listed(stuck)}: one who misses a reservation of {listed(slow)}"
    yield f"{who} {where}; give recovery a length, or a workflow a longer task_reservation_timeout"


def _may_time_out(scenario: Scenario, tasks: Tasks) -> bool:
    return bool(tasks.response.draw(np.array([1 - 1e-4]))[0] > reservation_timeout(scenario, tasks))


def mirrored(scenario: Scenario) -> Iterator[str]:
    """Warn of activities that mirror work and keep other tasks away, or count as available without being so."""
    mirror, available = scenario.workspace.mirror, _available(scenario)
    if mirror is None or not scenario.tasks:
        return
    several = [group.friendly_name for group in scenario.groups if _most(scenario, group.rooms) > 1]
    for key in ("on_a_task", "wrap_up"):
        name = getattr(mirror, key)
        if name and name not in available and several:
            rest = f"so workers {listed(several)} get no second task while they show it"
            yield f"workspace.mirror.{key}: {name!r} is not available, {rest}; make it available, or capacities 1"
    yield from _shown_available(mirror, available)


def _shown_available(mirror: Mirror, available: set[str]) -> Iterator[str]:
    for key in ("on_a_task_no_acd", "wrap_up_no_acd"):
        name = getattr(mirror, key)
        if name in available:
            rest = "though who shows it gets no tasks, and reports count it as available; make it unavailable"
            yield f"workspace.mirror.{key}: {name!r} is available, {rest}"


def _most(scenario: Scenario, rooms: Sequence[object]) -> int:
    used = {tasks.task_channel for tasks in scenario.tasks}
    return max((sum(room.get(channel, 1) for channel in used) for room in rooms), default=0)  # type: ignore[attr-defined]
