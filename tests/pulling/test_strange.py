"""Workspaces as they may be: equal names, old formats, texts of any kind. Each makes a scenario that loads."""

from __future__ import annotations

import json
import tomllib
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.pulling.pull import Pulled, pull
from tests.pulling.homes import (
    Space,
    activity,
    channel,
    names,
    queue,
    sid,
    to_queue,
    uncommented,
    worker,
    workflow,
)
from tests.taskrouter.scripted import Scripted

LEGACY = "task-routing:\n  - filter: \n      - 1 == 1\n    target:\n      - queue: WQ\n        set-priority: 0\n"


def pulled(space: Space, folder: Path) -> Pulled:
    with Scripted(space.script) as server, server.client() as client:
        return pull(client, folder)


def loaded(space: Space, folder: Path, *words: str) -> sim.Scenario:
    """Return the scenario of *space*, whose pull and nothing else warns, of *words*."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", sim.ActivitySimWarning)
        pulled(space, folder)
    told = [str(warning.message) for warning in caught]
    assert all(any(word in message for message in told) for word in words), told
    assert bool(told) == bool(words), told
    file = folder / "scenario.toml"
    file.write_text(uncommented(file.read_text("utf-8")), "utf-8")
    assert len(sim.load_scenario(file).tasks) >= 1
    return sim.load_scenario(file)


def test_a_workspace_with_nothing_in_it_makes_a_scenario(tmp_path: Path) -> None:
    scenario = loaded(Space(workers=[]), tmp_path / "a")
    assert scenario.worker_names == ("Workers 001",)
    assert scenario.task_queues == ()
    assert scenario.tasks[0].task_queue is None


def test_workers_that_come_later_are_written_and_the_planner_s_stay(tmp_path: Path) -> None:
    space = Space(workers=[])
    pulled(space, tmp_path / "a")
    space.workers = [worker(1, "Ann")]
    pulled(space, tmp_path / "a")
    assert "Once it has some: workers = " in (tmp_path / "a" / "scenario.toml").read_text("utf-8")
    assert [one["friendly_name"] for one in json.loads((tmp_path / "a" / "workers.json").read_text())["workers"]] == [
        "Ann"
    ]


def test_equal_names_are_told_apart_by_their_sids(tmp_path: Path) -> None:
    space = Space(
        workers=[
            worker(0xA1, "Ann"),
            worker(0xA2, "ann"),
            worker(0xB0001, "Bob"),
            worker(0xC0001, "Bob"),
            worker(9, "all"),
        ],
        queues=[queue(0xAB, "Support"), queue(0xCD, "Support")],
        workflows=[
            workflow(1, "Main", to_queue(0xCD)),
            workflow(2, "Main", to_queue(0xAB)),
            workflow(3, "all", to_queue(0xCD)),
        ],
    )
    scenario = loaded(space, tmp_path / "a", "workers whose names", "task queues whose names", "workflows whose names")
    assert scenario.worker_names == ("Ann", "ann", "Bob (0001)", "Bob (c0001)", "all (0009)")
    assert [one.friendly_name for one in scenario.task_queues] == ["Support (00ab)", "Support (00cd)"]
    assert [one.friendly_name for one in scenario.workflows] == ["Main (0001)", "Main (0002)", "all"]
    assert [tasks.friendly_name for tasks in scenario.tasks] == ["Main (0001)", "Main (0002)", "all tasks"]


def test_activities_of_one_name_are_found_by_their_sids(tmp_path: Path) -> None:
    activities = [activity(1, "Offline"), activity(2, "Break", available=True), activity(3, "Break")]
    space = Space(
        activities=activities, workers=[worker(1, "Ann", at=3), worker(2, "Bob", at=2), worker(3, "Cem", at=7)]
    )
    scenario = loaded(space, tmp_path / "a", "told apart", "whose activity was not among those fetched", "'Cem'")
    assert [member.activity for member in scenario.workers[0].members] == ["Break (0003)", "Break (0002)", None]


@pytest.mark.parametrize(
    "attributes",
    ["", "[1]", "null", '"text"', "{", "{'a': 1}", '{"a": NaN}', "[" * 5_000, '{"a": "' + "x" * 4_096 + '"}'],
)
def test_attributes_that_are_no_object_are_none(attributes: str, tmp_path: Path) -> None:
    space = Space(workers=[worker(1, "Ann", attributes), worker(2, "Bob", '{"level": 2}')])
    told = ("workers whose attributes are no JSON object", "'Ann'") if attributes else ()
    scenario = loaded(space, tmp_path / "a", *told)
    assert [member.attributes for member in scenario.workers[0].members] == [{}, {"level": 2}]


def test_attributes_as_long_as_the_api_allows_are_there(tmp_path: Path) -> None:
    longest = {"a": "ß" * (4_096 - len('{"a":""}'))}
    written = json.dumps(longest, ensure_ascii=False, separators=(",", ":"))
    assert len(written) == 4_096
    scenario = loaded(Space(workers=[worker(1, "Ann", written)]), tmp_path / "a")
    assert scenario.workers[0].members[0].attributes == longest


def test_capacities_are_as_they_hold(tmp_path: Path) -> None:
    channels = [channel("voice", 2), channel("chat", 5, available=False), channel("sms", 2**31 - 1), channel("fax", 0)]
    scenario = loaded(Space(channels=channels), tmp_path / "a")
    assert scenario.workers[0].members[0].channels == {"voice": 2, "chat": 0, "sms": 1_000, "fax": 0}


@pytest.mark.parametrize("place", [f"Workers/{sid('WK', 2)}", f"Workers/{sid('WK', 2)}/Channels"])
def test_a_worker_that_is_deleted_meanwhile_is_left_out(place: str, tmp_path: Path) -> None:
    space = Space(workers=[worker(1, "Ann"), worker(2, "Bob"), worker(3, "Cem")], gone=(place,))
    assert loaded(space, tmp_path / "a").worker_names == ("Ann", "Cem")


def test_every_page_is_read(tmp_path: Path) -> None:
    everyone = [f"Worker {number}" for number in range(7)]
    space = Space(workers=[worker(n, name, json.dumps({"n": n})) for n, name in enumerate(everyone)], page=3)
    space.queues = [queue(n, f"Queue {n}") for n in range(4)]
    scenario = loaded(space, tmp_path / "a")
    assert scenario.worker_names == tuple(everyone)
    assert [member.attributes for member in scenario.workers[0].members] == [{"n": n} for n in range(7)]
    assert len(scenario.task_queues) == 4


@pytest.mark.parametrize("target", [None, "", "  "])
def test_a_queue_without_workers_has_nobody_and_says_so(target: str | None, tmp_path: Path) -> None:
    scenario = loaded(Space(queues=[queue(1, "Parked", target)]), tmp_path / "a")
    assert scenario.task_queues[0].target_workers == "1==0"
    text = (tmp_path / "a" / "scenario.toml").read_text("utf-8")
    assert "# It has no target_workers in TaskRouter, so nobody serves it.\n[[task_queues]]" in text


def test_a_queue_whose_expression_cannot_be_read_has_nobody_and_says_so(tmp_path: Path) -> None:
    space = Space(queues=[queue(1, "Odd", "skills\nLIKE 'x'", task_order="LIFO", max_reserved_workers=99)])
    scenario = loaded(space, tmp_path / "a", "task queue 'Odd' has nobody to serve it")
    assert scenario.task_queues[0] == sim.TaskQueue(
        "Odd", target_workers="1==0", task_order="LIFO", max_reserved_workers=50, sid=sid("WQ", 1)
    )
    assert "# Its expression cannot be read" in (tmp_path / "a" / "scenario.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("configuration", "word", "ending"),
    [
        (LEGACY, "must be a JSON object", "txt"),
        ("/etc/hostname", "must be a JSON object", "txt"),
        ("[]", "must be a JSON object", "txt"),
        (
            {"task_routing": {"filters": [], "default_filter": {"queue": sid("WQ", 404)}}},
            "must be the friendly",
            "json",
        ),
        (
            {"task_routing": {"filters": [{"expression": "a LIKE b", "targets": [{"queue": sid("WQ", 1)}]}]}},
            "is not an expression",
            "json",
        ),
        ({"task_routing": {}}, "must have filters or a default_filter", "json"),
    ],
)
def test_a_workflow_that_cannot_be_read_is_left_out_and_kept(
    configuration: Any, word: str, ending: str, tmp_path: Path
) -> None:
    flows = [workflow(1, "Old\n# [[tasks]]", configuration), workflow(2, "New", to_queue(1))]
    scenario = loaded(Space(queues=[queue(1, "All")], workflows=flows), tmp_path / "a", "is left out", word)
    assert [one.friendly_name for one in scenario.workflows] == ["New"]
    assert "# Left out: the workflow 'Old\\n# [[tasks]]'" in (tmp_path / "a" / "scenario.toml").read_text("utf-8")
    kept = (tmp_path / "a" / f"workflow-old-tasks.{ending}").read_text("utf-8")
    assert kept == configuration if ending == "txt" else json.loads(kept) == configuration


def test_a_single_tasking_queue_without_activities_takes_one_that_is_there(tmp_path: Path) -> None:
    space = Space(multi_task_enabled=False, queues=[queue(1, "Support")])
    space.task_channels = [
        {"sid": sid("TC", 1), "friendly_name": "V", "unique_name": "voice", "channel_optimized_routing": True}
    ]
    scenario = loaded(space, tmp_path / "a", "has no reservation_activity; 'Offline'", "no assignment_activity")
    assert scenario.task_channels == ()
    assert scenario.task_queues[0].assignment_activity == "Offline"


anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
quotes = st.text("\"'\\\n\r\t#[]= ß\u2028\x00\x7f", min_size=1, max_size=8)
texts = anything | quotes | st.sampled_from(["all", "Support", "# <<<", "\n# <<<\n", "'''", '"""'])


