"""EXPERIMENTS.md is held to the code: its examples run, and its names and columns are those that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import activity_sim as sim
from activity_sim.analysis.metrics import METRICS

TEXT = (Path(sim.__file__).parent / "EXPERIMENTS.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::activity_sim.errors.ActivitySimWarning")
def test_the_examples_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for example in EXAMPLES:
        exec(example, names)
    study, comparison, choice = names["study"], names["comparison"], names["choice"]
    assert isinstance(study, sim.Study)
    assert isinstance(comparison, sim.Comparison)
    assert isinstance(choice, sim.Choice)
    assert choice.best == "2 more"
    columns = [row.split("`")[1] for row in TEXT.splitlines() if row.startswith("| `")]
    assert columns == list(comparison.table.columns)


def test_every_metric_and_every_function_of_experiments_is_there() -> None:
    said = set(re.findall(r"`(\w+)`", TEXT))
    assert set(METRICS) <= said
    for name in ("replicate", "precision", "compare", "sweep", "sensitivity", "best", "validate", "settled", "explore"):
        assert f"sim.{name}(" in TEXT
