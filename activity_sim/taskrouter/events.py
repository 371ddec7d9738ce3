"""Lists of the Events of a workspace; they stay as the API has them, since each type has keys of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from activity_sim.errors import AnswerError, InputError, not_given, within
from activity_sim.model.activity import sid_pattern
from activity_sim.model.reading import text, whole
from activity_sim.taskrouter.lists import LARGEST_PAGE, pages
from activity_sim.taskrouter.transport import Transport

Event = dict[str, Any]
SIDS = {
    "worker_sid": ("WorkerSid", "WK"),
    "task_sid": ("TaskSid", "WT"),
    "task_queue_sid": ("TaskQueueSid", "WQ"),
    "workflow_sid": ("WorkflowSid", "WW"),
    "reservation_sid": ("ReservationSid", "WR"),
}
TEXTS = {"event_type": "EventType", "task_channel": "TaskChannel"}
LONGEST = 30 * 24 * 60
"""The minutes for which TaskRouter keeps events."""


class Events:
    """List the Events of a workspace: what happened in it, in the last thirty days."""

    def __init__(self, transport: Transport, workspace_url: str) -> None:
        self._transport = transport
        self._url = f"{workspace_url}/Events"

    def each(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        minutes: int | None = None,
        page_size: int = LARGEST_PAGE,
        **filters: str,
    ) -> Iterator[Event]:
        """Yield the Events, of all pages, each once, as :func:`~activity_sim.read_events` takes them.

        They are those from *start* to *end*, in whole seconds, or of the last *minutes*, by default of the last 15.
        *filters* choose among them: *event_type*, *worker_sid*, *task_sid*, *task_queue_sid*, *workflow_sid*,
        *reservation_sid* and *task_channel*. A page is fetched when its first Event is needed.
        """
        size = within("page_size", lambda: whole(1, LARGEST_PAGE)(page_size))
        query = {"PageSize": size, **_period(start, end, minutes), **_filters(filters)}
        return self._each(query)

    def list(self, **asked: Any) -> list[Event]:
        """Return the Events that :meth:`each` yields, of all pages; *asked* are its arguments."""
        return [*self.each(**asked)]

    def clock(self) -> datetime:
        """Return the present instant, by the clock of the API."""
        ask = partial(self._transport.send, "GET", self._url, query={"Minutes": 1, "PageSize": 1})
        return self._transport.repeat(ask).when

    def _each(self, query: Mapping[str, Any]) -> Iterator[Event]:
        seen: set[str] = set()
        for event in pages(self._transport, self._url, "events", _event, query):
            if event["sid"] not in seen:
                seen.add(event["sid"])
                yield event


def _event(entry: Any, request: str) -> Event:
    if not isinstance(entry, dict) or not isinstance(entry.get("sid"), str) or not entry.get("event_type"):
        raise AnswerError("the answer has no Event: its SID or its type is missing", request=request)
    return entry


def _period(start: datetime | None, end: datetime | None, minutes: int | None) -> dict[str, Any]:
    if minutes is not None and (start, end) != (None, None):
        raise InputError("must not be given with start or end", "minutes")
    if minutes is not None:
        return {"Minutes": within("minutes", lambda: whole(1, LONGEST)(minutes))}
    asked = {}
    if start is not None:
        asked["StartDate"] = _written(within("start", partial(_utc, start)))
    if end is not None:
        last = within("end", partial(_utc, end))
        asked["EndDate"] = _written(last + timedelta(microseconds=-last.microsecond % 1_000_000))
    return asked


def _utc(moment: datetime) -> datetime:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise InputError(f"must be a datetime with a time zone, {not_given(moment)}")
    return moment.astimezone(UTC)


def _written(moment: datetime) -> str:
    """Return *moment* as the API reads it, without the part of a second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _filters(given: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name, value in given.items():
        if name in SIDS:
            parameter, prefix = SIDS[name]
            found[parameter] = within(name, partial(sid_pattern(prefix), value))
        elif name in TEXTS:
            found[TEXTS[name]] = within(name, partial(text, value))
        else:
            raise InputError(f"must be one of {', '.join([*TEXTS, *SIDS])}, {not_given(name)}", "filters")
    return found
