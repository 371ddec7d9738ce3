"""Reports against slow and obvious calculations on the log's rows, and where the answer is known by heart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.analysis.spells import occupied, occupied_by_interval
from activity_sim.log import ABANDONED, ACCEPTED, COMPLETED, OUTCOMES, Log
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import DEFINITIONS
from tests.strategies import scenarios


def rows(log: Log, table: str) -> Iterator[dict[str, int]]:
    columns = log.columns[table]
    for values in zip(*(column.tolist() for column in columns.values()), strict=True):
        yield dict(zip(columns, values, strict=True))


def overlap(start: int, end: int, left: int, right: int) -> int:
    return max(0, min(end, right) - max(start, left))


@settings(max_examples=60)
@given(scenarios())
def test_time_by_interval_splits_spells_at_the_borders(scenario: Scenario) -> None:
    log = sim.simulate(scenario)
    legend, borders = log.legend, [*scenario.calendar.borders(scenario.interval).tolist(), scenario.horizon]
    expected: dict[tuple[int, int], int] = defaultdict(int)
    for row in rows(log, "spells"):
        for number in range(len(borders) - 1):
            left, right = max(borders[number], legend.warm_up), max(borders[number + 1], legend.warm_up)
            expected[number, row["activity"]] += overlap(row["start"], row["end"], left, right)
    table = sim.reports.time_by_interval(log)
    skipped = len(borders) - 1 - len(table) // len(legend.activities)
    for position, found in enumerate(table["total"]):
        number, activity = divmod(position, len(legend.activities))
        assert found == expected[number + skipped, activity] / 1e6


@settings(max_examples=60)
@given(scenarios())
def test_occupancy_counts_each_moment_once(scenario: Scenario) -> None:
    scenario = attrs.evolve(scenario, horizon=min(scenario.horizon.seconds, 60.0), warm_up=0)
    log = sim.simulate(scenario)
    step = 250_000
    ticks = range(step // 2, log.legend.horizon, step)
    held = {row["task"]: row for row in rows(log, "tasks")}
    hands = [(row["worker"], row["created"], _end(log, row, held[row["task"]])) for row in rows(log, "reservations")]
    in_hand = np.array(
        [[any(w == n and a <= t < b for w, a, b in hands) for t in ticks] for n in range(len(log.legend.workers))]
    )
    open_, on = in_hand.copy(), np.ones_like(in_hand)
    for row in rows(log, "spells"):
        during = np.array([row["start"] <= t < row["end"] for t in ticks])
        open_[row["worker"]] |= during & log.legend.available[row["activity"]]
        on[row["worker"]] &= ~(during & (row["activity"] == log.legend.default_activity))
    found = sim.reports.occupancy(log).iloc[-1]
    slack = 2 * step * (len(hands) + len(log.columns["spells"]["start"])) / 1e6
    for column, below in (("occupancy", open_), ("utilisation", on)):
        seconds = below.sum() * step / 1e6
        if seconds > 10 * slack:
            assert found[column] == pytest.approx(in_hand.sum() / below.sum(), abs=slack / seconds)


def _end(log: Log, reservation: dict[str, int], task: dict[str, int]) -> int:
    end = task["completed"] if reservation["status"] == ACCEPTED else reservation["ended"]
    return log.legend.horizon if end < 0 else end


def wait(log: Log, task: dict[str, int]) -> int:
    ends = [time for time in (task["accepted"], task["completed"], log.legend.horizon) if time >= 0]
    return ends[0] - task["arrival"]


@settings(max_examples=60)
@given(scenarios(), st.sampled_from(DEFINITIONS))
def test_the_task_summary_counts_by_hand(scenario: Scenario, definition: str) -> None:
    target = attrs.evolve(scenario.service_level, definition=definition)
    log = sim.simulate(attrs.evolve(scenario, service_level=target))
    table = sim.reports.task_summary(log).set_index("task_type")
    counted = [task for task in rows(log, "tasks") if task["arrival"] >= log.legend.warm_up]
    together = table.loc["all"]
    assert together["offered"] == len(counted)
    for code, name in enumerate(OUTCOMES):
        assert together[name] == sum(task["outcome"] == code for task in counted)
    waits = [wait(log, task) / 1e6 for task in counted]
    accepted = [wait(log, task) / 1e6 for task in counted if task["accepted"] >= 0]
    for column, values in (("wait_mean", waits), ("wait_accepted_mean", accepted)):
        expected = np.mean(values) if values else np.nan
        assert together[column] == pytest.approx(expected, nan_ok=True)
    if waits:
        assert together["wait_p90"] == pytest.approx(np.quantile(waits, 0.9, method="inverted_cdf"))
    assert together["service_level"] == pytest.approx(_service_level(log, counted, target), nan_ok=True)


def _service_level(log: Log, tasks: list[dict[str, int]], target: sim.Target) -> float:
    in_time = [task for task in tasks if wait(log, task) <= target.within]
    answered = [task for task in in_time if task["accepted"] >= 0]
    below = {
        "answered_of_offered": len(tasks),
        "answered_of_answered": sum(task["accepted"] >= 0 for task in tasks),
        "excluding_short_abandons": len(tasks) - sum(task["outcome"] == ABANDONED for task in in_time),
        "served_or_abandoned_within": len(tasks),
    }[target.definition]
    above = len(in_time) if target.definition == "served_or_abandoned_within" else len(answered)
    return above / below if below else float("nan")


def worked() -> Scenario:
    """Two workers from 0 to 100 s, one call every 30 s that takes 20 s: nothing is left to chance."""
    return sim.Scenario(
        horizon="100s",
        interval="30s",
        workers=[sim.Workers("A", count=2, shifts=[sim.Shift("Available", "00:00", "00:01:10")])],
        tasks=[sim.Tasks("call", arrivals=sim.Regular("30s"), handle_time="20s")],
    )


def test_a_case_known_by_heart() -> None:
    log = sim.simulate(worked())
    time = sim.reports.time_by_activity(log).set_index("friendly_name")
    assert time.loc["Available", ["total", "share", "spells", "min", "avg", "max"]].tolist() == [
        150.0, 0.75, 2, 70.0, 75.0, 80.0,
    ]  # fmt: skip
    tasks = sim.reports.task_summary(log).set_index("task_type").loc["call"]
    assert tasks[["offered", "completed", "waiting"]].tolist() == [3, 2, 1]
    assert sim.reports.occupancy(log).loc[0, "occupancy"] == pytest.approx(40 / 150)
    intervals = sim.reports.tasks_by_interval(log).query("task_type == 'call'")
    assert intervals["offered"].tolist() == [0, 1, 1, 1]


def test_activity_durations_have_the_shape_of_the_api() -> None:
    durations = sim.reports.activity_durations(sim.simulate(worked()))
    assert durations["reservations_created"] == durations["reservations_accepted"] == 2
    assert durations["start_time"] == "2026-01-05T00:00:00Z"
    assert durations["end_time"] == "2026-01-05T00:01:40Z"
    available = next(item for item in durations["activity_durations"] if item["friendly_name"] == "Available")
    assert available == {"sid": None, "friendly_name": "Available", "min": 70, "max": 80, "avg": 75, "total": 150}


def test_a_study_and_its_logs_give_the_same_tables() -> None:
    scenario = sim.Scenario(
        horizon="2h",
        warm_up="10min",
        workers=[sim.Workers("A", count=3, shifts=[sim.Shift("Available", "00:00", "02:00")])],
        tasks=[sim.Tasks("call", arrivals=sim.Poisson(90), handle_time=sim.Exponential("2min"))],
    )
    study = sim.replicate(scenario, replications=12, keep_logs=True)
    joined = Log.concat(study.logs)
    for name, report in sim.reports.REPORTS.items():
        assert report(study).equals(report(joined)), name


def test_warm_up_is_left_out_and_its_tasks_are_not_counted() -> None:
    log = sim.simulate(attrs.evolve(worked(), warm_up="45s"))
    assert sim.reports.time_by_activity(log)["total"].sum() == 110.0
    assert sim.reports.task_summary(log)["offered"].tolist() == [2, 2]
    starts = sim.reports.time_by_interval(log)["interval_start"]
    assert starts.iloc[0] == log.legend.calendar.local(0) + timedelta(seconds=30)


def test_a_scenario_without_tasks_has_reports_too() -> None:
    log = sim.simulate(sim.Scenario(horizon="1h", workers=[sim.Workers("A", count=2)]))
    for name, report in sim.reports.REPORTS.items():
        assert len(report(log)) > 0, name
    summary = sim.reports.task_summary(log)
    assert summary["task_type"].tolist() == ["all"]
    assert summary["offered"].tolist() == [0]


def test_shuffled_rows_give_the_same_reports() -> None:
    log = sim.simulate(worked())
    shuffled = {}
    for number, (table, columns) in enumerate(log.columns.items()):
        order = np.random.default_rng(number).permutation(len(columns["replication"]))
        shuffled[table] = {name: column[order] for name, column in columns.items()}
    for report in sim.reports.REPORTS.values():
        assert report(log).equals(report(Log(log.legend, shuffled, log.replications)))


def test_plots_draw_what_the_report_says() -> None:
    log = sim.simulate(worked())
    table, tasks = sim.reports.time_by_interval(log), sim.reports.tasks_by_interval(log)
    ax = sim.plots.time_by_interval(table, tasks=tasks[tasks["task_type"] == "all"], rest="Offline")
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == table[table["friendly_name"] == "Available"]["workers"].tolist()
    assert COMPLETED == 0
    assert ax.get_figure().axes[1].lines[0].get_ydata().tolist() == [0, 1, 1, 1]


@settings(max_examples=60)
@given(scenarios())
def test_occupancy_by_interval_adds_up_and_splits_at_the_borders(scenario: Scenario) -> None:
    scenario = attrs.evolve(scenario, warm_up=0)
    log = sim.simulate(scenario)
    legend, held, open_ = log.legend, *occupied_by_interval(log)
    assert [split.sum() for split in (held, open_)] == [one.sum() for one in occupied(log)]
    borders = [*scenario.calendar.borders(scenario.interval).tolist(), scenario.horizon]
    tasks = {row["task"]: row for row in rows(log, "tasks")}
    hands = [(row["worker"], row["created"], _end(log, row, tasks[row["task"]])) for row in rows(log, "reservations")]
    free = [(r["worker"], r["start"], r["end"]) for r in rows(log, "spells") if legend.available[r["activity"]]]
    for number in range(len(borders) - 1):
        left, right = max(borders[number], 0), borders[number + 1]
        for found, stretches in ((held, hands), (open_, hands + free)):
            expected = [0] * len(legend.worker_groups)
            for worker, group in enumerate(legend.worker_group.tolist()):
                mine = [
                    (max(a, left), min(b, right)) for w, a, b in stretches if w == worker and a < right and b > left
                ]
                expected[group] += _union(mine)
            assert found[number].tolist() == expected


def _union(stretches: list[tuple[int, int]]) -> int:
    total, reached = 0, -1
    for start, end in sorted(stretches):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


@settings(max_examples=60)
@given(scenarios())
def test_the_distribution_of_waits_counts_them(scenario: Scenario) -> None:
    log = sim.simulate(scenario)
    table = sim.reports.wait_distribution(log)
    counted = [task for task in rows(log, "tasks") if task["arrival"] >= log.legend.warm_up]
    types = [*range(len(log.legend.task_types)), None]
    steps = len(table) // len(types)
    for place, row in enumerate(table.itertuples()):
        waits = [wait(log, task) for task in counted if types[place // steps] in (None, task["task_type"])]
        within = sum(length <= round(row.wait * 1e6) for length in waits)
        assert row.tasks == within
        assert row.share == pytest.approx(within / len(waits) if waits else float("nan"), nan_ok=True)
    assert table.groupby("task_type")["tasks"].last().to_dict().get("all") == len(counted)


def test_the_spread_is_that_of_the_replications() -> None:
    calls = sim.Tasks("call", arrivals=sim.Poisson(20), handle_time="4min", patience="2min")
    workers = [sim.Workers("A", shifts=[sim.Shift("Available", "00:00", "02:00")])]
    study = sim.replicate(
        sim.Scenario(horizon="2h", workers=workers, tasks=[calls]), replications=12, keep_logs=True, executor=1
    )
    each = [sim.reports.tasks_by_interval(log).query("task_type == 'all'").reset_index() for log in study.logs]
    table = sim.reports.spread_by_interval(study)
    for metric in ("offered", "service_level", "wait_mean"):
        found = table[table["metric"] == metric]
        wanted = np.nanquantile([one[metric] for one in each], [0.05, 0.25, 0.5, 0.75, 0.95], axis=0).T
        assert found[["p5", "p25", "p50", "p75", "p95"]].to_numpy() == pytest.approx(wanted)
