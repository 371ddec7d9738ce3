"""The commands on the Activities of a workspace, over the API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from activity_sim.cli.words import collected, print_json, print_warnings
from activity_sim.errors import InputError, unknown

if TYPE_CHECKING:
    from activity_sim.model.activity import Activity
    from activity_sim.model.workspace import Workspace
    from activity_sim.taskrouter.client import TaskRouterClient

Command = Callable[..., Any]


def _common(command: Command) -> Command:
    workspace = click.option("--workspace-sid", help="The workspace, in place of TWILIO_WORKSPACE_SID.")
    as_json = click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
    return workspace(as_json(command))


@click.group()
def activities() -> None:
    """Work with the Activities of a workspace, over the API.

    Credentials come from the environment: TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or TWILIO_API_KEY with
    TWILIO_API_SECRET. So does the workspace, TWILIO_WORKSPACE_SID, and for an emulator TASKROUTER_BASE_URL.

    \b
    Example:
      activity-sim activities list
      activity-sim activities export activities.json
    """


@activities.command("list")
@click.option("--friendly-name", help="Only activities of this name.")
@click.option("--available/--unavailable", default=None, help="Only activities that are, or are not, available.")
@click.option("--page-size", type=click.IntRange(1, 1_000), default=1_000, show_default=True, help="Of each request.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@_common
def list_(workspace_sid: str | None, as_json: bool, **filters: Any) -> None:
    """List the activities.

    \b
    Example:
      activity-sim activities list --available
    """
    with _client(workspace_sid) as client:
        found = client.activities.list(**filters)
    if as_json:
        print_json(_resources(found))
    elif found:
        click.echo(_table(found))
    else:
        click.echo("There are no such activities.")


@activities.command()
@click.argument("activity")
@_common
def fetch(activity: str, workspace_sid: str | None, as_json: bool) -> None:
    """Fetch one ACTIVITY, by its SID or friendly name.

    \b
    Example:
      activity-sim activities fetch Break
    """
    with _client(workspace_sid) as client:
        _print(client.activities.fetch(_sid(client, activity)), as_json)


@activities.command()
@click.argument("friendly_name")
@click.option("--available", is_flag=True, help="Workers in it may get tasks; this never changes.")
@_common
def create(friendly_name: str, available: bool, workspace_sid: str | None, as_json: bool) -> None:
    """Create an activity called FRIENDLY_NAME.

    \b
    Example:
      activity-sim activities create on-call --available
    """
    with _client(workspace_sid) as client:
        _print(client.activities.create(friendly_name, available=available), as_json)


@activities.command()
@click.argument("activity")
@click.option("--friendly-name", required=True, help="The new name.")
@_common
def update(activity: str, friendly_name: str, workspace_sid: str | None, as_json: bool) -> None:
    """Rename an ACTIVITY, given by its SID or friendly name.

    \b
    Example:
      activity-sim activities update Break --friendly-name "Coffee break"
    """
    with _client(workspace_sid) as client:
        _print(client.activities.update(_sid(client, activity), friendly_name=friendly_name), as_json)


@activities.command()
@click.argument("activity")
@_common
def delete(activity: str, workspace_sid: str | None, as_json: bool) -> None:
    """Delete an ACTIVITY, given by its SID or friendly name.

    \b
    Example:
      activity-sim activities delete "Coffee break"
    """
    with _client(workspace_sid) as client:
        sid = _sid(client, activity)
        client.activities.delete(sid)
    if as_json:
        print_json({"sid": sid, "deleted": True})
    else:
        click.echo(f"Deleted {activity}")


@activities.command()
@click.argument("file", type=click.Path(path_type=Path))
@_common
def export(file: Path, workspace_sid: str | None, as_json: bool) -> None:
    """Save the activities to FILE, as a scenario reads them.

    \b
    Example:
      activity-sim activities export activities.json
    """
    from activity_sim.files import whole_file
    from activity_sim.model.activity import to_answer
    from activity_sim.output import check_folder

    if file.is_dir():
        raise InputError("must be a file, and is a folder", str(file))
    check_folder(file.absolute().parent, str(file))
    with _client(workspace_sid) as client:
        workspace = client.workspace()
        answer = to_answer(workspace.activities)
    with whole_file(file) as unfinished:
        unfinished.write_text(json.dumps(answer, indent=2, ensure_ascii=False) + "\n", "utf-8")
    table = _workspace_table(workspace, file.name)
    if as_json:
        print_json({"file": str(file), "activities": len(workspace.activities), "workspace": table})
        return
    click.echo(
        f"Wrote {len(workspace.activities)} activities to {file}. In a scenario beside it, this goes in the place"
    )
    click.echo("of its tables workspace and workspace.activities:\n\n[workspace]")
    for key, value in table.items():
        click.echo(f"{key} = {json.dumps(value, ensure_ascii=False)}")


def _workspace_table(workspace: Workspace, file: str) -> dict[str, Any]:
    names = ("multi_task_enabled", "default_activity", "timeout_activity", "prioritize_queue_order")
    return {**{name: getattr(workspace, name) for name in names}, "activities": file}


@contextmanager
def _client(workspace_sid: str | None) -> Iterator[TaskRouterClient]:
    """Give a client; what it warns of is printed when all went well."""
    from activity_sim.taskrouter.client import TaskRouterClient

    with collected() as caught, TaskRouterClient(workspace_sid=workspace_sid) as client:
        yield client
    print_warnings(caught)


def _sid(client: TaskRouterClient, given: str) -> str:
    """Return the SID of the activity that is *given* by SID or by name."""
    if re.fullmatch("WA[0-9a-fA-F]{32}", given):
        return given
    everything = client.activities.list()
    sids = [activity.sid or "" for activity in everything if activity.friendly_name == given]
    if not sids:
        raise unknown(given, [activity.friendly_name for activity in everything]).inside("activity")
    if len(sids) > 1:
        raise InputError(f"must be a SID, since {len(sids)} are called {given!r}: {', '.join(sids)}", "activity")
    return sids[0]


def _print(activity: Activity, as_json: bool) -> None:
    if as_json:
        print_json(_resources([activity])[0])
    else:
        click.echo(_table([activity]))


def _resources(found: Sequence[Activity]) -> list[Any]:
    from activity_sim.model.activity import to_answer

    return list(to_answer(found)["activities"])


def _table(found: Sequence[Activity]) -> str:
    import pandas as pd

    from activity_sim.analysis.describe import text_table

    rows = {
        "activity": [activity.friendly_name for activity in found],
        "available": ["yes" if activity.available else "no" for activity in found],
        "sid": [activity.sid for activity in found],
        "updated": [activity.date_updated for activity in found],
    }
    return text_table(pd.DataFrame(rows))
