"""Workspaces: create, fetch, list, update, delete."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from activity_sim.emulator import activities, answers
from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.events import note
from activity_sim.emulator.forms import Given, is_true, name, one_of, printable
from activity_sim.emulator.paging import Listing, page
from activity_sim.emulator.refusals import BAD_NAME, invalid, missing
from activity_sim.emulator.store import Row, new_sid

SELECT = (
    "SELECT workspaces.*, d.friendly_name AS default_activity_name, t.friendly_name AS timeout_activity_name"
    " FROM workspaces LEFT JOIN activities d ON d.sid = default_activity_sid"
    " LEFT JOIN activities t ON t.sid = timeout_activity_sid"
)
SINGLE = f"{SELECT} WHERE workspaces.sid = ?"
ACTIVITIES = {"Offline": False, "Unavailable": False, "Available": True}
SINGLE_TASKING = {"Reserved": False, "Busy": False}
LONGEST_URL = 2_048


def create(call: Call) -> Answer:
    """Create a Workspace with the Activities that every new one has."""
    if "FriendlyName" not in call.given:
        raise missing("FriendlyName")
    if one_of(call.given, "Template", "NONE", "FIFO", usual="NONE") != "NONE":
        raise invalid("Template must be NONE; the emulator has no task queues and workflows yet")
    said = {"multi_task_enabled": True, "prioritize_queue_order": "FIFO", "event_callback_url": "", **_said(call.given)}
    with call.store.transaction():
        sid, now = new_sid("WS"), call.store.now()
        call.store.insert("workspaces", sid=sid, date_created=now, date_updated=now, **said)
        note(call, call.found(SINGLE, sid), "workspace.created", f"Workspace {said['friendly_name']} created", {})
        own = {**ACTIVITIES, **({} if said["multi_task_enabled"] else SINGLE_TASKING)}
        made = [activities.made(call, sid, friendly_name, available) for friendly_name, available in own.items()]
        call.store.update("workspaces", sid, default_activity_sid=made[0]["sid"], timeout_activity_sid=made[0]["sid"])
    return Answer(201, answers.workspace(call, call.found(SINGLE, sid)))


def fetch(call: Call) -> Answer:
    """Fetch a Workspace."""
    return Answer(200, answers.workspace(call, _found(call)))


def read(call: Call) -> Answer:
    """List the Workspaces, of a name where one is asked for."""
    asked = ("FriendlyName",) if "FriendlyName" in call.given else ()
    listing = Listing(
        key="workspaces",
        table="workspaces",
        query=SELECT,
        resource=answers.workspace,
        filters=("FriendlyName",),
        where=tuple("workspaces.friendly_name = ?" for _ in asked),
        values=tuple(call.given[parameter] for parameter in asked),
    )
    return page(call, listing)


def update(call: Call) -> Answer:
    """Change a Workspace: its name, its default and timeout activity, how it treats Workers and Tasks."""
    row = _found(call)
    changes = _said(call.given)
    for kind in ("default", "timeout"):
        sid = call.given.get(f"{kind.capitalize()}ActivitySid")
        if sid is not None:
            _refuse_foreign(call, row, sid)
            changes[f"{kind}_activity_sid"] = sid
    if changes:
        with call.store.transaction():
            call.store.update("workspaces", row["sid"], **changes, date_updated=call.store.now())
            row = _found(call)
            note(call, row, "workspace.updated", f"Workspace {row['friendly_name']} updated", {})
    return Answer(200, answers.workspace(call, row))


def delete(call: Call) -> Answer:
    """Delete a Workspace and everything in it."""
    row = _found(call)
    with call.store.transaction():
        call.store.change("DELETE FROM workspaces WHERE sid = ?", row["sid"])
        for table in ("activities", "former_activities", "workers", "spells", "events"):
            call.store.change(f"DELETE FROM {table} WHERE workspace_sid = ?", row["sid"])
    return Answer(204)


def _found(call: Call) -> Row:
    return call.found(SINGLE, call.workspace_sid)


def _refuse_foreign(call: Call, row: Row, sid: str) -> None:
    if not call.store.row("SELECT sid FROM activities WHERE workspace_sid = ? AND sid = ?", row["sid"], sid):
        raise invalid(f"Activity {sid[:40]} does not exist in workspace {row['sid']}")


def _said(given: Given) -> dict[str, Any]:
    """Return the columns that the form gives."""
    said: dict[str, Any] = {}
    if "FriendlyName" in given:
        said["friendly_name"] = name(given["FriendlyName"], BAD_NAME)
    if "MultiTaskEnabled" in given:
        said["multi_task_enabled"] = is_true(given["MultiTaskEnabled"])
    if "PrioritizeQueueOrder" in given:
        said["prioritize_queue_order"] = one_of(given, "PrioritizeQueueOrder", "FIFO", "LIFO", usual="FIFO")
    if "EventCallbackUrl" in given:
        said["event_callback_url"] = _callback(given["EventCallbackUrl"])
    if "EventsFilter" in given:
        said["events_filter"] = _text(given["EventsFilter"], "EventsFilter")
    return said


def _text(value: str, parameter: str) -> str:
    if len(value) > LONGEST_URL or not printable(value):
        raise invalid(f"{parameter} must have at most {LONGEST_URL} characters, and no control characters")
    return value


def _callback(value: str) -> str:
    try:
        scheme = urlsplit(_text(value, "EventCallbackUrl")).scheme
    except ValueError:
        scheme = ""
    if value and scheme not in ("http", "https"):
        raise invalid("EventCallbackUrl must be a URL that begins with http:// or https://")
    return value
