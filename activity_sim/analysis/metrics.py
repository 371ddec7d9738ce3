"""Metrics: the figures of reports that experiments aim at and compare, replication by replication."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.estimates import Linear, linearised, pseudo
from activity_sim.analysis.reports import Reduced
from activity_sim.analysis.service import wait_percentiles
from activity_sim.errors import InputError, unknown
from activity_sim.log import Legend
from activity_sim.units import SECOND

Floats = NDArray[np.float64]


@attrs.frozen
class Metric:
    """A figure of each *subject*: the mean of *above* over that of *below*, or of *above* itself.

    Both are sums of *report*. *unit* is "share", "seconds", "count" or "money"; *good* is "higher" or "lower" where one
    of them is better for customers or cheaper, and nothing otherwise.
    """

    name: str
    report: str
    above: str
    below: str
    subject: str
    unit: str
    good: str = ""

    def subjects(self, legend: Legend) -> list[str]:
        """Return what there is a figure of."""
        if self.subject == "friendly_name":
            return list(legend.activities)
        return [*(legend.task_types if self.subject == "task_type" else legend.worker_groups), "all"]

    def check_ratio(self) -> None:
        """Raise an :exc:`~activity_sim.errors.InputError` for a percentile, which is no ratio of means."""
        if not self.above:
            raise InputError(f"must be a mean or a ratio of means, and {self.name} is a percentile", "metric")

    def pair(self, study: Reduced) -> tuple[Floats, Floats]:
        """Return the numerator and the denominator of each replication (rows) and subject (columns).

        Raises :exc:`~activity_sim.errors.InputError` for a percentile, which is no ratio.
        """
        self.check_ratio()
        sums = study.sums(self.report)
        above = sums[self.above].reshape(len(sums), -1) / (SECOND if self.unit == "seconds" else 1)
        if self.below == OBSERVED:
            return above, np.full(above.shape, study.legend.observed * max(len(study.legend.workers), 1), np.float64)
        below = sums[self.below].reshape(len(sums), -1) if self.below else np.ones(above.shape)
        return above, below.astype(np.float64)

    def linear(self, study: Reduced) -> Linear:
        """Return the figure of each subject, and how far each replication pulls it."""
        if self.above:
            return linearised(*self.pair(study))
        sums, intervals = study.sums(self.report), study.sums("tasks_by_interval")["offered"].shape[1]
        types = sums["offered"].shape[2]
        value, left_out = wait_percentiles(sums, np.zeros(intervals, dtype=np.int64), types)
        pulls = pseudo(value, left_out)
        return Linear(value, pulls - pulls.mean(axis=0), np.zeros(pulls.shape))


OBSERVED = "observed"
"""Stands for the length of the observed period times the number of workers."""


def _of_tasks(name: str, above: str, below: str, unit: str, good: str = "") -> Metric:
    return Metric(name, "task_summary", above, below, "task_type", unit, good)


METRICS = {
    metric.name: metric
    for metric in (
        _of_tasks("service_level", "within", "eligible", "share", "higher"),
        _of_tasks("abandoned_share", "abandoned", "offered", "share", "lower"),
        _of_tasks("wait_mean", "wait", "offered", "seconds", "lower"),
        _of_tasks("wait_accepted_mean", "wait_accepted", "accepted", "seconds", "lower"),
        _of_tasks("wait_p90", "", "", "seconds", "lower"),
        _of_tasks("offered", "offered", "", "count"),
        _of_tasks("completed", "completed", "", "count", "higher"),
        _of_tasks("abandoned", "abandoned", "", "count", "lower"),
        Metric("occupancy", "occupancy", "in_hand", "open", "worker_group", "share"),
        Metric("utilisation", "occupancy", "in_hand", "on", "worker_group", "share"),
        Metric("cost", "cost", "cost", "", "worker_group", "money", "lower"),
        Metric("share", "time_by_activity", "total", OBSERVED, "friendly_name", "share"),
        Metric("total", "time_by_activity", "total", "", "friendly_name", "seconds"),
    )
}
"""The metrics by name; their names are those of the columns of the reports."""


def metric_called(name: str) -> Metric:
    """Return the metric called *name*.

    Raises :exc:`~activity_sim.errors.InputError` for a name that is none.
    """
    if name not in METRICS:
        raise unknown(name, METRICS).inside("metric")
    return METRICS[name]


def metrics_called(names: Iterable[str]) -> list[Metric]:
    """Return the metrics called *names*.

    Raises :exc:`~activity_sim.errors.InputError` for a name that is none, and where there are no names.
    """
    chosen = [metric_called(name) for name in names]
    if not chosen:
        raise InputError("must be at least one", "metrics")
    return chosen


def column(metric: Metric, legend: Legend, subject: str | None = None) -> int:
    """Return the number of *subject* among those of *metric*; without one, that of all together.

    Raises :exc:`~activity_sim.errors.InputError` for a subject that is none.
    """
    names = metric.subjects(legend)
    wanted = "all" if subject is None else subject
    if wanted not in names:
        raise unknown(wanted, names).inside("subject")
    return names.index(wanted)
