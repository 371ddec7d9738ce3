"""Staffing is held to Erlang's formulas where these are exact, and to every cheaper plan where there are few."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import attrs
import numpy as np
import pytest

import activity_sim as sim
from activity_sim.analysis import estimates
from activity_sim.drawing import legend
from activity_sim.formulas import ErlangA, agents_required
from activity_sim.planning.coverage import coverage
from activity_sim.planning.goal import Goal
from activity_sim.planning.search import Search
from activity_sim.planning.staffed import Trials

# --- stationary queues ---

STATIONARY = [
    (rate, work, patience)
    for rate, work in ((15, 240), (30, 300), (60, 180), (60, 360), (120, 240), (200, 150), (240, 300), (90, 600))
    for patience in (np.inf, 90, 300)
]


def stationary(rate: float, work: float, patience: float) -> sim.Scenario:
    """Return a day and a half of a queue in its steady state, of which the first hours are left out."""
    return sim.Scenario(
        horizon="36h",
        warm_up="6h",
        workers=[sim.Workers("Tier 1", shifts=[sim.Shift("Available", "00:00", "+1 00:00")])],
        tasks=[
            sim.Tasks(
                "call",
                arrivals=sim.Poisson(per_hour=rate),
                handle_time=sim.Exponential(mean=work),
                patience=None if np.isinf(patience) else sim.Exponential(mean=patience),
            )
        ],
    )


@pytest.mark.parametrize("number", range(len(STATIONARY)))
def test_stationary_queues_get_what_erlang_requires(number: int, prove: bool, figure: Callable[..., None]) -> None:
    if not prove and number % 12 != 0:
        pytest.skip("only when proofs run in full")
    rate, work, patience = STATIONARY[number]
    exact = int(agents_required(rate / 3_600, work, patience=patience, service_level=0.8, within=20))
    found = sim.staff(stationary(*STATIONARY[number]), per="day", seed=7)
    workers = found.numbers["Tier 1"]
    queue = ErlangA(arrival_rate=rate / 3_600, handle_time=work, patience=patience, servers=workers)
    level, (row, *_) = float(queue.service_level(20)), found.levels.to_dict("records")
    assert abs(workers - exact) <= 1
    assert workers == exact or row["service_level_low"] <= level <= row["service_level_high"]
    assert found.proved
    error = (row["service_level_high"] - row["service_level_low"]) / 2 / 2
    figure(
        f"staffing {rate}/h x {work} s, patience {patience}: level with {workers}", row["service_level"], level, error
    )


# --- every cheaper plan ---


def group(name: str, skills: str, *, start: str = "08:00", end: str = "10:00", pause: str = "") -> sim.Workers:
    breaks = [sim.Break("Unavailable", pause, "15min", stagger="30min")] if pause else []
    shifts = [sim.Shift("Available", start, end)]
    return sim.Workers(name, attributes={"skills": list(skills)}, shifts=shifts, breaks=breaks)


def tasks(name: str, rate: float, **more: object) -> sim.Tasks:
    given = {"handle_time": sim.Exponential("4min"), "patience": sim.Exponential("2min")} | more
    return sim.Tasks(name, task_queue=name, arrivals=sim.Poisson(per_hour=rate), **given)


def desk(groups: list[sim.Workers], *types: sim.Tasks, **more: object) -> sim.Scenario:
    queues = [sim.TaskQueue(one.friendly_name, target_workers=f'skills HAS "{one.friendly_name}"') for one in types]
    given = {"horizon": "2h", "interval": "1h"} | more
    return sim.Scenario(start="2026-11-23T08:00:00", task_queues=queues, workers=groups, tasks=types, **given)


SMALL: dict[str, tuple[sim.Scenario, list[float], str]] = {
    "two skills": (
        desk([group("A", "a"), group("AB", "ab")], tasks("a", 40), tasks("b", 20)),
        [1.0, 1.2],
        "interval",
    ),
    "two skills and breaks": (
        desk(
            [group("A", "a", pause="08:30"), group("B", "b"), group("AB", "ab", pause="09:00")],
            tasks("a", 25),
            tasks("b", 15),
        ),
        [1.0, 1.1, 1.25],
        "interval",
    ),
    "two shifts and breaks": (
        desk(
            [group("Early", "a", end="10:00", pause="09:00"), group("Late", "a", start="09:00", end="11:00")],
            tasks("a", 60, patience=None),
            horizon="3h",
        ),
        [1.0, 1.0],
        "interval",
    ),
    "over the day": (
        desk(
            [group("Long", "a", end="12:00"), group("Short", "a", start="09:00", end="11:00")],
            tasks("a", 60),
            horizon="4h",
        ),
        [1.0, 1.1],
        "day",
    ),
    "three skills": (
        desk([group("AB", "ab"), group("BC", "bc"), group("CA", "ca")], tasks("a", 12), tasks("b", 12), tasks("c", 12)),
        [1.0, 1.05, 1.1],
        "interval",
    ),
}


def search(scenario: sim.Scenario, hourly: list[float], per: str, *, replications: int) -> Search:
    goal = Goal.of(scenario, legend(scenario), per)
    trials, found = Trials(scenario, goal, replications, seed=5, executor=1), coverage(scenario, 5)
    given = np.array([one.count for one in scenario.groups])
    return Search(trials, found, found.hours * np.array(hourly), given)


def plans(cost: np.ndarray, below: float) -> Iterator[tuple[int, ...]]:
    """Yield every plan that costs less than *below*."""
    for numbers in product(*(range(int(below / one) + 1) for one in cost)):
        if cost @ np.array(numbers) < below - 1e-9:
            yield numbers


@pytest.mark.parametrize("name", SMALL)
def test_no_cheaper_plan_meets_the_goal_in_the_same_replications(name: str, prove: bool) -> None:
    looked = search(*SMALL[name], replications=100 if prove else 20)
    best, tried = looked.run(), looked.trials
    assert looked.proved

    def meets(numbers: tuple[int, ...]) -> bool:
        every = range(tried.replications)
        served, counting = (tried.goal.by_cell(part).sum(axis=0) for part in tried.counts(numbers, every))
        return bool((served >= tried.goal.wanted * counting).all())

    assert meets(best)
    cheaper = [numbers for numbers in plans(looked.cost, looked.price(best)) if sum(numbers)]
    assert len(cheaper) > 20
    assert [numbers for numbers in cheaper if meets(numbers)] == []


# --- a whole day ---

CALLS = [40, 60, 80, 100, 120, 130, 130, 120, 100, 90, 80, 80, 90, 100]
CALLS += [110, 120, 120, 110, 100, 90, 80, 70, 60, 50, 50, 40, 40, 30]


def day() -> sim.Scenario:
    """Return a day of 28 half hours with three skills, six groups and about 2,400 calls."""
    groups = [
        group(f"{skills} {name}", skills, start=start, end=end, pause=pause)
        for skills in ("a", "bc", "abc")
        for name, start, end, pause in (("early", "08:00", "15:00", "11:00"), ("late", "15:00", "22:00", "18:00"))
    ]
    types = [
        attrs.evolve(
            tasks(name, 1, handle_time=sim.LogNormal(mean="4min", cv=0.8), patience=sim.Exponential("3min")),
            arrivals=sim.Rates([(f"{8 + n // 2:02}:{30 * (n % 2):02}", factor * rate) for n, rate in enumerate(CALLS)]),
        )
        for name, factor in (("a", 1.0), ("b", 0.6), ("c", 0.4))
    ]
    return desk(groups, *types, horizon="14h", interval="30min")


@pytest.mark.slow
def test_a_day_of_28_half_hours_and_three_skills(prove: bool, ratio: Callable[..., None]) -> None:
    if not prove:
        pytest.skip("make prove: small cases are held to every plan")
    hourly = [1.0, 1.0, 1.1, 1.1, 1.25, 1.25]
    names = [one.friendly_name for one in day().workers]
    found = sim.staff(day(), cost=dict(zip(names, hourly, strict=True)), replications=100)
    assert found.complete
    assert len(found.levels) == 28 * 3
    assert (found.levels["service_level"] >= 0.8).all()
    ratio("staffing a day of 28 half hours, three skills, six groups: replications", found.runs, "below 40000")
    assert found.runs < 40_000


# --- the answer ---


def test_the_answer_stands_up_to_replications_that_had_no_part_in_the_search() -> None:
    scenario, _, _ = SMALL["two skills"]
    found = sim.staff(scenario, cost={"A": 1, "AB": 1.2}, replications=60, seed=5)
    study = sim.replicate(found.scenario, replications=400, seed=99)
    table = study.table("tasks_by_interval")
    table = table[table["task_type"] != "all"].reset_index(drop=True)
    assert (found.levels["service_level"] >= found.levels["target"]).all()
    apart = (table["service_level"] - found.levels["service_level"]).abs()
    assert (apart < 2 * (found.levels["service_level_high"] - found.levels["service_level_low"])).all()
    assert [group.count for group in found.scenario.groups] == list(found.numbers.values())
    assert found.cost == pytest.approx(2 * (found.numbers["A"] + 1.2 * found.numbers["AB"]))
    assert set(found.missed["shown"]) <= {False}


def test_what_the_search_flatters_is_asked_for_beyond_the_target() -> None:
    scenario = attrs.evolve(SMALL["two skills"][0], interval="15min")
    looked = search(scenario, [1.0, 1.2], "interval", replications=20)
    first = looked.run()
    looked.margin = np.full(looked.trials.goal.cells, 0.1)
    second = looked.again()
    assert looked.price(second) > looked.price(first)
    assert (looked.trials.full(second, looked.wanted).value >= 0.9 - 1e-12).all()


def test_levels_are_those_of_a_study_and_their_intervals_hold_together() -> None:
    found = sim.staff(SMALL["two skills"][0], replications=20, seed=2, confidence=0.9)
    sums = sim.replicate(found.scenario, replications=180, seed=2, executor=1).sums("tasks_by_interval")
    served, counting = (sums[name][:, :, :-1].reshape(180, -1) for name in ("within", "eligible"))
    turns = [slice(first, first + 40) for first in range(20, 180, 40)]
    levels = [estimates.ratio(served[turn], counting[turn], 1 - 0.1 / 4) for turn in turns]
    value, low, high = next(level for level in levels if np.allclose(level.value, found.levels["service_level"]))
    assert found.levels["service_level_low"].to_numpy() == pytest.approx(np.clip(low, 0, 1))
    assert found.levels["service_level_high"].to_numpy() == pytest.approx(np.clip(high, 0, 1))
    assert found.levels["shown"].tolist() == (low >= 0.8).tolist()
    assert (value >= 0.8).all()


def test_the_table_says_who_is_there_and_who_was() -> None:
    scenario = SMALL["two shifts and breaks"][0].with_workers("Early", 2)
    found = sim.staff(scenario, replications=20)
    table = found.table.set_index(["worker_group", "interval_start"])
    early = table.loc["Early"]
    assert early["scheduled"].tolist() == pytest.approx([3.0, 3 * 0.75, 0.0])
    assert early["required"].iloc[0] == found.numbers["Early"]
    assert early["required"].iloc[2] == 0
    assert (table["gap"] == table["scheduled"] - table["required"]).all()


@pytest.mark.parametrize(
    ("scenario", "why"),
    [
        (desk([group("A", "a", start="08:30")], tasks("a", 30)), "at 2026-11-23 08:00"),
        (desk([group("A", "a")], tasks("a", 30, response=sim.Constant("25s"))), "how long they take to respond"),
        (desk([group("A", "a", start="09:00")], tasks("a", 30)), "None of them is available then"),
    ],
)
def test_what_no_number_of_workers_reaches_is_one_error(scenario: sim.Scenario, why: str) -> None:
    with pytest.raises(sim.ActivitySimError, match=why) as caught:
        sim.staff(scenario, replications=20)
    assert not isinstance(caught.value, sim.InputError)


def test_groups_that_are_named_or_take_nothing_keep_their_numbers() -> None:
    named = sim.Workers(
        "Named",
        attributes={"skills": ["a"]},
        members=[sim.Member("Ann"), sim.Member("Bob")],
        shifts=[sim.Shift("Available", "08:00", "10:00")],
    )
    idle = attrs.evolve(group("Idle", "z"), count=3)
    found = sim.staff(desk([named, idle, group("A", "a")], tasks("a", 60)), replications=20)
    alone = sim.staff(desk([group("A", "a")], tasks("a", 60)), replications=20)
    assert (found.numbers["Named"], found.numbers["Idle"]) == (2, 3)
    assert found.numbers["A"] == alone.numbers["A"] - 2


def test_prices_are_those_of_the_scenario_where_none_are_given() -> None:
    scenario, hourly, _ = SMALL["two skills"]
    groups = [attrs.evolve(scenario.workers[0], per_hour=10 * hourly[0]), scenario.workers[1]]
    priced = attrs.evolve(scenario, workers=groups, costs=sim.Costs(per_hour=10 * hourly[1]))
    given = sim.staff(scenario, cost={"A": hourly[0], "AB": hourly[1]}, replications=20)
    own = sim.staff(priced, replications=20)
    assert own.numbers == given.numbers
    assert own.cost == pytest.approx(10 * given.cost)
    assert sim.staff(attrs.evolve(scenario, costs=sim.Costs(per_abandoned=2)), replications=20).cost == pytest.approx(
        sim.staff(scenario, replications=20).cost
    )
    free = [attrs.evolve(groups[0], per_hour=0), groups[1]]
    with pytest.raises(sim.InputError, match=r"^costs.per_hour: must be above 0 .* 'A'"):
        sim.staff(attrs.evolve(priced, workers=free), replications=20)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"service_level": 1.2}, "service_level"),
        ({"within": "soon"}, "within"),
        ({"per": "week"}, "per"),
        ({"interval": "0s"}, "interval"),
        ({"cost": {"B": 1}}, "cost"),
        ({"cost": {}}, "cost.A"),
        ({"cost": {"A": 0}}, "cost.A"),
        ({"confidence": 1.5}, "confidence"),
        ({"replications": 3}, "replications"),
        ({"seed": -1}, "seed"),
        ({"executor": "all"}, "executor"),
    ],
)
def test_bad_input_is_said_before_anything_runs(given: dict[str, object], where: str) -> None:
    with pytest.raises(sim.InputError, match=f"^{where}"):
        sim.staff(desk([group("A", "a")], tasks("a", 30)), **given)


def test_without_tasks_nobody_is_needed() -> None:
    with pytest.raises(sim.InputError, match=r"^tasks: are required"):
        sim.staff(sim.Scenario(horizon="1h", workers=[sim.Workers("A")]))
