"""Scenarios with names that mean something to browsers and spreadsheets, and a browser without a network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

import activity_sim as sim
from activity_sim import output

NAME = "</title><script>alert(1)</script> & 'Co'"
GROUP = "=1+1<b>"
ACTIVITY = "<img src=x onerror=alert(1)>"
CALL = "call <i>&amp;"


def desk(count: int = 12, days: int = 2) -> sim.Scenario:
    """Return a desk where some wait: two task types with levels of their own, names that must be escaped."""
    workspace = sim.Workspace(
        activities=[
            sim.Activity("Offline", available=False),
            sim.Activity("Available", available=True),
            sim.Activity(ACTIVITY, available=False),
        ]
    )
    shifts, breaks = [sim.Shift("Available", "08:00", "12:00")], [sim.Break(ACTIVITY, "09:30", "30min", stagger="1h")]
    return sim.Scenario(
        name=NAME,
        horizon=f"{days} days",
        start="2026-10-24T00:00:00",
        time_zone="Europe/Berlin",
        workspace=workspace,
        workers=[
            sim.Workers(GROUP, count=count, shifts=shifts, breaks=breaks),
            sim.Workers("B", count=2, shifts=shifts),
        ],
        tasks=[
            sim.Tasks(name, arrivals=rates(count * share), handle_time="5min", patience="3min", service_level=level)
            for name, share, level in (
                (CALL, 6.0, {"within": "20s", "target": 0.8}),
                ("mail", 2.0, {"within": "1min", "target": 0.9, "definition": "excluding_short_abandons"}),
            )
        ],
    )


def rates(per_hour: float) -> sim.Rates:
    return sim.Rates([["00:00", 0.0], ["08:00", per_hour], ["12:00", 0.0]])


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that a run of the desk was written to, page and workbook included."""
    folder = tmp_path_factory.mktemp("written")
    study = sim.replicate(desk(), replications=10, executor=1, engine="simpy")
    described = output.provenance(study, "activity-sim run 'a <desk>.toml'", ["mind <the> gap"])
    output.write_study(study, folder, described, output.Extras(excel=True))
    return folder


@pytest.fixture(scope="session")
def pages(written: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the pages of a run, of a log without tasks and of a comparison."""
    folder, one = tmp_path_factory.mktemp("pages"), desk(days=1)
    bare = sim.Scenario(horizon="1h", workers=[sim.Workers("A")])
    compared = sim.compare(one, {NAME: one.with_workers("B", 3)}, replications=10, executor=1, engine="simpy")
    return {
        "run": written / "report.html",
        "log": sim.report(sim.simulate(bare), folder / "log.html"),
        "comparison": sim.report(compared, folder / "comparison.html"),
    }


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium, that of the system."""
    found = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium here, and make could not install one")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        try:
            started = driver.chromium.launch(executable_path=found, args=arguments)
        except Error as error:
            pytest.skip(f"Chromium does not start here: {error}")
        yield started
        started.close()
