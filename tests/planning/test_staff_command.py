"""The command ``staff`` as people run it, on a small scenario with a file of counts in a folder of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import activity_sim as sim
from activity_sim.cli import main

SCENARIO = """
name = "Desk"
start = 2026-11-23T08:00:00
time_zone = "Europe/Berlin"
horizon = "4h"
interval = "1h"

[[workers]]
friendly_name = "Early"
count = 2
shifts = [{ activity = "Available", start = "08:00", end = "11:00" }]
breaks = [{ activity = "Unavailable", start = "09:30", lasts = "15min", stagger = "45min" }]

[[workers]]
friendly_name = "Late"
count = 9
shifts = [{ activity = "Available", start = "09:00", end = "12:00" }]

[[tasks]]
friendly_name = "call"
arrivals = { counts = "counts.csv" }
handle_time = { distribution = "exponential", mean = "4min" }
patience = { distribution = "exponential", mean = "3min" }
"""
COUNTS = "time,calls\n2026-11-23T08:00,20\n2026-11-23T09:00,45\n2026-11-23T10:00,50\n2026-11-23T11:00,30\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "desk.toml").write_text(SCENARIO, "utf-8")
    (tmp_path / "counts.csv").write_text(COUNTS, "utf-8")
    return tmp_path


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = [sys.executable, "-m", "activity_sim", *arguments]
    return subprocess.run(given, cwd=folder, capture_output=True, text=True, timeout=120)


def test_what_is_staffed_runs_and_meets_the_target(folder: Path) -> None:
    done = command(folder, "staff", "desk.toml", "--out", "deep/staffed", "--replications", "60")
    assert done.returncode == 0, done.stderr
    assert "every cheaper plan misses a target" in done.stdout
    out = folder / "deep" / "staffed"
    assert sorted(path.name for path in out.iterdir()) == ["staffed.toml", "staffing.csv"]
    table = pd.read_csv(out / "staffing.csv")
    assert list(table.columns) == [
        *("interval_start", "worker_group", "required", "scheduled", "gap"),
        *("service_level", "service_level_low", "service_level_high"),
    ]
    assert table["interval_start"].iloc[0] == "2026-11-23T08:00:00+01:00"
    assert table["worker_group"].tolist() == ["Early", "Late"] * 4
    ran = command(folder, "run", "deep/staffed/staffed.toml", "--out", "ran", "--replications", "100", "--seed", "9")
    assert ran.returncode == 0, ran.stderr
    levels = pd.read_csv(folder / "ran" / "tasks_by_interval.csv").query("task_type == 'call'")
    assert (levels["service_level_high"] >= 0.8).all()
    assert levels["service_level"].mean() > 0.8


def test_json_has_what_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["staff", str(folder / "desk.toml"), "--per", "day", "--replications", "20", "--seed", "4", "--json"])
    said = json.loads(capsys.readouterr().out)
    text = (Path(sim.__file__).parent / "SCENARIO.md").read_text("utf-8").split("### activity-sim staff")[1]
    assert all(f"`{key}`" in text.split("###")[0] for key in said)
    assert (said["seed"], said["replications"], len(said["levels"])) == (4, 20, 1)
    assert set(said["numbers"]) == {"Early", "Late"}


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (["--service-level", "80"], "--service-level"),
        (["--per", "week"], "--per"),
        (["--interval", "7"], "--interval"),
        (["--replications", "2"], "--replications"),
        (["--seed", "-1"], "--seed"),
        (["--out", "counts.csv"], "--out"),
    ],
)
def test_bad_input_is_one_message(
    arguments: list[str],
    where: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit, match="2"):
        main(["staff", "desk.toml", *arguments])
    said = capsys.readouterr()
    assert where in said.err
    assert said.err.count("\n") == 1
    assert not said.out
    assert sorted(path.name for path in folder.iterdir()) == ["counts.csv", "desk.toml"]


def test_what_cannot_be_reached_ends_with_status_1_and_writes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    (folder / "desk.toml").write_text(SCENARIO.replace('"08:00"', '"09:00"'), "utf-8")
    with pytest.raises(SystemExit, match="1"):
        main(["staff", "desk.toml", "--out", "out", "--replications", "20"])
    assert "at 2026-11-23 08:00" in capsys.readouterr().err
    assert not (folder / "out").exists()
