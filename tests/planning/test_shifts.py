"""Shift patterns: what they are, what a choice among them costs, and that the choice is a good one."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import attrs
import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

import activity_sim as sim
from activity_sim.drawing import legend
from activity_sim.planning.coverage import coverage
from activity_sim.planning.goal import Goal
from activity_sim.planning.search import Search
from activity_sim.planning.shifts import among
from activity_sim.planning.staffed import Trials
from tests.planning.test_staffing import CALLS, desk, group, tasks

LUNCH = sim.BreakRule("Unavailable", "30min", after="3h", stagger="1h 30min", shifts_from="6h")


def patterns(**more: Any) -> sim.ShiftPatterns:
    return sim.ShiftPatterns(**{"starts": ["08:00", "09:00"], "lengths": ["1h", "2h"]} | more)


def test_a_pattern_is_a_shift_with_its_breaks() -> None:
    given = patterns(starts=["08:00", "20:00"], every="6h", lengths=["4h", "8h"], breaks=[LUNCH], days="Mon-Fri")
    each = {name: (shift, breaks) for name, shift, breaks in given.each()}
    assert list(each) == [
        *("08:00-12:00", "08:00-16:00", "14:00-18:00", "14:00-22:00", "20:00-00:00", "20:00-04:00"),
    ]
    assert each["08:00-12:00"] == (sim.Shift("Available", "08:00", "12:00", days="Mon-Fri"), ())
    lunch = sim.Break("Unavailable", "23:00", "30min", stagger="1h 30min", days="Mon-Fri")
    assert each["20:00-04:00"] == (sim.Shift("Available", "20:00", "+1 04:00", days="Mon-Fri"), (lunch,))


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"starts": []}, "starts: must be at least one"),
        ({"starts": ["08:00", "08:00"]}, "starts: must be at least one, and each only once"),
        ({"starts": ["08:00", "9:00"]}, r"starts\[1\]"),
        ({"every": "30min", "starts": ["08:00"]}, "starts: must be the first and the last"),
        ({"every": "1s", "starts": ["08:00", "18:00"]}, "starts: must be at most 500"),
        ({"lengths": ["25h"]}, r"lengths\[0\]: must be at most a day"),
        ({"lengths": ["0s"]}, r"lengths\[0\]"),
        ({"breaks": [attrs.evolve(LUNCH, shifts_from="3h")]}, r"breaks\[0\].shifts_from: must be at most the longest"),
        ({"breaks": [attrs.evolve(LUNCH, shifts_from="1h")]}, r"breaks\[0\].after: must leave the break"),
    ],
)
def test_patterns_that_cannot_be_meant(given: dict[str, Any], where: str) -> None:
    with pytest.raises(sim.InputError, match=f"^{where}"):
        patterns(**given)


def test_what_is_no_pattern_is_refused() -> None:
    with pytest.raises(sim.InputError, match=r"^patterns: must be shift patterns"):
        sim.staff(desk([group("A", "a")], tasks("a", 30)), patterns=["08:00"])  # type: ignore[arg-type]


def test_groups_that_differ_in_their_shifts_alone_are_one_skill_set() -> None:
    early, late = group("Early", "a"), group("Late", "a", start="09:00", end="11:00", pause="10:00")
    named = sim.Workers("Named", members=[sim.Member("Ann")])
    found = among(desk([early, late, named, group("B", "b")], tasks("a", 1), tasks("b", 1)), patterns())
    names = [one.friendly_name for one in found.scenario.groups]
    each = ["08:00-09:00", "08:00-10:00", "09:00-10:00", "09:00-11:00"]
    assert names == [*(f"Early {name}" for name in each), "Named", *(f"B {name}" for name in each)]
    assert found.origin == (0, 0, 0, 0, 2, 3, 3, 3, 3)
    assert found.numbers.tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("start", "horizon", "shift", "hours"),
    [
        ("08:00", "14h", ("09:00", "17:00"), 8),
        ("08:00", "14h", ("07:30", "16:00"), 8.5),
        ("08:00", "14h", ("18:00", "+1 02:00"), 8),
        ("00:00", "1 days", ("22:00", "+1 06:00"), 8),
        ("00:00", "3 days", ("22:00", "+1 06:00"), 24),
        ("08:00", "1 days", ("07:30", "16:00"), 8.5),
        ("10:00", "4h", ("08:00", "16:00"), 4),
    ],
)
def test_hours_on_duty_are_those_that_are_paid(start: str, horizon: str, shift: tuple[str, str], hours: float) -> None:
    workers = [sim.Workers("A", shifts=[sim.Shift("Available", *shift)])]
    scenario = sim.Scenario(
        start=f"2026-11-23T{start}",
        horizon=horizon,
        workers=workers,
        tasks=[{"arrivals": {"per_hour": 1}, "handle_time": 60}],
    )
    assert coverage(scenario, 1).hours.tolist() == pytest.approx([hours])


# --- the choice ---


def search(scenario: sim.Scenario, given: sim.ShiftPatterns, replications: int) -> Search:
    choice = among(scenario, given)
    goal = Goal.of(choice.scenario, legend(choice.scenario), "interval")
    found = coverage(choice.scenario, 5)
    return Search(Trials(choice.scenario, goal, replications, seed=5, executor=1), found, found.hours, choice.numbers)


@pytest.mark.parametrize(
    "given",
    [
        patterns(starts=["08:00", "09:00", "10:00"], lengths=["2h"]),
        patterns(starts=["08:00", "09:00", "10:00", "11:00"], lengths=["1h"]),
        patterns(
            starts=["08:00", "10:00"], lengths=["2h", "4h"], breaks=[attrs.evolve(LUNCH, after="1h", shifts_from="4h")]
        ),
    ],
    ids=["three shifts", "four hours", "two lengths and breaks"],
)
def test_the_choice_costs_as_little_as_the_cheapest_of_all_plans(given: sim.ShiftPatterns, prove: bool) -> None:
    rates = sim.Rates([("08:00", 15), ("09:00", 40), ("11:00", 20)])
    scenario = desk([group("A", "a")], attrs.evolve(tasks("a", 1), arrivals=rates), horizon="4h")
    looked = search(scenario, given, 100 if prove else 20)
    best, tried = looked.run(), looked.trials

    def meets(numbers: tuple[int, ...]) -> bool:
        every = range(tried.replications)
        served, counting = (tried.goal.by_cell(part).sum(axis=0) for part in tried.counts(numbers, every))
        return bool((served >= tried.goal.wanted * counting).all())

    assert meets(best)
    spans = [range(max(best) + 2)] * len(best)
    cheaper = [numbers for numbers in product(*spans) if looked.price(numbers) < looked.price(best) - 1e-9]
    near = [numbers for numbers in cheaper if looked.price(numbers) >= looked.price(best) - looked.cost.max()]
    assert len(near) > 10
    assert [numbers for numbers in near if meets(numbers)] == []


def day() -> sim.Scenario:
    rates = sim.Rates([(f"{8 + n // 2:02}:{30 * (n % 2):02}", rate) for n, rate in enumerate(CALLS)])
    calls = tasks("a", 1, handle_time=sim.LogNormal(mean="4min", cv=0.8), patience=sim.Exponential("3min"))
    whole = group("A", "a", end="22:00")
    return desk([whole], attrs.evolve(calls, arrivals=rates), horizon="14h", interval="30min")


@pytest.mark.slow
def test_a_day_with_63_patterns_is_near_the_best_cover(prove: bool, ratio: Callable[..., None]) -> None:
    if not prove:
        pytest.skip("make prove: small cases are held to every plan")
    given = patterns(starts=["08:00", "18:00"], every="30min", lengths=["4h", "6h", "8h"], breaks=[LUNCH])
    found = sim.staff(day(), patterns=given, replications=100)
    assert found.complete
    assert (found.levels["service_level"] >= 0.8).all()
    choice = among(day(), given)
    heads, hours = coverage(choice.scenario, 1).heads, coverage(choice.scenario, 1).hours
    assert len(hours) == 63
    need = sim.required(day(), method="simulation", replications=100)["required"].to_numpy()
    cover = LinearConstraint(heads.T, need)
    least = milp(hours, integrality=np.ones(63), bounds=Bounds(0, 100), constraints=cover).fun
    ratio("staffing 63 shift patterns: cost over that of the best cover", found.cost / least, "below 1.05")
    ratio("staffing 63 shift patterns: replications", found.runs, "below 20000")
    assert found.cost < 1.05 * least
    assert found.runs < 20_000
    assert [one.count for one in found.scenario.groups] == list(found.numbers.values())
    assert all(found.numbers.values())
    assert set(found.table["worker_group"]) == {"A"}
    shifts = sum(
        n * (one.shifts[0].end.seconds - one.shifts[0].start.seconds)
        for one, n in zip(found.scenario.groups, found.numbers.values(), strict=True)
    )
    assert found.cost == pytest.approx(shifts / 3_600)
