"""The answer to how many workers are needed: numbers by group, what they reach and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis import estimates
from activity_sim.analysis.estimates import Estimate
from activity_sim.analysis.intervals import intervals
from activity_sim.analysis.multiple import bonferroni_confidence
from activity_sim.drawing import legend
from activity_sim.model.scenario import Scenario
from activity_sim.planning.goal import Goal

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@attrs.frozen(eq=False, repr=False)
class Staffing:
    """How many workers it takes: what :func:`staff` returns.

    *numbers* are workers by group and *cost* what they cost in all. *levels* has a row for each service level that was
    asked for: *slot_start*, *task_type*, *target*, *service_level* with *service_level_low* and *service_level_high*,
    and *shown*, from replications of their own; with *confidence*, all intervals hold together. *missed* are the rows
    where the interval reaches below the target. *table* has the columns of ``staffing.csv``, *scenario* has the
    numbers filled in, and *statement* says in a sentence what is met, how sure that is and what it took: *runs*
    replications. *proved* says whether every cheaper plan was shown to fail, and *complete* whether the search ended
    by itself.
    """

    numbers: Mapping[str, int]
    cost: float
    levels: pd.DataFrame
    table: pd.DataFrame
    scenario: Scenario
    confidence: float
    statement: str
    proved: bool
    complete: bool
    runs: int

    @property
    def missed(self) -> pd.DataFrame:
        """The rows of *levels* where the interval reaches below the target."""
        return self.levels[~self.levels["shown"]].reset_index(drop=True)

    @property
    def _shown(self) -> pd.DataFrame:
        return pd.DataFrame({"worker_group": list(self.numbers), "workers": list(self.numbers.values())})

    def __repr__(self) -> str:
        each = ", ".join(f"{name} {n}" for name, n in self.numbers.items())
        return f"<Staffing: {each}; cost {self.cost:g}>"

    def __str__(self) -> str:
        return f"{self._shown.to_string(index=False)}\n\nCost: {self.cost:g}\n{self.statement}"

    def _repr_html_(self) -> str:
        numbers = self._shown.to_html(index=False, border=0)
        return f"{numbers}<p>Cost: {self.cost:g}</p><p>{escape(self.statement)}</p>"


def levels_table(goal: Goal, served: Ints, counting: Ints, confidence: float) -> pd.DataFrame:
    """Return the levels of the cells of *goal* in which tasks came; *served* and *counting* have a row a replication.

    The intervals are Bonferroni's: with *confidence*, all of them hold together.
    """
    some = np.flatnonzero(counting.sum(axis=0))
    slot, kind = np.divmod(some, len(goal.types))
    each = bonferroni_confidence(confidence, len(some))
    value, low, high = estimates.ratio(served[:, some], counting[:, some], each)
    return pd.DataFrame(
        {
            "slot_start": goal.starts[slot],
            "task_type": np.array(goal.names, dtype=object)[kind],
            "target": goal.wanted[some],
            "service_level": value,
            "service_level_low": np.clip(low, 0, 1),
            "service_level_high": np.clip(high, 0, 1),
            "shown": low >= goal.wanted[some],
        }
    )


def rows_of(scenario: Scenario, group: int, there: tuple[Floats, Floats], level: Estimate) -> pd.DataFrame:
    """Return the rows of one *group* of *scenario*: who is required and scheduled *there*, and the service level."""
    required, scheduled = there
    return pd.DataFrame(
        {
            "interval_start": intervals(legend(scenario)).starts,
            "worker_group": scenario.groups[group].friendly_name,
            "required": required,
            "scheduled": scheduled,
            "gap": scheduled - required,
            "service_level": level.value,
            "service_level_low": np.clip(level.low, 0, 1),
            "service_level_high": np.clip(level.high, 0, 1),
        }
    )


def statement(levels: pd.DataFrame, confidence: float, *, replications: int, per: str) -> str:
    """Return in a sentence what of *levels* is met, and how sure that is."""
    asked, shown = len(levels), int(levels["shown"].sum())
    met = int((levels["service_level"] >= levels["target"]).sum())
    whole = f"by {per} and task type, in {replications} replications of their own"
    if shown == asked:
        those = f"all {asked} service levels are" if asked > 1 else "the service level is"
        return f"With {confidence:.0%} confidence, {those} met ({whole})"
    rest = f"{shown} of {asked} service levels are met with {confidence:.0%} confidence ({whole})"
    if met == asked:
        return f"{rest}, and the other {asked - shown} by their estimates"
    short = (levels["target"] - levels["service_level"]).max()
    return f"{rest}; {asked - met} fall short by their estimates, at most by {100 * short:.1f} points"
