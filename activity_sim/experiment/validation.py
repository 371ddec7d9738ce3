"""Validation: simulated figures beside exact ones, for a scenario or for the nearest that has an exact answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Any

import attrs
import numpy as np
import pandas as pd

from activity_sim.analysis.describe import heading, text_table
from activity_sim.analysis.multiple import bonferroni_confidence
from activity_sim.drawing import prepare
from activity_sim.engines import choose
from activity_sim.errors import within
from activity_sim.experiment.assumptions import Assumption
from activity_sim.experiment.cases import COLUMNS, Case, Row
from activity_sim.experiment.pool import Where
from activity_sim.experiment.running import quietly
from activity_sim.experiment.simplified import cases
from activity_sim.model.reading import whole
from activity_sim.model.scenario import Scenario

REPLICATIONS = 40
CONFIDENCE = 0.999
"""All figures of a validation that are right are found so with this probability."""
NEAR = 3.0
"""So many standard errors are nothing to speak of."""
_replications = whole(20, 10_000)


@attrs.frozen(eq=False, repr=False)
class Validation:
    """Simulated figures of a *scenario* beside the exact ones, or of what is nearest to it where there are none.

    *table* has a row for each figure of each case, with its distance from the exact one in standard errors (NaN where
    a figure is too rare to be compared). *assumptions* has what each formula assumes: whether it holds, what is given,
    and what was used instead. *limit* is the distance that chance does not explain. Print it to read it.
    """

    scenario: Scenario
    cases: Sequence[Case]
    table: pd.DataFrame
    assumptions: pd.DataFrame
    replications: int
    seed: int

    @property
    def limit(self) -> float:
        """The distance in standard errors that chance does not explain, with so many figures and replications."""
        from scipy.special import stdtrit

        share = bonferroni_confidence(CONFIDENCE, max(int(self.table["distance"].notna().sum()), 1))
        return float(stdtrit(self.replications - 1, (1 + share) / 2))

    @property
    def differing(self) -> pd.DataFrame:
        """The rows of the figures that are further from the exact ones than chance explains."""
        return self.table[self.table["distance"].abs() > self.limit]

    @property
    def agrees(self) -> bool:
        """Whether no figure differs."""
        return self.differing.empty

    @property
    def conclusion(self) -> str:
        """One sentence that says how near the figures are."""
        distance = self.table["distance"].abs().dropna()
        if distance.empty:
            return "No figure could be compared."
        if not self.agrees:
            names = "; ".join(f"{row.case}: {row.figure}" for row in self.differing.itertuples())
            count = f"{len(self.differing)} of {len(distance)} figures"
            rest = "More replications show whether it is chance."
            return (
                f"DIFFERS: {count} lie more than {self.limit:.1f} standard errors from the exact ones: {names}. {rest}"
            )
        which = {1: "The one figure is", 2: "Both figures are"}.get(len(distance), f"All {len(distance)} figures are")
        if distance.max() <= NEAR:
            return f"{which} within {NEAR:g} standard errors of the exact one{'s' * (len(distance) > 1)}."
        furthest = f"the furthest is {distance.max():.1f} standard errors off"
        return f"{which} as near as can be expected: {furthest}, and chance alone may take one {self.limit:.1f} away."

    @property
    def meaning(self) -> str:
        """What the figures say about the scenario, in a sentence or two."""
        compared = [case for case in self.cases if case.scenario]
        if not compared:
            return "No formula applies to this scenario or to a simplification of it."
        if all(case.direct for case in compared):
            return "These are figures of the scenario itself."
        return (
            "The scenario itself has no exact answer; what is nearest to it and has one was simulated in its place.\n"
            "So the figures test the simulation and forecast nothing, and what was changed (each 'no') is not tested."
        )

    def __repr__(self) -> str:
        return f"<Validation of {self.scenario!r}: {self.conclusion}>"

    def __str__(self) -> str:
        parts = [heading(self.scenario), *map(self._said, self.cases), self.meaning, self.conclusion]
        return "\n\n".join(parts)

    def _said(self, case: Case) -> str:
        table = shown(self.table[self.table["case"] == case.name])
        assumed = "\n".join(map(_line, case.assumptions))
        tables = [assumed, text_table(table)] if len(table) else []
        return "\n\n".join([_title(case), *tables])

    def _repr_html_(self) -> str:
        tables = [self.assumptions, shown(self.table)] if len(self.table) else []
        html = [table.to_html(index=False, border=0) for table in tables]
        texts = [heading(self.scenario), *map(_title, self.cases), self.meaning, self.conclusion]
        return "".join([*(f"<p>{escape(text)}</p>" for text in texts), *html])


def _title(case: Case) -> str:
    if case.why:
        return f"{case.name}: no formula applies: {case.why}."
    what = "the scenario as it is" if case.direct else "the nearest that has an exact answer"
    return f"{case.name}: {case.formula}, {what}"


def _line(row: Assumption) -> str:
    used = f"\n       used instead: {row.used_instead}" if row.used_instead else ""
    return f"  {'yes' if row.holds else 'no ':3}  {row.assumption} ({row.given}){used}"


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of *table* ready to print, in as many digits as their standard errors leave."""
    rows = [_cells(row) for row in table.itertuples()]
    return pd.DataFrame(rows, columns=["figure", "simulated", "exact", "standard error", "distance"])


