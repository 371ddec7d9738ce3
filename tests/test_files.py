"""Scenarios and what they refer to: read from files, written in Python, saved elsewhere and read again."""

from __future__ import annotations

import json
import re
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.model.activity import available
from activity_sim.model.scenario import Scenario
from activity_sim.model.workflows import WorkflowFilter, WorkflowTarget, written_json
from tests.strategies import scenarios

ROOT = Path(sim.__file__).parent
ACCOUNT, WORKSPACE = "AC" + "0" * 32, "WS" + "1" * 32

# Every key of the scenario file that single-tasking knows, on top of what the files below hold.
FULL = """
name = 'Every key, "quoted" and ümlauted'
start = 2026-03-28T06:00:00
time_zone = "Europe/Berlin"
horizon = "2 days 12h"
interval = "15min"
service_level = { within = "30s", target = 0.9, definition = "excluding_short_abandons" }
busyness = { distribution = "gamma", mean = 1.0, cv = 0.1 }
warm_up = "2h"
roster = "lists/roster.csv"

[costs]
per_hour = 24.5
by_activity = { Away = 12.0 }
per_abandoned = 3.5
per_overtime_minute = 0.5
currency = "EUR"

[workspace]
multi_task_enabled = false
default_activity = "Away"
timeout_activity = "Missed"
prioritize_queue_order = "LIFO"
activities = "lists/activities.json"

[[task_queues]]
friendly_name = "Support"
target_workers = '"support" IN skills AND level >= 2'
task_order = "LIFO"
max_reserved_workers = 1
reservation_activity = "Ringing"
assignment_activity = "Talking"

[[task_queues]]
friendly_name = "Rest"
reservation_activity = "Ringing"
assignment_activity = "Talking"

[[workers]]
friendly_name = "Tier 1"
count = 3
attributes = { skills = ["support"], level = 2, team = { name = "north", sizes = [1, 2.5], remote = true } }
channels = { voice = 2, chat = 0 }
leave = "idle_only"
absence = 0.05
recovery = "2min"
per_hour = 30.0
reject_activity = "Missed"
shifts = [
    { activity = "Ready", start = "08:00", end = "16:30", days = "Mon-Fri" },
    { activity = "Ready", start = "22:00", end = "+1 06:00:30", days = ["Sat"] },
]
breaks = [
    { activity = "Away", start = "12:00", lasts = "30min", stagger = "90min", days = "Mon, Wed" },
    { activity = "Away", start = "+1 02:00", lasts = { distribution = "uniform", low = "5min", high = "10min" } },
]
interruptions = [
    { activity = "Missed", every = { distribution = "exponential", mean = "2h" }, lasts = "10min" },
    { activity = "Away", every = { distribution = "empirical", file = "lists/gaps.csv", column = "gap" }, lasts = 60 },
]

[[workers]]
friendly_name = "Rostered"
attributes = '{"skills": [], "level": 1}'
roster = "lists/own.csv"
breaks = [{ activity = "Away", start = "12:00", lasts = "30min" }]

[[workers]]
friendly_name = "Wanderers"
count = 1
[workers.routine]
start = "Ready"
[workers.routine.stay]
Ready = { distribution = "weibull", mean = "90min", shape = 1.5 }
Away = "15min"
[workers.routine.next.Ready]
Away = 0.75
Missed = 0.25
[workers.routine.next.Away]
Ready = 1.0

[[tasks]]
friendly_name = "replayed"
task_queue = "Support"
attributes = { language = "de" }
task_channel = "voice"
priority = 7
arrivals = { times = "lists/trace.csv", column = "called" }
handle_time = { distribution = "lognormal", mean = "6min", cv = 0.8 }
wrap_up_time = { distribution = "erlang", mean = "45s", shape = 3 }
wrap_up_activity = "Wrap Up"
patience = { distribution = "hyperexponential", means = ["1min", "9min"], weights = [0.4, 0.6] }
response = { distribution = "triangular", low = "1s", mode = "2s", high = "9s" }
reject_probability = 0.1
service_level = { within = "10s", target = 0.7, definition = "answered_of_answered" }

[[tasks]]
friendly_name = "counted"
task_queue = "Rest"
arrivals = { counts = "lists/volumes.csv", time = "when", column = "n" }
handle_time = { by = [["08:00", "120s"], ["18:00", "150s"]], cv = 0.8, distribution = "gamma" }

[[tasks]]
friendly_name = "rated"
task_queue = "Rest"
arrivals = { rates = [["08:00", 60], ["12:00", 140.5], ["18:00", 0]], shape = "linear" }
handle_time = { distribution = "empirical", file = "lists/times.csv" }
wrap_up_time = { distribution = "constant", value = "1min" }

[[tasks]]
friendly_name = "steady"
task_queue = "Rest"
arrivals = { per_hour = 12 }
busyness = 1.5
handle_time = { by = [["00:00", "1min"]] }

[[tasks]]
friendly_name = "observed by time"
task_queue = "Rest"
arrivals = { rates = [["00:00", 3]] }
handle_time = { by = [["00:00", "1min"]], distribution = "empirical", file = "lists/times.csv" }

[[tasks]]
friendly_name = "regular"
task_queue = "Rest"
arrivals = { every = "30s" }
handle_time = { distribution = "mixture", weights = [0.1, 0.9], of = [0, { distribution = "exponential", mean = 9 }] }
patience = { distribution = "empirical", values = [3, "1min", 3] }
"""

