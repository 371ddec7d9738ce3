"""Agendas are the same whether their steps are written by plain Python or by compiled code, and however drawn."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.compiling import is_open
from activity_sim.drawing import courses, draw
from activity_sim.model.scenario import Scenario
from activity_sim.plan import Agendas
from tests.drawing.test_streams import day
from tests.strategies import scenarios

FEWER = settings(max_examples=settings().max_examples // 4)


def drawn(scenario: Scenario, seed: int = 1, **settings: Any) -> Agendas:
    """Return the agendas of *scenario* with these *settings* of the module."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setattr(courses, name, value)
        return draw(scenario, seed=seed).workers.agendas


def assert_same(one: Agendas, other: Agendas) -> None:
    for left, right in zip(attrs.astuple(one), attrs.astuple(other), strict=True):
        assert left.dtype == right.dtype
        assert np.array_equal(left, right)


@FEWER
@given(scenarios(), st.integers(0, 3))
def test_compiled_code_writes_the_same_steps(scenario: Scenario, seed: int) -> None:
    plain = drawn(scenario, seed, is_open=lambda: False)
    assert_same(plain, drawn(scenario, seed, is_open=lambda: True))


@FEWER
@given(scenarios(), st.integers(0, 3), st.sampled_from([4, 64]), st.sampled_from([1, 200, 10**6]))
def test_it_does_not_matter_how_many_numbers_are_drawn_at_first(
    scenario: Scenario, seed: int, first: int, block: int
) -> None:
    assert_same(drawn(scenario, seed), drawn(scenario, seed, FIRST=first, BLOCK=block))


@pytest.mark.parametrize("compiled", [False, True])
def test_long_agendas_go_on_where_short_ones_end(compiled: bool) -> None:
    days, hours = (drawn(day(horizon=horizon), is_open=lambda: compiled) for horizon in ("40 days", "24h"))
    assert_same(drawn(day(horizon="40 days"), FIRST=4_096), days)
    for worker, steps in enumerate(np.diff(hours.first).tolist()):
        one, other = int(hours.first[worker]), int(days.first[worker])
        assert hours.duration[one : one + steps - 1].tolist() == days.duration[other : other + steps - 1].tolist()


def test_a_scenario_on_the_simpy_engine_does_not_open_the_door() -> None:
    code = (
        "import sys, activity_sim as sim; from activity_sim.compiling import is_open;"
        "log = sim.simulate(sim.Scenario(horizon='8h', workers=[sim.Workers('A')]), engine='simpy');"
        "[report(log) for report in sim.reports.REPORTS.values()];"
        "print(is_open(), 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_compiled_engine_opens_the_door() -> None:
    sim.simulate(day(), engine="compiled")
    assert is_open()


def test_a_routine_without_stays_never_leaves_where_it_starts() -> None:
    routine = sim.Routine(start="Available", stay={}, next={})
    scenario = sim.Scenario(horizon="1h", workers=[sim.Workers("A", count=3, routine=routine)])
    assert sim.draw(scenario).workers.agendas.activity.tolist() == [scenario.workspace.names.index("Available")] * 3
