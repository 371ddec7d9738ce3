"""Choosing the best of several alternatives: with a stated probability, or as well as a budget allows.

Both procedures ask for the replications that they want, and see arrays only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import attrs
import numpy as np

from activity_sim.analysis.observations import Floats, Ints, Observe, influences, read
from activity_sim.errors import InputError, not_given
from activity_sim.model.reading import located, number, one_of, ordered, whole

Ask = Callable[[Sequence[int], range], Floats]
SIGNS = {"max": np.array([1.0, 1.0]), "min": np.array([-1.0, 1.0])}
MOST = 1_000_000_000
_several = whole(2, 10_000)
_some = whole(2, MOST)
_any = whole(1, MOST)
_positive = number(0, above=True)
_from_0 = number(0)
_share = number(0, 1, above=True)
_goal = one_of("max", "min")


@attrs.frozen
class Selection:
    """What Kim and Nelson's procedure came to; alternatives have numbers from 0.

    *best* has the best value of the *survivors*, those that were not ruled out; *values* are those of every
    alternative when it was last compared, after so many *replications*. *simulated* are the replications that were
    asked for, the more for being asked for in blocks. Where the maximum was reached first it is *exhausted*, and the
    best has not been selected; otherwise several survivors have equal values, and *best* is the first of them.
    """

    best: int
    survivors: tuple[int, ...]
    values: tuple[float, ...]
    replications: tuple[int, ...]
    simulated: tuple[int, ...]
    exhausted: bool
    confidence: float
    indifference: float

    @property
    def probability(self) -> float:
        """The least probability that *best* is the best, if it leads by the indifference; NaN where exhausted."""
        return float("nan") if self.exhausted else self.confidence

    def statement(self, names: Sequence[str] = ()) -> str:
        """Return what is known now, in words; alternatives are called by their *names*."""
        called = [names[which] if names else f"alternative {which}" for which in self.survivors]
        lead = (
            f"with a probability of at least {self.confidence:.3g}, if the best leads by {self.indifference:g} or more"
        )
        if self.exhausted:
            return f"none is selected after {max(self.replications)} replications: {_one_of(called)} is the best {lead}"
        alike = f", which came to the same in all {max(self.replications)} replications," if len(called) > 1 else ""
        return f"{_one_of(called)}{alike} is the best {lead}"


def _one_of(called: Sequence[str]) -> str:
    return called[0] if len(called) == 1 else f"one of {', '.join(called)}"


@attrs.frozen(field_transformer=located)
class _Rule:
    """What is asked of the selection."""

    alternatives: int = attrs.field(converter=_several)
    indifference: float = attrs.field(converter=_positive)
    confidence: float = attrs.field(converter=_share)
    first: int = attrs.field(converter=_some)
    maximum: int = attrs.field(converter=_some)
    goal: str = attrs.field(converter=_goal)
    growth: float = attrs.field(converter=_from_0)

    def __attrs_post_init__(self) -> None:
        ordered(self, "first", "maximum")
        if not 1 / self.alternatives < self.confidence < 1:
            rule = f"must be above 1 / alternatives, {1 / self.alternatives:.3g}, and below 1"
            raise InputError(f"{rule}, {not_given(self.confidence)}", "confidence")

    @property
    def factor(self) -> float:
        """The h squared of the procedure, 2 eta (n0 - 1)."""
        error = 2 * (1 - self.confidence) / (self.alternatives - 1)
        freedom = self.first - 1
        return float((error ** (-2 / freedom) - 1) * freedom)


class _Race:
    """The procedure at work: every replication is compared as if it had been run alone."""

    def __init__(self, rule: _Rule, observed: Floats) -> None:
        moves = influences(observed)
        spread = (moves[:, None] - moves[None]).var(axis=2, ddof=1)
        self.rule = rule
        self.reach = rule.factor * spread / rule.indifference**2
        self.sums = observed.sum(axis=1)
        self.left = np.arange(rule.alternatives)
        self.used = np.full(rule.alternatives, rule.first)
        self._rule_out()

    @property
    def count(self) -> int:
        """How many replications the alternatives that are left have."""
        return int(self.used[self.left[0]])

    @property
    def need(self) -> int:
        """The most replications that the alternatives that are left can take."""
        return int(self.reach[np.ix_(self.left, self.left)].max()) + 1

    @property
    def over(self) -> bool:
        """Whether the best is selected; where several are left at the end, their figures are equal."""
        return len(self.left) == 1 or self.count >= self.need

    @property
    def figures(self) -> Floats:
        """The figure of each alternative, the larger the better."""
        return np.asarray(self.sums[:, 0] / self.sums[:, 1])

    def add(self, observed: Floats) -> None:
        """Compare those that are left with one more replication, *observed* for each of them."""
        self.sums[self.left] += observed
        self.used[self.left] += 1
        self._rule_out()

    def _rule_out(self) -> None:
        figures, count = self.figures[self.left], self.count
        band = np.maximum(self.reach[np.ix_(self.left, self.left)] - count, 0) * self.rule.indifference / (2 * count)
        self.left = self.left[(figures[:, None] >= figures[None] - band).all(axis=1)]


def kn(
    observe: Observe,
    alternatives: int,
    *,
    indifference: float,
    confidence: float = 0.95,
    first: int = 10,
    maximum: int = 10_000,
    goal: str = "max",
    growth: float = 0.5,
) -> Selection:
    """Select the best of *alternatives* with a stated probability, by Kim and Nelson's procedure.

    The probability that the best is selected is at least *confidence* wherever it leads every other by
    *indifference* or more, in the unit of the figure; the best has the "max" or "min" as its *goal*. After *first*
    replications of each, those that are clearly worse than another are ruled out, replication by replication, until
    one is left or each has *maximum*. Replications are asked for in blocks of *growth* times as many as there are;
    what is selected, and after which replication, does not depend on it.

    The observations are taken to be normal and independent between replications. The differences of pairs are what
    counts, so common random numbers, which make them small, make it short. Two that differ by nothing in all of the
    *first* replications are taken for equal: let these be enough for a difference to show. For a ratio the same rule
    compares the ratios of the sums so far, with the variances of the influences of the first replications; its
    probability is then that of the limit of many replications, and few that are very uneven can fall short of it.

    Raises :exc:`~activity_sim.errors.InputError` for an argument or an observation that cannot be. Source: Kim and
    Nelson (2001), "A fully sequential procedure for indifference-zone selection in simulation", ACM TOMACS 11,
    with c = 1 and 2 eta = (2 alpha / (k - 1)) ** (-2 / (n0 - 1)) - 1.

    >>> def observe(alternatives, block):
    ...     luck = [np.random.default_rng(number).normal() for number in block]
    ...     return np.array([[float(which) + noise for noise in luck] for which in alternatives])
    >>> found = kn(observe, 3, indifference=0.5)
    >>> found.best, found.replications
    (2, (10, 10, 10))
    >>> print(found.statement())
    alternative 2 is the best with a probability of at least 0.95, if the best leads by 0.5 or more
    """
    rule = _Rule(alternatives, indifference, confidence, first, maximum, goal, growth)
    ask = partial(_directed, observe, goal)
    race = _Race(rule, ask(range(alternatives), range(first)))
    simulated = np.full(alternatives, first)
    while not race.over and race.count < rule.maximum:
        asked = race.left
        simulated[asked] = _run_on(race, ask)
    return _selected(race, simulated)


def _directed(observe: Observe, goal: str, alternatives: Sequence[int], block: range) -> Floats:
    """Return what is observed, turned such that the larger is the better."""
    return np.asarray(read(observe, alternatives, block) * SIGNS[goal])


def _run_on(race: _Race, ask: Ask) -> int:
    """Add the next block to *race*, as far as it is needed, and return where the block ends."""
    asked, more = race.left, max(int(race.rule.growth * race.count), 1)
    block = range(race.count, min(race.count + more, race.need, race.rule.maximum))
    observed = ask(asked.tolist(), block)
    for column in range(len(block)):
        race.add(observed[np.isin(asked, race.left), column])
        if race.over:
            break
    return block.stop


def _selected(race: _Race, simulated: Ints) -> Selection:
    figures, rule = race.figures, race.rule
    return Selection(
        best=int(race.left[np.argmax(figures[race.left])]),
        survivors=tuple(race.left.tolist()),
        values=tuple((figures * SIGNS[rule.goal][0]).tolist()),
        replications=tuple(race.used.tolist()),
        simulated=tuple(simulated.tolist()),
        exhausted=not race.over,
        confidence=rule.confidence,
        indifference=rule.indifference,
    )


# --- a fixed budget ---


@attrs.frozen
class Allocation:
    """What a budget of replications came to; alternatives have numbers from 0.

    *best* has the best of the *values*; each alternative had so many *replications*. *probability* is approximately
    the least probability that *best* is the best.
    """

    best: int
    values: tuple[float, ...]
    replications: tuple[int, ...]
    probability: float

    def statement(self, names: Sequence[str] = ()) -> str:
        """Return what is known now, in words; alternatives are called by their *names*."""
        called = names[self.best] if names else f"alternative {self.best}"
        return f"{called} looks best, with a probability of approximately {self.probability:.3g} or more"


@attrs.frozen(field_transformer=located)
class _Budget:
    """What the budget is, and how it is to be spent."""

    alternatives: int = attrs.field(converter=_several)
    budget: int = attrs.field(converter=_any)
    first: int = attrs.field(converter=_some)
    increment: int = attrs.field(converter=_any)
    goal: str = attrs.field(converter=_goal)
    indifference: float = attrs.field(converter=_from_0)

    def __attrs_post_init__(self) -> None:
        if self.budget < self.alternatives * self.first:
            rule = f"must be at least first of each alternative, {self.alternatives * self.first}"
            raise InputError(f"{rule}, {not_given(self.budget)}", "budget")


def ocba(
    observe: Observe,
    alternatives: int,
    *,
    budget: int,
    first: int = 10,
    increment: int = 20,
    goal: str = "max",
    indifference: float = 0.0,
) -> Allocation:
    """Spend a *budget* of replications, of all *alternatives* together, such that the best is likely to be found.

    After *first* replications of each, *increment* at a time go where :func:`shares` says by what has been seen. The
    best has the "max" or "min" as its *goal*; leads below *indifference* count as it, so that alternatives as good as
    equal do not take all of the budget. An alternative whose replications were all alike gets no more of them.

    The probability is the lower bound of Bonferroni for normal means with the variances that were seen, as for
    independent alternatives: common random numbers make it smaller than it need be. It is no guarantee.

    Raises :exc:`~activity_sim.errors.InputError` for an argument or an observation that cannot be. Source: Chen, Lin,
    Yücesan and Chick (2000), "Simulation budget allocation for further enhancing the efficiency of ordinal
    optimization", Discrete Event Dynamic Systems 10.

    >>> def observe(alternatives, block):
    ...     luck = [[np.random.default_rng((which, number)).normal() for number in block] for which in alternatives]
    ...     return np.array([[which] for which in alternatives]) + np.array(luck)
    >>> found = ocba(observe, 3, budget=60)
    >>> found.best, found.replications, found.probability > 0.9
    (2, (10, 21, 29), True)
    """
    rule = _Budget(alternatives, budget, first, increment, goal, indifference)
    ask = partial(_directed, observe, goal)
    seen = list(ask(range(alternatives), range(first)))
    while (spent := sum(len(one) for one in seen)) < budget:
        _spend(seen, ask, rule, min(spent + increment, budget))
    figures, errors = _standing(seen)
    return Allocation(
        best=int(np.argmax(figures)),
        values=tuple((figures * SIGNS[goal][0]).tolist()),
        replications=tuple(len(one) for one in seen),
        probability=_bound(figures, errors),
    )


def _spend(seen: list[Floats], ask: Ask, rule: _Budget, total: int) -> None:
    """Add replications to those *seen* until there are *total* of them."""
    counts = np.array([len(one) for one in seen])
    figures, errors = _standing(seen)
    wanted = shares(figures, errors * np.sqrt(counts), indifference=rule.indifference)
    for which, more in enumerate(_additions(counts, wanted, total)):
        if more:
            block = range(int(counts[which]), int(counts[which]) + int(more))
            seen[which] = np.concatenate([seen[which], ask((which,), block)[0]])


def _standing(seen: list[Floats]) -> tuple[Floats, Floats]:
    """Return the figure of each alternative and its standard error."""
    figures = [one[:, 0].sum() / one[:, 1].sum() for one in seen]
    errors = [influences(one).std(ddof=1) / np.sqrt(len(one)) for one in seen]
    return np.array(figures), np.array(errors)


def shares(values: Floats, deviations: Floats, *, goal: str = "max", indifference: float = 0.0) -> Floats:
    """Return the shares of a budget that tell the best of *values* apart best, for standard *deviations*.

    With the best b and d the distance from it, N_i is proportional to (s_i / d_i) ** 2, and
    N_b = s_b sqrt(sum of (N_i / s_i) ** 2). Distances below *indifference* count as it, those of equals as a
    millionth of the largest. Where nothing deviates the shares are equal. Source: see :func:`ocba`.

    >>> shares(np.array([1.0, 0.0, -1.0]), np.array([1.0, 1.0, 1.0])).round(3).tolist()
    [0.452, 0.438, 0.11]
    """
    best = int(np.argmax(values * SIGNS[goal][0]))
    distance = np.maximum(np.abs(values - values[best]), indifference)
    distance = np.maximum(distance / (distance.max() or 1.0), 1e-6) if distance.any() else np.ones(len(values))
    weights = (deviations / distance) ** 2
    weights[best] = 0
    weights[best] = deviations[best] * np.sqrt((np.delete(deviations / distance**2, best) ** 2).sum())
    return weights / weights.sum() if weights.any() else np.full(len(values), 1 / len(values))


def _additions(counts: Ints, wanted: Floats, total: int) -> Ints:
    """Return how many to add to *counts* to be at *total* in the *wanted* shares, as nearly as can be.

    None can be taken away again, so those that have more than their share leave the others to share the rest.
    """
    open_ = np.ones(len(counts), dtype=bool)
    while True:
        free = total - counts[~open_].sum()
        goal = np.where(open_, free * wanted / wanted[open_].sum(), counts)
        if not (goal < counts).any():
            return _whole(goal - counts, total - int(counts.sum()))
        open_ &= goal >= counts


def _whole(parts: Floats, total: int) -> Ints:
    """Return *parts* in whole numbers that sum to *total*: the largest remainders are rounded up."""
    whole_ = np.floor(parts).astype(np.int64)
    by_remainder = np.argsort(whole_ - parts, kind="stable")
    whole_[by_remainder[: total - int(whole_.sum())]] += 1
    return whole_


def _bound(figures: Floats, errors: Floats) -> float:
    """Return Bonferroni's lower bound of the probability that the best of *figures* is the best."""
    from scipy.special import ndtr

    best = int(np.argmax(figures))
    lead, error = (np.delete(values, best) for values in (figures[best] - figures, np.hypot(errors, errors[best])))
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.where((error == 0) & (lead == 0), 0.0, lead / error)
    return max(1.0 - float(ndtr(-apart).sum()), 0.0)