# The keys that are for multitasking, or were not in the first, and every key of a workflow.
MORE = """
name = "Escalation"
horizon = "8h"
workers = "lists/workers.json"

[workspace]
activities = "lists/activities.json"
default_activity = "Away"
timeout_activity = "Missed"
mirror = { on_a_task = "Talking", on_a_task_no_acd = "Away", wrap_up = "Wrap Up", wrap_up_no_acd = "Missed" }

[[task_queues]]
friendly_name = "Support"
max_reserved_workers = 3
sid = "WQ00000000000000000000000000000001"

[[task_queues]]
friendly_name = "Everyone"

[[task_channels]]
unique_name = "chat"
channel_optimized_routing = true

[[workflows]]
friendly_name = "In a file"
configuration = "lists/escalate.json"
task_reservation_timeout = "30s"

[[workflows]]
friendly_name = "Inline"

[[workflows.configuration.task_routing.filters]]
filter_friendly_name = "Gold"
expression = "value == 'Gold'"
targets = [
    { queue = "Support", timeout = 30, priority = 5, known_worker_sid = "task.agent_sid" },
    { expression = "worker.level > task.level", order_by = "worker.level DESC", skip_if = "workers.available == 0" },
    { queue = "Everyone", known_worker_friendly_name = "task.agent" },
]

[workflows.configuration.task_routing.default_filter]
queue = "Everyone"

[[tasks]]
friendly_name = "chat"
task_channel = "chat"
workflow = "Inline"
attributes = { value = "Gold", agent_sid = "WK00000000000000000000000000000001" }
arrivals = { per_hour = 30 }
handle_time = "6min"
patience = "3min"
timeout = "20min"
retrial = { probability = 0.4, delay = { distribution = "exponential", mean = "9min" }, at_most = 3 }
callback = { after = "2min", probability = 0.3, priority = 9, service_level = { within = "1h" } }

[[tasks]]
friendly_name = "mail"
workflow = "In a file"
arrivals = { times = "lists/mails.csv" }
handle_time = "6min"
"""
ESCALATE = {"task_routing": {"filters": [{"expression": "vip == true", "targets": [{"queue": "WQ" + "0" * 31 + "1"}]}]}}


def resource(name: str, number: int = 0, **fields: Any) -> dict[str, Any]:
    """Return an Activity as the API answers with it."""
    sid = f"WA{number:032x}"
    return {
        "sid": sid,
        "account_sid": ACCOUNT,
        "workspace_sid": WORKSPACE,
        "friendly_name": name,
        "available": False,
        "date_created": "2026-01-05T08:00:00Z",
        "date_updated": "2026-01-05T08:00:01Z",
        "url": f"https://taskrouter.twilio.com/v1/Workspaces/{WORKSPACE}/Activities/{sid}",
        "links": {"workspace": f"https://taskrouter.twilio.com/v1/Workspaces/{WORKSPACE}"},
        **fields,
    }


def write(file: Path, content: Any) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


NAMES = ("Away", "Missed", "Ready", "Ringing", "Talking", "Wrap Up")
ANSWER = {
    "activities": [resource(name, number, available=name == "Ready") for number, name in enumerate(NAMES)],
    "meta": {"page": 0, "page_size": 50, "next_page_url": None, "key": "activities"},
}


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """Return a scenario file that uses every key, with the files that it refers to."""
    lists = tmp_path / "first" / "lists"
    head = "worker,date,activity,start,end\n"
    write(lists / "activities.json", ANSWER)
    write(lists / "roster.csv", head + "Tier 1 002,2026-03-29,Ready,08:00,12:00\n")
    write(lists / "own.csv", head + "Ann,2026-03-28,Ready,08:00,14:00\nBob,2026-03-29,Ready,20:00,+1 04:00\n")
    write(lists / "gaps.csv", "gap,note\n1h,a\n5400,b\n")
    write(lists / "times.csv", "length\n60\n90.5\n2min\n")
    write(lists / "volumes.csv", "when,n,handle_time\n2026-03-28T08:00:00,20,60\n2026-03-28T08:30:00+01:00,30.5,2min\n")
    write(
        lists / "trace.csv",
        "called,handle_time,patience,priority\n2026-03-28T09:00:00,60,,3\n2026-03-28T10:00:00,,30,\n",
    )
    return write(tmp_path / "first" / "full.toml", FULL)


@pytest.fixture
def more(tmp_path: Path) -> Path:
    """Return a scenario file with the keys of multitasking and workflows, and the files that it refers to."""
    lists = tmp_path / "first" / "lists"
    write(lists / "activities.json", ANSWER)
    write(lists / "escalate.json", ESCALATE)
    write(lists / "mails.csv", 'arrived,attributes\n60,"{""vip"": true}"\n90,\n')
    channel = {"task_channel_unique_name": "chat", "configured_capacity": 3, "available": True}
    own = {"sid": "WK" + "0" * 31 + "1", "attributes": '{"level": 2}', "channels": [channel], "activity_name": "Ready"}
    workers = [{"friendly_name": "Ann", **own}, {"friendly_name": "Bob", "channels": {"chat": 0, "voice": 2}}]
    write(lists / "workers.json", {"workers": workers})
    return write(tmp_path / "first" / "more.toml", MORE)


def said(scenario: Scenario) -> tuple[Any, ...]:
    """Return one thing from each corner of *scenario*, so that equal scenarios are not equally empty."""
    tier, rostered, wanderers = scenario.workers
    return (
        scenario.workspace.activities[2].sid,
        scenario.worker_names,
        tier.interruptions[1].every.mean,
        rostered.breaks[0].activity,
        wanderers.routine and wanderers.routine.next["Ready"]["Missed"],
        [type(tasks.arrivals).__name__ for tasks in scenario.tasks],
    )


