"""HISTORY.md is held to the code: its examples run, and its tables have the arguments and repairs that are there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import click
import pytest

import activity_sim as sim
from activity_sim.cli import commands
from activity_sim.history.calibration import COLUMNS
from activity_sim.history.repairs import MEANINGS
from activity_sim.taskrouter.events import SIDS, TEXTS
from tests.test_documentation import check_options, codes, named, section

TEXT = (Path(sim.__file__).parent / "HISTORY.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.slow
def test_the_examples_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for example in EXAMPLES:
        exec(example, names)
    printed = capsys.readouterr().out
    assert "Nothing had to be repaired." in printed
    assert "worker.activity.update" in printed
    assert "['Offline', 'Unavailable', 'Available', 'Lunch']" in printed
    assert (tmp_path / "monday.html").stat().st_size > 10_000


def test_every_argument_is_there() -> None:
    arguments = [*inspect.signature(sim.read_events).parameters]
    assert named(section("Reading events", TEXT), "argument") == arguments[1:]


def test_every_repair_is_there() -> None:
    assert named(section("Repairs", TEXT), "repair") == [*MEANINGS]


def test_every_filter_of_events_is_there() -> None:
    assert {*SIDS, *TEXTS} <= set(codes(section("Fetching events", TEXT)))


@pytest.mark.parametrize("name", ["fetch", "report"])
def test_every_option_is_there_and_no_other(name: str) -> None:
    group = commands.commands["events"]
    assert isinstance(group, click.Group)
    assert set(group.commands) == {"fetch", "report"}
    check_options(f"events {name}", group.commands[name], section(f"activity-sim events {name}", TEXT))


def test_every_number_of_a_calibration_is_explained() -> None:
    assert named(section("Calibrate", TEXT), "column") == [*COLUMNS]
    check_options("calibrate", commands.commands["calibrate"], section("activity-sim calibrate", TEXT))


def test_its_links_lead_somewhere() -> None:
    titles = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]*)\)", TEXT)) <= anchors
