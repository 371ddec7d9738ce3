"""The page of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np
import pandas as pd

from activity_sim.analysis import plots
from activity_sim.analysis.differences import NO_DIFFERENCE, change, figure, pairing_said, repeated
from activity_sim.analysis.metrics import METRICS
from activity_sim.model.scenario import Scenario
from activity_sim.page.answer import Answer, Figure
from activity_sim.page.cells import Cell, Column, Table, exact
from activity_sim.page.given import Run
from activity_sim.page.inputs import inputs, provenance
from activity_sim.page.pictures import Picture, picture
from activity_sim.page.rendering import render
from activity_sim.page.run import method, subtitle

COLUMNS = (
    Column("metric", "Figure"),
    Column("subject", "Of"),
    Column("baseline", "Baseline", "metric"),
    Column("alternative", "Alternative", "metric"),
    Column("difference", "Difference", "metric"),
    Column("p_value", "p", "metric"),
    Column("verdict", "Verdict"),
)
NAMES = {
    "service_level": "Service level",
    "abandoned_share": "Abandoned share",
    "wait_mean": "Mean wait",
    "wait_accepted_mean": "Mean wait if answered",
    "wait_p90": "90 % wait at most",
    "completed": "Completed tasks",
    "offered": "Tasks that came",
    "abandoned": "Abandoned tasks",
    "occupancy": "Occupancy",
    "utilisation": "Utilisation",
    "cost": "Cost",
    "share": "Share of time",
    "total": "Time",
}
DRAWN = ("service_level", "wait_mean", "abandoned_share", "occupancy", "cost")


@attrs.frozen(eq=False)
class Compared:
    """A comparison: the *baseline* as a run, each alternative's scenario and run by name, and its tables."""

    baseline: Run
    alternatives: Mapping[str, Run]
    table: pd.DataFrame
    pairing: pd.DataFrame
    confidence: float

    def rows(self, name: str) -> pd.DataFrame:
        """Return the rows of one alternative; where "all" says nothing more, it is left out."""
        mine = self.table[self.table["scenario"] == name]
        return mine[~repeated(mine)]

    def scenarios(self) -> Iterator[tuple[str, Run, Scenario]]:
        """Yield the baseline and the alternatives."""
        for name, run in {f"the baseline, {self.baseline.name}": self.baseline, **self.alternatives}.items():
            assert run.scenario is not None  # a comparison knows what it compares
            yield name, run, run.scenario


def comparison_page(compared: Compared) -> str:
    """Return the page of a comparison as HTML."""
    run, names = compared.baseline, list(compared.alternatives)
    return render(
        "comparison.html",
        title=f"{run.name}: compared with {', '.join(names) if len(names) < 4 else f'{len(names)} alternatives'}",
        subtitle=subtitle(run),
        confidence=f"{100 * compared.confidence:g} %",
        answers=[answer for name in names for answer in _answers(compared, name)],
        figures=list(_figures(compared)),
        pictures=list(_pictures(compared)),
        tables=[_table(compared, name) for name in names],
        pairing=[(name, pairing_said(_of(compared.pairing, name))) for name in names],
        inputs=[inputs(name, scenario, one.legend) for name, one, scenario in compared.scenarios()],
        warnings=list(run.described["warnings"]),
        provenance=provenance(run.described),
        command=run.described["command_line"],
        method=method(run),
    )


