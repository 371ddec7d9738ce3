"""The SimPy clock against the slow interpreter of the model: every column of every table."""

from __future__ import annotations

import numpy as np
from hypothesis import given, note
from hypothesis import strategies as st

from activity_sim.drawing import draw
from activity_sim.engines.reference import run
from activity_sim.log import SCHEMA
from activity_sim.model.scenario import Scenario
from tests.interpreter import interpret
from tests.strategies import scenarios


@given(scenarios(), st.integers(0, 3))
def test_the_clock_does_what_the_model_says(scenario: Scenario, seed: int) -> None:
    plan = draw(scenario, seed=seed)
    ours, theirs = run(plan), interpret(plan)
    for table, schema in SCHEMA.items():
        for column in schema:
            left, right = ours.columns[table][column], theirs.columns[table][column]
            note(f"{table}.{column}")
            assert left.dtype == right.dtype
            assert np.array_equal(left, right), (table, column, left, right)
