"""What client and API say to each other: next pages, Retry-After, errors."""

from __future__ import annotations

import copy
import json
import pickle
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urljoin

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from requests import PreparedRequest, RequestException
from urllib3.util import parse_url

from activity_sim import (
    ActivitySimError,
    AnswerError,
    AuthenticationError,
    ConnectionFailed,
    InputError,
    NotFoundError,
    RateLimitError,
    RefusedError,
    ServiceError,
    TaskRouterError,
)
from activity_sim.taskrouter import protocol
from tests.taskrouter.scripted import ACTIVITIES, resource

HERE = f"https://taskrouter.twilio.com{ACTIVITIES}"
REQUEST = f"GET {HERE}"
KINDS = [TaskRouterError, AnswerError, AuthenticationError, ConnectionFailed, NotFoundError]
KINDS += [RateLimitError, RefusedError, ServiceError]
hosts = st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,2}", fullmatch=True)
ports = st.integers(1, 65_535)
paths = st.from_regex(r"(/[A-Za-z0-9_~-]{1,9}){1,3}(\?[A-Za-z0-9=&%-]{1,20})?", fullmatch=True)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
bodies = st.one_of(
    st.binary(max_size=40),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("message", "code", "more_info", "status", "detail"), json_values)
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"", b"<html>", b"[" * 100_000, b"\xff\xfe", b'{"code": ' + b"9" * 5_000 + b"}"]),
)


def follow(following: Any, url: str = HERE, seen: frozenset[str] = frozenset()) -> str | None:
    return protocol.next_page({"meta": {"next_page_url": following}}, url, set(seen))


def kind_of(status: int) -> type[TaskRouterError]:
    known = {401: AuthenticationError, 403: AuthenticationError, 404: NotFoundError, 429: RateLimitError}
    other = AnswerError if status < 400 else RefusedError if status < 500 else ServiceError
    return known.get(status, other)


def refused(status: int, body: bytes, **headers: str) -> TaskRouterError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(TaskRouterError) as caught:
        protocol.answer(status, named, body, REQUEST)
    return caught.value


@settings(max_examples=80)
@given(hosts, ports, paths)
def test_a_page_at_the_same_origin_is_followed(host: str, port: int, path: str) -> None:
    base = f"https://{host}:{port}"
    assert follow(f"{base}{path}", f"{base}{ACTIVITIES}") == f"{base}{path}"


@settings(max_examples=80)
@given(paths)
def test_the_usual_port_may_be_said_or_not(path: str) -> None:
    assert follow(f"https://taskrouter.twilio.com:443{path}") == f"https://taskrouter.twilio.com:443{path}"
    assert follow(f"http://a{path}", "http://a:80/x") == f"http://a{path}"


@settings(max_examples=80)
@given(hosts, ports, paths)
def test_a_relative_page_is_one_of_the_same_origin(host: str, port: int, path: str) -> None:
    url = f"http://{host}:{port}{ACTIVITIES}?PageSize=50"
    assert follow(path, url) == f"http://{host}:{port}{path}"
    assert follow("?PageSize=50&Page=1", url) == f"http://{host}:{port}{ACTIVITIES}?PageSize=50&Page=1"


@settings(max_examples=80)
@given(hosts, ports, hosts, ports, st.sampled_from(["http", "https", "ftp", "file", "javascript"]), paths)
def test_a_page_of_another_scheme_host_or_port_is_refused(
    host: str, port: int, other: str, other_port: int, scheme: str, path: str
) -> None:
    here = ("https", host, port)
    for there in {(scheme, host, port), ("https", other, port), ("https", host, other_port)} - {here}:
        with pytest.raises(AnswerError, match="another origin"):
            follow(f"{there[0]}://{there[1]}:{there[2]}{path}", f"https://{host}:{port}{ACTIVITIES}")


@pytest.mark.parametrize(
    "following",
    [
        "//evil.example/v1",
        "http://taskrouter.twilio.com/v1",
        "https://taskrouter.twilio.com:444/v1",
        "https://taskrouter.twilio.com.evil.example/v1",
        "https://evil.example\\@taskrouter.twilio.com/v1",
        "https://taskrouter.twilio.com\\.evil.example/v1",
        "https://user:word@taskrouter.twilio.com/v1",
        "https://@taskrouter.twilio.com/v1",
        "https://taskrouter.twilio.com:port/v1",
        "https://taskrouter.twilio.com:99999/v1",
        "https://[::1/v1",
        "https://taskrouter\uff0etwilio\u2100.com/v1",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ],
)
def test_a_page_that_leads_away_is_refused(following: str) -> None:
    with pytest.raises(AnswerError, match="another origin"):
        follow(following)


