"""Workspaces to pull: one that the official client fills, and one with whatever the API may have."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from twilio.rest import Client
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext

import activity_sim as sim
from tests.taskrouter.scripted import HERE, WORKSPACE, Answer, Asked, Say

ESCALATION = "value == 'Gold'"


def official(emulator: sim.Emulator, **fields: Any) -> WorkspaceContext:
    """Return the emulator's workspace, or with *fields* a new one, for the official client."""
    client = Client(emulator.account_sid, emulator.environment["TWILIO_AUTH_TOKEN"])
    client.taskrouter.base_url = emulator.base_url
    spaces = client.taskrouter.v1.workspaces
    return spaces(spaces.create(**fields).sid if fields else emulator.workspace_sid)


@attrs.frozen
class Home:
    """Hold the SIDs of what :func:`filled` has made."""

    space: WorkspaceContext
    workers: Mapping[str, str]
    queues: Mapping[str, str]
    workflow: str


def filled(emulator: sim.Emulator, **fields: Any) -> Home:
    """Fill a workspace with an activity, queues, a workflow that escalates, a task channel, and workers."""
    space = official(emulator, **fields)
    activities = {str(a.friendly_name): str(a.sid) for a in space.activities.list()}
    lunch = str(space.activities.create(friendly_name="Lunch").sid)
    space.task_channels.create(friendly_name="Fax", unique_name="fax", channel_optimized_routing=True)
    wanted = {"Support": '"support" IN skills', "Experts": "level >= 3", "Nobody": ""}
    queues = {
        name: str(space.task_queues.create(friendly_name=name, target_workers=target, max_reserved_workers=2).sid)
        for name, target in wanted.items()
    }
    workflow = space.workflows.create(
        friendly_name="Escalate", configuration=escalation(queues), task_reservation_timeout=30
    )
    workers = {}
    for level, name in enumerate(("Ann", "Bob", "Cem", "Dee")):
        said = json.dumps({"skills": ["support"], "level": level, "languages": ["de", "en"][: level + 1]})
        activity = lunch if name == "Dee" else activities["Available"]
        workers[name] = str(space.workers.create(friendly_name=name, activity_sid=activity, attributes=said).sid)
    space.workers(workers["Ann"]).worker_channels("chat").update(capacity=3)
    space.workers(workers["Ann"]).worker_channels("fax").update(capacity=2, available=False)
    return Home(space, workers, queues, str(workflow.sid))


def escalation(queues: Mapping[str, str], timeout: int = 60) -> str:
    """Return the configuration of a workflow that leads from the experts to everybody."""
    first = {"queue": queues["Experts"], "priority": 10, "timeout": timeout}
    then = {
        "queue": queues["Support"],
        "expression": "task.language IN worker.languages",
        "order_by": "worker.level DESC",
    }
    filters = [{"filter_friendly_name": "Gold", "expression": ESCALATION, "targets": [first, then]}]
    return json.dumps({"task_routing": {"filters": filters, "default_filter": {"queue": queues["Support"]}}})


def sid(prefix: str, number: int) -> str:
    return f"{prefix}{number:032x}"


def activity(number: int, name: str, *, available: bool = False) -> dict[str, Any]:
    return {"sid": sid("WA", number), "friendly_name": name, "available": available}


def worker(number: int, name: str, attributes: Any = "{}", *, at: int = 2) -> dict[str, Any]:
    where = {"activity_sid": sid("WA", at), "activity_name": "Available", "available": True}
    return {"sid": sid("WK", number), "friendly_name": name, "attributes": attributes, **where}


def queue(number: int, name: str, target: str | None = "1==1", **fields: Any) -> dict[str, Any]:
    rules = {"task_order": "FIFO", "max_reserved_workers": 1}
    return {"sid": sid("WQ", number), "friendly_name": name, "target_workers": target, **rules, **fields}


