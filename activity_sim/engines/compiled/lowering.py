"""Lays a plan out in memory for the compiled loop; what the loop only reads stays where the plan has it."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.engines.compiled import layout
from activity_sim.engines.compiled.layout import ARRAYS, CHANGE, CLOCK, LANE, STEP, TASK, WORKER
from activity_sim.engines.compiled.queue import RANK_BITS
from activity_sim.log import WAITING
from activity_sim.plan import Plan
from activity_sim.units import NEVER

Arrays = dict[str, NDArray[Any]]
NONE = np.zeros(1, dtype=np.int64)
"""What stands for an array that a plan has no use for."""


@attrs.frozen(eq=False)
class Memory:
    """The *clock* of a run, and the *arrays* that its addresses lead to, which must last as long as the clock runs."""

    clock: NDArray[Any]
    arrays: Arrays


@attrs.frozen
class Uses:
    """Which parts of the model a plan makes use of: what it has no use for costs it nothing."""

    is_several: bool
    is_followed: bool
    is_routed: bool
    is_limited: bool
    is_optimised: bool
    is_mirrored: bool
    is_tallied: bool

    @classmethod
    def of(cls, plan: Plan) -> Uses:
        """Return what *plan* makes use of."""
        routes, tasks = plan.routes, plan.tasks
        follows = plan.first_tasks < len(tasks.arrival)
        ends = bool((routes.until < NEVER).any())
        simple = (np.diff(routes.first) == 1).all() and (routes.priority < 0).all() and (routes.skip < 0).all()
        return cls(
            is_several=bool((plan.lanes.max_reserved > 1).any()),
            is_followed=follows,
            is_routed=follows or ends or not simple,
            is_limited=ends or bool((tasks.timeout >= 0).any()),
            is_optimised=plan.multi_task and any(plan.optimised),
            is_mirrored=bool(plan.mirror),
            is_tallied=len(plan.skips.counts) > 0,
        )


def lower(plan: Plan) -> Memory:
    """Return the memory in which the loop runs *plan*."""
    uses, waiting = Uses.of(plan), _most_waiting(plan)
    arrays = {**_workers(plan), **_tasks(plan, uses), **_reservations(plan, uses), **_lanes(plan, waiting)}
    arrays |= {**_routes(plan, uses), **_skips(plan)}
    arrays |= {
        "available": np.array(plan.legend.available, dtype=np.int8),
        "happenings": np.empty(2 * _most_happenings(plan, int(waiting.sum())), np.uint64),
        "changes": np.empty(_most_changes(plan), CHANGE),
    }
    clock = _clock(plan, uses, arrays)
    for name in ARRAYS:
        arrays[name] = np.ascontiguousarray(arrays[name])
        clock[name] = arrays[name].ctypes.data
    arrays["skips"]["counts"] += arrays["skip_counts"].ctypes.data
    return Memory(clock, arrays)


def is_wide(plan: Plan) -> bool:
    """Return whether the time, rank and index of a happening of *plan* need more than 64 bits together."""
    return _index_bits(plan) + RANK_BITS + int(plan.legend.horizon).bit_length() > 64


def _index_bits(plan: Plan) -> int:
    return max(len(plan.tasks.arrival), 2 * len(plan.legend.workers) + 1).bit_length()


def _most_happenings(plan: Plan, targets: int) -> int:
    """Return a bound for the heap: each task, offer, target and step puts so many happenings in line at the most."""
    offers, steps = len(plan.tasks.offer_delay), len(plan.workers.agendas.activity)
    return 8 * offers + 4 * len(plan.tasks.arrival) + 2 * targets + 2 * steps + len(plan.legend.workers) + 1


def _most_changes(plan: Plan) -> int:
    offers, steps = len(plan.tasks.offer_delay), len(plan.workers.agendas.activity)
    return 8 * offers + 2 * steps + len(plan.legend.workers) + 1


def _clock(plan: Plan, uses: Uses, arrays: Arrays) -> NDArray[Any]:
    clock = np.zeros(1, CLOCK)
    clock["horizon"] = plan.legend.horizon
    clock["bits"], clock["is_wide"] = _index_bits(plan), is_wide(plan)
    clock["tasks"] = plan.first_tasks
    clock["staff"], clock["channels"] = arrays["room"].shape
    clock["lane_words"] = len(arrays["waiting_lanes"])
    clock["set_words"] = arrays["idle_sets"].shape[1]
    clock["sets"], clock["activities"] = arrays["order"].shape[1], len(plan.legend.activities)
    clock["rates"] = plan.workers.paces.shape[1]
    clock["timeout_activity"] = plan.timeout_activity
    clock["lifo_first"] = plan.lifo_first
    clock["doubt"] = -1
    for name, used in attrs.asdict(uses).items():
        clock[name] = used
    return clock


def _workers(plan: Plan) -> Arrays:
    planned, agendas, staff = plan.workers, plan.workers.agendas, len(plan.legend.workers)
    workers = np.zeros(staff, WORKER)
    workers["step"], workers["last"] = agendas.first[:-1] - 1, agendas.first[1:] - 1
    for name in ("skill_set", "leave", "recovery", "reject_activity", "pace"):
        workers[name] = getattr(planned, name)
    for name in ("alarm", "queued", "detour_end", "last_end", "latest", "change"):
        workers[name] = -1
    for name in ("activity", "agenda_activity", "task_activity", "detour"):
        workers[name] = -1
    steps = np.empty(len(agendas.activity), STEP)
    for column in ("activity", "duration", "deadline"):
        steps[column] = getattr(agendas, column)
    room = planned.capacity.astype(np.int32) if plan.multi_task else np.ones((staff, 1), np.int32)
    return {
        "workers": workers,
        "steps": steps,
        "room": room,
        "hands": _filled(staff if planned.paces.size else 1, layout.HANDS, "work", "time"),
        "mirror": np.array(plan.mirror or (0,), dtype=np.int64),
        "paces": planned.paces,
        "keys": np.zeros(room.shape, np.uint64),
        "optimised": np.array(plan.optimised or (0,), dtype=np.int8),
        "pasts": _filled(room.size if any(plan.optimised) else 1, layout.PAST, "last_end", "latest"),
    }


def _filled(count: int, kind: np.dtype[Any], *missing: str) -> NDArray[Any]:
    """Return so many records of a *kind*, in which the fields that are *missing* are -1."""
    records = np.zeros(count, kind)
    for name in missing:
        records[name] = -1
    return records


def _tasks(plan: Plan, uses: Uses) -> Arrays:
    tasks, count = plan.tasks, len(plan.tasks.arrival)
    missing = {name: np.full(count, -1, np.int64) for name in ("reserved", "accepted", "handled", "completed")}
    read = ("arrival", "priority", "wrap_up_activity", "patience", "first_offer", "offer_delay", "offer_status")
    return {
        **{name: getattr(tasks, name) for name in read},
        **missing,
        **_what_follows(plan, uses),
        "timeout": tasks.timeout if uses.is_limited else NONE,
        "handle": tasks.handle_time,
        "wrap_up": tasks.wrap_up_time,
        "task_state": _filled(count, TASK, "place"),
        "task_worker": np.full(count, -1, np.int32),
        "outcome": np.full(count, WAITING, np.int8),
        "works": np.empty(count if plan.workers.paces.size else 1, layout.WORK),
    }


def _what_follows(plan: Plan, uses: Uses) -> Arrays:
    if not uses.is_followed:
        return dict.fromkeys(("gives_up_as", "next", "next_delay", "keeps_turn", "turn", "turn_task"), NONE)
    tasks, count = plan.tasks, len(plan.tasks.arrival)
    return {
        **{name: getattr(tasks, name) for name in ("gives_up_as", "next", "next_delay", "keeps_turn")},
        "arrival": tasks.arrival.copy(),
        "turn": np.zeros(count, np.int64),
        "turn_task": np.zeros(count, np.int64),
    }


def _routes(plan: Plan, uses: Uses) -> Arrays:
    given, tasks = plan.routes, plan.tasks
    routes = np.zeros(len(given.first) - 1, layout.ROUTE)
    routes["first"], routes["beyond"] = given.first[:-1], given.first[1:]
    routes["default"] = routes["beyond"] - given.has_default
    targets = np.zeros(len(given.lane), layout.TARGET)
    for name in ("lane", "priority", "until", "skip"):
        targets[name] = getattr(given, name)
    count, changed = len(tasks.route), {"priority": tasks.priority.copy()} if uses.is_routed else {}
    return {
        **changed,
        "route": tasks.route,
        "routes": routes,
        "targets": targets,
        "target": given.first[tasks.route] if uses.is_routed or uses.is_limited else NONE,
        "lane": np.full(count, -1, np.int32) if uses.is_routed else given.lane[tasks.route],
        "next_doubt": np.empty(count if uses.is_routed else 1, np.int64),
    }


def _skips(plan: Plan) -> Arrays:
    given, sets = plan.skips, plan.skips.counts.shape[1]
    skips = np.zeros(len(given.counts), layout.SKIP)
    skips["first"], skips["beyond"] = given.first[:-1], given.first[1:]
    skips["counts"] = sets * np.arange(len(skips))
    program = np.zeros(len(given.code), layout.ROW)
    program["code"], program["operand"] = given.code, given.operand
    return {
        "skips": skips,
        "skip_counts": given.counts.astype(np.int8),
        "program": program,
        "stack": np.zeros(len(program) + 1, np.float64),
        "tallies": np.zeros(max(sets * len(plan.legend.activities), 1), np.int64),
    }


def _reservations(plan: Plan, uses: Uses) -> Arrays:
    most = len(plan.tasks.offer_delay)
    columns = {
        "made_task": np.int32,
        "made_worker": np.int32,
        "created": np.int64,
        "ended": np.int64,
        "status": np.int8,
    }
    arrays: Arrays = {name: np.empty(most, kind) for name, kind in columns.items()}
    return arrays | {"due": np.empty(most if uses.is_several else 1, np.int64), "chosen": np.empty(64, np.int64)}


def _lanes(plan: Plan, sizes: NDArray[Any]) -> Arrays:
    given, count = plan.lanes, len(plan.lanes.lifo)
    channels = plan.workers.capacity.shape[1] if plan.multi_task else 1
    lanes = np.zeros(count, LANE)
    lanes["channel"] = given.channel if plan.multi_task else 0
    lanes["reserves"], lanes["assigns"] = given.reservation_activity, given.assignment_activity
    lanes["lifo"], lanes["most"] = given.lifo, given.max_reserved
    lanes["is_ordered"] = (given.order != 0).any(axis=1)
    lanes["first"] = _firsts(sizes)
    sets = max(given.accepts.shape[1], int(plan.workers.skill_set.max(initial=0)) + 1)
    accepts, order = np.zeros((count, sets), dtype=np.bool_), np.zeros((count, sets), dtype=np.int32)
    accepts[:, : given.accepts.shape[1]], order[:, : given.accepts.shape[1]] = given.accepts, given.order
    by_channel = accepts.T[:, None, :] & (lanes["channel"] == np.arange(channels)[:, None])
    return {
        "lanes": lanes,
        "waiting": np.empty(int(sizes.sum()) + 1, np.uint64),
        "waiting_lanes": np.zeros(_words(count), np.uint64),
        "accepted_sets": _packed(accepts),
        "accepted_lanes": _packed(by_channel.reshape(sets * channels, count)),
        "order": order,
        **_idle(plan, sets, channels),
    }


def _most_waiting(plan: Plan) -> NDArray[Any]:
    """Return how many tasks may wait in each lane at the most: those whose routes have it."""
    routes, lanes = plan.routes, len(plan.lanes.lifo)
    used = np.bincount(plan.tasks.route, minlength=len(routes.first) - 1)
    by_target = np.repeat(used, np.diff(routes.first))
    return np.bincount(routes.lane, weights=by_target, minlength=lanes)[:lanes].astype(np.int64)


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
