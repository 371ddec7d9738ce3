"""Trials: an interval that is simulated with some number of workers, and what it leaves behind for the next."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.estimates import Estimate, ratio
from activity_sim.log import Log
from activity_sim.model.tasks import Target
from activity_sim.plan import Plan
from activity_sim.planning.formula import servers_of
from activity_sim.planning.plain import Batch, joined, plan, starts

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@attrs.frozen(eq=False)
class Left:
    """What an interval leaves behind: the tasks that are *waiting*, and those *in_hand*, each of a worker's number."""

    waiting: Batch
    in_hand: Batch
    worker: Ints

    @classmethod
    def nothing(cls) -> Left:
        """Return what is there before the first task has come."""
        return cls(Batch.empty(), Batch.empty(), np.zeros(0, dtype=np.int64))

    def with_workers(self, workers: int) -> Batch:
        """Return what is there where so many *workers* go on: those who leave finish what they have in hand."""
        return joined([self.in_hand.only(self.worker < workers), self.waiting])


@attrs.frozen(eq=False)
class Trial:
    """What came of an interval with so many *workers*: the service *level* of its tasks, and what it *left*."""

    workers: int
    level: Estimate
    left: Left


@attrs.frozen(eq=False)
class Fates:
    """What became of the tasks of a *batch*: when each was *reserved* at last, *accepted* and *completed*, by whom.

    Times count from the start of the interval, in microseconds; -1 is never, but a task that abandons is completed.
    """

    batch: Batch
    reserved: Ints
    accepted: Ints
    completed: Ints
    worker: Ints

    @classmethod
    def of(cls, log: Log, batch: Batch, begins: Ints) -> Fates:
        """Return what *log* says, in which replications start when it *begins*."""
        tasks = log.columns["tasks"]
        start = begins[batch.replication]
        reserved, accepted, completed = (
            np.where(tasks[name] >= 0, tasks[name] - start, -1) for name in ("reserved", "accepted", "completed")
        )
        return cls(batch, reserved, accepted, completed, tasks["worker"])

    def level(self, rows: Bools, target: Target, replications: int) -> Estimate:
        """Return the service level of the tasks in *rows* by the definition of *target*, with its interval."""
        answered = self.accepted >= 0
        wait = np.where(answered, self.accepted, self.completed) - self.batch.arrival
        in_time = wait <= target.within
        counts = {
            "answered_of_answered": answered,
            "excluding_short_abandons": answered | ~in_time,
        }.get(target.definition, np.ones(len(wait), dtype=np.bool_))
        served = in_time & (answered | (target.definition == "served_or_abandoned_within"))
        each = self.batch.replication
        above, below = (np.bincount(each[rows & these], minlength=replications) for these in (served, counts))
        return ratio(above, below)

    def left(self, moment: int) -> Left:
        """Return what is there at a *moment*: work that is left of those in hand, patience of those who wait."""
        there = self.completed > moment
        begun = (self.reserved >= 0) & (self.reserved <= moment)
        held, waiting = self.batch.only(there & begun), self.batch.only(there & ~begun)
        none, still = np.zeros(len(held), dtype=np.int64), waiting.patience - (moment - waiting.arrival)
        rest = self.completed[there & begun] - moment
        in_hand = attrs.evolve(
            held, arrival=none, handle_time=rest, wrap_up_time=none, patience=none - 1, response=none
        )
        patience = np.where(waiting.patience >= 0, still, -1)
        waits = attrs.evolve(waiting, arrival=np.ones(len(waiting), dtype=np.int64), patience=patience)
        return Left(waits, in_hand, self.worker[there & begun].astype(np.int64))


@attrs.frozen(eq=False)
class Centre:
    """What is tried: a *target*, how the line is ordered, the *places* of a worker, and the engine that is *run*.

    Where *places* are no whole number, workers have one more or one fewer, as many in all as the formula has servers.
    *replications* is how many of them a batch has.
    """

    target: Target
    task_order: str
    places: float
    replications: int
    run: Callable[[Plan], Log]

    def trial(self, new: Batch, left: Left, length: int, workers: int) -> Trial:
        """Return what comes of an interval of that *length* with so many *workers*.

        Its tasks are *new*, and come behind what is *left* of the one before. The workers go on after its end, until
        the last task is done.
        """
        old = left.with_workers(workers)
        both = joined([old, new])
        order = np.lexsort((both.arrival, both.replication))
        batch = both.only(order)
        places = np.diff(servers_of(np.arange(workers + 1), self.places)).tolist()
        begins = starts(batch, self.replications, length, sum(places))
        log = self.run(plan(batch, begins, self.task_order, places))
        fates = Fates.of(log, batch, begins)
        level = fates.level(order >= len(old), self.target, self.replications)
        return Trial(workers, level, fates.left(length))
