"""A log as the events that TaskRouter would have sent, with their keys: texts for numbers, dates in milliseconds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from activity_sim.errors import InputError, not_given
from activity_sim.files import FilePath, whole_file
from activity_sim.history.sids import Numbered, sid
from activity_sim.history.telling import MILLISECOND, Teller
from activity_sim.log import Log

URL = "https://taskrouter.twilio.com/v1/Workspaces"
FOLDERS = {
    "activity": "Activities",
    "reservation": "Reservations",
    "task": "Tasks",
    "task-queue": "TaskQueues",
    "worker": "Workers",
}
KINDS = {"WA": "activity", "WR": "reservation", "WT": "task", "WQ": "task-queue", "WK": "worker"}
Event = dict[str, Any]


def events(log: Log) -> Iterator[Event]:
    """Return the events that TaskRouter would have sent of what happened in *log*, in the order of time.

    They are resources as the API lists them. SIDs that the log has not are made of names, always the same. Attributes
    of tasks have a key ``task_type``, those of workers ``worker_group``. At the start all activities, task queues and
    workers are created. :func:`read_events` reads the log again, to the millisecond, which is what events carry.

    Raises :exc:`~activity_sim.errors.InputError` for a log of several replications, or in which a worker is in no
    activity for a while.

    >>> import activity_sim as sim
    >>> log = sim.simulate(sim.Scenario(horizon="1h", workers=[sim.Workers("Tier 1")]))
    >>> [event["event_type"] for event in events(log)][-2:]
    ['task-queue.created', 'worker.created']
    """
    if len(log.replications) != 1:
        rule = "must have one replication; log.only(number) gives the log of one"
        raise InputError(f"{rule}, {not_given(list(log.replications))}", "log")
    _check(log)
    return _events(log)


def write_events(log: Log, path: FilePath) -> None:
    """Write the :func:`events` of *log* to the file *path*, one JSON object a line.

    >>> import activity_sim as sim, tempfile
    >>> log = sim.simulate(sim.Scenario(horizon="1h", workers=[sim.Workers("Tier 1")]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_events(log, f"{folder}/events.jsonl")
    ...     read = sim.read_events(f"{folder}/events.jsonl", end="2026-01-05 01:00")
    >>> read.log.spells["end"].iloc[0]
    Timedelta('0 days 01:00:00')
    """
    every = events(log)
    with whole_file(Path(path).absolute()) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(event, ensure_ascii=False) + "\n" for event in every)


def _check(log: Log) -> None:
    spells = log.columns["spells"]
    worker, start, end = (spells[name] for name in ("worker", "start", "end"))
    apart = (worker[1:] == worker[:-1]) & (start[1:] != end[:-1])
    if apart.any():
        name = log.legend.workers[int(worker[1:][apart][0])]
        raise InputError(f"must have every worker in one activity at any time; {name} is in none for a while", "log")


def _events(log: Log) -> Iterator[Event]:
    teller, origin = Teller(log), log.legend.calendar.origin
    sids, account, home = Numbered("EV", *teller.whose), sid("AC", log.legend.name), f"{URL}/{teller.workspace}"
    for number, happening in enumerate(teller.happenings()):
        date = (origin + happening.time) // MILLISECOND
        kind = KINDS[happening.sid[:2]]
        yield {
            "account_sid": account,
            "actor_sid": teller.workspace,
            "actor_type": "workspace",
            "actor_url": home,
            "description": happening.description,
            "event_data": happening.data | {"workspace_sid": teller.workspace, "workspace_name": log.legend.name},
            "event_date": _written(date // 1_000),
            "event_date_ms": date,
            "event_type": happening.event_type,
            "resource_sid": happening.sid,
            "resource_type": kind,
            "resource_url": f"{home}/{FOLDERS[kind]}/{happening.sid}",
            "sid": sids[number],
            "source": "twilio",
            "source_ip_address": None,
            "url": f"{home}/Events/{sids[number]}",
            "workspace_sid": teller.workspace,
        }


@lru_cache(maxsize=4)
def _written(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
