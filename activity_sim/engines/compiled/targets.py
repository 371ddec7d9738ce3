"""The rules for where tasks wait: targets, their times, and how tasks go on from one to the next."""

from __future__ import annotations

from typing import Any

from activity_sim.compiling.compiler import at, inlined, int64, part
from activity_sim.engines.compiled.layout import BYTE, INT, LONG, ROUTE, TARGET, TASK
from activity_sim.engines.compiled.queue import NEVER, PATIENCE, TIMEOUT, schedule
from activity_sim.engines.compiled.skips import holds
from activity_sim.engines.compiled.waiting import is_waiting, leave_lane, wait
from activity_sim.log import CANCELED


@inlined
def leave(clock: Any, task: Any, outcome: Any) -> None:
    """Note how and when *task* ends."""
    at(clock.outcome, task, BYTE).value = outcome
    at(clock.completed, task, LONG).value = clock.now


@inlined
def route_of(clock: Any, task: Any) -> Any:
    """Return the route of *task*."""
    return at(clock.routes, int64(at(clock.route, task, INT).value), ROUTE)


@inlined
def age_of(clock: Any, task: Any) -> Any:
    """Return the age of *task*."""
    return clock.now - at(clock.arrival, task, LONG).value


@inlined
def is_over(clock: Any, task: Any) -> Any:
    """Return whether the time of *task* at its target is over."""
    return at(clock.targets, at(clock.target, task, LONG).value, TARGET).until <= age_of(clock, task)


@part
def enter(clock: Any, task: Any) -> None:
    """Let *task*, which has arrived, come to its first target, or leave where there is none."""
    route = route_of(clock, task)
    if route.first < route.beyond:
        come_to(clock, task, route.first)
    else:
        leave(clock, task, CANCELED)


@part
def come_to(clock: Any, task: Any, number: Any) -> None:
    """Let *task* wait at the target of this *number*."""
    target, state = at(clock.targets, number, TARGET), at(clock.task_state, task, TASK)
    at(clock.target, task, LONG).value = number
    at(clock.lane, task, INT).value = target.lane
    if target.priority >= 0:
        at(clock.priority, task, LONG).value = target.priority
    if not state.is_in_doubt:
        state.is_in_doubt = 1
        at(clock.next_doubt, task, LONG).value = clock.doubt
        clock.doubt = task
    wait(clock, task)
    clock.matching_is_due = 1


@part
def go_on(clock: Any, task: Any, skips: Any) -> None:
    """Let *task* go on to the next target that has not ended, or leave; the default is for those who only skip."""
    state, route = at(clock.task_state, task, TASK), route_of(clock, task)
    if is_waiting(clock, task):
        leave_lane(clock, task)
    if not skips:
        state.has_waited = 1
    number = at(clock.target, task, LONG).value + 1
    while number < route.default and at(clock.targets, number, TARGET).until <= age_of(clock, task):
        number += 1
    if number < route.default or (number < route.beyond and not state.has_waited):
        come_to(clock, task, number)
    else:
        leave(clock, task, CANCELED)


@part
def settle_doubts(clock: Any) -> Any:
    """Let those who have come to a target and still wait skip it, or set their limits; return whether any skips."""
    task, any_skips = clock.doubt, False
    clock.doubt = -1
    while task >= 0:
        following = at(clock.next_doubt, task, LONG).value
        at(clock.task_state, task, TASK).is_in_doubt = 0
        if is_waiting(clock, task):
            skip = at(clock.targets, at(clock.target, task, LONG).value, TARGET).skip
            if skip >= 0 and holds(clock, skip):
                go_on(clock, task, True)
                any_skips = True
            else:
                set_limits(clock, task)
        task = following
    return any_skips


@part
def set_limits(clock: Any, task: Any) -> None:
    """Put the ends of a task's patience and of its time in line, once, and the end of its time at its target."""
    state = at(clock.task_state, task, TASK)
    if not state.limits_are_set:
        state.limits_are_set = 1
        set_limit(clock, task, at(clock.patience, task, LONG).value, PATIENCE)
        if clock.is_limited:
            set_limit(clock, task, at(clock.timeout, task, LONG).value, TIMEOUT)
    if clock.is_limited:
        until = at(clock.targets, at(clock.target, task, LONG).value, TARGET).until
        set_limit(clock, task, until, TIMEOUT)


@part
def set_limit(clock: Any, task: Any, age: Any, rank: Any) -> None:
    """Put in line what is to happen when *task* has a certain *age*, if it is not negative."""
    end = at(clock.arrival, task, LONG).value + age
    if age >= 0 and end < clock.horizon:
        schedule(clock, end, rank, task)


@inlined
def gives_up(clock: Any, task: Any) -> Any:
    """Return when the patience of *task* ends, or its time."""
    age = at(clock.patience, task, LONG).value
    if clock.is_limited:
        timeout = at(clock.timeout, task, LONG).value
        age = timeout if timeout >= 0 and (timeout < age or age < 0) else age
    return at(clock.arrival, task, LONG).value + age if age >= 0 else NEVER
