"""The page as text: figures are those of the files, names are escaped, the same run is the same bytes."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import attrs
import pytest

import activity_sim as sim
from activity_sim import output
from activity_sim.page.answer import answers, judged
from activity_sim.page.cells import SHOWN
from activity_sim.page.given import Run
from tests.conftest import ROOT
from tests.page.conftest import ACTIVITY, CALL, GROUP, NAME, desk


class Tables(HTMLParser):
    """The tables of a page: name, columns, and for each cell its attributes and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[dict[str, Any]] = []
        self.cell: dict[str, Any] | None = None
        self.small = False
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        self.tags.append((tag, given))
        if tag == "table" and given.get("data-report"):
            self.tables.append({"report": given["data-report"], "file": given["data-file"], "columns": [], "rows": []})
        elif "data-column" in given:
            self.tables[-1]["columns"].append(given["data-column"])
        elif tag == "tr" and self.tables:
            self.tables[-1]["rows"].append([])
        elif "data-value" in given:
            self.cell = {**given, "text": ""}
            self.tables[-1]["rows"][-1].append(self.cell)
        self.small = tag == "small"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data: str) -> None:
        if self.cell is not None and not self.small:
            self.cell["text"] += data


@pytest.fixture(scope="module")
def page(written: Path) -> str:
    return (written / "report.html").read_text("utf-8")


def rows_of(written: Path, file: str) -> list[dict[str, str]]:
    with (written / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_figure_is_that_of_the_file(page: str, written: Path) -> None:
    compared = 0
    for table in Tables(page).tables:
        if not table["file"] or table["report"] == "time_by_worker":
            continue
        kept = [row for row in table["rows"] if row]
        wanted = {tuple(row[name] for name in table["columns"]): row for row in rows_of(written, table["file"])}
        for row in kept:
            found = wanted[tuple(cell["data-value"] for cell in row)]
            for name, cell in zip(table["columns"], row, strict=True):
                for end in ("low", "high"):
                    assert cell.get(f"data-{end}", "") in ("", found.get(f"{name}_{end}", ""))
                compared += 1
    assert compared > 500


def test_hours_by_worker_are_those_of_the_file(page: str, written: Path) -> None:
    (table,) = (table for table in Tables(page).tables if table["report"] == "time_by_worker")
    wanted = {(row["worker"], row["friendly_name"]): row["total"] for row in rows_of(written, "time_by_worker.csv")}
    for worker, *cells in filter(None, table["rows"]):
        for name, cell in zip(table["columns"][1:], cells, strict=True):
            assert cell["data-value"] == wanted[worker["data-value"], name]
            assert cell["text"] == SHOWN["hours"](float(cell["data-value"]))


def test_what_is_shown_is_what_the_value_says(page: str) -> None:
    (table,) = (table for table in Tables(page).tables if table["report"] == "task_summary")
    place = table["columns"].index("service_level")
    for row in filter(None, table["rows"]):
        assert row[place]["text"] == f"{100 * float(row[place]['data-value']):.1f} %"


def test_names_are_escaped_wherever_they_stand(pages: dict[str, Path]) -> None:
    for file in pages.values():
        text = file.read_text("utf-8")
        tags = Tables(text).tags
        assert sum(tag == "script" for tag, _ in tags) == 1
        assert not [given for tag, given in tags if tag in ("b", "i") or "onerror" in given]
        assert all(given["src"].startswith("data:") for tag, given in tags if tag == "img")  # type: ignore[union-attr]
    text = pages["run"].read_text("utf-8")
    for name in (NAME, GROUP, ACTIVITY, CALL, "mind <the> gap", "'a <desk>.toml'"):
        assert name not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text


def test_nothing_may_come_from_elsewhere(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy[1] and "http" not in policy[1]
    assert not re.search(r"(?:src|href|action)=\"(?!data:|#)", page)
    assert len(page) < 3_000_000


def test_the_same_run_is_the_same_bytes(written: Path, tmp_path: Path) -> None:
    study = sim.replicate(desk(), replications=10, executor=1, engine="simpy")
    described = output.provenance(study, "activity-sim run 'a <desk>.toml'", ["mind <the> gap"])
    output.write_study(study, tmp_path, described, output.Extras(excel=True))
    for name in ("report.html", "report.xlsx"):
        assert (tmp_path / name).read_bytes() == (written / name).read_bytes()


def test_the_method_is_in_the_order_of_stress_des(page: str) -> None:
    heads = re.findall(r"<h3>\d\. (.*?)</h3>", page)
    assert heads == ["Objectives", "Logic", "Data", "Experimentation", "Implementation", "Code access"]


@pytest.mark.parametrize(
    ("share", "low", "high", "verdict"),
    [(0.82, 0.80, 0.84, "met"), (0.82, 0.79, 0.85, "open"), (0.78, 0.76, 0.80, "open"), (0.78, 0.76, 0.7999, "missed")],
)
def test_a_target_is_met_only_where_the_whole_interval_meets_it(
    share: float, low: float, high: float, verdict: str
) -> None:
    assert judged(share, low, high, 0.8) == verdict


def test_the_answer_says_the_figures_of_the_report(page: str, written: Path) -> None:
    mail = next(row for row in rows_of(written, "task_summary.csv") if row["task_type"] == "mail")
    share, low, high = (100 * float(mail[f"service_level{end}"]) for end in ("", "_low", "_high"))
    assert f"{share:.1f} % of “mail” tasks were served within 1:00 s".replace("1:00 s", "60 s") in page
    assert f"(95 % interval {low:.1f} to {high:.1f} %)" in page


def test_what_nobody_asked_for_is_said_too() -> None:
    log = sim.simulate(sim.Scenario(horizon="1h", workers=[sim.Workers("A")]))
    (answer,) = answers(Run(log, log, None, {"replications": 1}))
    assert answer.text == "No tasks came. One worker spent 0.0 % of the time in available activities."
    many = [attrs.evolve(desk().tasks[0], friendly_name=f"call {number}") for number in range(6)]
    log = sim.simulate(attrs.evolve(desk(days=1), tasks=many))
    assert "of 6 task types meet their targets" in answers(Run(log, log, None, {"replications": 1}))[0].text


def test_what_is_not_a_result_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match="must be a log, a study or a comparison"):
        sim.report(desk(), tmp_path / "report.html")  # type: ignore[arg-type]
    with pytest.raises(sim.InputError, match="a folder of that name"):
        sim.report(sim.simulate(desk(days=1)), tmp_path)


@pytest.mark.slow
def test_a_wheel_has_the_templates(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        ROOT,
    ]
    if subprocess.run(command, capture_output=True, check=False, cwd=tmp_path).returncode:
        command.remove("--no-build-isolation")
        subprocess.run(command, check=True, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for path in (ROOT / "activity_sim" / "page" / "templates").iterdir():
        assert f"activity_sim/page/templates/{path.name}" in names
