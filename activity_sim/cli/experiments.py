"""The commands that compare scenarios."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from activity_sim.cli.words import PROGRAM, collected, print_json, print_warnings, records, warn
from activity_sim.errors import InputError, within


@click.command()
@click.argument("baseline", type=click.Path(path_type=Path))
@click.argument("scenarios", metavar="SCENARIO...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--replications", type=click.IntRange(2, 1_000_000), default=20, show_default=True, help="How many pairs to run."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Where all randomness begins."
)
@click.option("--engine", default="auto", show_default=True, help="The clock to run: auto, simpy or compiled.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write the comparison to.")
@click.option("--excel", is_flag=True, help="Write the tables as an Excel workbook too.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def compare(
    baseline: Path,
    scenarios: tuple[Path, ...],
    replications: int,
    seed: int,
    engine: str,
    out: Path | None,
    excel: bool,
    as_json: bool,
) -> None:
    """Compare each SCENARIO with BASELINE in pairs of replications, and say which differences are shown.

    \b
    Example:
      activity-sim compare day.toml with_training.toml --out comparison
    """
    from activity_sim import output
    from activity_sim.engines import choose
    from activity_sim.experiment import comparison
    from activity_sim.page.workbook import check_excel

    within("--engine", lambda: choose(engine))
    if excel and out is None:
        raise InputError("is needed for --excel, which writes a file", "--out")
    if out is not None:
        output.check_folder(out.absolute(), "--out", output.COMPARISON)
    if excel:
        within("--excel", check_excel)
    with collected() as caught:
        first, each = _loaded(baseline), {name: _loaded(path) for name, path in _named(scenarios).items()}
        found = comparison.compare(first, each, replications=replications, seed=seed, engine=engine)
    command = shlex.join([PROGRAM, *(click.get_current_context().obj or sys.argv[1:])])
    described = output.comparison_provenance(found, command, caught)
    written = output.write_comparison(found, out.absolute(), described, excel=excel) if out else []
    if as_json:
        print_json({**described, "comparison": records(found.table), "pairing": records(found.pairing)})
    else:
        _print(baseline, found, caught, out, written)


def _loaded(path: Path) -> Any:
    """Return the scenario of a file, with a check of what only shows when it is prepared."""
    from activity_sim.advice import advice
    from activity_sim.drawing import prepare
    from activity_sim.files import load_scenario

    loaded = load_scenario(path)
    warn([f"{path.name}: {message}" for message in advice(within(f"{path.name}: ", lambda: prepare(loaded)))])
    return loaded


def _named(paths: tuple[Path, ...]) -> dict[str, Path]:
    """Return the files by what their scenarios are called: without folder and ending where that tells them apart."""
    for name in (lambda path: path.stem, str):
        named = {name(path): path for path in paths}
        if len(named) == len(paths):
            return named
    twice = next(path for path in paths if paths.count(path) > 1)
    raise InputError(f"must be different files, and {twice} is there twice", "SCENARIO")


def _print(baseline: Path, found: Any, caught: list[str], out: Path | None, written: list[str]) -> None:
    from activity_sim.analysis import describe, differences

    study = found.baseline
    click.echo(f"Baseline: {describe.heading(study.scenario)}")
    click.echo(f"{study.replications} pairs of replications, seed {study.seed}, engine {study.engine}")
    for name in found.alternatives:
        money = f"; {describe.cost_heading(study.scenario).replace('C', 'c', 1)}" if study.scenario.costs else ""
        level = f"{100 * found.confidence:g} % intervals, all together"
        click.echo(f"\n{name}, compared with {baseline.stem} ({level}{money})")
        click.echo(describe.text_table(differences.comparison_shown(found.table[found.table["scenario"] == name])))
        click.echo(differences.pairing_said(found.pairing[found.pairing["scenario"] == name]))
    click.echo()
    print_warnings(caught)
    if out:
        click.echo(f"Wrote {len(written)} files to {out}: {', '.join(written)}")
