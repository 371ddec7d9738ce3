"""How tasks arrive: at a rate, as counts expect, as a trace replays, or regularly.

Each kind says, for a calendar, either the *expected* number of arrivals over time (a :class:`Curve`, which drawing
inverts) or the very *instants*. A new kind is a class here and its line in :func:`arrivals`.
"""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import ActivitySimWarning, InputError, not_given, within
from activity_sim.model.reading import ASIDE, above_zero, located, many, number, one_of, read, whole
from activity_sim.units import DAY, Calendar, ClockTime, Duration

Floats = NDArray[np.float64]
HOUR = 3_600_000_000
MOST_TASKS = 50_000_000
MOST_AN_HOUR = 1e9


@attrs.frozen(eq=False)
class Curve:
    """The expected number of arrivals up to each instant: the rate runs straight within each piece.

    *start*, *end* (microseconds), *rate* and *end_rate* (per microsecond) have one entry a piece, in order.
    """

    start: Floats
    end: Floats
    rate: Floats
    end_rate: Floats

    @property
    def cumulative(self) -> Floats:
        """The expected number before each piece, and the total at last."""
        within_piece = (self.end - self.start) * (self.rate + self.end_rate) / 2
        return np.concatenate([[0.0], np.cumsum(within_piece)])

    def inverse(self, expected: Floats) -> Floats:
        """Return when the expected number reaches each of *expected*: in order, none below 0 or above the total."""
        before = self.cumulative[:-1]
        counts = np.diff(np.searchsorted(expected, before[1:]), prepend=0, append=len(expected))
        missing = expected - before.repeat(counts)
        root = self._final_rate(missing, counts) + self.rate.repeat(counts)
        root[~(root > 0)] = np.inf
        return np.minimum(self.start.repeat(counts) + 2 * missing / root, self.end.repeat(counts))

    def _final_rate(self, missing: Floats, counts: NDArray[np.int64]) -> Floats:
        """Return the rate, *counts* times in each piece, when *missing* arrivals have come since the piece began."""
        slope, square = (self.end_rate - self.rate) / (self.end - self.start), self.rate**2
        if not slope.any():
            return self.rate.repeat(counts)
        return np.sqrt(np.maximum(square.repeat(counts) + (2 * slope).repeat(counts) * missing, 0.0))


def curve(pieces: Sequence[tuple[float, float, float, float]], horizon: int, *, begin: int = 0) -> Curve:
    """Return the curve of *pieces* (start, end, rate, end rate), in order, cut to [begin, horizon)."""
    start, end, rate, end_rate = np.array(pieces, dtype=np.float64).reshape(-1, 4).T
    slope = np.divide(end_rate - rate, end - start, out=np.zeros_like(rate), where=end > start)
    left, right = np.clip(start, begin, horizon), np.clip(end, begin, horizon)
    kept = right > left
    first, last = rate + slope * (left - start), rate + slope * (right - start)
    return Curve(left[kept], right[kept], first[kept], last[kept])


@attrs.frozen(field_transformer=located)
class Poisson:
    """Let tasks arrive at random, *per_hour* on average.

    >>> Poisson(120).per_hour
    120.0
    """

    per_hour: float = attrs.field(converter=number(0, MOST_AN_HOUR))

    def expected(self, calendar: Calendar, interval: int) -> Curve:  # noqa: ARG002 - every kind is asked alike
        """Return the expected number of arrivals over time."""
        return curve([(0, calendar.horizon, self.per_hour / HOUR, self.per_hour / HOUR)], calendar.horizon)

    def busier(self, factor: float) -> Self:
        """Return *factor* times as many arrivals."""
        return attrs.evolve(self, per_hour=_times(self.per_hour, factor))


def _times(rate: float, factor: float) -> float:
    return float(f"{rate * factor:.12g}")  # 140 x 1.1 is 154, not 154.00000000000003


def _point(value: object) -> tuple[ClockTime, float]:
    clock, rate = pair(value, "rate per hour")
    return within("[0]", lambda: same_day(clock)), within("[1]", lambda: number(0, MOST_AN_HOUR)(rate))


def same_day(value: object) -> ClockTime:
    """Read a clock time of the day itself, not of one after it."""
    clock = ClockTime.read(value)
    if clock.days:
        raise InputError(f"must be a time of the same day, {not_given(str(value))}")
    return clock


