"""Lays a plan out in memory for the compiled loop; what the loop only reads stays where the plan has it."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.engines.compiled.layout import ARRAYS, CHANGE, CLOCK, LANE, STEP, TASK, WORKER
from activity_sim.engines.compiled.queue import RANK_BITS
from activity_sim.log import WAITING
from activity_sim.plan import Plan

Arrays = dict[str, NDArray[Any]]


@attrs.frozen(eq=False)
class Memory:
    """The *clock* of a run, and the *arrays* that its addresses lead to, which must last as long as the clock runs."""

    clock: NDArray[Any]
    arrays: Arrays


def lower(plan: Plan) -> Memory:
    """Return the memory in which the loop runs *plan*."""
    arrays = {**_workers(plan), **_tasks(plan), **_reservations(plan), **_lanes(plan)}
    arrays |= {"available": np.array(plan.legend.available, dtype=np.int8)}
    arrays |= {
        "happenings": np.empty(2 * _most_happenings(plan), np.uint64),
        "changes": np.empty(_most_changes(plan), CHANGE),
    }
    clock = _clock(plan, arrays)
    for name in ARRAYS:
        arrays[name] = np.ascontiguousarray(arrays[name])
        clock[name] = arrays[name].ctypes.data
    return Memory(clock, arrays)


def is_wide(plan: Plan) -> bool:
    """Return whether the time, rank and index of a happening of *plan* need more than 64 bits together."""
    return _index_bits(plan) + RANK_BITS + int(plan.legend.horizon).bit_length() > 64


def _index_bits(plan: Plan) -> int:
    return max(len(plan.tasks.arrival), 2 * len(plan.legend.workers) + 1).bit_length()


def _most_happenings(plan: Plan) -> int:
    """Return a bound for the heap: each task, offer and step puts so many happenings in line at the most."""
    offers, steps = len(plan.tasks.offer_delay), len(plan.workers.agendas.activity)
    return 4 * offers + 2 * len(plan.tasks.arrival) + 2 * steps + len(plan.legend.workers) + 1


def _most_changes(plan: Plan) -> int:
    offers, steps = len(plan.tasks.offer_delay), len(plan.workers.agendas.activity)
    return 6 * offers + 2 * steps + len(plan.legend.workers) + 1


def _clock(plan: Plan, arrays: Arrays) -> NDArray[Any]:
    clock = np.zeros(1, CLOCK)
    clock["horizon"] = plan.legend.horizon
    clock["bits"], clock["is_wide"] = _index_bits(plan), is_wide(plan)
    clock["tasks"] = len(plan.tasks.arrival)
    clock["staff"], clock["channels"] = arrays["room"].shape
    clock["lane_words"] = len(arrays["waiting_lanes"])
    clock["set_words"] = arrays["idle_sets"].shape[1]
    clock["timeout_activity"] = plan.timeout_activity
    clock["lifo_first"] = plan.lifo_first
    return clock


def _workers(plan: Plan) -> Arrays:
    planned, agendas, staff = plan.workers, plan.workers.agendas, len(plan.legend.workers)
    workers = np.zeros(staff, WORKER)
    workers["step"], workers["last"] = agendas.first[:-1] - 1, agendas.first[1:] - 1
    for name in ("skill_set", "leave", "recovery", "reject_activity"):
        workers[name] = getattr(planned, name)
    for name in ("alarm", "queued", "detour_end", "last_end", "latest", "change"):
        workers[name] = -1
    for name in ("activity", "agenda_activity", "task_activity", "detour"):
        workers[name] = -1
    steps = np.empty(len(agendas.activity), STEP)
    for column in ("activity", "duration", "deadline"):
        steps[column] = getattr(agendas, column)
    room = planned.capacity.astype(np.int32) if plan.multi_task else np.ones((staff, 1), np.int32)
    return {"workers": workers, "steps": steps, "room": room}


def _tasks(plan: Plan) -> Arrays:
    tasks, count = plan.tasks, len(plan.tasks.arrival)
    state = np.zeros(count, TASK)
    state["made"] = -1
    missing = {name: np.full(count, -1, np.int64) for name in ("reserved", "accepted", "handled", "completed")}
    read = ("arrival", "priority", "wrap_up_activity", "patience", "lane", "first_offer", "offer_delay", "offer_status")
    return {
        **{name: getattr(tasks, name) for name in read},
        **missing,
        "handle": tasks.handle_time,
        "wrap_up": tasks.wrap_up_time,
        "task_state": state,
        "task_worker": np.full(count, -1, np.int32),
        "outcome": np.full(count, WAITING, np.int8),
    }


def _reservations(plan: Plan) -> Arrays:
    most = len(plan.tasks.offer_delay)
    columns = {
        "made_task": np.int32,
        "made_worker": np.int32,
        "created": np.int64,
        "ended": np.int64,
        "status": np.int8,
    }
    return {name: np.empty(most, kind) for name, kind in columns.items()}


def _lanes(plan: Plan) -> Arrays:
    given, count = plan.lanes, len(plan.lanes.lifo)
    channels = plan.workers.capacity.shape[1] if plan.multi_task else 1
    lanes = np.zeros(count, LANE)
    lanes["channel"] = given.channel if plan.multi_task else 0
    lanes["reserves"], lanes["assigns"] = given.reservation_activity, given.assignment_activity
    lanes["lifo"] = given.lifo
    lanes["first"] = _firsts(np.bincount(plan.tasks.lane, minlength=count)[:count])
    sets = max(given.accepts.shape[1], int(plan.workers.skill_set.max(initial=0)) + 1)
    accepts = np.zeros((count, sets), dtype=np.bool_)
    accepts[:, : given.accepts.shape[1]] = given.accepts
    by_channel = accepts.T[:, None, :] & (lanes["channel"] == np.arange(channels)[:, None])
    return {
        "lanes": lanes,
        "waiting": np.empty(len(plan.tasks.arrival) + 1, np.uint64),
        "waiting_lanes": np.zeros(_words(count), np.uint64),
        "accepted_sets": _packed(accepts),
        "accepted_lanes": _packed(by_channel.reshape(sets * channels, count)),
        **_idle(plan, sets, channels),
    }


def _idle(plan: Plan, sets: int, channels: int) -> Arrays:
    staff = len(plan.legend.workers)
    sizes = np.repeat(np.bincount(plan.workers.skill_set, minlength=sets), channels)
    return {
        "idle": np.empty(staff * channels, np.int32),
        "idle_first": _firsts(sizes),
        "idle_size": np.zeros(sets * channels, np.int64),
        "idle_place": np.full((staff, channels), -1, np.int32),
        "idle_sets": np.zeros((channels, _words(sets)), np.uint64),
    }


def _firsts(sizes: NDArray[Any]) -> NDArray[np.int64]:
    """Return where each of several stretches of these *sizes* begins, one behind the other."""
    return np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)


def _words(bits: int) -> int:
    return max((bits + 63) // 64, 1)


def _packed(rows: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Return *rows* of flags as words of 64 bits, the first flag lowest."""
    padded = np.zeros((len(rows), 64 * _words(rows.shape[1])), dtype=np.bool_)
    padded[:, : rows.shape[1]] = rows
    return np.packbits(padded, axis=1, bitorder="little").view("<u8").astype(np.uint64)
