"""How often intervals cover the truth, over independent studies of a contact centre with known figures.

Without busyness it is a queue with impatient callers (Erlang A). With it, each replication is such a queue with an
arrival rate of its own: figures are integrals over the gamma law, by Gauss and Laguerre's rule to four digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import roots_genlaguerre

import activity_sim as sim
from activity_sim.analysis import estimates
from activity_sim.drawing import prepare
from activity_sim.engines import engine
from tests.analysis.test_paired import difference
from tests.oracles import Queue, erlang_a
from tests.queueing import MINUTE, exponential

Floats = NDArray[np.float64]
Figure = Callable[..., None]
Columns = dict[str, tuple[Floats, Floats]]
REPLICATIONS = 20
HOURS = 8
HANDLE_MINUTES = 5.0
WARM_UP = "1h"
"""Twelve times as long as a call: what was before is forgotten."""

RATIOS = {
    "service level": ("within", "eligible"),
    "mean wait": ("wait", "offered"),
    "mean wait of the accepted": ("wait_accepted", "accepted"),
    "share of the abandoned": ("abandoned", "offered"),
}


class Case(NamedTuple):
    """A contact centre: its offered load in workers, the callers' patience in minutes, the cv of its busyness."""

    load: float
    patience: float
    busyness: float = 0.0
    workers: int = 10


CASES = {
    "10 workers, load 9.5": Case(9.5, 3.0),
    "10 workers, load 9.5, busyness": Case(9.5, 3.0, 0.3),
    "10 workers, load 6.5, busyness": Case(6.5, 5.0, 0.3),
}
MORE = Case(9.5, 3.0, 0.3, workers=11)


def scenario(case: Case) -> sim.Scenario:
    calls = sim.Tasks(
        "call",
        arrivals=sim.Poisson(60 * case.load / HANDLE_MINUTES),
        handle_time=exponential(HANDLE_MINUTES),
        patience=exponential(case.patience),
    )
    return sim.Scenario(
        horizon=f"{HOURS + 1}h",
        warm_up=WARM_UP,
        busyness=sim.Gamma(1.0, case.busyness) if case.busyness else None,
        workspace={"default_activity": "Available"},
        workers=[sim.Workers("Tier", count=case.workers)],
        tasks=[calls],
    )


@lru_cache
def simulated(case: Case, studies: int) -> Columns:
    """Return above and below the line of each figure: a row a replication, a column a study."""
    prepared, run = prepare(scenario(case)), engine("compiled")
    logs = (run(prepared.draw(95, number)) for number in range(studies * REPLICATIONS))
    both = [(sim.reports.task_summary.reduce(log), sim.reports.occupancy.reduce(log)) for log in logs]

    def column(report: int, name: str) -> Floats:
        values = [sums[report][name].ravel()[-1] for sums in both]
        return np.array(values, dtype=np.float64).reshape(studies, REPLICATIONS).T

    counts = {name: (column(0, name), np.ones((REPLICATIONS, studies))) for name in ("offered", "abandoned")}
    ratios = {name: (column(0, above), column(0, below)) for name, (above, below) in RATIOS.items()}
    return {**counts, **ratios, "occupancy": (column(1, "in_hand"), column(1, "open"))}


@lru_cache
def truth(case: Case) -> dict[str, float]:
    """Return the exact figures, in tasks and microseconds."""
    given = [(weight, factor, erlang_a(queue(case, factor))) for factor, weight in law(case)]

    def expected(*names: str, served: bool = False) -> float:
        """Return what is expected, a task that would come on average, of the product of figures."""
        factors = ((w * b * (1 - one["PAb"] if served else 1), one) for w, b, one in given)
        return float(sum(factor * np.prod([one[name] for name in names]) for factor, one in factors))

    tasks = case.load / HANDLE_MINUTES * 60 * HOURS
    return {
        "offered": tasks,
        "abandoned": tasks * expected("PAb"),
        "service level": expected("SL_served_in_t_over_all"),
        "mean wait": expected("W_all") * MINUTE,
        "mean wait of the accepted": expected("ASA_served", served=True) / expected(served=True) * MINUTE,
        "share of the abandoned": expected("PAb"),
        "occupancy": float(sum(weight * one["occ"] for weight, _, one in given)),
    }


def queue(case: Case, factor: float) -> Queue:
    return Queue(factor * case.load / HANDLE_MINUTES, 1 / HANDLE_MINUTES, case.workers, 1 / case.patience)


def law(case: Case) -> Iterator[tuple[float, float]]:
    """Yield values of the busyness with their weights."""
    if not case.busyness:
        yield 1.0, 1.0
        return
    shape = case.busyness**-2
    nodes, weights = roots_genlaguerre(8, shape - 1)
    yield from zip((nodes / shape).tolist(), (weights / weights.sum()).tolist(), strict=True)


def students(above: Floats, below: Floats, exact: float) -> float:
    """Return how often the delta method's interval with Student's t covers the *exact* ratio."""
    value = above.sum(axis=0) / below.sum(axis=0)
    error = stats.sem(above - value * below) / below.mean(axis=0)
    return float((np.abs(value - exact) <= stats.t.ppf(0.975, REPLICATIONS - 1) * error).mean())


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_intervals_cover_the_truth(name: str, figure: Figure, ratio: Figure, prove: bool) -> None:
    studies, case = (1_000 if prove else 40), CASES[name]
    for what, (above, below) in simulated(case, studies).items():
        exact, found = truth(case)[what], estimates.ratio(above, below)
        covered = float(((found.low <= exact) & (exact <= found.high)).mean())
        delta = students(above, below, exact)
        ratio(f"{name}: {what}, covered by the delta method", delta, "not asked for")
        figure(f"{name}: {what}, covered", covered, 0.95, (0.95 * 0.05 / studies) ** 0.5)
        assert covered >= delta
        if prove and not case.busyness:
            assert 0.93 <= covered <= 0.97


@pytest.mark.slow
def test_intervals_of_differences_cover_the_truth(figure: Figure, prove: bool) -> None:
    studies, case = (1_000 if prove else 40), CASES["10 workers, load 9.5, busyness"]
    few, many = simulated(case, studies), simulated(MORE, studies)
    for what in RATIOS:
        found, _ = difference(*many[what], *few[what])
        exact = truth(MORE)[what] - truth(case)[what]
        covered = float(((found.low <= exact) & (exact <= found.high)).mean())
        figure(f"another worker: {what}, covered", covered, 0.95, (0.95 * 0.05 / studies) ** 0.5)


@pytest.mark.parametrize(("skewed", "count"), [(False, 10), (False, 40), (True, 10), (True, 40)])
def test_pairs_that_do_not_differ_seldom_seem_to(skewed: bool, count: int, figure: Figure) -> None:
    generator, studies = np.random.default_rng(17), 4_000
    busyness = generator.gamma(11.0, 1 / 11.0, (count, studies))
    below = generator.poisson(400 * busyness)
    noise = generator.exponential(1.0, (2, count, studies)) if skewed else generator.normal(5, 1, (2, count, studies))
    above = below * busyness**2 * (20 + noise)
    _, p_value = difference(above[0], below, above[1], below)
    what = f"{count} {'skewed' if skewed else 'even'} pairs that do not differ: p < 0.05"
    figure(what, (p_value < 0.05).mean(), 0.05, (0.05 * 0.95 / studies) ** 0.5)
