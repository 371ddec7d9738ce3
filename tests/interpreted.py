"""What the interpreter of the contract works on: the plan as plain objects, each with its state beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from activity_sim.log import PENDING, WAITING
from activity_sim.plan import Plan

MISSING = -1
"""How plans and logs write what there is not."""


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
    max_reserved: int
    accepts: list[bool]
    order: list[int]
    reservation_activity: int
    assignment_activity: int


@dataclass(eq=False)
class Skip:
    """A condition: whom it counts, by skill set, and its program as pairs of code and operand."""

    counts: list[bool]
    program: list[tuple[int, float]]


@dataclass(eq=False)
class Target:
    """A part of a route."""

    lane: Lane
    priority: int
    until: int
    skip: Skip | None
    is_default: bool


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
    route: list[Target]
    arrival: int  # missing until it is known, of a task that follows another
    priority: int
    handle_time: int
    wrap_up_time: int
    wrap_up_activity: int
    patience: int
    timeout: int
    gives_up_as: int
    next_delay: int
    keeps_turn: bool
    offers: list[Offer]
    next: Task | None = None
    before: Task | None = None

    stage: Stage = Stage.TO_COME
    work_left: int = 0  # in thousandths of a microsecond, of a stage that is work, as it was ...
    work_left_at: int = 0  # ... at this time
    place: int | None = None  # the number of the target on the route at which it is, or was last
    is_new_here: bool = False  # whether it has seen no matching since it came to this target
    has_waited_out: bool = False  # whether it ever went on because a target's time was over
    reservations: list[Reservation] = field(default_factory=list)
    unaccepted: int = 0  # reservations that were rejected or timed out
    accepted_by: Reservation | None = None
    accepted: int = MISSING
    handled: int = MISSING
    left: int = MISSING
    outcome: int = WAITING

    @property
    def target(self) -> Target:
        """The target at which it is."""
        assert self.place is not None
        return self.route[self.place]

    @property
    def pending(self) -> list[Reservation]:
        """Its reservations that wait for an answer."""
        return [reservation for reservation in self.reservations if reservation.status == PENDING]

    @property
    def turn(self) -> tuple[int, int]:
        """The arrival and the number by which it stands in the order of tasks."""
        if self.keeps_turn:
            assert self.before is not None
            return self.before.turn
        return (self.arrival, self.index)


@dataclass(eq=False)
class Reservation:
    """A task's reservation of a worker, in the lane where the task stood."""

    task: Task
    worker: Worker
    lane: Lane
    offer: Offer
    created: int
    ended: int = MISSING
    status: int = PENDING
    let_go: int = MISSING  # when the worker had the task no longer in hand


@dataclass(eq=False)
class Worker:
    """A worker: what the plan says of it, then its state."""

    index: int
    skill_set: int
    leave: int
    recovery: int
    reject_activity: int
    capacity: list[int]
    pace: list[int]
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
    reservations: list[Reservation] = field(default_factory=list)
    in_hand: list[Reservation] = field(default_factory=list)
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
        lanes.max_reserved,
        lanes.accepts,
        lanes.order,
        lanes.reservation_activity,
        lanes.assignment_activity,
    )
    return [Lane(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def read_skips(plan: Plan) -> list[Skip]:
    """Return the conditions of *plan*, each with its program."""
    rows = list(zip(plan.skips.code.tolist(), plan.skips.operand.tolist(), strict=True))
    first = plan.skips.first.tolist()
    return [
        Skip(counts=counts, program=rows[first[number] : first[number + 1]])
        for number, counts in enumerate(plan.skips.counts.tolist())
    ]


def read_routes(plan: Plan) -> list[list[Target]]:
    """Return the routes of *plan* as lists of targets."""
    routes, lanes, skips = plan.routes, read_lanes(plan), read_skips(plan)
    columns = (routes.lane.tolist(), routes.priority.tolist(), routes.until.tolist(), routes.skip.tolist())
    targets = [
        Target(lanes[lane], priority, until, None if skip == MISSING else skips[skip], is_default=False)
        for lane, priority, until, skip in zip(*columns, strict=True)
    ]
    first = routes.first.tolist()
    for number, has_default in enumerate(routes.has_default.tolist()):
        if has_default:
            targets[first[number + 1] - 1].is_default = True
    return [targets[first[number] : first[number + 1]] for number in range(len(first) - 1)]


def read_workers(plan: Plan) -> list[Worker]:
    """Return the workers of *plan*, each with its agenda and its pace."""
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
            pace=[] if workers.pace[index] == MISSING else workers.paces[workers.pace[index]].tolist(),
            steps=steps[first[index] : first[index + 1]],
        )
        for index in range(len(workers.skill_set))
    ]


def read_tasks(plan: Plan) -> list[Task]:
    """Return the tasks of *plan*, each with its route, its offers and what follows it."""
    tasks, routes = plan.tasks, read_routes(plan)
    offers = [Offer(*row) for row in zip(tasks.offer_delay.tolist(), tasks.offer_status.tolist(), strict=True)]
    first = tasks.first_offer.tolist()
    read = [
        Task(
            index=index,
            task_type=int(tasks.task_type[index]),
            route=routes[int(tasks.route[index])],
            arrival=int(tasks.arrival[index]),
            priority=int(tasks.priority[index]),
            handle_time=int(tasks.handle_time[index]),
            wrap_up_time=int(tasks.wrap_up_time[index]),
            wrap_up_activity=int(tasks.wrap_up_activity[index]),
            patience=int(tasks.patience[index]),
            timeout=int(tasks.timeout[index]),
            gives_up_as=int(tasks.gives_up_as[index]),
            next_delay=int(tasks.next_delay[index]),
            keeps_turn=bool(tasks.keeps_turn[index]),
            offers=offers[first[index] : first[index + 1]],
        )
        for index in range(len(tasks.arrival))
    ]
    for task, following in zip(read, tasks.next.tolist(), strict=True):
        if following != MISSING:
            task.next, read[following].before = read[following], task
    return read
