"""What a calibration found: the scenario, and every number of it with how sure it is."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import attrs
import pandas as pd

from activity_sim.analysis.describe import text_table
from activity_sim.errors import InputError
from activity_sim.files import FilePath, read_counts, whole_file
from activity_sim.history.fitting import Fit
from activity_sim.model.arrivals import Counts
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Tasks

CLOCKED = ("arrivals",)
"""The numbers of which there are as many as weekdays and intervals: a printed table sums them up."""


@attrs.frozen
class Number:
    """One number of the scenario: what it is of, its estimate with its 95 % interval, and what it rests on."""

    subject: str
    number: str
    unit: str
    estimate: float
    low: float
    high: float
    observed: int
    cut: int = 0
    law: str = ""
    rivals: str = ""
    p_value: float = float("nan")
    note: str = ""


COLUMNS = tuple(field.name for field in attrs.fields(Number))


def numbers(subject: str, what: str, found: Fit) -> list[Number]:
    """Return the numbers of a law that was *found* for *what* of a *subject*."""
    plain = ("cv", "shape", "share of 0")
    return [
        Number(
            subject=subject,
            number=f"{what}: {row.name}",
            unit="" if row.name in plain else "s",
            estimate=row.estimate,
            low=row.low,
            high=row.high,
            observed=found.ended,
            cut=found.cut,
            law=found.law,
            rivals=rivals(found.aic),
            p_value=found.p_value,
        )
        for row in found.parameters
    ]


def rivals(aic: Mapping[str, float]) -> str:
    """Return by how much the AIC of each candidate is above the lowest.

    >>> rivals({"gamma": 102.5, "lognormal": 100.0})
    'lognormal +0.0, gamma +2.5'
    """
    order = sorted(aic, key=lambda name: aic[name])
    return ", ".join(f"{name} +{aic[name] - aic[order[0]]:.1f}" for name in order)


@attrs.frozen(eq=False, repr=False)
class Calibration:
    """A scenario with the numbers of a log: what :func:`calibrate` returns.

    *table* has a row for each number: *subject* (a task type, a worker group), *number*, *unit*, *estimate* with the
    95 % interval from *low* to *high*, how many were *observed* and of how many a part only (*cut*), the *law* chosen,
    its *rivals* with their AIC above the lowest, the *p_value* of the test of the law, and a *note*. *patience* holds
    the share that would wait longer than *waited* seconds, by the estimate of Kaplan and Meier with its interval and by
    the law that was fitted. *warnings* say what to doubt.
    """

    scenario: Scenario
    table: pd.DataFrame
    patience: pd.DataFrame
    warnings: tuple[str, ...]

    def save(self, path: FilePath) -> list[Path]:
        """Write the scenario to *path*, and beside it a CSV file for each task type whose arrivals differ by date.

        Returns the files. Raises :exc:`~activity_sim.errors.InputError` where one cannot be written.
        """
        place = Path(path)
        counted = [tasks for tasks in self.scenario.tasks if isinstance(tasks.arrivals, Counts)]
        files = {
            tasks.friendly_name: place.with_name(f"{place.stem}_arrivals_{number}.csv")
            for number, tasks in enumerate(counted, start=1)
        }
        try:
            for tasks in counted:
                _write_counts(tasks, files[tasks.friendly_name])
            self._with(files).save(str(place))
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror or error}", str(place)) from None
        return [place, *files.values()]

    def _with(self, files: Mapping[str, Path]) -> Scenario:
        """Return the scenario whose arrivals come from *files*."""
        tasks = [
            attrs.evolve(each, arrivals=read_counts(files[each.friendly_name])) if each.friendly_name in files else each
            for each in self.scenario.tasks
        ]
        return attrs.evolve(self.scenario, tasks=tasks)

    @property
    def shown(self) -> pd.DataFrame:
        """The table as it is printed: without the rates, and figures with four digits."""
        kept = self.table[~self.table["number"].str.startswith(CLOCKED)]
        columns = kept[
            ["subject", "number", "estimate", "low", "high", "unit", "observed", "cut", "law", "note"]
        ].copy()
        for name in ("estimate", "low", "high"):
            columns[name] = [f"{value:.4g}" for value in columns[name]]
        columns["p"] = ["" if pd.isna(p) else f"{p:.2g}" for p in kept["p_value"]]
        return columns.reset_index(drop=True)

    def __repr__(self) -> str:
        return f"<Calibration: {len(self.table)} numbers, {len(self.warnings)} warnings>"

    @property
    def text(self) -> str:
        """The table as text, without the warnings."""
        rates = len(self.table) - len(self.shown)
        return f"{text_table(self.shown)}\nand {rates} rates of arrivals by weekday and interval"

    def __str__(self) -> str:
        return "\n".join([self.text, *(f"warning: {text}" for text in self.warnings)])

    def _repr_html_(self) -> str:
        doubts = "".join(f"<li>{escape(text)}</li>" for text in self.warnings)
        return self.shown.to_html(index=False, border=0) + (f"<ul>{doubts}</ul>" if doubts else "")


def table(rows: Sequence[Number]) -> pd.DataFrame:
    """Return *rows* as a table."""
    return pd.DataFrame([attrs.astuple(row) for row in rows], columns=pd.Index(COLUMNS))


def _write_counts(tasks: Tasks, file: Path) -> None:
    arrivals = tasks.arrivals
    assert isinstance(arrivals, Counts)
    with whole_file(file) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("time", "calls"))
        for moment, count in zip(arrivals.times, arrivals.counts, strict=True):
            writer.writerow((moment.isoformat() if not isinstance(moment, int) else moment, repr(count)))