@given(
    st.lists(
        st.sampled_from(["https", ":", "//", "/", "\\", "@", "?", "#", "[", "]", "\t", "\n", " ", ".", "%2f", "\u3002"])
        | st.sampled_from(["taskrouter.twilio.com", "evil.example", "443", "a", "TASKROUTER.twilio.com"]),
        max_size=9,
    ).map("".join)
)
@example("https://taskrouter.twilio.com\t.evil.example/")
@example("https://[")
def test_what_is_followed_is_sent_where_it_was_thought_to_lead(following: str) -> None:
    try:
        target = follow(following)
    except AnswerError:
        return
    request = PreparedRequest()
    try:
        request.prepare_url(target or HERE, None)
    except RequestException:
        return
    sent = parse_url(request.url or "")
    assert (sent.scheme, sent.host, sent.port or 443) == ("https", "taskrouter.twilio.com", 443)


@pytest.mark.parametrize("meta", [None, {}, [], "next", {"next_page_url": None}, {"next_page_url": ""}])
def test_without_a_next_page_there_is_none(meta: Any) -> None:
    assert protocol.next_page({"meta": meta}, HERE, set()) is None
    assert protocol.next_page({}, HERE, set()) is None


@settings(max_examples=80)
@given(paths)
def test_a_page_that_came_already_is_refused(path: str) -> None:
    target = urljoin(HERE, path)
    with pytest.raises(AnswerError, match="came already"):
        follow(path, HERE, frozenset({target}))


@given(st.integers(0, 999_999_999))
def test_retry_after_is_read_as_a_number_of_seconds(seconds: int) -> None:
    assert protocol.retry_after({"Retry-After": f" {seconds} "}) == seconds


@given(st.integers(10, 10_000_000))
def test_retry_after_is_read_as_a_date(seconds: int) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    read = protocol.retry_after({"Retry-After": format_datetime(moment, usegmt=True)})
    assert read is not None
    assert seconds - 5 < read <= seconds


def test_a_date_in_the_past_asks_for_no_wait() -> None:
    assert protocol.retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "1e3", "\u0663", "Wed, 99 Oct 2015", "2015-10-21"])
def test_a_retry_after_that_says_nothing_is_passed_over(value: str) -> None:
    assert protocol.retry_after({"Retry-After": value}) is None
    assert protocol.retry_after({}) is None


def test_a_retry_after_of_ages_is_not_taken_for_none() -> None:
    read = protocol.retry_after({"Retry-After": "9999999999"})
    assert read is not None
    assert read >= 999_999_999


dates = st.from_regex(
    r"(Mon, )?[0-9]{1,3} (Jan|Feb) [0-9]{1,25} [0-9]{1,3}:[0-9]{2}(:[0-9]{2})?( GMT| [+-][0-9]{1,25})?", fullmatch=True
)


@settings(max_examples=100)
@given(st.text() | dates)
@example("Mon, 01 Jan 99999999999999999999 00:00:00 GMT")
@example("Mon, 01 Jan 0001 00:00:00 +2359")
@example("Mon, 01 Jan 2020 00:00:00 +99999999999999999999")
def test_whatever_a_header_says_is_a_moment_or_none(value: str) -> None:
    moment = protocol.date(value)
    assert moment is None or moment.utcoffset() is not None
    wait = protocol.retry_after({"Retry-After": value})
    assert wait is None or wait >= 0


