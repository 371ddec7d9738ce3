"""Shift patterns: the shifts that a staffing may choose from, and what scenario that choice is made in."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import InputError, not_given, within
from activity_sim.model.distributions import Distribution, distribution
from activity_sim.model.reading import above_zero, located, many, optional, table, text
from activity_sim.model.routine import Break, Shift
from activity_sim.model.scenario import Scenario
from activity_sim.model.workers import Workers
from activity_sim.planning.staffed import Numbers, counted, resizable
from activity_sim.units import DAY, SECOND, ClockTime, Duration, duration, weekdays

Ints = NDArray[np.int64]
MOST = 500
"""So many patterns there may be at most."""


@attrs.frozen(field_transformer=located)
class BreakRule:
    """Plan a stay in *activity* in each shift, *after* so long, that *lasts* so long.

    It holds for shifts of at least the length *shifts_from*; *stagger* spreads the starts of a group's workers.

    >>> BreakRule("Lunch", "30min", after="4h", shifts_from="6h").after
    Duration('4h')
    """

    activity: str = attrs.field(converter=text)
    lasts: Distribution = attrs.field(converter=distribution)
    after: Duration = attrs.field(converter=above_zero, kw_only=True)
    stagger: Duration = attrs.field(default=Duration(0), converter=duration, kw_only=True)
    shifts_from: Duration = attrs.field(default=Duration(0), converter=duration, kw_only=True)


def _length(value: object) -> Duration:
    length = above_zero(value)
    if length > DAY:
        raise InputError(f"must be at most a day, {not_given(str(length))}")
    return length


@attrs.frozen(field_transformer=located)
class ShiftPatterns:
    """Let a staffing choose among shifts: each of *starts* with each of *lengths*, and *breaks* by rules.

    *starts* are clock times; with *every*, the first and the last of starts that are so far apart. Shifts put workers
    into *activity*, on *days* (every day where None).

    >>> patterns = ShiftPatterns(starts=["08:00", "10:00"], every="1h", lengths=["4h", "8h"])
    >>> [name for name, _, _ in patterns.each()]
    ['08:00-12:00', '08:00-16:00', '09:00-13:00', '09:00-17:00', '10:00-14:00', '10:00-18:00']
    """

    starts: tuple[ClockTime, ...] = attrs.field(converter=many(ClockTime.read), kw_only=True)
    lengths: tuple[Duration, ...] = attrs.field(converter=many(_length), kw_only=True)
    every: Duration | None = attrs.field(default=None, converter=optional(above_zero), kw_only=True)
    breaks: tuple[BreakRule, ...] = attrs.field(default=(), converter=many(table(BreakRule)), kw_only=True)
    activity: str = attrs.field(default="Available", converter=text, kw_only=True)
    days: frozenset[int] | None = attrs.field(default=None, converter=optional(weekdays), kw_only=True)

    def __attrs_post_init__(self) -> None:
        for key in ("starts", "lengths"):
            given = getattr(self, key)
            if not given or len(set(given)) < len(given):
                raise InputError(f"must be at least one, and each only once, {not_given(list(map(str, given)))}", key)
        if self.every and (len(self.starts) != 2 or not self.starts[0] < self.starts[1]):
            raise InputError("must be the first and the last, where every says how far apart they are", "starts")
        if (count := len(self._starts) * len(self.lengths)) > MOST:
            raise InputError(f"must be at most {MOST} together with lengths, not {count}", "starts")
        for place, rule in enumerate(self.breaks):
            within(f"breaks[{place}]", lambda rule=rule: self._check(rule))

    def _check(self, rule: BreakRule) -> None:
        short = min((length for length in self.lengths if length >= rule.shifts_from), default=None)
        if short is None:
            raise InputError(f"must be at most the longest shift, {not_given(str(rule.shifts_from))}", "shifts_from")
        if rule.after + rule.stagger >= short:
            rule_is = f"must leave the break, stagger included, inside a shift of {short}"
            raise InputError(f"{rule_is}, {not_given(str(rule.after))}", "after")

    @property
    def _starts(self) -> tuple[ClockTime, ...]:
        if self.every is None:
            return self.starts
        first, last = (start.days * DAY + start.seconds * SECOND for start in self.starts)
        return tuple(_clock(moment) for moment in range(first, last + 1, self.every))

    def each(self) -> Iterator[tuple[str, Shift, tuple[Break, ...]]]:
        """Yield each pattern: what it is called, its shift and its breaks."""
        for start in self._starts:
            for length in self.lengths:
                begins = start.days * DAY + start.seconds * SECOND
                end = _clock(begins + length)
                breaks = [
                    Break(rule.activity, _clock(begins + rule.after), rule.lasts, stagger=rule.stagger, days=self.days)
                    for rule in self.breaks
                    if length >= rule.shifts_from
                ]
                name = f"{start}-{_clock((begins + length) % DAY)}"
                yield name, Shift(self.activity, start, end, days=self.days), tuple(breaks)


def _clock(moment: int) -> ClockTime:
    days, rest = divmod(moment, DAY)
    if rest % SECOND:
        raise InputError(f"must be whole seconds, {not_given(str(Duration(moment)))}")
    return ClockTime(days, rest // SECOND)


@attrs.frozen(eq=False)
class Choice:
    """What a staffing chooses in: a *scenario* with a group for each skill set and pattern.

    *origin* has for each of its groups the number of the group that was given, and *fresh* says which are new.
    """

    scenario: Scenario
    origin: tuple[int, ...]
    fresh: tuple[bool, ...]

    @property
    def numbers(self) -> Ints:
        """How many workers there are in each group now; of new groups there are none."""
        each = zip(self.scenario.groups, self.fresh, strict=True)
        return np.array([0 if new else len(group.names) for group, new in each])

    def chosen(self, numbers: Numbers) -> Scenario:
        """Return the scenario with so many workers in each group, without new groups that have none."""
        done = counted(self.scenario, numbers)
        if not any(self.fresh):
            return done
        each = zip(done.groups, numbers, self.fresh, strict=True)
        return attrs.evolve(done, workers=[group for group, n, new in each if n or not new])


def among(scenario: Scenario, patterns: ShiftPatterns | None) -> Choice:
    """Return what a staffing of *scenario* chooses in: *patterns* in place of its groups' shifts, where there are any.

    Groups that differ in their shifts and breaks alone are one skill set.
    """
    if patterns is None:
        every = range(len(scenario.groups))
        return Choice(scenario, tuple(every), (False,) * len(every))
    groups = list(_patterned(scenario, patterns))
    workers = [group for group, _, _ in groups]
    return Choice(
        attrs.evolve(scenario, workers=workers),
        tuple(place for _, place, _ in groups),
        tuple(new for _, _, new in groups),
    )


def _patterned(scenario: Scenario, patterns: ShiftPatterns) -> Iterator[tuple[Workers, int, bool]]:
    """Yield the groups to choose among, each with the number of the one it is made of, and whether it is new."""
    seen: list[Workers] = []
    for place, group in enumerate(scenario.groups):
        if not resizable(scenario, group.friendly_name):
            yield group, place, False
            continue
        plain = attrs.evolve(group, friendly_name="-", count=1, shifts=(), breaks=(), routine=None)
        if plain in seen:
            continue
        seen.append(plain)
        for name, shift, breaks in patterns.each():
            called = f"{group.friendly_name} {name}"
            yield (
                attrs.evolve(group, friendly_name=called, count=1, shifts=[shift], breaks=breaks, routine=None),
                place,
                True,
            )
