"""Task queues and task channels: which workers take what tasks, and in what order the tasks go."""

from __future__ import annotations

import attrs

from activity_sim.model.expressions import parse_bare
from activity_sim.model.reading import flag, located, one_of, optional, text, whole

CHANNELS = ("default", "voice", "chat", "sms", "video")
"""TaskRouter's own task channels."""

MOST_RESERVED = 50
"""So many workers can be reserved for a task at once."""

RESERVATION_TIMEOUT = 120_000_000
"""How long a reservation waits for its response, in microseconds: TaskRouter's default."""


def _expression(value: object) -> str:
    expression = text(value)
    parse_bare(expression, of="worker")
    return expression


@attrs.frozen(field_transformer=located)
class TaskQueue:
    """Describe a queue of tasks.

    Workers whose attributes meet *target_workers* (a TaskRouter expression) take its tasks: with *task_order* FIFO
    by priority and age, with LIFO the newest first. In single-tasking a Worker is in *reservation_activity* while
    a reservation is pending and in *assignment_activity* while handling the task; "Reserved" and "Busy" by default.
    A task is reserved for up to *max_reserved_workers* at once, and the first to accept gets it. *sid* is
    TaskRouter's, by which workflows may name the queue.

    >>> TaskQueue("Support", target_workers='"support" IN skills').task_order
    'FIFO'
    """

    friendly_name: str = attrs.field(default="Default", converter=text)
    target_workers: str = attrs.field(default="1==1", converter=_expression, kw_only=True)
    task_order: str = attrs.field(default="FIFO", converter=one_of("FIFO", "LIFO"), kw_only=True)
    max_reserved_workers: int = attrs.field(default=1, converter=whole(1, MOST_RESERVED), kw_only=True)
    reservation_activity: str | None = attrs.field(default=None, converter=optional(text), kw_only=True)
    assignment_activity: str | None = attrs.field(default=None, converter=optional(text), kw_only=True)
    sid: str | None = attrs.field(default=None, converter=optional(text), kw_only=True)


@attrs.frozen(field_transformer=located)
class TaskChannel:
    """Describe a task channel that differs from the usual ones.

    With *channel_optimized_routing*, tasks of the channel go to the worker who has been longest without a task of this
    channel; without it, of any.

    >>> TaskChannel("chat", channel_optimized_routing=True).unique_name
    'chat'
    """

    unique_name: str = attrs.field(converter=text)
    channel_optimized_routing: bool = attrs.field(default=False, converter=flag, kw_only=True)
