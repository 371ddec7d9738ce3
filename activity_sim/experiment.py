"""Runs and replications: from a scenario to a log, and to a study of many."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

import attrs
import numpy as np
import pandas as pd

from activity_sim.analysis import estimates
from activity_sim.analysis.describe import study_html
from activity_sim.analysis.reports import REPORTS, Reduced, Sums
from activity_sim.drawing import Prepared, prepare
from activity_sim.engines import choose
from activity_sim.engines import engine as engine_called
from activity_sim.errors import ActivitySimWarning
from activity_sim.log import Legend, Log
from activity_sim.model.reading import whole
from activity_sim.model.scenario import Scenario

_replications = whole(1, 1_000_000)


def simulate(scenario: Scenario, *, seed: int = 1, replication: int = 0, engine: str = "auto") -> Log:
    """Simulate one *replication* of *scenario* under *seed* and return its log.

    Raises :exc:`~activity_sim.errors.InputError` for a scenario that cannot be drawn or an unknown *engine*.

    >>> from activity_sim.model.workers import Workers
    >>> simulate(Scenario(horizon="8h", workers=[Workers("A", count=2)])).spells["friendly_name"].tolist()
    ['Offline', 'Offline']
    """
    prepared = prepare(scenario)
    chosen = _chosen(prepared, engine, replications=1)
    return engine_called(chosen)(prepared.draw(seed, replication))


def _chosen(prepared: Prepared, engine: str, *, replications: int) -> str:
    """Return the engine that is to run *replications*."""
    tasks = prepared.expected_tasks * replications
    return choose(engine, tasks=tasks, with_processes=bool(prepared.scenario.processes))


@attrs.frozen(eq=False, repr=False)
class Study(Reduced):
    """Replications of one scenario, reduced to what reports need.

    Call reports with it, or its methods of the same names. *first* is the log of replication 0; *logs* has all logs
    where they were kept.
    """

    scenario: Scenario
    legend: Legend
    seed: int
    engine: str
    replications: int
    first: Log
    reduced: Sequence[dict[str, Sums]]
    logs: tuple[Log, ...] = ()

    def sums(self, report: str) -> list[Sums]:
        """Return the sums of the report of that name, one for each replication."""
        return [one[report] for one in self.reduced]

    def table(self, report: str) -> pd.DataFrame:
        """Return the table of the report of that name."""
        return REPORTS[report](self)

    @property
    def doubts(self) -> list[str]:
        """Why intervals of this study are not to be relied on, figure by figure; empty where they are."""
        if self.replications == 1:
            return []
        figures = {"service_level": ("within", "eligible"), "wait_mean": ("wait", "offered")}
        found = []
        for name, (above, below) in figures.items():
            sums = self.sums("task_summary")
            columns = (np.array([one[column][0, -1] for one in sums]) for column in (above, below))
            if doubt := estimates.doubts(estimates.linearised(*columns).deviations):
                found.append(f"the intervals of {name} are not reliable: {doubt}")
        return found if self.legend.task_types else []

    def __repr__(self) -> str:
        return f"<Study of {self.scenario!r}: {self.replications} replications, seed {self.seed}>"

    def _repr_html_(self) -> str:
        return study_html(self, self.scenario, self.replications)


def replicate(
    scenario: Scenario,
    *,
    replications: int = 20,
    seed: int = 1,
    engine: str = "auto",
    executor: Executor | None = None,
    keep_logs: bool = False,
) -> Study:
    """Simulate *replications* of *scenario* under *seed* and return the study of them.

    Replication k is the same however many are asked for. An *executor* of :mod:`concurrent.futures` runs them
    elsewhere; the study is the same. With *keep_logs* it has every log, which takes memory.

    >>> from activity_sim.model.workers import Workers
    >>> replicate(Scenario(horizon="8h", workers=[Workers("A", count=2)]), replications=3).table("occupancy").shape
    (2, 7)
    """
    _replications(replications)
    prepared = prepare(scenario)
    engine = _chosen(prepared, engine, replications=replications)
    one = partial(_one, prepared, seed, engine, keep_logs)
    numbers = range(replications)
    results = list(_shown(executor.map(one, numbers) if executor else map(one, numbers), replications))
    study = Study(
        scenario=scenario,
        legend=prepared.legend,
        seed=seed,
        engine=engine,
        replications=replications,
        first=results[0][1],
        reduced=[sums for sums, _ in results],
        logs=tuple(log for _, log in results if log is not None) if keep_logs else (),
    )
    for doubt in study.doubts:
        warnings.warn(doubt, ActivitySimWarning, stacklevel=2)
    return study


def _one(prepared: Prepared, seed: int, engine: str, keep: bool, number: int) -> tuple[dict[str, Sums], Log | None]:
    log = engine_called(engine)(prepared.draw(seed, number))
    sums = {name: report.reduce(log) for name, report in REPORTS.items()}
    return sums, log if keep or number == 0 else None


def _shown(results: Iterable[Any], total: int) -> Iterator[Any]:
    """Yield *results* with a progress bar, on a terminal or in a notebook, when they take longer than a second."""
    from tqdm.auto import tqdm

    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    yield from tqdm(results, total=total, delay=1, leave=False, unit="replication", disable=not watched)
