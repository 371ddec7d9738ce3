"""An emulator that is killed, told to end, or asked by many at once, as a process of its own.

Writers keep a ledger of what they were told. After the server is gone and started again on the same file, everything
that was answered is there, and what was under way is there wholly or not at all.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Any, Self

import attrs
import pytest
import requests

from activity_sim.emulator.server import Emulator
from activity_sim.errors import InputError

ACCOUNT = "AC" + "5a" * 16
TOKEN = "a-token-of-the-tests"
STABLE = ("Offline", "Unavailable", "Available")
CLIENTS = 8
CHANNELS = ["default", "voice", "chat", "sms", "video"]
MOST_KEPT = {"Activities": 11, "Workers": 5, "TaskQueues": 7, "Workflows": 7}
EVENTS = {"WA": "activity", "WK": "worker", "WQ": "task-queue", "WW": "workflow"}
NOTED = {
    "WA": {"FriendlyName": "activity.updated"},
    "WK": {"Attributes": "worker.attributes.update", "ActivitySid": "worker.activity.update"},
    "WQ": {"TargetWorkers": "task-queue.expression.updated"},
    "WW": {"FriendlyName": "workflow.updated"},
}
"""The events of changes, by what changes; the name always does."""

FIELDS = {
    "Activities": {"FriendlyName": "friendly_name"},
    "Workers": {"FriendlyName": "friendly_name", "Attributes": "attributes", "ActivitySid": "activity_sid"},
    "TaskQueues": {"FriendlyName": "friendly_name", "TargetWorkers": "target_workers"},
    "Workflows": {"FriendlyName": "friendly_name", "Configuration": "configuration"},
}
JUMP = 1_000_000
"""Seconds that a running spell grows by under a clock that is so far ahead."""

Form = dict[str, str]


def command(*arguments: str, database: Path) -> list[str]:
    return [sys.executable, "-m", "activity_sim", "emulator", "--port", "0", "--database", str(database), *arguments]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TWILIO_", "TASKROUTER_"))}
    return {**kept, "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}


def interruptible() -> None:
    """Undo that a shell lets its background jobs ignore interrupts, which they hand on to what they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(database: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("--json", database=database),
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,
    )


def ended(process: subprocess.Popen[str], number: int) -> int:
    """Send the signal of that *number*, and return the status that the process ends with."""
    process.send_signal(number)
    try:
        return process.wait(20)
    finally:
        process.kill()
        process.communicate()


