"""Who goes home sooner or later than planned: shifts of single workers that end at another time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

import attrs

from activity_sim.errors import InputError, not_given, unknown, within
from activity_sim.model.routine import Roster, RosterRow
from activity_sim.model.scenario import Scenario
from activity_sim.model.workers import Workers
from activity_sim.units import Calendar, ClockTime, Duration


def moment_of(calendar: Calendar, value: object) -> int:
    """Return when it is *value*: a clock time of the first day, or a datetime; in microseconds since the start."""
    if isinstance(value, datetime):
        return calendar.at(value)
    return calendar.instant(calendar.start.date(), ClockTime.read(value))


def ended(scenario: Scenario, until: Mapping[str, object], now: Duration) -> Scenario:
    """Return *scenario* in which the shift of each worker in *until* that is on *now*, or comes next, ends then.

    The worker gets a roster with the shifts of its group, and keeps the breaks and interruptions of it.
    """
    groups = {name: group for group in scenario.groups for name in group.names}
    rows = list(scenario.roster.rows) if scenario.roster else []
    rostered = {row.worker for row in rows}
    for name, value in until.items():
        if name not in groups:
            raise unknown(name, groups)
        if name in rostered or not groups[name].shifts:
            rule = "must be a worker with the shifts of its group: for others, change the rows of the roster"
            raise InputError(rule, f"[{name!r}]")
        if any(member.friendly_name == name and member.activity for member in groups[name].members):
            raise InputError("must be a worker without an activity of its own outside of shifts", f"[{name!r}]")
        rows += within(f"[{name!r}]", partial(_shifts, scenario, groups[name], name, value, now))
    return attrs.evolve(scenario, roster=Roster(tuple(rows))) if until else scenario


def _shifts(scenario: Scenario, group: Workers, name: str, value: object, now: Duration) -> list[RosterRow]:
    """Return the shifts of a worker of *group*: the one that is on *now*, or comes next, ends at *value*."""
    calendar, end = scenario.calendar, moment_of(scenario.calendar, value)
    if end < now:
        raise InputError(f"must not be before at, {not_given(str(value))}")
    rows = [
        RosterRow(name, day, shift.activity, shift.start, shift.end)
        for day in calendar.dates
        for shift in group.shifts
        if shift.days is None or day.weekday() in shift.days
    ]
    rows = [row for row in rows if _touches(calendar, row)]
    rows.sort(key=lambda row: calendar.instant(row.date, row.start))
    for place, row in enumerate(rows):
        if calendar.instant(row.date, row.end) > now:
            rest = scenario.workspace.default_activity
            return [*rows[:place], _cut(calendar, row, end, rest), *rows[place + 1 :]]
    raise InputError("must be a worker with a shift that is on, or comes later, and has none")


def _touches(calendar: Calendar, row: RosterRow) -> bool:
    return calendar.instant(row.date, row.start) < calendar.horizon and calendar.instant(row.date, row.end) > 0


def _cut(calendar: Calendar, row: RosterRow, end: int, rest: str) -> RosterRow:
    """Return the shift of *row* with another *end*; where it would not begin, its first second alone, at *rest*."""
    if end <= calendar.instant(row.date, row.start):
        second = ClockTime(row.start.days, row.start.seconds + 1)
        return attrs.evolve(row, activity=rest, end=second)
    local = calendar.local(end)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    seconds = round((local.replace(tzinfo=None) - midnight).total_seconds())
    return attrs.evolve(row, end=ClockTime((local.date() - row.date).days, seconds))
