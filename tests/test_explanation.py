"""What is explained of a task, against examples worked out by hand, the plan, and what runs."""

from __future__ import annotations

import json
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings

import activity_sim as sim
from activity_sim.drawing import prepare
from activity_sim.units import Duration
from tests.model.test_route import tasks as task_attributes
from tests.model.test_route import workflows

SPEAKS = "task.language IN worker.languages"
ESCALATE = {
    "task_routing": {
        "filters": [
            {
                "filter_friendly_name": "Gold",
                "expression": "value == 'Gold'",
                "targets": [
                    {
                        "queue": "Support",
                        "priority": 10,
                        "timeout": 60,
                        "expression": SPEAKS,
                        "order_by": "worker.level DESC",
                    },
                    {"queue": "Everyone", "timeout": 60, "skip_if": "workers.available == 0"},
                ],
            },
            {
                "expression": "agent != null",
                "targets": [{"queue": "Support", "known_worker_friendly_name": "task.agent", "timeout": 30}],
            },
        ]
    }
}
GROUPS = [
    sim.Workers("Senior", count=2, attributes={"skills": ["support"], "languages": ["de"], "level": 3}),
    sim.Workers("Junior", count=10, attributes={"skills": ["support"], "languages": ["de", "en"], "level": 1}),
    sim.Workers("English", count=3, attributes={"skills": ["support"], "languages": ["en"], "level": 5}),
    sim.Workers("Phones", attributes={"skills": ["support"], "languages": ["de"]}, channels={"chat": 0}),
    sim.Workers("Back office", attributes={"skills": []}),
]


def chats(**changes: Any) -> sim.Tasks:
    law = {"arrivals": sim.Poisson(60), "handle_time": "4min", "task_channel": "chat"}
    return sim.Tasks("chat", **{**law, "attributes": {"value": "Gold", "language": "de"}, **changes})


def centre(*tasks: sim.Tasks, workflow: Any = ESCALATE, **changes: Any) -> sim.Scenario:
    given: dict[str, Any] = {
        "horizon": "8h",
        "workspace": {"default_activity": "Available"},
        "workers": GROUPS,
        "task_queues": [sim.TaskQueue("Support", target_workers="'support' IN skills"), sim.TaskQueue("Everyone")],
        "workflows": [sim.Workflow("Escalate", workflow)],
        "tasks": tasks or (chats(),),
    }
    return sim.Scenario(**{**given, **changes})


# --- by hand ---


def test_filters_say_whether_they_match_and_why_not() -> None:
    filters = sim.explain(centre(), "chat").filters
    assert filters["matches"].tolist() == [True, False]
    assert filters["filter"].tolist() == ["Gold", ""]
    assert filters["why_not"].tolist() == ["", "agent != null is false: agent is missing"]


def test_targets_are_in_order_with_what_they_ask() -> None:
    targets = sim.explain(centre(), "chat").targets
    assert targets["place"].tolist() == ["filters[0].targets[0]", "filters[0].targets[1]"]
    assert targets["queue"].tolist() == ["Support", "Everyone"]
    assert targets["priority"].tolist() == [10, 10]
    assert targets[["since", "until"]].to_numpy().tolist() == [[0, 60], [60, 120]]
    assert targets["order_by"].tolist() == ["worker.level DESC", ""]
    assert targets["skip_if"].tolist() == ["", "workers.available == 0"]
    assert targets["workers"].tolist() == [12, 16]
    nobody = {"English": 0, "Phones": 0, "Back office": 0}
    assert targets["by_group"][0] == {"Senior": 2, "Junior": 10, **nobody}


def test_workers_are_in_the_order_in_which_they_are_taken_and_others_say_why_not() -> None:
    workers = sim.explain(centre(), "chat").workers
    first = workers[workers["target"] == 1]
    assert first["first"].tolist() == ["Senior 001", "Junior 001", "English 001", "Phones 001", "Back office 001"]
    assert first["count"].tolist() == [2, 10, 3, 1, 1]
    assert first["order"].tolist()[:2] == [1, 2] and first["order"].isna().tolist() == [False] * 2 + [True] * 3
    assert first["why_not"].tolist() == [
        "",
        "",
        f'not for the target: {SPEAKS} is false: task.language is "de", worker.languages is ["en"]',
        "no capacity on the task channel 'chat'",
        "not in the queue 'Support': \"support\" IN skills is false: skills is []",
    ]


