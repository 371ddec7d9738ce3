"""What every log must add up to, to the microsecond, on drawn scenarios that force ties."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.analysis.reports import REPORTS
from activity_sim.analysis.service import SUMS, waits
from activity_sim.analysis.spells import in_hand
from activity_sim.engines import engine
from activity_sim.log import ABANDONED, ACCEPTED, CANCELED, COMPLETED, IN_PROGRESS, OUTCOMES, SCHEMA, WAITING, Log
from activity_sim.model.workers import Workers
from activity_sim.plan import Plan
from tests.strategies import scenarios

pytestmark = pytest.mark.slow
FEWER = settings(max_examples=settings().max_examples // 4)

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
    def workers(self) -> range:
        return range(len(self.log.legend.workers))

    @property
    def owners(self) -> list[Workers]:
        """The group of each worker."""
        return [group for group in self.scenario.groups for _ in group.names]

    @property
    def types(self) -> list[sim.Tasks]:
        """What the scenario says of the tasks of each task type, callbacks' included."""
        return [tasks for tasks in self.scenario.tasks for _ in tasks.types]

    @property
    def came(self) -> dict[int, int]:
        """The tasks of the plan that came, with their numbers in the log: those follow whose first gave up in time."""
        drawn, numbers = self.plan.tasks, {task: task for task in range(self.plan.first_tasks)}
        before = {after: task for task, after in enumerate(drawn.next.tolist()) if after >= 0}
        left = rows(self.log, "tasks", "arrival", "completed", "outcome")
        for task in range(len(numbers), len(drawn.arrival)):
            first = before[task]
            arrival, completed, outcome = left[numbers[first]] if first in numbers else (0, -1, -1)
            gave_up = outcome == drawn.gives_up_as[first] and completed == arrival + drawn.patience[first]
            overdue = outcome == CANCELED and drawn.timeout[first] == drawn.patience[first]
            if gave_up and not overdue and completed + drawn.next_delay[first] < self.horizon:
                numbers[task] = len(numbers)
        return numbers

    @property
    def whole(self) -> Log:
        """The log without a warm-up."""
        return attrs.evolve(self.log, legend=attrs.evolve(self.log.legend, warm_up=0))


def run(scenario: sim.Scenario, seed: int) -> Run:
    plan = sim.draw(scenario, seed=seed)
    return Run(scenario, plan, engine("compiled")(plan))


runs = st.builds(run, scenarios(), st.integers(0, 3))


def rows(log: Log, table: str, *names: str) -> list[tuple[int, ...]]:
    columns = log.columns[table]
    return list(zip(*(columns[name].tolist() for name in names), strict=True))


def until(moment: int, horizon: int) -> int:
    return horizon if moment < 0 else moment


def area(stretches: Iterable[Stretch], horizon: int) -> int:
    """Return the integral over [0, horizon) of how many *stretches* there are, sweeping over their ends in order."""
    ends = sorted(end for start, stop in stretches for end in ((start, 1), (stop, -1)))
    total = level = before = 0
    for moment, change in ends:
        total += level * (moment - before)
        level, before = level + change, moment
    assert level == 0
    assert before <= horizon
    return total


# --- spells ---


@FEWER
@given(runs)
def test_the_spells_of_each_worker_tile_the_run_and_all_reports_of_time_add_up_to_it(one: Run) -> None:
    assert_spells_tile_the_run(one)
    assert_all_activities_take_the_time_of_all_workers(one)
    assert_time_by_worker_and_by_interval_add_up(one)


def assert_spells_tile_the_run(one: Run) -> None:
    spells = rows(one.log, "spells", "worker", "start", "end", "finished")
    assert spells == sorted(spells)
    for worker in one.workers:
        mine = [spell for spell in spells if spell[0] == worker]
        assert mine[0][1] == 0
        assert mine[-1][2] == one.horizon
        assert all(start < end for _, start, end, _ in mine)
        assert all(before[2] == after[1] for before, after in pairwise(mine))
        assert [finished for *_, finished in mine] == [True] * (len(mine) - 1) + [False]


