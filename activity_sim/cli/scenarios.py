"""The commands that read a scenario."""

from __future__ import annotations

import shlex
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from activity_sim.cli.words import PROGRAM, collected, print_json, print_warnings, records, warn
from activity_sim.errors import InputError, within


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def new(file: Path) -> None:
    """Write a commented starter scenario to FILE.

    \b
    Example:
      activity-sim new day.toml
    """
    from activity_sim.files import whole_file
    from activity_sim.output import check_folder

    if file.exists():
        raise InputError("exists already; nothing was written", str(file))
    check_folder(file.absolute().parent, str(file))
    with whole_file(file) as unfinished:
        unfinished.write_bytes(files("activity_sim").joinpath("starter.toml").read_bytes())
    click.echo(f"Wrote {file}. Next: {PROGRAM} check {file}")


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--explain", "explained", help="A task type: show its filters and targets, and who may take its tasks.")
@click.option("--attributes", help="With --explain: a JSON object in place of the attributes of the task type.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def check(scenario: Path, explained: str | None, attributes: str | None, as_json: bool) -> None:
    """Read SCENARIO, say what it holds, and warn of what was probably not meant.

    \b
    Example:
      activity-sim check day.toml
      activity-sim check day.toml --explain "support call"
    """
    from activity_sim.advice import advice
    from activity_sim.analysis import describe
    from activity_sim.drawing import prepare
    from activity_sim.files import load_scenario

    with collected() as caught:
        loaded = load_scenario(scenario)
        prepared = within(f"{scenario.name}: ", lambda: prepare(loaded))
        plan = prepared.draw(1, 0)
        warn(advice(prepared))
        explanation = _explanation(loaded, explained, attributes)
    drawn = len(plan.tasks.arrival)
    if as_json:
        said = {"scenario": loaded.name, "workers": len(loaded.worker_names), "tasks": drawn, "warnings": caught}
        print_json(said | ({"explanation": _as_json(explanation)} if explanation else {}))
        return
    click.echo(describe.heading(loaded))
    for table in (describe.groups_table(loaded), describe.tasks_table(loaded)):
        if len(table):
            click.echo(f"\n{describe.text_table(table)}")
    if explanation:
        click.echo(f"\n{explanation}")
    click.echo(f"\nReplication 0 under seed 1 has {drawn:,} tasks.")
    print_warnings(caught)
    click.echo("The scenario is sound." if not caught else "The scenario can be run; see the warnings.")


def _explanation(scenario: Any, task: str | None, attributes: str | None) -> Any:
    from activity_sim.explanation import explain

    if task is None and attributes is not None:
        raise InputError("is only for --explain, which names a task type", "--attributes")
    if task is None:
        return None
    try:
        return explain(scenario, task, attributes=attributes)
    except InputError as error:
        raise InputError(error.must, "--attributes" if error.where[:1] == ("attributes",) else "--explain") from None


def _as_json(explanation: Any) -> dict[str, Any]:
    tables = {name: records(getattr(explanation, name)) for name in ("filters", "targets", "workers")}
    return {"task": explanation.task, "workflow": explanation.workflow, **tables, "fate": explanation.fate}


def said_service_level(_: click.Context, __: click.Parameter, given: str | None) -> tuple[float, Any] | None:
    """Read --service-level."""
    from activity_sim.batches.options import service_level_said

    return None if given is None else within("--service-level", lambda: service_level_said(given))


def _precision(_: click.Context, __: click.Parameter, given: str | None) -> Any:
    from activity_sim.batches.options import precision_said

    return None if given is None else within("--precision", lambda: precision_said(given))


def said_interval(_: click.Context, __: click.Parameter, given: str | None) -> Any:
    """Read --interval."""
    from activity_sim.units import duration

    return None if given is None else within("--interval", lambda: duration(given))


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--replications", type=click.IntRange(1, 1_000_000), default=20, show_default=True, help="How many to run."
)
@click.option(
    "--precision", callback=_precision, help="Such as service_level=0.005: run until its interval is as narrow."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Where all randomness begins."
)
@click.option("--engine", default="auto", show_default=True, help="The clock to run: auto, simpy or compiled.")
@click.option("--interval", callback=said_interval, help="Of the reports by interval, in place of the scenario's.")
@click.option("--service-level", callback=said_service_level, help="Such as 80/20s, in place of the scenario's.")
@click.option(
    "--checkpoint", type=click.Path(path_type=Path), help="A file to keep what is done in, and to go on from."
)
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write all reports to.")
@click.option("--parquet", is_flag=True, help="Write a Parquet twin of each CSV too.")
@click.option("--log", "keep_log", is_flag=True, help="Write the logs of all replications too, as Parquet.")
@click.option("--plot", is_flag=True, help="Draw the workers by activity through the busiest day too.")
@click.option("--excel", is_flag=True, help="Write the tables as an Excel workbook too.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def run(
    scenario: Path,
    replications: int,
    precision: Any,
    seed: int,
    engine: str,
    interval: Any,
    service_level: tuple[float, Any] | None,
    checkpoint: Path | None,
    out: Path | None,
    as_json: bool,
    **extras: bool,
) -> None:
    """Simulate SCENARIO and report time by activity and service.

    \b
    Example:
      activity-sim run day.toml --replications 10 --out results --plot
    """
    from activity_sim import output
    from activity_sim.advice import advice
    from activity_sim.drawing import prepare
    from activity_sim.engines import choose
    from activity_sim.experiment.running import replicate
    from activity_sim.files import load_scenario
    from activity_sim.page.workbook import check_excel

    within("--engine", lambda: choose(engine))
    wanted = output.Extras(extras["parquet"], extras["keep_log"], extras["plot"], extras["excel"])
    _check_together(precision, checkpoint, log=wanted.log, needs_out=out is None and wanted != output.Extras())
    if out is not None:
        output.check_folder(out.absolute(), "--out")
    if wanted.excel:
        within("--excel", check_excel)
    with collected() as caught:
        loaded = changed(load_scenario(scenario), interval, service_level)
        prepared = within(f"{scenario.name}: ", lambda: prepare(loaded))
        warn(advice(prepared))
        study = replicate(
            loaded,
            replications=replications if precision is None else None,
            until=precision,
            seed=seed,
            engine=engine,
            keep_logs=wanted.log,
            checkpoint=checkpoint,
        )
    described = output.provenance(
        study, shlex.join([PROGRAM, *(click.get_current_context().obj or sys.argv[1:])]), caught
    )
    written = output.write_study(study, out.absolute(), described, wanted) if out else []
    if as_json:
        names = output.with_cost(output.SUMMARIES, study.legend)
        print_json({**described, "tables": {name: records(study.table(name)) for name in names}})
    else:
        _print_study(study, caught, out, written)


