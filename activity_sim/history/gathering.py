"""What events say, gathered in columns of numbers: nothing is kept of an event but a row of them.

SIDs and names are kept once each, as *labels*: who was called what, with which attributes. Instants are whole
milliseconds since 1970, which is what events carry; -1 is missing.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import InputError, not_given

Ints = NDArray[np.int64]
Label = tuple[str, str, str | None]
"""A SID, the name, and the value of the attribute that is asked for (None: none is)."""

UPDATED, CREATED, DELETED, MENTIONED = range(4)
"""What happens to a worker; in the last case only its name and attributes count."""
CHANGES = {
    "worker.activity.update": UPDATED,
    "worker.activity": UPDATED,
    "worker.created": CREATED,
    "worker.deleted": DELETED,
}
(TASK, TASK_CREATED, TASK_WRAPUP, TASK_COMPLETED, TASK_CANCELED, TASK_DELETED) = range(6)
(RESERVED, ACCEPTED, REJECTED, TIMED_OUT, CANCELED, RESCINDED, WRAPUP, COMPLETED) = range(10, 18)
WORK = {
    "task.created": TASK_CREATED,
    "task.wrapup": TASK_WRAPUP,
    "task.completed": TASK_COMPLETED,
    "task.canceled": TASK_CANCELED,
    "task.deleted": TASK_DELETED,
    "task.system-deleted": TASK_DELETED,
    "reservation.created": RESERVED,
    "reservation.accepted": ACCEPTED,
    "reservation.rejected": REJECTED,
    "reservation.timeout": TIMED_OUT,
    "reservation.canceled": CANCELED,
    "reservation.failed": CANCELED,
    "reservation.rescinded": RESCINDED,
    "reservation.wrapup": WRAPUP,
    "reservation.completed": COMPLETED,
}
STREAMED = "com.twilio.taskrouter."
HUNG_UP = re.compile("hang.?up|hung.?up|abandon", re.IGNORECASE)
"""What a reason has when the caller gave up; TaskRouter itself says "hangup"."""
LAST_MOMENT = 253_402_300_799_999
"""The end of the year 9999."""
MOST = 2**62
SECOND = 1_000

CHANGE_COLUMNS = ("date", "key", "kind", "worker", "activity", "previous", "spent", "exact", "version")
WORK_COLUMNS = ("date", "key", "kind", "task", "reservation", "worker", "queue", "type", "born", "gave_up")
ACTIVITY_COLUMNS = ("date", "key", "activity", "available")
Columns = dict[str, Ints]


class Gathering:
    """Gather what events say.

    *task_type* and *worker_group* are the keys of the attributes that say what type a task is of and which group a
    worker is in; None where nothing is asked of them. What cannot be used is counted in *counts*.
    """

    def __init__(self, task_type: str | None, worker_group: str | None) -> None:
        self.counts: Counter[str] = Counter()
        self.labels: dict[str, dict[Label, int]] = {name: {} for name in ("activity", "worker", "queue")}
        self.numbers: dict[str, dict[str, int]] = {name: {} for name in ("task", "reservation", "type")}
        self.task_type, self.worker_group = task_type, worker_group
        self._rows = {name: array("q") for name in ("changes", "work", "activities")}
        self._workspaces: set[str] = set()
        self._latest = -1

    def gather(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Add all *events*; raises :exc:`~activity_sim.errors.InputError` for what is none."""
        for event in events:
            self._add(event)
        if len(self._workspaces) > 1:
            shown = ", ".join(sorted(self._workspaces)[:3])
            raise InputError(f"must be events of one workspace, not of {len(self._workspaces)} ({shown})", "source")

    def columns(self, name: str) -> Columns:
        """Return the columns of the table *name*, events that came twice only once."""
        heads = {"changes": CHANGE_COLUMNS, "work": WORK_COLUMNS, "activities": ACTIVITY_COLUMNS}[name]
        rows = np.frombuffer(self._rows[name], dtype=np.int64).reshape(-1, len(heads))
        _, first = np.unique(rows[:, 1], return_index=True)
        self.counts["duplicates"] += len(rows) - len(first)
        return dict(zip(heads, rows[np.sort(first)].T.copy(), strict=True))

    @property
    def span(self) -> tuple[int, int]:
        """The dates of the first and the last event that counts; (-1, -1) where there is none."""
        dates = [np.frombuffer(self._rows["changes"], dtype=np.int64)[:: len(CHANGE_COLUMNS)]]
        dates.append(np.frombuffer(self._rows["work"], dtype=np.int64)[:: len(WORK_COLUMNS)])
        dates.append(np.frombuffer(self._rows["activities"], dtype=np.int64)[:: len(ACTIVITY_COLUMNS)])
        every = np.concatenate(dates)
        return (int(every.min()), int(every.max())) if len(every) else (-1, -1)

    def _add(self, event: Mapping[str, Any]) -> None:
        self.counts["events"] += 1
        if "event_type" in event:
            kind, data = event["event_type"], event.get("event_data")
            dates, sid = (event.get("event_date"), event.get("event_date_ms")), event.get("sid")
        else:
            kind, data, dates, sid = _streamed(event)
        note = _NOTES.get(str(kind).partition(".")[0])
        if note is None:
            return
        if isinstance(data, str):
            data = _object(data)
        date = self._date(*dates)
        if not isinstance(data, Mapping) or date < 0:
            self.counts["incomplete"] += 1
            return
        if isinstance(workspace := data.get("workspace_sid"), str):
            self._workspaces.add(workspace)
        key = hash(sid or (kind, date, *(data.get(name) for name in ("worker_sid", "task_sid", "reservation_sid"))))
        if note(self, kind, date, key, data):
            self.counts["incomplete"] += 1
        elif date < self._latest:
            self.counts["out_of_order"] += 1
        else:
            self._latest = date

    def _date(self, said: Any, milliseconds: Any) -> int:
        """Return the date of an event; where its two dates differ the one that is *said* in words is right."""
        date, exact = _moment(said), _whole(milliseconds)
        if date < 0:
            return exact if exact <= LAST_MOMENT else -1
        if exact >= 0 and abs(exact - date) <= SECOND:
            return exact
        if exact >= 0:
            self.counts["dates_differ"] += 1
        elif "." not in said:
            self.counts["whole_seconds"] += 1
        return date

    def _change(self, kind: str, date: int, key: int, data: Mapping[str, Any]) -> bool:
        what = CHANGES.get(kind, MENTIONED)
        activity = self._label("activity", data, "worker_activity_sid", "worker_activity_name")
        if activity < 0 and what == UPDATED:
            return True
        worker = self._worker(data)
        if worker < 0:
            return True
        previous = self._label("activity", data, "worker_previous_activity_sid", "worker_previous_activity_name")
        exact = _whole(data.get("worker_time_in_previous_activity_ms"))
        spent = exact
        if exact < 0 and (seconds := _whole(data.get("worker_time_in_previous_activity"))) >= 0:
            spent = seconds * SECOND
        version = _whole(data.get("worker_version"))
        self._rows["changes"].extend((date, key, what, worker, activity, previous, spent, exact >= 0, version))
        return False

    def _work(self, kind: str, date: int, key: int, data: Mapping[str, Any]) -> bool:
        sid = _text(data.get("task_sid"))
        what = WORK.get(kind, TASK)
        queue = self._label("queue", data, "task_queue_sid", "task_queue_name")
        if not sid:
            return kind.startswith(("task.", "reservation."))
        task = _number(self.numbers["task"], sid)
        reservation = worker = -1
        if what >= RESERVED:
            made, worker = _text(data.get("reservation_sid")), self._worker(data)
            if not made or worker < 0:
                return True
            reservation = _number(self.numbers["reservation"], made)
        gave_up = what == TASK_CANCELED and _gave_up(data)
        row = (date, key, what, task, reservation, worker, queue, self._type(data), _born(date, data), gave_up)
        self._rows["work"].extend(row)
        return False

    def _activity(self, _: str, date: int, key: int, data: Mapping[str, Any]) -> bool:
        activity = self._label("activity", data, "activity_sid", "activity_name")
        if activity < 0:
            return True
        available = {"true": 1, "false": 0}.get(str(data.get("activity_available")).lower(), -1)
        self._rows["activities"].extend((date, key, activity, available))
        return False

    def _worker(self, data: Mapping[str, Any]) -> int:
        sid, group = _text(data.get("worker_sid")), None
        if not sid:
            return -1
        if self.worker_group is not None:
            group = attribute(data.get("worker_attributes"), self.worker_group)
        return _number(self.labels["worker"], (sid, _text(data.get("worker_name")) or sid, group))

    def _label(self, kind: str, data: Mapping[str, Any], sid: str, name: str) -> int:
        found = _text(data.get(sid))
        return _number(self.labels[kind], (found, _text(data.get(name)) or found, None)) if found else -1

    def _type(self, data: Mapping[str, Any]) -> int:
        if self.task_type is None:
            return -1
        value = attribute(data.get("task_attributes"), self.task_type)
        return -1 if value is None else _number(self.numbers["type"], value)


