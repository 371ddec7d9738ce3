"""Connections that break the rules of HTTP, or keep silent, harm nobody else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from activity_sim import Emulator
from tests.emulator.wire import UNKNOWN, Failures, Wire, basic, connected, everything, sent

NOT_HTTP = (
    *(b"garbage\r\n\r\n", b"\r\n\r\n\r\n\r\n?", b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 64, b"GET\r\n\r\n"),
    *(b"GET /v1/Workspaces\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"),
    *(b"GET / HTTP/x.y\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    *(b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"),
    *(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"G\xc3\x84T / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1 x\r\n\r\n"),
)
HEADS_OF_BODIES = (
    *(b"Content-Length: -1", b"Content-Length: x", b"Content-Length: 1, 2", b"Content-Length: 1\r\nContent-Length: 2"),
    *(b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked, gzip", b"Content-Length: " + b"9" * 30),
)


@pytest.fixture(scope="module")
def before(wire: Wire) -> dict[str, Any]:
    """What there is before anybody means harm."""
    return everything(wire)


@pytest.fixture(autouse=True)
def unharmed(wire: Wire, before: dict[str, Any]) -> Iterator[None]:
    """See to it that a test changes nothing, and that nothing fails behind the scenes."""
    with Failures() as failures:
        yield
        assert everything(wire) == before
    assert failures.told == []


def head(emulator: Emulator, line: str, *more: bytes) -> bytes:
    """Return the head of a request by the account that closes the connection, without its last line break."""
    who = [f"{name}: {value}".encode() for name, value in basic(emulator).items()]
    return b"\r\n".join([line.encode(), b"Host: a", b"Connection: close", *who, *more]) + b"\r\n"


@pytest.mark.parametrize("request_", NOT_HTTP, ids=repr)
def test_what_is_not_http_is_told_so(emulator: Emulator, request_: bytes) -> None:
    answer = sent(emulator, request_, ends=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert UNKNOWN.encode() not in answer
    assert basic(emulator)["Authorization"].encode() not in answer


@pytest.mark.parametrize("line", HEADS_OF_BODIES, ids=repr)
def test_a_body_of_no_certain_length_is_refused(emulator: Emulator, wire: Wire, line: bytes) -> None:
    request = head(emulator, f"POST /v1{wire.home}/Activities HTTP/1.1", line) + b"\r\nFriendlyName=Al"
    answer = sent(emulator, request, ends=True)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_request_of_either_version_is_answered(emulator: Emulator, wire: Wire, version: str) -> None:
    answer = sent(emulator, head(emulator, f"GET /v1{wire.home} HTTP/{version}") + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("cut", [1, 20, -1, -2, -3, -16])
def test_a_request_that_ends_halfway_does_nothing(emulator: Emulator, wire: Wire, cut: int) -> None:
    form = b"FriendlyName=Al"
    length = f"Content-Length: {len(form)}".encode()
    request = head(emulator, f"POST /v1{wire.home}/Activities HTTP/1.1", length) + b"\r\n" + form
    answer = sent(emulator, request[:cut], ends=True)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("chunk", [b"zz\r\nabc\r\n", b"-1\r\n\r\n", b"5\r\nab", b"5\r\nabcdefgh\r\n0\r\n\r\n", b"\r\n"])
def test_chunks_that_are_none_do_nothing(emulator: Emulator, wire: Wire, chunk: bytes) -> None:
    request = head(emulator, f"POST /v1{wire.home}/Activities HTTP/1.1", b"Transfer-Encoding: chunked")
    answer = sent(emulator, request + b"\r\n" + chunk, ends=True)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("endless", [b"X: ", b"X", b"X: 1\r\n"])
def test_a_head_without_end_is_cut_off(emulator: Emulator, endless: bytes) -> None:
    request = b"GET /v1/Workspaces HTTP/1.1\r\nHost: a\r\n" + endless * (4_000_000 // len(endless))
    answer = sent(emulator, request)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")


def test_an_endless_target_is_cut_off(emulator: Emulator) -> None:
    answer = sent(emulator, b"GET /" + b"a" * 4_000_000)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")


def test_a_body_that_never_ends_is_not_read_for_ever(emulator: Emulator, wire: Wire) -> None:
    megabyte = b"100000\r\n" + b"x" * 1_048_576 + b"\r\n"
    request = head(emulator, f"POST /v1{wire.home}/Activities HTTP/1.1", b"Transfer-Encoding: chunked")
    with connected(emulator) as connection:
        connection.sendall(request + b"\r\n")
        with pytest.raises(OSError):
            for _ in range(1_000):
                connection.sendall(megabyte)


def test_requests_that_follow_each_other_on_a_connection_are_told_apart(emulator: Emulator, wire: Wire) -> None:
    who = "".join(f"{name}: {value}\r\n" for name, value in basic(emulator).items())
    one = f"GET /v1{wire.home}/Activities?PageSize=1 HTTP/1.1\r\nHost: a\r\n{who}\r\n".encode()
    other = head(emulator, f"GET /v1{wire.home}/Workers HTTP/1.1") + b"\r\n"
    answer = sent(emulator, one * 5 + other)
    assert (answer.count(b"HTTP/1.1 200 OK"), answer.count(b'"key":"activities"')) == (6, 5)
    assert answer.count(b'"key":"workers"') == 1


def test_a_second_request_does_not_have_the_credentials_of_the_first(emulator: Emulator, wire: Wire) -> None:
    who = "".join(f"{name}: {value}\r\n" for name, value in basic(emulator).items())
    target = f"GET /v1{wire.home} HTTP/1.1\r\nHost: a\r\n"
    answer = sent(emulator, f"{target}{who}\r\n{target}Connection: close\r\n\r\n".encode())
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"401"]


@pytest.mark.parametrize("said", [b"", b"G", b"GET /v1/Workspaces HTTP/1.1\r\nHost: a\r\n"])
def test_two_hundred_idle_connections_keep_nobody_waiting(emulator: Emulator, wire: Wire, said: bytes) -> None:
    with ExitStack() as open_:
        for _ in range(200):
            open_.enter_context(connected(emulator)).sendall(said)
        assert wire.ask("GET", wire.home).status_code == 200
        fresh = Wire(emulator)
        assert fresh.ask("GET", fresh.home).status_code == 200


def test_a_client_that_hangs_up_before_its_answer_harms_nobody(emulator: Emulator, wire: Wire) -> None:
    request = head(emulator, f"GET /v1{wire.home}/Events?PageSize=1000 HTTP/1.1") + b"\r\n"
    for _ in range(20):
        with connected(emulator) as connection:
            connection.sendall(request)
    assert wire.ask("GET", wire.home).status_code == 200


def own_address() -> str:
    """Return the address of this machine in its network; no packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine is in no network")
        return str(probe.getsockname()[0])


def test_nobody_else_reaches_it_unless_it_is_told_to_listen(emulator: Emulator) -> None:
    assert emulator.base_url.startswith("http://127.0.0.1:")
    address = own_address()
    with pytest.raises(OSError), socket.create_connection((address, int(emulator.base_url.rpartition(":")[2])), 5):
        pass
    with Emulator(host="0.0.0.0") as open_:
        socket.create_connection((address, int(open_.base_url.rpartition(":")[2])), 5).close()
