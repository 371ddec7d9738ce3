"""Data frames of spells, of a simulated log or of a real one: the accessor ``frame.activities``; and tidy reports.

A frame of spells has the columns worker, friendly_name, start and end. It is made into a log, and the reports do the
rest, so that a frame and a log give the same figures. The accessor is there once a frame of a log was made, and after
``import activity_sim.pandas``.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis.reports import Report, time_by_activity, time_by_interval, time_by_worker
from activity_sim.errors import InputError, nearest, not_given, within
from activity_sim.log import CLOCK, SCHEMA, TIMES, Legend, Log
from activity_sim.model.reading import above_zero
from activity_sim.units import DAY, Calendar, duration, zone

Ints = NDArray[np.int64]
COLUMNS = ("worker", "friendly_name", "start", "end")
DAY_ONE = datetime(2000, 1, 1)
"""The midnight at which times begin that are only known since a start."""
MISSING = np.iinfo(np.int64).min
"""What pandas has in place of a time that is missing."""
MOST = np.iinfo(np.int16).max
CENTURY = 100 * 366 * 86_400
LENGTHS = ("total", "min", "avg", "max", "wait_mean", "wait_accepted_mean", "wait_p90")
NAMES = (
    *("friendly_name", "worker", "worker_group", "task_type", "task_queue", "outcome", "status"),
    *("time_of_day", "service_level_definition"),
)


def tidy(table: pd.DataFrame) -> pd.DataFrame:
    """Return the *table* of a report or of a log with instants, timedeltas and categories.

    Of a report, seconds become timedeltas. Of a log (spells, tasks or reservations), times since its start become
    instants in its time zone; what is missing stays so. Names become categories.

    >>> from activity_sim import Scenario, Workers, reports, simulate
    >>> log = simulate(Scenario(horizon="8h", workers=[Workers("A", count=2)]))
    >>> tidy(reports.time_by_activity(log))["total"].iloc[0]
    Timedelta('0 days 16:00:00')
    >>> tidy(log.spells)["end"].iloc[0]
    Timestamp('2026-01-05 08:00:00+0000', tz='UTC')
    """
    if CLOCK in table.attrs:
        table = _with_instants(table)
    lengths = [f"{name}{end}" for name in LENGTHS for end in ("", "_low", "_high") if f"{name}{end}" in table]
    names = [name for name in NAMES if name in table and not isinstance(table[name].dtype, pd.CategoricalDtype)]
    as_lengths = {name: pd.to_timedelta(table[name].round(6), unit="s").dt.as_unit("us") for name in lengths}
    as_names = {name: pd.Categorical(table[name], categories=table[name].dropna().unique()) for name in names}
    return table.assign(**as_lengths, **as_names)


def _with_instants(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the *frame* of a log with instants in place of times since its start."""
    calendar = calendar_said(frame.attrs[CLOCK])
    first = pd.Timestamp(calendar.origin, unit="us", tz="UTC").as_unit("us")
    frame = _with_timedeltas(frame)
    since = [name for name in frame if name in TIMES and frame[name].dtype.kind == "m"]
    found = frame.assign(**{name: (first + frame[name]).dt.tz_convert(calendar.time_zone) for name in since})
    found.attrs = {}
    return found


def _with_timedeltas(frame: pd.DataFrame) -> pd.DataFrame:
    """Return *frame* with timedeltas in place of the numbers that the files of a log have."""
    if frame.attrs.get(CLOCK, {}).get("unit") != "us":
        return frame
    since = [name for name in frame if name in TIMES and frame[name].dtype.kind in "if"]
    return frame.assign(**{name: pd.to_timedelta(frame[name], unit="us").dt.as_unit("us") for name in since})


def calendar_said(said: dict[str, Any]) -> Calendar:
    """Return the calendar that the frame of a log says it has."""
    return Calendar(datetime.fromisoformat(said["start"]), said["time_zone"], said["horizon"])


