"""The workspace as a scenario takes it: from the API to a simulated day."""

from __future__ import annotations

import json
from typing import Any

import pytest

import activity_sim as sim
from activity_sim import ActivitySimWarning, AnswerError, Emulator, NotFoundError, Workspace
from tests.taskrouter.scripted import HERE, WORKSPACE, Answer, Asked, Say, Scripted, listing, numbered, resource

TWO = [
    resource("Break", sid=f"WA{1:032x}", available=False),
    resource("Break", sid=f"WA{2:032x}", available=False),
    resource("Ready", sid=f"WA{3:032x}", available=True),
]


def space(**fields: Any) -> dict[str, Any]:
    """Return a single-tasking Workspace as the API writes it, with two activities as default and timeout."""
    own = {"sid": WORKSPACE, "friendly_name": "new", "multi_task_enabled": False, "prioritize_queue_order": "LIFO"}
    default = {"default_activity_sid": numbered(1)["sid"], "default_activity_name": "activity 1"}
    timeout = {"timeout_activity_sid": numbered(2)["sid"], "timeout_activity_name": "activity 2"}
    return {**own, **default, **timeout, **fields}


def fetched(resource: Any, *activities: dict[str, Any]) -> Workspace:
    def script(asked: Asked) -> Answer:
        return Say(200, resource if asked.path == HERE else listing(*activities))

    with Scripted(script) as server, server.client() as client:
        return client.workspace()


def test_a_workspace_has_the_rules_and_activities_of_the_api() -> None:
    workspace = fetched(space(), numbered(1), numbered(2), numbered(3))
    assert (workspace.multi_task_enabled, workspace.prioritize_queue_order) == (False, "LIFO")
    assert (workspace.default_activity, workspace.timeout_activity) == ("activity 1", "activity 2")
    assert workspace.names == ("activity 1", "activity 2", "activity 3")
    assert [activity.sid for activity in workspace.activities] == [numbered(number)["sid"] for number in (1, 2, 3)]
    assert all(activity.available for activity in workspace.activities)


def test_the_default_is_found_by_its_sid_where_its_name_has_changed() -> None:
    workspace = fetched(space(default_activity_name="old name", timeout_activity_name=None), numbered(1), numbered(2))
    assert (workspace.default_activity, workspace.timeout_activity) == ("activity 1", "activity 2")


def test_activities_of_the_same_name_are_told_apart_and_the_right_one_is_the_default() -> None:
    given = space(
        default_activity_sid=TWO[1]["sid"],
        default_activity_name="Break",
        timeout_activity_sid=TWO[0]["sid"],
        timeout_activity_name="Break",
    )
    with pytest.warns(ActivitySimWarning, match=r"'Break', are told apart as 'Break \(0001\)', 'Break \(0002\)'"):
        workspace = fetched(given, *TWO)
    assert (workspace.default_activity, workspace.timeout_activity) == ("Break (0002)", "Break (0001)")
    assert workspace.names == ("Break (0001)", "Break (0002)", "Ready")


@pytest.mark.parametrize("place", ["default_activity", "timeout_activity"])
def test_a_default_that_is_not_in_the_list_is_an_answer_error(place: str) -> None:
    gone = space(**{f"{place}_sid": "WA" + "9" * 32, f"{place}_name": "gone"})
    with pytest.raises(AnswerError, match=f"no Workspace: {place}: must be one of 'activity 1'.* not 'gone'"):
        fetched(gone, numbered(1), numbered(2))


@pytest.mark.parametrize("key", [key for key in space() if key not in ("sid", "friendly_name")])
def test_a_workspace_without_a_field_is_an_answer_error(key: str) -> None:
    given = {name: value for name, value in space().items() if name != key}
    with pytest.raises(AnswerError, match=f"the answer has no Workspace: .*{key}"):
        fetched(given, numbered(1), numbered(2))


