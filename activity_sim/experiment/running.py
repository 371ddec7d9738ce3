"""Runs and replications: from a scenario to a log, and to a study of many."""

from __future__ import annotations

import warnings
from pathlib import Path

from activity_sim.drawing import prepare
from activity_sim.engines import engine as engine_called
from activity_sim.errors import ActivitySimWarning
from activity_sim.experiment.pool import Where
from activity_sim.experiment.runner import chosen, runner
from activity_sim.experiment.study import Study
from activity_sim.log import Log
from activity_sim.model.reading import whole
from activity_sim.model.scenario import Scenario

check_replications = whole(1, 1_000_000)


def simulate(scenario: Scenario, *, seed: int = 1, replication: int = 0, engine: str = "auto") -> Log:
    """Simulate one *replication* of *scenario* under *seed* and return its log.

    Raises :exc:`~activity_sim.errors.InputError` for a scenario that cannot be drawn or an unknown *engine*.

    >>> from activity_sim.model.workers import Workers
    >>> simulate(Scenario(horizon="8h", workers=[Workers("A", count=2)])).spells["friendly_name"].tolist()
    ['Offline', 'Offline']
    """
    prepared = prepare(scenario)
    run = engine_called(chosen(prepared, engine, replications=1))
    return run(prepared.draw(seed, replication))


def replicate(
    scenario: Scenario,
    *,
    replications: int = 20,
    seed: int = 1,
    engine: str = "auto",
    executor: Where = None,
    keep_logs: bool = False,
    checkpoint: str | Path | None = None,
) -> Study:
    """Simulate *replications* of *scenario* under *seed* and return the study of them.

    Replication k is the same however many are asked for, and wherever they run: on an *executor* of
    :mod:`concurrent.futures`, in that number of processes (1 is this process), or, without, in as many as there are
    processors, where it pays. With *keep_logs* the study has every log, which takes memory. In the file *checkpoint*
    is kept what is done, and a study that was interrupted goes on from it.

    >>> from activity_sim.model.workers import Workers
    >>> replicate(Scenario(horizon="8h", workers=[Workers("A", count=2)]), replications=3).table("occupancy").shape
    (2, 7)
    """
    check_replications(replications)
    study = runner(
        scenario,
        replications=replications,
        seed=seed,
        engine=engine,
        executor=executor,
        keep_logs=keep_logs,
        checkpoint=checkpoint,
    ).upto(replications)
    for doubt in study.doubts:
        warnings.warn(doubt, ActivitySimWarning, stacklevel=2)
    return study
