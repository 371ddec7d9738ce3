"""Workers' channels: fetch, list, update. How many Tasks of each TaskChannel a Worker may have at a time."""

from __future__ import annotations

from typing import Any

from activity_sim.emulator import answers
from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.events import note
from activity_sim.emulator.forms import is_true, whole
from activity_sim.emulator.paging import Listing, page
from activity_sim.emulator.rules import LARGEST_CAPACITY
from activity_sim.emulator.store import Row, new_sid

SELECT = (
    "SELECT worker_channels.*, task_channels.unique_name FROM worker_channels"
    " JOIN task_channels ON task_channels.sid = task_channel_sid"
)
SINGLE = f"{SELECT} WHERE worker_sid = ? AND (worker_channels.sid = ? OR unique_name = ?)"
USUAL = {"available": True, "configured_capacity": 1}


def made_all(call: Call, worker: Row) -> None:
    """Make the channels of a new *worker*, one on each TaskChannel."""
    query = "SELECT * FROM task_channels WHERE workspace_sid = ? ORDER BY seq"
    for task_channel in call.store.rows(query, worker["workspace_sid"]):
        made(call, worker, task_channel)


def made(call: Call, worker: Row, task_channel: Row) -> None:
    """Make the channel of *worker* on *task_channel*."""
    now = call.store.now()
    call.store.insert(
        "worker_channels",
        sid=new_sid("WC"),
        workspace_sid=worker["workspace_sid"],
        worker_sid=worker["sid"],
        task_channel_sid=task_channel["sid"],
        **USUAL,
        date_created=now,
        date_updated=now,
    )


def fetch(call: Call) -> Answer:
    """Fetch a channel of a Worker, by its SID or the unique name of its TaskChannel."""
    _worker(call)
    return Answer(200, answers.worker_channel(call, _found(call)))


def read(call: Call) -> Answer:
    """List the channels of a Worker."""
    listing = Listing(
        key="channels",
        table="worker_channels",
        query=SELECT,
        resource=answers.worker_channel,
        filters=(),
        where=("worker_sid = ?",),
        values=(_worker(call)["sid"],),
    )
    return page(call, listing)


def update(call: Call) -> Answer:
    """Change a channel of a Worker: how many Tasks it takes at a time, and whether it takes any."""
    worker, before = _worker(call), _found(call)
    changes = _said(call)
    with call.store.transaction():
        if changes:
            call.store.update("worker_channels", before["sid"], **changes, date_updated=call.store.now())
        row = _found(call)
        if row["configured_capacity"] != before["configured_capacity"]:
            _note(call, worker, row, before, "capacity.update")
        if row["available"] != before["available"]:
            _note(call, worker, row, before, "channel.availability.update")
    return Answer(200, answers.worker_channel(call, row))


def _said(call: Call) -> dict[str, Any]:
    """Return the columns that the form gives."""
    said: dict[str, Any] = {}
    if "Capacity" in call.given:
        said["configured_capacity"] = whole(call.given, "Capacity", least=0, usual=1, most=LARGEST_CAPACITY)
    if "Available" in call.given:
        said["available"] = is_true(call.given["Available"])
    return said


def _worker(call: Call) -> Row:
    query = "SELECT * FROM workers WHERE workspace_sid = ? AND sid = ?"
    return call.found(query, call.workspace_sid, call.sids["worker_sid"])


def _found(call: Call) -> Row:
    return call.found(SINGLE, call.sids["worker_sid"], call.sids["sid"], call.sids["sid"])


def _note(call: Call, worker: Row, row: Row, before: Row, what: str) -> None:
    data = {
        "worker_sid": worker["sid"],
        "worker_name": worker["friendly_name"],
        "worker_channel_available": "true" if row["available"] else "false",
        "worker_channel_available_capacity": row["configured_capacity"],
        "worker_channel_previous_capacity": before["configured_capacity"],
        "worker_channel_task_count": 0,
        "task_channel_sid": row["task_channel_sid"],
        "task_channel_unique_name": row["unique_name"],
    }
    note(call, worker, f"worker.{what}", f"Worker {worker['friendly_name']} {row['unique_name']} {what}", data)
