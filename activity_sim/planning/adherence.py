"""Adherence and conformance: whether workers did what was planned when it was planned, and whether as much of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis.frames import Clock, as_log, checked
from activity_sim.analysis.intervals import Intervals, intervals
from activity_sim.analysis.spells import in_hand, split_at_borders
from activity_sim.errors import ActivitySimWarning, InputError, nearest, unknown, within
from activity_sim.log import Legend, Log
from activity_sim.model.reading import above_zero, one_of
from activity_sim.planning.clocks import times_on
from activity_sim.planning.stretches import Stretches, clipped, common, covered, joined, without
from activity_sim.units import DAY, SECOND

Ints = NDArray[np.int64]
WORK = 0
"""The code of work: of all available activities, and of what tasks are worked on in."""
FIGURES = ("planned", "in_adherence", "adherence", "worked", "planned_to_work", "conformance")
"""The figures of the table, behind whom and when they are of."""
PLACE = "agenda: "


def adherence(
    agenda: pd.DataFrame,
    log: Log | pd.DataFrame,
    *,
    interval: object = None,
    by: str = "worker",
    categories: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return how far workers did what their *agenda* says, a row each and one of "all", by *interval* if given.

    adherence = ``in_adherence`` / ``planned``: the share of the planned time in which a worker was in the planned
    activity. conformance = ``worked`` / ``planned_to_work``: the time at work, whenever it was, over the time that was
    planned for it; it may be above 1. (These are the definitions of workforce management.) Times are seconds, in a log
    of several replications their means; a share of no time is NaN.

    To *work* is to be in an available activity or to have a task in hand, whatever the activity is meanwhile. All of it
    adheres to a plan of any available activity, and none to other plans; these ask for the very activity. *categories*
    say which activities count as others, by name: ``{"On a Task": "Available"}`` where a frame knows no tasks.

    *agenda* is that of :func:`activity_sim.agenda`, or a frame with its columns: times are those of the log, dated or
    since its start, or texts of such; a column ``available`` says it of activities that the log does not have. *log* is
    a log, or a frame of spells such as ``frame.activities`` takes, with a column ``available``. The table covers the
    period of the log, and the workers of the agenda, *by* ``"worker"`` or ``"worker_group"``; who is not in the log
    counts as away, with a warning.

    Raises :exc:`~activity_sim.errors.InputError` for a frame without the columns, for activities that the log does not
    know, and where the agenda has a worker in two places at once.

    >>> names = {"worker": ["Ann", "Ann"], "friendly_name": ["Available", "Lunch"]}
    >>> plan = pd.DataFrame({**names, "start": [0, 3600], "end": [3600, 5400]})
    >>> spells = pd.DataFrame({**names, "available": [True, False], "start": [0, 4500], "end": [4500, 5400]})
    >>> adherence(plan, spells).iloc[0][["adherence", "conformance"]].astype(float).round(3).to_dict()
    {'adherence': 0.833, 'conformance': 1.25}
    """
    clock, actual = _actual(log)
    width = DAY if interval is None else within("interval", lambda: above_zero(interval))
    actual = attrs.evolve(actual, legend=attrs.evolve(actual.legend, interval=width))
    frame = _checked(agenda, by)
    counted = _Categories.of(actual.legend, frame, categories or {})
    plan = _Plan.of(frame, clock, actual.legend, counted)
    figures = _figures(plan, actual, counted)
    return _table(
        plan, figures, None if interval is None else clock.shown(pd.Series(intervals(actual.legend).starts)), by
    )


def _actual(log: Log | pd.DataFrame) -> tuple[Clock, Log]:
    if isinstance(log, Log):
        return Clock("of a log", log.legend.calendar), log
    if not isinstance(log, pd.DataFrame):
        raise InputError(f"must be a log or a frame of spells, not {type(log).__name__}", "log")
    clock, found = as_log(log)
    if not any(found.legend.available) and "available" not in log:
        raise InputError("must have a column 'available', which says what is work", "frame of spells: ")
    return clock, found


