"""A workspace in memory whose requests have fates: carried out or not, and then answered, failed or dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal

import attrs

from tests.taskrouter.scripted import ACTIVITIES, Answer, Asked, Drop, Say, listing, refusal, resource

Ending = Literal["ok", "500", "drop", "429"]
OK: Ending = "ok"


@attrs.frozen
class Fate:
    """Say whether a request is *done*, and what its client hears then."""

    done: bool
    ending: Ending


FINE = Fate(done=True, ending=OK)


class Shelf:
    """Keep Activities, of duplicate names where they are not *unique*; a script for the scripted server.

    The *fates* hold for one request after the other, and every request after them is fine. *ahead* is how far the
    clock of the server is ahead.
    """

    def __init__(self, fates: Iterable[Fate] = (), *, unique: bool = False, ahead: timedelta = timedelta()) -> None:
        self._fates: Iterator[Fate] = iter(fates)
        self._unique = unique
        self._ahead = ahead
        self._made = 0
        self.kept: dict[str, dict[str, Any]] = {}

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def put(self, friendly_name: str, *, available: bool = True, age: timedelta = timedelta()) -> str:
        """Keep an Activity that was created some time ago, and return its SID."""
        self._made += 1
        sid = f"WA{self._made:032x}"
        created = (self.now - age).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.kept[sid] = resource(friendly_name, sid=sid, available=available, date_created=created)
        return sid

    def named(self, friendly_name: str) -> list[dict[str, Any]]:
        """Return the Activities of that name."""
        return [activity for activity in self.kept.values() if activity["friendly_name"] == friendly_name]

    def __call__(self, asked: Asked) -> Answer:
        fate = next(self._fates, FINE)
        answer = self._carried_out(asked) if fate.done else None
        if fate.ending == "drop":
            return Drop()
        if fate.ending == "500":
            return Say(500, refusal(500))
        return answer or Say(429, refusal(429), {"Retry-After": "0"})

    def _carried_out(self, asked: Asked) -> Say:
        sid = asked.path.removeprefix(ACTIVITIES).strip("/")
        if sid and sid not in self.kept:
            return Say(404, refusal(404, "not found", 20404))
        operations: dict[tuple[str, bool], Callable[[Asked, str], Say]] = {
            ("GET", False): self._list,
            ("GET", True): lambda _, sid: Say(200, self.kept[sid]),
            ("POST", False): self._create,
            ("POST", True): self._update,
            ("DELETE", True): self._delete,
        }
        return operations[asked.method, bool(sid)](asked, sid)

    def _list(self, asked: Asked, _: str) -> Say:
        name = asked.query.get("FriendlyName")
        found = [activity for activity in self.kept.values() if name in (None, activity["friendly_name"])]
        return Say(200, listing(*found), {"Date": format_datetime(self.now, usegmt=True)})

    def _create(self, asked: Asked, _: str) -> Say:
        name = asked.form["FriendlyName"]
        if self._unique and self.named(name):
            return Say(400, refusal(400, f"Activity named {name} already exists", 20001))
        sid = self.put(name, available=asked.form.get("Available") == "true")
        return Say(201, self.kept[sid])

    def _update(self, asked: Asked, sid: str) -> Say:
        self.kept[sid]["friendly_name"] = asked.form["FriendlyName"]
        return Say(200, self.kept[sid])

    def _delete(self, _: Asked, sid: str) -> Say:
        del self.kept[sid]
        return Say(204)
