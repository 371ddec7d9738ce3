"""A study: replications of one scenario, reduced to what reports need."""

from __future__ import annotations

import attrs
import pandas as pd

from activity_sim.analysis import estimates
from activity_sim.analysis.describe import study_html
from activity_sim.analysis.precision import Stopping
from activity_sim.analysis.reports import REPORTS, Reduced
from activity_sim.experiment.store import Kept, Store
from activity_sim.log import Legend, Log
from activity_sim.model.scenario import Scenario


@attrs.frozen(eq=False, repr=False)
class Study(Reduced):
    """Replications of one scenario, reduced to what reports need.

    Call reports with it. *first* is the log of replication 0; *logs* has all logs where they were kept.
    *stopping* says whether a precision that was wanted was reached.
    """

    scenario: Scenario
    legend: Legend
    seed: int
    engine: str
    replications: int
    first: Log
    store: Store
    logs: tuple[Log, ...] = ()
    stopping: Stopping | None = None

    def sums(self, report: str) -> Kept:
        """Return the sums of the report of that name, replications along the first axis."""
        return Kept(self.store, REPORTS[report].shares or report, self.replications)

    def table(self, report: str) -> pd.DataFrame:
        """Return the table of the report of that name."""
        return REPORTS[report](self)

    @property
    def doubts(self) -> list[str]:
        """Why intervals of this study are not to be relied on, figure by figure; empty where they are."""
        missed = [] if self.stopping is None or self.stopping.reached else [_missed(self.stopping)]
        if self.replications == 1 or not self.legend.task_types:
            return missed
        figures = {"service_level": ("within", "eligible"), "wait_mean": ("wait", "offered")}
        found, sums = missed, self.sums("task_summary")
        for name, (above, below) in figures.items():
            pulls = estimates.linearised(sums[above][:, 0, -1], sums[below][:, 0, -1]).deviations
            if doubt := estimates.doubts(pulls):
                found.append(f"the intervals of {name} are not reliable: {doubt}")
        return found

    def __repr__(self) -> str:
        return f"<Study of {self.scenario!r}: {self.replications} replications, seed {self.seed}>"

    def _repr_html_(self) -> str:
        return study_html(self, self.scenario, self.replications)


def _missed(stopping: Stopping) -> str:
    return (
        f"the precision that was wanted was not reached: after {stopping.replications} replications, which is the "
        f"maximum, the half-width is {stopping.half_width:.4g}"
    )
