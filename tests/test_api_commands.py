"""The commands on the API as people run them: processes of their own, an emulator on a socket, an environment."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import activity_sim as sim

ACCOUNT, TOKEN = "AC" + "0a" * 16, "1b" * 16
PROGRAM = [sys.executable, "-m", "activity_sim"]
Finished = subprocess.CompletedProcess[str]


def clean(**variables: str) -> dict[str, str]:
    """Return the environment without anything about the API but *variables*."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TWILIO_", "TASKROUTER_"))}
    return {**kept, **variables}


@pytest.fixture
def environment(taskrouter_emulator: sim.Emulator) -> dict[str, str]:
    return clean(**taskrouter_emulator.environment)


def run(environment: dict[str, str], *arguments: str, cwd: Path | None = None) -> Finished:
    command = [*PROGRAM, *arguments]
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, timeout=60)


def said(environment: dict[str, str], *arguments: str, cwd: Path | None = None) -> Any:
    """Return what the command prints with ``--json``."""
    done = run(environment, *arguments, "--json", cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def refused(done: Finished, status: int, *words: str) -> None:
    """Check that a command ended with *status* and one message, which has *words*."""
    assert done.returncode == status
    assert done.stdout == ""
    assert done.stderr.startswith("activity-sim: ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    for word in words:
        assert word in done.stderr


@contextmanager
def serving(environment: dict[str, str], *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Run the emulator as a process; yield it with the variables that it prints."""
    command = [*PROGRAM, "emulator", "--port", "0", "--json", *arguments]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            printed = "".join(iter(process.stdout.readline, "}\n"))
            yield process, json.loads(printed + "}")
        finally:
            process.kill()


# --- activities ---


def test_an_activity_lives_through_all_commands(environment: dict[str, str]) -> None:
    made = said(environment, "activities", "create", "on-call", "--available")
    assert (made["friendly_name"], made["available"]) == ("on-call", True)
    renamed = said(environment, "activities", "update", "on-call", "--friendly-name", "On call")
    assert renamed == {**made, "friendly_name": "On call", "date_updated": renamed["date_updated"]}
    assert said(environment, "activities", "fetch", "On call") == renamed
    assert said(environment, "activities", "fetch", made["sid"]) == renamed
    assert renamed in said(environment, "activities", "list")
    assert said(environment, "activities", "delete", "On call") == {"sid": made["sid"], "deleted": True}
    names = [activity["friendly_name"] for activity in said(environment, "activities", "list")]
    assert names == ["Offline", "Unavailable", "Available"]


def test_the_list_is_filtered(environment: dict[str, str]) -> None:
    def names(*options: str) -> list[str]:
        return [activity["friendly_name"] for activity in said(environment, "activities", "list", *options)]

    assert names("--available") == ["Available"]
    assert names("--unavailable") == ["Offline", "Unavailable"]
    assert names("--friendly-name", "Offline") == ["Offline"]
    assert names("--page-size", "1", "--limit", "2") == ["Offline", "Unavailable"]


def test_the_table_is_for_people(environment: dict[str, str]) -> None:
    lines = run(environment, "activities", "list").stdout.splitlines()
    assert lines[0].split() == ["activity", "available", "sid", "updated"]
    assert [line.split()[:2] for line in lines[2:]] == [["Offline", "no"], ["Unavailable", "no"], ["Available", "yes"]]
    assert "no such activities" in run(environment, "activities", "list", "--friendly-name", "Break").stdout


def test_what_is_exported_is_what_a_scenario_reads(environment: dict[str, str], tmp_path: Path) -> None:
    run(environment, "activities", "create", 'Lunch "late"')
    printed = run(environment, "activities", "export", "activities.json", cwd=tmp_path).stdout
    table = printed[printed.index("[workspace]") :]
    scenario = tmp_path / "day.toml"
    scenario.write_text(f'horizon = "1h"\n{table}\n[[workers]]\nfriendly_name = "Tier 1"\n', "utf-8")
    workspace = sim.load_scenario(scenario).workspace
    assert workspace.names == ("Offline", "Unavailable", "Available", 'Lunch "late"')
    assert (workspace.default_activity, workspace.multi_task_enabled) == ("Offline", True)
    listed = said(environment, "activities", "list")
    assert json.loads((tmp_path / "activities.json").read_text("utf-8"))["activities"] == listed
    assert said(environment, "activities", "export", "activities.json", cwd=tmp_path)["activities"] == 4


def test_a_failed_export_leaves_the_file_as_it_was(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "activities.json").write_text("before")
    wrong = {**environment, "TWILIO_AUTH_TOKEN": "wrong"}
    refused(run(wrong, "activities", "export", "activities.json", cwd=tmp_path), 2, "401")
    assert [path.name for path in tmp_path.iterdir()] == ["activities.json"]
    assert (tmp_path / "activities.json").read_text() == "before"
    refused(run(environment, "activities", "export", ".", cwd=tmp_path), 2, "folder")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("fetch", "Ofline"), ("'Ofline'", "nearest is 'Offline'")),
        (("fetch", "WA" + "0" * 32), ("was not found", "20404")),
        (("create", "Offline"), ("already exists", "20001")),
        (("create", "x" * 65), ("friendly_name", "64")),
        (("delete", "Offline"), ("default activity",)),
        (("list", "--page-size", "1001"), ("page-size", "1000")),
        (("list", "--workspace-sid", "WS1"), ("workspace_sid", "WS and 32")),
        (("list", "--workspace-sid", "WS" + "0" * 32), ("was not found",)),
        (("update", "Available"), ("--friendly-name",)),
        (("remove", "Available"), ("remove",)),
    ],
)
def test_what_is_refused_is_bad_input(
    environment: dict[str, str], arguments: tuple[str, ...], words: tuple[str]
) -> None:
    refused(run(environment, "activities", *arguments), 2, *words)
    assert len(said(environment, "activities", "list")) == 3


def test_a_name_that_is_there_twice_wants_a_sid() -> None:
    with sim.Emulator(rules=sim.Rules(unique_names=False)) as emulator:
        environment = clean(**emulator.environment)
        sids = [said(environment, "activities", "create", "Break")["sid"] for _ in range(2)]
        refused(run(environment, "activities", "delete", "Break"), 2, "SID", *sids)
        said(environment, "activities", "delete", sids[1])
        assert said(environment, "activities", "fetch", "Break")["sid"] == sids[0]


@pytest.mark.parametrize(
    ("variable", "value", "status", "words"),
    [
        ("TWILIO_AUTH_TOKEN", "wrong", 2, ("credentials", "401")),
        ("TWILIO_AUTH_TOKEN", "", 2, ("auth_token", "TWILIO_AUTH_TOKEN")),
        ("TWILIO_ACCOUNT_SID", "AC1", 2, ("account_sid", "AC and 32")),
        ("TWILIO_WORKSPACE_SID", "", 2, ("TWILIO_WORKSPACE_SID",)),
        ("TASKROUTER_BASE_URL", "localhost:80", 2, ("base_url", "http://127.0.0.1:8765")),
        ("TASKROUTER_BASE_URL", "http://127.0.0.1:9", 1, ("could not be reached", "refused")),
    ],
)
def test_a_wrong_environment_is_explained(
    environment: dict[str, str], variable: str, value: str, status: int, words: tuple[str, ...]
) -> None:
    refused(run({**environment, variable: value}, "activities", "list"), status, *words)


# --- the emulator ---


def test_the_emulator_prints_what_the_commands_need() -> None:
    with serving(clean()) as (_, printed):
        assert sorted(printed) == [
            *("TASKROUTER_BASE_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_WORKSPACE_SID"),
        ]
        assert printed["TASKROUTER_BASE_URL"].startswith("http://127.0.0.1:")
        assert len(said(clean(**printed), "activities", "list")) == 3


def test_the_emulator_accepts_the_credentials_of_its_environment_and_does_not_show_them() -> None:
    given = clean(TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN)
    with serving(given) as (process, printed):
        assert (printed["TWILIO_ACCOUNT_SID"], "TWILIO_AUTH_TOKEN" in printed) == (ACCOUNT, False)
        assert said({**given, **printed}, "activities", "fetch", "Offline")["account_sid"] == ACCOUNT
        refused(run({**given, **printed, "TWILIO_AUTH_TOKEN": "2c" * 16}, "activities", "list"), 2, "401")
        process.send_signal(signal.SIGTERM)
        assert TOKEN not in "".join(process.communicate(timeout=30))


def test_the_emulator_accepts_an_api_key() -> None:
    key = {"TWILIO_API_KEY": "SK" + "3d" * 16, "TWILIO_API_SECRET": "secret"}
    with serving(clean(**key)) as (_, printed):
        by_key = {
            name: value for name, value in printed.items() if name not in ("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID")
        }
        activity = said(clean(**key, **by_key), "activities", "fetch", "Offline")
        assert activity["account_sid"] == printed["TWILIO_ACCOUNT_SID"]


def test_the_words_of_the_emulator_can_be_used_as_they_are(tmp_path: Path) -> None:
    command = [*PROGRAM, "emulator", "--port", "0", "--database", "workspace.db"]
    with subprocess.Popen(command, env=clean(), cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
        exported = dict(re.findall(r"^  export (\w+)=(\S+)$", printed, re.MULTILINE))
        assert "kept in workspace.db" in printed
        assert printed.count(exported["TWILIO_AUTH_TOKEN"]) == 1
        assert len(said(clean(**exported), "activities", "list")) == 3
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


def test_a_database_is_found_again_under_its_account(tmp_path: Path) -> None:
    database = str(tmp_path / "workspace.db")
    with serving(clean(), "--database", database) as (process, first):
        said(clean(**first), "activities", "create", "Break")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    with serving(clean(), "--database", database) as (_, second):
        same = ("TWILIO_ACCOUNT_SID", "TWILIO_WORKSPACE_SID")
        assert [second[name] for name in same] == [first[name] for name in same]
        assert second["TWILIO_AUTH_TOKEN"] != first["TWILIO_AUTH_TOKEN"]
        assert said(clean(**second), "activities", "fetch", "Break")["friendly_name"] == "Break"
    other = clean(TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN)
    refused(run(other, "emulator", "--port", "0", "--database", database), 2, "belongs to the account", ACCOUNT)


def test_rules_and_faults_reach_the_emulator() -> None:
    with serving(clean(), "--rule", "unique_names=false", "--rate-limit", "1000", "--failures", "0.3") as (_, printed):
        environment = clean(**printed)
        for _ in range(3):
            said(environment, "activities", "create", "Break")
        assert len(said(environment, "activities", "list", "--friendly-name", "Break", "--page-size", "1")) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--rule", "uniq_names=false"), ("--rule", "nearest is 'unique_names'")),
        (("--rule", "unique_names=perhaps"), ("unique_names", "true or false", "'perhaps'")),
        (("--rule", "limit_status=200"), ("limit_status", "400 to 499")),
        (("--failures", "1.5"), ("--failures", "1.5")),
        (("--delay", "2"), ("delay", "unit")),
        (("--port", "99999"), ("--port", "65535")),
        (("--host", "no.such.host.invalid"), ("no.such.host.invalid", "listen")),
        (("--database", "."), ("cannot be opened",)),
        (("--database", "text.txt"), ("text.txt", "not a database")),
        (("--database", "none/workspace.db"), ("none/workspace.db",)),
    ],
)
def test_the_emulator_refuses_bad_input(tmp_path: Path, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    (tmp_path / "text.txt").write_text("not a database, " * 100)
    refused(run(clean(), "emulator", *arguments, cwd=tmp_path), 2, *words)
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TWILIO_ACCOUNT_SID": ACCOUNT}, ("TWILIO_AUTH_TOKEN",)),
        ({"TWILIO_AUTH_TOKEN": TOKEN}, ("TWILIO_ACCOUNT_SID",)),
        ({"TWILIO_API_KEY": "SK" + "3d" * 16}, ("TWILIO_API_SECRET",)),
        ({"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": TOKEN}, ("TWILIO_ACCOUNT_SID", "AC and 32")),
    ],
)
def test_the_emulator_refuses_half_a_pair(variables: dict[str, str], words: tuple[str, ...]) -> None:
    refused(run(clean(**variables), "emulator", "--port", "0"), 2, *words)


def test_a_port_that_is_taken_is_said(taskrouter_emulator: sim.Emulator) -> None:
    port = taskrouter_emulator.base_url.rpartition(":")[2]
    refused(run(clean(), "emulator", "--port", port), 2, port, "in use")


def test_swapped_credentials_are_refused_without_showing_the_token() -> None:
    swapped = clean(TWILIO_ACCOUNT_SID=TOKEN, TWILIO_AUTH_TOKEN=ACCOUNT, TWILIO_WORKSPACE_SID=TOKEN)
    for arguments in (("emulator", "--port", "0"), ("activities", "list")):
        done = run(swapped, *arguments)
        refused(done, 2, "32 hexadecimal digits")
        assert TOKEN not in done.stderr


def test_an_emulator_that_others_can_reach_says_so_and_names_a_place_that_works() -> None:
    with serving(clean(), "--host", "0.0.0.0") as (process, printed):
        assert printed["TASKROUTER_BASE_URL"].startswith("http://127.0.0.1:")
        proxied = clean(**printed, http_proxy="http://127.0.0.1:9")
        assert len(said(proxied, "activities", "list")) == 3
        process.send_signal(signal.SIGTERM)
        assert "over http" in process.communicate(timeout=30)[1]


def test_what_refuses_to_start_leaves_no_database(taskrouter_emulator: sim.Emulator, tmp_path: Path) -> None:
    port = taskrouter_emulator.base_url.rpartition(":")[2]
    refused(run(clean(), "emulator", "--port", port, "--database", "left.db", cwd=tmp_path), 2, "in use")
    assert not list(tmp_path.iterdir())
