"""Queues that have exact answers: what these are, and scenarios that simulate such a queue and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping

import attrs
import numpy as np

from activity_sim.formulas import ErlangA, ErlangC, erlang_b, priority_waits
from activity_sim.model.arrivals import HOUR, Poisson
from activity_sim.model.distributions import Constant, Distribution, Exponential
from activity_sim.model.routing import TaskQueue
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Target, Tasks
from activity_sim.model.workers import Workers
from activity_sim.model.workspace import Workspace
from activity_sim.units import DAY, LONGEST, SECOND, Duration

COUNTED = 5_000
"""At least so many tasks count in each replication."""
WARM_UP, SETTLING = 10, 5
"""How many times the memory of a queue passes before tasks count, and after."""
LEAST, LENGTH, ENOUGH = 10, 40, 20_000
"""How many times it passes while tasks count: the first at least, and the second where that is not more than enough."""
RARE = 1_000
"""Figures of fewer tasks have no standard errors that can be relied on."""


@attrs.frozen
class Span:
    """Which tasks count: those that arrive from *start* to *end*; the run goes on to the *horizon*. Microseconds."""

    start: int
    end: int
    horizon: int


@attrs.frozen(eq=False)
class Queue:
    """A queue with exponential times and *servers*, of whom each worker is as many as its *places*.

    *arrivals* are the tasks a second by the name of their class, the class that goes first first. *handle_time* is the
    mean, *patience* too (infinite where tasks wait for ever, 0 where they do not wait), in seconds. *target* is the
    service level that is asked for.
    """

    arrivals: Mapping[str, float]
    servers: int
    places: int
    handle_time: float
    patience: float
    target: Target

    @property
    def formula(self) -> str:
        """The name of the formula."""
        if self.patience < np.inf:
            return "Erlang A" if self.patience else "Erlang B"
        return "Erlang C" if len(self.arrivals) == 1 else "M/M/c with priorities"

    @property
    def rate(self) -> float:
        """All tasks a second."""
        return sum(self.arrivals.values())

    @property
    def load(self) -> float:
        """The offered load, in erlangs."""
        return self.rate * self.handle_time

    @property
    def waiting(self) -> float:
        """The share of tasks that wait, or do not get what they came for."""
        return self.exact["share that waits" if self.patience else "share that abandons"]

    @property
    def exact(self) -> dict[str, float]:
        """The exact figures by name."""
        if not self.patience:
            blocked = float(erlang_b(self.servers, self.load))
            return {"share that abandons": blocked, "occupancy": self.load * (1 - blocked) / self.servers}
        if self.patience < np.inf:
            return self._erlang_a
        return self._erlang_c if len(self.arrivals) == 1 else self._priorities

    @property
    def level(self) -> str:
        """The name of the service level's figure."""
        return f"share served within {self.target.within}"

    @property
    def waits(self) -> list[str]:
        """The names of the figures of each class."""
        return [f"mean wait of {name!r}, seconds" for name in self.arrivals]

    @property
    def _erlang_a(self) -> dict[str, float]:
        queue = ErlangA(
            arrival_rate=self.rate, handle_time=self.handle_time, patience=self.patience, servers=self.servers
        )
        return {
            "share that waits": float(queue.probability_of_waiting),
            "share that abandons": float(queue.probability_of_abandoning),
            self.level: float(queue.service_level(self.target.within.seconds, self.target.definition)),
            "mean wait, seconds": float(queue.mean_wait),
            "mean wait of the answered, seconds": float(queue.asa),
            "wait that 90 % do not exceed, seconds": float(queue.wait_percentile(0.9)),
            "waiting at a time, tasks": float(queue.queue_length),
            "occupancy": float(queue.occupancy),
        }

    @property
    def _erlang_c(self) -> dict[str, float]:
        queue = ErlangC(arrival_rate=self.rate, handle_time=self.handle_time, servers=self.servers)
        return {
            "share that waits": float(queue.probability_of_waiting),
            self.level: float(queue.service_level(self.target.within.seconds)),
            "mean wait, seconds": float(queue.mean_wait),
            "wait that 90 % do not exceed, seconds": float(queue.wait_percentile(0.9)),
            "waiting at a time, tasks": float(queue.queue_length),
            "occupancy": float(queue.occupancy),
        }

    @property
    def _priorities(self) -> dict[str, float]:
        whole = ErlangC(arrival_rate=self.rate, handle_time=self.handle_time, servers=self.servers)
        each = priority_waits(self.servers, list(self.arrivals.values()), handle_time=self.handle_time)
        waits = dict(zip(self.waits, each.tolist(), strict=True))
        together = waits | {"mean wait, seconds": float(whole.mean_wait)}
        number = {"waiting at a time, tasks": float(whole.queue_length), "occupancy": float(whole.occupancy)}
        return {"share that waits": float(whole.probability_of_waiting)} | together | number

    # --- how long to simulate it ---

    @property
    def memory(self) -> float:
        """About how long it takes, in seconds, until what was before matters e times less.

        Source: the gap of the chain's spectrum, which is at least that of each of these (van Doorn, 1981).
        """
        if not self.patience:
            return self.handle_time
        spare = math.sqrt(self.servers / self.handle_time) - math.sqrt(self.rate)
        endless = max(self.handle_time, spare**-2) if self.load < self.servers else np.inf
        return min(endless, max(self.handle_time, self.patience))

    @property
    def span(self) -> Span:
        """Which tasks are to count so that the figures are those in the long run."""
        passing = self.rate * self.memory
        times = min(max(ENOUGH / passing, LEAST), LENGTH)
        start = WARM_UP * self.memory
        end = start + max(COUNTED / self.rate, times * self.memory)
        return Span(*(round(moment * SECOND) for moment in (start, end, end + SETTLING * self.memory + 1)))

    @property
    def can_be_run(self) -> bool:
        """Whether a run that is long enough is not longer than runs can be."""
        return self.span.horizon <= LONGEST

    def scenario(self, workspace: Workspace, queue: TaskQueue, channel: str, name: str) -> Scenario:
        """Return the scenario of this queue; what it does not say is as in the *workspace* and *queue* given."""
        span = self.span
        there = next(activity.friendly_name for activity in workspace.activities if activity.available)
        places = {channel: self.places} if workspace.multi_task_enabled and self.places > 1 else {}
        return Scenario(
            name=name,
            horizon=Duration(span.horizon),
            warm_up=Duration(span.start),
            interval=Duration(DAY * math.ceil(span.horizon / DAY)),
            service_level=self.target,
            workspace=attrs.evolve(workspace, default_activity=there, mirror=None),
            task_queues=[attrs.evolve(queue, target_workers="1==1", task_order="FIFO", max_reserved_workers=1)],
            workers=[Workers("Workers", count=self.servers // self.places, channels=places)],
            tasks=[self._tasks(number, channel) for number in range(len(self.arrivals))],
        )

    def _tasks(self, number: int, channel: str) -> Tasks:
        name, rate = list(self.arrivals.items())[number]
        return Tasks(
            name,
            task_channel=channel,
            priority=len(self.arrivals) - 1 - number,
            arrivals=Poisson(rate * HOUR / SECOND),
            handle_time=exponential(self.handle_time),
            patience=None if self.patience == np.inf else exponential(self.patience),
        )


def exponential(seconds: float) -> Distribution:
    """Return the exponential law of this mean, which is constant where that is 0."""
    mean = Duration(round(seconds * SECOND))
    return Exponential(mean) if mean else Constant(mean)
