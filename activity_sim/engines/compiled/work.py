"""The rules for work: handle time, wrap-up time, and the end of a task."""

from __future__ import annotations

from typing import Any

from activity_sim.compiling.compiler import at, inlined, int64, part
from activity_sim.engines.compiled.layout import BYTE, INT, LONG, TASK, WORKER
from activity_sim.engines.compiled.pace import add_work, begin_stage, ends_now, remove_work, watch_work
from activity_sim.engines.compiled.queue import WORK, schedule
from activity_sim.engines.compiled.targets import leave
from activity_sim.engines.compiled.workers import release, settle, settle_apart, show
from activity_sim.log import COMPLETED, IN_PROGRESS


@inlined
def settle_or_show(clock: Any, number: Any) -> None:
    """Show what a worker does at its work; where work is mirrored, that may be an activity that takes no tasks."""
    if clock.is_mirrored:
        settle_apart(clock, number)
    else:
        show(clock, number)


@inlined
def work(clock: Any, task: Any) -> None:
    """Work on a task; where nothing shows it, wrap-up time needs no happening of its own."""
    handled = clock.now + at(clock.handle, task, LONG).value
    wrap_up = at(clock.wrap_up, task, LONG).value
    if handled < clock.horizon:
        at(clock.handled, task, LONG).value = handled
    if wrap_up and (clock.is_mirrored or at(clock.wrap_up_activity, task, INT).value >= 0):
        at(clock.task_state, task, TASK).wraps_up = 1
        schedule(clock, handled, WORK, task)
    else:
        schedule(clock, handled + wrap_up, WORK, task)


@part
def work_at_pace(clock: Any, number: Any, task: Any) -> None:
    """Work on a task at the pace of its worker."""
    at(clock.task_state, task, TASK).wraps_up = at(clock.wrap_up, task, LONG).value > 0
    add_work(clock, number, task)
    begin_stage(clock, number, task, at(clock.handle, task, LONG).value)
    watch_work(clock, number)


@inlined
def work_on(clock: Any, task: Any) -> None:
    """Go on to the wrap-up time of a task, or complete it, where its stage ends."""
    number = int64(at(clock.task_worker, task, INT).value)
    if at(clock.workers, number, WORKER).pace < 0:
        end_stage(clock, number, task)
    elif at(clock.outcome, task, BYTE).value == IN_PROGRESS:
        if ends_now(clock, number, task):
            end_stage_at_pace(clock, number, task)
        watch_work(clock, number)


@part
def end_stage_at_pace(clock: Any, number: Any, task: Any) -> None:
    """End a stage of the work on *task* that was done at a pace."""
    if at(clock.handled, task, LONG).value < 0:
        at(clock.handled, task, LONG).value = clock.now
    if at(clock.task_state, task, TASK).wraps_up:
        begin_stage(clock, number, task, at(clock.wrap_up, task, LONG).value)
    else:
        remove_work(clock, number, task)
    end_stage_apart(clock, number, task)


@part
def end_stage_apart(clock: Any, number: Any, task: Any) -> None:
    """End a stage of the work on *task*, by a call: for what is rare."""
    end_stage(clock, number, task)


@inlined
def end_stage(clock: Any, number: Any, task: Any) -> None:
    """Move a worker to the wrap-up activity of its task, or end the work on it."""
    state, worker = at(clock.task_state, task, TASK), at(clock.workers, number, WORKER)
    if state.wraps_up:
        wrap_up(clock, number, task)
    else:
        leave(clock, task, COMPLETED)
        if clock.is_mirrored:
            worker.working -= 1
            worker.wrapping -= at(clock.wrap_up, task, LONG).value > 0
        release(clock, number, at(clock.lane, task, INT).value)
        settle(clock, number)


@part
def wrap_up(clock: Any, number: Any, task: Any) -> None:
    """Let a worker begin the wrap-up of *task*."""
    worker, activity = at(clock.workers, number, WORKER), at(clock.wrap_up_activity, task, INT).value
    at(clock.task_state, task, TASK).wraps_up = 0
    if activity >= 0:
        worker.task_activity = activity
    if clock.is_mirrored:
        worker.wrapping += 1
    settle_or_show(clock, number)
    if worker.pace < 0:
        schedule(clock, clock.now + at(clock.wrap_up, task, LONG).value, WORK, task)