def pair(value: object, what: str) -> tuple[Any, Any]:
    """Read a pair of a clock time and *what*."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise InputError(f"must be a pair of clock time and {what}, {not_given(value)}")
    return value[0], value[1]


def rising(points: Sequence[tuple[ClockTime, Any]], name: str) -> None:
    """Check that the clock times of *points*, of which there must be some, rise."""
    if not points:
        raise InputError("must have at least one entry, not none", name)
    for position, (before, after) in enumerate(itertools.pairwise(points), start=1):
        if not before[0] < after[0]:
            raise InputError(
                f"must be later than {str(before[0])!r}, {not_given(str(after[0]))}", name, f"[{position}]"
            )


@attrs.frozen(field_transformer=located)
class Rates:
    """Let tasks arrive at random at *rates* per hour that change through each day.

    A rate holds from its clock time to the next (*shape* "constant"), or runs straight to it ("linear"); it is 0
    before the first of the day, and the last holds to the day's end.

    >>> Rates([("08:00", 60), ("18:00", 0)]).shape
    'constant'
    """

    rates: tuple[tuple[ClockTime, float], ...] = attrs.field(converter=many(_point))
    shape: str = attrs.field(default="constant", converter=one_of("constant", "linear"))

    def __attrs_post_init__(self) -> None:
        rising(self.rates, "rates")

    def expected(self, calendar: Calendar, interval: int) -> Curve:  # noqa: ARG002 - every kind is asked alike
        """Return the expected number of arrivals over time."""
        pieces = [piece for day in calendar.dates for piece in self._pieces(calendar, day)]
        return curve(pieces, calendar.horizon)

    def busier(self, factor: float) -> Self:
        """Return *factor* times as many arrivals."""
        return attrs.evolve(self, rates=[(clock, _times(rate, factor)) for clock, rate in self.rates])

    def _pieces(self, calendar: Calendar, day: date) -> list[tuple[float, float, float, float]]:
        starts = [calendar.instant(day, clock) for clock, _ in self.rates]
        ends = [*starts[1:], calendar.instant(day, ClockTime(1, 0))]
        rates = [rate / HOUR for _, rate in self.rates]
        last = [*rates[1:], rates[-1]] if self.shape == "linear" else rates
        return list(zip(starts, ends, rates, last, strict=True))


@attrs.frozen(field_transformer=located)
class Counts:
    """Let tasks arrive at random, as many as *counts* expect in the interval that begins at each of *times*.

    The intervals are as long as the commonest step between times. *handle_time* has the mean of each row, where
    there is one. *source*, *time* and *column* are the file and columns that they were read from; see
    :func:`activity_sim.read_counts`.
    """

    times: tuple[datetime | Duration, ...]
    counts: tuple[float, ...] = attrs.field(converter=many(number(0, MOST_AN_HOUR)))
    handle_time: tuple[Duration, ...] | None = attrs.field(default=None)
    source: Path | None = attrs.field(default=None, eq=False, metadata=ASIDE)
    time: str = attrs.field(default="time", eq=False, metadata=ASIDE)
    column: str = attrs.field(default="calls", eq=False, metadata=ASIDE)

    def __attrs_post_init__(self) -> None:
        if len(self.times) != len(self.counts):
            raise InputError(f"must be as many as times, {len(self.times)}, not {len(self.counts)}", "counts")

    def expected(self, calendar: Calendar, interval: int) -> Curve:
        """Return the expected number of arrivals over time; warns of rows outside the horizon."""
        starts, step = self.starts(calendar, interval)
        inside = (starts + step > 0) & (starts < calendar.horizon)
        if not inside.any():
            raise InputError(
                f"has no row within the horizon, {_span(calendar)}; its rows {_given(self.times)}", "counts"
            )
        if not inside.all():
            left_out = f"{(~inside).sum()} of {len(starts)} rows lie outside the horizon, {_span(calendar)}"
            warnings.warn(f"{_file(self.source)}{left_out}", ActivitySimWarning, stacklevel=2)
        kept = starts[inside]
        return _stacked(kept, kept + step, np.array(self.counts)[inside] / step, calendar.horizon)

    def mean_handle_time(self, calendar: Calendar, interval: int, arrivals: NDArray[np.int64]) -> Floats | None:
        """Return the mean handle time of the row that each of *arrivals* falls into, in microseconds."""
        if self.handle_time is None:
            return None
        starts, _ = self.starts(calendar, interval)
        order = np.argsort(starts, kind="stable")
        row = np.searchsorted(starts[order], arrivals, side="right") - 1
        return np.array(self.handle_time, dtype=np.float64)[order][np.maximum(row, 0)]

    def starts(self, calendar: Calendar, interval: int) -> tuple[NDArray[np.int64], int]:
        """Return when the intervals of the rows start, and how long they are: an *interval* where one row is all."""
        starts = instants(self.times, calendar)
        steps = np.diff(np.unique(starts)).tolist()
        return starts, min(Counter(steps).items(), key=lambda item: (-item[1], item[0]))[0] if steps else interval

    def written(self) -> dict[str, Any]:
        """Return the table of the scenario file."""
        return {"counts": _reference(self.source, "counts"), "time": self.time, "column": self.column}


def _stacked(start: NDArray[np.int64], end: NDArray[np.int64], rate: Floats, horizon: int) -> Curve:
    changes = np.concatenate([start, end])
    order = np.argsort(changes, kind="stable")
    level = np.maximum(np.cumsum(np.concatenate([rate, -rate])[order]), 0.0)
    borders = changes[order].astype(np.float64)
    return curve(list(zip(borders[:-1], borders[1:], level[:-1], level[:-1], strict=True)), horizon)


@attrs.frozen(field_transformer=located)
class Trace:
    """Replay the arrivals at *times* as they are.

    *handle_time*, *patience*, *priority* and *attributes* replace what would be drawn, or what the type has, row by
    row, where they are not None. *source* and *column* are the file and column that they were read from; see
    :func:`activity_sim.read_trace`.
    """

    times: tuple[datetime | Duration, ...]
    handle_time: tuple[Duration | None, ...] | None = None
    patience: tuple[Duration | None, ...] | None = None
    priority: tuple[int | None, ...] | None = None
    attributes: tuple[Mapping[str, Any] | None, ...] | None = None
    source: Path | None = attrs.field(default=None, eq=False, metadata=ASIDE)
    column: str = attrs.field(default="arrived", eq=False, metadata=ASIDE)

    def instants(self, calendar: Calendar) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the arrivals within the horizon, in order, and the rows that they come from; warns of others."""
        given = instants(self.times, calendar)
        order = np.argsort(given, kind="stable")
        inside = order[(given[order] >= 0) & (given[order] < calendar.horizon)]
        if not len(inside):
            raise InputError(
                f"has no row within the horizon, {_span(calendar)}; its rows {_given(self.times)}", "times"
            )
        if len(inside) < len(given):
            left_out = f"{len(given) - len(inside)} of {len(given)} rows lie outside the horizon, {_span(calendar)}"
            warnings.warn(f"{_file(self.source)}{left_out}", ActivitySimWarning, stacklevel=2)
        return given[inside], inside

    def written(self) -> dict[str, Any]:
        """Return the table of the scenario file."""
        return {"times": _reference(self.source, "times"), "column": self.column}


