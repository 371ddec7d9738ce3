"""Moves on the clock: shifts, planned breaks and rows of rosters, earlier or later by a fixed time."""

from __future__ import annotations

from collections.abc import Container
from datetime import timedelta
from typing import Any, TypeVar

import attrs

from activity_sim.errors import InputError, not_given
from activity_sim.model.routine import Break, Roster, RosterRow, Shift
from activity_sim.model.spare_time import clock_time, moment
from activity_sim.units import DAY, SECOND, ClockTime, duration

E = TypeVar("E", Shift, Break)


def move(value: object) -> int:
    """Read how far something moves, in microseconds: a duration that may have a sign.

    >>> move("-1h 30min"), move("+1s"), move(timedelta(seconds=-2))
    (-5400000000, 1000000, -2000000)
    """
    try:
        length = _signed(value)
    except InputError:
        length = DAY + 1
    if abs(length) > DAY or length % SECOND:
        rule = "must be a duration of whole seconds with a sign, such as '+30min' or '-1h', of at most a day"
        raise InputError(f"{rule}, {not_given(value)}")
    return int(length)


def _signed(value: Any) -> int:
    if isinstance(value, str):
        text = value.strip()
        return -duration(text[1:]) if text.startswith("-") else duration(text.removeprefix("+"))
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    return -duration(-value) if isinstance(seconds, (int, float)) and seconds < 0 else duration(value)


def moved(entry: E, by: int) -> E:
    """Return a shift or a planned break that comes *by* so many microseconds later.

    What would begin before midnight belongs to the day before, so its weekdays move too.

    >>> moved(Shift("Available", "00:30", "06:00", days="Mon"), -3_600_000_000).days
    frozenset({6})
    """
    back, clocks = _moved_clocks(entry, by)
    days = None if entry.days is None else frozenset((day - back) % 7 for day in entry.days)
    return attrs.evolve(entry, **clocks, days=days)


def moved_rows(roster: Roster, by: int, *, workers: Container[str]) -> Roster:
    """Return *roster* with the shifts of *workers* moved *by* so many microseconds."""
    return attrs.evolve(roster, rows=[_moved_row(row, by) if row.worker in workers else row for row in roster.rows])


def _moved_row(row: RosterRow, by: int) -> RosterRow:
    back, clocks = _moved_clocks(row, by)
    return attrs.evolve(row, **clocks, date=row.date - timedelta(days=back))


def _moved_clocks(entry: Shift | Break | RosterRow, by: int) -> tuple[int, dict[str, ClockTime]]:
    """Return how many days earlier the day of *entry* is after the move, and its clock times."""
    moments = {key: moment(getattr(entry, key)) + by for key in ("start", "end") if hasattr(entry, key)}
    back = max(-(moments["start"] // DAY), 0)
    return back, {key: clock_time(at + back * DAY) for key, at in moments.items()}
