"""BATCH.md is held to the code: keys, fields and files, and its examples run."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import attrs
import pytest

import activity_sim as sim
from activity_sim.batches.listing import RESERVED, Entry, Listing, listed
from activity_sim.batches.summary import Row

FOLDER = Path(sim.__file__).parent
TEXT = (FOLDER / "BATCH.md").read_text("utf-8")


def first_cells(head: str) -> set[str]:
    """Return the names in the first column of the tables with that *head*."""
    tables = re.findall(rf"^\| {head} \|.*\n\|[- |]+\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    cells = [line.split(" | ")[0] for table in tables for line in table.splitlines()]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_key_field_and_file_is_there_and_no_other() -> None:
    assert first_cells("key") == {field.name for field in attrs.fields(Entry)}
    assert {field.name for field in attrs.fields(Listing)} - first_cells("key") == {"runs"}
    row = Row(name="a", scenario="a.toml", status="done", exit_status=0)
    assert first_cells("field") == set(row.written)
    assert first_cells("file") == set(RESERVED)


def test_the_batch_file_is_one(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    for name in ("scenarios/monday.toml", "scenarios/friday.toml", "support/scenario.toml", "support/pull.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "nightly.toml").write_text(example, "utf-8")
    jobs = listed(tmp_path / "nightly.toml")
    assert [job.name for job in jobs] == ["friday", "monday", "Monday to the minute", "support"]
    assert "--replications" not in jobs[2].arguments and jobs[3].pulled is not None
    assert len(tomllib.loads(example)["runs"]) == 3


@pytest.mark.slow
def test_the_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, sim.Batch] = {}
    for example in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(example, names)
    assert names["found"].failed == []
    assert names["found"].table["status"].tolist() == ["done"]


def test_links_and_lines() -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", TEXT):
        assert (FOLDER / target).exists(), target
        headings = re.findall(r"^#+ (.*)$", (FOLDER / target).read_text("utf-8"), re.MULTILINE) if anchor else []
        assert not anchor or anchor in [re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in headings]
    assert [line for line in TEXT.splitlines() if len(line) > 120 and not line.startswith("|")] == []
