"""The rules for workers: agendas, detours, and the activity that they show."""

from __future__ import annotations

from typing import Any

from activity_sim.compiling.compiler import at, inlined, int64, part, uint64
from activity_sim.engines.compiled.layout import BYTE, CHANGE, INT, LANE, LONG, PAST, STEP, WORD, WORKER
from activity_sim.engines.compiled.pace import change_pace
from activity_sim.engines.compiled.queue import AGENDA, schedule
from activity_sim.engines.compiled.skips import tally
from activity_sim.engines.compiled.waiting import is_wanted, put_idle, remove_idle
from activity_sim.plan import AT_ONCE, IDLE_ONLY


@inlined
def beneath(worker: Any) -> Any:
    """Return the activity that a *worker* has chosen, or was sent to, whatever it works at."""
    return int64(worker.detour) if worker.detour >= 0 else int64(worker.agenda_activity)


@part
def mirrored(clock: Any, worker: Any) -> Any:
    """Return the activity that mirrors the work of a *worker*."""
    stays = at(clock.available, beneath(worker), BYTE).value and not worker.draining
    stage = 2 if worker.wrapping == worker.working else 0
    return at(clock.mirror, stage if stays else stage + 1, LONG).value


@inlined
def show(clock: Any, number: Any) -> None:
    """Let a worker show the activity that its layers come to: its task's, its detour's, or its agenda's.

    Of several changes at one instant the last is kept: the stays between them have no length.
    """
    worker = at(clock.workers, number, WORKER)
    shown = int64(worker.task_activity)
    if shown < 0:
        shown = mirrored(clock, worker) if clock.is_mirrored and worker.working else beneath(worker)
    if shown == worker.activity:
        return
    if clock.is_tallied:
        tally(clock, worker.skill_set, shown, 1)
        if worker.activity >= 0:
            tally(clock, worker.skill_set, worker.activity, -1)
    worker.activity = shown
    if worker.change < 0 or at(clock.changes, worker.change, CHANGE).start < clock.now:
        worker.change = clock.changed
        worker.changes += 1
        clock.changed += 1
    change = at(clock.changes, worker.change, CHANGE)
    change.start, change.worker, change.activity = clock.now, number, shown


@inlined
def key_of(past: Any) -> Any:
    """Return the place among the idle of a worker with such a *past*: the lower gets a task first."""
    if past.in_hand:
        return (uint64(1) << uint64(63)) | uint64(past.latest + 1)
    return uint64(past.last_end + 1)


@inlined
def settle(clock: Any, number: Any) -> None:
    """Show what has become of a worker, and offer it to tasks."""
    show(clock, number)
    worker = at(clock.workers, number, WORKER)
    key = key_of(worker)
    is_open = at(clock.available, worker.activity, BYTE).value and not worker.draining
    if clock.is_mirrored and worker.working:
        is_open = is_open and at(clock.available, beneath(worker), BYTE).value
    for channel in range(clock.channels):
        place = number * clock.channels + channel
        at(clock.keys, place, WORD).value = key
        if clock.is_optimised and at(clock.optimised, channel, BYTE).value:
            at(clock.keys, place, WORD).value = key_of(at(clock.pasts, place, PAST))
        if is_open and at(clock.room, number * clock.channels + channel, INT).value > 0:
            put_idle(clock, number, channel)
            if is_wanted(clock, worker.skill_set, channel):
                clock.matching_is_due = 1
        else:
            remove_idle(clock, number, channel)


@part
def settle_apart(clock: Any, number: Any) -> None:
    """Settle a worker, by a call: for what is rare, and so compiles sooner."""
    settle(clock, number)


@part
def set_alarm(clock: Any, number: Any) -> None:
    """Work out when the current step falls due: the earlier of what is left of it and its deadline."""
    worker = at(clock.workers, number, WORKER)
    worker.alarm = -1
    if worker.step == worker.last:
        return
    alarm = at(clock.steps, worker.step, STEP).deadline
    if not (worker.in_hand and worker.leave == IDLE_ONLY):
        worker.resumed = clock.now
        alarm = min(alarm, clock.now + worker.left)
    if alarm < clock.horizon:
        worker.alarm = alarm
        watch(clock, number)


