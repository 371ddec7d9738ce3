"""What reports of costs need to know of a scenario: prices by code, and where shifts end."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from activity_sim.drawing.agendas import Day
from activity_sim.log import Prices
from activity_sim.model.scenario import Scenario


def prices(scenario: Scenario, days: Sequence[Day]) -> Prices | None:
    """Return the prices of *scenario*, by code, where it has costs; *days* are those of its workers."""
    costs = scenario.costs
    if costs is None:
        return None
    names, default = scenario.workspace.names, scenario.workspace.default_activity
    per_hour = [
        [costs.of_hour(name, group.per_hour, is_default=name == default) for name in names] for group in scenario.groups
    ]
    return Prices(
        currency=costs.currency,
        per_hour=np.array(per_hour, dtype=np.float64).reshape(len(scenario.groups), len(names)),
        per_abandoned=costs.per_abandoned,
        per_overtime_minute=costs.per_overtime_minute,
        shifts=_shifts(days if costs.per_overtime_minute else (), scenario.horizon),
    )


def _shifts(days: Sequence[Day], horizon: int) -> NDArray[np.int64]:
    rows = [
        (worker, shift.start, min(shift.end, horizon))
        for worker, day in enumerate(days)
        for shift in day.shifts
        if shift.start < horizon
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)
