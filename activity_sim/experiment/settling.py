"""Steady state, for the few questions that are about one: how much of a run to leave out at its start."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd

from activity_sim.analysis.intervals import intervals
from activity_sim.analysis.steady import mser5, welch
from activity_sim.errors import InputError, not_given, within
from activity_sim.experiment.pool import Where
from activity_sim.experiment.running import quietly
from activity_sim.model.scenario import Scenario
from activity_sim.units import SECOND, Duration


@attrs.frozen(eq=False, repr=False)
class Settled:
    """The *warm_up* to leave out, and the *table* of mean waits by time that :func:`activity_sim.plots.welch` draws."""

    warm_up: Duration
    table: pd.DataFrame

    def __repr__(self) -> str:
        return f"<Settled after {self.warm_up}>"


def settled(
    scenario: Scenario,
    *,
    step: object = "5min",
    window: int = 6,
    replications: int = 20,
    seed: int = 1,
    engine: str = "auto",
    executor: Where = None,
) -> Settled:
    """Say when waits in *scenario* have settled: its *warm_up* is to be set to that where a steady state is wanted.

    The mean wait by time of arrival, in steps of *step*, over *replications*, is cut by MSER-5; *window* is how many
    steps Welch's curve is smoothed over. The last steps, in which tasks arrived that still waited at the horizon, say
    nothing: the horizon cut their waits. A contact centre's day begins and ends, so nothing is left out unless it is
    asked for.

    Raises :exc:`~activity_sim.errors.InputError` where half of the run would go: it is too short, or never settles.

    >>> import activity_sim as sim
    >>> always = sim.Routine(start="Available", stay={}, next={})
    >>> line = Scenario(horizon="2 days", workers=[sim.Workers("A", count=20, routine=always)], tasks=[
    ...     {"arrivals": {"per_hour": 270}, "handle_time": {"distribution": "exponential", "mean": "4min"}}])
    >>> settled(line, step="2min")
    <Settled after 10min>
    """
    if scenario.warm_up:
        raise InputError(f"must be 0 while it is being looked for, {not_given(str(scenario.warm_up))}", "warm_up")
    fine = within("step", lambda: attrs.evolve(scenario, interval=step))
    study = quietly(fine, replications=replications, seed=seed, engine=engine, executor=executor)
    sums, spans = study.sums("tasks_by_interval"), intervals(study.legend)
    whole = np.flatnonzero(sums["waiting"][:, :, -1].sum(axis=0) == 0)
    steps = slice(int(whole[-1]) + 1 if len(whole) else 0)
    waited, offered = sums["wait"][:, steps, -1] / SECOND, sums["offered"][:, steps, -1].sum(axis=0)
    if not offered.all():
        raise InputError("must be so long that tasks arrive in each", "step")
    means = waited * len(sums) / offered
    cut = within("horizon", lambda: mser5(means.mean(axis=0)))
    table = within("window", lambda: welch(means, window, time=spans.edges[:-1][steps] / (60 * SECOND)))
    return Settled(Duration(int(spans.edges[cut])), table)
