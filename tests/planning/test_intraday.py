"""A day taken up: its factor held to Bayes' theorem by integration and by drawn days, its morning to the trace."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import integrate, stats

import activity_sim as sim
from activity_sim.drawing import prepare
from activity_sim.drawing.streams import Streams
from activity_sim.planning.intraday import posterior
from activity_sim.units import SECOND, Duration, duration

START = datetime(2026, 11, 23, 8)
HOUR = 3_600 * SECOND
AT = 3 * HOUR
GAMMA = sim.Gamma(1.0, 0.2)
ZONE = "Europe/Berlin"


def calls(name: str = "call", **more: Any) -> sim.Tasks:
    arrivals = more.pop("arrivals", sim.Rates([("08:00", 60), ("10:00", 140), ("15:00", 70)]))
    handle_time = more.pop("handle_time", sim.LogNormal(mean="5min", cv=0.8))
    return sim.Tasks(name, arrivals=arrivals, handle_time=handle_time, **more)


def desk(*tasks: sim.Tasks, count: int = 12, **more: Any) -> sim.Scenario:
    group = sim.Workers(
        "Tier 1",
        count=count,
        shifts=[sim.Shift("Available", "08:00", "16:00")],
        interruptions=[sim.Interruption("Unavailable", every=sim.Exponential("1h"), lasts="5min")],
    )
    return sim.Scenario(start=START, time_zone=ZONE, horizon="8h", workers=[group], tasks=tasks or [calls()], **more)


def times(*minutes: float) -> list[Duration]:
    return [duration(60 * minute) for minute in minutes]


def morning(number: int = 300) -> list[Duration]:
    """Return so many times before 11:00."""
    return times(*np.sort(np.random.default_rng(5).uniform(0, 180, number)).round(6).tolist())


def arrivals(scenario: sim.Scenario, replications: int, seed: int = 1) -> list[NDArray[np.int64]]:
    prepared = prepare(scenario)
    return [prepared.draw(seed, number).tasks.arrival for number in range(replications)]


# --- the day's factor ---


@pytest.mark.parametrize(
    ("prior", "arrived", "expected"),
    [
        (sim.Gamma(1.0, 0.1), 450, 400.0),
        (sim.Gamma(1.3, 0.5), 7, 11.0),
        (sim.Exponential(0.8), 0, 2.5),
        (sim.Erlang(1.0, 4), 30, 20.0),
    ],
)
def test_the_posterior_is_that_of_bayes_theorem_by_integration(prior: Any, arrived: int, expected: float) -> None:
    shape, mean = prior.mean**2 / prior.variance, prior.mean / SECOND
    before = stats.gamma(shape, scale=mean / shape)

    def moment(power: int) -> float:
        def density(factor: float) -> float:
            return float(factor**power * before.pdf(factor) * stats.poisson.pmf(arrived, factor * expected))

        return float(integrate.quad(density, 0, 20, points=[0.5, 1, 1.5, 2, 5], limit=400, epsabs=0, epsrel=1e-11)[0])

    law = posterior(prior, arrived=arrived, expected=expected)
    found = moment(1) / moment(0)
    assert law.mean / SECOND == pytest.approx(found, abs=1e-6)
    assert law.cv == pytest.approx(np.sqrt(moment(2) / moment(0) - found**2) / found, rel=1e-6)


def test_a_day_learns_the_factor_of_its_task_type() -> None:
    now = sim.intraday(desk(calls(busyness=GAMMA)), morning(300), at="11:00")
    (tasks,) = now.tasks
    assert tasks.busyness == posterior(GAMMA, arrived=300, expected=2 * 60 + 140)
    assert now.busyness is None


def test_a_day_learns_the_factor_of_the_scenario_from_all_its_types() -> None:
    parts = {"call": morning(200), "chat": morning(150)}
    day = desk(calls(), calls("chat", arrivals=sim.Poisson(30), busyness={"distribution": "constant", "value": 2}))
    now = sim.intraday(attrs.evolve(day, busyness=GAMMA), parts, at="11:00")
    assert now.busyness == posterior(GAMMA, arrived=350, expected=260 + 2 * 90)
    assert [tasks.busyness for tasks in now.tasks] == [tasks.busyness for tasks in day.tasks]


def test_the_factor_of_a_type_is_learned_beside_a_constant_one_of_the_scenario() -> None:
    day = desk(calls(busyness=GAMMA), calls("chat", arrivals=sim.Poisson(30)), busyness=1.5)
    now = sim.intraday(day, {"call": morning(300), "chat": []}, at="11:00")
    assert now.tasks[0].busyness == posterior(GAMMA, arrived=300, expected=1.5 * 260)
    assert now.tasks[1].busyness is None
    assert now.busyness == day.busyness


def test_drawn_factors_have_the_mean_and_the_variance_of_the_posterior(figure: Any) -> None:
    (tasks,) = sim.intraday(desk(calls(busyness=GAMMA)), morning(300), at="11:00").tasks
    law = stats.gamma(25 + 300, scale=1 / (25 + 260))
    assert tasks.busyness is not None
    drawn = [Streams(1, number).factor(tasks.busyness, "busyness", "call") for number in range(2_000)]
    check_moments(figure, "factor", np.array(drawn), law)


def test_what_is_to_come_has_the_law_of_the_posterior_prediction(figure: Any, prove: bool) -> None:
    now = sim.intraday(desk(calls(busyness=GAMMA)), morning(300), at="11:00")
    found = np.array([(each >= AT).sum() for each in arrivals(now, 2_000 if prove else 500)])
    rest = 4 * 140 + 70
    check_moments(figure, "tasks to come", found, stats.nbinom(25 + 300, (25 + 260) / (25 + 260 + rest)))


def check_moments(figure: Any, what: str, found: NDArray[Any], law: Any) -> None:
    mean, variance, kurtosis = (float(value) for value in law.stats(moments="mvk"))
    figure(f"mean of {what}", found.mean(), mean, np.sqrt(variance / len(found)))
    error = variance * np.sqrt((kurtosis + 2) / len(found))
    figure(f"variance of {what}", found.var(ddof=1), variance, error)


def test_days_that_are_drawn_end_as_their_mornings_predict(prove: bool) -> None:
    """The place of what came in what was predicted is uniform over days: no formula of ours is in that."""
    day, rng, places = desk(calls(busyness=sim.Gamma(1.0, 0.4))), np.random.default_rng(2), []
    for came in arrivals(day, 2_000 if prove else 200):
        (tasks,) = sim.intraday(day, [Duration(each) for each in came[came < AT].tolist()], at="11:00").tasks
        assert tasks.busyness is not None
        shape, mean = tasks.busyness.mean**2 / tasks.busyness.variance, tasks.busyness.mean / SECOND
        law, rest = stats.nbinom(shape, 1 / (1 + 630 * mean / shape)), (came >= AT).sum()
        places.append(law.cdf(rest - 1) + rng.random() * law.pmf(rest))
    assert stats.kstest(places, "uniform").pvalue > 1e-3


def test_without_a_factor_that_varies_the_forecast_stays() -> None:
    steady = desk(calls(), calls("chat", busyness=1.2))
    now = sim.intraday(steady, {"call": morning(500), "chat": []}, at="11:00")
    assert [tasks.busyness for tasks in now.tasks] == [tasks.busyness for tasks in steady.tasks]
    found = [(each >= AT).sum() for each in arrivals(now, 100)]
    assert np.mean(found) == pytest.approx(630 * 2.2, abs=4 * np.sqrt(630 * 2.2 / 100))


def test_where_nothing_was_expected_nothing_is_learned() -> None:
    late = calls(arrivals=sim.Rates([("12:00", 60)]), busyness=GAMMA)
    (tasks,) = sim.intraday(desk(late), morning(3), at="11:00").tasks
    assert tasks.busyness == GAMMA


def test_a_factor_that_is_given_takes_the_place_of_what_was_learned() -> None:
    day = desk(calls(busyness=sim.Gamma(1.1, 0.2)), calls("chat"), busyness=2)
    now = sim.intraday(day, {"call": morning(300), "chat": []}, at="11:00", factor=0.5)
    assert now.busyness is None
    assert [tasks.busyness for tasks in now.tasks] == [sim.Constant(1.1), None]
    plain = sim.intraday(desk(calls(busyness=GAMMA)), [], at="11:00", factor=3.0)
    assert [tasks.busyness for tasks in plain.tasks] == [sim.Constant(3.0)]


# --- what came ---


def test_the_morning_is_the_same_in_all_replications() -> None:
    came = morning(300)
    drawn = arrivals(sim.intraday(desk(calls(busyness=GAMMA)), came, at="11:00"), 5)
    for each in drawn:
        assert each[each < AT].tolist() == came
        assert np.all(np.diff(each) >= 0)
    assert len({tuple(each.tolist()) for each in drawn}) == 5


def test_times_may_be_of_any_kind_and_those_from_then_on_are_left_out() -> None:
    day, minutes = desk(calls(busyness=GAMMA)), [1.0, 30.0, 179.0, 180.0, 400.0]
    local = [START + timedelta(minutes=minute) for minute in minutes]
    index = pd.DatetimeIndex(local).tz_localize(ZONE)
    since = pd.Series(pd.to_timedelta(minutes, unit="min"))
    given = [times(*minutes), local, index, since, [60 * minute for minute in minutes], sim.Trace(tuple(local))]
    found = [arrivals(sim.intraday(day, each, at="11:00"), 1)[0].tolist() for each in given]
    assert all(each == found[0] for each in found)
    assert [each for each in found[0] if each < AT] == times(1, 30, 179)


def test_of_counts_so_many_come_anywhere_in_each_interval() -> None:
    numbers = pd.Series([40, 0, 25, 60, 9], pd.date_range(START, periods=5, freq="1h", tz=ZONE))
    drawn = arrivals(sim.intraday(desk(), numbers, at="11:00"), 200)
    counts = np.array([np.histogram(each, [0, HOUR, 2 * HOUR, AT])[0] for each in drawn])
    assert (counts == [40, 0, 25]).all()
    within = np.concatenate([each[each < AT] % HOUR for each in drawn]) / HOUR
    assert stats.kstest(within, "uniform").pvalue > 1e-3
    assert all(np.all(np.diff(each) >= 0) for each in drawn)


@pytest.mark.parametrize("at", ["09:00", "10:00"])
def test_counts_and_times_teach_the_same(at: str) -> None:
    """One interval alone, too, is as long as those that were given."""
    day, came = desk(calls(busyness=GAMMA)), morning(300)
    hours = np.histogram(came, [0, HOUR, 2 * HOUR, AT])[0]
    counts = sim.Counts(tuple(times(0, 60, 120)), tuple(hours.tolist()))
    found = [sim.intraday(day, given, at=at) for given in (came, counts)]
    assert found[0].tasks[0].busyness == found[1].tasks[0].busyness
    last = arrivals(found[1], 50)
    width = HOUR * (int(at[:2]) - 8)
    assert max(each[each < width].max() for each in last) > 0.9 * width


def test_what_rows_say_of_the_tasks_that_came_is_kept() -> None:
    trace = sim.Trace(
        tuple(times(10, 5, 20, 300)),
        handle_time=(duration("7s"), duration("5s"), None, duration("1s")),
        priority=(3, None, 1, 9),
    )
    now = sim.intraday(desk(calls(handle_time="60s")), trace, at="11:00")
    tasks = prepare(now).draw(1, 0).tasks
    assert tasks.handle_time[:3].tolist() == [duration("5s"), duration("7s"), duration("60s")]
    assert tasks.priority[:3].tolist() == [0, 3, 1]
    assert set(tasks.handle_time[3:].tolist()) == {duration("60s")}
    assert set(tasks.priority[3:].tolist()) == {0}


def test_attributes_of_the_tasks_that_came_find_their_workers() -> None:
    queue = [
        sim.TaskQueue(name, target_workers=f"level == {number}") for number, name in enumerate(["plain", "expert"])
    ]
    groups = [
        sim.Workers(name, attributes={"level": number}, shifts=[sim.Shift("Available", "08:00", "16:00")])
        for number, name in enumerate(["one", "two"])
    ]
    route = {
        "task_routing": {
            "filters": [{"expression": "hard == true", "targets": [{"queue": "expert"}]}],
            "default_filter": {"queue": "plain"},
        }
    }
    workflow = sim.Workflow("route", configuration=route)
    trace = sim.Trace(tuple(times(1, 2, 3)), attributes=({"hard": True}, None, {"hard": True}))
    day = attrs.evolve(desk(calls(arrivals=sim.Poisson(20))), workers=groups, task_queues=queue, workflows=[workflow])
    log = sim.simulate(sim.intraday(day, trace, at="11:00"))
    assert log.tasks["task_queue"].tolist()[:4] == ["expert", "plain", "expert", "plain"]
    assert set(log.tasks["task_queue"][3:]) == {"plain"}


def test_mean_handle_times_come_from_the_rows_that_hold(tmp_path: Path) -> None:
    hours = tuple(times(*range(0, 480, 60)))
    forecast = sim.Counts(hours, (30.0,) * 8, tuple(duration(100 + n) for n in range(8)))
    actual = sim.Counts(hours[:3], (4.0, 5.0, 6.0), tuple(duration(200 + n) for n in range(3)))
    law = sim.Constant("1min")
    with_both = sim.intraday(desk(calls(arrivals=forecast, handle_time=law)), actual, at="11:00")
    drawn = prepare(with_both).draw(1, 0).tasks
    hour = drawn.arrival // HOUR
    assert drawn.handle_time.tolist() == [duration((200 if n < 3 else 100) + n) for n in hour.tolist()]
    rate = calls(arrivals=sim.Poisson(30), handle_time=law)
    only_actual = prepare(sim.intraday(desk(rate), actual, at="11:00")).draw(1, 0).tasks
    hour = only_actual.arrival // HOUR
    assert only_actual.handle_time.tolist() == [duration(200 + n if n < 3 else 60) for n in hour.tolist()]


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_until_then_the_run_is_that_of_the_trace_alone(engine: str) -> None:
    came = morning(330)
    day = desk(calls(patience=sim.Exponential("3min"), busyness=GAMMA), count=9)
    alone = attrs.evolve(day, tasks=[attrs.evolve(day.tasks[0], arrivals=sim.Trace(tuple(came)))])
    now = sim.intraday(day, came, at="11:00")
    for replication in range(2):
        logs = [sim.simulate(each, engine=engine, seed=3, replication=replication) for each in (now, alone)]
        for table, time in (("spells", "end"), ("tasks", "completed"), ("reservations", "ended")):
            found, known = (until(log, table, time) for log in logs)
            assert len(known) > 30
            pd.testing.assert_frame_equal(found, known)
        tasks = logs[0].columns["tasks"]
        assert ((tasks["arrival"] < AT) & (tasks["completed"] >= AT)).any()


def until(log: sim.Log, table: str, time: str) -> pd.DataFrame:
    frame = getattr(log, table)
    return frame[frame[time] < pd.Timedelta(hours=3)].reset_index(drop=True)


def test_both_engines_agree_on_a_day_that_was_taken_up() -> None:
    numbers = pd.Series([90, 70, 160], pd.date_range(START, periods=3, freq="1h"))
    now = sim.intraday(desk(calls(patience=sim.Exponential("3min"), busyness=GAMMA)), numbers, at="11:00")
    logs = [sim.simulate(now, engine=engine, seed=2) for engine in ("simpy", "compiled")]
    for table, columns in logs[0].columns.items():
        for name, column in columns.items():
            assert np.array_equal(column, logs[1].columns[table][name])


def test_the_backlog_is_carried_into_the_rest_of_the_day() -> None:
    one = sim.Workers("A", shifts=[sim.Shift("Available", "08:00", "16:00")])
    day = attrs.evolve(desk(calls(arrivals=sim.Poisson(0), handle_time="20min")), workers=[one])
    log = sim.simulate(sim.intraday(day, times(*range(10)), at="09:00"))
    assert log.columns["tasks"]["completed"].tolist() == times(*range(20, 201, 20))


# --- what it is asked for ---


def test_requirements_see_what_came_and_what_is_now_expected() -> None:
    now = sim.intraday(desk(calls(busyness=GAMMA)), times(*range(90)), at="11:00")
    mean = (25 + 90) / (25 + 260)
    table = sim.required(now, interval="1h")
    assert table["offered"].tolist() == pytest.approx([60, 30, 0, *[140 * mean] * 4, 70 * mean], rel=1e-6)
    assert table["load"].tolist() == pytest.approx((table["offered"] / 12).tolist(), rel=1e-6)


def test_more_volume_is_more_to_come() -> None:
    now = sim.intraday(desk(calls(busyness=GAMMA)), morning(300), at="11:00")
    (tasks,), (more,) = now.tasks, now.with_volume(2.0).tasks
    assert more.arrivals == tasks.arrivals
    assert tasks.busyness is not None
    assert more.busyness == tasks.busyness.scaled(2.0)
    fixed = sim.intraday(desk(), morning(300), at="11:00").with_volume(2.0)
    assert np.mean([(each >= AT).sum() for each in arrivals(fixed, 50)]) == pytest.approx(1_260, abs=4 * 36 / 50**0.5)


def test_longer_handle_times_are_those_of_rows_and_of_laws() -> None:
    trace = sim.Trace(tuple(times(1, 2)), handle_time=(duration("10s"), None))
    now = sim.intraday(desk(calls(handle_time="60s")), trace, at="11:00").with_handle_time(1.5)
    drawn = prepare(now).draw(1, 0).tasks.handle_time.tolist()
    assert drawn[0] == duration("15s")
    assert set(drawn[1:]) == {duration("90s")}


def test_fixed_arrivals_stay_as_they_are() -> None:
    day = desk(calls(), calls("batch", arrivals=sim.Regular("1h")))
    now = sim.intraday(day, morning(10), at="11:00")
    assert now.tasks[1] == day.tasks[1]
    with pytest.raises(sim.InputError, match=r"actuals\['batch'\]: must not be given: these arrivals are no forecast"):
        sim.intraday(day, {"call": [], "batch": []}, at="11:00")


def test_a_page_says_what_came() -> None:
    numbers = pd.Series([90, 70, 160], pd.date_range(START, periods=3, freq="1h"))
    now = sim.intraday(desk(), numbers, at="11:00")
    assert "320 that came in the first 3h, then 3 rates through the day" in now._repr_html_()
    replayed = sim.intraday(desk(), morning(5), at="11:00")
    assert "5 as recorded in the first 3h, then 3 rates through the day" in replayed._repr_html_()


# --- who goes home when ---


def there(scenario: sim.Scenario, worker: str) -> list[tuple[float, float]]:
    """Return the hours between which a worker is not offline, from one spell offline to the next."""
    spells = sim.simulate(scenario).spells
    mine = spells[(spells["worker"] == worker) & (spells["friendly_name"] != "Offline")]
    hours = [(row.start.total_seconds() / 3_600, row.end.total_seconds() / 3_600) for row in mine.itertuples()]
    return [(min(start for start, _ in hours), max(end for _, end in hours))] if hours else []


def staffed(**more: Any) -> sim.Scenario:
    early = sim.Workers("Early", count=3, shifts=[sim.Shift("Available", "08:00", "14:00")], **more)
    late = sim.Workers("Late", count=2, shifts=[sim.Shift("Available", "12:00", "15:00")])
    return attrs.evolve(desk(calls(arrivals=sim.Poisson(0))), workers=[early, late])


def test_workers_go_home_at_another_time() -> None:
    until = {"Early 002": "11:00", "Early 003": START + timedelta(hours=7), "Late 001": "11:00", "Late 002": "14:30"}
    now = sim.intraday(staffed(), [], at="11:00", until=until)
    found = {name: there(now, name) for name in now.worker_names}
    assert found == {
        "Early 001": [(0, 6)],
        "Early 002": [(0, 3)],
        "Early 003": [(0, 7)],
        "Late 001": [],
        "Late 002": [(4, 6.5)],
    }


def test_only_the_shift_of_the_day_is_another() -> None:
    weekly = attrs.evolve(staffed(), horizon="3 days", start=START - timedelta(days=1))
    now = sim.intraday(weekly, [], at="+1 11:00", until={"Early 001": "+1 12:00"})
    spells = sim.simulate(now).spells
    mine = spells[(spells["worker"] == "Early 001") & (spells["friendly_name"] == "Available")]
    assert (mine["end"] - mine["start"]).tolist() == [pd.Timedelta(hours=hours) for hours in (6, 4, 6)]


@pytest.mark.parametrize("absence", [0.0, 0.5])
def test_a_shift_that_ends_as_planned_changes_nothing(absence: float) -> None:
    """Breaks, interruptions and absences of the worker and of all others stay as they were drawn."""
    extra = {
        "absence": absence,
        "breaks": [sim.Break("Unavailable", "09:00", "15min", stagger="2h")],
        "interruptions": [sim.Interruption("Unavailable", every=sim.Exponential("1h"), lasts="5min")],
    }
    day = staffed(**extra)
    planned = dict.fromkeys(day.worker_names[:3], "14:00")
    plain, until = (sim.intraday(day, [], at="11:00", until=given) for given in ({}, planned))
    for seed in range(3):
        pd.testing.assert_frame_equal(sim.simulate(until, seed=seed).spells, sim.simulate(plain, seed=seed).spells)


@pytest.mark.parametrize(
    ("until", "message"),
    [
        ({"Early 004": "12:00"}, "until: must be one of .*, not 'Early 004'; the nearest is 'Early 00"),
        ({"Early 001": "10:59"}, r"until\['Early 001'\]: must not be before at, not '10:59'"),
        ({"Early 001": "noon"}, r"until\['Early 001'\]: must be a clock time"),
    ],
)
def test_an_end_that_cannot_be_meant_is_one_clear_error(until: Any, message: str) -> None:
    with pytest.raises(sim.InputError, match=message):
        sim.intraday(staffed(), [], at="11:00", until=until)


def test_an_end_needs_a_shift() -> None:
    with pytest.raises(sim.InputError, match="must be a worker with a shift that is on, or comes later, and has none"):
        sim.intraday(staffed(), [], at="14:30", until={"Early 001": "16:00"})
    row = {"worker": "Early 001", "date": "2026-11-23", "activity": "Available", "start": "08:00", "end": "09:00"}
    rostered = attrs.evolve(staffed(), roster={"rows": [row]})
    with pytest.raises(sim.InputError, match="for others, change the rows of the roster"):
        sim.intraday(rostered, [], at="11:00", until={"Early 001": "16:00"})
    ann = sim.Workers(
        "A", shifts=[sim.Shift("Available", "08:00", "14:00")], members=[sim.Member("Ann", {}, "Offline")]
    )
    with pytest.raises(sim.InputError, match="without an activity of its own outside of shifts"):
        sim.intraday(attrs.evolve(staffed(), workers=[ann]), [], at="11:00", until={"Ann": "12:00"})


# --- errors ---

COUNTS = pd.Series([90, 70, 160], pd.date_range(START, periods=3, freq="1h"))


@pytest.mark.parametrize(
    ("actuals", "at", "message"),
    [
        ([], "16:00", "at: must lie within the run, after 2026-11-23 08:00 and before 2026-11-23 16:00, not '16:00'"),
        ([], "08:00", "at: must lie within"),
        ([], "noon", "at: must be a clock time such as '08:00'"),
        ({"cal": []}, "11:00", "actuals: must be one of 'call', not 'cal'; the nearest is 'call'"),
        ({}, "11:00", "actuals: must have an entry for 'call' too"),
        (3, "11:00", r"actuals\['call'\]: must be a list of times, a series of counts"),
        (["8 o'clock"], "11:00", r"actuals\['call'\]\[0\]: must be a datetime, or a duration since the start, not"),
        ([pd.NaT], "11:00", r"actuals\['call'\]\[0\]: must be a datetime"),
        (COUNTS, "10:30", r"actuals\['call'\]: must have an interval that ends at 2026-11-23 10:30; they are 1h long"),
        (COUNTS, "12:00", r"must reach until 2026-11-23 12:00, and its last interval ends at 2026-11-23 11:00"),
        (COUNTS[2:], "10:00", r"must reach until 2026-11-23 10:00, and none of its intervals is before"),
        (COUNTS + 0.5, "11:00", r"actuals\['call'\].counts\[0\]: must be a whole number of tasks, not 90.5"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_error(actuals: Any, at: str, message: str) -> None:
    with pytest.raises(sim.InputError, match=message):
        sim.intraday(desk(), actuals, at=at)


def test_a_factor_of_no_known_posterior_must_be_given() -> None:
    skewed = desk(calls(busyness=sim.LogNormal(1.0, 0.2)))
    with pytest.raises(sim.InputError, match=r"tasks \(call\).busyness: must be of a gamma law"):
        sim.intraday(skewed, [], at="11:00")
    assert sim.intraday(skewed, [], at="11:00", factor=1.0).tasks[0].busyness is None
    both = desk(calls(busyness=GAMMA), busyness=GAMMA)
    with pytest.raises(sim.InputError, match=r"tasks \(call\).busyness: must not vary where that of the scenario does"):
        sim.intraday(both, [], at="11:00")
    with pytest.raises(sim.InputError, match="factor: must be a number above 0"):
        sim.intraday(desk(), [], at="11:00", factor=-1)


def test_several_types_need_a_table_and_none_need_something() -> None:
    with pytest.raises(sim.InputError, match="actuals: must be a table with an entry for each of 'call', 'chat'"):
        sim.intraday(desk(calls(), calls("chat")), [], at="11:00")
    with pytest.raises(sim.InputError, match="actuals: need a task type with a forecast"):
        sim.intraday(desk(calls(arrivals=sim.Regular("1h"))), [], at="11:00")


def test_a_day_that_was_taken_up_is_neither_saved_nor_taken_up_again(tmp_path: Path) -> None:
    now = sim.intraday(desk(), [], at="11:00")
    with pytest.raises(sim.InputError, match="arrivals: that were taken up within the day cannot be saved"):
        now.save(str(tmp_path / "now.toml"))
    assert not list(tmp_path.iterdir())
    with pytest.raises(sim.InputError, match=r"tasks \(call\).arrivals: must be those of the day as it was planned"):
        sim.intraday(now, [], at="12:00")
