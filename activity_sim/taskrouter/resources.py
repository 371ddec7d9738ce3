"""Resources that the client reads and does not write, as small frozen values with the names of the API's fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import attrs

from activity_sim.errors import AnswerError, InputError, not_given
from activity_sim.model.activity import sid_pattern
from activity_sim.model.reading import flag, located, optional, read, whole

R = TypeVar("R")
MOST = 2**31 - 1


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise InputError(f"must be a text, {not_given(value)}")
    return value


def _attributes(value: object) -> object:
    """Read a Worker's attributes, which the API writes as a text of JSON; what is no JSON object stays as it is."""
    try:
        found = json.loads(value, parse_constant=_no_number) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        found = value
    return found if isinstance(found, dict) else value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _sid(prefix: str) -> Any:
    return attrs.field(converter=sid_pattern(prefix))


def _known(prefix: str) -> Any:
    return attrs.field(default=None, converter=optional(sid_pattern(prefix)))


def _text() -> Any:
    return attrs.field(converter=_string)


def _said() -> Any:
    return attrs.field(default=None, converter=optional(_string))


def _date() -> Any:
    return attrs.field(default=None, converter=optional(_string), repr=False)


def _flag() -> Any:
    return attrs.field(converter=flag)


def _whole() -> Any:
    return attrs.field(converter=whole(0, MOST))


@attrs.frozen(kw_only=True, field_transformer=located)
class WorkspaceResource:
    """Hold a Workspace: its name, and the rules that hold for all of its Workers."""

    sid: str | None = _known("WS")
    friendly_name: str | None = _said()
    multi_task_enabled: bool = _flag()
    prioritize_queue_order: str = _text()
    default_activity_sid: str = _sid("WA")
    default_activity_name: str | None = attrs.field(converter=optional(_string))
    timeout_activity_sid: str = _sid("WA")
    timeout_activity_name: str | None = attrs.field(converter=optional(_string))
    date_created: str | None = _date()
    date_updated: str | None = _date()


@attrs.frozen(kw_only=True, field_transformer=located)
class WorkerResource:
    """Hold a Worker: the Activity that it is in, and its *attributes*.

    These are a dict, None where a list leaves them out, and what is there as it is where that is no JSON object.
    """

    sid: str = _sid("WK")
    friendly_name: str = _text()
    activity_sid: str = _sid("WA")
    activity_name: str | None = _said()
    available: bool = _flag()
    attributes: Any = attrs.field(default=None, converter=_attributes)
    date_created: str | None = _date()
    date_updated: str | None = _date()
    date_status_changed: str | None = _date()


@attrs.frozen(kw_only=True, field_transformer=located)
class WorkerChannelResource:
    """Hold a Worker's channel: how many Tasks of a TaskChannel the Worker may have at a time, and whether any."""

    sid: str = _sid("WC")
    worker_sid: str = _sid("WK")
    task_channel_sid: str = _sid("TC")
    task_channel_unique_name: str = _text()
    configured_capacity: int = _whole()
    available: bool = _flag()
    assigned_tasks: int = _whole()
    date_created: str | None = _date()
    date_updated: str | None = _date()


@attrs.frozen(kw_only=True, field_transformer=located)
class TaskQueueResource:
    """Hold a TaskQueue; without an expression in *target_workers* it takes nobody."""

    sid: str = _sid("WQ")
    friendly_name: str = _text()
    target_workers: str | None = _said()
    task_order: str = _text()
    max_reserved_workers: int = _whole()
    reservation_activity_sid: str | None = _known("WA")
    reservation_activity_name: str | None = _said()
    assignment_activity_sid: str | None = _known("WA")
    assignment_activity_name: str | None = _said()
    date_created: str | None = _date()
    date_updated: str | None = _date()


@attrs.frozen(kw_only=True, field_transformer=located)
class WorkflowResource:
    """Hold a Workflow; *configuration* is the JSON as it was given, *task_reservation_timeout* is in seconds."""

    sid: str = _sid("WW")
    friendly_name: str = _text()
    configuration: str = _text()
    task_reservation_timeout: int = _whole()
    assignment_callback_url: str | None = _said()
    fallback_assignment_callback_url: str | None = _said()
    date_created: str | None = _date()
    date_updated: str | None = _date()


@attrs.frozen(kw_only=True, field_transformer=located)
class TaskChannelResource:
    """Hold a TaskChannel; *channel_optimized_routing* says whether its Tasks go by who was idle on it."""

    sid: str = _sid("TC")
    friendly_name: str = _text()
    unique_name: str = _text()
    channel_optimized_routing: bool | None = attrs.field(default=None, converter=optional(flag))
    date_created: str | None = _date()
    date_updated: str | None = _date()


def described(cls: type[R], resource: Any, request: str) -> R:
    """Return the value of *cls* that a *resource* of the API describes; fields unknown here are passed over.

    >>> said = {"sid": "TC" + "0" * 32, "friendly_name": "Voice", "unique_name": "voice", "url": "https://..."}
    >>> described(TaskChannelResource, said, "GET TaskChannels").unique_name
    'voice'
    """
    names = {field.name for field in attrs.fields(cls)}  # type: ignore[arg-type]
    reason = "it is not a JSON object"
    try:
        if isinstance(resource, Mapping):
            return read(cls, {name: value for name, value in resource.items() if name in names})
    except InputError as error:
        reason = str(error)
    kind = cls.__name__.removesuffix("Resource")
    raise AnswerError(f"the answer has no {kind}: {reason}", request=request)
