"""Kim and Nelson and the allocation of a budget: against literal readings, and by how often they are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.stats import binomtest, norm

from activity_sim.analysis.selection import Selection, kn, ocba, shares
from activity_sim.errors import InputError

COLUMNS = 60
INDIFFERENT = 0.5
"""The indifference of the proofs, in standard deviations of an observation."""


def shelf(data: NDArray[Any]) -> Callable[[Sequence[int], range], NDArray[Any]]:
    """Return what observes by looking it up in *data*: a row for each alternative."""

    def observe(alternatives: Sequence[int], block: range) -> NDArray[Any]:
        assert block.stop <= data.shape[1]
        return data[list(alternatives)][:, block.start : block.stop]

    return observe


# --- Kim and Nelson ---


def literal(data: NDArray[Any], delta: float, confidence: float, first: int, maximum: int) -> dict[str, Any]:
    """Read the procedure word by word, with one observation at a time; figures are exact fractions."""
    k, alpha = len(data), 1 - confidence
    eta = ((2 * alpha / (k - 1)) ** (-2 / (first - 1)) - 1) / 2
    h_squared = 2 * eta * (first - 1)
    variance = {(i, j): variance_of_difference(data[:, :first], i, j) for i in range(k) for j in range(k) if i != j}
    most = {pair: floor(h_squared * value / delta**2) for pair, value in variance.items()}
    left, r, used = list(range(k)), first, [first] * k
    while True:
        figure = {i: Fraction(int(data[i, :r, 0].sum()), int(data[i, :r, 1].sum())) for i in left}
        kept = []
        for i in left:
            others = [j for j in left if j != i]
            band = {j: max(0.0, delta / (2 * r) * (h_squared * variance[i, j] / delta**2 - r)) for j in others}
            if all(figure[i] >= figure[j] - Fraction(band[j]) for j in others):
                kept.append(i)
        left = kept
        done = len(left) == 1 or r > max(most[i, j] for i in left for j in left if i != j)
        if done or r == maximum:
            break
        r += 1
        for i in left:
            used[i] = r
    best = max(left, key=lambda i: (figure[i], -i))
    end = {"best": best, "survivors": tuple(left), "replications": tuple(used), "exhausted": not done}
    return end | {"most": max(first, max(most.values()) + 1)}


def variance_of_difference(data: NDArray[Any], i: int, j: int) -> float:
    """Return the sample variance of the difference of two alternatives' influences."""
    parts = []
    for above, below in (data[i].T, data[j].T):
        parts.append((above - above.sum() / below.sum() * below) / below.mean())
    return float(np.var(parts[0] - parts[1], ddof=1))


@st.composite
def races(draw: st.DrawFn) -> dict[str, Any]:
    k, first, spread = draw(st.integers(2, 5)), draw(st.integers(2, 8)), draw(st.integers(0, 4))
    luck = np.random.default_rng(draw(st.integers(0, 1_000_000)))  # arrays that Hypothesis draws are mostly constant
    leads = draw(st.lists(st.integers(-1, 1), min_size=k, max_size=k))
    above = luck.integers(-spread, spread + 1, size=(k, COLUMNS)) + np.array(leads)[:, None]
    below = luck.integers(1, 4, size=(k, COLUMNS)) if draw(st.booleans()) else np.ones_like(above)
    return {
        "data": np.stack([above, below], axis=-1),
        "delta": draw(st.integers(1, 30)) * np.pi / 10,  # no fraction, so nothing falls just on a border
        "confidence": draw(st.sampled_from([0.55, 0.8, 0.95, 0.99])),
        "first": first,
        "maximum": draw(st.integers(first, COLUMNS)),
    }


@given(races(), st.sampled_from([0.0, 0.3, 1.0, 5.0]), st.sampled_from(["max", "min"]))
def test_it_decides_as_the_literal_reading_whatever_the_blocks(race: dict[str, Any], growth: float, goal: str) -> None:
    data = race["data"]
    wanted = literal(data * [1 if goal == "max" else -1, 1], *(value for name, value in race.items() if name != "data"))
    most = wanted.pop("most")
    asked = data[..., 0] if (data[..., 1] == 1).all() else data
    found = select(asked, race, goal=goal, growth=growth)
    assert {name: getattr(found, name) for name in wanted} == wanted
    assert all(run >= used for run, used in zip(found.simulated, found.replications, strict=True))
    assert max(found.simulated) <= min(race["maximum"], most)


def select(data: NDArray[Any], race: dict[str, Any], **settings: Any) -> Selection:
    settings |= {name: race[name] for name in ("confidence", "first", "maximum")}
    return kn(shelf(data), len(data), indifference=race["delta"], **settings)


