"""Runs and replications: from a scenario to a log, and to a study of many."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from activity_sim.analysis.metrics import column
from activity_sim.analysis.precision import Precision
from activity_sim.drawing import prepare
from activity_sim.engines import engine as engine_called
from activity_sim.errors import ActivitySimWarning, InputError, not_given, within
from activity_sim.experiment.pool import Where
from activity_sim.experiment.priced import metrics_for
from activity_sim.experiment.runner import Runner, chosen, runner
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
    replications: int | None = None,
    until: Precision | None = None,
    seed: int = 1,
    engine: str = "auto",
    executor: Where = None,
    keep_logs: bool = False,
    checkpoint: str | Path | None = None,
) -> Study:
    """Simulate *replications* of *scenario* (20 where nothing is said) under *seed* and return the study of them.

    Or simulate *until* a figure has the :func:`~activity_sim.precision` that is wanted; the study's *stopping* says
    whether it was reached. Replication k is the same however many are asked for, and wherever they run: on an
    *executor* of :mod:`concurrent.futures`, in that number of processes (1 is this process), or, without, in as many
    as there are processors, where it pays. With *keep_logs* the study has every log, which takes memory. In the file
    *checkpoint* is kept what is done, and a study that was interrupted goes on from it.

    >>> from activity_sim.model.workers import Workers
    >>> replicate(Scenario(horizon="8h", workers=[Workers("A", count=2)]), replications=3).table("occupancy").shape
    (2, 7)
    """
    if until is not None and replications is not None:
        raise InputError("must not be given with until, which says how many there are", "replications")
    if until is not None and not isinstance(until, Precision):
        raise InputError(f"must be a precision, {not_given(until)}", "until")
    wanted = within("replications", lambda: check_replications(20 if replications is None else replications))
    run = runner(
        scenario,
        replications=wanted if until is None else until.first,
        seed=seed,
        engine=engine,
        executor=executor,
        keep_logs=keep_logs,
        checkpoint=checkpoint,
    )
    study = run.upto(wanted) if until is None else _until(run, until)
    for doubt in study.doubts:
        warnings.warn(doubt, ActivitySimWarning, stacklevel=2)
    return study


def quietly(scenario: Scenario, *, replications: int, **how: Any) -> Study:
    """Return the study of *scenario* without a word about how far its own intervals are to be relied on.

    *how* are further arguments of :func:`replicate`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ActivitySimWarning)
        return replicate(scenario, replications=replications, **how)


def _until(run: Runner, wanted: Precision) -> Study:
    """Run replications until the rule is met or there are as many as there may be."""
    (metric,) = metrics_for([wanted.metric], (), [run.prepared.scenario])
    metric.check_ratio()
    place = column(metric, run.prepared.legend, wanted.subject)
    study, widths = run.upto(wanted.first), np.empty(0)
    while more := wanted.next_block(widths):
        study = run.upto(max(len(widths) + more, wanted.first))
        widths = wanted.half_widths(np.stack([one[:, place] for one in metric.pair(study)], axis=1), widths)
    return attrs.evolve(study, stopping=wanted.stopping(widths))
