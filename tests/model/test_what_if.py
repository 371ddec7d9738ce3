"""Each what-if against what it claims, measured in logs; what it leaves alone; and what it cannot mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.drawing import prepare
from activity_sim.model.scenario import Scenario
from activity_sim.units import DAY, SECOND, ClockTime, Duration
from tests.strategies import scenarios

HOUR, MINUTE = 3_600 * SECOND, 60 * SECOND
LUNCH = sim.Break("Lunch", "12:00", "30min", stagger="90min")
DESK = sim.Workers("Desk", count=9, shifts=[sim.Shift("Available", "08:00", "16:30")], breaks=[LUNCH])
NIGHT = sim.Workers("Night", count=4, shifts=[sim.Shift("Available", "22:00", "+1 06:00", days="Mon, Wed-Fri")])
CHAIN = sim.Workers(
    "Chain",
    routine=sim.Routine(
        "Available",
        stay={"Available": "1h", "Lunch": "30min", "Unavailable": "5min"},
        next={
            "Available": {"Lunch": 0.5, "Unavailable": 0.5},
            "Lunch": {"Available": 0.8, "Unavailable": 0.2},
            "Unavailable": {"Lunch": 1.0},
        },
    ),
)
CALL = sim.Tasks("call", arrivals=sim.Poisson(60), handle_time=sim.LogNormal("4min", 0.8), wrap_up_time="30s")
CHAT = sim.Tasks("chat", arrivals=sim.Rates([("08:00", 30), ("18:00", 5)]), handle_time="6min")


def week(*groups: sim.Workers, **fields: Any) -> Scenario:
    """Return a scenario of a week from a Monday on."""
    names = [("Offline", False), ("Unavailable", False), ("Available", True), ("Lunch", False)]
    workspace = sim.Workspace(activities=[sim.Activity(name, available) for name, available in names])
    return sim.Scenario(
        **{"start": "2026-11-23T00:00:00", "horizon": "7 days", "workspace": workspace, "workers": groups} | fields
    )


def stays(scenario: Scenario, activity: str) -> dict[str, list[tuple[int, int]]]:
    """Return start and end of the stays in *activity*, in microseconds, worker by worker."""
    log, found = sim.simulate(scenario), defaultdict(list)
    columns = log.columns["spells"]
    code = log.legend.activities.index(activity)
    for worker, where, start, end in zip(
        *(columns[name].tolist() for name in ("worker", "activity", "start", "end")), strict=True
    ):
        if where == code:
            found[log.legend.workers[worker]].append((start, end))
    return dict(found)


def lengths(scenario: Scenario, activity: str) -> set[int]:
    return {end - start for spells in stays(scenario, activity).values() for start, end in spells}


def message(what_if: Callable[[], object]) -> str:
    with pytest.raises(sim.InputError) as caught:
        what_if()
    return str(caught.value)


# --- with an activity: planned ---


def test_each_worker_has_so_many_minutes_in_each_shift_within_its_middle_third() -> None:
    before = week(DESK, NIGHT)
    after = before.with_activity("Training", minutes_per_day=30)
    found = stays(after, "Training")
    assert before.workspace.names == ("Offline", "Unavailable", "Available", "Lunch")
    assert {name: len(spells) for name, spells in found.items()} == {
        **dict.fromkeys(before.workers[0].names, 7),
        **dict.fromkeys(before.workers[1].names, 4),
    }
    assert lengths(after, "Training") == {30 * MINUTE}
    for name, spells in found.items():
        begin, length = (8 * HOUR, 510 * MINUTE) if name.startswith("Desk") else (22 * HOUR, 480 * MINUTE)
        for start, end in spells:
            shift = start - (start - begin) % DAY
            assert length / 3 <= start - shift < end - shift <= 2 * length / 3


def test_breaks_are_spread_over_workers_and_leave_others_alone() -> None:
    before = week(DESK)
    after = before.with_activity("Training", minutes_per_day=20)
    assert stays(after, "Lunch") == stays(before, "Lunch")
    assert lengths(after, "Training") == {20 * MINUTE}
    assert len({spells[0] for spells in stays(after, "Training").values()}) == 9


def test_where_lunch_takes_the_whole_middle_the_break_lies_further_out() -> None:
    group = attrs.evolve(DESK, breaks=[sim.Break("Lunch", "10:00", "3h 30min")])
    after = week(group).with_activity("Training", minutes_per_day=40)
    assert stays(after, "Lunch") == stays(week(group), "Lunch")
    starts = {start % DAY for spells in stays(after, "Training").values() for start, _ in spells}
    assert min(starts) == 13.5 * HOUR
    assert max(starts) < 14.5 * HOUR


def test_without_room_one_break_follows_the_other() -> None:
    lunches = [sim.Break("Lunch", "08:10", "4h 5min"), sim.Break("Lunch", "12:25", "3h 55min")]
    after = week(attrs.evolve(DESK, count=1, breaks=lunches)).with_activity("Training", minutes_per_day=12)
    assert lengths(after, "Training") == {12 * MINUTE}
    assert {start % DAY for spells in stays(after, "Training").values() for start, _ in spells} == {735 * MINUTE}


def test_a_short_shift_has_it_about_its_middle() -> None:
    group = sim.Workers(shifts=[sim.Shift("Available", "08:00", "09:00")])
    after = week(group).with_activity("Training", minutes_per_day=40)
    assert after.workers[0].breaks == (sim.Break("Training", "08:10", "40min"),)


def test_the_longest_shift_of_each_day_has_the_break() -> None:
    shifts = [
        sim.Shift("Available", "08:00", "11:00"),
        sim.Shift("Available", "12:00", "16:00", days="Mon-Fri"),
        sim.Shift("Available", "20:00", "+1 00:00", days="Fri"),
    ]
    after = week(sim.Workers(shifts=shifts)).with_activity("Training", minutes_per_day=30)
    ((_, found),) = stays(after, "Training").items()
    assert [start // DAY for start, _ in found] == [0, 1, 2, 3, 4, 5, 6]
    assert [start % DAY > 12 * HOUR for start, _ in found] == [True] * 5 + [False] * 2


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 1_439), st.integers(1, 60), st.integers(0, 120)), max_size=3),
    st.integers(10, 90),
    st.booleans(),
)
def test_breaks_meet_only_where_there_is_no_room(
    breaks: list[tuple[int, int, int]], minutes: int, over_midnight: bool
) -> None:
    shift = sim.Shift("Available", "17:00", "+1 03:00") if over_midnight else sim.Shift("Available", "07:00", "17:00")
    planned = [
        sim.Break("Lunch", f"{at // 60:02}:{at % 60:02}", f"{lasts}min", stagger=f"{stagger}min")
        for at, lasts, stagger in breaks
    ]
    group = sim.Workers(count=8, shifts=[shift], breaks=planned)
    before, after = (
        stays(scenario, "Lunch") for scenario in (week(group), week(group).with_activity("T", minutes_per_day=minutes))
    )
    apart = sum(lasts + stagger + 2 * minutes for _, lasts, stagger in breaks) + minutes < 600
    assert before == after or not apart


def test_an_available_activity_changes_no_task() -> None:
    before = week(DESK, tasks=[CALL], horizon="2 days")
    after = before.with_activity("Email", available=True, minutes_per_day=60)
    assert sim.simulate(after).tasks.equals(sim.simulate(before).tasks)
    assert lengths(after, "Email") == {60 * MINUTE}


def test_only_groups_that_are_named_have_it() -> None:
    scenario = week(DESK, NIGHT, CHAIN)
    for names in ("Night", ["Night"]):
        after = scenario.with_activity("Training", minutes_per_day=30, for_workers=names)
        assert (after.workers[0], after.workers[2]) == (DESK, CHAIN)
        assert {name[:5] for name in stays(after, "Training")} == {"Night"}


# --- with an activity: at random ---


@pytest.mark.parametrize(
    ("group", "minutes", "length", "days"),
    [
        (DESK, 30, "10min", 7),
        (DESK, 120, "45min", 7),
        (NIGHT, 60, "2h", 4),
        (
            attrs.evolve(NIGHT, shifts=[*NIGHT.shifts, sim.Shift("Available", "10:00", "12:00", days="Mon")]),
            90,
            "20min",
            4,
        ),
    ],
)
def test_interruptions_take_so_many_minutes_on_average(
    group: sim.Workers, minutes: int, length: str, days: int, figure: Callable[..., None]
) -> None:
    many = attrs.evolve(group, count=500)
    after = week(many).with_activity("Email", minutes_per_day=minutes, interruptions_of=length)
    found = stays(after, "Email")
    times = np.array([sum(end - start for start, end in found.get(name, [])) for name in many.names]) / MINUTE / days
    assert times.std() > 0
    figure(f"{minutes} min of {length}", times.mean(), minutes, times.std() / np.sqrt(len(times)))


def test_beside_other_interruptions_it_is_about_so_many_minutes() -> None:
    other = sim.Interruption("Unavailable", every=sim.Exponential("1h"), lasts="15min")
    group = attrs.evolve(DESK, count=500, interruptions=[other])
    after = week(group).with_activity("Email", minutes_per_day=60, interruptions_of="5min")
    times = [sum(end - start for start, end in spells) / MINUTE / 7 for spells in stays(after, "Email").values()]
    assert abs(np.mean(times) - 60) < 0.6 + 4 * np.std(times) / np.sqrt(500)  # all are taken for as long as their mean


def test_workers_of_a_roster_can_be_interrupted(tmp_path: Path, figure: Callable[..., None]) -> None:
    rows = [f"W {n:03},2026-11-{23 + n % 7},Available,08:00,{12 + n % 5}:00" for n in range(400)]
    (tmp_path / "desk.csv").write_text("\n".join(["worker,date,activity,start,end", *rows]), "utf-8")
    scenario = week(roster=sim.read_roster(tmp_path / "desk.csv"))
    after = scenario.with_activity("Email", minutes_per_day=50, interruptions_of="10min")
    found = stays(after, "Email")
    times = np.array([sum(end - start for start, end in found.get(name, [])) for name in after.worker_names]) / MINUTE
    figure("50 min in rosters", times.mean(), 50, times.std() / 20)
    after.save(str(tmp_path / "after.toml"))
    assert sim.load_scenario(tmp_path / "after.toml") == after
    assert "no roster, to plan breaks in" in message(lambda: scenario.with_activity("Email", minutes_per_day=50))


def test_fetched_workers_with_a_roster_can_be_interrupted_and_not_saved(tmp_path: Path) -> None:
    (tmp_path / "w.json").write_text('[{"friendly_name": "Ann", "activity_name": "Offline"}]', "utf-8")
    (tmp_path / "r.csv").write_text("worker,date,activity,start,end\nAnn,2026-11-23,Available,08:00,16:00\n", "utf-8")
    scenario = week(sim.read_workers(tmp_path / "w.json"), roster=sim.read_roster(tmp_path / "r.csv"))
    after = scenario.with_activity("Email", minutes_per_day=200, interruptions_of="10min")
    assert lengths(after, "Email") >= {10 * MINUTE}
    assert "cannot be saved" in message(lambda: after.save(str(tmp_path / "after.toml")))
    assert "names" in message(lambda: scenario.with_workers("w", +1))


# --- without an activity ---


def test_breaks_and_interruptions_vanish_with_their_activity() -> None:
    scenario = week(DESK, CHAIN).with_activity("Lunch", minutes_per_day=30, for_workers="Desk", interruptions_of="5min")
    after = scenario.without_activity("Lunch")
    assert after.workspace.names == ("Offline", "Unavailable", "Available")
    assert after.workers[0] == attrs.evolve(DESK, breaks=[])
    assert after.worker_names == scenario.worker_names


def test_a_routine_goes_on_to_what_would_have_followed() -> None:
    routine = week(CHAIN).without_activity("Lunch").workers[0].routine
    assert routine is not None
    assert routine.next == {
        "Available": {"Unavailable": pytest.approx(0.6), "Available": pytest.approx(0.4)},
        "Unavailable": {"Available": pytest.approx(0.8), "Unavailable": pytest.approx(0.2)},
    }


@settings(max_examples=100)
@given(scenarios(), st.sampled_from([None, "2s"]))
def test_without_what_was_added_it_is_the_same(scenario: Scenario, interruptions_of: str | None) -> None:
    names = [group.friendly_name for group in scenario.workers if group.shifts]
    if names:
        try:
            after = scenario.with_activity(
                "New", minutes_per_day=0.1, for_workers=names, interruptions_of=interruptions_of
            )
        except sim.InputError as error:
            assert "minutes_per_day: must be" in str(error)
        else:
            assert after != scenario
            assert after.without_activity("New") == scenario


# --- workers ---


def test_more_workers_rename_nobody_and_change_nobodys_day() -> None:
    other = sim.Interruption("Unavailable", every=sim.Exponential("1h"), lasts=sim.Exponential("15min"))
    group = attrs.evolve(DESK, interruptions=[other], absence=0.2)
    before, after = week(group, NIGHT), week(group, NIGHT).with_workers("Desk", +5)
    assert after.worker_names == (*(f"Desk {n:03}" for n in range(1, 15)), *week(NIGHT).worker_names)
    for activity in ("Available", "Lunch", "Unavailable"):
        longer = stays(after, activity)
        assert stays(before, activity).items() <= longer.items()
        assert len(longer) > len(stays(before, activity))


@given(st.integers(-8, 100))
def test_more_and_then_fewer_workers_are_the_same(change: int) -> None:
    scenario = week(DESK, NIGHT)
    after = scenario.with_workers("Desk", change)
    assert after.workers[0].count == 9 + change
    assert after.with_workers("Desk", -change) == scenario


# --- shifts moved ---


@pytest.mark.parametrize("by", ["+30min", "-1h 30min", "+8h", "-9h", "+24h", "-1 day"])
def test_all_stays_move_with_the_shift(by: str) -> None:
    before = week(attrs.evolve(DESK, shifts=[sim.Shift("Available", "08:00", "16:30", days="Tue-Thu")]), NIGHT)
    after = before.with_shift_moved("Desk", by)
    distance = {"+30min": 0.5, "-1h 30min": -1.5, "+8h": 8, "-9h": -9, "+24h": 24, "-1 day": -24}[by] * HOUR
    inside = (DAY + 7.9 * HOUR, 4 * DAY)
    for activity in ("Available", "Lunch"):
        earlier, later = stays(before, activity), stays(after, activity)
        for name in before.workers[0].names:
            kept = [span for span in earlier[name] if inside[0] <= span[0] < inside[1]]
            assert later[name] == [(start + distance, end + distance) for start, end in kept]
    assert after.workers[1] == NIGHT


def test_breaks_can_stay_where_they_are() -> None:
    after = week(DESK).with_shift_moved("Desk", "-45min", breaks=False)
    assert stays(after, "Lunch") == stays(week(DESK), "Lunch")
    assert after.workers[0].shifts == (sim.Shift("Available", "07:15", "15:45"),)


def test_what_begins_before_midnight_belongs_to_the_day_before() -> None:
    early = sim.Workers("Early", shifts=[sim.Shift("Available", "00:30", "06:00", days="Mon, Thu")])
    assert week(early).with_shift_moved("Early", "-1h").workers[0].shifts == (
        sim.Shift("Available", "23:30", "+1 05:00", days="Sun, Wed"),
    )
    assert week(NIGHT).with_shift_moved("Night", "+150min").workers[0].shifts == (
        sim.Shift("Available", "+1 00:30", "+1 08:30", days="Mon, Wed-Fri"),
    )


@settings(max_examples=200)
@given(
    st.integers(0, 86_399),
    st.integers(1, 86_400),
    st.none() | st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 86_400),
)
def test_later_and_then_earlier_is_the_same(start: int, length: int, days: set[int] | None, by: int) -> None:
    clocks = [ClockTime(*divmod(second, 86_400)) for second in (start, start + length)]
    on = None if days is None else frozenset(days)
    scenario = week(sim.Workers("A", shifts=[sim.Shift("Available", *clocks, days=on)]))
    assert scenario.with_shift_moved("A", by).with_shift_moved("A", -by) == scenario
    assert _times(scenario.with_shift_moved("A", -by).with_shift_moved("A", by)) == _times(scenario)


def _times(scenario: Scenario) -> tuple[int, int, set[int] | None]:
    """Return when the only shift starts, how long it is and on which days it starts, whatever day it is written for."""
    (shift,) = scenario.workers[0].shifts
    start, end = (clock.days * 86_400 + clock.seconds for clock in (shift.start, shift.end))
    days = None if shift.days is None else {(day + start // 86_400) % 7 for day in shift.days}
    return start % 86_400, end - start, days


def test_rows_of_a_roster_move_with_their_dates(tmp_path: Path) -> None:
    rows = ["Ann,2026-11-24,Available,00:30,06:00", "Bob,2026-11-24,Available,23:30,+1 06:00"]
    (tmp_path / "r.csv").write_text("\n".join(["worker,date,activity,start,end", *rows]), "utf-8")
    alone = week(roster=sim.read_roster(tmp_path / "r.csv"))
    assert stays(alone.with_shift_moved("r", "-1h"), "Available") == {
        "Ann": [(23.5 * HOUR, 29 * HOUR)],
        "Bob": [(DAY + 22.5 * HOUR, DAY + 29 * HOUR)],
    }
    beside = week(sim.Workers("G", roster=alone.roster), DESK)
    assert stays(beside.with_shift_moved("G", "+1h"), "Available")["Ann"] == [(25.5 * HOUR, 31 * HOUR)]
    assert "cannot be saved" in message(lambda: alone.with_shift_moved("r", "-1h").save(str(tmp_path / "x.toml")))


# --- volume ---


def drawn(scenario: Scenario, replication: int = 0) -> Any:
    return sim.draw(scenario, replication=replication).tasks


@pytest.mark.parametrize(
    "arrivals", [CALL.arrivals, CHAT.arrivals, sim.Rates([("06:00", 10), ("20:00", 90)], "linear")]
)
def test_a_tenth_more_tasks_come_sooner_and_keep_their_numbers(arrivals: Any) -> None:
    before = week(DESK, tasks=[attrs.evolve(CALL, arrivals=arrivals, busyness=sim.Gamma(1, 0.2))])
    after = before.with_volume(1.1)
    assert prepare(after).expected_tasks == pytest.approx(1.1 * prepare(before).expected_tasks)
    few, many = drawn(before), drawn(after)
    shared = len(few.arrival)
    assert 1.05 < len(many.arrival) / shared < 1.15
    assert (many.arrival[:shared] <= few.arrival + 1).all()
    assert (many.handle_time[:shared] == few.handle_time).all()
    if isinstance(arrivals, sim.Poisson):
        assert np.abs(many.arrival[:shared] - few.arrival / 1.1).max() <= 1


def test_a_tenth_more_regular_tasks_are_a_tenth_more() -> None:
    after = week(DESK, tasks=[attrs.evolve(CALL, arrivals=sim.Regular("11s"))], horizon="3h").with_volume(1.1)
    assert after.tasks[0].arrivals == sim.Regular("10s")


def test_counts_grow_by_their_busyness_and_keep_their_file(tmp_path: Path, figure: Callable[..., None]) -> None:
    rows = [f"2026-11-23T{hour:02}:00:00,{100 + hour},240" for hour in range(8, 16)]
    (tmp_path / "n.csv").write_text("\n".join(["time,calls,handle_time", *rows]), "utf-8")
    tasks = sim.Tasks("call", arrivals=sim.read_counts(tmp_path / "n.csv"), busyness=0.5)
    after = week(DESK, tasks=[tasks]).with_volume(1.5)
    assert after.tasks[0] == attrs.evolve(tasks, busyness=0.75)
    assert after.with_volume(4 / 3).tasks[0].busyness is None
    found = np.array([len(drawn(after, replication).arrival) for replication in range(50)])
    figure("tasks of counts x 0.75", found.mean(), 669, np.sqrt(669 / 50))
    after.save(str(tmp_path / "after.toml"))
    assert sim.load_scenario(tmp_path / "after.toml") == after


# --- handle time ---


@pytest.mark.parametrize(
    "law",
    [
        CALL.handle_time,
        "240s",
        {"by": [["08:00", "2min"], ["18:00", "3min"]], "distribution": "gamma", "cv": 0.7},
        {"by": [["00:00", "2min"]], "distribution": "uniform", "low": "1s", "high": "3s"},
    ],
)
def test_every_handle_time_is_shorter(law: Any) -> None:
    before = week(DESK, tasks=[attrs.evolve(CALL, handle_time=law)])
    few, many = drawn(before), drawn(before.with_handle_time(0.95))
    assert np.abs(many.handle_time - 0.95 * few.handle_time).max() <= 1
    assert (many.arrival == few.arrival).all() and (many.wrap_up_time == few.wrap_up_time).all()


@pytest.mark.parametrize("law", [None, sim.LogNormal("1min", 0.5), {"by": [["00:00", "9s"]]}])
@pytest.mark.parametrize("kind", ["counts", "trace"])
def test_handle_times_of_files_are_shorter_and_cannot_be_saved(kind: str, law: Any, tmp_path: Path) -> None:
    last = "" if kind == "trace" and law else "90"
    rows = ["arrived,calls,handle_time", "2026-11-23T08:00:00,50,240", f"2026-11-23T09:00:00,40,{last}"]
    (tmp_path / "t.csv").write_text("\n".join(rows), "utf-8")
    read = {"counts": lambda file: sim.read_counts(file, time="arrived"), "trace": sim.read_trace}[kind]
    before = week(DESK, tasks=[sim.Tasks("call", arrivals=read(tmp_path / "t.csv"), handle_time=law)])
    after = before.with_handle_time(0.5)
    assert np.abs(drawn(after).handle_time - drawn(before).handle_time / 2).max() <= 1
    assert "cannot be saved" in message(lambda: after.save(str(tmp_path / "x.toml")))


# --- together ---


def test_they_chain_and_are_saved_as_any_other(tmp_path: Path) -> None:
    scenario = week(DESK, NIGHT, tasks=[CALL, CHAT], name="All")
    after = (
        scenario.with_workers("Desk", +5)
        .with_activity("Training", minutes_per_day=30, for_workers="Desk")
        .with_activity("Email", minutes_per_day=45, available=True, interruptions_of="5min")
        .with_volume(1.1)
        .with_volume(1.5, for_tasks="chat")
        .with_handle_time(0.95, for_tasks=["call"])
        .with_shift_moved("Night", "-30min")
    )
    assert scenario == week(DESK, NIGHT, tasks=[CALL, CHAT], name="All")
    after.save(str(tmp_path / "after.toml"))
    assert sim.load_scenario(tmp_path / "after.toml") == after
    assert [tasks.arrivals for tasks in after.tasks] == [sim.Poisson(66), sim.Rates([("08:00", 49.5), ("18:00", 8.25)])]
    assert after.tasks[1].handle_time == CHAT.handle_time


def test_activities_and_values_of_files_are_written_into_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '[{"friendly_name": "Offline"}, {"friendly_name": "Available", "available": true}]'
    )
    (tmp_path / "v.csv").write_text("seconds\n10\n20\n", "utf-8")
    (tmp_path / "day.toml").write_text(
        """horizon = "1 days"
        workspace = { activities = "a.json" }
        workers = [{ shifts = [{ activity = "Available", start = "08:00", end = "17:00" }] }]
        [[tasks]]
        arrivals = { per_hour = 9 }
        handle_time = { distribution = "empirical", file = "v.csv" }"""
    )
    after = sim.load_scenario(tmp_path / "day.toml").with_activity("T", minutes_per_day=9).with_handle_time(1.5)
    after.save(str(tmp_path / "after.toml"))
    text = (tmp_path / "after.toml").read_text("utf-8")
    assert sim.load_scenario(tmp_path / "after.toml") == after
    assert "a.json" not in text and "v.csv" not in text


def _mirrored(scenario: Scenario) -> Scenario:
    return attrs.evolve(scenario, workspace=attrs.evolve(scenario.workspace, mirror={"on_a_task": "Lunch"}))


@pytest.mark.parametrize(
    ("what_if", "error"),
    [
        (lambda s: s.with_activity("Lunch", minutes_per_day=30, available=True), "available: must be False, as in"),
        (lambda s: s.with_activity("", minutes_per_day=30), "friendly_name: must be a text of 1 to 64"),
        (lambda s: s.with_activity("T", minutes_per_day=0), "minutes_per_day: must be a number from 0.1 to 1440"),
        (lambda s: s.with_activity("T", minutes_per_day=600), "workers[0] (Desk).minutes_per_day: must be shorter"),
        (lambda s: s.with_activity("T", minutes_per_day=30), "workers[1] (Chain): must have shifts"),
        (lambda s: s.with_activity("T", minutes_per_day=30, for_workers="Desks"), "for_workers: must be one of"),
        (lambda s: s.with_activity("T", minutes_per_day=30, for_workers=[]), "for_workers: must name at least one"),
        (lambda s: s.with_activity("T", minutes_per_day=30, interruptions_of="1ms"), "interruptions_of: must be"),
        (
            lambda s: s.with_activity("T", minutes_per_day=500, for_workers="Desk", interruptions_of="1h"),
            "workers[0] (Desk).minutes_per_day: must be less than the time at work, 8h a day, not '8h 20min'",
        ),
        (
            lambda s: s.with_activity("T", minutes_per_day=5, for_workers="Chain", interruptions_of="1h"),
            "workers[1] (Chain): must have shifts or a roster",
        ),
        (lambda s: s.without_activity("Brunch"), "name: must be one of 'Offline', "),
        (lambda s: s.without_activity("Offline"), "workspace.default_activity: must be another activity"),
        (lambda s: _mirrored(s).without_activity("Lunch"), "workspace.mirror.on_a_task: must be another activity"),
        (lambda s: s.without_activity("Available"), "workers[0] (Desk).shifts[0].activity: must be another activity"),
        (lambda s: s.with_workers("Desk", -10), "workers[0] (Desk).count: must be a whole number from 0"),
        (lambda s: s.with_workers("Desk", 1.5), "change: must be a whole number such as 5 or -2, not 1.5"),
        (lambda s: s.with_workers("Dusk", 1), "group: must be one of 'Desk', 'Chain', not 'Dusk'; the near"),
        (lambda s: s.with_shift_moved("Desk", "30"), "by: must be a duration of whole seconds with a sign"),
        (lambda s: s.with_shift_moved("Desk", "1ms"), "by: must be a duration of whole seconds with a sign"),
        (lambda s: s.with_shift_moved("Desk", "25h"), "by: must be a duration of whole seconds with a sign"),
        (lambda s: s.with_shift_moved("Chain", "1h"), "workers[1] (Chain): must have shifts or a roster to be moved"),
        (lambda s: s.with_volume(0), "factor: must be a number above 0"),
        (lambda s: s.with_volume(1e9), "tasks[0] (call).arrivals.per_hour: must be a number from 0 to 1e+09"),
        (lambda s: s.with_volume(2), "tasks[1] (replayed).arrivals: must be expected or regular: a trace"),
        (lambda s: s.with_handle_time(2, for_tasks="calls"), "for_tasks: must be one of 'call', 'replayed', not"),
        (lambda s: s.with_handle_time(1e9), "tasks[0] (call).handle_time.mean: must be a duration"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_place(what_if: Callable[[Scenario], Scenario], error: str) -> None:
    replayed = sim.Tasks("replayed", arrivals=sim.Trace((Duration(SECOND),)), handle_time="1s")
    assert message(lambda: what_if(week(DESK, CHAIN, tasks=[CALL, replayed]))).startswith(error)


def test_interruptions_of_no_length_need_no_memory() -> None:
    nothing = sim.Interruption("Unavailable", every="5s", lasts="0s")
    group = sim.Workers("A", shifts=[sim.Shift("Available", "00:00", "00:04")], interruptions=[nothing])
    day = Scenario(horizon="4min", workers=[group]).with_activity("Email", minutes_per_day=0.1, interruptions_of="2s")
    assert day.workers[0].interruptions[1].every.mean == pytest.approx(78e6, rel=0.02)