def test_a_scenario_with_every_key_is_read(full: Path) -> None:
    scenario = sim.load_scenario(full)
    names = ("Tier 1 001", "Tier 1 002", "Tier 1 003", "Ann", "Bob", "Wanderers 001")
    kinds = ["Trace", "Counts", "Rates", "Poisson", "Rates", "Regular"]
    assert said(scenario) == (f"WA{2:032x}", names, 4.5e9, "Away", 0.25, kinds)
    assert scenario.start == datetime(2026, 3, 28, 6)
    assert scenario.roster is not None and scenario.roster.rows[0].date == date(2026, 3, 29)


def test_every_key_is_in_the_scenario_with_every_key() -> None:
    words = set(re.findall(r"\w+", FULL + MORE))
    single = (Scenario, sim.Workspace, sim.TaskQueue, sim.Workers, sim.Shift, sim.Break, sim.Tasks, sim.Routine)
    more = (
        sim.Mirror,
        sim.TaskChannel,
        sim.Workflow,
        sim.Retrial,
        sim.Callback,
        sim.Costs,
        WorkflowTarget,
        WorkflowFilter,
    )
    for table in (*single, *more):
        keys = {field.name for field in attrs.fields(table) if not field.metadata.get("aside")}
        assert keys - {"pace"} <= words, table


def test_a_scenario_with_workflows_is_read(more: Path) -> None:
    scenario = sim.load_scenario(more)
    chat, mail = scenario.tasks
    ann, bob = scenario.workers[0].members
    in_a_file, inline = scenario.workflows
    assert (ann.channels, ann.sid, bob.channels, bob.sid) == ({"chat": 3}, f"WK{1:032}", {"chat": 0, "voice": 2}, None)
    assert scenario.workers[0].profiles[0] == {"level": 2, "friendly_name": "Ann", "sid": ann.sid}
    assert scenario.workflow_of(chat) == inline and scenario.workflow_of(mail) == in_a_file
    assert str(in_a_file.task_reservation_timeout) == "30s"
    assert [target.priority for target in inline.configuration.filters[0].targets] == [5, None, None]
    assert chat.types == ("chat", "chat callback") and chat.retrial and chat.retrial.at_most == 3
    assert scenario.task_channels[0].channel_optimized_routing


def test_a_scenario_with_workflows_is_saved_elsewhere_with_its_references(more: Path, tmp_path: Path) -> None:
    scenario, saved = sim.load_scenario(more), tmp_path / "second" / "deeper" / "copy.toml"
    scenario.save(str(saved))
    assert sim.load_scenario(saved) == scenario
    text = saved.read_text("utf-8")
    for name in ("activities.json", "workers.json", "escalate.json", "mails.csv"):
        assert f'"../../first/lists/{name}"' in text
    assert str(tmp_path) not in text and "Gold" in text and "vip" not in text


def test_a_workflow_in_python_json_and_toml_is_one(more: Path, tmp_path: Path) -> None:
    (again,) = (workflow for workflow in sim.load_scenario(more).workflows if workflow.friendly_name == "Inline")
    assert sim.Workflow("Inline", written_json(again)) == again
    one = attrs.evolve(sim.load_scenario(more), workflows=[sim.Workflow("In a file", ESCALATE), again])
    timed = attrs.evolve(one.workflows[0], task_reservation_timeout="30s")
    assert attrs.evolve(one, workflows=[timed, again]) == sim.load_scenario(more)


def test_a_workflow_whose_file_has_changed_since_is_not_saved_as_the_old_one(more: Path, tmp_path: Path) -> None:
    scenario = sim.load_scenario(more)
    write(more.parent / "lists" / "escalate.json", {"task_routing": {"default_filter": {"queue": "Support"}}})
    with pytest.raises(sim.InputError, match="cannot be saved"):
        scenario.save(str(tmp_path / "copy.toml"))


@pytest.mark.parametrize("pace", [(1, 0.8, 0.65), (0.5,), ()])
def test_a_pace_is_saved_and_read_again(pace: tuple[float, ...], tmp_path: Path) -> None:
    scenario = sim.Scenario(horizon="1h", workers=[sim.Workers("A", channels={"chat": 3}, pace=pace)])
    scenario.save(str(tmp_path / "pace.toml"))
    assert sim.load_scenario(tmp_path / "pace.toml") == scenario


def test_a_scenario_is_saved_elsewhere_with_its_references(full: Path, tmp_path: Path) -> None:
    scenario = sim.load_scenario(full)
    saved = tmp_path / "second" / "deeper" / "copy.toml"
    scenario.save(str(saved))
    again = sim.load_scenario(saved)
    assert again == scenario
    assert said(again) == said(scenario)
    text = saved.read_text("utf-8")
    for name in ("activities.json", "roster.csv", "own.csv", "gaps.csv", "times.csv", "volumes.csv", "trace.csv"):
        assert f'"../../first/lists/{name}"' in text
    assert str(tmp_path) not in text
    assert sorted(path.name for path in saved.parent.iterdir()) == ["copy.toml"]


def test_a_saved_scenario_runs_as_the_first_did(full: Path, tmp_path: Path) -> None:
    scenario = sim.load_scenario(full)
    saved = tmp_path / "copy.toml"
    scenario.save(str(saved))
    before, after = (sim.simulate(one) for one in (scenario, sim.load_scenario(saved)))
    assert before.spells.equals(after.spells) and before.tasks.equals(after.tasks)
    assert len(before.tasks) > 1_000


