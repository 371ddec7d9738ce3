"""Workers: create, fetch, list, update, delete, and their moves from Activity to Activity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from activity_sim.emulator import answers, matching, worker_channels
from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.events import note
from activity_sim.emulator.forms import attributes, is_true, name, ordering
from activity_sim.emulator.paging import Listing, page
from activity_sim.emulator.refusals import BAD_NAME, Refusal, invalid, missing, taken
from activity_sim.emulator.rules import MOST_WORKERS
from activity_sim.emulator.store import Row, new_sid

SELECT = (
    "SELECT workers.*, activities.friendly_name AS activity_name, activities.available"
    " FROM workers JOIN activities ON activities.sid = workers.activity_sid"
)
SINGLE = f"{SELECT} WHERE workers.workspace_sid = ? AND workers.sid = ?"
COLUMNS = {
    "ActivityName": "activities.friendly_name",
    "ActivitySid": "workers.activity_sid",
    "Available": "activities.available",
    "FriendlyName": "workers.folded_name",
}
ORDERS = {"DateStatusChanged": "date_status_changed"}


def create(call: Call) -> Answer:
    """Create a Worker in the Activity that the form names, by default in the workspace's default activity."""
    home = call.home()
    if "FriendlyName" not in call.given:
        raise missing("FriendlyName")
    friendly_name = name(call.given["FriendlyName"], BAD_NAME)
    said = attributes(call.given.get("Attributes", "{}"))
    activity = named_activity(call, call.given.get("ActivitySid", home["default_activity_sid"]))
    with call.store.transaction():
        _refuse_name(call, friendly_name)
        count = call.store.scalar("SELECT count(*) FROM workers WHERE workspace_sid = ?", call.workspace_sid)
        if count >= MOST_WORKERS:
            raise invalid(f"The maximum of {MOST_WORKERS} workers is reached for workspace {call.workspace_sid}")
        row = _made(call, friendly_name, said, activity)
    return _answer(call, row, 201)


def _made(call: Call, friendly_name: str, said: str, activity: Row) -> Row:
    sid, now = new_sid("WK"), call.store.now()
    call.store.insert(
        "workers",
        sid=sid,
        workspace_sid=call.workspace_sid,
        friendly_name=friendly_name,
        folded_name=friendly_name.casefold(),
        attributes=said,
        activity_sid=activity["sid"],
        version=0,
        date_created=now,
        date_updated=now,
        date_status_changed=now,
    )
    row = call.found(SINGLE, call.workspace_sid, sid)
    _begin(call, row, activity, now)
    worker_channels.made_all(call, row)
    note(call, row, "worker.created", f"Worker {friendly_name} created", _data(row))
    return row


def fetch(call: Call) -> Answer:
    """Fetch a Worker."""
    return _answer(call, _found(call))


def read(call: Call) -> Answer:
    """List the Workers, of a name, an Activity, an availability, a TaskQueue or an expression where asked for."""
    call.home()
    asked: dict[str, Any] = {name: call.given[name] for name in COLUMNS if name in call.given}
    if "Available" in asked:
        asked["Available"] = is_true(asked["Available"])
    if "FriendlyName" in asked:
        asked["FriendlyName"] = asked["FriendlyName"].casefold()
    meets, serves = _matching(call.given.get("TargetWorkersExpression")), matching.of_queue(call)
    order, descending = ordering(call.given, ORDERS)
    listing = Listing(
        key="workers",
        table="workers",
        query=SELECT,
        resource=answers.listed_worker,
        filters=(*COLUMNS, "TargetWorkersExpression", *matching.QUEUES, "Ordering"),
        where=("workers.workspace_sid = ?", *(f"{COLUMNS[name]} = ?" for name in asked)),
        values=(call.workspace_sid, *asked.values()),
        order=order,
        descending=descending,
        keep=lambda row: meets(row) and serves(row),
    )
    return page(call, listing)


def _matching(expression: str | None) -> Callable[[Row], bool]:
    if expression is None:
        return bool
    accepts = matching.predicate(expression, "TargetWorkersExpression")
    return lambda row: accepts(matching.of_worker(row))


def update(call: Call) -> Answer:
    """Change a Worker: its name, its attributes, the Activity that it is in."""
    row = _found(call)
    _refuse_stale(call, row)
    changes: dict[str, Any] = {}
    if "FriendlyName" in call.given:
        changes["friendly_name"] = name(call.given["FriendlyName"], BAD_NAME)
        changes["folded_name"] = changes["friendly_name"].casefold()
    if "Attributes" in call.given:
        changes["attributes"] = attributes(call.given["Attributes"])
    activity = named_activity(call, call.given.get("ActivitySid", row["activity_sid"]))
    if is_true(call.given.get("RejectPendingReservations", "")) and activity["available"]:
        raise invalid("RejectPendingReservations is for a change to an Activity that is not available")
    with call.store.transaction():
        _change(call, row, changes)
        move(call, row, activity)
    return _answer(call, _found(call))


