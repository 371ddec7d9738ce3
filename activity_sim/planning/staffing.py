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
from activity_sim.drawing import check_seed, legend
from activity_sim.errors import InputError, not_given, unknown
from activity_sim.errors import within as within_
from activity_sim.experiment.pool import Where, check_where
from activity_sim.model.costs import Costs
from activity_sim.model.reading import number, whole
from activity_sim.model.scenario import Scenario
from activity_sim.planning.answer import Staffing, levels_table, rows_of, statement
from activity_sim.planning.coverage import available, coverage
from activity_sim.planning.goal import Goal, asking
from activity_sim.planning.search import Search
from activity_sim.planning.shifts import Choice, ShiftPatterns, among
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
    patterns: ShiftPatterns | None = None,
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
    group costs, breaks included; where None, the ``per_hour`` of the scenario's costs, or 1 where it has none. With
    *patterns* to choose from, groups get their shifts and breaks too: each is one group for each pattern that is used.
    The search tries numbers by up to so many *replications* with common random numbers under *seed*; the answer is
    confirmed by twice as many others, and improved where it does not stand up to them. *executor* is as in
    :func:`replicate`.

    Raises :exc:`~activity_sim.errors.InputError` for what cannot be meant, and
    :exc:`~activity_sim.errors.ActivitySimError` where no number of workers reaches a target.

    >>> import activity_sim as sim
    >>> desk = Scenario(
    ...     horizon="2h",
    ...     workers=[sim.Workers("Tier 1", shifts=[sim.Shift("Available", "00:00", "02:00")])],
    ...     tasks=[sim.Tasks("call", arrivals=sim.Poisson(60), handle_time="4min")],
    ... )
    >>> staff(desk, per="day").numbers
    {'Tier 1': 7}
    """
    begun = time.perf_counter()
    asked = asking(scenario, service_level=service_level, within=within, interval=interval)
    sure = _read("confidence", _confidence, confidence)
    choice = within_("patterns", lambda: among(asked, _patterns(patterns)))
    trials = Trials(
        scenario=choice.scenario,
        goal=Goal.of(choice.scenario, legend(choice.scenario), per),
        replications=_read("replications", _replications, replications),
        seed=_read("seed", check_seed, seed),
        executor=check_where(executor),
    )
    found, prices = coverage(choice.scenario, trials.seed), _prices(asked, cost)[list(choice.origin)]
    search = Search(trials, found, found.hours * prices, choice.numbers)
    search.run()
    checked = _confirmed(search)
    return _answer(search, checked, choice, Asked(asked, sure, per, time.perf_counter() - begun))


def _patterns(given: object) -> ShiftPatterns | None:
    if given is not None and not isinstance(given, ShiftPatterns):
        raise InputError(f"must be shift patterns, {not_given(given)}")
    return given


def _read(name: str, convert: Callable[[object], T], value: object) -> T:
    return within_(name, lambda: convert(value))


def _prices(scenario: Scenario, cost: Mapping[str, float] | None) -> Floats:
    """Return what an hour of a worker of each group costs."""
    names = [group.friendly_name for group in scenario.groups]
    if cost is None:
        return within_("costs", lambda: _own_prices(scenario))
    for name in cost:
        if name not in names:
            raise unknown(name, names).inside("cost")
    for name in names:
        if name not in cost:
            raise InputError("is required: what an hour of each group costs", "cost", name)
    return np.array(within_("cost", lambda: [_read(name, _price, cost[name]) for name in names]))


def _own_prices(scenario: Scenario) -> Floats:
    """Return what the scenario's costs say of an hour of each group on shift; 1 where they say nothing."""
    costs = scenario.costs or Costs()
    prices = np.array([costs.of_shift_hour(group.per_hour) for group in scenario.groups])
    if not prices.any():
        return np.ones(len(prices))
    if not prices.all():
        free = scenario.groups[int(np.argmin(prices))].friendly_name
        raise InputError(f"must be above 0 for every group where it is for one, and is 0 for {free!r}", "per_hour")
    return prices


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


@attrs.frozen(eq=False)
class Asked:
    """What was asked for: a *scenario*, the *confidence*, *per* what, and the *seconds* that it took."""

    scenario: Scenario
    confidence: float
    per: str
    seconds: float


def _answer(search: Search, checked: Checked, choice: Choice, asked: Asked) -> Staffing:
    trials, goal = search.trials, search.trials.goal
    parts = (goal.by_cell(checked.served), goal.by_cell(checked.counting))
    levels = levels_table(goal, *parts, asked.confidence)
    done = choice.chosen(checked.numbers)
    said = statement(levels, asked.confidence, replications=len(checked.served), per=asked.per)
    return Staffing(
        numbers={group.friendly_name: len(group.names) for group in done.groups},
        cost=search.price(checked.numbers),
        levels=levels,
        table=_table(search, checked, choice, asked),
        scenario=done,
        confidence=asked.confidence,
        statement=f"{said}. {_found(search, asked.seconds)}",
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


def _table(search: Search, checked: Checked, choice: Choice, asked: Asked) -> pd.DataFrame:
    """Return the columns of ``staffing.csv``: a row for each interval and group that was given."""
    seed, scenario = search.trials.seed, asked.scenario
    everybody = available(counted(choice.scenario, checked.numbers), seed)
    scheduled = available(scenario, seed)
    required = np.zeros_like(scheduled)
    np.add.at(required, list(choice.origin), everybody)
    tables = []
    for group in dict.fromkeys(choice.origin):
        able = search.coverage.places[choice.origin.index(group), search.trials.goal.types] > 0
        parts = (checked.served[:, :, able].sum(axis=2), checked.counting[:, :, able].sum(axis=2))
        there = (required[group], scheduled[group])
        tables.append(rows_of(scenario, group, there, estimates.ratio(*parts, asked.confidence)))
    return pd.concat(tables, ignore_index=True).sort_values("interval_start", kind="stable", ignore_index=True)
