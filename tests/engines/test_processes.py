"""A user's own processes: what they see and do in a run, worked out by hand."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import activity_sim as sim
from activity_sim.engines import choose
from activity_sim.engines.centre import Centre
from activity_sim.plan import Process

Wait = Generator[Any, Any, None]


def desk(*processes: Process, multi: bool = True, **changes: Any) -> sim.Scenario:
    """Return a desk where one worker is available from 08:00 to 12:00, and a task of a minute comes every ten."""
    activities = [
        sim.Activity(name, name == "Available") for name in ("Offline", "Available", "Drill", "Reserved", "Busy")
    ]
    return sim.Scenario(
        start="2026-11-23T08:00:00",
        horizon="4h",
        workspace=sim.Workspace(activities=activities, multi_task_enabled=multi),
        workers=[sim.Workers("A", shifts=[sim.Shift("Available", "08:00", "12:00")])],
        tasks=[sim.Tasks("call", arrivals=sim.Regular("10min"), handle_time="1min", **changes)],
        processes=processes,
    )


def spells(log: sim.Log) -> list[tuple[str, float, float]]:
    """Return activity, start and end in minutes."""
    rows = log.spells
    minutes = [rows[name].dt.total_seconds() / 60 for name in ("start", "end")]
    return list(zip(rows["friendly_name"], *minutes, strict=True))


def drill(centre: Centre) -> Wait:
    """Keep everybody away from 09:00 for half an hour."""
    yield centre.until("09:00")
    for worker in centre.workers:
        centre.hold(worker, "Drill")
    yield centre.wait("30min")
    for worker in centre.workers:
        centre.let_go(worker)


def outage(centre: Centre) -> Wait:
    """Lose what waits, at noon and ten minutes before."""
    yield centre.until(datetime(2026, 11, 23, 11, 50))
    for task in centre.waiting():
        centre.cancel(task)


def test_a_drill_keeps_workers_away_and_tasks_waiting() -> None:
    log = sim.simulate(desk(drill))
    assert spells(log) == [("Available", 0, 60), ("Drill", 60, 90), ("Available", 90, 240)]
    waits = (log.tasks["accepted"] - log.tasks["arrival"]).dt.total_seconds() / 60
    assert waits.tolist()[:10] == [0, 0, 0, 0, 0, 30, 21, 12, 3, 0]


def test_in_single_tasking_a_held_worker_ends_its_task_first() -> None:
    def early(centre: Centre) -> Wait:
        yield centre.wait("10min 30s")
        centre.hold("A 001", "Drill")
        assert (centre.activity("A 001"), centre.in_hand("A 001")) == ("Busy", 1)

    assert spells(sim.simulate(desk(early, multi=False)))[:3] == [
        ("Available", 0, 10),
        ("Busy", 10, 11),
        ("Drill", 11, 240),
    ]


def test_an_outage_cancels_what_waits() -> None:
    def away(centre: Centre) -> Wait:
        yield centre.until("11:15")
        centre.hold("A 001", "Drill")

    log = sim.simulate(desk(away, outage))
    assert log.tasks["outcome"].tolist()[-5:] == ["completed", "canceled", "canceled", "canceled", "waiting"]
    left = log.tasks["completed"].dt.total_seconds().div(60).tolist()[-4:-1]
    assert left == [230, 230, 230]


def test_a_process_comes_before_everything_else_of_its_instant() -> None:
    seen: list[list[int]] = []

    def look(centre: Centre) -> Wait:
        yield centre.wait("10min")
        seen.append(centre.waiting())
        yield centre.wait("0s")
        seen.append(centre.waiting("Default"))

    sim.simulate(desk(look, response="30s"))
    assert seen[0] == []


def test_a_pending_reservation_of_a_canceled_task_frees_its_worker() -> None:
    def meddle(centre: Centre) -> Wait:
        yield centre.wait("10min 10s")
        assert (centre.waiting(), centre.in_hand("A 001")) == ([0], 1)
        centre.cancel(0)
        assert centre.in_hand("A 001") == 0

    log = sim.simulate(desk(meddle, response="30s"))
    assert log.reservations["status"].tolist()[0] == "canceled"
    assert log.tasks["outcome"].tolist()[0] == "canceled"


def test_runs_with_processes_are_the_same_again_and_know_their_number() -> None:
    numbers: list[int] = []

    def note(centre: Centre) -> Wait:
        numbers.append(centre.replication)
        yield from drill(centre)

    one, two = (sim.replicate(desk(note), replications=10).table("time_by_activity") for _ in range(2))
    assert one.equals(two)
    assert numbers == [*range(10)] * 2


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda centre: centre.hold("A 01", "Drill"), "'A 001'"),
        (lambda centre: centre.hold("A 001", "Dril"), "'Drill'"),
        (lambda centre: centre.cancel(99), "waits"),
        (lambda centre: centre.until("07:00"), "over"),
        (lambda centre: centre.waiting("Sales"), "task_queue"),
        (lambda centre: centre.wait("soon"), "wait"),
    ],
)
def test_what_a_process_gets_wrong_is_said(act: Any, words: str) -> None:
    def wrong(centre: Centre) -> Wait:
        yield centre.wait("1min")
        act(centre)

    with pytest.raises(sim.InputError, match=words):
        sim.simulate(desk(wrong))


def test_only_simpy_runs_them_and_no_file_holds_them(tmp_path: Path) -> None:
    scenario = desk(drill)
    with pytest.raises(sim.InputError, match="simpy"):
        sim.simulate(scenario, engine="compiled")
    with pytest.raises(sim.InputError, match="cannot be saved"):
        scenario.save(str(tmp_path / "desk.toml"))
    with pytest.raises(sim.InputError, match=r"processes\[0\]"):
        desk("drill")  # type: ignore[arg-type]
    assert choose("auto", tasks=1e9, with_processes=True) == "simpy"
