"""Lists of Workers, their channels, TaskQueues, Workflows and TaskChannels: all pages, politely, and beside theirs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.rest import Client as Official
from twilio.rest.taskrouter.v1.workspace import WorkspaceContext

from activity_sim import AnswerError, Emulator, Faults, InputError, NotFoundError, TaskRouterClient
from activity_sim.taskrouter.resources import (
    TaskChannelResource,
    TaskQueueResource,
    WorkerChannelResource,
    WorkerResource,
    WorkflowResource,
    described,
)
from tests.taskrouter.scripted import HERE, Answer, Asked, Say, Scripted, refusal

WORKER = "WK" + "0" * 32
CLASSES = (WorkerResource, WorkerChannelResource, TaskQueueResource, WorkflowResource, TaskChannelResource)
KINDS = ("workers", "worker_channels", "task_queues", "workflows", "task_channels")
PARTS: dict[str, tuple[str, str]] = {
    "workers": ("Workers", "workers"),
    "worker_channels": (f"Workers/{WORKER}/Channels", "channels"),
    "task_queues": ("TaskQueues", "task_queues"),
    "workflows": ("Workflows", "workflows"),
    "task_channels": ("TaskChannels", "channels"),
}
"""Where each list is, and what it is called in the answer."""


def official_home(emulator: Emulator) -> WorkspaceContext:
    official = Official(emulator.account_sid, emulator.environment["TWILIO_AUTH_TOKEN"])
    official.taskrouter.base_url = emulator.base_url
    return official.taskrouter.v1.workspaces(emulator.workspace_sid)


@pytest.fixture(scope="module")
def full() -> Iterator[Emulator]:
    """An emulator with seven of everything, made by the official client."""
    with Emulator() as emulator:
        home = official_home(emulator)
        activities = home.activities.list()
        for n in range(7):
            activity = activities[n % 3].sid
            attributes = json.dumps({"level": n, "skills": ["billing", "Größe"][: n % 3]})
            home.workers.create(friendly_name=f"Worker {n}", activity_sid=activity, attributes=attributes)
            queue = home.task_queues.create(
                friendly_name=f"Queue {n}",
                target_workers=f"level > {n}" if n else "",
                reservation_activity_sid=activity,
            )
            said = json.dumps({"task_routing": {"default_filter": {"queue": queue.sid}}}, indent=n)
            home.workflows.create(friendly_name=f"Workflow {n}", configuration=said, task_reservation_timeout=n + 1)
            home.task_channels.create(friendly_name=f"Fax {n}", unique_name=f"fax{n}", channel_optimized_routing=n > 3)
        for worker in home.workers.list():
            home.workers(str(worker.sid)).worker_channels("sms").update(capacity=5, available=False)
        yield emulator


@pytest.fixture(scope="module")
def client(full: Emulator) -> TaskRouterClient:
    return full.client()


def ours(client: TaskRouterClient, kind: str, **options: Any) -> list[Any]:
    """Return the list of *kind*, of the first Worker where it is a Worker's."""
    first = [client.workers.list(limit=1)[0].sid] if kind == "worker_channels" else []
    found: list[Any] = getattr(client, kind).list(*first, **options)
    return found


def theirs(home: WorkspaceContext, kind: str) -> list[Any]:
    if kind == "workers":
        return [home.workers(str(worker.sid)).fetch() for worker in home.workers.list()]
    if kind == "worker_channels":
        return list(home.workers(str(home.workers.list(limit=1)[0].sid)).worker_channels.list())
    return list(getattr(home, kind).list())


