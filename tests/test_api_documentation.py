"""TASKROUTER.md, held to the code: commands, variables, rules, faults, errors, operations; and its examples run."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import click
import pytest

import activity_sim as sim
from activity_sim import errors
from activity_sim.cli import commands
from activity_sim.emulator import refusals
from activity_sim.emulator.routes import OPERATIONS
from activity_sim.model.reading import write
from activity_sim.taskrouter.client import TaskRouterClient
from activity_sim.taskrouter.credentials import variable
from activity_sim.taskrouter.transport import LONGEST_WAIT
from tests.test_documentation import check_options, code, codes, rows, section

TEXT = (Path(sim.__file__).parent / "TASKROUTER.md").read_text("utf-8")


def leaves(command: click.Command, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield the names of the commands below *command*, with the commands."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from leaves(inner, *path, name)
    else:
        yield " ".join(path), command


COMMANDS = dict(leaves(commands.commands["activities"], "activities")) | {
    name: commands.commands[name] for name in ("pull", "emulator")
}


def defaults(cls: type[Any]) -> dict[str, str]:
    """Return the default of each field of *cls* as the document writes it."""
    values = {field.name: getattr(cls(), field.name) for field in attrs.fields(cls)}
    return {name: "none" if value is None else written(value) for name, value in values.items()}


def written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(write(value))


def tabled(marker: str) -> dict[str, str]:
    """Return the first two columns of the table between *marker* and its end."""
    table = TEXT.split(f"<!-- {marker} -->")[1].split("<!-- end -->")[0]
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]
    return {row[0]: row[1] for row in cells}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_the_commands_is_there_and_no_other(name: str) -> None:
    check_options(name, COMMANDS[name], section(f"activity-sim {name}", TEXT))


def test_every_command_has_its_section() -> None:
    headings = re.findall(r"^### activity-sim (.*)$", TEXT, re.MULTILINE)
    assert headings == list(COMMANDS)


def test_every_rule_is_there_with_its_default() -> None:
    assert tabled("rules") == defaults(sim.Rules)


def test_every_fault_is_there_with_its_default() -> None:
    assert tabled("faults") == defaults(sim.Faults)


def test_every_error_is_there() -> None:
    kinds = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.TaskRouterError) and kind is not errors.TaskRouterError
    }
    assert {code(row[0]) for row in rows(section("Errors", TEXT), "error")} == kinds
    assert {f"sim.{errors.TaskRouterError.__name__}", "sim.InputError"} <= set(codes(section("Errors", TEXT)))


def test_every_number_of_a_refusal_is_there() -> None:
    numbers = {value for name, value in vars(refusals).items() if isinstance(value, int) and name.isupper()}
    assert {int(row[1]) for row in rows(section("Refusals", TEXT), "status") if row[1] != "none"} == numbers


def test_every_variable_is_there() -> None:
    table = rows(section("Credentials", TEXT), "argument")
    assert {code(row[0]): code(row[1]) for row in table} == {code(row[0]): variable(code(row[0])) for row in table}
    parameters = {"account_sid", "auth_token", "api_key", "api_secret", "workspace_sid", "edge", "region", "base_url"}
    assert {code(row[0]) for row in table} == parameters <= set(TaskRouterClient.__init__.__annotations__)


def test_every_operation_is_there() -> None:
    text = section("The emulator", TEXT)
    whole = dict.fromkeys(("Workspaces", "Activities", "Workers", "TaskQueues", "Workflows", "TaskChannels"), 5)
    words = {**whole, "Workers' channels": 3, "Workers' statistics": 4, "Events": 2}
    said = {row[0]: len(row[1].split(";")[0].split(", ")) for row in rows(text, "resource")}
    assert said == words
    assert sum(words.values()) == sum(len(operations) for operations in OPERATIONS.values())


def test_the_numbers_of_repetition_are_the_code_s() -> None:
    usual = {name: given.default for name, given in inspect.signature(TaskRouterClient).parameters.items()}
    text = section("Requests that are repeated", TEXT)
    assert f"up to {usual['attempts']} times" in text
    assert (usual["backoff"], LONGEST_WAIT) == (0.25, 60.0)
    assert "a quarter of a second" in text
    assert "more than a minute" in text
    assert f"`timeout` ({usual['timeout']:g})" in TEXT


@pytest.mark.parametrize(
    ("heading", "word"), [("A workspace as a scenario", "call"), ("The client", "On call"), ("The emulator", "Offline")]
)
def test_the_examples_of_clients_run(heading: str, word: str) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", section(heading, TEXT), re.MULTILINE | re.DOTALL)
    done = subprocess.run([sys.executable, "-W", "error", "-c", example], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert word in done.stdout


def test_the_example_of_a_test_passes(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", section("In tests", TEXT), re.MULTILINE | re.DOTALL)
    (tmp_path / "test_example.py").write_text(example, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "1 passed" in done.stdout, done.stdout


def test_its_links_lead_somewhere() -> None:
    titles = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]*)\)", TEXT)) <= anchors
