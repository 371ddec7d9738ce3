"""What every log must add up to, to the microsecond, on drawn scenarios that force ties."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import activity_sim as sim
from activity_sim.analysis.reports import REPORTS
from activity_sim.analysis.service import SUMS, waits
from activity_sim.analysis.spells import in_hand
from activity_sim.log import ABANDONED, ACCEPTED, CANCELED, COMPLETED, IN_PROGRESS, OUTCOMES, SCHEMA, WAITING, Log
from activity_sim.plan import Plan
from tests.strategies import scenarios

Ints = NDArray[np.int64]
Stretch = tuple[int, int]

ACCEPTS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "1==1": lambda attributes: True,
    "skills HAS 'a'": lambda attributes: "a" in attributes["skills"],
    "'b' IN skills": lambda attributes: "b" in attributes["skills"],
    "level >= 1": lambda attributes: attributes["level"] >= 1,
}
"""What the expressions of the drawn task queues mean."""


@attrs.frozen
class Run:
    """A drawn scenario, what was drawn of it, and its log."""

    scenario: sim.Scenario
    plan: Plan
    log: Log

    @property
    def horizon(self) -> int:
        return self.log.legend.horizon

    @property
    def whole(self) -> Log:
        """The log without a warm-up."""
        return attrs.evolve(self.log, legend=attrs.evolve(self.log.legend, warm_up=0))


def run(scenario: sim.Scenario, seed: int) -> Run:
    return Run(scenario, sim.draw(scenario, seed=seed), sim.simulate(scenario, seed=seed))


runs = st.builds(run, scenarios(), st.integers(0, 3))
multitasking = runs.filter(lambda one: one.scenario.workspace.multi_task_enabled)
single_tasking = runs.filter(lambda one: not one.scenario.workspace.multi_task_enabled)


def area(stretches: Iterable[Stretch], horizon: int) -> int:
    """Return the integral over [0, horizon) of how many *stretches* there are at a time, from their ends in order."""
    ends = sorted([(start, 1) for start, _ in stretches] + [(end, -1) for _, end in stretches])
    total = level = before = 0
    for moment, change in ends:
        total += level * (moment - before)
        level, before = level + change, moment
    assert level == 0
    assert before <= horizon
    return total


def rows(log: Log, table: str, *names: str) -> list[tuple[int, ...]]:
    columns = log.columns[table]
    return list(zip(*(columns[name].tolist() for name in names), strict=True))


def until(moment: int, horizon: int) -> int:
    return horizon if moment < 0 else moment


# --- spells ---


@given(runs)
def test_the_spells_of_each_worker_tile_the_run(one: Run) -> None:
    spells = rows(one.log, "spells", "worker", "start", "end", "finished")
    assert spells == sorted(spells, key=lambda spell: spell[:2])
    for worker in range(len(one.log.legend.workers)):
        mine = [spell for spell in spells if spell[0] == worker]
        assert mine[0][1] == 0
        assert mine[-1][2] == one.horizon
        assert all(start < end for _, start, end, _ in mine)
        assert all(before[2] == after[1] for before, after in pairwise(mine))
        assert [finished for *_, finished in mine] == [True] * (len(mine) - 1) + [False]


@given(runs)
def test_all_activities_together_take_the_time_of_all_workers(one: Run) -> None:
    observed = len(one.log.legend.workers) * one.log.legend.observed
    clipped = [
        max(end, one.log.legend.warm_up) - max(start, one.log.legend.warm_up)
        for start, end in rows(one.log, "spells", "start", "end")
    ]
    assert sum(clipped) == observed
    assert sim.reports.time_by_activity.reduce(one.log)["total"].sum() == observed
    table = sim.reports.time_by_activity(one.log)
    assert table["total"].sum() == pytest.approx(observed / 1e6, abs=1e-6)
    assert table["share"].sum() == pytest.approx(1)


@given(runs)
def test_time_by_worker_and_by_interval_add_up_to_time_by_activity(one: Run) -> None:
    total = sim.reports.time_by_activity.reduce(one.log)["total"]
    by_worker = sim.reports.time_by_worker.reduce(one.log)["total"].reshape(-1, len(total))
    by_interval = sim.reports.time_by_interval.reduce(one.log)["total"]
    assert by_worker.sum(axis=1).tolist() == [one.log.legend.observed] * len(by_worker)
    assert by_worker.sum(axis=0).tolist() == total.tolist()
    assert by_interval.sum(axis=0).tolist() == total.tolist()
    assert sim.reports.time_by_worker.reduce(one.log)["spells"].sum() == (
        sim.reports.time_by_activity.reduce(one.log)["spells"].sum()
    )


# --- tasks ---


@given(runs)
def test_every_task_offered_has_one_fate(one: Run) -> None:
    for report in (sim.reports.task_summary, sim.reports.tasks_by_interval, sim.reports.tasks_by_time_of_day):
        table = report(one.log)
        assert (table["offered"] == table[list(OUTCOMES)].sum(axis=1)).all()
    arrived = one.plan.tasks.arrival >= one.log.legend.warm_up
    assert sim.reports.task_summary(one.log)["offered"].iloc[-1] == arrived.sum()


@given(runs)
def test_tasks_by_interval_and_by_time_of_day_add_up_to_the_summary(one: Run) -> None:
    whole = sim.reports.task_summary.reduce(one.log)
    for report in (sim.reports.tasks_by_interval, sim.reports.tasks_by_time_of_day):
        parts = report.reduce(one.log)
        for name in SUMS:
            assert parts[name].sum(axis=0).tolist() == whole[name][0].tolist()
        assert sorted(parts["waits"].tolist()) == sorted(whole["waits"].tolist())


@given(runs)
def test_a_task_meets_what_was_drawn_for_it_in_order(one: Run) -> None:
    drawn = one.plan.tasks
    times = rows(one.log, "tasks", "arrival", "reserved", "accepted", "handled", "completed", "outcome", "worker")
    for task, (arrival, reserved, accepted, handled, completed, outcome, worker) in enumerate(times):
        present = [moment for moment in (arrival, reserved, accepted, handled, completed) if moment >= 0]
        assert present == sorted(present)
        assert arrival == drawn.arrival[task]
        assert (reserved >= 0) == (worker >= 0)
        assert (accepted >= 0) == (outcome in (COMPLETED, IN_PROGRESS))
        assert (completed >= 0) == (outcome in (COMPLETED, ABANDONED, CANCELED))
        assert all(moment < one.horizon for moment in present)
        if outcome == ABANDONED:
            assert completed == arrival + drawn.patience[task]
        if handled >= 0:
            assert handled == accepted + drawn.handle_time[task]
        if outcome == COMPLETED:
            assert completed == handled + drawn.wrap_up_time[task]
        if outcome == WAITING and drawn.patience[task] >= 0:
            assert arrival + drawn.patience[task] >= one.horizon


@given(runs)
def test_a_task_is_accepted_once_by_the_worker_of_its_last_reservation(one: Run) -> None:
    reservations = rows(one.log, "reservations", "task", "worker", "created", "ended", "status")
    columns = ("worker", "reserved", "accepted")
    for task, (worker, reserved, accepted) in enumerate(rows(one.log, "tasks", *columns)):
        mine = [(held, created, ended, status) for of, held, created, ended, status in reservations if of == task]
        assert all(until(before[2], one.horizon) <= after[1] for before, after in pairwise(mine))
        assert [status for *_, status in mine[:-1]].count(ACCEPTED) == 0
        if mine:
            assert mine[-1][:2] == (worker, reserved)
        assert (accepted >= 0) == bool(mine and mine[-1][3] == ACCEPTED)
        assert accepted < 0 or accepted == mine[-1][2]


# --- Little's law, as an identity on one log ---


@given(runs)
def test_the_number_waiting_over_time_is_the_sum_of_waits(one: Run) -> None:
    tasks = rows(one.log, "tasks", "arrival", "accepted", "completed")
    waited = [
        (arrival, accepted if accepted >= 0 else until(completed, one.horizon))
        for arrival, accepted, completed in tasks
    ]
    total = area(waited, one.horizon)
    assert total == waits(one.log).sum()
    assert total == sim.reports.task_summary.reduce(one.whole)["wait"][0, -1]


def hands(one: Run) -> list[tuple[int, int, Stretch]]:
    """Return who (task, worker) had what in hand and when, from the tables of reservations and tasks."""
    completed = dict(rows(one.log, "tasks", "task", "completed"))
    return [
        (task, worker, (created, until(completed[task] if status == ACCEPTED else ended, one.horizon)))
        for task, worker, created, ended, status in rows(
            one.log, "reservations", "task", "worker", "created", "ended", "status"
        )
    ]


@given(runs)
def test_the_number_in_hand_over_time_is_the_sum_of_times_in_hand(one: Run) -> None:
    total = area([stretch for *_, stretch in hands(one)], one.horizon)
    _, start, end = in_hand(one.log)
    assert total == (end - start).sum()
    handled = rows(one.log, "tasks", "accepted", "completed")
    work = sum(until(completed, one.horizon) - accepted for accepted, completed in handled if accepted >= 0)
    offers = rows(one.log, "reservations", "created", "ended")
    assert total == work + sum(until(ended, one.horizon) - created for created, ended in offers)


@given(single_tasking)
def test_in_single_tasking_the_time_in_hand_is_the_time_in_the_activities_of_tasks(one: Run) -> None:
    wrap_ups = {tasks.wrap_up_activity for tasks in one.scenario.tasks}
    activities = {"Reserved", "Busy", "Wrap Up"}
    spent = sum(
        end - start
        for activity, start, end in rows(one.log, "spells", "activity", "start", "end")
        if one.log.legend.activities[activity] in activities
    )
    held = area([stretch for *_, stretch in hands(one)], one.horizon)
    assert sim.reports.occupancy.reduce(one.whole)["in_hand"][-1] == held
    if "Available" in wrap_ups:
        assert spent <= held
    else:
        assert spent == held


# --- who takes what ---


@given(single_tasking)
def test_in_single_tasking_nobody_has_two_tasks_at_once(one: Run) -> None:
    for worker in range(len(one.log.legend.workers)):
        mine = sorted(stretch for _, held, stretch in hands(one) if held == worker)
        assert all(before[1] <= after[0] for before, after in pairwise(mine))


def most_at_once(stretches: Iterable[Stretch]) -> int:
    """Return how many *stretches* there are at the same time, at most; one that ends makes room for one that begins."""
    ends = sorted(
        [(start, 1) for start, end in stretches if end > start] + [(end, -1) for start, end in stretches if end > start]
    )
    level = most = 0
    for _, change in ends:
        level += change
        most = max(most, level)
    return most


@given(multitasking)
def test_nobody_has_more_tasks_of_a_channel_than_there_is_room_for(one: Run) -> None:
    channels = [tasks.task_channel for tasks in one.scenario.tasks]
    types = one.log.columns["tasks"]["task_type"].tolist()
    owners = [group for group in one.scenario.groups for _ in group.names]
    for worker, group in enumerate(owners):
        for channel in set(channels):
            mine = [
                stretch for task, held, stretch in hands(one) if held == worker and channels[types[task]] == channel
            ]
            assert most_at_once(mine) <= group.channels.get(channel, 1)
            assert group.channels.get(channel, 1) or not mine


@given(runs)
def test_tasks_go_to_workers_whom_their_queue_accepts(one: Run) -> None:
    queues = {queue.friendly_name: queue for queue in one.scenario.queues}
    types, queue_codes = (one.log.columns["tasks"][name].tolist() for name in ("task_type", "task_queue"))
    owners = [group for group in one.scenario.groups for _ in group.names]
    for code, number in zip(types, queue_codes, strict=True):
        assert one.log.legend.task_queues[number] == one.scenario.tasks[code].task_queue
    for task, worker, _ in hands(one):
        queue = queues[str(one.scenario.tasks[types[task]].task_queue)]
        assert ACCEPTS[queue.target_workers](dict(owners[worker].attributes))


# --- reports ---


def shuffled(log: Log, seed: int) -> Log:
    """Return *log* with the rows of each table in another order."""
    random = np.random.default_rng(seed)
    columns = {}
    for table, given_ in log.columns.items():
        order = random.permutation(len(given_["replication"]))
        columns[table] = {name: column[order] for name, column in given_.items()}
    return Log(log.legend, columns, log.replications)


def assert_same_reports(left: Any, right: Any) -> None:
    for report in REPORTS.values():
        pd.testing.assert_frame_equal(report(left), report(right), check_exact=True)


@given(runs, st.integers(0, 9))
def test_reports_do_not_depend_on_the_order_of_rows(one: Run, seed: int) -> None:
    other = shuffled(one.log, seed)
    assert_same_reports(other, one.log)
    assert sim.reports.activity_durations(other) == sim.reports.activity_durations(one.log)


@pytest.mark.filterwarnings("ignore::activity_sim.errors.ActivitySimWarning")
@given(scenarios(), st.integers(0, 9))
def test_a_study_says_the_same_as_its_logs_in_any_order_of_rows(scenario: sim.Scenario, seed: int) -> None:
    study = sim.replicate(scenario, replications=3, seed=seed, keep_logs=True)
    together = Log.concat(study.logs)
    assert_same_reports(together, study)
    assert_same_reports(shuffled(together, seed), study)


def without(log: Log, *tables: str) -> Log:
    """Return *log* with no rows in these *tables*."""
    columns = {
        table: {name: column[:0] if table in tables else column for name, column in given_.items()}
        for table, given_ in log.columns.items()
    }
    return Log(log.legend, columns, log.replications)


@given(runs)
def test_reports_of_a_log_without_rows_have_all_their_rows_and_nothing_in_them(one: Run) -> None:
    empty = without(one.log, *SCHEMA)
    for report in REPORTS.values():
        assert len(report(empty)) == len(report(one.log))
    assert sim.reports.time_by_activity(empty)[["total", "share", "spells", "min", "avg", "max"]].sum().sum() == 0
    assert sim.reports.time_by_interval(empty)["workers"].sum() == 0
    assert sim.reports.task_summary(empty)[["offered", *OUTCOMES]].sum().sum() == 0
    assert sim.reports.task_summary(empty)["service_level"].isna().all()
    assert sim.reports.occupancy(empty)["occupancy"].isna().all()


@given(runs)
def test_reports_work_where_tasks_and_spells_lie_before_the_observed_period(one: Run) -> None:
    legend = attrs.evolve(one.log.legend, warm_up=one.horizon - 1)
    late = attrs.evolve(one.log, legend=legend)
    assert sim.reports.time_by_activity.reduce(late)["total"].sum() == len(legend.workers)
    ended = one.log.columns["spells"]["end"] < one.horizon
    before = {name: column[ended] for name, column in one.log.columns["spells"].items()}
    nothing = Log(legend, {**one.log.columns, "spells": before}, one.log.replications)
    for report in REPORTS.values():
        assert len(report(nothing)) == len(report(late))
    assert sim.reports.time_by_activity(nothing)["total"].sum() == 0
