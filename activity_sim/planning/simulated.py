"""Requirements by simulation: interval after interval, with what the one before has left behind."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from itertools import pairwise

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.drawing import Prepared
from activity_sim.drawing.streams import Streams
from activity_sim.drawing.tasks import draw_tasks
from activity_sim.engines import choose, engine
from activity_sim.errors import ActivitySimWarning
from activity_sim.log import ACCEPTED
from activity_sim.model.tasks import Target
from activity_sim.plan import PlannedTasks
from activity_sim.planning.demand import Demand
from activity_sim.planning.formula import Required, places_of
from activity_sim.planning.least import least
from activity_sim.planning.plain import Batch, joined
from activity_sim.planning.trials import Centre, Left, Trial
from activity_sim.progress import bar

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TRIALS = 4
"""About so many numbers of workers are tried in each interval."""


@attrs.frozen(eq=False)
class Simulated(Required):
    """A requirement with the ends of the 95 % intervals of its service levels."""

    low: Floats
    high: Floats


def by_simulation(prepared: Prepared, demand: Demand, target: Target, *, replications: int, seed: int = 1) -> Simulated:
    """Return the least numbers of workers that meet *target*, interval after interval, with what is left of the last.

    The tasks are those that *replications* of the scenario draw under *seed*, and the same for all numbers that are
    tried. The numbers of earlier intervals stay as they were found. Where no tasks are expected nobody is required, and
    those who were there before finish what is left. Warns where no number of workers meets the target.
    """
    drawn = joined([_drawn(prepared, demand, seed, number) for number in range(replications)])
    queue = prepared.scenario.queues[prepared.lanes.task_queue[demand.pool.lanes[0]]]
    centre = Centre(
        target=target,
        task_order=queue.task_order,
        places=places_of(demand),
        replications=replications,
        run=engine(choose("auto", tasks=len(drawn) * TRIALS)),
    )
    found = list(_each(centre, demand, list(_split(drawn, demand.spans.edges))))
    _warn_of_missed(demand, target, found)
    return _requirement(found)


def _drawn(prepared: Prepared, demand: Demand, seed: int, number: int) -> Batch:
    """Return the tasks of a pool in one replication, those that follow others left out."""
    tasks = draw_tasks(prepared.scenario, demand.pool.types, Streams(seed, number))
    lane = prepared.routes.lane[prepared.routes.first[tasks.route]]
    rows = (tasks.arrival >= 0) & np.isin(lane, demand.pool.lanes)
    names = ("arrival", "priority", "handle_time", "wrap_up_time", "patience")
    columns = {name: getattr(tasks, name)[rows] for name in names}
    replication = np.full(int(rows.sum()), number, dtype=np.int64)
    return Batch(replication=replication, response=_responses(tasks)[rows], **columns)


def _responses(tasks: PlannedTasks) -> Ints:
    """Return how long it takes in all to answer the reservations of each task, up to the first that is accepted."""
    first, accepted = tasks.first_offer[:-1], tasks.offer_status == ACCEPTED
    if not len(first):
        return np.zeros(0, dtype=np.int64)
    before = np.cumsum(accepted) - accepted
    needed = before == np.repeat(before[first], np.diff(tasks.first_offer))
    return np.asarray(np.add.reduceat(np.where(needed, tasks.offer_delay, 0), first))


def _split(drawn: Batch, edges: Ints) -> Iterator[Batch]:
    """Yield the tasks of each interval, with arrivals from its start on: after whatever is left there."""
    slot = np.searchsorted(edges, drawn.arrival, side="right") - 1
    ordered = drawn.only(np.argsort(slot, kind="stable"))
    ends = np.cumsum(np.bincount(slot, minlength=len(edges) - 1))
    for number, (first, last) in enumerate(pairwise([0, *ends.tolist()])):
        part = ordered.only(slice(first, last))
        yield attrs.evolve(part, arrival=np.maximum(part.arrival - edges[number], 1))


def _each(centre: Centre, demand: Demand, parts: Sequence[Batch]) -> Iterator[Trial | None]:
    """Yield what is found for each interval, None for those in which nobody is required."""
    left, spare = Left.nothing(), 1.0
    intervals = zip(parts, demand.load.tolist(), demand.spans.lengths.tolist(), demand.offered.tolist(), strict=True)
    with bar(total=len(parts), unit="interval") as advance:
        for part, load, length, offered in intervals:
            guess = math.ceil((load + spare * math.sqrt(load)) / centre.places)
            found = _found(centre, part, left, length, guess) if offered else None
            left = found.left if found else Left.nothing()
            # how many workers beyond the load, in its roots, is much the same from interval to interval
            spare = (found.workers * centre.places - load) / math.sqrt(load) if found and load else spare
            advance(1)
            yield found


def _found(centre: Centre, part: Batch, left: Left, length: int, guess: int) -> Trial:
    """Return what comes of an interval with the least number of workers that meets the target, or one for each task."""
    tried: dict[int, Trial] = {}

    def meets(workers: int) -> bool:
        tried[workers] = centre.trial(part, left, length, workers)
        return not _misses(centre.target, tried[workers])

    everyone = np.bincount(joined([part, left.waiting, left.in_hand]).replication).max(initial=1)
    most = math.ceil((int(everyone) + 1) / centre.places)
    return tried[least(meets, guess, most) or most]


def _misses(target: Target, trial: Trial) -> bool:
    """Return whether the service level of an interval is below the target; it is not where no task has come."""
    return bool(trial.level.value < target.target)


def _warn_of_missed(demand: Demand, target: Target, found: Sequence[Trial | None]) -> None:
    if missed := [number for number, trial in enumerate(found) if trial and _misses(target, trial)]:
        first = demand.spans.starts[missed[0]]
        text = f"no number of workers meets the target in {len(missed)} intervals, the first at {first:%Y-%m-%d %H:%M}"
        rest = "; what is given there has a worker for every task"
        warnings.warn(f"{demand.pool.name}: {text}{rest}", ActivitySimWarning, stacklevel=5)


def _requirement(found: Sequence[Trial | None]) -> Simulated:
    ends = np.array([(np.nan,) * 3 if trial is None else trial.level for trial in found], dtype=np.float64)
    level, low, high = ends.reshape(-1, 3).T
    workers = np.array([0 if trial is None else trial.workers for trial in found], dtype=np.int64)
    return Simulated(workers, level, np.maximum(low, 0.0), np.minimum(high, 1.0))
