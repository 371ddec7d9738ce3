"""What a workflow makes of one task: the steps that it goes through, and why it goes there and not elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from activity_sim.model.conditions import Condition
from activity_sim.model.expressions import parse_order, parse_skip_if, why_not
from activity_sim.model.ordering import Ordering
from activity_sim.model.terms import Attributes
from activity_sim.model.workflows import Workflow, WorkflowFilter, WorkflowTarget
from activity_sim.units import Duration

Placed = tuple[str, WorkflowTarget]


@attrs.frozen
class Step:
    """One target, with the task's attributes filled in.

    Workers of *queue* whose attributes *accepts* takes get the task, by *order_by*; with attributes come ``sid`` and
    ``friendly_name``, and what else of the worker TaskRouter lets an expression see. The task has *priority*, or its
    own where None. The next step begins when the task's age is *until*; never where None. It begins at once where
    nobody gets the task at once and *skip_if* holds. *place* is that of the target in the configuration.
    """

    queue: str
    accepts: Condition
    priority: int | None = None
    until: Duration | None = None
    order_by: Ordering = attrs.field(factory=Ordering)
    skip_if: Condition | None = None
    place: str = attrs.field(default="", eq=False)


@attrs.frozen
class Verdict:
    """Whether a task *matches* the filter at *place*; if not, *why_not* says which comparison is false."""

    place: str
    matches: bool
    why_not: str


@attrs.frozen
class Route:
    """What a workflow does with a task. Tasks that go the same way have equal routes.

    The task goes through *steps* in order; when the last ends by its time, the task is canceled. It has none where it
    matches no filter and there is no default. *default* is the step for a task that has skipped all *steps*, where
    that can be. *verdicts* tell, of each filter in order, whether the task matches it.
    """

    steps: tuple[Step, ...]
    default: Step | None = None
    verdicts: tuple[Verdict, ...] = attrs.field(default=(), eq=False)

    @property
    def every(self) -> tuple[Step, ...]:
        """All that a task may come to, in order."""
        return self.steps if self.default is None else (*self.steps, self.default)


def route(workflow: Workflow, task: Attributes) -> Route:
    """Return what *workflow* does with a *task* of these attributes.

    The targets of the first filter that matches come first. Where the last of them has a timeout or can be skipped,
    those of the next filter that matches follow, and so on. Times add up over all of them. Targets that nothing leads
    to are left out. The default filter is for tasks that match no filter, or have skipped all that they match.

    >>> gold = {"expression": "value == 'Gold'", "targets": [{"queue": "Support", "timeout": 60}, {"queue": "All"}]}
    >>> workflow = Workflow("Escalate", {"task_routing": {"filters": [gold], "default_filter": {"queue": "All"}}})
    >>> [(step.queue, step.until) for step in route(workflow, {"value": "Gold"}).steps]
    [('Support', Duration('1min')), ('All', None)]
    >>> route(workflow, {"value": "Silver"}).verdicts[0].why_not
    'value == "Gold" is false: value is "Silver"'
    """
    routing = workflow.configuration
    verdicts = tuple(_verdict(f"filters[{n}]", entry, task) for n, entry in enumerate(routing.filters))
    matched = [pair for pair in zip(verdicts, routing.filters, strict=True) if pair[0].matches]
    targets = [placed for verdict, entry in matched for placed in _placed(verdict.place, entry)]
    steps = tuple(_steps(targets, task))
    if routing.default_filter is None or not all(target.skip_if for _, target in targets):
        return Route(steps, None, verdicts)
    *_, default = _steps([*targets, ("default_filter", routing.default_filter)], task)
    return Route(steps, default, verdicts) if steps else Route((default,), None, verdicts)


def _verdict(place: str, entry: WorkflowFilter, task: Attributes) -> Verdict:
    reason = why_not(entry.expression, task)
    return Verdict(place, not reason, reason)


def _placed(place: str, entry: WorkflowFilter) -> Iterator[Placed]:
    return ((f"{place}.targets[{n}]", target) for n, target in enumerate(entry.targets))


def _steps(targets: Iterable[Placed], task: Attributes) -> Iterator[Step]:
    queue, priority, age = "", None, 0
    for place, target in targets:
        queue = target.queue or queue
        priority = priority if target.priority is None else target.priority
        age += target.timeout or 0
        yield Step(
            queue=queue,
            accepts=target.condition.given(task),
            priority=priority,
            until=None if target.timeout is None else Duration(age),
            order_by=parse_order(target.order_by) if target.order_by else Ordering(),
            skip_if=parse_skip_if(target.skip_if) if target.skip_if else None,
            place=place,
        )
        if target.timeout is None and target.skip_if is None:
            return
