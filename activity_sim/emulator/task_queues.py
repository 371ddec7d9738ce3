"""TaskQueues: create, fetch, list, update, delete."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from activity_sim.emulator import answers, matching, workers, workflows
from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.events import note
from activity_sim.emulator.forms import attributes, name, one_of, ordering, whole
from activity_sim.emulator.paging import Listing, page
from activity_sim.emulator.refusals import kept, missing, taken
from activity_sim.emulator.rules import MOST_RESERVED
from activity_sim.emulator.store import Row, new_sid

SELECT = (
    "SELECT task_queues.*, r.friendly_name AS reservation_activity_name, a.friendly_name AS assignment_activity_name"
    " FROM task_queues LEFT JOIN activities r ON r.sid = reservation_activity_sid"
    " LEFT JOIN activities a ON a.sid = assignment_activity_sid"
)
SINGLE = f"{SELECT} WHERE task_queues.workspace_sid = ? AND task_queues.sid = ?"
USUAL: dict[str, Any] = {"target_workers": "1==1", "task_order": "FIFO", "max_reserved_workers": 1}
ACTIVITIES = {"reservation": "Reserved", "assignment": "Busy"}
ORDERS = {"DateCreated": "date_created", "DateUpdated": "date_updated"}


def create(call: Call) -> Answer:
    """Create a TaskQueue, which takes all Workers unless the form says otherwise."""
    call.home()
    if "FriendlyName" not in call.given:
        raise missing("FriendlyName")
    said = {**usual_activities(call, call.workspace_sid), **_said(call)}
    with call.store.transaction():
        _refuse_name(call, said["friendly_name"])
        row = made(call, call.workspace_sid, **said)
    return Answer(201, answers.task_queue(call, row))


def made(call: Call, workspace_sid: str, **said: Any) -> Row:
    """Return the row of a new TaskQueue that has what is *said*, without asking whether there may be one."""
    sid, now = new_sid("WQ"), call.store.now()
    dates = {"date_created": now, "date_updated": now}
    call.store.insert("task_queues", sid=sid, workspace_sid=workspace_sid, **{**USUAL, **said}, **dates)
    row = call.found(SINGLE, workspace_sid, sid)
    _note(call, row, "created")
    return row


def usual_activities(call: Call, workspace_sid: str) -> dict[str, str | None]:
    """Return the columns of a new TaskQueue's Activities: in single-tasking those of the usual names, else none."""
    query = (
        "SELECT activities.sid FROM activities JOIN workspaces ON workspaces.sid = workspace_sid"
        " WHERE workspace_sid = ? AND NOT multi_task_enabled AND activities.friendly_name = ?"
    )
    return {
        f"{kind}_activity_sid": call.store.scalar(query, workspace_sid, usual) for kind, usual in ACTIVITIES.items()
    }


def fetch(call: Call) -> Answer:
    """Fetch a TaskQueue."""
    return Answer(200, answers.task_queue(call, _found(call)))


def read(call: Call) -> Answer:
    """List the TaskQueues, of a name or for a Worker where one is asked for."""
    call.home()
    named = "FriendlyName" in call.given
    order, descending = ordering(call.given, ORDERS)
    listing = Listing(
        key="task_queues",
        table="task_queues",
        query=SELECT,
        resource=answers.task_queue,
        filters=("EvaluateWorkerAttributes", "FriendlyName", "Ordering", "WorkerSid"),
        where=("task_queues.workspace_sid = ?", *(("task_queues.friendly_name = ?",) if named else ())),
        values=(call.workspace_sid, *((call.given["FriendlyName"],) if named else ())),
        order=order,
        descending=descending,
        keep=_for_workers(call),
    )
    return page(call, listing)


def _for_workers(call: Call) -> Callable[[Row], bool]:
    """Return whether a TaskQueue takes the Worker and the attributes that the call names."""
    asked: list[dict[str, Any] | None] = []
    if "EvaluateWorkerAttributes" in call.given:
        asked.append(json.loads(attributes(call.given["EvaluateWorkerAttributes"], "EvaluateWorkerAttributes")))
    if "WorkerSid" in call.given:
        worker = call.store.row(workers.SINGLE, call.workspace_sid, call.given["WorkerSid"])
        asked.append(matching.of_worker(worker) if worker else None)
    return lambda row: all(one is not None and matching.kept(row["target_workers"])(one) for one in asked)


def update(call: Call) -> Answer:
    """Change a TaskQueue: its name, whom it takes, in which order its Tasks go."""
    row = _found(call)
    changes = _said(call)
    if changes:
        with call.store.transaction():
            if changes.get("friendly_name", row["friendly_name"]) != row["friendly_name"]:
                _refuse_name(call, changes["friendly_name"])
            call.store.update("task_queues", row["sid"], **changes, date_updated=call.store.now())
            before, row = row, _found(call)
            if row["target_workers"] != before["target_workers"]:
                _note(call, row, "expression.updated")
    return Answer(200, answers.task_queue(call, row))


def delete(call: Call) -> Answer:
    """Delete a TaskQueue that no Workflow sends Tasks to."""
    row = _found(call)
    with call.store.transaction():
        senders = workflows.senders(call, row["sid"])
        if senders and not call.rules.delete_in_use:
            raise kept(f"task queue {row['sid']}", call.place, f"workflow {senders[0]['sid']} sends tasks to it")
        call.store.change("DELETE FROM task_queues WHERE sid = ?", row["sid"])
        _note(call, row, "deleted")
    return Answer(204)


def _said(call: Call) -> dict[str, Any]:
    """Return the columns that the form gives."""
    given, said = call.given, dict[str, Any]()
    if "FriendlyName" in given:
        said["friendly_name"] = name(given["FriendlyName"], call.rules.name_code)
    if "TargetWorkers" in given:
        said["target_workers"] = _target_workers(call)
    if "TaskOrder" in given:
        said["task_order"] = one_of(given, "TaskOrder", "FIFO", "LIFO", usual="FIFO")
    if "MaxReservedWorkers" in given:
        said["max_reserved_workers"] = whole(given, "MaxReservedWorkers", least=1, usual=1, most=MOST_RESERVED)
    for kind in ACTIVITIES:
        sid = given.get(f"{kind.capitalize()}ActivitySid")
        if sid is not None:
            said[f"{kind}_activity_sid"] = workers.named_activity(call, sid)["sid"]
    return said


def _target_workers(call: Call) -> str | None:
    """Return the expression that the form gives; an empty one takes nobody, and is none."""
    expression = call.given["TargetWorkers"]
    if expression:
        matching.check(call, expression, "TargetWorkers")
    return expression or None


def _found(call: Call) -> Row:
    return call.found(SINGLE, call.workspace_sid, call.sids["sid"])


def _refuse_name(call: Call, friendly_name: str) -> None:
    query = "SELECT sid FROM task_queues WHERE workspace_sid = ? AND friendly_name = ?"
    if call.store.row(query, call.workspace_sid, friendly_name):
        raise taken("Queue", friendly_name, call.place)


def _note(call: Call, row: Row, what: str) -> None:
    data = {
        "task_queue_sid": row["sid"],
        "task_queue_name": row["friendly_name"],
        "task_queue_target_expression": row["target_workers"],
    }
    note(call, row, f"task-queue.{what}", f"TaskQueue {row['friendly_name']} {what}", data)
