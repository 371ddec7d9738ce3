"""SCENARIO.md and MODEL.md, held to the code: every key, default, column and option; and every example loads."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import attrs
import click
import pandas as pd
import pytest
import tomli_w

import activity_sim as sim
from activity_sim import plan
from activity_sim.analysis.reports import REPORTS
from activity_sim.cli import commands
from activity_sim.drawing import draw
from activity_sim.drawing.courses import MOST_STEPS
from activity_sim.drawing.streams import Streams
from activity_sim.engines.centre import Centre
from activity_sim.engines.staff import AGENDA, ARRIVAL, MATCHING, PATIENCE, RANK, RESPONSE, TIMEOUT, WORK
from activity_sim.log import OUTCOMES, SCHEMA, STATUSES
from activity_sim.model.activity import DEFAULTS, MOST_ACTIVITIES, SINGLE_TASKING_DEFAULTS
from activity_sim.model.arrivals import MOST_TASKS, Fixed, Random
from activity_sim.model.distributions import DISTRIBUTIONS, distribution
from activity_sim.model.reading import write
from activity_sim.model.routine import RosterRow
from activity_sim.model.routing import RESERVATION_TIMEOUT
from activity_sim.model.tasks import DEFINITIONS
from activity_sim.model.workers import Member
from activity_sim.model.workflows import LONGEST_RESERVATION, WorkflowFilter, WorkflowTarget
from activity_sim.output import PRICED, TABLES
from activity_sim.units import DAY, LONGEST, SECOND, UNITS, Duration

FOLDER = Path(sim.__file__).parent
DOCUMENTS = {name: (FOLDER / name).read_text("utf-8") for name in ("SCENARIO.md", "MODEL.md")}
SCENARIO, MODEL = DOCUMENTS.values()
KEYS: dict[str, type[Any]] = {
    "Top level": sim.Scenario,
    "Service level": sim.Target,
    "Workspace": sim.Workspace,
    "Mirrored work": sim.Mirror,
    "Activities": sim.Activity,
    "Task queues": sim.TaskQueue,
    "Task channels": sim.TaskChannel,
    "Workflows": sim.Workflow,
    "Filters": WorkflowFilter,
    "Targets": WorkflowTarget,
    "Workers": sim.Workers,
    "Shifts": sim.Shift,
    "Planned breaks": sim.Break,
    "Interruptions": sim.Interruption,
    "Routines": sim.Routine,
    "Tasks": sim.Tasks,
    "Retrials": sim.Retrial,
    "Callbacks": sim.Callback,
    "Costs": sim.Costs,
}
TABLES_ONLY = {WorkflowFilter, WorkflowTarget}
"""What has no name in ``activity_sim``, because a workflow's configuration is a table in Python too."""
ARRIVALS: dict[type[Any], list[str]] = {
    sim.Poisson: ["per_hour"],
    sim.Rates: ["rates", "shape"],
    sim.Counts: ["counts", "time", "column"],
    sim.Trace: ["times", "column"],
    sim.Regular: ["every"],
}
BASE = """
start = 2026-11-23T08:00:00
time_zone = "Europe/Berlin"
horizon = "90min"

[[workers]]
shifts = [{ activity = "Available", start = "08:00", end = "12:00" }]
"""


# --- reading the documents ---


def section(heading: str, document: str = SCENARIO, *, whole: bool = False) -> str:
    """Return what is under *heading*, up to the next one (*whole*: up to the next one that is as high)."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", document, re.MULTILINE)
    assert found, f"there is no heading {heading!r}"
    rest = document[found.end() :]
    highest = len(found[1]) if whole else 6
    after = re.search(rf"^#{{1,{highest}}} ", rest, re.MULTILINE)
    return rest[: after.start()] if after else rest


def tables(text: str) -> Iterator[dict[str, list[list[str]]]]:
    """Yield the tables of *text*: the cells of each row by the head of the first column."""
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        head, _, *rows = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines())
        yield {head[0]: rows}


def rows(text: str, first: str) -> list[list[str]]:
    """Return the rows of the tables of *text* whose first column has the head *first*."""
    return [row for table in tables(text) for row in table.get(first, [])]


def codes(text: str) -> list[str]:
    """Return what stands between backquotes in *text*, code blocks aside."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def code(cell: str) -> str:
    (found,) = codes(cell)
    return found


def named(text: str, first: str) -> list[str]:
    """Return the names in the first column of the tables of *text* with the head *first*."""
    return [name for row in rows(text, first) for name in codes(row[0])]


