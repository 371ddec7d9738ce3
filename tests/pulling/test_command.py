"""``activity-sim pull`` as people run it, against workspaces that the official client fills and changes."""

from __future__ import annotations

import json
import os
import pty
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
from tests.pulling.homes import Home, escalation, filled
from tests.test_api_commands import Finished, clean, refused, run, said

FILES = ["activities.json", "pull.json", "scenario.toml", "workers.json", "workflow-escalate.json"]


@pytest.fixture
def home(taskrouter_emulator: sim.Emulator) -> Home:
    return filled(taskrouter_emulator)


@pytest.fixture
def environment(taskrouter_emulator: sim.Emulator) -> dict[str, str]:
    return clean(**taskrouter_emulator.environment)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TWILIO_EDGE", "TWILIO_REGION"):
        monkeypatch.delenv(name, raising=False)


def pull(environment: dict[str, str], *arguments: str, cwd: Path) -> Finished:
    return run(environment, "pull", environment["TWILIO_WORKSPACE_SID"], "--out", "support", *arguments, cwd=cwd)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def uncommented(text: str) -> str:
    """Return a scenario with the tables of tasks that are there as comments."""
    before, mark, after = text.partition("# [[tasks]]")
    return before + re.sub(r"^# ", "", mark + after, flags=re.MULTILINE)