def assert_all_activities_take_the_time_of_all_workers(one: Run) -> None:
    warm_up, observed = one.log.legend.warm_up, len(one.workers) * one.log.legend.observed
    spells = rows(one.log, "spells", "start", "end")
    assert sum(max(end, warm_up) - max(start, warm_up) for start, end in spells) == observed
    assert sim.reports.time_by_activity.reduce(one.log)["total"].sum() == observed
    table = sim.reports.time_by_activity(one.log)
    assert table["total"].sum() == pytest.approx(observed / 1e6, abs=1e-6)
    assert table["share"].sum() == pytest.approx(1)


def assert_time_by_worker_and_by_interval_add_up(one: Run) -> None:
    by_activity = sim.reports.time_by_activity.reduce(one.log)
    by_worker = sim.reports.time_by_worker.reduce(one.log)
    total = by_worker["total"].reshape(len(one.workers), -1)
    assert total.sum(axis=1).tolist() == [one.log.legend.observed] * len(one.workers)
    assert total.sum(axis=0).tolist() == by_activity["total"].tolist()
    assert by_worker["spells"].reshape(len(one.workers), -1).sum(axis=0).tolist() == by_activity["spells"].tolist()
    by_interval = sim.reports.time_by_interval.reduce(one.log)["total"]
    assert by_interval.sum(axis=0).tolist() == by_activity["total"].tolist()
    heads = sim.reports.time_by_interval(one.log).groupby("interval_start")["workers"].sum()
    assert heads.to_numpy() == pytest.approx(len(one.workers))


# --- tasks ---


@FEWER
@given(runs)
def test_every_task_has_one_fate_in_order_and_all_reports_of_tasks_add_up(one: Run) -> None:
    assert_every_task_offered_has_one_fate(one)
    assert_tasks_by_interval_add_up(one)
    assert_tasks_meet_what_was_drawn_for_them(one)
    assert_tasks_are_accepted_once_and_last(one)


def assert_every_task_offered_has_one_fate(one: Run) -> None:
    for report in (sim.reports.task_summary, sim.reports.tasks_by_interval, sim.reports.tasks_by_time_of_day):
        table = report(one.log)
        assert (table["offered"] == table[list(OUTCOMES)].sum(axis=1)).all()
    arrived = one.log.columns["tasks"]["arrival"] >= one.log.legend.warm_up
    assert len(arrived) == len(one.came)
    assert sim.reports.task_summary(one.log)["offered"].iloc[-1] == arrived.sum()


def assert_tasks_by_interval_add_up(one: Run) -> None:
    whole = sim.reports.task_summary.reduce(one.log)
    for report in (sim.reports.tasks_by_interval, sim.reports.tasks_by_time_of_day):
        parts = report.reduce(one.log)
        for name in SUMS:
            assert parts[name].sum(axis=0).tolist() == whole[name][0].tolist()


def assert_tasks_meet_what_was_drawn_for_them(one: Run) -> None:
    drawn = one.plan.tasks
    columns = ("arrival", "reserved", "accepted", "handled", "completed", "outcome", "worker")
    for task, (*times, outcome, worker) in zip(one.came, rows(one.log, "tasks", *columns), strict=True):
        present = [moment for moment in times if moment >= 0]
        assert present == sorted(present)
        assert all(moment < one.horizon for moment in present)
        arrival, _, accepted, handled, completed = times
        assert arrival == drawn.arrival[task] or task >= one.plan.first_tasks
        assert (accepted >= 0) == (outcome in (COMPLETED, IN_PROGRESS))
        assert (completed >= 0) == (outcome in (COMPLETED, ABANDONED, CANCELED))
        patient = drawn.patience[task] < 0 or arrival + drawn.patience[task] >= one.horizon
        assert outcome != ABANDONED or completed == arrival + drawn.patience[task]
        assert outcome != WAITING or patient
        if worker >= 0 and one.plan.workers.pace[worker] >= 0:
            continue
        assert handled < 0 or handled == accepted + drawn.handle_time[task]
        assert outcome != COMPLETED or completed == handled + drawn.wrap_up_time[task]


def assert_tasks_are_accepted_once_and_last(one: Run) -> None:
    offers: dict[int, list[tuple[int, int, int, int]]] = {}
    for task, worker, created, ended, status in rows(
        one.log, "reservations", "task", "worker", "created", "ended", "status"
    ):
        offers.setdefault(task, []).append((created, until(ended, one.horizon), worker, status))
    for task, worker, reserved, accepted in rows(one.log, "tasks", "task", "worker", "reserved", "accepted"):
        mine = sorted(offers.get(task, []))
        assert all(before[1] <= after[0] for before in mine for after in mine if before[0] < after[0])
        assert reserved == max((created for created, *_ in mine), default=-1)
        assert worker in {held for created, _, held, _ in mine if created == reserved} or worker == reserved == -1
        taken = [(created, ended, held) for created, ended, held, status in mine if status == ACCEPTED]
        assert taken == ([(reserved, accepted, worker)] if accepted >= 0 else [])


