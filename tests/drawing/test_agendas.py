"""Agendas step by step: shifts, breaks, interruptions, absence, rosters and semi-Markov routines.

An agenda is looked at twice: as the steps that were drawn, and as the stays that workers without tasks make of them.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.drawing.agendas import van_der_corput
from activity_sim.units import NEVER, SECOND

MONDAY = datetime(2026, 1, 5)
HOUR = 3_600
ACTIVITIES = [{"friendly_name": "Offline"}, {"friendly_name": "Available", "available": True}] + [
    {"friendly_name": name} for name in ("Break", "Lunch", "Email")
]
Steps = list[tuple[str, float, float]]
Stays = dict[str, list[tuple[str, float, float]]]


def day(*, horizon: str = "1 days", start: datetime = MONDAY, time_zone: str = "UTC", **group: Any) -> sim.Scenario:
    """Return a scenario of one group of workers and no tasks."""
    return sim.Scenario(
        start=start,
        time_zone=time_zone,
        horizon=horizon,
        workspace={"activities": ACTIVITIES},
        workers=[{"friendly_name": "A", **group}],
    )


def shift(start: str = "08:00", end: str = "16:00", **more: Any) -> dict[str, Any]:
    return {"activity": "Available", "start": start, "end": end, **more}


def planned(activity: str, start: str, lasts: Any, **more: Any) -> dict[str, Any]:
    return {"activity": activity, "start": start, "lasts": lasts, **more}


def agendas(scenario: sim.Scenario, seed: int = 1, replication: int = 0) -> list[Steps]:
    """Return the steps of each worker: (activity, duration, deadline), in seconds."""
    plan = sim.draw(scenario, seed=seed, replication=replication)
    drawn, names = plan.workers.agendas, plan.legend.activities
    steps = [
        (names[activity], _seconds(duration), _seconds(deadline))
        for activity, duration, deadline in zip(drawn.activity, drawn.duration, drawn.deadline, strict=True)
    ]
    return [steps[first:after] for first, after in zip(drawn.first[:-1], drawn.first[1:], strict=True)]


def _seconds(microseconds: int) -> float:
    return float("inf") if microseconds == NEVER else int(microseconds) / SECOND


def stays(scenario: sim.Scenario, seed: int = 1, replication: int = 0) -> Stays:
    """Return the stays of each worker outside the default activity: (activity, start, end), in hours."""
    found: Stays = {name: [] for name in scenario.worker_names}
    spells = sim.simulate(scenario, seed=seed, replication=replication).spells
    hours = {end: spells[end].dt.total_seconds() / HOUR for end in ("start", "end")}
    for worker, activity, start, end in zip(
        spells["worker"], spells["friendly_name"], hours["start"], hours["end"], strict=True
    ):
        if activity != "Offline":
            found[worker].append((activity, start, end))
    return found


def only(scenario: sim.Scenario) -> list[tuple[str, float, float]]:
    """Return the stays of the only worker, rounded to a second."""
    (found,) = stays(scenario).values()
    return [(activity, round(start, 4), round(end, 4)) for activity, start, end in found]


# --- shifts ---


def test_a_shift_is_worked_on_every_day_of_the_horizon() -> None:
    worked = only(day(horizon="3 days", shifts=[shift()]))
    assert worked == [("Available", 24 * n + 8, 24 * n + 16) for n in range(3)]


def test_a_shift_with_days_is_worked_on_those_only() -> None:
    worked = only(day(horizon="8 days", shifts=[shift(days="Tue-Wed"), shift("09:00", "10:00", days=["Sun", "Mon"])]))
    starts = [9, 24 + 8, 48 + 8, 6 * 24 + 9, 7 * 24 + 9]
    assert [start for _, start, _ in worked] == starts


def test_a_shift_may_end_on_the_day_after() -> None:
    worked = only(day(horizon="3 days", shifts=[shift("22:00", "+1 06:00")]))
    assert worked == [("Available", 22, 30), ("Available", 46, 54), ("Available", 70, 72)]


def test_a_night_shift_of_a_weekday_belongs_to_the_day_that_it_begins_on() -> None:
    worked = only(day(horizon="7 days", shifts=[shift("22:00", "+1 06:00", days="Fri")]))
    assert worked == [("Available", 4 * 24 + 22, 4 * 24 + 30)]


def test_a_shift_in_progress_at_the_start_is_worked_from_then_on() -> None:
    worked = only(day(start=datetime(2026, 1, 5, 12), shifts=[shift()]))
    assert worked == [("Available", 0, 4), ("Available", 20, 24)]


def test_shifts_may_touch_and_change_the_activity_without_a_gap() -> None:
    worked = only(day(shifts=[shift("08:00", "10:00"), {"activity": "Email", "start": "10:00", "end": "11:00"}]))
    assert worked == [("Available", 8, 10), ("Email", 10, 11)]


@pytest.mark.parametrize(
    "shifts",
    [
        [shift("08:00", "10:00"), shift("09:59", "12:00")],
        [shift("08:00", "+1 08:00:01")],
        [shift("22:00", "+1 06:00", days="Mon"), shift("05:00", "09:00", days="Tue")],
    ],
)
def test_shifts_of_one_worker_must_not_overlap(shifts: list[dict[str, Any]]) -> None:
    with pytest.raises(sim.InputError, match=r"workers\[0\] \(A\)\.shifts: must not overlap"):
        sim.draw(day(horizon="3 days", shifts=shifts))


@pytest.mark.parametrize(("date", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_shift_follows_the_local_clock_where_it_changes(date: str, hours: int) -> None:
    start = datetime.fromisoformat(date)
    night = [shift("01:00", "04:00"), shift("08:00", "+1 00:00")]
    worked = only(day(start=start, time_zone="Europe/Berlin", horizon="25h", shifts=night))
    moved = hours - 24
    assert worked[:2] == [("Available", 1, 4 + moved), ("Available", 8 + moved, hours)]


def test_a_shift_that_begins_in_the_gap_begins_after_it() -> None:
    spring = day(start=datetime(2026, 3, 29), time_zone="Europe/Berlin", horizon="6h", shifts=[shift("02:30", "04:00")])
    assert only(spring) == [("Available", 2, 3)]


def test_a_shift_that_begins_at_a_time_that_exists_twice_begins_at_the_first() -> None:
    autumn = day(
        start=datetime(2026, 10, 25), time_zone="Europe/Berlin", horizon="6h", shifts=[shift("02:30", "04:00")]
    )
    assert only(autumn) == [("Available", 2.5, 5)]


def test_every_step_of_a_shift_has_a_deadline_no_later_than_its_end() -> None:
    breaks = [planned("Lunch", "12:00", "30min"), planned("Break", "15:50", "30min")]
    interruptions = [{"activity": "Email", "every": {"distribution": "exponential", "mean": "1h"}, "lasts": "5min"}]
    (steps,) = agendas(day(shifts=[shift()], breaks=breaks, interruptions=interruptions))
    first, *inside, last = steps
    assert first == ("Offline", float("inf"), 8 * HOUR)
    assert last == ("Offline", float("inf"), float("inf"))
    borders = {"Lunch": {16 * HOUR}, "Break": {16 * HOUR}, "Email": {12 * HOUR, 15 * HOUR + 3_000, 16 * HOUR}}
    assert {step for step, _, _ in inside} == {"Available", "Lunch", "Break", "Email"}
    for activity, _, deadline in inside:
        assert deadline in borders.get(activity, borders["Email"])


# --- breaks ---


@pytest.mark.parametrize(
    ("number", "share"),
    [(0, 0), (1, 1 / 2), (2, 1 / 4), (3, 3 / 4), (4, 1 / 8), (5, 5 / 8), (6, 3 / 8), (7, 7 / 8), (8, 1 / 16)],
)
def test_the_van_der_corput_sequence_mirrors_binary_digits(number: int, share: float) -> None:
    assert van_der_corput(number) == share


@given(st.integers(0, 12))
def test_the_van_der_corput_sequence_spreads_evenly(power: int) -> None:
    first = sorted(van_der_corput(number) for number in range(2**power))
    assert first == [step / 2**power for step in range(2**power)]


def test_breaks_are_staggered_over_the_workers() -> None:
    lunch = [planned("Lunch", "12:00", "30min", stagger="80min")]
    found = stays(day(count=5, shifts=[shift()], breaks=lunch))
    starts = [start for rows in found.values() for activity, start, _ in rows if activity == "Lunch"]
    assert starts == pytest.approx([12 + 80 / 60 * share for share in (0, 1 / 2, 1 / 4, 3 / 4, 1 / 8)])


def test_a_group_that_grows_moves_nobody_elses_break() -> None:
    lunch = [planned("Lunch", "12:00", {"distribution": "exponential", "mean": "30min"}, stagger="80min")]
    few, many = (stays(day(count=count, shifts=[shift()], breaks=lunch)) for count in (3, 9))
    assert {name: many[name] for name in few} == few


def test_a_break_interrupts_the_shift_for_as_long_as_it_lasts() -> None:
    breaks = [planned("Lunch", "12:00", "30min"), planned("Break", "10:00", "15min", days="Mon")]
    worked = only(day(shifts=[shift()], breaks=breaks))
    assert worked == [
        ("Available", 8, 10),
        ("Break", 10, 10.25),
        ("Available", 10.25, 12),
        ("Lunch", 12, 12.5),
        ("Available", 12.5, 16),
    ]


@pytest.mark.parametrize("start", ["07:59:59", "16:00", "17:00", "+1 09:00"])
def test_a_break_outside_shifts_is_dropped(start: str) -> None:
    assert only(day(shifts=[shift()], breaks=[planned("Lunch", start, "30min")])) == [("Available", 8, 16)]


def test_a_break_on_other_days_is_dropped() -> None:
    assert only(day(shifts=[shift()], breaks=[planned("Lunch", "12:00", "30min", days="Tue")])) == [
        ("Available", 8, 16)
    ]


def test_a_break_that_is_staggered_out_of_the_shift_is_dropped() -> None:
    breaks = [planned("Lunch", "15:30", "15min", stagger="1h")]
    found = stays(day(count=4, shifts=[shift()], breaks=breaks))
    starts = [[start for activity, start, _ in rows if activity == "Lunch"] for rows in found.values()]
    assert starts == [[15.5], [], [15.75], []]


def test_a_break_is_cut_by_the_end_of_the_shift() -> None:
    worked = only(day(shifts=[shift()], breaks=[planned("Lunch", "15:45", "30min")]))
    assert worked == [("Available", 8, 15.75), ("Lunch", 15.75, 16)]


def test_a_break_at_the_very_start_of_a_shift_leaves_no_stay_before_it() -> None:
    worked = only(day(shifts=[shift()], breaks=[planned("Lunch", "08:00", "30min")]))
    assert worked == [("Lunch", 8, 8.5), ("Available", 8.5, 16)]


def test_a_break_of_no_length_leaves_no_stay() -> None:
    worked = only(day(shifts=[shift()], breaks=[planned("Lunch", "12:00", "0s")]))
    assert all(activity == "Available" for activity, _, _ in worked)
    assert worked[0][1] == 8 and worked[-1][2] == 16


def test_a_break_that_begins_during_another_begins_after_it_with_its_full_length() -> None:
    breaks = [planned("Lunch", "12:00", "1h"), planned("Break", "12:30", "15min")]
    worked = only(day(shifts=[shift()], breaks=breaks))
    assert worked == [("Available", 8, 12), ("Lunch", 12, 13), ("Break", 13, 13.25), ("Available", 13.25, 16)]


def test_a_break_of_a_night_shift_may_be_on_the_day_after() -> None:
    night = day(
        horizon="2 days", shifts=[shift("22:00", "+1 06:00", days="Mon")], breaks=[planned("Lunch", "+1 02:00", "1h")]
    )
    assert only(night) == [("Available", 22, 26), ("Lunch", 26, 27), ("Available", 27, 30)]


def test_the_lengths_of_breaks_are_drawn_for_each_worker_and_day() -> None:
    law = {"distribution": "uniform", "low": "10min", "high": "20min"}
    found = stays(day(horizon="40 days", count=50, shifts=[shift()], breaks=[planned("Lunch", "12:00", law)]))
    lengths = [(end - start) * 60 for rows in found.values() for activity, start, end in rows if activity == "Lunch"]
    assert len(set(lengths)) == len(lengths) == 2_000
    assert min(lengths) >= 10 and max(lengths) <= 20
    assert abs(np.mean(lengths) - 15) < 4 * (10 / np.sqrt(12)) / np.sqrt(2_000)


# --- interruptions ---


def test_every_begins_anew_after_each_interruption_and_break_and_a_break_cuts_an_interruption() -> None:
    worked = only(
        day(
            shifts=[shift("08:00", "13:00")],
            breaks=[planned("Lunch", "10:15", "15min")],
            interruptions=[{"activity": "Email", "every": "1h", "lasts": "12min"}],
        )
    )
    assert worked == [
        ("Available", 8, 9),
        ("Email", 9, 9.2),
        ("Available", 9.2, 10.2),
        ("Email", 10.2, 10.25),
        ("Lunch", 10.25, 10.5),
        ("Available", 10.5, 11.5),
        ("Email", 11.5, 11.7),
        ("Available", 11.7, 12.7),
        ("Email", 12.7, 12.9),
        ("Available", 12.9, 13),
    ]


def test_every_begins_anew_with_each_shift() -> None:
    worked = only(
        day(
            shifts=[shift("08:00", "08:50"), shift("10:00", "11:30")],
            interruptions=[{"activity": "Email", "every": "1h", "lasts": "1h"}],
        )
    )
    assert worked == [("Available", 8, 8.8333), ("Available", 10, 11), ("Email", 11, 11.5)]


def test_the_soonest_of_several_interruptions_comes_first() -> None:
    worked = only(
        day(
            shifts=[shift("08:00", "10:00")],
            interruptions=[
                {"activity": "Email", "every": "50min", "lasts": "6min"},
                {"activity": "Break", "every": "30min", "lasts": "6min"},
            ],
        )
    )
    assert [activity for activity, _, _ in worked if activity != "Available"] == ["Break"] * 3


@pytest.mark.parametrize("law", ["exponential", "erlang"])
def test_interruptions_come_as_often_as_drawn(law: str) -> None:
    every = {"distribution": law, "mean": "30min", **({"shape": 4} if law == "erlang" else {})}
    interruptions = [{"activity": "Email", "every": every, "lasts": "1us"}]
    found = stays(day(count=400, shifts=[shift("00:00", "20:00")], interruptions=interruptions))
    counts = [sum(activity == "Email" for activity, _, _ in rows) for rows in found.values()]
    cv2 = 1 if law == "exponential" else 1 / 4
    expected, error = 40 + (cv2 - 1) / 2, np.sqrt(40 * cv2 / 400)
    assert abs(np.mean(counts) - expected) < 4 * error


def test_too_many_interruptions_are_refused() -> None:
    interruptions = [{"activity": "Email", "every": "1ms", "lasts": "0s"}]
    with pytest.raises(sim.InputError, match="worker 'A 001': has more than 2,000,000 interruptions"):
        sim.draw(day(shifts=[shift()], interruptions=interruptions))


# --- absence ---


def test_a_shift_is_missed_with_the_probability_of_absence() -> None:
    scenario = day(
        horizon="20 days", count=200, absence=0.15, shifts=[shift("08:00", "12:00"), shift("13:00", "17:00")]
    )
    worked = Counter(start % 24 for rows in stays(scenario).values() for _, start, _ in rows)
    assert set(worked) == {8, 13}
    missed = 1 - (worked[8] + worked[13]) / 8_000
    assert abs(missed - 0.15) < 4 * np.sqrt(0.15 * 0.85 / 8_000)


def test_each_shift_is_missed_by_itself() -> None:
    scenario = day(horizon="20 days", count=200, absence=0.5, shifts=[shift("08:00", "12:00"), shift("13:00", "17:00")])
    both = Counter((worker, start // 24) for worker, rows in stays(scenario).items() for _, start, _ in rows)
    twice = sum(count == 2 for count in both.values())
    assert abs(twice / 4_000 - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 4_000)


@pytest.mark.parametrize(("absence", "shifts"), [(0.0, 10), (1.0, 0)])
def test_certain_absence_is_certain(absence: float, shifts: int) -> None:
    scenario = day(
        horizon="5 days", count=2, absence=absence, shifts=[shift()], breaks=[planned("Lunch", "12:00", "1h")]
    )
    worked = [row for rows in stays(scenario).values() for row in rows]
    assert len([row for row in worked if row[0] == "Lunch"]) == shifts
    assert bool(worked) == bool(shifts)


def test_absence_does_not_move_the_interruptions_of_other_workers() -> None:
    every = {"distribution": "exponential", "mean": "1h"}
    group = {"shifts": [shift()], "interruptions": [{"activity": "Email", "every": every, "lasts": "5min"}]}
    there, absent = (agendas(day(count=40, absence=absence, **group)) for absence in (0.0, 0.3))
    worked = [steps for steps in absent if len(steps) > 1]
    assert 10 < len(worked) < 40
    assert all(steps in there for steps in worked)


# --- rosters ---


def roster(tmp_path: Path, *rows: str) -> sim.Roster:
    file = tmp_path / "roster.csv"
    file.write_text("\n".join(["worker,date,activity,start,end", *rows]) + "\n", "utf-8")
    return sim.read_roster(file)


def test_a_roster_in_a_group_names_its_workers_and_gives_them_shifts(tmp_path: Path) -> None:
    given = roster(
        tmp_path,
        "Ben,2026-01-06,Available,09:00,17:00",
        "Ann,2026-01-05,Available,08:00,16:00",
        "Ann,2026-01-06,Email,22:00,+1 06:00",
    )
    lunch = [planned("Lunch", "12:00", "30min")]
    found = stays(day(horizon="3 days", roster=given, breaks=lunch))
    assert found == {
        "Ben": [("Available", 33, 36), ("Lunch", 36, 36.5), ("Available", 36.5, 41)],
        "Ann": [("Available", 8, 12), ("Lunch", 12, 12.5), ("Available", 12.5, 16), ("Email", 46, 54)],
    }


def test_a_roster_of_the_scenario_gives_shifts_to_the_workers_that_it_names(tmp_path: Path) -> None:
    given = roster(tmp_path, "A 002,2026-01-05,Email,10:00,11:00")
    group = {"friendly_name": "A", "count": 3, "shifts": [shift()]}
    found = stays(sim.Scenario(horizon="1 days", workspace={"activities": ACTIVITIES}, workers=[group], roster=given))
    assert found == {"A 001": [("Available", 8, 16)], "A 002": [("Email", 10, 11)], "A 003": [("Available", 8, 16)]}


def test_overlapping_rows_of_a_roster_are_refused(tmp_path: Path) -> None:
    given = roster(tmp_path, "Ann,2026-01-05,Available,08:00,16:00", "Ann,2026-01-05,Email,15:00,17:00")
    with pytest.raises(sim.InputError, match="must not overlap"):
        sim.draw(day(roster=given))


def test_workers_of_a_file_stay_in_their_activity(tmp_path: Path) -> None:
    file = tmp_path / "workers.json"
    file.write_text(
        '{"workers": [{"friendly_name": "Ann", "activity_name": "Break"}, {"friendly_name": "Ben"}]}', "utf-8"
    )
    workers = sim.read_workers(file)
    found = stays(sim.Scenario(horizon="1 days", workspace={"activities": ACTIVITIES}, workers=[workers]))
    assert found == {"Ann": [("Break", 0, 24)], "Ben": []}


# --- routines ---


def routine(**given: Any) -> sim.Scenario:
    return day(count=given.pop("count", 1), horizon=given.pop("horizon", "10h"), routine=given)


def test_a_routine_goes_round_its_activities() -> None:
    scenario = routine(
        start="Available",
        stay={"Available": "2h", "Break": "1h", "Email": "30min"},
        next={"Available": {"Break": 1.0}, "Break": {"Email": 1.0}, "Email": {"Available": 1.0}},
    )
    around = [("Available", 0, 2), ("Break", 2, 3), ("Email", 3, 3.5)]
    twice = [(activity, turn + start, turn + end) for turn in (0, 3.5) for activity, start, end in around]
    assert only(scenario) == [*twice, ("Available", 7, 9), ("Break", 9, 10)]


def test_stays_of_a_routine_are_durations_without_deadlines() -> None:
    (steps,) = agendas(routine(start="Break", stay={"Break": "4h"}, next={"Break": {"Available": 1.0}}))
    assert steps == [("Break", 4 * HOUR, float("inf")), ("Available", float("inf"), float("inf"))]


def test_an_activity_without_a_stay_lasts_to_the_horizon() -> None:
    scenario = routine(start="Available", stay={"Available": "90min"}, next={"Available": {"Lunch": 1.0}})
    assert only(scenario) == [("Available", 0, 1.5), ("Lunch", 1.5, 10)]


def test_a_routine_turns_with_its_probabilities() -> None:
    chances = {"Break": 0.5, "Lunch": 0.3, "Email": 0.2}
    back = {name: {"Available": 1.0} for name in chances}
    stay = {"Available": "10min", **dict.fromkeys(chances, "5min")}
    scenario = routine(count=100, horizon="20h", start="Available", stay=stay, next={"Available": chances, **back})
    turns = Counter(activity for rows in stays(scenario).values() for activity, _, _ in rows)
    total = sum(turns[name] for name in chances)
    assert total == 100 * 80
    for name, chance in chances.items():
        assert abs(turns[name] / total - chance) < 4 * np.sqrt(chance * (1 - chance) / total)


def test_stays_of_a_routine_have_the_mean_and_deviation_of_their_law() -> None:
    law = {"distribution": "exponential", "mean": "6min"}
    stay, following = {"Available": law, "Break": "1min"}, {"Available": {"Break": 1.0}, "Break": {"Available": 1.0}}
    steps = agendas(routine(count=200, horizon="10h", start="Available", stay=stay, next=following))
    drawn = np.array([length for rows in steps for name, length, _ in rows[:80] if name == "Available"])
    assert len(drawn) == 8_000
    assert abs(drawn.mean() - 360) < 4 * 360 / np.sqrt(8_000)
    assert abs(drawn.std() - 360) < 4 * 360 * np.sqrt(8 / 4) / np.sqrt(8_000)


def test_a_stay_of_no_length_is_allowed_where_time_passes_elsewhere() -> None:
    stay, following = {"Available": "1h", "Break": "0s"}, {"Available": {"Break": 1.0}, "Break": {"Available": 1.0}}
    found = only(routine(start="Available", stay=stay, next=following))
    assert {activity for activity, _, _ in found} == {"Available"}


@pytest.mark.parametrize(
    ("stay", "following"),
    [
        ({"Break": "0s"}, {"Break": {"Break": 1.0}}),
        ({"Break": "0s", "Email": 0}, {"Break": {"Email": 1.0}, "Email": {"Break": 0.1, "Available": 0.9}}),
        (
            {"Break": {"distribution": "mixture", "weights": [0.5, 0.5], "of": ["0s", "1h"]}},
            {"Break": {"Break": 0.5, "Available": 0.5}},
        ),
    ],
)
def test_a_routine_that_can_go_round_without_time_passing_is_refused(stay: Any, following: Any) -> None:
    with pytest.raises(sim.InputError, match=r"routine\.stay: must not go round without time passing"):
        routine(start="Break", stay=stay, next=following)


# --- streams ---


def restless(count: int = 3, **others: Any) -> list[dict[str, Any]]:
    every = {"distribution": "exponential", "mean": "40min"}
    group = {
        "shifts": [shift()],
        "absence": 0.2,
        "breaks": [planned("Lunch", "12:00", {"distribution": "gamma", "mean": "30min", "cv": 0.4})],
        "interruptions": [{"activity": "Email", "every": every, "lasts": every}],
    }
    return [{"friendly_name": name, "count": size, **group} for name, size in {"A": count, **others}.items()]


def groups(workers: list[dict[str, Any]], *extra: dict[str, Any]) -> sim.Scenario:
    return sim.Scenario(horizon="3 days", workspace={"activities": [*extra, *ACTIVITIES]}, workers=workers)


def test_a_worker_or_group_or_activity_more_moves_nobody_elses_agenda() -> None:
    alone = stays(groups(restless(3)))
    grown = stays(groups(restless(7)))
    behind = stays(groups(restless(3, B=4)[::-1]))
    with_more = stays(groups(restless(3), {"friendly_name": "New"}))
    for other in (grown, behind, with_more):
        assert {name: other[name] for name in alone} == alone


def test_workers_replications_and_seeds_draw_differently() -> None:
    scenario = groups(restless(2))
    first = stays(scenario)
    assert first["A 001"] != first["A 002"]
    assert first != stays(scenario, replication=1)
    assert first != stays(scenario, seed=2)
    assert first == stays(scenario)
