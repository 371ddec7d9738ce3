"""The statistics are those that a slow calculation finds from all that happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.history import Office, Window
from tests.emulator.wire import MINUTE, SECOND, Clock, Wire

HOUR = 60 * MINUTE
NAMES = ("Al", "Bo", "al ", "Straße", "Zoë")

instants = st.one_of(st.integers(0, 3 * HOUR), st.sampled_from([0, 1, 999, 1_000, 1_001, MINUTE, 15 * MINUTE]))
places = st.integers(0, 9)
steps = st.one_of(
    st.tuples(st.just("wait"), st.one_of(st.integers(0, 3_000), st.integers(0, 30 * MINUTE))),
    st.tuples(st.just("hire"), st.sampled_from(NAMES), places),
    st.tuples(st.just("move"), places, places),
    st.tuples(st.just("move"), places, places),
    st.tuples(st.just("rename"), places, st.sampled_from(NAMES)),
    st.tuples(st.just("dismiss"), places),
    st.tuples(st.just("add")),
    st.tuples(st.just("close"), places),
)
zones = st.sampled_from([UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5, minutes=45))])
windows: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.integers(1, 200).map(lambda minutes: {"Minutes": minutes}),
    st.tuples(instants, instants, zones).map(
        lambda it: {"StartDate": min(it[:2]), "EndDate": max(it[:2]), "zone": it[2]}
    ),
    st.tuples(instants, zones).map(lambda it: {"EndDate": it[0], "zone": it[1]}),
    st.tuples(zones).map(lambda it: {"StartDate": 0, "zone": it[0]}),
)


def begun(clock: Clock) -> int:
    """Let the clock go on to a round instant, the same distance from every other beginning."""
    clock.now += 100 * HOUR - clock.now % (100 * HOUR)
    return clock.now


def carry_out(office: Office, step: tuple[Any, ...]) -> None:
    """Do what *step* says, as far as it can be done."""
    kind, *details = step
    activities, workers = list(office.activities), office.workers
    taken = {worker.name.casefold() for worker in workers}
    if kind == "wait":
        office.clock.advance(details[0])
    elif kind == "add":
        office.add(f"Activity {len(office.activities) + len(office.closed)}")
    elif kind == "hire" and details[0].casefold() not in taken:
        office.hire(details[0], activities[details[1] % len(activities)])
    elif kind == "close":
        closable = [sid for sid in activities[1:] if sid not in {worker.activity for worker in workers}]
        if closable:
            office.close(closable[details[0] % len(closable)])
    elif kind in ("move", "rename", "dismiss") and workers:
        worker = workers[details[0] % len(workers)]
        if kind == "move":
            office.move(worker, activities[details[1] % len(activities)])
        elif kind == "dismiss":
            office.dismiss(worker)
        elif details[1].casefold() not in taken:
            office.rename(worker, details[1])


def written(instant: int, zone: timezone) -> str:
    moment = datetime.fromtimestamp(instant // SECOND, zone) + timedelta(milliseconds=instant % SECOND)
    return moment.isoformat(timespec="milliseconds")


def asked(window: dict[str, Any], beginning: int, now: int) -> tuple[dict[str, Any], Window]:
    """Return the query for *window*, and the instants between which it lies."""
    said = {name: beginning + window[name] for name in ("StartDate", "EndDate") if name in window}
    last = said.get("EndDate", now)
    first = said.get("StartDate", last - window.get("Minutes", 15) * MINUTE)
    query: dict[str, Any] = {name: written(instant, window["zone"]) for name, instant in said.items()}
    if "Minutes" in window:
        query["Minutes"] = window["Minutes"]
    return query, (first, last)


def by_sid(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    assert len({row["sid"] for row in rows}) == len(rows)
    return {row["sid"]: row for row in rows}


def compare(office: Office, query: dict[str, Any], window: Window, name: str) -> None:
    """Compare all statistics with those that follow from what happened."""
    path, wire = f"{office.path}/Workers", office.wire
    everybody = [*office.workers, *office.gone]
    named = [worker for worker in everybody if worker.name.casefold() == name.casefold()]
    flat = wire.got("GET", f"{path}/CumulativeStatistics", params=query)
    both = wire.got("GET", f"{path}/Statistics", params={**query, "FriendlyName": name})
    assert by_sid(flat["activity_durations"]) == by_sid(office.durations(window, everybody))
    assert by_sid(both["cumulative"]["activity_durations"]) == by_sid(office.durations(window, named))
    assert both["realtime"]["total_workers"] == len(set(map(id, named)) & set(map(id, office.workers)))
    for worker in office.workers:
        own = wire.got("GET", f"{path}/{worker.sid}/Statistics", params=query)["cumulative"]
        assert by_sid(own["activity_durations"]) == by_sid(office.durations(window, [worker]))
    for statistics in (flat, both["cumulative"]):
        shown = tuple(statistics[name] for name in ("start_time", "end_time"))
        assert shown == tuple(datetime.fromtimestamp(i // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for i in window)


@pytest.mark.slow
@given(
    happens=st.lists(steps, max_size=25),
    asks=st.lists(windows, min_size=1, max_size=3),
    name=st.sampled_from(["AL", *NAMES]),
)
def test_durations_are_those_of_the_history(
    wire: Wire, clock: Clock, happens: list[tuple[Any, ...]], asks: list[dict[str, Any]], name: str
) -> None:
    beginning = begun(clock)
    office = Office.opened(wire, clock)
    for step in happens:
        carry_out(office, step)
    for window in asks:
        compare(office, *asked(window, beginning, clock.now), name)
    real_time = wire.got("GET", f"{office.path}/Workers/RealTimeStatistics")
    assert {row["sid"]: row["workers"] for row in real_time["activity_statistics"]} == office.heads()
    assert real_time["total_workers"] == len(office.workers)


@pytest.mark.slow
@given(
    crew=st.integers(1, 4),
    waits=st.lists(st.tuples(places, places, st.integers(0, 5 * MINUTE)), max_size=12),
    minutes=st.integers(1, 60),
)
def test_all_activities_together_are_workers_times_the_window(
    wire: Wire, clock: Clock, crew: int, waits: list[tuple[int, int, int]], minutes: int
) -> None:
    begun(clock)
    office = Office.opened(wire, clock)
    activities = list(office.activities)
    workers = [office.hire(f"Worker {n}", activities[n % 3]) for n in range(crew)]
    clock.advance(HOUR)
    for who, where, milliseconds in waits:
        office.move(workers[who % crew], activities[where % 3])
        clock.advance(milliseconds)
    rows = wire.got("GET", f"{office.path}/Workers/CumulativeStatistics", params={"Minutes": minutes})
    total = sum(row["total"] for row in rows["activity_durations"])
    assert crew * minutes * 60 - len(activities) < total <= crew * minutes * 60


@pytest.fixture
def office(wire: Wire, clock: Clock) -> Office:
    begun(clock)
    return Office.opened(wire, clock)


def figures(office: Office, **parameters: Any) -> dict[str, tuple[int, ...]]:
    """Return (min, avg, max, total) of each Activity that has any."""
    body = office.wire.got("GET", f"{office.path}/Workers/CumulativeStatistics", params=parameters)
    numbers = {
        row["friendly_name"]: tuple(row[name] for name in ("min", "avg", "max", "total"))
        for row in body["activity_durations"]
    }
    return {name: of for name, of in numbers.items() if any(of)}


def test_two_spells_and_a_running_one(office: Office, clock: Clock) -> None:
    offline, _, available = office.activities
    worker = office.hire("Al", offline)
    for wait, activity in ((90_500, available), (60_250, offline), (10_000, available), (30_250, available)):
        clock.advance(wait)
        office.move(worker, activity)
    assert figures(office) == {"Offline": (10, 50, 90, 100), "Available": (30, 45, 60, 90)}


def test_means_are_cut_off_and_not_rounded(office: Office, clock: Clock) -> None:
    offline, _, available = office.activities
    al, bo = office.hire("Al", offline), office.hire("Bo", offline)
    clock.advance(1_000)
    office.move(al, available)
    clock.advance(1_999)
    office.move(bo, available)
    clock.advance(1)
    assert figures(office)["Offline"] == (1, 1, 2, 3)


def test_six_workers_fill_the_fifteen_minutes_of_the_usual_window(office: Office, clock: Clock) -> None:
    for n in range(6):
        office.hire(f"Worker {n}", list(office.activities)[2])
    clock.advance(HOUR)
    assert figures(office) == {"Available": (900, 900, 900, 5_400)}


def test_a_running_spell_does_not_count_into_the_future(office: Office, clock: Clock) -> None:
    office.hire("Al", next(iter(office.activities)))
    clock.advance(2 * MINUTE)
    assert figures(office, EndDate=written(clock.now + HOUR, UTC), StartDate=written(clock.now - HOUR, UTC)) == {
        "Offline": (120, 120, 120, 120)
    }


def test_a_spell_before_or_behind_the_window_is_not_in_it(office: Office, clock: Clock) -> None:
    beginning = clock.now
    offline, _, available = office.activities
    worker = office.hire("Al", offline)
    clock.advance(MINUTE)
    office.move(worker, available)
    clock.advance(MINUTE)
    office.move(worker, offline)
    clock.advance(MINUTE)
    window = {"StartDate": written(beginning + MINUTE, UTC), "EndDate": written(beginning + 2 * MINUTE, UTC)}
    assert figures(office, **window) == {"Available": (60, 60, 60, 60)}


def test_what_is_deleted_leaves_its_time_behind_as_long_as_the_window_reaches_it(office: Office, clock: Clock) -> None:
    lunch = office.add("Lunch")
    worker = office.hire("Al", lunch)
    clock.advance(5 * MINUTE)
    office.dismiss(worker)
    office.close(lunch)
    clock.advance(5 * MINUTE)
    assert figures(office) == {"Lunch": (300, 300, 300, 300)}
    assert figures(office, Minutes=5) == {}
    body = office.wire.got("GET", f"{office.path}/Workers/CumulativeStatistics", params={"Minutes": 5})
    assert {row["friendly_name"] for row in body["activity_durations"]} == {"Offline", "Unavailable", "Available"}


@pytest.mark.parametrize(("path", "rows"), [("Cumulative", "activity_durations"), ("RealTime", "activity_statistics")])
def test_rows_come_in_the_order_of_the_list_of_activities(office: Office, path: str, rows: str) -> None:
    office.add("Absent")
    body = office.wire.got("GET", f"{office.path}/Workers/{path}Statistics")
    assert [row["friendly_name"] for row in body[rows]] == ["Offline", "Unavailable", "Available", "Absent"]


def test_a_renamed_activity_shows_its_time_under_the_new_name(office: Office, clock: Clock) -> None:
    sid = next(iter(office.activities))
    office.hire("Al", sid)
    clock.advance(MINUTE)
    office.wire.got("POST", f"{office.path}/Activities/{sid}", data={"FriendlyName": "Away"})
    assert figures(office) == {"Away": (60, 60, 60, 60)}


def test_head_counts_are_of_now(office: Office, clock: Clock) -> None:
    offline, unavailable, available = office.activities
    workers = [office.hire(f"Worker {n}", activity) for n, activity in enumerate((offline, available, available))]
    office.move(workers[0], unavailable)
    office.dismiss(workers[1])
    body = office.wire.got("GET", f"{office.path}/Workers/RealTimeStatistics")
    assert [row["workers"] for row in body["activity_statistics"]] == [0, 1, 1]
    assert body["total_workers"] == 2


@pytest.mark.parametrize(
    "query",
    [
        {"Minutes": 5, "StartDate": "2026-11-23"},
        {"Minutes": 5, "EndDate": "2026-11-23"},
        {"StartDate": "2026-11-24", "EndDate": "2026-11-23"},
        {"StartDate": "2999-01-01"},
        {"Minutes": 0},
        {"Minutes": -1},
        {"Minutes": "1.5"},
        {"StartDate": "yesterday"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["Workers/CumulativeStatistics", "Workers/Statistics", "Events"])
def test_a_window_that_cannot_be_is_refused(office: Office, path: str, query: dict[str, Any]) -> None:
    answer = office.wire.ask("GET", f"{office.path}/{path}", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z"])
def test_a_window_of_long_ago_ends_after_it_begins(office: Office, end: str) -> None:
    answer = office.wire.ask("GET", f"{office.path}/Workers/CumulativeStatistics", params={"EndDate": end})
    body = answer.json()
    assert answer.status_code == 400 or body["start_time"] <= body["end_time"]
