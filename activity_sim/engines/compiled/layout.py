"""Where everything is: the records of the compiled loop.

All state is in flat arrays of records. The clock's own record holds the addresses of the arrays, so that one pointer
is all that functions hand to each other.
"""

from __future__ import annotations

import numpy as np

ARRAYS = (
    *("workers", "room", "steps", "hands", "available", "mirror", "paces"),
    *("arrival", "priority", "handle", "wrap_up", "wrap_up_activity", "patience", "timeout", "lane", "first_offer"),
    *("offer_delay", "offer_status", "gives_up_as", "next", "next_delay", "keeps_turn"),
    *("route", "routes", "targets", "skips", "program", "stack", "tallies"),
    *("task_state", "task_worker", "reserved", "accepted", "handled", "completed", "outcome"),
    *("turn", "turn_task", "target", "next_doubt", "works"),
    *("made_task", "made_worker", "created", "ended", "due", "status", "chosen"),
    *("lanes", "waiting", "waiting_lanes", "accepted_sets", "accepted_lanes", "order"),
    *("idle", "idle_first", "idle_size", "idle_place", "idle_sets", "keys", "optimised", "pasts"),
    *("happenings", "changes"),
)
"""The arrays whose addresses the clock holds."""

CLOCK = np.dtype(
    [
        ("now", "i8"),
        ("horizon", "i8"),
        ("bits", "u8"),  # of an index, behind the rank of a happening
        ("tasks", "i8"),  # that follow no other
        ("staff", "i8"),
        ("channels", "i8"),
        ("lane_words", "i8"),  # 64-bit words that hold a bit a lane
        ("set_words", "i8"),  # and a bit a skill set
        ("timeout_activity", "i8"),
        ("lifo_first", "i8"),
        ("sets", "i8"),
        ("activities", "i8"),
        ("rates", "i8"),  # of a pace
        ("is_several", "i8"),  # a queue makes several reservations at once
        ("is_routed", "i8"),  # a route has more than a lane
        ("is_limited", "i8"),  # a task, or its stay at a target, has a time
        ("is_followed", "i8"),  # a task follows another
        ("is_optimised", "i8"),  # a task channel is
        ("is_mirrored", "i8"),  # work shows in the activity
        ("is_tallied", "i8"),  # workers are counted by activity
        ("turns", "i8"),  # that tasks have taken
        ("doubt", "i8"),  # the first of the tasks that have come to a target since the last matching
        ("arrived", "i8"),  # tasks that have arrived
        ("doubted", "i8"),  # tasks whose first matching is over
        ("matching_is_due", "i8"),
        ("is_wide", "i8"),  # an entry of the heap of happenings has two words
        ("next_time", "i8"),  # of the first in line
        ("next_low", "u8"),  # its rank and index
        ("size", "i8"),  # of the heap of happenings
        ("top_is_void", "i8"),  # the top of the heap has happened, and its place is free
        ("made", "i8"),  # reservations
        ("changed", "i8"),  # changes of activity
        *((name, "i8") for name in ARRAYS),
    ]
)

WORKER = np.dtype(
    [
        ("step", "i8"),
        ("last", "i8"),
        ("left", "i8"),
        ("resumed", "i8"),
        ("alarm", "i8"),  # when the current step falls due, -1: never
        ("queued", "i8"),  # when it is next looked at, -1: it is not
        ("detour_end", "i8"),
        ("recovery", "i8"),
        ("last_end", "i8"),
        ("latest", "i8"),
        ("change", "i8"),  # the latest of its changes
        ("changes", "i8"),  # how many
        ("in_hand", "i4"),
        ("skill_set", "i4"),
        ("pace", "i4"),
        ("working", "i4"),  # on so many accepted tasks, where work is mirrored
        ("wrapping", "i4"),  # of which so many are in wrap-up
        ("reject_activity", "i2"),
        ("activity", "i2"),
        ("agenda_activity", "i2"),
        ("task_activity", "i2"),
        ("detour", "i2"),
        ("leave", "i1"),
        ("draining", "i1"),
    ],
    align=True,
)

TASK = np.dtype(
    [
        ("made", "i8"),  # the first of its latest reservations
        ("place", "i4"),  # in the heap of its lane, -1: it does not wait
        ("used", "i2"),  # offers, those of the latest reservations aside
        ("batch", "i1"),  # how many reservations were made with the latest
        ("pending", "i1"),  # how many of them are pending
        ("unaccepted", "i2"),
        ("wraps_up", "i1"),
        ("limits_are_set", "i1"),
        ("is_in_doubt", "i1"),
        ("has_waited", "i1"),
    ],
    align=True,
)

ROUTE = np.dtype([("first", "i8"), ("default", "i8"), ("beyond", "i8")])  # default: beyond where there is none
TARGET = np.dtype([("lane", "i8"), ("priority", "i8"), ("until", "i8"), ("skip", "i8")])
SKIP = np.dtype([("first", "i8"), ("beyond", "i8"), ("counts", "i8")])  # counts: where its row of bytes begins
ROW = np.dtype([("code", "i8"), ("operand", "f8")])
FIGURE = np.dtype([("value", "f8")])
WORK = np.dtype([("left", "i8"), ("since", "i8"), ("end", "i8"), ("next", "i8"), ("before", "i8")])
PAST = np.dtype([("last_end", "i8"), ("latest", "i8"), ("in_hand", "i8")])

HANDS = np.dtype([("work", "i8"), ("time", "i8"), ("task", "i8")])
"""What a worker works on at a pace: the first of its tasks; when the end of one is in line, -1 for none, and which."""

STEP = np.dtype([("duration", "i8"), ("deadline", "i8"), ("activity", "i8")])
LANE = np.dtype(
    [
        ("first", "i8"),
        ("size", "i8"),
        ("channel", "i4"),
        ("most", "i4"),  # reservations at once
        ("reserves", "i2"),
        ("assigns", "i2"),
        ("lifo", "i1"),
        ("is_ordered", "i1"),
    ],
    align=True,
)
CHANGE = np.dtype([("start", "i8"), ("worker", "i4"), ("activity", "i4")])

PAIR = np.dtype([("time", "i8"), ("low", "u8")])
WORD = np.dtype([("value", "u8")])
LONG = np.dtype([("value", "i8")])
INT = np.dtype([("value", "i4")])
BYTE = np.dtype([("value", "i1")])
