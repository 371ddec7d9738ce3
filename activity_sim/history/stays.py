"""From changes of activity to spells: what events prove of where each worker was, and when.

A change says where the worker is from then on, where it was before, and for how long. So a worker is known from before
its first change, and one change that is missing is bridged by the next. What is not proved is not made up: it is a
stretch of its own, in no activity.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.history.gathering import CREATED, DELETED, MENTIONED, SECOND, Columns, Ints
from activity_sim.history.holes import Holes

UNKNOWN, ABSENT = -1, -2
"""In place of an activity: it is not known; there is no such worker yet, or any more."""
RANK = np.array([1, 0, 2, 3])
"""The order of a creation, a change and a deletion of one instant, by kind."""
Span = tuple[int, int]
Stretch = tuple[Any, ...]
"""The columns worker, activity, start, end and ended of some stretches."""


@attrs.frozen(eq=False)
class Stays:
    """Stretches of time by worker and start: *start* and *end* are in milliseconds since 1970.

    *ended* says whether an event ends it; the last one of a worker goes on. *missing* is how many changes cannot have
    come, *too_long* how many say that the stay before them began before the worker came there. *missed* are the
    instants at which changes must have been that did not come.
    """

    worker: Ints
    activity: Ints
    start: Ints
    end: Ints
    ended: NDArray[np.bool_]
    missing: int
    too_long: int
    missed: Ints

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which of them are stays in an activity."""
        return self.activity >= 0

    @property
    def unknown(self) -> tuple[int, int]:
        """How many stretches there are of which nothing is known, and how many milliseconds they are together."""
        those = self.activity == UNKNOWN
        return int(those.sum()), int((self.end - self.start)[those].sum())


@attrs.frozen(eq=False)
class _Changes:
    """Changes by worker and time; *after* and *before* are activities, *begun* when the one before began."""

    worker: Ints
    date: Ints
    kind: Ints
    version: Ints
    after: Ints
    before: Ints
    begun: Ints
    timed: NDArray[np.bool_]
    slack: Ints


def stays(changes: Columns, worker_of: Ints, activity_of: Ints, span: Span, quiet: Holes) -> Stays:
    """Return what *changes* prove of the time of *span*, in milliseconds since 1970.

    *worker_of* and *activity_of* give the number of the worker and the activity that a label is of; *quiet* are the
    stretches without any event that may be holes of the record.
    """
    found = _in_order(changes, worker_of, activity_of)
    same = np.flatnonzero(found.worker[1:] == found.worker[:-1])
    pairs, missing, too_long, missed = _between(found, same, quiet)
    others = (*_firsts(found, span), *_lasts(found, span), _never(found, worker_of, span))
    worker, activity, start, end, ended = (np.concatenate(parts) for parts in zip(*pairs, *others, strict=True))
    start, end, ended = np.maximum(start, span[0]), np.minimum(end, span[1]), ended.astype(bool) & (end < span[1])
    order = np.lexsort((end, start, worker))
    order = order[end[order] > start[order]]
    return Stays(worker[order], activity[order], start[order], end[order], ended[order], missing, too_long, missed)


def _in_order(changes: Columns, worker_of: Ints, activity_of: Ints) -> _Changes:
    """Return *changes* by worker and time; of one instant by the worker's version, where events have it."""
    rows = {name: column[changes["kind"] != MENTIONED] for name, column in changes.items()}
    worker = worker_of[rows["worker"]]
    order = np.lexsort((rows["version"], RANK[rows["kind"]], rows["date"], worker))
    rows = {name: column[order] for name, column in rows.items()}
    activity_of = np.append(activity_of, UNKNOWN)  # which the label -1 takes
    after, before = activity_of[rows["activity"]], activity_of[rows["previous"]]
    gone, timed = rows["kind"] == DELETED, rows["spent"] >= 0
    return _Changes(
        worker=worker[order],
        date=rows["date"],
        kind=rows["kind"],
        version=rows["version"],
        after=np.where(gone, ABSENT, after),
        before=np.where(gone, after, before),
        begun=rows["date"] - rows["spent"],
        timed=timed,
        slack=np.where(rows["exact"] > 0, 1, SECOND),
    )


