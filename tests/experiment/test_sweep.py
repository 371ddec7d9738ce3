"""A sweep is the studies of its combinations, one after the other, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import activity_sim as sim
from activity_sim.analysis.metrics import METRICS
from activity_sim.errors import InputError

REPLICATIONS = 6
SHIFT = sim.Shift("Available", "08:00", "12:00")
DAY = sim.Scenario(
    horizon="13h",
    workers=[sim.Workers("A", count=4, shifts=[SHIFT]), sim.Workers("B", count=2, shifts=[SHIFT])],
    tasks=[
        sim.Tasks(
            name,
            arrivals=sim.Rates([["08:00", 40], ["12:00", 0]]),
            handle_time=sim.Exponential("3min"),
            patience=sim.Exponential("2min"),
        )
        for name in ("call", "mail")
    ],
)
METRIC_NAMES = ["service_level", "abandoned_share", "wait_mean", "wait_p90", "offered", "occupancy", "share"]
SUBJECTS = {"task_summary": "task_type", "occupancy": "worker_group", "time_by_activity": "friendly_name"}


def sweep(changes: Mapping[str, Any], **more: Any) -> Any:
    return sim.sweep(DAY, changes, **{"replications": REPLICATIONS, "executor": 1} | more)


@pytest.mark.filterwarnings("ignore:the intervals of:activity_sim.errors.ActivitySimWarning")
def test_every_row_is_that_of_a_study_of_its_own() -> None:
    what_ifs = {"as it is": lambda day: day, "training": lambda day: day.with_activity("Training", minutes_per_day=20)}
    changes = {"A": [3, 5], "volume": [0.9, 1.2], "handle_time": [1.1], "plan": what_ifs}
    table = sweep(changes, metrics=METRIC_NAMES)
    assert table.columns.tolist() == [*changes, "metric", "subject", "value", "low", "high"]
    points = table[list(changes)].drop_duplicates().itertuples(index=False, name=None)
    expected = [(size, times, 1.1, plan) for size in (3, 5) for times in (0.9, 1.2) for plan in what_ifs]
    assert list(points) == expected
    for size, times, longer, plan in expected:
        changed = what_ifs[plan](DAY.with_workers("A", size - 4).with_volume(times).with_handle_time(longer))
        study = sim.replicate(changed, replications=REPLICATIONS, executor=1)
        mine = table[(table["A"] == size) & (table["volume"] == times) & (table["plan"] == plan)]
        for name in METRIC_NAMES:
            report = study.table(METRICS[name].report)
            rows = mine[mine["metric"] == name]
            assert rows["subject"].tolist() == report[SUBJECTS[METRICS[name].report]].tolist()
            assert rows["value"].to_numpy() == pytest.approx(report[name].to_numpy(), rel=1e-12, nan_ok=True)
            assert (rows["low"] <= rows["value"]).all()
            assert (rows["value"] <= rows["high"]).all()
            if name not in ("offered", "wait_p90"):
                ends = report[[f"{name}_low", f"{name}_high"]].to_numpy()
                cut = np.clip(rows[["low", "high"]].to_numpy(), 0, np.inf if name == "wait_mean" else 1)
                assert cut == pytest.approx(ends, rel=1e-9)


def test_all_combinations_have_the_same_random_numbers() -> None:
    table = sweep({"A": [3, 4, 9], "B": [2]}, metrics=["offered"])
    assert table.groupby("subject")["value"].nunique().max() == 1
    assert not table["value"].equals(sweep({"A": [3, 4, 9], "B": [2]}, metrics=["offered"], seed=2)["value"])


def test_a_number_of_workers_is_what_there_are_whatever_came_before() -> None:
    more = {"two more": lambda day: day.with_workers("A", 2)}
    first, second = (sweep(changes, metrics=["occupancy"]) for changes in ({"hire": more, "A": [3]}, {"A": [3]}))
    assert first["value"].tolist() == second["value"].tolist()


@pytest.mark.parametrize("values", [range(3, 5), np.arange(3, 5), (n for n in (3, 4)), {3: 1, 4: 1}.keys()])
def test_values_come_in_anything_that_can_be_gone_through(values: Any) -> None:
    table = sweep({"A": values}, metrics=["offered"], replications=1)
    assert table["A"].unique().tolist() == [3, 4]
    assert np.isnan(table["low"]).all()


def test_without_changes_there_is_the_scenario_itself() -> None:
    table = sweep({})
    assert table["metric"].unique().tolist() == ["service_level", "abandoned_share", "wait_mean", "occupancy"]
    assert len(table) == 12


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"volum": [1]},
            "volum: must be one of 'A', 'B', 'volume', 'handle_time', not 'volum'; the nearest is 'volume'",
        ),
        ({"A": []}, "A: must have at least one value"),
        ({"plan": {}}, "plan: must have at least one value"),
        ({"A": 3}, "A: must have a list of values, or what-ifs by name, not 3"),
        ({"A": "34"}, "A: must have a list of values"),
        ({"A": [3.5]}, "A: must be a whole number from 0 to 100000, not 3.5"),
        ({"A": ["many"]}, "A: must be a whole number from 0"),
        ({"A": [-1]}, "A: must be a whole number from 0"),
        ({"A": [0], "B": [0]}, "workers: is required: at least one worker"),
        ({"volume": [0]}, "volume.factor: must be a number above 0"),
        ({"volume": ["twice"]}, "volume.factor: must be a number above 0"),
        ({"plan": {"wrong": lambda day: day.with_workers("C", 1)}}, "plan.group: must be one of 'A', 'B', not 'C'"),
        ({"metric": {"as it is": lambda day: day}}, "metric: must have another name than metric, subject, value"),
    ],
)
def test_what_cannot_be_swept_is_refused(changes: Mapping[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sweep(changes)


def test_metrics_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="metrics: must be at least one"):
        sweep({"A": [3]}, metrics=[])
    with pytest.raises(InputError, match="the nearest is 'wait_mean'"):
        sweep({"A": [3]}, metrics=["wait_men"])
