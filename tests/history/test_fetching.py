"""Events are fetched from an emulator over a socket: all of them, none twice, whatever comes in between."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from twilio.rest import Client as Official

import activity_sim as sim
from activity_sim.analysis.reports import activity_durations
from activity_sim.cli import main
from activity_sim.history.fetching import HOUR, fetch_events
from activity_sim.history.repairs import MEANINGS
from tests.taskrouter.scripted import Say, Scripted
from tests.test_api_commands import clean

SECOND = 1_000
NAMES = ("Ann", "Bob", "Cem", "Dee", "Eve")


class Clock:
    """Begin some hours ago, and go on as the test says."""

    def __init__(self) -> None:
        self.now = int(time.time() * SECOND) // HOUR * HOUR - 8 * HOUR + 250

    def __call__(self) -> int:
        return self.now


@attrs.frozen
class Past:
    """Hold an emulator in which a lot has happened, from *start* to *end*, and the database that it keeps it in."""

    emulator: sim.Emulator
    start: datetime
    end: datetime


def fill(emulator: sim.Emulator, clock: Clock) -> Past:
    """Let four hours pass in which workers move, are hired and leave, and an activity is renamed."""
    start, chance = clock.now, random.Random(7)
    home = official(emulator)
    for name in ("Lunch", "Email"):
        home.activities.create(friendly_name=name, available=name == "Email")
    activities = [activity.sid for activity in home.activities.list()]
    workers: list[Any] = []
    for step in range(240):
        clock.now += chance.choice([0, 1, 999, 20_000, chance.randrange(200_000)])
        if step % 40 == 0 and len(workers) < len(NAMES):
            workers.append(home.workers.create(friendly_name=NAMES[len(workers)], attributes='{"team": "north"}'))
        chance.choice(workers).update(activity_sid=chance.choice(activities))
        if step == 150:
            home.activities(activities[3]).update(friendly_name="Long lunch")
    workers.pop().delete()
    clock.now += 10 * SECOND
    return Past(emulator, instant(start), instant(clock.now))


@pytest.fixture(scope="module")
def past() -> Iterator[Past]:
    """An emulator that the tests look at, and change nothing of."""
    clock = Clock()
    with sim.Emulator(clock=clock) as emulator:
        yield fill(emulator, clock)


@pytest.fixture
def troubled(tmp_path: Path) -> Callable[[sim.Faults], AbstractContextManager[Past]]:
    """A past in an emulator with faults, which began when it was over."""

    @contextmanager
    def serve(faults: sim.Faults) -> Iterator[Past]:
        clock, database = Clock(), tmp_path / "emulator.db"
        with sim.Emulator(clock=clock, database=database) as emulator:
            found = fill(emulator, clock)
        with sim.Emulator(clock=clock, database=database, faults=faults) as emulator:
            yield attrs.evolve(found, emulator=emulator)

    return serve


def instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // SECOND, UTC)


def official(emulator: sim.Emulator) -> Any:
    client = Official(emulator.account_sid, emulator.environment["TWILIO_AUTH_TOKEN"])
    client.taskrouter.base_url = emulator.base_url
    return client.taskrouter.v1.workspaces(emulator.workspace_sid)


def written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def sids(file: Path) -> list[str]:
    return [event["sid"] for event in lines(file)]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


# --- the client ---


def test_the_client_lists_what_the_official_client_lists(past: Past) -> None:
    theirs = official(past.emulator).events.list(start_date=past.start, end_date=past.end)
    with past.emulator.client() as client:
        ours = client.events.list(start=past.start, end=past.end, page_size=7)
    assert [event["sid"] for event in ours] == [event.sid for event in theirs]
    assert [event["event_data"] for event in ours] == [event.event_data for event in theirs]
    assert len(ours) > 190


def test_filters_choose_as_the_official_client_s_do(past: Past) -> None:
    home = official(past.emulator)
    worker = home.workers.list()[0].sid
    period = {"start_date": past.start, "end_date": past.end}
    with past.emulator.client() as client:
        for asked in ({"worker_sid": worker}, {"event_type": "activity.created"}):
            ours = client.events.list(start=past.start, end=past.end, **asked)
            theirs = home.events.list(**period, **asked)
            assert [event["sid"] for event in ours] == [event.sid for event in theirs] != []
        theirs = home.events.list(minutes=30)
        assert [event["sid"] for event in client.events.list(minutes=30)] == [event.sid for event in theirs] != []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"start": datetime(2026, 1, 1)}, "start: must be a datetime with a time zone"),
        ({"end": "2026-01-01"}, "end: must be a datetime with a time zone, not '2026-01-01'"),
        ({"minutes": 5, "start": datetime(2026, 1, 1, tzinfo=UTC)}, "minutes: must not be given with start or end"),
        ({"minutes": 0}, "minutes: must be a whole number from 1"),
        ({"page_size": 1_001}, "page_size: must be a whole number"),
        ({"worker_sid": "Ann"}, "worker_sid: must be WK and 32 hexadecimal digits"),
        ({"event_type": ""}, "event_type: must be a text"),
        ({"worker": "Ann"}, "filters: must be one of .*not 'worker'"),
    ],
    ids=str,
)
def test_what_the_api_would_not_have_is_refused_before_it_is_asked(asked: dict[str, Any], message: str) -> None:
    secret = {"auth_token": "1b" * 16, "workspace_sid": f"WS{'0' * 32}", "base_url": "http://127.0.0.1:9"}
    with (
        sim.TaskRouterClient(f"AC{'0a' * 16}", **secret) as client,
        pytest.raises(sim.InputError, match=message),
    ):
        client.events.each(**asked)


@pytest.mark.parametrize(
    "body", [{}, {"events": None}, {"events": [1]}, {"events": [{}]}, {"events": [{"sid": "EV1"}]}]
)
def test_what_are_no_events_is_an_answer_error(body: Any) -> None:
    with Scripted([Say(200, body)]) as server, pytest.raises(sim.AnswerError, match=r"no list|the answer has no Event"):
        server.client().events.list(minutes=5)
    assert len(server.asked) == 1


def test_a_window_is_asked_for_in_whole_seconds_once_and_again_when_the_limit_is_met() -> None:
    page = {"events": [{"sid": "EV1", "event_type": "worker.created"}] * 2, "meta": {"next_page_url": None}}
    answers = [Say(429, {"message": "Too many requests"}, {"Retry-After": "1"}), Say(200, page)]
    start = datetime(2026, 11, 23, 8, 0, 0, 1, tzinfo=UTC)
    with Scripted(answers) as server:
        found = server.client().events.list(start=start, end=start, event_type="worker.created")
    assert found == page["events"][:1]
    assert server.asked[1].at - server.asked[0].at >= 1
    assert {tuple(sorted(asked.query.items())) for asked in server.asked} == {
        (
            ("EndDate", "2026-11-23T08:00:01Z"),
            ("EventType", "worker.created"),
            ("PageSize", "1000"),
            ("StartDate", "2026-11-23T08:00:00Z"),
        )
    }


# --- the log of what was fetched ---


def test_durations_of_fetched_events_are_the_emulator_s_own(past: Past, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    home = official(past.emulator)
    with past.emulator.client() as client:
        fetch_events(client, file, start=past.start, end=past.end + timedelta(seconds=1))
        activities = client.activities.list()
    whole = int((past.end - past.start).total_seconds())
    chance = random.Random(3)
    for _ in range(6):
        first, last = sorted(chance.sample(range(whole), 2))
        window = {"start_date": past.start + timedelta(seconds=first), "end_date": past.start + timedelta(seconds=last)}
        theirs = home.workers.cumulative_statistics().fetch(**window)
        history = sim.read_events(file, activities=activities, start=window["start_date"], end=window["end_date"])
        ours = activity_durations(history.log)
        assert (ours["start_time"], ours["end_time"]) == (written(theirs.start_time), written(theirs.end_time))
        assert by_sid(ours["activity_durations"]) == by_sid(theirs.activity_durations)
        assert sum(history.repairs.set_index("repair").loc[["unknown", "missing_changes", "too_long"], "count"]) == 0
    assert "Long lunch" in history.log.legend.activities


def by_sid(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["sid"]: row for row in rows}


def test_what_the_official_client_reads_is_a_log_too(past: Past) -> None:
    home = official(past.emulator)
    read = home.events.list(start_date=past.start, end_date=past.end)
    names = ("sid", "event_type", "event_data", "event_date_ms")
    rows = [
        {name: getattr(event, name) for name in names} | {"event_date": written(event.event_date)} for event in read
    ]
    with past.emulator.client() as client:
        ours = client.events.list(start=past.start, end=past.end)
    logs = [sim.read_events(events, worker_group="team").log for events in (rows, ours)]
    assert logs[0].spells.equals(logs[1].spells)
    assert logs[0].legend.worker_groups == ("north",)


# --- fetching into a file ---


def test_the_file_has_every_event_once_and_in_order(past: Past, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    with past.emulator.client() as client:
        everything = client.events.list(start=past.start, end=past.end + timedelta(hours=1))
        found = fetch_events(client, file, start=past.start, end=past.end + timedelta(hours=1))
        assert found.events == len(everything)
        assert fetch_events(client, file, start=past.start, end=past.end + timedelta(hours=1)).windows == 0
    assert lines(file) == sorted(everything, key=lambda event: (event["event_date"], event["sid"]))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl", "events.jsonl.fetched"]


def test_only_what_is_missing_is_fetched(past: Past, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    parts = [(60, 100), (150, 170), (30, 160), (0, 400), (0, 400)]
    windows = []
    with past.emulator.client() as client:
        for first, last in parts:
            start = past.start + timedelta(minutes=first)
            windows.append(fetch_events(client, file, start=start, end=past.start + timedelta(minutes=last)).windows)
            assert len(set(sids(file))) == len(sids(file))
        everything = client.events.list(start=past.start, end=past.start + timedelta(minutes=400))
    assert set(sids(file)) == {event["sid"] for event in everything}
    assert windows[-1] == 0 < min(windows[:-1])
    spans = json.loads((tmp_path / "events.jsonl.fetched").read_text("utf-8"))["spans"]
    assert len(spans) == 1


@pytest.mark.parametrize("junk", [b"", b'{"event_type": "worker.cre', b'{"event_type": "worker.created"}\n'])
def test_what_a_killed_fetch_wrote_beyond_its_record_is_cut_off(past: Past, tmp_path: Path, junk: bytes) -> None:
    file = tmp_path / "events.jsonl"
    middle = past.start + timedelta(hours=1)
    with past.emulator.client() as client:
        fetch_events(client, file, start=past.start, end=middle)
        with file.open("ab") as out:
            out.write(junk)
        fetch_events(client, file, start=past.start, end=past.end)
        everything = client.events.list(start=past.start, end=past.end)
    known = {event["sid"] for event in everything if event["event_date"] < written(past.end)}
    assert set(sids(file)) == known
    assert len(sids(file)) == len(known)


@pytest.mark.slow
def test_a_fetch_that_is_killed_again_and_again_misses_nothing(troubled: Any, tmp_path: Path) -> None:
    file, whole = tmp_path / "events.jsonl", tmp_path / "whole.jsonl"
    with troubled(sim.Faults(slow=1.0, delay="30ms")) as past:
        environment = clean(**past.emulator.environment)
        start = past.start - timedelta(hours=12)
        period = ["--start", written(start), "--end", written(past.end)]
        command = [sys.executable, "-m", "activity_sim", "events", "fetch", *period, "--out", str(file)]
        for windows in (3, 13):
            with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
                while process.poll() is None and held(file) < windows * HOUR:
                    time.sleep(0.005)
                process.send_signal(signal.SIGKILL)
            assert process.returncode == -signal.SIGKILL
            assert held(file) < (past.end - start).total_seconds() * SECOND
        with past.emulator.client() as client:
            for place in (file, whole):
                fetch_events(client, place, start=start, end=past.end)
    assert sorted(sids(file)) == sorted(sids(whole))
    assert len(set(sids(file))) == len(sids(file)) > 190


def held(file: Path) -> int:
    """Return how many milliseconds the record of *file* says that it holds."""
    place = file.with_name(f"{file.name}.fetched")
    spans = json.loads(place.read_text("utf-8"))["spans"] if place.exists() else []
    return sum(end - start for start, end in spans)


def test_faults_of_the_api_lose_nothing(troubled: Any, tmp_path: Path) -> None:
    faults = sim.Faults(failures=0.2, drops=0.2, seed=5)
    with troubled(faults) as past, past.emulator.client(backoff=0.01, attempts=20) as client:
        fetch_events(client, tmp_path / "events.jsonl", start=past.start, end=past.end)
        everything = client.events.list(start=past.start, end=past.end, page_size=20)
    assert sorted(sids(tmp_path / "events.jsonl")) == sorted(event["sid"] for event in everything)


def test_what_is_older_than_thirty_days_is_warned_of(past: Past, tmp_path: Path) -> None:
    start = datetime.now(UTC) - timedelta(days=30, hours=2)
    with past.emulator.client() as client, pytest.warns(sim.ActivitySimWarning, match="kept for thirty days"):
        found = fetch_events(client, tmp_path / "events.jsonl", start=start, end=start + timedelta(hours=3))
    assert found.windows in (1, 2)


def test_the_last_minute_is_left_for_later(past: Past, tmp_path: Path) -> None:
    with past.emulator.client() as client:
        fetch_events(client, tmp_path / "events.jsonl", start=datetime.now(UTC) - timedelta(minutes=30))
    ((_, last),) = json.loads((tmp_path / "events.jsonl.fetched").read_text("utf-8"))["spans"]
    assert 60 <= time.time() - last / SECOND < 120


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda file: file.write_text("mine", "utf-8"), "events.jsonl: exists already, and no fetch has written it"),
        (
            lambda file: note(file, workspace_sid=f"WS{'0' * 32}", bytes=0, spans=[]),
            "events.jsonl: has the events of the workspace WS000",
        ),
        (lambda file: note(file, bytes=100, spans=[]), "events.jsonl: is shorter than what was fetched"),
        (
            lambda file: note(file, bytes=0, spans=5),
            r"events.jsonl: events.jsonl.fetched: must be the record of a fetch",
        ),
    ],
)
def test_a_file_of_somebody_else_is_left_alone(past: Past, tmp_path: Path, prepare: Any, message: str) -> None:
    file = tmp_path / "events.jsonl"
    with past.emulator.client() as client:
        note.workspace_sid = client.workspace_sid  # type: ignore[attr-defined]
        prepare(file)
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        with pytest.raises(sim.InputError, match=message):
            fetch_events(client, file, start=past.start, end=past.end)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def note(file: Path, **record: Any) -> None:
    said = {"workspace_sid": note.workspace_sid, **record}  # type: ignore[attr-defined]
    file.with_name(f"{file.name}.fetched").write_text(json.dumps(said), "utf-8")


# --- the commands ---


def done(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what a command prints that ends well, and warns of nothing."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (0, "")
    return said.out


def in_folder(past: Past, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands run in *folder*, with the credentials of the emulator of *past*."""
    monkeypatch.chdir(folder)
    for name, value in past.emulator.environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.slow
