"""The official client works with Workflows as it does with the real service."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from twilio.rest import Client
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext

from tests.emulator.refused import refused
from tests.emulator.wire import MINUTE, UNKNOWN, Clock, Wire

EMPTY = '{"task_routing": {"filters": []}}'


@pytest.fixture
def queue(home: WorkspaceContext) -> str:
    """The SID of a TaskQueue."""
    return str(home.task_queues.create(friendly_name="Support").sid)


def routing(**said: Any) -> str:
    return json.dumps({"task_routing": said})


def whole(queue: str) -> str:
    """Return a configuration that has everything that one can have, spaced as nothing would write it."""
    target = {
        "queue": queue,
        "priority": "10",
        "timeout": 300,
        "expression": "task.lang IN worker.languages",
        "order_by": "worker.level DESC",
        "skip_if": "workers.available == 0",
        "known_worker_sid": "task.agent_sid",
    }
    gold = {"filter_friendly_name": "Gold", "expression": "type == 'ticket' AND value == 'Gold'"}
    filters = [{**gold, "targets": [target, {"timeout": "30", "expression": ""}, {"queue": queue}]}]
    said = {"task_routing": {"filters": filters, "default_filter": {"queue": queue}}, "note": "Größe"}
    return f"  {json.dumps(said, indent=3, ensure_ascii=False)}\n"


def test_a_workflow_keeps_its_configuration_as_it_was_given(home: WorkspaceContext, queue: str) -> None:
    made = home.workflows.create(friendly_name="Calls", configuration=whole(queue))
    for workflow in (made, made.fetch(), home.workflows(str(made.sid)).fetch(), home.workflows.list()[0]):
        assert workflow.configuration == whole(queue)
    assert (made.task_reservation_timeout, made.document_content_type) == (120, "application/json")
    assert (made.assignment_callback_url, made.fallback_assignment_callback_url) == (None, None)


def test_a_workflow_is_changed_and_tells_when(home: WorkspaceContext, queue: str, clock: Clock) -> None:
    made = home.workflows.create(friendly_name="Calls", configuration=EMPTY, task_reservation_timeout=86_400)
    clock.advance(MINUTE)
    assert made.update().date_updated == made.date_updated
    url = "https://example.com/assign"
    changed = made.update(friendly_name="Chats", assignment_callback_url=url, fallback_assignment_callback_url=url)
    assert (changed.friendly_name, changed.configuration, changed.task_reservation_timeout) == ("Chats", EMPTY, 86_400)
    assert changed.assignment_callback_url == changed.fallback_assignment_callback_url == url
    assert changed.date_updated == made.date_created + timedelta(minutes=1)
    again = made.update(configuration=whole(queue), assignment_callback_url="", re_evaluate_tasks="true")
    assert (again.configuration, again.assignment_callback_url) == (whole(queue), None)
    types = [event.event_type for event in home.events.list(workflow_sid=made.sid)]
    assert types == ["workflow.created", "workflow.updated", "workflow.updated"]


def target(**said: Any) -> dict[str, Any]:
    return {"queue": "<queue>", **said}


def one(*targets: Any, **said: Any) -> str:
    return routing(filters=[{"expression": "1 == 1", "targets": list(targets), **said}])


FIRST = "task_routing.filters[0].targets[0]"


@pytest.mark.parametrize(
    ("configuration", "place"),
    [
        ("", "task_routing must be"),
        ("not JSON", "task_routing must be"),
        ("[]", "task_routing must be"),
        ("{}", "task_routing must be"),
        ('{"task_routing": []}', "task_routing must be"),
        ('{"task_routing": {"filters": [], "n": NaN}}', "task_routing must be"),
        ("[" * 5_000, "task_routing must be"),
        (routing(filters={}), "task_routing.filters must be a list"),
        (routing(filters="all"), "task_routing.filters must be a list"),
        (routing(filters=[1]), "task_routing.filters[0] must be an object"),
        (one(target(), expression=None), "task_routing.filters[0].expression is required"),
        (one(target(), expression=""), "task_routing.filters[0].expression is required"),
        (one(target(), expression=1), "task_routing.filters[0].expression must be a text"),
        (one(target(), expression="a >"), "task_routing.filters[0].expression is not an expression"),
        (one(), "task_routing.filters[0].targets must have at least one"),
        (one(target(), targets=None), "task_routing.filters[0].targets must have at least one"),
        (one("all"), f"{FIRST} must be an object"),
        (one({}), f"{FIRST}.queue must be the SID of a task queue"),
        (one({"queue": "Support"}), f"{FIRST}.queue must be"),
        (one({"queue": f"WQ{UNKNOWN}"}), f"{FIRST}.queue must be"),
        (one({"queue": "\ud800"}), f"{FIRST}.queue must be"),
        (one({"queue": ["<queue>"]}), f"{FIRST}.queue must be"),
        (one(target(), {"queue": "Support"}), "task_routing.filters[0].targets[1].queue must be"),
        (one(target(expression="\ud800")), f"{FIRST}.expression is not an expression"),
        (one(target(skip_if="workers.available ==")), f"{FIRST}.skip_if is not an expression"),
        (one(target(order_by=1)), f"{FIRST}.order_by must be a text"),
        (one(target(known_worker_sid=1)), f"{FIRST}.known_worker_sid must be a text"),
        (one(target(priority=-1)), f"{FIRST}.priority must be a whole number of at least 0"),
        (one(target(priority=1.5)), f"{FIRST}.priority must be"),
        (one(target(priority=True)), f"{FIRST}.priority must be"),
        (one(target(timeout=0)), f"{FIRST}.timeout must be a whole number of at least 1"),
        (one(target(timeout="soon")), f"{FIRST}.timeout must be"),
        (one(target(timeout="٣")), f"{FIRST}.timeout must be"),
        (routing(default_filter={}), "task_routing.default_filter.queue must be"),
        (routing(default_filter=[]), "task_routing.default_filter must be an object"),
    ],
)
def test_a_configuration_that_is_none_is_refused_and_the_place_named(
    home: WorkspaceContext, queue: str, configuration: str, place: str
) -> None:
    made = home.workflows.create(friendly_name="Calls", configuration=EMPTY)
    said = configuration.replace("<queue>", queue)
    with refused(400, 20001, f"Configuration: {place}"):
        made.update(configuration=said)
    with refused(400, 20001, f"Configuration: {place}"):
        home.workflows.create(friendly_name="Chats", configuration=said)
    assert [workflow.configuration for workflow in home.workflows.list()] == [EMPTY]


def test_the_longest_configuration_is_taken_and_one_byte_more_is_not(home: WorkspaceContext) -> None:
    longest = '{"task_routing": {"filters": [], "note": "' + "é" * 10
    longest += "x" * (1_038_576 - len((longest + '"}}').encode())) + '"}}'
    assert len(longest.encode()) == 1_038_576
    made = home.workflows.create(friendly_name="Calls", configuration=longest)
    assert made.configuration == made.fetch().configuration == longest
    with refused(400, 20001, "Configuration must have at most 1038576 bytes"):
        made.update(configuration=f" {longest}")


def test_a_queue_of_another_workspace_is_none(client: Client, home: WorkspaceContext) -> None:
    other = client.taskrouter.v1.workspaces.create(friendly_name="Other")
    theirs = client.taskrouter.v1.workspaces(other.sid).task_queues.create(friendly_name="Support")
    with refused(400, 20001, "default_filter.queue must be the SID of a task queue in workspace"):
        home.workflows.create(friendly_name="Calls", configuration=routing(default_filter={"queue": theirs.sid}))


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"friendly_name": " "}, 20002, "FriendlyName must have"),
        ({"task_reservation_timeout": 0}, 20001, "TaskReservationTimeout must be a whole number from 1 to 86400"),
        ({"task_reservation_timeout": 86_401}, 20001, "TaskReservationTimeout must be"),
        ({"assignment_callback_url": "ftp://example.com"}, 20001, "AssignmentCallbackUrl must be a URL"),
        ({"fallback_assignment_callback_url": "x"}, 20001, "FallbackAssignmentCallbackUrl must be a URL"),
    ],
    ids=str,
)
def test_what_a_workflow_cannot_be_is_refused(
    home: WorkspaceContext, given: dict[str, Any], code: int, message: str
) -> None:
    made = home.workflows.create(friendly_name="Calls", configuration=EMPTY)
    with refused(400, code, message):
        made.update(**given)
    with refused(400, code, message):
        home.workflows.create(**{"friendly_name": "Chats", "configuration": EMPTY, **given})
    assert [workflow.friendly_name for workflow in home.workflows.list()] == ["Calls"]


@pytest.mark.parametrize("missing", ["FriendlyName", "Configuration"])
def test_a_workflow_must_have_a_name_and_a_configuration(home: WorkspaceContext, wire: Wire, missing: str) -> None:
    form = {"FriendlyName": "Calls", "Configuration": EMPTY}
    del form[missing]
    answer = wire.ask("POST", f"/Workspaces/{home.fetch().sid}/Workflows", data=form)
    assert answer.status_code == 400
    assert answer.json()["message"] == f"Missing required parameter {missing} in the post body"


def test_the_name_of_a_workflow_is_its_own(home: WorkspaceContext) -> None:
    home.workflows.create(friendly_name="Calls", configuration=EMPTY)
    other = home.workflows.create(friendly_name="Chats", configuration=EMPTY)
    with refused(400, 20001, f"Workflow named Calls already exists for workspace {other.workspace_sid} for account AC"):
        home.workflows.create(friendly_name="Calls", configuration=EMPTY)
    with refused(400, 20001, "Workflow named Calls already exists"):
        other.update(friendly_name="Calls")


def test_workflows_are_listed_by_name_and_in_pages_and_deleted_once(home: WorkspaceContext) -> None:
    made = [home.workflows.create(friendly_name=f"Workflow {n}", configuration=EMPTY) for n in range(7)]
    assert [found.sid for found in home.workflows.list(page_size=2)] == [workflow.sid for workflow in made]
    assert [found.sid for found in home.workflows.list(friendly_name="Workflow 3")] == [made[3].sid]
    last = home.workflows.page(page_size=4).next_page()
    assert last is not None
    back = last.previous_page()
    assert back is not None
    assert [workflow.sid for workflow in back] == [workflow.sid for workflow in made[:4]]
    assert made[3].delete() is True
    for again in (made[3].delete, made[3].fetch, made[3].update, home.workflows(f"WW{UNKNOWN}").fetch):
        with refused(404, 20404, f"The requested resource /Workspaces/{made[3].workspace_sid}/Workflows/WW"):
            again()
    assert len(home.workflows.list()) == 6
