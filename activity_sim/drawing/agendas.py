"""What is fixed of the agendas: the shifts of each worker on the clock, and the planned breaks in them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise

import attrs

from activity_sim.errors import ActivitySimWarning, InputError, within
from activity_sim.model.routine import RosterRow
from activity_sim.model.scenario import Scenario
from activity_sim.model.workers import Workers
from activity_sim.units import Calendar


@attrs.frozen
class ShiftSpan:
    """One shift of one worker: when, in which activity, and the planned breaks (start, position) inside."""

    start: int
    end: int
    activity: int
    breaks: tuple[tuple[int, int], ...]


@attrs.frozen
class Day:
    """One worker's shifts over the whole run; *rest* is the activity outside of them."""

    name: str
    group: Workers
    rest: int
    shifts: tuple[ShiftSpan, ...]


def days(scenario: Scenario) -> list[Day]:
    """Return what is fixed of each worker's agenda, worker by worker.

    Raises :exc:`~activity_sim.errors.InputError` where shifts of one worker overlap.
    """
    _warn_of_rows_outside(scenario)
    rows: dict[str, list[RosterRow]] = {}
    for row in scenario.roster.rows if scenario.roster else ():
        rows.setdefault(row.worker, []).append(row)
    return [
        day
        for position, group in enumerate(scenario.groups)
        for day in within(
            f"workers[{position}] ({group.friendly_name})",
            lambda group=group: list(_days_of(scenario, group, rows)),  # type: ignore[misc]
        )
    ]


def _warn_of_rows_outside(scenario: Scenario) -> None:
    rosters = [scenario.roster, *(group.roster for group in scenario.groups if group.roster is not scenario.roster)]
    for roster in filter(None, rosters):
        spans = [_span(scenario, row) for row in roster.rows]
        outside = sum(end <= 0 or start >= scenario.horizon for start, end, _ in spans)
        if outside:
            name = f"{roster.source.name}: " if roster.source else ""
            text = f"{name}{outside} of {len(spans)} rows of the roster lie outside the horizon"
            warnings.warn(text, ActivitySimWarning, stacklevel=2)


def _days_of(scenario: Scenario, group: Workers, rows: dict[str, list[RosterRow]]) -> Iterator[Day]:
    calendar, workspace = scenario.calendar, scenario.workspace
    common = _spans(scenario, group)
    breaks = _break_starts(calendar, group)
    own = {name: list(rows.get(name, ())) for name in group.names}
    for row in group.roster.rows if group.roster and group.roster is not scenario.roster else ():
        own[row.worker].append(row)
    activities = {member.friendly_name: member.activity for member in group.members}
    for number, name in enumerate(group.names):
        rostered = [_span(scenario, row) for row in own[name]]
        rest = workspace.default_activity if rostered else activities.get(name) or workspace.default_activity
        spans = _in_order(calendar, rostered, "roster") if rostered else common
        shifts = _with_breaks(spans, breaks, van_der_corput(number))
        yield Day(name, group, workspace.code(rest, "activity"), shifts)


def _spans(scenario: Scenario, group: Workers) -> list[tuple[int, int, int]]:
    calendar, code = scenario.calendar, scenario.workspace.code
    spans = [
        (calendar.instant(day, shift.start), calendar.instant(day, shift.end), code(shift.activity, "activity"))
        for shift in group.shifts
        for day in calendar.dates
        if shift.days is None or day.weekday() in shift.days
    ]
    return _in_order(calendar, spans, "shifts")


def _span(scenario: Scenario, row: RosterRow) -> tuple[int, int, int]:
    calendar = scenario.calendar
    start, end = calendar.instant(row.date, row.start), calendar.instant(row.date, row.end)
    return start, end, scenario.workspace.code(row.activity, "activity")


def _in_order(calendar: Calendar, spans: list[tuple[int, int, int]], place: str) -> list[tuple[int, int, int]]:
    ordered = sorted(spans)
    for before, after in pairwise(ordered):
        if after[0] < before[1]:
            start, end = (f"{calendar.local(moment):%Y-%m-%d %H:%M}" for moment in (after[0], before[1]))
            raise InputError(f"must not overlap, not one from {start} while another lasts to {end}", place)
    return ordered


def _break_starts(calendar: Calendar, group: Workers) -> list[tuple[int, int, int]]:
    return [
        (calendar.instant(day, planned.start), position, planned.stagger)
        for position, planned in enumerate(group.breaks)
        for day in calendar.dates
        if planned.days is None or day.weekday() in planned.days
    ]


def _with_breaks(
    spans: Sequence[tuple[int, int, int]], breaks: Sequence[tuple[int, int, int]], share: float
) -> tuple[ShiftSpan, ...]:
    starts = sorted((start + round(stagger * share), position) for start, position, stagger in breaks)
    return tuple(
        ShiftSpan(start, end, activity, tuple(b for b in starts if max(start, 0) <= b[0] < end))
        for start, end, activity in spans
        if end > 0
    )


def van_der_corput(number: int) -> float:
    """Return the base-2 van der Corput sequence at *number*: its binary digits mirrored behind the point.

    >>> [van_der_corput(n) for n in range(5)]
    [0.0, 0.5, 0.25, 0.75, 0.125]
    """
    digits = f"{number:b}"
    return float(int(digits[::-1], 2) / 2 ** len(digits))
