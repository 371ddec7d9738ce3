"""Cases: parts of a scenario, or what is nearest to them, that are simulated beside an exact answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from activity_sim.analysis.estimates import Linear
from activity_sim.analysis.metrics import METRICS
from activity_sim.experiment.assumptions import Assumption
from activity_sim.experiment.measured import Measured, one_of
from activity_sim.experiment.queues import RARE, Queue, Span
from activity_sim.experiment.study import Study
from activity_sim.model.scenario import Scenario

Row = tuple[str, str, float, float, float, float]
COLUMNS = ("case", "figure", "simulated", "exact", "standard_error", "distance")
PART = "share of time in "


@attrs.frozen(eq=False)
class Case:
    """A part of a scenario by *name*, with its *formula* and the *assumptions* of that.

    *scenario* is what is simulated: the scenario itself where the case is *direct*. Where no formula applies, *why*
    says so, and there is nothing to simulate. *stays* is about how many stays a replication has, where no tasks come.
    """

    name: str
    formula: str = "no formula"
    assumptions: Sequence[Assumption] = ()
    scenario: Scenario | None = None
    exact: Mapping[str, float] = attrs.field(factory=dict)
    direct: bool = False
    why: str = ""
    stays: float = 0.0

    def linear(self, study: Study) -> dict[str, Linear]:
        """Return the figures that *study* gives: the shares of time in activities."""
        shares = METRICS["share"].linear(study)
        return {f"{PART}{name!r}": one_of(shares, number) for number, name in enumerate(study.legend.activities)}

    def compare(self, study: Study) -> list[Row]:
        """Return the simulated figures beside the exact ones, with their distances in standard errors."""
        found = self.linear(study)
        return [(self.name, name, *_apart(found[name], exact)) for name, exact in self.exact.items()]


@attrs.frozen(eq=False)
class QueueCase(Case):
    """A case that is a *queue*: tasks of *span* count; *classes* are the numbers of the task types of each class."""

    queue: Queue = attrs.field(kw_only=True)
    span: Span = attrs.field(kw_only=True)
    classes: Sequence[Sequence[int]] = attrs.field(kw_only=True)

    def linear(self, study: Study) -> dict[str, Linear]:
        """Return the figures that *study* gives of tasks; the deviations of rare ones are unknown."""
        measured = Measured.of(study, self.queue, self.span, self.classes)
        found = {name: measured.linear(name) for name in self.exact}
        rare = {name for name, exact in self.exact.items() if self._is_rare(name, exact, measured.count)}
        return {name: _unknown(one) if name in rare else one for name, one in found.items()}

    def _is_rare(self, name: str, exact: float, count: int) -> bool:
        """Return whether a figure is one of so few of the tasks that count that its standard error says nothing."""
        if name.startswith("wait that 90 %"):
            return self.queue.waiting < 0.2
        return (min(exact, 1 - exact) if name.startswith(("share", "occupancy")) else self.queue.waiting) * count < RARE


def _unknown(given: Linear) -> Linear:
    return given._replace(deviations=np.full_like(given.deviations, np.nan))


def _apart(found: Linear, exact: float) -> tuple[float, float, float, float]:
    """Return a figure, the exact one, the standard error, and how many of these they are apart; NaN if unknown."""
    value, error = float(found.value), float(found.error)
    same = np.isclose(value, exact, rtol=1e-9, atol=1e-12)
    none = 0.0 if same else float(np.copysign(np.inf, value - exact))
    return value, exact, error, none if error == 0 else (value - exact) / error
