"""Resources as the API writes them: from the rows of the store to JSON objects with absolute URLs."""

from __future__ import annotations

import json
from typing import Any

from activity_sim.emulator.calls import Call
from activity_sim.emulator.store import Row, written


def _common(call: Call, row: Row) -> dict[str, Any]:
    return {
        "account_sid": call.store.account_sid,
        "sid": row["sid"],
        "friendly_name": row["friendly_name"],
        "date_created": written(row["date_created"]),
        "date_updated": written(row["date_updated"]),
    }


def workspace(call: Call, row: Row) -> dict[str, Any]:
    """Return the Workspace resource."""
    here = ("Workspaces", row["sid"])
    parts = {
        "activities": "Activities",
        "statistics": "Statistics",
        "real_time_statistics": "RealTimeStatistics",
        "cumulative_statistics": "CumulativeStatistics",
        "task_queues": "TaskQueues",
        "tasks": "Tasks",
        "workers": "Workers",
        "workflows": "Workflows",
        "task_channels": "TaskChannels",
        "events": "Events",
    }
    plain = ("event_callback_url", "events_filter", "prioritize_queue_order")
    defaults = tuple(f"{kind}_activity_{what}" for kind in ("default", "timeout") for what in ("name", "sid"))
    return {
        **_common(call, row),
        **{column: row[column] for column in (*plain, *defaults)},
        "multi_task_enabled": bool(row["multi_task_enabled"]),
        "url": call.url(*here),
        "links": {name: call.url(*here, part) for name, part in parts.items()},
    }


def activity(call: Call, row: Row) -> dict[str, Any]:
    """Return the Activity resource."""
    home = ("Workspaces", row["workspace_sid"])
    return {
        **_common(call, row),
        "available": bool(row["available"]),
        "workspace_sid": row["workspace_sid"],
        "url": call.url(*home, "Activities", row["sid"]),
        "links": {"workspace": call.url(*home)},
    }


def worker(call: Call, row: Row) -> dict[str, Any]:
    """Return the Worker resource."""
    home = ("Workspaces", row["workspace_sid"])
    all_workers = (*home, "Workers")
    here = (*all_workers, row["sid"])
    return {
        **_common(call, row),
        "activity_name": row["activity_name"],
        "activity_sid": row["activity_sid"],
        "attributes": row["attributes"],
        "available": bool(row["available"]),
        "date_status_changed": written(row["date_status_changed"]),
        "workspace_sid": row["workspace_sid"],
        "url": call.url(*here),
        "links": {
            "workspace": call.url(*home),
            "activity": call.url(*home, "Activities", row["activity_sid"]),
            "statistics": call.url(*all_workers, "Statistics"),
            "real_time_statistics": call.url(*all_workers, "RealTimeStatistics"),
            "cumulative_statistics": call.url(*all_workers, "CumulativeStatistics"),
            "worker_statistics": call.url(*here, "Statistics"),
            "channels": call.url(*here, "Channels"),
            "worker_channels": call.url(*here, "Channels"),
            "reservations": call.url(*here, "Reservations"),
        },
    }


def listed_worker(call: Call, row: Row) -> dict[str, Any]:
    """Return the Worker resource as lists have it, where the attributes are left out."""
    return {**worker(call, row), "attributes": None}


def task_queue(call: Call, row: Row) -> dict[str, Any]:
    """Return the TaskQueue resource; an Activity that it does not have is no link either."""
    home = ("Workspaces", row["workspace_sid"])
    here = (*home, "TaskQueues", row["sid"])
    activities = {kind: row[f"{kind}_activity_sid"] for kind in ("assignment", "reservation")}
    plain = ("target_workers", "task_order", "max_reserved_workers", "workspace_sid")
    names = tuple(f"{kind}_activity_{what}" for kind in activities for what in ("name", "sid"))
    return {
        **_common(call, row),
        **{column: row[column] for column in (*plain, *names)},
        "url": call.url(*here),
        "links": {
            **{f"{kind}_activity": call.url(*home, "Activities", sid) for kind, sid in activities.items() if sid},
            "workspace": call.url(*home),
            **_statistics(call, here),
            "list_statistics": call.url(*home, "TaskQueues", "Statistics"),
            "bulk_real_time_statistics": call.url(*home, "TaskQueues", "RealTimeStatistics"),
        },
    }


def workflow(call: Call, row: Row) -> dict[str, Any]:
    """Return the Workflow resource."""
    here = ("Workspaces", row["workspace_sid"], "Workflows", row["sid"])
    callbacks = ("assignment_callback_url", "fallback_assignment_callback_url")
    plain = ("configuration", "task_reservation_timeout", "workspace_sid")
    return {
        **_common(call, row),
        **{column: row[column] for column in (*callbacks, *plain)},
        "document_content_type": "application/json",
        "url": call.url(*here),
        "links": _statistics(call, here),
    }


def _statistics(call: Call, here: tuple[str, ...]) -> dict[str, str]:
    kinds = {
        "statistics": "Statistics",
        "real_time_statistics": "RealTimeStatistics",
        "cumulative_statistics": "CumulativeStatistics",
    }
    return {name: call.url(*here, part) for name, part in kinds.items()}


def task_channel(call: Call, row: Row) -> dict[str, Any]:
    """Return the TaskChannel resource."""
    home = ("Workspaces", row["workspace_sid"])
    return {
        **_common(call, row),
        "unique_name": row["unique_name"],
        "channel_optimized_routing": bool(row["channel_optimized_routing"]),
        "workspace_sid": row["workspace_sid"],
        "url": call.url(*home, "TaskChannels", row["sid"]),
        "links": {"workspace": call.url(*home)},
    }


def worker_channel(call: Call, row: Row) -> dict[str, Any]:
    """Return the resource of a Worker's channel; there are no Tasks, so all of its capacity is free."""
    here = ("Workspaces", row["workspace_sid"], "Workers", row["worker_sid"], "Channels", row["sid"])
    return {
        "account_sid": call.store.account_sid,
        "assigned_tasks": 0,
        "available": bool(row["available"]),
        "available_capacity_percentage": 100 if row["configured_capacity"] else 0,
        "configured_capacity": row["configured_capacity"],
        "date_created": written(row["date_created"]),
        "date_updated": written(row["date_updated"]),
        "sid": row["sid"],
        "task_channel_sid": row["task_channel_sid"],
        "task_channel_unique_name": row["unique_name"],
        "url": call.url(*here),
        "worker_sid": row["worker_sid"],
        "workspace_sid": row["workspace_sid"],
    }


def event(call: Call, row: Row) -> dict[str, Any]:
    """Return the Event resource."""
    home = ("Workspaces", row["workspace_sid"])
    folders = {
        "worker": "Workers",
        "activity": "Activities",
        "task-queue": "TaskQueues",
        "workflow": "Workflows",
        "task-channel": "TaskChannels",
    }
    kind = row["resource_type"]
    resource = (*home, folders[kind], row["resource_sid"]) if kind in folders else home
    return {
        "account_sid": call.store.account_sid,
        "actor_sid": row["workspace_sid"],
        "actor_type": "workspace",
        "actor_url": call.url(*home),
        "description": row["description"],
        "event_data": json.loads(row["event_data"]),
        "event_date": written(row["event_date"]),
        "event_date_ms": row["event_date"],
        "event_type": row["event_type"],
        "resource_sid": row["resource_sid"],
        "resource_type": kind,
        "resource_url": call.url(*resource),
        "sid": row["sid"],
        "source": "twilio",
        "source_ip_address": None,
        "url": call.url(*home, "Events", row["sid"]),
        "workspace_sid": row["workspace_sid"],
    }
