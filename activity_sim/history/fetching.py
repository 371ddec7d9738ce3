"""Fetch the events of a workspace into a file of JSON lines, an hour at a time, and go on where it stopped.

Beside the file is a record of what it holds. An hour is appended first and noted then, so what a killed fetch has
written beyond its record is cut off by the next one, and no event is in the file twice.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import attrs

from activity_sim.errors import ActivitySimWarning, InputError, not_given, within
from activity_sim.files import FilePath, read_json, whole_file
from activity_sim.history.reading import moment
from activity_sim.progress import bar
from activity_sim.units import zone

if TYPE_CHECKING:
    from activity_sim.taskrouter.client import TaskRouterClient

SECOND = 1_000
HOUR = 3_600 * SECOND
KEPT = timedelta(days=30)
LATE = timedelta(minutes=1)
"""Events may be listed a little after they happened: the last minute is left for the next fetch."""
RECORD = ".fetched"
Span = tuple[int, int]


@attrs.frozen
class Fetched:
    """What a fetch has added to its file: so many *events*, in so many *windows* of an hour at most."""

    events: int
    windows: int


@attrs.frozen
class _Record:
    """What is in a file: the events of a workspace in *spans* of milliseconds since 1970, in so many *bytes*."""

    workspace_sid: str
    bytes: int
    spans: tuple[Span, ...]


def fetch_events(
    client: TaskRouterClient,
    path: FilePath,
    *,
    start: str | datetime,
    end: str | datetime | None = None,
    time_zone: str = "UTC",
) -> Fetched:
    """Fetch the events of a workspace from *start* to *end*, by default now, and append them to the file *path*.

    Times without an offset are local in *time_zone*. What the file holds of this period already is not fetched again,
    so a fetch that was killed goes on where it was. Requests go out one after the other, one or a few an hour. The last
    minute is left for later. What is older than thirty days is gone, with a warning.

    Raises :exc:`~activity_sim.errors.InputError` for a file that no fetch has written, or of another workspace.

    >>> from datetime import datetime, timedelta, UTC
    >>> from activity_sim import Emulator
    >>> import tempfile
    >>> start = datetime.now(UTC) - timedelta(hours=2)
    >>> with tempfile.TemporaryDirectory() as folder, Emulator() as emulator, emulator.client() as client:
    ...     fetch_events(client, f"{folder}/events.jsonl", start=start).events
    0
    """
    file = Path(path).absolute()
    within("time_zone", lambda: zone(time_zone))
    first = within("start", lambda: _seconds(moment(start, time_zone)))
    last = None if end is None else within("end", lambda: _seconds(moment(end, time_zone)))
    if last is not None and first >= last:
        raise InputError("must be later than the start", "end")
    record = within(f"{file.name}: ", lambda: _held(file, client.workspace_sid))
    windows = [*_windows(_possible((first, last), client.events.clock()), record.spans)]
    _note(file, record)
    file.touch()
    count = 0
    with file.open("r+b") as out, bar(total=len(windows), unit="window") as advance:
        out.truncate(record.bytes)
        out.seek(0, os.SEEK_END)
        for window in windows:
            events = _events(client, window)
            record = _appended(out, file, record, window, events)
            count += len(events)
            advance(1)
    return Fetched(count, len(windows))


def _appended(out: BinaryIO, file: Path, record: _Record, window: Span, events: list[dict[str, Any]]) -> _Record:
    """Append the *events* of a *window*, and only when they are on the disk note that they are there."""
    out.writelines(json.dumps(event, ensure_ascii=False).encode() + b"\n" for event in events)
    out.flush()
    os.fsync(out.fileno())
    longer = attrs.evolve(record, bytes=out.tell(), spans=_merged([*record.spans, window]))
    _note(file, longer)
    return longer


def _seconds(milliseconds: int) -> int:
    """Return *milliseconds* without the part of a second, since the API is asked for whole ones."""
    return milliseconds // SECOND * SECOND


def _possible(wanted: tuple[int, int | None], now: datetime) -> Span:
    """Return the part of the period *wanted* that there can be events of *now*, and warn of what is gone."""
    oldest, latest = (_seconds(int(moment.timestamp() * SECOND)) for moment in (now - KEPT, now - LATE))
    first, last = wanted[0], latest if wanted[1] is None else min(wanted[1], latest)
    if first < oldest:
        gone = f"events are kept for thirty days, and those from before {_written(oldest)} are gone"
        warnings.warn(gone, ActivitySimWarning, stacklevel=3)
    return max(first, oldest), last


def _windows(span: Span, held: Sequence[Span]) -> Iterator[Span]:
    """Yield the hours of *span*, or parts of them, that are not in the spans *held*."""
    first, last = span
    edges = sorted({edge for spans in held for edge in spans if first < edge < last} | {first, last})
    edges = sorted({*edges, *range(first // HOUR * HOUR + HOUR, last, HOUR)}) if first < last else []
    for window in pairwise(edges):
        if not any(begin <= window[0] and window[1] <= end for begin, end in held):
            yield window


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return *spans* in order, those that touch or overlap as one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return tuple(found)


def _events(client: TaskRouterClient, window: Span) -> list[dict[str, Any]]:
    """Return the events of one *window*, its end excluded, in the order of time."""
    start, end = (datetime.fromtimestamp(moment // SECOND, UTC) for moment in window)
    found = [(_date(event), event) for event in client.events.each(start=start, end=end)]
    inside = [(date, event) for date, event in found if date is None or window[0] <= date < window[1]]
    return [event for _, event in sorted(inside, key=lambda pair: (pair[0] or 0, pair[1]["sid"]))]


def _date(event: dict[str, Any]) -> int | None:
    """Return the whole second of an event's date, in milliseconds; of the two dates it is what windows go by."""
    said = event.get("event_date")
    try:
        return moment(said, "UTC") // SECOND * SECOND if isinstance(said, str) else None
    except InputError:
        return None


def _written(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // SECOND, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


# --- the record ---


def _held(file: Path, workspace_sid: str) -> _Record:
    """Return what *file* holds, by its record; a new one where there is neither."""
    place = _place(file)
    if not place.exists():
        if file.exists():
            raise InputError(f"exists already, and no fetch has written it: {place.name} is not beside it")
        return _Record(workspace_sid, 0, ())
    record = within(f"{place.name}: ", lambda: _read(read_json(place)))
    if record.workspace_sid != workspace_sid:
        raise InputError(f"has the events of the workspace {record.workspace_sid}, not of {workspace_sid}")
    if record.bytes and (not file.exists() or file.stat().st_size < record.bytes):
        raise InputError(f"is shorter than what was fetched; delete it and {place.name} to fetch again")
    return record


def _place(file: Path) -> Path:
    return file.with_name(file.name + RECORD)


def _read(said: Any) -> _Record:
    try:
        spans = tuple((int(begin), int(end)) for begin, end in said["spans"])
        return _Record(str(said["workspace_sid"]), int(said["bytes"]), spans)
    except (KeyError, TypeError, ValueError):
        raise InputError(f"must be the record of a fetch, {not_given(said)}") from None


def _note(file: Path, record: _Record) -> None:
    with whole_file(_place(file)) as unfinished:
        unfinished.write_text(json.dumps(attrs.asdict(record)) + "\n", "utf-8")
