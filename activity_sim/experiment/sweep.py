"""Sweeps: every combination of some changes to a scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from activity_sim.analysis.estimates import interval
from activity_sim.analysis.metrics import Metric
from activity_sim.errors import InputError, not_given, unknown, within
from activity_sim.experiment.pool import Where, check_where, chosen_for
from activity_sim.experiment.priced import metrics_for
from activity_sim.experiment.runner import seconds_for
from activity_sim.experiment.running import quietly
from activity_sim.experiment.study import Study
from activity_sim.model.reading import whole
from activity_sim.model.scenario import Scenario

Change = Callable[[Scenario], Scenario]
SWEPT = ("service_level", "abandoned_share", "wait_mean", "occupancy")
"""The metrics of a sweep where none are named, beside the cost where the scenario has costs."""
COLUMNS = ("metric", "subject", "value", "low", "high")
FACTORS = {"volume": Scenario.with_volume, "handle_time": Scenario.with_handle_time}
_size = whole(0, 100_000)


def sweep(
    scenario: Scenario,
    changes: Mapping[str, Iterable[Any] | Mapping[str, Change]],
    *,
    replications: int = 20,
    seed: int = 1,
    metrics: Iterable[str] | None = None,
    engine: str = "auto",
    executor: Where = None,
) -> pd.DataFrame:
    """Simulate every combination of *changes* to *scenario*, and return the metrics of each as a tidy table.

    The key of a change is a group of workers, with numbers of workers to try; ``"volume"`` or ``"handle_time"``, with
    factors; or any name, with what-ifs by name: functions from a scenario to a scenario. The table has a column for
    each key, then *metric*, *subject*, *value*, and *low* and *high*, the ends of its 95 % interval. All combinations
    have the same random numbers.

    Raises :exc:`~activity_sim.errors.InputError` for a key that is none, or a change that cannot be made.

    >>> import activity_sim as sim
    >>> day = Scenario(horizon="8h", workers=[sim.Workers("A", count=2)], tasks=[{"arrivals": {"per_hour": 9},
    ...                "handle_time": "4min"}])
    >>> sweep(day, {"A": [2, 3], "volume": [1, 1.1]}, replications=2, metrics=["offered"])["A"].tolist()
    [2, 2, 2, 2, 3, 3, 3, 3]
    """
    chosen = metrics_for(metrics, SWEPT, [scenario])
    options = {key: within(key, partial(_options, scenario, key, given)) for key, given in changes.items()}
    points = [
        (dict(zip(options, labels, strict=True)), _changed(scenario, options, labels))
        for labels in product(*options.values())
    ]
    where = chosen_for(check_where(executor), len(points) * seconds_for(scenario, replications, engine))
    run = partial(quietly, replications=replications, seed=seed, engine=engine, executor=where)
    return pd.concat([_rows(point, run(changed), chosen) for point, changed in points], ignore_index=True)


def _options(scenario: Scenario, key: str, given: Iterable[Any] | Mapping[str, Change]) -> dict[Any, Change]:
    """Return the changes of one *key* by what they are called in the table."""
    groups = [group.friendly_name for group in scenario.groups]
    if key in COLUMNS:
        raise InputError(f"must have another name than {', '.join(COLUMNS)}, which are columns of the table")
    if not isinstance(given, Iterable) or isinstance(given, str):
        raise InputError(f"must have a list of values, or what-ifs by name, {not_given(given)}")
    if isinstance(given, Mapping):
        options = dict(given)
    elif key in (*FACTORS, *groups):
        change = _by_factor if key in FACTORS else _sized
        options = {value: partial(change, key, value) for value in map(_plain, given)}
    else:
        raise unknown(key, [*groups, *FACTORS])
    if not options:
        raise InputError("must have at least one value")
    return options


def _plain(value: Any) -> Any:
    """Return a number of numpy's as one of Python's."""
    return value.item() if isinstance(value, np.generic) else value


def _sized(group: str, size: int, scenario: Scenario) -> Scenario:
    """Return *scenario* with a *group* of that *size*, whatever changes before this one have made of it."""
    count = next(one.count for one in scenario.groups if one.friendly_name == group)
    return scenario.with_workers(group, _size(size) - count)


def _by_factor(key: str, factor: float, scenario: Scenario) -> Scenario:
    return FACTORS[key](scenario, factor)


def _changed(scenario: Scenario, options: Mapping[str, Mapping[Any, Change]], labels: Iterable[Any]) -> Scenario:
    for (key, changes), label in zip(options.items(), labels, strict=True):
        scenario = within(key, partial(changes[label], scenario))
    return scenario


def _rows(point: Mapping[str, Any], study: Study, metrics: Iterable[Metric]) -> pd.DataFrame:
    tables = []
    for metric in metrics:
        value, low, high = interval(metric.linear(study))
        rows = {"metric": metric.name, "subject": metric.subjects(study.legend), "value": value}
        tables.append(pd.DataFrame({**rows, "low": low, "high": high}))
    table = pd.concat(tables, ignore_index=True)
    for place, (key, label) in enumerate(point.items()):
        table.insert(place, key, [label] * len(table))
    return table