def _between(found: _Changes, first: Ints, quiet: Holes) -> tuple[list[Stretch], int, int, Ints]:
    """Return the stretches from each change in the rows *first* to the next one of the same worker.

    There are three: the activity into which the first change led, as far as it is known to have lasted; what is not
    known; and the activity that the second change says was before it, from when that began. As a rule the first two
    have no length.
    """
    then = first + 1
    start, end, after, before = found.date[first], found.date[then], found.after[first], found.before[then]
    timed, slack = found.timed[then], found.slack[then]
    begun = np.where(timed, found.begun[then], start)
    late, early, agrees = begun > start + slack, begun < start - slack, (before == UNKNOWN) | (before == after)
    border = np.where(late, begun, start)
    made = found.kind[then] == CREATED
    tail = np.where(before >= 0, before, np.where(late, UNKNOWN, after))
    tail = np.where(~timed & ~agrees, UNKNOWN, tail)
    tail = np.where(made, np.where(after == ABSENT, ABSENT, UNKNOWN), tail)
    lasted = np.where(_one_is_missing(found, first) & late, border, quiet.begun(start, border))
    unknown = np.full(len(first), UNKNOWN)
    ended = np.ones(len(first), dtype=np.int64)
    worker = found.worker[first]
    missing, too_long = (late | ~agrees) & ~made, early & ~made
    head = (worker, after, start, np.minimum(lasted, border), ended)
    stretches = [head, (worker, unknown, head[3], border, ended), (worker, tail, border, end, ended)]
    return stretches, int(missing.sum()), int(too_long.sum()), border[late & ~made]


def _one_is_missing(found: _Changes, first: Ints) -> NDArray[np.bool_]:
    """Return where versions prove that one change is missing, and no more: each change counts one on."""
    then = first + 1
    known = (found.version[first] >= 0) & (found.version[then] >= 0) & (found.after[first] >= 0)
    moved = (found.before[then] >= 0) & (found.before[then] != found.after[first])
    is_one: NDArray[np.bool_] = known & moved & (found.version[then] - found.version[first] == 2)
    return is_one


def _firsts(found: _Changes, span: Span) -> Iterator[Stretch]:
    """Yield what is known before the first change of each worker."""
    rows = np.flatnonzero(np.append(True, found.worker[1:] != found.worker[:-1])[: len(found.worker)])
    date, kind, before = found.date[rows], found.kind[rows], found.before[rows]
    known = found.timed[rows] & (before >= 0)
    begun = np.where(known, found.begun[rows], date)
    nothing = np.where(kind == CREATED, ABSENT, UNKNOWN)
    ended, worker = np.ones(len(rows), dtype=np.int64), found.worker[rows]
    yield worker, nothing, np.full(len(rows), span[0]), begun, ended
    yield worker, before, begun, date, ended


def _lasts(found: _Changes, span: Span) -> Iterator[Stretch]:
    """Yield what follows the last change of each worker."""
    rows = np.flatnonzero(np.append(found.worker[1:] != found.worker[:-1], True)[: len(found.worker)])
    ended = np.zeros(len(rows), dtype=np.int64)
    yield found.worker[rows], found.after[rows], found.date[rows], np.full(len(rows), span[1]), ended


def _never(found: _Changes, worker_of: Ints, span: Span) -> Stretch:
    """Return the stretches of workers who never change: nothing is known of them."""
    others = np.setdiff1d(worker_of, found.worker)
    full = np.full(len(others), UNKNOWN), *(np.full(len(others), end) for end in span)
    return others, *full, np.zeros(len(others), dtype=np.int64)
