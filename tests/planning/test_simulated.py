"""Requirements by simulation, held to exact numbers where there are some, and elsewhere to runs with shifts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

import activity_sim as sim
from tests.planning.test_requirements import calls, scenario

HANDLE = 240.0
LOADS = (1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 80, 100)
CASES = list(product(LOADS, (None, 180.0)))
QUICK = ((3, None), (8, 180.0), (20, None))
"""A tenth of the cases."""


def exact(load: float, patience: float | None, servers: int | None = None) -> float:
    """Return the exact service level of so many *servers*, or without them the exact number that it takes."""
    given = {"arrival_rate": load / HANDLE, "handle_time": HANDLE, "patience": patience or np.inf}
    if servers is None:
        return float(sim.formulas.agents_required(**given, service_level=0.8, within=20))
    return float(sim.formulas.ErlangA(**given, servers=servers).service_level(20))


def test_a_stationary_queue_takes_the_exact_number(prove: bool, ratio: Callable[..., None]) -> None:
    cases = CASES if prove else QUICK
    found = [equal(load, patience, 10 if prove else 1) for load, patience in cases]
    ratio(f"{3 * len(cases)} stationary intervals that take the exact number", sum(found), f"{3 * len(cases)}")


def equal(load: int, patience: float | None, times: int) -> int:
    """Return how many of three intervals take the exact number, where no other is further off than chance explains."""
    days = scenario([calls(load, patience=patience)], horizon="32h", interval="8h")
    table = sim.required(days, method="simulation", replications=times * max(10, 200 // load))
    wanted = int(exact(load, patience))
    steady = table.iloc[1:]  # the first interval begins with nobody in the line
    reach = (steady["service_level_high"] - steady["service_level_low"]) / 2
    for number, half_width in zip(steady["required"], reach, strict=True):
        distance = abs(exact(load, patience, min(number, wanted)) - 0.8)
        assert number == wanted or (abs(number - wanted) == 1 and distance < 2 * half_width), (load, patience)
    return int((steady["required"] == wanted).sum())


def test_it_says_the_service_level_that_is_to_be_expected(figure: Callable[..., None]) -> None:
    table = sim.required(
        scenario([calls(6.0, patience=180.0)], horizon="16h", interval="8h"), method="simulation", replications=60
    )
    row = table.iloc[1]
    error = (row["service_level_high"] - row["service_level_low"]) / 4
    figure("service level at the number required", row["service_level"], exact(6.0, 180.0, row["required"]), error)


def peak(**more: Any) -> sim.Scenario:
    task = sim.Tasks(
        "call",
        arrivals=sim.Rates([("08:00", 60), ("09:00", 240), ("10:00", 48)]),
        handle_time=sim.Exponential("5min"),
    )
    return scenario([task], horizon="4h", service_level=more)


def test_after_a_peak_it_takes_more_than_the_formula_says_which_sees_no_backlog() -> None:
    day = peak(target=0.8, within="5min")
    simulated = sim.required(day, method="simulation", replications=100)["required"]
    formula = sim.required(day)["required"]
    assert formula[4] == formula[5]
    assert simulated[4] > formula[4]
    assert simulated[5] <= formula[5]  # the backlog is gone


def shifts(on: np.ndarray[Any, Any]) -> Iterator[sim.Shift]:
    """Yield the shifts of a worker who is there in the half hours from 08:00 that are *on*."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(int), [0]])))
    clocks = [f"{8 + edge // 2:02}:{30 * (edge % 2):02}" for edge in edges]
    return (sim.Shift("Available", *pair) for pair in zip(clocks[::2], clocks[1::2], strict=True))


@pytest.mark.parametrize("within", ["20s", "1min"])
def test_workers_with_shifts_as_required_give_the_service_level_that_is_said(within: str) -> None:
    day = peak(target=0.7, within=within)
    table = sim.required(day, method="simulation", replications=100, seed=3)
    number = table["required"].to_numpy()
    groups = [sim.Workers(f"{n}", shifts=list(shifts(number > n))) for n in range(number.max())]
    study = sim.replicate(attrs.evolve(day, workers=groups), replications=100, seed=3)
    found = sim.reports.tasks_by_interval(study)
    level = found.loc[found["task_type"] == "all", "service_level"].to_numpy()
    # the same calls come in both; who leaves at a border, and who is there after it, differs a little
    assert np.abs(level - table["service_level"].to_numpy()).max() < 0.025
    assert level.min() > 0.7 - 0.01


@pytest.mark.parametrize("rooms", [(3,), (3, 2)])
def test_room_for_three_is_three_servers_and_where_room_differs_the_mean_counts(rooms: tuple[int, ...]) -> None:
    day = scenario(
        [calls(12.0, task_channel="chat")],
        horizon="16h",
        interval="8h",
        workers=[sim.Workers(f"Room for {room}", channels={"chat": room}) for room in rooms],
    )
    simulated = sim.required(day, method="simulation", replications=20)
    wanted = math.ceil(exact(12, None) / np.mean(rooms))
    assert simulated["required"][1] == sim.required(day)["required"][1] == wanted


