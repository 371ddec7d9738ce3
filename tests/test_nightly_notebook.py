"""The notebook that papermill runs on any scenario, on two of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import papermill
import pytest

import activity_sim as sim

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "04_nightly.ipynb"


def scenario(folder: Path, name: str, per_hour: float) -> sim.Scenario:
    made = sim.Scenario(
        name=name,
        horizon="4h",
        workers=[sim.Workers("A", count=4, shifts=[sim.Shift("Available", "00:00", "04:00")])],
        tasks=[sim.Tasks("call", arrivals=sim.Poisson(per_hour), handle_time="4min")],
    )
    made.save(folder / f"{name}.toml")
    return made


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::activity_sim.errors.ActivitySimWarning")
@pytest.mark.parametrize(("name", "per_hour", "seed"), [("quiet", 20, 3), ("busy", 50, 4)])
def test_papermill_runs_it_on_any_scenario(tmp_path: Path, name: str, per_hour: float, seed: int) -> None:
    made = scenario(tmp_path, name, per_hour)
    given = {"scenario": f"{name}.toml", "replications": 12, "seed": seed, "interval": "15min"}
    done = papermill.execute_notebook(
        NOTEBOOK, tmp_path / "done.ipynb", parameters=given, cwd=tmp_path, progress_bar=False
    )
    output: Any = done.cells[-1].outputs[0]["data"]["text/plain"]
    study = sim.replicate(made, replications=12, seed=seed)
    service = study.table("task_summary")["service_level"].iloc[-1]
    assert f"'scenario': '{name}'" in output and "'replications': 12" in output
    assert f"'service_level': {round(float(service), 4)}" in output
