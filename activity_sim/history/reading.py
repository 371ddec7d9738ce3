"""The events of TaskRouter as a log: everything that reads a log reads a workspace's past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any

import attrs
import pandas as pd

from activity_sim.errors import InputError, not_given, within
from activity_sim.history import repairs as repaired
from activity_sim.history.gathering import Gathering
from activity_sim.history.making import MILLISECOND, Making
from activity_sim.history.sources import Source, each_event
from activity_sim.history.stays import Span
from activity_sim.log import Log
from activity_sim.model.activity import Activity
from activity_sim.model.reading import above_zero, optional, read, text
from activity_sim.model.tasks import Target
from activity_sim.units import Calendar, zone


@attrs.frozen(eq=False, repr=False)
class History:
    """What :func:`read_events` made of events: their *log*, and a table of the *repairs* that it took.

    *events* is how many were read, those that no log needs and duplicates included.
    """

    log: Log
    repairs: pd.DataFrame
    events: int

    def __str__(self) -> str:
        return f"{self.events:,} events: {self.log!r}\n{repaired.sentences(self.repairs)}"

    def __repr__(self) -> str:
        return f"<History of {self.events:,} events: {self.log!r}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self.log))}</p><pre>{escape(repaired.sentences(self.repairs))}</pre>"


def read_events(
    source: Source,
    *,
    activities: Sequence[Activity] | None = None,
    start: str | datetime | None = None,
    end: str | datetime | None = None,
    time_zone: str = "UTC",
    task_type: str | None = None,
    worker_group: str | None = None,
    default_activity: str | None = None,
    interval: Any = "30min",
    service_level: Any = None,
    name: str = "",
) -> History:
    """Read events of TaskRouter as a log, with what had to be repaired.

    *source* is the path of a file, or an iterable of events as dicts: a list of events, pages of the API with a key
    ``events``, JSON lines, or what Event Streams sends. *activities* says which are available
    (:func:`~activity_sim.read_activities`); else only ``activity.created`` and ``activity.updated`` do. The log goes
    from *start* to *end*, dates and times, local in *time_zone* where they have no offset; by default from the first
    event to the last. *task_type* and *worker_group* are keys of the attributes of tasks and workers; without them a
    task's type is the name of its TaskQueue, and all workers are in one group. *default_activity* is the one that
    workers rest in, Offline where there is one. *interval* and *service_level* are those of the reports.

    Raises :exc:`~activity_sim.errors.InputError` for what holds no events, or events of several workspaces.

    >>> import activity_sim as sim
    >>> scenario = sim.Scenario(horizon="1h", workers=[sim.Workers("Tier 1")])
    >>> history = sim.read_events(sim.events(sim.simulate(scenario)), end="2026-01-05 01:00")
    >>> history.log.spells[["worker", "friendly_name"]].values.tolist()
    [['Tier 1 001', 'Offline']]
    >>> print(history)
    5 events: <Log of '': 1 replication(s), 1 spells, 0 tasks, 0 reservations>
    Nothing had to be repaired.
    """
    within("time_zone", lambda: zone(time_zone))
    target: Target = within("service_level", lambda: read(Target, service_level or {}))
    length = within("interval", lambda: above_zero(interval))
    gathering = Gathering(_key(task_type, "task_type"), _key(worker_group, "worker_group"))
    gathering.gather(each_event(source))
    span = _span(gathering, start, end, time_zone)
    made = Making(gathering, span, tuple(activities or ()))
    log = made.log(name, _calendar(span, time_zone), int(length), target, default_activity)
    return History(log, repaired.table(made.counts, made.stays.unknown[1] / 1_000), gathering.events)


def _key(given: str | None, place: str) -> str | None:
    found: str | None = within(place, lambda: optional(text)(given))
    return found


def _span(gathering: Gathering, start: Any, end: Any, time_zone: str) -> Span:
    """Return the instants between which the log lies, in milliseconds since 1970."""
    first, last = gathering.span
    if first < 0 and (start is None or end is None):
        raise InputError("must hold events of workers, tasks or activities; there are none", "source")
    first = first if start is None else within("start", lambda: moment(start, time_zone))
    last = last if end is None else within("end", lambda: moment(end, time_zone))
    if first >= last:
        raise InputError("must be later than the start; give start and end where events alone leave no period", "end")
    return first, last


def moment(given: Any, time_zone: str) -> int:
    """Return a *given* date and time, local in *time_zone* where it has no offset, in milliseconds since 1970."""
    return instant(given, time_zone) // MILLISECOND


def instant(given: Any, time_zone: str) -> int:
    """Return a *given* date and time, local in *time_zone* where it has no offset, in microseconds since 1970."""
    try:
        found = None if isinstance(given, (int, float)) else pd.Timestamp(given)
        said = None if pd.isna(found) else found.to_pydatetime(warn=False)
    except (TypeError, ValueError):
        said = None
    if said is None:
        raise InputError(f"must be a date and time such as '2026-11-23 08:00', {not_given(given)}")
    calendar = Calendar(datetime(1970, 1, 1), time_zone, 0)
    return calendar.origin + calendar.at(said)


def _calendar(span: Span, time_zone: str) -> Calendar:
    """Return the calendar of *span*; where clocks are put back it may begin an hour before, as local times do."""
    utc = datetime(1970, 1, 1) + timedelta(milliseconds=span[0])
    local = Calendar(utc, "UTC", 0).local(0).astimezone(zone(time_zone)).replace(tzinfo=None, fold=0)
    begun = Calendar(local, time_zone, 0).origin
    return Calendar(local, time_zone, span[1] * MILLISECOND - begun)
