"""Sensitivity: which input of a scenario matters most to a figure."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import attrs
import numpy as np
import pandas as pd

from activity_sim.analysis.metrics import column, metric_called
from activity_sim.drawing import legend
from activity_sim.errors import ActivitySimWarning, InputError, within
from activity_sim.experiment.comparison import compare
from activity_sim.experiment.pool import Where
from activity_sim.model.distributions import Constant
from activity_sim.model.reading import number, scaled
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Tasks
from activity_sim.model.workers import Workers
from activity_sim.units import Duration

Change = Callable[[Scenario, float], Scenario]
MOVED = 15
"""Shifts are moved by so many minutes."""
OF_TASKS = ("wrap_up_time", "patience", "response")
_share = number(0, 0.9, above=True)


def sensitivity(
    scenario: Scenario,
    *,
    metric: str = "service_level",
    subject: str | None = None,
    change: float = 0.1,
    replications: int = 20,
    seed: int = 1,
    engine: str = "auto",
    executor: Where = None,
) -> pd.DataFrame:
    """Change every input of *scenario* by itself, down and up, and rank the inputs by what that does to *metric*.

    Volumes, times and probabilities change by the share *change*, numbers of workers by as much but at least one,
    capacities by one, shifts move by a quarter of an hour. The table has two rows an input, the most influential
    first: *input*, *change*, the metric of *subject* (of all together by default) as *baseline* and *alternative*, the
    *difference* with its interval, p-value and verdict, adjusted for all rows. An input that cannot be changed so is
    left out, with a warning. :func:`activity_sim.plots.tornado` draws the table.

    Raises :exc:`~activity_sim.errors.InputError` for a metric or a subject that is none.

    >>> import activity_sim as sim
    >>> day = Scenario(horizon="8h", workers=[sim.Workers("A", count=2)], tasks=[{"arrivals": {"per_hour": 9},
    ...                "handle_time": "4min"}])
    >>> sensitivity(day, metric="offered", replications=2)["input"].unique().tolist()
    ['Tasks: volume', 'Tasks: handle_time', 'A: workers']
    """
    share = within("change", lambda: _share(change))
    column(metric_called(metric), legend(scenario), subject)
    alternatives = dict(_alternatives(scenario, share))
    found = compare(
        scenario,
        {f"{name} {label}": changed for (name, label), changed in alternatives.items()},
        metrics=[metric],
        replications=replications,
        seed=seed,
        engine=engine,
        executor=executor,
    ).table
    rows = found[found["subject"] == (subject or "all")].drop(columns=["scenario", "metric", "subject"])
    rows.insert(0, "input", [name for name, _ in alternatives])
    rows.insert(1, "change", [label for _, label in alternatives])
    return _ranked(rows)


def _ranked(rows: pd.DataFrame) -> pd.DataFrame:
    influence = rows["difference"].abs().groupby(rows["input"]).transform("max")
    order = np.argsort(-influence.to_numpy(), kind="stable")  # where there is no figure, last
    return rows.iloc[order].reset_index(drop=True)


def _alternatives(scenario: Scenario, share: float) -> Iterator[tuple[tuple[str, str], Scenario]]:
    """Yield each input and what is done to it, with the scenario in which that is done."""
    seen: Counter[str] = Counter()
    for called, labels, change in _inputs(scenario, share):
        seen[called] += 1
        name = called if seen[called] == 1 else f"{called} ({seen[called]})"
        try:
            yield from [((name, label), change(scenario, sign)) for label, sign in zip(labels, (-1, 1), strict=True)]
        except InputError as error:
            warnings.warn(f"{name} is left out: {error}", ActivitySimWarning, stacklevel=2)


def _inputs(scenario: Scenario, share: float) -> Iterator[tuple[str, tuple[str, str], Change]]:
    """Yield the name of each input, what both changes of it are called, and the change, by its sign."""
    percent = (f"-{100 * share:g} %", f"+{100 * share:g} %")
    rostered = set(scenario.roster.workers if scenario.roster else ())
    for tasks in scenario.tasks:
        for name, change in _of_tasks(tasks):
            yield f"{tasks.friendly_name}: {name}", percent, partial(_by_share, change, share)
    for group in scenario.groups:
        size = max(round(group.count * share), 1)
        yield f"{group.friendly_name}: workers", (f"-{size}", f"+{size}"), partial(_sized, group.friendly_name, size)
        for channel, most in group.channels.items():
            yield f"{group.friendly_name}: {channel}", ("-1", "+1"), partial(_held, group.friendly_name, channel, most)
        if group.shifts or group.roster or rostered & set(group.names):
            labels = (f"-{MOVED} min", f"+{MOVED} min")
            yield f"{group.friendly_name}: shifts", labels, partial(_moved, group.friendly_name)
        for name, change in _of_group(group):
            yield f"{group.friendly_name}: {name}", percent, partial(_by_share, change, share)


def _by_share(change: Change, share: float, scenario: Scenario, sign: float) -> Scenario:
    return change(scenario, 1 + sign * share)


def _sized(group: str, size: int, scenario: Scenario, sign: float) -> Scenario:
    return scenario.with_workers(group, round(sign * size))


def _held(group: str, channel: str, size: int, scenario: Scenario, sign: float) -> Scenario:
    def change(group: Any) -> dict[str, Any]:
        return {"channels": {**group.channels, channel: max(size + round(sign), 0)}}

    return _replaced(scenario, "workers", group, change)


def _moved(group: str, scenario: Scenario, sign: float) -> Scenario:
    return scenario.with_shift_moved(group, f"{'-' if sign < 0 else '+'}{MOVED}min")


def _of_tasks(tasks: Tasks) -> Iterator[tuple[str, Change]]:
    name = tasks.friendly_name
    yield "volume", lambda scenario, factor: scenario.with_volume(factor, for_tasks=name)
    yield "handle_time", lambda scenario, factor: scenario.with_handle_time(factor, for_tasks=name)
    for key in (*OF_TASKS, "reject_probability"):
        if getattr(tasks, key) not in (None, 0, Constant(Duration(0))):
            yield key, partial(_evolved, "tasks", name, key)


def _of_group(group: Workers) -> Iterator[tuple[str, Change]]:
    name = group.friendly_name
    for key in ("absence", "recovery"):
        if getattr(group, key):
            yield key, partial(_evolved, "workers", name, key)
    for key, parts in (("breaks", ("lasts",)), ("interruptions", ("every", "lasts"))):
        for place, entry in enumerate(getattr(group, key)):
            for part in parts:
                yield f"{entry.activity} {part}", partial(_entry, name, key, place, part)
    for activity in group.routine.stay if group.routine else ():
        yield f"{activity} stay", partial(_stay, name, activity)


def _evolved(key: str, name: str, field: str, scenario: Scenario, factor: float) -> Scenario:
    """Return *scenario* with one field of what is called *name* under *key* so many times as large."""
    return _replaced(scenario, key, name, lambda value: {field: _larger(getattr(value, field), factor)})


def _entry(name: str, key: str, place: int, part: str, scenario: Scenario, factor: float) -> Scenario:
    def change(group: Any) -> dict[str, Any]:
        entries = list(getattr(group, key))
        entries[place] = attrs.evolve(entries[place], **{part: _larger(getattr(entries[place], part), factor)})
        return {key: entries}

    return _replaced(scenario, "workers", name, change)


def _stay(name: str, activity: str, scenario: Scenario, factor: float) -> Scenario:
    def change(group: Any) -> dict[str, Any]:
        stays = {**group.routine.stay, activity: _larger(group.routine.stay[activity], factor)}
        return {"routine": attrs.evolve(group.routine, stay=stays)}

    return _replaced(scenario, "workers", name, change)


def _replaced(scenario: Scenario, key: str, name: str, change: Callable[[Any], dict[str, Any]]) -> Scenario:
    values = [
        attrs.evolve(value, **change(value)) if value.friendly_name == name else value
        for value in getattr(scenario, key)
    ]
    return attrs.evolve(scenario, **{key: values})


def _larger(value: Any, factor: float) -> Any:
    """Return a duration, a law of durations or a probability, *factor* times as large."""
    return min(value * factor, 1.0) if isinstance(value, float) else scaled(value, factor)
