"""The whole of a study with the compiled engine: draw, run and report beside the engine alone, memory, and start-up.

Each figure of memory and start-up is that of a fresh process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from activity_sim.analysis.reports import REPORTS
from activity_sim.drawing import Prepared, prepare
from activity_sim.engines import compiled
from tests.benchmarks.models import scenario_m2, scenario_m3
from tests.benchmarks.timing import median_ratio, processor_time, take_turns

ROOT = Path(__file__).parents[2]
PEAK = """
import json, re, sys
sys.path.insert(0, {root!r})
{program}
print(int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1]) / 2**20)
"""
LARGE = """
from activity_sim import replicate
from tests.benchmarks.models import scenario_m2
study = replicate(scenario_m2({workers}, {tasks}), replications=1, engine="compiled")
tables = [study.table(name) for name in ("time_by_activity", "task_summary", "occupancy", "time_by_worker")]
"""
MANY = """
from activity_sim import replicate
from tests.benchmarks.models import scenario_m2
from activity_sim.analysis.reports import REPORTS
study = replicate(scenario_m2(100, 20_000), replications={replications}, engine="compiled", executor=1)
tables = [study.table(name) for name in REPORTS]
"""
START = """
import json, time
begin = time.perf_counter()
import activity_sim as sim
from activity_sim.engines import compiled
imported = time.perf_counter()
tasks = [sim.Tasks(arrivals=sim.Poisson(9), handle_time="1s")]
scenario = sim.Scenario(horizon="1h", workers=[sim.Workers("A")], tasks=tasks)
sim.simulate(scenario, engine="compiled")
ready = time.perf_counter()
sim.replicate(sim.load_scenario({scenario!r}), replications={replications}, engine="compiled")
print(json.dumps([imported - begin, ready - imported, time.perf_counter() - ready]))
"""


def fresh(program: str, **environment: str) -> Any:
    """Return what *program* prints in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def peak(program: str) -> float:
    """Return the most memory that *program* needs, in GiB, as Linux keeps it of a process."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the system does not say how much memory a process has needed")
    return float(fresh(PEAK.format(root=str(ROOT), program=program)))


@pytest.mark.slow
@pytest.mark.parametrize("model", ["M2", "M3"])
def test_drawing_and_reports_keep_pace(model: str, prove: bool, ratio: Callable[..., None]) -> None:
    scenario = scenario_m2(100, 200_000 if prove else 20_000) if model == "M2" else scenario_m3(10 if prove else 1)
    prepared = prepare(scenario)
    plan = prepared.draw(1, 0)
    compiled.run(plan)
    rounds = take_turns(
        9 if prove else 5, partial(processor_time, compiled.run, plan), partial(processor_time, whole, prepared)
    )
    ratio(f"{model}, draw, run and report over the engine alone", median_ratio(rounds, 0, 1), "at least 0.5")


def whole(prepared: Prepared) -> None:
    """Draw a replication, run it, and reduce it for all reports."""
    log = compiled.run(prepared.draw(1, 0))
    for report in REPORTS.values():
        report.reduce(log)


@pytest.mark.slow
def test_a_large_day_fits_into_memory(prove: bool, ratio: Callable[..., None]) -> None:
    workers, tasks = (10_000, 1_000_000) if prove else (1_000, 100_000)
    measured = peak(LARGE.format(workers=workers, tasks=tasks))
    ratio(f"GiB for {workers:,} workers and {tasks:,} tasks, log and reports included", measured, "less than 2")
    assert measured < 2


@pytest.mark.slow
def test_memory_of_many_replications(prove: bool, ratio: Callable[..., None]) -> None:
    few, many = (100, 1_000) if prove else (10, 100)
    less, more = (peak(MANY.format(replications=count)) for count in (few, many))
    ratio(f"GiB for {few} replications of a day of 100 workers and 20,000 tasks, all tables included", less, "")
    ratio(f"GiB for {many:,} of them", more, "")
    ratio("the second of these over the first", more / less, "below 1.15")
    if prove:
        assert more / less < 1.15


@pytest.mark.slow
def test_where_the_time_of_a_study_goes(tmp_path: Path, prove: bool, ratio: Callable[..., None]) -> None:
    program = START.format(scenario=str(ROOT / "data" / "bank.toml"), replications=100 if prove else 2)
    cache = {"XDG_CACHE_HOME": str(tmp_path)} if prove else {}
    for state in ("cold", "warm") if prove else ("as it is",):
        imports, first, study = fresh(program, **cache)
        ratio(f"{state}: seconds to import", imports, "")
        ratio(f"{state}: seconds to the first log, code compiled or loaded", first, "")
        ratio(f"{state}: seconds for the replications of the demo", study, "")
    if prove:
        assert study > imports + first
