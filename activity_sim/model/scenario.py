"""The scenario: one contact centre over one stretch of time, complete."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from activity_sim.errors import ActivitySimWarning, InputError, nearest, not_given, unknown, within
from activity_sim.model.costs import Costs
from activity_sim.model.distributions import Distribution
from activity_sim.model.reading import (
    ASIDE,
    PLAIN,
    above_zero,
    distinct,
    located,
    many,
    optional,
    read,
    table,
    write_fields,
)
from activity_sim.model.references import check_workflow
from activity_sim.model.routine import Roster
from activity_sim.model.routing import CHANNELS, TaskChannel, TaskQueue
from activity_sim.model.tasks import Target, Tasks, multiplier
from activity_sim.model.workers import Workers
from activity_sim.model.workflows import Workflow
from activity_sim.model.workspace import Workspace
from activity_sim.plan import Process
from activity_sim.units import SECOND, Calendar, Duration, duration, zone


def _start(value: object) -> datetime:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value.tzinfo is not None or not 1900 <= value.year <= 2200:
        rule = "must be a local date and time from 1900 to 2200 without offset, such as 2026-11-23T00:00:00"
        raise InputError(f"{rule}, {not_given(value)}")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise InputError(f"must be a text, {not_given(value)}")
    return value


def _zone(value: object) -> str:
    return zone(value).key


def _process(value: object) -> Process:
    if not callable(value):
        raise InputError(f"must be a function of a centre that returns a generator, {not_given(value)}")
    return value


@attrs.frozen(field_transformer=located, kw_only=True, repr=False)
class Scenario:
    """Describe one contact centre over one stretch of time.

    It runs for *horizon* from the local time *start* in *time_zone*. Reports leave out the *warm_up* and split the
    rest by *interval*, aligned to the local clock. *service_level* holds for task types without their own;
    *busyness* multiplies every arrival rate, drawn once a replication. Tables (as of the scenario file) stand for
    values everywhere. A *roster* gives shifts to the workers that it names, who are all workers where no groups
    are given. *costs* are what it costs. *processes* are functions of a
    :class:`~activity_sim.engines.centre.Centre` that run beside, on the SimPy engine; a scenario with them has no file.

    Raises :exc:`~activity_sim.errors.InputError`, with the place, for anything that cannot be meant.

    >>> Scenario(horizon="8h", workers=[Workers("Tier 1", count=3)]).horizon
    Duration('8h')
    """

    name: str = attrs.field(default="", converter=_name)
    start: datetime = attrs.field(default=datetime(2026, 1, 5), converter=_start)
    time_zone: str = attrs.field(default="UTC", converter=_zone)
    horizon: Duration = attrs.field(converter=above_zero)
    interval: Duration = attrs.field(default=Duration(1_800 * SECOND), converter=above_zero)
    service_level: Target = attrs.field(factory=Target, converter=table(Target))
    busyness: Distribution | None = attrs.field(default=None, converter=optional(multiplier), metadata=PLAIN)
    warm_up: Duration = attrs.field(default=Duration(0), converter=duration)
    workspace: Workspace = attrs.field(factory=Workspace, converter=table(Workspace))
    task_queues: tuple[TaskQueue, ...] = attrs.field(default=(), converter=many(table(TaskQueue)))
    task_channels: tuple[TaskChannel, ...] = attrs.field(default=(), converter=many(table(TaskChannel)))
    workflows: tuple[Workflow, ...] = attrs.field(default=(), converter=many(table(Workflow)))
    workers: tuple[Workers, ...] = attrs.field(default=(), converter=many(table(Workers)))
    roster: Roster | None = attrs.field(default=None, converter=optional(table(Roster)))
    tasks: tuple[Tasks, ...] = attrs.field(default=(), converter=many(table(Tasks)))
    costs: Costs | None = attrs.field(default=None, converter=optional(table(Costs)))
    processes: tuple[Process, ...] = attrs.field(default=(), converter=many(_process), metadata=ASIDE)

    def __attrs_post_init__(self) -> None:
        if not self.warm_up < self.horizon:
            raise InputError(f"must be shorter than the horizon, {not_given(str(self.warm_up))}", "warm_up")
        within("interval", lambda: self.calendar.borders(self.interval))
        self._check_names()
        self._check_activities()
        for place, tasks in _placed("tasks", self.tasks):
            within(place, lambda tasks=tasks: self._check_tasks(tasks))
        for place, workflow in _placed("workflows", self.workflows):
            within(place, lambda workflow=workflow: self._check_workflow(workflow))
        for place, group in _placed("workers", self.workers):
            within(place, lambda group=group: self._check_group(group))
        if any(channel.channel_optimized_routing for channel in self.task_channels) and not self._is_multi_task:
            raise InputError("must not have channel_optimized_routing in a single-tasking workspace", "task_channels")

    @property
    def calendar(self) -> Calendar:
        """The local clock and calendar of the run."""
        return Calendar(self.start, self.time_zone, self.horizon)

    @property
    def queues(self) -> tuple[TaskQueue, ...]:
        """The task queues; where none is given, one that all workers serve."""
        return self.task_queues or (TaskQueue(),)

    @property
    def groups(self) -> tuple[Workers, ...]:
        """The groups of workers; where none is given, the one of the roster."""
        if self.workers or self.roster is None:
            return self.workers
        return (Workers(self.roster.source.stem if self.roster.source else "Workers", roster=self.roster),)

    @property
    def worker_names(self) -> tuple[str, ...]:
        """The names of all workers, in order."""
        return tuple(name for group in self.groups for name in group.names)

    def queue_of(self, tasks: Tasks) -> int | None:
        """Return the number of the queue that *tasks* go to; None where a workflow finds it."""
        if self.workflow_of(tasks) is not None:
            return None
        names = [queue.friendly_name for queue in self.queues]
        if tasks.task_queue is None:
            if len(names) > 1:
                several = f"is required where there are several task queues: {', '.join(names)}"
                raise InputError(several + (", or a workflow" if self.workflows else ""), "task_queue")
            return 0
        if tasks.task_queue not in names:
            raise unknown(tasks.task_queue, names).inside("task_queue")
        return names.index(tasks.task_queue)

    def workflow_of(self, tasks: Tasks) -> Workflow | None:
        """Return the workflow that *tasks* go through: the one that they name, or the only one; None for a queue."""
        if tasks.task_queue is not None:
            return None
        if tasks.workflow is None:
            return self.workflows[0] if len(self.workflows) == 1 else None
        names = [workflow.friendly_name for workflow in self.workflows]
        if tasks.workflow not in names:
            raise unknown(tasks.workflow, names).inside("workflow")
        return self.workflows[names.index(tasks.workflow)]

    def _check_names(self) -> None:
        within("task_queues", lambda: distinct(self.task_queues))
        within("workers", lambda: distinct(self.groups))
        within("tasks", lambda: distinct(self.tasks))
        within("workflows", lambda: distinct(self.workflows))
        within("task_channels", lambda: distinct(self.task_channels, "unique_name"))
        types = [name for tasks in self.tasks for name in tasks.types]
        if len(set(types)) < len(types):
            twice = next(name for name in types if types.count(name) > 1)
            raise InputError(f"must not be called as the callbacks of others are, {twice!r}", "tasks")
        names = self.worker_names
        if not names:
            raise InputError("is required: at least one worker", "workers")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"must have names of their own, and {twice!r} is there twice", "workers")
        known = set(names)
        for row, given in enumerate(self.roster.rows if self.roster else ()):
            if given.worker not in known:
                near = nearest(given.worker, names)
                raise InputError(
                    f"must be a worker of the scenario, {not_given(given.worker)}{near}",
                    "roster",
                    f"[{row}]",
                    "worker",
                )

    def _check_activities(self) -> None:
        priced = self.costs.by_activity if self.costs else ()
        for name, steps in (*self.activities_named(), *((name, ("costs", "by_activity", name)) for name in priced)):
            try:
                self.workspace.code(name, "")
            except InputError as error:
                raise InputError(error.must, *steps) from None

    def activities_named(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield every activity that is named outside of the workspace, with the steps to its place."""
        for place, queue in _placed("task_queues", self.queues if self.tasks else self.task_queues):
            for key in ("reservation_activity", "assignment_activity"):
                name = getattr(queue, key) or self._single_tasking_default(key)
                if name:
                    yield name, (place, key)
        for place, tasks in _placed("tasks", self.tasks):
            if tasks.wrap_up_activity:
                yield tasks.wrap_up_activity, (place, "wrap_up_activity")
        for place, group in _placed("workers", self.groups):
            yield from ((name, (place, *steps)) for name, steps in group.activities_named())
        for row, given in enumerate(self.roster.rows if self.roster else ()):
            yield given.activity, ("roster", f"[{row}]", "activity")

    def _single_tasking_default(self, key: str) -> str | None:
        return None if self._is_multi_task else SINGLE_TASKING_ACTIVITIES[key]

    def activity_of(self, queue: TaskQueue, key: str) -> int:
        """Return the number of a queue's *key*, "reservation_activity" or "assignment_activity"; -1 in multitasking."""
        if self._is_multi_task:
            return -1
        return self.workspace.code(getattr(queue, key) or SINGLE_TASKING_ACTIVITIES[key], key)

    def _check_workflow(self, workflow: Workflow) -> None:
        check_workflow(workflow, self.queues, self.workspace.activities)

    @property
    def _is_multi_task(self) -> bool:
        return self.workspace.multi_task_enabled

    def _check_tasks(self, tasks: Tasks) -> None:
        self.queue_of(tasks)
        if tasks.wrap_up_activity and self._is_multi_task:
            rule = "must not be given in a multitasking workspace, where tasks do not change the activity"
            raise InputError(f"{rule}, {not_given(tasks.wrap_up_activity)}", "wrap_up_activity")

    def _check_group(self, group: Workers) -> None:
        if group.per_hour is not None and self.costs is None:
            raise InputError("is a price, and the scenario has no costs; give [costs] too, be it empty", "per_hour")
        if group.leave == "at_once" and not self._is_multi_task:
            rule = "must be 'deferred' or 'idle_only' in a single-tasking workspace"
            raise InputError(f"{rule}, {not_given(group.leave)}", "leave")
        for key in ("breaks", "interruptions"):
            if getattr(group, key) and not (group.shifts or group.roster or self.roster):
                raise InputError("happen inside shifts, and there are none", key)
        for channel in group.channels:
            known = {*CHANNELS, *(tasks.task_channel for tasks in self.tasks)}
            known |= {given.unique_name for given in self.task_channels}
            if channel not in known:
                text = f"workers {group.friendly_name!r}: no tasks come on the task channel {channel!r}"
                warnings.warn(text + nearest(channel, known), ActivitySimWarning, stacklevel=2)

    def with_activity(
        self,
        name: str,
        *,
        minutes_per_day: float,
        available: bool = False,
        for_workers: str | Iterable[str] | None = None,
        interruptions_of: object = None,
    ) -> Scenario:
        """Return a new scenario in which workers spend *minutes_per_day* in the activity *name*.

        The activity is added to the workspace, or is there already and *available* or not as given. *for_workers* are
        the names of groups, or of one; all where None.

        Each worker has one planned break of that length in the longest shift of each day: in its middle third, or
        further out where that is too short, and staggered over the workers as far as there is room beside the breaks
        that are there. Where there is no such room in the shift, it is in the middle, and may run into another break;
        then one follows the other. With *interruptions_of* a duration, it is interruptions of that length instead, at
        random, so often that they take up the minutes on average where nothing delays them.

        Raises :exc:`~activity_sim.errors.InputError` where the activity is there with another availability, where a
        group has no shifts, where it has a roster (which can have interruptions only), and where time is too short.

        >>> group = Workers("Tier 1", shifts=[{"activity": "Available", "start": "08:00", "end": "17:00"}])
        >>> day = Scenario(horizon="1 days", workers=[group]).with_activity("Training", minutes_per_day=30)
        >>> str(day.workers[0].breaks[0].start), day.workers[0].breaks[0].stagger
        ('11:00', Duration('2h 30min'))
        """
        from activity_sim.model.what_if import with_activity

        return with_activity(
            self,
            name,
            minutes_per_day=minutes_per_day,
            available=available,
            for_workers=for_workers,
            interruptions_of=interruptions_of,
        )

    def without_activity(self, name: str) -> Scenario:
        """Return a new scenario without the activity *name*, and without the breaks and interruptions in it.

        A routine passes through it: workers go on at once to where they would go after it. Raises
        :exc:`~activity_sim.errors.InputError`, with the place, where something else uses it.
        """
        from activity_sim.model.what_if import without_activity

        return without_activity(self, name)

    def with_workers(self, group: str, change: int) -> Scenario:
        """Return a new scenario with *change* more workers in *group* (fewer where negative); nobody is renamed.

        Raises :exc:`~activity_sim.errors.InputError` where fewer than none would be left, or nobody at all, and for
        a group whose workers are named by a roster or a file.

        >>> Scenario(horizon="8h", workers=[Workers("Tier 1", count=3)]).with_workers("Tier 1", -2).worker_names
        ('Tier 1 001',)
        """
        from activity_sim.model.what_if import with_workers

        return with_workers(self, group, change)

    def with_shift_moved(self, group: str, by: object, *, breaks: bool = True) -> Scenario:
        """Return a new scenario in which the shifts of *group* come *by* so much later (earlier where negative).

        *by* is a duration of whole seconds with a sign, such as ``"-30min"``, or a timedelta, of at most a day. The
        group's planned *breaks* move along. What would begin before midnight moves to the day before.

        Raises :exc:`~activity_sim.errors.InputError` for a group without shifts or roster.
        """
        from activity_sim.model.what_if import with_shift_moved

        return with_shift_moved(self, group, by, breaks=breaks)

    def with_volume(self, factor: float, *, for_tasks: str | Iterable[str] | None = None) -> Scenario:
        """Return a new scenario with *factor* times as many tasks.

        *for_tasks* are the names of task types, or of one; all where None. The n-th task keeps its random numbers.
        Rates grow, the distance of regular tasks shrinks, and expected counts get a busyness. Raises
        :exc:`~activity_sim.errors.InputError` for a trace, which is replayed as it is.

        >>> day = Scenario(horizon="8h", workers=[{}], tasks=[{"arrivals": {"per_hour": 60}, "handle_time": "4min"}])
        >>> day.with_volume(1.1).tasks[0].arrivals
        Poisson(per_hour=66.0)
        """
        from activity_sim.model.what_if import with_volume

        return with_volume(self, factor, for_tasks=for_tasks)

    def with_handle_time(self, factor: float, *, for_tasks: str | Iterable[str] | None = None) -> Scenario:
        """Return a new scenario with handle times that are *factor* times as long, those of counts and traces too.

        *for_tasks* are the names of task types, or of one; all where None. The time after the contact, wrap_up_time,
        stays. The same random numbers draw *factor* times as much.
        """
        from activity_sim.model.what_if import with_handle_time

        return with_handle_time(self, factor, for_tasks=for_tasks)

    def save(self, path: str) -> None:
        """Write the scenario to the TOML file *path*; references to files are kept, relative to it."""
        from activity_sim.files import save_scenario

        save_scenario(self, path)

    def written(self) -> dict[str, Any]:
        """Return the table of the scenario file."""
        if self.processes:
            raise InputError("are written in Python, and cannot be saved", "processes")
        fields = write_fields(self)
        if any(group.members for group in self.workers):
            if len(self.workers) > 1:
                raise InputError("read from a file cannot be saved beside other groups", "workers")
            (fields["workers"],) = fields["workers"]
        return {"name": self.name, "start": self.start, "horizon": str(self.horizon)} | fields

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Scenario:
        """Return the scenario that a *given* table, of the scenario file's keys, describes."""
        return read(cls, given)

    def __repr__(self) -> str:
        types = ", ".join(tasks.friendly_name for tasks in self.tasks) or "none"
        return f"<Scenario {self.name!r}: {len(self.worker_names)} workers, {self.horizon}, tasks: {types}>"

    def _repr_html_(self) -> str:
        from activity_sim.analysis.describe import scenario_html

        return scenario_html(self)


SINGLE_TASKING_ACTIVITIES = {"reservation_activity": "Reserved", "assignment_activity": "Busy"}
"""The activities of TaskRouter's queues where a queue names none."""


def _placed(key: str, values: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    for position, value in enumerate(values):
        yield f"{key}[{position}] ({value.friendly_name})", value
