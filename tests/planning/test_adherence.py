"""Adherence, held to examples worked out by hand, to a count of single minutes, and to laws."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim

NAMES = ["Available", "Lunch", "Training"]
FIGURES = ["planned", "in_adherence", "worked", "planned_to_work"]


def frame(rows: list[tuple[str, str, int, int]]) -> pd.DataFrame:
    """Return a frame of (worker, activity, start, end), in minutes."""
    table = pd.DataFrame(rows, columns=["worker", "friendly_name", "start", "end"])
    table["available"] = table["friendly_name"].isin(["Available", "Chat"])
    return table.assign(start=table["start"] * 60, end=table["end"] * 60)


def minutes(table: pd.DataFrame, row: int = 0) -> list[float]:
    return (table[FIGURES].iloc[row] / 60).tolist()


PLAN = frame([("Ann", "Available", 0, 60), ("Ann", "Lunch", 60, 90), ("Bob", "Available", 0, 90)])
DONE = frame(
    [
        *[("Ann", "Lunch", 0, 5), ("Ann", "Available", 5, 70), ("Ann", "Lunch", 70, 90)],
        *[("Bob", "Chat", 0, 30), ("Bob", "On a Task", 30, 50), ("Bob", "Training", 50, 90)],
    ]
)


def test_a_day_worked_out_by_hand() -> None:
    table = sim.adherence(PLAN, DONE)
    assert table["worker"].tolist() == ["Ann", "Bob", "all"]
    assert minutes(table) == [90, 75, 65, 60]
    assert minutes(table, 1) == [90, 30, 30, 90]
    assert table["adherence"].tolist() == pytest.approx([75 / 90, 30 / 90, 105 / 180])
    assert table["conformance"].tolist() == pytest.approx([65 / 60, 30 / 90, 95 / 150])
    counted = sim.adherence(PLAN, DONE, categories={"On a Task": "Available"})
    assert minutes(counted, 1) == [90, 50, 50, 90]


def test_intervals_split_what_runs_over_their_borders() -> None:
    table = sim.adherence(PLAN, DONE, interval="30min")
    ann = table[table["worker"] == "Ann"]
    assert (ann["in_adherence"] / 60).tolist() == [25, 30, 20]
    assert (ann["worked"] / 60).tolist() == [25, 30, 10]
    assert (ann["planned_to_work"] / 60).tolist() == [30, 30, 0]
    assert np.isnan(ann["conformance"].iloc[2])
    assert ann["interval_start"].tolist() == [0, 1800, 3600]


def test_groups_are_sums_of_their_workers() -> None:
    table = sim.adherence(PLAN.assign(worker_group="Tier 1"), DONE, by="worker_group")
    assert table["worker_group"].tolist() == ["Tier 1", "all"]
    assert minutes(table) == minutes(table, 1) == [180, 105, 95, 150]


@pytest.mark.parametrize("multi_task", [True, False])
def test_a_task_in_hand_is_work_whatever_the_activity(multi_task: bool) -> None:
    """A call comes at 10 minutes and takes 20, and the break that is due at 15 minutes waits for its end.

    In single-tasking the worker is meanwhile in the very activity that the break is planned in.
    """
    shift = sim.Shift("Available", "00:00", "01:00")
    workers = sim.Workers("A", shifts=[shift], breaks=[sim.Break("Unavailable", "00:15", "10min")])
    call = sim.Tasks("call", arrivals=sim.Regular("10min"), handle_time="20min", patience="0s")
    busy = {} if multi_task else {"reservation_activity": "Unavailable", "assignment_activity": "Unavailable"}
    scenario = sim.Scenario(
        horizon="29min",
        workspace=sim.Workspace(multi_task_enabled=multi_task),
        task_queues=[sim.TaskQueue("Calls", **busy)],
        workers=[workers],
        tasks=[call],
    )
    table = sim.adherence(sim.agenda(scenario), sim.simulate(scenario))
    assert minutes(table) == [29, 10 + 5 + 4, 29, 19]


def in_minutes(plan: pd.DataFrame, done: pd.DataFrame) -> dict[str, list[int]]:
    """Count the figures minute by minute, by worker."""
    found: dict[str, list[int]] = {name: [] for name in FIGURES}
    for worker in plan["worker"].unique():
        planned, actual = ({}, {})
        for table, into in ((plan, planned), (done, actual)):
            for row in table[table["worker"] == worker].itertuples():
                into.update(dict.fromkeys(range(int(row.start) // 60, int(row.end) // 60), row.friendly_name))
        found["planned"].append(len(planned))
        found["in_adherence"].append(sum(actual.get(minute) == name for minute, name in planned.items()))
        found["worked"].append(sum(name == "Available" for name in actual.values()))
        found["planned_to_work"].append(sum(name == "Available" for name in planned.values()))
    return found


@st.composite
def spells(draw: Any, *, gaps: bool) -> pd.DataFrame:
    """Draw two workers' stays in the two hours from 0, with gaps or without."""
    rows = []
    for worker in ("Ann", "Bob"):
        borders = sorted({0, 120, *draw(st.lists(st.integers(1, 119), max_size=8))})
        for start, end in pairwise(borders):
            rows.append((worker, draw(st.sampled_from(NAMES)), start, end))
    kept = [draw(st.booleans()) or not gaps for _ in rows]
    kept[0] = kept[-1] = True
    return frame([row for row, is_kept in zip(rows, kept, strict=True) if is_kept])


