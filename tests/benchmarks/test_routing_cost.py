"""What a task costs where 15,000 workers of 40 skill sets serve 30 queues, beside one queue that all of them serve.

Loads are 95 %, where tasks look for workers, and 105 %, where workers look for tasks. Every case has as many workers
and tasks, and in each round the cases take turns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import pytest

from activity_sim.drawing import prepare
from activity_sim.engines import compiled, reference
from activity_sim.log import Log
from activity_sim.model.scenario import Scenario
from activity_sim.plan import Plan
from tests.benchmarks.routed import scenario_of_routing
from tests.benchmarks.timing import Round, median_ratio, processor_time, take_turns

Ratio = Callable[..., None]
Scenarios = dict[str, Scenario]
WORKERS, QUEUES, SKILL_SETS = 15_000, 30, 40
CASES = {
    "one queue": (1, 1, "queue"),
    f"{QUEUES} queues": (QUEUES, SKILL_SETS, "queue"),
    f"{QUEUES} queues, three targets with order_by": (QUEUES, SKILL_SETS, "targets"),
    "one queue, 15,000 levels in order_by": (1, 1, "levels"),
    f"{QUEUES} queues, 15,000 levels in order_by": (QUEUES, SKILL_SETS, "levels"),
}
"""Queues, teams, and the way by which tasks find workers."""

FEW = list(CASES)[:3]
"""Those with no more skill sets than teams."""

SANE = 10
"""A task costs no more than so many times that of one queue where there are 40 skill sets: to be sane, not an aim."""


def scenarios(tasks: int, load: float, names: Iterable[str] = CASES) -> Scenarios:
    """Return the scenario of each case that is named."""
    return {
        name: scenario_of_routing(WORKERS, *CASES[name][:2], tasks, load=load, way=CASES[name][2]) for name in names
    }


@pytest.fixture(scope="module")
def given(prove: bool) -> Scenarios:
    """All cases at 95 % load."""
    return scenarios(300_000 if prove else 20_000, 0.95)


def costs(rounds: list[Round], plans: list[Plan]) -> list[float]:
    """Return what a task costs in each plan, beside one of the first."""
    counts = [len(plan.tasks.arrival) for plan in plans]
    return [median_ratio(rounds, case, 0) * counts[0] / count for case, count in enumerate(counts)]


def run_in_turns(run: Callable[[Plan], Log], plans: list[Plan], rounds: int) -> list[Round]:
    """Let *run* take turns with the *plans*, which are drawn already, after one that is not measured."""
    run(plans[0])
    return take_turns(rounds, *(partial(processor_time, run, plan) for plan in plans))


def whole(scenario: Scenario) -> Log:
    """Prepare a scenario, draw it and run it."""
    return compiled.run(prepare(scenario).draw(1, 0))


@pytest.mark.slow
def test_a_task_costs_hardly_more_among_many_queues(given: Scenarios, prove: bool, ratio: Ratio) -> None:
    plans = [prepare(one).draw(1, 0) for one in given.values()]
    shapes = [plan.lanes.accepts.shape for plan in plans]
    assert shapes == [(1, 1), (QUEUES, SKILL_SETS), (3 * QUEUES, SKILL_SETS), (1, WORKERS), (QUEUES, WORKERS)]
    note_costs(list(CASES), plans, "95 %", ratio, 9 if prove else 1)


@pytest.mark.slow
def test_a_worker_looks_for_tasks_in_many_queues(prove: bool, ratio: Ratio) -> None:
    names = list(CASES) if prove else FEW
    busy = scenarios(300_000 if prove else 20_000, 1.05, names)
    note_costs(names, [prepare(one).draw(1, 0) for one in busy.values()], "105 %", ratio, 9 if prove else 1)


def note_costs(names: list[str], plans: list[Plan], load: str, ratio: Ratio, rounds: int) -> None:
    """Note what a task costs in each plan on the compiled engine, and check it where there are few skill sets."""
    taken = run_in_turns(compiled.run, plans, rounds)
    single = min(one[0] for one in taken) / len(plans[0].tasks.arrival) * 1e6
    ratio(f"microseconds a task, one queue, {WORKERS:,} workers at {load}: compiled engine", single, "")
    for name, cost in list(zip(names, costs(taken, plans), strict=True))[1:]:
        ratio(f"cost of a task over one queue's at {load}: {name}", cost, f"below {SANE}" if name in FEW else "")
        assert cost < SANE or name not in FEW


@pytest.mark.slow
def test_the_whole_costs_hardly_more_among_many_queues(given: Scenarios, prove: bool, ratio: Ratio) -> None:
    whole(given["one queue"])
    names = list(CASES) if prove else FEW
    preparing, taken = (
        take_turns(3 if prove else 1, *(partial(processor_time, program, given[name]) for name in names))
        for program in (prepare, whole)
    )
    for case, name in enumerate(names):
        ratio(f"seconds to prepare {WORKERS:,} workers: {name}", min(one[case] for one in preparing), "")
    for case, name in list(enumerate(names))[1:]:
        ratio(f"prepare, draw and run over one queue's: {name}", median_ratio(taken, case, 0), "")


@pytest.mark.slow
def test_a_task_costs_hardly_more_among_many_queues_on_simpy(prove: bool, ratio: Ratio) -> None:
    plans = [prepare(one).draw(1, 0) for one in scenarios(60_000 if prove else 10_000, 0.95, FEW).values()]
    measured = costs(run_in_turns(reference.run, plans, 1), plans)
    for name, cost in list(zip(FEW, measured, strict=True))[1:]:
        ratio(f"cost of a task over one queue's, SimPy: {name}", cost, f"below {SANE}")
    assert max(measured) < SANE
