"""The command line.

Exit status 0 is success, 2 bad input (one message on standard error, nothing written), 1 any other failure.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

import click

from activity_sim import __version__
from activity_sim.errors import ActivitySimError, ActivitySimWarning, InputError, not_given, within

PROGRAM = "activity-sim"


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line with *arguments*, the process's own by default, and exit with its status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        commands.main(given, prog_name=PROGRAM, standalone_mode=False, obj=given)
    except InputError as error:
        _stop(2, str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else PROGRAM
        _stop(2, f"{error.format_message()} See '{command} --help'.")
    except (ActivitySimError, OSError) as error:
        _stop(1, str(error))
    except (click.Abort, KeyboardInterrupt):
        _stop(1, "interrupted")
    sys.exit(0)


def _stop(status: int, message: str) -> NoReturn:
    click.echo(f"{PROGRAM}: {message}", err=True)
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name=PROGRAM)
def commands() -> None:
    """Simulate a TaskRouter contact centre, and see how time divides over its activities.

    \b
    Example:
      activity-sim new day.toml
      activity-sim run day.toml --out results
    """


@commands.command()
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


@commands.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def check(scenario: Path, as_json: bool) -> None:
    """Read SCENARIO, say what it holds, and warn of what was probably not meant.

    \b
    Example:
      activity-sim check day.toml
    """
    from activity_sim.advice import advice
    from activity_sim.analysis import describe
    from activity_sim.drawing import prepare
    from activity_sim.files import load_scenario

    with _collected() as caught:
        loaded = load_scenario(scenario)
        prepared = within(f"{scenario.name}: ", lambda: prepare(loaded))
        plan = prepared.draw(1, 0)
        _warn(advice(prepared))
    drawn = len(plan.tasks.arrival)
    if as_json:
        _print_json({"scenario": loaded.name, "workers": len(loaded.worker_names), "tasks": drawn, "warnings": caught})
        return
    click.echo(describe.heading(loaded))
    for table in (describe.groups_table(loaded), describe.tasks_table(loaded)):
        if len(table):
            click.echo(f"\n{describe.text_table(table)}")
    click.echo(f"\nReplication 0 under seed 1 has {drawn:,} tasks.")
    _print_warnings(caught)
    click.echo("The scenario is sound." if not caught else "The scenario can be run; see the warnings.")


def _service_level(_: click.Context, __: click.Parameter, given: str | None) -> tuple[float, Any] | None:
    from activity_sim.units import duration

    if given is None:
        return None
    share, _sep, length = given.partition("/")
    try:
        target = float(share) / 100
    except ValueError:
        target = -1.0
    if not 0 <= target <= 1:
        raise InputError(f"must be a percentage and a duration such as 80/20s, {not_given(given)}", "--service-level")
    return target, within("--service-level", lambda: duration(length))


def _interval(_: click.Context, __: click.Parameter, given: str | None) -> Any:
    from activity_sim.units import duration

    return None if given is None else within("--interval", lambda: duration(given))


@commands.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--replications", type=click.IntRange(1, 1_000_000), default=20, show_default=True, help="How many to run."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Where all randomness begins."
)
@click.option("--engine", default="auto", show_default=True, help="The clock to run: auto or simpy.")
@click.option("--interval", callback=_interval, help="Of the reports by interval, in place of the scenario's.")
@click.option("--service-level", callback=_service_level, help="Such as 80/20s, in place of the scenario's.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write all reports to.")
@click.option("--parquet", is_flag=True, help="Write a Parquet twin of each CSV too.")
@click.option("--log", "keep_log", is_flag=True, help="Write the logs of all replications too, as Parquet.")
@click.option("--plot", is_flag=True, help="Draw the workers by activity through the busiest day too.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def run(
    scenario: Path,
    replications: int,
    seed: int,
    engine: str,
    interval: Any,
    service_level: tuple[float, Any] | None,
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
    from activity_sim.experiment import replicate
    from activity_sim.files import load_scenario

    within("--engine", lambda: choose(engine))
    wanted = output.Extras(parquet=extras["parquet"], log=extras["keep_log"], plot=extras["plot"])
    if out is None and wanted != output.Extras():
        raise InputError("is needed for --parquet, --log and --plot, which write files", "--out")
    if out is not None:
        output.check_folder(out.absolute(), "--out")
    with _collected() as caught:
        loaded = _changed(load_scenario(scenario), interval, service_level)
        prepared = within(f"{scenario.name}: ", lambda: prepare(loaded))
        _warn(advice(prepared))
        with _executor(prepared, replications) as executor:
            study = replicate(
                loaded,
                replications=replications,
                seed=seed,
                engine=engine,
                executor=executor,
                keep_logs=wanted.log,
            )
    described = output.provenance(
        study, shlex.join([PROGRAM, *(click.get_current_context().obj or sys.argv[1:])]), caught
    )
    written = output.write_study(study, out.absolute(), described, wanted) if out else []
    if as_json:
        _print_json({**described, "tables": {name: _records(study.table(name)) for name in output.SUMMARIES}})
    else:
        _print_study(study, caught, out, written)


def _changed(loaded: Any, interval: Any, service_level: tuple[float, Any] | None) -> Any:
    import attrs

    if interval is not None:
        try:
            loaded = attrs.evolve(loaded, interval=interval)
        except InputError as error:
            raise InputError(error.must, "--interval") from None
    if service_level is None:
        return loaded
    target, length = service_level

    def changed(level: Any) -> Any:
        return attrs.evolve(level, within=length, target=target) if level else None

    tasks = [attrs.evolve(tasks, service_level=changed(tasks.service_level)) for tasks in loaded.tasks]
    return attrs.evolve(loaded, service_level=changed(loaded.service_level), tasks=tasks)


def _executor(prepared: Any, replications: int) -> Any:
    """Return a pool of processes where there is enough to do for it to pay, and nothing otherwise."""
    from activity_sim.engines import BRIEF

    processes = min(replications, os.cpu_count() or 1)
    enough = prepared.expected_tasks * replications > BRIEF
    return ProcessPoolExecutor(processes) if processes > 1 and enough else nullcontext()


def _print_study(study: Any, caught: list[str], out: Path | None, written: list[str]) -> None:
    from activity_sim.analysis import describe

    click.echo(describe.heading(study.scenario))
    click.echo(f"{study.replications} replication(s), seed {study.seed}, engine {study.engine}")
    click.echo("\nHow workers leave for an unavailable activity")
    for line in describe.notes(study.scenario):
        click.echo(f"  {line}")
    sections = {"Time by activity": describe.time_shown(study), "Occupancy": describe.occupancy_shown(study)}
    if study.legend.task_types:
        sections["Service"] = describe.service_shown(study)
        sections["Service by time of day"] = describe.service_shown(study, "time_of_day")
    for title, table in sections.items():
        click.echo(f"\n{title}{' (95 % intervals)' if study.replications > 1 else ''}")
        click.echo(describe.text_table(table))
    click.echo()
    _print_warnings(caught)
    if out:
        click.echo(f"Wrote {len(written)} files to {out}: {', '.join(written)}")


@contextmanager
def _collected() -> Iterator[list[str]]:
    """Collect the package's warnings, each once, in the order in which they come."""
    found: list[str] = []
    show = warnings.showwarning

    def collect(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if not issubclass(category, ActivitySimWarning):
            show(message, category, *rest, **more)
        elif str(message) not in found:
            found.append(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", ActivitySimWarning)
        warnings.showwarning = collect
        yield found


def _warn(messages: Sequence[str]) -> None:
    for message in messages:
        warnings.warn(message, ActivitySimWarning, stacklevel=2)


def _print_warnings(caught: Sequence[str]) -> None:
    for message in caught:
        click.echo(f"warning: {message}", err=True)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _records(table: Any) -> Any:
    return json.loads(table.to_json(orient="records", date_format="iso", double_precision=15))
