"""Groups of workers: what they can do, and what they do by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from activity_sim.errors import InputError, not_given, within
from activity_sim.model.reading import (
    ASIDE,
    JSON,
    distinct,
    located,
    many,
    number,
    one_of,
    optional,
    table,
    text,
    whole,
    write_fields,
)
from activity_sim.model.routine import Break, Interruption, Roster, Routine, Shift
from activity_sim.plan import LEAVE
from activity_sim.units import Duration, duration

LONGEST_ATTRIBUTES = 4_096
LARGEST_CAPACITY = 1_000


def attributes(value: object) -> dict[str, Any]:
    """Read attributes: a table, or a text that holds a JSON object."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise InputError(f"must be a table or a JSON object; {error}") from None
    if not isinstance(value, Mapping):
        raise InputError(f"must be a table or a JSON object, {not_given(value)}")
    try:
        text = json.dumps(dict(value), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"must hold what JSON can hold; {error}") from None
    if len(text) > LONGEST_ATTRIBUTES:
        raise InputError(f"must be at most {LONGEST_ATTRIBUTES} characters of JSON, not {len(text)}")
    found: dict[str, Any] = json.loads(text)
    return found


def group_name(value: object) -> str:
    """Read a name that has a row of its own in reports."""
    if value == "all":
        raise InputError("must not be 'all', which reports use for everything together")
    return text(value)


