"""Workspaces: create, fetch, list, update, delete."""

from __future__ import annotations

import json
from typing import Any

from activity_sim.emulator import activities, answers, task_channels, task_queues, workflows
from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.events import note
from activity_sim.emulator.forms import Given, callback, is_true, name, one_of, text
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
TABLES = (
    *("activities", "former_activities", "workers", "spells", "events"),
    *("task_queues", "workflows", "task_channels", "worker_channels"),
)


def create(call: Call) -> Answer:
    """Create a Workspace with the Activities and TaskChannels that every new one has."""
    if "FriendlyName" not in call.given:
        raise missing("FriendlyName")
    template = one_of(call.given, "Template", "NONE", "FIFO", usual="NONE")
    said = {"multi_task_enabled": True, "prioritize_queue_order": "FIFO", "event_callback_url": "", **_said(call.given)}
    with call.store.transaction():
        sid, now = new_sid("WS"), call.store.now()
        call.store.insert("workspaces", sid=sid, date_created=now, date_updated=now, **said)
        note(call, call.found(SINGLE, sid), "workspace.created", f"Workspace {said['friendly_name']} created", {})
        own = {**ACTIVITIES, **({} if said["multi_task_enabled"] else SINGLE_TASKING)}
        made = [activities.made(call, sid, friendly_name, available) for friendly_name, available in own.items()]
        call.store.update("workspaces", sid, default_activity_sid=made[0]["sid"], timeout_activity_sid=made[0]["sid"])
        for unique_name, friendly_name in task_channels.OWN.items():
            task_channels.made(call, sid, unique_name=unique_name, friendly_name=friendly_name)
        if template == "FIFO":
            _fill(call, sid)
    return Answer(201, answers.workspace(call, call.found(SINGLE, sid)))


def _fill(call: Call, sid: str) -> None:
    """Make the TaskQueue and the Workflow of the template that has them."""
    queue = task_queues.made(call, sid, friendly_name="Default Fifo Queue", **task_queues.usual_activities(call, sid))
    routing = {"filters": [], "default_filter": {"queue": queue["sid"]}}
    configuration = json.dumps({"task_routing": routing})
    workflows.made(call, sid, friendly_name="Default Fifo Workflow", configuration=configuration)


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
        for table in TABLES:
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
        said["event_callback_url"] = callback(given["EventCallbackUrl"], "EventCallbackUrl")
    if "EventsFilter" in given:
        said["events_filter"] = text(given["EventsFilter"], "EventsFilter")
    return said
