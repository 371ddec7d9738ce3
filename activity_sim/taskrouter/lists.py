"""Lists of the API: all their pages, and the lists that the client reads and does not write.

Requests go out one after the other, and one that meets the rate limit waits as long as the API asks it to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import attrs

from activity_sim.errors import AnswerError, NotFoundError, within
from activity_sim.model import activity as checks
from activity_sim.model.activity import sid_pattern
from activity_sim.model.reading import flag, whole
from activity_sim.taskrouter import protocol
from activity_sim.taskrouter.resources import (
    TaskChannelResource,
    TaskQueueResource,
    WorkerChannelResource,
    WorkerResource,
    WorkflowResource,
    described,
)
from activity_sim.taskrouter.transport import Transport

if TYPE_CHECKING:
    import pandas as pd

LARGEST_PAGE = 1_000
MOST_PAGES = 1_000
KINDS: dict[object, Any] = {"bool": bool, "int": "int64"}
"""The kinds of columns that are not objects, by the types of fields."""


class Numbered(Protocol):
    """What lists consist of."""

    @property
    def sid(self) -> str | None: ...  # noqa: D102 - as the API names it


N = TypeVar("N", bound=Numbered)
T = TypeVar("T")
Read = Callable[[Any, str], T]


def listed(page: Mapping[str, Any], key: str, read: Read[T], request: str) -> list[T]:
    """Return the resources of one *page* of the list *key*."""
    return [read(entry, request) for entry in protocol.entries(page, key, request)]


def whole_list(
    transport: Transport, url: str, key: str, read: Read[N], query: Mapping[str, Any], *, size: int, limit: int | None
) -> list[N]:
    """Return the resources of all pages of the list *key* at *url*, each once, and at most *limit* of them."""
    size = within("page_size", lambda: whole(1, LARGEST_PAGE)(size))
    most = None if limit is None else within("limit", lambda: whole(1, 1_000_000)(limit))
    found: dict[str | None, N] = {}
    for resource in pages(transport, url, key, read, {"PageSize": min(size, most or size), **query}):
        found.setdefault(resource.sid, resource)
        if len(found) == most:
            break
    return [*found.values()]


def pages(transport: Transport, first: str, key: str, read: Read[T], query: Mapping[str, Any]) -> Iterator[T]:
    """Yield the resources of all pages of the list *key* at the URL *first*."""
    url: str | None = first
    asked: Mapping[str, Any] | None = query
    seen: set[str] = set()
    while url and len(seen) <= MOST_PAGES:
        page = transport.repeat(partial(transport.send, "GET", url, query=asked)).said or {}
        yield from listed(page, key, read, f"GET {url}")
        seen.add(url)
        url, asked = protocol.next_page(page, url, seen), None
    if url:
        raise AnswerError(f"there are more than {MOST_PAGES} pages", request=f"GET {url}")


def tabled(cls: type[Any], resources: Iterable[Any], columns: Iterable[str] | None = None) -> pd.DataFrame:
    """Return *resources* of *cls* as a DataFrame, with the fields that are called *columns*, by default all."""
    import pandas as pd

    fields = {field.name: KINDS.get(field.type, object) for field in attrs.fields(cls)}
    names = list(columns or fields)
    rows = [[getattr(resource, name) for name in names] for resource in resources]
    return pd.DataFrame(rows, columns=names).astype({name: fields[name] for name in names})


def name(friendly_name: str) -> str:
    """Return *friendly_name* where the API could have it."""
    return within("friendly_name", lambda: checks.friendly_name(friendly_name))


def named(friendly_name: str | None) -> dict[str, str]:
    """Return the part of a query that asks for a *friendly_name*."""
    return {} if friendly_name is None else {"FriendlyName": name(friendly_name)}


def availability(available: bool | None) -> dict[str, str]:
    """Return the part of a query that asks for an availability."""
    return {} if available is None else {"Available": protocol.flag(within("available", lambda: flag(available)))}


class Workers:
    """List the Workers of a workspace."""

    def __init__(self, transport: Transport, workspace_url: str) -> None:
        self._transport = transport
        self._url = f"{workspace_url}/Workers"

    def list(
        self,
        *,
        friendly_name: str | None = None,
        available: bool | None = None,
        attributes: bool = True,
        page_size: int = LARGEST_PAGE,
        limit: int | None = None,
    ) -> Workforce:
        """Return the Workers, of all pages; *friendly_name* and *available* choose among them.

        The API's lists leave the attributes out, so each Worker is fetched as well, one after the other, unless
        *attributes* is false. A Worker that is deleted meanwhile is left out.
        """
        wanted = within("attributes", lambda: flag(attributes))
        query = {**named(friendly_name), **availability(available)}
        found = whole_list(self._transport, self._url, "workers", _worker, query, size=page_size, limit=limit)
        return [whole for worker in found if (whole := self.whole(worker) if wanted else worker)]

    def table(self, **filters: Any) -> pd.DataFrame:
        """Return the Workers as a DataFrame; *filters* are those of :meth:`list`."""
        return tabled(WorkerResource, self.list(**filters))

    def whole(self, worker: WorkerResource) -> WorkerResource | None:
        """Return *worker* with its attributes, fetched where a list left them out; None where it is gone."""
        if worker.attributes is not None:
            return worker
        url = f"{self._url}/{worker.sid}"
        try:
            return _worker(self._transport.repeat(partial(self._transport.send, "GET", url)).said, f"GET {url}")
        except NotFoundError:
            return None


class WorkerChannels:
    """List the channels of a Worker: how many Tasks of each TaskChannel it may have at a time."""

    def __init__(self, transport: Transport, workspace_url: str) -> None:
        self._transport = transport
        self._url = f"{workspace_url}/Workers"

    def list(self, worker_sid: str, *, page_size: int = LARGEST_PAGE, limit: int | None = None) -> WorkersChannels:
        """Return the channels, of all pages, of the Worker that has *worker_sid*."""
        url = f"{self._url}/{within('worker_sid', lambda: sid_pattern('WK')(worker_sid))}/Channels"
        read = partial(described, WorkerChannelResource)
        return whole_list(self._transport, url, "channels", read, {}, size=page_size, limit=limit)

    def table(self, worker_sid: str, **filters: Any) -> pd.DataFrame:
        """Return the channels as a DataFrame; *filters* are those of :meth:`list`."""
        return tabled(WorkerChannelResource, self.list(worker_sid, **filters))


class TaskQueues:
    """List the TaskQueues of a workspace."""

    def __init__(self, transport: Transport, workspace_url: str) -> None:
        self._transport = transport
        self._url = f"{workspace_url}/TaskQueues"

    def list(
        self, *, friendly_name: str | None = None, page_size: int = LARGEST_PAGE, limit: int | None = None
    ) -> Queues:
        """Return the TaskQueues, of all pages, with *friendly_name* only those of that name."""
        read, query = partial(described, TaskQueueResource), named(friendly_name)
        return whole_list(self._transport, self._url, "task_queues", read, query, size=page_size, limit=limit)

    def table(self, **filters: Any) -> pd.DataFrame:
        """Return the TaskQueues as a DataFrame; *filters* are those of :meth:`list`."""
        return tabled(TaskQueueResource, self.list(**filters))


class Workflows:
    """List the Workflows of a workspace."""

    def __init__(self, transport: Transport, workspace_url: str) -> None:
        self._transport = transport
        self._url = f"{workspace_url}/Workflows"

    def list(
        self, *, friendly_name: str | None = None, page_size: int = LARGEST_PAGE, limit: int | None = None
    ) -> Flows:
        """Return the Workflows, of all pages, with *friendly_name* only those of that name."""
        read, query = partial(described, WorkflowResource), named(friendly_name)
        return whole_list(self._transport, self._url, "workflows", read, query, size=page_size, limit=limit)

    def table(self, **filters: Any) -> pd.DataFrame:
        """Return the Workflows as a DataFrame; *filters* are those of :meth:`list`."""
        return tabled(WorkflowResource, self.list(**filters))


class TaskChannels:
    """List the TaskChannels of a workspace."""

    def __init__(self, transport: Transport, workspace_url: str) -> None:
        self._transport = transport
        self._url = f"{workspace_url}/TaskChannels"

    def list(self, *, page_size: int = LARGEST_PAGE, limit: int | None = None) -> Channels:
        """Return the TaskChannels, of all pages."""
        read = partial(described, TaskChannelResource)
        return whole_list(self._transport, self._url, "channels", read, {}, size=page_size, limit=limit)

    def table(self, **filters: Any) -> pd.DataFrame:
        """Return the TaskChannels as a DataFrame; *filters* are those of :meth:`list`."""
        return tabled(TaskChannelResource, self.list(**filters))


Workforce = list[WorkerResource]
WorkersChannels = list[WorkerChannelResource]
Queues = list[TaskQueueResource]
Flows = list[WorkflowResource]
Channels = list[TaskChannelResource]
_worker: Read[WorkerResource] = partial(described, WorkerResource)