@part
def watch(clock: Any, number: Any) -> None:
    """See to it that a worker is looked at by the time of its alarm; one look in line is enough."""
    worker = at(clock.workers, number, WORKER)
    if worker.queued < 0 or worker.alarm < worker.queued:
        worker.queued = worker.alarm
        schedule(clock, worker.alarm, AGENDA, 2 * number + 1)


@part
def advance(clock: Any, number: Any) -> None:
    """Start the next step whose deadline has not passed, or let it wait until nothing is in hand."""
    worker = at(clock.workers, number, WORKER)
    step = worker.step + 1
    while step < worker.last and at(clock.steps, step, STEP).deadline <= clock.now:
        step += 1
    leaves = worker.leave != AT_ONCE and not at(clock.available, at(clock.steps, step, STEP).activity, BYTE).value
    if worker.in_hand and leaves:
        worker.draining = 1
    else:
        start(clock, number, step)


@part
def start(clock: Any, number: Any, step: Any) -> None:
    """Start *step*; it ends a detour and any waiting."""
    worker = at(clock.workers, number, WORKER)
    worker.step, worker.draining = step, 0
    worker.detour = worker.detour_end = -1
    worker.agenda_activity = at(clock.steps, step, STEP).activity
    worker.left = at(clock.steps, step, STEP).duration
    set_alarm(clock, number)


@part
def begin_detour(clock: Any, number: Any, activity: Any) -> None:
    """Send a worker to *activity* until it has recovered or a step starts."""
    worker = at(clock.workers, number, WORKER)
    worker.detour, worker.detour_end = activity, -1
    if worker.recovery >= 0 and clock.now + worker.recovery < clock.horizon:
        worker.detour_end = clock.now + worker.recovery
        schedule(clock, worker.detour_end, AGENDA, 2 * number)


@part
def look_at(clock: Any, index: Any) -> None:
    """End the detour or the step of a worker, where it is due."""
    number = index >> 1
    worker = at(clock.workers, number, WORKER)
    if index & 1 == 0:
        if worker.detour_end == clock.now:
            worker.detour = worker.detour_end = -1
            settle_apart(clock, number)
    elif worker.queued == clock.now:
        worker.queued = -1
        if worker.alarm == clock.now:
            advance(clock, number)
            settle_apart(clock, number)
        elif worker.alarm >= 0:
            watch(clock, number)


@inlined
def take(clock: Any, number: Any, lane: Any) -> None:
    """Let a worker have one more task in hand, of *lane*."""
    worker, channel = at(clock.workers, number, WORKER), at(clock.lanes, lane, LANE).channel
    worker.in_hand += 1
    if worker.pace >= 0:
        change_pace(clock, number, worker.in_hand - 1)
    if worker.in_hand == 1 and worker.leave == IDLE_ONLY:
        worker.left -= clock.now - worker.resumed
        set_alarm(clock, number)
    at(clock.room, number * clock.channels + channel, INT).value -= 1
    worker.latest = clock.now
    if clock.is_optimised:
        past = at(clock.pasts, number * clock.channels + channel, PAST)
        past.in_hand += 1
        past.latest = clock.now
    worker.task_activity = at(clock.lanes, lane, LANE).reserves
    settle(clock, number)


@inlined
def release(clock: Any, number: Any, lane: Any) -> Any:
    """Take a task of *lane* out of the hands of its worker; return whether a waiting step has started by that."""
    worker, channel = at(clock.workers, number, WORKER), at(clock.lanes, lane, LANE).channel
    worker.in_hand -= 1
    at(clock.room, number * clock.channels + channel, INT).value += 1
    worker.last_end = clock.now
    if clock.is_optimised:
        past = at(clock.pasts, number * clock.channels + channel, PAST)
        past.in_hand -= 1
        past.last_end = clock.now
    worker.task_activity = -1
    if worker.pace >= 0:
        change_pace(clock, number, worker.in_hand + 1)
    if worker.in_hand:
        return False
    if worker.draining:
        advance(clock, number)
        return True
    if worker.leave == IDLE_ONLY:
        set_alarm(clock, number)
    return False


@part
def release_apart(clock: Any, number: Any, lane: Any) -> Any:
    """Take a task out of the hands of its worker, by a call: for what is rare."""
    return release(clock, number, lane)
