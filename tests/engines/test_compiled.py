"""The compiled clock against the SimPy clock: every column of every table, byte for byte."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.drawing import draw
from activity_sim.engines import compiled, reference
from activity_sim.engines.compiled import lowering
from activity_sim.log import SCHEMA, Log
from activity_sim.model.scenario import Scenario
from activity_sim.plan import Plan
from tests.strategies import scenarios

FEWER = settings(max_examples=settings().max_examples // 4)
DATA = sorted((Path(__file__).parents[2] / "data").glob("*.toml"))


def assert_same(ours: Log, theirs: Log) -> None:
    for table, schema in SCHEMA.items():
        assert list(ours.columns[table]) == list(theirs.columns[table])
        for column in schema:
            left, right = ours.columns[table][column], theirs.columns[table][column]
            assert left.dtype == right.dtype
            assert np.array_equal(left, right), (table, column, left, right)


@given(scenarios(), st.integers(0, 3))
def test_both_clocks_give_the_same_bytes(scenario: Scenario, seed: int) -> None:
    plan = draw(scenario, seed=seed)
    assert_same(compiled.run(plan), reference.run(plan))


@FEWER
@given(scenarios(), st.integers(0, 3))
def test_happenings_of_two_words_give_the_same_bytes(scenario: Scenario, seed: int) -> None:
    plan = draw(scenario, seed=seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lowering, "is_wide", lambda _: True)
        wide = compiled.run(plan)
    assert_same(wide, compiled.run(plan))


def test_a_long_run_of_many_tasks_needs_two_words() -> None:
    plan = draw(years(40))
    assert lowering.is_wide(plan)
    assert not lowering.is_wide(draw(years(1)))
    assert_same(compiled.run(plan), reference.run(plan))


def years(number: int) -> Scenario:
    return Scenario(
        horizon=f"{365 * number} days",
        workers=[sim.Workers("A", count=3, shifts=[sim.Shift("Available", "08:00", "16:00")])],
        tasks=[sim.Tasks("call", arrivals=sim.Poisson(0.2), handle_time=sim.Exponential(mean="30min"))],
    )


@pytest.mark.slow
@pytest.mark.parametrize("file", DATA, ids=lambda file: file.name)
def test_shipped_scenarios_give_the_same_bytes(file: Path) -> None:
    plan = draw(sim.load_scenario(file))
    assert_same(compiled.run(plan), reference.run(plan))


@pytest.mark.slow
def test_a_day_of_many_workers_gives_the_same_bytes(prove: bool) -> None:
    plan = draw(day(2_000, 200_000) if prove else day(200, 20_000))
    assert_same(compiled.run(plan), reference.run(plan))


def day(workers: int, tasks: int) -> Scenario:
    """Return a day of tied whole seconds, three queues, shifts, breaks, interruptions and missed reservations."""
    skills = [["a"], ["b"], ["c"], ["a", "b"], ["b", "c"], ["a", "c"], ["a", "b", "c"]]
    groups = [
        sim.Workers(
            f"Group {number}",
            count=workers // 7 + 1,
            attributes={"skills": known},
            leave="idle_only" if number % 2 else "deferred",
            shifts=[sim.Shift("Available", f"{6 + number:02}:00", f"{15 + number:02}:00")],
            breaks=[sim.Break("Unavailable", f"{10 + number:02}:00", "30min", stagger="90min")],
            interruptions=[sim.Interruption("Unavailable", every=sim.Exponential(mean="2h"), lasts="5min")],
            recovery="2min",
        )
        for number, known in enumerate(skills)
    ]
    calls = [
        sim.Tasks(
            f"Type {queue}",
            task_queue=f"Queue {queue}",
            arrivals=sim.Rates([["07:00", tasks / 45], ["20:00", 0]]),
            handle_time="270s",
            wrap_up_time="30s",
            patience="90s",
            response="4s",
            reject_probability=0.02,
        )
        for queue in "abc"
    ]
    queues = [sim.TaskQueue(f"Queue {queue}", target_workers=f"skills HAS '{queue}'") for queue in "abc"]
    workspace = sim.Workspace(multi_task_enabled=False)
    return Scenario(horizon="1 day", workspace=workspace, task_queues=queues, workers=groups, tasks=calls)


def test_a_skill_set_and_a_lane_may_lie_beyond_the_first_word(plan_of_many: Plan) -> None:
    assert plan_of_many.lanes.accepts.shape == (70, 70)
    assert_same(compiled.run(plan_of_many), reference.run(plan_of_many))


@pytest.fixture
def plan_of_many() -> Plan:
    names = [f"q{number}" for number in range(70)]
    return draw(
        Scenario(
            horizon="1h",
            task_queues=[sim.TaskQueue(name, target_workers=f"skills HAS '{name}'") for name in names],
            workers=[
                sim.Workers(
                    f"Group {number}",
                    attributes={"skills": [name, names[number - 1]]},
                    shifts=[sim.Shift("Available", "00:00", "01:00")],
                )
                for number, name in enumerate(names)
            ],
            tasks=[
                sim.Tasks(name, task_queue=name, arrivals=sim.Poisson(12), handle_time="5min", priority=number % 3)
                for number, name in enumerate(names)
            ],
        )
    )


def test_a_plan_without_tasks_or_lanes_runs() -> None:
    plan = draw(Scenario(horizon="8h", workers=[sim.Workers("A", count=2)]))
    assert_same(compiled.run(plan), reference.run(plan))


def test_it_leaves_the_plan_as_it_was() -> None:
    plan = draw(day(14, 500))
    before = [array.copy() for array in attrs.astuple(plan.tasks)]
    compiled.run(plan)
    assert all(np.array_equal(one, two) for one, two in zip(before, attrs.astuple(plan.tasks), strict=True))
