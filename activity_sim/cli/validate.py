"""The command that holds the simulation to formulas."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from activity_sim.cli.words import collected, print_json, print_warnings, records
from activity_sim.errors import within


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option(
    "--replications", type=click.IntRange(20, 10_000), default=40, show_default=True, help="How many to run of each."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Where all randomness begins."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def validate(scenario: Path, replications: int, seed: int, as_json: bool) -> None:
    """Show what is simulated for SCENARIO, or the nearest to it that has an exact answer, beside that answer.

    \b
    Example:
      activity-sim validate day.toml
    """
    from activity_sim.experiment.validation import validate as validated
    from activity_sim.files import load_scenario

    with collected() as caught:
        loaded = load_scenario(scenario)
        found = within(f"{scenario.name}: ", lambda: validated(loaded, replications=replications, seed=seed))
    if as_json:
        print_json({**_described(found), "warnings": caught})
    else:
        click.echo(str(found))
        print_warnings(caught)
    if not found.agrees:
        sys.exit(1)


def _described(found: Any) -> dict[str, Any]:
    return {
        "scenario": found.scenario.name,
        "seed": found.seed,
        "replications": found.replications,
        "cases": [{name: getattr(case, name) for name in ("name", "formula", "direct", "why")} for case in found.cases],
        "assumptions": records(found.assumptions),
        "figures": records(found.table),
        "limit": found.limit,
        "agrees": found.agrees,
        "conclusion": found.conclusion,
    }
