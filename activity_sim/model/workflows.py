"""Workflows: which targets a task goes through, as TaskRouter keeps it.

The tables are those of the configuration's JSON, and so are the names of their keys. What a workflow makes of one task
is in ``route.py``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from activity_sim.errors import InputError, nearest, not_given, within
from activity_sim.model.arrivals import priority
from activity_sim.model.conditions import Comparison, Condition, joined
from activity_sim.model.expressions import (
    TargetCondition,
    parse_attribute,
    parse_bare,
    parse_order,
    parse_skip_if,
    parse_target,
)
from activity_sim.model.reading import ASIDE, located, many, optional, read, table, text, whole, write, write_fields
from activity_sim.model.routing import RESERVATION_TIMEOUT
from activity_sim.model.terms import Name
from activity_sim.units import LONGEST, SECOND, Duration, duration

LONGEST_RESERVATION = Duration(86_400 * SECOND)


def _checked(parse: Callable[[str], object]) -> Callable[[object], str]:
    """Return a converter to a text that *parse* takes."""

    def check(value: object) -> str:
        written = text(value)
        parse(written)
        return written

    return check


def _number(value: object) -> object:
    """Return the whole number that a text holds, as the configuration's JSON has numbers both ways."""
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 12 else value


def _seconds(value: object) -> Duration:
    if isinstance(value, Duration):
        value = value // SECOND if value % SECOND == 0 else value.seconds
    return Duration(whole(1, LONGEST // SECOND)(_number(value)) * SECOND)


def _reservation_timeout(value: object) -> Duration:
    length = duration(value)
    if not 0 < length <= LONGEST_RESERVATION:
        raise InputError(f"must be longer than 0 and at most {LONGEST_RESERVATION}, {not_given(str(length))}")
    return length


@attrs.frozen(field_transformer=located, kw_only=True)
class WorkflowTarget:
    """Describe one target of a filter: which workers of which queue a task asks for, and for how long.

    *queue* is a friendly name or a SID; a target without one has that of the target before. *priority* becomes the
    task's, and stays so. After *timeout* seconds the next target begins. The workers must meet *expression*, which
    sees ``worker.`` and ``task.`` attributes, and are taken by *order_by*. Where nobody can take the task at once and
    *skip_if* holds, the next target begins at once. *known_worker_sid* or *known_worker_friendly_name* names an
    attribute of the task that says which worker is meant.
    """

    queue: str | None = attrs.field(default=None, converter=optional(text))
    priority: int | None = attrs.field(default=None, converter=optional(lambda value: priority(_number(value))))
    timeout: Duration | None = attrs.field(default=None, converter=optional(_seconds))
    expression: str | None = attrs.field(default=None, converter=optional(_checked(parse_target)))
    order_by: str | None = attrs.field(default=None, converter=optional(_checked(parse_order)))
    skip_if: str | None = attrs.field(default=None, converter=optional(_checked(parse_skip_if)))
    known_worker_sid: str | None = attrs.field(default=None, converter=optional(_checked(parse_attribute)))
    known_worker_friendly_name: str | None = attrs.field(default=None, converter=optional(_checked(parse_attribute)))

    def __attrs_post_init__(self) -> None:
        if self.known_worker_sid and self.known_worker_friendly_name:
            raise InputError("must not be given beside known_worker_sid", "known_worker_friendly_name")

    @property
    def condition(self) -> TargetCondition:
        """What it asks of a worker and a task; a known worker is one whose ``sid`` or ``friendly_name`` is right."""
        asked: list[Condition] = [parse_target(self.expression).condition] if self.expression else []
        for field in ("sid", "friendly_name"):
            meant = getattr(self, f"known_worker_{field}")
            asked += [Comparison(Name(("worker", field)), "==", parse_attribute(meant))] if meant else []
        return TargetCondition(joined(True, asked))

    def written(self) -> dict[str, Any]:
        """Return the table of the configuration."""
        fields = write_fields(self)
        return fields if self.timeout is None else {**fields, "timeout": self.timeout // SECOND}


def _targets(value: object) -> tuple[WorkflowTarget, ...]:
    targets = many(table(WorkflowTarget))(value)
    if not targets:
        raise InputError("must have at least one target, not none")
    if targets[0].queue is None:
        raise InputError("is required in the first target of a filter", "[0]", "queue")
    return targets


@attrs.frozen(field_transformer=located, kw_only=True)
class WorkflowFilter:
    """Describe which tasks go through *targets*: those whose attributes meet *expression*, which has no prefixes.

    >>> tickets = WorkflowFilter(expression="type == 'ticket'", targets=[{"queue": "Support", "timeout": "300"}])
    >>> tickets.targets[0].timeout
    Duration('5min')
    """

    filter_friendly_name: str | None = attrs.field(default=None, converter=optional(text))
    expression: str = attrs.field(converter=_checked(lambda expression: parse_bare(expression, of="task")))
    targets: tuple[WorkflowTarget, ...] = attrs.field(converter=_targets)


def _default_filter(value: object) -> WorkflowTarget:
    target = read(WorkflowTarget, value)
    if target.timeout is not None:
        raise InputError("must not be given in the default filter, after which nothing comes", "timeout")
    if target.queue is None:
        raise InputError("is required", "queue")
    return target


@attrs.frozen(field_transformer=located, kw_only=True)
class TaskRouting:
    """Hold a workflow's *filters*, in order, and the target of tasks that match none, *default_filter*.

    *source* is the file that they were read from.
    """

    filters: tuple[WorkflowFilter, ...] = attrs.field(default=(), converter=many(table(WorkflowFilter)))
    default_filter: WorkflowTarget | None = attrs.field(default=None, converter=optional(_default_filter))
    source: Path | None = attrs.field(default=None, eq=False, metadata=ASIDE)

    def __attrs_post_init__(self) -> None:
        if not self.filters and self.default_filter is None:
            raise InputError("must have filters or a default_filter, not none of them")

    def written(self) -> dict[str, Any]:
        """Return the whole configuration, as TaskRouter's JSON has it."""
        return {"task_routing": write_fields(self)}


def configuration(value: object) -> TaskRouting:
    """Read a workflow's configuration: a table with the key task_routing, its JSON, or the path of a file with it."""
    if isinstance(value, TaskRouting):
        return value
    if isinstance(value, str) and value.lstrip().startswith("{"):
        return _routing(_document(value))
    return _of_file(value) if isinstance(value, str | os.PathLike) else _routing(value)


def _document(written: str) -> object:
    try:
        return json.loads(written)
    except RecursionError:
        raise InputError("is nested too deeply") from None
    except ValueError as error:
        raise InputError(f"is not JSON: {error}") from None


def _of_file(path: str | os.PathLike[str]) -> TaskRouting:
    from activity_sim.files import read_json

    file = Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links, and fail on a loop of them
    routing = within(f"{file.name}: ", lambda: _routing(read_json(file)))
    return attrs.evolve(routing, source=file)


def _routing(document: object) -> TaskRouting:
    if not isinstance(document, Mapping):
        raise InputError(f"must be a table with the key task_routing, {not_given(document)}")
    for key in document:
        if key != "task_routing":
            near = nearest(key, ["task_routing"])
            raise InputError(f"is not a key here{near}; the key is task_routing", str(key))
    if "task_routing" not in document:
        raise InputError("is required", "task_routing")
    return read(TaskRouting, document["task_routing"])


@attrs.frozen(field_transformer=located)
class Workflow:
    """Describe a workflow: how tasks find their queue, and who gets them.

    *configuration* is what TaskRouter keeps: its JSON, the same as a table, or the path of a file with it. A
    reservation waits *task_reservation_timeout* for its answer, 24 hours at most.

    Raises :exc:`~activity_sim.errors.InputError` that names filter and target, as in ``filters[0].targets[2].timeout``.

    >>> gold = {"expression": "value == 'Gold'", "targets": [{"queue": "Support", "priority": "10"}]}
    >>> workflow = Workflow("Escalate", {"task_routing": {"filters": [gold], "default_filter": {"queue": "All"}}})
    >>> workflow.configuration.filters[0].targets[0].priority
    10
    """

    friendly_name: str = attrs.field(converter=text)
    configuration: TaskRouting = attrs.field(converter=configuration)
    task_reservation_timeout: Duration = attrs.field(
        default=Duration(RESERVATION_TIMEOUT), converter=_reservation_timeout, kw_only=True
    )

    def written(self) -> dict[str, Any]:
        """Return the table of the scenario file, with the file of the configuration where it was read from one."""
        source = self.configuration.source
        return write_fields(self) | ({} if source is None else {"configuration": source})


def written_json(workflow: Workflow) -> str:
    """Return the configuration of *workflow* as the JSON that TaskRouter keeps.

    >>> written_json(Workflow("All", {"task_routing": {"default_filter": {"queue": "All"}}}))
    '{"task_routing": {"default_filter": {"queue": "All"}}}'
    """
    return json.dumps(write(workflow.configuration), ensure_ascii=False)