def test_one_seed_gives_one_table_and_the_tasks_are_those_of_the_scenario() -> None:
    day = peak(target=0.8)
    first, again, other = (sim.required(day, method="simulation", replications=20, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["service_level"].equals(other["service_level"])


def test_where_nobody_calls_nobody_is_required_and_what_waits_is_finished_before() -> None:
    task = sim.Tasks(
        "call", arrivals=sim.Rates([("08:00", 120), ("09:00", 0), ("10:00", 12)]), handle_time=sim.Exponential("5min")
    )
    table = sim.required(scenario([task], horizon="3h"), interval="1h", method="simulation", replications=50)
    assert table["required"].tolist()[1] == 0
    assert np.isnan(table["service_level"][1])
    alone = sim.Tasks("call", arrivals=sim.Rates([("10:00", 12)]), handle_time=sim.Exponential("5min"))
    fresh = sim.required(scenario([alone], horizon="3h"), interval="1h", method="simulation", replications=50)
    assert table["required"][2] == fresh["required"][2]


def test_last_come_first_served_is_simulated_as_such() -> None:
    queue = sim.TaskQueue("Calls", task_order="LIFO")
    level = {
        order: sim.required(
            scenario([calls(5.0)], horizon="2h", task_queues=[attrs.evolve(queue, task_order=order)]),
            method="simulation",
            replications=30,
            service_level=0.3,
        )
        for order in ("LIFO", "FIFO")
    }
    assert level["LIFO"]["required"].sum() < level["FIFO"]["required"].sum()


@pytest.mark.parametrize(
    ("definition", "wanted"),
    [
        ("answered_of_offered", lambda n: n["in time"] / n["all"]),
        ("answered_of_answered", lambda n: n["in time"] / n["answered"]),
        ("excluding_short_abandons", lambda n: n["in time"] / (n["all"] - n["left soon"])),
        ("served_or_abandoned_within", lambda n: (n["in time"] + n["left soon"]) / n["all"]),
    ],
)
def test_the_service_level_has_its_definition(definition: str, wanted: Callable[[dict[str, int]], float]) -> None:
    day = scenario(
        [calls(3.0, patience=60.0)], service_level={"within": "20s", "target": 0.5, "definition": definition}
    )
    table = sim.required(day, interval="1h", method="simulation", replications=100)
    number = int(table["required"][0])
    group = sim.Workers("A", count=number)
    there = attrs.evolve(day, workers=[group], workspace={"default_activity": "Available"})
    # the end of the hour apart, where calls are still waiting, it is what runs of the scenario with so many workers say
    sums = {"all": 0, "answered": 0, "in time": 0, "left soon": 0}
    for k in range(100):
        tasks = sim.simulate(there, seed=1, replication=k).columns["tasks"]
        wait = np.where(tasks["accepted"] >= 0, tasks["accepted"], tasks["completed"]) - tasks["arrival"]
        answered, soon = tasks["accepted"] >= 0, wait <= 20e6
        sums["all"] += len(wait)
        sums["answered"] += int(answered.sum())
        sums["in time"] += int((answered & soon).sum())
        sums["left soon"] += int((~answered & soon & (tasks["completed"] >= 0)).sum())
    assert table["service_level"][0] == pytest.approx(wanted(sums), abs=0.01)


def test_tasks_that_take_no_time_take_a_worker_all_the_same() -> None:
    day = scenario([sim.Tasks("call", arrivals=sim.Poisson(60), handle_time="0s")])
    for method in ("erlang_a", "simulation"):
        assert sim.required(day, method=method)[["required", "service_level"]].to_numpy().tolist() == [[1, 1]] * 2


def test_callers_who_do_not_wait_at_all_take_what_erlang_b_says() -> None:
    task = sim.Tasks("call", arrivals=sim.Poisson(150), handle_time=sim.LogNormal("4min", cv=0.5), patience="0s")
    day = scenario([task], horizon="16h", interval="8h")
    simulated, formula = (sim.required(day, method=method) for method in ("simulation", "erlang_a"))
    assert sim.formulas.erlang_b([10, 11], 10).tolist() == pytest.approx([0.2146, 0.1632], abs=1e-4)
    assert simulated["required"][1] == formula["required"][1] == 11


def test_rejected_reservations_take_their_time() -> None:
    easy, hard = (calls(4.0, response="5s", reject_probability=p) for p in (0.0, 0.6))
    least, more = (
        sim.required(scenario([task]), method="simulation", replications=50)["required"].sum() for task in (easy, hard)
    )
    assert more > least


def test_a_target_that_no_number_meets_is_warned_of() -> None:
    day = scenario([calls(0.5, response="30s")])
    with pytest.warns(
        sim.ActivitySimWarning, match=r"no number of workers meets the target in 2 intervals, the first"
    ) as said:
        table = sim.required(day, method="simulation", replications=20)
    assert (table["service_level"] == 0).all()
    assert said[0].filename == __file__


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "simulated"}, r"method: must be one of .* the nearest is 'simulation'"),
        ({"method": "simulation", "replications": 0}, r"replications: must be"),
        ({"method": "erlang_c", "replications": 10}, r"replications: must not be given with a formula, 'erlang_c'"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(sim.InputError, match=message):
        sim.required(scenario([calls(1.0)]), **given)
