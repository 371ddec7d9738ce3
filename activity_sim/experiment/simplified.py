"""What of a scenario has an exact answer: its parts as they are, or the nearest queue and routine that has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.drawing import Prepared
from activity_sim.drawing.tasks import TaskType
from activity_sim.experiment.assumptions import Facts, assumptions, long_enough
from activity_sim.experiment.cases import Case, QueueCase
from activity_sim.experiment.pools import Load, Pool, lanes_of, load, pools, without_tasks
from activity_sim.experiment.queues import SETTLING, Queue, Span
from activity_sim.experiment.routines import routine_case
from activity_sim.log import Log
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Target
from activity_sim.plan import Plan
from activity_sim.units import SECOND

Floats = NDArray[np.float64]
ROOM = 0.9
"""Where nobody abandons, a line settles soon enough to be simulated if no more of the workers' time is asked for."""


def cases(prepared: Prepared, seed: int) -> Iterator[Case]:
    """Yield the parts of a scenario that formulas are about: pools of tasks and workers, and routines."""
    if prepared.types:
        idle, plan = without_tasks(prepared, seed), prepared.draw(seed, 0)
        yield from (_pool(prepared, pool, idle, plan) for pool in pools(prepared))
        yield from (Case(kind.tasks.friendly_name, why=LOST) for kind in prepared.types if _is_lost(prepared, kind))
    for group in prepared.scenario.groups:
        if group.routine and group.routine.stay and group.count:
            yield routine_case(prepared.scenario, group)


LOST = "these tasks match no filter, and are canceled when they arrive"


def _is_lost(prepared: Prepared, kind: TaskType) -> bool:
    return not len(lanes_of(prepared, kind))


def _pool(prepared: Prepared, pool: Pool, idle: Sequence[Log], plan: Plan) -> Case:
    if not pool.places.any():
        return Case(pool.name, why="no worker can take these tasks")
    busy = load(prepared, pool, idle, plan)
    if why := _nothing(busy):
        return Case(pool.name, why=why)
    own = Facts(prepared, pool, busy, nearest(prepared, pool, busy, 1.0))
    return _direct(own) or _simplified(attrs.evolve(own, queue=nearest(prepared, pool, busy, ROOM)))


def _nothing(busy: Load) -> str:
    if busy.servers < 0.5:
        return "no worker is ever available"
    if not busy.arrivals.any():
        return "no tasks come while workers are available"
    return "" if busy.work.any() else "these tasks take no time"


def _direct(facts: Facts) -> Case | None:
    """Return the scenario as it is, if all assumptions hold, the pool is all that there is, and it runs for long."""
    scenario, queue = facts.scenario, facts.queue
    rows = [*assumptions(facts), long_enough(queue, scenario)]
    everything = len(facts.pool.types) == len(facts.prepared.types) and facts.pool.places.all()
    if not everything or not all(row.holds for row in rows):
        return None
    end = scenario.horizon - round(SETTLING * queue.memory * SECOND)
    return QueueCase(
        facts.pool.name,
        queue.formula,
        rows,
        scenario,
        queue.exact,
        direct=True,
        queue=queue,
        span=Span(scenario.warm_up, end, scenario.horizon),
        classes=list(classes(facts.pool, facts.load, by_priority=len(queue.arrivals) > 1).values()),
    )


def _simplified(facts: Facts) -> Case:
    name, queue, first = facts.pool.name, facts.queue, facts.pool.types[0].tasks
    if not queue.can_be_run:
        return Case(name, why="it would have to run for more than a hundred years to settle")
    own = facts.scenario.queues[facts.prepared.lanes.task_queue[facts.pool.lanes[0]]]
    return QueueCase(
        name,
        queue.formula,
        [*assumptions(facts), long_enough(queue, facts.scenario)],
        queue.scenario(facts.scenario.workspace, own, first.task_channel, name),
        queue.exact,
        queue=queue,
        span=queue.span,
        classes=[[number] for number in range(len(queue.arrivals))],
    )


def nearest(prepared: Prepared, pool: Pool, busy: Load, room: float) -> Queue:
    """Return the queue that is nearest to a pool, with more workers where they would not keep up."""
    share = busy.arrivals / busy.arrivals.sum()
    patience = _patience(busy, share)
    sizes = np.unique(pool.places[pool.places > 0])
    places = int(sizes[0]) if len(sizes) == 1 else 1
    least = busy.arrivals @ busy.work / room if patience == np.inf else 0.0
    workers = max(round(busy.servers / places), 1, int(least // places) + 1)
    by_priority = patience == np.inf and _ranked(prepared, pool)
    return Queue(
        arrivals={
            name: float(busy.arrivals[numbers].sum())
            for name, numbers in classes(pool, busy, by_priority=by_priority).items()
        },
        servers=workers * places,
        places=places,
        handle_time=float(share @ busy.work),
        patience=patience,
        target=_target(prepared.scenario, pool, busy),
    )


def _patience(busy: Load, share: Floats) -> float:
    """Return the mean patience of the tasks that have one; infinite where none has."""
    each = np.array([mean.patience for mean in busy.means])
    known = np.isfinite(each) & (share > 0)
    return float(np.average(each[known], weights=share[known])) if known.any() else np.inf


def _ranked(prepared: Prepared, pool: Pool) -> bool:
    """Return whether priorities count in all queues of a pool."""
    return not prepared.lanes.lifo[pool.lanes].any()


def classes(pool: Pool, busy: Load, *, by_priority: bool) -> Mapping[str, list[int]]:
    """Return the numbers of the task types of each class, by its name: the class that goes first is first."""
    coming = [number for number, rate in enumerate(busy.arrivals) if rate > 0]
    ranks = {number: -max(pool.priorities[number]) if by_priority else 0 for number in coming}
    groups = [[n for n in coming if ranks[n] == rank] for rank in sorted(set(ranks.values()))]
    return {", ".join(pool.types[n].tasks.friendly_name for n in numbers): numbers for numbers in groups}


def _target(scenario: Scenario, pool: Pool, busy: Load) -> Target:
    """Return the service level that is asked for of the type of which most tasks come."""
    return pool.types[int(np.argmax(busy.arrivals))].tasks.service_level or scenario.service_level