@settings(max_examples=60, deadline=None)
@given(spells(gaps=True), spells(gaps=False), st.sampled_from([7, 15, 30, 60]), st.randoms())
def test_figures_are_those_of_a_count_of_minutes_and_intervals_sum_to_them(
    plan: pd.DataFrame, done: pd.DataFrame, width: int, random: Any
) -> None:
    every = dict.fromkeys(NAMES)
    same = {name: name for name in every if (plan["friendly_name"] == name).any()}
    rows = list(plan.index)
    random.shuffle(rows)
    table = sim.adherence(plan.loc[rows].sort_values("worker"), done, categories=same)
    expected = in_minutes(plan, done)
    for name in FIGURES:
        assert (table[name].iloc[:-1] / 60).tolist() == expected[name]
        assert table[name].iloc[-1] / 60 == sum(expected[name])
    parts = sim.adherence(plan, done, categories=same, interval=f"{width}min")
    sums = parts.groupby("worker", sort=False)[FIGURES].sum()
    np.testing.assert_allclose(sums.to_numpy(), table[FIGURES].to_numpy(), rtol=0, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(spells(gaps=True))
def test_who_does_exactly_what_is_planned_adheres(plan: pd.DataFrame) -> None:
    table = sim.adherence(plan, plan)
    assert (table["adherence"] == 1).all()
    assert table["conformance"].dropna().eq(1).all()


def day(**more: Any) -> sim.Scenario:
    breaks = [sim.Break("Unavailable", "12:00", "30min", stagger="1h"), sim.Break("Offline", "13:10", "20min")]
    shifts = [sim.Shift("Available", "08:00", "16:30")]
    group = sim.Workers("A", count=7, shifts=shifts, breaks=breaks, **more.pop("group", {}))
    return sim.Scenario(
        start="2026-10-24T06:00:00", horizon="2 days", time_zone="Europe/Berlin", workers=[group], **more
    )


def logs(scenario: sim.Scenario, replications: int) -> sim.Log:
    return sim.Log.concat([sim.simulate(scenario, replication=number) for number in range(replications)])


def test_a_scenario_without_tasks_and_interruptions_keeps_to_its_agenda() -> None:
    scenario = day()
    plan = sim.agenda(scenario)
    assert set(plan["friendly_name"]) == {"Available", "Unavailable"}
    assert plan.columns.tolist() == ["worker", "worker_group", "friendly_name", "start", "end"]
    table = sim.adherence(plan, logs(scenario, 2))
    assert table["adherence"].tolist() == [1.0] * 8
    assert table["planned"].iloc[0] == 2 * (8.5 * 3600 - 1200)


def test_the_agenda_leaves_out_what_is_drawn() -> None:
    interruption = sim.Interruption("Unavailable", every=sim.Exponential("1h"), lasts="5min")
    plan = sim.agenda(day(group={"interruptions": [interruption], "absence": 0.5}))
    pd.testing.assert_frame_equal(plan, sim.agenda(day()))
    routine = sim.Routine("Available", stay={"Available": "1h"}, next={"Available": {"Offline": 1.0}})
    both = attrs.evolve(day(), workers=[*day().workers, sim.Workers("B", routine=routine)])
    assert set(sim.agenda(both)["worker_group"]) == {"A"}


def test_a_break_of_drawn_length_is_planned_for_its_mean() -> None:
    group = sim.Workers(
        "A",
        shifts=[sim.Shift("Available", "08:00", "16:00")],
        breaks=[sim.Break("Unavailable", "12:00", sim.Uniform("10min", "30min"))],
    )
    plan = sim.agenda(sim.Scenario(horizon="1 days", workers=[group]))
    assert (plan["end"] - plan["start"]).dt.total_seconds().div(60).tolist() == [240, 20, 220]


def test_interruptions_take_their_time_from_adherence() -> None:
    interruption = sim.Interruption("Unavailable", every=sim.Exponential("1h"), lasts="5min")
    scenario = day(group={"interruptions": [interruption]})
    log = logs(scenario, 3)
    table = sim.adherence(sim.agenda(scenario), log)
    able = sim.reports.time_by_activity(log).set_index("friendly_name")["total"]["Available"]
    assert table["worked"].iloc[-1] == pytest.approx(able)
    assert table["adherence"].iloc[-1] < 1


@pytest.mark.parametrize("made", ["log", "spells", "tidy", "csv", "both csv", "local"])
def test_logs_and_agendas_of_every_kind_give_the_same(made: str, tmp_path: Path) -> None:
    interruption = sim.Interruption("Unavailable", every=sim.Exponential("1h"), lasts="5min")
    scenario = attrs.evolve(day(group={"interruptions": [interruption]}), start="2026-11-02T00:00:00")
    plan: Any = sim.agenda(scenario)
    log: Any = sim.simulate(scenario)
    expected = sim.adherence(plan, log)
    spells = sim.tidy(log.spells)
    log = {"spells": log.spells, "tidy": spells}.get(made, log)
    if made == "local":
        plan = plan.assign(**{name: plan[name].dt.tz_localize(None) for name in ("start", "end")})
    if "csv" in made:
        plan.to_csv(tmp_path / "agenda.csv", index=False)
        plan = pd.read_csv(tmp_path / "agenda.csv")
    pd.testing.assert_frame_equal(sim.adherence(plan, log), expected)


@pytest.mark.parametrize(
    ("change", "more", "said"),
    [
        (lambda plan: plan.rename(columns={"friendly_name": "friendlyname"}), {}, "the nearest is 'friendlyname'"),
        (lambda plan: plan.replace("Lunch", "Lynch"), {}, "agenda: friendly_name: .*nearest is 'Lunch'"),
        (lambda plan: pd.concat([plan, plan.iloc[:1]]), {}, "has 'Ann' in two"),
        (lambda plan: plan.assign(end=0), {}, "agenda: end: must not come before its start"),
        (lambda plan: plan.assign(worker=None), {}, "agenda: worker: must have a name in every row"),
        (lambda plan: plan, {"by": "group"}, "by: must be one of"),
        (lambda plan: plan, {"by": "worker_group"}, "must have a column 'worker_group'"),
        (lambda plan: plan, {"interval": "0s"}, "interval: must be longer than 0"),
        (lambda plan: plan, {"categories": {"Lunh": "Lunch"}}, "categories: .*nearest is 'Lunch'"),
        (lambda plan: plan.assign(start="2026-11-02 08:00", end="2026-11-02 09:00"), {}, "as the log's times are"),
        (lambda _: 3, {}, "agenda: must be a data frame"),
    ],
)
def test_bad_agendas_are_refused(change: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(sim.InputError, match=said):
        sim.adherence(change(PLAN), DONE, **more)


def test_a_frame_must_say_what_is_available_and_a_log_must_be_one() -> None:
    with pytest.raises(sim.InputError, match="must have a column 'available'"):
        sim.adherence(PLAN, DONE.drop(columns="available"))
    with pytest.raises(sim.InputError, match="log: must be a log or a frame"):
        sim.adherence(PLAN, 3)  # type: ignore[arg-type]


def test_who_is_not_in_the_log_counts_as_away() -> None:
    plan = pd.concat([PLAN, PLAN.iloc[-1:].assign(worker="Bobb")])
    with pytest.warns(sim.ActivitySimWarning, match="1 of 3 workers .*'Bobb'; the nearest is 'Bob'"):
        table = sim.adherence(plan, DONE)
    assert minutes(table, 2) == [90, 0, 0, 90]
