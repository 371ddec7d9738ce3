"""Tasks a second of the compiled engine beside every other program that can tell the models M2 and M3.

All run from the same drawn plans, on one core, and take turns in one run. Those that can be compared are shown to
simulate the same first. Without PROVE=1 plans are small, so that fixed costs of a run weigh more than they should.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from statistics import median
from typing import Any

import attrs
import numpy as np
import pytest

from activity_sim.engines import reference
from activity_sim.log import ABANDONED, COMPLETED
from activity_sim.plan import Plan
from tests.benchmarks import plain_m3
from tests.benchmarks.models import ACTIVITIES, growth, m2, m3
from tests.benchmarks.outcomes import rows, times
from tests.benchmarks.rivals import PYTHON, Rival, rivals
from tests.benchmarks.timing import NOISE, Round, median_ratio, processor_time, take_turns

MODELS = ("M2", "M3")
WANTED = {
    "simpy": (15, 25),
    "ciw": (80, 80),
    "salabim": (80, 80),
    "cimba": (2, 2),
    "c log": (0.7, 0.7),
}
"""How many times as many tasks a second as each rival the engine must do, and what is aimed at.

The loop in C that is compared lays out a new log for each run, as every engine must.
"""


@attrs.frozen(eq=False)
class Race:
    """The seconds that each program took in each round for so many *tasks*."""

    model: str
    tasks: int
    entered: dict[str, Rival]
    rounds: list[Round]

    def rate(self, name: str) -> float:
        """Return the median tasks a second of the program *name*."""
        place = list(self.entered).index(name)
        return self.tasks / median(taken[place] for taken in self.rounds)

    def times_as_fast(self, name: str, other: str) -> float:
        """Return how many times as many tasks a second *name* does as the *other*."""
        places = list(self.entered)
        return median_ratio(self.rounds, places.index(other), places.index(name))


def race(model: str, plan: Plan, rounds: int, only: Collection[str] = ()) -> Race:
    """Let all programs that can run here, or *only* some, take turns, after each has run once unmeasured."""
    entered = {n: rival for n, rival in rivals(model).items() if not rival.missing and (not only or n in only)}
    programs = [rival.ready(plan) for rival in entered.values()]
    for program in programs:
        program(plan)
    taken = take_turns(rounds, *(partial(processor_time, program, plan) for program in programs))
    return Race(model, len(plan.tasks.arrival), entered, taken)


@pytest.fixture(scope="module")
def races(prove: bool) -> dict[str, Race]:
    """The race on each model."""
    plans = {"M2": m2(100, 100_000 if prove else 10_000), "M3": m3(5 if prove else 1)}
    return {model: race(model, plan, 7 if prove else 5) for model, plan in plans.items()}


def test_the_plain_program_simulates_the_same() -> None:
    plan = m3(1)
    log, centre = reference.run(plan), plain_m3.run(plan)
    assert rows(log) == sorted(centre.rows)
    assert times(log, len(ACTIVITIES)) == [worker.time for worker in centre.workers]


def test_salabim_simulates_the_same() -> None:
    pytest.importorskip("salabim", reason="salabim is not installed: pip install 'activity-sim[bench]'")
    from tests.benchmarks import salabim_m2

    plan = m2(100, 4_000)
    log, centre = reference.run(plan), salabim_m2.run(plan)
    assert rows(log) == sorted(centre.rows)
    assert times(log, 4) == [worker.time for worker in centre.workers]


def test_ciw_simulates_about_the_same() -> None:
    pytest.importorskip("ciw", reason="ciw is not installed: pip install 'activity-sim[bench]'")
    from tests.benchmarks import ciw_m2

    plan = m2(100, 4_000)
    served = np.count_nonzero(reference.run(plan).columns["tasks"]["outcome"] == COMPLETED)
    records = ciw_m2.run(plan)
    assert sum(record.record_type == "service" for record in records) == pytest.approx(served, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "plan"), [("M2", lambda: m2(100, 4_000)), ("M3", lambda: m3(1))])
def test_cimba_simulates_the_same(model: str, plan: Callable[[], Plan]) -> None:
    pytest.importorskip("cimba", reason="cimba is not installed: pip install 'activity-sim[bench]'")
    drawn = plan()
    log, results = reference.run(drawn), rivals(model)["cimba"].ready(drawn)(drawn)
    assert cimba_says(results) == [
        *(np.count_nonzero(log.columns["tasks"]["outcome"] == outcome) for outcome in (COMPLETED, ABANDONED)),
        *np.sum(times(log, 4), axis=0),
    ]


def cimba_says(results: Any) -> list[float]:
    """Return how many tasks were completed and abandoned, and the time in the first four activities."""
    (centre,) = [model for model in results.by_object if type(model).__name__ == "Centre"]
    names = ("completed", "abandoned", "available", "reserved", "busy", "wrap_up")
    return [float(getattr(results[centre], name).values[0, 0]) for name in names]


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_the_yardsticks_stand_in_order(races: dict[str, Race], model: str, ratio: Callable[..., None]) -> None:
    run = races[model]
    for name, rival in run.entered.items():
        ratio(f"{model}, tasks a second, {rival.name} ({PYTHON})", run.rate(name), "")
    for name, rival in run.entered.items():
        ratio(f"{model}, {rival.name} over plain SimPy ({PYTHON})", run.times_as_fast(name, "simpy"), "")
    for slower, faster in (("simpy", "cimba"), ("cimba", "c")):
        if slower in run.entered and faster in run.entered:
            assert run.times_as_fast(faster, slower) > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", WANTED)
@pytest.mark.parametrize("model", MODELS)
def test_the_engine_is_faster(
    races: dict[str, Race], model: str, name: str, ratio: Callable[..., None], prove: bool
) -> None:
    known, run, (least, aim) = rivals(model), races[model], WANTED[name]
    if name not in known:
        pytest.skip(f"{name} cannot tell {model}")
    if known[name].missing:
        pytest.skip(known[name].missing)
    measured = run.times_as_fast("engine", name)
    wanted = f"at least {least}" + (f", aim {aim}" if aim > least else "")
    ratio(f"{model}, compiled engine over {known[name].name} ({PYTHON})", measured, wanted)
    if prove or name == "simpy":  # on small plans what a run costs at the least weighs too much for the others
        assert measured >= least * NOISE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "few", "many"),
    [
        ("15,000 workers over 10", (10, 1, 1), (15_000, 1, 1)),
        ("30 queues over 1, 40 teams", (400, 1, 40), (400, 30, 40)),
    ],
)
def test_a_task_costs_hardly_more_in_a_large_centre(
    what: str, few: tuple[int, int, int], many: tuple[int, int, int], prove: bool, ratio: Callable[..., None]
) -> None:
    names, tasks = ("engine", "c"), 100_000 if prove else 20_000
    small, large = (race("M3", growth(*size, tasks), 9, names) for size in (few, many))
    growths = {name: small.rate(name) / large.rate(name) for name in small.entered}
    for name, grown in growths.items():
        ratio(f"cost of a task, {what}: {small.entered[name].name} ({PYTHON})", grown, "")
    if missing := [rival.missing for name, rival in rivals("M3").items() if name in names and rival.missing]:
        pytest.skip("; ".join(missing))
    assert growths["engine"] <= growths["c"] / WANTED["c log"][0] / NOISE
