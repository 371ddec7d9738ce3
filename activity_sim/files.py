"""Scenarios as TOML, and what they refer to as JSON and CSV.

Every reader here raises :exc:`~activity_sim.errors.InputError` that begins with the name of the file.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from activity_sim.errors import ActivitySimWarning, InputError, nearest, not_given, within
from activity_sim.model import fetched
from activity_sim.model.activity import Activity, from_answer
from activity_sim.model.arrivals import MOST_AN_HOUR, Counts, Trace, priority
from activity_sim.model.distributions import Empirical
from activity_sim.model.reading import number, read
from activity_sim.model.routine import Roster, RosterRow
from activity_sim.model.scenario import Scenario
from activity_sim.model.workers import Workers, attributes
from activity_sim.model.workflows import configuration
from activity_sim.model.workspace import Workspace
from activity_sim.units import Duration, duration

FilePath = str | os.PathLike[str]


# --- scenarios ---


def load_scenario(path: FilePath) -> Scenario:
    """Read the scenario file *path* (TOML), and the files that it names relative to itself."""
    file = _absolute(path)
    return within(f"{file.name}: ", lambda: Scenario.read(_resolved(read_toml(file), file.parent)))


def read_toml(file: Path) -> dict[str, Any]:
    """Return what the TOML *file* holds."""
    return _toml(_text(file))


def _absolute(path: FilePath) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links, and fail on a loop of them


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError("is nested too deeply") from None
    except ValueError as error:
        raise InputError(f"is not TOML: {error}") from None


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"must be text in UTF-8; {error.reason} at byte {error.start}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _resolved(given: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Put what the files hold in the place of their names."""
    given = dict(_with_values(given, folder))
    if isinstance(given.get("workspace"), Mapping):
        given["workspace"] = within("workspace", lambda: _workspace(given["workspace"], folder))
    if isinstance(given.get("workers"), str):
        known = getattr(given.get("workspace"), "activities", ())
        given["workers"] = within("workers", lambda: [read_workers(folder / given["workers"], activities=known)])
    if isinstance(given.get("roster"), str):
        given["roster"] = within("roster", lambda: read_roster(folder / given["roster"]))
    _put_files(given, "workers", "roster", read_roster, folder)
    _put_files(given, "tasks", "arrivals", _read_arrivals, folder)
    _put_files(given, "workflows", "configuration", configuration, folder)
    return given


def _workspace(given: Mapping[str, Any], folder: Path) -> Workspace:
    if not isinstance(given.get("activities"), str):
        return read(Workspace, given)
    source = (folder / given["activities"]).resolve()
    activities = within("activities", lambda: read_activities(source))
    return attrs.evolve(read(Workspace, {**given, "activities": activities}), source=source)


def _put_files(given: dict[str, Any], place: str, key: str, reader: Callable[..., Any], folder: Path) -> None:
    if isinstance(given.get(place), list):
        given[place] = [
            within(f"{place}[{n}]", partial(_with_file, entry, key, reader, folder))
            for n, entry in enumerate(given[place])
        ]


def _with_file(entry: Any, key: str, reader: Callable[..., Any], folder: Path) -> Any:
    if not isinstance(entry, Mapping) or key not in entry:
        return entry
    given = entry[key]
    if isinstance(given, str) and not given.lstrip().startswith("{"):
        return {**entry, key: within(key, lambda: reader(folder / given))}
    if isinstance(given, Mapping) and ("counts" in given or "times" in given):
        return {**entry, key: within(key, lambda: reader(given, folder))}
    return entry


def _read_arrivals(given: Any, folder: Path | None = None) -> Any:
    if not isinstance(given, Mapping) or folder is None:
        raise InputError(f"must be a table such as {{ per_hour = 120 }}, {not_given(str(given))}")
    kind = "counts" if "counts" in given else "times"
    known = {"counts": ("counts", "time", "column"), "times": ("times", "column")}[kind]
    _only_keys(given, known)
    options = {key: value for key, value in given.items() if key != kind}
    reader = read_counts if kind == "counts" else read_trace
    return within(kind, lambda: reader(folder / given[kind], **options))


def _with_values(given: Any, folder: Path) -> Any:
    """Read the files of empirical distributions, wherever they are."""
    if isinstance(given, list):
        return [within(f"[{n}]", partial(_with_values, item, folder)) for n, item in enumerate(given)]
    if not isinstance(given, Mapping):
        return given
    if given.get("distribution") == "empirical" and "file" in given:
        return _empirical(given, folder)
    return {
        key: value if key == "attributes" else within(key, partial(_with_values, value, folder))
        for key, value in given.items()
    }


