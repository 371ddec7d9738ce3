"""The commands on the events of a workspace: fetch them, and report what they say."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from activity_sim.cli.words import PROGRAM, as_options, collected, print_json, print_warnings, records
from activity_sim.errors import InputError, within

OPTIONS = ("start", "end", "time_zone")


@click.group()
def events() -> None:
    """Work with the events of a workspace: what happened in it.

    \b
    Example:
      activity-sim events fetch --start 2026-11-23 --out events.jsonl
      activity-sim events report events.jsonl --out results
    """


@events.command()
@click.argument("workspace_sid", required=False)
@click.option("--start", required=True, help="A date, or a date and time, from which on to fetch.")
@click.option("--end", help="Until when; by default now.")
@click.option("--time-zone", default="UTC", show_default=True, help="Of times without an offset.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file of JSON lines to append to.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def fetch(workspace_sid: str | None, start: str, end: str | None, time_zone: str, out: Path, as_json: bool) -> None:
    """Fetch the events of the workspace WORKSPACE_SID into a file, an hour at a time.

    Credentials come from the environment, as for `activity-sim activities`; so does the workspace where none is given
    (TWILIO_WORKSPACE_SID). What the file holds already is not fetched again: the same command goes on where one was
    killed, and with a later --end adds what is new. TaskRouter keeps events for thirty days.

    \b
    Example:
      activity-sim events fetch WS0123456789abcdef0123456789abcdef --start 2026-11-23 --out events.jsonl
    """
    from activity_sim.history.fetching import fetch_events
    from activity_sim.output import check_folder
    from activity_sim.taskrouter.client import TaskRouterClient

    if out.is_dir():
        raise InputError("must be a file, and is a folder", "--out")
    check_folder(out.absolute().parent, "--out", ())
    with collected() as caught, TaskRouterClient(workspace_sid=workspace_sid) as client, as_options(*OPTIONS):
        found = fetch_events(client, out, start=start, end=end, time_zone=time_zone)
    if as_json:
        print_json({"file": str(out), "events": found.events, "windows": found.windows, "warnings": caught})
        return
    click.echo(f"Fetched {found.events:,} events of {found.windows:,} windows into {out}")
    click.echo(f"Next: {PROGRAM} events report {shlex.quote(str(out))} --out results")
    print_warnings(caught)


@events.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write all reports to.")
@click.option("--activities", type=click.Path(path_type=Path), help="The workspace's activities, as exported.")
@click.option("--start", help="From when on to report; by default from the first event.")
@click.option("--end", help="Until when to report; by default until the last event.")
@click.option("--time-zone", default="UTC", show_default=True, help="Of the reports, and of times without an offset.")
@click.option("--task-type", help="The key of a task's attributes that says its type, in place of its task queue.")
@click.option("--worker-group", help="The key of a worker's attributes that says its group.")
@click.option("--default-activity", help="The activity that workers rest in, in place of Offline.")
@click.option("--interval", help="Of the reports by interval, in place of 30min.")
@click.option("--service-level", help="Such as 80/30s, in place of 80/20s.")
@click.option("--name", default="", help="What to call it on the page.")
@click.option("--parquet", is_flag=True, help="Write a Parquet twin of each CSV too.")
@click.option("--log", "keep_log", is_flag=True, help="Write the log too, as Parquet.")
@click.option("--plot", is_flag=True, help="Draw the workers by activity through the busiest day too.")
@click.option("--excel", is_flag=True, help="Write the tables as an Excel workbook too.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def report(
    file: Path,
    out: Path,
    activities: Path | None,
    interval: str | None,
    service_level: str | None,
    as_json: bool,
    parquet: bool,
    keep_log: bool,
    plot: bool,
    excel: bool,
    **given: str | None,
) -> None:
    """Report what the events in FILE say, with the files that `run --out` writes.

    FILE holds events as `fetch` writes them, as the API lists them, or as Event Streams sends them. What had to be
    repaired is printed.

    \b
    Example:
      activity-sim activities export activities.json
      activity-sim events report events.jsonl --activities activities.json --time-zone Europe/Berlin --out results
    """
    from activity_sim import output
    from activity_sim.analysis.reports import REPORTS
    from activity_sim.page.workbook import check_excel

    output.check_folder(out.absolute(), "--out")
    if excel:
        within("--excel", check_excel)
    with collected() as caught:
        history = _read(file, activities, interval, service_level, given)
    described = {
        "command_line": shlex.join([PROGRAM, *(click.get_current_context().obj or sys.argv[1:])]),
        "warnings": caught,
        "events": history.events,
        "repairs": {row["repair"]: row["count"] for row in records(history.repairs) if row["count"]},
    }
    extras = output.Extras(parquet, keep_log, plot, excel)
    written = output.write_reports(history.log, out.absolute(), described, extras)
    if as_json:
        tables = {name: records(REPORTS[name](history.log)) for name in output.SUMMARIES}
        print_json({**described, "repairs": records(history.repairs), "tables": tables})
        return
    _print(history)
    print_warnings(caught)
    click.echo(f"Wrote {len(written)} files to {out}: {', '.join(written)}")


def _read(
    file: Path, activities: Path | None, interval: str | None, service_level: str | None, given: dict[str, Any]
) -> Any:
    from activity_sim.batches.options import service_level_said
    from activity_sim.files import read_activities
    from activity_sim.history.reading import read_events

    more: dict[str, Any] = {} if interval is None else {"interval": interval}
    if service_level is not None:
        target, length = within("--service-level", lambda: service_level_said(service_level))
        more["service_level"] = {"target": target, "within": length}
    if activities is not None:
        more["activities"] = within("--activities: ", lambda: read_activities(activities))
    with as_options(*more, *given):
        return read_events(file, **more, **given)


def _print(history: Any) -> None:
    from activity_sim.analysis import describe

    click.echo(history)
    log = history.log
    sections = {"Time by activity": describe.time_shown(log), "Occupancy": describe.occupancy_shown(log)}
    if log.legend.task_types:
        sections["Service"] = describe.service_shown(log)
        sections["Service by time of day"] = describe.service_shown(log, "time_of_day")
    for title, table in sections.items():
        click.echo(f"\n{title}\n{describe.text_table(table)}")
    click.echo()
