"""Routines as semi-Markov chains: the shares of time that workers spend in activities in the long run."""

from __future__ import annotations

from functools import cached_property

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.formulas import visit_shares
from activity_sim.model.routine import Routine
from activity_sim.units import SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@attrs.frozen(eq=False, slots=False)
class Chain:
    """The *activities* that a routine comes to, with the probabilities of its *moves* and the stays' moments.

    *mean* and *variance* are in seconds. An activity that lasts to the end leads to itself.

    >>> routine = Routine("A", stay={"A": "3s", "B": "1s"}, next={"A": {"B": 1.0}, "B": {"A": 1.0}})
    >>> Chain.of(routine).shares.tolist()
    [0.75, 0.25]
    """

    activities: tuple[str, ...]
    moves: Floats
    mean: Floats
    variance: Floats

    @classmethod
    def of(cls, routine: Routine) -> Chain:
        """Return the chain of *routine*, without activities that it never comes to."""
        names = _reached(routine)
        moves = np.array([[routine.next.get(here, {here: 1.0}).get(to, 0.0) for to in names] for here in names])
        stays = [routine.stay.get(name) for name in names]
        mean = np.array([law.mean / SECOND if law else 1.0 for law in stays])
        variance = np.array([law.variance / SECOND**2 if law else 0.0 for law in stays])
        return cls(tuple(names), moves, mean, variance)

    @cached_property
    def ends(self) -> list[Ints]:
        """The sets of activities that are never left, as numbers of activities."""
        from scipy.sparse.csgraph import connected_components

        _, label = connected_components(self.moves > 0, directed=True, connection="strong")
        sets = [np.flatnonzero(label == number) for number in range(label.max() + 1)]
        return [inside for inside in sets if np.isclose(self.moves[np.ix_(inside, inside)].sum(), len(inside))]

    @cached_property
    def visits(self) -> Floats:
        """The share of visits that goes to each activity in the long run, where there is one end."""
        (inside,) = self.ends
        found = np.zeros(len(self.activities))
        found[inside] = visit_shares(self.moves[np.ix_(inside, inside)])
        return found

    @property
    def shares(self) -> Floats:
        """The share of time in each activity in the long run, as :func:`activity_sim.formulas.time_shares` has it."""
        time = self.visits * self.mean
        return np.asarray(time / time.sum())

    @property
    def round(self) -> float:
        """How long it takes on average to come back to the activity that is visited most, in seconds."""
        return float(self.visits @ self.mean / self.visits.max())

    @property
    def rounds(self) -> float:
        """After so many rounds the spread of the stays has blurred the beginning; infinite where no stay varies."""
        spread = float(self.visits @ self.variance / self.visits.max())
        lasts = len(self.ends[0]) == 1
        return 0.0 if lasts else self.round**2 / spread if spread else np.inf

    @property
    def memory(self) -> float:
        """About how long it takes, in seconds, until what was before matters e times less."""
        stays = np.maximum(self.mean, 1e-6 * self.mean.max())
        pace = np.linalg.eigvals((self.moves - np.eye(len(stays))) / stays[:, None]).real
        slowest = -np.sort(pace)[::-1][1:2]
        rest = (self.variance + stays**2) / stays  # twice the mean of what is left of a stay
        return float(np.sum(1 / slowest) + rest.max() + self.rounds * self.round)


def _reached(routine: Routine) -> list[str]:
    names = [routine.start]
    for here in names:
        names.extend(to for to, p in routine.next.get(here, {}).items() if p and to not in names)
    return names