def _empirical(given: Mapping[str, Any], folder: Path) -> Any:
    _only_keys(given, ("distribution", "file", "column", "by"))
    law = within("file", lambda: read_values(folder / given["file"], column=given.get("column")))
    return {"by": given["by"], "law": law} if "by" in given else law


def _only_keys(given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key, value in given.items():
        if key not in known:
            raise InputError(f"is not a key here{nearest(key, known)}; the keys are {', '.join(known)}", key)
        if key != "by" and not isinstance(value, str):
            raise InputError(f"must be a text, {not_given(value)}", key)


def toml(table: Mapping[str, Any]) -> str:
    """Return *table* as TOML.

    >>> toml({"max_reserved_workers": 3}).strip()
    'max_reserved_workers = 3'
    """
    import tomli_w

    return tomli_w.dumps(table)


def save_scenario(scenario: Scenario, path: FilePath) -> None:
    """Write *scenario* to the TOML file *path*; the files that it refers to are named relative to it."""
    file = _absolute(path)
    text = scenario_text(scenario, file.parent)
    with whole_file(file) as unfinished:
        unfinished.write_text(text, "utf-8")


def scenario_text(scenario: Scenario, folder: Path) -> str:
    """Return *scenario* as TOML for a file in *folder*; the files that it refers to are named relative to it."""
    text = toml(_relative(scenario.written(), folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ActivitySimWarning)
        again = Scenario.read(_resolved(_toml(text), folder))
    if again != scenario:
        raise InputError("says something else than the files that it was read from, and cannot be saved with them")
    return text


def _relative(value: Any, folder: Path) -> Any:
    if isinstance(value, Path):
        return Path(os.path.relpath(value, folder)).as_posix()
    if isinstance(value, Mapping):
        return {key: _relative(item, folder) for key, item in value.items()}
    return [_relative(item, folder) for item in value] if isinstance(value, list) else value


# --- what scenarios refer to ---


def read_json(file: Path) -> Any:
    """Return what the JSON *file* holds."""
    text = _text(file)
    if not text.strip():
        raise InputError("is empty")
    try:
        return json.loads(text)
    except RecursionError:
        raise InputError("is nested too deeply") from None
    except ValueError as error:
        raise InputError(f"is not JSON: {error}") from None


def read_activities(path: FilePath) -> tuple[Activity, ...]:
    """Read activities from the API's answer as it was saved: a list answer, a resource, or a list of resources."""
    file = Path(path)
    return within(f"{file.name}: ", lambda: from_answer(read_json(file)))


def read_workers(path: FilePath, *, activities: Sequence[Activity] = ()) -> Workers:
    """Read workers from the API's answer as it was saved; they stay in the activity that they are in there.

    With *activities*, a worker's activity is found by its SID, so one that was told apart from others of the same
    name has its new name. A key *channels*, which the API does not have there, gives the capacities.
    """
    file = _absolute(path)
    names = {activity.sid: activity.friendly_name for activity in activities if activity.sid}
    members = within(f"{file.name}: ", lambda: fetched.from_answer(read_json(file), names))
    return Workers(file.stem, members=members, source=file)


def read_roster(path: FilePath) -> Roster:
    """Read a roster: a CSV with the columns worker, date, activity, start and end."""
    file = _absolute(path)
    columns = ("worker", "date", "activity", "start", "end")

    def entry(row: dict[str, str]) -> RosterRow:
        return read(RosterRow, {column: row[column] for column in columns})

    return within(f"{file.name}: ", lambda: Roster(tuple(_each(file, columns, entry)), file))


def read_counts(path: FilePath, *, time: str = "time", column: str = "calls") -> Counts:
    """Read expected counts by interval: a CSV with a *time* column and a *column* of counts.

    A column handle_time, where there is one, gives each row's mean.
    """
    file = _absolute(path)
    rows = within(f"{file.name}: ", lambda: list(_each(file, (time, column), _cells(time, column))))
    times, counts, means, *_ = zip(*rows, strict=True)
    return Counts(times, counts, means if means[0] is not None else None, file, time, column)


def read_trace(path: FilePath, *, column: str = "arrived") -> Trace:
    """Read arrivals to replay: a CSV with a *column* of times.

    Columns handle_time, patience, priority and attributes, where there are any, replace what would be drawn; an
    empty cell does not.
    """
    file = _absolute(path)
    rows = within(f"{file.name}: ", lambda: list(_each(file, (column,), _cells(column))))
    times, _, *columns = zip(*rows, strict=True)
    means, waits, ranks, said = map(_given, columns)
    return Trace(times, means, waits, ranks, said, source=file, column=column)


def _given(column: tuple[Any, ...]) -> tuple[Any, ...] | None:
    return column if any(value is not None for value in column) else None


def _cells(time: str, count: str | None = None) -> Callable[[dict[str, str]], tuple[Any, ...]]:
    def read_row(row: dict[str, str]) -> tuple[Any, ...]:
        counted = within(count, lambda: _count(row[count])) if count else None
        means = (
            None
            if count and "handle_time" not in row
            else within("handle_time", lambda: _length(row, count is not None))
        )
        rank, said = row.get("priority", "").strip(), row.get("attributes", "").strip()
        return (
            within(time, lambda: _moment(row[time])),
            counted,
            means,
            within("patience", lambda: _length(row, False, "patience")),
            within("priority", lambda: priority(int(rank) if rank.isdecimal() and len(rank) < 12 else rank))
            if rank
            else None,
            within("attributes", lambda: attributes(said)) if said else None,
        )

    return read_row


def _length(row: dict[str, str], required: bool, column: str = "handle_time") -> Duration | None:
    cell = row.get(column, "").strip()
    return _duration_cell(cell) if cell or required else None


def _duration_cell(cell: str) -> Duration:
    try:
        return duration(float(cell))
    except ValueError:
        return duration(cell)


def _count(cell: str) -> float:
    try:
        return number(0, MOST_AN_HOUR)(float(cell))
    except ValueError:
        raise InputError(f"must be a number from 0 to {MOST_AN_HOUR:g}, {not_given(cell)}") from None


def _moment(cell: str) -> datetime | Duration:
    try:
        moment = None if cell.strip().isdecimal() else datetime.fromisoformat(cell.strip())
    except ValueError:
        moment = None
    if moment is not None and 1900 <= moment.year <= 2200:
        return moment
    try:
        return _duration_cell(cell)
    except InputError:
        rule = "must be a time such as 2026-11-23T08:00:00, with or without offset, or seconds since the start"
        raise InputError(f"{rule}, {not_given(cell)}") from None


def read_values(path: FilePath, *, column: str | None = None) -> Empirical:
    """Read the values of an empirical distribution: a CSV whose only column, or *column*, has durations."""
    file = _absolute(path)

    def value(row: dict[str, str]) -> Duration:
        name = column or next(iter(row))
        return within(name, lambda: _duration_cell(row[name]))

    wanted = (column,) if column else ()
    within(f"{file.name}: ", lambda: _has_header(file) if column is None else None)
    return Empirical(within(f"{file.name}: ", lambda: list(_each(file, wanted, value))), file, column)


def _has_header(file: Path) -> None:
    first = _text(file).partition("\n")[0].strip()
    try:
        _duration_cell(first)
    except InputError:
        return
    raise InputError(f"must have a header row, {not_given(first)}", "line 1")


def _each(file: Path, columns: tuple[str, ...], read_row: Callable[[dict[str, str]], Any]) -> Iterator[Any]:
    """Yield what *read_row* makes of each row of a CSV that must have *columns*, and at least one row."""
    lines = _text(file).splitlines()
    reader = csv.DictReader(lines)
    if not reader.fieldnames:
        raise InputError("is empty")
    for column in columns:
        if column not in reader.fieldnames:
            near = nearest(column, reader.fieldnames)
            raise InputError(f"must have a column {column!r}; it has {', '.join(reader.fieldnames)}{near}")
    empty = True
    try:
        for row in reader:
            empty = False
            if None in row or None in row.values():
                rule = f"must have {len(reader.fieldnames)} cells, as the header has"
                raise InputError(rule, f"line {reader.line_num}")
            yield within(f"line {reader.line_num}, ", partial(read_row, row))
    except csv.Error as error:
        raise InputError(f"is not CSV: {error}", f"line {reader.line_num}") from None
    if empty:
        raise InputError("has a header and no rows")


# --- what is written ---


@contextmanager
def whole_file(file: Path) -> Iterator[Path]:
    """Give a place to write to that takes the place of *file* when all went well, and is gone otherwise."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".unfinished-") as folder:
        unfinished = Path(folder) / file.name
        yield unfinished
        unfinished.replace(file)
