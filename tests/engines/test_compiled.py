"""The compiled clock against the SimPy clock: every column of every table, byte for byte."""

from __future__ import annotations

import numpy as np
from hypothesis import given, note
from hypothesis import strategies as st

from activity_sim.drawing import draw
from activity_sim.engines import compiled, reference
from activity_sim.log import SCHEMA, Log
from activity_sim.model.scenario import Scenario
from tests.strategies import scenarios


def assert_same(ours: Log, theirs: Log) -> None:
    for table, schema in SCHEMA.items():
        for column in schema:
            left, right = ours.columns[table][column], theirs.columns[table][column]
            note(f"{table}.{column}")
            assert left.dtype == right.dtype
            assert np.array_equal(left, right), (table, column, left, right)


@given(scenarios(), st.integers(0, 3))
def test_both_clocks_give_the_same_bytes(scenario: Scenario, seed: int) -> None:
    plan = draw(scenario, seed=seed)
    assert_same(compiled.run(plan), reference.run(plan))
