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
    "worker.attributes.update": MENTIONED,
}
(TASK, TASK_CREATED, TASK_WRAPUP, TASK_COMPLETED, TASK_CANCELED, TASK_DELETED) = range(6)
(RESERVED, ACCEPTED, REJECTED, TIMED_OUT, CANCELED, RESCINDED, WRAPUP, COMPLETED) = range(10, 18)
WORK = {
    "task-queue.created": TASK,
    "task-queue.entered": TASK,
    "task-queue.moved": TASK,
    "task-queue.timeout": TASK,
    "task.updated": TASK,
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
SIDS = ("worker_sid", "task_sid", "reservation_sid", "activity_sid")
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
        self.events = 0
        self.labels: dict[str, dict[Label, int]] = {name: {} for name in ("activity", "worker", "queue")}
        self.numbers: dict[str, dict[str, int]] = {name: {} for name in ("task", "reservation", "type")}
        self.task_type, self.worker_group = task_type, worker_group
        self._rows = {name: array("q") for name in ("changes", "work", "activities")}
        self._changes, self._work_rows = self._rows["changes"], self._rows["work"]
        self._tasks, self._reservations = self.numbers["task"], self.numbers["reservation"]
        self._workspaces: set[str] = set()
        self._latest = -1

    def gather(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Add all *events*; raises :exc:`~activity_sim.errors.InputError` for what is none."""
        for number, event in enumerate(events, 1):
            self._add(event)
            self.events = number
        if len(self._workspaces) > 1:
            shown = ", ".join(map(repr, sorted(self._workspaces)[:3]))
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
        if "event_type" in event:
            kind, data, sid = event["event_type"], event.get("event_data"), event.get("sid")
            dates = event.get("event_date"), event.get("event_date_ms")
        else:
            kind, data, dates, sid = _streamed(event)
        note = NOTES.get(kind) if type(kind) is str else None
        if note is None:
            return
        if type(data) is not dict:
            data = _object(data) if isinstance(data, str) else data
        date = self._date(*dates)
        if not isinstance(data, dict) or date < 0:
            self.counts["incomplete"] += 1
            return
        if type(workspace := data.get("workspace_sid")) is str:
            self._workspaces.add(workspace)
        key = hash(sid if type(sid) is str and sid else (kind, date, *(str(data.get(name)) for name in SIDS)))
        if note[0](self, note[1], date, key, data):
            self.counts["incomplete"] += 1
        elif date < self._latest:
            self.counts["out_of_order"] += 1
        else:
            self._latest = date

    def _date(self, said: Any, milliseconds: Any) -> int:
        """Return the date of an event; where its two dates differ the one that is *said* in words is right."""
        date = _instant(said) if type(said) is str else -1
        exact = milliseconds if type(milliseconds) is int else _whole(milliseconds)
        if 0 <= exact - date + SECOND <= 2 * SECOND and date >= 0 <= exact:
            return exact
        if date < 0:
            return exact if exact <= LAST_MOMENT else -1
        if exact >= 0:
            self.counts["dates_differ"] += 1
        elif "." not in said:
            self.counts["whole_seconds"] += 1
        return date

    def _change(self, what: int, date: int, key: int, data: Mapping[str, Any]) -> bool:
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
        self._changes.extend((date, key, what, worker, activity, previous, spent, exact >= 0, version))
        return False

    def _work(self, what: int, date: int, key: int, data: Mapping[str, Any]) -> bool:
        queue = self._label("queue", data, "task_queue_sid", "task_queue_name")
        sid, reservation, worker = data.get("task_sid"), -1, -1
        if type(sid) is not str:
            return what != TASK
        if what >= RESERVED:
            made, worker = data.get("reservation_sid"), self._worker(data)
            if type(made) is not str or worker < 0:
                return True
            reservation = self._reservations.setdefault(made, len(self._reservations))
        task = self._tasks.setdefault(sid, len(self._tasks))
        kind = -1 if self.task_type is None else self._type(data)
        gave_up = what == TASK_CANCELED and _gave_up(data)
        self._work_rows.extend((date, key, what, task, reservation, worker, queue, kind, _born(date, data), gave_up))
        return False

    def _activity(self, _: int, date: int, key: int, data: Mapping[str, Any]) -> bool:
        activity = self._label("activity", data, "activity_sid", "activity_name")
        if activity < 0:
            return True
        available = {"true": 1, "false": 0}.get(str(data.get("activity_available")).lower(), -1)
        self._rows["activities"].extend((date, key, activity, available))
        return False

    def _worker(self, data: Mapping[str, Any]) -> int:
        sid, name, group = data.get("worker_sid"), data.get("worker_name"), None
        if type(sid) is not str:
            return -1
        if self.worker_group is not None:
            group = attribute(data.get("worker_attributes"), self.worker_group)
        return _number(self.labels["worker"], (sid, name if type(name) is str else sid, group))

    def _label(self, kind: str, data: Mapping[str, Any], sid: str, name: str) -> int:
        found, called = data.get(sid), data.get(name)
        if type(found) is not str:
            return -1
        return _number(self.labels[kind], (found, called if type(called) is str else found, None))

    def _type(self, data: Mapping[str, Any]) -> int:
        value = attribute(data.get("task_attributes"), self.task_type or "")
        return -1 if value is None else _number(self.numbers["type"], value)


NOTES = {
    **{kind: (Gathering._change, what) for kind, what in CHANGES.items()},
    **{kind: (Gathering._work, what) for kind, what in WORK.items()},
    **{f"activity.{what}": (Gathering._activity, 0) for what in ("created", "updated", "deleted")},
}
"""What is done with events of each type; those of other types say nothing that a log has."""


def _number(known: dict[Any, int], what: Any) -> int:
    return known.setdefault(what, len(known))


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


def _whole(value: Any) -> int:
    """Return the whole number that *value* is or says, -1 where it is none or below 0."""
    try:
        return max(min(int(value), MOST), -1) if value is not None else -1
    except (TypeError, ValueError, OverflowError):
        return -1


def _born(date: int, data: Mapping[str, Any]) -> int:
    """Return when the task of an event was created, as far as the event says it; its age is in whole seconds."""
    created = data.get("task_date_created")
    if type(created) is str and (moment := _instant(created)) >= 0:
        return moment
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
