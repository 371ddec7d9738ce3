"""How the official client says that the service said no."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException


@contextmanager
def refused(status: int, code: int, message: str) -> Iterator[None]:
    """Expect a refusal; *code* is the status where the answer has no code."""
    with pytest.raises(TwilioRestException) as caught:
        yield
    assert (caught.value.status, caught.value.code) == (status, code)
    assert message in caught.value.msg


@contextmanager
def list_refused(status: int, code: int) -> Iterator[None]:
    """Expect a list to be refused, which the client says in another way."""
    with pytest.raises(TwilioException) as caught:
        yield
    said, answer = caught.value.args
    body: dict[str, Any] = json.loads(answer.text)
    assert (said, answer.status_code, body["code"]) == ("Unable to fetch page", status, code)
