"""Requests that mean harm are answered as documented, change nothing, and the next one is answered as ever."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests

from activity_sim import Emulator
from activity_sim.emulator.routes import OPERATIONS
from activity_sim.emulator.rules import LARGEST_BODY
from tests.emulator.wire import UNKNOWN, Failures, Wire, everything, exactly, refusal

DIGITS = "9" * 5_000
TRICKS = (
    *("' OR '1'='1", "'; DROP TABLE activities; --", '" UNION SELECT sid FROM account --', "%' --", "\\", "\0", "a\0b"),
    *("..", "../..", "../../etc/passwd", "%2e%2e", "%00", "%", "*", "?", "#", ";", "{sid}", "{0.__class__}", "$(id)"),
    *("\r\nX-Injected: 1", "\n", "\u202e", "\ufeff", "\U0001d518", "%s%n", "None", "null", "-1", DIGITS, "A" * 10_000),
)
FIELDS = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def spare() -> Iterator[Wire]:
    """Another emulator, for requests that may change something."""
    with Emulator() as emulator:
        yield Wire(emulator)


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


def pair(user: str, secret: str, *, encoding: str = "utf-8") -> str:
    return base64.b64encode(f"{user}:{secret}".encode(encoding)).decode()


def malformed(sid: str, token: str) -> dict[str, str | bytes | None]:
    """Return headers that do not say who asks, by what is wrong with them."""
    return {
        "missing": None,
        "empty": "",
        "kind alone": "Basic",
        "nothing encoded": "Basic ",
        "wrong token": f"Basic {pair(sid, UNKNOWN)}",
        "token cut off": f"Basic {pair(sid, token[:-1])}",
        "token too long": f"Basic {pair(sid, token + 'x')}",
        "capitals": f"Basic {pair(sid.upper(), token)}",
        "other account": f"Basic {pair('AC' + UNKNOWN, token)}",
        "no user": f"Basic {pair('', token)}",
        "no token": f"Basic {pair(sid, '')}",
        "no colon": f"Basic {base64.b64encode(sid.encode()).decode()}",
        "bearer": f"Bearer {pair(sid, token)}",
        "in clear": f"Basic {sid}:{token}",
        "not base64": "Basic !!!!",
        "cut base64": f"Basic {pair(sid, token)[:-3]}",
        "two spaces": f"Basic  {pair(sid, token)}",
        "not text": f"Basic {base64.b64encode(bytes(range(128, 256))).decode()}",
        "NUL": f"Basic {pair(sid, token + chr(0))}",
        "UTF-16": f"Basic {pair(sid, token, encoding='utf-16')}",
        "Latin-1 header": b"Basic \xe4\xf6\xfc",
        "huge": f"Basic {pair(sid, 'x' * 20_000)}",
    }


@pytest.mark.parametrize("wrong", malformed("", ""))
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_credentials_that_are_none_are_refused(emulator: Emulator, wire: Wire, wrong: str, method: str) -> None:
    header = malformed(emulator.account_sid, emulator.auth_token.reveal())[wrong]
    headers = {} if header is None else {"Authorization": header}
    session = requests.Session()
    session.trust_env = False
    answer = session.request(method, wire.base + wire.home, headers=headers, timeout=30)
    assert (answer.status_code, refusal(answer)["code"]) == (401, 20003)
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_without_credentials_every_request_gets_the_same_answer(wire: Wire) -> None:
    paths = [
        *(path.format(workspace_sid=wire.home.rpartition("/")[2], sid="x", worker_sid="x") for path in OPERATIONS),
        *("", "/", "/Nothing", f"/Workspaces/WS{UNKNOWN}", f"{wire.home}/Tasks", "/%00", "/../..", f"{wire.home}%0A"),
    ]
    methods = ("GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "BREW")
    session = requests.Session()
    session.trust_env = False
    answers = set()
    for path in paths:
        for method in methods:
            for options in ({}, {"params": {"PageSize": "x"}}, {"data": b"x" * 100_000, "headers": {"If-Match": "9"}}):
                answer = session.request(method, wire.base + path, timeout=30, **options)
                headers = {name.lower() for name in answer.headers} - {"date"}
                answers.add((answer.status_code, answer.text, tuple(sorted(headers))))
    assert len(answers) == 1
    assert answers.pop()[0] == 401


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "BREW", "OPTIONS", "get", "PROPFIND"])
@pytest.mark.parametrize("path", ["", "/Activities", "/Workers/Statistics", "/Events"])
def test_a_method_that_is_not_there_is_refused(emulator: Emulator, wire: Wire, method: str, path: str) -> None:
    answer = exactly(emulator, method, f"/v1{wire.home}{path}")
    assert (answer.status_code, refusal(answer)["code"]) == (405, 20004)
    served = OPERATIONS["/Workspaces/{workspace_sid}" + path]
    assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == set(served)


def test_the_head_of_an_answer_is_that_of_the_whole(wire: Wire) -> None:
    for path, status in ((wire.home, 200), (f"{wire.home}/Activities", 200), ("/Workspaces/x", 404)):
        whole, head = wire.ask("GET", path), wire.ask("HEAD", path)
        assert (head.status_code, head.content) == (whole.status_code, b"") == (status, b"")
        assert head.headers["Content-Length"] == str(len(whole.content))


@pytest.mark.parametrize("trick", TRICKS, ids=lambda it: repr(it[:12]))
def test_tricks_in_sids_find_nothing(emulator: Emulator, wire: Wire, trick: str) -> None:
    sid = quote(trick, safe="")
    for path in (f"/Workspaces/{sid}", f"{wire.home}/Activities/{sid}", f"{wire.home}/Workers/{sid}/Statistics"):
        for method in ("GET", "POST", "DELETE"):
            answer = exactly(emulator, method, f"/v1{path}")
            assert refusal(answer)["code"] in (20404, 20004)


@pytest.mark.parametrize(
    "tail", ["%0A", "/", "//", "%2F", "/.", "/..", "%00", "%20", ";x", "%3F", "%23", "%ff", ".json", "%0D%0AX:1"]
)
@pytest.mark.parametrize("path", ["", "/Activities", "/Workers", "/Workers/Statistics", "/Events"])
def test_a_path_with_something_behind_it_is_another(emulator: Emulator, wire: Wire, path: str, tail: str) -> None:
    answer = exactly(emulator, "GET", f"/v1{wire.home}{path}{tail}")
    assert (answer.status_code, refusal(answer)["code"]) == (404, 20404)


@pytest.mark.parametrize("path", ["//v1/Workspaces", "/V1/Workspaces", "/v1/workspaces", "/v2/Workspaces", "/", "/v1"])
def test_a_path_that_is_almost_right_is_wrong(emulator: Emulator, path: str) -> None:
    answer = exactly(emulator, "GET", path)
    assert (answer.status_code, refusal(answer)["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/Activities", "FriendlyName"),
        ("/Workers", "FriendlyName"),
        ("/Workers", "ActivityName"),
        ("/Workers", "ActivitySid"),
        ("/Workers", "TaskQueueName"),
        ("/Events", "EventType"),
        ("/Events", "WorkerSid"),
        ("/Events", "Sid"),
    ],
)
def test_tricks_in_filters_find_nothing(wire: Wire, path: str, parameter: str) -> None:
    for trick in TRICKS:
        body = wire.got("GET", wire.home + path, params={parameter: trick})
        assert body[body["meta"]["key"]] == [], trick
        assert wire.session.get(body["meta"]["url"]).json() == body, trick


def test_tricks_in_the_name_of_statistics_find_nobody(spare: Wire) -> None:
    spare.got("POST", f"{spare.home}/Workers", data={"FriendlyName": "Somebody"})
    for trick in TRICKS:
        body = spare.got("GET", f"{spare.home}/Workers/Statistics", params={"FriendlyName": trick})
        assert body["realtime"]["total_workers"] == 0, trick


@pytest.mark.parametrize("parameter", ["PageToken", "PageSize", "Page", "Ordering", "TargetWorkersExpression"])
def test_tricks_in_what_must_be_understood_are_refused(wire: Wire, parameter: str) -> None:
    for trick in TRICKS:
        answer = wire.ask("GET", f"{wire.home}/Workers", params={parameter: trick})
        if parameter == "TargetWorkersExpression" and answer.ok:
            assert answer.json()["workers"] == [], trick
        else:
            assert (answer.status_code, refusal(answer)["code"]) == (400, 20001), trick


@pytest.mark.parametrize("size", ["0", "-1", "-9" * 50, "+5", "abc", "", "\u0661\u0660", "1_0", "0x10", "1e3", DIGITS])
def test_a_page_size_that_is_no_number_is_refused(wire: Wire, size: str) -> None:
    answer = wire.ask("GET", f"{wire.home}/Events", params={"PageSize": size})
    assert (answer.status_code, refusal(answer)["code"]) == (400, 20001)


@pytest.mark.parametrize("size", ["1001", "9" * 18, "9" * 19, "9" * 20, "9" * 3_999, "1" + "0" * 3_999])
def test_a_page_size_that_is_too_large_is_refused(wire: Wire, size: str) -> None:
    answer = wire.ask("GET", f"{wire.home}/Events", params={"PageSize": size})
    assert (answer.status_code, refusal(answer)["code"]) == (400, 20007)


@pytest.mark.parametrize("number", ["9" * 20, "9" * 3_999, "000"])
@pytest.mark.parametrize("token", ["PA0-0", "PB0-0", "PAfffffffffffffff-fffffffffffffff", "PBfffffffffffffff-0"])
def test_an_absurd_page_is_a_page(wire: Wire, number: str, token: str) -> None:
    body = wire.got("GET", f"{wire.home}/Events", params={"Page": number, "PageToken": token, "PageSize": 2})
    assert len(body["events"]) in (0, 2)
    assert wire.session.get(body["meta"]["url"]).json() == body


@pytest.mark.parametrize("minutes", ["0", "-5", "1.5", "", "abc", "\u0665", DIGITS, "1e400", "NaN"])
@pytest.mark.parametrize("path", ["/Events", "/Workers/CumulativeStatistics", "/Workers/Statistics"])
def test_minutes_that_are_none_are_refused(wire: Wire, path: str, minutes: str) -> None:
    answer = wire.ask("GET", wire.home + path, params={"Minutes": minutes})
    assert (answer.status_code, refusal(answer)["code"]) == (400, 20001)


ABSURD = (
    *("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"),
    *("9999-12-31T23:59:59.999999-23:59", "1969-12-31T23:59:59.999Z", "0000-00-00", "10000-01-01", "-0001-01-01"),
    *("2026-11-23T24:00:00", "2026-13-45", "2026-W01-1", "20261123T080000", "1795420800", "now", "", " ", "\0", DIGITS),
    *("2026-11-23T08:00:00+99:99", "2026-11-23T08:00:00+00:00:00.000001", "2026-11-23T08:00:60Z", "NaN", "inf"),
)


@pytest.mark.parametrize("date", ABSURD, ids=lambda it: repr(it[:40]))
@pytest.mark.parametrize("path", ["/Events", "/Workers/CumulativeStatistics", "/Workers/Statistics"])
@pytest.mark.parametrize("parameter", ["StartDate", "EndDate"])
def test_absurd_dates_are_refused_or_understood(wire: Wire, parameter: str, path: str, date: str) -> None:
    answer = wire.ask("GET", wire.home + path, params={parameter: date})
    if not answer.ok:
        assert refusal(answer)["code"] == 20001
    elif path != "/Events":
        body = answer.json().get("cumulative", answer.json())
        assert len(body["start_time"]) == len(body["end_time"]) == len("2026-11-23T08:00:00Z")
        assert body["start_time"] <= body["end_time"]


@pytest.mark.parametrize("minutes", [10**9, 10**18, 10**30, 10**3_999])
@pytest.mark.parametrize("path", ["/Events", "/Workers/CumulativeStatistics"])
def test_very_many_minutes_reach_back_to_the_beginning(wire: Wire, path: str, minutes: int) -> None:
    body = wire.got("GET", wire.home + path, params={"Minutes": str(minutes)})
    assert body.get("start_time", "1970-01-01T00:00:00Z") == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "encoded",
    [
        *(b"FriendlyName=%zz", b"FriendlyName=%", b"FriendlyName=%4", b"FriendlyName=%ff", b"FriendlyName=%ED%A0%80"),
        *(b"FriendlyName=%C0%80", b"FriendlyName=%00", b"FriendlyName=\xff\xfe", b"\x00\x01\x02", b"%ED%B0%80=1"),
        *(b"FriendlyName=a%0Db", b"FriendlyName=a%C2%85b", b"FriendlyName=", b"FriendlyName", b"=", b"&&&", b""),
        *(
            b"&".join(b"a%d=1" % n for n in range(200)),
            b'{"FriendlyName": "Al"}',
            b"friendlyname=Al",
            b"friendly_name=Al",
        ),
    ],
    ids=lambda it: repr(it[:30]),
)
@pytest.mark.parametrize("path", ["/Activities", "/Workers"])
def test_forms_that_cannot_be_read_are_refused(wire: Wire, path: str, encoded: bytes) -> None:
    answer = wire.ask("POST", wire.home + path, data=encoded, headers=FIELDS)
    assert answer.status_code == 400
    assert refusal(answer)["code"] in (20001, 20002)


@pytest.mark.parametrize("query", ["a=%zz", "a=%", "FriendlyName=%ff", "%ED%A0%80=1", "&".join(["a=1"] * 200)])
def test_queries_that_cannot_be_read_are_refused(emulator: Emulator, wire: Wire, query: str) -> None:
    answer = exactly(emulator, "GET", f"/v1{wire.home}/Activities?{query}")
    assert (answer.status_code, refusal(answer)["code"]) == (400, 20001)


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        "",
        "application/x-www-form-urlencodedx",
        "*",
    ],
)
def test_a_body_that_is_no_form_is_refused(wire: Wire, kind: str) -> None:
    answer = wire.ask("POST", f"{wire.home}/Activities", data=b"FriendlyName=Al", headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert set(refusal(answer)) == {"message", "status"}


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE", "BREW"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_never_taken(wire: Wire, method: str, chunked: bool) -> None:
    name = b"FriendlyName=" + b"x" * 10_000_000
    data: Any = iter([name[n : n + 1_000_000] for n in range(0, len(name), 1_000_000)]) if chunked else name
    path = f"{wire.home}/Activities" if method in ("POST", "BREW") else f"/Workspaces/{UNKNOWN}"
    answer = wire.ask(method, path, data=data, headers=FIELDS)
    assert answer.status_code == {"POST": 413, "GET": 404, "DELETE": 404, "BREW": 405}[method]
    refusal(answer)


@pytest.mark.parametrize("bytes_over", [0, 1])
def test_the_largest_body_is_read(wire: Wire, bytes_over: int) -> None:
    data = b"FriendlyName=".ljust(LARGEST_BODY + bytes_over, b"x")
    assert (
        refusal(wire.ask("POST", f"{wire.home}/Activities", data=data, headers=FIELDS))["status"]
        == 400 + 13 * bytes_over
    )


@pytest.mark.parametrize("depth", [500, *range(940, 990), 2_000])
def test_deeply_nested_attributes_are_refused_or_can_be_searched(spare: Wire, depth: int) -> None:
    said = '{"a":' + "[" * depth + "]" * depth + "}"
    answer = spare.ask("POST", f"{spare.home}/Workers", data={"FriendlyName": "Deep", "Attributes": said})
    if answer.ok:
        searched = {"TargetWorkersExpression": 'a == "x" OR a HAS "x" OR a != 1'}
        found = spare.ask("GET", f"{spare.home}/Workers", params=searched)
        assert spare.ask("GET", f"{spare.home}/Workers/{answer.json()['sid']}").json()["attributes"] == said
        spare.got("DELETE", f"{spare.home}/Workers/{answer.json()['sid']}")
        assert found.status_code == 200
    else:
        assert refusal(answer)["code"] == 20001


@pytest.mark.parametrize("depth", [40, *range(60, 260, 20), 900])
def test_deeply_nested_expressions_are_refused_or_can_be_asked(spare: Wire, depth: int) -> None:
    said = "".join(("a != 1 AND (", "a == 1 OR (")[n % 2] for n in range(depth)) + "a == 2" + ")" * depth
    answer = spare.ask(
        "POST", f"{spare.home}/TaskQueues", data={"FriendlyName": f"Deep {depth}", "TargetWorkers": said}
    )
    if not answer.ok:
        assert refusal(answer)["code"] == 20001
        return
    queue = answer.json()
    worker = spare.got(
        "POST", f"{spare.home}/Workers", data={"FriendlyName": f"Deep {depth}", "Attributes": '{"a": 2}'}
    )
    for path in ("Workers", "Workers/Statistics"):
        assert spare.ask("GET", f"{spare.home}/{path}", params={"TaskQueueSid": queue["sid"]}).status_code == 200
    asked = {"WorkerSid": worker["sid"], "EvaluateWorkerAttributes": '{"a": 2}'}
    assert spare.ask("GET", f"{spare.home}/TaskQueues", params=asked).status_code == 200


@pytest.mark.parametrize("depth", [500, *range(940, 990, 7), 100_000])
def test_deeply_nested_configurations_are_refused_or_come_back(spare: Wire, depth: int) -> None:
    said = '{"task_routing": {"filters": []}, "a": ' + "[" * depth + "]" * depth + "}"
    form = {"FriendlyName": f"Deep {depth}", "Configuration": said}
    answer = spare.ask("POST", f"{spare.home}/Workflows", data=form)
    if answer.ok:
        assert answer.json()["configuration"] == said
        queue = spare.got("POST", f"{spare.home}/TaskQueues", data={"FriendlyName": f"Gone {depth}"})
        spare.got("DELETE", f"{spare.home}/TaskQueues/{queue['sid']}")
        spare.got("DELETE", f"{spare.home}/Workflows/{answer.json()['sid']}")
    else:
        assert refusal(answer)["code"] == 20001


@pytest.mark.parametrize("said", ['{"a": "\\ud800"}', '{"\\udfff": 1}', '{"a": 1e400}', '{"a": ' + "9" * 4_000 + "}"])
def test_odd_attributes_are_refused_or_come_back_and_can_be_searched(spare: Wire, said: str) -> None:
    answer = spare.ask("POST", f"{spare.home}/Workers", data={"FriendlyName": "Odd", "Attributes": said})
    if not answer.ok:
        assert refusal(answer)["code"] == 20001
        return
    path = f"{spare.home}/Workers/{answer.json()['sid']}"
    searched = spare.ask("GET", f"{spare.home}/Workers", params={"TargetWorkersExpression": "a > 1 OR a == 'x'"})
    kept = spare.got("GET", path)["attributes"]
    spare.got("DELETE", path)
    assert (kept, searched.status_code) == (said, 200)
    assert json.loads(kept)


@pytest.mark.parametrize(
    "expression",
    [
        *("(" * 5_000 + "1==1" + ")" * 5_000, "(" * 50_000, "NOT " * 5_000 + "1==1", "1==1 AND " * 5_000 + "1==1"),
        *("a IN " + "[" * 1_500 + "]" * 1_500, "a == " + DIGITS, "a == 1e99999", "a" * 50_000, "a." * 5_000 + "a == 1"),
        *("a == '" + "x" * 50_000 + "'", "a == 'x", "a ==", "== ==", "1 == 1; DROP TABLE workers", "__class__ == 1"),
        *("a == \ud7ff", "\0", "a MATCHES '(x+)+$'", "a == '\\ud800'", "((((1==1)))) OR " * 500 + "1==1", "a\n==\n1"),
        *(".", "''", "1", "true", "1 == 1 == 1", "sid == sid", "a HAS b HAS c", "[] == []", "{} == {}", "-1 == - 1"),
    ],
    ids=lambda it: repr(it[:24]),
)
def test_absurd_expressions_are_refused_or_evaluated(wire: Wire, expression: str) -> None:
    answer = wire.ask("GET", f"{wire.home}/Workers", params={"TargetWorkersExpression": expression})
    if answer.status_code != 200:
        assert refusal(answer)["code"] == 20001


@pytest.mark.parametrize(
    "host", ["evil.example", "a b", "", "\x7f", "http://evil", "127.0.0.1:99999", "[::1", "x" * 9_000]
)
def test_urls_are_sound_whatever_the_host_is_called(wire: Wire, host: str) -> None:
    answer = wire.ask("GET", f"{wire.home}/Activities", headers={"Host": host})
    if answer.headers["Content-Type"] == "application/json":
        url = answer.json()["meta"]["url"]
        port = wire.base.rpartition(":")[2].removesuffix("/v1")
        assert url.startswith((f"http://{host}/v1/", f"http://127.0.0.1:{port}/v1/"))
        assert url.partition("/v1/")[0].isascii() and " " not in url
    else:
        assert answer.status_code == 400


@pytest.mark.parametrize("version", ["W/0", "-1", "9" * 5_000, "*, *", "\xe4", "'", "0; DROP TABLE"])
def test_an_absurd_version_is_a_stale_one(spare: Wire, version: str) -> None:
    sid = spare.got("POST", f"{spare.home}/Workers", data={"FriendlyName": "Al"})["sid"]
    path = f"{spare.home}/Workers/{sid}"
    answers = [
        spare.ask(method, path, headers={"If-Match": version.encode("latin-1")}) for method in ("POST", "DELETE")
    ]
    there = spare.ask("GET", path).status_code
    spare.ask("DELETE", path)
    assert (there, [refusal(answer)["status"] for answer in answers]) == (200, [412, 412])
