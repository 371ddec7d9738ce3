"""An interpreter of the contract: a plan in, a log out, slowly and obviously.

The tests compare the engines with it, column by column. It shares nothing with them but the schemas of the
plan and of the log. Nothing is ever scheduled, and so nothing is ever void: before each happening, everything
that may come next is read off the state of the workers and the tasks, and the one with the smallest key is
applied. A matching looks at every waiting task and every worker.

Readings of the contract where it leaves a choice are marked with *Reading*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from activity_sim.log import (
    ABANDONED,
    ACCEPTED,
    CANCELED,
    COMPLETED,
    IN_PROGRESS,
    PENDING,
    RES_CANCELED,
    TIMEOUT,
    WAITING,
    Log,
)
from activity_sim.plan import AT_ONCE, IDLE_ONLY, MOST_OFFERS, Plan

TASK_END, RESPONSE, AGENDA, ARRIVAL, MATCHING, PATIENCE = 1, 2, 3, 5, 6, 7
"""The ranks of happenings. There are no workflows here, whose rank is 4."""

MISSING = -1
"""How plans and logs write what there is not."""


def interpret(plan: Plan) -> Log:
    """Return the log of *plan*, by the letter of the contract."""
    run = Run(plan)
    run.play()
    return run.log()


# What there is ----------------------------------------------------------------------------------------------


class Stage(Enum):
    """Where a task is in its life."""

    TO_COME = "to come"
    WAITING = "waiting"
    RESERVED = "reserved"
    HANDLED = "being handled"
    WRAPPED_UP = "being wrapped up"
    GONE = "gone"


@dataclass(eq=False)
class Offer:
    """How a reservation of a task ends, and after how long."""

    delay: int
    status: int


@dataclass(eq=False)
class Lane:
    """A line of one task queue and one task channel."""

    task_queue: int
    channel: int
    lifo: bool
    accepts: list[bool]
    reservation_activity: int
    assignment_activity: int


@dataclass(eq=False)
class Step:
    """A step of an agenda."""

    activity: int
    duration: int
    deadline: int


@dataclass(eq=False)
class Task:
    """A task: what the plan says of it, then its state."""

    index: int
    task_type: int
    lane: Lane
    arrival: int
    priority: int
    handle_time: int
    wrap_up_time: int
    wrap_up_activity: int
    patience: int
    offers: list[Offer]

    stage: Stage = Stage.TO_COME
    stage_ends: int = 0  # of a stage that ends by itself: reserved, being handled, being wrapped up
    reservations: list[Reservation] = field(default_factory=list)
    unaccepted: int = 0  # reservations that were rejected or timed out
    accepted: int = MISSING
    handled: int = MISSING
    left: int = MISSING
    outcome: int = WAITING


@dataclass(eq=False)
class Reservation:
    """A task's reservation of a worker."""

    task: Task
    worker: Worker
    created: int
    ended: int = MISSING
    status: int = PENDING


@dataclass(eq=False)
class Worker:
    """A worker: what the plan says of it, then its state."""

    index: int
    skill_set: int
    leave: int
    recovery: int
    reject_activity: int
    capacity: list[int]
    steps: list[Step]

    # The agenda: the step that has started last, and whether the next one waits, which is draining.
    current: int = 0
    started: int = 0
    draining: bool = False
    # Idle only: how long the clock of durations has stood still in this step, and since when it does again.
    stood_still: int = 0
    still_since: int | None = None
    # The detour, if one is on.
    detour: int | None = None
    detour_ends: int | None = None
    # Work.
    in_hand: list[Task] = field(default_factory=list)
    last_reserved: int | None = None
    last_ended: int | None = None
    # What shows.
    visible: int = 0
    visible_since: int = 0


class Spell(NamedTuple):
    """A row of the spells."""

    worker: int
    start: int
    activity: int
    end: int
    finished: bool


@dataclass(eq=False)
class Happening:
    """Something that comes next: its key, and what it does; *second* tells apart what has the same index."""

    time: int
    rank: int
    index: int
    second: int
    apply: Callable[[], None]

    @property
    def key(self) -> tuple[int, int, int, int]:
        """The order of happenings."""
        return (self.time, self.rank, self.index, self.second)


# The plan, read ---------------------------------------------------------------------------------------------


