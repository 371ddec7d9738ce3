"""What happened in a workspace, written down as it happens, and statistics worked out from it slowly and plainly."""

from __future__ import annotations

from typing import Any

import attrs

from tests.emulator.wire import SECOND, Clock, Wire

Spell = tuple[str, int, int | None]
Window = tuple[int, int]


@attrs.define
class Hired:
    """Hold a Worker: its name, and its spells as (activity, start, stop)."""

    sid: str
    name: str
    spells: list[Spell]

    @property
    def activity(self) -> str:
        return self.spells[-1][0]


@attrs.define
class Office:
    """Do things in a new workspace over *wire*, and write them down."""

    wire: Wire
    clock: Clock
    path: str = ""
    activities: dict[str, str] = attrs.field(factory=dict)
    closed: dict[str, str] = attrs.field(factory=dict)
    workers: list[Hired] = attrs.field(factory=list)
    gone: list[Hired] = attrs.field(factory=list)

    @classmethod
    def opened(cls, wire: Wire, clock: Clock) -> Office:
        sid = wire.got("POST", "/Workspaces", data={"FriendlyName": "Office"})["sid"]
        office = cls(wire, clock, f"/Workspaces/{sid}")
        office.activities = {row["sid"]: row["friendly_name"] for row in wire.all(f"{office.path}/Activities")}
        return office

    def add(self, name: str) -> str:
        """Create an Activity."""
        sid: str = self.wire.got("POST", f"{self.path}/Activities", data={"FriendlyName": name})["sid"]
        self.activities[sid] = name
        return sid

    def close(self, activity: str) -> None:
        """Delete an Activity."""
        self.wire.got("DELETE", f"{self.path}/Activities/{activity}")
        self.closed[activity] = self.activities.pop(activity)

    def hire(self, name: str, activity: str) -> Hired:
        form = {"FriendlyName": name, "ActivitySid": activity}
        worker = Hired(self.wire.got("POST", f"{self.path}/Workers", data=form)["sid"], name, [])
        worker.spells.append((activity, self.clock.now, None))
        self.workers.append(worker)
        return worker

    def end(self, worker: Hired) -> None:
        activity, start, _ = worker.spells.pop()
        worker.spells.append((activity, start, self.clock.now))

    def move(self, worker: Hired, activity: str) -> None:
        self.wire.got("POST", f"{self.path}/Workers/{worker.sid}", data={"ActivitySid": activity})
        if activity != worker.activity:
            self.end(worker)
            worker.spells.append((activity, self.clock.now, None))

    def rename(self, worker: Hired, name: str) -> None:
        self.wire.got("POST", f"{self.path}/Workers/{worker.sid}", data={"FriendlyName": name})
        worker.name = name

    def dismiss(self, worker: Hired) -> None:
        self.wire.got("DELETE", f"{self.path}/Workers/{worker.sid}")
        self.end(worker)
        self.workers.remove(worker)
        self.gone.append(worker)

    def durations(self, window: Window, workers: list[Hired]) -> list[dict[str, Any]]:
        """Return the rows that ``activity_durations`` must have for *workers*."""
        rows = []
        for sid, name in {**self.activities, **self.closed}.items():
            lengths = [length for worker in workers for length in self.lengths(worker, sid, window)]
            if lengths or sid in self.activities:
                rows.append(row(sid, name, lengths))
        return rows

    def lengths(self, worker: Hired, activity: str, window: Window) -> list[int]:
        """Return how long each spell of *worker* in *activity* was inside *window*, where it was."""
        first, last = (instant // SECOND * SECOND for instant in window)
        known = min(last, self.clock.now // SECOND * SECOND)
        spells = [(start, known if stop is None else stop) for where, start, stop in worker.spells if where == activity]
        inside = [len(range(max(start, first), min(stop, known))) for start, stop in spells]
        return [length for length in inside if length]

    def heads(self) -> dict[str, int]:
        return {sid: [worker.activity for worker in self.workers].count(sid) for sid in self.activities}


def row(sid: str, name: str, lengths: list[int]) -> dict[str, Any]:
    """Return a row of ``activity_durations``, from the lengths of spells in milliseconds."""
    total = sum(lengths)
    return {
        "sid": sid,
        "friendly_name": name,
        "min": min(lengths, default=0) // SECOND,
        "avg": total // (len(lengths) or 1) // SECOND,
        "max": max(lengths, default=0) // SECOND,
        "total": total // SECOND,
    }
