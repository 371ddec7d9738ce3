"""Requirements: how many workers the tasks of each interval need, and how many have to be scheduled for that."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis.intervals import Intervals, intervals
from activity_sim.drawing import Prepared, check_seed, prepare
from activity_sim.errors import ActivitySimWarning, InputError, not_given, unknown, within
from activity_sim.experiment.running import check_replications
from activity_sim.formulas import checks
from activity_sim.model.reading import above_zero
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Target
from activity_sim.planning.demand import Demand, demands, target_of
from activity_sim.planning.formula import Required, by_erlang_a, by_erlang_c
from activity_sim.planning.shrinkage import Attendance, attendance
from activity_sim.planning.simulated import Simulated, by_simulation
from activity_sim.units import DAY, Calendar, Duration, duration

Floats = NDArray[np.float64]
FORMULAS: Mapping[str, Callable[[Demand, Target], Required]] = {"erlang_a": by_erlang_a, "erlang_c": by_erlang_c}
SIMULATION = "simulation"
REPLICATIONS = 200
CLOSE = 1e-9
"""A share of time that is nothing but rounding."""


def required(
    scenario: Scenario,
    *,
    service_level: float | None = None,
    within: object = None,
    interval: object = None,
    method: str = "erlang_a",
    replications: int | None = None,
    seed: int = 1,
) -> pd.DataFrame:
    """Return how many workers the tasks of each interval of *scenario* need so that its service level is met.

    A *pool* is what shares workers: task types whose first targets the same workers serve; it has the name of their
    queues. The share *service_level* of its tasks is to be answered *within* so long; each is the scenario's, or that
    of the pool's commonest task type, where it is None. An *interval* divides the day; None is the scenario's.

    *method* is a formula, ``"erlang_a"`` (tasks with patience abandon) or ``"erlang_c"`` (nobody does), which takes
    each interval by itself; or ``"simulation"``, which finds one interval after the other what it takes, with what the
    last one has left behind, from so many *replications* (200 where None) under *seed*. ``required`` are workers in
    available activities. ``shrinkage`` is the share of the scheduled time in which the pool's workers are not in one,
    from the agendas of the scenario, drawn under *seed* where they depend on chance; ``heads``, the workers to
    schedule, are so many more. ``gap`` is ``scheduled`` less ``heads``: negative where workers are missing.

    Raises :exc:`~activity_sim.errors.InputError` for another method, for a horizon that is not a number of whole
    intervals, for tasks that no worker can take, and where a service level cannot be reached at all.

    >>> from activity_sim.model.workers import Workers
    >>> tasks = [{"arrivals": {"per_hour": 200}, "handle_time": {"distribution": "exponential", "mean": "3min"}}]
    >>> table = required(Scenario(horizon="1h", workers=[Workers("A", count=12)], tasks=tasks))
    >>> table[["offered", "load", "required", "heads"]].values.tolist()
    [[100.0, 10.0, 14.0, 14.0], [100.0, 10.0, 14.0, 14.0]]
    """
    count = _check(method, replications, seed)
    prepared = prepare(scenario)
    found = demands(prepared, intervals_of(prepared, interval))
    targets = [_target(prepared, demand, service_level, within) for demand in found]
    _warn_of_mixed(found)
    needed = list(map(partial(_needed, prepared, method=method, replications=count, seed=seed), found, targets))
    parts = [_rows(prepared, *each, seed) for each in zip(found, needed, strict=True)]
    return pd.concat(parts, ignore_index=True)


def _check(method: str, replications: int | None, seed: int) -> int:
    """Check how it is to be done, and return the number of replications."""
    if method not in (*FORMULAS, SIMULATION):
        raise unknown(method, (*FORMULAS, SIMULATION)).inside("method")
    if replications is not None and method != SIMULATION:
        raise InputError(f"must not be given with a formula, {method!r}", "replications")
    within("seed", lambda: check_seed(seed))
    return within("replications", lambda: check_replications(REPLICATIONS if replications is None else replications))


def _needed(
    prepared: Prepared, demand: Demand, target: Target, *, method: str, replications: int, seed: int
) -> Required:
    if method == SIMULATION:
        return by_simulation(prepared, demand, target, replications=replications, seed=seed)
    return FORMULAS[method](demand, target)


def _warn_of_mixed(found: Sequence[Demand]) -> None:
    for demand in found:
        if not demand.pool.alike:
            text = "some workers can take some of the tasks only, and the requirement is as if all could take all"
            warnings.warn(f"{demand.pool.name}: {text}", ActivitySimWarning, stacklevel=3)


def intervals_of(prepared: Prepared, interval: object = None) -> Intervals:
    """Return the intervals of the whole run of a scenario: of the length *interval*, the scenario's where None.

    Raises :exc:`~activity_sim.errors.InputError` where it does not divide the day, or the run is not whole intervals.
    """
    calendar = prepared.scenario.calendar
    length = within("interval", lambda: _interval(prepared.scenario.interval if interval is None else interval))
    spans = intervals(attrs.evolve(prepared.legend, interval=length, warm_up=0))
    for name, moment in (("start", 0), ("horizon", calendar.horizon)):
        if not _is_border(calendar, length, moment):
            rule = f"must leave whole intervals of {length}"
            raise InputError(f"{rule}, and {calendar.local(moment):%Y-%m-%d %H:%M:%S} is no border of one", name)
    return spans


def _interval(value: object) -> Duration:
    length = above_zero(value)
    if DAY % length:
        raise InputError(f"must divide the day, such as '15min', '30min' or '1h', {not_given(value)}")
    return length


def _is_border(calendar: Calendar, length: Duration, moment: int) -> bool:
    borders = attrs.evolve(calendar, horizon=calendar.horizon + 1).borders(length)
    return bool(np.isin(moment, borders))


def _target(prepared: Prepared, demand: Demand, service_level: float | None, within_: object) -> Target:
    """Return what is asked for of a pool."""
    own = target_of(prepared, demand)
    if service_level is not None:
        own = attrs.evolve(own, target=float(checks.called("service_level", checks.share, service_level)))
    return own if within_ is None else attrs.evolve(own, within=within("within", lambda: duration(within_)))


def _rows(prepared: Prepared, demand: Demand, found: Required, seed: int) -> pd.DataFrame:
    there = attendance(prepared, demand.pool.places > 0, demand.spans, seed=seed)
    heads = heads_for(found.workers, there)
    columns = {
        "interval_start": demand.spans.starts,
        "pool": demand.pool.name,
        "offered": demand.offered,
        "load": demand.load,
        "required": found.workers,
        "shrinkage": there.shrinkage,
        "heads": heads,
        "scheduled": there.scheduled,
        "gap": there.scheduled - heads,
        "service_level": found.service_level,
    }
    bounds = {"service_level_low": found.low, "service_level_high": found.high} if isinstance(found, Simulated) else {}
    return pd.DataFrame(columns | bounds)


def heads_for(workers: NDArray[np.int64], there: Attendance) -> Floats:
    """Return how many to schedule so that *workers* are available: NaN where all who are scheduled are away."""
    present = 1 - there.shrinkage
    enough = np.divide(workers, present, out=np.full(len(present), np.nan), where=present > CLOSE)
    return np.where(workers > 0, np.ceil(enough - CLOSE), 0.0)
