"""What workers do by themselves: shifts, planned breaks, interruptions, rosters and semi-Markov routines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs

from activity_sim.errors import InputError, not_given, within
from activity_sim.model.distributions import Distribution, distribution
from activity_sim.model.reading import ASIDE, located, number, optional, table, text, write_fields
from activity_sim.units import ClockTime, Duration, duration, weekdays, write_weekdays


def _written_with_days(value: Any) -> dict[str, Any]:
    fields = write_fields(value)
    if value.days is not None:
        fields["days"] = write_weekdays(value.days)
    return fields


def _end_after_start(value: Shift | RosterRow) -> None:
    if not value.start < value.end:
        hint = "; an end on the next day is written '+1 ...'" if not value.end.days else ""
        raise InputError(f"must be after the start, {str(value.start)!r}, {not_given(str(value.end))}{hint}", "end")


@attrs.frozen(field_transformer=located)
class Shift:
    """Put workers into *activity* from *start* to *end* on the local clock, on *days* (every day where left out).

    >>> Shift("Available", "22:00", "+1 06:00", days="Mon-Fri").end
    ClockTime(days=1, seconds=21600)
    """

    activity: str = attrs.field(converter=text)
    start: ClockTime = attrs.field(converter=ClockTime.read)
    end: ClockTime = attrs.field(converter=ClockTime.read)
    days: frozenset[int] | None = attrs.field(default=None, converter=optional(weekdays), kw_only=True)

    def __attrs_post_init__(self) -> None:
        _end_after_start(self)

    def written(self) -> dict[str, Any]:
        """Return the table of the scenario file."""
        return _written_with_days(self)


@attrs.frozen(field_transformer=located)
class Break:
    """Plan a stay in *activity* that begins at *start* and *lasts* so long, inside a shift.

    *stagger* spreads the starts of a group's workers over so much time.

    >>> Break("Lunch", "12:00", "30min", stagger="90min").stagger
    Duration('1h 30min')
    """

    activity: str = attrs.field(converter=text)
    start: ClockTime = attrs.field(converter=ClockTime.read)
    lasts: Distribution = attrs.field(converter=distribution)
    stagger: Duration = attrs.field(default=Duration(0), converter=duration, kw_only=True)
    days: frozenset[int] | None = attrs.field(default=None, converter=optional(weekdays), kw_only=True)

    def written(self) -> dict[str, Any]:
        """Return the table of the scenario file."""
        return _written_with_days(self)


@attrs.frozen(field_transformer=located)
class Interruption:
    """Send workers on shift to *activity* *every* so often, for as long as it *lasts*; both are distributions.

    >>> Interruption("Email", every={"distribution": "exponential", "mean": "2h"}, lasts="10min").lasts
    Constant(value=Duration('10min'))
    """

    activity: str = attrs.field(converter=text)
    every: Distribution = attrs.field(converter=distribution, kw_only=True)
    lasts: Distribution = attrs.field(converter=distribution, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.every.can_be_zero and self.lasts.can_be_zero:
            raise InputError(
                "must not be able to be 0 together with lasts: it would go round without time passing",
                "every",
            )


def _stays(value: object) -> dict[str, Distribution]:
    return {name: within(name, lambda law=law: distribution(law)) for name, law in _mapping(value).items()}


def _chances(value: object) -> dict[str, dict[str, float]]:
    return {name: within(name, lambda row=row: _row(row)) for name, row in _mapping(value).items()}


def _row(value: object) -> dict[str, float]:
    row = {name: within(name, lambda p=p: number(0, 1)(p)) for name, p in _mapping(value).items()}
    if not math.isclose(math.fsum(row.values()), 1.0, abs_tol=1e-9):
        raise InputError(f"must have probabilities that sum to 1, not {math.fsum(row.values()):g}")
    return row


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"must be a table, {not_given(value)}")
    return value


@attrs.frozen(field_transformer=located)
class Routine:
    """Let workers move through activities as a semi-Markov chain.

    They begin in *start*, stay in each activity as long as *stay* draws, and go on with the probabilities of *next*.
    An activity without a stay lasts to the horizon.

    >>> Routine("Available", stay={"Available": "1h", "Break": "15min"},
    ...         next={"Available": {"Break": 1.0}, "Break": {"Available": 1.0}}).start
    'Available'
    """

    start: str = attrs.field(converter=text)
    stay: Mapping[str, Distribution] = attrs.field(factory=dict, converter=_stays)
    next: Mapping[str, Mapping[str, float]] = attrs.field(factory=dict, converter=_chances)

    def __attrs_post_init__(self) -> None:
        for activity in self.stay:
            if activity not in self.next:
                raise InputError("is required for an activity with a stay", "next", activity)
        for activity in self.next:
            if activity not in self.stay:
                raise InputError("is required for an activity with a next", "stay", activity)
        if round_trip := self._timeless_round():
            raise InputError(f"must not go round without time passing: {' -> '.join(round_trip)}", "stay")

    @property
    def activities(self) -> list[tuple[str, tuple[str, ...]]]:
        """The activities that are named, each with its place."""
        rows = [(name, ("next", here)) for here, row in self.next.items() for name in row]
        return [(self.start, ("start",)), *((name, ("stay",)) for name in self.stay), *rows]

    def _timeless_round(self) -> list[str]:
        zero = {name for name, law in self.stay.items() if law.can_be_zero}
        steps = {name: [to for to, p in self.next[name].items() if p and to in zero] for name in zero}
        return next((found for name in sorted(zero) if (found := _cycle(name, steps))), [])


def _cycle(start: str, steps: Mapping[str, list[str]]) -> list[str]:
    paths, seen = [[start]], set()
    while paths:
        path = paths.pop()
        for to in steps[path[-1]]:
            if to == start:
                return [*path, start]
            if to not in seen:
                seen.add(to)
                paths.append([*path, to])
    return []


def _date(value: object) -> date:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value).strip())
    except ValueError:
        day = date.min
    if not 1900 <= day.year <= 2200:
        raise InputError(f"must be a date from 1900 to 2200 such as 2026-11-23, {not_given(value)}")
    return day


@attrs.frozen(field_transformer=located)
class RosterRow:
    """Put one *worker* into *activity* on a *date*, from *start* to *end* on the local clock."""

    worker: str = attrs.field(converter=text)
    date: date = attrs.field(converter=_date)
    activity: str = attrs.field(converter=text)
    start: ClockTime = attrs.field(converter=ClockTime.read)
    end: ClockTime = attrs.field(converter=ClockTime.read)

    def __attrs_post_init__(self) -> None:
        _end_after_start(self)


def _rows(value: object) -> tuple[RosterRow, ...]:
    if not isinstance(value, Iterable):
        raise InputError(f"must be rows, {not_given(value)}")
    return tuple(table(RosterRow)(row) for row in value)


@attrs.frozen(field_transformer=located)
class Roster:
    """Hold who is where on which date: *rows*, and the *source* file that they were read from."""

    rows: tuple[RosterRow, ...] = attrs.field(converter=_rows)
    source: Path | None = attrs.field(default=None, eq=False, metadata=ASIDE)

    @property
    def workers(self) -> tuple[str, ...]:
        """The workers, in the order of their first rows."""
        return tuple(dict.fromkeys(row.worker for row in self.rows))

    def written(self) -> Path:
        """Return the reference to the file."""
        if self.source is None:
            raise InputError("a roster that was not read from a file cannot be saved; use read_roster")
        return self.source