def test_its_values_are_the_means_and_ratios_of_what_was_compared() -> None:
    data = np.random.default_rng(2).gamma(4.0, 1.0, size=(4, 3_000, 2))
    found = kn(shelf(data), 4, indifference=0.1, goal="min")
    for which, count in enumerate(found.replications):
        above, below = data[which, :count].sum(axis=0)
        assert found.values[which] == pytest.approx(above / below)
    assert found.values[found.best] == min(found.values[which] for which in found.survivors)


def test_a_ratio_over_a_constant_is_decided_as_the_mean() -> None:
    values = np.random.default_rng(3).normal(5.0, 1.0, size=(4, 800))
    pairs = np.stack([4 * values, np.full_like(values, 4.0)], axis=-1)
    means, ratios = (kn(shelf(data), 4, indifference=0.3) for data in (values, pairs))
    assert means.replications == ratios.replications
    assert means.best == ratios.best


def assert_mostly(correct: int, trials: int, confidence: float = 0.95) -> None:
    """Check that so many trials are right as only one in a hundred with just this confidence would fall short of."""
    assert correct >= confidence * trials - 2.3 * (trials * confidence * (1 - confidence)) ** 0.5


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_it_is_right_as_often_as_it_says_where_all_others_are_at_the_border(
    correlation: float, ratio: Callable[..., None], prove: bool
) -> None:
    trials = 2_000 if prove else 200
    found = [slippage(seed, correlation) for seed in range(trials)]
    correct = sum(one.best == 3 and not one.exhausted for one in found)
    what = f"KN, 10 alternatives, normal, correlation {correlation}: the best is selected"
    ratio(f"{what}, share of {trials} trials", correct / trials, "0.95 or more")
    ratio(f"{what}, replications of all", float(np.mean([sum(one.replications) for one in found])), "")
    assert_mostly(correct, trials)


def slippage(seed: int, correlation: float) -> Selection:
    """Select among ten of which the fourth leads all others by just the indifference."""
    generator = np.random.default_rng((seed, 31))
    own, common = generator.normal(size=(10, 3_000)), generator.normal(size=3_000)
    data = np.sqrt(1 - correlation) * own + np.sqrt(correlation) * common
    data[3] += INDIFFERENT
    return kn(shelf(data), 10, indifference=INDIFFERENT, maximum=3_000)


@pytest.mark.slow
def test_it_is_right_as_often_for_a_service_level_of_days_that_differ(ratio: Callable[..., None], prove: bool) -> None:
    trials = 1_000 if prove else 100
    correct = 0
    for seed in range(trials):
        generator = np.random.default_rng((seed, 32))
        offered = generator.poisson(60 * generator.gamma(10.0, 0.1, size=(10, 2_000)))
        share = np.where(np.arange(10) == 3, 0.8, 0.78)[:, None]
        data = np.stack([generator.binomial(offered, share), offered], axis=-1)
        found = kn(shelf(data), 10, indifference=0.02, maximum=2_000)
        correct += found.best == 3 and not found.exhausted
    what = "KN, 10 service levels, 60 tasks a replication: the best is selected"
    ratio(f"{what}, share of {trials} trials", correct / trials, "0.95 or more")
    assert_mostly(correct, trials)


def test_common_random_numbers_make_it_shorter(ratio: Callable[..., None]) -> None:
    apart, common = (np.mean([sum(slippage(seed, rho).replications) for seed in range(10)]) for rho in (0.0, 0.8))
    ratio("KN: replications with a correlation of 0.8, over those without", float(common / apart), "below 0.5")
    assert common < 0.5 * apart


def test_what_is_left_at_the_maximum_is_not_called_the_best() -> None:
    data = np.random.default_rng(5).normal(size=(3, 40))
    found = kn(shelf(data), 3, indifference=0.001, maximum=40)
    assert found.exhausted
    assert np.isnan(found.probability)
    assert found.statement(["a", "b", "c"]).startswith("none is selected after 40 replications: one of ")


def test_equal_alternatives_end_it_and_are_named() -> None:
    data = np.repeat(np.random.default_rng(6).normal(size=(1, 40)), 3, axis=0) - [[1.0], [0.0], [0.0]]
    found = kn(shelf(data), 3, indifference=0.1)
    assert (found.best, found.survivors, found.replications) == (1, (1, 2), (10, 10, 10))
    assert found.statement().startswith("one of alternative 1, alternative 2, which came to the same in all 10 repl")


# --- a fixed budget ---


def literal_shares(means: NDArray[Any], deviations: NDArray[Any]) -> NDArray[Any]:
    best = max(range(len(means)), key=lambda i: means[i])
    relative = {i: (deviations[i] / (means[best] - means[i])) ** 2 for i in range(len(means)) if i != best}
    relative[best] = deviations[best] * sum(n**2 / deviations[i] ** 2 for i, n in relative.items()) ** 0.5
    total = sum(relative.values())
    return np.array([relative[i] / total for i in range(len(means))])


