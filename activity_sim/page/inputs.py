"""The inputs on a page: the scenario as tables and as a file, and where the figures come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pandas as pd

from activity_sim.analysis import describe
from activity_sim.errors import InputError
from activity_sim.files import toml
from activity_sim.log import Legend
from activity_sim.model.scenario import Scenario
from activity_sim.page.answer import MEANINGS
from activity_sim.page.cells import Table, plain, threshold

LONGEST = 40_000
"""A scenario file of more characters is not shown."""


@attrs.frozen
class Inputs:
    """What a scenario says: one line, tables, and the scenario *file* as text where it can be shown."""

    name: str
    heading: str
    tables: list[Table]
    file: str
    notes: list[str]


def inputs(name: str, scenario: Scenario, legend: Legend) -> Inputs:
    """Return the inputs of *scenario*, called *name* on the page."""
    found = list(_tables(name, scenario, legend))
    return Inputs(name, describe.heading(scenario), found, _file(scenario), describe.notes(scenario))


def _tables(name: str, scenario: Scenario, legend: Legend) -> Iterator[Table]:
    yield plain("groups", f"Workers of {name}", describe.groups_table(scenario))
    if scenario.tasks:
        yield plain("tasks", f"Tasks of {name}", describe.tasks_table(scenario))
        yield plain("targets", f"Service levels of {name}", _targets(legend))


def _targets(legend: Legend) -> pd.DataFrame:
    rows = [
        {
            "tasks": name,
            "within": threshold(level.within),
            "target": f"{100 * level.target:g} %",
            "counts": MEANINGS[level.definition],
        }
        for name, level in zip(legend.task_types, legend.service_levels, strict=True)
    ]
    return pd.DataFrame(rows)


def _file(scenario: Scenario) -> str:
    """Return the scenario file, files that it refers to by their names only; nothing where it has no words for it."""
    try:
        text = toml(_named(scenario.written()))
    except InputError:
        return ""
    return text if len(text) <= LONGEST else ""


def _named(value: Any) -> Any:
    if isinstance(value, Path):
        return value.name
    if isinstance(value, Mapping):
        return {key: _named(item) for key, item in value.items()}
    return [_named(item) for item in value] if isinstance(value, list) else value


PROVENANCE = (
    *("scenario", "scenario_digest", "alternatives", "seed", "replications", "engine", "confidence"),
    *("horizon_seconds", "warm_up_seconds", "interval_seconds", "versions"),
)


def provenance(described: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the provenance by name, as ``run.json`` has it."""
    found = []
    for key in PROVENANCE:
        value = described.get(key)
        pairs = value.items() if isinstance(value, Mapping) else [("", value)] if value is not None else []
        found += [(f"{key.replace('_', ' ')} {name}".strip(), _said(each)) for name, each in pairs]
    return found


def _said(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
