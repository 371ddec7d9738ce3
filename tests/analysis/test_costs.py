"""Costs, worked out by hand and held to the laws that they must obey."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.analysis.reports import time_by_activity
from activity_sim.log import Log
from tests.strategies import scenarios

ENGINES = ["simpy", "compiled"]
PRICES = sim.Costs(
    per_hour=24, by_activity={"Unavailable": 12}, per_abandoned=5, per_overtime_minute=0.5, currency="EUR"
)


def morning(calls: list[str]) -> sim.Scenario:
    """Return two workers, 08:00 to 10:00, of whom one has a break at 09:00; calls of 20 minutes, patience 1 minute."""
    shift = sim.Shift("Available", "08:00", "10:00")
    pause = sim.Break("Unavailable", "09:00", "15min")
    return sim.Scenario(
        start="2026-11-23T08:00:00",
        horizon="3h",
        workers=[sim.Workers("A", shifts=[shift], breaks=[pause]), sim.Workers("B", shifts=[shift], per_hour=30)],
        tasks=[
            sim.Tasks(
                "call",
                arrivals=sim.Trace(times=tuple(map(datetime.fromisoformat, calls))),
                handle_time="20min",
                patience="1min",
            )
        ],
        costs=PRICES,
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_morning_worked_out_by_hand(engine: str) -> None:
    """At 09:50 both take a call, which ends at 10:10; the third caller, at 09:55, hangs up."""
    calls = [f"2026-11-23T09:{minute}:00" for minute in ("50", "51", "55")]
    table = sim.reports.cost(sim.simulate(morning(calls), engine=engine))
    assert table.to_dict("split", index=False)["data"][:-1] == [
        ["hours", "A", "Unavailable", 0.25, 3.0],
        ["hours", "A", "Available", pytest.approx(1.75 + 1 / 6), pytest.approx(46.0)],
        ["hours", "B", "Unavailable", 0.0, 0.0],
        ["hours", "B", "Available", pytest.approx(2 + 11 / 60), pytest.approx(65.5)],
        ["overtime minutes", "A", "", 10.0, 5.0],
        ["overtime minutes", "B", "", 11.0, 5.5],
        ["abandoned tasks", "call", "", 1.0, 5.0],
    ]
    assert table["cost"].iloc[-1] == pytest.approx(130.0)


def test_only_the_part_after_the_warm_up_costs() -> None:
    late = attrs.evolve(morning(["2026-11-23T09:50:00"]), warm_up="2h")
    table = sim.reports.cost(sim.simulate(late)).set_index(["item", "subject"])["quantity"]
    assert table["overtime minutes", "A"] == 10
    assert table["hours", "A"].tolist() == [0, pytest.approx(1 / 6)]
    assert table["hours", "B"].tolist() == [0, 0]


def test_without_shifts_nobody_works_overtime_and_without_costs_nothing_costs() -> None:
    scenario = sim.Scenario(horizon="1h", workers=[sim.Workers("A", routine=sim.Routine("Available"))], costs=PRICES)
    assert sim.reports.cost(sim.simulate(scenario)).set_index("item")["quantity"]["overtime minutes"] == 0
    free = sim.reports.cost(sim.simulate(attrs.evolve(scenario, costs=None)))
    assert free.drop(columns="quantity").to_numpy().tolist() == [["all", "all", "", 0.0]]


@settings(max_examples=30, deadline=None)
@given(scenarios(), st.floats(0.5, 50))
def test_prices_by_activity_alone_price_the_time_by_activity(scenario: sim.Scenario, factor: float) -> None:
    names = scenario.workspace.names
    prices = dict(zip(names, np.arange(1.0, len(names) + 1), strict=True))
    log = sim.simulate(attrs.evolve(scenario, costs=sim.Costs(by_activity=prices)))
    expected = (time_by_activity(log)["total"] / 3600 * list(prices.values())).sum()
    assert sim.reports.cost(log)["cost"].iloc[-1] == pytest.approx(expected)
    dearer = {name: factor * price for name, price in prices.items()}
    again = sim.simulate(attrs.evolve(scenario, costs=sim.Costs(by_activity=dearer)))
    assert sim.reports.cost(again)["cost"].iloc[-1] == pytest.approx(factor * expected)


@settings(max_examples=30, deadline=None)
@given(scenarios())
def test_overtime_is_what_is_outside_of_shifts(scenario: sim.Scenario) -> None:
    """Second by second, on horizons of at most a minute, for the log's own shifts."""
    scenario = attrs.evolve(scenario, horizon=min(scenario.horizon.seconds, 60.0), warm_up=0)
    log = sim.simulate(attrs.evolve(scenario, costs=sim.Costs(per_overtime_minute=1)))
    assert log.legend.prices is not None
    step = 250_000
    ticks = np.arange(step // 2, log.legend.horizon, step)
    spells, found = log.columns["spells"], 0.0
    for worker in np.unique(log.legend.prices.shifts[:, 0]):
        rows = (spells["worker"] == worker) & (spells["activity"] != log.legend.default_activity)
        shifts = log.legend.prices.shifts[log.legend.prices.shifts[:, 0] == worker]
        working = _inside(ticks, spells["start"][rows], spells["end"][rows])
        found += (working & ~_inside(ticks, shifts[:, 1], shifts[:, 2])).sum() * step / 60e6
    minutes = sim.reports.cost(log).query("item == 'overtime minutes'")["quantity"].sum()
    borders = 2 * (len(spells["start"]) + len(log.legend.prices.shifts))
    assert abs(minutes - found) <= borders * step / 60e6


def _inside(ticks: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    return ((ticks[:, None] >= starts) & (ticks[:, None] < ends)).any(axis=1)


def test_a_log_keeps_its_prices_in_files(tmp_path: Path) -> None:
    log = sim.simulate(morning(["2026-11-23T09:50:00"]))
    for kind in ("parquet", "csv"):
        sim.write_log(log, tmp_path / kind, kind=kind)
        pd.testing.assert_frame_equal(sim.reports.cost(sim.read_log(tmp_path / kind)), sim.reports.cost(log))


def busy() -> sim.Scenario:
    tasks = [sim.Tasks("call", arrivals={"per_hour": 9}, handle_time="20min", patience="1min")]
    return attrs.evolve(morning(["2026-11-23T09:50:00"]), tasks=tasks)


def test_engines_agree_to_the_byte_and_a_study_says_what_its_logs_say() -> None:
    studies = [sim.replicate(busy(), replications=12, engine=engine, keep_logs=True) for engine in ENGINES]
    tables = [sim.reports.cost(source) for study in studies for source in (study, Log.concat(study.logs))]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0], check_exact=True)
    assert (tables[0]["cost_low"] < tables[0]["cost"]).any()


