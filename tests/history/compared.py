"""What a log says, in a form in which two of them can be compared: names for codes, milliseconds, one order."""

from __future__ import annotations

from typing import Any

import pandas as pd

import activity_sim as sim
from activity_sim.log import TIMES, Log

KEYS = {
    "spells": ["worker", "start", "end", "friendly_name"],
    "tasks": ["arrival", "task"],
    "reservations": ["created", "task", "worker", "ended", "status"],
}


def bounds(log: Log) -> dict[str, Any]:
    """Return the start and the end of *log*, as :func:`activity_sim.read_events` takes them."""
    calendar = log.legend.calendar
    start, end = (calendar.local(moment) for moment in (0, calendar.horizon))
    return {"start": start, "end": end, "time_zone": calendar.time_zone}


def again(log: Log, **changed: Any) -> sim.History:
    """Return what is read of the events of *log*."""
    given = {**bounds(log), "task_type": "task_type", "worker_group": "worker_group", **changed}
    return sim.read_events(sim.events(log), **given)


def tables(log: Log) -> dict[str, pd.DataFrame]:
    """Return the tables of *log* to the millisecond, without what has no length then."""
    origin = log.legend.calendar.origin
    found = {name: _table(log, name, origin) for name in KEYS}
    number = dict(zip(found["tasks"]["task"], range(len(found["tasks"])), strict=True))
    for name in ("tasks", "reservations"):
        found[name]["task"] = found[name]["task"].map(number)
    found["reservations"] = _in_order(found["reservations"], "reservations")
    return found


def _table(log: Log, name: str, origin: int) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for key, (column, names) in log.named(name).items():
        if names is not None:
            columns[key] = [None if code < 0 else names[code] for code in column.tolist()]
        elif key in TIMES:
            columns[key] = [-1 if time < 0 else (time + origin) // 1_000 for time in column.tolist()]
        else:
            columns[key] = column
    frame = pd.DataFrame(columns).drop(columns="replication")
    if name == "spells":
        frame = frame[frame["start"] < frame["end"]]
    return _in_order(frame, name)


def _in_order(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame.sort_values(KEYS[name], kind="stable").reset_index(drop=True)


def groups(log: Log) -> dict[str, str]:
    """Return the group of each worker of *log*."""
    legend = log.legend
    return dict(zip(legend.workers, (legend.worker_groups[code] for code in legend.worker_group), strict=True))