@attrs.frozen
class Clock:
    """How the times of a frame are to be understood: its *kind*, and the *calendar* whose start they count from."""

    kind: str
    calendar: Calendar

    def of(self, column: pd.Series[Any]) -> Ints:
        """Return the times of *column* in microseconds since the start."""
        if self.kind == "seconds":
            _check_there(column, np.isnan(np.asarray(column, dtype=np.float64)))
            _check_seconds(column)
            return np.rint(np.asarray(column, dtype=np.float64) * 1e6).astype(np.int64)
        if self.kind == "instants":
            column = column.dt.tz_convert("UTC").dt.tz_localize(None)
        microseconds = _microseconds(column)
        if microseconds.min(initial=0) == MISSING:
            _check_there(column, microseconds == MISSING)
        return microseconds - self.calendar.origin if self.kind in ("instants", "local times") else microseconds

    def moment(self, given: Any) -> int:
        """Return one *given* time in microseconds since the start."""
        if self.kind in ("instants", "local times") or isinstance(given, datetime):
            try:
                return self.calendar.at(pd.Timestamp(given).to_pydatetime())
            except (TypeError, ValueError):
                raise InputError(f"must be a date and time, {not_given(given)}") from None
        return int(duration(given))

    def shown(self, starts: pd.Series[Any]) -> pd.Series[Any]:
        """Return the *starts* of intervals as the frame has its times."""
        if self.kind in ("instants", "of a log"):
            return starts
        local: pd.Series[Any] = starts.dt.tz_localize(None)
        since = local - pd.Timestamp(DAY_ONE)
        shown = {"local times": local, "since the start": since}
        return shown[self.kind] if self.kind in shown else since.dt.total_seconds()


def _microseconds(column: pd.Series[Any]) -> Ints:
    times = column.to_numpy()
    in_place = times.dtype.str.endswith("[us]")  # no copy then, of what may be millions
    microseconds: Ints = (times if in_place else column.dt.as_unit("us").to_numpy()).view(np.int64)
    return microseconds


def _check_there(column: pd.Series[Any], missing: NDArray[np.bool_]) -> None:
    if missing.any():
        place = int(np.argmax(missing))
        rule = "must have a time in every row; a spell that goes on needs the end of what was observed"
        raise InputError(f"{rule}, {not_given(column.iloc[place])} in row {column.index[place]}")


def _check_seconds(column: pd.Series[Any]) -> None:
    if column.max() > CENTURY:
        rule = "must be seconds within a hundred years; sim.read_log reads the files of a log, which have microseconds"
        raise InputError(f"{rule}, {not_given(column.max())}")


def common_kind(frame: pd.DataFrame) -> str:
    """Return of which kind the times of *frame* are, its starts and its ends."""
    kinds = {name: _kind(frame[name], name) for name in ("start", "end")}
    if kinds["start"] != kinds["end"]:
        raise InputError(f"must be {kinds['start']}, as start is, not {kinds['end']}", "end")
    return "of a log" if kinds["start"] == "since the start" and frame.attrs.get(CLOCK) else kinds["start"]


def _clock(frame: pd.DataFrame) -> Clock:
    kind = common_kind(frame)
    if kind == "of a log":
        return Clock(kind, calendar_said(frame.attrs[CLOCK]))
    name = within("start", lambda: _zone_of(frame["start"])) if kind == "instants" else "UTC"
    is_dated = kind in ("instants", "local times") and len(frame)
    first = frame["start"].min().to_pydatetime().replace(tzinfo=None) if is_dated else DAY_ONE
    return Clock(kind, Calendar(datetime.combine(first.date(), datetime.min.time()), name, 0))


def _kind(column: Any, name: str) -> str:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return "instants"
    kinds = {"M": "local times", "m": "since the start", "i": "seconds", "u": "seconds", "f": "seconds"}
    kind = kinds.get(getattr(column.dtype, "kind", ""))
    if kind is None or not isinstance(column.dtype, np.dtype):
        rule = "must be timedeltas, dates and times, or seconds"
        raise InputError(f"{rule}, {not_given(str(column.dtype))}", name)
    return kind


def _with_times(frame: pd.DataFrame) -> pd.DataFrame:
    """Return *frame* with times in place of texts, as a CSV file has them."""
    texts = [name for name in ("start", "end") if pd.api.types.is_string_dtype(frame[name].dtype) and len(frame)]
    return frame.assign(**{name: within(name, partial(_times_said, frame[name])) for name in texts}) if texts else frame


