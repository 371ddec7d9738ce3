"""Costs in comparisons, sweeps, choices and on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import attrs
import pandas as pd
import pytest

import activity_sim as sim

DAY = sim.Scenario(
    name="Day",
    horizon="8h",
    workers=[sim.Workers("A", count=3, shifts=[sim.Shift("Available", "00:00", "08:00")])],
    tasks=[sim.Tasks("call", arrivals={"per_hour": 30}, handle_time="4min", patience="2min")],
    costs=sim.Costs(per_hour=20, per_abandoned=3, currency="EUR"),
)


def rows(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["metric"] == "cost"].set_index("subject")


def test_a_comparison_has_the_cost_where_all_have_costs() -> None:
    found = sim.compare(DAY, {"same": DAY, "more": DAY.with_workers("A", 1)}, replications=12)
    same, more = (rows(found.table[found.table["scenario"] == name]) for name in ("same", "more"))
    assert same["difference"].tolist() == [0, 0]
    assert same["p_value"].tolist() == [1, 1]
    assert more.loc["A", "difference"] == pytest.approx(160)
    fewer = more.loc["A", "difference"] - more.loc["all", "difference"]
    abandoned = sim.compare(DAY, DAY.with_workers("A", 1), replications=12, metrics=["abandoned"]).table["difference"]
    assert fewer == pytest.approx(-3 * abandoned.iloc[-1])


def test_scenarios_without_costs_are_compared_without() -> None:
    free = attrs.evolve(DAY, costs=None)
    assert rows(sim.compare(free, free, replications=2).table).empty
    with pytest.warns(sim.ActivitySimWarning, match="not all scenarios have costs"):
        assert rows(sim.compare(DAY, free, replications=12).table).empty
    with pytest.raises(sim.InputError, match="metrics: must be another one than cost, since Day has no costs"):
        sim.compare(free, free, metrics=["cost"])


def test_currencies_must_agree() -> None:
    other = attrs.evolve(DAY, costs=sim.Costs(per_hour=20, currency="USD"))
    with pytest.raises(
        sim.InputError, match=r"costs\.currency: must be the same in all scenarios, not 'EUR' and 'USD'"
    ):
        sim.compare(DAY, other)


def test_sweeps_choices_and_sensitivities_know_costs() -> None:
    swept = rows(sim.sweep(DAY, {"A": [3, 4]}, replications=3))
    assert swept.loc["A", "value"].tolist() == [480, 640]
    chosen = sim.best({"3": DAY, "6": DAY.with_workers("A", 3)}, metric="cost", indifference=5)
    assert chosen.best == "3"
    table = sim.sensitivity(DAY, metric="cost", replications=3)
    assert (table["input"] == "A: workers").any()
    study = sim.replicate(DAY, until=sim.precision("cost", half_width=20, maximum=60))
    assert study.stopping is not None
    assert study.stopping.reached


def run(*arguments: str, folder: Path) -> str:
    command = [sys.executable, "-m", "activity_sim", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_command_line_prints_and_writes_costs(tmp_path: Path) -> None:
    DAY.save(str(tmp_path / "day.toml"))
    attrs.evolve(DAY, costs=None).save(str(tmp_path / "free.toml"))
    shown = run("run", "day.toml", "--replications", "3", "--out", "day", "--parquet", folder=tmp_path)
    assert "Cost in EUR" in shown
    assert {"cost.csv", "cost.parquet"} <= {path.name for path in (tmp_path / "day").iterdir()}
    assert json.loads((tmp_path / "day" / "run.json").read_text())["currency"] == "EUR"
    assert ">Cost<" in (tmp_path / "day" / "report.html").read_text("utf-8")
    run("run", "free.toml", "--replications", "3", "--out", "day", folder=tmp_path)
    assert not list((tmp_path / "day").glob("cost.*"))
    compared = run("compare", "day.toml", "day.toml", "--replications", "3", folder=tmp_path)
    assert "cost in EUR" in compared


def test_a_batch_has_the_cost_among_its_figures(tmp_path: Path) -> None:
    DAY.save(str(tmp_path / "day.toml"))
    (tmp_path / "plan.toml").write_text('replications = 2\n[[runs]]\nscenario = "day.toml"\n', "utf-8")
    run("batch", "plan.toml", "--out", "out", folder=tmp_path)
    (row,) = json.loads((tmp_path / "out" / "summary.json").read_text())["runs"]
    table = pd.read_csv(next((tmp_path / "out").rglob("cost.csv")))
    assert row["currency"] == "EUR"
    assert row["cost"] == table["cost"].iloc[-1]