@given(st.permutations(range(6)), st.lists(st.floats(0.1, 10), min_size=6, max_size=6))
def test_the_shares_are_those_of_the_formula(means: list[int], deviations: list[float]) -> None:
    found = shares(np.array(means, float), np.array(deviations))
    assert found == pytest.approx(literal_shares(np.array(means, float), np.array(deviations)))


def test_the_shares_of_two_are_as_their_deviations() -> None:
    assert shares(np.array([1.0, 0.0]), np.array([3.0, 1.0])).tolist() == pytest.approx([0.75, 0.25])


def test_equals_and_what_does_not_vary_have_finite_shares() -> None:
    assert shares(np.zeros(4), np.ones(4)).sum() == pytest.approx(1)
    assert shares(np.zeros(4), np.zeros(4)).tolist() == [0.25] * 4
    assert shares(np.array([1.0, 1.0, 0.0]), np.array([1.0, 1.0, 1.0])).tolist() == pytest.approx([0.5, 0.5, 0])
    assert shares(np.array([1.0, 1.0, 0.0]), np.ones(3), indifference=1.0)[2] > 0.2
    assert shares(np.array([1.0, 0.5, 0.0]), np.array([1.0, 0.0, 1.0]))[1] == 0


@given(
    arrays(np.int64, (4, 120), elements=st.integers(-3, 3)),
    st.integers(40, 120),
    st.integers(1, 50),
    st.sampled_from(["max", "min"]),
)
def test_it_spends_the_budget_and_no_more(data: NDArray[Any], budget: int, increment: int, goal: str) -> None:
    found = ocba(shelf(data), 4, budget=budget, increment=increment, goal=goal)
    assert sum(found.replications) == budget
    assert min(found.replications) >= 10
    means = [data[which, :count].mean() for which, count in enumerate(found.replications)]
    assert found.values == pytest.approx(means)
    assert means[found.best] == pytest.approx(max(means) if goal == "max" else min(means))
    assert 0 <= found.probability <= 1


def test_its_probability_is_the_bound_of_bonferroni() -> None:
    data = np.random.default_rng(9).normal(np.arange(3)[:, None], 1.0, size=(3, 30))
    found = ocba(shelf(data), 3, budget=30)
    means, errors = data[:, :10].mean(axis=1), data[:, :10].std(axis=1, ddof=1) / 10**0.5
    apart = [(means[2] - means[i]) / np.hypot(errors[i], errors[2]) for i in (0, 1)]
    assert found.probability == pytest.approx(1 - sum(norm.sf(apart)))


@pytest.mark.slow
def test_it_is_right_more_often_than_an_equal_allocation(ratio: Callable[..., None], prove: bool) -> None:
    trials, budget = (2_000 if prove else 200), 500
    ours, equal = np.zeros(trials, bool), np.zeros(trials, bool)
    for seed in range(trials):
        data = np.random.default_rng((seed, 33)).normal(np.arange(1, 11)[:, None], 6.0, size=(10, budget))
        ours[seed] = ocba(shelf(data), 10, budget=budget, goal="min").best == 0
        equal[seed] = np.argmin(data[:, : budget // 10].mean(axis=1)) == 0
    what = f"budget of {budget} for 10 alternatives, share right of {trials} trials"
    ratio(f"OCBA, {what}", ours.mean(), "more than equal shares")
    ratio(f"equal shares, {what}", equal.mean(), "")
    gained, lost = int((ours & ~equal).sum()), int((equal & ~ours).sum())
    assert binomtest(gained, gained + lost, alternative="greater").pvalue < 1e-4


# --- what cannot be ---


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"indifference": 0}, "indifference: must be a number above 0"),
        ({"confidence": 0.2}, "confidence: must be above 1 / alternatives"),
        ({"confidence": 1.0}, "confidence: must be above 1 / alternatives"),
        ({"first": 1}, "first: must be a whole number"),
        ({"maximum": 5}, "maximum: must be at least first"),
        ({"goal": "most"}, "goal: must be one of 'max', 'min'"),
    ],
)
def test_arguments_that_cannot_be_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        kn(shelf(np.zeros((3, 20))), 3, **{"indifference": 1.0} | settings)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.full((3, 20), np.nan), "observe: alternative 0, replication 0: must give finite values"),
        (np.zeros((3, 20, 2)), "observe: must give a denominator above 0"),
        (np.full((3, 20, 2), -1), "observe: alternative 0, replication 0: must give finite values over denominators"),
        (np.zeros((3, 5)), "observe: must give an array of (3, 10) values or pairs"),
    ],
)
def test_observations_that_cannot_be_are_refused(data: NDArray[Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        kn(lambda alternatives, block: data[:, : len(block)], 3, indifference=1.0)
    assert str(caught.value).startswith(message)


def test_a_budget_below_the_first_replications_is_refused() -> None:
    with pytest.raises(InputError, match="budget: must be at least first of each alternative, 30, not 29"):
        ocba(shelf(np.zeros((3, 20))), 3, budget=29)
