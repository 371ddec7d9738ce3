"""``activity-sim pull`` as people run it, against workspaces that the official client fills and changes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import activity_sim as sim
from tests.pulling.homes import FILES, Home, escalation, filled, names, uncommented
from tests.test_api_commands import Finished, clean, refused, run, said
from tests.test_command_line import on_terminal

ROSTER = "worker,date,activity,start,end\n" + "".join(
    f"{name},2026-11-23,Available,08:00,16:00\n" for name in ("Ann", "Bob", "Cem", "Dee")
)


@attrs.frozen
class Pulled:
    """Hold a workspace and the folder that it was pulled into, with what the command said."""

    home: Home
    environment: dict[str, str]
    folder: Path
    done: Finished


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pulled]:
    """One pull that the tests look at, and change nothing of."""
    place = tmp_path_factory.mktemp("pulled")
    with sim.Emulator() as emulator:
        home, environment = filled(emulator), clean(**emulator.environment)
        yield Pulled(home, environment, place / "support", pull(environment, cwd=place))


def pull(environment: dict[str, str], *arguments: str, cwd: Path) -> Finished:
    return run(environment, "pull", environment["TWILIO_WORKSPACE_SID"], "--out", "support", *arguments, cwd=cwd)


def test_what_the_official_client_has_made_is_pulled(pulled: Pulled) -> None:
    assert (pulled.done.returncode, pulled.done.stderr) == (0, "")
    assert names(pulled.folder.parent) == ["support"]
    assert names(pulled.folder) == FILES
    scenario = sim.load_scenario(pulled.folder / "scenario.toml")
    assert scenario.workspace.names == ("Offline", "Unavailable", "Available", "Lunch")
    assert {queue.friendly_name: queue.target_workers for queue in scenario.task_queues} == {
        "Support": '"support" IN skills',
        "Experts": "level >= 3",
        "Nobody": "1==0",
    }
    assert {queue.friendly_name: queue.sid for queue in scenario.task_queues} == pulled.home.queues
    assert [queue.max_reserved_workers for queue in scenario.task_queues] == [2, 2, 2]
    assert [channel.unique_name for channel in scenario.task_channels] == ["fax"]
    (workflow,) = scenario.workflows
    assert (workflow.friendly_name, workflow.task_reservation_timeout.seconds) == ("Escalate", 30)
    assert [target.priority for target in workflow.configuration.filters[0].targets] == [10, None]
    ann, *_, dee = scenario.workers[0].members
    assert ann.channels == {"default": 1, "voice": 1, "chat": 3, "sms": 1, "video": 1, "fax": 0}
    assert ann.attributes == {"skills": ["support"], "level": 0, "languages": ["de"]}
    assert (ann.sid, ann.activity, dee.activity) == (pulled.home.workers["Ann"], "Available", "Lunch")


def test_it_says_what_it_has_done_and_what_comes_next(pulled: Pulled) -> None:
    fetched, wrote, following = pulled.done.stdout.splitlines()
    assert fetched.startswith(f"Fetched 'Workspace' ({pulled.environment['TWILIO_WORKSPACE_SID']}): ")
    assert fetched.endswith("4 activities, 4 workers, 3 task queues, 1 workflow, 6 task channels")
    assert all(name in wrote for name in FILES)
    assert (
        following == "Next: fill in [[tasks]] in support/scenario.toml, then activity-sim check support/scenario.toml"
    )


def test_it_can_be_checked_and_run_at_once(pulled: Pulled, tmp_path: Path) -> None:
    done = run(clean(), "check", str(pulled.folder / "scenario.toml"))
    assert done.returncode == 0
    assert "Replication 0 under seed 1 has 0 tasks." in done.stdout
    warned = [
        line for line in done.stderr.splitlines() if "'Nobody'" not in line and "max_reserved_workers" not in line
    ]
    assert warned == [], "what there is to warn of is so in the workspace too"
    tables = said(clean(), "run", str(pulled.folder / "scenario.toml"), "--replications", "2")["tables"]
    hours = {row["friendly_name"]: row["total"] / 3_600 for row in tables["time_by_activity"]}
    assert hours == {"Offline": 0, "Unavailable": 0, "Available": 72, "Lunch": 24}


def test_with_its_tasks_filled_in_it_is_simulated_by_its_workflow(pulled: Pulled, tmp_path: Path) -> None:
    folder = tmp_path / "support"
    folder.mkdir()
    for file in pulled.folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "roster.csv").write_text(ROSTER)
    text = uncommented((folder / "scenario.toml").read_text("utf-8"))
    text = re.sub(r"start = \S+", "start = 2026-11-23T00:00:00", text).replace("# roster =", "roster =")
    text = text.replace("attributes = { }", 'attributes = { value = "Gold", language = "de" }')
    (folder / "scenario.toml").write_text(text.replace("per_hour = 60", "per_hour = 20"), "utf-8")
    done = run(clean(), "check", "scenario.toml", cwd=folder)
    assert (done.returncode, done.stdout.count("Escalate")) == (0, 2), done.stderr
    assert run(clean(), "run", "scenario.toml", "--out", "results", cwd=folder).returncode == 0
    log = sim.simulate(sim.load_scenario(folder / "scenario.toml"))
    served = log.tasks[log.tasks["outcome"] == "completed"]
    assert set(served["task_type"]) == {"Escalate"}
    assert set(served["task_queue"]) == {"Experts", "Support"}, "the experts first, everybody after a minute"
    experts = served[served["task_queue"] == "Experts"]
    assert set(experts["worker"]) == {"Dee"}, "who alone has level 3"


def test_the_token_is_nowhere(pulled: Pulled, tmp_path: Path) -> None:
    wrong = {**pulled.environment, "TWILIO_WORKSPACE_SID": "WS" + "0" * 32}
    token = pulled.environment["TWILIO_AUTH_TOKEN"]
    assert not any(token in done.stdout + done.stderr for done in (pulled.done, pull(wrong, cwd=tmp_path)))
    assert not any(token in path.read_text("utf-8") for path in pulled.folder.iterdir())


def test_for_machines_it_counts(pulled: Pulled, tmp_path: Path) -> None:
    found = said(pulled.environment, "pull", "--out", "support", cwd=tmp_path)
    counts = {key: value for key, value in found.items() if isinstance(value, int)}
    assert counts == {"activities": 4, "workers": 4, "task_queues": 3, "workflows": 1, "task_channels": 6}
    assert (found["workspace_sid"], found["folder"]) == (pulled.environment["TWILIO_WORKSPACE_SID"], "support")
    assert (sorted(found["files"]), found["left_out"], found["copies"], found["warnings"]) == (FILES, [], [], [])


def test_what_is_changed_over_there_shows_in_the_next_pull(taskrouter_emulator: sim.Emulator, tmp_path: Path) -> None:
    home, environment, folder = (
        filled(taskrouter_emulator),
        clean(**taskrouter_emulator.environment),
        tmp_path / "support",
    )
    pull(environment, cwd=tmp_path)
    ann = home.space.workers(home.workers["Ann"])
    ann.update(attributes='{"skills": [], "level": 9}', friendly_name="Anne")
    ann.worker_channels("voice").update(capacity=2)
    home.space.workflows(home.workflow).update(configuration=escalation(home.queues, timeout=15))
    home.space.workers(home.workers["Bob"]).delete()
    home.space.task_queues(home.queues["Nobody"]).update(target_workers="level == 9", friendly_name="Level 9")
    new = home.space.workflows.create(friendly_name="Späte Rückrufe", configuration=escalation(home.queues))
    own = (folder / "scenario.toml").read_text("utf-8")
    assert said(environment, "pull", "--out", "support", cwd=tmp_path)["workers"] == 3
    scenario = sim.load_scenario(folder / "scenario.toml")
    assert scenario.worker_names == ("Anne", "Cem", "Dee")
    assert scenario.workers[0].members[0].attributes == {"skills": [], "level": 9}
    assert scenario.workers[0].members[0].channels["voice"] == 2
    assert str(scenario.workflows[0].configuration.filters[0].targets[0].timeout) == "15s"
    assert scenario.task_queues[2].target_workers == "level == 9"
    assert [flow.friendly_name for flow in scenario.workflows] == ["Escalate", "Späte Rückrufe"]
    text = (folder / "scenario.toml").read_text("utf-8")
    assert text.startswith(own.split("# >>>")[0])
    assert text.count("# [[tasks]]") == 2
    assert (folder / "workflow-spate-ruckrufe.json").exists()
    home.space.workflows(str(new.sid)).delete()
    assert pull(environment, cwd=tmp_path).returncode == 0
    assert names(folder) == FILES


# --- when it does not go smoothly ---


@pytest.mark.parametrize(
    ("variable", "value", "status", "words"),
    [
        ("TWILIO_AUTH_TOKEN", "wrong", 2, ("credentials", "401")),
        ("TWILIO_AUTH_TOKEN", "", 2, ("auth_token", "TWILIO_AUTH_TOKEN")),
        ("TWILIO_WORKSPACE_SID", "WS" + "0" * 32, 2, ("was not found", "404")),
        ("TWILIO_WORKSPACE_SID", "WS1", 2, ("workspace_sid", "WS and 32")),
        ("TASKROUTER_BASE_URL", "http://127.0.0.1:9", 1, ("could not be reached", "refused", "emulator running")),
    ],
)
def test_what_fails_is_explained_and_leaves_nothing(
    pulled: Pulled, tmp_path: Path, variable: str, value: str, status: int, words: tuple[str, ...]
) -> None:
    refused(pull({**pulled.environment, variable: value}, cwd=tmp_path), status, *words)
    assert names(tmp_path) == []


def test_the_workspace_and_the_folder_must_come_from_somewhere(pulled: Pulled, tmp_path: Path) -> None:
    nowhere = {name: value for name, value in pulled.environment.items() if name != "TWILIO_WORKSPACE_SID"}
    refused(run(nowhere, "pull", "--out", "support", cwd=tmp_path), 2, "workspace_sid", "TWILIO_WORKSPACE_SID")
    refused(run(pulled.environment, "pull", cwd=tmp_path), 2, "--out")


def test_a_folder_with_other_things_in_it_is_left_alone(pulled: Pulled, tmp_path: Path) -> None:
    folder = tmp_path / "support"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    refused(pull(pulled.environment, cwd=tmp_path), 2, "must be new, or empty, or hold an earlier pull", "support")
    refused(run(pulled.environment, "pull", "--out", "support/notes.txt", cwd=tmp_path), 2, "--out", "is a file")
    other = {"workspace_sid": "WS" + "0" * 32, "files": {}, "workflows": {}}
    for written, words in (('{"files": 1}', "must be as pull wrote it"), (json.dumps(other), "holds workspace WS00")):
        (folder / "pull.json").write_text(written)
        refused(pull(pulled.environment, cwd=tmp_path), 2, "support", words)
    assert names(folder) == ["notes.txt", "pull.json"]


def interrupted(environment: dict[str, str], cwd: Path, after: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "activity_sim", "pull", "--out", "support"]
    with subprocess.Popen(command, env=environment, cwd=cwd, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    return subprocess.CompletedProcess(command, process.returncode, "", said)


def test_one_that_takes_long_shows_how_far_it_is_and_when_interrupted_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, database = tmp_path / "place", tmp_path / "workspace.db"
    place.mkdir()
    with sim.Emulator(database=database) as emulator:
        filled(emulator)
    with sim.Emulator(database=database, faults=sim.Faults(slow=1.0, delay="300 ms")) as emulator:
        environment = clean(**emulator.environment)
        done = interrupted(environment, place, after=3)
        assert (done.returncode, done.stderr.strip()) == (1, "activity-sim: interrupted")
        assert names(place) == []
        for name in os.environ:
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert re.search(r"\d/4 \[.*worker", on_terminal("pull", "--out", "support", cwd=place))
    assert names(place / "support") == FILES


# --- many ---


@pytest.mark.slow
def test_more_workers_than_a_page_has_are_all_there(tmp_path: Path) -> None:
    with sim.Emulator() as emulator:
        home = filled(emulator)
        for number in range(1_003):
            home.space.workers.create(friendly_name=f"Worker {number}", attributes=f'{{"n": {number}}}')
        found = said(clean(**emulator.environment), "pull", "--out", "support", cwd=tmp_path)
    assert found["workers"] == 1_007
    (group,) = sim.load_scenario(tmp_path / "support" / "scenario.toml").workers
    numbers: dict[str, Any] = {member.friendly_name: member.attributes.get("n") for member in group.members}
    assert all(numbers[f"Worker {number}"] == number for number in range(1_003))
