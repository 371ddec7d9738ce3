"""Trials are held to studies: a plan without some of its rows is the plan of a scenario with fewer workers."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

import activity_sim as sim
from activity_sim.drawing import legend
from activity_sim.planning.goal import Goal
from activity_sim.planning.staffed import Trials, counted


def desk(**more: object) -> sim.Scenario:
    groups = [
        sim.Workers(
            name,
            count=3,
            attributes={"skills": skills},
            absence=0.1,
            shifts=[sim.Shift("Available", "08:00", "11:00")],
            breaks=[sim.Break("Unavailable", "09:00", "15min", stagger="1h")],
            interruptions=[sim.Interruption("Unavailable", every=sim.Exponential("1h"), lasts="5min")],
        )
        for name, skills in (("A", ["a"]), ("AB", ["a", "b"]))
    ]
    tasks = [
        sim.Tasks(
            name,
            task_queue=name,
            arrivals=sim.Poisson(per_hour=rate),
            handle_time=sim.Exponential("4min"),
            patience=sim.Exponential("2min"),
            response=sim.Exponential("3s"),
        )
        for name, rate in (("a", 60), ("b", 20))
    ]
    queues = [sim.TaskQueue(name, target_workers=f'skills HAS "{name}"') for name in "ab"]
    return sim.Scenario(
        start="2026-11-23T08:00:00", horizon="3h", task_queues=queues, workers=groups, tasks=tasks, **more
    )


def trials(scenario: sim.Scenario, per: str = "interval", **more: object) -> Trials:
    goal = Goal.of(scenario, legend(scenario), per)
    return Trials(scenario, goal, **{"replications": 40, "seed": 3, "executor": 1, **more})


@pytest.mark.parametrize("numbers", [(0, 5), (4, 0), (3, 3), (9, 14), (1, 2)])
def test_counts_are_those_of_a_study_of_the_scenario_with_these_numbers(numbers: tuple[int, int]) -> None:
    tried = trials(desk())
    tried.glance((3, 3))
    tried.glance((20, 1))
    served, counting = tried.counts(numbers, range(10))
    study = sim.replicate(counted(desk(), numbers), replications=10, seed=3, executor=1)
    sums = study.sums("tasks_by_interval")
    assert (served == sums["within"][:, :, :-1]).all()
    assert (counting == sums["eligible"][:, :, :-1]).all()


@pytest.mark.slow
def test_processes_count_the_same() -> None:
    here, there = (trials(desk(), executor=where).counts((5, 4), range(7)) for where in (1, 2))
    assert all((one == other).all() for one, other in zip(here, there, strict=True))


@pytest.mark.parametrize("per", ["interval", "day"])
def test_levels_and_errors_are_those_of_the_reports(per: str) -> None:
    tried = trials(desk(warm_up="30min"), per)
    levels = tried.full((6, 5), np.zeros(tried.goal.cells))
    study = sim.replicate(counted(desk(warm_up="30min"), (6, 5)), replications=40, seed=3, executor=1)
    table = study.table("tasks_by_interval" if per == "interval" else "task_summary")
    table = table[table["task_type"] != "all"]
    assert levels.count == 40
    assert levels.value == pytest.approx(table["service_level"].to_numpy())
    from activity_sim.analysis.estimates import linearised

    parts = (tried.goal.by_cell(part) for part in tried.counts((6, 5), range(40)))
    assert levels.error == pytest.approx(linearised(*parts).error)


def test_a_trial_ends_where_a_target_is_clearly_missed() -> None:
    tried = trials(desk(), replications=160)
    assert tried.full((1, 1), tried.goal.wanted).count == 20
    assert tried.full((30, 30), tried.goal.wanted).count == 160
    assert tried.runs == 180
    tried.full((30, 30), tried.goal.wanted)
    assert tried.runs == 180


def test_callbacks_are_asked_for_where_they_have_a_level_of_their_own() -> None:
    def goal(level: sim.Target | None) -> tuple[str, ...]:
        callback = sim.Callback("1min", probability=0.5, service_level=level)
        tasks = [attrs.evolve(desk().tasks[0], callback=callback), desk().tasks[1]]
        scenario = attrs.evolve(desk(), tasks=tasks)
        return Goal.of(scenario, legend(scenario), "interval").names

    assert goal(None) == ("a", "b")
    assert goal(sim.Target("1h", 0.9)) == ("a", "a callback", "b")
