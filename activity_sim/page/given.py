"""What a page of a run is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import pandas as pd

from activity_sim.analysis.reports import REPORTS, Reduced
from activity_sim.log import Legend, Log
from activity_sim.model.scenario import Scenario


@attrs.frozen(eq=False)
class Run:
    """One run: its *source* of tables, the log of its *first* replication, its *scenario* if known, its provenance.

    *described* is what ``run.json`` holds.
    """

    source: Log | Reduced
    first: Log
    scenario: Scenario | None
    described: Mapping[str, Any]

    @property
    def legend(self) -> Legend:
        """What the codes of its logs mean."""
        return self.source.legend

    @property
    def name(self) -> str:
        """What it is called."""
        return self.legend.name or "A scenario without a name"

    @property
    def replications(self) -> int:
        """How many there are."""
        return int(self.described["replications"])

    @property
    def served(self) -> bool:
        """Whether any task came."""
        return bool(self.report("task_summary")["offered"].sum() > 0)

    def report(self, name: str) -> pd.DataFrame:
        """Return the table of the report of that *name*."""
        return REPORTS[name](self.source)

    def row(self, name: str, subject: str) -> Any:
        """Return the row of that *subject* of the report of that *name*, by column."""
        table = self.report(name)
        return table[table[table.columns[0]] == subject].iloc[0]

    def busiest(self) -> pd.DatetimeIndex:
        """Return the intervals of the day on which most tasks come, from the first to the last with any life."""
        life = self.offered if self.offered.any() else self.working
        return self.alive(life.groupby(life.index.date).sum().idxmax())  # type: ignore[attr-defined]

    @property
    def offered(self) -> pd.Series[Any]:
        """How many tasks of all types come in each interval."""
        tasks = self.report("tasks_by_interval")
        return tasks[tasks["task_type"] == "all"].set_index("interval_start")["offered"]

    @property
    def working(self) -> pd.Series[Any]:
        """How many workers are in another activity than the default one in each interval."""
        time = self.report("time_by_interval")
        return time[time["friendly_name"] != self.legend.rest].groupby("interval_start")["workers"].sum()

    def alive(self, day: Any) -> pd.DatetimeIndex:
        """Return the intervals of *day* from the first to the last in which anybody works or a task comes."""
        offered, working = self.offered, self.working
        every = pd.DatetimeIndex(working.index[working.index.date == day])  # type: ignore[attr-defined]
        busy = every[((working[every] > 0) | (offered[every] > 0)).to_numpy()]
        return every[(every >= busy.min()) & (every <= busy.max())] if len(busy) else every
