"""Events as TaskRouter documents them, and events made by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

WORKSPACE = f"WS{'a' * 32}"
BEGIN = 1_763_971_200_000
"""2025-11-24 08:00 UTC, in milliseconds since 1970."""
MINUTE = 60_000

DOCUMENTED = {
    "account_sid": f"AC{'a' * 32}",
    "actor_sid": WORKSPACE,
    "actor_type": "workspace",
    "actor_url": f"https://taskrouter.twilio.com/v1/Workspaces/{WORKSPACE}",
    "description": "Worker JustinWorker updated to Idle Activity",
    "event_data": {
        "worker_activity_name": "Offline",
        "worker_activity_sid": f"WA{'a' * 32}",
        "worker_attributes": "{}",
        "worker_name": "JustinWorker",
        "worker_sid": f"WK{'a' * 32}",
        "worker_time_in_previous_activity": "26",
        "worker_time_in_previous_activity_ms": "26123",
        "workspace_name": "WorkspaceName",
        "workspace_sid": WORKSPACE,
    },
    "event_date": "2015-02-07T00:32:41Z",
    "event_date_ms": 987654321111,
    "event_type": "worker.activity",
    "resource_sid": f"WK{'a' * 32}",
    "resource_type": "worker",
    "resource_url": f"https://taskrouter.twilio.com/v1/Workspaces/{WORKSPACE}/Workers/WK{'a' * 32}",
    "sid": f"EV{'a' * 32}",
    "source": "twilio",
    "source_ip_address": "1.2.3.4",
    "url": f"https://taskrouter.twilio.com/v1/Workspaces/{WORKSPACE}/Events/EV{'a' * 32}",
    "workspace_sid": WORKSPACE,
}
"""The sample in the API's description: its type is not the documented one, and its two dates are years apart."""


def sid(prefix: str, name: str) -> str:
    return prefix + name.encode().hex()[:32].ljust(32, "0")


def written(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def event(kind: str, minutes: float, **data: Any) -> dict[str, Any]:
    """Return an event of that *kind*, so many *minutes* after the beginning, as the API lists it."""
    date = BEGIN + round(minutes * MINUTE)
    said = {name: value if value is None else str(value) for name, value in data.items()}
    return {
        "event_type": kind,
        "event_date": written(date),
        "event_date_ms": date,
        "event_data": {**said, "workspace_sid": WORKSPACE, "workspace_name": "Home"},
        "sid": sid("EV", f"{kind[-8:]}{date % 10**8:08}"),
        "workspace_sid": WORKSPACE,
    }


def move(
    worker: str, minutes: float, activity: str, previous: str | None = None, spent: float = -1, **more: Any
) -> Any:
    """Return the event of a *worker* who goes to an *activity*, from a *previous* one after *spent* minutes."""
    data = {
        "worker_sid": sid("WK", worker),
        "worker_name": worker,
        "worker_activity_sid": sid("WA", activity),
        "worker_activity_name": activity,
    }
    if previous is not None:
        data |= {"worker_previous_activity_sid": sid("WA", previous), "worker_previous_activity_name": previous}
    if spent >= 0:
        length = round(spent * MINUTE)
        data["worker_time_in_previous_activity"] = str(length // 1_000)
        data["worker_time_in_previous_activity_ms"] = str(length)
    made = event("worker.activity.update", minutes, **data | more)
    return made | {"sid": sid("EV", f"{worker}{minutes}")}


def streamed(given: dict[str, Any]) -> dict[str, Any]:
    """Return an event of the API as Event Streams sends it."""
    moment = datetime.fromtimestamp(given["event_date_ms"] / 1_000, UTC).isoformat(timespec="milliseconds")
    payload = {
        **given["event_data"],
        "sid": given["sid"],
        "eventtype": given["event_type"],
        "timestamp": moment.replace("+00:00", "Z"),
        "account_sid": f"AC{'a' * 32}",
    }
    for name in (
        "worker_time_in_previous_activity",
        "worker_time_in_previous_activity_ms",
        "worker_version",
        "task_age",
    ):
        if payload.get(name) is not None:
            payload[name] = int(payload[name])
    if "activity_available" in payload:
        payload["activity_available"] = payload["activity_available"] == "true"
    return {
        "specversion": "1.0",
        "type": f"com.twilio.taskrouter.{given['event_type']}",
        "source": given["workspace_sid"],
        "id": given["sid"].replace("EV", "NO", 1),
        "dataschema": "https://events-schemas.twilio.com/TaskRouter.WDSEvent/4",
        "datacontenttype": "application/json",
        "data": {
            "sid": given["sid"],
            "name": "WorkerActivityUpdated",
            "timestamp": payload["timestamp"],
            "level": "INFO",
            "product_name": "TaskRouter",
            "publisher": "Home",
            "publisher_metadata": json.dumps({}),
            "payload_type": "application/json",
            "payload": payload,
        },
    }
