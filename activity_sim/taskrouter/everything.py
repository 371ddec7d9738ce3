"""All that a Workspace has, as the API says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from activity_sim.errors import AnswerError, InputError, NotFoundError
from activity_sim.model.activity import Activity, told_apart
from activity_sim.model.workspace import Workspace
from activity_sim.progress import bar
from activity_sim.taskrouter.resources import (
    TaskChannelResource,
    TaskQueueResource,
    WorkerChannelResource,
    WorkerResource,
    WorkflowResource,
    WorkspaceResource,
)

if TYPE_CHECKING:
    from activity_sim.taskrouter.client import TaskRouterClient

Channels = tuple[WorkerChannelResource, ...]


@attrs.frozen(kw_only=True)
class Everything:
    """Hold what the Workspace *sid* has: its name, its *workspace* for a scenario, and all resources.

    *channels* are those of each Worker, by its SID; there are none in a single-tasking Workspace, where they say
    nothing.
    """

    sid: str
    friendly_name: str
    workspace: Workspace
    task_queues: tuple[TaskQueueResource, ...] = ()
    workflows: tuple[WorkflowResource, ...] = ()
    task_channels: tuple[TaskChannelResource, ...] = ()
    workers: tuple[WorkerResource, ...] = ()
    channels: Mapping[str, Channels] = attrs.field(factory=dict)


def everything(client: TaskRouterClient) -> Everything:
    """Fetch all that the Workspace of *client* has, one request after the other, with a progress bar.

    The lists take a request a thousand resources. The API has no list of what else is needed of Workers, so there are
    two more requests for each: its attributes, which lists leave out, and its channels, which only a multitasking
    Workspace needs.
    """
    said = client.fetch()
    workspace = with_activities(said, client.activities.list(), "GET Workspaces")
    fetched = Everything(
        sid=client.workspace_sid,
        friendly_name=said.friendly_name or "",
        workspace=workspace,
        task_queues=tuple(client.task_queues.list()),
        workflows=tuple(client.workflows.list()),
        task_channels=tuple(client.task_channels.list()),
    )
    workers = list(_workers(client, with_channels=workspace.multi_task_enabled))
    channels = {worker.sid: own for worker, own in workers}
    return attrs.evolve(fetched, workers=tuple(worker for worker, _ in workers), channels=channels)


def _workers(client: TaskRouterClient, *, with_channels: bool) -> Iterator[tuple[WorkerResource, Channels]]:
    """Yield the Workers with their channels; those that are deleted meanwhile are left out."""
    listed = client.workers.list(attributes=False)
    with bar(total=len(listed), unit="worker") as advance:
        for worker in listed:
            whole = client.workers.whole(worker)
            try:
                channels = client.worker_channels.list(worker.sid) if whole and with_channels else []
            except NotFoundError:
                whole = None
            if whole:
                yield whole, tuple(channels)
            advance(1)


def with_activities(said: WorkspaceResource, listed: list[Activity], request: str) -> Workspace:
    """Return the Workspace that was *said*, with the Activities that were *listed*, for a scenario."""
    activities = told_apart(listed)
    names = {activity.sid: activity.friendly_name for activity in activities}
    try:
        return Workspace(
            multi_task_enabled=said.multi_task_enabled,
            prioritize_queue_order=said.prioritize_queue_order,
            default_activity=names.get(said.default_activity_sid, said.default_activity_name),
            timeout_activity=names.get(said.timeout_activity_sid, said.timeout_activity_name),
            activities=activities,
        )
    except InputError as error:
        reason = str(error)
    raise AnswerError(f"the answer has no Workspace: {reason}", request=request)