def test_what_the_official_client_has_made_is_pulled(home: Home, environment: dict[str, str], tmp_path: Path) -> None:
    done = pull(environment, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    fetched, wrote, following = done.stdout.splitlines()
    assert "4 activities, 4 workers, 3 task queues, 1 workflow, 6 task channels" in fetched
    assert all(name in wrote for name in FILES)
    assert following.endswith("activity-sim check support/scenario.toml")
    assert names(tmp_path) == ["support"]
    assert names(tmp_path / "support") == FILES
    scenario = sim.load_scenario(tmp_path / "support" / "scenario.toml")
    assert scenario.workspace.names == ("Offline", "Unavailable", "Available", "Lunch")
    assert {queue.friendly_name: queue.target_workers for queue in scenario.task_queues} == {
        "Support": '"support" IN skills',
        "Experts": "level >= 3",
        "Nobody": "1==0",
    }
    assert {queue.friendly_name: queue.sid for queue in scenario.task_queues} == home.queues
    assert [queue.max_reserved_workers for queue in scenario.task_queues] == [2, 2, 2]
    assert [channel.unique_name for channel in scenario.task_channels] == ["fax"]
    (workflow,) = scenario.workflows
    assert (workflow.friendly_name, workflow.task_reservation_timeout.seconds) == ("Escalate", 30)
    assert [target.priority for target in workflow.configuration.filters[0].targets] == [10, None]
    ann, *_, dee = scenario.workers[0].members
    assert ann.channels == {"default": 1, "voice": 1, "chat": 3, "sms": 1, "video": 1, "fax": 0}
    assert ann.attributes == {"skills": ["support"], "level": 0, "languages": ["de"]}
    assert (ann.sid, ann.activity, dee.activity) == (home.workers["Ann"], "Available", "Lunch")


def test_it_can_be_checked_at_once(home: Home, environment: dict[str, str], tmp_path: Path) -> None:
    pull(environment, cwd=tmp_path)
    done = run(clean(), "check", "support/scenario.toml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The scenario is sound." in done.stdout


def test_the_table_of_tasks_becomes_one_without_its_marks(
    home: Home, environment: dict[str, str], tmp_path: Path
) -> None:
    pull(environment, cwd=tmp_path)
    file = tmp_path / "support" / "scenario.toml"
    file.write_text(uncommented(file.read_text("utf-8")), "utf-8")
    (tasks,) = sim.load_scenario(file).tasks
    assert (tasks.friendly_name, tasks.workflow, tasks.task_channel) == ("Escalate", "Escalate", "voice")
    assert "# the workflow asks for language, value" in file.read_text("utf-8")


def test_what_is_changed_over_there_shows_in_the_next_pull(
    home: Home, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "support"
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
    assert text.count("# [[tasks]]") == 2


def test_what_is_the_planners_stays(home: Home, environment: dict[str, str], tmp_path: Path) -> None:
    folder, file = tmp_path / "support", tmp_path / "support" / "scenario.toml"
    pull(environment, cwd=tmp_path)
    roster = "worker,date,activity,start,end\nAnn,2026-11-23,Available,08:00,16:00\n"
    (folder / "roster.csv").write_text(roster)
    text = uncommented(file.read_text("utf-8"))
    text = re.sub(r"start = \S+", "start = 2026-11-23T00:00:00", text).replace("# roster =", "roster =")
    file.write_text(text.replace('horizon = "1 days"', 'horizon = "2 days"') + '# mine\n[workspace.mirror]\non_a_task = "Lunch"\n')
    before, edited = names(folder), file.read_text("utf-8")
    home.space.activities.create(friendly_name="Training")
    done = pull(environment, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "Next: activity-sim check support/scenario.toml"
    assert names(folder) == before
    assert file.read_text("utf-8") == edited
    scenario = sim.load_scenario(file)
    assert (str(scenario.horizon), scenario.tasks[0].workflow) == ("2 days", "Escalate")
    assert "Training" in scenario.workspace.names
    assert scenario.workspace.mirror == sim.load_scenario(file).workspace.mirror is not None


def test_edits_where_a_pull_writes_are_kept_in_a_copy(home: Home, environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "support"
    pull(environment, cwd=tmp_path)
    for name, old, new in (("scenario.toml", '"support" IN skills', "level > 1"), ("workers.json", "Ann", "Anna")):
        file = folder / name
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    edited = {name: (folder / name).read_text("utf-8") for name in ("scenario.toml", "workers.json")}
    done = pull(environment, cwd=tmp_path)
    assert done.returncode == 0
    assert "scenario.toml had been edited where a pull writes; as it was, it is in scenario.edited.toml" in done.stderr
    assert "workers.json had been edited" in done.stderr
    assert (folder / "scenario.edited.toml").read_text("utf-8") == edited["scenario.toml"]
    assert (folder / "workers.edited.json").read_text("utf-8") == edited["workers.json"]
    assert sim.load_scenario(folder / "scenario.toml").task_queues[0].target_workers == '"support" IN skills'
    assert pull(environment, cwd=tmp_path).stderr == ""
    (folder / "workers.json").write_text("[]")
    assert "workers.edited-2.json" in pull(environment, cwd=tmp_path).stderr


def test_a_file_of_ones_own_in_the_place_of_a_new_one_is_kept(
    home: Home, environment: dict[str, str], tmp_path: Path
) -> None:
    pull(environment, cwd=tmp_path)
    (tmp_path / "support" / "workflow-late.json").write_text("mine")
    home.space.workflows.create(friendly_name="Late", configuration=escalation(home.queues))
    assert "workflow-late.json had been edited" in pull(environment, cwd=tmp_path).stderr
    assert (tmp_path / "support" / "workflow-late.edited.json").read_text() == "mine"


def test_a_scenario_that_no_longer_goes_with_the_workspace_is_said(
    home: Home, environment: dict[str, str], tmp_path: Path
) -> None:
    pull(environment, cwd=tmp_path)
    file = tmp_path / "support" / "scenario.toml"
    file.write_text(uncommented(file.read_text("utf-8")), "utf-8")
    home.space.workflows(home.workflow).update(friendly_name="Escalated")
    done = pull(environment, cwd=tmp_path)
    assert done.returncode == 0
    assert "does not go with what was fetched now: scenario.toml: tasks[0] (Escalate).workflow" in done.stderr
    assert "nearest is 'Escalated'" in done.stderr
    assert 'workflow = "Escalated"' in file.read_text("utf-8")


def test_a_scenario_that_was_moved_away_is_written_anew(
    home: Home, environment: dict[str, str], tmp_path: Path
) -> None:
    pull(environment, cwd=tmp_path)
    (tmp_path / "support" / "scenario.toml").rename(tmp_path / "support" / "mine.toml")
    assert pull(environment, cwd=tmp_path).returncode == 0
    assert names(tmp_path / "support") == sorted([*FILES, "mine.toml"])


def test_for_machines_it_counts(home: Home, environment: dict[str, str], tmp_path: Path) -> None:
    found = said(environment, "pull", "--out", "support", cwd=tmp_path)
    counts = {key: value for key, value in found.items() if isinstance(value, int)}
    assert counts == {"activities": 4, "workers": 4, "task_queues": 3, "workflows": 1, "task_channels": 6}
    assert (found["workspace_sid"], found["folder"]) == (environment["TWILIO_WORKSPACE_SID"], "support")
    assert (sorted(found["files"]), found["left_out"], found["warnings"]) == (FILES, [], [])


def test_the_token_is_nowhere(home: Home, environment: dict[str, str], tmp_path: Path) -> None:
    printed = [pull(environment, *more, cwd=tmp_path) for more in ((), ("--json",))]
    printed.append(pull({**environment, "TWILIO_WORKSPACE_SID": "WS" + "0" * 32}, cwd=tmp_path))
    token = environment["TWILIO_AUTH_TOKEN"]
    assert not any(token in done.stdout + done.stderr for done in printed)
    assert not any(token in path.read_text("utf-8") for path in (tmp_path / "support").iterdir())


def test_a_single_tasking_workspace_has_no_channels_to_ask_for(tmp_path: Path) -> None:
    with sim.Emulator() as emulator:
        home = filled(emulator, friendly_name="One at a time", multi_task_enabled=False)
        busy = {str(a.friendly_name): str(a.sid) for a in home.space.activities.list()}
        home.space.task_queues(home.queues["Support"]).update(
            reservation_activity_sid=busy["Reserved"], assignment_activity_sid=busy["Lunch"]
        )
        environment = clean(**{**emulator.environment, "TWILIO_WORKSPACE_SID": str(home.space.fetch().sid)})
        assert pull(environment, cwd=tmp_path).returncode == 0
    scenario = sim.load_scenario(tmp_path / "support" / "scenario.toml")
    assert scenario.workspace.multi_task_enabled is False
    queue = scenario.task_queues[0]
    assert (queue.reservation_activity, queue.assignment_activity) == ("Reserved", "Lunch")
    assert [member.channels for member in scenario.workers[0].members] == [{}] * 4
    assert run(clean(), "check", "support/scenario.toml", cwd=tmp_path).returncode == 0


# --- when it does not go smoothly ---


@pytest.mark.parametrize("faults", [{"rate_limit": 9}, {"failures": 0.1, "drops": 0.1}], ids=str)
def test_a_pull_waits_for_the_rate_limit_and_repeats_what_fails(faults: dict[str, Any], tmp_path: Path) -> None:
    with sim.Emulator() as emulator:
        filled(emulator)
        calm = said(clean(**emulator.environment), "pull", "--out", "calm", cwd=tmp_path)
        emulator._server.config.loaded_app._faults = sim.Faults(**faults)  # type: ignore[union-attr]
        rough = said(clean(**emulator.environment), "pull", "--out", "rough", cwd=tmp_path)
    assert rough == {**calm, "folder": "rough"}
    for name in set(FILES) - {"pull.json"}:
        assert (tmp_path / "rough" / name).read_bytes() == (tmp_path / "calm" / name).read_bytes()


def test_a_folder_with_other_things_in_it_is_left_alone(
    home: Home, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "support"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    refused(pull(environment, cwd=tmp_path), 2, "must be new, or empty, or hold an earlier pull", "support")
    assert names(folder) == ["notes.txt"]
    (folder / "pull.json").write_text('{"workspace_sid": 1}')
    refused(pull(environment, cwd=tmp_path), 2, "pull.json", "must be as pull wrote it")
    (folder / "pull.json").write_text(
        json.dumps({"workspace_sid": "WS" + "0" * 32, "files": {}, "workflows": {}}), "utf-8"
    )
    refused(pull(environment, cwd=tmp_path), 2, "holds workspace WS00")
    refused(run(environment, "pull", "--out", "support/notes.txt", cwd=tmp_path), 2, "--out", "is a file")
    assert names(folder) == ["notes.txt", "pull.json"]


def test_an_empty_folder_is_filled(home: Home, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "support").mkdir()
    assert pull(environment, cwd=tmp_path).returncode == 0
    assert names(tmp_path / "support") == FILES


def test_a_scenario_without_the_two_lines_is_refused_and_nothing_changes(
    home: Home, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "support"
    pull(environment, cwd=tmp_path)
    file = folder / "scenario.toml"
    file.write_text(file.read_text("utf-8").replace("# <<<", "#"), "utf-8")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    refused(pull(environment, cwd=tmp_path), 2, "scenario.toml", "'# <<<'", "not 1 and 0", "move the file away")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("variable", "value", "status", "words"),
    [
        ("TWILIO_AUTH_TOKEN", "wrong", 2, ("credentials", "401")),
        ("TWILIO_AUTH_TOKEN", "", 2, ("auth_token", "TWILIO_AUTH_TOKEN")),
        ("TWILIO_WORKSPACE_SID", "WS" + "0" * 32, 2, ("was not found", "404")),
        ("TWILIO_WORKSPACE_SID", "WS1", 2, ("workspace_sid", "WS and 32")),
        ("TASKROUTER_BASE_URL", "http://127.0.0.1:9", 1, ("could not be reached", "refused")),
    ],
)
def test_what_fails_is_explained_as_by_other_commands_and_leaves_nothing(
    environment: dict[str, str], tmp_path: Path, variable: str, value: str, status: int, words: tuple[str, ...]
) -> None:
    wrong = {**environment, variable: value}
    done = pull(wrong, cwd=tmp_path)
    refused(done, status, *words)
    assert names(tmp_path) == []
    if variable != "TWILIO_WORKSPACE_SID":
        assert done.stderr.split(" (")[0] == run(wrong, "activities", "list").stderr.split(" (")[0]


def test_the_workspace_may_come_from_the_environment_and_must_come_from_somewhere(
    environment: dict[str, str], tmp_path: Path
) -> None:
    nowhere = {name: value for name, value in environment.items() if name != "TWILIO_WORKSPACE_SID"}
    refused(run(nowhere, "pull", "--out", "support", cwd=tmp_path), 2, "workspace_sid", "TWILIO_WORKSPACE_SID")
    refused(run(environment, "pull", cwd=tmp_path), 2, "--out")
    assert run(environment, "pull", "--out", "support", cwd=tmp_path).returncode == 0


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an emulator that takes its time."""
    with sim.Emulator(faults=sim.Faults(slow=1.0, delay="150 ms")) as emulator:
        space = filled(emulator).space
        assert space
        yield clean(**emulator.environment)


def test_an_interrupt_leaves_nothing(slow: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "activity_sim", "pull", "--out", "support"]
    with subprocess.Popen(command, env=slow, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30)[1] == "activity-sim: interrupted\n"
    assert process.returncode == 1
    assert names(tmp_path) == []


def test_a_terminal_shows_how_far_it_is(slow: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "activity_sim", "pull", "--out", "support"]
    main, other = pty.openpty()
    with subprocess.Popen(command, env=slow, cwd=tmp_path, stdout=subprocess.PIPE, stderr=other) as process:
        assert process.wait(timeout=60) == 0
    os.close(other)
    assert re.search(rb"\d/4 \[", os.read(main, 65_536))
    os.close(main)


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
    numbers = {member.friendly_name: member.attributes.get("n") for member in group.members}
    assert all(numbers[f"Worker {number}"] == number for number in range(1_003))




def test_the_scenario_of_the_client_is_the_one_that_is_pulled(
    taskrouter_emulator: sim.Emulator, home: Home, environment: dict[str, str], tmp_path: Path
) -> None:
    pull(environment, cwd=tmp_path)
    loaded = sim.load_scenario(tmp_path / "support" / "scenario.toml")
    with taskrouter_emulator.client() as client:
        own = client.scenario(start=loaded.start)
    assert own == loaded
    assert attrs.evolve(own, horizon="8h") != loaded