@settings(max_examples=20, deadline=None)
@given(st.tuples(*[st.floats(0, 50)] * 3), st.tuples(*[st.floats(0, 50)] * 3))
def test_costs_add_as_prices_do(one: tuple[float, ...], other: tuple[float, ...]) -> None:
    names = ("per_hour", "per_abandoned", "per_overtime_minute")
    scenario = attrs.evolve(busy(), workers=[attrs.evolve(group, per_hour=None) for group in busy().workers])

    def whole(prices: tuple[float, ...]) -> float:
        costs = sim.Costs(**dict(zip(names, prices, strict=True)))
        return float(sim.reports.cost(sim.simulate(attrs.evolve(scenario, costs=costs)))["cost"].iloc[-1])

    both = tuple(a + b for a, b in zip(one, other, strict=True))
    assert whole(both) == pytest.approx(whole(one) + whole(other))


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        ({"per_hour": -1}, "costs.per_hour: must be a number from 0, finite, not -1"),
        (
            {"by_activity": {"Brake": 1}},
            "costs.by_activity.Brake: must be one of 'Offline', 'Unavailable', 'Available'",
        ),
        ({"per_our": 1}, "costs.per_our: is not a key here; the nearest is 'per_hour'"),
        (None, "workers[1] (B).per_hour: is a price, and the scenario has no costs"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(costs: dict[str, object] | None, said: str) -> None:
    with pytest.raises(sim.InputError) as caught:
        attrs.evolve(morning(["2026-11-23T09:50:00"]), costs=costs)
    assert str(caught.value).startswith(said)


def test_costs_are_saved_and_read_again(tmp_path: Path) -> None:
    scenario = attrs.evolve(morning(["2026-11-23T09:50:00"]), tasks=[])
    scenario.save(str(tmp_path / "priced.toml"))
    assert sim.load_scenario(tmp_path / "priced.toml") == scenario
