"""A study is the same wherever it runs, in any number of processes, and however often it is interrupted."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.errors import ActivitySimWarning, InputError
from activity_sim.experiment import runner

pytestmark = pytest.mark.filterwarnings("ignore:the intervals of:activity_sim.errors.ActivitySimWarning")
REPLICATIONS = 24
KILLS, FEW_KILLS = 20, 3
WORK = runner._work


def scenario(calls: float = 60) -> sim.Scenario:
    shift = sim.Shift("Available", "08:00", "12:00")
    return sim.Scenario(
        horizon="13h",
        busyness=sim.Gamma(1, 0.2),
        workers=[sim.Workers("A", count=4, shifts=[shift]), sim.Workers("B", count=2, shifts=[shift])],
        tasks=[
            sim.Tasks(name, arrivals=sim.Rates([["08:00", calls], ["12:00", 0]]), handle_time=sim.Exponential("3min"))
            for name in ("call", "mail")
        ],
    )


def assert_same(one: sim.Study, other: sim.Study) -> None:
    for name in sim.reports.REPORTS:
        pd.testing.assert_frame_equal(one.table(name), other.table(name), check_exact=True)


@pytest.fixture(scope="module")
def here() -> sim.Study:
    return sim.replicate(scenario(), replications=REPLICATIONS, executor=1)


@pytest.fixture(params=["threads", "processes", "pool", "backwards"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor | int]:
    if request.param == "pool":
        yield 2
    elif request.param == "backwards":
        yield Backwards()
    else:
        with (ThreadPoolExecutor if request.param == "threads" else ProcessPoolExecutor)(2) as executor:
            yield executor


class Backwards(ThreadPoolExecutor):
    """Does what it is given in a shuffled order."""

    def submit(self, work, /, *given, **named):  # type: ignore[no-untyped-def]
        delayed = random.Random(given[0].start).random() / 20
        return super().submit(lambda: (time.sleep(delayed), work(*given, **named))[1])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "BLOCK", {"simpy": 1_800, "compiled": 1_800})


@pytest.mark.slow
def test_a_study_is_the_same_on_any_executor(here: sim.Study, executor: Executor | int) -> None:
    assert_same(sim.replicate(scenario(), replications=REPLICATIONS, executor=executor), here)


@settings(max_examples=12)
@given(st.integers(1, 40_000), st.sampled_from(["simpy", "compiled"]), st.integers(2, REPLICATIONS))
def test_a_study_is_the_same_whatever_the_blocks(here: sim.Study, tasks: int, engine: str, count: int) -> None:
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as threads:
        patch.setattr(runner, "BLOCK", {engine: tasks})
        study = sim.replicate(scenario(), replications=count, engine=engine, executor=threads)
    for name, report in sim.reports.REPORTS.items():
        for part in report.reduce(here.first):
            assert study.sums(name)[part].tobytes() == here.sums(name)[part][:count].tobytes()
    waits = zip(study.sums("task_summary").waits(), here.sums("task_summary").waits(), strict=False)
    assert [np.array_equal(one, other) for one, other in waits] == [True] * count


@pytest.mark.slow
def test_a_study_is_the_same_on_a_cluster_of_dask(here: sim.Study) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, protocol="tcp", dashboard_address=None, worker_dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        assert cluster.scheduler_address.startswith("tcp://")
        assert_same(sim.replicate(scenario(), replications=REPLICATIONS, executor=client.get_executor()), here)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
@pytest.mark.parametrize("own", [True, False])
def test_what_a_killed_process_had_not_finished_is_run_again(here: sim.Study, tmp_path: Path, own: bool) -> None:
    executor = 2 if own else ProcessPoolExecutor(2)
    trap = Trap(tmp_path / "killed")
    with pytest.warns(ActivitySimWarning, match="was killed"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "_work", trap)
        study = sim.replicate(scenario(), replications=REPLICATIONS, executor=executor)
    assert trap.sprung.exists()
    assert_same(study, here)


class Trap:
    """Runs a block, but kills its process the first time that it is asked for replication 8."""

    def __init__(self, sprung: Path) -> None:
        self.sprung, self.parent = sprung, os.getpid()

    def __call__(self, prepared: bytes, seed: int, engine: str, keep: bool, numbers: range) -> object:
        if 8 in numbers and os.getpid() != self.parent and not self.sprung.exists():
            self.sprung.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return WORK(prepared, seed, engine, keep, numbers)


@pytest.mark.parametrize("wrong", [0, -1, True, "two", 1.5])
def test_an_executor_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match=r"executor: must be an executor, or a number of processes from 1"):
        sim.replicate(scenario(), executor=wrong)  # type: ignore[arg-type]


# --- checkpoints ---


def test_a_study_goes_on_from_its_checkpoint(here: sim.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "study.checkpoint"
    first = sim.replicate(scenario(), replications=11, executor=1, checkpoint=path)
    assert_same(first, sim.replicate(scenario(), replications=11, executor=1))
    monkeypatch.setattr(runner, "_work", lambda *given: pytest.fail(f"{given[-1]} ran again"))
    assert_same(sim.replicate(scenario(), replications=11, checkpoint=path), first)
    monkeypatch.undo()
    assert_same(sim.replicate(scenario(), replications=REPLICATIONS, checkpoint=path), here)


def test_a_checkpoint_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "study.checkpoint"
    sim.replicate(scenario(), replications=12, executor=1, checkpoint=path)
    for other, seed, what in ((scenario(61), 1, "scenario"), (scenario(), 2, "seed")):
        with pytest.raises(InputError, match=rf"study.checkpoint: must be the checkpoint of this study: its {what} is"):
            sim.replicate(other, replications=12, seed=seed, checkpoint=path)
    for name, content in (("text", b"hello\n" * 300), ("base", None)):
        other_file = tmp_path / name
        if content is None:
            with sqlite3.connect(other_file) as base:
                base.execute("CREATE TABLE mine (a)")
            base.close()
        else:
            other_file.write_bytes(content)
        before = other_file.read_bytes()
        with pytest.raises(InputError, match=rf"{name}: must be a"):
            sim.replicate(scenario(), replications=12, checkpoint=other_file)
        assert other_file.read_bytes() == before
    with pytest.raises(InputError, match="must be a file that a checkpoint can be kept in"):
        sim.replicate(scenario(), replications=12, checkpoint=tmp_path / "nowhere" / "study")
    with pytest.raises(InputError, match="keep_logs: must not be given with a checkpoint"):
        sim.replicate(scenario(), replications=12, checkpoint=path, keep_logs=True)


PROGRAM = """
import sys
import activity_sim as sim
from activity_sim.experiment import runner
from tests.experiment.test_running import scenario
runner.BLOCK = {"simpy": 1_800, "compiled": 1_800}
print("ready", flush=True)
sim.replicate(scenario(), replications=240, engine="simpy", executor=int(sys.argv[2]), checkpoint=sys.argv[1])
print("done", flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_a_study_that_is_killed_and_resumed_gives_the_same_bytes(tmp_path: Path, prove: bool) -> None:
    path, draw, kills, left = tmp_path / "study.checkpoint", random.Random(5), 0, []
    for _ in range(KILLS if prove else FEW_KILLS):
        killed = interrupted(path, processes=draw.choice([1, 2]), after=draw.uniform(0, 1.5))
        kills += killed
        left.append(held(path))
    assert kills > 0
    assert left == sorted(left)
    resumed = sim.replicate(scenario(), replications=240, checkpoint=path)
    assert_same(resumed, sim.replicate(scenario(), replications=240))


def interrupted(path: Path, *, processes: int, after: float) -> bool:
    """Start a study, kill it *after* so many seconds, and return whether it was still running."""
    command = [sys.executable, "-c", PROGRAM, str(path), str(processes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(after)
        running = process.poll() is None
        if running:
            os.killpg(process.pid, signal.SIGKILL)
        return running


def held(path: Path) -> int:
    if not path.exists() or not path.stat().st_size:
        return 0
    base = sqlite3.connect(path)
    try:
        return int(base.execute("SELECT total(count) FROM blocks").fetchone()[0])
    except sqlite3.OperationalError:  # killed before its tables were there
        return 0
    finally:
        base.close()


def test_two_runs_on_one_checkpoint_do_not_harm_each_other(here: sim.Study, tmp_path: Path) -> None:
    path = tmp_path / "study.checkpoint"
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM.replace("240", str(REPLICATIONS)), str(path), "1"]
    first, second = (subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2))
    for process in (first, second):
        _, said = process.communicate()
        assert process.returncode == 0, said
    assert held(path) == REPLICATIONS
    assert_same(sim.replicate(scenario(), replications=REPLICATIONS, checkpoint=path), here)