# --- Little's law, as an identity on one log ---


@FEWER
@given(runs)
def test_the_numbers_waiting_and_in_hand_over_time_are_the_sums_of_waits_and_of_work(one: Run) -> None:
    assert_the_number_waiting_is_the_sum_of_waits(one)
    assert_the_number_in_hand_is_the_sum_of_offers_and_work(one)
    if not one.plan.multi_task:
        assert_time_in_hand_is_spent_in_the_activities_of_tasks(one)


def assert_the_number_waiting_is_the_sum_of_waits(one: Run) -> None:
    waited = [
        (arrival, accepted if accepted >= 0 else until(completed, one.horizon))
        for arrival, accepted, completed in rows(one.log, "tasks", "arrival", "accepted", "completed")
    ]
    total = area(waited, one.horizon)
    assert total == waits(one.log).sum()
    assert total == sim.reports.task_summary.reduce(one.whole)["wait"][0, -1]


def hands(one: Run) -> list[tuple[int, int, Stretch]]:
    """Return which task which worker had in hand, and when."""
    completed = dict(rows(one.log, "tasks", "task", "completed"))
    offers = rows(one.log, "reservations", "task", "worker", "created", "ended", "status")
    return [
        (task, worker, (created, until(completed[task] if status == ACCEPTED else ended, one.horizon)))
        for task, worker, created, ended, status in offers
    ]


def assert_the_number_in_hand_is_the_sum_of_offers_and_work(one: Run) -> None:
    total = area([stretch for *_, stretch in hands(one)], one.horizon)
    offered = sum(
        until(ended, one.horizon) - created for created, ended in rows(one.log, "reservations", "created", "ended")
    )
    work = rows(one.log, "tasks", "accepted", "completed")
    assert total == offered + sum(until(end, one.horizon) - accepted for accepted, end in work if accepted >= 0)
    _, start, end = in_hand(one.log)
    assert total == (end - start).sum()


def assert_time_in_hand_is_spent_in_the_activities_of_tasks(one: Run) -> None:
    held = area([stretch for *_, stretch in hands(one)], one.horizon)
    names = one.log.legend.activities
    spells = rows(one.log, "spells", "activity", "start", "end")
    spent = sum(end - start for code, start, end in spells if names[code] in ("Reserved", "Busy", "Wrap Up"))
    assert sim.reports.occupancy.reduce(one.whole)["in_hand"][-1] == held
    if any(tasks.wrap_up_activity == "Available" for tasks in one.scenario.tasks):
        assert spent <= held
    else:
        assert spent == held


# --- who takes what ---


@FEWER
@given(runs)
def test_workers_have_in_hand_what_they_may_and_no_more(one: Run) -> None:
    if one.plan.multi_task:
        assert_nobody_has_more_of_a_channel_than_there_is_room_for(one)
    else:
        assert_nobody_has_two_tasks_at_once(one)
    assert_tasks_go_to_workers_whom_their_queue_accepts(one)


def assert_nobody_has_two_tasks_at_once(one: Run) -> None:
    held = hands(one)
    for worker in one.workers:
        mine = sorted(stretch for _, owner, stretch in held if owner == worker)
        assert all(before[1] <= after[0] for before, after in pairwise(mine))


def assert_nobody_has_more_of_a_channel_than_there_is_room_for(one: Run) -> None:
    held, types = hands(one), one.log.columns["tasks"]["task_type"].tolist()
    channels = [tasks.task_channel for tasks in one.types]
    for worker, group in enumerate(one.owners):
        for channel in set(channels):
            mine = [span for task, owner, span in held if owner == worker and channels[types[task]] == channel]
            room = group.channels.get(channel, 1)
            assert most_at_once(mine) <= room
            assert room or not mine


def most_at_once(stretches: Iterable[Stretch]) -> int:
    """Return how many *stretches* there are at the same time, at most; the end of one makes room for the next."""
    ends = sorted(end for start, stop in stretches if start < stop for end in ((start, 1), (stop, -1)))
    return max(np.cumsum([change for _, change in ends]), default=0)