def keys(cls: type[Any]) -> list[str]:
    """Return the keys that the scenario file has for *cls*."""
    return [field.name for field in attrs.fields(cls) if not field.metadata.get("aside")]


def check_default(cls: type[Any], key: str, cell: str) -> None:
    field = attrs.fields_dict(cls)[key]
    convert = field.converter or (lambda value: value)
    default = field.default.factory() if isinstance(field.default, attrs.Factory) else field.default
    if default is attrs.NOTHING or (cls, key) == (sim.Tasks, "handle_time"):
        assert cell.startswith("required")
    elif default is None or write(convert(default)) in ({}, []):
        assert cell.startswith("none")
    else:
        assert convert(tomllib.loads(f"default = {code(cell)}")["default"]) == convert(default)


# --- keys ---


@pytest.mark.parametrize("heading", KEYS)
def test_every_key_is_there_and_no_other(heading: str) -> None:
    assert sorted(named(section(heading), "key")) == sorted(keys(KEYS[heading]))


@pytest.mark.parametrize("heading", KEYS)
def test_every_default_is_the_code_s(heading: str) -> None:
    for key, _, default, _ in rows(section(heading), "key"):
        check_default(KEYS[heading], code(key), default)


def test_every_kind_of_arrivals_has_its_form_and_its_keys(folder: Path) -> None:
    text = section("Arrivals")
    kinds = {type(load(folder, arrivals_of(form)).tasks[0].arrivals) for form in named(text, "form")}
    assert kinds == {*get_args(Random), *get_args(Fixed)} == set(ARRIVALS)
    documented = [(code(row[0]), row[2]) for row in rows(text, "key")]
    expected = [(kind, key) for kind, names in ARRIVALS.items() for key in names]
    assert [key for key, _ in documented] == [key for _, key in expected]
    for (kind, key), (_, default) in zip(expected, documented, strict=True):
        check_default(kind, key, default)
    assert all(names == keys(kind) for kind, names in ARRIVALS.items() if kind not in (sim.Counts, sim.Trace))
    assert list(write(sim.read_counts(folder / "volumes.csv"))) == ARRIVALS[sim.Counts]
    assert list(write(sim.read_trace(folder / "trace.csv"))) == ARRIVALS[sim.Trace]


def test_columns_of_counts(folder: Path) -> None:
    documented = named(section("Arrivals"), "column")
    assert documented[: documented.index("arrived")] == header(folder / "volumes.csv")
    assert sim.read_counts(folder / "volumes.csv").handle_time is not None


def test_columns_of_a_trace(folder: Path) -> None:
    documented = named(section("Arrivals"), "column")
    documented = documented[documented.index("arrived") :]
    replaced = [field.name for field in attrs.fields(sim.Trace) if field.default is None and field.name != "source"]
    assert documented == ["arrived", *replaced]
    assert header(folder / "trace.csv") == ["arrived", *replaced]
    trace = sim.read_trace(folder / "trace.csv")
    assert all(getattr(trace, name) is not None for name in replaced)


def test_columns_of_a_roster(folder: Path) -> None:
    fields = [field.name for field in attrs.fields(RosterRow)]
    assert named(section("Rosters"), "column") == header(folder / "roster.csv") == fields


def test_fields_of_fetched_workers(folder: Path) -> None:
    documented = named(section("workers.json"), "field")
    assert set(documented) == {*keys(Member), "activity_sid", "activity_name"} - {"activity"}
    workers = json.loads((folder / "workers.json").read_text("utf-8"))["workers"]
    assert all(set(worker) == set(documented) for worker in workers)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_every_distribution_has_its_parameters_and_an_example(name: str) -> None:
    text = section("Distributions")
    (row,) = (row for row in rows(text, "distribution") if code(row[0]) == name)
    more = ["file", "column"] if name == "empirical" else []
    assert sorted(codes(row[1])) == sorted([*keys(DISTRIBUTIONS[name]), *more])
    assert set(codes(row[1])) <= set(named(text, "parameter"))
    assert isinstance(distribution(tomllib.loads(f"law = {code(row[3])}")["law"]), DISTRIBUTIONS[name])


def test_no_distribution_is_made_up() -> None:
    assert named(section("Distributions"), "distribution") == list(DISTRIBUTIONS)