def _channels(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise InputError(f"must be a table of capacities, {not_given(value)}")
    return {name: within(name, lambda n=n: whole(0, LARGEST_CAPACITY)(n)) for name, n in value.items()}


def _own_channels(value: object) -> dict[str, int]:
    """Read capacities as they are, or from the API's list of a worker's channels."""
    if not isinstance(value, list):
        return _channels(value)
    return dict(within(f"[{n}]", lambda given=given: _channel(given)) for n, given in enumerate(value))


def _channel(resource: object) -> tuple[str, int]:
    keys = ("task_channel_unique_name", "configured_capacity")
    if not isinstance(resource, Mapping) or not all(key in resource for key in keys):
        raise InputError(f"must be a WorkerChannel resource with {' and '.join(keys)}, {not_given(resource)}")
    name, capacity = (resource[key] for key in keys)
    within(keys[0], lambda: text(name))
    size = within(keys[1], lambda: whole(0, LARGEST_CAPACITY)(capacity))
    return name, size if resource.get("available", True) is not False else 0


def _pace(value: object) -> tuple[float, ...]:
    paces = many(number(0, 10, above=True))(value)
    for place, pace in enumerate(paces):
        if abs(1_000 * pace - round(1_000 * pace)) > 1e-6 or round(1_000 * pace) < 1:
            raise InputError(f"must be a whole number of thousandths, {not_given(pace)}", f"[{place}]")
    return paces


@attrs.frozen(field_transformer=located)
class Member:
    """Describe one worker of a group whose workers have names of their own.

    *activity* is where the worker stays when no roster says otherwise; None is the default activity. *channels* are
    its own capacities in place of the group's, or the API's list of its channels. *sid* is TaskRouter's, which
    expressions see as ``sid``.
    """

    friendly_name: str = attrs.field(converter=group_name)
    attributes: Mapping[str, Any] = attrs.field(factory=dict, converter=attributes)
    activity: str | None = attrs.field(default=None, converter=optional(text))
    channels: Mapping[str, int] = attrs.field(factory=dict, converter=_own_channels)
    sid: str | None = attrs.field(default=None, converter=optional(text))

    @property
    def profile(self) -> Mapping[str, Any]:
        """What expressions see of it."""
        named = {"friendly_name": self.friendly_name} | ({"sid": self.sid} if self.sid else {})
        return {**self.attributes, **named}


@attrs.frozen(field_transformer=located)
class Workers:
    """Describe a group of *count* workers, named "Tier 1 001", "Tier 1 002" and so on after *friendly_name*.

    *attributes* are what queues' expressions see; *channels* the capacities on task channels in multitasking
    (1 each where not given). While n tasks are in hand, work on each advances at the n-th *pace*, the last one for
    more: 0.8 takes a quarter longer. *leave* says how they leave for an unavailable activity: "deferred", "idle_only"
    or "at_once". *absence* is the probability of missing a shift, *recovery* the length of a detour after a missed
    reservation, *reject_activity* where a rejection sends them. *per_hour* is the price of an hour of one, in place of
    that in the scenario's *costs*. *shifts* (or a *roster*) with *breaks* and *interruptions*, or a *routine*, say what
    they do by themselves. *members* are workers with names of their own.

    >>> Workers("Tier 1", count=2, shifts=[Shift("Available", "08:00", "16:30")]).names
    ('Tier 1 001', 'Tier 1 002')
    """

    friendly_name: str = attrs.field(default="Workers", converter=group_name)
    count: int = attrs.field(default=1, converter=whole(0, 100_000))
    attributes: Mapping[str, Any] = attrs.field(factory=dict, converter=attributes, kw_only=True, metadata=JSON)
    channels: Mapping[str, int] = attrs.field(factory=dict, converter=_channels, kw_only=True)
    pace: tuple[float, ...] = attrs.field(default=(), converter=_pace, kw_only=True)
    leave: str = attrs.field(default="deferred", converter=one_of(*LEAVE), kw_only=True)
    absence: float = attrs.field(default=0.0, converter=number(0, 1), kw_only=True)
    recovery: Duration | None = attrs.field(default=None, converter=optional(duration), kw_only=True)
    per_hour: float | None = attrs.field(default=None, converter=optional(number(0)), kw_only=True)
    reject_activity: str | None = attrs.field(default=None, converter=optional(text), kw_only=True)
    shifts: tuple[Shift, ...] = attrs.field(default=(), converter=many(table(Shift)), kw_only=True)
    breaks: tuple[Break, ...] = attrs.field(default=(), converter=many(table(Break)), kw_only=True)
    interruptions: tuple[Interruption, ...] = attrs.field(default=(), converter=many(table(Interruption)), kw_only=True)
    routine: Routine | None = attrs.field(default=None, converter=optional(table(Routine)), kw_only=True)
    roster: Roster | None = attrs.field(default=None, converter=optional(table(Roster)), kw_only=True)
    members: tuple[Member, ...] = attrs.field(default=(), converter=many(table(Member)), kw_only=True, metadata=ASIDE)
    source: Path | None = attrs.field(default=None, eq=False, kw_only=True, metadata=ASIDE)

    def __attrs_post_init__(self) -> None:
        within("members", lambda: distinct(self.members))
        if self.routine and (self.shifts or self.roster):
            raise InputError("must not be given beside shifts or a roster", "routine")
        if self.routine and (self.breaks or self.interruptions):
            raise InputError("must not be given beside breaks or interruptions, which happen inside shifts", "routine")
        if self.shifts and self.roster:
            raise InputError("must not be given beside shifts", "roster")
        if self.roster and self.count != 1:
            raise InputError("must not be given beside a roster, which names the workers", "count")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the group's workers: at least three digits, never padded to the count."""
        if self.members:
            return tuple(member.friendly_name for member in self.members)
        if self.roster:
            return self.roster.workers
        return tuple(f"{self.friendly_name} {number:03}" for number in range(1, self.count + 1))

    @property
    def rooms(self) -> tuple[Mapping[str, int], ...]:
        """The capacities of each worker, by task channel."""
        if not self.members:
            return (self.channels,) * len(self.names)
        return tuple({**self.channels, **member.channels} for member in self.members)

    @property
    def profiles(self) -> tuple[Mapping[str, Any], ...]:
        """What expressions see of each worker: its attributes, ``friendly_name``, and ``sid`` where it has one.

        >>> Workers("Tier 1", attributes={"level": 2}).profiles
        ({'level': 2, 'friendly_name': 'Tier 1 001'},)
        """
        if not self.members:
            return tuple({**self.attributes, "friendly_name": name} for name in self.names)
        return tuple({**self.attributes, **member.profile} for member in self.members)

    def activities_named(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield every activity that the group names, with the steps to its place."""
        if self.reject_activity:
            yield self.reject_activity, ("reject_activity",)
        for key in ("shifts", "breaks", "interruptions"):
            for position, entry in enumerate(getattr(self, key)):
                yield entry.activity, (f"{key}[{position}]", "activity")
        if self.routine:
            yield from ((name, ("routine", *steps)) for name, steps in self.routine.activities)
        for row, given in enumerate(self.roster.rows if self.roster else ()):
            yield given.activity, ("roster", f"[{row}]", "activity")
        for position, member in enumerate(self.members):
            if member.activity:
                yield member.activity, (f"members[{position}] ({member.friendly_name})", "activity")

    def written(self) -> dict[str, Any] | Path:
        """Return the table of the scenario file, or the reference to the file that the workers were read from."""
        if not self.members:
            return write_fields(self)
        if self.source is None:
            raise InputError("with names of their own that were not read from a file cannot be saved", "workers")
        return self.source