def _checked(agenda: pd.DataFrame, by: str) -> pd.DataFrame:
    within("by", lambda: one_of("worker", "worker_group")(by))
    if not isinstance(agenda, pd.DataFrame):
        raise InputError(f"must be a data frame, not {type(agenda).__name__}", "agenda")
    frame = within(PLACE, lambda: checked(agenda))
    if by not in frame:
        raise InputError(f"must have a column {by!r}{nearest(by, map(str, frame.columns))}", PLACE)
    for name in {"worker", "friendly_name", by}:
        if frame[name].isna().any():
            raise InputError(
                f"must have a name in every row, not none in row {frame.index[frame[name].isna()][0]}", PLACE, name
            )
    return frame


@attrs.frozen(eq=False)
class _Categories:
    """What counts as what: a *code* for each name of an activity, the same for those that count as the same."""

    code: Mapping[str, int]

    @classmethod
    def of(cls, legend: Legend, frame: pd.DataFrame, mapping: Mapping[str, str]) -> _Categories:
        """Return the categories of the activities of *legend*, some of which *mapping* counts as others.

        An activity that the agenda in *frame* plans must be one of these, or one that the mapping knows.
        """
        planned = frame["friendly_name"].unique()
        available = {name for name, able in zip(legend.activities, legend.available, strict=True) if able}
        if "available" in frame:
            available |= set(frame["friendly_name"][frame["available"].astype(bool)])
        for name in mapping:
            if name not in (known := {*legend.activities, *planned}):
                raise unknown(name, sorted(known)).inside("categories")
        names = dict.fromkeys([*legend.activities, *mapping, *mapping.values()])
        for name in planned:
            if name not in names:
                raise unknown(name, names).inside("friendly_name").inside(PLACE)
        counted = {name: mapping.get(name, name) for name in names}
        codes = {name: number for number, name in enumerate(dict.fromkeys(counted.values()), WORK + 1)}
        return cls({name: WORK if as_ in available else codes[as_] for name, as_ in counted.items()})

    def of_all(self, names: Iterable[str]) -> Ints:
        """Return the codes of *names*."""
        return np.array([self.code[name] for name in names], dtype=np.int64)

    @property
    def number(self) -> int:
        """One more than the greatest code."""
        return max(self.code.values(), default=WORK) + 1


@attrs.frozen(eq=False)
class _Plan:
    """The agenda, over the period of the log: *workers* with the *groups* of each, and *stretches*.

    The key of a stretch is that of its worker, times the number of categories, plus the code of its category.
    """

    workers: Sequence[str]
    groups: Sequence[str]
    stretches: Stretches

    @classmethod
    def of(cls, frame: pd.DataFrame, clock: Clock, legend: Legend, categories: _Categories) -> _Plan:
        """Return the agenda that *frame* has."""
        worker, workers = pd.factorize(frame["worker"].astype(object))
        _warn_of_missing(workers.tolist(), legend)
        names = frame["friendly_name"].astype(object)
        start, end = within(PLACE, lambda: times_on(clock, frame))
        _check_times(frame, worker, start, end)
        key = worker * categories.number + categories.of_all(names)
        groups = frame["worker_group"].astype(object) if "worker_group" in frame else pd.Series("", frame.index)
        first = groups.to_numpy()[np.unique(worker, return_index=True)[1]]
        return cls(workers.tolist(), first.tolist(), clipped((key, start, end), legend.warm_up, legend.horizon))


def _warn_of_missing(workers: Sequence[str], legend: Legend) -> None:
    missing = [name for name in workers if name not in set(legend.workers)]
    if missing:
        near = nearest(missing[0], map(str, legend.workers))
        some = f"{len(missing)} of {len(workers)} workers are not in the log and count as away"
        text = f"{some}, such as {missing[0]!r}{near}"
        warnings.warn(PLACE + text, ActivitySimWarning, stacklevel=4)


