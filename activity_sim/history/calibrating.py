"""A scenario whose numbers come from a workspace's own past."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from activity_sim.errors import InputError, not_given
from activity_sim.history.calibration import Calibration, Number, table
from activity_sim.history.calling import SURVIVAL, Calling
from activity_sim.history.mirroring import Mirrored, mirrored
from activity_sim.history.observing import most_in_hand
from activity_sim.history.working import Working
from activity_sim.log import Log
from activity_sim.model.activity import Activity
from activity_sim.model.routing import TaskQueue
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Target
from activity_sim.model.workspace import Mirror, Workspace
from activity_sim.units import Duration


def calibrate(log: Log) -> Calibration:
    """Return a scenario whose numbers come from *log*, and how sure each is.

    The log is a workspace's past, from :func:`read_events` or :func:`read_log`, or a simulated one of any number of
    replications. Laws of handle, wrap-up and response times, patience and stays are fitted by maximum likelihood to
    what was seen, with what the ends of the log cut; arrivals by weekday and interval; and what workers choose by
    themselves is a routine for each worker group. The scenario runs over the same period.

    Raises :exc:`~activity_sim.errors.InputError` for a log without workers.

    >>> import activity_sim as sim
    >>> scenario = sim.Scenario(
    ...     horizon="8h",
    ...     workers=[sim.Workers("Tier 1", count=8, shifts=[sim.Shift("Available", "00:00", "08:00")])],
    ...     tasks=[sim.Tasks("call", arrivals=sim.Poisson(60), handle_time=sim.Exponential("5min"))],
    ... )
    >>> found = sim.calibrate(sim.simulate(scenario))
    >>> found.scenario.tasks[0].handle_time.name
    'exponential'
    >>> found.table.query("number == 'handle_time: mean'")[["observed", "cut"]].values.tolist()
    [[453, 8]]
    """
    if not isinstance(log, Log):
        raise InputError(f"must be a log, such as read_events(...).log, {not_given(log)}", "log")
    if not log.legend.workers:
        raise InputError("must have at least one worker, not none", "log")
    mirrors, in_hand = mirrored(log), most_in_hand(log)
    single = mirrors.on_a_task is not None and int(in_hand.max(initial=0)) <= 1
    calls = [Calling(log, kind, _name(log, mirrors.wrap_up) if single else None) for kind in _kinds(log)]
    groups = [Working(log, group, mirrors, int(in_hand[group]), single=single) for group in _groups(log)]
    scenario = _scenario(log, calls, groups, mirrors, single=single)
    parts: Sequence[Calling | Working] = [*calls, *groups]
    rows: list[Number] = [row for part in parts for row in part.rows]
    doubts = dict.fromkeys([text for part in parts for text in part.warnings] + _doubts(calls))
    return Calibration(scenario, table(rows), _survival(calls), (*doubts,))


def _survival(calls: Sequence[Calling]) -> pd.DataFrame:
    found = [call.survival for call in calls if len(call.survival)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=pd.Index(SURVIVAL))


def _kinds(log: Log) -> list[int]:
    return [int(kind) for kind in np.unique(log.columns["tasks"]["task_type"])]


def _groups(log: Log) -> list[int]:
    return [int(group) for group in np.unique(log.legend.worker_group)]


def _name(log: Log, code: int | None) -> str | None:
    return None if code is None else log.legend.activities[code]


def _scenario(
    log: Log, calls: Sequence[Calling], groups: Sequence[Working], mirrors: Mirrored, *, single: bool
) -> Scenario:
    legend, served = log.legend, [call for call in calls if call.tasks is not None]
    level = legend.service_levels[0] if legend.service_levels else None
    given = {} if level is None else {"service_level": Target(Duration(level.within), level.target, level.definition)}
    return Scenario(
        name=legend.name,
        start=legend.calendar.start,
        time_zone=legend.calendar.time_zone,
        horizon=Duration(legend.horizon),
        warm_up=Duration(legend.warm_up),
        interval=Duration(legend.interval),
        workspace=_workspace(log, mirrors, single=single),
        task_queues=_queues(log, served, groups, mirrors, single=single),
        workers=[group.workers(_serves(served, groups)) for group in groups],
        tasks=[call.tasks for call in served],
        **given,
    )


def _workspace(log: Log, mirrors: Mirrored, *, single: bool) -> Workspace:
    legend = log.legend
    each = zip(legend.activities, legend.available, legend.sids, strict=True)
    on_a_task, wrap_up = _name(log, mirrors.on_a_task), _name(log, mirrors.wrap_up)
    return Workspace(
        multi_task_enabled=not single,
        default_activity=legend.rest,
        timeout_activity=legend.rest,
        activities=[Activity(name, available, sid=sid) for name, available, sid in each],
        mirror=Mirror(on_a_task, wrap_up=wrap_up) if on_a_task and not single else None,
    )


def _queues(
    log: Log, calls: Sequence[Calling], groups: Sequence[Working], mirrors: Mirrored, *, single: bool
) -> list[TaskQueue]:
    serves = _serves(calls, groups)
    busy, reserved = _name(log, mirrors.on_a_task), _name(log, mirrors.reserved)
    activities = {"reservation_activity": reserved or busy, "assignment_activity": busy} if single else {}
    names = [*dict.fromkeys(call.queue for call in calls)]
    return [
        TaskQueue(name, target_workers="1==1" if serves is None else f'task_queues HAS "{name}"', **activities)
        for name in names
    ]


def _serves(calls: Sequence[Calling], groups: Sequence[Working]) -> Callable[[Working], list[str]] | None:
    """Return what says which queues a group serves; None where all serve all."""
    names = {call.queue for call in calls}
    idle = names - {queue for group in groups for queue in group.queues}
    if all(names - idle <= group.queues for group in groups):
        return None
    return lambda group: sorted(group.queues & names | idle)


def _doubts(calls: Sequence[Calling]) -> list[str]:
    """Return what holds for the scenario as a whole."""
    found = []
    if any(call.tasks is not None and call.tasks.busyness is not None for call in calls):
        found.append("busyness is the factor of one day, and a scenario draws one a replication: simulate single days")
    if sum(call.tasks is not None and call.tasks.busyness is not None for call in calls) > 1:
        found.append("each task type has its own busyness; where busy days are busy for all, give the scenario one")
    return found