class Server:
    """Run the command on *database* until the end of the block at the latest."""

    def __init__(self, database: Path) -> None:
        self._process = started(database)
        assert self._process.stdout
        said = "".join(takewhile(lambda line: line != "}\n", self._process.stdout))
        where = json.loads(f"{said}}}")
        self.root = f"{where['TASKROUTER_BASE_URL']}/v1/Workspaces/{where['TWILIO_WORKSPACE_SID']}"

    def end(self, number: int) -> int:
        return ended(self._process, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.end(signal.SIGKILL)


def session() -> requests.Session:
    made = requests.Session()
    made.auth, made.trust_env = (ACCOUNT, TOKEN), False
    return made


def listed(root: str, kind: str, **asked: Any) -> list[dict[str, Any]]:
    """Return the resources of all pages."""
    found: list[dict[str, Any]] = []
    with session() as client:
        url, asked = f"{root}/{kind}", {"PageSize": 1_000, **asked}
        while url:
            answer = client.get(url, params=asked, timeout=20)
            assert answer.status_code == 200, answer.text
            body, asked = answer.json(), {}
            found += body[body["meta"]["key"]]
            url = body["meta"]["next_page_url"]
    return found


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """Return what *work* returns to each client, by its number, all in threads of their own."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, range(CLIENTS)))


@attrs.frozen
class Write:
    """What a resource (*sid*, None: a new one) has in *before*, and in *after* the write (None: it is not there)."""

    sid: str | None
    before: Form | None
    after: Form | None

    def events(self, sid: str) -> list[tuple[str, str]]:
        """Return the type and resource of the events that belong to it."""
        if self.before is None or self.after is None:
            return [(f"{EVENTS[sid[:2]]}.{'created' if self.before is None else 'deleted'}", sid)]
        noted = NOTED[sid[:2]]
        return [(event, sid) for field, event in noted.items() if self.before[field] != self.after[field]]


@attrs.define
class Writer:
    """A client that writes one thing after the other, all under names that begin with its own *name*."""

    name: str
    kind: str
    homes: list[str]
    random: random.Random
    kept: dict[str, Form] = attrs.field(factory=dict)
    events: list[tuple[str, str]] = attrs.field(factory=list)
    pending: Write | None = None
    count: int = 0
    answered: int = 0

    def run(self, root: str) -> None:
        """Write until the server is gone."""
        with session() as client, suppress(requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            while True:
                self.write(client, root)

    def write(self, client: requests.Session, root: str) -> None:
        """Write once, and note it where it was answered."""
        self.pending = self._next()
        self._done(self._send(client, root, self.pending))
        self.answered += 1

    def settle(self, seen: dict[str, Form]) -> None:
        """Check what the server has, with the pending write or without it, and take it over."""
        mine = {sid: form for sid, form in seen.items() if form["FriendlyName"].startswith(self.name)}
        if self.pending and mine != self.kept:
            new = mine.keys() - self.kept.keys()
            sid = self.pending.sid or (new.pop() if len(new) == 1 else None)
            assert sid, f"{self.name}: {new} appeared"
            self._done(sid)
        assert mine == self.kept

    def _next(self) -> Write:
        self.count += 1
        what = self.random.random()
        if not self.kept or (what < 0.3 and len(self.kept) < MOST_KEPT[self.kind]):
            return Write(None, None, self._form())
        sid = self.random.choice(list(self.kept))
        return Write(sid, self.kept[sid], None if what > 0.85 else self._form())

    def _form(self) -> Form:
        rest = {
            "Activities": {},
            "Workers": {"Attributes": f'{{"count": {self.count}}}', "ActivitySid": self.random.choice(self.homes)},
            "TaskQueues": {"TargetWorkers": f"count == {self.count}"},
            "Workflows": {"Configuration": f'{{"task_routing": {{}}, "count": {self.count}}}'},
        }
        return {"FriendlyName": f"{self.name}-{self.count}", **rest[self.kind]}

    def _send(self, client: requests.Session, root: str, write: Write) -> str:
        path = [root, self.kind, *([write.sid] if write.sid else [])]
        method, status = ("DELETE", 204) if write.after is None else ("POST", 200 if write.sid else 201)
        answer = client.request(method, "/".join(path), data=write.after, timeout=20)
        assert answer.status_code == status, answer.text
        return write.sid or str(answer.json()["sid"])

    def _done(self, sid: str) -> None:
        assert self.pending
        self.events += self.pending.events(sid)
        if self.pending.after is None:
            del self.kept[sid]
        else:
            self.kept[sid] = self.pending.after
        self.pending = None


def writers(seed: int, root: str) -> list[Writer]:
    """Return clients of a new workspace, whose own Activities are the homes of their Workers."""
    homes = [activity["sid"] for activity in listed(root, "Activities")]
    kinds = tuple(FIELDS) * (CLIENTS // len(FIELDS))
    return [Writer(f"{kind}{n}:", kind, homes, random.Random(f"{seed} {n}")) for n, kind in enumerate(kinds)]


def write_until(server: Server, clients: list[Writer], seconds: float, number: int) -> int:
    """Let *clients* write for so many *seconds*, end the server by a signal meanwhile, and return its status."""
    with ThreadPoolExecutor(len(clients)) as pool:
        running = [pool.submit(client.run, server.root) for client in clients]
        time.sleep(seconds)
        status = server.end(number)
    for client in running:
        client.result()
    return status


def contents(root: str) -> dict[str, Form]:
    """Return the resources that are there, as the forms that would make them."""
    found: dict[str, Form] = {}
    with session() as client:
        for kind, fields in FIELDS.items():
            for resource in listed(root, kind):
                whole = client.get(resource["url"], timeout=20).json() if kind == "Workers" else resource
                found[resource["sid"]] = {parameter: whole[field] for parameter, field in fields.items()}
    return found


def check_events(root: str, clients: list[Writer], since: str) -> None:
    """Check that the events are those of the ledgers, and forget these."""
    expected = Counter(event for client in clients for event in client.events)
    assert Counter((e["event_type"], e["resource_sid"]) for e in listed(root, "Events", StartDate=since)) == expected
    for client in clients:
        client.events.clear()


def check_times(root: str) -> None:
    """Check that each Worker's time in all Activities is the time since its creation: one spell runs, and no more."""
    with session() as client:
        for worker in listed(root, "Workers"):
            url, asked = f"{worker['url']}/Statistics", {"StartDate": worker["date_created"]}
            times = client.get(url, params=asked, timeout=20).json()["cumulative"]
            total = sum(activity["total"] for activity in times["activity_durations"])
            begin, last = (datetime.fromisoformat(text) for text in (worker["date_created"], times["end_time"]))
            lost = (last - begin).total_seconds() - total  # to whole seconds: of the creation, and of each Activity
            assert 0 <= lost < 1 + len(STABLE), (worker, times)


def check_channels(root: str) -> None:
    """Check that each Worker has its channels, all of them and once."""
    for worker in listed(root, "Workers"):
        channels = listed(root, f"Workers/{worker['sid']}/Channels")
        assert [channel["task_channel_unique_name"] for channel in channels] == CHANNELS


def check_round(root: str, clients: list[Writer], since: str) -> None:
    seen = contents(root)
    for client in clients:
        client.settle(seen)
    assert len(seen) == len(STABLE) + sum(len(client.kept) for client in clients)
    check_events(root, clients, since)
    check_times(root)
    check_channels(root)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_what_was_answered_is_there_after_the_server_ended_amid_writes(
    number: signal.Signals, tmp_path: Path, prove: bool, ratio: Callable[..., None]
) -> None:
    rounds = (10 if number == signal.SIGKILL else 2) * (10 if prove else 1)
    moments, database = random.Random(number), tmp_path / "workspace.db"
    with ExitStack() as servers:
        server = servers.enter_context(Server(database))
        clients = writers(number, server.root)
        for _ in range(rounds):
            since = datetime.now(UTC).isoformat(timespec="milliseconds")
            status = write_until(server, clients, moments.uniform(0.05, 0.6), number)
            assert status == (-number if number == signal.SIGKILL else 0)
            server = servers.enter_context(Server(database))
            check_round(server.root, clients, since)
    check_far_ahead(database)
    ratio(f"rounds that ended by {number.name}", rounds, "")
    ratio(f"writes that were answered before {number.name}, and kept", sum(c.answered for c in clients), "all")


def check_far_ahead(database: Path) -> None:
    """Check the Workers' times again under a clock far ahead, where a spell too many or too few cannot hide."""
    ahead = Emulator(
        database=database, account_sid=ACCOUNT, auth_token=TOKEN, clock=lambda: int(time.time() + JUMP) * 1_000
    )
    with ahead:
        check_times(f"{ahead.base_url}/v1/Workspaces/{ahead.workspace_sid}")


@pytest.mark.slow
def test_a_server_killed_in_its_first_start_does_not_hinder_the_next(tmp_path: Path, prove: bool) -> None:
    moments = random.Random(7)
    for attempt in range(50 if prove else 5):
        database = tmp_path / f"{attempt}.db"
        first = started(database)
        while not database.exists() and first.poll() is None:
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.03))
        assert ended(first, signal.SIGKILL) == -signal.SIGKILL
        with Server(database) as server:
            assert [a["friendly_name"] for a in listed(server.root, "Activities")] == list(STABLE)
            events = [event["event_type"] for event in listed(server.root, "Events")]
            assert events == ["workspace.created", *["activity.created"] * len(STABLE)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "workspace.db") as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_server_that_is_told_to_end_ends_with_status_0(server: Server, number: int) -> None:
    with session() as idle:
        assert idle.get(f"{server.root}/Activities", timeout=20).status_code == 200
        assert server.end(number) == 0