def _of(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[table["scenario"] == name]


def _answers(compared: Compared, name: str) -> Iterator[Answer]:
    """Yield what *name* changes in the service level, the mean wait and the occupancy, all together."""
    rows = _of(compared.table, name)
    main = rows[(rows["subject"] == "all") & rows["metric"].isin(DRAWN) & np.isfinite(rows["difference"])]
    shown = main[main["verdict"] != NO_DIFFERENCE]
    said = [_change(row) for _, row in shown.iterrows()]
    if said:
        yield Answer(f"With “{name}”, {'; '.join(said)}.", _judged(shown))
    alike = [NAMES[metric].lower() for metric in main.loc[main["verdict"] == NO_DIFFERENCE, "metric"]]
    if alike:
        yield Answer(f"No difference is shown for “{name}” in: {', '.join(alike)}.")
    if not said and not alike:
        yield Answer(f"There is nothing to compare “{name}” by.")


def _judged(shown: pd.DataFrame) -> str:
    """Return whether all differences that are *shown* are "better" or "worse" for customers, where they are."""
    pairs = zip(shown["metric"], shown["verdict"], strict=True)
    good = {METRICS[metric].good == verdict for metric, verdict in pairs if METRICS[metric].good}
    return "" if len(good) != 1 else "better" if good.pop() else "worse"


def _change(row: pd.Series[Any]) -> str:
    metric = row["metric"]
    ends = f"{change(metric, row['difference_low'])} to {change(metric, row['difference_high'])}"
    moved = f"from {figure(metric, row['baseline'])} to {figure(metric, row['alternative'])}"
    word = "rises" if row["verdict"] == "higher" else "falls"
    return f"the {NAMES[metric].lower()} {word} {moved} ({change(metric, row['difference'])}; interval {ends})"


def _figures(compared: Compared) -> Iterator[Figure]:
    for name in list(compared.alternatives)[:4]:
        rows = _of(compared.table, name)
        for _, row in rows[(rows["subject"] == "all") & rows["metric"].isin(DRAWN[:2])].iterrows():
            metric = row["metric"]
            ends = f"{change(metric, row['difference_low'])} to {change(metric, row['difference_high'])}"
            yield Figure(f"{NAMES[metric]}, {name}", change(metric, row["difference"]), ends, _better(row))


def _better(row: pd.Series[Any]) -> str:
    good, verdict = METRICS[row["metric"]].good, row["verdict"]
    judged = "No difference shown." if verdict == NO_DIFFERENCE else "Better." if verdict == good else "Worse."
    return f"{figure(row['metric'], row['baseline'])} in the baseline. {judged if good else ''}"


def _pictures(compared: Compared) -> Iterator[Picture]:
    for metric in DRAWN:
        rows = compared.table[(compared.table["metric"] == metric) & (compared.table["subject"] == "all")]
        if np.isfinite(rows["difference"]).any():
            said = [f"{row['scenario']} {change(metric, row['difference'])}" for _, row in rows.iterrows()]
            caption = "Left and right ends are those of the interval; full points are differences that are shown."
            ax = plots.comparison(compared.table, metric=metric)
            yield picture(ax, f"{NAMES[metric]}: difference from the baseline", f"{'; '.join(said)}.", caption=caption)


def _table(compared: Compared, name: str) -> Table:
    rows = [_row(row) for _, row in compared.rows(name).iterrows()]
    note = (
        f"Intervals and verdicts hold all together with {100 * compared.confidence:g} % confidence.{_money(compared)}"
    )
    return Table(f"comparison-{name}", f"{name}, compared with the baseline", COLUMNS, rows, note, "comparison.csv")


def _money(compared: Compared) -> str:
    prices = compared.baseline.legend.prices
    return f" Cost is in {prices.currency}." if prices is not None and prices.currency else ""


def _row(row: pd.Series[Any]) -> list[Cell]:
    metric = row["metric"]
    low, high = row["difference_low"], row["difference_high"]
    ends = f"{change(metric, low)} to {change(metric, high)}" if np.isfinite(low) else ""
    chance = row["p_value"]
    return [
        Cell(metric, NAMES.get(metric, metric)),
        Cell(row["subject"], row["subject"]),
        *(Cell(exact(row[which]), figure(metric, row[which])) for which in ("baseline", "alternative")),
        Cell(exact(row["difference"]), change(metric, row["difference"]), ends, exact(low), exact(high)),
        Cell(exact(chance), "< 0.001" if chance < 0.001 else f"{chance:.3f}"),
        Cell(row["verdict"], row["verdict"]),
    ]
