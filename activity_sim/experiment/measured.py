"""Figures of a simulated queue, with their standard errors, under the names that the exact ones have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.estimates import Linear, linearised
from activity_sim.analysis.metrics import METRICS
from activity_sim.analysis.reports import REPORTS, Reduced
from activity_sim.analysis.service import pooled_waits
from activity_sim.analysis.sums import Stacked
from activity_sim.experiment.queues import Queue, Span
from activity_sim.experiment.study import Study
from activity_sim.log import Legend, Log, ServiceLevel

Floats = NDArray[np.float64]
METRIC = {
    "share that abandons": "abandoned_share",
    "mean wait, seconds": "wait_mean",
    "mean wait of the answered, seconds": "wait_accepted_mean",
    "wait that 90 % do not exceed, seconds": "wait_p90",
}
"""The metric of each figure of all tasks together."""


@attrs.frozen(eq=False)
class Counted(Reduced):
    """Logs as reports want them, of which those tasks count that arrive so early that they meet their fates."""

    legend: Legend
    logs: tuple[Log, ...]

    @classmethod
    def of(cls, logs: Sequence[Log], span: Span, level: ServiceLevel) -> Counted:
        """Return *logs* with the tasks that count in *span*, all with the service *level*."""
        legend = attrs.evolve(logs[0].legend, service_levels=(level,) * len(logs[0].legend.task_types))
        return cls(legend, tuple(_counted(log, legend, span) for log in logs))

    def sums(self, report: str) -> Stacked:
        """Return the sums of the report of that name."""
        return Stacked([REPORTS[report].reduce(log) for log in self.logs], [pooled_waits(log) for log in self.logs])


def _counted(log: Log, legend: Legend, span: Span) -> Log:
    tasks = log.columns["tasks"]
    counted = (tasks["arrival"] >= span.start) & (tasks["arrival"] < span.end)
    kept = {name: column[counted] for name, column in tasks.items()}
    return Log(legend, {**log.columns, "tasks": kept}, log.replications)


@attrs.frozen(eq=False)
class Measured:
    """What a *study* that kept its logs says of a *queue*; *classes* are the numbers of the task types of each."""

    study: Study
    queue: Queue
    span: Span
    classes: Sequence[Sequence[int]]
    counted: Counted

    @classmethod
    def of(cls, study: Study, queue: Queue, span: Span, classes: Sequence[Sequence[int]]) -> Measured:
        """Return what *study* says."""
        target = queue.target
        level = ServiceLevel(target.within, target.target, target.definition)
        return cls(study, queue, span, classes, Counted.of(study.logs, span, level))

    def linear(self, figure: str) -> Linear:
        """Return the *figure*, and how far each replication pulls it."""
        if figure in METRIC:
            return one_of(METRICS[METRIC[figure]].linear(self.counted), -1)
        if figure == self.queue.level:
            return one_of(METRICS["service_level"].linear(self.counted), -1)
        if figure == "occupancy":
            return self._occupancy()
        if figure == "share that waits":
            return self._waiting()
        if figure == "waiting at a time, tasks":
            return self._at_a_time("arrival", "accepted", 1)
        return self._wait_of(self.queue.waits.index(figure))

    @property
    def count(self) -> int:
        """How many tasks count in all."""
        return sum(len(log.columns["tasks"]["arrival"]) for log in self.counted.logs)

    def _wait_of(self, number: int) -> Linear:
        above, below = METRICS["wait_mean"].pair(self.counted)
        columns = list(self.classes[number])
        return linearised(above[:, columns].sum(axis=1), below[:, columns].sum(axis=1))

    def _waiting(self) -> Linear:
        tasks = [log.columns["tasks"] for log in self.counted.logs]
        waited = [(one["accepted"] != one["arrival"]).sum() for one in tasks]
        return linearised(np.array(waited), np.array([len(one["arrival"]) for one in tasks]))

    def _occupancy(self) -> Linear:
        if self.queue.places == 1:
            return one_of(METRICS["occupancy"].linear(self.study), -1)
        return self._at_a_time("accepted", "completed", self.queue.servers)

    def _at_a_time(self, begun: str, over: str, size: int) -> Linear:
        """Return how many tasks are between two moments at a time, divided by *size*."""
        each = [_between(log.columns["tasks"], begun, over, self.span) for log in self.study.logs]
        length = float((self.span.end - self.span.start) * size)
        return linearised(np.array(each), np.full(len(each), length))


def _between(tasks: Any, begun: str, over: str, span: Span) -> float:
    start, end = tasks[begun], tasks[over]
    end = np.where(end < 0, tasks["completed"], end)
    end = np.where(end < 0, span.horizon, end)
    inside = np.clip(end, span.start, span.end) - np.clip(start, span.start, span.end)
    return float(inside[start >= 0].sum())


def one_of(given: Linear, column: int) -> Linear:
    """Return the figure of one *column* of several."""
    return Linear(given.value[column], given.deviations[:, column], given.slopes[:, column])
