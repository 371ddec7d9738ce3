"""Workflows: create, fetch, list, update, delete."""

from __future__ import annotations

from typing import Any

from activity_sim.emulator import answers, configuration
from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.events import note
from activity_sim.emulator.forms import callback, name, whole
from activity_sim.emulator.paging import Listing, page
from activity_sim.emulator.refusals import missing, taken
from activity_sim.emulator.rules import LONGEST_TIMEOUT, USUAL_TIMEOUT
from activity_sim.emulator.store import Row, new_sid

SELECT = "SELECT workflows.* FROM workflows"
SINGLE = f"{SELECT} WHERE workspace_sid = ? AND sid = ?"
CALLBACKS = {
    "AssignmentCallbackUrl": "assignment_callback_url",
    "FallbackAssignmentCallbackUrl": "fallback_assignment_callback_url",
}


def create(call: Call) -> Answer:
    """Create a Workflow; its configuration is kept as the text that was given."""
    call.home()
    for parameter in ("FriendlyName", "Configuration"):
        if parameter not in call.given:
            raise missing(parameter)
    said = _said(call)
    with call.store.transaction():
        _refuse_name(call, said["friendly_name"])
        row = made(call, call.workspace_sid, **said)
    return Answer(201, answers.workflow(call, row))


def made(call: Call, workspace_sid: str, **said: Any) -> Row:
    """Return the row of a new Workflow that has what is *said*, without asking whether there may be one."""
    sid, now = new_sid("WW"), call.store.now()
    all_said = {"task_reservation_timeout": USUAL_TIMEOUT, **said, "date_created": now, "date_updated": now}
    call.store.insert("workflows", sid=sid, workspace_sid=workspace_sid, **all_said)
    row = call.found(SINGLE, workspace_sid, sid)
    _note(call, row, "created")
    return row


def fetch(call: Call) -> Answer:
    """Fetch a Workflow."""
    return Answer(200, answers.workflow(call, _found(call)))


def read(call: Call) -> Answer:
    """List the Workflows, of a name where one is asked for."""
    call.home()
    named = "FriendlyName" in call.given
    listing = Listing(
        key="workflows",
        table="workflows",
        query=SELECT,
        resource=answers.workflow,
        filters=("FriendlyName",),
        where=("workspace_sid = ?", *(("friendly_name = ?",) if named else ())),
        values=(call.workspace_sid, *((call.given["FriendlyName"],) if named else ())),
    )
    return page(call, listing)


def update(call: Call) -> Answer:
    """Change a Workflow: its name, its configuration, its callbacks, how long reservations wait."""
    row = _found(call)
    changes = _said(call)
    if changes:
        with call.store.transaction():
            if changes.get("friendly_name", row["friendly_name"]) != row["friendly_name"]:
                _refuse_name(call, changes["friendly_name"])
            call.store.update("workflows", row["sid"], **changes, date_updated=call.store.now())
            row = _found(call)
            _note(call, row, "updated")
    return Answer(200, answers.workflow(call, row))


def delete(call: Call) -> Answer:
    """Delete a Workflow."""
    row = _found(call)
    with call.store.transaction():
        call.store.change("DELETE FROM workflows WHERE sid = ?", row["sid"])
        _note(call, row, "deleted")
    return Answer(204)


def senders(call: Call, queue_sid: str) -> list[Row]:
    """Return the Workflows that send Tasks to the TaskQueue that has *queue_sid*."""
    rows = call.store.rows(f"{SELECT} WHERE workspace_sid = ? ORDER BY seq", call.workspace_sid)
    return [row for row in rows if queue_sid in configuration.queues(row["configuration"])]


def _said(call: Call) -> dict[str, Any]:
    """Return the columns that the form gives."""
    given, said = call.given, dict[str, Any]()
    if "FriendlyName" in given:
        said["friendly_name"] = name(given["FriendlyName"], call.rules.name_code)
    if "Configuration" in given:
        said["configuration"] = configuration.checked(call, given["Configuration"])
    if "TaskReservationTimeout" in given:
        limits = {"least": 1, "usual": USUAL_TIMEOUT, "most": LONGEST_TIMEOUT}
        said["task_reservation_timeout"] = whole(given, "TaskReservationTimeout", **limits)
    for parameter, column in CALLBACKS.items():
        if parameter in given:
            said[column] = callback(given[parameter], parameter) or None
    return said


def _found(call: Call) -> Row:
    return call.found(SINGLE, call.workspace_sid, call.sids["sid"])


def _refuse_name(call: Call, friendly_name: str) -> None:
    query = "SELECT sid FROM workflows WHERE workspace_sid = ? AND friendly_name = ?"
    if call.rules.unique_names and call.store.row(query, call.workspace_sid, friendly_name):
        raise taken("Workflow", friendly_name, call.place)


def _note(call: Call, row: Row, what: str) -> None:
    data = {"workflow_sid": row["sid"], "workflow_name": row["friendly_name"]}
    note(call, row, f"workflow.{what}", f"Workflow {row['friendly_name']} {what}", data)
