"""Queues with exponential times as scenarios, and estimates from independent replications of them.

A figure is a ratio of sums over replications; its standard error comes from the spread of the replications, by the
jackknife. Control variates make it smaller: what was drawn is compared with what is expected of it, the numbers
of tasks and of minutes of work, and whom the tasks would have found busy were there infinitely many workers, of whom
a number with Poisson's law is busy. Each of these has the mean zero, which is checked, for they would hide a drawing
that is wrong; the part of the figure that goes along with them (by least squares) is luck, and is taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

import activity_sim as sim
from activity_sim.drawing import prepare
from activity_sim.engines import engine
from activity_sim.log import ABANDONED, Log, ServiceLevel
from activity_sim.plan import Plan
from activity_sim.units import SECOND

Floats = NDArray[np.float64]
MINUTE = 60 * SECOND
REPLICATIONS = 40
"""So many replications are run of a scenario, unless said otherwise."""


class Run(NamedTuple):
    """One replication: all of it, with only those tasks that count, and how many tasks follow no other."""

    log: Log
    counted: Log
    first_tasks: int = 0


Measure = Callable[[Run], tuple[float, float]]
"""What is summed above and below the line of a ratio, in one replication."""


class Estimate(NamedTuple):
    """A figure with its standard error."""

    value: float
    standard_error: float


@dataclass(frozen=True)
class Sample:
    """What independent replications gave: the sums of each measure, and the control variates."""

    above: Mapping[str, Floats]
    below: Mapping[str, Floats]
    controls: Floats

    def ratio(self, name: str) -> Estimate:
        """Return the ratio of the means of the measure called *name*, by the jackknife over replications."""
        columns = (self.above[name], self.below[name], self.controls)
        count = len(self.controls)
        rest = [controlled(*(np.delete(column, left_out, axis=0) for column in columns)) for left_out in range(count)]
        single = count * controlled(*columns) - (count - 1) * np.array(rest)
        return Estimate(float(single.mean()), float(single.std(ddof=1) / np.sqrt(count)))


def controlled(above: Floats, below: Floats, controls: Floats) -> float:
    """Return the ratio of sums where all *controls* (a row a replication) are zero, by least squares."""
    value = above.sum() / below.sum()
    spread = np.where(controls.std(axis=0) > 0, controls.std(axis=0), 1.0)
    design = np.column_stack([np.ones(len(above)), controls / spread])
    return float(value + (np.linalg.pinv(design, rcond=1e-9) @ (above - value * below))[0] / below.mean())


@dataclass(frozen=True)
class Span:
    """Which tasks count: those that arrive from *start* to *end*, after which all of them meet their fates."""

    start: int
    end: int
    horizon: int

    @classmethod
    def of(cls, tasks: float, rate: float, warm_up: float, settling: float, replications: int = REPLICATIONS) -> Span:
        """Return the span in which as many *tasks* come in all, at a *rate*; lengths are in minutes."""
        start = round(warm_up * MINUTE)
        end = start + round(tasks / rate / replications * MINUTE)
        return cls(start, end, end + round(settling * MINUTE))

    @property
    def minutes(self) -> float:
        """How long tasks count."""
        return (self.end - self.start) / MINUTE


def scenario(span: Span, tasks: Iterable[sim.Tasks], **workers: Any) -> sim.Scenario:
    """Return *tasks* that meet workers who are always there."""
    return sim.Scenario(
        horizon=f"{span.horizon}us",
        warm_up=f"{span.start}us",
        workspace={"default_activity": "Available"},
        workers=[sim.Workers("Tier", **workers)],
        tasks=list(tasks),
    )


def exponential(minutes: float) -> sim.Exponential:
    """Return the exponential law of this mean."""
    return sim.Exponential(f"{minutes} min")


def observe(
    given: sim.Scenario,
    span: Span,
    measures: Mapping[str, Measure],
    *,
    servers: int,
    seed: int,
    replications: int = REPLICATIONS,
    using: str = "compiled",
) -> Sample:
    """Run *replications* of the *given* scenario and return what the *measures* make of each."""
    prepared, run = prepare(given), engine(using)
    sums: dict[str, list[tuple[float, float]]] = {name: [] for name in measures}
    controls = []
    for number in range(replications):
        plan = prepared.draw(seed, number)
        log = run(plan)
        both = Run(log, settled(log, span), plan.first_tasks)
        controls.append(luck(plan, given, span, servers))
        for name, measure in measures.items():
            sums[name].append(measure(both))
    columns = {name: np.array(values, dtype=np.float64).T for name, values in sums.items()}
    sample = Sample(
        {name: above for name, (above, _) in columns.items()},
        {name: below for name, (_, below) in columns.items()},
        np.array(controls),
    )
    assert_unbiased(sample.controls)
    return sample


def luck(plan: Plan, given: sim.Scenario, span: Span, servers: int) -> list[float]:
    """Return what one replication has drawn beyond what is expected, a task: see the module."""
    arrival, work = (column[: plan.first_tasks] for column in (plan.tasks.arrival, plan.tasks.handle_time))
    counted = (arrival >= span.start) & (arrival < span.end)
    rates = np.array([tasks.arrivals.per_hour / 60 for tasks in given.tasks])
    means = np.array([tasks.handle_time.mean / MINUTE for tasks in given.tasks])
    expected, load = rates.sum() * span.minutes, float(rates @ means)
    found = (np.arange(len(arrival)) - np.searchsorted(np.sort(arrival + work), arrival))[counted]
    beyond = [
        counted.sum() - expected,
        work[counted].sum() / MINUTE - load * span.minutes,
        (found - load).sum(),
        ((found >= servers) - poisson.sf(servers - 1, load)).sum(),
    ]
    return [float(figure) / expected for figure in beyond]


def assert_unbiased(controls: Floats) -> None:
    """Check that what was drawn has the mean that it should have."""
    error = controls.std(axis=0, ddof=1) / np.sqrt(len(controls))
    far = np.abs(controls.mean(axis=0)) > 4.5 * error
    assert not far.any(), f"drawn beyond what is expected: {controls.mean(axis=0)}, standard errors {error}"


def settled(log: Log, span: Span) -> Log:
    """Return *log* with only those tasks that count."""
    tasks = log.columns["tasks"]
    counted = (tasks["arrival"] >= span.start) & (tasks["arrival"] < span.end)
    kept = {name: column[counted] for name, column in tasks.items()}
    return Log(log.legend, {**log.columns, "tasks": kept}, log.replications)


# --- measures ---


def share(which: Callable[[Mapping[str, NDArray[Any]]], NDArray[np.bool_]], task_type: int | None = None) -> Measure:
    """Return the measure of the share of tasks, of one type or of all, that *which* tells from their columns."""

    def measure(run: Run) -> tuple[float, float]:
        tasks = run.counted.columns["tasks"]
        asked = np.ones(len(tasks["arrival"]), np.bool_) if task_type is None else tasks["task_type"] == task_type
        return float(which(tasks)[asked].sum()), float(asked.sum())

    return measure


def waits(tasks: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Tell which of *tasks* are not accepted at once."""
    return np.asarray(tasks["accepted"] != tasks["arrival"])


