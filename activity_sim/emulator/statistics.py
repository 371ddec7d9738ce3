"""Statistics of Workers: how long they were in each Activity, and how many are in each now.

Spells are clipped to the period, running ones count up to now, and every Activity has its row. A period begins and ends
at whole seconds, so the times that the answer shows are the ones that it was worked out for.
"""

from __future__ import annotations

from typing import Any

from activity_sim.emulator import matching, workers
from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.forms import window
from activity_sim.emulator.store import written

RESERVATIONS = ("created", "accepted", "rejected", "timed_out", "canceled", "rescinded")
TIMES = """
SELECT activity_sid, count(*) AS spells, min(length) AS least, max(length) AS most, sum(length) AS total
FROM (SELECT activity_sid, min(coalesce(stop, :last), :last) - max(start, :first) AS length
      FROM spells WHERE workspace_sid = :workspace AND (stop IS NULL OR stop > :first) AND start < :last {chosen})
WHERE length > 0 GROUP BY activity_sid
"""
NAMES = """
SELECT sid, friendly_name, 1 AS present, seq FROM activities WHERE workspace_sid = ?
UNION ALL SELECT sid, friendly_name, 0, rowid FROM former_activities WHERE workspace_sid = ?
ORDER BY present DESC, seq
"""
COUNTS = """
SELECT activities.sid, activities.friendly_name, count(workers.sid) AS workers FROM activities
LEFT JOIN workers ON workers.activity_sid = activities.sid {chosen}
WHERE activities.workspace_sid = :workspace GROUP BY activities.seq ORDER BY activities.seq
"""


def cumulative(call: Call) -> Answer:
    """Fetch the cumulative statistics of all Workers."""
    call.home()
    return Answer(200, {**_whose(call), **_cumulative(call)})


def real_time(call: Call) -> Answer:
    """Fetch how many Workers are in each Activity now."""
    call.home()
    return Answer(200, {**_whose(call), **_real_time(call)})


def both(call: Call) -> Answer:
    """Fetch the cumulative and the real-time statistics of all Workers, or of those with a name."""
    call.home()
    return Answer(200, {**_whose(call), "cumulative": _cumulative(call), "realtime": _real_time(call)})


def of_worker(call: Call) -> Answer:
    """Fetch the cumulative statistics of one Worker."""
    sid = call.sids["worker_sid"]
    call.found("SELECT sid FROM workers WHERE workspace_sid = ? AND sid = ?", call.workspace_sid, sid)
    return Answer(200, {**_whose(call), "worker_sid": sid, "cumulative": _cumulative(call, worker=sid)})


def _whose(call: Call) -> dict[str, Any]:
    return {
        "account_sid": call.store.account_sid,
        "workspace_sid": call.workspace_sid,
        "url": call.url(*call.path.strip("/").split("/")),
    }


def _cumulative(call: Call, worker: str | None = None) -> dict[str, Any]:
    now = call.store.now()
    first, last = (instant // 1_000 * 1_000 for instant in window(call.given, now))
    return {
        **{f"reservations_{outcome}": 0 for outcome in RESERVATIONS},
        "activity_durations": _durations(call, first, min(last, now // 1_000 * 1_000), worker),
        "start_time": written(first),
        "end_time": written(last),
    }


def _durations(call: Call, first: int, last: int, worker: str | None) -> list[dict[str, Any]]:
    asked: dict[str, Any] = {"workspace": call.workspace_sid, "first": first, "last": last}
    chosen = ""
    if worker is not None:
        chosen, asked["worker"] = "AND worker_sid = :worker", worker
    elif "FriendlyName" in call.given:
        chosen, asked["name"] = "AND folded_name = :name", call.given["FriendlyName"].casefold()
    if _of_queue(call):
        chosen, asked["serving"] = f"{chosen} AND worker_sid IN (SELECT value FROM json_each(:serving))", _serving(call)
    times = {row["activity_sid"]: row for row in call.store.rows(TIMES.format(chosen=chosen), **asked)}
    rows = call.store.rows(NAMES, call.workspace_sid, call.workspace_sid)
    return [_duration(row, times.get(row["sid"])) for row in rows if row["present"] or row["sid"] in times]


def _duration(activity: Any, time: Any) -> dict[str, Any]:
    least, mean, most, total = (
        (time["least"], time["total"] // time["spells"], time["most"], time["total"]) if time else (0, 0, 0, 0)
    )
    return {
        "sid": activity["sid"],
        "friendly_name": activity["friendly_name"],
        "min": least // 1_000,
        "avg": mean // 1_000,
        "max": most // 1_000,
        "total": total // 1_000,
    }


def _real_time(call: Call) -> dict[str, Any]:
    asked: dict[str, Any] = {"workspace": call.workspace_sid}
    chosen = ""
    if "FriendlyName" in call.given:
        chosen, asked["name"] = "AND workers.folded_name = :name", call.given["FriendlyName"].casefold()
    if _of_queue(call):
        chosen, asked["serving"] = (
            f"{chosen} AND workers.sid IN (SELECT value FROM json_each(:serving))",
            _serving(call),
        )
    counts = [dict(row) for row in call.store.rows(COUNTS.format(chosen=chosen), **asked)]
    return {"activity_statistics": counts, "total_workers": sum(row["workers"] for row in counts)}


def _of_queue(call: Call) -> bool:
    return any(name in call.given for name in matching.QUEUES)


def _serving(call: Call) -> str:
    """Return the Workers who may get Tasks of the TaskQueue that the call names."""
    rows = call.store.rows(f"{workers.SELECT} WHERE workers.workspace_sid = ?", call.workspace_sid)
    return matching.chosen(rows, matching.of_queue(call))
