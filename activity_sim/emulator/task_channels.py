"""TaskChannels: create, fetch, list, update, delete. Each Worker has a channel of its own on each of them."""

from __future__ import annotations

from typing import Any

from activity_sim.emulator import answers, worker_channels
from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.events import note
from activity_sim.emulator.forms import is_true, name
from activity_sim.emulator.paging import Listing, page
from activity_sim.emulator.refusals import INVALID, Refusal, invalid, kept, missing, taken
from activity_sim.emulator.store import Row, new_sid

SELECT = "SELECT task_channels.* FROM task_channels"
SINGLE = f"{SELECT} WHERE workspace_sid = ? AND (sid = ? OR unique_name = ?)"
DEFAULT = "default"
OWN = {DEFAULT: "Default", "voice": "Voice", "chat": "Chat", "sms": "SMS", "video": "Video"}
"""The TaskChannels of a new workspace."""


def create(call: Call) -> Answer:
    """Create a TaskChannel, and a channel on it for every Worker."""
    call.home()
    for parameter in ("FriendlyName", "UniqueName"):
        if parameter not in call.given:
            raise missing(parameter)
    said = {"unique_name": _unique_name(call.given["UniqueName"]), **_said(call)}
    with call.store.transaction():
        if call.store.row(SINGLE, call.workspace_sid, "", said["unique_name"]):
            raise taken("TaskChannel", said["unique_name"], call.place)
        row = made(call, call.workspace_sid, **said)
        for worker in call.store.rows("SELECT * FROM workers WHERE workspace_sid = ?", call.workspace_sid):
            worker_channels.made(call, worker, row)
        _note(call, row, "created")
    return Answer(201, answers.task_channel(call, row))


def made(call: Call, workspace_sid: str, **said: Any) -> Row:
    """Return the row of a new TaskChannel that has what is *said*, without asking whether there may be one."""
    sid, now = new_sid("TC"), call.store.now()
    all_said = {"channel_optimized_routing": False, **said, "date_created": now, "date_updated": now}
    call.store.insert("task_channels", sid=sid, workspace_sid=workspace_sid, **all_said)
    return call.found(SINGLE, workspace_sid, sid, sid)


def fetch(call: Call) -> Answer:
    """Fetch a TaskChannel, by its SID or its unique name."""
    return Answer(200, answers.task_channel(call, _found(call)))


def read(call: Call) -> Answer:
    """List the TaskChannels."""
    call.home()
    listing = Listing(
        key="channels",
        table="task_channels",
        query=SELECT,
        resource=answers.task_channel,
        filters=(),
        where=("workspace_sid = ?",),
        values=(call.workspace_sid,),
    )
    return page(call, listing)


def update(call: Call) -> Answer:
    """Change a TaskChannel: its name, and whether it goes by who was idle on it; its unique name stays."""
    row = _found(call)
    changes = _said(call)
    if changes:
        with call.store.transaction():
            call.store.update("task_channels", row["sid"], **changes, date_updated=call.store.now())
            row = _found(call)
            _note(call, row, "updated")
    return Answer(200, answers.task_channel(call, row))


def delete(call: Call) -> Answer:
    """Delete a TaskChannel with the Workers' channels on it; the one that Tasks are on by default stays."""
    row = _found(call)
    if row["unique_name"] == DEFAULT:
        raise kept(f"task channel {row['sid']}", call.place, "tasks are on it by default")
    with call.store.transaction():
        call.store.change("DELETE FROM task_channels WHERE sid = ?", row["sid"])
        call.store.change("DELETE FROM worker_channels WHERE task_channel_sid = ?", row["sid"])
        _note(call, row, "deleted")
    return Answer(204)


def _said(call: Call) -> dict[str, Any]:
    """Return the columns that the form gives."""
    said: dict[str, Any] = {}
    if "FriendlyName" in call.given:
        said["friendly_name"] = _name(call.given["FriendlyName"], call.rules.name_code, "FriendlyName")
    if "ChannelOptimizedRouting" in call.given:
        said["channel_optimized_routing"] = is_true(call.given["ChannelOptimizedRouting"])
    return said


def _unique_name(value: str) -> str:
    if "/" in value:
        raise invalid("UniqueName must have no slash, since paths name the task channel by it")
    return _name(value, INVALID, "UniqueName")


def _name(value: str, code: int, parameter: str) -> str:
    if "-" in value:
        raise Refusal(400, code, f"{parameter} must have no hyphen")
    return name(value, code, parameter)


def _found(call: Call) -> Row:
    return call.found(SINGLE, call.workspace_sid, call.sids["sid"], call.sids["sid"])


def _note(call: Call, row: Row, what: str) -> None:
    data = {
        "task_channel_sid": row["sid"],
        "task_channel_name": row["friendly_name"],
        "task_channel_unique_name": row["unique_name"],
    }
    note(call, row, f"task-channel.{what}", f"TaskChannel {row['friendly_name']} {what}", data)
