"""Events that are lost, doubled or shuffled change no figure by more than they carry, and are reported."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from typing import Any

import pandas as pd
import pytest

import activity_sim as sim
from activity_sim.log import Log
from tests.history.compared import bounds, tables

KEYS = {"task_type": "task_type", "worker_group": "worker_group"}
Events = list[dict[str, Any]]


@pytest.fixture(scope="module")
def log() -> Log:
    """A busy day: breaks and short interruptions, callers who hang up, workers who reject and miss tasks."""
    group = {
        "friendly_name": "Tier 1",
        "count": 12,
        "shifts": [{"activity": "Available", "start": "08:00", "end": "18:00"}],
        "breaks": [{"activity": "Break", "start": "12:00", "lasts": "30min", "stagger": "2h"}],
        "interruptions": [
            {"activity": "Email", "every": {"distribution": "exponential", "mean": "20min"}, "lasts": "3min"}
        ],
        "recovery": "2min",
    }
    task = {
        "friendly_name": "call",
        "arrivals": {"per_hour": 100},
        "handle_time": {"distribution": "exponential", "mean": "4min"},
        "wrap_up_time": "30s",
        "patience": {"distribution": "exponential", "mean": "2min"},
        "response": {"distribution": "exponential", "mean": "20s"},
        "reject_probability": 0.1,
    }
    activities = [{"friendly_name": name, "available": name == "Available"} for name in NAMES]
    return sim.simulate(
        sim.Scenario.read(
            {"horizon": "24h", "workspace": {"activities": activities}, "workers": [group], "tasks": [task]}
        )
    )


NAMES = ("Offline", "Available", "Break", "Email")


@pytest.fixture(scope="module")
def events(log: Log) -> Events:
    return list(sim.events(log))


def read(events: Events, log: Log) -> sim.History:
    return sim.read_events(events, **bounds(log), **KEYS)


def repairs(history: sim.History) -> dict[str, int]:
    table = history.repairs
    return {name: count for name, count in zip(table["repair"], table["count"], strict=True) if count}


def same(first: Log, second: Log) -> None:
    expected, found = tables(first), tables(second)
    for name, table in expected.items():
        pd.testing.assert_frame_equal(found[name], table)


def test_the_order_of_events_does_not_matter(log: Log, events: Events) -> None:
    shuffled = random.Random(1).sample(events, len(events))
    history = read(shuffled, log)
    same(history.log, read(events, log).log)
    assert set(repairs(history)) == {"out_of_order"}
    assert read(events[::-1], log).log.spells.equals(history.log.spells)


def test_events_that_come_twice_count_once(log: Log, events: Events) -> None:
    chance = random.Random(2)
    twice = [event for event in events if chance.random() < 0.01]
    history = read([*events, *twice], log)
    same(history.log, read(events, log).log)
    creations = sum(event["event_type"] == "task-queue.created" for event in twice)
    assert repairs(history)["duplicates"] == len(twice) - creations


def total(log: Log) -> dict[tuple[str, str], int]:
    """Return the milliseconds that each worker spent in each activity."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for row in tables(log)["spells"].itertuples():
        found[row.worker, row.friendly_name] += row.end - row.start
    return found