def _check_times(frame: pd.DataFrame, worker: Ints, start: Ints, end: Ints) -> None:
    if (end < start).any():
        raise InputError(
            f"must not come before its start, as in row {frame.index[int(np.argmax(end < start))]}", PLACE, "end"
        )
    twice = covered((worker, start, end), times=2)[0]
    if len(twice):
        name = frame["worker"].iloc[int(np.argmax(worker == twice[0]))]
        raise InputError(f"must have a worker in one place at a time, and has {name!r} in two", PLACE)


def _figures(plan: _Plan, log: Log, categories: _Categories) -> dict[str, NDArray[np.float64]]:
    """Return the seconds of each figure by interval (rows) and worker, on average over the replications."""
    spans, number = intervals(log.legend), categories.number
    planned = plan.stretches
    done = [_done(one, plan.workers, categories) for one in log.each()]
    parts = {
        "planned": [planned],
        "planned_to_work": [_at_work(planned, number)],
        "in_adherence": [common(planned, one) for one in done],
        "worked": [_at_work(one, number) for one in done],
    }
    return {name: _mean_time(found, spans, number, len(plan.workers)) for name, found in parts.items()}


def _at_work(stretches: Stretches, number: int, *, is_work: bool = True) -> Stretches:
    key, start, end = stretches
    kept = (key % number == WORK) == is_work
    return key[kept], start[kept], end[kept]


def _done(log: Log, workers: Sequence[str], categories: _Categories) -> Stretches:
    """Return the stretches in which each of *workers* was at work, and in each other category and not at work."""
    legend, spells, codes = log.legend, log.columns["spells"], categories.number
    place = {name: number for number, name in enumerate(workers)}
    known = np.array([place.get(name, -1) for name in legend.workers], dtype=np.int64)
    code = categories.of_all(legend.activities)[spells["activity"]]
    stays = _known(legend, (known[spells["worker"]] * codes + code, spells["start"], spells["end"]))
    holder, created, ended = in_hand(log)
    hands = _known(legend, (known[holder] * codes + WORK, created, ended))
    anywhere = joined(*((hands[0] + other, *hands[1:]) for other in range(codes)))
    worked = covered(joined(_at_work(stays, codes), hands))
    return joined(worked, without(_at_work(stays, codes, is_work=False), anywhere))


def _known(legend: Legend, stretches: Stretches) -> Stretches:
    """Return what the log's period has of those of *stretches* whose worker is known, each moment once."""
    key, start, end = stretches
    kept = key >= 0
    return covered(clipped((key[kept], start[kept], end[kept]), legend.warm_up, legend.horizon))


def _mean_time(parts: Sequence[Stretches], spans: Intervals, number: int, workers: int) -> NDArray[np.float64]:
    key, start, end = joined(*parts)
    time = split_at_borders(spans, (key // number, start, end), workers)
    return np.asarray(time / (len(parts) * SECOND))


def _table(
    plan: _Plan, figures: Mapping[str, NDArray[np.float64]], starts: pd.Series[pd.Timestamp] | None, by: str
) -> pd.DataFrame:
    """Return the table: a row of each worker or group and one of all, or as many as there are *starts* of intervals."""
    code, names = pd.factorize(np.array(plan.workers if by == "worker" else plan.groups, dtype=object))
    found = {name: _summed(time, code, by_interval=starts is not None) for name, time in figures.items()}
    found["adherence"] = _share(found["in_adherence"], found["planned"])
    found["conformance"] = _share(found["worked"], found["planned_to_work"])
    table = pd.DataFrame({name: found[name] for name in FIGURES})
    if starts is not None:
        table.insert(0, "interval_start", pd.concat([starts] * (len(names) + 1), ignore_index=True))
    rows = len(table) // (len(names) + 1)
    table.insert(0, by, np.repeat(np.array([*names, "all"], dtype=object), rows))
    return table


def _summed(time: NDArray[np.float64], code: Ints, *, by_interval: bool) -> NDArray[np.float64]:
    """Return the sums of the columns of *time* with each *code*, and of all, one after the other."""
    rows = time if by_interval else time.sum(axis=0, keepdims=True)
    sums = np.stack([np.bincount(code, row) for row in rows])
    return np.asarray(np.column_stack([sums, sums.sum(axis=1)]).T.ravel())


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))
