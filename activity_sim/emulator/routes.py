"""The HTTP side: which path is which operation, who may ask, and what requests and answers look like on the wire."""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import Awaitable, Callable, Mapping

import attrs
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from activity_sim.emulator import (
    activities,
    events,
    statistics,
    task_channels,
    task_queues,
    worker_channels,
    workers,
    workflows,
    workspaces,
)
from activity_sim.emulator.calls import Answer, Call, Operation
from activity_sim.emulator.forms import parameters, printable
from activity_sim.emulator.refusals import Refusal, bad_method, failed, invalid, not_authenticated, not_found
from activity_sim.emulator.rules import LARGEST_BODY, Rules
from activity_sim.emulator.store import Store
from activity_sim.secret import Secret

log = logging.getLogger(__name__)

VERSION = "/v1"
FORM = "application/x-www-form-urlencoded"
MOST_DRAINED = 64 * 1024 * 1024
WORKSPACE = "/Workspaces/{workspace_sid}"
OPERATIONS: dict[str, dict[str, Operation]] = {
    "/Workspaces": {"GET": workspaces.read, "POST": workspaces.create},
    WORKSPACE: {"GET": workspaces.fetch, "POST": workspaces.update, "DELETE": workspaces.delete},
    f"{WORKSPACE}/Activities": {"GET": activities.read, "POST": activities.create},
    f"{WORKSPACE}/Activities/{{sid}}": {
        "GET": activities.fetch,
        "POST": activities.update,
        "DELETE": activities.delete,
    },
    f"{WORKSPACE}/Workers": {"GET": workers.read, "POST": workers.create},
    f"{WORKSPACE}/Workers/Statistics": {"GET": statistics.both},
    f"{WORKSPACE}/Workers/CumulativeStatistics": {"GET": statistics.cumulative},
    f"{WORKSPACE}/Workers/RealTimeStatistics": {"GET": statistics.real_time},
    f"{WORKSPACE}/Workers/{{sid}}": {"GET": workers.fetch, "POST": workers.update, "DELETE": workers.delete},
    f"{WORKSPACE}/Workers/{{worker_sid}}/Statistics": {"GET": statistics.of_worker},
    f"{WORKSPACE}/Workers/{{worker_sid}}/Channels": {"GET": worker_channels.read},
    f"{WORKSPACE}/Workers/{{worker_sid}}/Channels/{{sid}}": {
        "GET": worker_channels.fetch,
        "POST": worker_channels.update,
    },
    f"{WORKSPACE}/TaskQueues": {"GET": task_queues.read, "POST": task_queues.create},
    f"{WORKSPACE}/TaskQueues/{{sid}}": {
        "GET": task_queues.fetch,
        "POST": task_queues.update,
        "DELETE": task_queues.delete,
    },
    f"{WORKSPACE}/Workflows": {"GET": workflows.read, "POST": workflows.create},
    f"{WORKSPACE}/Workflows/{{sid}}": {
        "GET": workflows.fetch,
        "POST": workflows.update,
        "DELETE": workflows.delete,
    },
    f"{WORKSPACE}/TaskChannels": {"GET": task_channels.read, "POST": task_channels.create},
    f"{WORKSPACE}/TaskChannels/{{sid}}": {
        "GET": task_channels.fetch,
        "POST": task_channels.update,
        "DELETE": task_channels.delete,
    },
    f"{WORKSPACE}/Events": {"GET": events.read},
    f"{WORKSPACE}/Events/{{sid}}": {"GET": events.fetch},
}


@attrs.frozen
class Service:
    """Hold what every request needs: the *store*, the *rules*, and the *credentials*, a secret by user name."""

    store: Store
    rules: Rules
    credentials: Mapping[str, Secret]

    def app(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            Route(VERSION + path, self._endpoint(operations), methods=list(operations))
            for path, operations in OPERATIONS.items()
        ]
        app = Starlette(routes=routes, exception_handlers={HTTPException: self._no_route})
        app.router.redirect_slashes = False
        return app

    def _endpoint(self, operations: Mapping[str, Operation]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                body = await _body(request)
                self._authenticate(request)
                if not printable(_path(request)):  # the last line break is no part of a path to the routes
                    raise not_found(_path(request))
                operation = operations["GET" if request.method == "HEAD" else request.method]
                return _response(operation(self._call(request, body)))
            except Refusal as refusal:
                return _response(Answer.refused(refusal))
            except Exception:
                log.exception("a request failed")
                return _response(Answer.refused(failed()))

        return answer

    def _call(self, request: Request, body: bytes | None) -> Call:
        form = request.method == "POST"
        return Call(
            store=self.store,
            rules=self.rules,
            root=_root(request),
            path=_path(request),
            sids=request.path_params,
            given=parameters(_form(request, body) if form else request.scope["query_string"]),
            if_match=request.headers.get("if-match"),
        )

    def _authenticate(self, request: Request) -> None:
        kind, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, ValueError):
            raise not_authenticated() from None
        known = self.credentials.get(user)
        if kind.lower() != "basic" or known is None or not known.matches(secret):
            raise not_authenticated()

    async def _no_route(self, request: Request, error: Exception) -> Response:
        """Answer where no path or no method fits; who may not ask is not told which."""
        try:
            await _body(request)
            self._authenticate(request)
        except Refusal as refusal:
            return _response(Answer.refused(refusal))
        headers = getattr(error, "headers", None) or {}
        allowed = headers.get("Allow")
        return _response(Answer.refused(bad_method(allowed) if allowed else not_found(_path(request))))


async def _body(request: Request) -> bytes | None:
    """Return the body, or None where it is too large; that one is read to its end, so that the answer can be heard."""
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size <= LARGEST_BODY:
                parts.append(part)
            if size > MOST_DRAINED:
                break
    except ClientDisconnect:
        raise invalid("The body ended before its end") from None
    return b"".join(parts) if size <= LARGEST_BODY else None


def _form(request: Request, body: bytes | None) -> bytes:
    if body is None:
        raise Refusal(413, None, f"The body must have at most {LARGEST_BODY} bytes")
    kind = request.headers.get("content-type", FORM).partition(";")[0].strip().lower()
    if body and kind != FORM:
        raise Refusal(415, None, f"The body must be {FORM}")
    return body


def _path(request: Request) -> str:
    path: str = request.scope["path"]
    return path.removeprefix(VERSION)


def _root(request: Request) -> str:
    """Return the beginning of all URLs: the host as the client named it, where that can be one."""
    host = request.headers.get("host", "")
    if not re.fullmatch(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", host):
        name, port = request.scope["server"]
        host = f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
    return f"{request.scope['scheme']}://{host}"


def _response(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status, headers=answer.headers)
    return JSONResponse(answer.body, answer.status, answer.headers)