@settings(max_examples=60)
@given(st.lists(texts, max_size=4), st.lists(texts, max_size=3), st.lists(texts, max_size=3), texts, st.data())
def test_whatever_the_names_are_the_scenario_loads_and_is_pulled_again(
    tmp_path_factory: pytest.TempPathFactory,
    workers: list[str],
    queues: list[str],
    workflows: list[str],
    title: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("any") / "a"
    space = Space(
        friendly_name=title,
        workers=[worker(n, name, json.dumps({name: [name]})) for n, name in enumerate(workers)],
        queues=[queue(n, name, data.draw(st.none() | texts | st.just("1==1"))) for n, name in enumerate(queues)],
        workflows=[workflow(n, name, data.draw(st.just(to_queue(0)) | texts)) for n, name in enumerate(workflows)],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sim.ActivitySimWarning)
        first = pulled(space, folder)
        before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "pull.json"}
        again = pulled(space, folder)
    scenario = sim.load_scenario(folder / "scenario.toml")
    assert (scenario.name, len(scenario.worker_names)) == (title, max(len(workers), 1))
    assert len(scenario.task_queues) == len(queues)
    assert [flow.friendly_name for flow in scenario.workflows] == [flow.friendly_name for flow in first.parts.read]
    assert again.copies == ()
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "pull.json"} == before
    assert names(folder) == sorted(first.files)
    tomllib.loads(uncommented((folder / "scenario.toml").read_text("utf-8")))
