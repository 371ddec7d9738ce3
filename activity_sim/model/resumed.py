"""Arrivals of a day that has begun: as they came until now, and from then on as a forecast expects them."""

from __future__ import annotations

from typing import Any, NoReturn

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import InputError
from activity_sim.model.arrivals import Arrivals, Counts, Curve, Random, Trace, curve, instants
from activity_sim.model.reading import located
from activity_sim.units import Calendar, Duration

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@attrs.frozen(eq=False)
class Past:
    """The tasks that have come: their *instants*, in order, and the *rows* of the trace that they are from.

    Where only their number by interval is known, the instants are spread evenly; *begins* are then the starts of their
    intervals of length *width*, anywhere within which each may have come. Otherwise *width* is 0.
    """

    instants: Ints
    rows: Ints
    begins: Ints
    width: int


@attrs.frozen(field_transformer=located)
class Resumed:
    """Let those tasks arrive that came until *at*, and from then on those that a *forecast* expects.

    *actual* says which came: a trace, which is replayed, or whole counts by intervals of a *width*. *at* counts from
    the start. All of *actual* lies before it.
    """

    actual: Trace | Counts
    forecast: Random
    at: Duration
    width: Duration = attrs.field(default=Duration(0))

    def expected(self, calendar: Calendar, interval: int) -> Curve:
        """Return the expected number of arrivals over time: none before *at*."""
        whole = self.forecast.expected(calendar, interval)
        pieces = np.stack([whole.start, whole.end, whole.rate, whole.end_rate], axis=1)
        return curve(pieces.tolist(), calendar.horizon, begin=self.at)

    def past(self, calendar: Calendar, interval: int) -> Past:
        """Return the tasks that have come."""
        if isinstance(self.actual, Trace):
            given = instants(self.actual.times, calendar)
            order = np.argsort(given, kind="stable")
            return Past(given[order], order, given[order], 0)
        starts, _ = self.actual.starts(calendar, interval)
        return _spread(starts, np.array(self.actual.counts, dtype=np.int64), int(self.width))

    def mean_handle_time(self, calendar: Calendar, interval: int, arrivals: Ints) -> Floats | None:
        """Return the mean handle time of the row that each of *arrivals* falls into, in microseconds; NaN for none."""
        means = None
        for part, mine in ((self.forecast, arrivals >= 0), (self.actual, arrivals < self.at)):
            rows = part.mean_handle_time(calendar, interval, arrivals) if isinstance(part, Counts) else None
            if rows is not None:
                means = np.where(mine, rows, np.nan if means is None else means)
        return means

    @property
    def handle_time(self) -> tuple[Duration | None, ...] | None:
        """The handle times or their means, row by row, where what came or the forecast has some."""
        return self.actual.handle_time or getattr(self.forecast, "handle_time", None)

    @property
    def patience(self) -> tuple[Duration | None, ...] | None:
        """How long those waited who came, row by row, where that is known."""
        return getattr(self.actual, "patience", None)

    def written(self) -> NoReturn:
        """Refuse: a scenario file has no such arrivals."""
        rule = "that were taken up within the day cannot be saved; save the day, and take it up again by intraday"
        raise InputError(rule, "arrivals")


def _spread(starts: Ints, counts: Ints, width: int) -> Past:
    """Return so many tasks as *counts* say in the intervals of a *width* that begin at *starts*, evenly spread."""
    order = np.argsort(starts, kind="stable")
    numbers = counts[order]
    begins, total = starts[order].repeat(numbers), numbers.repeat(numbers)
    place = np.arange(len(begins)) - (np.cumsum(numbers) - numbers).repeat(numbers)
    middle = np.asarray(begins + (2 * place + 1) * width // (2 * total), dtype=np.int64)
    return Past(middle, np.zeros(0, dtype=np.int64), begins, width)


def trace_of(arrivals: Arrivals | Resumed) -> Trace | None:
    """Return the trace that *arrivals* replay, wholly or at first; None where they replay none."""
    given: Any = arrivals.actual if isinstance(arrivals, Resumed) else arrivals
    return given if isinstance(given, Trace) else None


def forecast_of(arrivals: Arrivals | Resumed) -> Arrivals:
    """Return what *arrivals* are in the end: the forecast where a day was taken up, and themselves otherwise."""
    return arrivals.forecast if isinstance(arrivals, Resumed) else arrivals
