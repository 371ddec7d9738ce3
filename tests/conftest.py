"""Profiles, and the table of figures that proofs leave behind.

By default long proofs run at about a tenth of their size; with ``PROVE=1`` (``make prove``) in full, and the table of
their figures is written to ``out/figures.md``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

PROVE = os.environ.get("PROVE") == "1"
ROOT = Path(__file__).parent.parent

for name, examples in {"quick": 200, "prove": 2_000}.items():
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
settings.load_profile("prove" if PROVE else "quick")

_figures: list[tuple[str, ...]] = []


@pytest.fixture(scope="session")
def prove() -> bool:
    """Whether proofs run in full."""
    return PROVE


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Note a simulated figure beside the exact one, and check that it lies within some standard errors of it."""

    def check(what: str, simulated: float, exact: float, standard_error: float, *, within: float = 4.0) -> None:
        distance = (simulated - exact) / standard_error
        row = (what, f"{simulated:.6g}", f"{exact:.6g}", f"{standard_error:.2g}", f"{distance:+.2f}")
        record_property("figure", row)
        assert abs(distance) <= within, f"{what}: {simulated:.6g} is {distance:+.2f} standard errors from {exact:.6g}"

    return check


@pytest.fixture
def ratio(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Note a measured ratio, such as of two times taken side by side."""

    def note(what: str, measured: float, wanted: str) -> None:
        record_property("figure", (what, f"{measured:.3g}", wanted, "", ""))

    return note


def pytest_runtest_logreport(report: Any) -> None:
    """Collect the figures of each test, from whichever process it ran in."""
    if report.when == "call":
        _figures.extend(tuple(value) for key, value in report.user_properties if key == "figure")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the figures, and in full proofs write them to a file."""
    if not _figures:
        return
    header = ("figure", "measured", "exact or wanted", "standard error", "distance")
    rows = [header, *_figures]
    widths = [max(len(row[n]) for row in rows) for n in range(len(header))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    terminalreporter.write_line("")
    for line in lines:
        terminalreporter.write_line(line)
    if PROVE:
        (ROOT / "out").mkdir(exist_ok=True)
        (ROOT / "out" / "figures.md").write_text("\n".join(lines) + "\n", "utf-8")
