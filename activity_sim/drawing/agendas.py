"""Draws what workers do by themselves into one agenda a worker: steps of (activity, duration, deadline)."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby, islice, pairwise, repeat
from typing import Any

import attrs
import numpy as np

from activity_sim.drawing.streams import Streams, Wanted
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
    groups = [list(its_days) for _, its_days in groupby(fixed, key=lambda day: id(day.group))]
    wanted = [_wanted(its_days) for its_days in groups]
    drawn = iter(streams.endless([one for of_group in wanted for one in of_group]))
    agendas = [
        steps
        for its_days, of_group in zip(groups, wanted, strict=True)
        for steps in _agendas(scenario, its_days, list(islice(drawn, len(of_group))))
    ]
    first = np.cumsum([0, *map(len, agendas)])
    flat = np.fromiter(chain.from_iterable(chain.from_iterable(agendas)), dtype=np.int64, count=3 * int(first[-1]))
    activity, duration, deadline = np.ascontiguousarray(flat.reshape(-1, 3).T)
    return Agendas(first, activity.astype(np.int32), duration, deadline)


def _wanted(its_days: Sequence[Day]) -> list[Wanted]:
    """Return what is drawn for each worker of a group, in the order in which :class:`_Shift` and a chain take it."""
    group, names = its_days[0].group, [day.name for day in its_days]
    if group.routine is not None:
        stays = [Wanted(law, f"stay {name}", names) for name, law in group.routine.stay.items()]
        return [*stays, *(Wanted(None, f"next {name}", names) for name in group.routine.next)]
    breaks = zip(_keys(group.breaks), group.breaks, strict=True)
    interruptions = list(zip(_keys(group.interruptions), group.interruptions, strict=True))
    return [
        Wanted(None, "absence", names),
        *(Wanted(planned.lasts, f"break {key}", names) for key, planned in breaks),
        *(Wanted(given.every, f"every {key}", names) for key, given in interruptions),
        *(Wanted(given.lasts, f"lasts {key}", names) for key, given in interruptions),
    ]


def _agendas(scenario: Scenario, its_days: Sequence[Day], drawn: Sequence[list[Iterator[Any]]]) -> Iterator[list[Step]]:
    """Yield the agendas of a group's workers; *drawn* has the streams that were wanted for them."""
    group, code = its_days[0].group, {name: number for number, name in enumerate(scenario.workspace.names)}
    each = zip(*drawn, strict=True) if drawn else repeat((), len(its_days))
    for day, streams in zip(its_days, each, strict=True):
        if group.routine is not None:
            yield list(_chain(scenario.horizon, day.name, group.routine, code, streams))
        else:
            yield _Shift(day, code, streams).steps()


def _chain(
    horizon: int, worker: str, routine: Routine, code: Mapping[str, int], streams: Sequence[Iterator[Any]]
) -> Iterator[Step]:
    stays = dict(zip(routine.stay, streams, strict=False))
    turns = dict(zip(routine.next, streams[len(stays) :], strict=True))
    ends = {name: (list(row), np.cumsum(list(row.values())).tolist()) for name, row in routine.next.items()}
    here, clock = routine.start, 0
    for _ in range(MOST_STEPS):
        if here not in stays or clock >= horizon:
            yield code[here], NEVER, NEVER
            return
        stay = next(stays[here])
        yield code[here], stay, NEVER
        clock += stay
        names, cumulative = ends[here]
        turn = bisect_right(cumulative, next(turns[here]))
        here = names[min(turn, len(names) - 1)]
    raise _too_many(worker, "stays")


class _Shift:
    """Makes the agenda of one worker from its shifts, with the draws of its interruptions and breaks."""

    def __init__(self, day: Day, code: Mapping[str, int], streams: Sequence[Iterator[Any]]) -> None:
        group = day.group
        self.day = day
        self.absence = group.absence
        self.missing, *others = streams
        self.break_activity = [code[planned.activity] for planned in group.breaks]
        self.break_lasts, others = others[: len(group.breaks)], others[len(group.breaks) :]
        self.every, self.lasts = others[: len(group.interruptions)], others[len(group.interruptions) :]
        self.other = [code[given.activity] for given in group.interruptions]

    def steps(self) -> list[Step]:
        """Return the steps: of each shift that is not missed, and of the rest before it and after the last."""
        steps: list[Step] = []
        for span in self.day.shifts:
            if not self.is_missed():
                steps.append((self.day.rest, NEVER, span.start))
                self.add(span, steps)
        return [*steps, (self.day.rest, NEVER, NEVER)]

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
        if not self.every:
            steps.append((activity, NEVER, deadline))
        while self.every and clock < deadline:
            waits = [next(every) for every in self.every]
            wait = min(waits)
            soonest = waits.index(wait)
            steps.append((activity, wait, deadline))
            clock += wait
            if clock < deadline:
                length = next(self.lasts[soonest])
                steps.append((self.other[soonest], length, deadline))
                clock += length
            if len(steps) > MOST_STEPS:
                raise _too_many(self.day.name, "interruptions")


def _keys(entries: Sequence[Interruption | Break]) -> list[str]:
    """Name each entry by its activity, a further one of the same activity by its number too."""
    names = [entry.activity for entry in entries]
    return [f"{name} {names[:n].count(name) + 1}" if name in names[:n] else name for n, name in enumerate(names)]


def _too_many(worker: str, what: str) -> InputError:
    return InputError(
        f"has more than {MOST_STEPS:,} {what} within the horizon; they are too short", f"worker {worker!r}"
    )