def read_lanes(plan: Plan) -> list[Lane]:
    """Return the lanes of *plan*."""
    lanes = plan.lanes
    columns = (
        lanes.task_queue,
        lanes.channel,
        lanes.lifo,
        lanes.accepts,
        lanes.reservation_activity,
        lanes.assignment_activity,
    )
    return [Lane(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def read_workers(plan: Plan) -> list[Worker]:
    """Return the workers of *plan*, each with its agenda."""
    workers, agendas = plan.workers, plan.workers.agendas
    steps = [
        Step(*row)
        for row in zip(agendas.activity.tolist(), agendas.duration.tolist(), agendas.deadline.tolist(), strict=True)
    ]
    first = agendas.first.tolist()
    return [
        Worker(
            index=index,
            skill_set=int(workers.skill_set[index]),
            leave=int(workers.leave[index]),
            recovery=int(workers.recovery[index]),
            reject_activity=int(workers.reject_activity[index]),
            capacity=workers.capacity[index].tolist(),
            steps=steps[first[index] : first[index + 1]],
        )
        for index in range(len(workers.skill_set))
    ]


def read_tasks(plan: Plan, lanes: list[Lane]) -> list[Task]:
    """Return the tasks of *plan*, each in its lane and with its offers."""
    tasks = plan.tasks
    offers = [Offer(*row) for row in zip(tasks.offer_delay.tolist(), tasks.offer_status.tolist(), strict=True)]
    first = tasks.first_offer.tolist()
    return [
        Task(
            index=index,
            task_type=int(tasks.task_type[index]),
            lane=lanes[int(tasks.lane[index])],
            arrival=int(tasks.arrival[index]),
            priority=int(tasks.priority[index]),
            handle_time=int(tasks.handle_time[index]),
            wrap_up_time=int(tasks.wrap_up_time[index]),
            wrap_up_activity=int(tasks.wrap_up_activity[index]),
            patience=int(tasks.patience[index]),
            offers=offers[first[index] : first[index + 1]],
        )
        for index in range(len(tasks.arrival))
    ]


# The run ----------------------------------------------------------------------------------------------------


class Run:
    """One replication on its way from 0 to the horizon."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.horizon = plan.legend.horizon
        self.available = plan.legend.available
        self.workers = read_workers(plan)
        self.tasks = read_tasks(plan, read_lanes(plan))
        self.to_come = list(self.tasks)
        self.present: list[Task] = []  # arrived and not gone
        self.reservations: list[Reservation] = []
        self.spells: list[Spell] = []
        self.now = 0
        self.matching_due = False

    def play(self) -> None:
        """Apply everything that happens before the horizon."""
        for worker in self.workers:
            self.begin(worker)
        while (happening := self.next_happening()) is not None and happening.time < self.horizon:
            assert happening.time >= self.now, "time never goes back"
            self.now = happening.time
            happening.apply()
            self.matching_due = happening.rank != MATCHING
            self.record_changes()
        self.cut()

    # What comes next (section 5)

    def next_happening(self) -> Happening | None:
        """Return the first of all happenings that the state holds in store."""
        return min(self.happenings(), key=lambda happening: happening.key, default=None)

    def happenings(self) -> Iterator[Happening]:
        """Yield what comes next for the matching and for each task and worker, were it alone."""
        if self.matching_due:
            yield Happening(self.now, MATCHING, 0, 0, self.match)
        for task in self.to_come[:1]:  # tasks are numbered by arrival
            yield from self.happenings_of_task(task)
        for task in self.present:
            yield from self.happenings_of_task(task)
        for worker in self.workers:
            yield from self.happenings_of_worker(worker)

    def happenings_of_task(self, task: Task) -> Iterator[Happening]:
        """Yield the end of the stage that *task* is in, and the end of its patience."""
        if task.stage is Stage.TO_COME:
            yield Happening(task.arrival, ARRIVAL, task.index, 0, lambda: self.arrive(task))
        if task.stage is Stage.RESERVED:
            worker = task.reservations[-1].worker
            yield Happening(task.stage_ends, RESPONSE, task.index, worker.index, lambda: self.respond(task))
        # Reading: the ends of the handle time and of the wrap-up time are two happenings, even with no time
        # between them.
        if task.stage is Stage.HANDLED:
            yield Happening(task.stage_ends, TASK_END, task.index, 0, lambda: self.end_handling(task))
        if task.stage is Stage.WRAPPED_UP:
            yield Happening(task.stage_ends, TASK_END, task.index, 0, lambda: self.complete(task))
        if task.stage in (Stage.WAITING, Stage.RESERVED) and task.patience != MISSING:
            ends = task.arrival + task.patience
            yield Happening(ends, PATIENCE, task.index, 0, lambda: self.abandon(task))

    def happenings_of_worker(self, worker: Worker) -> Iterator[Happening]:
        """Yield the end of the detour of *worker*, and the end of its current step."""
        if worker.detour_ends is not None:
            yield Happening(worker.detour_ends, AGENDA, worker.index, 0, lambda: self.end_detour(worker))
        falls_due = next_step_falls_due(worker)
        if falls_due is not None:
            yield Happening(falls_due, AGENDA, worker.index, 1, lambda: self.fall_due(worker))

    # Activities and spells (section 2)

    def visible_activity(self, worker: Worker) -> int:
        """Return the activity of *worker*: its task's (single-tasking only), its detour's or its agenda's."""
        if not self.plan.multi_task and worker.in_hand:
            return activity_of_task(worker.in_hand[0])
        if worker.detour is not None:
            return worker.detour
        return worker.steps[worker.current].activity

    def record_changes(self) -> None:
        """End the spell of every worker whose activity the happening has changed."""
        for worker in self.workers:
            activity = self.visible_activity(worker)
            if activity != worker.visible:
                self.end_spell(worker, self.now, finished=True)
                worker.visible, worker.visible_since = activity, self.now

    def end_spell(self, worker: Worker, end: int, *, finished: bool) -> None:
        """Write down the spell of *worker*, if it has any length."""
        if end > worker.visible_since:
            self.spells.append(Spell(worker.index, worker.visible_since, worker.visible, end, finished))

    def cut(self) -> None:
        """Cut at the horizon whatever goes on."""
        for worker in self.workers:
            self.end_spell(worker, self.horizon, finished=False)

    # The agenda (section 3)

    def begin(self, worker: Worker) -> None:
        """Put *worker* into its first step, at time 0."""
        self.start_step(worker, first_not_passed_over(worker.steps, 0, self.now))
        worker.visible = self.visible_activity(worker)

    def fall_due(self, worker: Worker) -> None:
        """Start the next step of *worker*, or let it wait until nothing is in hand."""
        step = first_not_passed_over(worker.steps, worker.current + 1, self.now)
        leaves = not self.available[worker.steps[step].activity]
        if leaves and worker.in_hand and worker.leave != AT_ONCE:
            worker.draining = True
        else:
            self.start_step(worker, step)

    def start_step(self, worker: Worker, step: int) -> None:
        """Let *worker* start the step of its agenda with this number; that ends a detour."""
        worker.current = step
        worker.started = self.now
        worker.draining = False
        worker.detour = worker.detour_ends = None
        worker.stood_still = 0
        worker.still_since = self.now if worker.leave == IDLE_ONLY and worker.in_hand else None

    def start_detour(self, worker: Worker, activity: int) -> None:
        """Send *worker* on a detour, afresh if it is on one."""
        worker.detour = activity
        worker.detour_ends = None if worker.recovery == MISSING else self.now + worker.recovery

    def end_detour(self, worker: Worker) -> None:
        """Let *worker* recover."""
        worker.detour = worker.detour_ends = None

    # Work in hand (sections 2 and 4)

    def take_in_hand(self, worker: Worker, task: Task) -> None:
        """Put *task* into the hands of *worker*."""
        if worker.leave == IDLE_ONLY and worker.still_since is None:
            worker.still_since = self.now
        worker.in_hand.append(task)
        worker.last_reserved = self.now

    def let_go(self, worker: Worker, task: Task) -> bool:
        """Take *task* out of the hands of *worker*; return whether a step that has waited for this starts."""
        worker.in_hand.remove(task)
        worker.last_ended = self.now
        if worker.in_hand:
            return False
        if worker.still_since is not None:
            worker.stood_still += self.now - worker.still_since
            worker.still_since = None
        if not worker.draining:
            return False
        self.start_step(worker, first_not_passed_over(worker.steps, worker.current + 1, self.now))
        return True

    # The life of a task (section 4)

    def arrive(self, task: Task) -> None:
        """Let *task* enter its queue."""
        self.to_come.remove(task)
        self.present.append(task)
        task.stage = Stage.WAITING

    def reserve(self, task: Task, worker: Worker) -> None:
        """Reserve *task* for *worker*; the task's k-th reservation takes its k-th offer."""
        offer = task.offers[len(task.reservations)]
        reservation = Reservation(task, worker, created=self.now)
        self.reservations.append(reservation)
        task.reservations.append(reservation)
        self.enter(task, Stage.RESERVED, offer.delay)
        self.take_in_hand(worker, task)

    def respond(self, task: Task) -> None:
        """End the pending reservation of *task* as its offer says."""
        status = task.offers[len(task.reservations) - 1].status
        self.end_reservation(task, status)
        if status == ACCEPTED:
            task.accepted = self.now
            self.enter(task, Stage.HANDLED, task.handle_time)
        else:
            self.go_unaccepted(task, status)

    def go_unaccepted(self, task: Task, status: int) -> None:
        """Send the worker on its detour and *task* back to its queue, or away if that was once too often."""
        worker = task.reservations[-1].worker
        detour = self.plan.timeout_activity if status == TIMEOUT else worker.reject_activity
        step_has_started = self.let_go(worker, task)
        if not step_has_started and detour != MISSING:
            self.start_detour(worker, detour)
        task.unaccepted += 1
        task.stage = Stage.WAITING
        if task.unaccepted == MOST_OFFERS:
            self.leave(task, CANCELED)

    def end_handling(self, task: Task) -> None:
        """End the handle time of *task*."""
        task.handled = self.now
        self.enter(task, Stage.WRAPPED_UP, task.wrap_up_time)

    def complete(self, task: Task) -> None:
        """End the wrap-up time of *task*."""
        self.let_go(task.reservations[-1].worker, task)
        self.leave(task, COMPLETED)

    def abandon(self, task: Task) -> None:
        """Let *task* run out of patience, and a pending reservation be canceled with it."""
        if task.stage is Stage.RESERVED:
            self.end_reservation(task, RES_CANCELED)
            self.let_go(task.reservations[-1].worker, task)
        self.leave(task, ABANDONED)

    def enter(self, task: Task, stage: Stage, length: int) -> None:
        """Put *task* into a *stage* of this *length*."""
        task.stage, task.stage_ends = stage, self.now + length

    def end_reservation(self, task: Task, status: int) -> None:
        """End the pending reservation of *task*."""
        task.reservations[-1].ended = self.now
        task.reservations[-1].status = status

    def leave(self, task: Task, outcome: int) -> None:
        """Let *task* go for good."""
        task.stage, task.left, task.outcome = Stage.GONE, self.now, outcome
        self.present.remove(task)

    # Matching (section 6)

    def match(self) -> None:
        """Make all the reservations that can be made now."""
        while (pair := self.first_match()) is not None:
            self.reserve(*pair)

    def first_match(self) -> tuple[Task, Worker] | None:
        """Return the first of the waiting tasks that have an eligible worker, and its best worker."""
        open_workers = [worker for worker in self.workers if self.is_open(worker)]
        if not open_workers:
            return None
        eligible = {
            task: [worker for worker in open_workers if self.accepts(task, worker)]
            for task in self.present
            if task.stage is Stage.WAITING
        }
        tasks = [task for task, workers in eligible.items() if workers]
        if not tasks:
            return None
        first = min(tasks, key=self.task_order)
        return first, min(eligible[first], key=worker_order)

    def is_open(self, worker: Worker) -> bool:
        """Whether *worker* may get a reservation as far as its activity and its agenda go."""
        return self.available[self.visible_activity(worker)] and not worker.draining

    def accepts(self, task: Task, worker: Worker) -> bool:
        """Whether *worker* may get *task* as far as skills and room go."""
        return task.lane.accepts[worker.skill_set] and self.has_room(worker, task.lane.channel)

    def has_room(self, worker: Worker, channel: int) -> bool:
        """Whether *worker* has room for one more task of *channel*; in single-tasking, for a task at all."""
        if not self.plan.multi_task:
            return not worker.in_hand
        return sum(task.lane.channel == channel for task in worker.in_hand) < worker.capacity[channel]

    def task_order(self, task: Task) -> tuple[bool, int, int, int]:
        """Return the place of *task* among all that have an eligible worker.

        The order across queues of one kind is the order within each of them, so the first of the queues'
        first tasks is the first of all. Reading: FIFO and LIFO queues compete wherever tasks of both have an
        eligible worker, be it the same worker or not.
        """
        kind = task.lane.lifo != self.plan.lifo_first
        if task.lane.lifo:
            return (kind, -task.arrival, -task.index, 0)
        return (kind, -task.priority, task.arrival, task.index)

    # The log (section 8)

    def log(self) -> Log:
        """Return the log."""
        tables: dict[str, dict[str, Sequence[int]]] = {
            "spells": self.spell_columns(),
            "tasks": self.task_columns(),
            "reservations": self.reservation_columns(),
        }
        return Log.of(self.plan.legend, self.plan.replication, tables)

    def spell_columns(self) -> dict[str, Sequence[int]]:
        """Return the spells, by (worker, start)."""
        spells = sorted(self.spells, key=lambda spell: (spell.worker, spell.start))
        return {
            "worker": [spell.worker for spell in spells],
            "activity": [spell.activity for spell in spells],
            "start": [spell.start for spell in spells],
            "end": [spell.end for spell in spells],
            "finished": [spell.finished for spell in spells],
        }

    def task_columns(self) -> dict[str, Sequence[int]]:
        """Return the tasks, by index. An accepted reservation is always the task's last."""
        last = [task.reservations[-1] if task.reservations else None for task in self.tasks]
        return {
            "task": [task.index for task in self.tasks],
            "task_type": [task.task_type for task in self.tasks],
            "task_queue": [task.lane.task_queue for task in self.tasks],
            "worker": [reservation.worker.index if reservation else MISSING for reservation in last],
            "arrival": [task.arrival for task in self.tasks],
            "reserved": [reservation.created if reservation else MISSING for reservation in last],
            "accepted": [task.accepted for task in self.tasks],
            "handled": [task.handled for task in self.tasks],
            "completed": [task.left for task in self.tasks],
            "outcome": [outcome_of(task) for task in self.tasks],
        }

    def reservation_columns(self) -> dict[str, Sequence[int]]:
        """Return the reservations, by (created, task, worker).

        Reading: of several with one key (the first ones were of no length), the one made first comes first.
        """
        rows = sorted(self.reservations, key=lambda row: (row.created, row.task.index, row.worker.index))
        return {
            "task": [row.task.index for row in rows],
            "worker": [row.worker.index for row in rows],
            "created": [row.created for row in rows],
            "ended": [row.ended for row in rows],
            "status": [row.status for row in rows],
        }


# Rules that need no more than a worker or a task ------------------------------------------------------------


def first_not_passed_over(steps: list[Step], step: int, now: int) -> int:
    """Return the first from number *step* on that may start: its deadline lies ahead, or it is the last."""
    while step < len(steps) - 1 and steps[step].deadline <= now:
        step += 1
    return step


def next_step_falls_due(worker: Worker) -> int | None:
    """Return when the current step of *worker* ends; None if it is the last, or if the next one waits."""
    if worker.draining or worker.current == len(worker.steps) - 1:
        return None
    step = worker.steps[worker.current]
    if worker.still_since is not None:
        return step.deadline
    return min(worker.started + step.duration + worker.stood_still, step.deadline)


def activity_of_task(task: Task) -> int:
    """Return the activity in which a single-tasking worker has *task* in hand."""
    if task.stage is Stage.RESERVED:
        return task.lane.reservation_activity
    if task.stage is Stage.WRAPPED_UP and task.wrap_up_activity != MISSING:
        return task.wrap_up_activity
    return task.lane.assignment_activity


def worker_order(worker: Worker) -> tuple[int, int, int]:
    """Return the place of *worker* among those eligible for a task."""
    if worker.last_reserved is None:
        return (0, 0, worker.index)
    if not worker.in_hand:
        assert worker.last_ended is not None
        return (1, worker.last_ended, worker.index)
    return (2, worker.last_reserved, worker.index)


def outcome_of(task: Task) -> int:
    """Return the fate of *task* at the horizon."""
    if task.stage in (Stage.HANDLED, Stage.WRAPPED_UP):
        return IN_PROGRESS
    return task.outcome
