"""Durations, clock times and time zones, turned into whole microseconds at the border.

Inside the package, time is a whole number of microseconds since the scenario's start. Everything here reads what
people write (``"90 min"``, ``"+1 06:00"``, ``"Mon-Fri"``, local times) or writes it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import InputError, nearest, not_given

SECOND = 1_000_000
DAY = 86_400 * SECOND
NEVER = 2**62
"""An instant that no run reaches: a step without an end, patience without a limit."""

UNITS = {"us": 1, "ms": 1_000, "s": SECOND, "min": 60 * SECOND, "h": 3_600 * SECOND, "days": DAY}
LONGEST = 36_500 * DAY

_PART = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(us|ms|s|min|h|days|day)(?![a-z])", re.ASCII)
_CLOCK = re.compile(r"(?:\+(\d{1,3})\s+)?([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_EPOCH = datetime(1970, 1, 1)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Duration(int):
    """A length of time in whole microseconds that shows itself as people write it.

    >>> Duration(5_400_000_000)
    Duration('1h 30min')
    >>> Duration(90_000_000) + 1
    90000001
    """

    def __repr__(self) -> str:
        return f"Duration({str(self)!r})"

    def __str__(self) -> str:
        parts, rest = [], int(self)
        for unit in ("days", "h", "min", "s", "ms", "us"):
            amount, rest = divmod(rest, UNITS[unit])
            if amount:
                parts.append(f"{amount}{' ' if unit == 'days' else ''}{unit}")
        return " ".join(parts) or "0s"

    @property
    def seconds(self) -> float:
        """The same length in seconds."""
        return self / SECOND

    def scaled(self, factor: float) -> Duration:
        """Return *factor* times the length, rounded to the microsecond.

        >>> Duration(90_000_000).scaled(1.1)
        Duration('1min 39s')
        """
        return duration(self.seconds * factor)


def duration(value: object) -> Duration:
    """Read a duration: ``"1h 30min"``, a number of seconds, or a timedelta.

    Raises :exc:`~activity_sim.errors.InputError` unless it is finite, at least 0 and written with units.

    >>> duration("6 min"), duration(2.5), duration("1h 30min")
    (Duration('6min'), Duration('2s 500ms'), Duration('1h 30min'))
    """
    if isinstance(value, Duration):
        return value
    microseconds = _microseconds(value)
    if microseconds is None or not microseconds.is_finite() or not 0 <= microseconds <= LONGEST:
        limits = "must be a duration such as '90 s', '6min' or '1h 30min', or a number of seconds, from 0 to 36500 days"
        raise InputError(f"{limits}, {not_given(value)}{_without_unit(value)}")
    return Duration(int(microseconds.to_integral_value()))


def _microseconds(value: object) -> Decimal | None:
    if isinstance(value, str):
        return _written(value)
    if isinstance(value, timedelta):
        return Decimal(value // timedelta(microseconds=1))
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return Decimal(repr(float(value))) * SECOND if not isinstance(value, int) else Decimal(value) * SECOND
    return None


def _written(text: str) -> Decimal | None:
    total, position = Decimal(0), 0
    while part := _PART.match(text, position):
        total += Decimal(part[1]) * UNITS["days" if part[2] == "day" else part[2]]
        position = part.end()
    return total if position and not text[position:].strip() else None


def _without_unit(value: object) -> str:
    if not isinstance(value, str):
        return ""
    missing = "a unit is missing" if re.fullmatch(r"\s*\d+(\.\d*)?\s*", value) else "the units are"
    return f" ({missing}: {', '.join(UNITS)})"


@attrs.frozen
class ClockTime:
    """A time of the day on the local clock, *days* after the day that the entry applies to.

    >>> ClockTime.read("+1 06:00")
    ClockTime(days=1, seconds=21600)
    """

    days: int
    seconds: int

    @classmethod
    def read(cls, value: object) -> Self:
        """Read ``"08:00"``, ``"08:00:30"``, ``"+1 06:00"`` or a :class:`datetime.time`."""
        if isinstance(value, cls):
            return value
        text = value.isoformat("seconds") if isinstance(value, time) and not value.microsecond else value
        match = _CLOCK.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None:
            hint = "; midnight at the end of the day is '+1 00:00'" if text == "24:00" else ""
            raise InputError(f"must be a clock time such as '08:00' or '+1 06:00', {not_given(value)}{hint}")
        days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
        return cls(days, (hours * 60 + minutes) * 60 + seconds)

    def __str__(self) -> str:
        minutes, seconds = divmod(self.seconds, 60)
        clock = f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
        return f"+{self.days} {clock}" if self.days else clock

    def __lt__(self, other: ClockTime) -> bool:
        return (self.days, self.seconds) < (other.days, other.seconds)


def weekdays(value: object) -> frozenset[int]:
    """Read ``"Mon-Fri"``, ``"Sat"``, ``"Mon, Wed-Fri"`` or a list of them as weekday numbers, Monday 0.

    >>> sorted(weekdays("Fri-Mon"))
    [0, 4, 5, 6]
    """
    if isinstance(value, frozenset):
        return value
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or not parts:
        raise InputError(f"must be days such as 'Mon-Fri' or ['Mon', 'Wed'], {not_given(value)}")
    return frozenset(day for part in parts for day in _day_range(part))


def _day_range(part: object) -> Iterator[int]:
    ends = [str(end).strip().capitalize() for end in str(part).split("-")]
    wrong = next((end for end in ends if end not in WEEKDAYS), None)
    if wrong is not None or len(ends) > 2:
        raise InputError(f"must be days from {', '.join(WEEKDAYS)}, {not_given(part)}{nearest(wrong, WEEKDAYS)}")
    first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
    return ((first + step) % 7 for step in range((last - first) % 7 + 1))


def write_weekdays(days: Iterable[int]) -> list[str]:
    """Return the names of *days*, as the scenario file writes them."""
    return [WEEKDAYS[day] for day in sorted(days)]


def zone(name: object) -> ZoneInfo:
    """Read the name of a time zone, such as ``"Europe/Berlin"``."""
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(name, available_timezones())
        raise InputError(f"must be an IANA time zone such as 'Europe/Berlin', {not_given(name)}{near}") from None


@attrs.frozen
class Calendar:
    """The local clock and calendar of a run of *horizon* microseconds from the local time *start*."""

    start: datetime
    time_zone: str
    horizon: int

    @property
    def origin(self) -> int:
        """The start, in microseconds since 1970 (UTC)."""
        return local_epoch(self.start, self.time_zone)

    @property
    def dates(self) -> list[date]:
        """The local dates that the horizon touches."""
        last = self.local(self.horizon - 1).date()
        return [self.start.date() + timedelta(days=n) for n in range((last - self.start.date()).days + 1)]

    def instant(self, day: date, clock: ClockTime) -> int:
        """Return when the local *clock* shows this time on *day*, in microseconds since the start."""
        naive = datetime.combine(day, time()) + timedelta(days=clock.days, seconds=clock.seconds)
        return local_epoch(naive, self.time_zone) - self.origin

    def at(self, moment: datetime) -> int:
        """Return *moment*, local where it has no offset, in microseconds since the start."""
        if moment.tzinfo is None:
            return local_epoch(moment, self.time_zone) - self.origin
        return _epoch(moment.astimezone(UTC).replace(tzinfo=None)) - self.origin

    def local(self, instant: int) -> datetime:
        """Return the aware local time at *instant* microseconds since the start."""
        utc = (_EPOCH + timedelta(microseconds=int(self.origin + instant))).replace(tzinfo=UTC)
        return utc.astimezone(zone_of(self.time_zone))

    def utc(self, instant: int) -> str:
        """Return the instant as TaskRouter writes it: ISO 8601 in GMT, whole seconds."""
        return self.local(instant).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def borders(self, interval: int) -> NDArray[np.int64]:
        """Return the starts of the intervals that touch the run, aligned to the local clock from midnight.

        The first may lie before 0. An *interval* of whole days counts from the first date.
        """
        days = max(1, interval // DAY)
        if interval > DAY and interval % DAY:
            raise InputError(f"must be at most a day or whole days, {not_given(str(Duration(interval)))}")
        if not interval or len(self.dates) * (DAY // interval + 1) > 1_000_000:
            raise InputError(f"must leave at most a million intervals, {not_given(str(Duration(interval)))}")
        ordered = np.unique(np.concatenate([self._day_borders(day, interval) for day in self.dates[::days]]))
        first = max(int(np.searchsorted(ordered, 0, side="right")) - 1, 0)
        return ordered[first : int(np.searchsorted(ordered, self.horizon))]

    def _day_borders(self, day: date, interval: int) -> NDArray[np.int64]:
        midnight, walls = self.instant(day, ClockTime(0, 0)), np.arange(0, DAY, interval, dtype=np.int64)
        if self.instant(day, ClockTime(1, 0)) - midnight == DAY:
            return midnight + walls
        naive = datetime.combine(day, time())
        shown = (_all_epochs(naive + timedelta(microseconds=wall), self.time_zone) for wall in walls.tolist())
        borders = [midnight, *(epoch - self.origin for epochs in shown for epoch in epochs)]
        return np.array(borders, dtype=np.int64)


@cache
def zone_of(name: str) -> ZoneInfo:
    """Return the time zone called *name*, which has been checked."""
    return ZoneInfo(name)


def _epoch(naive_utc: datetime) -> int:
    return (naive_utc - _EPOCH) // timedelta(microseconds=1)


def _with_fold(naive: datetime, name: str, fold: int) -> int:
    return _epoch(naive.replace(tzinfo=zone_of(name), fold=fold).astimezone(UTC).replace(tzinfo=None))


def _shown(epoch: int, name: str) -> datetime:
    utc = (_EPOCH + timedelta(microseconds=epoch)).replace(tzinfo=UTC)
    return utc.astimezone(zone_of(name)).replace(tzinfo=None, fold=0)


def _all_epochs(naive: datetime, name: str) -> set[int]:
    return {epoch for fold in (0, 1) if _shown(epoch := _with_fold(naive, name, fold), name) == naive}


@lru_cache(maxsize=65_536)
def local_epoch(naive: datetime, name: str) -> int:
    """Return the instant of a local time, in microseconds since 1970 (UTC).

    A time that exists twice means the first; one that does not exist means the first instant after the gap.
    """
    first = _with_fold(naive, name, 0)
    if _shown(first, name) == naive:
        return first
    before, after = _with_fold(naive, name, 1), first
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if _offset(middle, name) == _offset(after, name) else (middle, after)
    return after


def _offset(epoch: int, name: str) -> timedelta | None:
    return (_EPOCH + timedelta(microseconds=epoch)).replace(tzinfo=UTC).astimezone(zone_of(name)).utcoffset()
