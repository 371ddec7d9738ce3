"""Pools: tasks and workers that have to do with each other, and how busy they are through the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.intervals import intervals
from activity_sim.drawing import Prepared
from activity_sim.drawing.tasks import TaskType
from activity_sim.engines import choose, engine
from activity_sim.log import Log
from activity_sim.model.arrivals import Curve
from activity_sim.model.distributions import Distribution
from activity_sim.model.tasks import ByTimeOfDay
from activity_sim.plan import Plan
from activity_sim.units import NEVER, SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Reached = Callable[[Prepared, TaskType], Ints]
STEPS = 100_000
"""About so many steps of agendas are run to see how many workers there are."""


@attrs.frozen(eq=False)
class Pool:
    """The task *types* that share workers, the *places* that each worker has for them, and whether all are *alike*.

    A worker's places are how many of these tasks it can have in hand at once, 0 where it can take none. Workers are
    alike who can take the tasks of every type, wherever these wait. *lanes* are where they may wait, *priorities* those
    that the tasks of each type begin with, and *targets* how many a task may come to at most; *limited* says whether
    one of them ends.
    """

    name: str
    types: tuple[TaskType, ...]
    places: Ints
    alike: bool
    lanes: Ints
    priorities: tuple[tuple[int, ...], ...]
    targets: int
    limited: bool


def pools(prepared: Prepared, reached: Reached | None = None) -> Iterator[Pool]:
    """Yield the pools of a scenario: in multitasking those of two task channels are apart, for capacities add.

    *reached* says in which lanes tasks of a type count: all in which they may wait, where it is None.
    """
    from scipy.sparse.csgraph import connected_components

    capacity = _capacity(prepared)
    mine = [(reached or lanes_of)(prepared, kind) for kind in prepared.types]
    takes = prepared.lanes.accepts[:, prepared.skill_set] & (capacity > 0)
    used = np.isin(np.arange(len(takes)), np.concatenate([*mine, np.zeros(0, dtype=np.int64)]))
    shared = (takes.astype(np.float64) @ takes.T.astype(np.float64)) > 0
    if prepared.scenario.workspace.multi_task_enabled:
        shared &= prepared.lanes.channel[:, None] == prepared.lanes.channel
    shared &= used[:, None] & used
    for lanes in mine:
        shared[np.ix_(lanes, lanes)] = True
    for number, label in enumerate(found := connected_components(shared)[1]):
        lanes = np.flatnonzero(found == label)
        if used[number] and number == lanes[0]:
            types = [kind for kind, own in zip(prepared.types, mine, strict=True) if np.isin(own, lanes).any()]
            yield _pool(prepared, types, lanes, takes, capacity)


def targets_of(prepared: Prepared, kind: TaskType) -> list[Ints]:
    """Return the rows of the targets of each route that tasks of a type go."""
    first = prepared.routes.first
    return [np.arange(first[route], first[route + 1]) for route in np.unique(kind.routes)]


def lanes_of(prepared: Prepared, kind: TaskType) -> Ints:
    """Return the lanes in which tasks of a type may wait: none, where all are canceled when they arrive."""
    return np.unique(prepared.routes.lane[np.concatenate(targets_of(prepared, kind))]).astype(np.int64)


def first_lanes_of(prepared: Prepared, kind: TaskType) -> Ints:
    """Return the lanes in which tasks of a type wait first, at the first targets of their routes."""
    first = np.concatenate([rows[:1] for rows in targets_of(prepared, kind)])
    return np.unique(prepared.routes.lane[first]).astype(np.int64)


def _capacity(prepared: Prepared) -> Ints:
    """Return how many tasks of each lane (rows) each worker (columns) can have in hand at once."""
    if not prepared.scenario.workspace.multi_task_enabled:
        return np.ones((len(prepared.lanes.channel), len(prepared.days)), dtype=np.int64)
    return np.asarray(prepared.staff["capacity"].T[prepared.lanes.channel], dtype=np.int64)


def _pool(prepared: Prepared, types: Sequence[TaskType], lanes: Ints, takes: NDArray[np.bool_], capacity: Ints) -> Pool:
    queues = dict.fromkeys(prepared.legend.task_queues[queue] for queue in prepared.lanes.task_queue[lanes])
    channels = dict.fromkeys(prepared.channels[channel] for channel in prepared.lanes.channel[lanes])
    several = len(prepared.channels) > 1
    able = takes[lanes].any(axis=0)
    routes = [rows for kind in types for rows in targets_of(prepared, kind)]
    return Pool(
        name=f"{', '.join(queues)} ({', '.join(channels)})" if several else ", ".join(queues),
        types=tuple(types),
        places=np.where(able, capacity[lanes[0]], 0),
        alike=bool((takes[lanes] == able).all()),
        lanes=lanes,
        priorities=tuple(_priorities(prepared, kind) for kind in types),
        targets=max(map(len, routes)),
        limited=any((prepared.routes.until[rows] < NEVER).any() or len(rows) == 0 for rows in routes),
    )


def _priorities(prepared: Prepared, kind: TaskType) -> tuple[int, ...]:
    """Return the priorities that tasks of a type have at their first targets."""
    given = {int(prepared.routes.priority[rows[0]]) for rows in targets_of(prepared, kind) if len(rows)}
    return tuple(sorted({kind.tasks.priority if priority < 0 else priority for priority in given}))


# --- how busy it is ---


@attrs.frozen(eq=False)
class Load:
    """What there is to do in a pool, and who is there to do it.

    *servers* is how many tasks could be in hand at once in the busiest interval, on average, and *least* and *most*
    at any time. *arrivals* are the tasks a second of each type in that interval, which is called *when*, and *means*
    what each takes on average then; *quiet* and *busy* the least and most of all arrivals in an interval.
    """

    servers: float
    least: float
    most: float
    when: str
    arrivals: Floats
    quiet: float
    busy: float
    means: tuple[Means, ...]

    @property
    def work(self) -> Floats:
        """How long a worker has a task of each type in hand, on average."""
        return np.array([mean.work for mean in self.means])


@attrs.frozen
class Means:
    """What a task takes on average, in seconds: to handle, after that, until it is accepted; and its patience."""

    handle: float
    wrap_up: float
    response: float
    patience: float

    @property
    def work(self) -> float:
        """How long a worker has it in hand."""
        return self.handle + self.wrap_up + self.response


def load(prepared: Prepared, pool: Pool, idle: Sequence[Log], plan: Plan) -> Load:
    """Return how busy *pool* is; *idle* are logs without tasks, *plan* has tasks as they are drawn."""
    spans = intervals(prepared.legend)
    arrivals = (
        np.stack([expected_arrivals(prepared, kind, spans.edges) for kind in pool.types]) / spans.lengths * SECOND
    )
    there = [places_there(log, pool.places) for log in idle]
    servers = np.mean([mean_level(*steps, spans.edges) for steps in there], axis=0)
    work = [means(kind, plan, (0, prepared.legend.horizon)).work for kind in pool.types]
    peak = int(np.argmax(np.where(servers >= 0.5, work @ arrivals, -1.0)))
    span = (int(spans.edges[peak]), int(spans.edges[peak + 1]))
    return Load(
        servers=float(servers[peak]),
        least=min(float(_levels(*steps, prepared.legend.horizon).min()) for steps in there),
        most=max(float(_levels(*steps, prepared.legend.horizon).max()) for steps in there),
        when=spans.starts[peak].strftime("%a %H:%M"),
        arrivals=arrivals[:, peak],
        quiet=float(arrivals.sum(axis=0).min()),
        busy=float(arrivals.sum(axis=0).max()),
        means=tuple(means(kind, plan, span) for kind in pool.types),
    )


def without_tasks(prepared: Prepared, seed: int) -> list[Log]:
    """Return logs of some replications in which no tasks come, and no process interferes."""
    number = min(max(STEPS // steps_of(prepared, seed), 1), 10)
    return list(idle_logs(prepared, seed, number))


def steps_of(prepared: Prepared, seed: int) -> int:
    """Return how many steps the agendas of the first replication have."""
    return len(attrs.evolve(prepared, types=[]).draw(seed, 0).workers.agendas.activity)


def idle_logs(prepared: Prepared, seed: int, replications: int) -> Iterator[Log]:
    """Yield logs of so many *replications* in which no tasks come, and no process interferes."""
    empty = attrs.evolve(prepared, types=[])
    run = engine(choose("auto", tasks=steps_of(prepared, seed) * replications))
    yield from (run(attrs.evolve(empty.draw(seed, number), processes=())) for number in range(replications))


def places_there(log: Log, places: Ints) -> tuple[Ints, Floats]:
    """Return when the number of places of workers who are available changes, and what it is from then on."""
    spells = log.columns["spells"]
    able = np.array(log.legend.available, dtype=np.bool_)[spells["activity"]] & (places[spells["worker"]] > 0)
    place = places[spells["worker"]][able].astype(np.float64)
    moments = np.concatenate([spells["start"][able], spells["end"][able]])
    times, row = np.unique(moments, return_inverse=True)
    return times, np.cumsum(np.bincount(row, weights=np.concatenate([place, -place]), minlength=len(times)))


def mean_level(times: Ints, level: Floats, edges: Ints) -> Floats:
    """Return the mean between each two of *edges* of a *level* that holds from each of *times* on."""
    if not len(times):
        return np.zeros(len(edges) - 1)
    area = np.concatenate([[0.0], np.cumsum(level[:-1] * np.diff(times))])
    return np.asarray(np.diff(np.interp(edges, times, area)) / np.diff(edges))


def _levels(times: Ints, level: Floats, horizon: int) -> Floats:
    """Return all numbers of places that there are at some time."""
    covered = len(times) > 0 and times[0] == 0 and times[-1] == horizon
    return level[:-1] if covered else np.append(level, 0.0)


def expected_arrivals(prepared: Prepared, kind: TaskType, edges: Ints) -> Floats:
    """Return how many tasks of a type are expected between each two of *edges*, busyness included."""
    known = np.diff(np.searchsorted(np.sort(kind.instants), edges)).astype(np.float64)
    if kind.curve is None:
        return known
    busyness = [law.mean / SECOND for law in (prepared.scenario.busyness, kind.tasks.busyness) if law]
    return known + np.diff(expected_upto(kind.curve, edges)) * float(np.prod(busyness))


def expected_upto(curve: Curve, moments: Ints) -> Floats:
    """Return the number that *curve* expects up to each of *moments*."""
    if not len(curve.start):
        return np.zeros(len(moments))
    piece = np.maximum(np.searchsorted(curve.start, moments, side="right") - 1, 0)
    length = curve.end[piece] - curve.start[piece]
    gone = np.clip(moments - curve.start[piece], 0, length)
    rise = (curve.end_rate - curve.rate)[piece] / length * gone / 2
    return np.asarray(curve.cumulative[piece] + gone * (curve.rate[piece] + rise))


def means(kind: TaskType, plan: Plan, span: tuple[int, int]) -> Means:
    """Return what tasks of a type take on average that arrive in *span*."""
    tasks = kind.tasks
    patient = tasks.patience is None and not by_row(kind, "patience")
    return Means(
        handle=_mean(kind, "handle_time", plan, span),
        wrap_up=tasks.wrap_up_time.mean / SECOND,
        response=mean_response(kind),
        patience=np.inf if patient else _mean(kind, "patience", plan, span),
    )


def mean_response(kind: TaskType) -> float:
    """Return how many seconds workers take on average to answer the reservations of a task, rejected ones included."""
    offers = 1 / max(1 - kind.tasks.reject_probability, 1e-3)
    return min(kind.tasks.response.mean, kind.kind.offers.reservation_timeout) / SECOND * offers


def by_row(kind: TaskType, name: str) -> bool:
    """Return whether the rows of the arrivals' file say what *name* is."""
    return getattr(kind.tasks.arrivals, name, None) is not None


def _mean(kind: TaskType, name: str, plan: Plan, span: tuple[int, int]) -> float:
    """Return the mean in seconds: that of the law, or of what is drawn where rows or the time of day have a say."""
    law: Distribution | ByTimeOfDay | None = getattr(kind.tasks, name)
    if law is not None and not isinstance(law, ByTimeOfDay) and not by_row(kind, name):
        return law.mean / SECOND
    mine, length = plan.tasks.task_type == kind.kind.code, getattr(plan.tasks, name)
    mine &= length >= 0
    inside = mine & (plan.tasks.arrival >= span[0]) & (plan.tasks.arrival < span[1])
    chosen = length[inside if inside.any() else mine]
    return float(chosen.mean()) / SECOND if len(chosen) else 0.0
