"""The emulator under eight clients at once, beside a bare route that answers a constant on the same server settings.

Each server and each client is a process of its own: as threads of one process, clients would wait for each other's
interpreter lock, and their latency would be their own. They share the machine's cores with the server, whichever it
is, so a ratio of rates is one of the costs of a request with the client's part in both. Servers take turns in one run.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from typing import Literal

import attrs
import pytest
import requests

CLIENTS = 8
MOST_KEPT = 11
READERS = 4
ACCOUNT = "AC" + "1d" * 16
TOKEN = "a-token-of-the-tests"
FLOOR = 0.1
"""The least share of the bare route's rate: far below what is measured, since machines are shared."""

BARE = """
import json, socket
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def constant(request):
    await request.body()
    return JSONResponse({name: "a value of an Activity, as long as a URL of one may be" for name in "abcdefghij"})

listener = socket.create_server(("127.0.0.1", 0), backlog=2_048)
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach())
print(json.dumps({"TASKROUTER_BASE_URL": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
app = Starlette(routes=[Route("/{path:path}", constant, methods=["GET", "POST", "DELETE"])])
config = uvicorn.Config(
    app, http="h11", loop="asyncio", ws="none", lifespan="off", log_config=None, access_log=False,
    server_header=False, proxy_headers=False,
)
uvicorn.Server(config).run([listener])
"""

Kind = Literal["list", "fetch", "create", "update", "delete"]
WEIGHTS: dict[Kind, int] = {"list": 20, "fetch": 30, "create": 15, "update": 20, "delete": 15}
READS: dict[Kind, int] = {"list": 40, "fetch": 60}
WRITES: tuple[Kind, ...] = ("create", "update", "delete")
METHODS: dict[Kind, str] = {"list": "GET", "fetch": "GET", "create": "POST", "update": "POST", "delete": "DELETE"}
STATUSES: dict[Kind, int] = {"list": 200, "fetch": 200, "create": 201, "update": 200, "delete": 204}


@attrs.define
class Client:
    """A client of the Activities at *url*: what it has made and how long each request took."""

    name: str
    url: str
    weights: dict[Kind, int]
    bare: bool = False
    kept: dict[str, str] = attrs.field(factory=dict)
    times: list[tuple[Kind, float]] = attrs.field(factory=list)
    count: int = 0

    def work(self, seconds: float) -> Client:
        """Send requests for so long, one after the other."""
        chosen, until = random.Random(f"{self.name} {self.count}"), time.perf_counter() + seconds
        with requests.Session() as session:
            session.auth, session.trust_env = (ACCOUNT, TOKEN), False
            while time.perf_counter() < until:
                (kind,) = chosen.choices(list(self.weights), list(self.weights.values()))
                self._send(session, self._possible(kind), chosen)
        return self

    def _possible(self, kind: Kind) -> Kind:
        if kind in ("fetch", "update", "delete") and not self.kept:
            return "create"
        return "update" if kind == "create" and len(self.kept) == MOST_KEPT else kind

    def _send(self, session: requests.Session, kind: Kind, chosen: random.Random) -> None:
        self.count += 1
        sid = "" if kind in ("list", "create") else chosen.choice(list(self.kept))
        name = f"{self.name}-{self.count}"
        start = time.perf_counter()
        answer = session.request(
            METHODS[kind],
            f"{self.url}/{sid}" if sid else self.url,
            data={"FriendlyName": name} if kind in ("create", "update") else None,
            timeout=20,
        )
        self.times.append((kind, time.perf_counter() - start))
        self._record(kind, sid, name, answer)

    def _record(self, kind: Kind, sid: str, name: str, answer: requests.Response) -> None:
        assert answer.status_code == (200 if self.bare else STATUSES[kind]), (kind, answer.text)
        if kind == "delete":
            del self.kept[sid]
        elif kind in ("create", "update"):
            self.kept[sid or (f"WA{self.count}" if self.bare else answer.json()["sid"])] = name
        elif kind == "fetch" and not self.bare:
            assert answer.json()["friendly_name"] == self.kept[sid]

    def starting_afresh(self) -> Client:
        return attrs.evolve(self, times=[])


