"""Draws what workers do by themselves into one agenda a worker: steps of (activity, duration, deadline).

Streams of all workers are drawn together, some numbers at first, and more for those who need more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.compiling import is_open
from activity_sim.drawing.agendas import Day
from activity_sim.drawing.steps import Course, Draft, write
from activity_sim.drawing.streams import Absence, Law, Lengths, Streams, Turns
from activity_sim.errors import InputError
from activity_sim.model.routine import Break, Interruption, Routine
from activity_sim.model.scenario import Scenario
from activity_sim.model.workers import Workers
from activity_sim.plan import Agendas

Ints = NDArray[np.int64]
MOST_STEPS = 2_000_000
FIRST, FURTHER = 16, 4
"""So many numbers of each stream are drawn at first, and so many times as many for those who need more."""

BLOCK = 1 << 16
"""So many numbers are drawn at a time: what leads to them stays in the processor's cache."""


class Wanted(NamedTuple):
    """A stream that each worker of a group needs: its *purpose*, the *law* of its numbers, and the *activity*."""

    purpose: str
    law: Law
    activity: int


@attrs.frozen(eq=False)
class Courses:
    """What is fixed of all agendas: the *course*, and the streams that are drawn for each worker.

    *first* has the first stream of each worker, and one entry more. By stream: *words*, its key, *law*, the number of
    its law among *laws*, and *shows*, the activity that it is about.
    """

    names: tuple[str, ...]
    horizon: int
    course: Course
    first: Ints
    words: NDArray[np.uint32]
    law: Ints
    laws: tuple[Law, ...]
    shows: Ints


def courses_of(scenario: Scenario, fixed: Sequence[Day]) -> Courses:
    """Return what is fixed of the agendas of the workers with these *fixed* days."""
    code = {name: number for number, name in enumerate(scenario.workspace.names)}
    by_group = {key: _wanted(group, code) for key, group in {id(day.group): day.group for day in fixed}.items()}
    wanted = [by_group[id(day.group)] for day in fixed]
    laws: dict[Law, int] = {}
    numbers = [laws.setdefault(stream.law, len(laws)) for streams in wanted for stream in streams]
    keys = [Streams.key(one.purpose, day.name) for day, its in zip(fixed, wanted, strict=True) for one in its]
    return Courses(
        names=tuple(day.name for day in fixed),
        horizon=scenario.horizon,
        course=_course(fixed, code),
        first=_firsts(wanted),
        words=np.array(keys, dtype=np.uint32).reshape(-1, 4),
        law=np.array(numbers, dtype=np.int64),
        laws=tuple(laws),
        shows=np.array([one.activity for streams in wanted for one in streams], dtype=np.int64),
    )


def _wanted(group: Workers, code: Mapping[str, int]) -> list[Wanted]:
    """Return what is drawn for each worker of a group, in the order in which its steps are written."""
    if group.routine is not None:
        routine, states = group.routine, _states(group.routine, code)
        stays = [Wanted(f"stay {name}", Lengths(law), code[name]) for name, law in routine.stay.items()]
        return [*stays, *(Wanted(f"next {name}", Turns.of(routine.next[name], states), -1) for name in routine.stay)]
    breaks = zip(_keys(group.breaks), group.breaks, strict=True)
    interruptions = list(zip(_keys(group.interruptions), group.interruptions, strict=True))
    return [
        *([Wanted("absence", Absence(group.absence), -1)] if group.absence else []),
        *(Wanted(f"break {key}", Lengths(planned.lasts), code[planned.activity]) for key, planned in breaks),
        *(Wanted(f"every {key}", Lengths(given.every), -1) for key, given in interruptions),
        *(Wanted(f"lasts {key}", Lengths(given.lasts), code[given.activity]) for key, given in interruptions),
    ]


def _keys(entries: Sequence[Interruption | Break]) -> list[str]:
    """Name each entry by its activity, a further one of the same activity by its number too."""
    names = [entry.activity for entry in entries]
    return [f"{name} {names[:n].count(name) + 1}" if name in names[:n] else name for n, name in enumerate(names)]


def _states(routine: Routine, code: Mapping[str, int]) -> dict[str, int]:
    """Return the states of a routine by activity, as :class:`~activity_sim.drawing.steps.Course` numbers them."""
    stays = {name: number for number, name in enumerate(routine.stay)}
    return {name: stays.get(name, len(stays) + number) for name, number in code.items()}


def _course(fixed: Sequence[Day], code: Mapping[str, int]) -> Course:
    groups, spans = [day.group for day in fixed], [span for day in fixed for span in day.shifts]
    routines = [group.routine for group in groups]
    breaks = [planned for span in spans for planned in span.breaks]
    columns = (
        [_rest(day, code) for day in fixed],
        [int(group.absence > 0) for group in groups],
        [len(group.breaks) for group in groups],
        [len(group.interruptions) for group in groups],
        [len(routine.stay) if routine else 0 for routine in routines],
        [_states(routine, code)[routine.start] if routine else 0 for routine in routines],
        _firsts([day.shifts for day in fixed]),
        [span.start for span in spans],
        [span.end for span in spans],
        [span.activity for span in spans],
        _firsts([span.breaks for span in spans]),
        [start for start, _ in breaks],
        [kind for _, kind in breaks],
    )
    return Course(*(np.array(column, dtype=np.int64) for column in columns))


