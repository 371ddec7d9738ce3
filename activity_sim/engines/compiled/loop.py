"""The loop: what happens, in the order of time, rank and index.

The ranks are those of the model: 1 end of handle or wrap-up time, 2 response to a reservation, 3 agenda, 4 end of a
target's or a task's time, 5 arrival, 6 matching, 7 patience. Arrivals of tasks that follow no other are in order from
the beginning, and are merged with the heap of the others. Matching comes when nothing of a lower rank is left at its
instant.
"""

from __future__ import annotations

from typing import Any

from activity_sim.compiling.compiler import at, entry, inlined, int64, uint64
from activity_sim.engines.compiled.layout import LONG
from activity_sim.engines.compiled.queue import (
    AGENDA,
    ARRIVAL,
    MATCHING,
    NEVER,
    RESPONSE,
    TIMEOUT,
    WORK,
    look_ahead,
    low_of,
)
from activity_sim.engines.compiled.tasks import arrive, arrive_later, lose_patience, match, respond, run_out
from activity_sim.engines.compiled.work import work_on
from activity_sim.engines.compiled.workers import advance, look_at, settle_apart


@inlined
def next_arrival(clock: Any) -> Any:
    """Return when the next task arrives."""
    return at(clock.arrival, clock.arrived, LONG).value if clock.arrived < clock.tasks else NEVER


@inlined
def apply(clock: Any) -> None:
    """Let the first in line happen."""
    clock.top_is_void = 1
    rank, index = clock.next_low >> clock.bits, int64(clock.next_low & ((uint64(1) << clock.bits) - uint64(1)))
    if rank == WORK:
        work_on(clock, index)
    elif rank == RESPONSE:
        respond(clock, index)
    elif rank == AGENDA:
        look_at(clock, index)
    elif rank == TIMEOUT:
        run_out(clock, index)
    elif rank == ARRIVAL:
        arrive_later(clock, index)
    else:
        lose_patience(clock, index)


@entry
def loop(clocks: Any) -> None:
    """Run the clock that is the one element of *clocks* to its horizon."""
    clock = clocks[0]
    for number in range(clock.staff):
        advance(clock, number)
        settle_apart(clock, number)
    while True:
        look_ahead(clock)
        arrival = next_arrival(clock)
        arrives = arrival < clock.next_time or (
            arrival == clock.next_time and low_of(clock, ARRIVAL, 0) <= clock.next_low
        )
        time = arrival if arrives else clock.next_time
        if clock.matching_is_due and (time > clock.now or not (arrives or clock.next_low < low_of(clock, MATCHING, 0))):
            match(clock)
        elif time >= clock.horizon:
            return
        else:
            clock.now = time
            if arrives:
                arrive(clock)
            else:
                apply(clock)
