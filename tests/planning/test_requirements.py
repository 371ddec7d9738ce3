"""Requirements by formula, held to birth-death chains that are solved here, and to shares worked out by hand."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

import activity_sim as sim
from activity_sim.analysis.intervals import intervals
from activity_sim.drawing import prepare
from activity_sim.planning.demand import demands
from activity_sim.planning.requirements import intervals_of
from activity_sim.planning.shrinkage import attendance
from activity_sim.units import duration

ROUTINE = {"Available": {"Break": 1.0}, "Break": {"Available": 1.0}}


def scenario(tasks: list[sim.Tasks], *, horizon: str = "1h", **more: Any) -> sim.Scenario:
    return sim.Scenario(
        start="2026-11-23T08:00:00",
        horizon=horizon,
        workers=more.pop("workers", [sim.Workers("A", count=5, shifts=[sim.Shift("Available", "08:00", "18:00")])]),
        tasks=tasks,
        **more,
    )


def calls(load: float, *, patience: float | None = None, handle: float = 240.0, **more: Any) -> sim.Tasks:
    return sim.Tasks(
        more.pop("name", "call"),
        arrivals=sim.Poisson(load / handle * 3_600),
        handle_time=sim.Exponential(handle),
        patience=None if patience is None else sim.Exponential(patience),
        **more,
    )


def answered(
    load: float, servers: int, *, patience: float | None, handle: float = 240.0, within: float = 20.0
) -> float:
    """Return the share of callers who are answered within so many seconds, from the birth-death chain of the queue.

    Who finds n waiting is answered when n + 1 have left the line ahead of it, or the servers: a sum of exponential
    times, whose law comes from the exponential of the matrix of that countdown, in which the caller may abandon.
    """
    from scipy.linalg import expm

    rate, end = load / handle, 1 / handle
    leave = 0.0 if patience is None else 1 / patience
    room = int(20 * math.sqrt(load) + 40) if patience else int(60 / max(1 - load / servers, 0.01))
    weights = [1.0]
    for number in range(1, servers + room + 1):
        weights.append(weights[-1] * rate / (min(number, servers) * end + max(number - servers, 0) * leave))
    chances = np.array(weights) / sum(weights)
    countdown = np.zeros((room + 2, room + 2))
    for ahead in range(room + 1):  # state: how many are ahead in the line; the last column is being answered
        after = room + 1 if ahead == 0 else ahead - 1
        countdown[ahead, after] += servers * end + ahead * leave
        countdown[ahead, ahead] -= servers * end + (ahead + 1) * leave
    soon = expm(countdown * within)[:-1, -1]
    return float(chances[:servers].sum() + chances[servers : servers + room] @ soon[:room])


@pytest.mark.parametrize("patience", [None, 60.0, 180.0, 900.0])
@pytest.mark.parametrize("load", [0.3, 4.7, 20.0])
def test_the_number_is_the_least_that_meets_the_target_in_the_chain(load: float, patience: float | None) -> None:
    table = sim.required(scenario([calls(load, patience=patience)]), service_level=0.8, within="20s")
    assert table["load"].tolist() == pytest.approx([load, load], rel=1e-6)
    (number,) = set(table["required"])
    assert answered(load, number, patience=patience) >= 0.8
    fewer = number - 1
    steady = fewer > (0 if patience else load)
    assert not steady or answered(load, fewer, patience=patience) < 0.8
    assert table["service_level"].tolist() == pytest.approx([answered(load, number, patience=patience)] * 2, abs=1e-5)


def test_erlang_c_needs_more_since_nobody_abandons() -> None:
    day = scenario([calls(10.0, patience=60.0)])
    patient = sim.required(scenario([calls(10.0)]))
    assert sim.required(day, method="erlang_c")["required"].tolist() == patient["required"].tolist()
    assert (sim.required(day)["required"] < patient["required"]).all()


def test_types_that_share_a_queue_are_one_pool_and_their_work_counts_with_response_and_wrap_up() -> None:
    kinds = [
        sim.Tasks("a", arrivals=sim.Poisson(60), handle_time="4min", wrap_up_time="50s", response="10s"),
        sim.Tasks("b", arrivals=sim.Poisson(30), handle_time=sim.LogNormal("9min", cv=1), wrap_up_time="1min"),
    ]
    table = sim.required(scenario(kinds), within="30s")
    assert table["offered"].tolist() == [45.0, 45.0]
    assert table["load"].tolist() == pytest.approx([(60 * 300 + 30 * 600) / 3_600] * 2)
    # two in three answer after ten seconds, which is what is left of the time to be reserved in
    number, level = table.loc[0, ["required", "service_level"]]
    assert level == pytest.approx(
        answered(10, int(number), patience=None, handle=400, within=30 - 10 * 2 / 3), abs=1e-5
    )


def test_queues_that_share_no_workers_are_pools_of_their_own() -> None:
    queues = [sim.TaskQueue(name, target_workers=f"skill == '{name}'") for name in ("Calls", "Mail")]
    groups = [
        sim.Workers(name, count=count, attributes={"skill": name}, shifts=[sim.Shift("Available", "08:00", "17:00")])
        for name, count in (("Calls", 9), ("Mail", 4))
    ]
    kinds = [calls(5.0, task_queue="Calls"), calls(2.0, name="mail", task_queue="Mail")]
    table = sim.required(scenario(kinds, task_queues=queues, workers=groups)).set_index("pool")
    assert table["load"].to_dict() == pytest.approx({"Calls": 5.0, "Mail": 2.0})
    assert table["scheduled"].to_dict() == {"Calls": 9.0, "Mail": 4.0}
    assert table.loc["Calls", "required"].tolist() == sim.required(scenario([calls(5.0)]))["required"].tolist()


def test_a_workflow_counts_with_its_first_target() -> None:
    queues = [sim.TaskQueue(name, target_workers=f"skill == '{name}'") for name in ("First", "Second")]
    groups = [sim.Workers(name, count=3, attributes={"skill": name}) for name in ("First", "Second")]
    targets = [{"queue": "First", "timeout": 60}, {"queue": "Second"}]
    flow = sim.Workflow("Up", {"task_routing": {"filters": [{"expression": "1==1", "targets": targets}]}})
    table = sim.required(scenario([calls(2.0, workflow="Up")], task_queues=queues, workers=groups, workflows=[flow]))
    assert table["pool"].tolist() == ["First", "First"]


def test_arrivals_and_handle_times_are_those_of_each_interval() -> None:
    day = scenario(
        [
            sim.Tasks(
                "call",
                arrivals=sim.Rates([("08:00", 60), ("09:00", 120), ("10:00", 60)], shape="linear"),
                handle_time=sim.ByTimeOfDay([("08:00", "4min"), ("09:40", "6min")], sim.Constant("1s")),
            )
        ],
        horizon="2h",
        busyness=sim.Uniform(1, 2),
    )
    table = sim.required(day, interval="30min")
    # the rate rises from 60 to 120 an hour in the first hour and falls again, and is one and a half times as high
    areas = np.array([(60 + 90) / 4, (90 + 120) / 4, (120 + 90) / 4, (90 + 60) / 4])
    assert table["offered"].tolist() == pytest.approx((1.5 * areas).tolist())
    soon = (90 + 80) / 2 / 6  # from 09:30 to 09:40
    last = (soon * 240 + (areas[3] - soon) * 360) / areas[3]
    work = np.array([240, 240, 240, last])
    assert table["load"].tolist() == pytest.approx((1.5 * areas * work / 1_800).tolist())


def test_a_trace_has_the_work_and_the_patience_of_its_rows() -> None:
    given = sim.Trace(
        times=tuple(map(duration, ("1min", "2min", "40min"))),
        handle_time=(duration("3min"), None, duration("10min")),
        patience=(duration("60s"), duration("180s"), None),
    )
    task = sim.Tasks("call", arrivals=given, handle_time="5min", patience=sim.Exponential("2min"))
    prepared = prepare(scenario([task]))
    (demand,) = demands(prepared, intervals_of(prepared))
    assert demand.offered.tolist() == [2.0, 1.0]
    assert demand.mean_work.tolist() == pytest.approx([240.0, 600.0])
    assert demand.mean_patience.tolist() == pytest.approx([120.0, 120.0])


def test_rows_of_a_file_have_their_counts_and_their_handle_times() -> None:
    start = datetime(2026, 11, 23, 8)
    given = sim.Counts(
        times=tuple(start + timedelta(minutes=20 * row) for row in range(3)),
        counts=(20.0, 10.0, 40.0),
        handle_time=tuple(map(duration, ("2min", "4min", "5min"))),
    )
    table = sim.required(scenario([sim.Tasks("call", arrivals=given, wrap_up_time="30s")]))
    assert table["offered"].tolist() == pytest.approx([25.0, 45.0])
    # of the second row, half of the calls fall into each of the half hours
    work = [20 * 150 + 5 * 270, 5 * 270 + 40 * 330]
    assert table["load"].tolist() == pytest.approx([seconds / 1_800 for seconds in work])


def test_a_day_of_a_year_is_as_that_day_alone() -> None:
    def days(start: str, horizon: str) -> pd.DataFrame:
        shift = sim.Shift("Available", "08:00", "16:00", days="Mon-Fri")
        lunch = sim.Break("Unavailable", "12:00", "30min", stagger="1h", days="Mon-Fri")
        return sim.required(
            sim.Scenario(
                start=start,
                horizon=horizon,
                time_zone="Europe/Berlin",
                workers=[sim.Workers("A", count=6, shifts=[shift], breaks=[lunch])],
                tasks=[
                    sim.Tasks(
                        "call",
                        arrivals=sim.Rates([("08:00", 60), ("12:00", 90), ("16:00", 0)], shape="linear"),
                        handle_time="4min",
                        patience=sim.Exponential("3min"),
                    )
                ],
            )
        )

    year, day = days("2026-01-01T00:00:00", "365 days"), days("2026-11-23T00:00:00", "1 days")
    assert len(year) == 365 * 48
    same = year[year["interval_start"].dt.date == day["interval_start"][0].date()].reset_index(drop=True)
    there = day["scheduled"] > 0
    pd.testing.assert_frame_equal(same[there], day[there], rtol=1e-6)
    assert same["required"].equals(day["required"])


def test_the_patience_of_several_types_is_that_at_which_they_abandon_as_often() -> None:
    kinds = [calls(1.0, patience=60.0), calls(3.0, name="patient"), calls(2.0, name="slow", patience=120.0)]
    prepared = prepare(scenario(kinds))
    (demand,) = demands(prepared, intervals_of(prepared))
    assert demand.mean_patience.tolist() == pytest.approx([6 / (1 / 60 + 2 / 120)] * 2)


def test_a_worker_with_room_for_three_chats_is_three_servers() -> None:
    chat = calls(10.0, handle=600.0, task_channel="chat")
    group = sim.Workers("A", count=9, channels={"chat": 3})
    table = sim.required(scenario([chat], workers=[group], workspace={"default_activity": "Available"}))
    alone = sim.required(scenario([calls(10.0, handle=600.0)]))
    (servers,), (workers,) = set(alone["required"]), set(table["required"])
    assert workers == math.ceil(servers / 3)
    assert table.loc[0, "service_level"] == pytest.approx(
        answered(10.0, 3 * workers, patience=None, handle=600.0), abs=1e-5
    )


def test_a_pool_in_which_not_all_can_take_all_is_warned_of() -> None:
    queues = [sim.TaskQueue("All"), sim.TaskQueue("Hard", target_workers="level > 1")]
    groups = [sim.Workers(f"L{level}", attributes={"level": level}) for level in (1, 2)]
    kinds = [calls(1.0, task_queue="All"), calls(1.0, name="hard", task_queue="Hard")]
    with pytest.warns(sim.ActivitySimWarning, match=r"All, Hard: some workers can take some of the tasks only"):
        table = sim.required(scenario(kinds, task_queues=queues, workers=groups))
    assert table["load"].tolist() == pytest.approx([2.0, 2.0])


# --- shrinkage ---


def shrinkage(workers: sim.Workers, horizon: str = "9h", **more: Any) -> list[float]:
    table = sim.required(scenario([calls(1.0)], workers=[workers], horizon=horizon, **more), interval="1h")
    return table["shrinkage"].tolist()


def test_the_shrinkage_of_fixed_breaks_is_exact() -> None:
    shift = sim.Shift("Available", "08:30", "16:00")
    lunch = sim.Break("Unavailable", "11:50", "30min", stagger="1h")
    group = sim.Workers("A", count=2, shifts=[shift], breaks=[lunch])
    # the lunches are from 11:50 to 12:20 and, half of the stagger later, from 12:20 to 12:50
    # nobody is scheduled in the last hour, which has the share of the day: an hour of lunch in fifteen of work
    wanted = [0, 0, 0, 10 / 120, 50 / 120, 0, 0, 0, 1 / 15]
    assert shrinkage(group) == pytest.approx(wanted, abs=1e-12)
    table = sim.required(scenario([calls(1.0)], workers=[group], horizon="9h"), interval="1h")
    assert table["scheduled"].tolist() == pytest.approx([1.0, *[2.0] * 7, 0.0])
    required = table["required"].to_numpy()
    assert table["heads"].tolist() == [
        math.ceil(number / (1 - lost) - 1e-9) for number, lost in zip(required, wanted, strict=True)
    ]
    assert table["gap"].tolist() == (table["scheduled"] - table["heads"]).tolist()


def test_a_shift_in_training_is_scheduled_and_absence_is_shrinkage() -> None:
    shifts = [sim.Shift("Available", "08:00", "10:00"), sim.Shift("Unavailable", "10:00", "11:00")]
    assert shrinkage(sim.Workers("A", shifts=shifts), horizon="3h")[:2] == [0, 0]
    table = sim.required(scenario([calls(1.0)], workers=[sim.Workers("A", shifts=shifts)], horizon="3h"))
    assert np.isnan(table["heads"].to_numpy()[-2:]).all()
    group = sim.Workers("A", count=10, shifts=[sim.Shift("Available", "08:00", "10:00")], absence=0.2)
    assert shrinkage(group, horizon="2h") == pytest.approx([0.2] * 2, abs=4 * math.sqrt(0.2 * 0.8 / 4_000))


def test_the_shrinkage_of_interruptions_is_that_of_an_alternating_renewal_process() -> None:
    often = sim.Interruption("Unavailable", every=sim.Exponential("50min"), lasts=sim.Exponential("10min"))
    group = sim.Workers("A", count=10, shifts=[sim.Shift("Available", "08:00", "18:00")], interruptions=[often])
    found = np.array(shrinkage(group))
    # with exponential times, the share that is away at the age t of the shift is p (1 - exp(-t / 500 s))
    hours = np.arange(9) * 3_600.0
    p, memory = 10 / 60, 500.0
    wanted = p * (1 - memory / 3_600 * (np.exp(-hours / memory) - np.exp(-(hours + 3_600) / memory)))
    # variance of a mean over an hour of a process with that memory, over 4,000 workers
    error = math.sqrt(2 * p * (1 - p) * memory / 3_600 / 4_000)
    assert np.abs(found - wanted).max() < 4 * error


def test_the_shrinkage_of_a_routine_is_the_share_of_its_stays() -> None:
    routine = sim.Routine("Available", stay={"Available": sim.Exponential("45min"), "Break": "15min"}, next=ROUTINE)
    workspace = {"activities": [*({"friendly_name": n, "available": n == "Available"} for n in ("Available", "Break"))]}
    workspace |= {"default_activity": "Available", "timeout_activity": "Available"}
    found = shrinkage(sim.Workers("A", count=10, routine=routine), horizon="12h", workspace=workspace)
    error = math.sqrt(0.25 * 0.75 * 2 * 700 / 3_600 / 4_000)
    assert np.abs(np.array(found[4:]) - 0.25).max() < 4 * error


def test_attendance_is_of_the_workers_that_are_asked_for() -> None:
    groups = [
        sim.Workers(name, count=count, shifts=[sim.Shift("Available", "08:00", end)])
        for name, count, end in (("A", 2, "09:00"), ("B", 3, "10:00"))
    ]
    prepared = prepare(scenario([calls(1.0)], workers=groups, horizon="2h"))
    spans = intervals(prepared.legend)
    there = attendance(prepared, prepared.legend.worker_group == 0, spans)
    assert there.scheduled.tolist() == there.available.tolist() == [2.0, 2.0, 0.0, 0.0]


# --- what cannot be said ---


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "erlang_b"}, r"method: must be one of 'erlang_a', .* the nearest is 'erlang_"),
        ({"interval": "7min"}, r"interval: must divide the day, .* not '7min'"),
        ({"interval": "1h"}, r"horizon: must leave whole intervals of 1h, and 2026-11-23 09:30:00 is no border"),
        ({"service_level": 1.2}, r"service_level: must be"),
        ({"service_level": 1.0}, r"service_level: must be at least 0 and less than 1, not 1"),
        ({"within": "soon"}, r"within: must be a duration"),
        ({"within": "4s"}, r"within: must be longer than it takes to answer a reservation, 5 seconds on average"),
        ({"seed": -1}, r"seed: must be"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], message: str) -> None:
    day = scenario([calls(1.0, response="5s")], horizon="90min")
    with pytest.raises(sim.InputError, match=message):
        sim.required(day, **given)


def test_a_run_that_begins_within_an_interval_is_refused() -> None:
    day = sim.Scenario(start="2026-11-23T08:10:00", horizon="1h", workers=[{}], tasks=[calls(1.0)])
    with pytest.raises(sim.InputError, match=r"start: must leave whole intervals of 30min, and 2026-11-23 08:10:00"):
        sim.required(day)


def test_a_day_of_25_hours_has_whole_intervals() -> None:
    day = sim.Scenario(
        start="2026-10-25T00:00:00", time_zone="Europe/Berlin", horizon="25h", workers=[{}], tasks=[calls(1.0)]
    )
    table = sim.required(day, interval="1h")
    assert len(table) == 25
    assert table["offered"].tolist() == pytest.approx([15.0] * 25)
    assert str(table["interval_start"].dt.tz) == "Europe/Berlin"


def test_tasks_that_nobody_can_take_are_refused() -> None:
    with pytest.raises(sim.InputError, match="tasks: are required"):
        sim.required(scenario([]))
    queue = sim.TaskQueue("Calls", target_workers="skill == 'none'")
    with pytest.raises(sim.InputError, match=r"tasks\[0\] \(call\): must have a worker who can take them"):
        sim.required(scenario([calls(1.0)], task_queues=[queue]))
    targets = [{"queue": "Calls"}]
    flow = sim.Workflow("F", {"task_routing": {"filters": [{"expression": "kind == 'x'", "targets": targets}]}})
    with pytest.raises(sim.InputError, match=r"tasks\[0\] \(call\): must match a filter of their workflow"):
        sim.required(scenario([calls(1.0, workflow="F")], task_queues=[sim.TaskQueue("Calls")], workflows=[flow]))


def test_the_plot_draws_the_table() -> None:
    table = sim.required(scenario([calls(4.0)], horizon="90min"))
    ax = sim.plots.required(table)
    heads, least = ax.lines[:2]
    assert np.asarray(heads.get_ydata()).tolist() == [*table["heads"], table["heads"].iloc[-1]]
    assert np.asarray(least.get_ydata()).tolist() == [*table["required"], table["required"].iloc[-1]]
    assert [bar.get_height() for bar in ax.patches] == table["gap"].tolist()  # type: ignore[attr-defined]
    scheduled = {value for path in ax.collections[0].get_paths() for value in path.vertices[:, 1].tolist()}
    assert scheduled == {0.0, *table["scheduled"]}
    two = table.assign(pool=["a", "b", "b"])
    with pytest.raises(sim.InputError, match="table: must be the rows of one pool, not of a, b"):
        sim.plots.required(two)
