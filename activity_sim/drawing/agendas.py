"""Draws what workers do by themselves into one agenda a worker: steps of (activity, duration, deadline)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise

import attrs
import numpy as np

from activity_sim.drawing.streams import Streams
from activity_sim.errors import ActivitySimWarning, InputError, within
from activity_sim.model.routine import Break, Interruption, RosterRow, Routine
from activity_sim.model.scenario import Scenario
from activity_sim.model.workers import Workers
from activity_sim.plan import Agendas
from activity_sim.units import NEVER, Calendar

Step = tuple[int, int, int]
MOST_STEPS = 2_000_000


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


def draw_agendas(scenario: Scenario, fixed: Sequence[Day], streams: Streams) -> Agendas:
    """Return the agendas of one replication."""
    agendas = [_agenda(scenario, day, streams) for day in fixed]
    first = np.cumsum([0, *map(len, agendas)])
    activity, duration, deadline = np.array([step for steps in agendas for step in steps], dtype=np.int64).T
    return Agendas(first, activity.astype(np.int32), duration, deadline)


def _agenda(scenario: Scenario, day: Day, streams: Streams) -> list[Step]:
    if day.group.routine is not None:
        return list(_chain(scenario, day, day.group.routine, streams))
    steps: list[Step] = []
    work = _Shift(scenario, day, streams)
    for span in day.shifts:
        if not work.is_missed():
            steps.append((day.rest, NEVER, span.start))
            work.add(span, steps)
    return [*steps, (day.rest, NEVER, NEVER)]


def _chain(scenario: Scenario, day: Day, routine: Routine, streams: Streams) -> Iterator[Step]:
    code = {name: number for number, name in enumerate(scenario.workspace.names)}
    stays = {name: streams.endless(law, f"stay {name}", day.name) for name, law in routine.stay.items()}
    turns = {name: streams.uniforms(f"next {name}", day.name) for name in routine.next}
    ends = {name: (list(row), np.cumsum(list(row.values()))) for name, row in routine.next.items()}
    here, clock = routine.start, 0
    for _ in range(MOST_STEPS):
        if here not in stays or clock >= scenario.horizon:
            yield code[here], NEVER, NEVER
            return
        stay = next(stays[here])
        yield code[here], stay, NEVER
        clock += stay
        names, cumulative = ends[here]
        turn = int(np.searchsorted(cumulative, next(turns[here]), side="right"))
        here = names[min(turn, len(names) - 1)]
    raise _too_many(day.name, "stays")


class _Shift:
    """Adds the steps of shifts to the agenda of one worker, with the draws of its interruptions and breaks."""

    def __init__(self, scenario: Scenario, day: Day, streams: Streams) -> None:
        group, code = day.group, scenario.workspace.code
        self.name = day.name
        self.absence = group.absence
        self.missing = streams.uniforms("absence", day.name)
        self.break_activity = [code(planned.activity, "activity") for planned in group.breaks]
        self.break_lasts = [
            streams.endless(planned.lasts, f"break {key}", day.name)
            for key, planned in zip(_keys(group.breaks), group.breaks, strict=True)
        ]
        self.interruptions = [
            (
                code(given.activity, "activity"),
                streams.endless(given.every, f"every {key}", day.name),
                streams.endless(given.lasts, f"lasts {key}", day.name),
            )
            for key, given in zip(_keys(group.interruptions), group.interruptions, strict=True)
        ]

    def is_missed(self) -> bool:
        """Draw whether the worker misses the next shift."""
        return self.absence > 0 and next(self.missing) < self.absence

    def add(self, span: ShiftSpan, steps: list[Step]) -> None:
        """Add the steps of one shift: work up to each planned break and to the end, interrupted at random."""
        clock = max(span.start, 0)
        for start, planned in span.breaks:
            self.work(span.activity, clock, start, steps)
            lasts = next(self.break_lasts[planned])
            steps.append((self.break_activity[planned], lasts, span.end))
            clock = min(max(clock, start) + lasts, span.end)
        self.work(span.activity, clock, span.end, steps)

    def work(self, activity: int, clock: int, deadline: int, steps: list[Step]) -> None:
        """Add work from *clock* to *deadline*, with as many interruptions as fit in when none is delayed."""
        if not self.interruptions:
            steps.append((activity, NEVER, deadline))
        while self.interruptions and clock < deadline:
            waits = [next(every) for _, every, _ in self.interruptions]
            soonest = waits.index(min(waits))
            other, _, lasts = self.interruptions[soonest]
            steps.append((activity, waits[soonest], deadline))
            clock += waits[soonest]
            if clock < deadline:
                length = next(lasts)
                steps.append((other, length, deadline))
                clock += length
            if len(steps) > MOST_STEPS:
                raise _too_many(self.name, "interruptions")


def _keys(entries: Sequence[Interruption | Break]) -> list[str]:
    """Name each entry by its activity, a further one of the same activity by its number too."""
    names = [entry.activity for entry in entries]
    return [f"{name} {names[:n].count(name) + 1}" if name in names[:n] else name for n, name in enumerate(names)]


def _too_many(worker: str, what: str) -> InputError:
    return InputError(
        f"has more than {MOST_STEPS:,} {what} within the horizon; they are too short", f"worker {worker!r}"
    )
