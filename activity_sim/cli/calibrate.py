"""The command that makes a scenario of a workspace's past."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from activity_sim.cli.words import PROGRAM, as_options, collected, print_json, print_warnings, records
from activity_sim.errors import InputError, within

if TYPE_CHECKING:
    from activity_sim.log import Log


@click.command()
@click.argument("events", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The scenario file to write.")
@click.option("--activities", type=click.Path(path_type=Path), help="The API's list of Activities, as saved to a file.")
@click.option("--start", help="When the past begins; the first event where left out.")
@click.option("--end", help="When it ends; the last event where left out.")
@click.option("--time-zone", help="Of local times and of weekdays; UTC where left out.")
@click.option("--task-type", help="The key of tasks' attributes that says their type; else it is the TaskQueue.")
@click.option("--worker-group", help="The key of workers' attributes that says their group; else all are in one.")
@click.option("--interval", help="Of the arrivals; 30min where left out.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def calibrate(events: Path, out: Path, activities: Path | None, as_json: bool, **given: str | None) -> None:
    """Make a scenario whose numbers come from EVENTS: a file of TaskRouter's events, or the folder of a log.

    Each number is printed with its 95 % interval and what it rests on. A folder is one that `run --log` writes.

    \b
    Example:
      activity-sim calibrate events.jsonl --out calibrated.toml --time-zone Europe/Berlin
    """
    from activity_sim.history.calibrating import calibrate as calibrated
    from activity_sim.output import check_folder

    check_folder(out.absolute().parent, "--out")
    options = {name: value for name, value in given.items() if value is not None}
    with collected() as caught:
        found = calibrated(_log(events, activities, options))
    written = [str(file) for file in found.save(out)]
    doubts = [*dict.fromkeys([*caught, *found.warnings])]
    if as_json:
        tables = {"table": records(found.table), "patience": records(found.patience)}
        print_json({"scenario": str(out), "files": written, **tables, "warnings": doubts})
        return
    click.echo(found.text)
    click.echo()
    print_warnings(doubts)
    click.echo(f"Wrote {', '.join(written)}. Next: {PROGRAM} check {out}")


def _log(events: Path, activities: Path | None, options: dict[str, Any]) -> Log:
    """Return the log of a file of events, or that in a folder, which knows its own clock and names."""
    from activity_sim.files import read_activities
    from activity_sim.history.reading import read_events
    from activity_sim.log_files import read_log

    if not events.is_dir():
        known = within("--activities", lambda: read_activities(activities)) if activities else None
        with as_options(*options):
            return read_events(events, activities=known, **options).log
    for name in [*options, *(["activities"] if activities else [])]:
        raise InputError("is for a file of events; a log has it", f"--{name.replace('_', '-')}")
    return read_log(events)
