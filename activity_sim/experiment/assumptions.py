"""What the formulas assume, and whether it holds in a scenario; what does not is named with what stands in for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import attrs
import numpy as np

from activity_sim.analysis.describe import clock
from activity_sim.drawing import Prepared
from activity_sim.drawing.tasks import TaskType
from activity_sim.experiment.pools import Load, Pool, by_row
from activity_sim.experiment.queues import Queue
from activity_sim.model.arrivals import Curve, Regular, Trace
from activity_sim.model.distributions import Constant, Distribution
from activity_sim.model.resumed import Resumed
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import ByTimeOfDay
from activity_sim.model.workers import Workers
from activity_sim.units import SECOND, Duration

GRID = np.linspace(0.01, 0.99, 25)


@attrs.frozen
class Assumption:
    """One *assumption* of a formula: whether it *holds*, what is *given*, and what is *used_instead* where not."""

    assumption: str
    holds: bool
    given: str
    used_instead: str = ""


@attrs.frozen(eq=False)
class Facts:
    """A pool of a scenario, how busy it is, and the queue that is nearest to it."""

    prepared: Prepared
    pool: Pool
    load: Load
    queue: Queue

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.prepared.scenario

    @property
    def groups(self) -> list[Workers]:
        """The groups of workers in the pool."""
        mine = [day.group for day, places in zip(self.prepared.days, self.pool.places, strict=True) if places]
        return list({id(group): group for group in mine}.values())

    @property
    def workers(self) -> str:
        """The servers of the queue, in words."""
        room = f" with room for {self.queue.places} tasks each" if self.queue.places > 1 else ""
        return several(self.queue.servers // self.queue.places, "worker") + room


def assumptions(facts: Facts) -> list[Assumption]:
    """Return what the formula of the queue assumes, time apart."""
    found = [row for check in CHECKS if (row := check(facts))]
    return [attrs.evolve(row, used_instead="") if row.holds else row for row in found]


def several(count: int, what: str) -> str:
    """Return so many of *what*.

    >>> several(1, "worker"), several(2, "worker")
    ('1 worker', '2 workers')
    """
    return f"{count:,} {what}{'s' * (count != 1)}"


def _alike(facts: Facts) -> Assumption:
    count = several(int((facts.pool.places > 0).sum()), "worker")
    rest = "" if facts.pool.alike else "; some workers can take some of them only"
    given = f"{count}, {several(len(facts.pool.types), 'task type')}{rest}"
    return Assumption("every worker can take every task", facts.pool.alike, given, "one queue for all of them")


def _places(facts: Facts) -> Assumption:
    places = facts.pool.places[facts.pool.places > 0]
    least, most = int(places.min()), int(places.max())
    given = f"{least}" if least == most else f"{least} to {most}"
    return Assumption(
        "all workers have room for as many tasks at once",
        least == most,
        given,
        "a worker for each task that there is room for",
    )


def _staff(facts: Facts) -> Assumption:
    load = facts.load
    what = "available" if facts.queue.places == 1 else "tasks at once, by those who are available"
    given = f"{load.least:g} {what}" if load.least == load.most else f"{load.least:g} to {load.most:g} {what}"
    used = f"{facts.workers}, as {load.when}, all the time"
    return Assumption("as many workers all the time", load.least == load.most, given, used)


def _uninterrupted(facts: Facts) -> Assumption:
    asked: tuple[tuple[str, Callable[[Workers], object]], ...] = (
        ("planned breaks", lambda group: group.breaks),
        ("interruptions", lambda group: group.interruptions),
        ("absence", lambda group: group.absence),
        ("routines", lambda group: group.routine and group.routine.stay),
    )
    found = [name for name, has in asked if any(map(has, facts.groups))]
    return Assumption("nobody takes a break or is away", not found, ", ".join(found) or "none of it", "none of it")


def _arrivals(facts: Facts) -> Assumption:
    load, kinds = facts.load, facts.pool.types
    why = [*dict.fromkeys(filter(None, (_not_random(facts.scenario, kind) for kind in kinds)))]
    constant = not why and all(_is_constant(kind.curve, facts.scenario.horizon) for kind in kinds)
    rates = f"{3600 * load.quiet:,.4g} to {3600 * load.busy:,.4g} an hour"
    given = f"{3600 * load.busy:,.4g} an hour" if constant else ", ".join([rates, *why])
    used = f"{3600 * facts.queue.rate:,.4g} an hour at random, as {load.when}"
    return Assumption("arrivals at random, at one rate", constant, given, used)


def _not_random(scenario: Scenario, kind: TaskType) -> str:
    if isinstance(kind.tasks.arrivals, Trace | Regular):
        return "as recorded" if isinstance(kind.tasks.arrivals, Trace) else "one after the other in equal steps"
    if isinstance(kind.tasks.arrivals, Resumed):
        return "as recorded at first"
    busyness = [law for law in (scenario.busyness, kind.tasks.busyness) if law is not None]
    return "" if all(isinstance(law, Constant) for law in busyness) else "busier on some days (busyness)"


def _is_constant(curve: Curve | None, horizon: int) -> bool:
    if curve is None or not len(curve.start):
        return False
    gaps = np.concatenate([curve.start, [horizon]]) != np.concatenate([[0.0], curve.end])
    return not gaps.any() and np.allclose([curve.rate, curve.end_rate], curve.rate[0], rtol=1e-9, atol=0)


def _handle_time(facts: Facts) -> Assumption:
    kinds, any_law = facts.pool.types, facts.queue.patience == 0
    laws = [kind.tasks.handle_time for kind in kinds]
    plain = not any(isinstance(law, ByTimeOfDay) or by_row(kind, "handle_time") for law, kind in _zip(laws, kinds))
    one = any_law or (len({mean.handle for mean in facts.load.means}) == 1 and all(map(_is_exponential, laws)))
    name = "handle times of any law" if any_law else "handle times exponential, of one mean"
    given = _listed(_said(law) if plain else "of changing mean" for law in laws)
    return Assumption(name, plain and one, given, f"exponential, mean {clock(facts.queue.handle_time)} all in all")


def _zip(laws: list[Distribution | ByTimeOfDay | None], kinds: Iterable[TaskType]) -> Iterator[tuple[object, TaskType]]:
    return zip(laws, kinds, strict=True)


def _is_exponential(law: object) -> bool:
    if law is None or isinstance(law, ByTimeOfDay):
        return False
    mean, draw = law.mean, law.draw  # type: ignore[attr-defined]
    return bool(mean) and np.allclose(draw(GRID), -mean * np.log1p(-GRID), rtol=1e-6, atol=0)


def _said(law: object) -> str:
    if isinstance(law, Constant):
        return f"always {clock(law.value.seconds)}"
    return f"{law.name}, mean {clock(law.mean / SECOND)}"  # type: ignore[attr-defined]


def _listed(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))


def _wrap_up(facts: Facts) -> Assumption:
    laws = [kind.tasks.wrap_up_time for kind in facts.pool.types]
    holds = not any(law.mean for law in laws)
    given = "none" if holds else _listed(_said(law) for law in laws if law.mean)
    return Assumption("no work after the contact", holds, given, "its mean is part of the handle time")


def _response(facts: Facts) -> Assumption:
    laws = [kind.tasks.response for kind in facts.pool.types]
    holds = not any(law.mean for law in laws)
    given = "at once" if holds else _listed(_said(law) for law in laws if law.mean)
    return Assumption("reservations are answered at once", holds, given, "its mean is part of the handle time")


def _accepted(facts: Facts) -> Assumption:
    kinds = [kind.tasks for kind in facts.pool.types]
    slowest = [(kind.tasks.response.draw(np.array([1 - 1e-9]))[0], kind.kind.offers) for kind in facts.pool.types]
    missed = any(length > offers.reservation_timeout for length, offers in slowest)
    found = [f"{100 * tasks.reject_probability:g} % rejected" for tasks in kinds if tasks.reject_probability]
    found += ["some time out"] if missed else []
    return Assumption("every reservation is accepted", not found, _listed(found) or "all of them", "all of them")


def _patience(facts: Facts) -> Assumption:
    kinds, queue = facts.pool.types, facts.queue
    laws = [kind.tasks.patience for kind in kinds]
    one = len({mean.patience for mean in facts.load.means}) == 1 and not any(by_row(kind, "patience") for kind in kinds)
    known = queue.patience in (0, np.inf) or all(map(_is_exponential, laws))
    given = _listed("for ever" if law is None else _said(law) for law in laws)
    given = "as recorded" if any(by_row(kind, "patience") for kind in kinds) else given
    used = f"exponential, mean {clock(queue.patience)}, for all"
    return Assumption("patience exponential of one mean, none, or endless", one and known, given, used)


def _order(facts: Facts) -> Assumption:
    kinds = facts.pool.types
    priorities = {priority for each in facts.pool.priorities for priority in each}
    lifo = bool(facts.prepared.lanes.lifo[facts.pool.lanes].any())
    mixed = any(by_row(kind, "priority") for kind in kinds) or any(len(each) > 1 for each in facts.pool.priorities)
    ranked = facts.queue.formula == "M/M/c with priorities"
    plain = not lifo and not mixed
    holds = plain and (ranked or len(priorities) == 1)
    words = ["last come, first served"] * lifo + [f"priorities {_and(priorities)}"] * (len(priorities) > 1)
    words += ["priorities as recorded"] * any(by_row(kind, "priority") for kind in kinds)
    name = "first come, first served" + (" within a priority" if ranked else "")
    return Assumption(name, holds, ", ".join(words) or "one priority", "all in one line")


def _and(numbers: Iterable[int]) -> str:
    return " and ".join(map(str, sorted(numbers)))


def _alone(facts: Facts) -> Assumption:
    count = len(facts.scenario.processes)
    return Assumption("no processes beside", not count, several(count, "process function") if count else "none", "none")


def _targets(facts: Facts) -> Assumption | None:
    if facts.pool.targets <= 1 and not facts.pool.limited:
        return None
    given = f"up to {facts.pool.targets}" if facts.pool.targets > 1 else "tasks are canceled when it ends, or at once"
    return Assumption("one target of a workflow, without limit", holds=False, given=given, used_instead="one queue")


def _reservations(facts: Facts) -> Assumption | None:
    most = int(facts.prepared.lanes.max_reserved[facts.pool.lanes].max())
    name = "one reservation of a task at a time"
    return None if most == 1 else Assumption(name, holds=False, given=f"up to {most}", used_instead="one")


def _worker_order(facts: Facts) -> Assumption | None:
    if not facts.prepared.lanes.order[facts.pool.lanes].any():
        return None
    return Assumption("the longest idle worker comes first", False, "order_by", "the longest idle worker")


def _pace(facts: Facts) -> Assumption | None:
    paces = {group.pace for group in facts.groups if any(pace != 1 for pace in group.pace)}
    given = _listed(", ".join(f"{pace:g}" for pace in each) for each in sorted(paces))
    name = "work goes as fast whatever is in hand"
    return Assumption(name, False, f"a pace of {given}", "a pace of 1") if paces else None


def _mirrored(facts: Facts) -> Assumption | None:
    mirror = facts.scenario.workspace.mirror
    given = "" if mirror is None else ", ".join(dict.fromkeys(mirror.names))
    return Assumption("tasks do not change the activity", False, given, "no mirrored work") if mirror else None


def _followed(facts: Facts) -> Assumption | None:
    kinds = [kind.tasks for kind in facts.pool.types]
    asked = (("retrials", "retrial"), ("callbacks", "callback"), ("a timeout", "timeout"))
    found = [what for what, key in asked if any(getattr(tasks, key) is not None for tasks in kinds)]
    name = "tasks are answered or abandon, once"
    return Assumption(name, False, ", ".join(found), "none of it") if found else None


def _enough(facts: Facts) -> Assumption | None:
    queue, there = facts.queue, facts.load.servers
    if queue.patience < np.inf:
        return None
    given = f"{queue.load:.4g} erlangs of work for {there:.4g} at once"
    holds = queue.servers < there + queue.places
    return Assumption("workers keep up, with room to spare", holds, given, facts.workers)


def long_enough(queue: Queue, scenario: Scenario) -> Assumption:
    """Return whether *scenario* runs long enough for its figures to be those in the long run."""
    memory = queue.memory * SECOND
    counted = scenario.horizon - scenario.warm_up
    holds = scenario.warm_up >= 5 * memory and counted >= 30 * memory and queue.rate * counted >= 500 * SECOND
    return span_row(scenario, Duration(queue.span.start), Duration(queue.span.horizon), holds=holds)


def span_row(scenario: Scenario, warm_up: Duration, horizon: Duration, *, holds: bool) -> Assumption:
    """Return the row on the horizon and the warm-up."""
    given = f"{scenario.horizon}, of which {scenario.warm_up} warm up"
    used = f"{clock(horizon.seconds)}, of which {clock(warm_up.seconds)} warm up"
    return Assumption("long enough to settle, and after that", holds, given, "" if holds else used)


CHECKS: tuple[Callable[[Facts], Assumption | None], ...] = (
    _alike,
    _places,
    _staff,
    _uninterrupted,
    _arrivals,
    _handle_time,
    _wrap_up,
    _response,
    _accepted,
    _patience,
    _order,
    _targets,
    _worker_order,
    _reservations,
    _pace,
    _followed,
    _mirrored,
    _enough,
    _alone,
)
"""The checks in the order in which a planner asks."""
