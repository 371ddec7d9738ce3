"""Tables as they stand on a page: each figure as people read it, beside what the CSV file has to the last digit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import pandas as pd

from activity_sim.analysis.describe import clock, percent

MOST_ROWS = 500


@attrs.frozen
class Cell:
    """A figure: *value* as the CSV file has it, *shown* as people read it, *ends* of its interval as read."""

    value: str
    shown: str
    ends: str = ""
    low: str = ""
    high: str = ""


@attrs.frozen
class Column:
    """A column of a report: its *name* there, its *heading* on the page, and its *kind*, a key of :data:`SHOWN`."""

    name: str
    heading: str
    kind: str = "text"

    @property
    def numeric(self) -> bool:
        """Whether it is set to the right and sorted by size."""
        return self.kind not in ("text", "moment")


@attrs.frozen
class Table:
    """A table with its caption, what to know of it, and the file that has all its digits."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    file: str = ""
    folded: bool = False
    left_out: int = 0

    def named(self, name: str) -> Table:
        """Return the same table under another *name*."""
        return attrs.evolve(self, name=name)


def exact(value: Any) -> str:
    """Return *value* as CSV files have it.

    >>> exact(0.1), exact(float("nan")), exact(True), exact("call")
    ('0.1', '', 'True', 'call')
    """
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, float | np.floating):
        return "" if math.isnan(value) else repr(float(value))
    return str(value)


def length(seconds: float) -> str:
    """Return a length of time as people read it.

    >>> length(3.52), length(75), length(5400)
    ('3.5 s', '1:15', '1:30:00')
    """
    return f"{seconds:.1f} s" if np.isfinite(seconds) and abs(seconds) < 60 else clock(seconds)


def threshold(microseconds: float) -> str:
    """Return a length of time that somebody has set, which is mostly a round one.

    >>> threshold(20e6), threshold(1.5e6), threshold(3600e6)
    ('20 s', '1.5 s', '1:00:00')
    """
    return f"{microseconds / 1e6:g} s" if microseconds < 120e6 else clock(microseconds / 1e6)


def count(number: float) -> str:
    """Return a number of things, with a fraction where it has one and is small.

    >>> count(1200.5), count(12.5), count(3)
    ('1,200', '12.5', '3')
    """
    if not np.isfinite(number):
        return "-"
    return f"{number:,.0f}" if abs(number) >= 100 or number == round(number) else f"{number:,.1f}"


def hours(seconds: float) -> str:
    """Return *seconds* as hours.

    >>> hours(5400)
    '1.5'
    """
    return f"{seconds / 3600:,.1f}" if np.isfinite(seconds) else "-"


def _moment(value: pd.Timestamp) -> str:
    return f"{value:%a %d %b %H:%M}"


SHOWN: Mapping[str, Callable[[Any], str]] = {
    "text": lambda value: {"True": "yes", "False": "no"}.get(str(value), str(value)),
    "moment": _moment,
    "share": percent,
    "seconds": length,
    "hours": hours,
    "count": count,
    "workers": lambda value: f"{value:,.1f}",
    "money": lambda value: f"{value:,.2f}",
}
"""How the values of each kind of column are shown."""


def table(name: str, caption: str, frame: pd.DataFrame, columns: Sequence[Column], **more: Any) -> Table:
    """Return the *columns* of *frame* as a table, with its first 500 rows; *more* is what else the table has."""
    shown = frame.head(MOST_ROWS)
    rows = list(zip(*(_cells(shown, column) for column in columns), strict=True))
    return Table(name, caption, columns, rows, left_out=len(frame) - len(shown), **more)


def _cells(frame: pd.DataFrame, column: Column) -> Iterable[Cell]:
    say, values = SHOWN[column.kind], list(frame[column.name])
    if f"{column.name}_low" not in frame:
        return [Cell(exact(value), say(value)) for value in values]
    ends = zip(values, frame[f"{column.name}_low"], frame[f"{column.name}_high"], strict=True)
    return [_ranged(say, value, low, high) for value, low, high in ends]


def _ranged(say: Callable[[Any], str], value: float, low: float, high: float) -> Cell:
    ends = between(say, low, high) if np.isfinite(low) and np.isfinite(high) else ""
    return Cell(exact(value), say(value), ends, exact(low), exact(high))


def between(say: Callable[[Any], str], low: float, high: float) -> str:
    """Return the ends of an interval, with their unit once where both have it.

    >>> between(percent, 0.8, 0.9)
    '80.0 to 90.0 %'
    """
    first, last = say(low), say(high)
    unit = next((unit for unit in (" %", " s") if first.endswith(unit) and last.endswith(unit)), "")
    return f"{first.removesuffix(unit)} to {last}"


def plain(name: str, caption: str, frame: pd.DataFrame, **more: Any) -> Table:
    """Return a small table of words, every column as it is."""
    return table(name, caption, frame, [Column(str(name), str(name).capitalize()) for name in frame], **more)