def _cells(row: Any) -> tuple[str, ...]:
    share = not row.figure.endswith((", seconds", ", tasks"))
    scale, unit = (100, " %") if share else (1, "")
    error = row.standard_error * scale
    digits = 1 - math.floor(math.log10(error)) if error > 0 else 3
    texts = (f"{scale * value:,.{min(max(digits, 0), 9)}f}{unit}" for value in (row.simulated, row.exact))
    known = np.isfinite(row.distance)
    return (row.figure, *texts, f"{error:.2g}{unit}" if known else "too rare", f"{row.distance:+.1f}" if known else "-")


def validate(
    scenario: Scenario, *, replications: int = REPLICATIONS, seed: int = 1, executor: Where = None
) -> Validation:
    """Simulate *scenario*, or what is nearest to it, where queueing theory has an exact answer, and compare the two.

    Tasks and the workers who can take them are compared with Erlang B (tasks that do not wait), Erlang A (that abandon
    after a while) or Erlang C (that wait for ever; with several priorities by Cobham's formula), routines with the
    long-run shares of their chain. Where an assumption does not hold, the nearest queue or routine for which it does is
    simulated in the scenario's place, for as long as it takes to settle and to be measured. At least 20 *replications*
    give the standard errors. *seed* and *executor* are as in :func:`replicate`.

    Raises :exc:`~activity_sim.errors.InputError` for a scenario that cannot be drawn.

    >>> from activity_sim.model.workers import Workers
    >>> print(validate(Scenario(horizon="8h", workers=[Workers("A", count=2)])).conclusion)
    No figure could be compared.
    """
    count = within("replications", lambda: _replications(replications))
    found = list(cases(prepare(scenario), seed))
    run = partial(quietly, replications=count, seed=seed, executor=executor, keep_logs=True)
    rows = [
        row
        for case in found
        if case.scenario is not None
        for row in case.compare(run(case.scenario, engine=_engine(case, count)))
    ]
    return Validation(scenario, found, _figures(rows), _assumptions(found), count, seed)


def _engine(case: Case, replications: int) -> str:
    """Return the engine for a case; where no tasks come, it is chosen by the stays."""
    return choose("auto", tasks=case.stays * replications) if case.stays else "auto"


def _figures(rows: Sequence[Row]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype(dict.fromkeys(COLUMNS[2:], np.float64))


def _assumptions(found: Sequence[Case]) -> pd.DataFrame:
    rows = [
        {"case": case.name, "formula": case.formula, **attrs.asdict(row)} for case in found for row in case.assumptions
    ]
    return pd.DataFrame(rows, columns=["case", "formula", "assumption", "holds", "given", "used_instead"])
