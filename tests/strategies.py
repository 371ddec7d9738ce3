"""Drawn scenarios that force ties: few whole seconds, short horizons, zero lengths, many things at once."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from activity_sim.model.scenario import Scenario

seconds = st.integers(0, 12).map(float)
some_seconds = st.integers(1, 20).map(float)
ACTIVITIES = [
    {"friendly_name": "Offline", "available": False},
    {"friendly_name": "Available", "available": True},
    {"friendly_name": "Break", "available": False},
    {"friendly_name": "Email", "available": False},
    {"friendly_name": "Standby", "available": True},
    {"friendly_name": "Reserved", "available": False},
    {"friendly_name": "Busy", "available": False},
    {"friendly_name": "Wrap Up", "available": False},
]
names = st.sampled_from([activity["friendly_name"] for activity in ACTIVITIES[:5]])


@st.composite
def laws(draw: st.DrawFn, low: int = 0) -> Any:
    """Any distribution, most often of whole seconds."""
    kind = draw(st.sampled_from(["constant"] * 4 + ["empirical", "uniform", "exponential", "mixture", "gamma"]))
    whole = st.integers(low, 12).map(float)
    if kind == "empirical":
        return {"distribution": kind, "values": draw(st.lists(whole, min_size=1, max_size=4))}
    if kind == "uniform":
        a, b = sorted([draw(whole), draw(whole)])
        return {"distribution": kind, "low": a, "high": b}
    if kind == "exponential":
        return {"distribution": kind, "mean": draw(some_seconds)}
    if kind == "gamma":
        return {"distribution": kind, "mean": draw(some_seconds), "cv": 0.7}
    if kind == "mixture":
        return {"distribution": kind, "weights": [0.5, 0.5], "of": [draw(whole), draw(some_seconds)]}
    return draw(whole)


def clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


@st.composite
def shifts(draw: st.DrawFn, horizon: int) -> list[dict[str, Any]]:
    if draw(st.sampled_from([True, True, False])):
        return [{"activity": "Available", "start": clock(0), "end": clock(horizon + draw(st.integers(-3, 3)))}]
    borders = sorted(draw(st.lists(st.integers(0, horizon + 5), min_size=2, max_size=6, unique=True)))
    pairs = zip(borders[::2], borders[1::2], strict=False)
    activity = st.sampled_from(["Available", "Available", "Standby", "Email"])
    return [{"activity": draw(activity), "start": clock(a), "end": clock(b)} for a, b in pairs]


@st.composite
def routines(draw: st.DrawFn) -> dict[str, Any]:
    chain = draw(st.lists(names, min_size=2, max_size=4, unique=True))
    stay = {name: draw(laws(low=1)) for name in chain}
    following = {
        name: {chain[(n + 1) % len(chain)]: 0.5, chain[(n + 2) % len(chain)]: 0.5} for n, name in enumerate(chain)
    }
    if len(chain) == 2:
        following = {chain[0]: {chain[1]: 1.0}, chain[1]: {chain[0]: 0.5, chain[1]: 0.5}}
    if draw(st.booleans()):
        last = chain[-1]
        del stay[last], following[last]
    return {"start": chain[0], "stay": stay, "next": following}


@st.composite
def groups(draw: st.DrawFn, number: int, horizon: int, multi: bool) -> dict[str, Any]:
    leave = ["deferred", "idle_only", "at_once"] if multi else ["deferred", "idle_only"]
    group: dict[str, Any] = {
        "friendly_name": f"Group {number}",
        "count": draw(st.integers(1, 4)),
        "attributes": {
            "level": draw(st.integers(0, 2)),
            "skills": draw(st.sampled_from([["a", "b"], ["a"], ["b"]])),
        },
        "leave": draw(st.sampled_from(leave)),
        "channels": {"voice": draw(st.sampled_from([1, 2, 0])), "chat": draw(st.sampled_from([1, 2, 3]))},
    }
    if draw(st.booleans()):
        group["recovery"] = draw(seconds)
    if draw(st.booleans()):
        group["reject_activity"] = draw(names)
    if draw(st.sampled_from([False, False, False, False, True])):
        return group | {"routine": draw(routines())}
    group["shifts"] = draw(shifts(horizon))
    group["absence"] = draw(st.sampled_from([0.0, 0.0, 0.5]))
    planned = st.fixed_dictionaries(
        {
            "activity": st.sampled_from(["Break", "Email", "Standby"]),
            "start": (st.integers(0, horizon) | st.integers(0, 60)).map(clock),
            "lasts": laws(),
            "stagger": seconds,
        }
    )
    group["breaks"] = draw(st.lists(planned, max_size=2))
    interruption = st.fixed_dictionaries(
        {"activity": st.sampled_from(["Email", "Break", "Standby"]), "every": laws(low=1), "lasts": laws()}
    )
    group["interruptions"] = draw(st.lists(interruption, max_size=2))
    return group


@st.composite
def responses(draw: st.DrawFn) -> Any:
    """Mostly at once or soon; at times about as long as a reservation waits, 120 s."""
    if draw(st.booleans()):
        return draw(laws())
    late = {
        "distribution": "mixture",
        "weights": [0.5, 0.5],
        "of": [0.0, draw(st.sampled_from([121.0, 121.0, 120.0, 119.0]))],
    }
    return draw(st.sampled_from([late, late, 121.0, 120.0]))


@st.composite
def task_types(draw: st.DrawFn, number: int, queues: list[str], multi: bool) -> dict[str, Any]:
    arrivals = st.one_of(
        some_seconds.map(lambda every: {"every": every}),
        st.integers(60, 2_000).map(lambda rate: {"per_hour": rate}),
    )
    tasks: dict[str, Any] = {
        "friendly_name": f"Type {number}",
        "task_queue": draw(st.sampled_from(queues)),
        "task_channel": draw(st.sampled_from(["voice", "chat"])),
        "priority": draw(st.integers(0, 2)),
        "arrivals": draw(arrivals),
        "handle_time": draw(laws()),
        "wrap_up_time": draw(laws()),
        "response": draw(responses()),
        "reject_probability": draw(st.sampled_from([0.0, 0.0, 0.0, 0.3, 0.3, 1.0])),
    }
    if draw(st.booleans()):
        tasks["patience"] = draw(laws())
    if not multi and draw(st.booleans()):
        tasks["wrap_up_activity"] = draw(st.sampled_from(["Wrap Up", "Busy", "Available"]))
    return tasks


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    multi = draw(st.booleans())
    horizon = draw(st.sampled_from([250, 60, 400, 130, 20, 5]))
    count = draw(st.integers(1, 3))
    queues = [f"Queue {number}" for number in range(count)]
    wanted = st.sampled_from(["1==1", "1==1", "1==1", "skills HAS 'a'", "'b' IN skills", "level >= 1"])
    return Scenario.read(
        {
            "horizon": float(horizon),
            "interval": float(draw(st.sampled_from([7, 30, 60, 1800]))),
            "warm_up": float(draw(st.sampled_from([0, 0, 3]))),
            "service_level": {"within": draw(seconds)},
            "workspace": {
                "multi_task_enabled": multi,
                "default_activity": draw(st.sampled_from(["Offline", "Offline", "Available"])),
                "timeout_activity": draw(st.sampled_from(["Offline", "Break", "Standby"])),
                "prioritize_queue_order": draw(st.sampled_from(["FIFO", "LIFO"])),
                "activities": ACTIVITIES,
            },
            "task_queues": [
                {
                    "friendly_name": name,
                    "target_workers": draw(wanted),
                    "task_order": draw(st.sampled_from(["FIFO", "LIFO"])),
                }
                for name in queues
            ],
            "workers": [draw(groups(number, horizon, multi)) for number in range(draw(st.integers(1, 3)))],
            "tasks": [
                draw(task_types(number, queues, multi)) for number in range(draw(st.sampled_from([1, 2, 2, 3, 0])))
            ],
        }
    )
