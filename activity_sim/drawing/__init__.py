"""Draws a scenario into plans: all chance lives here, and none anywhere else.

What does not depend on chance (who may take what, shifts on the clock, expected arrivals) is worked out once, in
:func:`prepare`; each replication is then drawn by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from activity_sim.drawing.agendas import Day, days
from activity_sim.drawing.costs import prices
from activity_sim.drawing.courses import Courses, courses_of, draw_agendas
from activity_sim.drawing.routes import Routing
from activity_sim.drawing.streams import Streams
from activity_sim.drawing.tasks import TaskType, draw_tasks, task_types
from activity_sim.log import Legend, ServiceLevel
from activity_sim.model.reading import whole
from activity_sim.model.scenario import Scenario
from activity_sim.plan import FULL_PACE, LEAVE, Lanes, Plan, PlannedWorkers, Routes, Skips

check_seed = whole(0, 2**63 - 1)


@attrs.frozen(eq=False)
class Prepared:
    """A scenario with everything worked out that chance has no part in."""

    scenario: Scenario
    legend: Legend
    lanes: Lanes
    routes: Routes
    skips: Skips
    skill_set: np.ndarray
    channels: tuple[str, ...]
    days: list[Day]
    staff: Mapping[str, np.ndarray]
    courses: Courses
    types: list[TaskType]

    @property
    def expected_tasks(self) -> float:
        """How many tasks a replication has on average, busyness aside."""
        return sum(kind.expected for kind in self.types)

    def draw(self, seed: int, replication: int) -> Plan:
        """Return the plan of one *replication* under *seed*, whole numbers from 0."""
        streams = Streams(check_seed(seed), check_seed(replication))
        workspace = self.scenario.workspace
        mirror = workspace.mirror
        return Plan(
            legend=self.legend,
            replication=replication,
            multi_task=workspace.multi_task_enabled,
            lifo_first=workspace.prioritize_queue_order == "LIFO",
            timeout_activity=workspace.code(workspace.timeout_activity, "timeout_activity"),
            workers=self._workers(streams),
            tasks=draw_tasks(self.scenario, self.types, streams),
            routes=self.routes,
            lanes=self.lanes,
            skips=self.skips,
            optimised=self._optimised,
            mirror=() if mirror is None else tuple(workspace.code(name, "mirror") for name in mirror.names),
            processes=self.scenario.processes,
        )

    @property
    def _optimised(self) -> tuple[bool, ...]:
        chosen = {given.unique_name for given in self.scenario.task_channels if given.channel_optimized_routing}
        return tuple(channel in chosen for channel in self.channels)

    def _workers(self, streams: Streams) -> PlannedWorkers:
        agendas = draw_agendas(self.courses, streams)
        return PlannedWorkers(skill_set=self.skill_set, **self.staff, agendas=agendas)


def prepare(scenario: Scenario) -> Prepared:
    """Work out everything in *scenario* that chance has no part in.

    Raises :exc:`~activity_sim.errors.InputError` for what only shows then: shifts that overlap, arrivals outside
    the horizon.
    """
    channels = tuple(dict.fromkeys(tasks.task_channel for tasks in scenario.tasks))
    routing, fixed = Routing(scenario, channels), days(scenario)
    types = task_types(scenario, routing)
    lanes, routes, skips, skill_set = routing.lowered()
    return Prepared(
        scenario=scenario,
        legend=attrs.evolve(legend(scenario), prices=prices(scenario, fixed)),
        lanes=lanes,
        routes=routes,
        skips=skips,
        skill_set=skill_set,
        channels=channels,
        days=fixed,
        staff=_staff(scenario, fixed, channels),
        courses=courses_of(scenario, fixed),
        types=types,
    )


def _staff(scenario: Scenario, days: Sequence[Day], channels: Sequence[str]) -> dict[str, np.ndarray]:
    """Return what the clock knows of the workers who have these *days*, skill sets and agendas aside."""
    code, groups = scenario.workspace.code, [day.group for day in days]
    rejected = [code(g.reject_activity, "reject_activity") if g.reject_activity else -1 for g in groups]
    capacity = [[room.get(channel, 1) for channel in channels] for group in scenario.groups for room in group.rooms]
    paces = {pace: number for number, pace in enumerate(dict.fromkeys(g.pace for g in groups if g.pace))}
    return {
        "leave": np.array([LEAVE.index(group.leave) for group in groups], dtype=np.int8),
        "recovery": np.array([-1 if g.recovery is None else g.recovery for g in groups], dtype=np.int64),
        "reject_activity": np.array(rejected, dtype=np.int32),
        "capacity": np.array(capacity, dtype=np.int32).reshape(len(groups), len(channels)),
        "pace": np.array([paces.get(group.pace, -1) for group in groups], dtype=np.int32),
        "paces": _paces(list(paces)),
    }


def _paces(paces: Sequence[tuple[float, ...]]) -> np.ndarray:
    """Return *paces* as rates of a thousand, a row each; the last of one that is shorter is repeated."""
    longest = max(map(len, paces), default=0)
    rows = [[round(FULL_PACE * pace) for pace in (*given, *given[-1:] * (longest - len(given)))] for given in paces]
    return np.array(rows, dtype=np.int64).reshape(len(paces), longest)


def legend(scenario: Scenario) -> Legend:
    """Return what the codes in plans and logs of *scenario* mean, prices aside."""
    workspace, groups = scenario.workspace, scenario.groups
    targets = [target or scenario.service_level for tasks in scenario.tasks for target in tasks.service_levels]
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
        task_types=tuple(name for tasks in scenario.tasks for name in tasks.types),
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