def test_it_reads_well() -> None:
    lines = str(sim.explain(centre(), "chat")).splitlines()
    assert lines[0].startswith("chat: workflow 'Escalate', task channel 'chat', attributes {")
    assert "  yes  filters[0] (Gold): value == 'Gold'" in lines
    assert (
        "  2. filters[0].targets[1]: queue 'Everyone', priority 10, from 1min until an age of 2min: 16 of 17 workers"
        in lines
    )
    assert "     yes  Junior 001 and 9 more of Junior" in lines
    assert lines[-1] == "If nobody takes it, it is canceled at an age of 2min, the end of its last target."


def test_other_attributes_take_the_place_of_the_type_s() -> None:
    found = sim.explain(centre(), "chat", attributes={"agent": "Junior 004"})
    workers = found.workers
    assert found.filters["matches"].tolist() == [False, True]
    assert workers[workers["eligible"]]["first"].tolist() == ["Junior 004"]
    reasons = dict(zip(workers["first"], workers["why_not"], strict=True))
    assert reasons["Junior 001"] == 'not the known worker: task.agent is "Junior 004"'
    assert workers[workers["first"] == "Junior 001"]["count"].tolist() == [9]
    again = sim.explain(centre(), "chat", attributes='{"agent": "Junior 004"}')
    assert str(again) == str(found)


def test_a_known_worker_that_the_task_does_not_name_is_said() -> None:
    target = {"queue": "Everyone", "known_worker_sid": "task.agent_sid"}
    workflow = {"task_routing": {"default_filter": target}}
    workers = sim.explain(centre(workflow=workflow), "chat").workers
    assert set(workers["why_not"]) == {"not the known worker: task.agent_sid is missing"}


def test_tasks_that_match_nothing_are_canceled_when_they_arrive() -> None:
    found = sim.explain(centre(), "chat", attributes={})
    assert found.targets.empty and found.workers.empty
    assert found.fate == "It matches no filter, and there is no default filter: it is canceled when it arrives."
    assert str(found).endswith(found.fate) and found.fate in found._repr_html_()


def test_tasks_of_a_queue_have_one_target_without_limit() -> None:
    found = sim.explain(centre(chats(task_queue="Support", priority=3)), "chat")
    assert (found.workflow, found.filters.empty) == (None, True)
    assert found.targets[["queue", "priority", "workers"]].to_numpy().tolist() == [["Support", 3, 15]]
    assert found.targets["until"].isna().all()
    assert found.fate == "It waits there until somebody takes it."


@pytest.mark.parametrize(
    ("targets", "default", "timeout", "fate"),
    [
        ([{"queue": "Support"}], None, None, "waits there until"),
        ([{"queue": "Support", "timeout": 30}, {"queue": "Everyone"}], None, None, "waits at the last target until"),
        ([{"queue": "Support", "timeout": 30}], None, None, "age of 30s, the end of its last target"),
        ([{"queue": "Support", "timeout": 30}], None, "20s", "age of 20s, its timeout"),
        ([{"queue": "Support"}], None, "20s", "age of 20s, its timeout"),
        ([{"queue": "Support", "skip_if": "1==1"}], None, None, "canceled where it is left at once"),
        ([{"queue": "Support", "skip_if": "1==1"}], {"queue": "Everyone"}, None, "waits at the last target until"),
    ],
)
def test_the_fate_of_a_task_that_nobody_takes(targets: Any, default: Any, timeout: Any, fate: str) -> None:
    routing = {"filters": [{"expression": "1==1", "targets": targets}], "default_filter": default}
    workflow = {"task_routing": {key: value for key, value in routing.items() if value}}
    assert fate in sim.explain(centre(chats(timeout=timeout), workflow=workflow), "chat").fate


def test_a_callback_goes_where_its_call_went_with_its_own_priority() -> None:
    workflow = {"task_routing": {"default_filter": {"queue": "Everyone"}}}
    callback = sim.Callback("2min", probability=0.4, priority=7)
    scenario = centre(chats(callback=callback, priority=2), workflow=workflow)
    assert sim.explain(scenario, "chat").targets["priority"].tolist() == [2]
    assert sim.explain(scenario, "chat callback").targets["priority"].tolist() == [7]


def test_single_tasking_knows_no_capacities() -> None:
    workspace = {"multi_task_enabled": False, "default_activity": "Available"}
    assert sim.explain(centre(workspace=workspace), "chat").targets["workers"].tolist() == [13, 17]


