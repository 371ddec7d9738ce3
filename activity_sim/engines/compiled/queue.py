"""What is to happen, in order: a heap of happenings by time, rank and index.

Time, rank and index are packed into one whole number, so the order is that of content, and comparing is one
instruction. Where they need more than 64 bits, an entry has two words: the time, and the rank with the index. The
happening at the top is left there until the next one comes to take its place, which is often at once.
"""

from __future__ import annotations

from typing import Any

from activity_sim.compiling.compiler import at, inlined, int64, part, uint64
from activity_sim.engines.compiled.layout import PAIR, WORD

WORK, RESPONSE, AGENDA, TIMEOUT, ARRIVAL, MATCHING, PATIENCE = range(1, 8)
RANK_BITS = 3
NEVER = 2**63 - 1


@inlined
def low_of(clock: Any, rank: Any, index: Any) -> Any:
    """Return the rank and the index of a happening as one number."""
    return (uint64(rank) << clock.bits) | uint64(index)


@part
def schedule(clock: Any, time: Any, rank: Any, index: Any) -> None:
    """Put a happening in line."""
    low = low_of(clock, rank, index)
    if clock.top_is_void:
        clock.top_is_void = 0
        renew_top(clock, time, low)
        return
    if clock.is_wide:
        rise_pair(clock.happenings, clock.size, time, low)
    else:
        rise(clock.happenings, clock.size, packed(clock, time, low))
    clock.size += 1


@inlined
def packed(clock: Any, time: Any, low: Any) -> Any:
    """Return a whole happening as one number."""
    return (uint64(time) << (clock.bits + uint64(RANK_BITS))) | low


@inlined
def renew_top(clock: Any, time: Any, low: Any) -> None:
    """Put a happening in the place of the top."""
    if clock.is_wide:
        sink_pair(clock.happenings, clock.size, time, low)
    else:
        sink(clock.happenings, clock.size, packed(clock, time, low))


@inlined
def look_ahead(clock: Any) -> None:
    """Note the time, and the rank with the index, of the first in line."""
    if clock.top_is_void:
        clock.top_is_void = 0
        clock.size -= 1
        if clock.size:
            note(clock, clock.size)
            renew_top(clock, clock.next_time, clock.next_low)
    if clock.size:
        note(clock, 0)
    else:
        clock.next_time, clock.next_low = NEVER, uint64(0)


@inlined
def note(clock: Any, place: Any) -> None:
    """Note what is at *place* of the heap."""
    if clock.is_wide:
        pair = at(clock.happenings, place, PAIR)
        clock.next_time, clock.next_low = pair.time, pair.low
    else:
        key, width = at(clock.happenings, place, WORD).value, clock.bits + uint64(RANK_BITS)
        clock.next_time, clock.next_low = int64(key >> width), key & ((uint64(1) << width) - uint64(1))


@part
def rise_pair(heap: Any, place: Any, time: Any, low: Any) -> None:
    """Put a happening into the *heap* of pairs at *place*, its end, and let it rise to where it belongs."""
    while place > 0:
        parent = (place - 1) >> 1
        above = at(heap, parent, PAIR)
        if above.time < time or (above.time == time and above.low <= low):
            break
        put_pair(heap, place, above.time, above.low)
        place = parent
    put_pair(heap, place, time, low)


@part
def sink_pair(heap: Any, size: Any, time: Any, low: Any) -> None:
    """Put a happening in the place of the top of the *heap* of pairs, and let it sink to where it belongs."""
    place, child = 0, 1
    while child < size:
        below = at(heap, child, PAIR)
        if child + 1 < size:
            other = at(heap, child + 1, PAIR)
            if other.time < below.time or (other.time == below.time and other.low < below.low):
                child, below = child + 1, other
        if below.time > time or (below.time == time and below.low >= low):
            break
        put_pair(heap, place, below.time, below.low)
        place, child = child, 2 * child + 1
    put_pair(heap, place, time, low)


@part
def put_pair(heap: Any, place: Any, time: Any, low: Any) -> None:
    """Write a happening to *place* of the *heap* of pairs."""
    pair = at(heap, place, PAIR)
    pair.time, pair.low = time, low


@part
def rise(heap: Any, place: Any, key: Any) -> None:
    """Put *key* into the *heap* at *place*, its end, and let it rise to where it belongs."""
    while place > 0:
        parent = (place - 1) >> 1
        above = at(heap, parent, WORD).value
        if above <= key:
            break
        at(heap, place, WORD).value = above
        place = parent
    at(heap, place, WORD).value = key


@part
def sink(heap: Any, size: Any, key: Any) -> None:
    """Put *key* in the place of the top of the *heap*, and let it sink to where it belongs."""
    place, child = 0, 1
    while child < size:
        below = at(heap, child, WORD).value
        if child + 1 < size:
            other = at(heap, child + 1, WORD).value
            child += int64(other < below)
            below = min(other, below)
        if below >= key:
            break
        at(heap, place, WORD).value = below
        place, child = child, 2 * child + 1
    at(heap, place, WORD).value = key
