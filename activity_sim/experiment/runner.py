"""Runs replications in blocks, here or elsewhere, and keeps what they are reduced to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import cloudpickle
import numpy as np

from activity_sim import __version__
from activity_sim.analysis.reports import REPORTS
from activity_sim.analysis.service import pooled_waits
from activity_sim.drawing import Prepared, check_seed, prepare
from activity_sim.engines import choose
from activity_sim.engines import engine as engine_called
from activity_sim.errors import InputError, within
from activity_sim.experiment.pool import Where, check_where, chosen_for, done
from activity_sim.experiment.store import Block, Store
from activity_sim.experiment.study import Study
from activity_sim.log import Log
from activity_sim.model.digest import digest
from activity_sim.model.scenario import Scenario
from activity_sim.progress import bar

BLOCK = {"simpy": 40_000, "compiled": 1_500_000}
"""About so many tasks, steps of agendas included, take an engine a second."""


def chosen(prepared: Prepared, engine: str, *, replications: int) -> str:
    """Return the engine that is to run *replications*."""
    tasks = prepared.expected_tasks * replications
    return choose(engine, tasks=tasks, with_processes=bool(prepared.scenario.processes))


@attrs.define(eq=False)
class Runner:
    """Runs replications of one scenario, and keeps what they are reduced to."""

    prepared: Prepared
    seed: int
    engine: str
    where: Where
    store: Store
    keep_logs: bool = False
    logs: dict[int, Log] = attrs.Factory(dict)

    def upto(self, replications: int) -> Study:
        """Run those of the first so many *replications* that have not run, and return the study of all."""
        if 0 not in self.logs:
            self._keep(*_reduced(self.prepared, self.seed, self.engine, range(1), keep=True))
        while missing := sorted(set(range(replications)) - self.store.held):
            self._run(missing, replications)
        return self._study(replications)

    def _run(self, missing: list[int], replications: int) -> None:
        seconds = cost(self.prepared) / BLOCK[self.engine]
        where = chosen_for(self.where, len(missing) * seconds)
        size = max(int(1 / seconds), 1)
        if isinstance(where, int):  # as many blocks for each process
            rounds = -(-len(missing) // (where * size))
            size = -(-len(missing) // (where * rounds))
        # here the scenario itself runs, not a copy: what its processes note in the user's variables stays there
        prepared = self.prepared if where == 1 else packed(self.prepared)
        work = partial(_work, prepared, self.seed, self.engine, self.keep_logs)
        shown = _shown(done(work, _ranges(missing, size), where), replications - len(missing), replications)
        for block, logs in shown:
            self._keep(block, logs)

    def _keep(self, block: Block, logs: Iterable[Log]) -> None:
        self.store.add(block)
        self.logs |= {log.replications[0]: log for log in logs}

    def _study(self, replications: int) -> Study:
        return Study(
            scenario=self.prepared.scenario,
            legend=self.prepared.legend,
            seed=self.seed,
            engine=self.engine,
            replications=replications,
            first=self.logs[0],
            store=self.store,
            logs=tuple(self.logs[number] for number in range(replications)) if self.keep_logs else (),
        )


def cost(prepared: Prepared) -> float:
    """Return about how much work a replication is, in tasks."""
    return prepared.expected_tasks + 10 * len(prepared.legend.workers) + 100


def seconds_for(scenario: Scenario, replications: int, engine: str) -> float:
    """Return about how long so many *replications* of *scenario* take in one process."""
    prepared = prepare(scenario)
    return replications * cost(prepared) / BLOCK[chosen(prepared, engine, replications=replications)]


def _ranges(numbers: list[int], size: int) -> Iterator[range]:
    """Yield *numbers*, which are in order, as ranges of at most *size*."""
    borders = [0, *(np.flatnonzero(np.diff(numbers) != 1) + 1).tolist(), len(numbers)]
    for first, last in pairwise(borders):
        for start in range(first, last, size):
            yield range(numbers[start], numbers[min(start + size, last) - 1] + 1)


def _work(prepared: Prepared | bytes, seed: int, engine: str, keep: bool, numbers: range) -> tuple[Block, list[Log]]:
    given = unpacked(prepared) if isinstance(prepared, bytes) else prepared
    return _reduced(given, seed, engine, numbers, keep=keep)


def packed(prepared: Prepared) -> bytes:
    """Return *prepared* as other processes can read it, functions from notebooks included."""
    return bytes(cloudpickle.dumps(prepared))


@lru_cache(maxsize=4)
def unpacked(packed: bytes) -> Prepared:
    """Return what was :func:`packed`."""
    prepared: Prepared = cloudpickle.loads(packed)
    return prepared


def _reduced(prepared: Prepared, seed: int, engine: str, numbers: range, *, keep: bool) -> tuple[Block, list[Log]]:
    """Run the replications of *numbers* and return what they are reduced to, and their logs if they are to be kept."""
    run, logs, columns = engine_called(engine), [], []
    for number in numbers:
        log = run(prepared.draw(seed, number))
        columns.append(_columns(log))
        if keep:
            logs.append(log)
    joined = {name: np.concatenate([one[name] for one in columns]) for name in columns[0]}
    return Block(numbers.start, len(numbers), joined), logs


def _columns(log: Log) -> dict[str, np.ndarray[Any, Any]]:
    cells, waits = pooled_waits(log)
    own = {name: report for name, report in REPORTS.items() if not report.shares}
    sums = {f"{report}/{name}": value[None] for report, one in own.items() for name, value in one.reduce(log).items()}
    return {**sums, "lengths": np.array([len(waits)]), "cells": cells, "waits": waits}


def _shown(results: Iterable[tuple[range, Any]], ready: int, total: int) -> Iterator[Any]:
    """Yield *results* with a progress bar."""
    with bar(ready=ready, total=total, unit="replication") as advance:
        for numbers, result in results:
            yield result
            advance(len(numbers))


def runner(
    scenario: Scenario,
    *,
    replications: int,
    seed: int,
    engine: str,
    executor: Where,
    keep_logs: bool = False,
    checkpoint: str | Path | None = None,
) -> Runner:
    """Return what is to run about so many *replications* of *scenario*."""
    if keep_logs and checkpoint is not None:
        raise InputError("must not be given with a checkpoint, which keeps no logs", "keep_logs")
    prepared = prepare(scenario)
    identity = {"scenario": digest(scenario), "seed": within("seed", lambda: check_seed(seed)), "version": __version__}
    return Runner(
        prepared=prepared,
        seed=seed,
        engine=chosen(prepared, engine, replications=replications),
        where=check_where(executor),
        store=Store(identity, None if checkpoint is None else Path(checkpoint)),
        keep_logs=keep_logs,
    )
