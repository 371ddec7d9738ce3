"""PLANNING.md is held to the code: its examples run, and its columns are those that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import activity_sim as sim
from activity_sim.planning.adherence import FIGURES

TEXT = (Path(sim.__file__).parent / "PLANNING.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def section(heading: str) -> str:
    return TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def columns(text: str) -> list[str]:
    return [row.split("`")[1] for row in text.splitlines() if row.startswith("| `")]


@pytest.mark.filterwarnings("ignore::activity_sim.errors.ActivitySimWarning")
def test_the_examples_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for example in EXAMPLES:
        exec(example, names)
    assert names["short"] == 4
    said = columns(section("Requirements by interval"))
    formula, simulated = names["table"], names["simulated"]
    assert isinstance(formula, pd.DataFrame)
    assert isinstance(simulated, pd.DataFrame)
    assert list(simulated.columns) == said
    assert list(formula.columns) == said[:-2]
    answer = names["answer"]
    assert isinstance(answer, sim.Staffing)
    assert isinstance(chosen := names["chosen"], sim.Staffing)
    assert all(re.fullmatch(r"Tier 1 \d\d:00-\d\d:00", name) for name in chosen.numbers)
    said = columns(section("Staffing"))
    assert said[len(said) - len(answer.table.columns) :] == list(answer.table.columns)
    assert set(answer.levels.columns) <= set(re.findall(r"`(\w+)`", section("Staffing")))
    learned, shape = names["learned"], 0.15**-2
    assert isinstance(learned, sim.Gamma)
    assert learned.mean / 1e6 == pytest.approx((shape + 316) / (shape + 260), abs=1e-6)


def test_every_attribute_of_a_staffing_is_there() -> None:
    public = {name for name in dir(sim.Staffing) if not name.startswith("_")}
    assert {name.split(".")[1] for name in columns(section("Staffing")) if name.startswith("answer.")} == public


def test_adherence_has_the_columns_that_are_said() -> None:
    assert columns(section("Adherence")) == ["worker", "interval_start", *FIGURES]
