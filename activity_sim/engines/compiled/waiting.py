"""Tasks that wait and workers that are idle, and the best pair of them.

Each lane has a heap of its tasks by their place in the order; each skill set has, for each task channel, a heap of its
idle workers. Bits say which lanes have a task and which skill sets an idle worker, so that a match looks at no others.
Who does not wait any more is taken out at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from activity_sim.compiling.compiler import at, inlined, int64, part, uint64
from activity_sim.engines.compiled.layout import INT, LANE, LONG, TASK, WORD, WORKER

DE_BRUIJN = 0x03F79D71B4CB0A89
LOWEST = np.zeros(64, dtype=np.int64)
LOWEST[[((DE_BRUIJN << place) % 2**64) >> 58 for place in range(64)]] = np.arange(64)
LAST = 2**64 - 1
NUMBER = 2**32 - 1
HIGHEST_PRIORITY = 2**31 - 1


@inlined
def lowest_bit(word: Any) -> Any:
    """Return the place of the lowest bit that is set in *word*."""
    return LOWEST[int64(((word & (~word + uint64(1))) * uint64(DE_BRUIJN)) >> uint64(58))]


@inlined
def set_bit(words: Any, place: Any) -> None:
    """Set the bit at *place* of the *words* at an address."""
    at(words, place >> 6, WORD).value |= uint64(1) << uint64(place & 63)


@inlined
def clear_bit(words: Any, place: Any) -> None:
    """Clear the bit at *place* of the *words* at an address."""
    at(words, place >> 6, WORD).value &= ~(uint64(1) << uint64(place & 63))


# --- tasks ---


@inlined
def key_of(clock: Any, task: Any, lifo: Any) -> Any:
    """Return the place of *task* in the order: its kind of queue, then priority and turn, or turn from behind."""
    turn = at(clock.turn, task, LONG).value if clock.is_followed else task
    if lifo:
        key = uint64(NUMBER - turn)
    else:
        key = (uint64(HIGHEST_PRIORITY - at(clock.priority, task, LONG).value) << uint64(32)) | uint64(turn)
    return key if lifo == clock.lifo_first else key | (uint64(1) << uint64(63))


@inlined
def task_of(clock: Any, key: Any, lifo: Any) -> Any:
    """Return the task that has a *key*."""
    turn = int64(key & uint64(NUMBER))
    turn = NUMBER - turn if lifo else turn
    return at(clock.turn_task, turn, LONG).value if clock.is_followed else turn


@inlined
def first_task(clock: Any, number: Any) -> Any:
    """Return the first task of lane *number*."""
    lane = at(clock.lanes, number, LANE)
    return task_of(clock, at(clock.waiting, lane.first, WORD).value, lane.lifo)


@inlined
def is_waiting(clock: Any, task: Any) -> Any:
    """Return whether *task* waits in its lane."""
    return at(clock.task_state, task, TASK).place >= 0


@part
def wait(clock: Any, task: Any) -> None:
    """Put *task* into its lane."""
    number = int64(at(clock.lane, task, INT).value)
    lane = at(clock.lanes, number, LANE)
    lane.size += 1
    settle_task(clock, lane, key_of(clock, task, lane.lifo), lane.size - 1)
    set_bit(clock.waiting_lanes, number)


@part
def leave_lane(clock: Any, task: Any) -> None:
    """Take *task* out of its lane."""
    number = int64(at(clock.lane, task, INT).value)
    lane, state = at(clock.lanes, number, LANE), at(clock.task_state, task, TASK)
    place = int64(state.place)
    state.place = -1
    lane.size -= 1
    if lane.size == 0:
        clear_bit(clock.waiting_lanes, number)
    elif place < lane.size:
        settle_task(clock, lane, at(clock.waiting, lane.first + lane.size, WORD).value, place)


@part
def settle_task(clock: Any, lane: Any, key: Any, place: Any) -> None:
    """Let the task with a *key*, at *place* of the heap of its *lane*, rise or sink to where it belongs."""
    heap = clock.waiting + 8 * lane.first
    while place > 0:
        parent = (place - 1) >> 1
        above = at(heap, parent, WORD).value
        if above <= key:
            break
        seat_task(clock, lane, heap, above, place)
        place = parent
    child = 2 * place + 1
    while child < lane.size:
        below = at(heap, child, WORD).value
        if child + 1 < lane.size and at(heap, child + 1, WORD).value < below:
            child += 1
            below = at(heap, child, WORD).value
        if below >= key:
            break
        seat_task(clock, lane, heap, below, place)
        place = child
        child = 2 * place + 1
    seat_task(clock, lane, heap, key, place)


@inlined
def seat_task(clock: Any, lane: Any, heap: Any, key: Any, place: Any) -> None:
    """Let the task with a *key* be at *place* of the *heap* of its lane."""
    at(heap, place, WORD).value = key
    at(clock.task_state, task_of(clock, key, lane.lifo), TASK).place = place


# --- workers ---


@inlined
def is_before(clock: Any, worker: Any, other: Any, channel: Any) -> Any:
    """Return whether *worker* gets a task of *channel* before *other* does."""
    one = at(clock.keys, worker * clock.channels + channel, WORD).value
    two = at(clock.keys, other * clock.channels + channel, WORD).value
    return one < two or (one == two and worker < other)


@part
def put_idle(clock: Any, worker: Any, channel: Any) -> None:
    """Put *worker* among the idle of its skill set, or to its new place there."""
    skill_set = at(clock.workers, worker, WORKER).skill_set
    line = skill_set * clock.channels + channel
    size = at(clock.idle_size, line, LONG)
    place = int64(at(clock.idle_place, worker * clock.channels + channel, INT).value)
    if place < 0:
        place = size.value
        size.value += 1
        if place == 0:
            set_bit(clock.idle_sets + 8 * clock.set_words * channel, skill_set)
    settle_idle(clock, worker, channel, at(clock.idle_first, line, LONG).value, size.value, place)


@part
def remove_idle(clock: Any, worker: Any, channel: Any) -> None:
    """Take *worker* from among the idle, if it is there."""
    entry = at(clock.idle_place, worker * clock.channels + channel, INT)
    place = int64(entry.value)
    if place < 0:
        return
    entry.value = -1
    skill_set = at(clock.workers, worker, WORKER).skill_set
    line = skill_set * clock.channels + channel
    size = at(clock.idle_size, line, LONG)
    size.value -= 1
    if size.value == 0:
        clear_bit(clock.idle_sets + 8 * clock.set_words * channel, skill_set)
    elif place < size.value:
        first = at(clock.idle_first, line, LONG).value
        last = int64(at(clock.idle, first + size.value, INT).value)
        settle_idle(clock, last, channel, first, size.value, place)


@part
def settle_idle(clock: Any, worker: Any, channel: Any, first: Any, size: Any, place: Any) -> None:
    """Let *worker*, at *place* of the heap that begins at *first*, rise or sink to where it belongs."""
    while place > 0:
        parent = (place - 1) >> 1
        other = int64(at(clock.idle, first + parent, INT).value)
        if not is_before(clock, worker, other, channel):
            break
        seat(clock, other, channel, first, place)
        place = parent
    child = 2 * place + 1
    while child < size:
        other = int64(at(clock.idle, first + child, INT).value)
        if child + 1 < size and is_before(clock, int64(at(clock.idle, first + child + 1, INT).value), other, channel):
            child += 1
            other = int64(at(clock.idle, first + child, INT).value)
        if not is_before(clock, other, worker, channel):
            break
        seat(clock, other, channel, first, place)
        place = child
        child = 2 * place + 1
    seat(clock, worker, channel, first, place)


@inlined
def seat(clock: Any, worker: Any, channel: Any, first: Any, place: Any) -> None:
    """Let *worker* be at *place* of the heap that begins at *first*."""
    at(clock.idle, first + place, INT).value = worker
    at(clock.idle_place, worker * clock.channels + channel, INT).value = place


# --- pairs ---


@inlined
def is_served(clock: Any, number: Any) -> Any:
    """Return whether a worker is idle who may take the tasks of lane *number*."""
    accepted = clock.accepted_sets + 8 * clock.set_words * number
    idle = clock.idle_sets + 8 * clock.set_words * at(clock.lanes, number, LANE).channel
    for word in range(clock.set_words):  # noqa: SIM110 - a generator would cost a frame in compiled code
        if at(accepted, word, WORD).value & at(idle, word, WORD).value:
            return True
    return False


@part
def first_lane(clock: Any) -> Any:
    """Return the lane of the first task that has an eligible worker, -1 where there is none."""
    found, best = -1, uint64(LAST)
    for word in range(clock.lane_words):
        lanes = at(clock.waiting_lanes, word, WORD).value
        while lanes:
            number = 64 * word + lowest_bit(lanes)
            lanes &= lanes - uint64(1)
            place = at(clock.waiting, at(clock.lanes, number, LANE).first, WORD).value
            if place < best and is_served(clock, number):
                found, best = number, place
    return found


@part
def best_worker(clock: Any, number: Any) -> Any:
    """Return the best of the idle workers who may take the tasks of lane *number*, -1 where there is none."""
    lane = at(clock.lanes, number, LANE)
    channel = int64(lane.channel)
    accepted = clock.accepted_sets + 8 * clock.set_words * number
    idle = clock.idle_sets + 8 * clock.set_words * channel
    best, lowest = int64(-1), int64(0)
    for word in range(clock.set_words):
        sets = at(accepted, word, WORD).value & at(idle, word, WORD).value
        while sets:
            skill_set = 64 * word + lowest_bit(sets)
            sets &= sets - uint64(1)
            first = at(clock.idle_first, skill_set * clock.channels + channel, LONG).value
            worker = int64(at(clock.idle, first, INT).value)
            order = int64(at(clock.order, number * clock.sets + skill_set, INT).value) if lane.is_ordered else lowest
            if best < 0 or order < lowest or (order == lowest and is_before(clock, worker, best, channel)):
                best, lowest = worker, order
    return best


@inlined
def is_wanted(clock: Any, skill_set: Any, channel: Any) -> Any:
    """Return whether tasks wait that a worker of *skill_set* might take."""
    accepted = clock.accepted_lanes + 8 * clock.lane_words * (skill_set * clock.channels + channel)
    for word in range(clock.lane_words):
        if at(accepted, word, WORD).value & at(clock.waiting_lanes, word, WORD).value:
            return True
    return False
