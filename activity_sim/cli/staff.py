"""The command that finds how many workers it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from activity_sim.cli.scenarios import changed, said_interval, said_service_level
from activity_sim.cli.words import collected, print_json, print_warnings, records, warn
from activity_sim.errors import within

STAFFING = {"staffing.csv", "staffed.toml"}
"""Every file that it may write."""


@click.command()
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--service-level", callback=said_service_level, help="Such as 80/20s, in place of the scenario's.")
@click.option("--per", default="interval", show_default=True, help="Whether each interval or each day has to meet it.")
@click.option("--interval", callback=said_interval, help="In place of the scenario's.")
@click.option(
    "--replications", type=click.IntRange(20, 100_000), default=100, show_default=True, help="How many for each trial."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Where all randomness begins."
)
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write staffing.csv and staffed.toml to.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def staff(
    scenario: Path,
    service_level: tuple[float, Any] | None,
    per: str,
    interval: Any,
    replications: int,
    seed: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """Find the cheapest numbers of workers in each group with which SCENARIO meets its service level.

    \b
    Example:
      activity-sim staff day.toml --service-level 80/20s --out staffed
    """
    from activity_sim import output
    from activity_sim.advice import advice
    from activity_sim.analysis import describe
    from activity_sim.drawing import prepare
    from activity_sim.files import load_scenario
    from activity_sim.model.reading import one_of
    from activity_sim.planning.goal import PER
    from activity_sim.planning.staffing import staff as staffed

    within("--per", lambda: one_of(*PER)(per))
    if out is not None:
        output.check_folder(out.absolute(), "--out", STAFFING)
    with collected() as caught:
        loaded = changed(load_scenario(scenario), interval, service_level)
        warn(advice(within(f"{scenario.name}: ", lambda: prepare(loaded))))
        found = within(f"{scenario.name}: ", lambda: staffed(loaded, per=per, replications=replications, seed=seed))
    if out is not None:
        output.placed(out.absolute(), lambda place: _write(found, place, out.absolute()), STAFFING)
    if as_json:
        print_json({**_described(found, seed, replications), "warnings": caught})
        return
    click.echo(f"{describe.heading(loaded)}\n\n{describe.text_table(_numbers(loaded, found))}")
    click.echo(f"\nCost: {found.cost:g}\n{found.statement}")
    print_warnings(caught)
    if out is not None:
        click.echo(f"Wrote {len(STAFFING)} files to {out}: {', '.join(sorted(STAFFING))}")


def _write(found: Any, unfinished: Path, folder: Path) -> None:
    """Write the files to an *unfinished* folder whose files will be moved to *folder*."""
    from activity_sim.files import scenario_text
    from activity_sim.output import write_csv

    write_csv(found.table, unfinished / "staffing.csv")
    (unfinished / "staffed.toml").write_text(scenario_text(found.scenario, folder), "utf-8")


def _numbers(given: Any, found: Any) -> Any:
    import pandas as pd

    now = [len(group.names) for group in given.groups]
    return pd.DataFrame({"workers": list(found.numbers), "given": now, "needed": list(found.numbers.values())})


def _described(found: Any, seed: int, replications: int) -> dict[str, Any]:
    return {
        "scenario": found.scenario.name,
        "seed": seed,
        "replications": replications,
        "numbers": found.numbers,
        "cost": found.cost,
        "statement": found.statement,
        "proved": found.proved,
        "complete": found.complete,
        "levels": records(found.levels),
        "staffing": records(found.table),
    }
