"""Where a workflow sends a task, against an interpreter of its JSON that follows TaskRouter's documentation literally.

The interpreter knows no expressions: each that can be drawn stands beside a function of Python that means the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from activity_sim.model.route import Route, Step, route
from activity_sim.model.workflows import Workflow
from activity_sim.units import SECOND

Table = dict[str, Any]
FILTERS: dict[str, Callable[[Table], bool]] = {
    "1==1": lambda task: True,
    "1==2": lambda task: False,
    "vip == true": lambda task: task.get("vip") is True,
    "lang IN ['de', 'en']": lambda task: task.get("lang") in ("de", "en"),
    "lang != 'de'": lambda task: "lang" in task and task["lang"] != "de",
    "agent != null": lambda task: "agent" in task,
}
TARGETS: dict[str, Callable[[Table, Table], bool]] = {
    "worker.level > 1": lambda worker, task: worker.get("level", 0) > 1,
    "task.lang IN worker.languages": lambda worker, task: task.get("lang") in worker.get("languages", []),
    "worker.languages HAS task.lang OR task.vip == true": lambda worker, task: (
        task.get("lang") in worker.get("languages", []) or task.get("vip") is True
    ),
    "NOT worker.friendly_name == task.agent": lambda worker, task: worker["friendly_name"] != task.get("agent"),
}
ORDERS: dict[str, Callable[[Table], int]] = {
    "worker.level DESC": lambda worker: -worker.get("level", -9),
    "worker.level ASC": lambda worker: worker.get("level", 9),
}
SKIPS: dict[str, Callable[[int], bool]] = {"workers.available == 0": lambda free: free == 0, "1==1": lambda free: True}
WORKERS: list[Table] = [
    {"friendly_name": "Ann", "sid": "WK1", "level": 1, "languages": ["de"]},
    {"friendly_name": "Bob", "sid": "WK2", "level": 2, "languages": ["de", "en"]},
    {"friendly_name": "Cid", "sid": "WK3"},
]

# --- workflows and tasks to draw ---

targets = st.fixed_dictionaries(
    {},
    optional={
        "queue": st.sampled_from(["A", "B"]),
        "priority": st.integers(0, 3) | st.sampled_from(["1", "2"]),
        "timeout": st.integers(1, 9) | st.just("10"),
        "expression": st.sampled_from(list(TARGETS)),
        "order_by": st.sampled_from(list(ORDERS)),
        "skip_if": st.sampled_from(list(SKIPS)),
        "known_worker_friendly_name": st.just("task.agent"),
    },
)
first_targets = st.builds(lambda target, queue: {**target, "queue": queue}, targets, st.sampled_from(["A", "B"]))
defaults = first_targets.map(lambda target: {key: item for key, item in target.items() if key != "timeout"})
filters = st.builds(
    lambda expression, first, rest: {"expression": expression, "targets": [first, *rest]},
    st.sampled_from(list(FILTERS)),
    first_targets,
    st.lists(targets, max_size=2),
)
workflows = st.one_of(
    st.fixed_dictionaries({"filters": st.lists(filters, min_size=1, max_size=4)}),
    st.fixed_dictionaries({"filters": st.lists(filters, max_size=4), "default_filter": defaults}),
)
tasks = st.fixed_dictionaries(
    {},
    optional={
        "vip": st.booleans(),
        "lang": st.sampled_from(["de", "en", "fr"]),
        "agent": st.sampled_from(["Ann", "Bob", "Zoe"]),
    },
)


# --- the literal interpreter: from one stage to the next, told how each stage ends ---


def interpreted(workflow: Table, task: Table, endings: list[str]) -> list[Table]:
    """Return the stages of a task that nobody takes; each ends as *endings* say, "skipped" or "timed out", if it can.

    A stage is a target of a filter that matches; the default filter is one where no filter matched, or all that did
    were skipped.
    """
    stages: list[Table] = []
    now: Table = {"priority": None, "age": 0}
    whole_filters_timed_out = False
    for entry in workflow["filters"]:
        if not FILTERS[entry["expression"]](task):
            continue
        for target in entry["targets"]:
            enter(stages, now, target, task)
            ending = endings[len(stages) - 1]
            if ending == "skipped" and "skip_if" in target:
                continue
            if "timeout" not in target:
                return stages
            whole_filters_timed_out = True
    if "default_filter" in workflow and not whole_filters_timed_out:
        enter(stages, now, workflow["default_filter"], task)
    return stages


def enter(stages: list[Table], now: Table, target: Table, task: Table) -> None:
    now["queue"] = target.get("queue", now.get("queue"))
    now["priority"] = int(target["priority"]) if "priority" in target else now["priority"]
    now["age"] += int(target.get("timeout", 0))
    stages.append(
        {
            "queue": now["queue"],
            "priority": now["priority"],
            "until": now["age"] if "timeout" in target else None,
            "workers": [worker["friendly_name"] for worker in WORKERS if meets(target, worker, task)],
            "skips": [SKIPS[target["skip_if"]](free) for free in (0, 1)] if "skip_if" in target else None,
            "order": sorted(map(ORDERS[target["order_by"]], WORKERS)) if "order_by" in target else None,
        }
    )


def meets(target: Table, worker: Table, task: Table) -> bool:
    known = "known_worker_friendly_name" not in target or worker["friendly_name"] == task.get("agent")
    return known and ("expression" not in target or TARGETS[target["expression"]](worker, task))


# --- the same from a route ---


def followed(way: Route, endings: list[str]) -> list[Table]:
    """Return the stages that the steps of *way* say, when they end as *endings* say."""
    stages: list[Table] = []
    timed_out = False
    for step, ending in zip(way.steps, endings, strict=False):
        stages.append(shown(step))
        if ending == "skipped" and step.skip_if is not None:
            continue
        if step.until is None:
            return stages
        timed_out = True
    return stages if timed_out or way.default is None else [*stages, shown(way.default)]


def shown(step: Step) -> Table:
    ordered = sorted(WORKERS, key=step.order_by)
    levels = [clause.level(worker) for worker in ordered for clause in step.order_by.clauses]
    missing, sign = (-9, -1) if "DESC" in str(step.order_by) else (9, 1)
    return {
        "queue": step.queue,
        "priority": step.priority,
        "until": None if step.until is None else step.until / SECOND,
        "workers": [worker["friendly_name"] for worker in WORKERS if step.accepts(worker)],
        "skips": step.skip_if and [step.skip_if({"workers": {"available": free}}) for free in (0, 1)],
        "order": [sign * (missing if level is None else level) for level in levels] or None,
    }


@given(workflows, tasks, st.lists(st.sampled_from(["skipped", "timed out"]), min_size=13, max_size=13))
def test_a_route_is_what_a_literal_reading_of_the_workflow_gives(workflow: Table, task: Table, endings: Any) -> None:
    way = route(Workflow("Drawn", {"task_routing": workflow}), task)
    assert followed(way, endings) == interpreted(workflow, task, endings)


@given(workflows, tasks)
def test_verdicts_say_of_each_filter_whether_it_matches_or_why_not(workflow: Table, task: Table) -> None:
    verdicts = route(Workflow("Drawn", {"task_routing": workflow}), task).verdicts
    assert [verdict.matches for verdict in verdicts] == [FILTERS[f["expression"]](task) for f in workflow["filters"]]
    assert all(bool(verdict.why_not) is not verdict.matches for verdict in verdicts)
    assert [verdict.place for verdict in verdicts] == [f"filters[{n}]" for n in range(len(workflow["filters"]))]


@given(workflows, tasks, tasks)
def test_tasks_that_go_the_same_way_have_equal_routes(workflow: Table, task: Table, other: Table) -> None:
    made = Workflow("Drawn", {"task_routing": workflow})
    one, two = route(made, task), route(made, other)
    assert one == route(made, {**task, "unseen": other})
    assert hash(one) == hash(route(made, {**task, "unseen": 1}))
    if one == two:
        assert [shown(step) for step in one.steps] == [shown(step) for step in two.steps]


def test_places_name_filter_and_target() -> None:
    listed = [
        {"expression": "1==2", "targets": [{"queue": "A"}]},
        {"expression": "1==1", "targets": [{"queue": "A", "timeout": 10}, {"skip_if": "1==1"}]},
        {"expression": "1==1", "targets": [{"queue": "B"}, {"queue": "C"}]},
    ]
    way = route(Workflow("W", {"task_routing": {"filters": listed, "default_filter": {"queue": "D"}}}), {})
    assert [step.place for step in way.steps] == [
        "filters[1].targets[0]",
        "filters[1].targets[1]",
        "filters[2].targets[0]",
    ]
    assert way.default is None
    none = route(Workflow("W", {"task_routing": {"filters": listed[:1], "default_filter": {"queue": "D"}}}), {})
    assert [step.place for step in none.steps] == ["default_filter"]
    assert route(Workflow("W", {"task_routing": {"filters": listed[:1]}}), {}).steps == ()


def test_a_known_worker_that_the_task_does_not_name_is_nobody() -> None:
    target = {"queue": "A", "known_worker_sid": "task.agent_sid", "expression": "worker.level > 1"}
    workflow = Workflow("W", {"task_routing": {"filters": [{"expression": "1==1", "targets": [target]}]}})
    for task in ({}, {"agent_sid": None}, {"agent_sid": "WK1"}):
        assert not any(map(route(workflow, task).steps[0].accepts, WORKERS))
    (step,) = route(workflow, {"agent_sid": "WK2"}).steps
    assert str(step.accepts) == 'level > 1 AND sid == "WK2"'
    assert [worker["friendly_name"] for worker in WORKERS if step.accepts(worker)] == ["Bob"]