@pytest.mark.parametrize(
    "fields",
    [
        {"multi_task_enabled": "yes"},
        {"multi_task_enabled": None},
        {"prioritize_queue_order": "RANDOM"},
        {"default_activity_sid": ["WA"]},
        {"timeout_activity_sid": {}},
    ],
    ids=str,
)
def test_a_workspace_with_a_field_of_another_kind_is_an_answer_error(fields: dict[str, Any]) -> None:
    with pytest.raises(AnswerError, match="the answer has no Workspace"):
        fetched(space(**fields), numbered(1), numbered(2))


def test_an_empty_answer_is_an_answer_error() -> None:
    with pytest.raises(AnswerError, match="the answer has no Workspace"):
        fetched(None, numbered(1), numbered(2))


def test_a_workspace_without_activities_is_an_answer_error() -> None:
    with pytest.raises(AnswerError, match="must have at least one activity"):
        fetched(space())


def test_activities_without_sids_are_an_answer_error() -> None:
    nameless = [{key: value for key, value in activity.items() if key != "sid"} for activity in TWO]
    with pytest.raises(AnswerError, match="sid"):
        fetched(space(default_activity_name="Ready", timeout_activity_name="Ready"), *nameless)


def test_a_workspace_that_is_not_there_is_not_found(taskrouter_emulator: Emulator) -> None:
    with pytest.raises(NotFoundError) as caught:
        taskrouter_emulator.client(workspace_sid=WORKSPACE).workspace()
    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_a_new_workspace_is_the_models_own(taskrouter_emulator: Emulator) -> None:
    workspace = taskrouter_emulator.client().workspace()
    own = Workspace()
    assert workspace.names == own.names
    assert [a.available for a in workspace.activities] == [a.available for a in own.activities]
    rules = ("multi_task_enabled", "prioritize_queue_order", "default_activity", "timeout_activity")
    assert [getattr(workspace, rule) for rule in rules] == [getattr(own, rule) for rule in rules]


def scenario(workspace: Workspace) -> sim.Scenario:
    return sim.Scenario(
        horizon="8h",
        workspace=workspace,
        workers=[sim.Workers("Tier 1", count=3, shifts=[sim.Shift("on-call", "00:00", "08:00")])],
        tasks=[sim.Tasks("call", arrivals=sim.Poisson(30), handle_time="4min")],
    )


def test_a_workspace_of_the_api_is_simulated(taskrouter_emulator: Emulator) -> None:
    with taskrouter_emulator.client() as client:
        client.activities.create("on-call", available=True)
        workspace = client.workspace()
    log = sim.simulate(scenario(workspace))
    table = sim.reports.time_by_activity(log).set_index("friendly_name")
    assert list(table.index) == ["Offline", "Unavailable", "Available", "on-call"]
    assert len(log.reservations) == len(log.tasks) > 100


def test_a_simulated_day_is_the_same_with_a_workspace_written_by_hand(taskrouter_emulator: Emulator) -> None:
    with taskrouter_emulator.client() as client:
        client.activities.create("on-call", available=True)
        fetched = client.workspace()
    names = [(activity.friendly_name, activity.available) for activity in fetched.activities]
    written = Workspace(activities=[sim.Activity(name, available) for name, available in names])
    one, other = sim.simulate(scenario(fetched)), sim.simulate(scenario(written))
    assert one.spells.equals(other.spells)
    assert one.reservations.equals(other.reservations)
    assert len(one.reservations) > 100


def test_a_scenario_with_a_fetched_workspace_is_saved_and_read_again(
    taskrouter_emulator: Emulator, tmp_path: Any
) -> None:
    with taskrouter_emulator.client() as client:
        client.activities.create("on-call", available=True)
        before = scenario(client.workspace())
    before.save(tmp_path / "day.toml")
    again = sim.load_scenario(tmp_path / "day.toml")
    assert again.workspace.names == before.workspace.names
    assert sim.simulate(again).spells.equals(sim.simulate(before).spells)
    assert json.dumps(again.workspace.default_activity) == '"Offline"'