def test_saving_twice_writes_the_same(full: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    sim.load_scenario(full).save(str(one))
    sim.load_scenario(one).save(str(two))
    assert one.read_bytes() == two.read_bytes()


def test_saving_takes_the_place_of_an_older_file(full: Path, tmp_path: Path) -> None:
    older = write(tmp_path / "older.toml", "x = 1\n" * 10_000)
    sim.load_scenario(full).save(str(older))
    assert sim.load_scenario(older) == sim.load_scenario(full)


def test_a_file_elsewhere_is_found_by_its_absolute_name(full: Path, tmp_path: Path) -> None:
    absolute = FULL.replace("lists/", f"{full.parent.as_posix()}/lists/")
    assert sim.load_scenario(write(tmp_path / "third" / "far.toml", absolute)) == sim.load_scenario(full)


@settings(max_examples=settings.default.max_examples // 10)
@given(scenarios())
def test_a_written_scenario_reads_as_itself(scenario: Scenario) -> None:
    assert Scenario.read(scenario.written()) == scenario


@pytest.mark.parametrize("law", [1.5, 0, {"distribution": "gamma", "mean": 1.0, "cv": 0.1}, sim.Uniform(0.5, 1.5)])
def test_busyness_is_written_as_plain_numbers(law: Any, tmp_path: Path) -> None:
    tasks = [sim.Tasks(arrivals=sim.Poisson(1), handle_time=1, busyness=law)]
    scenario = sim.Scenario(horizon="1h", workers=[{}], busyness=law, tasks=tasks)
    scenario.save(str(tmp_path / "s.toml"))
    assert sim.load_scenario(tmp_path / "s.toml") == scenario


@pytest.mark.parametrize(
    "law",
    [
        "5s",
        sim.Gamma("1s", 1),
        sim.LogNormal("2h", 0.5),
        sim.Uniform(1, 3),
        sim.Weibull("7s", 2),
        sim.Mixture([0.5, 0.5], [1, 3]),
        sim.Empirical([3, 1]),
    ],
)
def test_a_mean_by_time_of_arrival_is_written_with_equal_values(law: Any) -> None:
    handle_time = sim.ByTimeOfDay([("08:00", "120s"), ("18:00", "150s")], law)
    tasks = [sim.Tasks(arrivals=sim.Poisson(1), handle_time=handle_time)]
    scenario = sim.Scenario(horizon="1h", workers=[{}], tasks=tasks)
    assert Scenario.read(scenario.written()) == scenario


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_attributes_are_saved_with_equal_values(attributes: dict[str, Any]) -> None:
    workers = [sim.Workers(attributes=attributes)]
    tasks = [sim.Tasks(arrivals=sim.Poisson(1), handle_time=1, attributes=attributes)]
    scenario = sim.Scenario(horizon="1h", workers=workers, tasks=tasks)
    with tempfile.TemporaryDirectory() as folder:
        scenario.save(f"{folder}/s.toml")
        assert sim.load_scenario(f"{folder}/s.toml") == scenario


@pytest.mark.parametrize("value", [date(2026, 1, 5), datetime(2026, 1, 5), {1, 2}, object()])
def test_attributes_that_json_cannot_hold_are_refused(value: object) -> None:
    with pytest.raises(sim.InputError, match=r"attributes: .*JSON"):
        sim.Workers(attributes={"a": value})


@pytest.mark.parametrize("what", ["counts", "trace", "roster", "values", "activities"])
def test_what_was_changed_after_it_was_read_is_not_saved_as_the_old_file(what: str, full: Path, tmp_path: Path) -> None:
    scenario = sim.load_scenario(full)
    changes = {
        "counts": lambda: _with_tasks(scenario, 1, arrivals=attrs.evolve(scenario.tasks[1].arrivals, counts=(1, 2))),
        "trace": lambda: _with_tasks(scenario, 0, arrivals=attrs.evolve(scenario.tasks[0].arrivals, patience=None)),
        "values": lambda: _with_tasks(scenario, 2, handle_time=attrs.evolve(scenario.tasks[2].handle_time, values=[1])),
        "roster": lambda: attrs.evolve(scenario, roster=attrs.evolve(scenario.roster, rows=())),
        "activities": lambda: attrs.evolve(
            scenario,
            workspace=attrs.evolve(
                scenario.workspace, activities=[*scenario.workspace.activities, {"friendly_name": "New"}]
            ),
        ),
    }
    changed = changes[what]()
    assert changed != scenario
    with pytest.raises(sim.InputError, match="cannot be saved"):
        changed.save(str(tmp_path / "changed.toml"))
    assert not (tmp_path / "changed.toml").exists()


def _with_tasks(scenario: Scenario, number: int, **changes: Any) -> Scenario:
    tasks = list(scenario.tasks)
    tasks[number] = attrs.evolve(tasks[number], **changes)
    return attrs.evolve(scenario, tasks=tasks)


# --- Python and TOML ---

IN_TOML = """
name = "Both ways"
start = 2026-11-23T00:00:00
time_zone = "Europe/Berlin"
horizon = "2 days"
interval = "1h"
warm_up = "30min"
service_level = { within = "30s", target = 0.9 }
busyness = { distribution = "gamma", mean = 1.0, cv = 0.1 }
[workspace]
timeout_activity = "Lunch"
[[workspace.activities]]
friendly_name = "Offline"
[[workspace.activities]]
friendly_name = "Available"
available = true
[[workspace.activities]]
friendly_name = "Lunch"
[[task_queues]]
friendly_name = "Support"
target_workers = '"support" IN skills'
[[workers]]
friendly_name = "Tier 1"
count = 4
attributes = { skills = ["support"] }
channels = { voice = 1, chat = 3 }
leave = "at_once"
recovery = "2min"
shifts = [{ activity = "Available", start = "08:00", end = "16:30", days = "Mon-Fri" }]
breaks = [{ activity = "Lunch", start = "12:00", lasts = "30min", stagger = "90min" }]
interruptions = [{ activity = "Lunch", every = { distribution = "exponential", mean = "2h" }, lasts = "10min" }]
[[workers]]
friendly_name = "Wanderers"
[workers.routine]
start = "Available"
stay = { Available = "1h", Lunch = "30min" }
next = { Available = { Lunch = 1.0 }, Lunch = { Available = 1.0 } }
[[tasks]]
friendly_name = "call"
task_queue = "Support"
task_channel = "voice"
arrivals = { rates = [["08:00", 60], ["12:00", 0]] }
handle_time = { distribution = "lognormal", mean = "6min", cv = 0.8 }
wrap_up_time = "45s"
patience = { distribution = "mixture", weights = [0.5, 0.5], of = [0, { distribution = "uniform", low = 1, high = 2 }] }
busyness = 1.5
[[tasks]]
friendly_name = "chat"
arrivals = { per_hour = 12 }
task_queue = "Support"
task_channel = "chat"
handle_time = { distribution = "erlang", mean = "6min", shape = 2 }
response = { distribution = "weibull", mean = "5s", shape = 2 }
[[tasks]]
friendly_name = "tick"
arrivals = { every = "10min" }
handle_time = { distribution = "hyperexponential", means = ["1s", "9s"], weights = [0.5, 0.5] }
wrap_up_time = { distribution = "triangular", low = "1s", mode = "2s", high = "4s" }
"""


def in_python() -> Scenario:
    """Return the scenario of IN_TOML."""
    return sim.Scenario(
        name="Both ways",
        start=datetime(2026, 11, 23),
        time_zone="Europe/Berlin",
        horizon="2 days",
        interval="1h",
        warm_up="30min",
        service_level=sim.Target("30s", 0.9),
        busyness=sim.Gamma(1.0, 0.1),
        workspace=sim.Workspace(
            timeout_activity="Lunch",
            activities=[sim.Activity("Offline"), sim.Activity("Available", True), sim.Activity("Lunch")],
        ),
        task_queues=[sim.TaskQueue("Support", target_workers='"support" IN skills')],
        workers=[
            sim.Workers(
                "Tier 1",
                count=4,
                attributes={"skills": ["support"]},
                channels={"voice": 1, "chat": 3},
                leave="at_once",
                recovery="2min",
                shifts=[sim.Shift("Available", "08:00", "16:30", days="Mon-Fri")],
                breaks=[sim.Break("Lunch", "12:00", "30min", stagger="90min")],
                interruptions=[sim.Interruption("Lunch", every=sim.Exponential("2h"), lasts="10min")],
            ),
            sim.Workers(
                "Wanderers",
                routine=sim.Routine(
                    "Available",
                    stay={"Available": "1h", "Lunch": sim.Constant("30min")},
                    next={"Available": {"Lunch": 1.0}, "Lunch": {"Available": 1.0}},
                ),
            ),
        ],
        tasks=[
            sim.Tasks(
                "call",
                task_queue="Support",
                task_channel="voice",
                arrivals=sim.Rates([("08:00", 60), ("12:00", 0)]),
                handle_time=sim.LogNormal("6min", 0.8),
                wrap_up_time="45s",
                patience=sim.Mixture([0.5, 0.5], of=[0, sim.Uniform(1, 2)]),
                busyness=1.5,
            ),
            sim.Tasks(
                "chat",
                arrivals=sim.Poisson(12),
                task_queue="Support",
                task_channel="chat",
                handle_time=sim.Erlang("6min", 2),
                response=sim.Weibull("5s", 2),
            ),
            sim.Tasks(
                "tick",
                arrivals=sim.Regular("10min"),
                handle_time=sim.Hyperexponential(["1s", "9s"], [0.5, 0.5]),
                wrap_up_time=sim.Triangular("1s", "2s", "4s"),
            ),
        ],
    )


def test_a_scenario_in_python_equals_the_one_in_toml(tmp_path: Path) -> None:
    assert sim.load_scenario(write(tmp_path / "both.toml", IN_TOML)) == in_python()


def test_equal_scenarios_differ_where_one_figure_does(tmp_path: Path) -> None:
    other = sim.load_scenario(write(tmp_path / "other.toml", IN_TOML.replace("count = 4", "count = 5")))
    assert other != in_python()


def test_the_least_scenario_has_the_documented_defaults(tmp_path: Path) -> None:
    least = sim.load_scenario(write(tmp_path / "least.toml", 'horizon = "1h"\n[[workers]]\n'))
    assert least.time_zone == "UTC"
    assert str(least.interval) == "30min"
    assert (str(least.service_level.within), least.service_level.target) == ("20s", 0.8)
    assert least.service_level.definition == "answered_of_offered"
    assert least.workspace.multi_task_enabled is True
    assert least.workspace.default_activity == least.workspace.timeout_activity == "Offline"
    assert least.workspace.prioritize_queue_order == "FIFO"
    assert least.workspace.names == ("Offline", "Unavailable", "Available")
    assert least.workers[0].leave == "deferred"
    assert least.tasks == () and least.warm_up == 0


def test_a_single_tasking_workspace_has_reserved_and_busy_besides(tmp_path: Path) -> None:
    text = 'horizon = "1h"\nworkers = [{}]\n[workspace]\nmulti_task_enabled = false\n'
    workspace = sim.load_scenario(write(tmp_path / "single.toml", text)).workspace
    assert workspace.names == ("Offline", "Unavailable", "Available", "Reserved", "Busy")
    assert [activity.available for activity in workspace.activities] == [False, False, True, False, False]


def test_the_starter_is_read_without_warnings_and_draws_tasks() -> None:
    scenario = sim.load_scenario(ROOT / "starter.toml")
    assert len(scenario.worker_names) >= 10
    assert len(sim.draw(scenario).tasks.arrival) > 1_000


def test_a_scenario_that_was_not_read_from_files_but_needs_them_refuses_to_be_saved(tmp_path: Path) -> None:
    trace = sim.Trace(times=(datetime(2026, 1, 5, 9),))
    scenario = sim.Scenario(horizon="1 days", workers=[{}], tasks=[sim.Tasks(arrivals=trace, handle_time=1)])
    with pytest.raises(sim.InputError, match="cannot be saved"):
        scenario.save(str(tmp_path / "x.toml"))
    assert list(tmp_path.iterdir()) == []


# --- activities ---


def activities(tmp_path: Path, answer: Any) -> tuple[sim.Activity, ...]:
    return sim.read_activities(write(tmp_path / "activities.json", answer))


def test_activities_are_read_from_a_list_answer_a_resource_or_a_list_of_resources(tmp_path: Path) -> None:
    one, two = resource("Ready", 1, available=True), resource("Away", 2)
    whole = activities(tmp_path, {"activities": [one, two], "meta": {"next_page_url": None}})
    assert whole == activities(tmp_path, [one, two])
    assert whole[:1] == activities(tmp_path, one)
    assert [(a.friendly_name, a.available, a.sid) for a in whole] == [
        ("Ready", True, f"WA{1:032x}"),
        ("Away", False, f"WA{2:032x}"),
    ]
    assert (whole[0].account_sid, whole[0].workspace_sid) == (ACCOUNT, WORKSPACE)


def test_a_list_of_activities_with_a_next_page_is_warned_of(tmp_path: Path) -> None:
    with pytest.warns(sim.ActivitySimWarning, match="next page"):
        activities(tmp_path, {"activities": [resource("Ready")], "meta": {"next_page_url": "https://example.org/2"}})


@pytest.mark.parametrize("value", [True, 1, "true", "True", "TRUE", "1", "yes", "Yes", "yEs"])
def test_true_1_and_yes_in_any_case_mean_available(value: object, tmp_path: Path) -> None:
    assert available(value) is True
    assert sim.Activity("x", value).available is True
    assert activities(tmp_path, [resource("x", available=value)])[0].available is True


@pytest.mark.parametrize(
    "value", [False, 0, 2, 1.5, "false", "no", "0", "", "on", "y", "t", "11", None, "available", [1]]
)
def test_anything_else_means_not_available(value: object, tmp_path: Path) -> None:
    assert available(value) is False
    assert activities(tmp_path, [resource("x", available=value)])[0].available is False


def test_activities_of_the_same_name_are_told_apart_by_their_sids(tmp_path: Path) -> None:
    answer = [resource("Break", 0xABCD), resource("Ready", 2), resource("Break", 0x1234)]
    with pytest.warns(sim.ActivitySimWarning, match=r"'Break', are told apart as 'Break \(abcd\)', 'Break \(1234\)'"):
        names = [activity.friendly_name for activity in activities(tmp_path, answer)]
    assert names == ["Break (abcd)", "Ready", "Break (1234)"]


def test_a_name_of_64_characters_is_still_told_apart(tmp_path: Path) -> None:
    with pytest.warns(sim.ActivitySimWarning, match="told apart"):
        found = activities(tmp_path, [resource("x" * 64, 0xABCD), resource("x" * 64, 0x1234)])
    names = [activity.friendly_name for activity in found]
    assert [name[-7:] for name in names] == [" (abcd)", " (1234)"]
    assert {len(name) for name in names} == {64}


def test_activities_whose_sids_end_alike_are_still_told_apart(tmp_path: Path) -> None:
    answer = [resource("x", 0x1ABCD), resource("x", 0x2ABCD), resource("x (abcd)", 5)]
    with pytest.warns(sim.ActivitySimWarning, match="told apart"):
        names = [activity.friendly_name for activity in activities(tmp_path, answer)]
    assert len(set(names)) == 3


def test_activities_that_were_told_apart_are_saved_and_read_again(tmp_path: Path) -> None:
    write(tmp_path / "a.json", [resource("Away", 1), resource("Break", 0xABCD), resource("Break", 0x1234)])
    text = 'horizon = "1h"\nworkers = [{}]\n[workspace]\ndefault_activity = "Break (1234)"\ntimeout_activity = "Away"\n'
    file = write(tmp_path / "s.toml", text + 'activities = "a.json"\n')
    with pytest.warns(sim.ActivitySimWarning, match="told apart"):
        scenario = sim.load_scenario(file)
    scenario.save(str(tmp_path / "copies" / "s.toml"))
    with pytest.warns(sim.ActivitySimWarning, match="told apart"):
        assert sim.load_scenario(tmp_path / "copies" / "s.toml") == scenario


def test_activities_of_the_same_name_in_the_scenario_itself_are_an_error() -> None:
    with pytest.raises(
        sim.InputError, match=r"activities\[1\]\.friendly_name: must be unique, and 'Away' is there twice"
    ):
        sim.Workspace(default_activity="Away", timeout_activity="Away", activities=[{"friendly_name": "Away"}] * 2)


def test_a_workspace_has_at_most_100_activities() -> None:
    names = [{"friendly_name": f"Activity {number}"} for number in range(101)]
    kept = sim.Workspace(default_activity="Activity 0", timeout_activity="Activity 99", activities=names[:100])
    assert len(kept.activities) == 100
    with pytest.raises(sim.InputError, match="at most 100 a workspace, not 101"):
        sim.Workspace(default_activity="Activity 0", timeout_activity="Activity 0", activities=names)


def test_a_name_has_1_to_64_characters() -> None:
    assert sim.Activity("ü" * 64).friendly_name == "ü" * 64
    for wrong in ("", "x" * 65, " ", 5, None):
        with pytest.raises(sim.InputError, match="friendly_name: must be a text of 1 to 64 characters"):
            sim.Activity(wrong)


@pytest.mark.parametrize(("field", "prefix"), [("sid", "WA"), ("account_sid", "AC"), ("workspace_sid", "WS")])
def test_sids_are_a_prefix_and_32_hexadecimal_digits(field: str, prefix: str) -> None:
    right = f"{prefix}0123456789abcdefABCDEF0123456789"
    assert getattr(sim.Activity("x", **{field: right}), field) == right
    for wrong in (right[:-1], right + "0", "XX" + right[2:], right[:-1] + "g", right.lower(), "", 5):
        with pytest.raises(sim.InputError, match=f"{field}: must be {prefix} and 32 hexadecimal digits"):
            sim.Activity("x", **{field: wrong})


def test_one_sid_for_two_activities_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match=r"activities\.json: has the SID WA0+7 twice"):
        activities(tmp_path, [resource("a", 7), resource("b", 7)])


def test_the_same_name_twice_without_sids_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match=r"activities\.json: has the name 'a' twice, and no SIDs"):
        activities(tmp_path, [{"friendly_name": "a"}, {"friendly_name": "a"}])