_NOTES = {
    "worker": Gathering._change,
    "task": Gathering._work,
    "reservation": Gathering._work,
    "task-queue": Gathering._work,
    "activity": Gathering._activity,
}


def _number(known: dict[Any, int], what: Any) -> int:
    return known.setdefault(what, len(known))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _streamed(event: Mapping[str, Any]) -> tuple[Any, Any, tuple[Any, Any], Any]:
    """Return type, payload, dates and SID of an *event* of Event Streams."""
    kind, said = event.get("type"), event.get("data")
    if not isinstance(kind, str) or not isinstance(said, Mapping):
        rule = "must be events as the API lists them (event_type, event_data) or as Event Streams sends them"
        raise InputError(f"{rule} (type, data), {not_given(dict(event))}", "source")
    payload = said.get("payload")
    payload = _object(payload) if isinstance(payload, str) else payload
    inner = payload if isinstance(payload, Mapping) else {}
    date = inner.get("timestamp") or said.get("timestamp") or event.get("time")
    sid = inner.get("sid") or said.get("sid") or event.get("id")
    return kind.removeprefix(STREAMED), payload, (date, inner.get("timestamp_ms")), sid


@lru_cache(maxsize=4_096)
def _instant(said: str) -> int:
    try:
        moment = datetime.fromisoformat(said.strip())
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        return max(round(since * SECOND), -1)
    except (ValueError, OverflowError):
        return -1


def _moment(said: Any) -> int:
    return _instant(said) if isinstance(said, str) else -1


def _whole(value: Any) -> int:
    """Return the whole number that *value* is or says, -1 where it is none or below 0."""
    try:
        return max(min(int(value), MOST), -1) if value is not None else -1
    except (TypeError, ValueError, OverflowError):
        return -1


def _born(date: int, data: Mapping[str, Any]) -> int:
    """Return when the task of an event was created, as far as the event says it; its age is in whole seconds."""
    if (created := _moment(data.get("task_date_created"))) >= 0:
        return created
    age = _whole(data.get("task_age"))
    return -1 if age < 0 else date - age * SECOND


def _gave_up(data: Mapping[str, Any]) -> bool:
    reason = data.get("task_canceled_reason") or data.get("reason")
    return bool(HUNG_UP.search(str(reason)))


@lru_cache(maxsize=4_096)
def _object(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def attribute(said: Any, key: str) -> str | None:
    """Return the value of *key* in attributes as they are *said*, as a text; None where there is none.

    >>> attribute('{"team": "north", "level": 2}', "level")
    '2'
    """
    found = _object(said) if isinstance(said, str) else said
    value = found.get(key) if isinstance(found, Mapping) else None
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
