"""Activities: create, fetch, list, update, delete."""

from __future__ import annotations

from activity_sim.emulator import answers, workers
from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.events import note
from activity_sim.emulator.forms import is_true, name
from activity_sim.emulator.paging import Listing, page
from activity_sim.emulator.refusals import INVALID, Refusal, kept, missing, taken
from activity_sim.emulator.rules import MOST_ACTIVITIES
from activity_sim.emulator.store import Row, new_sid

SELECT = "SELECT activities.* FROM activities"
SINGLE = f"{SELECT} WHERE workspace_sid = ? AND sid = ?"
OF_QUEUES = ("reservation_activity_sid", "assignment_activity_sid")


def create(call: Call) -> Answer:
    """Create an Activity; it is unavailable unless the form says otherwise."""
    call.home()
    if "FriendlyName" not in call.given:
        raise missing("FriendlyName")
    friendly_name = name(call.given["FriendlyName"], call.rules.name_code)
    with call.store.transaction():
        _refuse_name(call, friendly_name)
        count = call.store.scalar("SELECT count(*) FROM activities WHERE workspace_sid = ?", call.workspace_sid)
        if count >= MOST_ACTIVITIES:
            rule = f"The maximum of {MOST_ACTIVITIES} activities is reached for workspace {call.workspace_sid}"
            raise Refusal(call.rules.limit_status, INVALID, rule)
        row = made(call, call.workspace_sid, friendly_name, is_true(call.given.get("Available", "")))
    return Answer(201, answers.activity(call, row))


def made(call: Call, workspace_sid: str, friendly_name: str, available: bool) -> Row:
    """Return the row of a new Activity, without asking whether there may be one."""
    sid, now = new_sid("WA"), call.store.now()
    call.store.insert(
        "activities",
        sid=sid,
        workspace_sid=workspace_sid,
        friendly_name=friendly_name,
        available=available,
        date_created=now,
        date_updated=now,
    )
    row = call.found(SINGLE, workspace_sid, sid)
    _note(call, row, "created")
    return row


def fetch(call: Call) -> Answer:
    """Fetch an Activity."""
    return Answer(200, answers.activity(call, _found(call)))


def read(call: Call) -> Answer:
    """List the Activities, of a name or an availability where one is asked for."""
    call.home()
    asked: dict[str, object] = {}
    if "FriendlyName" in call.given:
        asked["friendly_name"] = call.given["FriendlyName"]
    if "Available" in call.given:
        asked["available"] = is_true(call.given["Available"])
    listing = Listing(
        key="activities",
        table="activities",
        query=SELECT,
        resource=answers.activity,
        filters=("Available", "FriendlyName"),
        where=("workspace_sid = ?", *(f"{column} = ?" for column in asked)),
        values=(call.workspace_sid, *asked.values()),
    )
    return page(call, listing)


def update(call: Call) -> Answer:
    """Rename an Activity; its availability never changes, whatever the form says."""
    row = _found(call)
    if "FriendlyName" in call.given:
        friendly_name = name(call.given["FriendlyName"], call.rules.name_code)
        with call.store.transaction():
            if friendly_name != row["friendly_name"]:
                _refuse_name(call, friendly_name)
            call.store.update("activities", row["sid"], friendly_name=friendly_name, date_updated=call.store.now())
            row = _found(call)
            _note(call, row, "updated")
    return Answer(200, answers.activity(call, row))


def delete(call: Call) -> Answer:
    """Delete an Activity that is not the default or timeout activity; no Worker is in it, no TaskQueue names it."""
    row = _found(call)
    with call.store.transaction():
        home = call.home()
        for kind in ("default", "timeout"):
            if home[f"{kind}_activity_sid"] == row["sid"]:
                raise _kept(call, row, f"it is the {kind} activity")
        _empty(call, row, home)
        for column in OF_QUEUES:
            _release(call, row, column)
        _remove(call, row)
    return Answer(204)


def _empty(call: Call, row: Row, home: Row) -> None:
    """See to it that no Worker is in an Activity that is to be deleted."""
    inside = list(call.store.rows(f"{workers.SELECT} WHERE workers.activity_sid = ?", row["sid"]))
    if inside and not call.rules.delete_in_use:
        raise _kept(call, row, f"{len(inside)} worker(s) are in it")
    default = call.found(SINGLE, call.workspace_sid, home["default_activity_sid"])
    for worker in inside:
        workers.move(call, worker, default)


def _release(call: Call, row: Row, column: str) -> None:
    """See to it that no TaskQueue has in *column* an Activity that is to be deleted."""
    users = call.store.scalar(f"SELECT count(*) FROM task_queues WHERE {column} = ?", row["sid"])
    if users and not call.rules.delete_in_use:
        raise _kept(call, row, f"{users} task queue(s) have it as {column.removesuffix('_sid').replace('_', ' ')}")
    call.store.change(f"UPDATE task_queues SET {column} = NULL WHERE {column} = ?", row["sid"])


def _remove(call: Call, row: Row) -> None:
    call.store.change("DELETE FROM activities WHERE sid = ?", row["sid"])
    call.store.insert(
        "former_activities",
        sid=row["sid"],
        workspace_sid=row["workspace_sid"],
        friendly_name=row["friendly_name"],
    )
    _note(call, row, "deleted")


def _found(call: Call) -> Row:
    return call.found(SINGLE, call.workspace_sid, call.sids["sid"])


def _refuse_name(call: Call, friendly_name: str) -> None:
    query = "SELECT sid FROM activities WHERE workspace_sid = ? AND friendly_name = ?"
    if call.rules.unique_names and call.store.row(query, call.workspace_sid, friendly_name):
        raise taken("Activity", friendly_name, call.place)


def _kept(call: Call, row: Row, why: str) -> Refusal:
    return kept(f"activity {row['sid']}", call.place, why)


def _note(call: Call, row: Row, what: str) -> None:
    available = "true" if row["available"] else "false"
    data = {"activity_sid": row["sid"], "activity_name": row["friendly_name"], "activity_available": available}
    note(call, row, f"activity.{what}", f"Activity {row['friendly_name']} {what}", data)