def test_an_order_by_something_else_than_whole_numbers_is_none() -> None:
    odd = attrs.evolve(GROUPS[1], attributes={**GROUPS[1].attributes, "level": "1"})
    workers = sim.explain(centre(workers=[odd, GROUPS[0]]), "chat").workers
    assert workers[workers["target"] == 1]["first"].tolist() == ["Junior 001", "Senior 001"]


def test_workers_of_the_api_have_their_own_attributes_sids_and_capacities() -> None:
    members = [
        {"friendly_name": "Ann", "attributes": {"level": 1}, "sid": "WK1"},
        {"friendly_name": "Bob", "attributes": {"level": 2}, "sid": "WK2", "channels": {"chat": 0}},
        {"friendly_name": "Cem", "attributes": {"level": 1}},
    ]
    group = sim.Workers("Desk", members=members)
    target = {"queue": "Everyone", "order_by": "worker.level DESC"}
    scenario = centre(workers=[group], workflow={"task_routing": {"default_filter": target}})
    workers = sim.explain(scenario, "chat").workers
    assert workers[["first", "count", "eligible"]].to_numpy().tolist() == [["Ann", 2, True], ["Bob", 1, False]]
    known = {"queue": "Everyone", "known_worker_sid": "task.agent"}
    scenario = centre(workers=[group], workflow={"task_routing": {"default_filter": known}})
    workers = sim.explain(scenario, "chat", attributes={"agent": "WK1"}).workers
    assert workers[workers["eligible"]]["first"].tolist() == ["Ann"]


# --- what is wrong, large or hostile ---


@pytest.mark.parametrize(
    ("task", "attributes", "message"),
    [
        ("chatt", None, "task: must be one of 'chat', not 'chatt'; the nearest is 'chat'"),
        (3, None, "task: must be the name of a task type, not 3"),
        ("chat", "{", "attributes: must be a table or a JSON object"),
        ("chat", [1], r"attributes: must be a table or a JSON object, not \[1\]"),
    ],
)
def test_what_cannot_be_explained_is_refused(task: Any, attributes: Any, message: str) -> None:
    with pytest.raises(sim.InputError, match=message):
        sim.explain(centre(), task, attributes=attributes)


def test_names_and_attributes_are_escaped_in_notebooks() -> None:
    group = sim.Workers("<b>A</b>", attributes={"skills": "<script>"})
    html = sim.explain(centre(workers=[group]), "chat", attributes={"value": "Gold", "x": "<i>"})._repr_html_()
    assert "&lt;b&gt;" in html and "&lt;i&gt;" in html and "&lt;script&gt;" in html
    assert "<script>" not in html and "<i>" not in html and "<b>A" not in html


def test_thousands_of_workers_who_all_differ_are_cut_in_print_and_whole_in_the_frame() -> None:
    members = [{"friendly_name": f"W{n}", "attributes": {"level": n}} for n in range(3_000)]
    target = {"queue": "Everyone", "expression": "worker.level > 1499", "order_by": "worker.level DESC"}
    filters = [{"expression": f"a == {n}", "targets": [target]} for n in range(100)]
    workflow = {"task_routing": {"filters": filters, "default_filter": target}}
    found = sim.explain(centre(workers=[sim.Workers("All", members=members)], workflow=workflow), "chat")
    assert len(str(found).splitlines()) < 40 and len(found._repr_html_()) < 50_000
    assert "  and 92 more that it does not match, in .filters" in str(found).splitlines()
    assert len(found.workers) == 3_000 and found.workers["first"][0] == "W2999"
    assert "     yes  and 1,492 more, in .workers" in str(found).splitlines()


