"""Every operation, called on a real socket, answers as the OpenAPI description of the service says."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from activity_sim import Emulator
from activity_sim.emulator.routes import OPERATIONS, VERSION
from tests.emulator.conformance import DESCRIPTION, check, complaints, described, shape
from tests.emulator.wire import UNKNOWN, Clock, Wire

DURATIONS = {"sid", "friendly_name", "min", "avg", "max", "total"}
ENDS = ("created", "accepted", "rejected", "timed_out", "canceled", "rescinded")
RESERVATIONS = {f"reservations_{end}" for end in ENDS}
CUMULATIVE = {"activity_durations", "start_time", "end_time", *RESERVATIONS}
LISTS = {
    "/Workspaces": "workspaces",
    "/Activities": "activities",
    "/Workers": "workers",
    "/Channels": "channels",
    "/TaskQueues": "task_queues",
    "/Workflows": "workflows",
    "/TaskChannels": "channels",
    "/Events": "events",
}
SERVED = [(method, path) for path, operations in OPERATIONS.items() for method in operations]
PARAMETERS = [
    (path, parameter)
    for path, operations in DESCRIPTION["paths"].items()
    for parameter in operations.get("get", {}).get("parameters", [])
    if parameter["in"] == "query" and parameter["name"] != "PageToken"  # a token is what a page says it is
]
FORMS: dict[str, dict[str, str]] = {
    "/Workspaces": {
        "FriendlyName": "Front office",
        "EventCallbackUrl": "https://example.com/events",
        "EventsFilter": "worker.activity.update",
        "MultiTaskEnabled": "false",
        "Template": "NONE",
        "PrioritizeQueueOrder": "LIFO",
    },
    "/Workspaces/{}": {
        "FriendlyName": "Back office",
        "DefaultActivitySid": "<activity>",
        "TimeoutActivitySid": "<activity>",
        "EventCallbackUrl": "",
        "EventsFilter": "",
        "MultiTaskEnabled": "true",
        "PrioritizeQueueOrder": "FIFO",
    },
    "/Workspaces/{}/Activities": {"FriendlyName": "On call", "Available": "true"},
    "/Workspaces/{}/Activities/{}": {"FriendlyName": "Off call"},
    "/Workspaces/{}/Workers": {"FriendlyName": "Bo", "ActivitySid": "<activity>", "Attributes": '{"level": 3}'},
    "/Workspaces/{}/Workers/{}": {
        "FriendlyName": "Di",
        "ActivitySid": "<activity>",
        "Attributes": "{}",
        "RejectPendingReservations": "true",
    },
    "/Workspaces/{}/Workers/{}/Channels/{}": {"Capacity": "3", "Available": "false"},
    "/Workspaces/{}/TaskQueues": {
        "FriendlyName": "Sales",
        "TargetWorkers": 'skills HAS "sales"',
        "MaxReservedWorkers": "5",
        "TaskOrder": "LIFO",
        "ReservationActivitySid": "<activity>",
        "AssignmentActivitySid": "<activity>",
    },
    "/Workspaces/{}/TaskQueues/{}": {
        "FriendlyName": "Billing",
        "TargetWorkers": 'skills HAS "billing"',
        "ReservationActivitySid": "<activity>",
        "AssignmentActivitySid": "<activity>",
        "MaxReservedWorkers": "50",
        "TaskOrder": "LIFO",
    },
    "/Workspaces/{}/Workflows": {
        "FriendlyName": "Inbound",
        "Configuration": '{"task_routing": {"default_filter": {"queue": "<queue>"}}}',
        "AssignmentCallbackUrl": "https://example.com/assign",
        "FallbackAssignmentCallbackUrl": "https://example.com/instead",
        "TaskReservationTimeout": "30",
    },
    "/Workspaces/{}/Workflows/{}": {
        "FriendlyName": "Outbound",
        "AssignmentCallbackUrl": "https://example.com/assign",
        "FallbackAssignmentCallbackUrl": "https://example.com/instead",
        "Configuration": '{"task_routing": {"filters": []}}',
        "TaskReservationTimeout": "86400",
        "ReEvaluateTasks": "true",
    },
    "/Workspaces/{}/TaskChannels": {
        "FriendlyName": "Outbound voice",
        "UniqueName": "ovoice",
        "ChannelOptimizedRouting": "true",
    },
    "/Workspaces/{}/TaskChannels/{}": {"FriendlyName": "Fax", "ChannelOptimizedRouting": "true"},
}
KINDS = {
    "Workspaces": "workspace",
    "Activities": "activity",
    "Workers": "worker",
    "Channels": "channel",
    "TaskQueues": "queue",
    "Workflows": "workflow",
    "TaskChannels": "task_channel",
    "Events": "event",
}


ROUTING = '{"task_routing": {}}'
FAX = {"FriendlyName": "Fax machines", "UniqueName": "fax"}


@attrs.frozen
class World:
    """Hold a workspace in which there is one of everything."""

    wire: Wire
    sids: dict[str, str]

    def path(self, path: str) -> str:
        """Return *path* with SIDs that exist in place of its parameters."""
        steps = path.removeprefix(VERSION).split("/")
        pairs = zip(["", *steps], steps, strict=False)
        return "/".join(self.sids[KINDS[folder]] if step.startswith("{") else step for folder, step in pairs)

    def form(self, path: str) -> dict[str, str]:
        places = ("activity", "queue")
        form = dict(FORMS[shape(path)])
        for place in places:
            form = {name: value.replace(f"<{place}>", self.sids[place]) for name, value in form.items()}
        return form


@pytest.fixture
def world(wire: Wire) -> World:
    workspace = wire.got("POST", "/Workspaces", data={"FriendlyName": "World"})["sid"]
    home = f"/Workspaces/{workspace}"
    activity = wire.got("POST", f"{home}/Activities", data={"FriendlyName": "Lunch"})["sid"]
    worker = wire.got("POST", f"{home}/Workers", data={"FriendlyName": "Al"})["sid"]
    sids = {
        "workspace": workspace,
        "activity": activity,
        "worker": worker,
        "channel": wire.all(f"{home}/Workers/{worker}/Channels")[0]["sid"],
        "queue": wire.got("POST", f"{home}/TaskQueues", data={"FriendlyName": "Support"})["sid"],
        "workflow": wire.got("POST", f"{home}/Workflows", data={"FriendlyName": "Calls", "Configuration": ROUTING})[
            "sid"
        ],
        "task_channel": wire.got("POST", f"{home}/TaskChannels", data=FAX)["sid"],
        "event": wire.all(f"{home}/Events")[0]["sid"],
    }
    return World(wire, sids)


def test_every_operation_that_is_served_is_in_the_description_and_none_besides() -> None:
    theirs = {
        (method.upper(), shape(path)) for path, operations in DESCRIPTION["paths"].items() for method in operations
    }
    assert {(method, shape(VERSION + path)) for method, path in SERVED} == theirs


@pytest.mark.parametrize(("method", "path"), SERVED)
def test_each_operation_answers_as_described(world: World, method: str, path: str) -> None:
    options = {"data": world.form(path)} if method == "POST" else {}
    check(world.wire.ask(method, world.path(path), **options), VERSION + path)


@pytest.mark.parametrize("path", [path for method, path in SERVED if method == "POST"])
def test_each_form_has_all_parameters_of_the_description(path: str) -> None:
    content = described("POST", VERSION + path)["requestBody"]["content"]["application/x-www-form-urlencoded"]
    assert set(FORMS[shape(path)]) == set(content["schema"]["properties"])


@pytest.mark.parametrize("path", [path for method, path in SERVED if method == "POST"])
def test_each_form_with_the_required_parameters_alone_is_enough(world: World, path: str) -> None:
    content = described("POST", VERSION + path)["requestBody"]["content"]["application/x-www-form-urlencoded"]
    required = {name: world.form(path)[name] for name in content["schema"].get("required", [])}
    check(world.wire.ask("POST", world.path(path), data=required), VERSION + path)


@pytest.mark.parametrize("path", [path for method, path in SERVED if method == "POST"])
def test_what_a_form_says_is_in_the_answer_and_stays(world: World, path: str) -> None:
    form = world.form(path)
    made = check(world.wire.ask("POST", world.path(path), data=form), VERSION + path)
    names = {name: "".join(f"_{c.lower()}" if c.isupper() else c for c in name)[1:] for name in form}
    names |= {"Capacity": "configured_capacity"}
    said = {names[name]: value for name, value in form.items() if names[name] in made}
    yes_or_no = {name: value == "true" for name, value in said.items() if value in ("true", "false")}
    assert said
    numbers = {name: int(value) for name, value in said.items() if value.isdigit()}
    assert {name: made[name] for name in said} == {**said, **yes_or_no, **numbers}
    assert world.wire.session.get(made["url"]).json() == made


@pytest.mark.parametrize(("path", "parameter"), PARAMETERS, ids=lambda it: it if isinstance(it, str) else it["name"])
def test_each_parameter_of_a_query_is_taken(world: World, path: str, parameter: dict[str, Any]) -> None:
    schema, name = parameter["schema"], parameter["name"]
    ordering = "DateUpdated:asc" if path.endswith("TaskQueues") else "DateStatusChanged:asc"
    values = {"Ordering": ordering, "TargetWorkersExpression": "1 == 1", "EvaluateWorkerAttributes": "{}"}
    prefix = schema.get("pattern", "^")[1:3]
    moment = "2026-11-23T08:00:00Z" if name == "StartDate" else "2099-01-01T00:00:00Z"
    value = f"{prefix}{UNKNOWN}" if prefix else moment if schema.get("format") == "date-time" else "1"
    answer = world.wire.ask("GET", world.path(path), params={name: values.get(name, value)})
    check(answer, path)


@pytest.mark.parametrize("path", [path for path in OPERATIONS if path.endswith(tuple(LISTS))])
def test_lists_name_themselves_and_link_to_their_pages(world: World, path: str) -> None:
    body = check(world.wire.ask("GET", world.path(path), params={"PageSize": 1}), VERSION + path)
    assert body["meta"]["key"] == LISTS[f"/{path.rpartition('/')[2]}"]
    assert len(body[body["meta"]["key"]]) == 1
    assert (body["meta"]["page"], body["meta"]["page_size"]) == (0, 1)
    for link in ("url", "first_page_url"):
        assert check(world.wire.session.get(body["meta"][link]), VERSION + path) == body


def test_links_lead_to_everything_that_is_served_but_the_list_of_workspaces(world: World) -> None:
    served = {re.sub(r"\{\w+\}", "[A-Z]{2}[0-9a-f]{32}", world.wire.base + path): VERSION + path for path in OPERATIONS}
    reached = set()
    for path in (path for path in OPERATIONS if path.endswith("sid}")):
        resource = world.wire.got("GET", world.path(path))
        for url in (resource["url"], *resource.get("links", {}).values()):
            there = next((known for pattern, known in served.items() if re.fullmatch(pattern, url)), None)
            if there:
                check(world.wire.session.get(url), there)
                reached.add(there)
    assert set(served.values()) - reached == {f"{VERSION}/Workspaces"}


def test_statistics_have_the_parts_of_the_samples(world: World) -> None:
    workers = world.path("/Workspaces/{w}/Workers")
    both = world.wire.got("GET", f"{workers}/Statistics")
    own = world.wire.got("GET", f"{workers}/{world.sids['worker']}/Statistics")
    flat = world.wire.got("GET", f"{workers}/CumulativeStatistics")
    assert set(both["cumulative"]) == set(own["cumulative"]) == CUMULATIVE
    assert set(flat) == CUMULATIVE | {"account_sid", "workspace_sid", "url"}
    for cumulative in (both["cumulative"], own["cumulative"], flat):
        assert all(set(row) == DURATIONS for row in cumulative["activity_durations"])
        assert all(type(row[name]) is int for row in cumulative["activity_durations"] for name in ("min", "total"))
        assert len(cumulative["activity_durations"]) == 4
    assert set(both["realtime"]) == {"activity_statistics", "total_workers"}
    assert all(set(row) == {"sid", "friendly_name", "workers"} for row in both["realtime"]["activity_statistics"])


def test_only_workers_have_a_version(world: World) -> None:
    read = [path for method, path in SERVED if method == "GET"]
    with_version = [path for path in read if "ETag" in world.wire.ask("GET", world.path(path)).headers]
    assert with_version == ["/Workspaces/{workspace_sid}/Workers/{sid}"]


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda it: it.pop("links"), "'links' is a required property"),
        (lambda it: it.update(extra=1), "'extra' was unexpected"),
        (lambda it: it.update(available="true"), "is not of type 'boolean', 'null'"),
        (lambda it: it.update(sid="WK" + UNKNOWN), "does not match '^WA"),
        (lambda it: it.update(date_created="2026-11-23T08:00:00.5Z"), "is not a 'date-time'"),
        (lambda it: it.update(date_created="1-11-23T08:00:00Z"), "is not a 'date-time'"),
        (lambda it: it.update(url="/v1/Workspaces"), "is not a 'uri'"),
        (lambda it: it.update(url="http://a/b\nc"), "is not a 'uri'"),
        (lambda it: it.update(links={"workspace": "here"}), "is not a 'uri-map'"),
    ],
)
def test_an_answer_that_is_not_as_described_is_noticed(
    world: World, spoil: Callable[[dict[str, Any]], object], complaint: str
) -> None:
    path = VERSION + "/Workspaces/{}/Activities/{}"
    body = check(world.wire.ask("GET", world.path("/Workspaces/{w}/Activities/{a}")), path)
    spoiled = copy.deepcopy(body)
    spoil(spoiled)
    found = complaints("GET", path, 200, spoiled)
    assert len(found) == 1
    assert complaint in found[0]


@pytest.mark.parametrize(("method", "status", "body"), [("GET", 404, {}), ("POST", 201, {}), ("DELETE", 204, {})])
def test_a_status_or_body_that_is_not_described_is_noticed(method: str, status: int, body: object) -> None:
    assert complaints(method, VERSION + "/Workspaces/{}/Activities/{}", status, body)


class Breakable(Clock):
    """Tell the time until it is broken."""

    broken = False

    def __call__(self) -> int:
        if self.broken:
            raise RuntimeError("the clock is broken")
        return super().__call__()


def test_a_failure_of_its_own_is_told_as_the_service_tells_one_and_undoes_everything() -> None:
    clock = Breakable()
    with Emulator(clock=clock) as emulator:
        wire = Wire(emulator)
        before = wire.all(f"{wire.home}/Activities")
        clock.broken = True
        failed = wire.ask("POST", f"{wire.home}/Activities", data={"FriendlyName": "Lunch"})
        clock.broken = False
        assert wire.all(f"{wire.home}/Activities") == before
        wire.got("POST", f"{wire.home}/Activities", data={"FriendlyName": "Lunch"})
    assert failed.status_code == 500
    assert failed.headers["Content-Type"] == "application/json"
    assert failed.json() == {"message": "An error occurred", "status": 500}
