"""Small plans made by hand, and their logs as plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs
import numpy as np

from activity_sim.log import ABANDONED, ACCEPTED, OUTCOMES, STATUSES, Legend, Log
from activity_sim.plan import DEFERRED, Agendas, Lanes, Plan, PlannedTasks, PlannedWorkers, Routes, Skips
from activity_sim.units import NEVER, Calendar

OWN = ("Offline", "Available", "Reserved", "Busy", "Wrap Up", "Break", "Missed", "Extra")
ACTIVITIES = (*OWN, "On a Task", "On a Task, No ACD", "Wrapping Up", "Wrapping Up, No ACD")
OFFLINE, AVAILABLE, RESERVED, BUSY, WRAP_UP, BREAK, MISSED, EXTRA, *MIRROR = range(len(ACTIVITIES))
AVAILABLE_ONES = (AVAILABLE, EXTRA, MIRROR[0], MIRROR[2])
Step = tuple[int, int, int]


@attrs.frozen
class Worker:
    """A worker with its agenda, available all the time unless it is given."""

    steps: Sequence[Step] = ((AVAILABLE, NEVER, NEVER),)
    leave: int = DEFERRED
    recovery: int = -1
    reject: int = -1
    capacity: Sequence[int] = (1,)
    skill_set: int = 0
    pace: int = -1


@attrs.frozen
class Task:
    """A task that arrives at *arrival* and is accepted at once unless *offers* say otherwise."""

    arrival: int
    handle: int = 10
    wrap_up: int = 0
    wrap_up_activity: int = -1
    patience: int = -1
    priority: int = 0
    route: int = 0
    offers: Sequence[tuple[int, int]] = ((0, ACCEPTED),)
    timeout: int = -1
    gives_up_as: int = ABANDONED
    next: int = -1
    next_delay: int = 0
    keeps_turn: bool = False


@attrs.frozen
class Target:
    """A target of a route, without limit unless *until* is given."""

    lane: int
    until: int = NEVER
    skip: int = -1
    priority: int = -1
    is_default: bool = False


@attrs.frozen
class Skip:
    """A condition as the rows of its program; it counts all workers unless *counts* says otherwise, by skill set."""

    program: Sequence[tuple[int, float]]
    counts: Sequence[bool] | None = None


def plan(
    horizon: int,
    workers: Sequence[Worker],
    tasks: Sequence[Task] = (),
    *,
    multi: bool = False,
    lifo: Sequence[bool] = (False,),
    accepts: Any = None,
    order: Any = None,
    max_reserved: Sequence[int] | None = None,
    channel: Sequence[int] | None = None,
    lifo_first: bool = False,
    routes: Sequence[Sequence[Target]] | None = None,
    skips: Sequence[Skip] = (),
    paces: Any = (),
    optimised: Sequence[bool] | None = None,
    mirror: Sequence[int] = (),
) -> Plan:
    """Return the plan of *workers* and *tasks*.

    *lifo*, *accepts*, *order*, *max_reserved* and *channel* have an entry a lane. Unless *routes* are given, there is
    one for each lane, of the same number.
    """
    lanes = len(lifo)
    skill_sets = max(worker.skill_set for worker in workers) + 1
    accepted = np.ones((lanes, skill_sets), dtype=np.bool_) if accepts is None else np.array(accepts, dtype=np.bool_)
    ordered = np.zeros((lanes, skill_sets), dtype=np.int32) if order is None else np.array(order, dtype=np.int32)
    return Plan(
        legend=_legend(horizon, len(workers), lanes),
        replication=0,
        multi_task=multi,
        lifo_first=lifo_first,
        timeout_activity=MISSED,
        workers=_workers(workers, paces),
        tasks=_tasks(tasks),
        routes=_routes([[Target(lane)] for lane in range(lanes)] if routes is None else routes),
        lanes=Lanes(
            task_queue=_codes(range(lanes)),
            channel=_codes(channel or [0] * lanes),
            lifo=np.array(lifo, dtype=np.bool_),
            max_reserved=_codes(max_reserved or [1] * lanes),
            accepts=accepted,
            order=ordered,
            reservation_activity=_codes([-1 if multi else RESERVED] * lanes),
            assignment_activity=_codes([-1 if multi else BUSY] * lanes),
        ),
        skips=_skips(skips, skill_sets),
        optimised=tuple(optimised or [False] * len(workers[0].capacity)),
        mirror=tuple(mirror),
    )


def _legend(horizon: int, workers: int, queues: int) -> Legend:
    return Legend(
        name="by hand",
        calendar=Calendar(datetime(2026, 1, 5), "UTC", horizon),
        warm_up=0,
        interval=1_000,
        activities=ACTIVITIES,
        available=tuple(code in AVAILABLE_ONES for code in range(len(ACTIVITIES))),
        sids=(None,) * len(ACTIVITIES),
        default_activity=OFFLINE,
        workers=tuple(f"Worker {number:03}" for number in range(workers)),
        worker_groups=("Workers",),
        worker_group=np.zeros(workers, dtype=np.int32),
        task_types=("Tasks",),
        task_queues=tuple(f"Queue {number}" for number in range(queues)),
        service_levels=(),
    )


def _workers(workers: Sequence[Worker], paces: Any) -> PlannedWorkers:
    steps = [step for worker in workers for step in worker.steps]
    return PlannedWorkers(
        skill_set=_codes(worker.skill_set for worker in workers),
        leave=np.array([worker.leave for worker in workers], dtype=np.int8),
        recovery=_ints(worker.recovery for worker in workers),
        reject_activity=_codes(worker.reject for worker in workers),
        capacity=np.array([worker.capacity for worker in workers], dtype=np.int32),
        pace=_codes(worker.pace for worker in workers),
        paces=np.array(paces, dtype=np.int64) if len(paces) else np.ones((0, 1), dtype=np.int64),
        agendas=Agendas(
            _ints(np.cumsum([0, *(len(worker.steps) for worker in workers)])),
            _codes(step[0] for step in steps),
            _ints(step[1] for step in steps),
            _ints(step[2] for step in steps),
        ),
    )


def _tasks(tasks: Sequence[Task]) -> PlannedTasks:
    offers = [offer for task in tasks for offer in task.offers]
    return PlannedTasks(
        task_type=_codes(0 for _ in tasks),
        route=_codes(task.route for task in tasks),
        arrival=_ints(task.arrival for task in tasks),
        priority=_ints(task.priority for task in tasks),
        handle_time=_ints(task.handle for task in tasks),
        wrap_up_time=_ints(task.wrap_up for task in tasks),
        wrap_up_activity=_codes(task.wrap_up_activity for task in tasks),
        patience=_ints(task.patience for task in tasks),
        timeout=_ints(task.timeout for task in tasks),
        gives_up_as=np.array([task.gives_up_as for task in tasks], dtype=np.int8),
        next=_codes(task.next for task in tasks),
        next_delay=_ints(task.next_delay for task in tasks),
        keeps_turn=np.array([task.keeps_turn for task in tasks], dtype=np.bool_),
        first_offer=_ints(np.cumsum([0, *(len(task.offers) for task in tasks)])),
        offer_delay=_ints(delay for delay, _ in offers),
        offer_status=np.array([status for _, status in offers], dtype=np.int8),
    )


def _routes(routes: Sequence[Sequence[Target]]) -> Routes:
    targets = [target for route in routes for target in route]
    return Routes(
        first=_ints(np.cumsum([0, *map(len, routes)])),
        lane=_codes(target.lane for target in targets),
        priority=_ints(target.priority for target in targets),
        until=_ints(target.until for target in targets),
        skip=_codes(target.skip for target in targets),
        has_default=np.array([any(target.is_default for target in route) for route in routes], dtype=np.bool_),
    )


def _skips(skips: Sequence[Skip], skill_sets: int) -> Skips:
    rows = [row for skip in skips for row in skip.program]
    counts = [[True] * skill_sets if skip.counts is None else list(skip.counts) for skip in skips]
    return Skips(
        counts=np.array(counts, dtype=np.bool_).reshape(len(skips), skill_sets),
        first=_ints(np.cumsum([0, *(len(skip.program) for skip in skips)])),
        code=np.array([code for code, _ in rows], dtype=np.int8),
        operand=np.array([operand for _, operand in rows], dtype=np.float64),
    )


def _ints(values: Any) -> Any:
    return np.array([int(value) for value in values], dtype=np.int64)


def _codes(values: Any) -> Any:
    return _ints(values).astype(np.int32)


def _rows(log: Log, table: str, *names: str) -> list[tuple[int, ...]]:
    columns = log.columns[table]
    return list(zip(*(columns[name].tolist() for name in names), strict=True))


def spells(log: Log, worker: int = 0) -> list[tuple[str, int, int]]:
    """Return the (activity, start, end) of one worker's spells."""
    rows = _rows(log, "spells", "worker", "activity", "start", "end")
    return [(ACTIVITIES[activity], start, end) for owner, activity, start, end in rows if owner == worker]


def tasks(log: Log) -> list[tuple[int, int, int, int, int, str]]:
    """Return the (worker, reserved, accepted, handled, completed, outcome) of the tasks."""
    names = ("worker", "reserved", "accepted", "handled", "completed", "outcome")
    return [(w, r, a, h, c, OUTCOMES[o]) for w, r, a, h, c, o in _rows(log, "tasks", *names)]


def queues(log: Log) -> list[int]:
    """Return the queues of the tasks."""
    return [queue for (queue,) in _rows(log, "tasks", "task_queue")]


def reservations(log: Log) -> list[tuple[int, int, int, int, str]]:
    """Return the (task, worker, created, ended, status) of the reservations."""
    names = ("task", "worker", "created", "ended", "status")
    return [(t, w, c, e, STATUSES[s]) for t, w, c, e, s in _rows(log, "reservations", *names)]
