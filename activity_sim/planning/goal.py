"""The goal: of which tasks which service level is asked for, and over which stretches of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis.intervals import intervals
from activity_sim.analysis.sums import Sums
from activity_sim.errors import InputError, within
from activity_sim.log import Legend
from activity_sim.model.reading import one_of
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import Target

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PER = ("interval", "day")
_per = one_of(*PER)


def asking(
    scenario: Scenario, *, service_level: float | None = None, within: object = None, interval: object = None
) -> Scenario:
    """Return *scenario* with a service level and an interval in place of its own; each definition stays.

    Raises :exc:`~activity_sim.errors.InputError` for values that cannot be meant.

    >>> asking(Scenario(horizon="8h", workers=[{}]), service_level=0.9).service_level.target
    0.9
    """
    given = {"target": service_level, "within": within}
    levels = {key: value for key, value in given.items() if value is not None}
    if not levels and interval is None:
        return scenario

    def asked(own: Target | None) -> Target | None:
        return own and _evolved(own, levels)

    tasks = [attrs.evolve(tasks, service_level=asked(tasks.service_level)) for tasks in scenario.tasks]
    changes: dict[str, Any] = {} if interval is None else {"interval": interval}
    return attrs.evolve(scenario, service_level=asked(scenario.service_level), tasks=tasks, **changes)


def _evolved(own: Target, levels: dict[str, Any]) -> Target:
    try:
        return attrs.evolve(own, **levels)
    except InputError as error:
        place = {"target": "service_level"}.get(error.where[0], error.where[0])
        raise InputError(error.must, place) from None


@attrs.frozen(eq=False)
class Goal:
    """The service levels that are asked for, one a cell: a slot (an interval, or a day) of a task type.

    Cells are numbered slot by slot. *slot* has the slot of each interval and *starts* the local times at which slots
    begin; *types* are the numbers of the task types of which something is asked, *names* what they are called and
    *targets* the shares asked for.
    """

    slot: Ints
    starts: pd.DatetimeIndex
    types: Ints
    names: tuple[str, ...]
    targets: Floats

    @classmethod
    def of(cls, scenario: Scenario, legend: Legend, per: str) -> Goal:
        """Return what *scenario* asks *per* interval or day; of callbacks only where they have a level of their own."""
        word = within("per", lambda: _per(per))
        types = np.array(list(_asked(scenario)), dtype=np.int64)
        if not len(types):
            raise InputError("are required: without any, nobody is needed", "tasks")
        starts = intervals(legend).starts
        slot = np.arange(len(starts))
        if word == "day":
            starts, slot = _days(starts)
        names = tuple(legend.task_types[code] for code in types)
        return cls(slot, starts, types, names, np.array([legend.service_levels[code].target for code in types]))

    @property
    def cells(self) -> int:
        """How many service levels are asked for."""
        return len(self.starts) * len(self.types)

    @property
    def wanted(self) -> Floats:
        """The share that is asked for, by cell."""
        return np.tile(self.targets, len(self.starts))

    @property
    def slots(self) -> Ints:
        """The slot of each cell."""
        return np.repeat(np.arange(len(self.starts)), len(self.types))

    def counts(self, sums: Sums) -> tuple[Ints, Ints]:
        """Return how many tasks were served in time, and how many count, by interval and type asked about."""
        return sums["within"][:, self.types], sums["eligible"][:, self.types]

    def by_cell(self, figures: NDArray[Any]) -> NDArray[Any]:
        """Return *figures*, whose last axes are intervals and types asked about, as sums by cell."""
        firsts = np.flatnonzero(np.diff(self.slot, prepend=-1))
        together = np.add.reduceat(figures, firsts, axis=-2)
        return np.asarray(together.reshape(*figures.shape[:-2], -1))

    def called(self, cell: int) -> str:
        """Return what a *cell* is called."""
        slot, kind = divmod(cell, len(self.types))
        of_day = len(self.slot) > len(self.starts)
        return f"{self.names[kind]!r} {self.starts[slot]:{'on %Y-%m-%d' if of_day else 'at %Y-%m-%d %H:%M'}}"


def _asked(scenario: Scenario) -> Iterator[int]:
    """Yield the numbers of the task types of which something is asked."""
    code = 0
    for tasks in scenario.tasks:
        yield code
        if tasks.callback and tasks.callback.service_level:
            yield code + 1
        code += len(tasks.types)


def _days(starts: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, Ints]:
    """Return the first interval of each day, and the number of the day of each interval."""
    dates = pd.Series(starts.date)
    numbers, _ = pd.factorize(dates)
    return starts[~dates.duplicated().to_numpy()], numbers.astype(np.int64)