def _check_together(precision: Any, checkpoint: Path | None, *, log: bool, needs_out: bool) -> None:
    """Check the options that do not go with others, or not without."""
    counted = click.get_current_context().get_parameter_source("replications") is not ParameterSource.DEFAULT
    if counted and precision is not None:
        raise InputError("must not be given with --precision, which says how many there are", "--replications")
    if log and checkpoint is not None:
        raise InputError("must not be given with --checkpoint, which keeps no logs", "--log")
    if needs_out:
        raise InputError("is needed for --parquet, --log, --plot and --excel, which write files", "--out")


def changed(loaded: Any, interval: Any, service_level: tuple[float, Any] | None) -> Any:
    """Return the scenario that was *loaded* with what --interval and --service-level say."""
    from activity_sim.planning.goal import asking

    target, length = service_level or (None, None)
    try:
        return asking(loaded, service_level=target, within=length, interval=interval)
    except InputError as error:
        raise InputError(error.must, "--interval") from None


def _print_study(study: Any, caught: list[str], out: Path | None, written: list[str]) -> None:
    from activity_sim.analysis import describe

    click.echo(describe.heading(study.scenario))
    reached = (
        f"; precise enough after {study.stopping.replications}" if study.stopping and study.stopping.reached else ""
    )
    click.echo(f"{study.replications} replication(s), seed {study.seed}, engine {study.engine}{reached}")
    click.echo("\nHow workers leave for an unavailable activity")
    for line in describe.notes(study.scenario):
        click.echo(f"  {line}")
    sections = {"Time by activity": describe.time_shown(study), "Occupancy": describe.occupancy_shown(study)}
    if study.legend.task_types:
        sections["Service"] = describe.service_shown(study)
        sections["Service by time of day"] = describe.service_shown(study, "time_of_day")
    if study.scenario.costs:
        sections[describe.cost_heading(study.scenario)] = describe.cost_shown(study)
    for title, table in sections.items():
        click.echo(f"\n{title}{' (95 % intervals)' if study.replications > 1 else ''}")
        click.echo(describe.text_table(table))
    click.echo()
    print_warnings(caught)
    if out:
        click.echo(f"Wrote {len(written)} files to {out}: {', '.join(written)}")