@pytest.mark.slow
def test_a_second_server_on_the_same_file_is_refused_with_one_message(server: Server, tmp_path: Path) -> None:
    database = tmp_path / "workspace.db"
    second = subprocess.run(
        command(database=database), env=environment(), capture_output=True, text=True, timeout=20, check=False
    )
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr == f"activity-sim: {database}: is in use by another emulator\n"
    assert len(listed(server.root, "Activities")) == len(STABLE)


@pytest.mark.parametrize(
    ("account", "host", "reason"),
    [("AC" + "00" * 16, "127.0.0.1", "belongs to"), (ACCOUNT, "192.0.2.1", "cannot listen")],
)
def test_a_file_is_free_again_after_an_emulator_that_could_not_serve_it(
    tmp_path: Path, account: str, host: str, reason: str
) -> None:
    database = tmp_path / "workspace.db"
    Emulator(database=database, account_sid=ACCOUNT).stop()
    with pytest.raises(InputError, match=reason) as error:
        Emulator(database=database, account_sid=account, host=host).start()
    Emulator(database=database, account_sid=ACCOUNT).stop()
    del error  # until now, since an error that is kept, as a debugger does, must not keep the file


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["Activities", "Workers"])
def test_of_clients_that_create_one_name_at_once_exactly_one_succeeds(server: Server, kind: str, prove: bool) -> None:
    names = [f"name {n}" for n in range(90 if prove else 30)]
    together = threading.Barrier(CLIENTS)

    def create_all(_: int) -> list[int]:
        with session() as client:
            return [create(client, name) for name in names]

    def create(client: requests.Session, name: str) -> int:
        together.wait(20)
        return client.post(f"{server.root}/{kind}", data={"FriendlyName": name}, timeout=20).status_code

    statuses = zip(*at_once(create_all), strict=True)
    assert [sorted(of_name) for of_name in statuses] == [[201] + [400] * (CLIENTS - 1)] * len(names)
    created = [resource["friendly_name"] for resource in listed(server.root, kind)]
    assert [name for name in created if name not in STABLE] == names


