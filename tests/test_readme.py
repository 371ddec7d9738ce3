"""Everything that the README shows is run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from activity_sim.analysis.reports import REPORTS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def between(marker: str) -> str:
    return README.split(f"<!-- {marker} -->")[1].split("<!-- end -->")[0]


def activity_sim(*arguments: str, cwd: Path) -> str:
    command = [sys.executable, "-m", "activity_sim", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


def test_the_python_runs(tmp_path: Path) -> None:
    code = "\n".join(blocks("python"))
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "Lunch" in result.stdout
    assert "service_level_low" in result.stdout or "..." in result.stdout
    (arguments,) = shown_commands(1)
    assert "training" in activity_sim(*arguments, cwd=tmp_path)
    assert (tmp_path / "comparison" / "comparison.csv").exists()


def test_the_commands_run(tmp_path: Path) -> None:
    commands = shown_commands(0)
    assert [command[0] for command in commands] == ["new", "check", "run"]
    for arguments in (*commands, *shown_commands(2)):
        activity_sim(*arguments, cwd=tmp_path)
    assert (tmp_path / "results" / "run.json").exists()
    assert (tmp_path / "staffed" / "staffing.csv").exists()


def shown_commands(block: int) -> list[list[str]]:
    """Return the arguments of each command in the console *block* of that number."""
    lines = [shlex.split(line[2:]) for line in blocks("console")[block].splitlines() if line.startswith("$ ")]
    assert {program for program, *_ in lines} == {"activity-sim"}
    return [arguments for _, *arguments in lines]


def test_the_commands_on_the_api_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (emulator,) = shown_commands(3)
    command = [sys.executable, "-m", "activity_sim", *emulator, "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
        exported = re.findall(r"export (\w+)=(\S+)", printed)
        for name, value in exported:
            monkeypatch.setenv(name, value)
        said = [activity_sim(*arguments, cwd=tmp_path) for arguments in shown_commands(4)]
        process.terminate()
    assert len(exported) == 4
    assert "on-call" in said[1]
    assert "[workspace]" in said[2]
    assert (tmp_path / "activities.json").exists()
    assert (tmp_path / "support" / "scenario.toml").exists()


def test_make_runs_what_the_readme_says_without_make() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for line in blocks("")[1].splitlines():
        if "activity-sim" in line or "pytest" in line:
            arguments = line.split(".venv/bin/", 1)[1].replace("python -m pytest ", "")
            assert arguments in makefile.replace("-n 2 --dist loadfile ", "").replace("$(BIN)/", "")


@pytest.mark.slow
def test_the_demo_prints_what_the_readme_shows(tmp_path: Path) -> None:
    command = next(line for line in blocks("")[1].splitlines() if "activity-sim run" in line).split()[1:]
    command[command.index("--out") + 1] = str(tmp_path / "demo")
    printed = activity_sim(*command, cwd=ROOT)
    shown = between("output: data/bank.toml time").strip().removeprefix("```").removesuffix("```").strip()
    assert shown in printed
    rows = dict(re.findall(r"^(\d\d:\d\d) .*?([\d.]+) %\s*\([^)]*\)$", printed, re.MULTILINE))
    claimed = re.search(r"shows (\d+) % at (\d\d:\d\d)", README)
    assert claimed is not None
    assert round(float(rows[claimed[2]])) == int(claimed[1])
    assert (tmp_path / "demo" / "time_by_interval.png").stat().st_size > 10_000


def test_the_reports_are_the_reports() -> None:
    rows = [f"| `{name}` | {' '.join(report.summary.split())} |" for name, report in REPORTS.items()]
    assert between("reports").strip().splitlines()[2:] == rows


def test_what_it_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