def test_words_that_a_key_takes() -> None:
    assert named(section("Service level"), "definition") == list(DEFINITIONS)
    assert [name.strip('"') for name in named(section("Workers"), "`leave`")] == list(plan.LEAVE)
    assert set(UNITS) <= set(codes(section("How values are written")))
    for activity in SINGLE_TASKING_DEFAULTS:
        assert activity.friendly_name in section("Workspace").split("A new workspace has")[1]
    assert len(DEFAULTS) == 3


# --- examples ---


def examples(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", SCENARIO, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that the document shows."""
    found = re.findall(r"`([\w.]+)`:\n\n```(?:csv|json)\n(.*?)^```", SCENARIO, re.MULTILINE | re.DOTALL)
    names = [
        "activities.json",
        "escalate.json",
        "roster.csv",
        "seconds.csv",
        "trace.csv",
        "volumes.csv",
        "workers.json",
    ]
    assert sorted(name for name, _ in found) == names
    place = tmp_path_factory.mktemp("examples")
    for name, text in found:
        (place / name).write_text(text, "utf-8")
    return place


def header(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines()[0].split(",")


def load(folder: Path, given: dict[str, Any]) -> sim.Scenario:
    """Return the scenario that *given* keys make of a small complete one."""
    file = folder / "example.toml"
    file.write_text(tomli_w.dumps(tomllib.loads(BASE) | given), "utf-8")
    return sim.load_scenario(file)


def arrivals_of(form: str) -> dict[str, Any]:
    return tomllib.loads(f'[[tasks]]\nhandle_time = "4min"\narrivals = {form}')


@pytest.mark.parametrize("number", range(len(examples("toml"))))
def test_whole_scenarios_load_and_can_be_drawn(number: int, folder: Path) -> None:
    file = folder / f"whole_{number}.toml"
    file.write_text(examples("toml")[number], "utf-8")
    scenario = sim.load_scenario(file)
    assert scenario.name
    draw(scenario)
    again = folder / f"again_{number}.toml"
    scenario.save(again)
    assert sim.load_scenario(again) == scenario


@pytest.mark.parametrize("number", range(len(examples("toml fragment"))))
def test_fragments_load_in_a_scenario(number: int, folder: Path) -> None:
    draw(load(folder, tomllib.loads(examples("toml fragment")[number])))


@pytest.mark.parametrize("short", sorted({found for found in codes(SCENARIO) if found.startswith("{ ")}))
def test_short_examples_load(short: str, folder: Path) -> None:
    if "distribution" in short:
        draw(load(folder, tomllib.loads(f"[[tasks]]\narrivals = {{ every = '1min' }}\nhandle_time = {short}")))
    else:
        draw(load(folder, arrivals_of(short)))


def test_there_are_examples() -> None:
    assert len(examples("toml")) >= 5
    assert len(examples("toml fragment")) >= 6
    assert len(examples("python")) == 3


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_python_runs(number: int) -> None:
    names: dict[str, Any] = {}
    exec(examples("python")[number], names)
    assert names["table"]["task_type"].tolist() == ["call", "all"]


def test_everything_that_a_process_has_is_there() -> None:
    table = {re.split(r"\W", name)[0] for name in named(section("From Python"), "of the centre")}
    assert table == {name for name in dir(Centre) if not name.startswith("_")} | {
        *("workers", "activities", "task_queues", "replication")
    }


def test_every_what_if_is_there() -> None:
    found = {re.split(r"\W", name)[0] for name in named(section("From Python"), "method")}
    assert found == {name for name in dir(sim.Scenario) if name.startswith(("with_", "without_"))}


# --- from Python ---


def test_every_class_and_report_is_named() -> None:
    mentioned = {name.removeprefix("sim.reports.") for name in codes(section("From Python"))}
    classes = {cls.__name__ for cls in {*KEYS.values()} - TABLES_ONLY} | {"Roster", "Member"}
    assert classes <= mentioned and classes <= set(sim.__all__)
    assert set(REPORTS) <= mentioned
    assert {name for name in sim.__all__ if name.startswith("read_")} <= mentioned


def test_what_cannot_be_saved_is_refused(tmp_path: Path, folder: Path) -> None:
    refused = named(section("From Python"), "what")
    assert set(refused) == {"Roster", "Counts", "Trace", "processes", "intraday"}
    assert sum("names of their own" in row[0] for row in rows(section("From Python"), "what")) == 2
    row = {"worker": "A", "date": "2026-01-05", "activity": "Available", "start": "08:00", "end": "09:00"}
    times, group = (Duration(0), Duration(SECOND)), [sim.Workers("A")]
    cases: list[dict[str, Any]] = [
        {"roster": {"rows": [row]}},
        {"workers": group, "tasks": [sim.Tasks(arrivals=sim.Counts(times, (1.0, 1.0)), handle_time="1s")]},
        {"workers": group, "tasks": [sim.Tasks(arrivals=sim.Trace(times), handle_time="1s")]},
        {"workers": [sim.Workers("A", members=[Member("Ann")])]},
        {"workers": [*group, sim.Workers("B", members=[Member("Ann")])]},
        {"workers": group, "processes": [lambda _: iter(())]},
        {"workers": group, "tasks": [_taken_up()]},
    ]
    changed = attrs.evolve(sim.read_counts(folder / "volumes.csv"), counts=(1.0, 2.0, 3.0))
    cases.append({"workers": group, "tasks": [sim.Tasks(arrivals=changed)]})
    for case in cases:
        with pytest.raises(sim.InputError, match="cannot be saved"):
            sim.Scenario(horizon="1h", **case).save(tmp_path / "refused.toml")
    assert not list(tmp_path.iterdir())


def _taken_up() -> sim.Tasks:
    plan = sim.Scenario(horizon="1h", workers=[{}], tasks=[sim.Tasks(arrivals=sim.Poisson(60), handle_time="1s")])
    (tasks,) = sim.intraday(plan, [], at="00:30").tasks
    return tasks


# --- command line ---

HERE = ("new", "check", "run", "batch", "compare", "staff", "validate")


def test_every_command_has_its_section() -> None:
    headings = re.findall(r"^### (\S.*)$", section("Command line", whole=True), re.MULTILINE)
    assert headings == [*(f"activity-sim {name}" for name in HERE), "Exit status"]
    elsewhere = {"activities", "calibrate", "pull", "emulator", "events"}
    assert set(commands.commands) == {*HERE, *elsewhere}, "three are in TASKROUTER.md, events are in HISTORY.md"
    assert {"activity-sim --version", "--help", "-h"} <= set(codes(section("Command line")))


@pytest.mark.parametrize("name", HERE)
def test_every_option_is_there_and_no_other(name: str) -> None:
    check_options(name, commands.commands[name], section(f"activity-sim {name}"))


def check_options(name: str, command: click.Command, text: str) -> None:
    """Check that *text* has the options and arguments of *command*, no others, and their defaults."""
    options = [option for option in command.params if isinstance(option, click.Option)]
    documented = {code(row[0]): row[1] for row in rows(text, "option")}
    assert sorted(documented) == sorted(opt for option in options for opt in (*option.opts, *option.secondary_opts))
    for option in options:
        if option.show_default:
            assert documented[option.opts[0]] == str(option.default)
        elif option.is_flag and not option.secondary_opts:
            assert documented[option.opts[0]] == "off"
    arguments = [
        argument.metavar or argument.name.upper() for argument in command.params if isinstance(argument, click.Argument)
    ]
    assert " ".join([f"activity-sim {name}", *arguments]) in codes(text)


def test_every_exit_status_is_there() -> None:
    assert [row[0] for row in rows(section("Exit status"), "status")] == ["0", "1", "2"]


# --- output files ---


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the results of one replication in "one" and of two, with everything, in "two"."""
    place = tmp_path_factory.mktemp("written")
    scenario = place / "scenario.toml"
    scenario.write_text(f"{examples('toml')[0]}\n[costs]\nper_hour = 24.0\n", "utf-8")
    commands.main(["run", str(scenario), "--replications", "1", "--out", str(place / "one")], standalone_mode=False)
    more = ["--replications", "2", "--out", str(place / "two"), "--parquet", "--log", "--plot"]
    commands.main(["run", str(scenario), *more], standalone_mode=False)
    return place


def documented_columns(table: str) -> dict[str, str]:
    """Return the documented columns of *table*, with whether they have intervals: "yes" or "no"."""
    own = {code(row[0]): row[2] for row in rows(section(f"{table}.csv"), "column")}
    if table == "tasks_by_interval":
        assert "The columns of `task_summary.csv`" in section(f"{table}.csv")
        return own | documented_columns("task_summary")
    return own


@pytest.mark.parametrize("table", [*TABLES, PRICED])
def test_every_column_is_there_and_no_other(table: str, written: Path) -> None:
    documented = documented_columns(table)
    assert list(pd.read_csv(written / "one" / f"{table}.csv").columns) == list(documented)
    ends = {name: [name, f"{name}_low", f"{name}_high"] if yes == "yes" else [name] for name, yes in documented.items()}
    columns = [column for name in documented for column in ends[name]]
    assert list(pd.read_csv(written / "two" / f"{table}.csv").columns) == columns
    assert list(pd.read_parquet(written / "two" / f"{table}.parquet").columns) == columns


def test_the_report_without_a_file_has_the_columns_that_are_said() -> None:
    (without,) = set(REPORTS) - {*TABLES, PRICED}
    log = sim.simulate(sim.Scenario(horizon="1h", workers=[sim.Workers("A")]))
    columns = list(REPORTS[without](log).columns)
    assert columns[0] in codes(section("From Python"))
    assert columns[1:] == list(documented_columns("task_summary"))


def test_every_file_is_there(written: Path) -> None:
    text = section("Output files", whole=True)
    headings = " ".join(re.findall(r"^### (.*)$", text, re.MULTILINE))
    found = {path.name for path in (written / "two").rglob("*")} | {path.name for path in (written / "one").iterdir()}
    tables_ = {f"{name}.parquet" for name in (*TABLES, PRICED)}
    logs = {f"{name}.parquet" for name in SCHEMA}
    assert found >= tables_ | logs
    for name in found - tables_ - logs - {"log"}:
        assert name in headings
    assert {"time_by_activity.parquet"} <= set(codes(section("With --parquet")))
    assert set(named(section("With --log"), "file")) == logs


@pytest.mark.parametrize("table", SCHEMA)
def test_every_column_of_the_log_is_there(table: str, written: Path) -> None:
    columns = list(pd.read_parquet(written / "two" / "log" / f"{table}.parquet").columns)
    for text, first, name, cell in (
        (section("With --log"), "file", f"{table}.parquet", 1),
        (section("10. The log", MODEL), "table", table, 2),
    ):
        (row,) = (row for row in rows(text, first) if code(row[0]) == name)
        assert codes(row[cell]) == columns


def test_every_key_of_the_json_files_is_there(written: Path) -> None:
    run = json.loads((written / "two" / "run.json").read_text("utf-8"))
    assert named(section("run.json"), "key") == list(run)
    (level,) = run["service_levels"].values()
    assert set(level) <= set(codes(section("run.json")))
    durations = json.loads((written / "two" / "activity_durations.json").read_text("utf-8"))
    assert {*durations, *durations["activity_durations"][0]} <= set(codes(section("activity_durations.json")))


def test_what_check_prints_for_machines_is_there(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands.main(["check", str(written / "scenario.toml"), "--json"], standalone_mode=False)
    assert set(json.loads(capsys.readouterr().out)) <= set(codes(section("activity-sim check")))


# --- the model ---


def test_every_outcome_and_status_is_there() -> None:
    assert {*OUTCOMES, *STATUSES} <= set(codes(section("10. The log", MODEL)))
    assert set(OUTCOMES) <= set(codes(section("6. Tasks and reservations", MODEL, whole=True)))


def test_every_way_of_leaving_is_there() -> None:
    assert [row[0] for row in rows(section("4. Leaving", MODEL), "`leave`")] == ["deferred", "idle only", "at once"]
    assert [row[0].replace(" ", "_") for row in rows(section("4. Leaving", MODEL), "`leave`")] == list(plan.LEAVE)


def test_every_column_of_the_plan_is_there() -> None:
    classes = (plan.PlannedWorkers, plan.Agendas, plan.PlannedTasks, plan.Lanes, plan.Plan)
    fields = {field.name for cls in classes for field in attrs.fields(cls)} - {"agendas", "replication", "first"}
    text = section("The plan", MODEL)
    assert fields - {"first_offer"} <= set(codes(text))
    assert "`first[w]`" in text
    assert "`first_offer[t]`" in text


def test_every_purpose_of_chance_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[tuple[str, str]] = set()
    key = Streams.key

    def noted(purpose: str, entity: str) -> Any:
        used.add((purpose, entity))
        return key(purpose, entity)

    monkeypatch.setattr(Streams, "key", staticmethod(noted))
    draw(_everything())
    found: dict[str, set[str]] = {"": set(), "call": set(), "worker": set()}
    for purpose, entity in used:
        letter = re.sub(r" \d+( |$)", r" k\1", re.sub(r"(retrial|delay) \d+", r"\1 r", purpose))
        found[entity if entity in found else "worker"].add(
            letter if entity == "call" else re.sub(r" .*$", " A", letter)
        )
    documented = {row[0]: set(codes(row[1])) - {" retrial r", " callback"} for row in _streams()}
    again = {name for name in documented["its r-th retrial"] if "retrial" in name}
    behind = {f"{name} retrial r" for name in documented["its r-th retrial"] - again} | again
    called = {f"{name} callback" for name in documented["its callback"]}
    assert found == {
        "": documented["the scenario"],
        "call": documented["task type"] | behind | called,
        "worker": documented["worker"],
    }


def _streams() -> list[list[str]]:
    return rows(section("Streams", MODEL), "entity")


def _everything() -> sim.Scenario:
    law = {"distribution": "exponential", "mean": "1min"}
    names = [{"friendly_name": "Offline"}, {"friendly_name": "Available", "available": True}]
    return sim.Scenario(
        horizon="2h",
        busyness={"distribution": "gamma", "mean": 1.0, "cv": 0.1},
        workspace={"activities": names},
        workers=[
            sim.Workers(
                "A",
                absence=0.01,
                shifts=[sim.Shift("Available", "00:00", "02:00")],
                breaks=[sim.Break("Offline", "01:00", law)],
                interruptions=[sim.Interruption("Offline", every=law, lasts=law)],
            ),
            sim.Workers(
                "B",
                routine=sim.Routine(
                    "Available",
                    stay={"Available": law, "Offline": law},
                    next={"Available": {"Offline": 1.0}, "Offline": {"Available": 1.0}},
                ),
            ),
        ],
        tasks=[
            sim.Tasks(
                "call",
                arrivals=sim.Poisson(60),
                busyness={"distribution": "gamma", "mean": 1.0, "cv": 0.1},
                handle_time=law,
                wrap_up_time=law,
                patience=law,
                response=law,
                reject_probability=0.5,
                retrial=sim.Retrial(0.9, delay=law),
                callback=sim.Callback("30s", probability=0.5),
            )
        ],
    )


def test_every_limit_is_there() -> None:
    values = {row[0]: row[1] for row in rows(section("12. Limits, and what is not simulated", MODEL), "limit")}
    assert values["reservation timeout of a workflow"] == f"{LONGEST_RESERVATION // (3_600 * SECOND)} hours"
    with pytest.raises(sim.InputError, match=f"1 to {values['reservations at once']}, not 51"):
        sim.TaskQueue(max_reserved_workers=51)
    with pytest.raises(sim.InputError, match=f"1 to {values['retrials of one task']}, not 101"):
        sim.Retrial(0.5, delay=1, at_most=101)
    assert values["offers of one task"] == f"{plan.MOST_OFFERS:,}"
    assert values["activities of a workspace"] == str(MOST_ACTIVITIES)
    steps = values["steps of a routine, or of the shifts and interruptions of one worker"]
    assert steps == f"{MOST_STEPS // 10**6} million"
    assert values["tasks of one type in a replication"] == f"{MOST_TASKS // 10**6} million"
    assert values["any duration, drawn or given"] == f"{LONGEST // DAY} days"
    assert f"{RESERVATION_TIMEOUT // SECOND} s" in section("Tasks")


@pytest.mark.parametrize(
    ("limit", "group"),
    [
        ("workers of one group", lambda most: sim.Workers("A", count=most)),
        ("capacity on one task channel", lambda most: sim.Workers("A", channels={"voice": most})),
    ],
)
def test_limits_are_where_it_is_said(limit: str, group: Callable[[int], sim.Workers]) -> None:
    values = {row[0]: row[1] for row in rows(section("12. Limits, and what is not simulated", MODEL), "limit")}
    most = int(values[limit].replace(",", ""))
    group(most)
    with pytest.raises(sim.InputError, match=f"to {most}"):
        group(most + 1)


def test_every_rank_is_there() -> None:
    documented = rows(section("7. One instant", MODEL), "rank")
    ranks = [rank // RANK for rank in (WORK, RESPONSE, AGENDA, TIMEOUT, ARRIVAL, MATCHING, PATIENCE)]
    assert [int(row[0]) for row in documented] == ranks


# --- both ---


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_it_links_to_is_there(document: str) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", DOCUMENTS[document]):
        text = (FOLDER / (target or document)).read_text("utf-8")
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        assert not anchor or anchor in [re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in headings]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_lines_are_not_too_long(document: str) -> None:
    assert [line for line in DOCUMENTS[document].splitlines() if len(line) > 120 and not line.startswith("|")] == []