# --- workers ---

WORKERS = {
    "workers": [
        {
            "friendly_name": "Ann",
            "sid": "WK" + "0" * 32,
            "activity_name": "Break",
            "activity_sid": f"WA{0x1234:032x}",
            "attributes": '{"skills": ["support"], "level": 3}',
            "available": False,
        },
        {"friendly_name": "Ben", "activity_name": "Available", "attributes": None},
        {"friendly_name": "Cem", "attributes": "{}"},
    ],
    "meta": {"next_page_url": None},
}


def test_workers_are_read_from_the_answer_of_the_api(tmp_path: Path) -> None:
    write(tmp_path / "workers.json", WORKERS)
    scenario = sim.load_scenario(
        write(
            tmp_path / "s.toml", 'horizon = "1h"\nworkers = "workers.json"\n' + _inline("Offline", "Break", "Available")
        )
    )
    assert scenario.worker_names == ("Ann", "Ben", "Cem")
    assert [member.attributes for member in scenario.workers[0].members] == [
        {"skills": ["support"], "level": 3},
        {},
        {},
    ]
    spells = sim.simulate(scenario).spells
    assert spells["friendly_name"].tolist() == ["Break", "Available", "Offline"]


def _inline(*names: str) -> str:
    return "[workspace]\nactivities = [" + ", ".join(f'{{ friendly_name = "{name}" }}' for name in names) + "]\n"


