"""Whatever is sent, the emulator never fails, and it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activity_sim import Emulator
from activity_sim.emulator.routes import OPERATIONS
from tests.emulator.wire import UNKNOWN, Failures, Wire, basic, sent

PARAMETERS = (
    *("FriendlyName", "Available", "PageSize", "Page", "PageToken", "ActivityName", "ActivitySid", "Attributes"),
    *("TargetWorkersExpression", "Ordering", "Minutes", "StartDate", "EndDate", "EventType", "WorkerSid", "Sid"),
    *("DefaultActivitySid", "TimeoutActivitySid", "EventCallbackUrl", "EventsFilter", "MultiTaskEnabled", "Template"),
    *("PrioritizeQueueOrder", "RejectPendingReservations", "TaskQueueName", "TaskQueueSid", "TaskChannel"),
    *("TargetWorkers", "MaxReservedWorkers", "TaskOrder", "ReservationActivitySid", "EvaluateWorkerAttributes"),
    *("Configuration", "AssignmentCallbackUrl", "TaskReservationTimeout", "UniqueName", "Capacity", "WorkflowSid"),
)
VALUES = (
    *(b"", b"true", b"1", b"0", b"-1", b"50", b"1001", b"PA1-1", b"PB0-0", b"DateStatusChanged:desc", b"FIFO", b"LIFO"),
    *(b"2026-11-23T08:00:00Z", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b'{"a": [1, "x"]}', b"Al"),
    *(b"a > 1", b'a HAS "x" OR NOT a == 1', b"worker.activity.update", b"http://[", b"https://example.com", b"\xff"),
    *(b'{"task_routing": {"filters": [{"expression": "1==1", "targets": [{"queue": "\\ud800"}]}]}}', b"voice", b"fax"),
    *(
        b'{"task_routing": {"default_filter": {"queue": "WQ", "priority": "1"}}}',
        b"DateUpdated:desc",
        b"Q",
        b"1==1",
    ),
    *(b"9" * 30, b"{}", b"[]", b"null", b"NONE", b"\xed\xa0\x80", b"%", b"'", b"\0"),
)

values = st.one_of(st.sampled_from(VALUES), st.binary(max_size=30), st.text(max_size=80).map(str.encode))
names = st.one_of(st.sampled_from(PARAMETERS).map(str.encode), st.binary(max_size=10))
pairs = st.lists(st.tuples(names, values), max_size=5)
encoded = st.one_of(
    pairs.map(lambda given: "&".join(f"{quote_from_bytes(k)}={quote_from_bytes(v)}" for k, v in given).encode()),
    st.binary(max_size=60),
)
methods = st.one_of(
    st.sampled_from(["GET", "POST", "POST", "DELETE", "HEAD", "PUT", "PATCH", "OPTIONS", "TRACE"]).map(str.encode),
    st.from_regex(rb"[A-Z]{1,12}", fullmatch=True),
)
sids = st.one_of(
    st.sampled_from(
        [*("{activity}", "{worker}", "{event}", "{queue}", "{workflow}", "voice", "fax"), f"WA{UNKNOWN}", "Statistics"]
    ),
    st.binary(max_size=12).map(lambda step: quote_from_bytes(step, safe="")),
)
paths = st.one_of(
    st.tuples(st.sampled_from(list(OPERATIONS)), sids).map(
        lambda it: "/v1" + it[0].replace("{sid}", it[1]).replace("{worker_sid}", "{worker}")
    ),
    st.binary(max_size=40).map(lambda step: "/" + quote_from_bytes(step)),
    st.text("/.%0aAZ{}v1?#*:@", max_size=20),
)
headers = st.lists(
    st.tuples(
        st.sampled_from([b"If-Match", b"Content-Type", b"Accept", b"Host", b"Expect", b"Range", b"Upgrade", b"X"]),
        st.one_of(
            st.sampled_from([b'"0"', b"*", b"application/json", b"application/x-www-form-urlencoded", b"100-continue"]),
            st.binary(max_size=20),
        ),
    ),
    max_size=3,
)


class Ground:
    """Hold a workspace to be fuzzed, a new one whenever the last has been deleted."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.wire = Wire(emulator)
        self.who = b"".join(f"{name}: {value}\r\n".encode() for name, value in basic(emulator).items())
        self.sids = self._anew()

    def _anew(self) -> dict[str, str]:
        workspace = self.wire.got("POST", "/Workspaces", data={"FriendlyName": "Ground"})["sid"]
        home = f"/Workspaces/{workspace}"
        worker = self.wire.got("POST", f"{home}/Workers", data={"FriendlyName": "Al", "Attributes": '{"a": ["x"]}'})
        queue = self.wire.got("POST", f"{home}/TaskQueues", data={"FriendlyName": "Q"})
        form = {"FriendlyName": "W", "Configuration": '{"task_routing": {}}'}
        workflow = self.wire.got("POST", f"{home}/Workflows", data=form)
        self.wire.got("POST", f"{home}/TaskChannels", data={"FriendlyName": "Fax", "UniqueName": "fax"})
        event = self.wire.all(f"{home}/Events")[0]
        return {
            "{workspace_sid}": workspace,
            "{activity}": worker["activity_sid"],
            "{worker}": worker["sid"],
            "{event}": event["sid"],
            "{queue}": queue["sid"],
            "{workflow}": workflow["sid"],
        }

    def filled(self, path: str) -> str:
        for place, sid in self.sids.items():
            path = path.replace(place, sid)
        return path

    def goes_on(self) -> bool:
        """Return whether an ordinary request is answered, and have a workspace again."""
        there = self.wire.ask("GET", f"/Workspaces/{self.sids['{workspace_sid}']}/Workers/{self.sids['{worker}']}")
        if there.status_code == 404:
            self.sids = self._anew()
        return there.status_code in (200, 404)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with Emulator() as emulator:
        yield Ground(emulator)


@pytest.mark.slow
@given(method=methods, path=paths, query=encoded, heads=headers, body=encoded, length=st.sampled_from([0, 0, 0, -1, 1]))
def test_no_request_makes_it_fail_or_stop(
    ground: Ground,
    method: bytes,
    path: str,
    query: bytes,
    heads: list[tuple[bytes, bytes]],
    body: bytes,
    length: int,
) -> None:
    target = ground.filled(path).encode() + b"?" + query
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in [(b"Host", b"a"), *heads])
    count = f"Content-Length: {max(len(body) + length, 0)}\r\nConnection: close\r\n\r\n".encode()
    request = method + b" " + target + b" HTTP/1.1\r\n" + lines + ground.who + count + body
    with Failures() as failures:
        answer = sent(ground.emulator, request, ends=True)
        assert ground.goes_on()
    assert answer == b"" or answer.startswith(tuple(f"HTTP/1.1 {hundreds}".encode() for hundreds in (1, 2, 4)))
    assert b"HTTP/1.1 5" not in answer
    assert failures.told == []


@pytest.mark.slow
@given(soup=st.binary(max_size=400))
def test_no_bytes_make_it_fail_or_stop(ground: Ground, soup: bytes) -> None:
    answer = sent(ground.emulator, soup, ends=True)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 401 "))
    assert ground.goes_on()