def as_ours(value: Any, other: Any) -> dict[str, Any]:
    """Return the fields of *other* that *value* has, as they are in it."""
    found = {}
    for name in (field.name for field in attrs.fields(type(value))):
        said = getattr(other, name)
        said = json.loads(said) if name == "attributes" else said
        found[name] = said.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(said, datetime) else said
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_what_the_official_client_reads_field_by_field(
    full: Emulator, client: TaskRouterClient, kind: str
) -> None:
    found, expected = ours(client, kind), theirs(official_home(full), kind)
    assert len(found) >= 7
    assert [attrs.asdict(one) for one in found] == [
        as_ours(one, other) for one, other in zip(found, expected, strict=True)
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_whole_whatever_its_pages(client: TaskRouterClient, kind: str) -> None:
    whole = ours(client, kind)
    for size in (1, 3, 7, 1_000):
        assert ours(client, kind, page_size=size) == whole
    assert ours(client, kind, limit=3) == ours(client, kind, limit=3, page_size=2) == whole[:3]


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_has_a_row_for_each_and_the_same_kinds_where_there_is_none(
    client: TaskRouterClient, taskrouter_emulator: Emulator, kind: str
) -> None:
    first = [client.workers.list(limit=1)[0].sid] if kind == "worker_channels" else []
    table = getattr(client, kind).table(*first)
    found = ours(client, kind)
    assert list(table.columns) == [field.name for field in attrs.fields(type(found[0]))]
    assert table["sid"].tolist() == [one.sid for one in found]
    if kind in ("workers", "task_queues", "workflows"):
        empty = getattr(taskrouter_emulator.client(), kind).table()
        assert len(empty) == 0
        assert empty.dtypes.to_dict() == table.dtypes.to_dict()


def test_the_filters_are_the_service_s(client: TaskRouterClient) -> None:
    assert [worker.friendly_name for worker in client.workers.list(friendly_name="worker 3")] == ["Worker 3"]
    assert [worker.available for worker in client.workers.list(available=True)] == [True, True]
    assert [worker.available for worker in client.workers.list(available=False)] == [False] * 5
    assert [queue.friendly_name for queue in client.task_queues.list(friendly_name="Queue 3")] == ["Queue 3"]
    assert [workflow.friendly_name for workflow in client.workflows.list(friendly_name="none")] == []


def test_workers_without_their_attributes_are_one_request() -> None:
    with Emulator() as emulator:
        emulator_client = emulator.client()
        official_home(emulator).workers.create(friendly_name="Al", attributes='{"level": 1}')
        (bare,), (whole,) = emulator_client.workers.list(attributes=False), emulator_client.workers.list()
    assert (bare.attributes, whole.attributes) == (None, {"level": 1})
    assert attrs.evolve(bare, attributes={"level": 1}) == whole


def test_a_client_that_meets_the_rate_limit_waits_and_gets_everything() -> None:
    with Emulator(faults=Faults(rate_limit=8)) as limited:
        quick = limited.client(attempts=8)
        home = official_home(limited)
        for n in range(6):
            home.workers.create(friendly_name=f"Worker {n}", attributes=f'{{"n": {n}}}')
        workers = quick.workers.list(page_size=2)
        channels = quick.worker_channels.list(workers[0].sid)
    assert [worker.attributes for worker in workers] == [{"n": n} for n in range(6)]
    assert [channel.configured_capacity for channel in channels] == [1] * 5


@pytest.mark.parametrize("failures", [{"failures": 0.3}, {"drops": 0.3}], ids=str)
def test_lists_are_whole_through_failures(failures: dict[str, float]) -> None:
    with Emulator(faults=Faults(**failures, seed=3)) as failing:
        stubborn = failing.client(attempts=20, backoff=0)
        channels = stubborn.task_channels.list(page_size=1)
    assert [channel.unique_name for channel in channels] == ["default", "voice", "chat", "sms", "video"]


def worker(number: int, **fields: Any) -> dict[str, Any]:
    """Return a Worker as the API's lists have it."""
    sids = {"sid": f"WK{number:032x}", "activity_sid": "WA" + "0" * 32}
    return {**sids, "friendly_name": f"Worker {number}", "available": True, "attributes": None, **fields}


def test_a_worker_that_is_deleted_meanwhile_is_left_out() -> None:
    def script(asked: Asked) -> Answer:
        if asked.path == f"{HERE}/Workers":
            return Say(200, {"workers": [worker(1), worker(2)], "meta": {"next_page_url": None}})
        gone = asked.path.endswith("1")
        return Say(404, refusal(404, "gone", 20404)) if gone else Say(200, worker(2, attributes='{"level": 2}'))

    with Scripted(script) as server:
        (left,) = server.client().workers.list()
    assert (left.friendly_name, left.attributes) == ("Worker 2", {"level": 2})
    assert server.lines == [f"GET {HERE}/Workers", *(f"GET {HERE}/Workers/WK{n:032x}" for n in (1, 2))]


def test_attributes_that_the_list_has_are_not_asked_for_again() -> None:
    page = {"workers": [worker(1, attributes='{"level": 1}')], "meta": {"next_page_url": None}}
    with Scripted([Say(200, page)]) as server:
        assert server.client().workers.list()[0].attributes == {"level": 1}
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_without_its_entries_is_an_answer_error(kind: str) -> None:
    _, key = PARTS[kind]
    first = [WORKER] if kind == "worker_channels" else []
    for body in ({}, {key: None}, {key: {}}, {key: [1]}, {key: [{}]}, {key: [{"sid": "x"}]}):
        with Scripted([Say(200, body)]) as server, pytest.raises(AnswerError, match=r"no list|the answer has no"):
            getattr(server.client(), kind).list(*first)


@pytest.mark.parametrize("kind", KINDS)
def test_each_list_is_asked_for_at_its_place_as_large_as_can_be(kind: str) -> None:
    place, key = PARTS[kind]
    first = [WORKER] if kind == "worker_channels" else []
    with Scripted([Say(200, {key: [], "meta": {}})]) as server:
        assert getattr(server.client(), kind).list(*first) == []
    assert server.lines == [f"GET {HERE}/{place}"]
    assert server.asked[0].query == {"PageSize": "1000"}


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.workers.list(friendly_name=""),
        lambda client: client.workers.list(available="yes"),
        lambda client: client.workers.list(attributes="yes"),
        lambda client: client.workers.list(page_size=1_001),
        lambda client: client.task_queues.list(friendly_name="n" * 65),
        lambda client: client.workflows.list(limit=0),
        lambda client: client.task_channels.list(page_size=0),
        lambda client: client.worker_channels.list("Al"),
        lambda client: client.worker_channels.list("WA" + "0" * 32),
    ],
)
def test_arguments_that_the_api_would_not_have_are_refused_before_anything_is_sent(
    call: Callable[[TaskRouterClient], Any],
) -> None:
    with Scripted([]) as server, pytest.raises(InputError):
        call(server.client())
    assert server.asked == []


def test_the_channels_of_a_worker_that_is_not_there_are_not_found(client: TaskRouterClient) -> None:
    with pytest.raises(NotFoundError) as caught:
        client.worker_channels.list(WORKER)
    assert (caught.value.status, caught.value.code) == (404, 20404)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@settings(max_examples=60)
@given(st.sampled_from(CLASSES), json_values)
def test_what_is_no_resource_is_an_answer_error(cls: type[Any], value: Any) -> None:
    with pytest.raises(AnswerError, match=f"no {cls.__name__.removesuffix('Resource')}: ") as caught:
        described(cls, value, "GET it")
    assert caught.value.__context__ is None


@settings(max_examples=60)
@given(st.sampled_from(KINDS), st.data())
def test_a_resource_with_another_kind_of_value_is_read_or_an_answer_error(
    client: TaskRouterClient, kind: str, data: st.DataObject
) -> None:
    good = ours(client, kind, limit=1)[0]
    name = data.draw(st.sampled_from([field.name for field in attrs.fields(type(good))]))
    said = {**attrs.asdict(good), name: data.draw(json_values)}
    try:
        assert getattr(described(type(good), said, "GET it"), name) == said[name]
    except AnswerError as error:
        assert name in str(error)