def test_check_explains(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from activity_sim.cli import commands

    file = tmp_path / "escalate.toml"
    centre().save(str(file))
    commands.main(["check", str(file), "--explain", "chat"], standalone_mode=False)
    assert str(sim.explain(centre(), "chat")) in capsys.readouterr().out
    more = ["--attributes", '{"agent": "Junior 004"}', "--json"]
    commands.main(["check", str(file), "--explain", "chat", *more], standalone_mode=False)
    said = json.loads(capsys.readouterr().out)["explanation"]
    assert [row["first"] for row in said["workers"] if row["eligible"]] == ["Junior 004"]
    for more, words in ((["--explain", "chatt"], "--explain: must be"), (["--attributes", "{}"], "is only for")):
        with pytest.raises(sim.InputError, match=words):
            commands.main(["check", str(file), *more], standalone_mode=False)


# --- what runs ---

PEOPLE: list[dict[str, Any]] = [
    {"friendly_name": "Ann", "sid": "WK1", "attributes": {"level": 1, "languages": ["de"]}},
    {"friendly_name": "Bob", "sid": "WK2", "attributes": {"level": 2, "languages": ["de", "en"]}},
    {"friendly_name": "Cid", "sid": "WK3"},
    {"friendly_name": "Dee", "attributes": {"level": 2, "languages": ["de"]}, "channels": {"chat": 0}},
]
QUEUES = [sim.TaskQueue("A"), sim.TaskQueue("B", target_workers="level > 0")]


def drawn(workflow: Any, task: Any) -> sim.Scenario:
    """Return a scenario in which everybody is available, and many tasks come at once."""
    arrivals = sim.Trace((Duration(1_000_000),) * 4 + (Duration(9_000_000),) * 4)
    chat = chats(attributes=task, arrivals=arrivals, handle_time="20s")
    desk = [sim.Workers(person["friendly_name"], members=[person]) for person in PEOPLE]
    return centre(chat, workflow={"task_routing": workflow}, workers=desk, task_queues=QUEUES, horizon="2min")


@given(workflows, task_attributes)
def test_the_plan_accepts_whom_it_says(workflow: Any, task: Any) -> None:
    scenario = drawn(workflow, task)
    found, prepared = sim.explain(scenario, "chat"), prepare(scenario)
    (route,) = set(prepared.types[0].routes.tolist())
    lanes = prepared.routes.lane[prepared.routes.first[route] : prepared.routes.first[route + 1]]
    assert len(lanes) == len(found.targets)
    for number, lane in enumerate(lanes, 1):
        able = prepared.lanes.accepts[lane][prepared.skill_set] & (prepared.staff["capacity"][:, 0] > 0)
        places = prepared.lanes.order[lane][prepared.skill_set]
        taken = sorted(np.flatnonzero(able), key=lambda worker, places=places: places[worker])  # type: ignore[misc]
        assert [scenario.worker_names[worker] for worker in taken] == named(found, number)


@settings(max_examples=settings.default.max_examples // 4)
@given(workflows, task_attributes)
def test_only_those_get_tasks_whom_it_says(workflow: Any, task: Any) -> None:
    scenario = drawn(workflow, task)
    found, log = sim.explain(scenario, "chat"), sim.simulate(scenario, engine="simpy")
    may = {(row.queue, name) for row in found.targets.itertuples() for name in named(found, int(row.target))}
    accepted = log.tasks[log.tasks["outcome"].isin(["completed", "in_progress"])]
    assert set(zip(accepted["task_queue"], accepted["worker"], strict=True)) <= may
    if not len(found.targets):
        assert set(log.tasks["outcome"]) == {"canceled"}
        assert (log.tasks["completed"] == log.tasks["arrival"]).all()


def named(found: sim.Explanation, target: int) -> list[str]:
    """Return the names of those who may take a task at a *target*, in order; each is a group of one."""
    rows = found.workers[(found.workers["target"] == target) & found.workers["eligible"]]
    assert (rows["count"] == 1).all()
    return rows["first"].tolist()


@pytest.mark.parametrize("order_by", [None, "worker.level DESC", "worker.level ASC", "worker.name ASC"])
def test_workers_are_taken_in_the_order_that_it_says(order_by: str | None) -> None:
    target = {"queue": "Support", **({"order_by": order_by} if order_by else {})}
    arrivals = sim.Trace((Duration(1_000_000),) * 16)
    scenario = centre(chats(arrivals=arrivals, handle_time="9h"), workflow={"task_routing": {"default_filter": target}})
    taken = sim.simulate(scenario, engine="simpy").reservations["worker"].tolist()
    rows = sim.explain(scenario, "chat").workers
    rows = rows[rows["eligible"]]
    groups = [group for row in rows.itertuples() for group in [row.worker_group] * row.count]
    assert [worker.rsplit(" ", 1)[0] for worker in taken] == groups
    firsts = np.cumsum([0, *rows["count"]])[:-1]
    assert [taken[place] for place in firsts] == rows["first"].tolist()
