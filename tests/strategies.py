"""Drawn scenarios that force ties: few whole seconds, short horizons, zero lengths, many things at once."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from activity_sim.model.scenario import Scenario

seconds = st.integers(0, 12).map(float)
some_seconds = st.integers(1, 20).map(float)
whole_seconds = st.integers(1, 6)
often = st.sampled_from([True, True, False])
at_times = st.sampled_from([False, False, True])
NAMED = [
    {"friendly_name": "Offline", "available": False},
    {"friendly_name": "Available", "available": True},
    {"friendly_name": "Break", "available": False},
    {"friendly_name": "Email", "available": False},
    {"friendly_name": "Standby", "available": True},
    {"friendly_name": "Reserved", "available": False},
    {"friendly_name": "Busy", "available": False},
    {"friendly_name": "Wrap Up", "available": False},
    {"friendly_name": "On a Task", "available": True},
    {"friendly_name": "On a Task, No ACD", "available": False},
    {"friendly_name": "Wrapping Up", "available": False},
]
ACTIVITIES: list[dict[str, Any]] = [{**activity, "sid": f"WA{number:032x}"} for number, activity in enumerate(NAMED)]
FILTERS = ["1==1", "1==1", "1==2", "level >= 1", "lang == 'a'", "lang != 'a' AND level < 2", "lang IN ['b', 'c']"]
EXPRESSIONS = [
    "worker.level >= task.level",
    "worker.level >= task.level",
    "task.lang IN worker.skills",
    "worker.skills HAS task.lang OR worker.level > 1",
    "NOT (worker.level == task.level)",
    "worker.rank != null",
    "worker.level > 5",
]
ORDERS = ["worker.level DESC", "worker.level ASC", "worker.rank DESC", "worker.rank ASC, worker.level DESC"]
SKIPS = [
    "workers.available == 0",
    "workers.available == 0",
    "1 == 1",
    "workers.available <= 1 AND NOT (workers.unavailable == 0)",
    "workers.available < workers.unavailable",
    f"workers.{ACTIVITIES[1]['sid']} >= 1",
    f"workers.{ACTIVITIES[6]['sid']} > 0 OR workers.{ACTIVITIES[8]['sid']} > 0",
]
names = st.sampled_from([activity["friendly_name"] for activity in NAMED[:5]])


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
def groups(draw: st.DrawFn, number: int, horizon: int, multi: bool, plain: bool) -> dict[str, Any]:
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
    if not plain:
        group["attributes"] |= draw(st.sampled_from([{}, {"rank": 1}, {"rank": 2}, {"rank": 1}, {"rank": "x"}]))
        if draw(st.booleans()):
            group["pace"] = draw(st.sampled_from([[1.0, 0.7, 0.333], [0.9], [1.0, 1.5], [0.007, 1.0]]))
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
def targets(draw: st.DrawFn, queues: list[str], skips: bool, first: bool = False, last: bool = False) -> dict[str, Any]:
    """A target of a filter, the *first* or another one, which *skips* for sure; *last*: that of the default filter."""
    target: dict[str, Any] = {"queue": draw(st.sampled_from(queues))} if first or last or draw(often) else {}
    if not last and draw(often):
        target["timeout"] = draw(whole_seconds)
    for key, values in {"expression": EXPRESSIONS, "order_by": ORDERS, "skip_if": SKIPS}.items():
        if draw(at_times):
            target[key] = draw(st.sampled_from(values))
    if skips and not last:
        target["skip_if"] = draw(st.sampled_from(SKIPS))
    if draw(at_times):
        target["priority"] = draw(st.integers(0, 4))
    if draw(st.sampled_from([False] * 7 + [True])):
        target["known_worker_friendly_name"] = "task.known"
    return target


@st.composite
def workflows(draw: st.DrawFn, number: int, queues: list[str]) -> dict[str, Any]:
    skips = draw(at_times)
    filters = [
        {
            "expression": draw(st.sampled_from(FILTERS)),
            "targets": [draw(targets(queues, skips, first=place == 0)) for place in range(draw(st.integers(1, 4)))],
        }
        for _ in range(draw(st.integers(1, 3)))
    ]
    default = {"default_filter": draw(targets(queues, skips, last=True))} if draw(st.booleans()) else {}
    workflow: dict[str, Any] = {
        "friendly_name": f"Workflow {number}",
        "configuration": {"task_routing": {"filters": filters, **default}},
    }
    if draw(st.booleans()):
        workflow["task_reservation_timeout"] = draw(some_seconds)
    return workflow


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
def ways(draw: st.DrawFn, queues: list[str], flows: int) -> dict[str, Any]:
    """Where tasks go: to a queue, or through one of the workflows."""
    if not flows or (draw(at_times) and draw(at_times)):
        return {"task_queue": draw(st.sampled_from(queues))}
    attributes: dict[str, Any] = {"level": draw(st.integers(0, 2)), "lang": draw(st.sampled_from(["a", "b", "c"]))}
    if draw(st.booleans()):
        attributes["known"] = draw(st.sampled_from(["Group 0 001", "Group 1 002", "Nobody"]))
    return {"workflow": f"Workflow {draw(st.integers(0, flows - 1))}", "attributes": attributes}


@st.composite
def sequels(draw: st.DrawFn, may_abandon: bool) -> dict[str, Any]:
    """A timeout, and what follows who abandons or waits."""
    found: dict[str, Any] = {}
    if draw(at_times):
        found["timeout"] = draw(some_seconds)
    if may_abandon and draw(st.booleans()):
        found["retrial"] = {
            "probability": draw(st.sampled_from([1.0, 0.5])),
            "delay": draw(laws()),
            "at_most": draw(st.integers(1, 3)),
        }
    if draw(at_times):
        found["callback"] = {"after": draw(seconds), "probability": draw(st.sampled_from([1.0, 0.5]))}
        if draw(st.booleans()):
            found["callback"]["priority"] = draw(st.integers(0, 4))
    return found


@st.composite
def task_types(draw: st.DrawFn, number: int, queues: list[str], flows: int, multi: bool, plain: bool) -> dict[str, Any]:
    arrivals = st.one_of(
        some_seconds.map(lambda every: {"every": every}),
        st.integers(60, 2_000).map(lambda rate: {"per_hour": rate}),
    )
    tasks: dict[str, Any] = {
        "friendly_name": f"Type {number}",
        **draw(ways(queues, flows)),
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
    if not plain:
        tasks |= draw(sequels("patience" in tasks))
    if not multi and draw(st.booleans()):
        tasks["wrap_up_activity"] = draw(st.sampled_from(["Wrap Up", "Busy", "Available"]))
    return tasks


@st.composite
def workspaces(draw: st.DrawFn, multi: bool, plain: bool) -> dict[str, Any]:
    workspace: dict[str, Any] = {
        "multi_task_enabled": multi,
        "default_activity": draw(st.sampled_from(["Offline", "Offline", "Available"])),
        "timeout_activity": draw(st.sampled_from(["Offline", "Break", "Standby"])),
        "prioritize_queue_order": draw(st.sampled_from(["FIFO", "LIFO"])),
        "activities": ACTIVITIES,
    }
    if multi and not plain and draw(at_times):
        workspace["mirror"] = draw(
            st.sampled_from(
                [
                    {"on_a_task": "On a Task", "on_a_task_no_acd": "On a Task, No ACD", "wrap_up": "Wrapping Up"},
                    {"on_a_task": "On a Task", "wrap_up": "Available", "wrap_up_no_acd": "Wrapping Up"},
                    {"on_a_task": "On a Task"},
                    {"on_a_task": "Email"},
                ]
            )
        )
    return workspace


@st.composite
def task_queues(draw: st.DrawFn, name: str, plain: bool) -> dict[str, Any]:
    wanted = st.sampled_from(["1==1", "1==1", "1==1", "skills HAS 'a'", "'b' IN skills", "level >= 1"])
    return {
        "friendly_name": name,
        "target_workers": draw(wanted),
        "task_order": draw(st.sampled_from(["FIFO", "LIFO"])),
        "max_reserved_workers": 1 if plain else draw(st.sampled_from([1, 1, 2, 3, 4])),
    }


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Any scenario; one in three is *plain*, without workflows, several reservations, pace and what follows tasks."""
    multi, plain = draw(st.booleans()), not draw(often)
    horizon = draw(st.sampled_from([250, 60, 400, 130, 20, 5]))
    queues = [f"Queue {number}" for number in range(draw(st.integers(1, 3)))]
    flows = 0 if plain else draw(st.integers(0, 2))
    optimised = multi and not plain and draw(st.booleans())
    types = range(draw(st.sampled_from([1, 2, 2, 3, 0])))
    return Scenario.read(
        {
            "horizon": float(horizon),
            "interval": float(draw(st.sampled_from([7, 30, 60, 1800]))),
            "warm_up": float(draw(st.sampled_from([0, 0, 3]))),
            "service_level": {"within": draw(seconds)},
            "workspace": draw(workspaces(multi, plain)),
            "task_queues": [draw(task_queues(name, plain)) for name in queues],
            "task_channels": [{"unique_name": "chat", "channel_optimized_routing": optimised}] if optimised else [],
            "workflows": [draw(workflows(number, queues)) for number in range(flows)],
            "workers": [draw(groups(number, horizon, multi, plain)) for number in range(draw(st.integers(1, 3)))],
            "tasks": [draw(task_types(number, queues, flows, multi, plain)) for number in types],
        }
    )