def assert_tasks_go_to_workers_whom_their_queue_accepts(one: Run) -> None:
    wanted = {queue.friendly_name: ACCEPTS[queue.target_workers] for queue in one.scenario.queues}
    names = one.log.legend.task_queues
    queues = [names[code] if code >= 0 else None for code in one.log.columns["tasks"]["task_queue"].tolist()]
    types = one.log.columns["tasks"]["task_type"].tolist()
    asked = [one.types[code].task_queue for code in types]
    assert all(own is None or queue == own for own, queue in zip(asked, queues, strict=True))
    accepted = rows(one.log, "tasks", "task", "worker", "accepted")
    through = [(task, worker) for task, worker, moment in accepted if asked[task] is None and moment >= 0]
    for task, worker in [*((task, worker) for task, worker, _ in hands(one) if asked[task]), *through]:
        queue = queues[task]
        assert queue is not None
        assert wanted[queue](dict(one.owners[worker].attributes))


# --- reports ---


def shuffled(log: Log, seed: int) -> Log:
    """Return *log* with the rows of each table in another order."""
    random = np.random.default_rng(seed)
    columns = {}
    for table, kept in log.columns.items():
        order = random.permutation(len(kept["replication"]))
        columns[table] = {name: column[order] for name, column in kept.items()}
    return Log(log.legend, columns, log.replications)


def without(log: Log, *tables: str) -> Log:
    """Return *log* with no rows in these *tables*."""
    columns = {
        table: {name: column[:0] if table in tables else column for name, column in kept.items()}
        for table, kept in log.columns.items()
    }
    return Log(log.legend, columns, log.replications)


def assert_same_reports(left: Any, right: Any) -> None:
    for report in REPORTS.values():
        pd.testing.assert_frame_equal(report(left), report(right), check_exact=True)


@FEWER
@given(runs, st.integers(0, 9))
def test_reports_read_rows_in_any_order_and_logs_without_rows(one: Run, seed: int) -> None:
    other = shuffled(one.log, seed)
    assert_same_reports(other, one.log)
    assert sim.reports.activity_durations(other) == sim.reports.activity_durations(one.log)
    assert_reports_of_nothing_say_nothing(one)
    assert_reports_work_where_everything_lies_before_the_observed_period(one)


def assert_reports_of_nothing_say_nothing(one: Run) -> None:
    empty = without(one.log, *SCHEMA)
    assert all(len(report(empty)) == len(report(one.log)) for report in REPORTS.values())
    assert not sim.reports.time_by_activity(empty)[["total", "share", "spells", "min", "avg", "max"]].any(axis=None)
    assert not sim.reports.time_by_worker(empty)[["total", "share", "spells"]].any(axis=None)
    assert not sim.reports.time_by_interval(empty)[["total", "workers"]].any(axis=None)
    assert not sim.reports.task_summary(empty)[["offered", *OUTCOMES]].any(axis=None)
    assert sim.reports.task_summary(empty)["service_level"].isna().all()
    assert sim.reports.occupancy(empty)["occupancy"].isna().all()


def assert_reports_work_where_everything_lies_before_the_observed_period(one: Run) -> None:
    legend = attrs.evolve(one.log.legend, warm_up=one.horizon - 1)
    late = attrs.evolve(one.log, legend=legend)
    assert sim.reports.time_by_activity.reduce(late)["total"].sum() == len(one.workers)
    ended = one.log.columns["spells"]["end"] < one.horizon
    before = {name: column[ended] for name, column in one.log.columns["spells"].items()}
    nothing = Log(legend, {**one.log.columns, "spells": before}, one.log.replications)
    assert all(len(report(nothing)) == len(report(late)) for report in REPORTS.values())
    assert not sim.reports.time_by_activity(nothing)["total"].any()


@pytest.mark.filterwarnings("ignore::activity_sim.errors.ActivitySimWarning")
@FEWER
@given(scenarios(), st.integers(0, 9))
def test_a_study_says_the_same_as_its_logs_in_any_order_of_rows(scenario: sim.Scenario, seed: int) -> None:
    study = sim.replicate(scenario, replications=3, seed=seed, keep_logs=True)
    together = Log.concat(study.logs)
    assert_same_reports(together, study)
    assert_same_reports(shuffled(together, seed), study)
