"""The program as people run it: in a process of its own, on real files, down to the columns of what it writes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from activity_sim.cli import commands, main

# The night in which Berlin's clock goes back an hour, from a time that is no border of an interval.
SCENARIO = """
name = "Night desk, für Tests"
start = 2026-10-25T00:15:00
time_zone = "Europe/Berlin"
horizon = "6h 20min"
interval = "30min"
warm_up = "35min"
service_level = { within = "20s", target = 0.8, definition = "served_or_abandoned_within" }

[workspace]
multi_task_enabled = false
timeout_activity = "Break"

[[workspace.activities]]
friendly_name = "Offline"
[[workspace.activities]]
friendly_name = "Available"
available = true
sid = "WA0123456789abcdef0123456789abcdef"
[[workspace.activities]]
friendly_name = "Break"
[[workspace.activities]]
friendly_name = "Never, ever"
[[workspace.activities]]
friendly_name = "Reserved"
[[workspace.activities]]
friendly_name = "Busy"

[[workers]]
friendly_name = "Night"
count = 3
recovery = "90s"
shifts = [{ activity = "Available", start = "00:00", end = "05:00" }]
breaks = [{ activity = "Break", start = "02:30", lasts = { distribution = "exponential", mean = "15min" } }]
[[workers]]
friendly_name = "Early"
leave = "idle_only"
recovery = "90s"
shifts = [{ activity = "Available", start = "04:30", end = "12:00" }]

