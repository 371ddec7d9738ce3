"""Arrivals against what they are expected to be: rates, counts, traces and regular ones, busyness, times per task."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import activity_sim as sim
from activity_sim.drawing import prepare
from activity_sim.plan import PlannedTasks
from activity_sim.units import SECOND

MONDAY = datetime(2026, 1, 5)
HOUR = 3_600 * SECOND
Floats = NDArray[np.float64]


def day(
    arrivals: Any,
    *,
    start: datetime = MONDAY,
    time_zone: str = "UTC",
    horizon: str = "1 days",
    busyness: Any = None,
    **tasks: Any,
) -> sim.Scenario:
    """Return a scenario of one task type."""
    return sim.Scenario(
        start=start,
        time_zone=time_zone,
        horizon=horizon,
        busyness=busyness,
        workers=[{}],
        tasks=[{"friendly_name": "call", "arrivals": arrivals, "handle_time": "3min", **tasks}],
    )


def drawn(scenario: sim.Scenario, replications: int = 1, seed: int = 1) -> list[PlannedTasks]:
    prepared = prepare(scenario)
    return [prepared.draw(seed, replication).tasks for replication in range(replications)]


def hours(tasks: PlannedTasks) -> list[float]:
    return [arrival / HOUR for arrival in tasks.arrival.tolist()]


def counts(scenario: sim.Scenario, replications: int, width: float) -> NDArray[np.int64]:
    """Return the arrivals by replication and interval of *width* hours."""
    edges = np.arange(0, scenario.horizon / HOUR + width, width) * HOUR
    return np.array([np.histogram(tasks.arrival, edges)[0] for tasks in drawn(scenario, replications)])


def assert_poisson(found: NDArray[np.int64], expected: list[float]) -> None:
    """Check counts (replications x intervals) against independent Poisson counts of the *expected* means."""
    replications, means = len(found), np.array(expected)
    assert found.shape == (replications, len(means))
    assert not found[:, means == 0].any()
    positive = means > 0
    totals, wanted = found.sum(axis=0)[positive], means[positive] * replications
    assert np.all(np.abs(totals - wanted) < 4.5 * np.sqrt(wanted)), (totals, wanted)
    assert stats.chi2.sf(((totals - wanted) ** 2 / wanted).sum(), positive.sum()) > 1e-4
    dispersion = ((found[:, positive] - means[positive]) ** 2 / means[positive]).sum()
    kurtosis = (2 + 1 / means[positive]).sum() * replications
    assert abs(dispersion - found[:, positive].size) < 4 * np.sqrt(kurtosis)


def table(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "table.csv"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


# --- rates ---


def test_a_rate_makes_poisson_counts() -> None:
    found = counts(day({"per_hour": 30}, horizon="10h"), 200, 1)
    assert_poisson(found, [30.0] * 10)


def test_times_between_arrivals_at_a_rate_are_exponential() -> None:
    (tasks,) = drawn(day({"per_hour": 200}))
    gaps = np.diff([0, *hours(tasks)])
    assert len(gaps) > 4_000
    assert stats.kstest(gaps, stats.expon(scale=1 / 200).cdf).pvalue > 1e-4


def test_piecewise_constant_rates_begin_at_their_clock_time_and_the_last_holds_to_the_end_of_the_day() -> None:
    rates = [["08:00", 10], ["12:00", 40], ["13:30", 0], ["20:00", 5]]
    found = counts(day({"rates": rates}, horizon="2 days"), 150, 0.5)
    one_day = [0.0] * 16 + [5.0] * 8 + [20.0] * 3 + [0.0] * 13 + [2.5] * 8
    assert_poisson(found, one_day * 2)


def test_linear_rates_run_straight_from_one_to_the_next() -> None:
    rates = [["06:00", 0], ["10:00", 40], ["12:00", 40], ["16:00", 0], ["20:00", 8]]
    found = counts(day({"rates": rates, "shape": "linear"}), 200, 1)
    morning, evening = [5.0, 15.0, 25.0, 35.0], [1.0, 3.0, 5.0, 7.0]
    assert_poisson(found, [0.0] * 6 + morning + [40.0] * 2 + morning[::-1] + evening + [8.0] * 4)


def test_rates_are_cut_to_the_horizon() -> None:
    scenario = day(
        {"rates": [["00:00", 0], ["12:00", 24]], "shape": "linear"}, start=datetime(2026, 1, 5, 6), horizon="4h"
    )
    assert_poisson(counts(scenario, 300, 1), [13.0, 15.0, 17.0, 19.0])


@pytest.mark.parametrize(("date", "length"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_rates_follow_the_local_clock_where_it_changes(date: str, length: int) -> None:
    rates = [["01:00", 20], ["04:00", 0], ["23:00", 10]]
    scenario = day(
        {"rates": rates}, start=datetime.fromisoformat(date), time_zone="Europe/Berlin", horizon=f"{length}h"
    )
    night = length - 21
    assert_poisson(counts(scenario, 200, 1), [0.0] + [20.0] * night + [0.0] * (length - night - 2) + [10.0])


def test_rates_of_nothing_make_no_tasks() -> None:
    assert hours(drawn(day({"per_hour": 0}))[0]) == []
    assert hours(drawn(day({"rates": [["08:00", 0]]}))[0]) == []


def test_arrivals_lie_within_the_horizon_and_in_order() -> None:
    (tasks,) = drawn(day({"per_hour": 5_000}, horizon="1h"))
    assert np.all(np.diff(tasks.arrival) >= 0)
    assert tasks.arrival[0] >= 0 and tasks.arrival[-1] < HOUR


@pytest.mark.parametrize("arrivals", [{"per_hour": 1e8}, {"every": "1us"}, {"rates": [["00:00", 1e9]]}])
def test_too_many_tasks_are_refused(arrivals: dict[str, Any]) -> None:
    with pytest.raises(sim.InputError, match=r"tasks\[0\] \(call\)\.arrivals.*50,000,000"):
        sim.draw(day(arrivals))


# --- busyness ---


def moments(totals: Floats) -> tuple[float, float, float, float]:
    """Return the mean and the variance of *totals*, each with its standard error."""
    deviations = (totals - totals.mean()) ** 2
    size = np.sqrt(len(totals))
    return totals.mean(), totals.std() / size, totals.var(ddof=1), deviations.std() / size


BUSY = {"distribution": "gamma", "mean": 1.2, "cv": 0.3}


@pytest.mark.parametrize(
    ("everywhere", "own", "mean", "cv2"),
    [(BUSY, None, 1.2, 0.09), (None, BUSY, 1.2, 0.09), (BUSY, BUSY, 1.44, 1.09**2 - 1), (1.5, None, 1.5, 0.0)],
    ids=["scenario", "task type", "both", "constant"],
)
def test_busyness_multiplies_the_rate_of_a_whole_replication(
    everywhere: Any, own: Any, mean: float, cv2: float
) -> None:
    tasks = {"friendly_name": "call", "arrivals": {"per_hour": 50}, "handle_time": 1, "busyness": own}
    scenario = sim.Scenario(horizon="6h", busyness=everywhere, workers=[{}], tasks=[tasks])
    totals = np.array([len(tasks.arrival) for tasks in drawn(scenario, 1_500)], dtype=np.float64)
    found, error, variance, variance_error = moments(totals)
    expected = 300 * mean
    assert abs(found - expected) < 4 * error
    assert abs(variance - (expected + cv2 * expected**2)) < 4 * variance_error


def test_busyness_is_one_draw_for_all_task_types_and_the_whole_day() -> None:
    types = [{"friendly_name": name, "arrivals": {"per_hour": 400}, "handle_time": 1} for name in ("call", "chat")]
    scenario = sim.Scenario(horizon="10h", busyness=BUSY, workers=[{}], tasks=types)
    totals = []
    for tasks in drawn(scenario, 60):
        early = tasks.arrival < 5 * HOUR
        totals.append([np.sum((tasks.task_type == number) & (early == part)) for number in (0, 1) for part in (0, 1)])
    assert np.corrcoef(np.array(totals).T).min() > 0.9


def test_busyness_leaves_regular_and_replayed_arrivals_alone() -> None:
    assert len(drawn(day({"every": "1h"}, busyness=3))[0].arrival) == 23


# --- counts ---


def test_counts_make_poisson_counts_of_each_row(tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "time,calls",
        "2026-01-05T08:00:00,12",
        "2026-01-05T08:30:00,40.5",
        "2026-01-05T09:00:00,0",
        "2026-01-05T11:00:00,7",
    )
    found = counts(day(sim.read_counts(file), horizon="12h"), 400, 0.5)
    assert_poisson(found, [0.0] * 16 + [12.0, 40.5, 0.0] + [0.0] * 3 + [7.0, 0.0])


def test_counts_with_an_offset_are_converted_and_others_are_local(tmp_path: Path) -> None:
    rows = [
        "2026-01-05T08:00:00+00:00,20",
        "2026-01-05T08:00:00,30",
        "2026-01-05T08:00:00-03:00,40",
        "2026-01-05T13:00:00,0",
    ]
    file = table(tmp_path, "when,n", *rows)
    given = sim.read_counts(file, time="when", column="n")
    scenario = day(given, time_zone="Europe/Berlin", start=datetime(2026, 1, 5, 8), horizon="6h")
    assert_poisson(counts(scenario, 300, 1), [30.0, 20.0, 0.0, 0.0, 40.0, 0.0])


def test_counts_of_local_times_follow_the_clock_where_it_changes(tmp_path: Path) -> None:
    lines = [f"2026-10-25T{hour:02}:00:00,{10 * (hour + 1)}" for hour in range(6)]
    scenario = day(
        sim.read_counts(table(tmp_path, "time,calls", *lines)),
        start=datetime(2026, 10, 25),
        time_zone="Europe/Berlin",
        horizon="8h",
    )
    assert_poisson(counts(scenario, 200, 1), [10.0, 20.0, 30.0, 0.0, 40.0, 50.0, 60.0, 0.0])


def test_rows_outside_the_horizon_are_left_out_with_a_warning(tmp_path: Path) -> None:
    rows = ["2026-01-04T23:00:00,500", "2026-01-05T00:00:00,20", "2026-01-05T01:00:00,30", "2026-01-05T02:00:00,500"]
    scenario = day(sim.read_counts(table(tmp_path, "time,calls", *rows)), horizon="2h")
    with pytest.warns(sim.ActivitySimWarning, match=r"table\.csv: 2 of 4 rows lie outside the horizon"):
        found = counts(scenario, 300, 1)
    assert_poisson(found, [20.0, 30.0])


def test_no_row_within_the_horizon_is_an_error(tmp_path: Path) -> None:
    scenario = day(sim.read_counts(table(tmp_path, "time,calls", "2027-01-05T00:00:00,20")))
    with pytest.raises(sim.InputError, match=r"tasks\[0\] \(call\)\.arrivals.*no row within the horizon.*2027-01-05"):
        sim.draw(scenario)


def test_a_row_that_the_horizon_cuts_counts_for_its_part(tmp_path: Path) -> None:
    rows = ["2026-01-05T00:00:00,40", "2026-01-05T01:00:00,60"]
    scenario = day(
        sim.read_counts(table(tmp_path, "time,calls", *rows)), start=datetime(2026, 1, 5, 0, 30), horizon="1h"
    )
    assert_poisson(counts(scenario, 300, 0.5), [20.0, 30.0])


def test_a_single_row_lasts_one_interval_of_the_reports(tmp_path: Path) -> None:
    scenario = day(sim.read_counts(table(tmp_path, "time,calls", "2026-01-05T01:00:00,40")), horizon="3h")
    assert_poisson(counts(scenario, 300, 0.5), [0.0, 0.0, 40.0, 0.0, 0.0, 0.0])


def test_a_column_of_handle_times_gives_the_mean_of_each_row(tmp_path: Path) -> None:
    rows = ["2026-01-05T00:00:00,3000,60", "2026-01-05T01:00:00,3000,2min", "2026-01-05T02:00:00,3000,90.5"]
    given = sim.read_counts(table(tmp_path, "time,calls,handle_time", *rows))
    law = {"distribution": "gamma", "mean": "1h", "cv": 0.5}
    for handle_time, cv in ((None, 0.0), ("10s", 0.0), (law, 0.5)):
        (tasks,) = drawn(day(given, horizon="3h", handle_time=handle_time))
        for hour, mean in enumerate((60, 120, 90.5)):
            lengths = tasks.handle_time[tasks.arrival // HOUR == hour] / SECOND
            assert len(lengths) > 2_500
            assert abs(lengths.mean() - mean) <= 4 * cv * mean / np.sqrt(len(lengths)) + 1e-6
            assert abs(lengths.std() - cv * mean) <= 0.1 * cv * mean + 1e-6


# --- traces ---


def test_a_trace_is_replayed_as_it_is(tmp_path: Path) -> None:
    rows = [
        "2026-01-05T09:30:00",
        "2026-01-05T09:00:00+00:00",
        "2026-01-05T08:00:00.000001",
        "2026-01-05T08:00:00.000001",
    ]
    scenario = day(sim.read_trace(table(tmp_path, "arrived", *rows)), time_zone="Europe/Berlin")
    one, two = drawn(scenario, 2)
    assert one.arrival.tolist() == two.arrival.tolist()
    assert one.arrival.tolist() == [8 * HOUR + 1, 8 * HOUR + 1, 9 * HOUR + 30 * 60 * SECOND, 10 * HOUR]


def test_further_columns_of_a_trace_replace_what_would_be_drawn(tmp_path: Path) -> None:
    rows = ["2026-01-05T10:00:00,,1min,,", "2026-01-05T09:00:00,90,,7,{}", '2026-01-05T11:00:00,1h,0s,0,"{""a"": 1}"']
    given = sim.read_trace(
        table(tmp_path, "called_at,handle_time,patience,priority,attributes", *rows), column="called_at"
    )
    (tasks,) = drawn(day(given, handle_time="5s", patience="10s", priority=3))
    assert hours(tasks) == [9, 10, 11]
    assert (tasks.handle_time / SECOND).tolist() == [90, 5, 3_600]
    assert (tasks.patience / SECOND).tolist() == [10, 60, 0]
    assert tasks.priority.tolist() == [7, 3, 0]


def test_a_trace_may_bring_patience_where_none_would_be_drawn(tmp_path: Path) -> None:
    given = sim.read_trace(table(tmp_path, "arrived,patience", "2026-01-05T10:00:00,30", "2026-01-05T11:00:00,"))
    assert drawn(day(given))[0].patience.tolist() == [30 * SECOND, -1]


def test_rows_of_a_trace_outside_the_horizon_are_left_out_with_a_warning(tmp_path: Path) -> None:
    rows = ["2026-01-04T23:59:59,1", "2026-01-05T00:00:00,2", "2026-01-05T23:59:59.999999,3", "2026-01-06T00:00:00,4"]
    given = sim.read_trace(table(tmp_path, "arrived,handle_time", *rows))
    with pytest.warns(sim.ActivitySimWarning, match=r"table\.csv: 2 of 4 rows lie outside the horizon"):
        (tasks,) = drawn(day(given))
    assert tasks.arrival.tolist() == [0, 24 * HOUR - 1]
    assert (tasks.handle_time / SECOND).tolist() == [2, 3]


def test_a_trace_without_a_row_in_the_horizon_is_an_error(tmp_path: Path) -> None:
    given = sim.read_trace(table(tmp_path, "arrived", "2025-12-31T12:00:00"))
    with pytest.raises(sim.InputError, match=r"arrivals.*no row within the horizon"):
        sim.draw(day(given))


# --- regular ---


@pytest.mark.parametrize(
    ("every", "horizon", "seconds"), [("30s", "2min", [30, 60, 90]), ("1min", "1min", []), (7, "15s", [7, 14])]
)
def test_regular_arrivals_begin_after_one_such_time_and_end_before_the_horizon(
    every: Any, horizon: str, seconds: list[int]
) -> None:
    (tasks,) = drawn(day({"every": every}, horizon=horizon))
    assert (tasks.arrival / SECOND).tolist() == seconds


# --- handle time by time of arrival ---

BY = [["08:00", "120s"], ["18:00", "150s"]]


def test_the_handle_time_depends_on_when_the_task_arrives() -> None:
    (tasks,) = drawn(day({"every": "1h"}, horizon="2 days", handle_time={"by": BY}))
    wanted = [120 if 8 <= hour % 24 < 18 else 150 for hour in hours(tasks)]
    assert (tasks.handle_time / SECOND).tolist() == wanted


def test_the_handle_time_follows_the_local_clock() -> None:
    scenario = day(
        {"every": "30min"},
        start=datetime(2026, 10, 25),
        time_zone="Europe/Berlin",
        horizon="6h",
        handle_time={"by": [["02:30", 10], ["03:00", 20]]},
    )
    (tasks,) = drawn(scenario)
    assert (tasks.handle_time / SECOND).tolist() == [20] * 4 + [10] * 3 + [20] * 4


@pytest.mark.parametrize(
    ("law", "cv"),
    [
        ({"distribution": "lognormal", "cv": 0.8}, 0.8),
        ({"distribution": "gamma", "cv": 0.5}, 0.5),
        ({"distribution": "exponential"}, 1.0),
        ({"distribution": "erlang", "shape": 4}, 0.5),
        ({"distribution": "uniform", "low": 1, "high": 3}, 1 / np.sqrt(12)),
    ],
)
def test_the_mean_by_time_of_arrival_keeps_the_shape_of_the_law(law: dict[str, Any], cv: float) -> None:
    (tasks,) = drawn(day({"per_hour": 1_000}, handle_time={"by": BY, **law}))
    daytime = (tasks.arrival >= 8 * HOUR) & (tasks.arrival < 18 * HOUR)
    for mask, mean in ((daytime, 120), (~daytime, 150)):
        lengths = tasks.handle_time[mask] / SECOND
        assert abs(lengths.mean() - mean) < 4 * cv * mean / np.sqrt(len(lengths))
        assert abs(lengths.std() / mean - cv) < 0.1 * cv


# --- what belongs to a task ---


def test_a_task_type_more_moves_no_other_types_draws() -> None:
    def only_calls(*names: str) -> list[list[int]]:
        law = {"distribution": "exponential", "mean": "2min"}
        types = [
            {"friendly_name": name, "arrivals": {"per_hour": 40}, "handle_time": law, "patience": law, "response": law}
            for name in names
        ]
        plan = sim.draw(sim.Scenario(horizon="3h", busyness=BUSY, workers=[{}], tasks=types))
        mine = plan.tasks.task_type == names.index("call")
        return [getattr(plan.tasks, column)[mine].tolist() for column in ("arrival", "handle_time", "patience")]

    alone = only_calls("call")
    assert len(alone[0]) > 50
    assert only_calls("chat", "call") == only_calls("call", "mail") == alone


def test_a_longer_horizon_moves_no_arrival() -> None:
    arrivals = {"rates": [["00:00", 30], ["06:00", 50]]}
    (short,), (long,) = (drawn(day(arrivals, horizon=horizon)) for horizon in ("8h", "20h"))
    assert long.arrival[: len(short.arrival)].tolist() == short.arrival.tolist()
