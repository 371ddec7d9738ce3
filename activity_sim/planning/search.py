"""The search: from what the formulas ask for to the cheapest numbers of workers that meet the goal in simulation.

It goes up by cuts, down by the same and by single moves, and proves small cases by trying what is cheaper. Sources:
Atlason, Epelman and Henderson (2004), "Call center staffing with simulation and cutting plane methods", Annals of
Operations Research 127, 333-358; Cezik and L'Ecuyer (2008), "Staffing multiskill call centers via linear programming
and simulation", Management Science 54, 310-323.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import ActivitySimError
from activity_sim.planning.coverage import Coverage
from activity_sim.planning.programme import MOST, Programme
from activity_sim.planning.proof import FEWER, changed, cheaper_plan
from activity_sim.planning.staffed import Levels, Numbers, Trials

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
TRIALS = 600
"""So many trials a search may make; what it has found by then is its answer."""
SINGLY = 8
"""Up to so many groups, what one more worker does is tried for each; of more, for all with the same skills together."""
FEW = 3
"""A proof is tried with up to so many groups."""
NEAR = 3
"""Each group is exchanged for so many others at most: to try all pairs would have no end."""
PLENTY = 50
ADDED = 3
"""Up to so many workers of a group are added at a time, to see whom that saves."""
PART = 0.5
"""A cut asks for this part of what a level lacks: what is asked for too much has to be found out again."""
CUTS = 8
"""After so many rounds of cuts nobody is taken away any more, and each may ask for twice as much."""
STEP = 0.15
"""A cut asks for at most this share more of the heads that are there: far below its target a level is not concave."""


@attrs.frozen(eq=False)
class Bundle:
    """Workers who are added or taken away together to see what that does: *change*, so many of each group."""

    change: Ints
    groups: NDArray[np.bool_]


@attrs.define(eq=False)
class Search:
    """Looks for the cheapest numbers of workers, who cost *cost* each by group; *given* are those that are there now.

    *margin* is what is asked for beyond the target of each cell. *kin* has for each group some that are cheaper and
    there at about the same times.
    """

    trials: Trials
    coverage: Coverage
    cost: Floats
    given: Ints
    best: Numbers = ()
    proved: bool = False
    improved: bool = False
    margin: Floats = attrs.field(init=False)
    covers: Floats = attrs.field(init=False)
    kin: tuple[list[int], ...] = attrs.field(init=False)
    programme: Programme = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.covers = self.coverage.by_cell(self.trials.goal)
        self.margin = np.zeros(self.trials.goal.cells)
        self.kin = tuple(self._kin(group) for group in range(len(self.cost)))
        self.programme = self._programme()
        for row, need in self.coverage.needs:
            self.programme.ask(row, need)

    @property
    def wanted(self) -> Floats:
        """The level that is asked for, by cell."""
        return np.minimum(self.trials.goal.wanted + self.margin, 1.0)

    @property
    def spent(self) -> bool:
        """Whether there were as many trials as there may be."""
        return len(self.trials.done) >= TRIALS

    @property
    def free(self) -> Ints:
        """The groups whose numbers are to be found."""
        return np.flatnonzero(self.movable)

    @property
    def movable(self) -> NDArray[np.bool_]:
        """Whether the number of each group is to be found: it can be any, and its workers can take some tasks."""
        return np.asarray(self.coverage.resizable & self.covers.any(axis=1))

    def _kin(self, group: int) -> list[int]:
        apart = np.abs(self.covers - self.covers[group]).sum(axis=1)
        cheaper = np.flatnonzero((self.cost < self.cost[group] - FEWER) & self.movable)
        return [int(other) for other in cheaper[np.argsort(apart[cheaper], kind="stable")][:NEAR]]

    def price(self, numbers: Numbers) -> float:
        """Return what *numbers* of workers cost."""
        return float(self.cost @ np.array(numbers))

    def meets(self, numbers: Numbers) -> bool:
        """Return whether *numbers* of workers meet the goal in all replications together."""
        return sum(numbers) > 0 and bool(np.all(self.trials.full(numbers, self.wanted).value >= self.wanted))

    def run(self) -> Numbers:
        """Return the cheapest numbers of workers that are found to meet the goal."""
        start = self.programme.solve()
        self._check_reachable(start or tuple(self.given.tolist()))
        self.best = self._climbed(start or self._plenty(tuple(self.given.tolist())))
        self._improve()
        return self.best

    def again(self) -> Numbers:
        """Return the numbers anew, after more was asked for: with some more workers, less those whom they spare."""
        if not self.meets(self.best):
            self.programme = self._programme()
            self.programme.least = np.array(self.best)
            self.best = self._climbed(self.best)
        self._improve()
        return self.best

    def _improve(self) -> None:
        """Look for cheaper numbers near the best; once there are many groups and some numbers, take away only."""
        if self.improved and len(self.free) > SINGLY:
            self._take_away()
        else:
            self._lower()
            self._move()
        self.improved = True
        self.proved = self._prove()

    def _programme(self) -> Programme:
        least = np.where(self.movable, 0, self.given)
        return Programme(self.cost, least, np.where(self.movable, MOST, self.given))

    # --- can it be met at all ---

    def _plenty(self, numbers: Numbers) -> Numbers:
        """Return more workers in every group than could be needed."""
        largest = max(10, *numbers)
        return tuple(
            2 * max(n, largest // 2) + 10 if free else n for n, free in zip(numbers, self.movable, strict=True)
        )

    def _check_reachable(self, numbers: Numbers) -> None:
        levels = self.trials.full(self._plenty(numbers), self.wanted)
        missed = np.flatnonzero(levels.value < self.wanted)
        if len(missed):
            goal = self.trials.goal
            worst = int(missed[np.argmin((levels.value - self.wanted)[missed])])
            more = f", nor {len(missed) - 1} more" if len(missed) > 1 else ""
            raise ActivitySimError(
                f"no number of workers in these groups meets the target of {goal.wanted[worst]:.0%} for "
                f"{goal.called(worst)}{more}: with {sum(self._plenty(numbers)):,} of them it is "
                f"{levels.value[worst]:.1%}. {self._why(worst)}"
            )

    def _why(self, cell: int) -> str:
        if not self.covers[:, cell].any():
            return "None of them is available then"
        return "Look at when they are available, how long they take to respond, and how long tasks are patient"

    # --- up ---

    def _climbed(self, numbers: Numbers) -> Numbers:
        """Return numbers that meet the goal, found by cuts from *numbers* on.

        After some cuts nobody is taken away any more, so that it comes to an end.
        """
        tried = 0
        while not self.meets(numbers):
            self._cut(numbers, self.trials.full(numbers, self.wanted), STEP * 2 ** (tried // CUTS))
            tried += 1
            if tried >= CUTS:
                self.programme.least = np.array(numbers)
            found = self.programme.solve()
            if found is None or self.spent:
                return self._doubled(numbers)
            numbers = found
        return numbers

    def _doubled(self, numbers: Numbers) -> Numbers:
        while not self.meets(numbers):
            numbers = tuple(n + max(n // 10, 1) if free else n for n, free in zip(numbers, self.movable, strict=True))
        return numbers

    def _cut(self, numbers: Numbers, levels: Levels, step: float) -> None:
        """Ask for what the cells that miss their targets lack, by what more workers would do for them."""
        failing = np.flatnonzero(levels.value < self.wanted)
        effect = self._effect(numbers, failing, sign=1)
        now = np.array(numbers)
        for cell in failing.tolist():
            row = effect[:, cell]
            heads = float(self.covers[:, cell] @ now)
            each = np.max(row / np.maximum(self.covers[:, cell], FEWER), where=self.covers[:, cell] > 0.1, initial=0.0)
            lacking = float(self.wanted[cell] - levels.value[cell])
            if each <= 1e-4:
                self.programme.ask(self.covers[:, cell], heads + 0.5)
            else:
                self.programme.ask(row, float(row @ now) + min(PART * lacking, each * max(1.0, step * heads)))

    def _effect(self, numbers: Numbers, cells: Ints, *, sign: int) -> Floats:
        """Return what one more worker (*sign* -1: one less) of each group does to the levels, a row a group."""
        effect = np.zeros_like(self.covers)
        base = self.trials.glance(numbers).first
        for bundle in self._bundles(numbers, cells, sign):
            other = tuple(int(n) for n in np.array(numbers) + sign * bundle.change)
            if sum(other) == 0:
                continue
            change = np.maximum(sign * (self.trials.glance(other).first - base), 0.0)
            heads = bundle.change @ self.covers
            if bundle.groups.sum() == 1:
                effect[bundle.groups] = change
            else:
                each = np.divide(change, heads, out=np.zeros_like(change), where=heads > 0.3)
                effect[bundle.groups] = each * self.covers[bundle.groups]
        return effect

    def _bundles(self, numbers: Numbers, cells: Ints, sign: int) -> Iterator[Bundle]:
        there = np.array(numbers) > 0 if sign < 0 else np.ones(len(numbers), dtype=np.bool_)
        if len(self.free) <= SINGLY:
            for group in self.free[there[self.free]]:
                one = np.arange(len(numbers)) == group
                yield Bundle(one.astype(np.int64), one)
            return
        for skill in np.unique(self.coverage.places[self.free], axis=0):
            alike = (self.coverage.places == skill).all(axis=1) & self.movable
            yield Bundle(self._spread(alike & there, cells), alike)

    def _spread(self, groups: NDArray[np.bool_], cells: Ints) -> Ints:
        """Return one worker in some of *groups*, such that there is about one head more in each of *cells*."""
        change, left = np.zeros(len(groups), dtype=np.int64), np.zeros(self.covers.shape[1])
        left[cells] = 1.0
        while True:
            beyond = np.maximum(self.covers - left, 0.0)[:, cells].sum(axis=1)
            gain = (np.minimum(self.covers, left).sum(axis=1) - beyond / 3) * (groups & (change == 0))
            group = int(np.argmax(gain))
            if gain[group] <= 0.3:
                return change
            change[group] = 1
            left = np.maximum(left - self.covers[group], 0.0)

    # --- down ---

    def _keep_near(self, numbers: Numbers) -> None:
        """Ask that no level falls below its target, by what one worker less would do to each."""
        levels, now = self.trials.full(numbers, self.wanted), np.array(numbers)
        effect = self._effect(numbers, np.arange(len(self.wanted)), sign=-1)
        spare = np.maximum(levels.value - self.wanted, 0.0)
        for cell in np.flatnonzero(levels.counted).tolist():
            self.programme.ask(effect[:, cell], float(effect[:, cell] @ now - spare[cell]))

    def _lower(self) -> None:
        """Look for cheaper numbers near the best: the programme finds them, the simulation refuses them by cuts."""
        better = True
        while better and not self.spent:
            self.programme = self._programme()
            self._bound_near(self.best)
            self._keep_near(self.best)
            better = self._cheaper()

    def _bound_near(self, numbers: Numbers) -> None:
        now, reach = np.array(numbers), np.maximum(2, np.ceil(0.2 * np.array(numbers))).astype(np.int64)
        self.programme.least = np.where(self.movable, np.maximum(now - reach, 0), now)
        self.programme.most = np.where(self.movable, now + reach, now)

    def _cheaper(self) -> bool:
        for _ in range(8):
            found = self.programme.solve()
            if found is None or self.price(found) >= self.price(self.best) - FEWER or self.spent:
                return False
            if self.meets(found):
                self.best = found
                return True
            self._cut(found, self.trials.full(found, self.wanted), STEP)
        return False

    def _move(self) -> None:
        """Take workers away one by one, and exchange them for others, as long as the goal is met and it saves."""
        self._take_away()
        while self._exchange() or (not self.improved and len(self.free) <= SINGLY and self._add_to_save()):
            self._take_away()

    def _take_away(self) -> None:
        """Take away who is not needed: who cannot go now, cannot go either when there are fewer others."""
        self._accept(self._without(self.best, self._there()))

    def _without(self, numbers: Numbers, groups: list[int]) -> Numbers:
        """Return *numbers* without those of *groups* who are not needed: one of each in turn, the dearest first."""
        left = sorted((g for g in groups if numbers[g]), key=lambda g: -self.cost[g])
        while left and not self.spent:
            group = left.pop(0)
            fewer = changed(numbers, {group: -1})
            if self.meets(fewer):
                numbers = fewer
                left += [group] if numbers[group] else []
        return numbers

    def _exchange(self) -> bool:
        """Exchange workers for cheaper ones who are there at about the same times; return whether any were."""
        pairs = [(self.cost[g] - self.cost[other], g, other) for g in self._there() for other in self.kin[g]]
        found = False
        for _, group, other in sorted(pairs, reverse=True):
            while self.best[group] and self._meets_cheaper(changed(self.best, {group: -1, other: 1})):
                found = True
        return found

    def _meets_cheaper(self, numbers: Numbers) -> bool:
        return not self.spent and self.meets(numbers) and self._accept(numbers)

    def _add_to_save(self) -> bool:
        """Add some workers of a group, and take away who then is not needed; return whether that saved anything."""
        return any(self._saves(group) for group in self.free.tolist())

    def _saves(self, group: int) -> bool:
        for more in range(1, ADDED + 1):
            added = changed(self.best, {group: more})
            if self.spent or not self.meets(added):
                return False
            rest = self._without(added, self._peers(group))
            if rest == added or self._accept(rest):
                return rest != added
        return False

    def _there(self) -> list[int]:
        return [group for group in self.free.tolist() if self.best[group] > 0]

    def _accept(self, numbers: Numbers) -> bool:
        """Take *numbers*, which meet the goal, for the best where they are cheaper; return whether they are."""
        if self.price(numbers) >= self.price(self.best) - FEWER:
            return False
        self.best = numbers
        return True

    def _peers(self, group: int) -> list[int]:
        """Return the other groups that are there at about the same times."""
        heads = self.coverage.heads
        both = np.minimum(heads, heads[group]).sum(axis=1)
        either = np.maximum(heads, heads[group]).sum(axis=1)
        return [g for g in self.free.tolist() if g != group and both[g] > either[g] / 2]

    def _prove(self) -> bool:
        """Look among all cheaper plans, where there are few groups; return whether none meets the goal."""
        while len(self.free) <= FEW and not self.spent:
            found = cheaper_plan(self)
            if found is None:
                return not self.spent
            if not found:
                return False
            self.best = found
            self._move()
        return False
