"""Intraday: a day that has begun, with what has come so far, and a forecast of the rest that has learned from it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import attrs
import numpy as np
import pandas as pd

from activity_sim.errors import ActivitySimWarning, InputError, not_given, unknown, within
from activity_sim.experiment.pools import expected_upto
from activity_sim.model.arrivals import Counts, Random, Trace, instants
from activity_sim.model.distributions import Constant, Distribution, Erlang, Exponential, Gamma
from activity_sim.model.reading import number
from activity_sim.model.resumed import Resumed
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Tasks
from activity_sim.planning.ending import ended, moment_of
from activity_sim.units import SECOND, Calendar, Duration, duration

GAMMA = (Gamma, Erlang, Exponential)
"""The distributions that are gamma laws."""
ROWS = ("handle_time", "patience", "priority", "attributes")


def intraday(
    scenario: Scenario,
    actuals: object,
    *,
    at: object,
    factor: float | None = None,
    until: Mapping[str, object] | None = None,
) -> Scenario:
    """Return *scenario* as the day stands at the time *at*: what came until then is known, the rest is expected.

    *at* is a clock time of the first day (``"+1 11:00"`` of the next), or a datetime. *actuals* has what came, by the
    name of the task type; where only one type has a forecast, it may be that alone. What came is a list of times
    (datetimes, or durations since the start), a :class:`~activity_sim.Trace`, a series of whole counts by the start of
    their interval, or :class:`~activity_sim.Counts`. What lies at or after *at* is left out. Task types whose arrivals
    are a trace or regular have no forecast, and stay as they are.

    A trace comes in every replication as it was; of counts, so many come at random in each interval. From *at* on tasks
    come as the forecast says, with a busyness that has learned from the morning: where it was a gamma law, it is that
    given what came, by :func:`posterior`; where it was constant or none, it stays. A *factor* takes its place: so many
    times what was forecast comes in the rest of the day.

    *until* has when workers go home, by their names: times as *at*, and *at* itself where they are not there any more.
    The shift that each is in, or that comes next, ends then, sooner or later than planned.

    Raises :exc:`~activity_sim.errors.InputError` for a time outside the run, for actuals that are missing, not whole,
    or end before *at*, for a busyness of another law, where both the scenario and a task type have one that varies, and
    for workers without a shift of their group.

    >>> import activity_sim as sim
    >>> call = sim.Tasks("call", arrivals=sim.Poisson(60), handle_time="4min", busyness=sim.Gamma(1.0, 0.2))
    >>> day = sim.Scenario(start="2026-11-23T08:00:00", horizon="8h", workers=[sim.Workers(count=5)], tasks=[call])
    >>> now = intraday(day, [sim.units.duration(40 * n) for n in range(180)], at="10:00")
    >>> now.tasks[0].busyness.mean / 1e6
    1.413793
    """
    now = within("at", lambda: _moment(scenario.calendar, at))
    forecasts = _forecasts(scenario)
    given = within(
        "actuals", lambda: _by_type(actuals, list(forecasts), [each.friendly_name for each in scenario.tasks])
    )
    resumed = {
        name: within(f"actuals[{name!r}]", partial(_resumed, scenario, forecasts[name], value, now))
        for name, value in given.items()
    }
    tasks = [
        attrs.evolve(each, arrivals=resumed[each.friendly_name]) if each.friendly_name in resumed else each
        for each in scenario.tasks
    ]
    taken_up = attrs.evolve(within("until", lambda: ended(scenario, until or {}, now)), tasks=tasks)
    return _learned(taken_up) if factor is None else _set(taken_up, within("factor", lambda: _factor(factor)))


_factor = number(0, above=True)


def posterior(prior: Distribution, *, arrived: float, expected: float) -> Gamma:
    """Return the law of the day's factor after so many tasks have *arrived* where it had *expected* others.

    The *prior* is a gamma law of shape a and rate b, and a task count a Poisson number of *expected* times the factor.
    Then the factor has a gamma law of shape a + *arrived* and rate b + *expected* (Gelman and others, Bayesian Data
    Analysis, 3rd edition, section 2.6; for calls and their day's factor Jongbloed and Koole, Managing uncertainty in
    call centres using Poisson mixtures, 2001).

    >>> posterior(Gamma(1.0, 0.5), arrived=12, expected=4)
    Gamma(mean=Duration('2s'), cv=0.25)
    """
    shape = prior.mean**2 / prior.variance
    shape, rate = shape + arrived, shape / (prior.mean / SECOND) + expected
    return Gamma(mean=duration(shape / rate), cv=1 / math.sqrt(shape))


# --- what came ---


def _moment(calendar: Calendar, at: object) -> Duration:
    moment = moment_of(calendar, at)
    if not 0 < moment < calendar.horizon:
        begin, end = (calendar.local(edge).strftime("%Y-%m-%d %H:%M") for edge in (0, calendar.horizon))
        raise InputError(f"must lie within the run, after {begin} and before {end}, {not_given(str(at))}")
    return Duration(moment)


def _forecasts(scenario: Scenario) -> dict[str, Random]:
    """Return the forecasts by task type; those whose arrivals are fixed have none."""
    for tasks in scenario.tasks:
        if isinstance(tasks.arrivals, Resumed):
            rule = "must be those of the day as it was planned, not of one that has been taken up already"
            raise InputError(rule, "scenario", f"tasks ({tasks.friendly_name})", "arrivals")
    return {tasks.friendly_name: tasks.arrivals for tasks in scenario.tasks if isinstance(tasks.arrivals, Random)}


def _by_type(actuals: object, names: Sequence[str], types: Sequence[str]) -> Mapping[str, object]:
    """Return what came by task type: something for each of *names*, which are those of *types* with a forecast."""
    if not names:
        raise InputError("need a task type with a forecast, and there is none")
    if not isinstance(actuals, Mapping):
        if len(names) > 1:
            raise InputError(f"must be a table with an entry for each of {', '.join(map(repr, names))}")
        return {names[0]: actuals}
    for name in actuals:
        if name in types and name not in names:
            raise InputError("must not be given: these arrivals are no forecast, and stay as they are", f"[{name!r}]")
        if name not in names:
            raise unknown(name, names)
    for name in names:
        if name not in actuals:
            raise InputError(f"must have an entry for {name!r} too; an empty list says that none came")
    return actuals


def _resumed(scenario: Scenario, forecast: Random, value: object, now: Duration) -> Resumed:
    given = _read(value)
    if isinstance(given, Counts):
        _, width = given.starts(scenario.calendar, scenario.interval)
        return Resumed(_counts_until(scenario, given, now), forecast, now, Duration(width))
    return Resumed(_trace_until(scenario, given, now), forecast, now)


def _read(value: object) -> Trace | Counts:
    """Read what came of a task type."""
    if isinstance(value, Trace | Counts):
        return value
    if isinstance(value, pd.Series) and pd.api.types.is_numeric_dtype(value):
        return Counts(tuple(_time(place, time) for place, time in enumerate(value.index)), value.tolist())
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping | pd.DataFrame):
        rule = "must be a list of times, a series of counts by their interval's start, a Trace or Counts"
        raise InputError(f"{rule}, {not_given(value)}")
    return Trace(tuple(_time(place, time) for place, time in enumerate(value)))


def _time(place: int, value: Any) -> datetime | Duration:
    if isinstance(value, datetime) and value == value:
        return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
    try:
        return duration(value)
    except InputError:
        rule = "must be a datetime, or a duration since the start"
        raise InputError(f"{rule}, {not_given(value)}", f"[{place}]") from None


def _trace_until(scenario: Scenario, given: Trace, now: Duration) -> Trace:
    moments = instants(given.times, scenario.calendar)
    chosen = np.flatnonzero((moments >= 0) & (moments < now)).tolist()

    def kept(column: tuple[Any, ...] | None) -> Any:
        return None if column is None else tuple(column[row] for row in chosen)

    return Trace(kept(given.times), **{name: kept(getattr(given, name)) for name in ROWS})


def _counts_until(scenario: Scenario, given: Counts, now: Duration) -> Counts:
    starts, step = given.starts(scenario.calendar, scenario.interval)
    if ((starts < now) & (starts + step > now)).any():
        raise InputError(f"must have an interval that ends at {_clock(scenario, now)}; they are {Duration(step)} long")
    chosen = np.flatnonzero((starts >= 0) & (starts < now)).tolist()
    end = max((int(starts[row]) + step for row in chosen), default=0)
    if end < now:
        until = f"its last interval ends at {_clock(scenario, end)}" if chosen else "none of its intervals is before"
        raise InputError(f"must reach until {_clock(scenario, now)}, and {until}")
    counts = [given.counts[row] for row in chosen]
    for row, count in zip(chosen, counts, strict=True):
        if count != int(count):
            raise InputError(f"must be a whole number of tasks, {not_given(count)}", f"counts[{row}]")
    means = None if given.handle_time is None else tuple(given.handle_time[row] for row in chosen)
    return Counts(tuple(given.times[row] for row in chosen), counts, means)


def _clock(scenario: Scenario, moment: int) -> str:
    return f"{scenario.calendar.local(moment):%Y-%m-%d %H:%M}"


# --- what that says of the rest ---


def _set(scenario: Scenario, factor: float) -> Scenario:
    """Return *scenario* with *factor* times what its forecasts expect on average."""
    tasks = [_times(each, factor * _mean(scenario.busyness)) for each in scenario.tasks]
    return attrs.evolve(scenario, busyness=None, tasks=tasks)


def _times(tasks: Tasks, factor: float) -> Tasks:
    if not isinstance(tasks.arrivals, Resumed):
        return tasks
    total = duration(factor * _mean(tasks.busyness))
    return attrs.evolve(tasks, busyness=None if total == SECOND else Constant(total))


def _learned(scenario: Scenario) -> Scenario:
    """Return *scenario* with a busyness that knows what came."""
    resumed = [tasks for tasks in scenario.tasks if isinstance(tasks.arrivals, Resumed)]
    if not _varies(scenario.busyness):
        common = _mean(scenario.busyness)
        return attrs.evolve(scenario, tasks=[_own(scenario, tasks, common) for tasks in scenario.tasks])
    for tasks in resumed:
        if _varies(tasks.busyness):
            rule = "must not vary where that of the scenario does: what came tells the two apart by no formula"
            raise InputError(f"{rule}; factor says what to expect", f"tasks ({tasks.friendly_name})", "busyness")
    counts = [_came_and_expected(scenario, tasks) for tasks in resumed]
    expected = sum(number * _mean(tasks.busyness) for (_, number), tasks in zip(counts, resumed, strict=True))
    law = _updated(scenario.busyness, sum(came for came, _ in counts), expected)
    return attrs.evolve(scenario, busyness=law)


def _own(scenario: Scenario, tasks: Tasks, common: float) -> Tasks:
    if not isinstance(tasks.arrivals, Resumed) or not _varies(tasks.busyness):
        return tasks
    came, expected = _came_and_expected(scenario, tasks)
    law = within(f"tasks ({tasks.friendly_name})", lambda: _updated(tasks.busyness, came, common * expected))
    return attrs.evolve(tasks, busyness=law)


def _updated(law: Distribution | None, came: float, expected: float) -> Distribution | None:
    """Return what a *law* of the day's factor has become; where nothing was expected, nothing was learned."""
    if not isinstance(law, GAMMA):
        names = ", ".join(kind.name for kind in GAMMA)
        rule = f"must be of a gamma law ({names}), of which it is known what it becomes"
        raise InputError(f"{rule}, {not_given(law)}; factor says what to expect", "busyness")
    return posterior(law, arrived=came, expected=expected) if expected else law


def _came_and_expected(scenario: Scenario, tasks: Tasks) -> tuple[float, float]:
    """Return how many tasks of a type came until now, and how many its forecast expected, busyness aside."""
    arrivals: Any = tasks.arrivals
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ActivitySimWarning)
        curve = within("arrivals", lambda: arrivals.forecast.expected(scenario.calendar, scenario.interval))
    came = len(arrivals.actual.times) if isinstance(arrivals.actual, Trace) else sum(arrivals.actual.counts)
    return came, float(expected_upto(curve, np.array([arrivals.at]))[0])


def _varies(law: Distribution | None) -> bool:
    return law is not None and law.variance > 0


def _mean(law: Distribution | None) -> float:
    return 1.0 if law is None else law.mean / SECOND
