"""A simulated log, written as events and read again, is the same log to the millisecond."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings

from activity_sim import Scenario, simulate
from tests.conftest import PROVE
from tests.history.compared import again, groups, tables
from tests.strategies import scenarios


def check(scenario: Scenario, seed: int = 1) -> None:
    log = simulate(scenario, seed=seed)
    history = again(log)
    expected, found = tables(log), tables(history.log)
    for name, table in expected.items():
        pd.testing.assert_frame_equal(found[name], table, check_dtype=False)
    assert groups(history.log) == groups(log)
    repaired = history.repairs.set_index("repair")["count"]
    assert not repaired.any(), repaired[repaired > 0]
    available = dict(zip(log.legend.activities, log.legend.available, strict=True))
    assert dict(zip(history.log.legend.activities, history.log.legend.available, strict=True)) == available


@pytest.mark.slow
@settings(max_examples=1_000 if PROVE else 40)
@given(scenario=scenarios())
def test_drawn_scenarios_come_back(scenario: Scenario) -> None:
    check(scenario)
