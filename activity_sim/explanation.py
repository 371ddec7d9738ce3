"""Why a task goes where it goes: the filters that it meets, its targets, and the workers who may take it there."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import attrs
import numpy as np
import pandas as pd

from activity_sim.errors import InputError, not_given, unknown, within
from activity_sim.model.reach import Kind, Stage, kinds, stages, way
from activity_sim.model.route import Verdict
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Tasks
from activity_sim.model.workers import attributes as read_attributes
from activity_sim.model.workflows import Workflow
from activity_sim.units import duration

SHOWN = 8
"""So many filters that do not match, targets, and sorts of workers of a target are printed."""
LONGEST = 160
"""So many characters of a reason are printed."""
FILTERS = ("place", "filter", "expression", "matches", "why_not")
TARGETS = (
    *("target", "place", "queue", "priority", "since", "until", "expression", "known_worker", "order_by", "skip_if"),
    *("max_reserved_workers", "workers", "by_group"),
)
WORKERS = ("target", "order", "worker_group", "first", "count", "eligible", "why_not")


@attrs.frozen(eq=False, repr=False)
class Explanation:
    """What a *workflow*, or the queue, makes of a *task* with these *attributes*, and who may take it. Print it.

    *filters* has a row for each filter of the workflow: whether the task *matches*, or *why_not*. *targets* has a row
    for each target that the task may come to, in order: from the age *since* *until* another, in seconds (NaN: without
    limit), with the number of *workers* who may take it there. *workers* has a row for each sort of workers of a
    target; those who may take the task come first, in the *order* in which they would be taken if all were free;
    *first* is the first of *count*. *fate* says what becomes of a task that nobody takes.
    """

    task: str
    attributes: Mapping[str, Any]
    task_channel: str
    priority: int
    workflow: str | None
    filters: pd.DataFrame
    targets: pd.DataFrame
    workers: pd.DataFrame
    fate: str

    def __repr__(self) -> str:
        return f"<Explanation of {self.task!r}: {len(self.targets)} target(s); {self.fate}>"

    def __str__(self) -> str:
        filters = ["", "Filters", *_filter_lines(self.filters)] if len(self.filters) else []
        shown = self.targets.head(SHOWN)
        lines = [line for row in _rows(shown) for line in _target_lines(row, self.workers)]
        more = [f"  and {len(self.targets) - SHOWN} more, in .targets"] if len(self.targets) > SHOWN else []
        return "\n".join([self.heading, *filters, *(["", "Targets", *lines] if lines else []), *more, "", self.fate])

    @property
    def heading(self) -> str:
        """One line on the task."""
        where = f"workflow {self.workflow!r}" if self.workflow else f"queue {self.targets['queue'][0]!r}"
        written = json.dumps(self.attributes, ensure_ascii=False)
        return f"{self.task}: {where}, task channel {self.task_channel!r}, attributes {_short(written)}"

    def _repr_html_(self) -> str:
        texts = [f"<p><b>{escape(self.heading)}</b></p>", f"<p>{escape(self.fate)}</p>"]
        tables = [_html(table) for table in (self.filters, self.targets, self.workers) if len(table)]
        return texts[0] + "".join(tables) + texts[1]


def _html(table: pd.DataFrame) -> str:
    html: str = table.to_html(index=False, border=0, na_rep="", max_rows=5 * SHOWN, escape=True)
    return html


def explain(scenario: Scenario, task: str, *, attributes: object = None) -> Explanation:
    """Explain where tasks of the type *task* go in *scenario*, who may take them there, and why not the others.

    *attributes*, a table or the JSON of one, take the place of those of the type. No time plays a part: workers who are
    away, or have no room at the moment, count too; who can never have a task of its channel does not.

    Raises :exc:`~activity_sim.errors.InputError` where there is no such type, and for attributes that are no table.

    >>> workers = [{"friendly_name": "Tier 1", "count": 3}]
    >>> tasks = [{"friendly_name": "call", "arrivals": {"per_hour": 9}, "handle_time": "4min"}]
    >>> print(explain(Scenario(horizon="8h", workers=workers, tasks=tasks), "call"))
    call: queue 'Default', task channel 'default', attributes {}
    <BLANKLINE>
    Targets
      1. queue 'Default', priority 0, without limit: 3 of 3 workers
         yes  Tier 1 001 and 2 more of Tier 1
    <BLANKLINE>
    It waits there until somebody takes it.
    """
    tasks, priority = _type(scenario, task)
    seen = tasks.attributes if attributes is None else within("attributes", lambda: read_attributes(attributes))
    found, workflow = stages(scenario, tasks, seen), scenario.workflow_of(tasks)
    rows = [_sorts(scenario, stage, task=seen, channel=tasks.task_channel) for stage in found]
    return Explanation(
        task=task,
        attributes=seen,
        task_channel=tasks.task_channel,
        priority=priority,
        workflow=workflow.friendly_name if workflow else None,
        filters=_filters(workflow, way(scenario, tasks, seen).verdicts),
        targets=_targets(found, rows, priority),
        workers=_numbered(rows),
        fate=_fate(found, tasks),
    )


def _type(scenario: Scenario, task: object) -> tuple[Tasks, int]:
    """Return the task type that is called so, or has callbacks of that name, and its priority."""
    for tasks in scenario.tasks:
        if task == tasks.friendly_name:
            return tasks, tasks.priority
        if task in tasks.types and tasks.callback:
            return tasks, tasks.priority if tasks.callback.priority is None else tasks.callback.priority
    if not isinstance(task, str):
        raise InputError(f"must be the name of a task type, {not_given(task)}", "task")
    raise unknown(task, [name for tasks in scenario.tasks for name in tasks.types]).inside("task")


# --- frames ---


def _filters(workflow: Workflow | None, verdicts: Sequence[Verdict]) -> pd.DataFrame:
    entries = workflow.configuration.filters if workflow else ()
    rows = [
        (verdict.place, entry.filter_friendly_name or "", entry.expression, verdict.matches, verdict.why_not)
        for verdict, entry in zip(verdicts, entries, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(FILTERS))


def _sorts(scenario: Scenario, stage: Stage, *, task: Mapping[str, Any], channel: str) -> list[dict[str, Any]]:
    """Return the rows of the workers of one target: those who may take the task first, in order."""
    known = kinds(scenario, stage.names(), channel)
    ordering = stage.order(known)
    found: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for kind in known:
        reason = stage.why_not(kind.profile, task) or _no_room(kind, channel)
        key = ordering(kind.profile) if not reason else ()
        found[bool(reason), key, kind.group.friendly_name, reason].extend(kind.numbers)
    names = scenario.worker_names
    in_order = sorted(found.items(), key=lambda item: (*item[0][:2], min(item[1])))
    return [_sort(place, key, numbers, names) for place, (key, numbers) in enumerate(in_order, 1)]


def _sort(order: int, key: tuple[Any, ...], numbers: Sequence[int], names: Sequence[str]) -> dict[str, Any]:
    refused, _, group, reason = key
    return {
        "order": None if refused else order,
        "worker_group": group,
        "first": names[min(numbers)],
        "count": len(numbers),
        "eligible": not refused,
        "why_not": reason,
    }


def _no_room(kind: Kind, channel: str) -> str:
    return "" if kind.capacity else f"no capacity on the task channel {channel!r}"


def _targets(found: Sequence[Stage], rows: Sequence[list[dict[str, Any]]], priority: int) -> pd.DataFrame:
    given = []
    for number, (stage, sorts) in enumerate(zip(found, rows, strict=True), 1):
        target, step = stage.target, stage.step
        given.append(
            {
                "target": number,
                "place": step.place,
                "queue": stage.queue.friendly_name,
                "priority": priority if step.priority is None else step.priority,
                "since": stage.since.seconds,
                "until": math.nan if step.until is None else step.until.seconds,
                "expression": (target and target.expression) or "",
                "known_worker": (target and (target.known_worker_sid or target.known_worker_friendly_name)) or "",
                "order_by": str(step.order_by),
                "skip_if": "" if step.skip_if is None else str(step.skip_if),
                "max_reserved_workers": stage.queue.max_reserved_workers,
                "workers": sum(sort["count"] for sort in sorts if sort["eligible"]),
                "by_group": _by_group(sorts),
            }
        )
    return pd.DataFrame(given, columns=list(TARGETS)).astype({"since": np.float64, "until": np.float64})


def _by_group(sorts: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for sort in sorts:
        counts[sort["worker_group"]] += sort["count"] * sort["eligible"]
    return dict(counts)


def _numbered(rows: Sequence[list[dict[str, Any]]]) -> pd.DataFrame:
    given = [{"target": number, **sort} for number, sorts in enumerate(rows, 1) for sort in sorts]
    return pd.DataFrame(given, columns=list(WORKERS)).astype({"order": "Int64"})


def _fate(found: Sequence[Stage], tasks: Tasks) -> str:
    if not found:
        return "It matches no filter, and there is no default filter: it is canceled when it arrives."
    last = [stage.step for stage in found if not stage.is_last_resort][-1]
    ends = [(tasks.timeout, "its timeout")] if tasks.timeout is not None else []
    ends += [(last.until, "the end of its last target")] if last.until is not None else []
    if ends:
        age, why = min(ends, key=lambda end: end[0])
        return f"If nobody takes it, it is canceled at an age of {age}, {why}."
    if last.skip_if is not None and not found[-1].is_last_resort:
        return "It waits at the last target without limit, and is canceled where it is left at once."
    return f"It waits {'there' if len(found) == 1 else 'at the last target'} until somebody takes it."


# --- text ---


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    return table.itertuples()


def _filter_lines(filters: pd.DataFrame) -> Iterator[str]:
    refused = 0
    for row in _rows(filters):
        refused += not row.matches
        if row.matches or refused <= SHOWN:
            name = f" ({row.filter})" if row.filter else ""
            yield f"  {'yes' if row.matches else 'no '}  {row.place}{name}: {_short(row.why_not or row.expression)}"
    if refused > SHOWN:
        yield f"  and {refused - SHOWN} more that it does not match, in .filters"


def _target_lines(row: Any, workers: pd.DataFrame) -> Iterator[str]:
    sorts = workers[workers["target"] == row.target]
    place = f"{row.place}: " if row.place else ""
    until = "without limit" if math.isnan(row.until) else f"until an age of {duration(row.until)}"
    since = f"from {duration(row.since)} " if row.since else ""
    yield (
        f"  {row.target}. {place}queue {row.queue!r}, priority {row.priority}, {since}{until}: "
        f"{row.workers:,} of {sorts['count'].sum():,} workers"
    )
    yield from (f"     {line}" for line in _conditions(row))
    for eligible in (True, False):
        yield from (f"  {line}" for line in _sort_lines(sorts[sorts["eligible"] == eligible]))


def _conditions(row: Any) -> Iterator[str]:
    if row.order_by:
        yield f"in the order of {row.order_by}"
    if row.skip_if:
        yield f"left at once where nobody can take it and {row.skip_if}"
    if row.max_reserved_workers > 1:
        yield f"reserved for up to {row.max_reserved_workers} at once"


def _sort_lines(sorts: pd.DataFrame) -> Iterator[str]:
    for row in _rows(sorts.head(SHOWN)):
        more = f" and {row.count - 1:,} more of {row.worker_group}" if row.count > 1 else ""
        reason = f": {_short(row.why_not)}" if row.why_not else ""
        yield f"   {'yes' if row.eligible else 'no '}  {row.first}{more}{reason}"
    if len(sorts) > SHOWN:
        said = "yes" if sorts["eligible"].all() else "no "
        yield f"   {said}  and {sorts['count'].iloc[SHOWN:].sum():,} more, in .workers"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
