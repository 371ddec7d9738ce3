"""The plan: one replication with all its randomness drawn, as plain arrays.

The plan is the narrow place between everything that people write and the clock: an engine sees a plan and nothing
else, so a run is a pure function of it. Codes number the activities, workers, task queues and task types of the
:class:`~activity_sim.log.Legend`; times are whole microseconds since the start.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import InputError
from activity_sim.log import ACCEPTED, Legend

Process = Callable[[Any], Generator[Any, Any, None]]
"""A user's own SimPy process: a function of the centre that it acts on."""

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

DEFERRED, IDLE_ONLY, AT_ONCE = range(3)
LEAVE = ("deferred", "idle_only", "at_once")
"""The ways of leaving for an unavailable activity, by code."""

MOST_OFFERS = 1_000
"""After so many reservations that ended rejected or timed out, a task is canceled."""


@attrs.frozen(eq=False)
class Agendas:
    """The steps that workers take by themselves, one worker after the other.

    Worker *w* has the steps ``first[w]`` to ``first[w + 1] - 1``. A step ends at the earlier of its start +
    *duration* and its *deadline*; one that would start at or after its deadline is passed over; the last lasts to
    the horizon. :data:`~activity_sim.units.NEVER` stands for no limit.
    """

    first: Ints
    activity: Codes
    duration: Ints
    deadline: Ints


@attrs.frozen(eq=False)
class PlannedWorkers:
    """What the clock knows of each worker.

    *skill_set* numbers the sets of workers that the same lanes accept; *leave* is a code of :data:`LEAVE`;
    *recovery* is the length of a detour, -1 for until the next step; *reject_activity* is -1 where a rejection
    changes nothing; *capacity* has a row a worker and a column a task channel.
    """

    skill_set: Codes
    leave: NDArray[np.int8]
    recovery: Ints
    reject_activity: Codes
    capacity: Codes
    agendas: Agendas


@attrs.frozen(eq=False)
class PlannedTasks:
    """The tasks by number, with everything that they will ever need.

    *patience* is -1 where a task waits for ever, *wrap_up_activity* -1 where none is named. Task *t* has the offers
    ``first_offer[t]`` to ``first_offer[t + 1] - 1``: its k-th reservation ends after *offer_delay* with
    *offer_status*, unless something else ends it sooner.
    """

    task_type: Codes
    lane: Codes
    arrival: Ints
    priority: Ints
    handle_time: Ints
    wrap_up_time: Ints
    wrap_up_activity: Codes
    patience: Ints
    first_offer: Ints
    offer_delay: Ints
    offer_status: NDArray[np.int8]


@attrs.frozen(eq=False)
class Lanes:
    """The lines in which tasks wait: one for each task queue and task channel in use.

    Two tasks of one lane are eligible for the same workers. *accepts* has a row a lane and a column a skill set.
    The two activities are those of single-tasking, -1 otherwise.
    """

    task_queue: Codes
    channel: Codes
    lifo: NDArray[np.bool_]
    accepts: NDArray[np.bool_]
    reservation_activity: Codes
    assignment_activity: Codes


@attrs.frozen(eq=False)
class Plan:
    """One replication, ready for an engine.

    *lifo_first* says which kind of queue goes first where FIFO and LIFO queues compete for a worker.
    *processes* are the user's own, which only the SimPy engine can run.
    """

    legend: Legend
    replication: int
    multi_task: bool
    lifo_first: bool
    timeout_activity: int
    workers: PlannedWorkers
    tasks: PlannedTasks
    lanes: Lanes
    processes: tuple[Process, ...] = ()

    def __attrs_post_init__(self) -> None:
        tasks, agendas = self.tasks, self.workers.agendas
        _must(np.all(tasks.arrival[:-1] <= tasks.arrival[1:]), "tasks are numbered by arrival")
        ends = tasks.arrival[[0, -1]] if len(tasks.arrival) else tasks.arrival
        _must(np.all((ends >= 0) & (ends < self.legend.horizon)), "tasks arrive in [0, horizon)")
        _must(len(tasks.first_offer) == len(tasks.arrival) + 1, "every task has its offers")
        _must(np.all(tasks.first_offer[:-1] < tasks.first_offer[1:]), "every task has an offer")
        _must(np.all(np.diff(agendas.first) >= 1), "every worker has a step")
        _must(len(agendas.first) == len(self.legend.workers) + 1, "every worker has an agenda")

    @property
    def answered(self) -> NDArray[np.bool_]:
        """Whether each task has an offer that would be accepted."""
        return np.asarray(self.tasks.offer_status[self.tasks.first_offer[1:] - 1] == ACCEPTED)


def _must(holds: Any, rule: str) -> None:
    if not holds:
        raise InputError(f"the plan is not sound: {rule}")
