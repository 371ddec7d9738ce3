"""The command that fetches a workspace."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from activity_sim.cli.words import PROGRAM, collected, print_json, print_warnings

if TYPE_CHECKING:
    from activity_sim.pulling.pull import Pulled


@click.command()
@click.argument("workspace_sid", required=False)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write to.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def pull(workspace_sid: str | None, out: Path, as_json: bool) -> None:
    """Fetch the workspace WORKSPACE_SID as a scenario, to which only the demand is missing.

    Credentials come from the environment, as for `activity-sim activities`; so does the workspace where none is given
    (TWILIO_WORKSPACE_SID). A folder that holds an earlier pull is brought up to date: what you wrote yourself in its
    scenario.toml stays.

    \b
    Example:
      activity-sim pull WS0123456789abcdef0123456789abcdef --out support
      activity-sim check support/scenario.toml
    """
    from activity_sim.output import check_folder
    from activity_sim.pulling.folder import RECORD
    from activity_sim.pulling.pull import pull as pulled
    from activity_sim.pulling.wording import ACTIVITIES, SCENARIO, WORKERS
    from activity_sim.taskrouter.client import TaskRouterClient

    check_folder(out.absolute(), "--out", (SCENARIO, ACTIVITIES, WORKERS, RECORD))
    with collected() as caught, TaskRouterClient(workspace_sid=workspace_sid) as client:
        found = pulled(client, out)
    if as_json:
        print_json({**_described(found, out), "warnings": caught})
        return
    _print(found, out, out / SCENARIO)
    print_warnings(caught)


def _counts(found: Pulled) -> dict[str, int]:
    parts = found.parts
    return {
        "activities": len(parts.workspace.activities),
        "workers": len(parts.workers),
        "task_queues": len(parts.queues),
        "workflows": len(parts.workflows),
        "task_channels": len(parts.channel_names),
    }


def _left_out(found: Pulled) -> list[str]:
    return [flow.friendly_name for flow in found.parts.workflows if flow.workflow is None]


def _described(found: Pulled, out: Path) -> dict[str, Any]:
    return {
        "workspace_sid": found.parts.workspace_sid,
        "friendly_name": found.parts.name,
        "folder": str(out),
        **_counts(found),
        "left_out": _left_out(found),
        "files": list(found.files),
        "copies": list(found.copies),
    }


def _print(found: Pulled, out: Path, scenario: Path) -> None:
    counts = ", ".join(f"{number:,} {_word(kind, number)}" for kind, number in _counts(found).items())
    left = len(_left_out(found))
    click.echo(f"Fetched {found.parts.name!r} ({found.parts.workspace_sid}): {counts}")
    if left:
        click.echo(f"{left} of the workflows cannot be simulated; the scenario says why")
    click.echo(f"Wrote {len(found.files)} files to {out}: {', '.join(found.files)}")
    first = "" if found.is_complete else f"fill in [[tasks]] in {scenario}, then "
    click.echo(f"Next: {first}{PROGRAM} check {shlex.quote(str(scenario))}")


def _word(kind: str, number: int) -> str:
    word = kind.replace("_", " ")
    one = {"activities": "activity"}.get(kind, word.removesuffix("s"))
    return one if number == 1 else word
