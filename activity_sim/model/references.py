"""What workflows refer to: the task queues, activities and workers that they name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from activity_sim.errors import InputError, nearest, not_given, within
from activity_sim.model.activity import Activity
from activity_sim.model.expressions import parse_skip_if
from activity_sim.model.routing import TaskQueue
from activity_sim.model.workflows import Workflow, WorkflowTarget


def queue_number(queues: Sequence[TaskQueue], named: str) -> int:
    """Return the number of the queue that is *named* by its friendly name or its SID.

    Raises :exc:`~activity_sim.errors.InputError` where there is none.
    """
    for number, queue in enumerate(queues):
        if named in (queue.friendly_name, queue.sid):
            return number
    names = [queue.friendly_name for queue in queues]
    rule = f"must be the friendly name or SID of one of the task queues, {', '.join(names)}"
    raise InputError(f"{rule}, {not_given(named)}{nearest(named, names)}")


def check_workflow(workflow: Workflow, queues: Sequence[TaskQueue], activities: Iterable[Activity]) -> None:
    """Check that *workflow* names nothing else than *queues*, and *activities* by their SIDs."""
    sids = {activity.sid for activity in activities}
    for place, target in targets(workflow):
        within(f"configuration.{place}", lambda target=target: _check_target(target, queues, sids))


def _check_target(target: WorkflowTarget, queues: Sequence[TaskQueue], sids: set[str | None]) -> None:
    queue = target.queue
    if queue is not None:
        within("queue", lambda: queue_number(queues, queue))
    for name in parse_skip_if(target.skip_if).names() if target.skip_if else ():
        sid = str(name.path[1])
        if sid.startswith("WA") and sid not in sids:
            raise InputError(f"must name activities by SIDs that the workspace's have, {not_given(sid)}", "skip_if")


def targets(workflow: Workflow) -> Iterator[tuple[str, WorkflowTarget]]:
    """Yield every target of *workflow* with its place in the configuration."""
    routing = workflow.configuration
    for number, entry in enumerate(routing.filters):
        for position, target in enumerate(entry.targets):
            yield f"filters[{number}].targets[{position}]", target
    if routing.default_filter is not None:
        yield "default_filter", routing.default_filter
