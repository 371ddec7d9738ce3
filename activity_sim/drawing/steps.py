"""Writes the steps of agendas from what is fixed of them and the numbers that were drawn for them.

These are plain functions of plain columns, and run as they stand, on lists. Where numba is at hand they are compiled,
and run on arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from activity_sim.units import NEVER


class Course(NamedTuple):
    """What is fixed of all agendas, column by column.

    By worker: *rest*, its activity outside of shifts; how many *absences* (0 or 1), *breaks*, *interruptions* and
    *stays* it draws; the *state* in which its routine begins; its *first_span*. By shift: *start*, *end*, *activity*
    and *first_break*. By planned break: *break_start* and *break_kind*, its position among those of the group.
    The columns of firsts have one entry more. A state below the number of stays is one that has a stay, others are
    that number more than the code of the activity that lasts to the horizon.
    """

    rest: Any
    absences: Any
    breaks: Any
    interruptions: Any
    stays: Any
    state: Any
    first_span: Any
    start: Any
    end: Any
    activity: Any
    first_break: Any
    break_start: Any
    break_kind: Any


class Draft(NamedTuple):
    """What was drawn for some workers, and the columns in which their steps are written.

    *first* has the first stream of each worker, and one entry more; *shows* the activity that a stream is about, and
    *used* how many of its numbers are used. The n-th number of stream s is ``drawn[s * size + n]``.
    """

    first: Any
    shows: Any
    used: Any
    drawn: Any
    size: int
    activity: Any
    duration: Any
    deadline: Any


def put(draft: Draft, made: int, activity: int, duration: int, deadline: int) -> int:
    """Write a step behind those that are *made*; return how many are."""
    draft.activity[made], draft.duration[made], draft.deadline[made] = activity, duration, deadline
    return made + 1


def take(draft: Draft, stream: int) -> Any:
    """Return the next number of *stream*, where no more are drawn one that ends everything soon."""
    place = draft.used[stream]
    draft.used[stream] = place + 1
    return draft.drawn[stream * draft.size + place] if place < draft.size else NEVER


def interrupted(draft: Draft, every: int, interruptions: int) -> tuple[Any, int]:
    """Return when the soonest of *interruptions*, whose streams begin with *every*, comes, and which it is."""
    soonest, which = take(draft, every), 0
    for other in range(1, interruptions):
        wait = take(draft, every + other)
        if wait < soonest:
            soonest, which = wait, other
    return soonest, which


def work(draft: Draft, made: int, streams: tuple[int, int], activity: int, clock: int, deadline: int) -> int:
    """Write work from *clock* to *deadline*, with as many interruptions as fit in when none is delayed.

    *streams* are the first and the number of those that say how often an interruption comes; others follow that say
    how long it lasts.
    """
    every, interruptions = streams
    if not interruptions:
        return put(draft, made, activity, NEVER, deadline)
    while clock < deadline:
        wait, which = interrupted(draft, every, interruptions)
        made = put(draft, made, activity, wait, deadline)
        clock += wait
        if clock < deadline:
            stream = every + interruptions + which
            lasts = take(draft, stream)
            made = put(draft, made, draft.shows[stream], lasts, deadline)
            clock += lasts
    return made


def write_shift(course: Course, draft: Draft, made: int, worker: int, first: int, span: int) -> int:
    """Write a shift, whose worker has streams from *first* on: work up to each planned break and to the end."""
    activity, end, clock = course.activity[span], course.end[span], max(course.start[span], 0)
    streams = first + course.breaks[worker], course.interruptions[worker]
    for planned in range(course.first_break[span], course.first_break[span + 1]):
        start, stream = course.break_start[planned], first + course.break_kind[planned]
        made = work(draft, made, streams, activity, clock, start)
        lasts = take(draft, stream)
        made = put(draft, made, draft.shows[stream], lasts, end)
        clock = min(max(clock, start) + lasts, end)
    return work(draft, made, streams, activity, clock, end)


def write_shifts(course: Course, draft: Draft, made: int, worker: int, first: int) -> int:
    """Write each shift that is not missed, and the rest before it and after the last."""
    rest, absences = course.rest[worker], course.absences[worker]
    for span in range(course.first_span[worker], course.first_span[worker + 1]):
        if not absences or not take(draft, first):
            made = put(draft, made, rest, NEVER, course.start[span])
            made = write_shift(course, draft, made, worker, first + absences, span)
    return put(draft, made, rest, NEVER, NEVER)


def write_stays(course: Course, draft: Draft, made: int, worker: int, first: int, horizon: int) -> int:
    """Write the stays of a routine; the streams of where they lead to follow those of how long they last."""
    stays, state, clock = course.stays[worker], course.state[worker], 0
    while state < stays and clock < horizon:
        stay = take(draft, first + state)
        made = put(draft, made, draft.shows[first + state], stay, NEVER)
        clock += stay
        state = take(draft, first + stays + state)
    activity = draft.shows[first + state] if state < stays else state - stays
    return put(draft, made, activity, NEVER, NEVER)


def has_enough(draft: Draft, first: int, after: int) -> bool:
    """Return whether there were numbers enough in the streams from *first* to the one before *after*."""
    for stream in range(first, after):  # noqa: SIM110 - a generator cannot be compiled
        if draft.used[stream] > draft.size:
            return False
    return True


def write(course: Course, draft: Draft, workers: Any, steps: Any, horizon: int) -> int:
    """Write the agendas of *workers* one after the other, and note in *steps* how many each has; return all that are.

    Those for which too few numbers are drawn are left out, and have minus so many steps as there were until then.
    """
    made = 0
    for place in range(len(workers)):
        worker, first, after = workers[place], draft.first[place], draft.first[place + 1]
        if course.stays[worker]:
            end = write_stays(course, draft, made, worker, first, horizon)
        else:
            end = write_shifts(course, draft, made, worker, first)
        enough = has_enough(draft, first, after)
        steps[place] = end - made if enough else made - end
        made = end if enough else made
    return made


PARTS = (put, take, interrupted, work, write_shift, write_shifts, write_stays, has_enough)
"""What :func:`write` is made of: a function comes after those that it calls."""
