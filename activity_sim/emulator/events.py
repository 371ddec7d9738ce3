"""Events: what happened in a workspace, noted as it happens."""

from __future__ import annotations

import json
from typing import Any

from activity_sim.emulator import answers
from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.forms import window
from activity_sim.emulator.paging import Listing, page
from activity_sim.emulator.store import Row, new_sid

SELECT = "SELECT events.* FROM events"
CHOSEN = {
    "EventType": "event_type = ?",
    "Sid": "sid = ?",
    "WorkerSid": "worker_sid = ?",
    "TaskSid": "json_extract(event_data, '$.task_sid') = ?",
    "TaskQueueSid": "json_extract(event_data, '$.task_queue_sid') = ?",
    "WorkflowSid": "json_extract(event_data, '$.workflow_sid') = ?",
    "ReservationSid": "json_extract(event_data, '$.reservation_sid') = ?",
    "TaskChannel": "? IN (json_extract(event_data, '$.task_channel_sid'), {named})".format(
        named="json_extract(event_data, '$.task_channel_unique_name')"
    ),
}


def note(call: Call, row: Row, event_type: str, description: str, data: dict[str, Any]) -> None:
    """Note that something of *event_type* happened to the resource that *row* is.

    *data* is the part of ``event_data`` that belongs to it; as in the API all values are texts.
    """
    kind = event_type.partition(".")[0]
    workspace_sid = row["sid"] if kind == "workspace" else row["workspace_sid"]
    name = call.store.scalar("SELECT friendly_name FROM workspaces WHERE sid = ?", workspace_sid)
    said = {**data, "workspace_sid": workspace_sid, "workspace_name": name}
    call.store.insert(
        "events",
        sid=new_sid("EV"),
        workspace_sid=workspace_sid,
        event_type=event_type,
        event_date=call.store.now(),
        description=description,
        resource_type=kind,
        resource_sid=row["sid"],
        worker_sid=row["sid"] if kind == "worker" else None,
        event_data=json.dumps({key: value if value is None else str(value) for key, value in said.items()}),
    )


def fetch(call: Call) -> Answer:
    """Fetch an Event."""
    query = f"{SELECT} WHERE workspace_sid = ? AND sid = ?"
    return Answer(200, answers.event(call, call.found(query, call.workspace_sid, call.sids["sid"])))


def read(call: Call) -> Answer:
    """List the Events of a period, by default of the last 15 minutes, the earliest first."""
    call.home()
    first, last = window(call.given, call.store.now())
    asked = [name for name in CHOSEN if name in call.given]
    listing = Listing(
        key="events",
        table="events",
        query=SELECT,
        resource=answers.event,
        filters=("Minutes", "StartDate", "EndDate", *CHOSEN),
        where=("workspace_sid = ?", "event_date BETWEEN ? AND ?", *(CHOSEN[name] for name in asked)),
        values=(call.workspace_sid, first, last, *(call.given[name] for name in asked)),
        order="event_date",
    )
    return page(call, listing)
