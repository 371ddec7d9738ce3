"""Each rule, switched the other way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
import pytest
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext

from activity_sim import Emulator, InputError, Rules
from tests.emulator.conftest import official
from tests.emulator.refused import refused
from tests.emulator.wire import MORNING, SECOND, Clock


@contextmanager
def under(rules: Rules, clock: Clock | None = None) -> Iterator[WorkspaceContext]:
    """Give the workspace of an emulator that has *rules*."""
    with Emulator(rules=rules, clock=clock or Clock()) as emulator:
        yield official(emulator).taskrouter.v1.workspaces(emulator.workspace_sid)


def test_without_unique_names_a_name_may_come_twice() -> None:
    with under(Rules(unique_names=False)) as home:
        twins = [home.activities.create(friendly_name="Lunch") for _ in range(2)]
        assert [found.sid for found in home.activities.list(friendly_name="Lunch")] == [twin.sid for twin in twins]
        assert home.activities.create(friendly_name="Break").update(friendly_name="Lunch").friendly_name == "Lunch"
        home.workers.create(friendly_name="Al")
        with refused(400, 20001, "Worker named al already exists"):
            home.workers.create(friendly_name="al")


def test_with_delete_in_use_the_workers_go_to_the_default_activity() -> None:
    clock = Clock(MORNING // SECOND * SECOND)
    with under(Rules(delete_in_use=True), clock) as home:
        lunch = home.activities.create(friendly_name="Lunch", available=True)
        workers = [home.workers.create(friendly_name=name, activity_sid=lunch.sid) for name in ("Al", "Bo")]
        clock.advance(90 * SECOND)
        assert lunch.delete()
        assert [worker.fetch().activity_name for worker in workers] == ["Offline", "Offline"]
        moves = home.events.list(event_type="worker.activity.update")
        assert [(move.event_data or {})["worker_previous_activity_name"] for move in moves] == ["Lunch", "Lunch"]
        assert [(move.event_data or {})["worker_time_in_previous_activity"] for move in moves] == ["90", "90"]
        rows = home.workers.cumulative_statistics().fetch().activity_durations or []
        assert {row["friendly_name"]: row["total"] for row in rows}["Lunch"] == 180


def test_without_unique_names_workflows_may_have_one_name_and_queues_may_not() -> None:
    with under(Rules(unique_names=False)) as home:
        for _ in range(2):
            home.workflows.create(friendly_name="Inbound", configuration='{"task_routing": {}}')
        home.task_queues.create(friendly_name="Support")
        with refused(400, 20001, "Queue named Support already exists"):
            home.task_queues.create(friendly_name="Support")


def test_with_delete_in_use_a_queue_loses_its_activity_and_a_workflow_its_queue() -> None:
    with under(Rules(delete_in_use=True)) as home:
        lunch = home.activities.create(friendly_name="Lunch")
        queue = home.task_queues.create(friendly_name="Support", assignment_activity_sid=lunch.sid)
        said = json.dumps({"task_routing": {"default_filter": {"queue": queue.sid}}})
        workflow = home.workflows.create(friendly_name="Inbound", configuration=said)
        assert lunch.delete()
        left = queue.fetch()
        assert (left.assignment_activity_sid, left.assignment_activity_name) == (None, None)
        assert queue.delete()
        assert workflow.fetch().configuration == said
        assert workflow.update(friendly_name="Calls").friendly_name == "Calls"
        with refused(400, 20001, "must be the SID of a task queue"):
            workflow.update(configuration=said)


def test_with_unread_expressions_they_are_kept_and_nobody_meets_them() -> None:
    with under(Rules(unread_expressions=True)) as home:
        worker = home.workers.create(friendly_name="Al")
        queue = home.task_queues.create(friendly_name="Support", target_workers="so it ?? be")
        one = {"expression": "so it ?? be", "targets": [{"queue": queue.sid}]}
        said = json.dumps({"task_routing": {"filters": [one]}})
        assert home.workflows.create(friendly_name="Inbound", configuration=said).configuration == said
        assert queue.fetch().target_workers == "so it ?? be"
        assert home.workers.list(task_queue_sid=queue.sid) == home.task_queues.list(worker_sid=worker.sid) == []
        with refused(400, 20001, "TargetWorkers must have at most"):
            queue.update(target_workers="?" * 65_537)


@pytest.mark.parametrize("kind", ["default", "timeout"])
def test_with_delete_in_use_the_default_and_the_timeout_activity_stay_all_the_same(kind: str) -> None:
    with under(Rules(delete_in_use=True)) as home:
        lunch = home.activities.create(friendly_name="Lunch")
        home.update(**{f"{kind}_activity_sid": lunch.sid})
        with refused(400, 20001, f"it is the {kind} activity"):
            lunch.delete()


@pytest.mark.parametrize("code", [20001, 20002])
def test_the_code_of_a_name_that_cannot_be_one(code: int) -> None:
    with under(Rules(name_code=code)) as home:
        for name in ("", "n" * 65, "a\nb"):
            with refused(400, code, "FriendlyName must have"):
                home.activities.create(friendly_name=name)
            with refused(400, code, "FriendlyName must have"):
                home.activities.list(limit=1)[0].update(friendly_name=name)


@pytest.mark.parametrize("status", [403, 409, 422])
def test_the_status_of_one_activity_too_many(status: int) -> None:
    with under(Rules(limit_status=status)) as home:
        for n in range(97):
            home.activities.create(friendly_name=f"Activity {n}")
        with refused(status, 20001, "The maximum of 100 activities"):
            home.activities.create(friendly_name="One too many")


def test_rules_are_read_from_texts() -> None:
    switched = ["unique_names=false", "delete_in_use=true", "unread_expressions=true"]
    given = [*switched, "name_code=20001", "limit_status=409"]
    rules = Rules.read(given)
    assert attrs.asdict(rules) == {
        "unique_names": False,
        "delete_in_use": True,
        "unread_expressions": True,
        "name_code": 20001,
        "limit_status": 409,
    }
    assert all(getattr(rules, name) != usual for name, usual in attrs.asdict(Rules()).items())


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("unique_names=perhaps", "unique_names"),
        ("unique_names", "unique_names"),
        ("delete_in_use=2", "delete_in_use"),
        ("name_code=20003", "name_code"),
        ("name_code=true", "name_code"),
        ("limit_status=200", "limit_status"),
        ("limit_status=500", "limit_status"),
        ("limit_status=400.5", "limit_status"),
        ("colour=red", "colour"),
    ],
)
def test_a_rule_that_cannot_be_is_an_input_error_that_names_it(given: str, place: str) -> None:
    with pytest.raises(InputError, match=place):
        Rules.read([given])
