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
from activity_sim.log import Legend

Process = Callable[[Any], Generator[Any, Any, None]]
"""A user's own SimPy process: a function of the centre that it acts on."""

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

DEFERRED, IDLE_ONLY, AT_ONCE = range(3)
LEAVE = ("deferred", "idle_only", "at_once")
"""The ways of leaving for an unavailable activity, by code."""

FULL_PACE = 1_000
"""The rate at which work takes as long as it was drawn."""

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

    *skill_set* numbers the sets of workers whom lanes and skips treat alike; *leave* is a code of :data:`LEAVE`;
    *recovery* is the length of a detour, -1 for until the next step; *reject_activity* is -1 where a rejection
    changes nothing; *capacity* has a row a worker and a column a task channel. *pace* is a row of *paces*, -1 where
    work takes as long as drawn: with n tasks in hand it advances at the rate in column n - 1, or the last, of
    :data:`FULL_PACE`.
    """

    skill_set: Codes
    leave: NDArray[np.int8]
    recovery: Ints
    reject_activity: Codes
    capacity: Codes
    pace: Codes
    paces: Ints
    agendas: Agendas


@attrs.frozen(eq=False)
class PlannedTasks:
    """The tasks by number, with everything that they will ever need.

    *arrival* is -1 where a task follows another, and then all behind it are such too. *patience* is -1 where a task
    waits for ever, *timeout* -1 where it has none, *wrap_up_activity* -1 where none is named. A task whose patience
    ends has the outcome *gives_up_as*, and *next*, -1 for none, arrives *next_delay* later; the one that follows
    has its turn in the order of tasks where that one *keeps_turn*. Task *t* has the offers ``first_offer[t]`` to
    ``first_offer[t + 1] - 1``: its k-th reservation ends after *offer_delay* with *offer_status*, unless something else
    ends it sooner.
    """

    task_type: Codes
    route: Codes
    arrival: Ints
    priority: Ints
    handle_time: Ints
    wrap_up_time: Ints
    wrap_up_activity: Codes
    patience: Ints
    timeout: Ints
    gives_up_as: NDArray[np.int8]
    next: Codes
    next_delay: Ints
    keeps_turn: NDArray[np.bool_]
    first_offer: Ints
    offer_delay: Ints
    offer_status: NDArray[np.int8]


@attrs.frozen(eq=False)
class Lanes:
    """The lines in which tasks wait: one for each task queue and task channel, and what targets ask of workers.

    Two tasks of one lane are eligible for the same workers. *accepts* and *order* have a row a lane and a column a
    skill set; workers of a lower order come first. A match reserves *max_reserved* workers, if there are so many. The
    two activities are those of single-tasking, -1 otherwise.
    """

    task_queue: Codes
    channel: Codes
    lifo: NDArray[np.bool_]
    max_reserved: Codes
    accepts: NDArray[np.bool_]
    order: Codes
    reservation_activity: Codes
    assignment_activity: Codes


@attrs.frozen(eq=False)
class Routes:
    """The targets that tasks go through, one route after the other.

    Route *r* has the targets ``first[r]`` to ``first[r + 1] - 1``. A task at a target waits in *lane*, with *priority*
    (-1: what it was), up to the age *until* (:data:`~activity_sim.units.NEVER`: without limit). It goes on at once if
    *skip* holds, -1 for never. Where *has_default*, the last target is that of the default filter: only a task that has
    skipped all others comes to it.
    """

    first: Ints
    lane: Codes
    priority: Ints
    until: Ints
    skip: Codes
    has_default: NDArray[np.bool_]


CONSTANT, IN_ACTIVITY, ADD, EQUAL, UNEQUAL, LESS, AT_MOST, MORE, AT_LEAST, BOTH, EITHER, NOT = range(12)
"""What the rows of a skip's program do; see :class:`Skips`."""


@attrs.frozen(eq=False)
class Skips:
    """Conditions on how many workers are in which activity, as programs for a stack of numbers.

    Skip *s* counts the workers of the skill sets that *counts* has in its row. Its program is the rows ``first[s]`` to
    ``first[s + 1] - 1``. CONSTANT puts *operand* on the stack, IN_ACTIVITY the number of counted workers in the
    activity *operand*. The others take two numbers off it (NOT: one), and put what they come to there: a sum, or 1
    where a comparison or condition holds and 0 where not. The condition holds where 1 is left.
    """

    counts: NDArray[np.bool_]
    first: Ints
    code: NDArray[np.int8]
    operand: NDArray[np.float64]


@attrs.frozen(eq=False)
class Plan:
    """One replication, ready for an engine.

    *lifo_first* says which kind of queue goes first where FIFO and LIFO queues compete for a worker. *optimised* says
    of each task channel whether only its own tasks count for the order of workers. *mirror* are the activities that
    mirror work (on a task, the same without ACD, in wrap-up, the same without ACD), empty where none do.
    *processes* are the user's own, which only the SimPy engine can run.
    """

    legend: Legend
    replication: int
    multi_task: bool
    lifo_first: bool
    timeout_activity: int
    workers: PlannedWorkers
    tasks: PlannedTasks
    routes: Routes
    lanes: Lanes
    skips: Skips
    optimised: tuple[bool, ...]
    mirror: tuple[int, ...] = ()
    processes: tuple[Process, ...] = ()

    def __attrs_post_init__(self) -> None:
        tasks, agendas = self.tasks, self.workers.agendas
        arrival = tasks.arrival[: self.first_tasks]
        _must(np.all(arrival[:-1] <= arrival[1:]), "tasks are numbered by arrival")
        ends = arrival[[0, -1]] if len(arrival) else arrival
        _must(np.all((ends >= 0) & (ends < self.legend.horizon)), "tasks arrive in [0, horizon)")
        _must(len(tasks.first_offer) == len(tasks.arrival) + 1, "every task has its offers")
        _must(np.all(tasks.first_offer[:-1] < tasks.first_offer[1:]), "every task has an offer")
        _must(np.all(np.diff(agendas.first) >= 1), "every worker has a step")
        _must(len(agendas.first) == len(self.legend.workers) + 1, "every worker has an agenda")

    @property
    def first_tasks(self) -> int:
        """How many tasks follow no other, and so have an arrival."""
        return int(np.count_nonzero(self.tasks.arrival >= 0))


def _must(holds: Any, rule: str) -> None:
    if not holds:
        raise InputError(f"the plan is not sound: {rule}")
