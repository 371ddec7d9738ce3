"""Workflows as TaskRouter keeps them: what is read, what is refused and where, what is written back."""

from __future__ import annotations

import json
import os
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import attrs
import pytest
import tomli_w

from activity_sim.errors import InputError
from activity_sim.model.reading import read, write
from activity_sim.model.workflows import Workflow, written_json
from activity_sim.units import Duration

ESCALATE: dict[str, Any] = {
    "task_routing": {
        "filters": [
            {
                "filter_friendly_name": "Gold",
                "expression": "type == 'ticket' AND customer_value == 'Gold'",
                "targets": [
                    {
                        "queue": "WQ" + "0a" * 16,
                        "priority": 10,
                        "timeout": 300,
                        "expression": "task.lang IN worker.languages",
                        "order_by": "worker.level DESC",
                        "skip_if": "workers.available == 0",
                        "known_worker_sid": "task.agent_sid",
                    },
                    {"priority": 20, "timeout": 60},
                    {"queue": "All", "known_worker_friendly_name": "task.agent.name"},
                ],
            },
            {"expression": "1==1", "targets": [{"queue": "Support"}]},
        ],
        "default_filter": {"queue": "All", "priority": 0},
    }
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the configuration with *value* at *path*, such as ``filters 0 targets 2 timeout``."""
    document = deepcopy(ESCALATE)
    place: Any = document["task_routing"]
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split()]
    for step in steps:
        place = place[step]
    place[last] = value
    return document


def test_it_reads_what_taskrouter_keeps() -> None:
    workflow = Workflow("Escalate", ESCALATE)
    gold, rest = workflow.configuration.filters
    assert workflow.task_reservation_timeout == Duration(120_000_000)
    assert (gold.filter_friendly_name, rest.filter_friendly_name) == ("Gold", None)
    assert [target.queue for target in gold.targets] == ["WQ" + "0a" * 16, None, "All"]
    assert [target.timeout for target in gold.targets] == [Duration(300_000_000), Duration(60_000_000), None]
    assert [target.priority for target in gold.targets] == [10, 20, None]
    assert workflow.configuration.default_filter is not None
    assert workflow.configuration.default_filter.priority == 0


def test_text_table_and_file_are_equal(tmp_path: Path) -> None:
    file = tmp_path / "escalate.json"
    file.write_text(json.dumps(ESCALATE), "utf-8")
    workflow = Workflow("Escalate", ESCALATE)
    ways: list[Any] = [json.dumps(ESCALATE, indent=2), "  " + json.dumps(ESCALATE), file, str(file)]
    assert all(Workflow("Escalate", way) == workflow for way in ways)
    assert Workflow("Escalate", workflow.configuration) == workflow
    assert hash(Workflow("Escalate", ways[0])) == hash(workflow)


def test_numbers_are_read_quoted_and_unquoted() -> None:
    quoted = changed("filters 0 targets 0 timeout", "300")
    quoted["task_routing"]["filters"][0]["targets"][0]["priority"] = "10"
    assert Workflow("Escalate", quoted) == Workflow("Escalate", ESCALATE)


def test_it_writes_what_it_reads() -> None:
    workflow = Workflow("Escalate", ESCALATE, task_reservation_timeout="30s")
    assert write(workflow.configuration) == ESCALATE
    assert json.loads(written_json(workflow)) == ESCALATE
    table = workflow.written()
    assert table == {"friendly_name": "Escalate", "configuration": ESCALATE, "task_reservation_timeout": "30s"}
    assert read(Workflow, tomllib.loads(tomli_w.dumps(table))) == workflow
    assert read(Workflow, json.loads(json.dumps(table))) == workflow
    assert "task_reservation_timeout" not in Workflow("Escalate", ESCALATE).written()


def test_one_that_was_read_from_a_file_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("escalate.json").write_text(json.dumps(ESCALATE), "utf-8")
    workflow = Workflow("Escalate", "escalate.json")
    assert workflow.written()["configuration"] == tmp_path / "escalate.json"
    assert os.path.isabs(workflow.written()["configuration"])  # noqa: PTH117 - of a Path or a text
    assert read(Workflow, workflow.written()) == workflow


def test_values_can_be_put_in_place_of_tables() -> None:
    workflow = Workflow("Escalate", ESCALATE)
    first = workflow.configuration.filters[0].targets[0]
    assert attrs.evolve(first, timeout=first.timeout) == first
    again = attrs.evolve(workflow.configuration, filters=workflow.configuration.filters)
    assert attrs.evolve(workflow, configuration=again) == workflow


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("filters 0 targets 2 timeout", 0, "filters[0].targets[2].timeout: must be a whole number from 1 to"),
        ("filters 0 targets 2 timeout", "5min", "filters[0].targets[2].timeout: must be a whole number from 1 to"),
        ("filters 0 targets 2 timeout", 2.5, "filters[0].targets[2].timeout: must be a whole number from 1 to"),
        ("filters 0 targets 1 priority", -1, "filters[0].targets[1].priority: must be a whole number from 0 to"),
        ("filters 0 targets 1 priority", "high", "filters[0].targets[1].priority: must be a whole number from 0 to"),
        ("filters 0 targets 1 queue", "", "filters[0].targets[1].queue: must be a text that is not empty"),
        ("filters 0 targets 0 queue", None, "filters[0].targets[0].queue: is required in the first target of a filter"),
        (
            "filters 0 targets 0 expression",
            "lang IN worker.languages",
            "filters[0].targets[0].expression: must name attributes as worker.lang or task.lang, not lang, at column 1",
        ),
        (
            "filters 0 targets 0 expression",
            "worker.x HAZ 3",
            "filters[0].targets[0].expression: is not an expression from column 10 on",
        ),
        (
            "filters 0 targets 0 order_by",
            "worker.level DOWN",
            "filters[0].targets[0].order_by: is not an order from column 14 on",
        ),
        (
            "filters 0 targets 0 skip_if",
            "workers.avail == 0",
            "filters[0].targets[0].skip_if: must name workers.available,",
        ),
        (
            "filters 0 targets 0 known_worker_sid",
            "agent_sid",
            "filters[0].targets[0].known_worker_sid: must name an attribute of the task, such as task.agent_sid",
        ),
        (
            "filters 0 targets 0 known_worker_friendly_name",
            "task.name",
            "filters[0].targets[0].known_worker_friendly_name: must not be given beside known_worker_sid",
        ),
        (
            "filters 0 targets 0 prioritty",
            1,
            "filters[0].targets[0].prioritty: is not a key here; the nearest is 'priority'",
        ),
        ("filters 0 name", "Gold", "filters[0].name: is not a key here"),
        (
            "filters 0 friendly_name",
            "Gold",
            "filters[0] (Gold).friendly_name: is not a key here; the nearest is 'filter_friendly_name'",
        ),
        ("filters 1 targets", [], "filters[1].targets: must have at least one target, not none"),
        ("filters 1 targets", {"queue": "All"}, "filters[1].targets: must be a list"),
        ("filters 1", {"targets": [{"queue": "All"}]}, "filters[1].expression: is required"),
        ("filters 1", {"expression": "1==1"}, "filters[1].targets: is required"),
        ("filters 1", "1==1", "filters[1]: must be a table"),
        (
            "filters 1 expression",
            "task.type == 1",
            "filters[1].expression: must name attributes of the task without a prefix, not task.type",
        ),
        ("filters", "all", "filters: must be a list"),
        ("filter", [], "filter: is not a key here; the nearest is 'filters'"),
        ("default_filter timeout", 5, "default_filter.timeout: must not be given in the default filter"),
        ("default_filter queue", None, "default_filter.queue: is required"),
        ("default_filter", "All", "default_filter: must be a table"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(path: str, value: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Workflow("Escalate", changed(path, value))
    assert str(caught.value).startswith(f"configuration.{message}")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "configuration.task_routing: is required"),
        ({"filters": []}, "configuration.filters: is not a key here; the key is task_routing"),
        ({"task-routing": {}}, "configuration.task-routing: is not a key here; the nearest is 'task_routing'"),
        ({"task_routing": {}}, "configuration: must have filters or a default_filter"),
        ({"task_routing": {"filters": []}}, "configuration: must have filters or a default_filter"),
        ('{"task_routing": ', "configuration: is not JSON"),
        (7, "configuration: must be a table with the key task_routing, not 7"),
        ("missing.json", "configuration.missing.json: cannot be read"),
    ],
)
def test_what_is_no_configuration_is_refused(given: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Workflow("Escalate", given)
    assert str(caught.value).startswith(message)


def test_an_error_in_a_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "escalate.json"
    file.write_text(json.dumps(changed("filters 0 targets 2 timeout", 0)), "utf-8")
    with pytest.raises(InputError, match=r"configuration\.escalate\.json: filters\[0\]\.targets\[2\]\.timeout: must"):
        Workflow("Escalate", file)
    file.write_text("[]", "utf-8")
    with pytest.raises(InputError, match=r"escalate\.json: must be a table with the key task_routing"):
        Workflow("Escalate", file)


@pytest.mark.parametrize("length", ["0s", "25h", "soon"])
def test_a_reservation_waits_for_a_day_at_most(length: str) -> None:
    with pytest.raises(InputError, match="task_reservation_timeout: must be"):
        Workflow("Escalate", ESCALATE, task_reservation_timeout=length)
    assert Workflow("Escalate", ESCALATE, task_reservation_timeout="24h").task_reservation_timeout == 86_400_000_000
