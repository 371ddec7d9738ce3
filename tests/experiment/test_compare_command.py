"""The command that compares scenarios: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from activity_sim import compare
from activity_sim.cli import main
from activity_sim.files import load_scenario
from tests.experiment.test_comparison import COLUMNS, NONE
from tests.test_command_line import document, files, refused, succeed, table, tree

SCENARIO = """
horizon = "4h"
[[workers]]
friendly_name = "A"
count = {workers}
shifts = [{{ activity = "Available", start = "00:00", end = "04:00" }}]
[[tasks]]
friendly_name = "call"
arrivals = {{ per_hour = 30 }}
handle_time = {{ distribution = "exponential", mean = "4min" }}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, workers in {"A": 3, "A2": 3, "B": 4}.items():
        (tmp_path / f"{name}.toml").write_text(SCENARIO.format(workers=workers), "utf-8")
    return tmp_path


def test_a_copy_differs_in_nothing(folder: Path) -> None:
    finished = succeed("compare", "A.toml", "A2.toml", "--replications", "3", "--out", "results", cwd=folder)
    assert finished.stderr == ""
    assert "higher" not in finished.stdout
    assert "lower" not in finished.stdout
    assert "Pairing: both were the same in every replication" in finished.stdout
    compared = table(folder, "comparison")
    assert compared.columns.tolist() == COLUMNS
    assert (compared[["difference", "difference_low", "difference_high"]] == 0).all(axis=None)
    assert set(compared["p_value"]) == {1.0}
    assert set(compared["verdict"]) == {NONE}


def test_what_is_written_is_what_python_finds(folder: Path) -> None:
    succeed(
        "compare", "A.toml", "B.toml", "A2.toml", "--replications", "12", "--seed", "5", "--out", "results", cwd=folder
    )
    given = {name: load_scenario(folder / f"{name}.toml") for name in ("B", "A2")}
    found = compare(load_scenario(folder / "A.toml"), given, replications=12, seed=5)
    assert files(folder) == {
        "A.toml",
        "A2.toml",
        "B.toml",
        *(f"results/{n}" for n in ("comparison.csv", "pairing.csv", "comparison.json", "report.html")),
    }
    pd.testing.assert_frame_equal(table(folder, "comparison"), found.table, rtol=1e-12, check_dtype=False)
    pd.testing.assert_frame_equal(table(folder, "pairing"), found.pairing, rtol=1e-12, check_dtype=False)
    said = document(folder, "comparison.json")
    assert (said["seed"], said["replications"], said["confidence"]) == (5, 12, 0.95)
    assert list(said["alternatives"]) == ["B", "A2"]
    assert said["alternatives"]["A2"] == said["scenario_digest"] != said["alternatives"]["B"]
    assert said["command_line"].startswith("activity-sim compare A.toml B.toml A2.toml")


def test_the_workbook_has_the_tables_and_where_they_come_from(folder: Path) -> None:
    command = ("compare", "A.toml", "B.toml", "A2.toml", "--replications", "3", "--out", "results")
    succeed(*command, "--excel", cwd=folder)
    book = openpyxl.load_workbook(folder / "results" / "report.xlsx", read_only=True)
    assert book.sheetnames == ["comparison", "pairing", "provenance"]
    for name in ("comparison", "pairing"):
        head, *rows = book[name].iter_rows(values_only=True)
        wanted = table(folder, name).replace([np.inf, -np.inf], np.nan)
        pd.testing.assert_frame_equal(pd.DataFrame(rows, columns=list(head)), wanted, rtol=1e-14, check_dtype=False)
    said = dict(book["provenance"].iter_rows(values_only=True))
    assert said["command line"] == f"activity-sim {' '.join(command)} --excel"
    assert said["alternatives B"] == document(folder, "comparison.json")["alternatives"]["B"]
    book.close()
    succeed(*command, cwd=folder)
    assert "results/report.xlsx" not in files(folder)


def test_as_json_is_json_with_both_tables(folder: Path) -> None:
    before = tree(folder)
    finished = succeed("compare", "A.toml", "B.toml", "--replications", "3", "--json", cwd=folder)
    said = json.loads(finished.stdout)
    assert list(said["comparison"][0]) == COLUMNS
    assert {row["scenario"] for row in said["pairing"]} == {"B"}
    assert any("only 3 replications" in warning for warning in said["warnings"])
    assert tree(folder) == before


def test_files_of_one_name_in_two_folders_are_told_apart(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other").mkdir()
    (folder / "B.toml").rename(folder / "other" / "A2.toml")
    paths = [str(folder / "A2.toml"), str(folder / "other" / "A2.toml")]
    with pytest.raises(SystemExit) as stopped:
        main(["compare", str(folder / "A.toml"), *paths, "--replications", "2", "--json"])
    assert stopped.value.code == 0
    rows = json.loads(capsys.readouterr().out)["comparison"]
    assert list(dict.fromkeys(row["scenario"] for row in rows)) == paths


def test_a_missing_file_is_refused_in_one_line(folder: Path) -> None:
    assert "nowhere.toml" in refused("compare", "A.toml", "nowhere.toml", "--out", "results", cwd=folder)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.toml", "A.toml"], ["nowhere.toml"]),
        (["A.toml"], ["SCENARIO"]),
        (["A.toml", "B.toml", "--out", "A.toml"], ["--out", "must be a folder", "A.toml is a file"]),
        (["A.toml", "B.toml", "--out", "A.toml/below"], ["--out", "must be a folder"]),
        (["A.toml", "B.toml", "--out", "taken"], ["--out", "comparison.csv"]),
        (["A.toml", "B.toml", "--excel"], ["--out", "is needed for --excel"]),
        (["A.toml", "B.toml", "B.toml"], ["must be different files", "B.toml is there twice"]),
        (["A.toml", "B.toml", "./B.toml"], ["B.toml is there twice"]),
        (["A.toml", "B.toml", "--replications", "1"], ["--replications"]),
        (["A.toml", "B.toml", "--seed", "-1"], ["--seed"]),
        (["A.toml", "B.toml", "--engine", "fast"], ["--engine", "fast"]),
        (["A.toml", "bad.toml"], ["bad.toml", "horizn", "horizon"]),
        (["A.toml", "long.toml"], ["long.horizon", "must be the baseline's 4h, not 5h"]),
    ],
)
def test_bad_input_exits_with_2_and_writes_nothing(
    arguments: list[str],
    words: list[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "taken" / "comparison.csv").mkdir(parents=True)
    (folder / "bad.toml").write_text(SCENARIO.format(workers=3).replace("horizon", "horizn"), "utf-8")
    (folder / "long.toml").write_text(SCENARIO.format(workers=3).replace('"4h"', '"5h"'), "utf-8")
    before = tree(folder)
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as stopped:
        main(["compare", *arguments, *([] if {"--out", "--excel"} & set(arguments) else ["--out", "results"])])
    said = capsys.readouterr()
    assert (stopped.value.code, said.out) == (2, "")
    assert len(said.err.splitlines()) == 1
    assert all(word in said.err for word in words), said.err
    assert tree(folder) == before
