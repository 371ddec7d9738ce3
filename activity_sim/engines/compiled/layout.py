"""Where everything is: the records of the compiled loop.

All state is in flat arrays of records. The clock's own record holds the addresses of the arrays, so that one pointer
is all that functions hand to each other.
"""

from __future__ import annotations

import numpy as np

ARRAYS = (
    *("workers", "room", "steps", "available"),
    *("arrival", "priority", "handle", "wrap_up", "wrap_up_activity", "patience", "lane", "first_offer"),
    *("offer_delay", "offer_status"),
    *("task_state", "task_worker", "reserved", "accepted", "handled", "completed", "outcome"),
    *("made_task", "made_worker", "created", "ended", "status"),
    *("lanes", "waiting", "waiting_lanes", "accepted_sets", "accepted_lanes"),
    *("idle", "idle_first", "idle_size", "idle_place", "idle_sets"),
    *("happenings", "changes"),
)
"""The arrays whose addresses the clock holds."""

CLOCK = np.dtype(
    [
        ("now", "i8"),
        ("horizon", "i8"),
        ("bits", "u8"),  # of an index, behind the rank of a happening
        ("tasks", "i8"),
        ("staff", "i8"),
        ("channels", "i8"),
        ("lane_words", "i8"),  # 64-bit words that hold a bit a lane
        ("set_words", "i8"),  # and a bit a skill set
        ("timeout_activity", "i8"),
        ("lifo_first", "i8"),
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
        ("key", "u8"),  # the place among the idle: lower is better
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
    [("made", "i8"), ("used", "i2"), ("wraps_up", "i1"), ("patience_is_set", "i1")], align=True
)  # made: its latest reservation; used: its offers

STEP = np.dtype([("duration", "i8"), ("deadline", "i8"), ("activity", "i8")])
LANE = np.dtype(
    [("first", "i8"), ("size", "i8"), ("channel", "i4"), ("reserves", "i2"), ("assigns", "i2"), ("lifo", "i1")],
    align=True,
)
CHANGE = np.dtype([("start", "i8"), ("worker", "i4"), ("activity", "i4")])

PAIR = np.dtype([("time", "i8"), ("low", "u8")])
WORD = np.dtype([("value", "u8")])
LONG = np.dtype([("value", "i8")])
INT = np.dtype([("value", "i4")])
BYTE = np.dtype([("value", "i1")])