def _rest(day: Day, code: Mapping[str, int]) -> int:
    """Return where a worker is outside shifts; a routine that has no stays never leaves where it starts."""
    routine = day.group.routine
    return code[routine.start] if routine is not None and not routine.stay else day.rest


def _firsts(parts: Sequence[Sequence[Any]]) -> Ints:
    return np.array([0, *accumulate(map(len, parts))], dtype=np.int64)


@attrs.frozen(eq=False)
class _Piece:
    """Agendas of some *workers*, with so many *steps* each, one after the other in *columns*."""

    workers: Ints
    steps: Ints
    columns: tuple[Ints, Ints, Ints]


def draw_agendas(given: Courses, streams: Streams) -> Agendas:
    """Return the agendas of one replication."""
    staff = np.arange(len(given.names))
    pieces = list(_pieces(given, streams, staff, FIRST))
    steps = np.zeros(len(staff), dtype=np.int64)
    for piece in pieces:
        steps[piece.workers] = piece.steps
    first = np.concatenate([[0], np.cumsum(steps)])
    columns = [np.empty(first[-1], dtype=np.int64) for _ in range(3)]
    for piece in pieces:
        place = _rows(first[piece.workers], piece.steps)
        for column, written in zip(columns, piece.columns, strict=True):
            column[place] = written
    return Agendas(first, columns[0].astype(np.int32), columns[1], columns[2])


def _rows(first: Ints, counts: Ints) -> Ints:
    """Return the numbers from each *first* on, so many as *counts* says, one after the other."""
    before = np.cumsum(counts) - counts
    return np.repeat(first - before, counts) + np.arange(counts.sum())


def _pieces(given: Courses, streams: Streams, workers: Ints, size: int) -> Iterator[_Piece]:
    """Yield the agendas of *workers*, for whom *size* numbers of each stream are drawn, and more if they need more.

    Those who need more are served before other workers are looked at, so an agenda without end is soon found.
    """
    widest = int(np.diff(given.first).max(initial=1))
    most = max(BLOCK // (size * max(widest, 1)), 1)
    for begin in range(0, len(workers), most):
        some = workers[begin : begin + most]
        steps, columns = _written(given, streams, some, size)
        _check(given, some, np.abs(steps))
        done = steps > 0
        yield _Piece(some[done], steps[done], columns)
        if not done.all():
            yield from _pieces(given, streams, some[~done], FURTHER * size)


def _check(given: Courses, workers: Ints, steps: Ints) -> None:
    endless = given.course.interruptions + given.course.stays
    for worker in workers[(steps > MOST_STEPS) & (endless[workers] > 0)]:
        what = "stays" if given.course.stays[worker] else "interruptions"
        raise InputError(
            f"has more than {MOST_STEPS:,} {what} within the horizon; they are too short",
            f"worker {given.names[worker]!r}",
        )


def _written(given: Courses, streams: Streams, workers: Ints, size: int) -> tuple[Ints, tuple[Ints, Ints, Ints]]:
    """Return how many steps each of *workers* has, as :func:`~activity_sim.drawing.steps.write` does, and the steps."""
    counts = np.diff(given.first)[workers]
    mine = _rows(given.first[workers], counts)
    drawn = streams.many(given.laws, given.law[mine], given.words[mine], size)
    first = np.concatenate([[0], np.cumsum(counts)])
    columns = tuple(np.empty(_room(given.course, workers, size), dtype=np.int64) for _ in range(3))
    draft = Draft(first, given.shows[mine], np.zeros(len(mine), dtype=np.int64), drawn.ravel(), size, *columns)
    steps = np.empty(len(workers), dtype=np.int64)
    made = _write(given.course, draft, workers, steps, given.horizon)
    return steps, tuple(column[:made] for column in columns)  # type: ignore[return-value]


def _room(course: Course, workers: Ints, size: int) -> int:
    """Return a bound for the number of steps that *workers* can have with *size* numbers of each stream."""
    spans = np.diff(course.first_span)[workers]
    breaks = np.diff(course.first_break[course.first_span])[workers]
    interruptions, stays = 2 * size * (course.interruptions[workers] > 0), size * course.stays[workers]
    return int((2 * (spans + breaks) + 1 + interruptions + stays + 2).sum())


def _write(course: Course, draft: Draft, workers: Ints, steps: Ints, horizon: int) -> int:
    """Write the agendas of *workers*; plain Python is far faster on lists than on arrays."""
    if is_open():
        from activity_sim.drawing.compiled import write_steps

        return int(write_steps(course, draft, workers, steps, horizon))
    columns = [column.tolist() if isinstance(column, np.ndarray) else column for column in draft]
    listed, counts = Draft(*columns), steps.tolist()
    made = write(Course(*(column.tolist() for column in course)), listed, workers.tolist(), counts, horizon)
    steps[:] = counts
    for column, written in zip(draft[-3:], listed[-3:], strict=True):
        column[:made] = written[:made]
    return made
