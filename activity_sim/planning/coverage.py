"""Coverage: how much of its time a worker of each group is there for tasks, and what the formulas ask for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.intervals import Intervals, intervals
from activity_sim.drawing import Prepared, prepare
from activity_sim.drawing.agendas import Day
from activity_sim.experiment.pools import idle_logs, lanes_of
from activity_sim.formulas import agents_required
from activity_sim.log import Log, ServiceLevel
from activity_sim.model.scenario import Scenario
from activity_sim.planning.demand import Demand, demands
from activity_sim.planning.goal import Goal
from activity_sim.planning.staffed import counted, resizable
from activity_sim.units import SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SAMPLE = 16
"""So many workers of each group are looked at: their staggered breaks are spread evenly then."""
TOGETHER = 4
"""Of so many task types that share workers, every set is looked at; of more, each type and all of them."""
REPLICATIONS = 10
"""So many replications say how many workers are there."""
HIGHEST = 0.999
"""The service level that the formulas are asked for at most: no number of workers answers every task at once."""


@attrs.frozen(eq=False)
class Coverage:
    """What one worker of each group brings.

    *heads* has a row a group and a column an interval: the share of the interval in which it is in an available
    activity. *hours* is how long it is on duty, breaks included, in hours. *places* has a row a group and a column a
    task type: how many of its tasks it can have in hand, 0 where it can take none. *resizable* says which groups may
    have any number of workers; *arrivals* are the tasks that are expected by task type and interval.
    """

    heads: Floats
    hours: Floats
    places: Ints
    resizable: NDArray[np.bool_]
    arrivals: Floats
    needs: tuple[tuple[Floats, float], ...]

    def by_cell(self, goal: Goal) -> Floats:
        """Return the heads of one worker of each group (rows) in each cell of *goal*, weighted by arrivals.

        Only groups that can take the tasks of a cell have any there.
        """
        arrivals = self.arrivals[goal.types].T + 1e-9
        able = self.places[:, goal.types] > 0
        together = goal.by_cell(self.heads[:, :, None] * arrivals * able[:, None, :])
        return np.asarray(together / goal.by_cell(arrivals))


def coverage(scenario: Scenario, seed: int) -> Coverage:
    """Return the coverage of the groups of *scenario*, and what its tasks need by the formulas."""
    free = np.array([resizable(scenario, group.friendly_name) for group in scenario.groups])
    sampled = counted(
        scenario, tuple(SAMPLE if r else len(g.names) for r, g in zip(free, scenario.groups, strict=True))
    )
    prepared = prepare(sampled)
    spans = intervals(attrs.evolve(prepared.legend, warm_up=0))
    heads = _available(prepared, seed, spans) / _sizes(prepared)[:, None]
    places, found = _places(prepared), demands(prepared, spans)
    arrivals = np.zeros((len(prepared.legend.task_types), len(spans.starts)))
    for demand in found:
        arrivals[[kind.kind.code for kind in demand.pool.types]] = demand.arrivals
    seen = slice(len(spans.starts) - len(intervals(prepared.legend).starts), None)
    needs = [need for demand in found for need in _needs(prepared, demand, heads, places, seen)]
    return Coverage(heads[:, seen], _hours(prepared), places, free, arrivals[:, seen], tuple(needs))


def available(scenario: Scenario, seed: int) -> Floats:
    """Return how many workers of each group (rows) are in an available activity in each interval, without tasks."""
    prepared = prepare(scenario)
    return _available(prepared, seed, intervals(prepared.legend))


def _available(prepared: Prepared, seed: int, spans: Intervals) -> Floats:
    each = [_present(log, spans) for log in idle_logs(prepared, seed, REPLICATIONS)]
    return np.asarray(np.mean(each, axis=0))


def _present(log: Log, spans: Intervals) -> Floats:
    """Return how many workers of each group (rows) are in an available activity, on average in each interval."""
    legend, spells = log.legend, log.columns["spells"]
    able = np.array(legend.available, dtype=np.bool_)[spells["activity"]]
    group, start, end = (
        column[able] for column in (legend.worker_group[spells["worker"]], spells["start"], spells["end"])
    )
    upto = np.clip(spans.edges[:, None] - start, 0, end - start).astype(np.float64)
    total = np.zeros((len(legend.worker_groups), len(spans.edges)))
    np.add.at(total, group, upto.T)
    return np.asarray(np.diff(total, axis=1) / spans.lengths)


def _places(prepared: Prepared) -> Ints:
    """Return how many tasks of each type (columns) a worker of each group (rows) can have in hand."""
    legend, staff = prepared.legend, prepared.staff["capacity"]
    found = np.zeros((len(legend.worker_groups), len(legend.task_types)), dtype=np.int64)
    for kind in prepared.types:
        able = prepared.lanes.accepts[lanes_of(prepared, kind)][:, prepared.skill_set].any(axis=0)
        channel = prepared.channels.index(kind.tasks.task_channel)
        room = staff[:, channel] if prepared.scenario.workspace.multi_task_enabled else 1
        code = kind.kind.code
        np.maximum.at(found[:, code], legend.worker_group, np.where(able, room, 0))
        found[:, code + len(kind.tasks.types) - 1] = found[:, code]  # callbacks go where their tasks went
    return found


def _hours(prepared: Prepared) -> Floats:
    """Return the hours on duty of a worker of each group: in its shifts, or all the time where it has none."""
    total = np.zeros(len(prepared.legend.worker_groups))
    for day, group in zip(prepared.days, prepared.legend.worker_group.tolist(), strict=True):
        total[group] += _on_duty(day, prepared.legend.horizon)
    return np.asarray(total / _sizes(prepared) / SECOND / 3_600)


def _on_duty(day: Day, horizon: int) -> int:
    """Return how long a worker is on duty, in microseconds.

    A shift that the run cuts counts whole, since it is paid so; but where one is cut at either end, as those of every
    night are, both are the same one.
    """
    if not day.shifts:
        return horizon
    began = sum(span.end - span.start for span in day.shifts if 0 <= span.start < horizon)
    ended = sum(span.end - span.start for span in day.shifts if 0 < span.end <= horizon)
    inside = sum(max(min(span.end, horizon) - max(span.start, 0), 0) for span in day.shifts)
    return max(began, ended, inside)


def _sizes(prepared: Prepared) -> Ints:
    return np.maximum(np.bincount(prepared.legend.worker_group, minlength=len(prepared.legend.worker_groups)), 1)


def _needs(
    prepared: Prepared, demand: Demand, heads: Floats, places: Ints, seen: slice
) -> Iterator[tuple[Floats, float]]:
    """Yield rows of a programme: heads of one worker of each group, and how many places the formulas ask for.

    A row for each interval and set of task types: those who can take any of them must be enough for all of them.
    """
    codes = [kind.kind.code for kind in demand.pool.types]
    for chosen in _sets(len(codes)):
        able = places[:, [codes[n] for n in chosen]].max(axis=1)
        levels = [prepared.legend.service_levels[codes[n]] for n in chosen]
        wanted = _servers(demand, list(chosen), levels)
        for interval in np.arange(len(wanted))[seen][wanted[seen] > 0]:
            if (heads[:, interval] * able).any():
                yield heads[:, interval] * able, float(wanted[interval])


def _sets(size: int) -> Iterator[tuple[int, ...]]:
    lengths = range(1, size + 1) if size <= TOGETHER else (1, size)
    for length in lengths:
        yield from combinations(range(size), length)


def _servers(demand: Demand, chosen: list[int], levels: list[ServiceLevel]) -> Ints:
    """Return the servers that the tasks of the *chosen* types need in each interval, all of them together."""
    rates = demand.arrivals[chosen] / demand.seconds
    rate = rates.sum(axis=0)
    safe = np.where(rate > 0, rate, 1.0)
    work = np.maximum((rates * demand.work[chosen]).sum(axis=0) / safe, 1e-6)
    with np.errstate(divide="ignore"):
        leaving = (rates / np.maximum(demand.patience[chosen], 1e-6)).sum(axis=0) / safe
        patience = 1 / leaving
    target = min(HIGHEST, *(level.target for level in levels))
    return np.asarray(
        agents_required(
            rate,
            work,
            patience=patience,
            service_level=target,
            within=max(level.within for level in levels) / SECOND,
            definition=levels[0].definition,
        )
    )
