"""The plans of the notebook of a real week in full: the staffing found again, and 200 replications of each plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import activity_sim as sim

FOLDER = Path(__file__).parents[2] / "notebooks"
REPLICATIONS = 200
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::activity_sim.errors.ActivitySimWarning")]


@pytest.fixture(scope="module")
def said(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return what the notebook has defined before it compares its plans."""
    if not request.getfixturevalue("prove"):
        pytest.skip("make prove: the notebook runs eight of the 200 replications")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(FOLDER)
        names: dict[str, Any] = {}
        for cell in json.loads(Path("07_planning_a_week.ipynb").read_text("utf-8"))["cells"]:
            source = "".join(cell["source"])
            if source.startswith("comparison ="):
                return names
            if cell["cell_type"] == "code":
                exec(source, names)
    raise AssertionError("the notebook compares no plans")


@pytest.mark.parametrize("day", ["Mon", "Tue", "Wed", "Thu", "Fri"])
@pytest.mark.parametrize(("plan", "replications"), [("simulated", 40), ("with busy days", 80)])
def test_the_staffing_in_the_file_is_found_again(said: dict[str, Any], plan: str, replications: int, day: str) -> None:
    busyness = sim.Gamma(mean=1, cv=said["cv"]) if plan == "with busy days" else None
    found = said["staffed"](day, busyness, replications=replications)
    assert list(found.numbers.values()) == said["rosters"][plan][day].tolist()


def test_plans_on_the_calls_that_came(said: dict[str, Any], ratio: Callable[..., None]) -> None:
    """The simulated plan takes the fewest shifts, and serves the calls as well as Erlang A's."""
    plans = pd.DataFrame({plan: figures_of(said, plan) for plan in said["plans"]}).T
    for plan, name in product(plans.index, plans.columns):
        ratio(f"a week of the bank, {plan}: {name}", plans.loc[plan, name], "")
    assert plans["shifts"].idxmin() == "simulated"
    assert plans.loc["simulated", "service level"] > plans.loc["Erlang A", "service level"] - 0.01


def figures_of(said: dict[str, Any], plan: str) -> dict[str, float]:
    study = sim.replicate(said["plans"][plan], replications=REPLICATIONS, seed=1, engine="compiled")
    service = sim.reports.task_summary(study).iloc[-1]
    half_hours = sim.reports.tasks_by_interval(study).query("task_type == 'all' and offered > 0")
    return {
        "shifts": said["rosters"][plan].to_numpy().sum(),
        "service level": service["service_level"],
        "abandoned": service["abandoned_share"],
        "half-hours below 80 %": (half_hours["service_level"] < 0.8).sum(),
        "cost": sim.reports.cost(study)["cost"].iloc[-1],
    }
