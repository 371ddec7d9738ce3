"""The client: Activities of a workspace, the workspace as a scenario takes it, and lists of what else is in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from activity_sim.errors import (
    ConnectionFailed,
    InputError,
    NotFoundError,
    RefusedError,
    ServiceError,
    TaskRouterError,
    within,
)
from activity_sim.model.activity import Activity, sid_pattern
from activity_sim.model.reading import flag, number, whole
from activity_sim.model.workspace import Workspace
from activity_sim.secret import Secret
from activity_sim.taskrouter import protocol
from activity_sim.taskrouter.assembling import assembled
from activity_sim.taskrouter.credentials import find, setting, sid, variable
from activity_sim.taskrouter.events import Events
from activity_sim.taskrouter.everything import everything, with_activities
from activity_sim.taskrouter.lists import (
    LARGEST_PAGE,
    TaskChannels,
    TaskQueues,
    WorkerChannels,
    Workers,
    Workflows,
    availability,
    listed,
    name,
    named,
    tabled,
    whole_list,
)
from activity_sim.taskrouter.resources import WorkspaceResource, described
from activity_sim.taskrouter.transport import Heard, Transport

if TYPE_CHECKING:
    import pandas as pd

    from activity_sim.model.scenario import Scenario

SLACK = timedelta(seconds=2)
COLUMNS = ("friendly_name", "available", "sid", "date_created", "date_updated")
Found = list[Activity]


class TaskRouterClient:
    """Ask the TaskRouter API for a workspace.

    *account_sid* with *auth_token*, or *api_key* with *api_secret*, and *workspace_sid* come from the environment
    (``TWILIO_ACCOUNT_SID`` and so on) where they are not given; so do *edge* and *region* (``TWILIO_EDGE``,
    ``TWILIO_REGION``). *base_url* (``TASKROUTER_BASE_URL``) is another host, such as the emulator's. *timeout* is in
    seconds. A request that fails in a way that may pass is sent up to *attempts* times, with growing pauses that begin
    with *backoff* seconds.

    Raises :exc:`~activity_sim.errors.InputError` for arguments that the API would not have, before anything is sent,
    and :exc:`~activity_sim.errors.TaskRouterError` for what the API refuses or fails to do.

    >>> from activity_sim import Emulator
    >>> with Emulator() as emulator, emulator.client() as client:
    ...     client.activities.create("on-call", available=True).available
    True
    """

    def __init__(
        self,
        account_sid: str | None = None,
        auth_token: str | Secret | None = None,
        *,
        api_key: str | None = None,
        api_secret: str | Secret | None = None,
        workspace_sid: str | None = None,
        edge: str | None = None,
        region: str | None = None,
        base_url: str | None = None,
        timeout: float = 10.0,
        attempts: int = 5,
        backoff: float = 0.25,
    ) -> None:
        given = {
            "account_sid": _hidden(account_sid),
            "auth_token": _hidden(auth_token),
            "api_key": _hidden(api_key),
            "api_secret": _hidden(api_secret),
        }
        auth_token = api_secret = None  # a traceback that shows local variables has nothing to show
        self.workspace_sid = _workspace_sid(workspace_sid)
        self._transport = Transport(
            find(given),
            _base_url(base_url, edge, region),
            timeout=within("timeout", lambda: number(0, 3_600, above=True)(timeout)),
            attempts=within("attempts", lambda: whole(1, 100)(attempts)),
            backoff=within("backoff", lambda: number(0, 60)(backoff)),
        )
        self.activities = Activities(self._transport, self._url)
        self.workers = Workers(self._transport, self._url)
        self.worker_channels = WorkerChannels(self._transport, self._url)
        self.task_queues = TaskQueues(self._transport, self._url)
        self.workflows = Workflows(self._transport, self._url)
        self.task_channels = TaskChannels(self._transport, self._url)
        self.events = Events(self._transport, self._url)

    @property
    def base_url(self) -> str:
        """The URL that requests go to, without the version."""
        return self._transport.base_url

    @property
    def _url(self) -> str:
        return f"{self.base_url}/v1/Workspaces/{self.workspace_sid}"

    def fetch(self) -> WorkspaceResource:
        """Return the Workspace itself: its name and rules, without what is in it."""
        heard = self._transport.repeat(partial(self._transport.send, "GET", self._url))
        return described(WorkspaceResource, heard.said, f"GET {self._url}")

    def workspace(self) -> Workspace:
        """Fetch the Workspace with its Activities, ready for a scenario."""
        return with_activities(self.fetch(), self.activities.list(), f"GET {self._url}")

    def scenario(self, **given: Any) -> Scenario:
        """Fetch all that the Workspace has as a scenario, to which only the demand is missing.

        *given* are further fields of the :class:`~activity_sim.model.scenario.Scenario`, such as tasks, or others in
        the place of what was fetched; it runs for a day where they say nothing else. Workers stay in the activity in
        which they were fetched unless a roster says otherwise. What a scenario cannot have is left out, with a warning.
        The API has each Worker's attributes and its channels in requests of their own, which takes a while.

        >>> from activity_sim import Emulator
        >>> with Emulator() as emulator, emulator.client() as client:
        ...     client.scenario(workers=[{"friendly_name": "Tier 1", "count": 3}])
        <Scenario 'Workspace': 3 workers, 1 days, tasks: none>
        """
        return assembled(everything(self)).scenario(**given)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        made = vars(self).get("_transport")  # a traceback may show one that is not made yet
        return (
            f"<TaskRouterClient of workspace {self.workspace_sid} at {made.base_url}>" if made else "<TaskRouterClient>"
        )


def _hidden(value: str | Secret | None) -> Secret | None:
    return None if value is None else Secret(value)


def _workspace_sid(given: str | None) -> str:
    value = given if given is not None else setting("workspace_sid")
    if value is None:
        raise InputError(f"must be given, or be in the environment as {variable('workspace_sid')}", "workspace_sid")
    return sid(value, "WS", "workspace_sid")


def _base_url(base_url: str | None, edge: str | None, region: str | None) -> str:
    if base_url is not None and (edge or region):
        raise InputError("is for TaskRouter itself, and is not combined with base_url", "edge" if edge else "region")
    if not edge and not region and (other := base_url or setting("base_url")):
        return protocol.host_url(other)
    return protocol.service_url(edge or setting("edge"), region or setting("region"))


class Activities:
    """Create, fetch, list, update and delete the Activities of a workspace."""

    def __init__(self, transport: Transport, workspace_url: str) -> None:
        self._transport = transport
        self._url = f"{workspace_url}/Activities"

    def create(self, friendly_name: str, *, available: bool = False) -> Activity:
        """Create an Activity with a *friendly_name* of 1 to 64 characters, and return it.

        Where it is not known whether a request was carried out, the API is asked for the name before another is sent,
        so that one call makes one Activity.
        """
        form = {
            "FriendlyName": name(friendly_name),
            "Available": protocol.flag(within("available", lambda: flag(available))),
        }
        creation = _Creation(partial(self._transport.send, url=self._url), form)
        try:
            return self._transport.repeat(creation)
        except TaskRouterError as error:
            failure = creation.explained(error, f"POST {self._url}")
        raise failure

    def fetch(self, sid: str) -> Activity:
        """Return the Activity that has *sid*."""
        return self._one("GET", self._at(sid))

    def update(self, sid: str, *, friendly_name: str) -> Activity:
        """Rename the Activity that has *sid*, and return it; its availability never changes."""
        return self._one("POST", self._at(sid), {"FriendlyName": name(friendly_name)})

    def delete(self, sid: str) -> None:
        """Delete the Activity that has *sid*."""
        self._transport.repeat(_Deletion(partial(self._transport.send, url=self._at(sid))))

    def list(
        self,
        *,
        friendly_name: str | None = None,
        available: bool | None = None,
        page_size: int = LARGEST_PAGE,
        limit: int | None = None,
    ) -> Found:
        """Return the Activities, of all pages.

        With *friendly_name* only those of that name, with *available* only those that are or are not, with *limit* at
        most so many. *page_size* is how many are asked for at a time, 1 to 1,000.
        """
        query, read = {**named(friendly_name), **availability(available)}, protocol.activity
        return whole_list(self._transport, self._url, "activities", read, query, size=page_size, limit=limit)

    def table(self, **filters: Any) -> pd.DataFrame:
        """Return the Activities as a DataFrame; *filters* are those of :meth:`list`."""
        return tabled(Activity, self.list(**filters), COLUMNS)

    def _at(self, sid: str) -> str:
        return f"{self._url}/{within('sid', lambda: sid_pattern('WA')(sid))}"

    def _one(self, method: str, url: str, form: dict[str, str] | None = None) -> Activity:
        heard = self._transport.repeat(partial(self._transport.send, method, url, form=form))
        return protocol.activity(heard.said, f"{method} {url}")


class _Creation:
    """One Activity to create, over as many requests as it takes.

    A request that failed may have been carried out. Then the list is asked for an Activity of that name that is not
    older than this creation, by the server's own clock. One that is older was there before, and is not taken for ours.
    """

    def __init__(self, send: Callable[..., Heard], form: dict[str, str]) -> None:
        self._send = send
        self._form = form
        self._start = time.monotonic()
        self._doubtful = False

    def __call__(self) -> Activity:
        if self._doubtful and (found := self._made()):
            return found
        try:
            return protocol.activity(self._send("POST", form=self._form).said, "POST Activities")
        except (ConnectionFailed, ServiceError):
            self._doubtful = True
            raise
        except RefusedError as refusal:
            if self._doubtful and refusal.status == 400 and (found := self._made()):
                return found  # the name was taken by the request that seemed to have failed
            raise

    def explained(self, error: TaskRouterError, request: str) -> TaskRouterError:
        """Return the *error* that ended it, which says so where the Activity may have been created all the same."""
        error.request = request
        if self._doubtful:
            error.message = f"{error.message.rstrip('.')}; whether the Activity was created is not known"
        error.__context__ = None
        return error

    def _made(self) -> Activity | None:
        heard = self._send("GET", query={"FriendlyName": self._form["FriendlyName"], "PageSize": LARGEST_PAGE})
        found = listed(heard.said or {}, "activities", protocol.activity, "GET Activities")
        return next((activity for activity in reversed(found) if self._is_ours(activity, heard)), None)

    def _is_ours(self, activity: Activity, heard: Heard) -> bool:
        created = protocol.created_at(activity)
        elapsed = timedelta(seconds=time.monotonic() - self._start)
        same = protocol.flag(activity.available) == self._form["Available"]
        return same and created is not None and created >= heard.when - elapsed - SLACK


class _Deletion:
    """One Activity to delete: what is gone after a request that seemed to have failed was deleted by it."""

    def __init__(self, send: Callable[..., Heard]) -> None:
        self._send = send
        self._doubtful = False

    def __call__(self) -> None:
        try:
            self._send("DELETE")
        except NotFoundError:
            if not self._doubtful:
                raise
        except (ConnectionFailed, ServiceError):
            self._doubtful = True
            raise
