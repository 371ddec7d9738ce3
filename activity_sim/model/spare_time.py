"""Spare time in shifts: where one more planned break fits, and how often interruptions come that take up so much.

Spans are microseconds on the local clock, from midnight of the day on which a shift begins. Planned breaks of a
random length count with their mean.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from activity_sim.errors import InputError, not_given
from activity_sim.model.distributions import Exponential
from activity_sim.model.routine import Break, Interruption, RosterRow, Shift
from activity_sim.model.workers import Workers
from activity_sim.units import DAY, LONGEST, SECOND, ClockTime, Duration

Span = tuple[int, int]
Planned = tuple[int, Break]
WEEK = frozenset(range(7))


def moment(clock: ClockTime) -> int:
    """Return *clock* in microseconds since midnight of the day that it is for."""
    return (clock.days * 86_400 + clock.seconds) * SECOND


def clock_time(moment: int) -> ClockTime:
    """Return the clock time that is *moment* microseconds, whole seconds, after midnight."""
    return ClockTime(*divmod(moment // SECOND, 86_400))


def _span(shift: Shift | RosterRow) -> Span:
    return moment(shift.start), moment(shift.end)


def _planned(breaks: Sequence[Break], weekday: int, shift: Span) -> Iterator[Planned]:
    """Yield those of *breaks* that may begin in a shift of a *weekday*, with the start of the group's first worker."""
    for planned in breaks:
        first = moment(planned.start)
        earliest, latest = -((first + planned.stagger - shift[0]) // DAY), (shift[1] - first - 1) // DAY
        for day in range(earliest, latest + 1):
            if planned.days is None or (weekday + day) % 7 in planned.days:
                yield first + day * DAY, planned


# --- planned breaks ---


def further_breaks(group: Workers, activity: str, lasts: Duration) -> list[Break]:
    """Return breaks in *activity* for *group*, one a day, each in the longest shift of its days."""
    return [_break(group, activity, lasts, shift, days=days) for shift, days in _longest(group.shifts)]


def _longest(shifts: Sequence[Shift]) -> Iterator[tuple[Shift, frozenset[int]]]:
    """Yield those of *shifts* that are the longest of a day, the first of equal ones, with these weekdays."""
    lengths = [end - start for start, end in map(_span, shifts)]
    longest = {}
    for weekday in WEEK:
        theirs = [n for n, shift in enumerate(shifts) if shift.days is None or weekday in shift.days]
        if theirs:
            longest[weekday] = max(theirs, key=lengths.__getitem__)
    for number, shift in enumerate(shifts):
        if days := frozenset(weekday for weekday, n in longest.items() if n == number):
            yield shift, days


def _break(group: Workers, activity: str, lasts: Duration, shift: Shift, *, days: frozenset[int]) -> Break:
    start, end = _span(shift)
    if lasts >= end - start:
        rule = f"must be shorter than the shift from {shift.start} to {shift.end}"
        raise InputError(f"{rule}, {not_given(str(lasts))}", "minutes_per_day")
    taken = dict.fromkeys(
        planned for weekday in sorted(days) for planned in _planned(group.breaks, weekday, (start, end))
    )
    first, stagger = place(lasts, (start, end), list(taken))
    on = None if shift.days is None and days == WEEK else days
    return Break(activity, clock_time(first), lasts, stagger=Duration(stagger), days=on)


def place(lasts: int, shift: Span, taken: Sequence[Planned]) -> tuple[int, int]:
    """Return start and stagger of a break that is staggered as far as there is room.

    The room is the middle third of the *shift*, without the breaks that have *taken* some of it. Where that is not
    enough, it is the middle half, two thirds, five sixths or all of the shift. Where nothing is left in that either,
    the break is as near to the middle as it can be, and may run into others.

    >>> place(30, (0, 90_000_000), [])
    (30000000, 29999970)
    """
    for sixths in range(2, 7):
        if fits := list(_fits(lasts, _middle(shift, sixths, lasts), taken)):
            return max(fits, key=lambda fit: fit[1])
    start, end = _middle(shift, 2, lasts)
    return start, end - lasts - start


def _middle(shift: Span, sixths: int, least: int) -> Span:
    """Return the middle part of *shift*, so many *sixths* of it but at *least* so long; it begins at a full second."""
    start, end = shift
    side = (end - start - max((end - start) * sixths // 6, least)) // 2 // SECOND * SECOND
    return start + side, end - side


def _fits(lasts: int, window: Span, taken: Sequence[Planned]) -> Iterator[tuple[int, int]]:
    """Yield start and stagger of a break in each gap between *taken* ones that is wide enough for every worker.

    All breaks of a worker are shifted by the same share of their stagger. So two that do not meet with none of it and
    with all of it, in the same order, never meet.
    """
    ordered = sorted(taken, key=lambda planned: planned[0])
    for number in range(len(ordered) + 1):
        parts = ordered[:number], ordered[number:]
        (begin, until), (begin_last, until_last) = (_gap(window, *parts, share=share) for share in (0, 1))
        start = math.ceil(begin / SECOND) * SECOND
        latest = until_last - lasts
        if start + lasts <= until and max(start, begin_last) <= latest:
            yield start, latest - start


def _gap(window: Span, before: Iterable[Planned], after: Iterable[Planned], *, share: int) -> Span:
    ends = [start + share * planned.stagger + round(planned.lasts.mean) for start, planned in before]
    starts = [start + share * planned.stagger for start, planned in after]
    return max([window[0], *ends]), min([window[1], *starts])


# --- interruptions ---


def further_interruption(
    group: Workers,
    activity: str,
    lasts: Duration,
    *,
    wanted: Duration,
    rows: Sequence[RosterRow],
    dates: Sequence[date],
) -> Interruption:
    """Return an interruption that *lasts* so long and takes up *wanted* a day on average, over all days with shifts.

    *rows* are those of the group's workers in rosters, *dates* those of the run.
    """
    stretches, days = _at_work(group, rows, dates)
    if not days:
        raise InputError("must have a shift on a date of the run")
    spare = Duration(sum(length * count for length, count in stretches.items()) // days)
    if wanted >= spare:
        rule = f"must be less than the time at work, {spare} a day"
        raise InputError(f"{rule}, {not_given(str(wanted))}", "minutes_per_day")
    gap = mean_gap(wanted * days, lasts, stretches, group.interruptions)
    return Interruption(activity, every=Exponential(gap), lasts=lasts)


def _at_work(group: Workers, rows: Sequence[RosterRow], dates: Sequence[date]) -> tuple[Counter[int], int]:
    """Return how many stretches of work there are of each length, over all workers, and how many days with shifts."""
    rostered = {row.worker for row in rows}
    others = len(group.names) - len(rostered) or int(not rows)
    common = [
        (day, day, _span(s), others) for s in group.shifts for day in dates if s.days is None or day.weekday() in s.days
    ]
    own = [((row.worker, row.date), row.date, _span(row), 1) for row in rows if row.date in dates]
    stretches: Counter[int] = Counter()
    for _, day, shift, count in (*common, *own):
        for length in _stretches(group.breaks, day.weekday(), shift):
            stretches[length] += count
    return stretches, sum({key: count for key, _, _, count in (*common, *own)}.values())


def _stretches(breaks: Sequence[Break], weekday: int, shift: Span) -> Iterator[int]:
    """Yield how long the work before, between and after planned breaks is, with half of the stagger."""
    clock, end = shift
    starts = sorted(
        (start + planned.stagger // 2, planned.lasts.mean) for start, planned in _planned(breaks, weekday, shift)
    )
    for start, lasts in starts:
        if shift[0] <= start < end:
            yield max(start - clock, 0)
            clock = min(max(clock, start) + round(lasts), end)
    yield end - clock


def mean_gap(wanted: int, lasts: int, stretches: Mapping[int, int], others: Sequence[Interruption] = ()) -> Duration:
    """Return the mean of exponential times between interruptions that take up *wanted* of all *stretches* of work.

    *stretches* has how many there are of each length; all times are in microseconds. In a stretch, the k-th
    interruption begins when the work before it, a gamma time of shape k, has passed beside k - 1 interruptions. So
    the expected work in a stretch of length L is the sum over k from 0 of gap x P(k + 1, (L - k x lasts) / gap), with
    P the regularised lower incomplete gamma function. *others*, which come too, are taken for exponential as well, and
    all interruptions for as long as the mean of them.

    >>> minute = 60_000_000
    >>> mean_gap(30 * minute, 10 * minute, {480 * minute: 1}) // minute  # 150 in a shift without end
    148
    """
    from scipy.optimize import brentq

    total = sum(length * count for length, count in stretches.items())
    often = sum(1 / max(other.every.mean, 1.0) for other in others)
    busy = sum(other.lasts.mean / max(other.every.mean, 1.0) for other in others)

    def missing(logarithm: float) -> float:
        rate = math.exp(-logarithm)
        gap, mean = 1 / (rate + often), (rate * lasts + busy) / (rate + often)
        work = sum(count * _expected_work(length, gap, mean) for length, count in stretches.items())
        return wanted - (total - work) * rate * lasts / (rate * lasts + busy)

    return Duration(round(math.exp(brentq(missing, 0.0, math.log(LONGEST), xtol=1e-13))))


def _expected_work(length: int, gap: float, lasts: float) -> float:
    import numpy as np
    from scipy.special import gammainc

    gaps = length / gap
    most = min(length / lasts, gaps + 12 * math.sqrt(gaps) + 40)  # more come with a probability below 1e-20
    before = np.arange(int(most) + 1)
    return float(gap * gammainc(before + 1, (length - before * lasts) / gap).sum())