def test_a_worker_is_in_the_activity_of_its_sid_where_names_were_told_apart(tmp_path: Path) -> None:
    write(
        tmp_path / "a.json",
        [resource("Offline", 1), resource("Break", 0xABCD), resource("Break", 0x1234), resource("Available", 3)],
    )
    write(tmp_path / "workers.json", WORKERS)
    text = 'horizon = "1h"\nworkers = "workers.json"\n[workspace]\nactivities = "a.json"\n'
    with pytest.warns(sim.ActivitySimWarning, match="told apart"):
        scenario = sim.load_scenario(write(tmp_path / "s.toml", text))
    assert scenario.workers[0].members[0].activity == "Break (1234)"


def test_queues_see_the_attributes_of_each_worker_of_the_api(tmp_path: Path) -> None:
    write(tmp_path / "workers.json", WORKERS)
    text = """
horizon = "1h"
workers = "workers.json"
[[task_queues]]
friendly_name = "Support"
target_workers = "skills HAS 'support' AND level > 2"
[[tasks]]
arrivals = { every = "1min" }
handle_time = "1s"
[workspace]
activities = [
    { friendly_name = "Offline" },
    { friendly_name = "Break", available = true },
    { friendly_name = "Available", available = true },
]
"""
    tasks = sim.simulate(sim.load_scenario(write(tmp_path / "s.toml", text))).tasks
    assert set(tasks["worker"]) == {"Ann"}


