"""What is read of events: in all forms that they come in, and with all that is odd about them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import activity_sim as sim
from activity_sim.log import Log
from tests.history.compared import bounds, tables
from tests.history.samples import BEGIN, DOCUMENTED, MINUTE, event, move, sid, streamed, written

KNOWN = [sim.Activity(name, name == "Available", sid=sid("WA", name)) for name in ("Offline", "Available", "Break")]
DAY: dict[str, Any] = {"start": "2025-11-24 08:00", "end": "2025-11-24 09:00", "activities": KNOWN}


def spells(history: sim.History) -> list[tuple[str, str, float, float, bool]]:
    """Return (worker, activity, start and end in minutes, finished) of each spell."""
    frame = history.log.spells
    minutes = [frame[name].dt.total_seconds() / 60 for name in ("start", "end")]
    return [*zip(frame["worker"], frame["friendly_name"], *minutes, frame["finished"], strict=True)]


def repairs(history: sim.History) -> dict[str, int]:
    table = history.repairs
    return {name: count for name, count in zip(table["repair"], table["count"], strict=True) if count}


def simulated() -> Log:
    group = {
        "friendly_name": "Tier 1",
        "count": 4,
        "shifts": [{"activity": "Available", "start": "00:30", "end": "03:00"}],
    }
    task = {
        "friendly_name": "call",
        "arrivals": {"per_hour": 60},
        "handle_time": "3min",
        "wrap_up_time": "30s",
        "patience": "2min",
        "response": "10s",
        "reject_probability": 0.2,
    }
    return sim.simulate(sim.Scenario.read({"horizon": "4h", "workers": [group], "tasks": [task]}))


# --- forms ---


def test_the_documented_sample() -> None:
    activities = [sim.Activity("Offline", False, sid=f"WA{'a' * 32}")]
    history = sim.read_events([DOCUMENTED], activities=activities, end="2015-02-07T01:00:00Z")
    (spell,) = spells(history)
    assert spell == ("JustinWorker", "Offline", 0.0, pytest.approx(27 + 19 / 60), False)
    assert history.log.legend.calendar.utc(0) == DOCUMENTED["event_date"]
    assert repairs(history) == {"dates_differ": 1}


def forms(events: list[Any], place: Path) -> dict[str, Any]:
    """Return *events* in all forms, as sources."""
    third = len(events) // 3
    pages = [
        {"events": part, "meta": {"key": "events", "next_page_url": None}}
        for part in (events[:third], events[third : 2 * third], events[2 * third :])
    ]
    texts = {
        "list.json": json.dumps(events),
        "pretty.json": json.dumps(events, indent=2),
        "page.json": json.dumps({"events": events, "meta": {"next_page_url": None}}),
        "pages.json": json.dumps(pages),
        "lines.jsonl": "".join(json.dumps(event) + "\n" for event in events),
        "pages.jsonl": "\n\n".join(map(json.dumps, pages)),
        "streams.json": json.dumps([*map(streamed, events)]),
        "streams.jsonl": "\n".join(json.dumps(streamed(event)) for event in events),
    }
    for name, text in texts.items():
        (place / name).write_text(text, "utf-8")
    return {
        **{name: place / name for name in texts},
        "dicts": events,
        "iterator": iter(events),
        "text data": [{**event, "event_data": json.dumps(event["event_data"])} for event in events],
        "text payload": [_text_payload(streamed(event)) for event in events],
    }


def _text_payload(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "data": {**given["data"], "payload": json.dumps(given["data"]["payload"])}}


def test_every_form_gives_the_same_log(tmp_path: Path) -> None:
    log = simulated()
    expected = tables(log)
    sources = forms(list(sim.events(log)), tmp_path)
    assert len(sources) == 12
    for form, source in sources.items():
        history = sim.read_events(source, **bounds(log), task_type="task_type", worker_group="worker_group")
        for name, table in tables(history.log).items():
            pd.testing.assert_frame_equal(table, expected[name], obj=f"{form}, {name}")
        assert repairs(history) == {}, form


def test_a_written_file_is_the_events(tmp_path: Path) -> None:
    log = simulated()
    sim.write_events(log, tmp_path / "events.jsonl")
    lines = (tmp_path / "events.jsonl").read_text("utf-8").splitlines()
    events = list(sim.events(log))
    assert [json.loads(line) for line in lines] == events
    dates = [event["event_date_ms"] for event in events]
    assert dates == sorted(dates)
    assert [*tmp_path.iterdir()] == [tmp_path / "events.jsonl"]


def test_events_have_the_keys_and_the_kinds_of_values_of_the_documented_one() -> None:
    events = list(sim.events(simulated()))
    for one in events:
        assert set(one) == set(DOCUMENTED)
        assert all(value is None or isinstance(value, str) for value in one["event_data"].values())
        assert isinstance(one["event_date_ms"], int)
    moved = next(one for one in events if one["event_type"] == "worker.activity.update")
    assert set(DOCUMENTED["event_data"]) <= set(moved["event_data"])  # type: ignore[arg-type]
    assert moved["event_data"]["worker_time_in_previous_activity"] == "1800"
    assert moved["event_data"]["worker_time_in_previous_activity_ms"] == "1800000"
    assert len({one["sid"] for one in events}) == len(events)


def test_sids_are_well_formed_and_the_same_every_time() -> None:
    first, second = (list(sim.events(simulated())) for _ in range(2))
    assert first == second
    found = json.dumps(first)
    for prefix in ("AC", "WS", "WA", "WK", "WQ", "WT", "WR", "EV"):
        assert f'"{prefix}' in found
    for one in first:
        for key, value in (*one.items(), *one["event_data"].items()):
            if key.endswith("sid") and value is not None:
                assert len(value) == 34 and int(value[2:], 16) >= 0, key


# --- where workers were ---


def test_a_worker_first_seen_in_mid_activity_is_known_from_before() -> None:
    events = [move("Ann", 20, "Break", "Available", 15), move("Ann", 35, "Available", "Break", 15)]
    history = sim.read_events(events, **DAY)
    assert spells(history) == [
        ("Ann", "Available", 5, 20, True),
        ("Ann", "Break", 20, 35, True),
        ("Ann", "Available", 35, 60, False),
    ]
    assert repairs(history) == {"unknown": 1}
    assert history.repairs.set_index("repair").loc["unknown", "seconds"] == 300


def test_what_was_before_the_start_is_cut() -> None:
    history = sim.read_events([move("Ann", 20, "Break", "Available", 1_500)], **DAY)
    assert spells(history) == [("Ann", "Available", 0, 20, True), ("Ann", "Break", 20, 60, False)]
    assert repairs(history) == {}


def test_events_before_the_start_and_after_the_end_say_what_is_between() -> None:
    events = [move("Ann", -30, "Available", "Offline", 60), move("Ann", 90, "Break", "Available", 120)]
    assert spells(sim.read_events(events, **DAY)) == [("Ann", "Available", 0, 60, False)]


def test_a_missing_change_is_bridged_where_versions_prove_that_there_was_one() -> None:
    first = move("Ann", 10, "Available", "Offline", 60, worker_version=3)
    for version, expected in ((5, True), (7, False), (None, False)):
        events = [first, move("Ann", 40, "Offline", "Break", 10, worker_version=version)]
        history = sim.read_events(events, **DAY)
        bridged = [("Ann", "Available", 10, 30, True)] if expected else []
        assert spells(history)[1:] == [*bridged, ("Ann", "Break", 30, 40, True), ("Ann", "Offline", 40, 60, False)]
        assert repairs(history) == {"missing_changes": 1} | ({} if expected else {"unknown": 1})


def test_durations_in_whole_seconds_are_cut_off_and_meet_all_the_same() -> None:
    late = move("Ann", 30.016, "Available", "Break", 20.016)
    del late["event_data"]["worker_time_in_previous_activity_ms"]
    history = sim.read_events([move("Ann", 10, "Break", "Available", 10), late], **DAY)
    assert spells(history)[1] == ("Ann", "Break", 10, pytest.approx(30.016), True)
    assert repairs(history) == {}


def test_a_duration_that_reaches_too_far_yields_to_the_dates() -> None:
    history = sim.read_events(
        [move("Ann", 10, "Break", "Available", 10), move("Ann", 30, "Available", "Break", 25)], **DAY
    )
    assert spells(history)[1] == ("Ann", "Break", 10, 30, True)
    assert repairs(history) == {"too_long": 1}


def test_workers_are_there_from_their_creation_to_their_deletion() -> None:
    data = {"worker_sid": sid("WK", "Ann"), "worker_name": "Ann", "worker_activity_sid": sid("WA", "Offline")}
    events = [
        event("worker.created", 10, **data, worker_activity_name="Offline"),
        event("worker.deleted", 30, **data, worker_activity_name="Offline"),
    ]
    history = sim.read_events(events, **DAY)
    assert spells(history) == [("Ann", "Offline", 10, 30, True)]
    assert repairs(history) == {}


def test_moves_of_one_instant_follow_the_versions() -> None:
    events = [
        move("Ann", 10, "Break", "Available", 10, worker_version=1),
        move("Ann", 10, "Offline", "Break", 0, worker_version=2) | {"sid": sid("EV", "other")},
    ]
    for order in (events, events[::-1]):
        history = sim.read_events(order, **DAY)
        assert spells(history) == [("Ann", "Available", 0, 10, True), ("Ann", "Offline", 10, 60, False)]


# --- dates ---


def test_an_event_without_milliseconds_is_known_to_the_second() -> None:
    whole = move("Ann", 10, "Break", "Available", 10)
    del whole["event_date_ms"]
    history = sim.read_events([whole], **DAY)
    assert spells(history)[0] == ("Ann", "Available", 0, 10, True)
    assert repairs(history) == {"whole_seconds": 1}


@pytest.mark.parametrize("date", [{"event_date": None}, {"event_date": "no date"}, {"event_date": 5}])
def test_milliseconds_alone_will_do(date: dict[str, Any]) -> None:
    history = sim.read_events([move("Ann", 10, "Break", "Available", 10) | date], **DAY)
    assert spells(history)[0] == ("Ann", "Available", 0, 10, True)


@pytest.mark.parametrize(
    "change",
    [
        {"event_date": None, "event_date_ms": None},
        {"event_date": None, "event_date_ms": 10**300},
        {"event_data": None},
        {"event_data": "no JSON"},
        {"event_data": []},
        {"event_data": {"worker_sid": ["WK"]}},
        {"event_data": {"worker_sid": "WK1"}},
    ],
    ids=str,
)
def test_an_event_without_what_it_needs_is_left_out(change: dict[str, Any]) -> None:
    events = [move("Ann", 10, "Break", "Available", 10), move("Bob", 10, "Break", "Available", 10) | change]
    history = sim.read_events(events, **DAY)
    assert {row[0] for row in spells(history)} == {"Ann"}
    assert repairs(history) == {"incomplete": 1}


@pytest.mark.parametrize(("zone", "clock"), [("UTC", "08:00"), ("Europe/Berlin", "09:00"), ("Asia/Kathmandu", "13:45")])
def test_local_times_are_those_of_the_time_zone(zone: str, clock: str) -> None:
    day = {**DAY, "start": f"2025-11-24 {clock}", "end": "2025-11-24T09:00Z", "time_zone": zone}
    history = sim.read_events([move("Ann", 10, "Break", "Available", 10)], **day)
    assert spells(history)[0] == ("Ann", "Available", 0, 10, True)
    starts = sim.reports.time_by_interval(history.log)["interval_start"]
    assert f"{starts.iloc[0].tz_convert(zone):%H:%M}" <= clock


def test_a_start_in_the_hour_that_comes_twice() -> None:
    begin = 1_761_442_200_000  # 2025-10-26 01:30 UTC is 02:30 in Berlin, for the second time
    moved = move("Ann", 0, "Break", "Available", 600) | {"event_date": written(begin), "event_date_ms": begin}
    history = sim.read_events(
        [moved], activities=KNOWN, time_zone="Europe/Berlin", start="2025-10-26T01:00Z", end="2025-10-26T03:00Z"
    )
    report = sim.reports.time_by_activity(history.log).set_index("friendly_name")["total"]
    assert report.to_dict() == {"Offline": 0, "Available": 1_800, "Break": 5_400}
    assert report.sum() == history.log.legend.observed / 1e6


# --- names and availability ---


def test_renamed_activities_are_one_under_the_latest_name() -> None:
    events = [
        move("Ann", 10, "Break", "Available", 10),
        move("Ann", 20, "Available", "Break", 10),
        move("Bob", 30, "Break", "Available", 30, worker_activity_name="Pause"),
        move("Ann", 40, "Break", "Available", 20, worker_activity_name="Coffee"),
    ]
    activities = [activity for activity in KNOWN if activity.friendly_name != "Break"]
    for order in (events, events[::-1]):
        with pytest.warns(sim.ActivitySimWarning, match="'Coffee' not to be"):
            history = sim.read_events(order, **{**DAY, "activities": activities})
        assert history.log.legend.activities == ("Offline", "Available", "Coffee")
        assert history.log.legend.sids == tuple(sid("WA", name) for name in ("Offline", "Available", "Break"))
        assert repairs(history)["renamed"] == 1
    given = sim.read_events(events, **DAY)
    assert given.log.legend.activities == ("Offline", "Available", "Break")


def test_different_activities_of_one_name_are_told_apart() -> None:
    other = {"worker_activity_sid": sid("WA", "another one"), "worker_activity_name": "Available"}
    events = [move("Ann", 10, "Break", "Available", 10), move("Bob", 10, "Break", "Available", 10, **other)]
    with pytest.warns(sim.ActivitySimWarning, match=r"'Available \(0000\)' are taken to be, and none not to be"):
        history = sim.read_events(events, **DAY)
    legend = history.log.legend
    assert legend.activities == ("Offline", "Available", "Break", "Available (0000)")
    assert legend.available == (False, True, False, True)


def test_workers_of_one_name_are_told_apart_and_renamed_ones_are_one() -> None:
    events = [
        move("Ann", 10, "Break", "Available", 10),
        move("Ann", 20, "Available", "Break", 10, worker_name="Anna"),
        move("Bob", 20, "Available", "Break", 20, worker_name="Anna"),
    ]
    history = sim.read_events(events, **DAY)
    assert len(history.log.legend.workers) == 2
    assert all(name.startswith("Anna (") for name in history.log.legend.workers)


def test_events_of_activities_state_their_availability() -> None:
    events = [
        event("activity.created", 0, activity_sid=sid("WA", "Break"), activity_name="Break", activity_available="true"),
        event(
            "activity.updated",
            1,
            activity_sid=sid("WA", "Available"),
            activity_name="Available",
            activity_available="false",
        ),
        move("Ann", 10, "Break", "Available", 10),
    ]
    legend = sim.read_events(events, end="2025-11-24 09:00").log.legend
    assert dict(zip(legend.activities, legend.available, strict=True)) == {"Available": False, "Break": True}


def test_availability_is_guessed_from_usual_names_with_a_warning() -> None:
    with pytest.warns(sim.ActivitySimWarning, match="'Available', 'Idle' are taken to be, and 'Lunch' not to be"):
        history = sim.read_events(
            [move("Ann", 10, "Idle", "Available", 10), move("Bob", 20, "Lunch", "Idle", 10)], end="2025-11-24 09:00"
        )
    assert history.log.legend.available == (True, True, False)
    assert repairs(history)["guessed"] == 3


def test_given_activities_keep_their_order_and_need_no_sids() -> None:
    given = [sim.Activity("Break"), sim.Activity("Unused", True), sim.Activity("Available", True)]
    history = sim.read_events([move("Ann", 10, "Break", "Available", 10)], **{**DAY, "activities": given})
    assert history.log.legend.activities == ("Break", "Unused", "Available")
    assert history.log.legend.sids == (sid("WA", "Break"), None, sid("WA", "Available"))
    assert history.log.legend.rest == "Break"


def test_groups_of_workers_are_a_key_of_their_attributes() -> None:
    events = [
        move("Ann", 10, "Break", "Available", 10, worker_attributes='{"team": "north"}'),
        move("Bob", 10, "Break", "Available", 10, worker_attributes='{"team": 7}'),
        move("Cy", 10, "Break", "Available", 10, worker_attributes="{}"),
        move("Bob", 20, "Available", "Break", 10, worker_attributes='{"team": "south"}'),
    ]
    legend = sim.read_events(events, **DAY, worker_group="team").log.legend
    assert legend.worker_groups == ("(none)", "north", "south")
    assert legend.worker_group.tolist() == [1, 2, 0]
    assert sim.read_events(events, **DAY).log.legend.worker_groups == ("Workers",)


# --- tasks ---


def work(kind: str, minutes: float, number: int = 1, **more: Any) -> dict[str, Any]:
    """Return an event of the task of that *number*."""
    data = {"task_sid": sid("WT", str(number)), "task_queue_sid": sid("WQ", "Sales"), "task_queue_name": "Sales"}
    if kind.startswith("reservation."):
        data |= {"reservation_sid": sid("WR", str(number)), "worker_sid": sid("WK", "Ann"), "worker_name": "Ann"}
    return event(kind, minutes, **data | more) | {"sid": sid("EV", f"{kind[-10:]}{number}{minutes}")}


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("hangup", "abandoned"),
        ("Caller hung up", "abandoned"),
        ("abandoned in queue", "abandoned"),
        ("Task TTL Exceeded", "canceled"),
        ("Task TTL Exceeded or Max assignment count exceeded", "canceled"),
        (None, "canceled"),
        ("", "canceled"),
    ],
)
def test_abandoned_is_who_hung_up_unaccepted(reason: str | None, outcome: str) -> None:
    events = [work("task.created", 5), work("task.canceled", 8, task_canceled_reason=reason)]
    task = sim.read_events(events, **DAY).log.tasks.iloc[0]
    assert task["outcome"] == outcome
    assert (task["completed"] - task["arrival"]).total_seconds() == 180


def test_a_task_from_arrival_to_the_end_of_its_wrap_up() -> None:
    steps = {
        "task.created": 5,
        "reservation.created": 6,
        "reservation.accepted": 7,
        "task.wrapup": 9,
        "task.completed": 10,
    }
    log = sim.read_events([work(kind, minutes) for kind, minutes in steps.items()], **DAY).log
    (task,) = log.tasks.itertuples()
    found = [
        getattr(task, name).total_seconds() / 60 for name in ("arrival", "reserved", "accepted", "handled", "completed")
    ]
    assert found == [5, 6, 7, 9, 10]
    assert (task.worker, task.task_type, task.task_queue, task.outcome) == ("Ann", "Sales", "Sales", "completed")
    (made,) = log.reservations.itertuples()
    assert (made.status, made.worker, made.task) == ("accepted", "Ann", 0)
    busy = sim.reports.occupancy(log).set_index("worker_group").loc["all"]
    assert busy["occupancy"] == 1


@pytest.mark.parametrize("status", ["rejected", "timeout", "canceled", "rescinded"])
def test_every_end_of_a_reservation(status: str) -> None:
    events = [work("task.created", 5), work("reservation.created", 6), work(f"reservation.{status}", 7)]
    log = sim.read_events(events, **DAY).log
    assert log.reservations["status"].tolist() == [status]
    assert log.tasks["outcome"].tolist() == ["waiting"]


def test_a_deleted_task_was_completed_if_it_was_accepted_and_canceled_if_not() -> None:
    accepted = [work("task.created", 5), work("reservation.created", 6), work("reservation.accepted", 7)]
    events = [*accepted, work("task.system-deleted", 20), work("task.created", 5, 2), work("task.deleted", 9, 2)]
    history = sim.read_events(events, **DAY)
    assert history.log.tasks["outcome"].tolist() == ["completed", "canceled"]
    assert repairs(history)["tasks_without_end"] == 2


def test_a_deletion_after_the_end_of_a_task_changes_nothing() -> None:
    events = [work("task.created", 5), work("task.canceled", 8, reason="hangup"), work("task.deleted", 13)]
    history = sim.read_events(events, **DAY)
    assert history.log.tasks["completed"].dt.total_seconds().tolist() == [480]
    assert history.log.tasks["outcome"].tolist() == ["abandoned"]
    assert "tasks_without_end" not in repairs(history)


def test_tasks_of_before_are_left_out_with_their_reservations() -> None:
    steps = {"task.created": -5, "reservation.created": 1, "reservation.accepted": 2, "task.completed": 3}
    history = sim.read_events([work(kind, minutes) for kind, minutes in steps.items()], **DAY)
    assert len(history.log.tasks) == len(history.log.reservations) == 0
    assert repairs(history)["tasks_before"] == 1


def test_the_last_task_queue_counts_and_types_are_queues_or_attributes() -> None:
    support = {"task_queue_sid": sid("WQ", "Support"), "task_queue_name": "Support"}
    events = [
        work("task.created", 5, task_attributes='{"kind": "call"}'),
        work("task-queue.entered", 5),
        work("task-queue.moved", 6, **support),
        work("task.created", 7, 2, task_attributes="redacted"),
    ]
    for order in (events, events[::-1]):
        log = sim.read_events(order, **DAY).log
        assert log.tasks["task_type"].tolist() == log.tasks["task_queue"].tolist() == ["Support", "Sales"]
        history = sim.read_events(order, **DAY, task_type="kind")
        assert history.log.tasks["task_type"].tolist() == ["call", "(unknown)"]
        assert repairs(history)["tasks_without_type"] == 1


def test_what_comes_at_the_end_has_not_happened() -> None:
    steps = {"task.created": 5, "reservation.created": 6, "reservation.accepted": 60}
    log = sim.read_events([work(kind, minutes) for kind, minutes in steps.items()], **DAY).log
    assert log.reservations["status"].tolist() == ["pending"]
    assert log.tasks["outcome"].tolist() == ["waiting"]
    assert pd.isna(log.tasks["accepted"].iloc[0])


# --- what is refused ---


@pytest.mark.parametrize(
    ("source", "given", "message"),
    [
        ([], {}, "source: must hold events"),
        ([{"friendly_name": "Ann"}], {}, "source: must be events as the API lists them"),
        ([5], {}, "source: must be events, which are JSON objects, not 5"),
        (5, {}, "source: must be the path of a file"),
        ([move("Ann", 10, "Break", "Available", 10)], {}, "end: must be later than the start; give start and end"),
        (
            [move("Ann", 10, "Break", "Available", 10)],
            {"start": "soon"},
            "start: must be a date and time .* not 'soon'",
        ),
        ([move("Ann", 10, "Break", "Available", 10)], {"end": 5}, "end: must be a date and time .* not 5"),
        ([move("Ann", 10, "Break", "Available", 10)], {**DAY, "time_zone": "Berlin"}, "time_zone: .*'Europe/Berlin'"),
        (
            [move("Ann", 10, "Break", "Available", 10)],
            {**DAY, "default_activity": "Brake"},
            "default_activity: .*'Break'",
        ),
        ([move("Ann", 10, "Break", "Available", 10)], {**DAY, "interval": 0}, "interval: must be longer than 0"),
        (
            [move("Ann", 10, "Break", "Available", 10)],
            {**DAY, "service_level": {"with": 5}},
            r"service_level\.with: is not",
        ),
        ([move("Ann", 10, "Break", "Available", 10)], {**DAY, "task_type": " "}, "task_type: must be a text"),
    ],
)
@pytest.mark.filterwarnings("ignore::activity_sim.errors.ActivitySimWarning")
def test_bad_input_is_refused(source: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(sim.InputError, match=message):
        sim.read_events(source, **given)


def test_events_of_two_workspaces_are_refused() -> None:
    events = [move("Ann", 10, "Break"), move("Bob", 20, "Break", workspace_sid=None)]
    events[1]["event_data"]["workspace_sid"] = f"WS{'b' * 32}"
    with pytest.raises(sim.InputError, match="must be events of one workspace, not of 2"):
        sim.read_events(events, **DAY)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "events.json: is empty"),
        (" \n\n", "events.json: is empty"),
        ("worker,activity\n", "events.json: is neither JSON nor JSON lines"),
        ('{"event_type": "worker.created"}\n{"event_t', "events.json: line 2: is not JSON"),
        ("[" * 100_000, "events.json: is neither JSON nor JSON lines"),
        ("7", "must be events, which are JSON objects, not 7"),
    ],
)
def test_bad_files_are_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "events.json"
    file.write_text(text, "utf-8")
    with pytest.raises(sim.InputError, match=message):
        sim.read_events(file, **DAY)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match=r"none\.json: cannot be read: No such file"):
        sim.read_events(tmp_path / "none.json")
    (tmp_path / "events.json").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(sim.InputError, match=r"events\.json: must be text in UTF-8"):
        sim.read_events(tmp_path / "events.json")


def test_a_page_that_is_not_the_last_one_is_warned_of() -> None:
    page = {"events": [move("Ann", 10, "Break", "Available", 10)], "meta": {"next_page_url": "https://next"}}
    with pytest.warns(sim.ActivitySimWarning, match="next page that is not in it"):
        sim.read_events([page], **DAY)


def test_a_log_of_several_replications_has_no_events() -> None:
    study = sim.replicate(sim.Scenario(horizon="1h", workers=[sim.Workers("A")]), replications=2, keep_logs=True)
    with pytest.raises(sim.InputError, match=r"log: must have one replication; log.only\(number\)"):
        sim.events(Log.concat(study.logs))
    assert len(list(sim.events(study.logs[1]))) == 5


def test_a_log_with_a_hole_has_no_events() -> None:
    history = sim.read_events(
        [move("Ann", 10, "Break", "Available", 5), move("Ann", 30, "Offline", "Offline", 2)], **DAY
    )
    with pytest.raises(sim.InputError, match="log: must have every worker in one activity at any time; Ann is in none"):
        sim.events(history.log)


def test_the_log_of_a_real_past_can_be_written_as_events_again() -> None:
    history = sim.read_events(
        [move("Ann", 10, "Break", "Available", 5), move("Ann", 30, "Offline", "Break", 20)], **DAY
    )
    back = sim.read_events(sim.events(history.log), **DAY)
    assert spells(back) == spells(history)
    assert history.log.legend.calendar.origin == BEGIN * 1_000
    assert MINUTE == 60_000
