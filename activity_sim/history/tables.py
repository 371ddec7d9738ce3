"""A table of who was where from when to when, as a log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd

from activity_sim.errors import InputError, nearest, unknown, within
from activity_sim.files import FilePath
from activity_sim.history.making import EVERYBODY, usual_rest
from activity_sim.history.naming import availability
from activity_sim.history.reading import instant
from activity_sim.log import Log
from activity_sim.model.activity import Activity
from activity_sim.model.reading import above_zero
from activity_sim.units import zone

COLUMNS = ("worker", "activity", "start", "end")


def read_spells(
    source: FilePath | pd.DataFrame,
    *,
    activities: Sequence[Activity] | None = None,
    start: str | datetime | None = None,
    end: str | datetime | None = None,
    time_zone: str = "UTC",
    default_activity: str | None = None,
    interval: Any = "30min",
    name: str = "",
) -> Log:
    """Read a table of spells as a log: a CSV file or a data frame with the columns worker, activity, start and end.

    Times are dates and times, local in *time_zone* where they have no offset. Reports cover the time from *start* to
    *end*, by default from the first spell to the last; a spell without an end goes on to *end*. *activities* says which
    are available; else a column available does, or else their usual names do, with a warning. *default_activity* is
    the one that workers rest in, Offline where there is one; *interval* is that of the reports, *name* the log's.

    Raises :exc:`~activity_sim.errors.InputError` for a table that has no spells, or a worker in two at once.

    >>> from activity_sim import Activity, reports
    >>> table = pd.DataFrame(
    ...     {
    ...         "worker": ["Ann", "Ann"],
    ...         "activity": ["Available", "Lunch"],
    ...         "start": ["2026-11-23 08:00", "2026-11-23 12:00"],
    ...         "end": ["2026-11-23 12:00", "2026-11-23 12:45"],
    ...     }
    ... )
    >>> log = read_spells(table, activities=[Activity("Available", True), Activity("Lunch")])
    >>> reports.time_by_activity(log)[["friendly_name", "total"]].values.tolist()
    [['Available', 14400.0], ['Lunch', 2700.0]]
    """
    within("time_zone", lambda: zone(time_zone))
    length = within("interval", lambda: above_zero(interval))
    bounds = {"since": _bound(start, "start", time_zone), "until": _bound(end, "end", time_zone)}
    where = "source: " if isinstance(source, pd.DataFrame) else f"{Path(source).name}: "
    given = source.copy() if isinstance(source, pd.DataFrame) else within(where, lambda: _csv(Path(source)))
    frame = within(where, lambda: _instants(given, time_zone, bounds["until"]))
    within(where, lambda: _check_one_at_a_time(frame))
    log: Log = _named(frame, activities or ()).activities.log(**bounds)
    return _completed(log, activities or (), default_activity, int(length), name, said="available" in frame)


def _bound(given: Any, place: str, time_zone: str) -> datetime | None:
    if given is None:
        return None
    return pd.Timestamp(within(place, lambda: instant(given, time_zone)), unit="us", tz="UTC").to_pydatetime()


def _csv(file: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as a table: {getattr(error, 'strerror', None) or error}") from None


def _instants(frame: pd.DataFrame, time_zone: str, end: Any) -> pd.DataFrame:
    """Return *frame* as the accessor of data frames takes it, with instants in *time_zone*."""
    from activity_sim.analysis import frames  # noqa: F401 - it registers the accessor

    for name in COLUMNS:
        if name not in frame:
            shown = ", ".join(map(str, frame.columns)) or "none"
            raise InputError(f"must have a column {name!r}; it has {shown}{nearest(name, map(str, frame.columns))}")
    if frame.empty:
        raise InputError("must have a row for each spell, and has none")
    if end is not None:
        frame["end"] = frame["end"].astype(object).where(frame["end"].notna(), end)
    for name in ("start", "end"):
        frame[name] = within(f"{name}: ", partial(_column, frame[name], time_zone))
    if "available" in frame:
        frame["available"] = frame["available"].astype(str).str.strip().str.lower().isin(["true", "1", "yes"])
    return frame.rename(columns={"activity": "friendly_name"})


def _column(column: pd.Series[Any], time_zone: str) -> pd.Series[Any]:
    moments = [_moment(value, row, time_zone) for row, value in column.items()]
    instants = pd.to_datetime(np.array(moments, dtype="datetime64[us]"), utc=True).tz_convert(time_zone)
    return pd.Series(instants, index=column.index)


def _moment(value: Any, row: Any, time_zone: str) -> int:
    return within(f"row {row}", lambda: instant(value, time_zone))


def _check_one_at_a_time(frame: pd.DataFrame) -> None:
    in_order = frame.sort_values(["worker", "start"], kind="stable")
    worker, start, end = (in_order[name].to_numpy() for name in ("worker", "start", "end"))
    early = (worker[1:] == worker[:-1]) & (start[1:] < end[:-1])
    if early.any():
        place = int(np.argmax(early)) + 1
        rule = "must not begin before the spell of the same worker before it is over"
        raise InputError(f"{rule}; {worker[place]} would be in two activities at once", f"row {in_order.index[place]}")


def _named(frame: pd.DataFrame, activities: Sequence[Activity]) -> pd.DataFrame:
    """Return *frame* with names as categories: those of *activities* first, all others by name."""
    given = [activity.friendly_name for activity in activities]
    others = sorted({*frame["friendly_name"].dropna()} - {*given})
    names = {"friendly_name": [*given, *others], "worker": sorted({*frame["worker"].dropna()})}
    return frame.assign(**{key: pd.Categorical(frame[key], categories=known) for key, known in names.items()})


def _completed(
    log: Log, activities: Sequence[Activity], rest: str | None, interval: int, name: str, *, said: bool
) -> Log:
    """Return *log* with what a table of spells does not say."""
    names, sids = log.legend.activities, {activity.friendly_name: activity.sid for activity in activities}
    available = log.legend.available if said and not activities else availability(names, activities)
    resting = usual_rest(names, available) if rest is None else rest
    if resting not in names:
        raise unknown(resting, names).inside("default_activity")
    legend = attrs.evolve(
        log.legend,
        name=name,
        interval=interval,
        available=available,
        sids=tuple(sids.get(activity) for activity in names),
        default_activity=names.index(resting),
        worker_groups=(EVERYBODY,),
    )
    return Log(legend, log.columns, log.replications)