def _change(call: Call, row: Row, changes: dict[str, Any]) -> None:
    folded = changes.get("folded_name", row["folded_name"])
    if folded != row["folded_name"]:
        _refuse_name(call, changes["friendly_name"])
    if changes:
        now, version = call.store.now(), row["version"] + 1
        call.store.update("workers", row["sid"], **changes, version=version, date_updated=now)
        call.store.change("UPDATE spells SET folded_name = ? WHERE worker_sid = ?", folded, row["sid"])
    if changes.get("attributes", row["attributes"]) != row["attributes"]:
        changed = call.found(SINGLE, row["workspace_sid"], row["sid"])
        description = f"Worker {changed['friendly_name']} attributes updated"
        note(call, changed, "worker.attributes.update", description, _data(changed))


def delete(call: Call) -> Answer:
    """Delete a Worker; the time that it spent in Activities stays in the statistics."""
    row = _found(call)
    _refuse_stale(call, row)
    with call.store.transaction():
        _end(call, row, call.store.now())
        call.store.change("DELETE FROM workers WHERE sid = ?", row["sid"])
        call.store.change("DELETE FROM worker_channels WHERE worker_sid = ?", row["sid"])
        note(call, row, "worker.deleted", f"Worker {row['friendly_name']} deleted", _data(row))
    return Answer(204)


def move(call: Call, before: Row, activity: Row) -> None:
    """Move the Worker *before* into *activity*, and note it; into the one that it is in is no move."""
    if activity["sid"] == before["activity_sid"]:
        return
    now = call.store.now()
    _end(call, before, now)
    call.store.change(
        "UPDATE workers SET activity_sid = ?, version = version + 1, date_updated = ?, date_status_changed = ?"
        " WHERE sid = ?",
        *(activity["sid"], now, now, before["sid"]),
    )
    row = call.found(SINGLE, before["workspace_sid"], before["sid"])
    _begin(call, row, activity, now)
    spent = now - before["date_status_changed"]
    data = {
        **_data(row),
        "worker_previous_activity_name": before["activity_name"],
        "worker_previous_activity_sid": before["activity_sid"],
        "worker_time_in_previous_activity": spent // 1_000,
        "worker_time_in_previous_activity_ms": spent,
    }
    description = f"Worker {row['friendly_name']} updated to {activity['friendly_name']} Activity"
    note(call, row, "worker.activity.update", description, data)


def _begin(call: Call, row: Row, activity: Row, now: int) -> None:
    call.store.insert(
        "spells",
        workspace_sid=row["workspace_sid"],
        worker_sid=row["sid"],
        folded_name=row["folded_name"],
        activity_sid=activity["sid"],
        start=now,
    )


def _end(call: Call, row: Row, now: int) -> None:
    call.store.change("UPDATE spells SET stop = ? WHERE worker_sid = ? AND stop IS NULL", now, row["sid"])


def _data(row: Row) -> dict[str, Any]:
    return {
        "worker_sid": row["sid"],
        "worker_name": row["friendly_name"],
        "worker_attributes": row["attributes"],
        "worker_activity_sid": row["activity_sid"],
        "worker_activity_name": row["activity_name"],
        "worker_version": row["version"],
    }


def _found(call: Call) -> Row:
    return call.found(SINGLE, call.workspace_sid, call.sids["sid"])


def _answer(call: Call, row: Row, status: int = 200) -> Answer:
    return Answer(status, answers.worker(call, row), {"ETag": f'"{row["version"]}"'})


def named_activity(call: Call, sid: str) -> Row:
    """Return the Activity that the form names by its *sid*, which must be one of the workspace."""
    row = call.store.row("SELECT * FROM activities WHERE workspace_sid = ? AND sid = ?", call.workspace_sid, sid)
    if row is None:
        raise invalid(f"Activity {sid[:40]} does not exist in workspace {call.workspace_sid}")
    return row


def _refuse_name(call: Call, friendly_name: str) -> None:
    query = "SELECT sid FROM workers WHERE workspace_sid = ? AND folded_name = ?"
    if call.store.row(query, call.workspace_sid, friendly_name.casefold()):
        raise taken("Worker", friendly_name, call.place)


def _refuse_stale(call: Call, row: Row) -> None:
    if call.if_match is not None and call.if_match.strip('"') not in ("*", str(row["version"])):
        raise Refusal(412, None, f"The version of worker {row['sid']} is {row['version']}, not the one in If-Match")
