"""What of a fetched Workspace a scenario can have: the parts of the model, with a remark or warning on the rest.

TaskRouter allows what the model does not: equal names, a TaskQueue that nobody serves, expressions of other times. None
of it is a reason to have nothing.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from activity_sim.errors import ActivitySimWarning, InputError
from activity_sim.model.expressions import parse_bare
from activity_sim.model.references import check_workflow
from activity_sim.model.routing import MOST_RESERVED, TaskChannel, TaskQueue
from activity_sim.model.scenario import SINGLE_TASKING_ACTIVITIES, Scenario
from activity_sim.model.workers import LARGEST_CAPACITY, Member, Workers
from activity_sim.model.workflows import Workflow
from activity_sim.model.workspace import Workspace
from activity_sim.taskrouter.everything import Channels, Everything
from activity_sim.taskrouter.resources import TaskQueueResource, WorkerResource, WorkflowResource

NOBODY = "1==0"
SHOWN = 5
"""As many names a warning has at most."""


@attrs.frozen
class FetchedQueue:
    """Hold a *queue*, with a *remark* where it differs from what TaskRouter has."""

    queue: TaskQueue
    remark: str = ""


@attrs.frozen
class FetchedWorkflow:
    """Hold the *workflow* that a *resource* makes, None with the *reason* where it makes none."""

    resource: WorkflowResource
    friendly_name: str
    workflow: Workflow | None = None
    reason: str = ""


@attrs.frozen
class FetchedWorker:
    """Hold the *member* of a group of workers that a *resource* makes."""

    resource: WorkerResource
    member: Member


@attrs.frozen(kw_only=True)
class Assembled:
    """Hold the parts of a scenario that a Workspace makes, called *name*, each with where it came from."""

    name: str
    workspace_sid: str
    workspace: Workspace
    task_channels: tuple[TaskChannel, ...]
    channel_names: tuple[str, ...]
    queues: tuple[FetchedQueue, ...]
    workflows: tuple[FetchedWorkflow, ...]
    workers: tuple[FetchedWorker, ...]

    @property
    def read(self) -> tuple[Workflow, ...]:
        """The workflows that a scenario can have."""
        return tuple(flow.workflow for flow in self.workflows if flow.workflow is not None)

    def scenario(self, **given: Any) -> Scenario:
        """Return the scenario of it, in which *given* fields take the place of the fetched ones."""
        members = [worker.member for worker in self.workers]
        fields = {
            "name": self.name,
            "horizon": "1 days",
            "workspace": self.workspace,
            "task_queues": [fetched.queue for fetched in self.queues],
            "task_channels": self.task_channels,
            "workflows": self.read,
            "workers": [Workers("workers", members=members)] if members else [],
        }
        return Scenario(**{**fields, **given})


def assembled(fetched: Everything) -> Assembled:
    """Return the parts of a scenario that what was *fetched* makes; warn of what is not as TaskRouter has it."""
    queues = _queues(fetched)
    return Assembled(
        name=fetched.friendly_name,
        workspace_sid=fetched.sid,
        workspace=fetched.workspace,
        task_channels=_task_channels(fetched),
        channel_names=tuple(channel.unique_name for channel in fetched.task_channels),
        queues=queues,
        workflows=_workflows(fetched, tuple(one.queue for one in queues)),
        workers=_workers(fetched),
    )


def _warn(message: str) -> None:
    warnings.warn(message, ActivitySimWarning, stacklevel=2)


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(repr, names[:SHOWN])) + rest


def _apart(kind: str, resources: Iterable[Any], *, taken: tuple[str, ...] = ()) -> list[str]:
    """Return the names of *resources*, those that come twice or are *taken* with the ends of their SIDs."""
    given = [(resource.friendly_name, resource.sid) for resource in resources]
    counts = Counter([name for name, _ in given]) + Counter([*taken, ""])
    used, names = set(counts), []
    for name, sid in given:
        apart = name if name.strip() and counts[name] == 1 else _suffixed(name, sid, used)
        used.add(apart)
        names.append(apart)
    changed = [apart for apart, (name, _) in zip(names, given, strict=True) if apart != name]
    if changed:
        _warn(f"{kind} whose names a scenario cannot have, or not twice, are called {_listed(changed)}")
    return names


def _suffixed(name: str, sid: str, used: set[str]) -> str:
    tried = (f"{name} ({sid[-length:]})".strip() for length in range(4, len(sid) + 1))
    return next((one for one in tried if one not in used), sid)


# --- task queues and channels ---


def _queues(fetched: Everything) -> tuple[FetchedQueue, ...]:
    names = _apart("task queues", fetched.task_queues)
    return tuple(
        _queue(resource, name, fetched.workspace) for resource, name in zip(fetched.task_queues, names, strict=True)
    )


def _queue(resource: TaskQueueResource, name: str, workspace: Workspace) -> FetchedQueue:
    target, remark = _target_workers(resource, name)
    queue = TaskQueue(
        name,
        target_workers=target,
        task_order="LIFO" if resource.task_order == "LIFO" else "FIFO",
        max_reserved_workers=min(max(resource.max_reserved_workers, 1), MOST_RESERVED),
        sid=resource.sid,
        **_activities(resource, name, workspace),
    )
    return FetchedQueue(queue, remark)


def _target_workers(resource: TaskQueueResource, name: str) -> tuple[str, str]:
    given = (resource.target_workers or "").strip()
    if not given:
        return NOBODY, "It has no target_workers in TaskRouter, so nobody serves it."
    try:
        parse_bare(given, of="worker")
    except InputError as error:
        reason = f"target_workers {given!r}: {error}"
        _warn(f"task queue {name!r} has nobody to serve it, since its expression cannot be read: {reason}")
        return NOBODY, f"Its expression cannot be read, so nobody serves it here: {reason}"
    return given, ""


def _activities(resource: TaskQueueResource, name: str, workspace: Workspace) -> dict[str, str]:
    """Return the activities of a queue that have to be named: none in multitasking, where they mean nothing."""
    if workspace.multi_task_enabled:
        return {}
    by_sid = {activity.sid: activity.friendly_name for activity in workspace.activities}
    named = {key: by_sid.get(getattr(resource, f"{key}_sid") or "") for key in SINGLE_TASKING_ACTIVITIES}
    usual = {key: default for key, default in SINGLE_TASKING_ACTIVITIES.items() if not named[key]}
    for key in (key for key, default in usual.items() if default not in workspace.names):
        named[key] = next((a.friendly_name for a in workspace.activities if not a.available), workspace.names[0])
        _warn(f"task queue {name!r} has no {key}; {named[key]!r} is taken")
    return {key: activity for key, activity in named.items() if activity}


def _task_channels(fetched: Everything) -> tuple[TaskChannel, ...]:
    """Return the channels that differ from the usual ones; in single-tasking none does."""
    special = [channel for channel in fetched.task_channels if channel.channel_optimized_routing]
    wanted = special if fetched.workspace.multi_task_enabled else []
    return tuple(TaskChannel(channel.unique_name, channel_optimized_routing=True) for channel in wanted)


# --- workflows ---


def _workflows(fetched: Everything, queues: tuple[TaskQueue, ...]) -> tuple[FetchedWorkflow, ...]:
    names = _apart("workflows", fetched.workflows)
    pairs = zip(fetched.workflows, names, strict=True)
    return tuple(_workflow(resource, name, queues, fetched.workspace) for resource, name in pairs)


def _workflow(
    resource: WorkflowResource, name: str, queues: tuple[TaskQueue, ...], workspace: Workspace
) -> FetchedWorkflow:
    try:
        document = document_of(resource.configuration)
        workflow = Workflow(name, document, task_reservation_timeout=resource.task_reservation_timeout)
        check_workflow(workflow, queues, workspace.activities)
    except InputError as error:
        _warn(f"workflow {name!r} is left out: {error}")
        return FetchedWorkflow(resource, name, reason=str(error))
    return FetchedWorkflow(resource, name, workflow)


def document_of(configuration: str) -> dict[str, Any]:
    """Return the JSON object that the *configuration* of a workflow holds.

    Raises :exc:`~activity_sim.errors.InputError` for anything else, such as the format of before.
    """
    try:
        document = json.loads(configuration)
        json.dumps(document, allow_nan=False)  # what JSON has no words for, Python reads all the same
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise InputError("must be a JSON object, and is none", "configuration")
    return document


# --- workers ---


def _workers(fetched: Everything) -> tuple[FetchedWorker, ...]:
    names = _apart("workers", fetched.workers, taken=("all",))
    activities = {activity.sid: activity.friendly_name for activity in fetched.workspace.activities}
    pairs = zip(fetched.workers, names, strict=True)
    found = tuple(
        FetchedWorker(resource, _member(resource, name, activities.get(resource.activity_sid), fetched))
        for resource, name in pairs
    )
    _warn_of_attributes(found)
    _warn_of_activities(found)
    return found


def _member(resource: WorkerResource, name: str, activity: str | None, fetched: Everything) -> Member:
    capacities = _capacities(fetched.channels.get(resource.sid, ()))
    member = Member(name, {}, activity, capacities, resource.sid)
    try:
        return attrs.evolve(member, attributes=resource.attributes or {})
    except InputError:
        return member


def _capacities(channels: Channels) -> dict[str, int]:
    return {
        channel.task_channel_unique_name: min(channel.configured_capacity, LARGEST_CAPACITY) * channel.available
        for channel in channels
    }


def _warn_of_attributes(found: Sequence[FetchedWorker]) -> None:
    lost = [one.member.friendly_name for one in found if one.resource.attributes and not one.member.attributes]
    if lost:
        _warn(f"workers whose attributes are no JSON object of at most 4096 characters have none: {_listed(lost)}")


def _warn_of_activities(found: Sequence[FetchedWorker]) -> None:
    lost = [one.member.friendly_name for one in found if one.member.activity is None]
    if lost:
        _warn(f"workers whose activity was not among those fetched are in the default activity: {_listed(lost)}")
