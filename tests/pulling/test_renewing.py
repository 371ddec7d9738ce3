"""A folder that is pulled into again: what was fetched is renewed, and what is its owner's stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import activity_sim as sim
from activity_sim.pulling.pull import Pulled, pull
from tests.pulling.homes import FILES, Home, escalation, filled, names, uncommented

ROSTER = "worker,date,activity,start,end\nAnn,2026-11-23,Available,08:00,16:00\n"
MIRROR = '# mine\n[workspace.mirror]\non_a_task = "Lunch"\n'


@pytest.fixture
def client(taskrouter_emulator: sim.Emulator) -> Iterator[sim.TaskRouterClient]:
    with taskrouter_emulator.client() as client:
        yield client


@pytest.fixture
def home(taskrouter_emulator: sim.Emulator) -> Home:
    return filled(taskrouter_emulator)


@pytest.fixture
def folder(client: sim.TaskRouterClient, home: Home, tmp_path: Path) -> Path:
    """A folder that the workspace was pulled into."""
    pull(client, tmp_path / "support")
    return tmp_path / "support"


def edit(file: Path, *pairs: tuple[str, str]) -> str:
    text = file.read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    return text


def warned(client: sim.TaskRouterClient, folder: Path, *words: str) -> Pulled:
    """Pull again, which must warn of *words*."""
    with pytest.warns(sim.ActivitySimWarning) as caught:
        found = pull(client, folder)
    told = "\n".join(str(warning.message) for warning in caught)
    assert all(word in told for word in words), told
    return found


def test_what_is_the_planners_stays(client: sim.TaskRouterClient, home: Home, folder: Path) -> None:
    file = folder / "scenario.toml"
    (folder / "roster.csv").write_text(ROSTER)
    text = re.sub(r"start = \S+", "start = 2026-11-23T00:00:00", uncommented(file.read_text("utf-8")))
    file.write_text(text.replace("# roster =", "roster =").replace('"1 days"', '"2 days"') + MIRROR, "utf-8")
    edited, before = file.read_text("utf-8"), names(folder)
    home.space.activities.create(friendly_name="Training")
    assert pull(client, folder).is_complete
    assert (names(folder), file.read_text("utf-8")) == (before, edited)
    scenario = sim.load_scenario(file)
    assert (str(scenario.horizon), scenario.tasks[0].workflow) == ("2 days", "Escalate")
    assert scenario.workspace.mirror is not None
    assert "Training" in scenario.workspace.names


def test_edits_where_a_pull_writes_are_kept_in_copies(client: sim.TaskRouterClient, folder: Path) -> None:
    scenario = edit(folder / "scenario.toml", ('"support" IN skills', "level > 1"))
    workers = edit(folder / "workers.json", ("Ann", "Anna"))
    found = warned(client, folder, "scenario.toml had been edited", "it is in scenario.edited.toml", "workers.json had")
    assert found.copies == ("scenario.edited.toml", "workers.edited.json")
    assert (folder / "scenario.edited.toml").read_text("utf-8") == scenario
    assert (folder / "workers.edited.json").read_text("utf-8") == workers
    assert sim.load_scenario(folder / "scenario.toml").task_queues[0].target_workers == '"support" IN skills'
    assert pull(client, folder).copies == ()
    (folder / "workers.json").write_text("[]")
    assert warned(client, folder).copies == ("workers.edited-2.json",)


def test_a_file_of_ones_own_in_the_place_of_a_new_one_is_kept(
    client: sim.TaskRouterClient, home: Home, folder: Path
) -> None:
    (folder / "workflow-late.json").write_text("mine")
    late = home.space.workflows.create(friendly_name="Late", configuration=escalation(home.queues))
    assert warned(client, folder).copies == ("workflow-late.edited.json",)
    assert (folder / "workflow-late.edited.json").read_text() == "mine"
    edit(folder / "workflow-late.json", ("60", "70"))
    home.space.workflows(str(late.sid)).delete()
    pull(client, folder)
    assert "70" in (folder / "workflow-late.json").read_text(), "what was edited is not removed"


def test_a_scenario_that_no_longer_goes_with_the_workspace_is_said(
    client: sim.TaskRouterClient, home: Home, folder: Path
) -> None:
    file = folder / "scenario.toml"
    file.write_text(uncommented(file.read_text("utf-8")), "utf-8")
    home.space.workflows(home.workflow).update(friendly_name="Escalated")
    words = ("does not go with what was fetched now: scenario.toml: tasks[0] (Escalate).workflow", "'Escalated'")
    assert not warned(client, folder, *words).is_complete
    assert '# workflow = "Escalated"' in file.read_text("utf-8")


def test_a_scenario_that_was_moved_away_is_written_anew(client: sim.TaskRouterClient, folder: Path) -> None:
    (folder / "scenario.toml").rename(folder / "mine.toml")
    pull(client, folder)
    assert names(folder) == sorted([*FILES, "mine.toml"])
    assert (folder / "mine.toml").read_bytes() == (folder / "scenario.toml").read_bytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("# <<<", "#"), ("'# <<<'", "not 1 and 0", "move the file away")),
        (("# >>>", "# <<<"), ("not 0 and 2",)),
        (("[workspace]", "# >>>\n[workspace]"), ("not 2 and 1",)),
        (("Workspace", "\ud800"), ("UTF-8",)),
    ],
)
def test_a_scenario_in_which_the_fetched_part_is_not_found_is_refused_and_nothing_changes(
    client: sim.TaskRouterClient, folder: Path, change: tuple[str, str], words: tuple[str, ...]
) -> None:
    file = folder / "scenario.toml"
    file.write_bytes(file.read_text("utf-8").replace(*change).encode("utf-8", "surrogatepass"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(sim.InputError) as caught:
        pull(client, folder)
    assert all(word in str(caught.value) for word in ("scenario.toml: must", *words))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_an_empty_folder_and_one_that_a_link_leads_to_are_filled(
    client: sim.TaskRouterClient, home: Home, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    pull(client, tmp_path / "link")
    assert names(tmp_path / "empty") == FILES
    pull(client, tmp_path / "deep" / "down")
    assert names(tmp_path / "deep") == ["down"]


@pytest.mark.parametrize("faults", [{"rate_limit": 9}, {"failures": 0.1, "drops": 0.1}], ids=str)
def test_the_rate_limit_is_waited_for_and_what_fails_is_repeated(faults: dict[str, float], tmp_path: Path) -> None:
    database = tmp_path / "workspace.db"
    with sim.Emulator(database=database) as emulator, emulator.client() as client:
        filled(emulator)
        pull(client, tmp_path / "calm")
    with (
        sim.Emulator(database=database, faults=sim.Faults(**faults)) as emulator,  # type: ignore[arg-type]
        emulator.client() as client,
    ):
        pull(client, tmp_path / "rough")
    for name in set(FILES) - {"pull.json"}:
        calm, rough = ((tmp_path / folder / name).read_text("utf-8") for folder in ("calm", "rough"))
        assert rough == re.sub(r"http://[\d.:]+", emulator.base_url, calm)


def test_a_single_tasking_workspace_has_its_queues_activities_and_no_capacities(tmp_path: Path) -> None:
    with sim.Emulator() as emulator:
        home = filled(emulator, friendly_name="One at a time", multi_task_enabled=False)
        sids = {str(a.friendly_name): str(a.sid) for a in home.space.activities.list()}
        home.space.task_queues(home.queues["Support"]).update(
            reservation_activity_sid=sids["Reserved"], assignment_activity_sid=sids["Lunch"]
        )
        with emulator.client(workspace_sid=str(home.space.fetch().sid)) as client:
            pull(client, tmp_path / "support")
    scenario = sim.load_scenario(tmp_path / "support" / "scenario.toml")
    assert scenario.workspace.multi_task_enabled is False
    queue = scenario.task_queues[0]
    assert (queue.reservation_activity, queue.assignment_activity) == ("Reserved", "Lunch")
    assert [member.channels for member in scenario.workers[0].members] == [{}] * 4
    assert len(sim.simulate(scenario).tasks) == 0


def test_the_scenario_of_the_client_is_the_one_that_is_pulled(client: sim.TaskRouterClient, folder: Path) -> None:
    loaded = sim.load_scenario(folder / "scenario.toml")
    own = client.scenario(start=loaded.start)
    assert own == loaded
    assert client.scenario(start=loaded.start, horizon="8h") == attrs.evolve(loaded, horizon="8h")


def test_what_was_pulled_can_be_changed_in_python_and_saved(folder: Path, tmp_path: Path) -> None:
    call = sim.Tasks("call", arrivals=sim.Poisson(30), handle_time="4min", workflow="Escalate")
    scenario = attrs.evolve(sim.load_scenario(folder / "scenario.toml"), tasks=[call])
    scenario.save(str(tmp_path / "busier.toml"))
    assert sim.load_scenario(tmp_path / "busier.toml") == scenario
    log = sim.simulate(scenario)
    assert set(log.tasks["task_queue"]) == {"Support"}, "who is not Gold goes to the default filter"
    assert set(log.tasks["outcome"]) >= {"completed"}