def abandons(tasks: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Tell which of *tasks* abandon."""
    return np.asarray(tasks["outcome"] == ABANDONED)


waiting = share(waits)
"""The share of tasks that are not accepted at once."""

abandoning = share(abandons)
"""The share of tasks that abandon."""


def mean_wait(over: str = "offered", task_type: int = -1) -> Measure:
    """Return the measure of the mean wait, in minutes, of tasks "offered" or "accepted", of one type or of all."""

    def measure(run: Run) -> tuple[float, float]:
        sums = sim.reports.task_summary.reduce(run.counted)
        wait = sums["wait" if over == "offered" else f"wait_{over}"]
        return wait[0, task_type] / MINUTE, float(sums[over][0, task_type])

    return measure


def service_level(within: float, definition: str) -> Measure:
    """Return the measure of the share of tasks served *within* so many seconds, by its *definition*."""

    def measure(run: Run) -> tuple[float, float]:
        log = run.counted
        level = ServiceLevel(round(within * SECOND), 0.8, definition)
        legend = attrs.evolve(log.legend, service_levels=(level,) * len(log.legend.task_types))
        sums = sim.reports.task_summary.reduce(attrs.evolve(log, legend=legend))
        return float(sums["within"][0, -1]), float(sums["eligible"][0, -1])

    return measure


def busy(run: Run) -> tuple[float, float]:
    """Measure the share of the workers' time with a task in hand."""
    sums = sim.reports.occupancy.reduce(run.log)
    return float(sums["in_hand"][-1]), float(sums["open"][-1])


def number_waiting(span: Span) -> Measure:
    """Return the measure of the mean number of tasks that wait, over the time in which tasks count."""

    def measure(run: Run) -> tuple[float, float]:
        tasks = run.log.columns["tasks"]
        end = np.where(tasks["accepted"] >= 0, tasks["accepted"], tasks["completed"])
        return _mean_number(span, tasks["arrival"], end)

    return measure


def number_handled(span: Span) -> Measure:
    """Return the measure of the mean number of tasks that are handled, over the time in which tasks count."""

    def measure(run: Run) -> tuple[float, float]:
        tasks = run.log.columns["tasks"]
        begun = tasks["accepted"] >= 0
        return _mean_number(span, tasks["accepted"][begun], tasks["completed"][begun])

    return measure


def _mean_number(span: Span, start: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[float, float]:
    until = np.where(end < 0, span.horizon, end)
    inside = np.clip(until, span.start, span.end) - np.clip(start, span.start, span.end)
    return float(inside.sum()), float(span.end - span.start)
