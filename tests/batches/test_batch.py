"""`activity-sim batch` as people and cron run it: failures, kills, repairs, two at once, nothing half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import attrs
import pandas as pd
import psutil
import pytest

import activity_sim as sim
from activity_sim.batches.page import page
from activity_sim.batches.summary import Row
from activity_sim.cli import main
from tests.conftest import PROVE
from tests.test_command_line import on_terminal

SCENARIO = """
name = "Desk {number}"
horizon = "2h"
workers = [{{ count = {number}, shifts = [{{ activity = "Available", start = "00:00", end = "02:00" }}] }}]
[[tasks]]
arrivals = {{ per_hour = {number}0 }}
handle_time = "4min"
"""
BATCH = """
replications = 2
[[runs]]
scenario = "desks/*.toml"
"""
DESKS = 19 if PROVE else 7
DESK = [f"desk{number:02}" for number in range(1, DESKS + 1)]
VICTIM = DESK[DESKS // 2]
GOOD = [name for name in DESK if name != VICTIM]
Stamps = dict[str, tuple[int, int]]


def place(folder: Path, *, desks: int = 3, batch: str = BATCH) -> Path:
    (folder / "desks").mkdir()
    for number in range(1, desks + 1):
        (folder / "desks" / f"desk{number:02}.toml").write_text(SCENARIO.format(number=number), "utf-8")
    (folder / "nightly.toml").write_text(batch, "utf-8")
    return folder


def started(cwd: Path, *options: str, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "activity_sim", "batch", "nightly.toml", "--out", "results", *options]
    env = environment or {**os.environ}
    env |= {name: os.environ[name] for name in ("PYTHONPATH", "COVERAGE_PROCESS_START") if name in os.environ}
    pipe = subprocess.PIPE
    streams = {"stdin": subprocess.DEVNULL, "stdout": pipe, "stderr": pipe}
    # a shell lets its background processes pass over interrupts, and the tests may be one
    return subprocess.Popen(command, cwd=cwd, env=env, text=True, preexec_fn=interruptible, **streams)  # type: ignore[call-overload,no-any-return]


def interruptible() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate(timeout=120)
    assert "Traceback" not in stderr
    return process.returncode, stdout, stderr


def batch(cwd: Path, *options: str) -> tuple[int, str, str]:
    return ended(started(cwd, *options))


def children(process: subprocess.Popen[str], name: str = "") -> list[psutil.Process]:
    """Return the processes of the runs of a batch, those of *name* only."""
    with suppress(psutil.NoSuchProcess):
        found = psutil.Process(process.pid).children()
        return [one for one in found if name in " ".join(one.cmdline())]
    return []


def wait_for(what: Callable[[], Any]) -> Any:
    end = time.monotonic() + 300  # other tests may be at work
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen")


def rows(cwd: Path) -> dict[str, dict[str, Any]]:
    said = json.loads((cwd / "results" / "summary.json").read_text("utf-8"))
    return {row["name"]: row for row in said["runs"]}


def statuses(cwd: Path) -> dict[str, str]:
    return {name: row["status"] for name, row in rows(cwd).items()}


def stamps(cwd: Path, names: list[str]) -> Stamps:
    """Return what tells a file from one that was written anew, for all files of the runs called *names*."""
    found = (path for name in names for path in [cwd / "results" / name, *(cwd / "results" / name).rglob("*")])
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def whole(cwd: Path) -> None:
    """Check that nothing unfinished is left, and that every folder is whole."""
    left = {path.name for path in (cwd / "results").iterdir()}
    assert {name for name in left if name.startswith(".")} <= {".lock"}
    for folder in (path for path in (cwd / "results").iterdir() if path.is_dir()):
        assert {"run.json", "time_by_activity.csv", "task_summary.csv"} <= {path.name for path in folder.iterdir()}


@attrs.frozen
class Night:
    """Hold a batch of twenty (in full proofs), one broken and one killed, with what it said."""

    folder: Path
    done: tuple[int, str, str]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = place(tmp_path_factory.mktemp("night"), desks=DESKS)
    (folder / "desks" / "broken.toml").write_text(SCENARIO.format(number=1) + 'patience = "3 mints"\n', "utf-8")
    running = started(folder, "--jobs", "2")
    (victim,) = wait_for(lambda: children(running, VICTIM))
    victim.kill()
    yield Night(folder, ended(running))


@pytest.mark.slow
def test_one_broken_and_one_killed_leave_the_others_right(night: Night, tmp_path: Path) -> None:
    status, stdout, stderr = night.done
    assert (status, stdout) == (1, "")
    assert stderr.splitlines()[-1] == f"activity-sim: 2 of {DESKS + 1} runs failed: broken, {VICTIM}"
    assert "broken.toml: tasks[0].patience: must be" in stderr and "'3 mints'" in stderr
    assert f"{VICTIM}: its process was killed (SIGKILL" in stderr
    found = rows(night.folder)
    assert [name for name, row in found.items() if row["status"] == "done"] == GOOD
    assert (found["broken"]["exit_status"], found[VICTIM]["exit_status"]) == (2, 137)
    whole(night.folder)
    table = pd.read_csv(night.folder / "results" / "summary.csv").set_index("name")
    assert list(table.index) == ["broken", *DESK]
    assert table.loc[GOOD, "offered"].between(10, 400).all()
    assert table.loc[GOOD, "exit_status"].eq(0).all() and table.loc["broken", "error"].startswith("broken.toml")


@pytest.mark.slow
def test_each_folder_is_what_run_writes(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(night.folder)
    for name in GOOD[:4] if PROVE else GOOD[:1]:
        there = Path("results") / name
        said = json.loads((there / "run.json").read_text("utf-8"))["command_line"]
        assert said == f"activity-sim run desks/{name}.toml --replications 2 --out results/{name}"
        before = {path.name: path.read_bytes() for path in there.iterdir()}
        subprocess.run([sys.executable, "-m", *said.replace("-", "_", 1).split()], check=True, capture_output=True)
        assert {path.name: path.read_bytes() for path in there.iterdir()} == before


@pytest.mark.slow
def test_a_rerun_repairs_only_what_is_missing(night: Night) -> None:
    folder = night.folder
    before = stamps(folder, GOOD)
    assert batch(folder)[0] == 1
    assert statuses(folder) == {"broken": "failed", **dict.fromkeys(GOOD, "skipped"), VICTIM: "done"}
    assert stamps(folder, GOOD) == before
    whole(folder)
    (folder / "desks" / "broken.toml").write_text(SCENARIO.format(number=1), "utf-8")
    (folder / "desks" / "desk02.toml").write_text(SCENARIO.format(number=33), "utf-8")
    (folder / "results" / "desk03" / "occupancy.csv").unlink()
    (folder / "results" / "desk05" / "task_summary.csv").write_text("edited", "utf-8")
    (folder / "results" / "desk05" / "notes.txt").write_text("mine", "utf-8")
    renewed = ["broken", "desk02", "desk03", "desk05"]
    rest = [name for name in DESK if name not in renewed]
    before = stamps(folder, rest)
    assert batch(folder) == (0, "", "")
    assert statuses(folder) == dict.fromkeys(["broken", *DESK], "skipped") | dict.fromkeys(renewed, "done")
    assert stamps(folder, rest) == before
    assert (folder / "results" / "desk05" / "notes.txt").read_text("utf-8") == "mine"
    assert rows(folder)["desk02"]["offered"] > 500


@pytest.mark.slow
def test_two_at_once_a_kill_and_what_comes_after_it(tmp_path: Path) -> None:
    folder = place(tmp_path)
    first = started(folder, "--jobs", "1")
    working = wait_for(lambda: children(first))
    status, stdout, stderr = batch(folder)
    assert (status, stdout) == (1, "")
    assert stderr == "activity-sim: results: another batch is at work there; nothing was run\n"
    first.kill()
    first.communicate()
    assert batch(folder) == (0, "", "")  # no lock is left behind, nor anything else
    psutil.wait_procs(working, timeout=5)
    assert not any(one.is_running() for one in working)
    whole(folder)
    assert set(statuses(folder).values()) <= {"done", "skipped"}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_batch_that_is_told_to_end_leaves_whole_folders(tmp_path: Path, number: int) -> None:
    folder = place(tmp_path)
    running = started(folder, "--jobs", "1")
    wait_for((folder / "results" / "desk01").exists)
    (working,) = wait_for(lambda: children(running))
    running.send_signal(number)
    status, stdout, stderr = ended(running)
    assert (status, stdout, stderr.strip()) == (1, "", "activity-sim: interrupted")
    assert not working.is_running()
    whole(folder)
    assert statuses(folder)["desk01"] == "done" and len(statuses(folder)) < 3
    assert "the batch was interrupted" in (folder / "results" / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_under_cron(tmp_path: Path) -> None:
    folder = place(tmp_path, desks=1)
    cron = {"PATH": "", "HOME": str(tmp_path), "SHELL": "/bin/sh", "LOGNAME": "nobody", "LC_ALL": "C"}
    assert ended(started(folder, **cron)) == (0, "", "")
    assert statuses(folder) == {"desk01": "done"}
    (folder / "nightly.toml").write_text(BATCH.replace("runs", "runss"), "utf-8")
    status, stdout, stderr = ended(started(folder, **cron))
    assert (status, stdout) == (2, "")
    assert stderr.startswith("activity-sim: nightly.toml: runss: is not a key here; the nearest is 'runs'")


@pytest.mark.slow
def test_on_a_terminal_it_says_what_it_did_and_for_machines_too(tmp_path: Path) -> None:
    folder = place(tmp_path, desks=1)
    assert "scenario" in on_terminal("batch", "nightly.toml", "--out", "results", cwd=folder)  # the progress line
    status, stdout, stderr = batch(folder, "--json")
    assert (status, stderr) == (0, "")
    said = json.loads(stdout)
    assert said["runs"] == list(rows(folder).values())
    assert said["runs"][0]["status"] == "skipped"


@pytest.mark.slow
def test_a_pulled_folder_is_brought_up_to_date_where_the_entry_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    entry = {"scenario": "support", "replications": 1, "pull": True}
    with sim.Emulator() as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit), pytest.MonkeyPatch.context() as quiet:
            quiet.setattr("click.echo", lambda *_, **__: None)
            main(["pull", "--out", "support"])
        emulator.client().activities.create("Lunch")
        assert sim.batch({"runs": [entry]}, out="results").failed == []
        assert "Lunch" in (tmp_path / "results" / "support" / "time_by_activity.csv").read_text("utf-8")
    found = sim.batch({"runs": [entry]}, out="results")
    assert found.failed == ["support"] and found.rows[0].error.startswith("pull: ")
    assert sim.batch({"runs": [{**entry, "pull": False}]}, out="results").rows[0].error == ""


# --- the page ---


class Links(HTMLParser):
    """Collect what a page links to, its text, and whether its elements end where they should."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        known = dict(given)
        self.links += [str(known["href"])] if tag == "a" else []
        self.loaded += [tag] if tag in ("script", "link", "img", "iframe") else []
        self.open += [tag] if tag != "meta" else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_escapes_links_and_says_in_words_what_failed(tmp_path: Path) -> None:
    for name in ("a & b #1", "late"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.html").touch()
    figures = {"offered": 1234.0, "service_level": 0.8, "service_level_low": 0.75, "service_level_high": 0.85}
    many = {"wait_mean": 75.0, "occupancy": 0.5, "abandoned_share": None, "replications": 20}
    given = [
        Row(name="a & b #1", scenario="a.toml", status="done", exit_status=0, figures=figures | many),
        Row(name="late", scenario="b.toml", status="failed", exit_status=2, error="<script>alert(1)</script>"),
    ]
    parsed = Links()
    parsed.feed(page(tmp_path, given, batch="night & day"))
    assert (parsed.open, parsed.loaded) == ([], [])
    assert [unquote(link) for link in parsed.links] == ["a & b #1/report.html", "late/report.html"]
    assert all((tmp_path / unquote(link)).is_file() for link in parsed.links)
    for said in ("2 runs: 1 done, 1 failed", "late: <script>", "1,234", "80.0 % (75.0 % to 85.0 %)", "1:15"):
        assert said in parsed.text
    assert "Of an earlier run, not of this one" in parsed.text