[[tasks]]
friendly_name = "call"
arrivals = { per_hour = 40 }
handle_time = { distribution = "exponential", mean = "4min" }
patience = { distribution = "exponential", mean = "2min" }
response = { distribution = "exponential", mean = "40s" }
reject_probability = 0.1
[[tasks]]
friendly_name = "mail"
arrivals = { per_hour = 3 }
handle_time = "10min"
service_level = { within = "1h", definition = "answered_of_answered" }
"""
ACTIVITIES = ["Offline", "Available", "Break", "Never, ever", "Reserved", "Busy"]
WORKERS = ["Night 001", "Night 002", "Night 003", "Early 001"]
HORIZON, WARM_UP = 6 * 3_600 + 1_200, 2_100
OBSERVED = HORIZON - WARM_UP

SERVICE = [
    *("offered", "completed", "abandoned", "canceled", "waiting", "in_progress"),
    *("abandoned_share", "wait_mean", "wait_accepted_mean", "wait_p90", "service_level"),
]
COLUMNS = {
    "time_by_activity": ["friendly_name", "available", "total", "share", "spells", "min", "avg", "max"],
    "time_by_worker": ["worker", "friendly_name", "total", "share", "spells"],
    "time_by_interval": ["interval_start", "friendly_name", "total", "workers"],
    "task_summary": ["task_type", *SERVICE, "service_level_definition"],
    "tasks_by_interval": ["interval_start", "task_type", *SERVICE, "service_level_definition"],
    "occupancy": ["worker_group", "occupancy", "utilisation"],
    "occupancy_by_interval": ["interval_start", "worker_group", "occupancy"],
    "wait_distribution": ["task_type", "wait", "tasks", "share"],
    "spread_by_interval": ["interval_start", "metric", "p5", "p25", "p50", "p75", "p95"],
}
RANGED = {
    "time_by_activity": ["share"],
    "task_summary": SERVICE,
    "tasks_by_interval": SERVICE,
    "occupancy": ["occupancy", "utilisation"],
    "occupancy_by_interval": ["occupancy"],
    "wait_distribution": ["share"],
}
LOGS = {
    "spells": ["replication", "worker", "friendly_name", "available", "start", "end", "finished"],
    "tasks": [
        *("replication", "task", "task_type", "task_queue", "worker", "arrival", "reserved", "accepted", "handled"),
        *("completed", "outcome"),
    ],
    "reservations": ["replication", "task", "worker", "created", "ended", "status"],
}
TIMES = {"start", "end", "arrival", "reserved", "accepted", "handled", "completed", "created", "ended"}
PLAIN = {*(f"{name}.csv" for name in COLUMNS), "activity_durations.json", "run.json", "report.html"}
OPTIONS = (
    *("--replications", "3", "--seed", "7", "--engine", "simpy", "--interval", "1h", "--service-level", "90/1min"),
    *("--out", "results", "--parquet", "--log", "--plot"),
)
Finished = subprocess.CompletedProcess[str]


def program(*arguments: str, cwd: Path, **options: Any) -> Finished:
    """Run the program in *cwd* and return what came of it; it must never show a traceback."""
    finished = subprocess.run(
        [sys.executable, "-m", "activity_sim", *arguments],
        cwd=cwd,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        timeout=120,
        check=False,
        **options,
    )
    assert "Traceback" not in finished.stderr
    return finished


def succeed(*arguments: str, cwd: Path) -> Finished:
    finished = program(*arguments, cwd=cwd)
    assert finished.returncode == 0, finished.stderr
    assert all(line.startswith("warning: ") for line in finished.stderr.splitlines()), finished.stderr
    return finished


def refused(*arguments: str, cwd: Path) -> str:
    """Run the program, which must refuse its input; return its only message."""
    before = tree(cwd)
    finished = program(*arguments, cwd=cwd)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert finished.stderr.startswith("activity-sim: ")
    assert len(finished.stderr.splitlines()) == 1
    assert tree(cwd) == before
    return finished.stderr


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return every file below *folder* with its content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def files(folder: Path) -> set[str]:
    return {name for name, content in tree(folder).items() if content is not None}


def place(folder: Path, text: str = SCENARIO) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "desk.toml").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which three replications left everything that they can."""
    folder = place(tmp_path_factory.mktemp("several"))
    succeed("run", "desk.toml", *OPTIONS, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which one replication of the same seed left its reports and logs."""
    folder = place(tmp_path_factory.mktemp("one"))
    succeed("run", "desk.toml", "--replications", "1", "--seed", "7", "--log", "--out", "results", cwd=folder)
    return folder


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "results" / f"{name}.csv")


def document(folder: Path, name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "results" / name).read_text("utf-8"))
    return read


def with_ranges(name: str) -> list[str]:
    ranged = RANGED.get(name, [])
    return [
        column
        for base in COLUMNS[name]
        for column in ([base, f"{base}_low", f"{base}_high"] if base in ranged else [base])
    ]


# --- new, check and help ---


def test_new_writes_a_commented_starter_that_checks_without_warnings(tmp_path: Path) -> None:
    assert "starter.toml" in succeed("new", "starter.toml", cwd=tmp_path).stdout
    text = (tmp_path / "starter.toml").read_text("utf-8")
    assert text.count("#") > 10
    checked = succeed("check", "starter.toml", cwd=tmp_path)
    assert checked.stderr == ""
    assert list(tree(tmp_path)) == ["starter.toml"]


def test_new_leaves_an_existing_file_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("precious", "utf-8")
    assert "mine.toml: exists already" in refused("new", "mine.toml", cwd=tmp_path)


def test_check_says_what_the_scenario_holds_and_writes_nothing(tmp_path: Path) -> None:
    place(tmp_path)
    said = succeed("check", "desk.toml", cwd=tmp_path).stdout
    for word in ("Night desk, für Tests", "Night", "Early", "call", "mail", "6h 20min", "Europe/Berlin", "idle_only"):
        assert word in said
    assert list(tree(tmp_path)) == ["desk.toml"]


def test_check_as_json_is_json_and_has_the_warnings(tmp_path: Path) -> None:
    place(tmp_path, SCENARIO.replace('recovery = "90s"\n', ""))
    finished = succeed("check", "desk.toml", "--json", cwd=tmp_path)
    said = json.loads(finished.stdout)
    assert (said["scenario"], said["workers"]) == ("Night desk, für Tests", 4)
    assert 150 < said["tasks"] < 400
    assert any("recovery" in warning for warning in said["warnings"])


def test_check_warns_on_standard_error(tmp_path: Path) -> None:
    mail, night = 'friendly_name = "mail"', "count = 3"
    text = SCENARIO.replace(mail, f'{mail}\ntask_channel = "fax"').replace(night, f"{night}\nchannels = {{ fx = 1 }}")
    place(tmp_path, text)
    finished = succeed("check", "desk.toml", cwd=tmp_path)
    assert finished.stderr.count("warning: ") == 2
    assert "'fx'; the nearest is 'fax'" in finished.stderr
    assert "activity 'Never, ever': nobody ever enters it" in finished.stderr


def below(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from below(inner, *path, name)


@pytest.mark.parametrize("path", sorted(below(commands)), ids=" ".join)
def test_every_commands_help_shows_an_example(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*path, "--help"])
    said = capsys.readouterr()
    assert stopped.value.code == 0
    assert said.err == ""
    assert "\\b" not in said.out
    assert "Example" in said.out
    assert " ".join(["activity-sim", *path]) in said.out.partition("Example")[2]


def test_help_names_every_documented_option_of_run(tmp_path: Path) -> None:
    said = succeed("run", "--help", cwd=tmp_path).stdout
    for option in (
        *("--replications", "--seed", "--engine", "--interval", "--service-level", "--out"),
        *("--parquet", "--log", "--json"),
    ):
        assert option in said


def test_the_installed_script_is_the_module(tmp_path: Path) -> None:
    script = shutil.which("activity-sim", path=str(Path(sys.executable).parent))
    assert script is not None
    by_script = subprocess.run([script, "--version"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert by_script.stdout == succeed("--version", cwd=tmp_path).stdout
    assert re.search(r"\d+\.\d+\.\d+", by_script.stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["Usage", "Commands", "run"]),
        (["new", "desk.toml/below.toml"], ["desk.toml"]),
        (["chek", "desk.toml"], ["chek", "check"]),
        (["check"], ["SCENARIO"]),
        (["run", "desk.toml", "--sed", "3"], ["--sed", "--seed"]),
        (["run", "desk.toml", "extra.toml"], ["extra.toml"]),
    ],
)
def test_a_command_line_that_is_wrong_exits_with_2(arguments: list[str], words: list[str], tmp_path: Path) -> None:
    place(tmp_path)
    finished = program(*arguments, cwd=tmp_path)
    assert finished.returncode == 2
    assert finished.stdout == ""
    for word in words:
        assert word in finished.stderr
    assert list(tree(tmp_path)) == ["desk.toml"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_failure_that_is_not_the_inputs_exits_with_1(tmp_path: Path) -> None:
    place(tmp_path)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        finished = program("check", "desk.toml", cwd=tmp_path, stdout=full)
    assert finished.returncode == 1
    assert "No space left" in finished.stderr


# --- what run prints ---


def test_run_without_out_prints_and_writes_nothing(tmp_path: Path) -> None:
    place(tmp_path)
    finished = succeed("run", "desk.toml", "--replications", "2", cwd=tmp_path)
    for word in ("Night: deferred", "Early: idle_only", "Never, ever", "call", "mail", "all", "%"):
        assert word in finished.stdout
    assert "only 2 replications" in finished.stderr
    assert list(tree(tmp_path)) == ["desk.toml"]


def test_run_as_json_prints_json_only_with_the_figures_of_the_files(one: Path, tmp_path: Path) -> None:
    place(tmp_path)
    finished = succeed("run", "desk.toml", "--replications", "1", "--seed", "7", "--json", cwd=tmp_path)
    assert finished.stderr == ""
    said = json.loads(finished.stdout)
    assert (said["seed"], said["replications"]) == (7, 1)
    for name, rows in said["tables"].items():
        assert list(rows[0]) == COLUMNS[name]
        pd.testing.assert_frame_equal(pd.DataFrame(rows), table(one, name), check_dtype=False, rtol=1e-12)
    assert {"time_by_activity", "task_summary", "occupancy"} <= set(said["tables"])


def test_the_page_and_the_workbook_are_written_when_they_are_wanted(one: Path, tmp_path: Path) -> None:
    (tmp_path / "desk.toml").write_text(SCENARIO, "utf-8")
    succeed("run", "desk.toml", "--replications", "2", "--out", "results", "--excel", cwd=tmp_path)
    assert (tmp_path / "results" / "report.xlsx").read_bytes().startswith(b"PK")
    page = (tmp_path / "results" / "report.html").read_text("utf-8")
    assert "activity-sim run desk.toml --replications 2 --out results --excel" in page
    assert not (one / "results" / "report.xlsx").exists()
    assert "needed for --parquet" in program("run", "desk.toml", "--excel", cwd=tmp_path).stderr


def test_a_run_of_no_tasks_at_all_goes_through(tmp_path: Path) -> None:
    place(tmp_path, SCENARIO.partition("[[tasks]]")[0])
    succeed("run", "desk.toml", "--replications", "2", "--out", "results", "--parquet", "--log", "--plot", cwd=tmp_path)
    assert list(table(tmp_path, "task_summary")["task_type"]) == ["all"]
    assert table(tmp_path, "time_by_activity")["total"].sum() == pytest.approx(4 * OBSERVED, abs=1e-6)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of POSIX")
def test_a_progress_bar_is_shown_on_a_terminal_only_and_after_a_second_only(tmp_path: Path) -> None:
    place(tmp_path)
    long = ("run", "desk.toml", "--engine", "simpy", "--replications", "100000")
    assert "/100000 [" in on_terminal(*long, cwd=tmp_path, until="/100000 [")
    assert succeed("run", "desk.toml", "--replications", "200", "--json", cwd=tmp_path).stderr == ""
    assert on_terminal("run", "desk.toml", "--replications", "1", "--json", cwd=tmp_path) == ""


def on_terminal(*arguments: str, cwd: Path, until: str | None = None) -> str:
    """Run the program with a terminal as its standard error, and return what that showed; stop it at *until*."""
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    command, shown = [sys.executable, "-m", "activity_sim", *arguments], b""
    with subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):
            while (until is None or until.encode() not in shown) and (chunk := os.read(ours, 65_536)):
                shown += chunk
        if until is not None:
            os.killpg(process.pid, signal.SIGKILL)
        os.close(ours)
    assert until is not None or process.returncode == 0
    return shown.decode()


# --- what run writes ---


def test_the_files_are_those_of_the_documentation(several: Path, one: Path) -> None:
    twins = {f"{name}.parquet" for name in COLUMNS}
    logs = {f"log/{name}.parquet" for name in LOGS}
    assert files(one / "results") == PLAIN | logs
    assert PLAIN | twins | logs <= files(several / "results")
    pictures = [path for path in (several / "results").iterdir() if path.suffix == ".png"]
    assert len(pictures) == 1
    assert pictures[0].read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", COLUMNS)
def test_the_columns_are_those_of_the_documentation(name: str, several: Path, one: Path) -> None:
    assert list(table(one, name)) == COLUMNS[name]
    assert list(table(several, name)) == with_ranges(name)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_csv_is_utf_8_with_one_header_and_as_many_cells_in_each_row(name: str, several: Path) -> None:
    raw = (several / "results" / f"{name}.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw and raw.endswith(b"\n")
    assert raw.decode("utf-8").count("\n") == len(table(several, name)) + 1


@pytest.mark.parametrize("name", RANGED)
def test_each_figure_lies_in_its_interval(name: str, several: Path) -> None:
    written = table(several, name)
    for column in RANGED[name]:
        known = written[[column, f"{column}_low", f"{column}_high"]].dropna()
        assert len(known)
        assert (known[f"{column}_low"] <= known[column]).all() and (known[column] <= known[f"{column}_high"]).all()


@pytest.mark.parametrize("name", COLUMNS)
def test_a_parquet_twin_holds_the_same(name: str, several: Path) -> None:
    csv, twin = table(several, name), pd.read_parquet(several / "results" / f"{name}.parquet")
    assert list(twin) == list(csv)
    if "interval_start" in csv:
        twin["interval_start"] = [moment.isoformat() for moment in twin["interval_start"]]
    pd.testing.assert_frame_equal(twin, csv, check_dtype=False, rtol=1e-12)


def test_the_time_of_all_workers_is_the_observed_time_to_the_microsecond(one: Path) -> None:
    for name in ("time_by_activity", "time_by_worker", "time_by_interval"):
        microseconds = [round(seconds * 1e6) for seconds in table(one, name)["total"]]
        assert sum(microseconds) == len(WORKERS) * OBSERVED * 1_000_000, name
    by_worker = table(one, "time_by_worker")
    assert by_worker.groupby("worker")["total"].sum().round(6).tolist() == [OBSERVED] * len(WORKERS)


def test_totals_are_means_per_replication(several: Path) -> None:
    for name in ("time_by_activity", "time_by_worker", "time_by_interval"):
        assert table(several, name)["total"].sum() == pytest.approx(len(WORKERS) * OBSERVED, abs=1e-6), name
    logged = pd.read_parquet(several / "results" / "log" / "spells.parquet")
    length = logged["end"] - logged["start"].clip(lower=WARM_UP * 1_000_000)
    by_activity = length.clip(lower=0).groupby(logged["friendly_name"].astype(str)).sum() / 3e6
    written = table(several, "time_by_activity").set_index("friendly_name")
    for activity, seconds in by_activity.items():
        assert written["total"][activity] == pytest.approx(seconds, abs=1e-6)


def test_every_activity_has_its_row_zeros_included(several: Path, one: Path) -> None:
    for folder in (several, one):
        written = table(folder, "time_by_activity")
        assert written["friendly_name"].tolist() == ACTIVITIES
        assert written["available"].tolist() == [name == "Available" for name in ACTIVITIES]
        never = written.set_index("friendly_name").loc["Never, ever", ["total", "share", "spells", "min", "avg", "max"]]
        assert (never == 0).all()
        assert written["share"].sum() == pytest.approx(1, abs=1e-9)


def test_every_worker_has_a_row_for_every_activity(several: Path) -> None:
    written = table(several, "time_by_worker")
    assert list(zip(written["worker"], written["friendly_name"], strict=True)) == [
        (worker, activity) for worker in WORKERS for activity in ACTIVITIES
    ]
    assert written.groupby("worker")["share"].sum().to_numpy() == pytest.approx(1)


def test_intervals_are_aligned_to_the_local_clock_with_its_offset(several: Path, one: Path) -> None:
    half_hours = [
        *("2026-10-25T00:30:00+02:00", "2026-10-25T01:00:00+02:00", "2026-10-25T01:30:00+02:00"),
        *("2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00"),
        *("2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00"),
        *("2026-10-25T03:30:00+01:00", "2026-10-25T04:00:00+01:00", "2026-10-25T04:30:00+01:00"),
        *("2026-10-25T05:00:00+01:00", "2026-10-25T05:30:00+01:00"),
    ]
    hours = ["2026-10-25T00:00:00+02:00", *(moment for moment in half_hours[1:] if ":00:00+" in moment)]
    for name, rows in (("time_by_interval", len(ACTIVITIES)), ("tasks_by_interval", 3)):
        for folder, wanted in ((one, half_hours), (several, hours)):
            starts = table(folder, name)["interval_start"].tolist()
            assert starts == [start for start in wanted for _ in range(rows)], name


def test_every_interval_has_all_workers_somewhere(one: Path) -> None:
    written = table(one, "time_by_interval")
    by_interval = written.groupby("interval_start", sort=False)
    assert by_interval["workers"].sum().to_numpy() == pytest.approx(len(WORKERS))
    observed = [10 * 60, *[30 * 60] * 11, 5 * 60]
    assert (by_interval["total"].sum() / len(WORKERS)).tolist() == pytest.approx(observed)


def test_tasks_are_summed_up_by_type_and_altogether(several: Path, one: Path) -> None:
    counts = ["offered", "completed", "abandoned", "canceled", "waiting", "in_progress"]
    for folder in (several, one):
        whole = table(folder, "task_summary").set_index("task_type")
        assert list(whole.index) == ["call", "mail", "all"]
        by_interval = table(folder, "tasks_by_interval")
        assert by_interval["task_type"].tolist() == ["call", "mail", "all"] * (len(by_interval) // 3)
        sums = by_interval.groupby("task_type")[counts].sum()
        for name in counts:
            assert whole[name]["call"] + whole[name]["mail"] == pytest.approx(whole[name]["all"])
            assert sums[name]["all"] == pytest.approx(whole[name]["all"])
        assert whole[counts[1:]].sum(axis=1).to_numpy() == pytest.approx(whole["offered"].to_numpy())
        assert (whole["abandoned"] / whole["offered"]).to_numpy() == pytest.approx(whole["abandoned_share"].to_numpy())
    definitions = table(one, "task_summary")["service_level_definition"].tolist()
    assert definitions[:2] == ["served_or_abandoned_within", "answered_of_answered"]


def test_occupancy_has_a_row_for_each_group_and_all(several: Path, one: Path) -> None:
    for folder in (several, one):
        written = table(folder, "occupancy")
        assert written["worker_group"].tolist() == ["Night", "Early", "all"]
        assert written[["occupancy", "utilisation"]].to_numpy().min() > 0
        assert written["occupancy"].max() <= 1


def test_activity_durations_have_the_shape_of_taskrouters_statistics(one: Path, several: Path) -> None:
    statistics = document(one, "activity_durations.json")
    assert set(statistics) == {
        *("account_sid", "workspace_sid", "url", "start_time", "end_time", "activity_durations"),
        *(f"reservations_{what}" for what in ("created", "accepted", "rejected", "timed_out", "canceled", "rescinded")),
    }
    rows = statistics["activity_durations"]
    assert [row["friendly_name"] for row in rows] == ACTIVITIES
    assert [row["sid"] for row in rows] == [None, "WA0123456789abcdef0123456789abcdef", *[None] * 4]
    assert {tuple(sorted(row)) for row in rows} == {("avg", "friendly_name", "max", "min", "sid", "total")}
    assert all(type(row[name]) is int for row in rows for name in ("avg", "max", "min", "total"))
    written = table(one, "time_by_activity")
    for name in ("avg", "max", "min", "total"):
        assert np.abs(written[name] - [row[name] for row in rows]).max() < 1
    assert (statistics["start_time"], statistics["end_time"]) == ("2026-10-24T22:50:00Z", "2026-10-25T04:35:00Z")
    reservations = pd.read_parquet(one / "results" / "log" / "reservations.parquet")
    counted = reservations[reservations["created"] >= WARM_UP * 1_000_000]["status"].value_counts()
    assert statistics["reservations_created"] == counted.sum() > 0
    assert statistics["reservations_rejected"] == counted["rejected"] > 0
    assert statistics["reservations_timed_out"] == counted["timeout"] > 0
    assert document(several, "activity_durations.json") == statistics


def test_run_json_has_what_is_needed_to_run_again(several: Path, one: Path) -> None:
    run = document(several, "run.json")
    assert (run["seed"], run["replications"], run["engine"]) == (7, 3, "simpy")
    assert run["leave"] == {"Night": "deferred", "Early": "idle_only"}
    assert shlex.split(run["command_line"])[1:] == ["run", "desk.toml", *OPTIONS]
    assert {"activity_sim", "python", "numpy"} <= set(run["versions"])
    assert re.fullmatch(r"(sha256:)?[0-9a-f]{64}", run["scenario_digest"])
    assert document(one, "run.json")["scenario_digest"] != run["scenario_digest"]
    assert any("only 3 replications" in warning for warning in run["warnings"])


def test_the_command_line_that_was_recorded_does_the_same_again(one: Path, tmp_path: Path) -> None:
    place(tmp_path)
    succeed(*shlex.split(document(one, "run.json")["command_line"])[1:], cwd=tmp_path)
    assert tree(tmp_path) == tree(one)


def test_the_command_line_is_recorded_wherever_the_command_is_called_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place(tmp_path)
    arguments = ["run", str(tmp_path / "desk.toml"), "--replications", "1", "--json"]
    with pytest.raises(SystemExit):
        main(arguments)
    assert shlex.split(json.loads(capsys.readouterr().out)["command_line"])[1:] == arguments


def test_options_take_the_place_of_the_scenarios(several: Path, one: Path) -> None:
    levels = document(several, "run.json")["service_levels"]
    assert levels == {
        "call": {"within_seconds": 60, "target": 0.9, "definition": "served_or_abandoned_within"},
        "mail": {"within_seconds": 60, "target": 0.9, "definition": "answered_of_answered"},
    }
    assert document(one, "run.json")["service_levels"]["mail"]["within_seconds"] == 3_600
    assert document(several, "run.json")["interval_seconds"] == 3_600


# --- logs ---


@pytest.mark.parametrize("name", LOGS)
def test_a_log_has_the_documented_columns_with_times_in_whole_microseconds(name: str, several: Path) -> None:
    schema = parquet.read_schema(several / "results" / "log" / f"{name}.parquet")
    assert schema.names == LOGS[name]
    for column in schema:
        if column.name in TIMES:
            assert column.type == pa.int64()
        elif column.name in ("available", "finished"):
            assert column.type == pa.bool_()


@pytest.mark.parametrize("name", LOGS)
def test_a_log_has_all_replications_and_names_for_codes(name: str, several: Path) -> None:
    logged = pd.read_parquet(several / "results" / "log" / f"{name}.parquet")
    assert logged["replication"].drop_duplicates().tolist() == [0, 1, 2]
    assert set(logged["worker"].dropna()) <= set(WORKERS)


@pytest.mark.parametrize("name", LOGS)
def test_a_replication_is_the_same_however_many_are_asked_for(name: str, several: Path, one: Path) -> None:
    of_three, alone = (pd.read_parquet(folder / "results" / "log" / f"{name}.parquet") for folder in (several, one))
    pd.testing.assert_frame_equal(of_three[of_three["replication"] == 0], alone)


def test_what_is_missing_in_a_log_is_null(several: Path) -> None:
    tasks = pd.read_parquet(several / "results" / "log" / "tasks.parquet")
    accepted = tasks["accepted"].notna()
    assert accepted.any() and not accepted.all()
    assert (tasks[["arrival", "reserved", "accepted", "handled", "completed"]].min() >= 0).all()
    assert tasks["accepted"][tasks["outcome"] == "abandoned"].isna().all()
    assert tasks["worker"].isna().equals(tasks["reserved"].isna())
    assert tasks["worker"].isna().any()
    assert tasks["completed"][tasks["outcome"].isin(["waiting", "in_progress"])].isna().all()


def test_spells_tile_the_time_of_each_worker(several: Path) -> None:
    spells = pd.read_parquet(several / "results" / "log" / "spells.parquet")
    for _, mine in spells.groupby(["replication", "worker"], observed=True):
        assert mine["start"].iloc[0] == 0 and mine["end"].iloc[-1] == HORIZON * 1_000_000
        assert (mine["start"].iloc[1:].to_numpy() == mine["end"].iloc[:-1].to_numpy()).all()
        assert mine["finished"].tolist() == [True] * (len(mine) - 1) + [False]


# --- the same again, and into the same folder ---


def test_the_same_seed_leaves_the_same_bytes(several: Path, tmp_path: Path) -> None:
    place(tmp_path)
    succeed("run", "desk.toml", *OPTIONS, cwd=tmp_path)
    assert tree(tmp_path) == tree(several)


def test_another_seed_leaves_other_figures(one: Path, tmp_path: Path) -> None:
    place(tmp_path)
    succeed("run", "desk.toml", "--replications", "1", "--seed", "8", "--log", "--out", "results", cwd=tmp_path)
    mine, other = tree(tmp_path / "results"), tree(one / "results")
    assert set(mine) == set(other)
    assert [name for name, content in mine.items() if content is not None and content == other[name]] == []


def test_running_again_leaves_nothing_stale_and_what_is_not_its_own(several: Path, tmp_path: Path) -> None:
    shutil.copytree(several / "results", tmp_path / "results")
    place(tmp_path)
    for name in ("notes.txt", "log/mine.txt"):
        (tmp_path / "results" / name).write_text("mine", "utf-8")
    succeed("run", "desk.toml", "--replications", "1", "--seed", "7", "--out", "results", cwd=tmp_path)
    assert files(tmp_path / "results") == PLAIN | {"notes.txt", "log/mine.txt"}
    assert list(table(tmp_path, "occupancy")) == COLUMNS["occupancy"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desk.toml", "results"]


def test_missing_folders_above_out_are_made(tmp_path: Path) -> None:
    place(tmp_path)
    succeed("run", "desk.toml", "--replications", "1", "--out", "a/b/results", cwd=tmp_path)
    assert files(tmp_path / "a" / "b" / "results") == PLAIN


@pytest.mark.parametrize("out", ["taken/below", "desk.toml"])
def test_out_that_names_a_file_is_refused_and_nothing_is_written(out: str, tmp_path: Path) -> None:
    place(tmp_path)
    (tmp_path / "taken").write_text("precious", "utf-8")
    message = refused("run", "desk.toml", "--replications", "1", "--out", out, cwd=tmp_path)
    assert "--out: must be a folder" in message


@pytest.mark.parametrize("name", ["run.json", "log/tasks.parquet"])
def test_out_with_a_folder_in_the_place_of_a_file_is_refused_and_left_alone(name: str, tmp_path: Path) -> None:
    place(tmp_path)
    (tmp_path / "results" / name).mkdir(parents=True)
    (tmp_path / "results" / "task_summary.parquet").write_text("of an earlier run", "utf-8")
    message = refused("run", "desk.toml", "--replications", "1", "--log", "--out", "results", cwd=tmp_path)
    assert "--out" in message and name.rpartition("/")[2] in message


def test_out_may_be_the_folder_of_the_scenario(tmp_path: Path) -> None:
    place(tmp_path)
    succeed("run", "desk.toml", "--replications", "1", "--out", ".", cwd=tmp_path)
    assert files(tmp_path) == PLAIN | {"desk.toml"}


def test_names_that_mean_something_to_others_are_written_as_they_are(tmp_path: Path) -> None:
    names = ["$^$", "A $ B_1 $", "_under", "日本語", "=1+1", 'a, "b"', "100 %"]
    text = 'name = "日本"\nhorizon = "7h"\n[workspace]\ndefault_activity = "$^$"\ntimeout_activity = "$^$"\n'
    text += "".join(f"[[workspace.activities]]\nfriendly_name = '{name}'\n" for name in names)
    text += "[[workers]]\nfriendly_name = '$_$'\nshifts = ["
    text += ", ".join(
        f"{{ activity = '{name}', start = '0{hour}:00', end = '0{hour + 1}:00' }}" for hour, name in enumerate(names)
    )
    place(tmp_path, text + "]\n")
    finished = succeed("run", "desk.toml", "--replications", "2", "--out", "results", "--plot", "--log", cwd=tmp_path)
    assert finished.stderr == ""
    assert table(tmp_path, "time_by_activity")["friendly_name"].tolist() == names
    assert set(pd.read_parquet(tmp_path / "results" / "log" / "spells.parquet")["friendly_name"]) == set(names)


def test_a_scenario_that_fails_only_when_it_is_drawn_leaves_no_folder(tmp_path: Path) -> None:
    place(tmp_path, SCENARIO.replace("per_hour = 40", "per_hour = 1e8"))
    assert "50,000,000" in refused("run", "desk.toml", "--out", "a/results", cwd=tmp_path)


def test_times_written_are_instants_of_the_scenarios_zone(one: Path) -> None:
    moments = [datetime.fromisoformat(text) for text in table(one, "time_by_interval")["interval_start"].unique()]
    assert {moment.utcoffset() for moment in moments} == {timedelta(hours=1), timedelta(hours=2)}
    assert {after - before for before, after in pairwise(moments)} == {timedelta(minutes=30)}
