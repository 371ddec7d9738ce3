"""Draws a scenario into plans: all chance lives here, and none anywhere else.

What does not depend on chance (who may take what, shifts on the clock, expected arrivals) is worked out once, in
:func:`prepare`; each replication is then drawn by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from activity_sim.drawing.agendas import Day, days
from activity_sim.drawing.courses import Courses, courses_of, draw_agendas
from activity_sim.drawing.streams import Streams
from activity_sim.drawing.tasks import TaskType, draw_tasks, task_types
from activity_sim.log import Legend, ServiceLevel
from activity_sim.model.expressions import parse
from activity_sim.model.reading import whole
from activity_sim.model.scenario import Scenario
from activity_sim.model.workers import Workers
from activity_sim.plan import LEAVE, Lanes, Plan, PlannedWorkers

check_seed = whole(0, 2**63 - 1)


@attrs.frozen(eq=False)
class Prepared:
    """A scenario with everything worked out that chance has no part in."""

    scenario: Scenario
    legend: Legend
    lanes: Lanes
    skill_set: np.ndarray
    channels: tuple[str, ...]
    days: list[Day]
    staff: Mapping[str, np.ndarray]
    courses: Courses
    types: list[TaskType]

    @property
    def expected_tasks(self) -> float:
        """How many tasks a replication has on average, busyness aside."""
        return sum(len(t.instants) if t.curve is None else float(t.curve.cumulative[-1]) for t in self.types)

    def draw(self, seed: int, replication: int) -> Plan:
        """Return the plan of one *replication* under *seed*, whole numbers from 0."""
        streams = Streams(check_seed(seed), check_seed(replication))
        workspace = self.scenario.workspace
        return Plan(
            legend=self.legend,
            replication=replication,
            multi_task=workspace.multi_task_enabled,
            lifo_first=workspace.prioritize_queue_order == "LIFO",
            timeout_activity=workspace.code(workspace.timeout_activity, "timeout_activity"),
            workers=self._workers(streams),
            tasks=draw_tasks(self.scenario, self.types, streams),
            lanes=self.lanes,
            processes=self.scenario.processes,
        )

    def _workers(self, streams: Streams) -> PlannedWorkers:
        agendas = draw_agendas(self.courses, streams)
        return PlannedWorkers(skill_set=self.skill_set, **self.staff, agendas=agendas)


def prepare(scenario: Scenario) -> Prepared:
    """Work out everything in *scenario* that chance has no part in.

    Raises :exc:`~activity_sim.errors.InputError` for what only shows then: shifts that overlap, arrivals outside
    the horizon.
    """
    channels = tuple(dict.fromkeys(tasks.task_channel for tasks in scenario.tasks))
    used = [(scenario.queue_of(tasks), channels.index(tasks.task_channel)) for tasks in scenario.tasks]
    lanes = sorted(set(used))
    accepts = eligible(scenario)[np.array([queue for queue, _ in lanes], dtype=np.intp)]
    fixed = days(scenario)
    patterns, skill_set = np.unique(accepts.T, axis=0, return_inverse=True)
    return Prepared(
        scenario=scenario,
        legend=legend(scenario),
        lanes=_lanes(scenario, lanes, patterns.T),
        skill_set=skill_set.reshape(-1).astype(np.int32),
        channels=channels,
        days=fixed,
        staff=_staff(scenario, [day.group for day in fixed], channels),
        courses=courses_of(scenario, fixed),
        types=task_types(scenario, [lanes.index(lane) for lane in used]),
    )


def _staff(scenario: Scenario, groups: Sequence[Workers], channels: Sequence[str]) -> dict[str, np.ndarray]:
    """Return what the clock knows of workers of these *groups*, skill sets and agendas aside."""
    code = scenario.workspace.code
    rejected = [code(g.reject_activity, "reject_activity") if g.reject_activity else -1 for g in groups]
    capacity = [[group.channels.get(channel, 1) for channel in channels] for group in groups]
    return {
        "leave": np.array([LEAVE.index(group.leave) for group in groups], dtype=np.int8),
        "recovery": np.array([-1 if g.recovery is None else g.recovery for g in groups], dtype=np.int64),
        "reject_activity": np.array(rejected, dtype=np.int32),
        "capacity": np.array(capacity, dtype=np.int32).reshape(len(groups), len(channels)),
    }


def eligible(scenario: Scenario) -> np.ndarray:
    """Return which workers (columns) each task queue (rows) accepts."""
    rows = []
    for queue in scenario.queues:
        accepts = parse(queue.target_workers)
        rows.append([accepted for group in scenario.groups for accepted in _accepted(group, accepts)])
    return np.array(rows, dtype=np.bool_).reshape(len(scenario.queues), -1)


def _accepted(group: Workers, accepts: Callable[[Mapping[str, Any]], bool]) -> list[bool]:
    if group.members:
        return [accepts({**group.attributes, **member.attributes}) for member in group.members]
    return [accepts(group.attributes)] * len(group.names)


def _lanes(scenario: Scenario, lanes: list[tuple[int, int]], accepts: np.ndarray) -> Lanes:
    queues = [scenario.queues[queue] for queue, _ in lanes]
    activities = {
        key: np.array([scenario.activity_of(queue, key) for queue in queues], dtype=np.int32)
        for key in ("reservation_activity", "assignment_activity")
    }
    return Lanes(
        task_queue=np.array([queue for queue, _ in lanes], dtype=np.int32),
        channel=np.array([channel for _, channel in lanes], dtype=np.int32),
        lifo=np.array([queue.task_order == "LIFO" for queue in queues], dtype=np.bool_),
        accepts=np.ascontiguousarray(accepts, dtype=np.bool_),
        **activities,
    )


def legend(scenario: Scenario) -> Legend:
    """Return what the codes in plans and logs of *scenario* mean."""
    workspace, groups = scenario.workspace, scenario.groups
    targets = [tasks.service_level or scenario.service_level for tasks in scenario.tasks]
    return Legend(
        name=scenario.name,
        calendar=scenario.calendar,
        warm_up=scenario.warm_up,
        interval=scenario.interval,
        activities=workspace.names,
        available=tuple(activity.available for activity in workspace.activities),
        sids=tuple(activity.sid for activity in workspace.activities),
        default_activity=workspace.code(workspace.default_activity, "default_activity"),
        workers=scenario.worker_names,
        worker_groups=tuple(group.friendly_name for group in groups),
        worker_group=np.repeat(np.arange(len(groups)), [len(group.names) for group in groups]).astype(np.int32),
        task_types=tuple(tasks.friendly_name for tasks in scenario.tasks),
        task_queues=tuple(queue.friendly_name for queue in scenario.queues),
        service_levels=tuple(ServiceLevel(t.within, t.target, t.definition) for t in targets),
    )


def draw(scenario: Scenario, *, seed: int = 1, replication: int = 0) -> Plan:
    """Draw one *replication* of *scenario* under *seed* into a plan.

    >>> from activity_sim.model.workers import Workers
    >>> draw(Scenario(horizon="8h", workers=[Workers("A", count=2)])).workers.agendas.first.tolist()
    [0, 1, 2]
    """
    return prepare(scenario).draw(seed, replication)
