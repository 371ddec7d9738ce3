"""Staffing: the cheapest numbers of workers in each group that meet the service levels asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis import estimates
from activity_sim.analysis.intervals import intervals
from activity_sim.drawing import check_seed, legend
from activity_sim.errors import InputError, unknown
from activity_sim.errors import within as within_
from activity_sim.experiment.pool import Where, check_where
from activity_sim.model.reading import number, whole
from activity_sim.model.scenario import Scenario
from activity_sim.planning.answer import Staffing, levels_table, statement
from activity_sim.planning.coverage import available, coverage
from activity_sim.planning.goal import Goal, asking
from activity_sim.planning.search import Search
from activity_sim.planning.staffed import Numbers, Trials, counted

T = TypeVar("T")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ROUNDS = 8
"""So often an answer that does not stand up to replications of its own is improved."""
CONFIRMED = 2
"""An answer is confirmed by so many times the replications of the search."""
_replications = whole(20, 100_000)
_price = number(0, above=True)
_confidence = number(0, 1, above=True)


def staff(
    scenario: Scenario,
    *,
    service_level: float | None = None,
    within: object = None,
    per: str = "interval",
    interval: object = None,
    cost: Mapping[str, float] | None = None,
    confidence: float = 0.95,
    replications: int = 100,
    seed: int = 1,
    executor: Where = None,
) -> Staffing:
    """Find the cheapest numbers of workers in each group with which *scenario* meets its service levels.

    Asked for is the scenario's service level for each task type, or a share *service_level* from 0 to 1 of tasks
    *within* so long (a duration, or seconds), in every *interval* (a duration; the scenario's where None) or, *per*
    ``"day"``, over each day. Groups keep their skills, shifts and breaks; those whose workers are named by a file or a
    roster, and those who can take none of the tasks, keep their numbers too. *cost* is what an hour on duty of each
    group costs, breaks included; 1 where None. The search tries numbers by up to so many *replications* with common
    random numbers under *seed*; the answer is confirmed by twice as many others, and improved where it does not stand
    up to them. *executor* is as in :func:`replicate`.

    Raises :exc:`~activity_sim.errors.InputError` for what cannot be meant, and
    :exc:`~activity_sim.errors.ActivitySimError` where no number of workers reaches a target.

    >>> import activity_sim as sim
    >>> desk = Scenario(
    ...     horizon="2h",
    ...     workers=[sim.Workers("Tier 1", shifts=[sim.Shift("Available", "00:00", "02:00")])],
    ...     tasks=[sim.Tasks("call", arrivals=sim.Poisson(60), handle_time="4min")],
    ... )
    >>> staff(desk, per="day").numbers
    {'Tier 1': 6}
    """
    begun = time.perf_counter()
    asked = asking(scenario, service_level=service_level, within=within, interval=interval)
    sure = _read("confidence", _confidence, confidence)
    trials = Trials(
        scenario=asked,
        goal=Goal.of(asked, legend(asked), per),
        replications=_read("replications", _replications, replications),
        seed=_read("seed", check_seed, seed),
        executor=check_where(executor),
    )
    found = coverage(asked, trials.seed)
    prices = found.hours * _prices(asked, cost)
    search = Search(trials, found, prices)
    search.run()
    checked = _confirmed(search)
    return _answer(search, checked, sure, per, time.perf_counter() - begun)


def _read(name: str, convert: Callable[[object], T], value: object) -> T:
    return within_(name, lambda: convert(value))


def _prices(scenario: Scenario, cost: Mapping[str, float] | None) -> Floats:
    """Return what an hour of a worker of each group costs."""
    names = [group.friendly_name for group in scenario.groups]
    if cost is None:
        return np.ones(len(names))
    for name in cost:
        if name not in names:
            raise unknown(name, names).inside("cost")
    for name in names:
        if name not in cost:
            raise InputError("is required: what an hour of each group costs", "cost", name)
    return np.array([within_("cost", lambda: _read(name, _price, cost[name])) for name in names])  # noqa: B023


@attrs.frozen(eq=False)
class Checked:
    """What *numbers* of workers reach in replications of their own, as :meth:`Trials.counts` has it."""

    numbers: Numbers
    served: Ints
    counting: Ints


def _confirmed(search: Search) -> Checked:
    """Return the search's answer in replications that had no part in it, improved until it stands up to them."""
    trials = search.trials
    size = CONFIRMED * trials.replications
    for turn in range(ROUNDS):
        first = trials.replications + turn * size
        checked = Checked(search.best, *trials.counts(search.best, range(first, first + size)))
        lacking = _lacking(search, checked)
        if not lacking.any():
            break
        search.margin = np.maximum(search.margin, lacking)
        if turn < ROUNDS - 1:
            search.again()
    return checked


def _lacking(search: Search, checked: Checked) -> Floats:
    """Return what must be asked for beyond the target in the search, where the answer misses it in other replications.

    It is by how much the replications of the search flatter a cell, and half a standard error more.
    """
    goal, own = search.trials.goal, search.trials.full(search.best, search.wanted)
    level = estimates.linearised(goal.by_cell(checked.served), goal.by_cell(checked.counting))
    flattered = own.value - level.value + level.error / 2
    return np.where(level.value < goal.wanted, np.maximum(flattered, 0.0), 0.0)


def _answer(search: Search, checked: Checked, confidence: float, per: str, seconds: float) -> Staffing:
    trials, goal = search.trials, search.trials.goal
    levels = levels_table(goal, goal.by_cell(checked.served), goal.by_cell(checked.counting), confidence)
    names = [group.friendly_name for group in trials.scenario.groups]
    done = counted(trials.scenario, checked.numbers)
    said = statement(levels, confidence, replications=len(checked.served), per=per)
    return Staffing(
        numbers=dict(zip(names, checked.numbers, strict=True)),
        cost=search.price(checked.numbers),
        levels=levels,
        table=_table(search, checked, done, confidence),
        scenario=done,
        confidence=confidence,
        statement=f"{said}. {_found(search, seconds)}",
        proved=search.proved,
        complete=not search.spent,
        runs=trials.runs,
    )


def _found(search: Search, seconds: float) -> str:
    """Return in a sentence how good the answer is, and what it took."""
    took = f"{len(search.trials.done)} plans were tried in {search.trials.runs:,} replications and {seconds:.0f} s"
    if search.proved:
        return f"{took}: every cheaper plan misses a target"
    if search.spent:
        return f"{took}, which is the most there may be: there may be cheaper plans"
    return f"{took}: no cheaper plan near this one meets the targets"


def _table(search: Search, checked: Checked, done: Scenario, confidence: float) -> pd.DataFrame:
    """Return the columns of ``staffing.csv``: a row for each interval and group."""
    trials = search.trials
    given, goal, seed = trials.scenario, trials.goal, trials.seed
    required, scheduled = available(done, seed), available(given, seed)
    starts = intervals(legend(given)).starts
    names = [group.friendly_name for group in given.groups]
    rows = []
    for group, name in enumerate(names):
        able = search.coverage.places[group, goal.types] > 0
        parts = (checked.served[:, :, able].sum(axis=2), checked.counting[:, :, able].sum(axis=2))
        value, low, high = estimates.ratio(*parts, confidence)
        rows.append(
            pd.DataFrame(
                {
                    "interval_start": starts,
                    "worker_group": name,
                    "required": required[group],
                    "scheduled": scheduled[group],
                    "gap": scheduled[group] - required[group],
                    "service_level": value,
                    "service_level_low": np.clip(low, 0, 1),
                    "service_level_high": np.clip(high, 0, 1),
                }
            )
        )
    return pd.concat(rows, ignore_index=True).sort_values("interval_start", kind="stable", ignore_index=True)