def _times_said(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return the times that the texts of *column* say; a mere number could be in any unit."""
    odd = column[~column.astype(str).str.contains(r"\d[:-]\d") & column.notna()]
    for read in (pd.to_timedelta, partial(pd.to_datetime, format="ISO8601")):
        with suppress(ValueError, TypeError):
            times: Any = read(column)
            if times.dtype.kind in "mM" and odd.empty:
                return pd.Series(times)
    rule = "must be timedeltas, dates and times, or seconds, or texts of the first two, all of one offset from UTC"
    fix = "pd.to_datetime(..., utc=True).dt.tz_convert('Europe/Berlin') makes instants of texts with several"
    raise InputError(f"{rule} ({fix}), {not_given((column if odd.empty else odd).iloc[0])}")


def _zone_of(column: pd.Series[Any]) -> str:
    zone_ = column.dt.tz
    name = str(getattr(zone_, "key", None) or getattr(zone_, "zone", None) or zone_)
    try:
        zone(name)
    except InputError:
        rule = "must be in a named time zone, as pd.to_datetime(..., utc=True).dt.tz_convert('Europe/Berlin') gives it"
        raise InputError(f"{rule}, {not_given(name)}") from None
    return name


def checked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return *frame*, which must have the columns of spells, with times in place of texts and of a file's numbers."""
    for name in COLUMNS:
        if name not in frame:
            shown = ", ".join(map(str, frame.columns)) or "none"
            raise InputError(f"must have a column {name!r}; it has {shown}{nearest(name, map(str, frame.columns))}")
    return _with_times(_with_timedeltas(frame))


@pd.api.extensions.register_dataframe_accessor("activities")
class Activities:
    """The time that a frame of spells says was spent, as the reports of a log give it.

    Times in *start* and *end* are timedeltas or seconds since a start, or dates and times, with a zone or without; or
    texts of either, as pandas reads them from CSV.
    Frames of a log know its clock, and the period that its reports cover. For others *since* and *until* bound the
    period; without them it goes from the first start to the last end. Spells are cut at its ends.

    Where there is a column replication, figures are means per replication.

    >>> import activity_sim.pandas
    >>> times = pd.to_datetime(["2026-11-23 08:10", "2026-11-23 08:50", "2026-11-23 09:05"])
    >>> names = {"worker": ["Ann", "Ann"], "friendly_name": ["Available", "Lunch"]}
    >>> frame = pd.DataFrame({**names, "start": times[:2], "end": times[1:]})
    >>> frame.activities.by_interval("30min")["total"].tolist()
    [1200.0, 0.0, 1200.0, 600.0, 0.0, 300.0]
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._given = self._frame = frame

    def by_interval(self, interval: Any = "30min", *, since: Any = None, until: Any = None) -> pd.DataFrame:
        """Return the time in each activity by interval, spells split exactly at the borders.

        Raises :exc:`~activity_sim.errors.InputError` for a frame that is none of spells, as the other methods do.
        """
        width = within("interval", lambda: above_zero(interval))
        clock, table = self._report(time_by_interval, since, until, interval=int(width))
        return table.assign(interval_start=clock.shown(table["interval_start"]))

    def total(self, *, since: Any = None, until: Any = None) -> pd.DataFrame:
        """Return the time in each activity, with the number of stays, the shortest, the mean and the longest."""
        _, table = self._report(time_by_activity, since, until)
        return table if "available" in self._frame else table.drop(columns="available")

    def by_worker(self, *, since: Any = None, until: Any = None) -> pd.DataFrame:
        """Return the time of each worker in each activity."""
        return self._report(time_by_worker, since, until)[1]

    def log(self, *, since: Any = None, until: Any = None) -> Log:
        """Return the log that has these spells and no tasks, which all reports, plots and pages take."""
        return self._made(since, until)[1]

    def at(self, instant: Any) -> pd.DataFrame:
        """Return the spells in which workers are at an *instant*, a row for each worker."""
        clock = self._checked()
        moment = within("instant", lambda: clock.moment(instant))
        start, end = (self._times(clock, name) for name in ("start", "end"))
        return self._frame[(start <= moment) & (moment < end)]

    def instants(self) -> pd.DataFrame:
        """Return the spells of a log with instants, in its time zone, in place of times since its start."""
        clock = self._checked()
        if clock.kind != "of a log":
            raise InputError(f"must be times of a log, which says when it began, not {clock.kind}", "start")
        return _with_instants(self._frame)

    def _made(self, since: Any, until: Any) -> tuple[Clock, Log]:
        clock = self._checked()
        start, end = (self._times(clock, name) for name in ("start", "end"))
        if (end < start).any():
            row = self._frame.index[int(np.argmax(end < start))]
            raise InputError(f"must not come before its start, as in row {row}", "frame of spells: end")
        first, last = self._period(clock, start, end, since, until)
        end = end if end.max(initial=0) <= last else np.minimum(end, last)
        return clock, _log(self._frame, attrs.evolve(clock.calendar, horizon=last), (start, end), first)

    def _times(self, clock: Clock, name: str) -> Ints:
        return within(f"frame of spells: {name}", lambda: clock.of(self._frame[name]))

    def _checked(self) -> Clock:
        self._frame = within("frame of spells: ", lambda: checked(self._given))
        return within("frame of spells: ", lambda: _clock(self._frame))

    def _report(self, report: Report, since: Any, until: Any, *, interval: int = 0) -> tuple[Clock, pd.DataFrame]:
        clock, log = self._made(since, until)
        width = interval or log.legend.interval
        return clock, report(attrs.evolve(log, legend=attrs.evolve(log.legend, interval=width)))

    def _period(self, clock: Clock, start: Ints, end: Ints, since: Any, until: Any) -> tuple[int, int]:
        said: dict[str, int] = self._frame.attrs.get(CLOCK, {}) if clock.kind == "of a log" else {}
        known = "warm_up" in said
        first = said["warm_up"] if known else int(start.min(initial=np.iinfo(np.int64).max))
        last = said["horizon"] if known else int(end.max(initial=0))
        first = first if since is None else within("since", lambda: clock.moment(since))
        last = last if until is None else within("until", lambda: clock.moment(until))
        if not 0 <= first < last:
            where = "until" if until is not None else "since" if since is not None else "frame of spells"
            raise InputError("must leave a period that is longer than 0, and not begin before the first day", where)
        return first, last


def as_log(frame: pd.DataFrame) -> tuple[Clock, Log]:
    """Return the spells of *frame* as a log, and how their times are to be understood."""
    return Activities(frame)._made(None, None)


def _log(frame: pd.DataFrame, calendar: Calendar, times: tuple[Ints, Ints], first: int) -> Log:
    """Return the log that has the spells of *frame*, and nothing else."""
    worker, workers = within("frame of spells: worker", lambda: _coded(frame["worker"]))
    activity, activities = within("frame of spells: friendly_name", lambda: _coded(frame["friendly_name"], MOST))
    replication, replications = _replications(frame)
    kept = slice(None) if times[0].max(initial=0) < calendar.horizon else times[0] < calendar.horizon
    spells = {"replication": replication, "worker": worker, "activity": activity, "start": times[0], "end": times[1]}
    spells["finished"] = np.ones(len(worker), dtype=np.bool_)
    columns = {
        name: {key: np.empty(0, dtype=dtype) for key, dtype in schema.items()} for name, schema in SCHEMA.items()
    }
    columns["spells"] |= {
        name: column[kept].astype(SCHEMA["spells"][name], copy=False) for name, column in spells.items()
    }
    return Log(
        _legend(calendar, first, workers, activities, _available(frame, activity, activities)), columns, replications
    )


def _legend(calendar: Calendar, first: int, workers: Any, activities: Any, available: Any) -> Legend:
    return Legend(
        name="",
        calendar=calendar,
        warm_up=first,
        interval=min(calendar.horizon, DAY),
        activities=activities,
        available=available,
        sids=(None,) * len(activities),
        default_activity=0,
        workers=workers,
        worker_groups=(),
        worker_group=np.zeros(len(workers), dtype=np.int32),
        task_types=(),
        task_queues=(),
        service_levels=(),
    )


def _coded(column: pd.Series[Any], most: int = np.iinfo(np.int32).max) -> tuple[NDArray[Any], tuple[Any, ...]]:
    """Return the codes of *column* and what they mean: its categories, or else its values as they come."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, names = column.cat.codes.to_numpy(), tuple(column.cat.categories)
    else:
        codes, found = pd.factorize(column)
        names = tuple(found)
    if (codes < 0).any():
        raise InputError(f"must have a name in every row, not none in row {column.index[int(np.argmin(codes))]}")
    if len(names) > most:
        raise InputError(f"must have at most {most:,} different names, not {len(names):,}")
    return codes, names


def _replications(frame: pd.DataFrame) -> tuple[NDArray[Any], tuple[int, ...]]:
    if "replication" not in frame:
        return np.zeros(len(frame), dtype=np.int32), (0,)
    found = frame["replication"].to_numpy()
    known = frame.attrs.get(CLOCK, {}).get("replications")
    return found, tuple(known or np.unique(found).tolist())


def _available(frame: pd.DataFrame, activity: NDArray[Any], activities: tuple[Any, ...]) -> tuple[bool, ...]:
    known = frame.attrs.get(CLOCK, {}).get("available")
    if known and len(known) == len(activities):
        return tuple(known)
    available = np.zeros(len(activities), dtype=np.bool_)
    if "available" in frame:
        available[activity] = frame["available"].to_numpy(dtype=np.bool_)
    return tuple(available.tolist())