@pytest.mark.parametrize(
    ("body", "message", "code", "more_info"),
    [
        (b'{"message": "No.", "code": 20001, "more_info": "https://x/20001"}', "No.", 20001, "https://x/20001"),
        (b'{"message": null, "code": "20001", "more_info": 7}', None, None, None),
        (b'{"message": "", "code": 2.5}', None, None, None),
        (b'{"message": ["a"], "code": null}', "['a']", None, None),
        (b'["message"]', None, None, None),
        (b"<html>Bad gateway</html>", None, None, None),
        (b"\xff\xfe\x00", None, None, None),
        (b"", None, None, None),
    ],
    ids=["whole", "null", "empty-message", "list", "no-object", "html", "bytes", "nothing"],
)
def test_every_status_has_its_error(body: bytes, message: str | None, code: int | None, more_info: str | None) -> None:
    for status in range(300, 600):
        error = refused(status, body)
        usual = "moved to another place" if status < 400 else "no reason was given"
        assert type(error) is kind_of(status)
        assert (error.status, error.message, error.request) == (status, message or usual, REQUEST)
        assert (error.code, error.more_info, error.retry_after) == (code, more_info, None)
        assert f"status {status}" in str(error)


@settings(max_examples=100)
@given(st.integers(300, 999), bodies)
@example(400, b'{"code": true}')
def test_any_body_makes_an_error_of_the_right_kind(status: int, body: bytes) -> None:
    error = refused(status, body, Retry_After="7")
    assert type(error) is kind_of(status)
    assert error.retry_after == 7.0
    assert type(error.message) is str
    assert type(error.code) in (int, type(None))
    assert error.message.rstrip(".") in str(error)


@settings(max_examples=100)
@given(bodies)
def test_any_body_of_a_success_is_an_object_or_an_answer_error(body: bytes) -> None:
    try:
        found = protocol.answer(200, {}, body, REQUEST)
    except AnswerError as error:
        assert error.request == REQUEST
    else:
        assert found is None if body == b"" else isinstance(found, dict)


@settings(max_examples=100)
@given(json_values | st.just(resource()).flatmap(lambda full: st.sampled_from(sorted(full)).map(lambda key: {key: 1})))
def test_what_is_no_activity_is_an_answer_error(value: Any) -> None:
    with pytest.raises(AnswerError, match="no Activity") as caught:
        protocol.activity(value, REQUEST)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("page", [{}, {"activities": None}, {"activities": {}}, {"activities": "x"}])
def test_a_page_without_its_list_is_an_answer_error(page: dict[str, Any]) -> None:
    with pytest.raises(AnswerError, match="no list 'activities'"):
        protocol.entries(page, "activities", REQUEST)


@pytest.mark.parametrize("text", ["2014-05-14T10:50:02Z", "2014-05-14T10:50:02+00:00", "2014-05-14T10:50:02"])
def test_when_an_activity_was_created_can_be_compared(text: str) -> None:
    created = protocol.created_at(protocol.activity(resource(date_created=text), REQUEST))
    assert created is None or created - datetime(2014, 5, 14, 10, 50, 2, tzinfo=UTC) == timedelta()


@pytest.mark.parametrize("text", [None, "", "yesterday", 5, ["2014"]])
def test_a_creation_of_unknown_date_has_none(text: Any) -> None:
    assert protocol.created_at(protocol.activity(resource(date_created=text), REQUEST)) is None


numbers = st.none() | st.integers()


@settings(max_examples=100)
@given(st.sampled_from(KINDS), st.text(), numbers, numbers, st.none() | st.text(), st.none() | st.floats(0, 100))
def test_errors_are_pickled_and_copied_whole(
    kind: type[TaskRouterError],
    message: str,
    status: int | None,
    code: int | None,
    text: str | None,
    retry_after: float | None,
) -> None:
    error = kind(message, status=status, code=code, more_info=text, request=text, retry_after=retry_after)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert vars(again) == vars(error)
        assert (str(again), again.args) == (str(error), error.args)


def test_notes_on_an_error_are_kept() -> None:
    error = NotFoundError("was not found", status=404)
    error.add_note("while tidying up")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["while tidying up"]


@given(st.text(), st.lists(st.text(), max_size=3))
def test_input_errors_are_pickled_whole(must: str, where: list[str]) -> None:
    error = InputError(must, *where)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.must, again.where) == (str(error), must, tuple(where))


@pytest.mark.parametrize("kind", KINDS)
def test_one_except_clause_catches_every_error(kind: type[TaskRouterError]) -> None:
    assert issubclass(kind, TaskRouterError)
    assert issubclass(kind, ActivitySimError)


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_credentials_are_hinted_at(status: int) -> None:
    error = refused(status, b'{"message": "Authenticate", "code": 20003}')
    assert re.search(rf"^Authenticate: the credentials .* \(status {status}, code 20003, GET https://", str(error))
