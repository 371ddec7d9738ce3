"""The agenda: what each worker is planned to do, and when, as far as chance has no part in it."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd

from activity_sim.analysis.frames import tidy
from activity_sim.drawing import prepare
from activity_sim.experiment.pools import idle_logs
from activity_sim.log import Legend
from activity_sim.model.distributions import Constant
from activity_sim.model.routine import Break
from activity_sim.model.scenario import Scenario
from activity_sim.model.workers import Workers
from activity_sim.units import Duration

COLUMNS = ("worker", "worker_group", "friendly_name", "start", "end")
"""The columns of an agenda."""


def agenda(scenario: Scenario) -> pd.DataFrame:
    """Return what each worker of *scenario* is planned to do: a row a stay in an activity, by worker and start.

    It comes from shifts, rosters, planned breaks, and the activities that workers without shifts stay in. Times are
    instants in the scenario's time zone, from its start to its horizon. A break whose length is drawn is planned for
    its mean. What comes by chance is not planned: interruptions and absences are left out, and so are workers with a
    routine. Time in the default activity is not planned either, unless that is available.

    >>> from activity_sim.model.routine import Shift
    >>> workers = Workers("A", shifts=[Shift("Available", "08:00", "16:00")], breaks=[Break("Offline", "12:00", "1h")])
    >>> plan = agenda(Scenario(horizon="1 days", workers=[workers]))
    >>> [f"{row.friendly_name} {row.start:%H:%M}" for row in plan.itertuples()]
    ['Available 08:00', 'Available 13:00']
    """
    planned = attrs.evolve(
        scenario,
        workers=[_planned(group) for group in scenario.groups],
        roster=scenario.roster if scenario.workers else None,
    )
    (log,) = idle_logs(prepare(planned), 0, 1)
    frame, legend = tidy(log.spells), log.legend
    frame.insert(1, "worker_group", pd.Series(_groups(legend, log.columns["spells"]["worker"])))
    chance = {group.friendly_name for group in scenario.groups if group.routine}
    away = (frame["friendly_name"] == legend.rest) & ~frame["available"]
    kept = frame.loc[~away & ~frame["worker_group"].isin(chance) & (frame["end"] > frame["start"]), list(COLUMNS)]
    return kept.reset_index(drop=True)


def _planned(group: Workers) -> Workers:
    """Return *group* without what comes by chance."""
    return attrs.evolve(
        group,
        absence=0.0,
        interruptions=(),
        routine=None,
        breaks=[_of_mean_length(planned) for planned in group.breaks],
    )


def _of_mean_length(planned: Break) -> Break:
    return attrs.evolve(planned, lasts=Constant(Duration(round(planned.lasts.mean))))


def _groups(legend: Legend, workers: np.ndarray) -> pd.Categorical:
    return pd.Categorical.from_codes(legend.worker_group[workers], pd.Index(legend.worker_groups, dtype=object))
