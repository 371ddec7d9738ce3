"""How long it takes from a file of events to reports, beside the time that it takes to parse the JSON of the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import pytest

import activity_sim as sim
from tests.benchmarks.timing import NOISE, median_ratio, processor_time, take_turns

WANTED = 3.0
"""Reading and reporting may take so many times as long as parsing alone."""


def centre(days: int) -> sim.Scenario:
    """Return a centre with about 190,000 events a day."""
    group = sim.Workers(
        "Tier 1",
        count=300,
        shifts=[sim.Shift("Available", "08:00", "18:00")],
        breaks=[sim.Break("Unavailable", "12:00", lasts="30min", stagger="2h")],
        interruptions=[sim.Interruption("Unavailable", every=sim.Exponential("30min"), lasts="3min")],
    )
    calls = sim.Tasks(
        "call",
        arrivals=sim.Rates([("08:00", 2_600), ("18:00", 0)]),
        handle_time=sim.Exponential("5min"),
        wrap_up_time="30s",
        patience=sim.Exponential("3min"),
        response="3s",
    )
    return sim.Scenario(start="2026-11-23T00:00:00", horizon=f"{days} days", workers=[group], tasks=[calls])


def parsed(file: Path) -> int:
    with file.open(encoding="utf-8") as lines:
        return sum(bool(json.loads(line)) for line in lines)


def reported(file: Path) -> list[object]:
    log = sim.read_events(file).log
    return [report(log) for report in (sim.reports.time_by_activity, sim.reports.task_summary, sim.reports.occupancy)]


@pytest.mark.slow
def test_from_events_to_reports(prove: bool, ratio: Callable[..., None], tmp_path: Path) -> None:
    file, whole = tmp_path / "events.jsonl", tmp_path / "whole.jsonl"
    sim.write_events(sim.simulate(centre(6 if prove else 1)), whole)
    with whole.open(encoding="utf-8") as lines, file.open("w", encoding="utf-8") as some:
        some.writelines(line for number, line in enumerate(lines) if number < (1_000_000 if prove else 40_000))
    reported(file)
    programs = [partial(processor_time, program, file) for program in (reported, parsed)]
    rounds = take_turns(3, *programs)
    found = median_ratio(rounds, 0, 1)
    ratio(f"from {parsed(file):,} events to reports, over parsing their JSON", found, f"below {WANTED:g}")
    ratio("peak memory of that, in megabytes", getrusage(RUSAGE_SELF).ru_maxrss / 1_024, "")
    assert found <= WANTED / NOISE
