"""Trials: what service level so many workers in each group give, by simulation with common random numbers.

The tasks of a replication are drawn once, and agendas for more workers than are needed. Since every stream is keyed by
the name of a worker or a task type, a plan with fewer workers is that plan without some of its rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.service import interval_sums
from activity_sim.drawing import Prepared, prepare
from activity_sim.engines import choose
from activity_sim.engines import engine as engine_called
from activity_sim.experiment.pool import Where, chosen_for, done
from activity_sim.experiment.runner import BLOCK, cost, packed, unpacked
from activity_sim.log import Legend, Log
from activity_sim.model.scenario import Scenario
from activity_sim.plan import Agendas, Plan
from activity_sim.planning.goal import Goal

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Numbers = tuple[int, ...]
"""How many workers there are in each group."""
FIRST = 20
"""After so many replications a trial is looked at for the first time."""
CLEAR = 3.0
"""What is so many standard errors below its target will miss it in all replications, and the trial need not go on."""
KEPT = 1_500_000
"""Drawn replications are kept as long as they have so many tasks in all, which takes some 200 MB."""
SPARE = 100
"""Agendas are drawn for so many workers more than are needed at first, over all groups."""
BY_WORKER = ("skill_set", "leave", "recovery", "reject_activity", "capacity", "pace")


@attrs.frozen(eq=False)
class Levels:
    """The service level of each cell after *count* replications.

    *moments* has five rows of sums over replications, a column a cell: served in time, counting, and the squares and
    the product of both. *first* are the levels after the first replications, to be compared with other trials'.
    """

    count: int
    moments: Floats
    first: Floats

    @classmethod
    def of(cls, moments: Floats, count: int) -> Levels:
        """Return the levels after the first *count* replications."""
        return cls(count, moments, _ratio(moments))

    def more(self, moments: Floats, count: int) -> Levels:
        """Return the levels after *count* further replications."""
        return Levels(self.count + count, self.moments + moments, self.first)

    @property
    def value(self) -> Floats:
        """The levels: ratios of means, 1 where no task counts."""
        return _ratio(self.moments)

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Whether any tasks counted in each cell."""
        return np.asarray(self.moments[1] > 0)

    @property
    def error(self) -> Floats:
        """Their standard errors, by the delta method."""
        value, (_, counting, served, both, squares) = self.value, self.moments
        pulls = np.maximum(served - 2 * value * both + value**2 * squares, 0.0)
        safe = np.where(counting > 0, counting, np.inf)
        return np.asarray(np.sqrt(pulls * self.count / max(self.count - 1, 1)) / safe)


def _ratio(moments: Floats) -> Floats:
    served, counting = moments[:2]
    return np.asarray(np.divide(served, counting, out=np.ones_like(served), where=counting > 0))


@attrs.define(eq=False)
class Draws:
    """Replications of a scenario as they are drawn under *seed*, kept while there is room."""

    prepared: Prepared
    seed: int
    kept: dict[int, Plan] = attrs.Factory(dict)
    tasks: int = 0

    def plan(self, number: int) -> Plan:
        """Return the plan of a replication."""
        if number in self.kept:
            return self.kept[number]
        plan = self.prepared.draw(self.seed, number)
        if self.tasks < KEPT:
            self.kept[number] = plan
            self.tasks += len(plan.tasks.arrival)
        return plan


def staffed(plan: Plan, legend: Legend, rows: Ints) -> Plan:
    """Return *plan* with those workers only who have these *rows*; *legend* is theirs."""
    workers = plan.workers
    columns = {name: getattr(workers, name)[rows] for name in BY_WORKER}
    return attrs.evolve(
        plan, legend=legend, workers=attrs.evolve(workers, agendas=_chosen(workers.agendas, rows), **columns)
    )


def _chosen(agendas: Agendas, rows: Ints) -> Agendas:
    steps = np.diff(agendas.first)[rows]
    first = np.concatenate([[0], np.cumsum(steps)])
    place = np.repeat(agendas.first[rows] - first[:-1], steps) + np.arange(first[-1])
    return Agendas(first, agendas.activity[place], agendas.duration[place], agendas.deadline[place])


def legend_of(legend: Legend, rows: Ints) -> Legend:
    """Return *legend* for the workers of these *rows* only."""
    names = tuple(legend.workers[row] for row in rows.tolist())
    return attrs.evolve(legend, workers=names, worker_group=legend.worker_group[rows])


def _logs(draws: Draws, engine: str, rows: Ints, numbers: Sequence[int]) -> Iterator[Log]:
    run, legend = engine_called(engine), legend_of(draws.prepared.legend, rows)
    for number in numbers:
        yield run(staffed(draws.plan(number), legend, rows))


def _counts(draws: Draws | bytes, seed: int, engine: str, goal: Goal, rows: Ints, numbers: range) -> tuple[Ints, Ints]:
    """Return what was served in time, and what counts, by replication, interval and type asked about."""
    given = _unpacked(draws, seed) if isinstance(draws, bytes) else draws
    each = [goal.counts(interval_sums(log)) for log in _logs(given, engine, rows, numbers)]
    served, counting = zip(*each, strict=True)
    return np.stack(served), np.stack(counting)