@attrs.frozen(field_transformer=located)
class Regular:
    """Let one task arrive *every* so often, the first after one such time.

    >>> Regular("30s").every
    Duration('30s')
    """

    every: Duration = attrs.field(converter=above_zero)

    def instants(self, calendar: Calendar) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the arrivals within the horizon, and their numbers."""
        if calendar.horizon // self.every > MOST_TASKS:
            raise InputError(f"would make more than {MOST_TASKS:,} tasks, {not_given(str(self.every))}", "every")
        given = np.arange(self.every, calendar.horizon, self.every, dtype=np.int64)
        return given, np.arange(len(given), dtype=np.int64)

    def busier(self, factor: float) -> Self:
        """Return *factor* times as many arrivals: their distance shrinks."""
        return attrs.evolve(self, every=within("every", lambda: self.every.scaled(1 / factor)))


Random = Poisson | Rates | Counts
Fixed = Trace | Regular
Arrivals = Random | Fixed
_KINDS: Mapping[str, type[Any]] = {"per_hour": Poisson, "rates": Rates, "every": Regular}


def arrivals(value: object) -> Arrivals:
    """Read arrivals: one of the kinds, or the table that the scenario file has for it."""
    if isinstance(value, Random | Fixed):
        return value
    if not isinstance(value, Mapping):
        raise InputError(f"must be a table such as {{ per_hour = 120 }}, {not_given(value)}")
    for key, kind in _KINDS.items():
        if key in value:
            found: Arrivals = read(kind, value)
            return found
    if "counts" in value or "times" in value:
        raise InputError("is read from a file by load_scenario, read_counts or read_trace; pass what they return")
    raise InputError(f"must have one of the keys per_hour, rates, counts, times, every, {not_given(dict(value))}")


priority = whole(0, 2**31 - 1)


@lru_cache(maxsize=64)
def instants(times: tuple[datetime | Duration, ...], calendar: Calendar) -> NDArray[np.int64]:
    """Return *times*, moments or durations since the start, in microseconds since the start."""
    given = (time if isinstance(time, Duration) else calendar.at(time) for time in times)
    return np.fromiter(given, dtype=np.int64, count=len(times))


def _reference(source: Path | None, what: str) -> Path:
    if source is None:
        raise InputError(
            f"that were not read from a file cannot be saved; use read_{'trace' if what == 'times' else what}", what
        )
    return source


def _file(source: Path | None) -> str:
    return f"{source.name}: " if source else ""


def _span(calendar: Calendar) -> str:
    end = calendar.start + timedelta(microseconds=calendar.horizon)
    return f"{calendar.start.isoformat(' ')} to {end.isoformat(' ')}" if calendar.horizon < 36_500 * DAY else "all time"


def _given(times: Sequence[datetime | Duration]) -> str:
    if not times:
        return "are none"
    return f"run from {times[0]} to {times[-1]}"
