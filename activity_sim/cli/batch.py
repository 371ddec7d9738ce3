"""The command that runs many scenarios."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from activity_sim.cli.words import print_json
from activity_sim.errors import InputError

if TYPE_CHECKING:
    from activity_sim.batches.working import Batch


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to write all results to.")
@click.option("--jobs", type=click.IntRange(1, 1_000), help="How many to run at a time; as many as processors.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary for machines.")
def batch(file: Path, out: Path, jobs: int | None, as_json: bool) -> None:
    """Run the scenarios that the batch FILE lists, each in a process of its own, to a folder of its own.

    What was done before and has not changed since is passed over. The exit status is 1 where a run failed. Without a
    terminal nothing is printed when all is well.

    \b
    Example:
      activity-sim batch nightly.toml --out results
    """
    from activity_sim.batches.working import batch as run_batch

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as an interrupt, so that whole folders are left
    try:
        found = run_batch(file, out=out, jobs=jobs)
    except InputError as error:
        where = "--out" if error.where[:1] == ("out",) else None
        raise InputError(error.must, where, *error.where[1:]) if where else error from None
    if as_json:
        print_json(_said(found))
    elif sys.stdout.isatty():
        _print(found)
    _print_failures(found)
    if found.failed:
        sys.exit(1)


def _said(found: Batch) -> dict[str, Any]:
    return {"batch": found.name, "folder": str(found.folder), "runs": [row.written for row in found.rows]}


def _print(found: Batch) -> None:
    from pandas import DataFrame

    from activity_sim.analysis import describe
    from activity_sim.batches.page import COLUMNS, cells

    rows = [[row.name, row.status, *cells(row)] for row in found.rows]
    click.echo(describe.text_table(DataFrame(rows, columns=["Run", "Status", *COLUMNS[:-1]])))
    click.echo(f"The page of all: {found.folder / 'index.html'}")


def _print_failures(found: Batch) -> None:
    """Name what failed on standard error."""
    for row in found.rows:
        if row.name in found.failed:
            click.echo(f"activity-sim: {row.name}: {row.error}", err=True)
    if found.failed:
        count = f"{len(found.failed)} of {len(found.rows)} runs failed"
        click.echo(f"activity-sim: {count}: {', '.join(found.failed)}", err=True)