def test_workers_of_the_api_are_saved_as_a_reference(tmp_path: Path) -> None:
    write(tmp_path / "workers.json", WORKERS)
    text = 'horizon = "1h"\nworkers = "workers.json"\n' + _inline("Offline", "Break", "Available")
    scenario = sim.load_scenario(write(tmp_path / "s.toml", text))
    scenario.save(str(tmp_path / "copies" / "s.toml"))
    assert 'workers = "../workers.json"' in (tmp_path / "copies" / "s.toml").read_text("utf-8")
    assert sim.load_scenario(tmp_path / "copies" / "s.toml") == scenario


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"workers": []}, "at least one worker"),
        ({"workers": [{"sid": "x"}]}, r"workers\[0\]: must be a Worker resource with a friendly_name"),
        ([3], r"workers\[0\]: must be a Worker resource"),
        ("3", "must be the API's answer"),
        ([{"friendly_name": "Ann", "attributes": "{"}], r"workers\[0\]\.attributes"),
        ([{"friendly_name": "Ann", "attributes": "[1]"}], r"workers\[0\]\.attributes"),
        ([{"friendly_name": "Ann"}, {"friendly_name": "Ann"}], "'Ann' is there twice"),
        ([{"friendly_name": ""}], r"workers\[0\]\.friendly_name"),
        ([{"friendly_name": "Ann", "sid": 3}], r"workers\[0\]\.sid"),
        ([{"friendly_name": "Ann", "channels": 3}], r"workers\[0\]\.channels: must be a table of capacities"),
        ([{"friendly_name": "Ann", "channels": {"chat": -1}}], r"workers\[0\]\.channels\.chat"),
        ([{"friendly_name": "Ann", "channels": [{}]}], r"workers\[0\]\.channels\[0\]: must be a WorkerChannel"),
        ("", "is empty"),
        ("{", "is not JSON"),
    ],
)
def test_what_is_no_list_of_workers_is_refused(answer: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match=message):
        sim.read_workers(write(tmp_path / "workers.json", answer))