def carried(events: Events, lost: set[str], log: Log) -> dict[tuple[str, str], int]:
    """Return the milliseconds that the *lost* changes tell of: before each, and from it to the next."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    latest: dict[str, tuple[str, int]] = {}
    end = (log.legend.calendar.origin + log.legend.horizon) // 1_000
    moves = [event for event in events if event["event_type"] in ("worker.activity.update", "worker.created")]
    for event in [*moves, None]:
        rows = [event["event_data"]] if event else [{"worker_name": name} for name in latest]
        for data in rows:
            name, date = data["worker_name"], event["event_date_ms"] if event else end
            around = {latest[name][0] if name in latest else None, event["sid"] if event else None}
            if name in latest and around & lost:
                for activity in NAMES:
                    found[name, activity] += date - latest[name][1]
            if event:
                latest[name] = event["sid"], date
    return found


@pytest.mark.parametrize("seed", range(3))
def test_lost_events_change_time_in_activities_by_what_they_carry_and_no_more(
    seed: int, log: Log, events: Events
) -> None:
    chance = random.Random(seed)
    lost = {event["sid"] for event in events if chance.random() < 0.01}
    history = read([event for event in events if event["sid"] not in lost], log)
    allowed, before, after = carried(events, lost, log), total(log), total(history.log)
    for place in before.keys() | after.keys():
        assert abs(after[place] - before[place]) <= allowed[place], place
    moves = sum(e["sid"] in lost and e["event_type"] == "worker.activity.update" for e in events)
    assert moves > 1
    assert 0 < repairs(history)["missing_changes"] <= moves


@pytest.mark.parametrize("seed", range(3))
def test_one_lost_change_of_a_worker_loses_no_time(seed: int, log: Log, events: Events) -> None:
    moves = [event for event in events if event["event_type"] == "worker.activity.update"]
    inner = [
        event
        for n, event in enumerate(moves)
        if any(m["resource_sid"] == event["resource_sid"] for m in moves[n + 1 :])
    ]
    lost = random.Random(seed).choice(inner)
    history = read([event for event in events if event is not lost], log)
    same(history.log, log)
    assert repairs(history) == {"missing_changes": 1}


@pytest.mark.parametrize("seed", range(3))
def test_lost_events_of_tasks_change_counts_by_as_many_and_no_more(seed: int, log: Log, events: Events) -> None:
    chance = random.Random(seed)
    lost = [event for event in events if not event["event_type"].startswith("worker.") and chance.random() < 0.01]
    gone = {event["sid"] for event in lost}
    history = read([event for event in events if event["sid"] not in gone], log)
    before, after = (sim.reports.task_summary(one).set_index("task_type").loc["all"] for one in (log, history.log))
    kinds = pd.Series([event["event_type"] for event in lost]).value_counts()
    assert after["offered"] == before["offered"]
    for name in ("completed", "abandoned", "canceled"):
        assert abs(after[name] - before[name]) <= len(lost)
    accepted = [sum(log.columns["reservations"]["status"] == 1) for log in (log, history.log)]
    assert accepted[0] >= accepted[1] >= accepted[0] - kinds.get("reservation.accepted", 0)
    found = repairs(history)
    assert found["tasks_without_created"] == kinds["task.created"]
    assert found["reservations_without_created"] >= kinds["reservation.created"] - 1


def test_a_lost_arrival_follows_from_the_age_to_the_second(log: Log, events: Events) -> None:
    created = [event for event in events if event["event_type"] == "task.created"][10:20]
    others = [e for e in events if e["event_type"] != "task-queue.entered" and all(e is not one for one in created)]
    history = read(others, log)
    expected, found = (tables(one)["tasks"]["arrival"].sort_values().to_numpy() for one in (log, history.log))
    assert abs(found - expected).max() < 1_000
    assert (found != expected).any()
    assert repairs(history)["tasks_without_created"] == 10


def holed(events: Events, log: Log) -> tuple[Events, tuple[int, int]]:
    """Return *events* without four hours of them, and when these were."""
    begin = log.legend.calendar.origin // 1_000
    hole = (begin + 10 * 3_600_000, begin + 14 * 3_600_000)
    return [event for event in events if not hole[0] <= event["event_date_ms"] < hole[1]], hole


def test_a_hole_in_the_record_is_unknown_time_and_not_made_up(log: Log, events: Events) -> None:
    history = read(holed(events, log)[0], log)
    before, after = total(log), total(history.log)
    for place in after:
        assert after[place] <= before[place]
    table = history.repairs.set_index("repair")
    assert sum(before.values()) - sum(after.values()) == pytest.approx(1_000 * table.loc["unknown", "seconds"])
    assert table.loc["unknown", "count"] >= 10
    assert table.loc["unknown", "seconds"] <= len(log.legend.workers) * 4 * 3_600, "what was before the hole is known"


def test_tasks_that_a_hole_has_parts_of_are_left_out_and_no_others(log: Log, events: Events) -> None:
    rest, hole = holed(events, log)
    history = read(rest, log)
    expected, found = tables(log)["tasks"], tables(history.log)["tasks"]
    key = ["arrival", "accepted", "handled", "completed"]
    assert len(found) == len(found.merge(expected, on=key)), "every task that is left is as it was"
    lost = expected[~expected["arrival"].isin(found["arrival"])]
    ends = lost["completed"].where(lost["completed"] >= 0, hole[1])
    assert ((lost["arrival"] < hole[1]) & (ends >= hole[0])).all()
    outside = (expected["completed"] >= 0) & ((expected["completed"] < hole[0]) | (expected["arrival"] >= hole[1]))
    assert expected[outside]["arrival"].isin(found["arrival"]).all()
    assert repairs(history)["tasks_in_holes"] > 0
    held = [sim.reports.occupancy(one).set_index("worker_group").loc["all", "occupancy"] for one in (log, history.log)]
    assert held[1] < held[0] + 0.1


def test_a_quiet_night_is_no_hole() -> None:
    scenario = sim.Scenario(
        horizon="24h", workers=[sim.Workers("A")], tasks=[sim.Tasks(arrivals=sim.Regular("2h"), handle_time="5min")]
    )
    log = sim.simulate(scenario)
    history = read(list(sim.events(log)), log)
    same(history.log, log)
    assert len(history.log.tasks) == 11
    assert set(history.log.tasks["outcome"]) == {"waiting"}


def test_what_is_printed_names_every_repair(log: Log, events: Events) -> None:
    history = read(events[:-3][::-1], log)
    text = str(history)
    assert f"{len(events) - 3:,} events" in text
    assert "put in order" in text
    assert json.loads(history.repairs.to_json(orient="records"))[0]["repair"] == "duplicates"
