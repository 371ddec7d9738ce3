"""Compiled code is kept for the next process, and not taken for that of other sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from activity_sim.compiling import cache

SUMS = """
import activity_sim as sim
from activity_sim.analysis import compiled
from activity_sim.compiling import cache
scenario = sim.Scenario(horizon="8h", workers=[sim.Workers("A", count=2)])
rows = len(sim.reports.time_by_activity(sim.simulate(scenario, engine="simpy")))
print(cache.is_warm(), rows)
"""
RUN = """
import sys, numba, activity_sim as sim
from activity_sim.compiling import cache
from activity_sim.engines import compiled
before = cache.is_warm()
scenario = sim.Scenario(
    horizon="8h",
    workers=[sim.Workers("A", count=2, shifts=[sim.Shift("Available", "00:00", "08:00")])],
    tasks=[sim.Tasks("call", arrivals=sim.Poisson(20), handle_time="4min")],
)
log = sim.simulate(scenario, engine="compiled")
loop = sys.modules["activity_sim.engines.compiled.loop"].loop
print(before, cache.is_warm(), sum(loop.stats.cache_hits.values()), sum(loop.stats.cache_misses.values()))
print(len(log.spells), int(log.columns["tasks"]["completed"].sum()))
"""


def run(home: Path, program: str = RUN) -> list[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(home), "HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_the_second_process_starts_warm(tmp_path: Path) -> None:
    first, second = run(tmp_path), run(tmp_path)
    assert first[0] == "False True 0 1"
    assert second[0] == "True True 1 0"
    assert first[1] == second[1]


@pytest.mark.slow
def test_without_a_place_to_keep_code_it_runs_all_the_same(tmp_path: Path) -> None:
    blocked = tmp_path / "activity_sim"
    blocked.write_text("a file where a folder should be")
    assert run(tmp_path, SUMS) == ["False 3"]


@pytest.mark.parametrize("source", cache.sources(), ids=lambda source: source.relative_to(cache.ROOT).as_posix())
def test_an_edit_in_any_source_is_other_code(tmp_path: Path, source: Path) -> None:
    copy = Path(shutil.copytree(cache.ROOT, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__")))
    assert cache.digest(copy) == cache.digest()
    edited = copy / source.relative_to(cache.ROOT)
    edited.write_text(edited.read_text("utf-8") + "# changed\n", "utf-8")
    assert cache.digest(copy) != cache.digest()


def test_whoever_compiles_is_among_the_sources() -> None:
    door = "from activity_sim.compiling.compiler import"
    users = {module for module in cache.ROOT.rglob("*.py") if door in module.read_text("utf-8")}
    assert users <= set(cache.sources())
    assert len(users) > 5