@attrs.frozen
class Turn:
    """What a turn of one server measured: requests a second, and the seconds that each took."""

    rate: float
    times: list[tuple[Kind, float]]

    def late(self, *kinds: Kind) -> float:
        """Return the 99th percentile of the latency, in seconds."""
        return quantiles((seconds for kind, seconds in self.times if kind in kinds), n=100)[98]


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """Run a program that says where it serves, and give the URL of its Activities."""
    known = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}
    with subprocess.Popen(
        [sys.executable, *arguments], env={**os.environ, **known}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            where = json.loads(_said(process))
            workspace = where.get("TWILIO_WORKSPACE_SID", "WS" + "0" * 32)
            yield f"{where['TASKROUTER_BASE_URL']}/v1/Workspaces/{workspace}/Activities"
        finally:
            process.kill()


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if line.rstrip().endswith("}"):
            return said
    raise AssertionError("the server ended before it said where it is")


def emulator(database: Path | None) -> tuple[str, ...]:
    kept = () if database is None else ("--database", str(database))
    return ("-m", "activity_sim", "emulator", "--port", "0", "--json", *kept)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(CLIENTS, get_context("spawn")) as clients:
        list(clients.map(time.sleep, [0.1] * CLIENTS))
        yield clients


def turn(pool: ProcessPoolExecutor, clients: list[Client], seconds: float) -> Turn:
    """Let all *clients* work at once for so long; they remember what they have made."""
    clients[:] = pool.map(Client.work, [client.starting_afresh() for client in clients], [seconds] * len(clients))
    times = [taken for client in clients for taken in client.times]
    return Turn(len(times) / seconds, times)


def several(url: str, weights: dict[Kind, int], *, name: str = "client", bare: bool = False) -> list[Client]:
    return [Client(f"{name}{number}", url, weights, bare) for number in range(CLIENTS)]


def listed(url: str) -> dict[str, str]:
    answer = requests.get(url, params={"PageSize": 1_000}, auth=(ACCOUNT, TOKEN), timeout=20).json()
    own = ("Offline", "Unavailable", "Available")
    return {one["sid"]: one["friendly_name"] for one in answer["activities"] if one["friendly_name"] not in own}


def check_none_lost(url: str, clients: list[Client]) -> None:
    """Check that the list is what the clients have made: no write is lost or there twice."""
    assert listed(url) == {sid: name for client in clients for sid, name in client.kept.items()}


@pytest.mark.slow
@pytest.mark.parametrize("where", ["memory", "file"])
def test_eight_clients_lose_nothing_and_are_served_beside_a_bare_route(
    where: str, tmp_path: Path, pool: ProcessPoolExecutor, prove: bool, ratio: Callable[..., None]
) -> None:
    rounds, seconds = (12, 5.0) if prove else (3, 0.6)
    database = tmp_path / "workspace.db" if where == "file" else None
    with serving(*emulator(database)) as url, serving("-c", BARE) as plain:
        ours, theirs = several(url, WEIGHTS), several(plain, WEIGHTS, bare=True)
        turns = [(turn(pool, ours, seconds), turn(pool, theirs, seconds)) for _ in range(rounds)]
        check_none_lost(url, ours)
    note(partial(said, ratio, f"the emulator in {where}"), turns)
    measured = median(mine.rate / bare.rate for mine, bare in turns)
    ratio(f"requests a second, the emulator in {where} over a bare route", measured, f"at least {FLOOR}")
    assert measured >= FLOOR


def said(ratio: Callable[..., None], who: str, what: str, measured: float) -> None:
    ratio(f"{who}: {what}", measured, "")


def note(say: Callable[[str, float], None], turns: list[tuple[Turn, Turn]]) -> None:
    """Note rates and latencies over all *turns* of the emulator and the bare route."""
    everything: tuple[Kind, ...] = tuple(WEIGHTS)
    mine, bare = (
        Turn(median(one.rate for one in of_server), [taken for one in of_server for taken in one.times])
        for of_server in zip(*turns, strict=True)
    )
    say("requests answered", len(mine.times))
    say("requests a second", mine.rate)
    say("requests a second of the bare route", bare.rate)
    say("99th percentile of latency, ms", 1_000 * mine.late(*everything))
    say("99th percentile of latency of the bare route, ms", 1_000 * bare.late(*everything))
    say("the first of these over the second", mine.late(*everything) / bare.late(*everything))
    say("99th percentile of latency of reads, ms", 1_000 * mine.late(*READS))
    say("99th percentile of latency of writes, ms", 1_000 * mine.late(*WRITES))


@pytest.mark.slow
def test_reads_are_answered_beside_writes(
    tmp_path: Path, pool: ProcessPoolExecutor, prove: bool, ratio: Callable[..., None]
) -> None:
    rounds, seconds = (6, 5.0) if prove else (3, 0.5)
    with serving(*emulator(tmp_path / "workspace.db")) as url:
        readers = several(url, {"fetch": 1}, name="reader")
        turn(pool, readers, 0.1)  # where there is nothing to fetch yet, something is made
        readers = [attrs.evolve(reader, weights=READS) for reader in readers]
        mixed = [*readers[:READERS], *several(url, {"update": 1}, name="writer")[READERS:]]
        turns = [(turn(pool, mixed, seconds), turn(pool, readers, seconds)) for _ in range(rounds)]
        check_none_lost(url, [*readers, *mixed[READERS:]])
    for kind in READS:
        beside, alone = (
            [median(t for k, t in one.times if k == kind) for one in of] for of in zip(*turns, strict=True)
        )
        ratio(f"median latency of a {kind} beside {READERS} writers, ms", 1_000 * median(beside), "")
        ratio(f"median latency of a {kind} beside {READERS} more readers, ms", 1_000 * median(alone), "")
    late = median(beside.late(*READS) / alone.late(*READS) for beside, alone in turns)
    ratio("99th percentile of the latency of reads, beside writers over beside readers", late, "")
