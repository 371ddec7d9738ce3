"""The plain plan that an interval is simulated with: one queue, workers who are always there, and drawn tasks.

All replications of an interval are one run, one after the other on one clock: the next begins when the last one is
over, however long its line. So an interval takes an engine one run for each number of workers that is tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.drawing import prepare
from activity_sim.log import ABANDONED, ACCEPTED
from activity_sim.model.arrivals import Poisson
from activity_sim.model.routing import TaskQueue
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Tasks
from activity_sim.model.workers import Workers
from activity_sim.plan import Plan, PlannedTasks

Ints = NDArray[np.int64]


@attrs.frozen(eq=False)
class Batch:
    """Some tasks of all replications, column by column, times in microseconds.

    *arrival* counts from the start of the interval. *patience* is -1 where a task waits for ever; *response* is how
    long it takes to answer its reservations.
    """

    replication: Ints
    arrival: Ints
    priority: Ints
    handle_time: Ints
    wrap_up_time: Ints
    patience: Ints
    response: Ints

    @classmethod
    def empty(cls) -> Batch:
        """Return no tasks."""
        return cls(*(np.zeros(0, dtype=np.int64) for _ in attrs.fields(cls)))

    @property
    def work(self) -> Ints:
        """How long a worker has each task in hand."""
        return self.response + self.handle_time + self.wrap_up_time

    def __len__(self) -> int:
        return len(self.arrival)

    def only(self, rows: Any) -> Batch:
        """Return some *rows*."""
        return Batch(*(column[rows] for column in attrs.astuple(self, recurse=False)))


def joined(parts: Sequence[Batch]) -> Batch:
    """Return the tasks of all *parts*, one part after the other."""
    columns = zip(*(attrs.astuple(part, recurse=False) for part in parts), strict=True)
    return Batch(*(np.concatenate(column) for column in columns))


def starts(batch: Batch, replications: int, length: int, servers: int) -> Ints:
    """Return when each replication begins, and the end of the last.

    Between two are the *length* of the interval and the time after which so many *servers*, of whom none is idle while
    tasks wait, are done with them all, even if all wait for ever.
    """
    work = np.bincount(batch.replication, batch.work.astype(np.float64), minlength=replications)
    longest = np.zeros(replications, dtype=np.int64)
    np.maximum.at(longest, batch.replication, batch.work)
    ends = length + np.ceil(work / servers).astype(np.int64) + longest + 2
    return np.concatenate([[0], np.cumsum(ends)])


def plan(batch: Batch, begins: Ints, task_order: str, places: Sequence[int]) -> Plan:
    """Return the plan of workers with these *places*, for tasks in the order of replications and arrivals."""
    empty = _empty(task_order, tuple(places))
    calendar = attrs.evolve(empty.legend.calendar, horizon=int(begins[-1]) + 1)
    legend = attrs.evolve(empty.legend, calendar=calendar)
    return attrs.evolve(empty, legend=legend, tasks=_tasks(batch, begins))


@lru_cache(maxsize=256)
def _empty(task_order: str, places: tuple[int, ...]) -> Plan:
    scenario = Scenario(
        horizon="1h",
        workspace={"default_activity": "Available"},
        task_queues=[TaskQueue(task_order=task_order)],
        workers=[Workers("Workers", count=len(places))],
        tasks=[Tasks(arrivals=Poisson(0), handle_time="1s")],
    )
    drawn = prepare(scenario).draw(0, 0)
    capacity = np.array(places, dtype=np.int32)[:, None]
    return attrs.evolve(drawn, workers=attrs.evolve(drawn.workers, capacity=capacity))


def _tasks(batch: Batch, begins: Ints) -> PlannedTasks:
    count = len(batch)
    fixed: Mapping[str, tuple[Any, Any]] = {
        "task_type": (0, np.int32),
        "route": (0, np.int32),
        "wrap_up_activity": (-1, np.int32),
        "timeout": (-1, np.int64),
        "gives_up_as": (ABANDONED, np.int8),
        "next": (-1, np.int32),
        "next_delay": (0, np.int64),
        "keeps_turn": (False, np.bool_),
        "offer_status": (ACCEPTED, np.int8),
    }
    return PlannedTasks(
        arrival=begins[batch.replication] + batch.arrival,
        priority=batch.priority,
        handle_time=batch.handle_time,
        wrap_up_time=batch.wrap_up_time,
        patience=batch.patience,
        first_offer=np.arange(count + 1, dtype=np.int64),
        offer_delay=batch.response,
        **{name: np.full(count, value, dtype=kind) for name, (value, kind) in fixed.items()},
    )
