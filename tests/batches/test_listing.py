"""What a batch file lists, and what it is refused for, before anything runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import activity_sim as sim
from activity_sim.batches.listing import listed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.toml", "b.toml", "sub/a.toml", "pulled/scenario.toml", "pulled/pull.json", "other/scenario.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def entry(scenario: str, **given: Any) -> dict[str, Any]:
    return {"scenario": scenario, **given}


def test_entries_patterns_and_folders(folder: Path) -> None:
    (folder / "nightly.toml").write_text(
        'seed = 3\nreplications = 5\n[[runs]]\nscenario = "*.toml"\n[[runs]]\nscenario = "pulled"\n'
        '[[runs]]\nscenario = "missing.toml"\nname = "x y"\nprecision = "service_level=0.01"\n'
        "interval = 900\nlog = true\n"
    )
    jobs = listed(folder / "nightly.toml")
    assert [job.name for job in jobs] == ["a", "b", "pulled", "x y"]
    assert [job.scenario.relative_to(folder).as_posix() for job in jobs][2:] == ["pulled/scenario.toml", "missing.toml"]
    assert jobs[0].arguments == ("--replications", "5", "--seed", "3")
    options = ("--precision", "service_level=0.01", "--seed", "3", "--interval", "15min", "--log")
    assert jobs[3].arguments == options
    assert [job.pulled for job in listed({"runs": [entry("pulled", pull=True)]})] == [Path("pulled")]
    assert [job.name for job in listed({"runs": [entry("*")]})] == ["a", "b", "nightly", "other", "pulled"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "runs: is required"),
        ({"runs": []}, "runs: must be at least one"),
        ({"runs": "a.toml"}, "runs: must be a list, not 'a.toml'"),
        ({"runs": [{"name": "a"}]}, "runs[0].scenario: is required"),
        ({"runs": [{"scenario": "a.toml", "sed": 1}]}, "runs[0].sed: is not a key here; the nearest is 'seed'"),
        ({"runs": [entry("no*.toml")]}, "runs[0].scenario: must match at least one scenario in"),
        ({"runs": [entry("*.toml", name="x")]}, "runs[0].name: must not be given for a pattern that matches 2 scen"),
        ({"runs": [entry("a.toml", name="../x")]}, "runs[0].name: must be a name that a folder can have"),
        ({"runs": [entry("a.toml", name="Index.html")]}, "runs[0].name: must be a name that a folder can have"),
        ({"runs": [entry("a.toml", name=".x")]}, "runs[0].name: must be a name that a folder can have"),
        ({"runs": [entry("a.toml"), entry("sub/a.toml")]}, "runs[1]: must have another name: a.toml (runs[0]) and sub"),
        ({"runs": [entry("a.toml", name="A"), entry("a.toml")]}, "runs[1]: must have another name"),
        ({"runs": [entry("a.toml", seed=-1)]}, "runs[0].seed: must be a whole number from 0"),
        ({"runs": [entry("a.toml", engine="fast")]}, "runs[0].engine: must be one of 'auto', 'simpy', 'compiled'"),
        ({"runs": [entry("a.toml", interval="15")]}, "runs[0].interval: must be a duration"),
        ({"runs": [entry("a.toml", precision="wait")]}, "runs[0].precision: must be a metric and a half-width"),
        ({"runs": [entry("a.toml", precision="w=1")]}, "runs[0].precision.metric: must be one of"),
        ({"runs": [entry("a.toml", service_level="90")]}, "runs[0].service_level: must be a duration"),
        ({"runs": [entry("a.toml", log="yes")]}, "runs[0].log: must be true or false"),
        ({"runs": [entry("other", pull=True)]}, "runs[0].scenario: must be a folder that activity-sim pull made"),
        ({"replications": 2, "precision": "wait_mean=1", "runs": [entry("a.toml")]}, "replications: must not be given"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(folder: Path, given: dict[str, Any], message: str) -> None:
    with pytest.raises(sim.InputError, match="^" + re.escape(message)):
        sim.batch(given, out="results")
    assert not (folder / "results").exists()


def test_places_that_cannot_be_written_to_are_refused(folder: Path) -> None:
    (folder / "results").mkdir()
    (folder / "results" / "a").touch()
    with pytest.raises(sim.InputError, match="results/a: must be a folder, and a is a file"):
        sim.batch({"runs": [entry("a.toml")]}, out="results")
    with pytest.raises(sim.InputError, match=r"^out: must be a folder, and a\.toml is a file"):
        sim.batch({"runs": [entry("a.toml")]}, out="a.toml")
    with pytest.raises(sim.InputError, match="jobs: must be a whole number from 1 to 1000, not 0"):
        sim.batch({"runs": [entry("a.toml")]}, out="results", jobs=0)