@lru_cache(maxsize=2)
def _unpacked(prepared: bytes, seed: int) -> Draws:
    return Draws(unpacked(prepared), seed)


@attrs.define(eq=False)
class Trials:
    """Tries numbers of workers in each group of *scenario*, each only once, in up to so many *replications*.

    A trial ends sooner where a target is clearly missed. *runs* counts the replications that ran.
    """

    scenario: Scenario
    goal: Goal
    replications: int
    seed: int
    executor: Where
    done: dict[Numbers, Levels] = attrs.Factory(dict)
    runs: int = 0
    most: Numbers = ()
    _draws: Draws | None = None
    _packed: bytes = b""

    def glance(self, numbers: Numbers) -> Levels:
        """Return the levels that *numbers* of workers give, after the first replications at least."""
        if numbers not in self.done:
            first = range(min(FIRST, self.replications))
            self.done[numbers] = Levels.of(self._moments(numbers, first), len(first))
        return self.done[numbers]

    def full(self, numbers: Numbers, wanted: Floats) -> Levels:
        """Return the levels after all replications, or after some where one of those *wanted* is clearly missed."""
        levels = self.glance(numbers)
        while levels.count < self.replications and not np.any(levels.value + CLEAR * levels.error < wanted):
            more = range(levels.count, min(2 * levels.count, self.replications))
            levels = self.done[numbers] = levels.more(self._moments(numbers, more), len(more))
        return levels

    def counts(self, numbers: Numbers, replications: range) -> tuple[Ints, Ints]:
        """Return what was served in time, and what counts, by replication, interval and type asked about."""
        draws, rows = self._drawn_for(numbers), self._rows(numbers)
        self.runs += len(replications)
        prepared = draws.prepared
        engine = choose("auto", tasks=prepared.expected_tasks * 1_000, with_processes=bool(self.scenario.processes))
        where = chosen_for(self.executor, self.replications * cost(prepared) / BLOCK[engine])
        if where == 1:
            return _counts(draws, self.seed, engine, self.goal, rows, replications)
        self._packed = self._packed or packed(prepared)
        work = partial(_counts, self._packed, self.seed, engine, self.goal, rows)
        parts = dict(done(work, _halves(replications, where if isinstance(where, int) else 8), where))
        ordered = [parts[part] for part in sorted(parts, key=lambda part: part.start)]
        return np.concatenate([one for one, _ in ordered]), np.concatenate([other for _, other in ordered])

    def _moments(self, numbers: Numbers, replications: range) -> Floats:
        parts = self.counts(numbers, replications)
        served, counting = (self.goal.by_cell(part).astype(np.float64) for part in parts)
        rows = (served, counting, served**2, served * counting, counting**2)
        return np.stack([row.sum(axis=0) for row in rows])

    def _drawn_for(self, numbers: Numbers) -> Draws:
        """Return draws in which there are at least so many workers in each group."""
        if self._draws is None or any(n > most for n, most in zip(numbers, self.most, strict=True)):
            known = self.most or (0,) * len(numbers)
            spare = max(2, SPARE // len(numbers))
            self.most = tuple(max(n + n // 4 + spare, most) for n, most in zip(numbers, known, strict=True))
            prepared = prepare(counted(self.scenario, self.most))
            self._draws, self._packed = Draws(prepared, self.seed), b""
        return self._draws

    def _rows(self, numbers: Numbers) -> Ints:
        groups = self._drawn_for(numbers).prepared.scenario.groups
        sizes = [len(group.names) for group in groups]
        first = np.cumsum([0, *sizes])[:-1]
        return np.concatenate(
            [start + np.arange(min(n, size)) for start, n, size in zip(first, numbers, sizes, strict=True)]
        )


def _halves(numbers: range, parts: int) -> list[range]:
    """Return *numbers* in about so many *parts*."""
    size = -(-len(numbers) // parts)
    return [numbers[first : first + size] for first in range(0, len(numbers), size)]


def counted(scenario: Scenario, numbers: Numbers) -> Scenario:
    """Return *scenario* with so many workers in each of its groups, where they have no names of their own."""
    groups = [
        group if len(group.names) == n or not resizable(scenario, group.friendly_name) else attrs.evolve(group, count=n)
        for group, n in zip(scenario.groups, numbers, strict=True)
    ]
    return attrs.evolve(scenario, workers=groups if scenario.workers else ())


def resizable(scenario: Scenario, name: str) -> bool:
    """Return whether the group of that *name* can have any number of workers: none is named by a file or a roster."""
    group = next(group for group in scenario.groups if group.friendly_name == name)
    rostered = {row.worker for row in scenario.roster.rows} if scenario.roster else set()
    return not (group.members or group.roster or rostered.intersection(group.names))