def test_a_list_of_workers_with_a_next_page_is_warned_of(tmp_path: Path) -> None:
    answer = {"workers": [{"friendly_name": "Ann"}], "meta": {"next_page_url": "https://example.org/2"}}
    with pytest.warns(sim.ActivitySimWarning, match="next page"):
        sim.read_workers(write(tmp_path / "workers.json", answer))


# --- rosters ---


def test_a_roster_alone_has_all_workers(tmp_path: Path) -> None:
    write(tmp_path / "team.csv", "worker,date,activity,start,end\nAnn,2026-01-05,Available,08:00,09:00\n")
    text = 'start = 2026-01-05T00:00:00\nhorizon = "1 days"\nroster = "team.csv"\n'
    scenario = sim.load_scenario(write(tmp_path / "s.toml", text))
    assert scenario.worker_names == ("Ann",)
    assert sim.simulate(scenario).spells["friendly_name"].tolist() == ["Offline", "Available", "Offline"]
    scenario.save(str(tmp_path / "copies" / "s.toml"))
    assert sim.load_scenario(tmp_path / "copies" / "s.toml") == scenario


def test_workers_of_the_api_with_a_roster_are_saved(tmp_path: Path) -> None:
    write(tmp_path / "workers.json", [{"friendly_name": "Ann"}, {"friendly_name": "Ben", "activity_name": "Available"}])
    write(tmp_path / "roster.csv", "worker,date,activity,start,end\nAnn,2026-01-05,Available,08:00,10:00\n")
    text = 'start = 2026-01-05T00:00:00\nhorizon = "1 days"\nworkers = "workers.json"\nroster = "roster.csv"\n'
    scenario = sim.load_scenario(write(tmp_path / "s.toml", text))
    scenario.save(str(tmp_path / "copies" / "s.toml"))
    assert sim.load_scenario(tmp_path / "copies" / "s.toml") == scenario
    assert sim.simulate(scenario).spells["worker"].tolist() == ["Ann"] * 3 + ["Ben"]


def test_rows_of_a_roster_outside_the_horizon_are_warned_of(tmp_path: Path) -> None:
    head = "worker,date,activity,start,end\n"
    rows = "Ann,2026-01-05,Available,08:00,09:00\nAnn,2027-01-05,Available,08:00,09:00\n"
    write(tmp_path / "roster.csv", head + rows)
    text = 'start = 2026-01-05T00:00:00\nhorizon = "1 days"\nroster = "roster.csv"\n'
    scenario = sim.load_scenario(write(tmp_path / "s.toml", text))
    with pytest.warns(sim.ActivitySimWarning, match=r"roster\.csv: 1 of 2 rows"):
        sim.draw(scenario)


def test_further_columns_of_a_roster_are_passed_over(tmp_path: Path) -> None:
    file = write(tmp_path / "r.csv", "note,worker,date,activity,start,end\nhi,Ann,2026-01-05,Available,08:00,09:00\n")
    assert sim.read_roster(file).workers == ("Ann",)


def test_a_roster_is_read_by_its_columns_in_any_order(tmp_path: Path) -> None:
    file = write(tmp_path / "roster.csv", "end,worker,start,activity,date\n+1 06:00,Ann,22:00,Available,2026-01-05\n")
    (row,) = sim.read_roster(file).rows
    assert (row.worker, row.date, row.activity) == ("Ann", date(2026, 1, 5), "Available")
    assert (str(row.start), str(row.end)) == ("22:00", "+1 06:00")


def test_a_roster_inside_a_group_is_read_and_saved(tmp_path: Path) -> None:
    write(tmp_path / "roster.csv", "worker,date,activity,start,end\nAnn,2026-01-05,Available,08:00,09:00\n")
    text = 'horizon = "1 days"\n[[workers]]\nfriendly_name = "Desk"\nroster = "roster.csv"\n'
    scenario = sim.load_scenario(write(tmp_path / "s.toml", text))
    assert scenario.worker_names == ("Ann",)
    scenario.save(str(tmp_path / "copies" / "s.toml"))
    assert sim.load_scenario(tmp_path / "copies" / "s.toml") == scenario


def test_a_roster_that_names_somebody_unknown_shows_the_nearest(tmp_path: Path) -> None:
    write(tmp_path / "roster.csv", "worker,date,activity,start,end\nDesk 01,2026-01-05,Available,08:00,09:00\n")
    text = 'horizon = "1 days"\nroster = "roster.csv"\n[[workers]]\nfriendly_name = "Desk"\n'
    with pytest.raises(sim.InputError, match=r"roster\[0\]\.worker: .*not 'Desk 01'; the nearest is 'Desk 001'"):
        sim.load_scenario(write(tmp_path / "s.toml", text))


# --- CSV ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_csv_may_have_a_byte_order_mark_and_either_line_ending(tmp_path: Path, encoding: str, newline: str) -> None:
    file = tmp_path / "volumes.csv"
    file.write_bytes(newline.join(["time,Anrufe für uns", '"2026-01-05T08:00:00","1.5"', ""]).encode(encoding))
    read = sim.read_counts(file, column="Anrufe für uns")
    assert (read.times, read.counts) == ((datetime(2026, 1, 5, 8),), (1.5,))


def test_the_values_of_an_empirical_distribution_are_read(tmp_path: Path) -> None:
    file = write(tmp_path / "values.csv", "a,b\n60,1min\n1.5,2h\n")
    assert [value.seconds for value in sim.read_values(file, column="a").values] == [60, 1.5]
    assert [value.seconds for value in sim.read_values(file, column="b").values] == [60, 7_200]
