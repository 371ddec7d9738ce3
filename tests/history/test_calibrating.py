"""Scenarios made of logs: known scenarios come back, and what the log cannot tell is said."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats as st
from scipy.optimize import minimize

import activity_sim as sim
from activity_sim.cli import main
from activity_sim.errors import InputError
from activity_sim.history.demand import Rate, dispersion
from activity_sim.history.fitting import fit
from activity_sim.history.habits import Punctuality
from activity_sim.history.likelihood import Lengths
from activity_sim.log import Log
from tests.history.compared import again, bounds

DATA = Path(__file__).parents[2] / "data"
ACTIVITIES = [sim.Activity(name, name == "Available") for name in ("Offline", "Available", "Break", "Coaching")]
SINGLE = [sim.Activity(name, name == "Available") for name in ("Offline", "Available", "Reserved", "Busy", "Wrap Up")]
TYPE: dict[str, Any] = {
    "arrivals": sim.Rates([("00:00", 90), ("02:00", 150)]),
    "handle_time": sim.LogNormal("4min", 0.9),
    "wrap_up_time": sim.Gamma("40s", 0.5),
    "patience": sim.Exponential("3min"),
    "response": sim.Exponential("6s"),
    "reject_probability": 0.1,
}
ROUTINE = sim.Routine(
    "Available",
    stay={"Available": sim.Exponential("25min"), "Break": sim.Gamma("6min", 0.6), "Coaching": "15min"},
    next={"Available": {"Break": 0.75, "Coaching": 0.25}, "Break": {"Available": 1}, "Coaching": {"Available": 1}},
)
TRUTH = {
    ("call", "arrivals: Mon 00:00"): 90,
    ("call", "arrivals: Mon 02:00"): 150,
    ("call", "handle_time: mean"): 240,
    ("call", "handle_time: cv"): 0.9,
    ("call", "wrap_up_time: mean"): 40,
    ("call", "wrap_up_time: cv"): 0.5,
    ("call", "patience: mean"): 180,
    ("call", "response: mean"): 6,
    ("call", "reject_probability"): 0.1,
    ("Tier 1", "Available: stay: mean"): 1_500,
    ("Tier 1", "Break: stay: mean"): 360,
    ("Tier 1", "Break: stay: cv"): 0.6,
    ("Tier 1", "Coaching: stay: value"): 900,
    ("Tier 1", "Available -> Break"): 0.75,
}
CERTAIN = {"Coaching: stay: value"}


def centre(**changed: Any) -> sim.Scenario:
    """Return a small centre of which every number is known."""
    given: dict[str, Any] = {
        "horizon": "4h",
        "interval": "2h",
        "workspace": sim.Workspace(activities=ACTIVITIES),
        "workers": [sim.Workers("Tier 1", count=14, routine=ROUTINE)],
        "tasks": [sim.Tasks("call", **TYPE)],
    }
    return sim.Scenario(**{**given, **changed})


def single() -> sim.Scenario:
    """Return a single-tasking centre, in which activities mirror work."""
    return centre(
        workspace=sim.Workspace(activities=SINGLE, multi_task_enabled=False),
        workers=[sim.Workers("Tier 1", count=9, shifts=[sim.Shift("Available", "00:15", "03:45")])],
        tasks=[sim.Tasks("call", **{**TYPE, "reject_probability": 0.0}, wrap_up_activity="Wrap Up")],
    )


def rows(found: sim.Calibration) -> dict[tuple[str, str], Any]:
    return {(row.subject, row.number): row for row in found.table.itertuples()}


@pytest.fixture(scope="module")
def log() -> Log:
    return sim.simulate(centre())


@pytest.fixture(scope="module")
def calibrated(log: Log) -> sim.Calibration:
    return sim.calibrate(log)


# --- recovery ---


@pytest.mark.slow
def test_a_known_scenario_comes_back(prove: bool, figure: Callable[..., None]) -> None:
    """Each number lies in its 95 % interval as often as that says, in simulations of one scenario."""
    trials = 200 if prove else 20
    covered: dict[tuple[str, str], list[bool]] = {key: [] for key in TRUTH}
    for seed in range(trials):
        there = rows(sim.calibrate(sim.simulate(centre(), seed=100 + seed)))
        for key, truth in TRUTH.items():
            if key in there:
                covered[key].append(bool(there[key].low <= truth <= there[key].high))
    for (_, number), hits in covered.items():
        assert len(hits) >= 0.7 * trials, f"{number}: another law is chosen too often"
        if number in CERTAIN:
            assert all(hits)
        else:
            deviation = math.sqrt(0.95 * 0.05 / len(hits))
            figure(f"95 % interval of {number}", float(np.mean(hits)), 0.95, deviation)
    pooled = [hit for (_, number), hits in covered.items() if number not in CERTAIN for hit in hits]
    figure("95 % intervals, all numbers", float(np.mean(pooled)), 0.95, math.sqrt(0.95 * 0.05 / len(pooled)))
    assert not prove or 0.93 <= np.mean(pooled) <= 0.97


def test_the_laws_are_the_true_ones(calibrated: sim.Calibration) -> None:
    there = rows(calibrated)
    assert there["call", "handle_time: mean"].law == "lognormal"
    assert there["call", "patience: mean"].law == "exponential"
    assert there["Tier 1", "Coaching: stay: value"].law == "constant"
    assert there["call", "handle_time: mean"].rivals.startswith("lognormal +0.0, ")


def test_what_is_made_runs_and_looks_alike(log: Log, calibrated: sim.Calibration) -> None:
    """The same shares of time and of abandoned calls, within four standard errors of twenty days of each."""
    was, made = (sim.replicate(scenario, replications=20, seed=5) for scenario in (centre(), calibrated.scenario))
    one, other = (sim.reports.time_by_activity(study).set_index("friendly_name")["share"] for study in (was, made))
    assert other.to_dict() == pytest.approx(one.to_dict(), abs=0.06)
    abandoned = [sim.reports.task_summary(study)["abandoned_share"].iloc[0] for study in (was, made)]
    assert abandoned[1] == pytest.approx(abandoned[0], abs=0.12)


def test_events_give_what_the_log_gives(log: Log, calibrated: sim.Calibration) -> None:
    read = rows(sim.calibrate(again(log, interval="2h").log))
    for key, row in rows(calibrated).items():
        if "concentration" not in key[1] and key in read:
            assert read[key].estimate == pytest.approx(row.estimate, rel=0.01), key
    assert {*rows(calibrated)} - {*read} == set()


def test_the_time_that_workers_wait_to_leave_is_no_part_of_their_stay(log: Log) -> None:
    """Breaks begin when the work is done. Counted to the stay, the waiting makes it longer than it was meant."""
    spells = log.spells[(log.spells["friendly_name"] == "Available") & log.spells["finished"]]
    seconds = (spells["end"] - spells["start"]).dt.total_seconds()
    deferred = [sim.calibrate(sim.simulate(centre(), seed=seed)) for seed in range(5)]
    means = [rows(found)["Tier 1", "Available: stay: mean"].estimate for found in deferred]
    assert np.mean(means) == pytest.approx(1_500, rel=0.06)
    assert len(seconds) > 50


# --- arrivals ---


def bank() -> tuple[Any, Any]:
    calls = pd.read_csv(DATA / "bank_five_weeks.csv", parse_dates=["time"])
    totals = calls.groupby(calls["time"].dt.date)["calls"].sum()
    weekdays = np.array([day.weekday() for day in totals.index])
    return totals.to_numpy(dtype=np.float64), weekdays


def test_the_index_of_dispersion_is_the_chi_square_statistic_of_each_weekday() -> None:
    totals, weekdays = bank()
    found = dispersion(totals, weekdays)
    each = [st.chisquare(totals[weekdays == day]).statistic for day in range(5)]
    assert (len(totals), found.freedom) == (25, 20)
    assert found.index == pytest.approx(sum(each) / 20, rel=1e-9)
    assert found.p_value == pytest.approx(st.chi2.sf(sum(each), 20), abs=1e-300)
    assert found.is_shown


def test_days_of_a_real_bank_differ_as_the_likelihood_of_gamma_factors_says() -> None:
    """The cv by moments beside that of most likelihood, corrected for the five means that it estimates too."""
    totals, weekdays = bank()

    def cost(given: Any) -> float:
        size, means = math.exp(-2 * given[0]), np.exp(given[1:])[weekdays]
        return -float(st.nbinom.logpmf(totals, size, size / (size + means)).sum())

    means = [math.log(totals[weekdays == day].mean()) for day in range(5)]
    likely = math.exp(minimize(cost, [math.log(0.1), *means], method="BFGS").x[0]) * math.sqrt(25 / 20)
    found = dispersion(totals, weekdays)
    assert found.cv == pytest.approx(likely, rel=0.1)
    assert found.low < likely < found.high
    assert 0.02 < found.low < found.high < 0.25


@pytest.mark.slow
@pytest.mark.parametrize("cv", [0.05, 0.2])
def test_the_interval_of_busyness_covers(cv: float, prove: bool, figure: Callable[..., None]) -> None:
    trials, generator = (4_000 if prove else 400), np.random.default_rng(9)
    groups = np.arange(30) % 5
    factors = generator.gamma(cv**-2, cv**2, size=(trials, 30))
    counts = generator.poisson(factors * np.array([900, 1_100, 1_000, 950, 1_300])[groups])
    found = [dispersion(row.astype(np.float64), groups) for row in counts]
    hits = sum(each.low <= cv <= each.high for each in found) / trials
    figure(f"95 % interval of busyness, cv {cv:g}", hits, 0.95, math.sqrt(0.95 * 0.05 / trials))


def test_counts_of_chance_alone_are_seldom_called_overdispersed() -> None:
    counts = np.random.default_rng(2).poisson(800, size=(400, 20)).astype(np.float64)
    share = np.mean([dispersion(row, np.arange(20) % 5).is_shown for row in counts])
    assert abs(share - 0.05) < 4 * math.sqrt(0.05 * 0.95 / 400)


def test_a_rate_has_the_exact_interval_of_a_poisson_count() -> None:
    found = Rate.of(0, 0, 7, 2.0, 0.0)
    assert (found.per_hour, found.low, found.high) == pytest.approx(
        (3.5, st.chi2.ppf(0.025, 14) / 4, st.chi2.ppf(0.975, 16) / 4)
    )
    assert Rate.of(0, 0, 0, 2.0, 0.0).high == pytest.approx(-math.log(0.025) / 2)
    assert Rate.of(0, 0, 700, 2.0, 0.01).high / 350 == pytest.approx(
        math.exp(1.96 * math.sqrt(0.01 + 1 / 700)), rel=0.02
    )


def test_days_of_a_log_are_those_of_its_replications_too() -> None:
    busy = centre(tasks=[sim.Tasks("call", **TYPE, busyness=sim.Gamma(1.0, 0.3))])
    found = sim.calibrate(Log.concat([sim.simulate(busy, replication=n) for n in range(30)]))
    row = rows(found)["call", "busyness: cv"]
    assert row.low < 0.3 < row.high
    assert row.observed == 29
    assert found.scenario.tasks[0].busyness is not None
    assert any("one a replication" in text for text in found.warnings)


def week() -> sim.Scenario:
    rates = sim.Rates([("08:00", 40), ("09:00", 80), ("10:00", 0)])
    task = sim.Tasks("call", arrivals=rates, handle_time="1min")
    shift = sim.Shift("Available", "08:00", "10:30", days="Mon-Fri")
    return sim.Scenario(
        horizon="14 days",
        start="2026-10-19T00:00:00",
        time_zone="Europe/Berlin",
        interval="1h",
        workers=[sim.Workers("Tier 1", count=4, shifts=[shift])],
        tasks=[task],
    )


def test_weekdays_have_rates_of_their_own_on_the_local_clock(tmp_path: Path) -> None:
    """Clocks are put back on the 25th of October."""
    log = sim.simulate(week())
    found = sim.calibrate(log)
    there, tasks = rows(found), log.tasks
    local = [log.legend.calendar.local(int(moment / pd.Timedelta("1us"))) for moment in tasks["arrival"]]
    count = sum(moment.weekday() == 1 and moment.hour == 9 for moment in local)
    assert there["call", "arrivals: Tue 09:00"].estimate == count / 2
    assert sum(found.scenario.tasks[0].arrivals.counts) == pytest.approx(len(tasks), rel=1e-9)
    assert there["call", "busyness: cv"].observed == 6, "one of the two Sundays is longer, and not compared"
    paths = found.save(tmp_path / "past.toml")
    assert [path.name for path in paths] == ["past.toml", "past_arrivals_1.csv"]
    read = sim.load_scenario(paths[0])
    times = [[time.isoformat() for time in each.tasks[0].arrivals.times] for each in (read, found.scenario)]
    assert times[0] == times[1]
    assert abs(len(sim.simulate(read).tasks) - len(tasks)) < 6 * math.sqrt(len(tasks))


def test_off_shift_is_told_and_doubted() -> None:
    found = sim.calibrate(sim.simulate(week()))
    assert "looks like off shift, begins about 10:30" in rows(found)["Tier 1", "Offline: concentration of starts"].note
    assert any("does not know the clock" in text for text in found.warnings)


# --- workers ---


def test_shifts_breaks_and_interruptions_are_told_apart() -> None:
    group = sim.Workers(
        "Tier 1",
        count=12,
        shifts=[sim.Shift("Available", "06:00", "22:00")],
        breaks=[sim.Break("Break", "12:00", "30min", stagger="1h")],
        interruptions=[sim.Interruption("Coaching", every=sim.Exponential("2h"), lasts="10min")],
    )
    found = rows(sim.calibrate(sim.simulate(centre(workers=[group], horizon="3 days", tasks=[]))))
    notes = {key[1].split(":")[0]: row.note for key, row in found.items() if "concentration" in key[1]}
    looks = {name: note.removeprefix("looks like ").split(",")[0] for name, note in notes.items()}
    assert looks == {"Available": "shift", "Break": "break", "Coaching": "interruption", "Offline": "off shift"}


def test_times_at_midnight_are_close_on_both_sides_of_it() -> None:
    minutes = 60_000_000 * np.array([1_439, 1, 1_438, 2])
    found = Punctuality.of(minutes)
    assert found.spread == pytest.approx(1.58 * 60e6, rel=0.01)
    assert min(found.middle, 86_400e6 - found.middle) < 1e6


def test_activities_that_mirror_work_are_not_chosen() -> None:
    log = sim.simulate(single())
    found = sim.calibrate(log)
    (group,), (queue,) = found.scenario.workers, found.scenario.task_queues
    assert not found.scenario.workspace.multi_task_enabled
    assert (queue.reservation_activity, queue.assignment_activity) == ("Reserved", "Busy")
    assert found.scenario.tasks[0].wrap_up_activity == "Wrap Up"
    assert {*group.routine.stay} <= {"Offline", "Available"}
    assert len(sim.simulate(found.scenario).tasks) > 100


def test_work_is_not_taken_for_what_it_mirrors_where_workers_are_busy_all_the_time() -> None:
    """Overloaded, every stay in Available begins with a task, and every break with the end of one."""
    busy = centre(workers=[sim.Workers("Tier 1", count=4, routine=ROUTINE)])
    found = sim.calibrate(sim.simulate(busy)).scenario
    assert found.workspace.multi_task_enabled
    assert found.workspace.mirror is None
    assert {*found.workers[0].routine.stay} == {"Available", "Break", "Coaching"}


def test_who_leaves_with_work_in_hand_leaves_at_once() -> None:
    group = sim.Workers("Tier 1", count=14, routine=ROUTINE, leave="at_once")
    found = sim.calibrate(sim.simulate(centre(workers=[group])))
    assert found.scenario.workers[0].leave == "at_once"
    assert rows(found)["Tier 1", "leaves at once"].estimate > 0.9


def test_groups_serve_the_queues_whose_tasks_they_were_given() -> None:
    given = centre(
        task_queues=[sim.TaskQueue(name, target_workers=f'skill == "{name}"') for name in ("Sales", "Support")],
        workers=[
            sim.Workers("A", count=8, attributes={"skill": "Sales"}, routine=ROUTINE),
            sim.Workers("B", count=8, attributes={"skill": "Support"}, channels={"default": 3}, routine=ROUTINE),
        ],
        tasks=[sim.Tasks(name, task_queue=name, **TYPE) for name in ("Sales", "Support")],
    )
    found = sim.calibrate(sim.simulate(given))
    by_name = {group.friendly_name: group for group in found.scenario.workers}
    assert by_name["A"].attributes == {"task_queues": ["Sales"]}
    assert by_name["B"].attributes == {"task_queues": ["Support"]}
    assert by_name["B"].channels == {"default": 3}
    served = sim.simulate(found.scenario).tasks.dropna(subset=["accepted"])
    assert {*zip(served["task_queue"], served["worker"].str[0], strict=True)} == {("Sales", "A"), ("Support", "B")}


# --- what is not known ---


def test_a_warm_up_is_left_out_and_what_it_cut_still_counts() -> None:
    found = rows(sim.calibrate(sim.simulate(centre(warm_up="2h"))))
    assert ("call", "arrivals: Mon 00:00") not in found
    row = found["call", "handle_time: mean"]
    error = math.log(row.high / row.low) / 3.92
    assert row.cut > 0
    assert abs(math.log(row.estimate / 240)) < 4 * error < 0.4


def test_nobody_abandoned() -> None:
    found = sim.calibrate(sim.simulate(centre(tasks=[sim.Tasks("call", **{**TYPE, "patience": None})])))
    row = rows(found)["call", "patience: mean"]
    assert found.scenario.tasks[0].patience is None
    assert (row.estimate, row.observed) == (math.inf, 0)
    assert row.low > 100
    assert len(found.patience) == 0


def test_a_type_that_nobody_handled_is_left_out() -> None:
    nobody = [sim.Workers("Tier 1", count=2)]
    found = sim.calibrate(sim.simulate(centre(workers=nobody)))
    assert found.scenario.tasks == ()
    assert any("left out of the scenario" in text for text in found.warnings)


def test_thin_data_are_wide_and_doubted() -> None:
    few = [sim.Tasks("call", **{**TYPE, "arrivals": sim.Poisson(4)})]
    found = sim.calibrate(sim.simulate(centre(tasks=few)))
    row = rows(found)["call", "handle_time: mean"]
    assert row.high / row.low > 2
    assert any("too few to choose a law" in text for text in found.warnings)


@pytest.mark.parametrize("make", [centre, single, week])
def test_damaged_events_give_a_scenario_that_runs(make: Callable[[], sim.Scenario], tmp_path: Path) -> None:
    log, generator = sim.simulate(make()), np.random.default_rng(4)
    stated = ("activity.created", "activity.updated")
    kept = [event for event in sim.events(log) if event["event_type"] in stated or generator.random() > 0.1]
    history = sim.read_events(kept, **bounds(log), task_type="task_type", worker_group="worker_group")
    found = sim.calibrate(history.log)
    there = found.table[found.table["number"].str.startswith("handle_time: mean")]
    assert (there["low"] > 0).all()
    found.save(tmp_path / "made.toml")
    assert len(sim.simulate(sim.load_scenario(tmp_path / "made.toml")).tasks) > 20


def test_steps_in_the_wrong_order_are_left_out_and_said(log: Log) -> None:
    tasks = {name: column.copy() for name, column in log.columns["tasks"].items()}
    odd = np.flatnonzero(tasks["handled"] >= 0)[:30]
    tasks["handled"][odd] = tasks["accepted"][odd] - 1
    found = sim.calibrate(Log(log.legend, {**log.columns, "tasks": tasks}, log.replications))
    whole = rows(sim.calibrate(log))["call", "handle_time: mean"]
    assert rows(found)["call", "handle_time: mean"].observed == whole.observed - 30
    assert any("30 tasks have steps in the wrong order" in text for text in found.warnings)


def test_an_answer_at_once_is_constant_where_the_others_never_came() -> None:
    found = fit(Lengths.of([0.0, 0.0, 4.0], ended=[True, True, False]))
    assert found.distribution == sim.Constant("0s")


def test_kaplan_meier_stands_beside_the_patience(calibrated: sim.Calibration) -> None:
    table = calibrated.patience
    inside = (table["low"] <= table["fitted"]) & (table["fitted"] <= table["high"])
    assert inside.mean() > 0.8
    assert table["kaplan_meier"].is_monotonic_decreasing


def test_it_shows_itself(calibrated: sim.Calibration) -> None:
    text, page = str(calibrated), calibrated._repr_html_()
    assert "handle_time: mean" in text
    assert "and 2 rates of arrivals" in text
    assert "warning: call: no two days of one weekday" in text
    assert page.startswith("<table")
    assert repr(calibrated).startswith("<Calibration: ")


def test_a_frame_is_no_log(log: Log) -> None:
    with pytest.raises(InputError, match="log: must be a log"):
        sim.calibrate(log.spells)  # type: ignore[arg-type]


# --- command line ---


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["calibrate", *arguments])
    return int(stopped.value.code or 0)


def test_the_command_writes_a_scenario_of_events(log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sim.write_events(log, tmp_path / "events.jsonl")
    out = tmp_path / "made.toml"
    keys = ("--task-type", "task_type", "--worker-group", "worker_group", "--interval", "2h")
    assert run(str(tmp_path / "events.jsonl"), "--out", str(out), *keys) == 0
    shown = capsys.readouterr()
    assert "handle_time: mean" in shown.out
    assert f"Next: activity-sim check {out}" in shown.out
    assert "warning: call: no two days of one weekday" in shown.err
    assert sim.load_scenario(out).tasks[0].friendly_name == "call"


def test_the_command_reads_the_folder_of_a_log(log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sim.write_log(log, tmp_path / "log")
    assert run(str(tmp_path / "log"), "--out", str(tmp_path / "made.toml"), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["scenario"] == str(tmp_path / "made.toml")
    assert {row["number"] for row in said["table"]} >= {"handle_time: mean", "workers"}
    assert said["patience"][0]["task_type"] == "call"


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["none.jsonl", "--out", "a.toml"], "none.jsonl"),
        (["log", "--out", "a.toml", "--start", "2026-01-05"], "--start"),
        (["log", "--out", "a.toml"], "spells.parquet"),
        (["empty.jsonl", "--out", "a.toml"], "events"),
    ],
)
def test_bad_input_ends_with_2_and_writes_nothing(
    arguments: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log").mkdir()
    (tmp_path / "empty.jsonl").write_text("[]\n")
    assert run(*arguments) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert shown.out == ""
    assert not (tmp_path / "a.toml").exists()