@pytest.mark.slow
def test_no_write_is_lost_where_each_client_has_its_own_resources(server: Server, prove: bool) -> None:
    clients, since = writers(3, server.root), datetime.now(UTC).isoformat(timespec="milliseconds")

    def write_on(number: int) -> None:
        with session() as own:
            for _ in range(500 if prove else 60):
                clients[number].write(own, server.root)

    at_once(write_on)
    assert {sid: form for client in clients for sid, form in client.kept.items()} == {
        sid: form for sid, form in contents(server.root).items() if form["FriendlyName"] not in STABLE
    }
    check_events(server.root, clients, since)


@pytest.mark.slow
def test_no_increment_is_lost_where_clients_say_which_version_they_have(server: Server, prove: bool) -> None:
    each = 200 if prove else 25
    with session() as client:
        answer = client.post(f"{server.root}/Workers", data={"FriendlyName": "w", "Attributes": '{"n": 0}'}, timeout=20)
    url = answer.json()["url"]

    def increment(client: requests.Session) -> int:
        """Fetch and write until the version is still the one that was fetched; return how often it was not."""
        refused = 0
        while True:
            seen = client.get(url, timeout=20)
            data = {"Attributes": json.dumps({"n": json.loads(seen.json()["attributes"])["n"] + 1})}
            answer = client.post(url, data=data, headers={"If-Match": seen.headers["ETag"]}, timeout=20)
            if answer.status_code == 200:
                return refused
            assert answer.status_code == 412, answer.text
            refused += 1

    def count(_: int) -> int:
        with session() as client:
            return sum(increment(client) for _ in range(each))

    refused = sum(at_once(count))
    with session() as client:
        assert json.loads(client.get(url, timeout=20).json()["attributes"]) == {"n": CLIENTS * each}
    assert refused > 0
