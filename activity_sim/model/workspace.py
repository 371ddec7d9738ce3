"""The Workspace: its Activities and the rules that hold for all of its Workers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs

from activity_sim.errors import InputError, unknown, within
from activity_sim.model.activity import DEFAULTS, MOST_ACTIVITIES, SINGLE_TASKING_DEFAULTS, Activity
from activity_sim.model.reading import (
    ASIDE,
    distinct,
    flag,
    located,
    many,
    one_of,
    optional,
    table,
    text,
    write_fields,
)


def _activities(value: object) -> tuple[Activity, ...]:
    activities = many(table(Activity))(value)
    if len(activities) > MOST_ACTIVITIES:
        raise InputError(f"must be at most {MOST_ACTIVITIES} a workspace, not {len(activities)}")
    if not activities:
        raise InputError("must have at least one activity, not none")
    distinct(activities)
    return activities


@attrs.frozen(field_transformer=located)
class Mirror:
    """Name the activities that mirror work, as many Flex projects have them.

    A worker who handles tasks is in *on_a_task*, one who only has wrap-up left is in *wrap_up* (in *on_a_task* too
    where None). The *no_acd* ones stand in for them while the worker's own activity is not available or it waits to
    leave; the same activity does where None.

    >>> Mirror("On a Task", wrap_up="Wrap Up").names
    ('On a Task', 'On a Task', 'Wrap Up', 'Wrap Up')
    """

    on_a_task: str = attrs.field(converter=text)
    on_a_task_no_acd: str | None = attrs.field(default=None, converter=optional(text), kw_only=True)
    wrap_up: str | None = attrs.field(default=None, converter=optional(text), kw_only=True)
    wrap_up_no_acd: str | None = attrs.field(default=None, converter=optional(text), kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.wrap_up_no_acd and not self.wrap_up:
            raise InputError("needs wrap_up", "wrap_up_no_acd")

    @property
    def names(self) -> tuple[str, str, str, str]:
        """The activities on a task, the same without ACD, in wrap-up, and the same without ACD."""
        busy = (self.on_a_task, self.on_a_task_no_acd or self.on_a_task)
        return busy + ((self.wrap_up, self.wrap_up_no_acd or self.wrap_up) if self.wrap_up else busy)


@attrs.frozen(field_transformer=located, kw_only=True)
class Workspace:
    """Hold the Activities of a Workspace and how it treats Workers and Tasks.

    *multi_task_enabled* is TaskRouter's default; without it a Worker has one Task at a time. Workers start in
    *default_activity*; a reservation that times out sends them to *timeout_activity*. Where FIFO and LIFO queues
    compete for a Worker, *prioritize_queue_order* says which kind goes first. *activities* is the whole list; a
    new Workspace's own where it is left out. *mirror* names activities that mirror work, in multitasking.
    *source* is the file that the activities were read from.

    >>> [a.friendly_name for a in Workspace().activities]
    ['Offline', 'Unavailable', 'Available']
    """

    multi_task_enabled: bool = attrs.field(default=True, converter=flag)
    default_activity: str = attrs.field(default="Offline", converter=text)
    timeout_activity: str = attrs.field(default="Offline", converter=text)
    prioritize_queue_order: str = attrs.field(default="FIFO", converter=one_of("FIFO", "LIFO"))
    activities: tuple[Activity, ...] = attrs.field(default=None, converter=optional(_activities))
    mirror: Mirror | None = attrs.field(default=None, converter=optional(table(Mirror)))
    source: Path | None = attrs.field(default=None, eq=False, metadata=ASIDE)

    def __attrs_post_init__(self) -> None:
        if self.activities is None:
            given = DEFAULTS if self.multi_task_enabled else SINGLE_TASKING_DEFAULTS
            object.__setattr__(self, "activities", given)
        for place in ("default_activity", "timeout_activity"):
            self.code(getattr(self, place), place)
        self._check_mirror()

    def _check_mirror(self) -> None:
        if self.mirror and not self.multi_task_enabled:
            raise InputError("must not be given in a single-tasking workspace, where queues name activities", "mirror")
        for field in attrs.fields(Mirror) if self.mirror else ():
            name = getattr(self.mirror, field.name)
            within("mirror", lambda name=name, field=field: name is None or self.code(name, field.name))

    @property
    def names(self) -> tuple[str, ...]:
        """The FriendlyNames of the activities, in order."""
        return tuple(activity.friendly_name for activity in self.activities)

    def code(self, activity: str, place: str) -> int:
        """Return the number of *activity*; *place* is where it was named, for the error where there is no such one."""
        if activity not in self.names:
            raise unknown(activity, self.names).inside(place)
        return self.names.index(activity)

    def written(self) -> dict[str, Any]:
        """Return the table of the scenario file."""
        fields = write_fields(self)
        default = DEFAULTS if self.multi_task_enabled else SINGLE_TASKING_DEFAULTS
        if self.source is not None:
            fields["activities"] = self.source
        elif self.activities == default:
            fields.pop("activities", None)
        return fields
