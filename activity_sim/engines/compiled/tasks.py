"""The rules for tasks: reservations and their answers, work, and patience."""

from __future__ import annotations

from typing import Any

from activity_sim.compiling.compiler import at, inlined, int64, part
from activity_sim.engines.compiled.layout import BYTE, INT, LANE, LONG, TASK, WORKER
from activity_sim.engines.compiled.queue import ARRIVAL, RESPONSE, schedule
from activity_sim.engines.compiled.targets import (
    age_of,
    enter,
    gives_up,
    go_on,
    is_over,
    leave,
    set_limits,
    settle_doubts,
)
from activity_sim.engines.compiled.waiting import (
    best_worker,
    first_lane,
    first_task,
    is_waiting,
    leave_lane,
    remove_idle,
    wait,
)
from activity_sim.engines.compiled.work import settle_or_show, work, work_at_pace
from activity_sim.engines.compiled.workers import begin_detour, release_apart, settle_apart, take
from activity_sim.log import (
    ABANDONED,
    ACCEPTED,
    CANCELED,
    IN_PROGRESS,
    PENDING,
    RES_CANCELED,
    RESCINDED,
    WAITING,
)
from activity_sim.log import TIMEOUT as TIMED_OUT
from activity_sim.plan import MOST_OFFERS


@inlined
def arrive(clock: Any) -> None:
    """Let the next of the tasks that follow no other come."""
    task = clock.arrived
    clock.arrived += 1
    if clock.is_followed:
        take_turn(clock, task)
    if clock.is_routed:
        enter(clock, task)
    else:
        wait(clock, task)
        clock.matching_is_due = 1


@part
def take_turn(clock: Any, task: Any) -> None:
    """Give *task* the next turn in the order of tasks."""
    at(clock.turn, task, LONG).value = clock.turns
    at(clock.turn_task, clock.turns, LONG).value = task
    clock.turns += 1


@part
def arrive_later(clock: Any, task: Any) -> None:
    """Let a *task* come that follows another."""
    if at(clock.keeps_turn, task, BYTE).value:
        at(clock.turn_task, at(clock.turn, task, LONG).value, LONG).value = task
    else:
        take_turn(clock, task)
    enter(clock, task)


@inlined
def match(clock: Any) -> None:
    """Reserve workers for tasks until nothing can be matched, and nobody skips a target."""
    goes_on = True
    while goes_on:
        reserve_all(clock)
        goes_on = clock.is_routed and settle_doubts(clock)
    if not clock.is_routed:
        for task in range(clock.doubted, clock.arrived):
            if is_waiting(clock, task):
                set_limits(clock, task)
    clock.doubted = clock.arrived
    clock.matching_is_due = 0


@inlined
def reserve_all(clock: Any) -> None:
    """Make all the reservations that can be made now."""
    lane = first_lane(clock)
    while lane >= 0:
        task = first_task(clock, lane)
        leave_lane(clock, task)
        if at(clock.lanes, lane, LANE).most > 1:
            reserve_several(clock, task, lane)
        else:
            begin_batch(clock, task)
            reserve(clock, task, best_worker(clock, lane), lane)
        lane = first_lane(clock)


@part
def reserve_several(clock: Any, task: Any, lane: Any) -> None:
    """Reserve the best workers for *task*, as many as its queue wants and as there are."""
    count, worker = int64(0), best_worker(clock, lane)
    while worker >= 0 and count < at(clock.lanes, lane, LANE).most:
        at(clock.chosen, count, LONG).value = worker
        count += 1
        for channel in range(clock.channels):
            remove_idle(clock, worker, channel)
        worker = best_worker(clock, lane)
    begin_batch(clock, task)
    for place in range(count):
        reserve_apart(clock, task, at(clock.chosen, place, LONG).value, lane)


@inlined
def begin_batch(clock: Any, task: Any) -> None:
    """Let the next reservations of *task* be its latest."""
    state = at(clock.task_state, task, TASK)
    state.used += state.batch
    state.made, state.batch = clock.made, 0


@inlined
def reserve(clock: Any, task: Any, worker: Any, lane: Any) -> None:
    """Reserve *worker* for *task*."""
    state = at(clock.task_state, task, TASK)
    offer = at(clock.first_offer, task, LONG).value + state.used + state.batch
    answered = clock.now + at(clock.offer_delay, offer, LONG).value
    state.batch += 1
    state.pending += 1
    note_reservation(clock, task, worker, answered)
    take(clock, worker, lane)
    schedule(clock, answered, RESPONSE, task)
    if answered > gives_up(clock, task):
        set_limits(clock, task)


@part
def reserve_apart(clock: Any, task: Any, worker: Any, lane: Any) -> None:
    """Reserve *worker* for *task*, by a call: for what is rare, and so compiles sooner."""
    reserve(clock, task, worker, lane)


@inlined
def note_reservation(clock: Any, task: Any, worker: Any, answered: Any) -> None:
    """Write a new reservation down."""
    row = clock.made
    clock.made += 1
    at(clock.made_task, row, INT).value = task
    at(clock.made_worker, row, INT).value = worker
    at(clock.task_worker, task, INT).value = worker
    at(clock.created, row, LONG).value = clock.now
    at(clock.reserved, task, LONG).value = clock.now
    at(clock.ended, row, LONG).value = -1
    at(clock.status, row, BYTE).value = PENDING
    if clock.is_several:
        at(clock.due, row, LONG).value = answered


