"""The times of an agenda on the clock of a log."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis.frames import Clock, calendar_said, common_kind
from activity_sim.errors import InputError, within
from activity_sim.log import CLOCK
from activity_sim.units import Calendar

Ints = NDArray[np.int64]
DATED = frozenset({"instants", "local times", "of a log"})
"""The kinds of times that say on which day they are."""


def times_on(clock: Clock, frame: pd.DataFrame) -> tuple[Ints, Ints]:
    """Return the starts and ends of a :func:`checked` *frame*, in microseconds since the start of the log of *clock*.

    Local times are those of the log's own clock. Raises :exc:`~activity_sim.errors.InputError` for times that the
    log's cannot be compared with.
    """
    kind = common_kind(frame)
    if not {kind, clock.kind} <= DATED and kind != clock.kind:
        raise InputError(f"must be {clock.kind}, as the log's times are, not {kind}", "start")
    own = Clock(kind, clock.calendar)
    if kind == "of a log":
        own = Clock(kind, calendar_said(frame.attrs[CLOCK]))
    elif kind == "local times" != clock.kind:
        frame = frame.assign(**{name: _localised(clock.calendar, frame[name]) for name in ("start", "end")})
        own = Clock("instants", clock.calendar)
    shift = own.calendar.origin - clock.calendar.origin
    start, end = (within(name, partial(own.of, frame[name])) + shift for name in ("start", "end"))
    return start, end


def _localised(calendar: Calendar, column: pd.Series[Any]) -> pd.Series[Any]:
    moments = [pd.NaT if pd.isna(time) else calendar.at(time) + calendar.origin for time in column]
    return pd.Series(pd.to_datetime(pd.Series(moments, index=column.index), unit="us", utc=True))