def test_fetched_and_reported_from_the_command_line(
    past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_folder(past, tmp_path, monkeypatch)
    period = ("--start", written(past.start), "--end", written(past.end))
    printed = done(capsys, "events", "fetch", past.emulator.workspace_sid, *period, "--out", "events.jsonl")
    assert re.match(r"Fetched \d+ events of \d windows into events\.jsonl\n", printed)
    assert "activity-sim events report events.jsonl --out results" in printed
    kept = "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    assert past.emulator.environment["TWILIO_AUTH_TOKEN"] not in kept + printed
    done(capsys, "activities", "export", "activities.json")
    more = ("--activities", "activities.json", "--worker-group", "team", "--name", "Home", "--excel", "--log", "--plot")
    report = done(capsys, "events", "report", "events.jsonl", *period, *more, "--parquet", "--out", "results")
    assert f"1 {MEANINGS['renamed']}" in report
    assert "Time by activity" in report
    history = sim.read_events(
        tmp_path / "events.jsonl",
        activities=sim.read_activities(tmp_path / "activities.json"),
        start=past.start,
        end=past.end,
        worker_group="team",
        name="Home",
    )
    described = json.loads((tmp_path / "results" / "run.json").read_text("utf-8"))
    assert described["scenario"] == "Home"
    assert described["events"] == history.events
    assert json.loads((tmp_path / "results" / "activity_durations.json").read_text("utf-8")) == activity_durations(
        history.log
    )
    assert sim.read_log(tmp_path / "results" / "log").spells.equals(history.log.spells)
    names = {path.name for path in (tmp_path / "results").iterdir()}
    assert {"time_by_activity.csv", "occupancy.parquet", "report.html", "report.xlsx", "time_by_interval.png"} <= names
    again = json.loads(
        done(capsys, "events", "report", "events.jsonl", *period, *more[:-3], "--out", "results", "--json")
    )
    assert again["tables"]["time_by_activity"][0]["friendly_name"] == "Offline"
    assert not (tmp_path / "results" / "report.xlsx").exists()


FETCH = ("events", "fetch", "--out", "events.jsonl", "--start")
REPORT = ("events", "report", "none.jsonl", "--out", "results")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*FETCH, "yesterday"), "--start: must be a date and time"),
        ((*FETCH, "2026-11-23", "--end", "2026-11-22"), "--end: must be later than the start"),
        ((*FETCH, "2026-11-23", "--time-zone", "Berlin"), "--time-zone: must be an IANA time zone"),
        (("events", "fetch", "--out", ".", "--start", "2026-11-23"), "--out: must be a file, and is a folder"),
        ((*FETCH, "2026-11-23", "wrong"), "workspace_sid: must be WS and 32 hexadecimal digits"),
        (REPORT, "none.jsonl: cannot be read"),
        ((*REPORT, "--service-level", "x"), "--service-level: must be"),
        ((*REPORT, "--interval", "x"), "--interval: must be a duration"),
        ((*REPORT, "--activities", "x"), "--activities: x: cannot be read"),
        ((*REPORT, "--time-zone", "Berlin"), "--time-zone: must be an IANA time zone"),
    ],
    ids=str,
)
def test_commands_that_cannot_be_carried_out_leave_nothing_behind(
    past: Past,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    in_folder(past, tmp_path, monkeypatch)
    stopped(capsys, arguments, message)
    assert not list(tmp_path.iterdir())


def stopped(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str) -> None:
    """Check that a command ends with status 2 and one line that has *message*."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert message in said.err
    assert len(said.err.splitlines()) == 1


def test_wrong_credentials_leave_nothing_behind(
    past: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_folder(past, tmp_path, monkeypatch)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "f" * 32)
    stopped(capsys, (*FETCH, written(past.start)), "the credentials are not those of an account that may do this")
    assert not list(tmp_path.iterdir())
