"""Work that does not always go on at full pace: what is left of it, and when it will end as things are now.

Of each worker, only the first end of its work is in line: it moves whenever the worker has more or fewer tasks in hand.
"""

from __future__ import annotations

from typing import Any

from activity_sim.compiling.compiler import at, inlined, part
from activity_sim.engines.compiled.layout import HANDS, LONG, WORKER
from activity_sim.engines.compiled.layout import WORK as STAGE
from activity_sim.engines.compiled.queue import NEVER, WORK, schedule
from activity_sim.plan import FULL_PACE


@inlined
def rate_of(clock: Any, worker: Any, in_hand: Any) -> Any:
    """Return the rate, of a thousand, at which a *worker* works with so many tasks in hand."""
    column = max(min(in_hand, clock.rates) - 1, 0)
    return at(clock.paces, worker.pace * clock.rates + column, LONG).value


@part
def end_of(clock: Any, left: Any, rate: Any) -> Any:
    """Return when work of which so much is *left* will end at a *rate*."""
    return clock.now + (left + rate - 1) // rate


@part
def begin_stage(clock: Any, number: Any, task: Any, length: Any) -> None:
    """Let a worker begin a stage of its work on *task* that takes so long at full pace."""
    worker, stage = at(clock.workers, number, WORKER), at(clock.works, task, STAGE)
    stage.left, stage.since = FULL_PACE * length, clock.now
    stage.end = end_of(clock, stage.left, rate_of(clock, worker, worker.in_hand))


@part
def add_work(clock: Any, number: Any, task: Any) -> None:
    """Put *task* among those that a worker works on."""
    hands, stage = at(clock.hands, number, HANDS), at(clock.works, task, STAGE)
    stage.before, stage.next = -1, hands.work
    if hands.work >= 0:
        at(clock.works, hands.work, STAGE).before = task
    hands.work = task


@part
def remove_work(clock: Any, number: Any, task: Any) -> None:
    """Take *task* from among those that a worker works on."""
    stage = at(clock.works, task, STAGE)
    if stage.before >= 0:
        at(clock.works, stage.before, STAGE).next = stage.next
    else:
        at(clock.hands, number, HANDS).work = stage.next
    if stage.next >= 0:
        at(clock.works, stage.next, STAGE).before = stage.before


@part
def change_pace(clock: Any, number: Any, before: Any) -> None:
    """Let a worker go on at another pace than *before*, when it had so many tasks in hand."""
    worker = at(clock.workers, number, WORKER)
    old, new = rate_of(clock, worker, before), rate_of(clock, worker, worker.in_hand)
    task = at(clock.hands, number, HANDS).work
    while task >= 0 and old != new:
        stage = at(clock.works, task, STAGE)
        stage.left = max(stage.left - old * (clock.now - stage.since), 0)
        stage.since = clock.now
        stage.end = end_of(clock, stage.left, new)
        task = stage.next
    watch_work(clock, number)


@part
def watch_work(clock: Any, number: Any) -> None:
    """See to it that the first end of a worker's work is in line."""
    hands = at(clock.hands, number, HANDS)
    first, end, task = hands.work, NEVER, hands.work
    while task >= 0:
        stage = at(clock.works, task, STAGE)
        if stage.end < end or (stage.end == end and task < first):
            first, end = task, stage.end
        task = stage.next
    in_line = hands.time >= 0 and (hands.time, hands.task) <= (end, first)
    if end < clock.horizon and not in_line:
        hands.time, hands.task = end, first
        schedule(clock, end, WORK, first)


@part
def ends_now(clock: Any, number: Any, task: Any) -> Any:
    """Return whether a stage of the work on *task*, for which a worker was looked at, ends now."""
    hands = at(clock.hands, number, HANDS)
    if hands.time == clock.now and hands.task == task:
        hands.time = -1
    return at(clock.works, task, STAGE).end == clock.now