def workflow(number: int, name: str, configuration: Any) -> dict[str, Any]:
    text = configuration if isinstance(configuration, str) else json.dumps(configuration)
    own = {"sid": sid("WW", number), "friendly_name": name}
    return {**own, "configuration": text, "task_reservation_timeout": 120}


def to_queue(number: int) -> dict[str, Any]:
    return {"task_routing": {"filters": [], "default_filter": {"queue": sid("WQ", number)}}}


def channel(name: str, capacity: int = 1, *, available: bool = True) -> dict[str, Any]:
    own = {"sid": sid("WC", int(name.encode().hex(), 16)), "worker_sid": sid("WK", 1), "task_channel_sid": sid("TC", 1)}
    capacities = {"configured_capacity": capacity, "available": available, "assigned_tasks": 0}
    return {**own, "task_channel_unique_name": name, **capacities}


@attrs.define
class Space:
    """Answer as the API of a workspace does that has these resources; *script* is for a scripted server."""

    friendly_name: str = "Strange"
    multi_task_enabled: bool = True
    activities: list[dict[str, Any]] = attrs.Factory(
        lambda: [activity(1, "Offline"), activity(2, "Available", available=True)]
    )
    workers: list[dict[str, Any]] = attrs.Factory(lambda: [worker(1, "Ann")])
    channels: list[dict[str, Any]] = attrs.Factory(lambda: [channel("voice")])
    queues: list[dict[str, Any]] = attrs.Factory(list)
    workflows: list[dict[str, Any]] = attrs.Factory(list)
    task_channels: list[dict[str, Any]] = attrs.Factory(list)
    gone: tuple[str, ...] = ()
    page: int = 1_000

    def said(self) -> dict[str, Any]:
        default = {"default_activity_sid": sid("WA", 1), "default_activity_name": "Offline"}
        timeout = {"timeout_activity_sid": sid("WA", 1), "timeout_activity_name": "Offline"}
        rules = {"multi_task_enabled": self.multi_task_enabled, "prioritize_queue_order": "FIFO"}
        return {"sid": WORKSPACE, "friendly_name": self.friendly_name, **rules, **default, **timeout}

    def script(self, asked: Asked) -> Answer:
        if asked.path == HERE:
            return Say(200, self.said())
        place = asked.path.removeprefix(f"{HERE}/")
        if any(one in place for one in self.gone):
            return Say(404, {"status": 404, "message": "gone", "code": 20404})
        if place.endswith("/Channels"):
            return self._list("channels", self.channels, asked)
        if place.startswith("Workers/"):
            return Say(200, next(one for one in self.workers if one["sid"] == place.removeprefix("Workers/")))
        return self._list(*self._lists()[place], asked)

    def _lists(self) -> dict[str, tuple[str, list[dict[str, Any]]]]:
        listed = [{**one, "attributes": None} for one in self.workers]
        return {
            "Activities": ("activities", self.activities),
            "Workers": ("workers", listed),
            "TaskQueues": ("task_queues", self.queues),
            "Workflows": ("workflows", self.workflows),
            "TaskChannels": ("channels", self.task_channels),
        }

    def _list(self, key: str, entries: list[dict[str, Any]], asked: Asked) -> Answer:
        first = int(asked.query.get("Page", 0)) * self.page
        more = first + self.page < len(entries)
        following = f"{asked.path}?Page={first // self.page + 1}" if more else None
        meta = {"key": key, "next_page_url": following}
        return Say(200, {key: entries[first : first + self.page], "meta": meta})


FILES = ["activities.json", "pull.json", "scenario.toml", "workers.json", "workflow-escalate.json"]
"""What a pull of a workspace that :func:`filled` has filled writes."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def uncommented(text: str) -> str:
    """Return a scenario with the tables of tasks that are there as comments."""
    before, mark, after = text.partition("\n# [[tasks]]\n")
    return before + re.sub(r"^# ", "", mark + after, flags=re.MULTILINE)
