"""The rules for tasks: reservations and their answers, work, and patience."""

from __future__ import annotations

from typing import Any

from activity_sim.compiling.compiler import at, inlined, int64, part
from activity_sim.engines.compiled.layout import BYTE, INT, LANE, LONG, TASK, WORKER
from activity_sim.engines.compiled.queue import PATIENCE, RESPONSE, WORK, schedule
from activity_sim.engines.compiled.waiting import best_worker, first_lane, first_task, leave_lane, wait
from activity_sim.engines.compiled.workers import begin_detour, release, settle, show, take
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
)
from activity_sim.plan import MOST_OFFERS
from activity_sim.units import NEVER


@inlined
def arrive(clock: Any) -> None:
    """Let the next task join its lane."""
    wait(clock, clock.arrived)
    clock.arrived += 1
    clock.matching_is_due = 1


@inlined
def gives_up(clock: Any, task: Any) -> Any:
    """Return when the patience of *task* ends."""
    patience = at(clock.patience, task, LONG).value
    return at(clock.arrival, task, LONG).value + patience if patience >= 0 else NEVER


@part
def set_patience(clock: Any, task: Any) -> None:
    """Put the end of a task's patience in line, once."""
    state, end = at(clock.task_state, task, TASK), gives_up(clock, task)
    if not state.patience_is_set and end < clock.horizon:
        state.patience_is_set = 1
        schedule(clock, end, PATIENCE, task)


@inlined
def match(clock: Any) -> None:
    """Reserve workers for tasks until nothing can be matched."""
    lane = first_lane(clock)
    while lane >= 0:
        task, worker = first_task(clock, lane), best_worker(clock, lane)
        leave_lane(clock, lane)
        reserve(clock, task, worker, lane)
        lane = first_lane(clock)
    clock.matching_is_due = 0
    for task in range(clock.doubted, clock.arrived):
        if at(clock.task_state, task, TASK).made < 0:
            set_patience(clock, task)
    clock.doubted = clock.arrived


@inlined
def reserve(clock: Any, task: Any, worker: Any, lane: Any) -> None:
    """Reserve *worker* for *task*."""
    note_reservation(clock, task, worker)
    take(clock, worker, lane)
    answered = clock.now + at(clock.offer_delay, offer(clock, task), LONG).value
    schedule(clock, answered, RESPONSE, task)
    if answered > gives_up(clock, task):
        set_patience(clock, task)


@inlined
def offer(clock: Any, task: Any) -> Any:
    """Return the offer that is the next of *task*."""
    return at(clock.first_offer, task, LONG).value + at(clock.task_state, task, TASK).used


@inlined
def note_reservation(clock: Any, task: Any, worker: Any) -> None:
    """Write a new reservation down."""
    row = clock.made
    clock.made += 1
    at(clock.task_state, task, TASK).made = row
    at(clock.made_task, row, INT).value = task
    at(clock.made_worker, row, INT).value = worker
    at(clock.task_worker, task, INT).value = worker
    at(clock.created, row, LONG).value = clock.now
    at(clock.reserved, task, LONG).value = clock.now
    at(clock.ended, row, LONG).value = -1
    at(clock.status, row, BYTE).value = PENDING


@inlined
def end_reservation(clock: Any, task: Any, status: Any) -> None:
    """Write down how the reservation of *task* ended."""
    row = at(clock.task_state, task, TASK).made
    at(clock.ended, row, LONG).value = clock.now
    at(clock.status, row, BYTE).value = status


@inlined
def is_reserved(clock: Any, task: Any) -> Any:
    """Return whether *task* has a reservation that is pending."""
    row = at(clock.task_state, task, TASK).made
    return row >= 0 and at(clock.status, row, BYTE).value == PENDING


@inlined
def respond(clock: Any, task: Any) -> None:
    """Let a worker accept, reject or miss a reservation."""
    if at(clock.outcome, task, BYTE).value != WAITING or not is_reserved(clock, task):
        return
    status = at(clock.offer_status, offer(clock, task), BYTE).value
    end_reservation(clock, task, status)
    if status == ACCEPTED:
        accept(clock, task)
    else:
        decline(clock, task, status)


@inlined
def accept(clock: Any, task: Any) -> None:
    """Begin the handle time of a task; without an activity for it, wrap-up time needs no happening of its own."""
    number = int64(at(clock.task_worker, task, INT).value)
    handled = clock.now + at(clock.handle, task, LONG).value
    wrap_up = at(clock.wrap_up, task, LONG).value
    at(clock.outcome, task, BYTE).value = IN_PROGRESS
    at(clock.accepted, task, LONG).value = clock.now
    if handled < clock.horizon:
        at(clock.handled, task, LONG).value = handled
    at(clock.workers, number, WORKER).task_activity = at(clock.lanes, at(clock.lane, task, INT).value, LANE).assigns
    if wrap_up and at(clock.wrap_up_activity, task, INT).value >= 0:
        at(clock.task_state, task, TASK).wraps_up = 1
        schedule(clock, handled, WORK, task)
    else:
        schedule(clock, handled + wrap_up, WORK, task)
    show(clock, number)


@inlined
def go_on(clock: Any, task: Any) -> None:
    """Move a worker to the wrap-up activity of its task, or end the work on it."""
    number = int64(at(clock.task_worker, task, INT).value)
    state = at(clock.task_state, task, TASK)
    if state.wraps_up:
        state.wraps_up = 0
        at(clock.workers, number, WORKER).task_activity = at(clock.wrap_up_activity, task, INT).value
        show(clock, number)
        schedule(clock, clock.now + at(clock.wrap_up, task, LONG).value, WORK, task)
    else:
        leave(clock, task, COMPLETED)
        release(clock, number, at(clock.lane, task, INT).value)
        settle(clock, number)


@part
def decline(clock: Any, task: Any, status: Any) -> None:
    """Send a worker on a detour, and its task back to its lane or, after too many reservations, away."""
    number, state = int64(at(clock.task_worker, task, INT).value), at(clock.task_state, task, TASK)
    rejects = int64(at(clock.workers, number, WORKER).reject_activity)
    detour = clock.timeout_activity if status == TIMEOUT else rejects
    state.used += 1
    step_waits = release(clock, number, at(clock.lane, task, INT).value)
    if detour >= 0 and not step_waits:
        begin_detour(clock, number, detour)
    settle(clock, number)
    if state.used >= MOST_OFFERS:
        leave(clock, task, CANCELED)
        return
    set_patience(clock, task)
    wait(clock, task)
    clock.matching_is_due = 1


@part
def lose_patience(clock: Any, task: Any) -> None:
    """Let *task*, if it is not accepted yet, leave, and free the worker that is reserved for it."""
    if at(clock.outcome, task, BYTE).value != WAITING:
        return
    leave(clock, task, ABANDONED)
    lane = at(clock.lane, task, INT).value
    if is_reserved(clock, task):
        number = int64(at(clock.task_worker, task, INT).value)
        end_reservation(clock, task, RES_CANCELED)
        release(clock, number, lane)
        settle(clock, number)
    elif first_task(clock, lane) == task:
        leave_lane(clock, lane)


@inlined
def leave(clock: Any, task: Any, outcome: Any) -> None:
    """Note how and when *task* ends."""
    at(clock.outcome, task, BYTE).value = outcome
    at(clock.completed, task, LONG).value = clock.now
