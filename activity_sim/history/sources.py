"""Where events come from: files of the API's answers, JSON lines, files of Event Streams, or what Python has."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from activity_sim.errors import ActivitySimWarning, InputError, not_given

Source = str | os.PathLike[str] | Iterable[dict[str, Any]] | dict[str, Any]


def each_event(source: Source) -> Iterator[dict[str, Any]]:
    """Yield the events of *source*, one after the other, in whatever form they are.

    Raises :exc:`~activity_sim.errors.InputError` for a file that cannot be read, with the line where it is one of JSON
    lines, and for what is no JSON object.

    >>> page = {"events": [{"event_type": "worker.created"}], "meta": {"next_page_url": None}}
    >>> [event["event_type"] for event in each_event([page, page])]
    ['worker.created', 'worker.created']
    """
    if isinstance(source, (str, os.PathLike)):
        yield from _unfolded(_values(Path(source)))
    elif isinstance(source, Iterable):
        yield from _unfolded([source] if isinstance(source, dict) else source)
    else:
        raise InputError(f"must be the path of a file, or a list of events, {not_given(source)}", "source")


def _unfolded(values: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Yield the events in *values*: events, lists of them, and pages of the API."""
    cut = False
    for value in values:
        if isinstance(value, list):
            yield from _unfolded(value)
        elif not isinstance(value, dict):
            raise InputError(f"must be events, which are JSON objects, {not_given(value)}", "source")
        elif isinstance(page := value.get("events"), list):
            yield from _unfolded(page)
            cut = _goes_on(value)
        else:
            yield value
    if cut:
        warnings.warn("the list of events has a next page that is not in it", ActivitySimWarning, stacklevel=2)


def _goes_on(page: dict[str, Any]) -> bool:
    meta = page.get("meta")
    return isinstance(meta, dict) and bool(meta.get("next_page_url"))


def _values(file: Path) -> Iterator[Any]:
    """Yield the JSON values of *file*: one a line, or else the one that the whole file is."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            yield from _lines(lines, file.name)
    except UnicodeDecodeError as error:
        raise InputError(f"must be text in UTF-8; {error.reason} at byte {error.start}", f"{file.name}: ") from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", f"{file.name}: ") from None


def _lines(lines: TextIOWrapper, name: str) -> Iterator[Any]:
    found = False
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            if found:
                raise InputError(f"is not JSON: {error}", f"{name}: ", f"line {number}") from None
            value = _whole(line + lines.read(), name)
        found = True
        yield value
    if not found:
        raise InputError("is empty", f"{name}: ")


def _whole(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is neither JSON nor JSON lines: {error}", f"{name}: ") from None
