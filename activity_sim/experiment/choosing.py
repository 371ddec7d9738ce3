"""Choosing the best of several scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis.metrics import Metric, column
from activity_sim.analysis.selection import MOST, Allocation, Selection, kn, ocba
from activity_sim.errors import InputError, within
from activity_sim.experiment.comparison import named
from activity_sim.experiment.pool import Where
from activity_sim.experiment.priced import metrics_for
from activity_sim.experiment.runner import Runner, runner
from activity_sim.model.reading import whole
from activity_sim.model.scenario import Scenario

FIRST = 20
"""So many replications of each scenario come first; of fewer, the variances would be too uncertain."""


@attrs.frozen(eq=False, repr=False)
class Choice:
    """The *best* of several scenarios by name, and what is known of that.

    *table* has the figure of each scenario, how many *replications* it took, and whether it was still in the race at
    the end. *probability* is that of a correct selection; the *statement* says what it rests on.
    """

    best: str
    probability: float
    statement: str
    table: pd.DataFrame

    def __repr__(self) -> str:
        return f"<Choice: {self.statement}>"


def best(
    scenarios: Sequence[Scenario] | Mapping[str, Scenario],
    *,
    metric: str = "service_level",
    subject: str | None = None,
    goal: str | None = None,
    indifference: float | None = None,
    budget: int | None = None,
    confidence: float = 0.95,
    maximum: int = 1_000,
    seed: int = 1,
    engine: str = "auto",
    executor: Where = None,
) -> Choice:
    """Choose the best of *scenarios* by *metric* of *subject* (of all together by default).

    With an *indifference*, a difference in the metric that does not matter, replications are run until the best is
    selected with probability *confidence* (Kim and Nelson's procedure, in pairs with common random numbers), or each
    scenario has *maximum*. With a *budget*, that number of replications is divided over the scenarios such that the
    best is likely to be found (OCBA). *goal* is "max" or "min"; without it, what is better for customers.

    Raises :exc:`~activity_sim.errors.InputError` unless one of *indifference* and *budget* is given.

    >>> import activity_sim as sim
    >>> day = Scenario(horizon="8h", workers=[sim.Workers("A", count=2)], tasks=[{"arrivals": {"per_hour": 9},
    ...                "handle_time": "4min"}])
    >>> best({"now": day, "more": day.with_volume(1.5)}, metric="offered", goal="max", indifference=5).best
    'more'
    """
    each = named(scenarios)
    (aim,) = metrics_for([metric], (), list(each.values()))
    aim.check_ratio()
    if (indifference is None) == (budget is None):
        raise InputError("must be given, or a budget, and not both", "indifference")
    race = _Race.of(list(each.values()), aim, subject, seed=seed, engine=engine, executor=executor)
    direction = goal or {"higher": "max", "lower": "min"}.get(aim.good)
    if direction is None:
        raise InputError(f"must be given, max or min, since neither is better by itself for {metric}", "goal")
    found: Selection | Allocation
    if budget is None:
        assert indifference is not None  # one of the two is given
        found = kn(
            race.observe,
            len(each),
            indifference=indifference,
            confidence=confidence,
            first=FIRST,
            maximum=maximum,
            goal=direction,
        )
    else:
        total = within("budget", lambda: whole(2 * len(each), MOST)(budget))
        found = ocba(race.observe, len(each), budget=total, first=min(FIRST, total // len(each)), goal=direction)
    return _choice(found, list(each), metric)


def _choice(found: Selection | Allocation, names: list[str], metric: str) -> Choice:
    table = pd.DataFrame({"scenario": names, metric: found.values, "replications": found.replications})
    left = found.survivors if isinstance(found, Selection) else range(len(names))
    table["in_the_race"] = [number in left for number in range(len(names))]
    return Choice(names[found.best], found.probability, found.statement(names), table)


@attrs.frozen
class _Race:
    """Runs the replications that a procedure asks for."""

    runners: list[Runner]
    metric: Metric
    places: list[int]

    @classmethod
    def of(
        cls, scenarios: list[Scenario], metric: Metric, subject: str | None, *, seed: int, engine: str, executor: Where
    ) -> _Race:
        """Return the race of *scenarios*."""
        runners = [
            runner(scenario, replications=FIRST, seed=seed, engine=engine, executor=executor) for scenario in scenarios
        ]
        return cls(runners, metric, [column(metric, one.prepared.legend, subject) for one in runners])

    def observe(self, alternatives: Sequence[int], block: range) -> NDArray[np.float64]:
        """Return the numerators and denominators of these alternatives in these replications."""
        rows = []
        for which in alternatives:
            above, below = self.metric.pair(self.runners[which].upto(block.stop))
            rows.append(np.stack([above, below], axis=-1)[block.start : block.stop, self.places[which]])
        return np.stack(rows)
