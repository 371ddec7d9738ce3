"""What a process of the user sees of a run, and what it can do to it.

A process is a function that takes a :class:`Centre` and returns a generator, as SimPy has it: it yields what it waits
for. It comes before everything else that happens at its instant.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from activity_sim.errors import InputError, not_given, unknown, within
from activity_sim.log import CANCELED, WAITING
from activity_sim.units import ClockTime, Duration, duration

if TYPE_CHECKING:
    from activity_sim.engines.reference import Clock
    from activity_sim.engines.worker import Worker


class Centre:
    """Let a process watch and move workers and tasks while a run goes on.

    *workers*, *activities* and *task_queues* are names, *replication* is the number of the run; tasks are numbered
    from 0 by arrival. Every method that changes something does so now.

    Raises :exc:`~activity_sim.errors.InputError` for names that are not there and moments that are over.

    >>> import activity_sim as sim
    >>> def drill(centre):
    ...     yield centre.until("02:00")
    ...     for worker in centre.workers:
    ...         centre.hold(worker, "Unavailable")
    ...     yield centre.wait("20min")
    ...     for worker in centre.workers:
    ...         centre.let_go(worker)
    >>> scenario = sim.Scenario(horizon="8h", workers=[sim.Workers("A", count=2)], processes=[drill])
    >>> sim.reports.time_by_activity(sim.simulate(scenario))["total"].tolist()
    [55200.0, 2400.0, 0.0]
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        legend = clock.plan.legend
        self.workers = legend.workers
        self.activities = legend.activities
        self.task_queues = legend.task_queues
        self.replication = clock.plan.replication

    @property
    def now(self) -> Duration:
        """How long the run has gone on."""
        return Duration(self._clock.env.now)

    def wait(self, length: object) -> Any:
        """Return what to yield to wait for a *length*, such as ``"20min"``."""
        return self._clock.env.timeout(within("wait", lambda: duration(length)))

    def until(self, moment: str | datetime) -> Any:
        """Return what to yield to wait for a *moment*: a local time, or a clock time counted from the first day."""
        calendar = self._clock.plan.legend.calendar
        if isinstance(moment, datetime):
            instant = calendar.at(moment)
        else:
            clock_time = within("until", lambda: ClockTime.read(moment))
            instant = calendar.instant(calendar.start.date(), clock_time)
        if instant < self.now:
            raise InputError(f"must not be over, {not_given(str(moment))}", "until")
        return self._clock.env.timeout(instant - self.now)

    def activity(self, worker: str) -> str:
        """Return the activity that *worker* is in."""
        return self.activities[self._worker(worker).activity]

    def in_hand(self, worker: str) -> int:
        """Return how many tasks *worker* has in hand, a pending reservation included."""
        return self._worker(worker).in_hand

    def hold(self, worker: str, activity: str) -> None:
        """Keep *worker* in *activity* until it is let go, whatever its agenda says.

        In single-tasking a task in hand is brought to its end first.
        """
        self._settle(worker, _code(activity, self.activities, "activity"))

    def let_go(self, worker: str) -> None:
        """Let *worker* go back to its detour or agenda."""
        self._settle(worker, -1)

    def waiting(self, task_queue: str | None = None) -> list[int]:
        """Return the tasks that wait, or have a pending reservation, of all task queues or of one, by arrival."""
        clock, lanes = self._clock, self._clock.plan.lanes
        queue = None if task_queue is None else _code(task_queue, self.task_queues, "task_queue")
        return [
            task
            for task, arrival in enumerate(clock.arrival)
            if 0 <= arrival < self.now
            and clock.outcome[task] == WAITING
            and queue in (None, lanes.task_queue[clock.lane_of[task]])
        ]

    def cancel(self, task: int) -> None:
        """Cancel a *task* that waits; a worker that is reserved for it is free."""
        self._clock.now = int(self.now)
        if task not in self.waiting():
            raise InputError(f"must be the number of a task that waits, {not_given(task)}", "task")
        self._clock.take_away(task, CANCELED)
        self._match()

    def _worker(self, name: str) -> Worker:
        return self._clock.workers[_code(name, self.workers, "worker")]

    def _settle(self, name: str, held: int) -> None:
        worker = self._worker(name)
        self._clock.now = int(self.now)
        worker.held = held
        self._clock.settle(worker)
        self._match()

    def _match(self) -> None:
        if self._clock.matching_is_due:
            self._clock.match_in_turn()


def _code(name: str, names: tuple[str, ...], place: str) -> int:
    if name not in names:
        raise unknown(name, names).inside(place)
    return names.index(name)
