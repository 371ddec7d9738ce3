"""Failures that can be switched on, to try a client against them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import MutableMapping
from typing import Any

import attrs
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from activity_sim.emulator.calls import Answer
from activity_sim.emulator.refusals import failed, too_many
from activity_sim.model.reading import located, number, optional, whole
from activity_sim.units import SECOND, Duration, duration


@attrs.frozen(kw_only=True, field_transformer=located)
class Faults:
    """Choose what goes wrong on the way to the emulator and back.

    *rate_limit* is how many requests a second are let through, the others get status 429 with ``Retry-After``.
    *failures*, *drops* and *slow* are the shares, from 0 to 1, of requests that get status 500, that lose their
    connection, and whose answer comes only after *delay* (a duration). Half of those that fail or are dropped have been
    carried out before. The same *seed* gives the same fates in the same order.

    Raises :exc:`~activity_sim.errors.InputError` for a share or rate that cannot be one.

    >>> Faults(failures=0.1, delay="200 ms").delay.seconds
    0.2
    """

    rate_limit: int | None = attrs.field(default=None, converter=optional(whole(1, 1_000_000)))
    failures: float = attrs.field(default=0.0, converter=number(0, 1))
    drops: float = attrs.field(default=0.0, converter=number(0, 1))
    slow: float = attrs.field(default=0.0, converter=number(0, 1))
    delay: Duration = attrs.field(default=Duration(2 * SECOND), converter=duration)
    seed: int = attrs.field(default=1, converter=whole(0, 2**63 - 1))


class Faulty:
    """Let requests through to *app* as far as *faults* allow (an ASGI application)."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults
        self._random = random.Random(faults.seed)
        self._second, self._count = 0, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or see to it that it is not answered."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if self._over_limit():
            return await _say(Answer.refused(too_many(1)), self._limits(), scope, receive, send)
        fails, drops, slow, first = (self._random.random() for _ in range(4))
        if fails < self._faults.failures or drops < self._faults.drops:
            if first < 0.5:
                await self._app(scope, receive, _unheard)
            return await (_fail if fails < self._faults.failures else _drop)(scope, receive, send)
        held: list[Message] = []
        await self._app(scope, receive, _keep(held))
        if slow < self._faults.slow:
            await asyncio.sleep(self._faults.delay.seconds)
        for message in held:
            _add(message, self._limits())
            await send(message)
        return None

    def _over_limit(self) -> bool:
        second = int(time.monotonic())
        self._count = self._count + 1 if second == self._second else 1
        self._second = second
        return self._faults.rate_limit is not None and self._count > self._faults.rate_limit

    def _limits(self) -> dict[str, str]:
        limit = self._faults.rate_limit
        if limit is None:
            return {}
        left = max(limit - self._count, 0)
        return {"X-Rate-Limit-Limit": str(limit), "X-Rate-Limit-Remaining": str(left), "X-Rate-Limit-Config": "1s"}


async def _say(answer: Answer, headers: dict[str, str], scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse(answer.body, answer.status, {**answer.headers, **headers})(scope, receive, send)


async def _fail(scope: Scope, receive: Receive, send: Send) -> None:
    await _say(Answer.refused(failed()), {}, scope, receive, send)


async def _drop(_: Scope, __: Receive, send: Send) -> None:
    """Begin an answer and leave it: the server then closes the connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})


async def _unheard(_: MutableMapping[str, Any]) -> None:
    """Take an answer that nobody gets."""


def _keep(held: list[Message]) -> Send:
    async def take(message: Message) -> None:
        held.append(message)

    return take


def _add(message: Message, headers: dict[str, str]) -> None:
    if message["type"] == "http.response.start":
        message["headers"].extend((name.lower().encode(), value.encode()) for name, value in headers.items())