@inlined
def end_reservation(clock: Any, task: Any, row: Any, status: Any) -> None:
    """Write down how the reservation of *task* in this *row* ended."""
    at(clock.task_state, task, TASK).pending -= 1
    at(clock.ended, row, LONG).value = clock.now
    at(clock.status, row, BYTE).value = status


@inlined
def row_due(clock: Any, task: Any) -> Any:
    """Return the row of the pending reservation of *task* that is answered now, -1 where there is none."""
    state = at(clock.task_state, task, TASK)
    if state.pending == 0:
        return int64(-1)
    return state.made if state.batch == 1 else row_of_several(clock, state)


@part
def row_of_several(clock: Any, state: Any) -> Any:
    """Return the row, of the latest reservations, that is answered now; that of the first worker, -1 for none."""
    found = int64(-1)
    for row in range(state.made, state.made + state.batch):
        is_due = at(clock.status, row, BYTE).value == PENDING and at(clock.due, row, LONG).value == clock.now
        if is_due and (found < 0 or at(clock.made_worker, row, INT).value < at(clock.made_worker, found, INT).value):
            found = row
    return found


@inlined
def respond(clock: Any, task: Any) -> None:
    """Let a worker accept, reject or miss a reservation."""
    if at(clock.outcome, task, BYTE).value != WAITING:
        return
    row = row_due(clock, task)
    if row < 0:
        return
    state = at(clock.task_state, task, TASK)
    offer = at(clock.first_offer, task, LONG).value + state.used + row - state.made
    status = at(clock.offer_status, offer, BYTE).value
    end_reservation(clock, task, row, status)
    if status == ACCEPTED:
        accept(clock, task, row)
    else:
        decline(clock, task, row, status)


@inlined
def accept(clock: Any, task: Any, row: Any) -> None:
    """Begin the work on a task, for which other workers are not needed any more."""
    number = int64(at(clock.made_worker, row, INT).value)
    at(clock.outcome, task, BYTE).value = IN_PROGRESS
    at(clock.accepted, task, LONG).value = clock.now
    at(clock.task_worker, task, INT).value = number
    if at(clock.task_state, task, TASK).pending:
        free_others(clock, task, RESCINDED)
    worker = at(clock.workers, number, WORKER)
    worker.task_activity = at(clock.lanes, at(clock.lane, task, INT).value, LANE).assigns
    if clock.is_mirrored:
        worker.working += 1
    if worker.pace >= 0:
        work_at_pace(clock, number, task)
    else:
        work(clock, task)
    settle_or_show(clock, number)


@part
def decline(clock: Any, task: Any, row: Any, status: Any) -> None:
    """Send a worker on a detour, and its task back to its lane or, after too many reservations, away."""
    number, state = int64(at(clock.made_worker, row, INT).value), at(clock.task_state, task, TASK)
    rejects = int64(at(clock.workers, number, WORKER).reject_activity)
    detour = clock.timeout_activity if status == TIMED_OUT else rejects
    step_waits = release_apart(clock, number, at(clock.lane, task, INT).value)
    if detour >= 0 and not step_waits:
        begin_detour(clock, number, detour)
    settle_apart(clock, number)
    state.unaccepted += 1
    if state.unaccepted >= MOST_OFFERS:
        take_away(clock, task, CANCELED)
    elif state.pending == 0:
        wait_again(clock, task)


@part
def wait_again(clock: Any, task: Any) -> None:
    """Let *task* wait at its target again, or at the one that has become its target meanwhile."""
    if clock.is_limited and is_over(clock, task):
        go_on(clock, task, False)
        return
    set_limits(clock, task)
    wait(clock, task)
    clock.matching_is_due = 1


@part
def run_out(clock: Any, task: Any) -> None:
    """Let *task*, if not accepted, go on where its time at its target is over, and leave where all of it is."""
    timeout = at(clock.timeout, task, LONG).value
    if is_waiting(clock, task) and is_over(clock, task):
        go_on(clock, task, False)
    if at(clock.outcome, task, BYTE).value == WAITING and 0 <= timeout <= age_of(clock, task):
        take_away(clock, task, CANCELED)


@part
def lose_patience(clock: Any, task: Any) -> None:
    """Let *task*, if it is not accepted yet, give up, and what follows it come."""
    if at(clock.outcome, task, BYTE).value != WAITING:
        return
    if not clock.is_followed:
        take_away(clock, task, ABANDONED)
        return
    take_away(clock, task, at(clock.gives_up_as, task, BYTE).value)
    later = int64(at(clock.next, task, INT).value)
    comes = clock.now + at(clock.next_delay, task, LONG).value
    if later >= 0 and comes < clock.horizon:
        at(clock.arrival, later, LONG).value = comes
        at(clock.turn, later, LONG).value = at(clock.turn, task, LONG).value
        schedule(clock, comes, ARRIVAL, later)


@part
def take_away(clock: Any, task: Any, outcome: Any) -> None:
    """Let a *task* that is not accepted leave, and free the workers that are reserved for it."""
    leave(clock, task, outcome)
    if is_waiting(clock, task):
        leave_lane(clock, task)
    if at(clock.task_state, task, TASK).pending:
        free_others(clock, task, RES_CANCELED)


@part
def free_others(clock: Any, task: Any, status: Any) -> None:
    """End all pending reservations of *task*."""
    state, lane = at(clock.task_state, task, TASK), at(clock.lane, task, INT).value
    for row in range(state.made, state.made + state.batch):
        if at(clock.status, row, BYTE).value == PENDING:
            number = int64(at(clock.made_worker, row, INT).value)
            end_reservation(clock, task, row, status)
            release_apart(clock, number, lane)
            settle_apart(clock, number)
