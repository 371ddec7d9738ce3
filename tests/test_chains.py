"""Simulated figures against exact ones of chains that are solved here: skills, priorities, chats, retrials, offers.

Rates are a minute. By Poisson's law arrivals see what the time sees: the share of them that wait is that of the time
in which nobody could take them. Mean waits are the mean number waiting by Little's law, and who waits loses patience
at a rate.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

import activity_sim as sim
from activity_sim.formulas import ErlangA, priority_waits
from activity_sim.log import RESCINDED
from activity_sim.model.tasks import Retrial
from activity_sim.model.workflows import Workflow
from tests.chains import Chain, ChatRoom, Race, Skills, direct, retrials, stepwise
from tests.conftest import PROVE
from tests.queueing import (
    MINUTE,
    Floats,
    Measure,
    Run,
    Sample,
    Span,
    abandoning,
    abandons,
    busy,
    exponential,
    mean_wait,
    number_handled,
    observe,
    scenario,
    share,
    waiting,
    waits,
)

Figure = Callable[..., None]
Exact = Mapping[str, tuple[Measure, float]]
FULL = 2_000_000
QUICK = 100_000
TASKS = FULL if PROVE else QUICK
"""So many tasks count in each proof."""

SPECIALISTS = Skills(
    workers={"A": 4, "B": 4, "AB": 2},
    arrivals={"A": 5.0, "B": 3.5},
    service={"A": 1.0, "B": 0.9},
    abandonment={"A": 0.5, "B": 0.4},
    room=45,
)
"""Specialists are taken before generalists, and a generalist who becomes free takes a task of A before one of B."""

CENTRES = {
    "specialists first, A before B": SPECIALISTS,
    "longest idle first, A before B": dataclasses.replace(SPECIALISTS, longest_idle=True),
    "specialists first, by age": Skills(
        workers={"A": 2, "B": 2, "AB": 1},
        arrivals={"A": 1.9, "B": 1.3},
        service={"A": 1.0, "B": 1.0},
        abandonment={"A": 5.0, "B": 5.0},
        room=12,
        by_age=True,
    ),
    "two priorities": Skills(
        workers={"AB": 8},
        arrivals={"A": 4.0, "B": 5.0},
        service={"A": 1.0, "B": 1.2},
        abandonment={"A": 0.5, "B": 0.3},
        room=45,
    ),
}
"""Two classes of tasks, by how they find their workers."""

CHATS = {count: ChatRoom(count, (1.0, 0.8, 0.6), 1.5 * count, 1.0, 0.4) for count in (1, 2, 3)}
"""Workers with room for three chats, all of which are slower the more there are."""

RACE = Race(workers=4, arrivals=3.0, service=1.0, abandonment=0.5, response=15.0, rejected=0.2)
"""Answers that take four seconds on average never take the two minutes after which a reservation would time out."""


def compare(figure: Figure, title: str, sample: Sample, exact: Exact) -> None:
    """Note and check each measured figure beside its exact value."""
    for name, (_, value) in exact.items():
        measured, error = sample.ratio(name)
        figure(f"{title}: {name}", measured, value, error)


def measures(exact: Exact) -> dict[str, Measure]:
    """Return what is to be measured."""
    return {name: measure for name, (measure, _) in exact.items()}


def per_minute(span: Span, count: Callable[[Run], float]) -> Measure:
    """Return the measure of how many there are a minute, by their *count* while tasks count."""
    return lambda run: (float(count(run)), span.minutes)


# --- the solver ---


@pytest.mark.parametrize("solve", [direct, stepwise])
def test_both_ways_to_solve_a_chain_give_the_known_chances(solve: Callable[[Any], Floats]) -> None:
    births = np.diag([3.0, 3.0, 3.0], -1) + np.diag([1.0, 2.0, 3.0], 1)
    weights = solve(csr_matrix(births - np.diag(births.sum(axis=0))))
    assert weights / weights.sum() == pytest.approx(np.array([2, 6, 9, 9]) / 26, rel=1e-9)


def test_one_kind_of_worker_and_one_class_are_erlang_a() -> None:
    chain = Skills({"A": 5}, {"A": 4.5}, {"A": 1.0}, {"A": 0.5}, room=80).chain()
    known = ErlangA(arrival_rate=4.5, handle_time=1, patience=2, servers=5)
    assert chain.mean(lambda floor: not floor.idle) == pytest.approx(float(known.probability_of_waiting), rel=1e-9)
    assert chain.mean(lambda floor: len(floor.waiting)) == pytest.approx(float(known.queue_length), rel=1e-9)


def test_priorities_without_abandonment_wait_as_the_formula_says() -> None:
    rates = [1.0, 0.8]
    chain = Skills(
        {"AB": 3}, dict(zip("AB", rates, strict=True)), {"A": 1.0, "B": 1.0}, {"A": 0.0, "B": 0.0}, 60
    ).chain()
    line = [chain.mean(lambda floor, letter=letter: floor.waiting.count(letter)) for letter in "AB"]
    assert np.divide(line, rates) == pytest.approx(priority_waits(3, rates, handle_time=1), rel=1e-9)


def test_two_reservations_that_are_answered_at_once_are_erlang_a() -> None:
    chain = dataclasses.replace(RACE, response=1e9, rejected=0.0).chain()
    known = ErlangA(arrival_rate=3, handle_time=1, patience=2, servers=4)
    assert chain.mean(lambda now: now.waiting) == pytest.approx(float(known.queue_length), rel=1e-6)


# --- skills and priorities ---


def centre(given: Skills, span: Span) -> sim.Scenario:
    """Return the scenario of *given*: a queue for each class, and a workflow where specialists come first."""
    groups = [
        sim.Workers(kind, count, attributes={"skills": list(kind), "level": len(kind)})
        for kind, count in given.workers.items()
    ]
    order = {} if given.longest_idle else {"order_by": "worker.level ASC"}
    return sim.Scenario(
        horizon=f"{span.horizon}us",
        warm_up=f"{span.start}us",
        workspace={"default_activity": "Available"},
        task_queues=[sim.TaskQueue(letter, target_workers=f"'{letter}' IN skills") for letter in given.arrivals],
        workflows=[
            Workflow(letter, {"task_routing": {"default_filter": {"queue": letter, **order}}})
            for letter in given.arrivals
        ],
        workers=groups,
        tasks=[calls(given, letter) for letter in given.arrivals],
    )


def calls(given: Skills, letter: str) -> sim.Tasks:
    """Return the tasks of one class."""
    return sim.Tasks(
        letter,
        workflow=letter,
        priority=0 if given.by_age else "BA".index(letter),
        arrivals=sim.Poisson(60 * given.arrivals[letter]),
        handle_time=exponential(1 / given.service[letter]),
        patience=exponential(1 / given.abandonment[letter]),
    )


def expected(given: Skills, chain: Chain, span: Span) -> Exact:
    """Return the measures of a centre with their exact values."""
    figures: dict[str, tuple[Measure, float]] = {"busy": (number_handled(span), chain.mean(lambda f: sum(f.on)))}
    for code, letter in enumerate(given.arrivals):
        line = chain.mean(lambda floor, letter=letter: floor.waiting.count(letter)) / given.arrivals[letter]
        figures[f"{letter} waiting"] = share(waits, code), chain.mean(lambda f, c=letter: given.must_wait(f, c))
        figures[f"{letter} mean wait"] = mean_wait(task_type=code), line
        figures[f"{letter} abandoning"] = share(abandons, code), line * given.abandonment[letter]
        if len(given.workers) > 1:
            figures[f"{letter} by generalists"] = by_generalists(given, code), shared(given, chain, letter)
    return figures


def shared(given: Skills, chain: Chain, letter: str) -> float:
    """Return the share of the tasks of a class that generalists serve."""
    place = given.pairs.index(("AB", letter))
    return chain.mean(lambda floor: floor.on[place]) * given.service[letter] / given.arrivals[letter]


def by_generalists(given: Skills, code: int) -> Measure:
    """Return the measure of the share of the tasks of a type that generalists serve, who are the last workers."""
    first = sum(given.workers.values()) - given.workers["AB"]
    return share(lambda tasks: (tasks["accepted"] >= 0) & (tasks["worker"] >= first), code)


def prove_centre(figure: Figure, case: str, tasks: int, *, using: str = "compiled", seed: int) -> None:
    """Compare a centre with its chain."""
    given = CENTRES[case]
    span = Span.of(tasks, sum(given.arrivals.values()), 40.0, 40.0)
    exact = expected(given, given.chain(), span)
    sample = observe(
        centre(given, span), span, measures(exact), servers=sum(given.workers.values()), seed=seed, using=using
    )
    compare(figure, case + (", SimPy" if using == "simpy" else ""), sample, exact)


@pytest.mark.parametrize("case", CENTRES)
def test_tasks_find_their_workers_as_the_chain_says(case: str, figure: Figure) -> None:
    prove_centre(figure, case, TASKS, seed=31)


@pytest.mark.slow
def test_tasks_find_their_workers_as_the_chain_says_on_simpy(figure: Figure, prove: bool) -> None:
    prove_centre(figure, "specialists first, A before B", 400_000 if prove else 40_000, using="simpy", seed=32)


# --- chats ---


def time_in_hand(run: Run) -> tuple[float, float]:
    """Measure how long a completed task is in hand, in minutes."""
    tasks = run.counted.columns["tasks"]
    done = tasks["completed"][accepted := tasks["accepted"] >= 0] - tasks["accepted"][accepted]
    return float(done.sum()) / MINUTE, float(accepted.sum())


@pytest.mark.parametrize("count", CHATS)
def test_chats_slow_each_other_down_as_the_chain_says(count: int, figure: Figure) -> None:
    given = CHATS[count]
    chain, span = given.chain(), Span.of(TASKS, given.arrivals, 60.0, 60.0)
    in_hand, line = chain.mean(lambda c: sum(c.hands)), chain.mean(lambda c: c.waiting)
    full = chain.mean(lambda c: min(c.hands) == len(given.paces))
    exact = {
        "waiting": (waiting, full),
        "mean wait": (mean_wait(), line / given.arrivals),
        "abandoning": (abandoning, given.abandonment * line / given.arrivals),
        "in hand": (number_handled(span), in_hand),
        "minutes in hand": (time_in_hand, in_hand / (given.arrivals - given.abandonment * line)),
        "with a task": (busy, chain.mean(lambda c: np.mean([n > 0 for n in c.hands]))),
    }
    tasks = sim.Tasks(
        "chat",
        arrivals=sim.Poisson(60 * given.arrivals),
        handle_time=exponential(1 / given.service),
        patience=exponential(1 / given.abandonment),
    )
    made = scenario(span, [tasks], count=count, channels={"default": 3}, pace=given.paces)
    sample = observe(made, span, measures(exact), servers=3 * count, seed=33)
    compare(figure, f"chats, {count} with room for three, slower", sample, exact)


# --- retrials ---


@pytest.mark.parametrize(("workers", "arrivals", "again", "returns"), [(5, 4.0, 0.7, 0.5), (2, 1.5, 0.9, 3.0)])
def test_blocked_callers_try_again_as_the_chain_says(
    workers: int, arrivals: float, again: float, returns: float, figure: Figure
) -> None:
    chain, span = retrials(workers, arrivals, 1.0, again, returns), Span.of(TASKS, arrivals, 100.0, 0.0)
    tried = chain.mean(lambda now: now.orbit) * returns
    full = chain.mean(lambda now: now.busy == workers)
    in_vain = chain.mean(lambda now: now.orbit * (now.busy == workers)) * returns
    exact = {
        "first attempts blocked": (blocked_at_first, full),
        "attempts blocked": (abandoning, (arrivals * full + in_vain) / (arrivals + tried)),
        "attempts a minute": (
            per_minute(span, lambda run: len(run.counted.columns["tasks"]["task"])),
            arrivals + tried,
        ),
        "busy": (number_handled(span), chain.mean(lambda now: now.busy)),
    }
    tasks = sim.Tasks(
        "call",
        arrivals=sim.Poisson(60 * arrivals),
        handle_time=exponential(1),
        patience="0s",
        retrial=Retrial(again, delay=exponential(1 / returns), at_most=100),
    )
    sample = observe(scenario(span, [tasks], count=workers), span, measures(exact), servers=workers, seed=34)
    compare(figure, f"retrials, {workers} workers, {again:g} try again", sample, exact)


def blocked_at_first(run: Run) -> tuple[float, float]:
    """Measure the share of first attempts that are blocked; they are numbered before all others."""
    tasks = run.counted.columns["tasks"]
    first = tasks["task"] < run.first_tasks
    return float(abandons(tasks)[first].sum()), float(first.sum())


# --- two reservations at once ---


def test_two_workers_race_for_a_task_as_the_chain_says(figure: Figure) -> None:
    chain, span = RACE.chain(), Span.of(TASKS, RACE.arrivals, 60.0, 60.0)
    line = chain.mean(lambda now: now.waiting + now.two + now.one)
    lost = 2 * RACE.response * (1 - RACE.rejected) * chain.mean(lambda now: now.two)
    exact = {
        "mean wait": (mean_wait(), line / RACE.arrivals),
        "abandoning": (abandoning, line * RACE.abandonment / RACE.arrivals),
        "handling": (number_handled(span), chain.mean(lambda now: now.busy)),
        "in hand": (busy, chain.mean(lambda now: now.busy + 2 * now.two + now.one) / RACE.workers),
        "rescinded a minute": (per_minute(span, lambda run: rescinded(run, span)), lost),
    }
    tasks = sim.Tasks(
        "call",
        arrivals=sim.Poisson(60 * RACE.arrivals),
        handle_time=exponential(1 / RACE.service),
        patience=exponential(1 / RACE.abandonment),
        response=exponential(1 / RACE.response),
        reject_probability=RACE.rejected,
    )
    made = scenario(span, [tasks], count=RACE.workers)
    made = attrs.evolve(made, task_queues=[sim.TaskQueue(max_reserved_workers=2)])
    sample = observe(made, span, measures(exact), servers=RACE.workers, seed=35)
    compare(figure, "two reservations at once", sample, exact)


def rescinded(run: Run, span: Span) -> int:
    """Return how many reservations are rescinded while tasks count."""
    offers = run.log.columns["reservations"]
    inside = (offers["ended"] >= span.start) & (offers["ended"] < span.end)
    return int(np.count_nonzero(inside & (offers["status"] == RESCINDED)))


# --- pooling ---

POOLED = {"arrivals": 4.5, "service": 1.0, "abandonment": 0.5}
GENERALISTS = (0, 2, 4, 6, 8, 10)


def pooled(generalists: int, span: Span) -> sim.Scenario:
    """Return ten workers, so many of them *generalists*, for two streams of calls."""
    rest = (10 - generalists) // 2
    workers = {kind: count for kind, count in (("A", rest), ("B", rest), ("AB", generalists)) if count}
    both = {name: dict.fromkeys("AB", rate) for name, rate in POOLED.items()}
    return centre(Skills(workers, **both, room=0, by_age=True, longest_idle=True), span)


def step_down(before: Sample, after: Sample, name: str) -> tuple[float, float]:
    """Return by how much a measure is lower *after* than *before*, of the same tasks, with its standard error."""
    assert before.below[name].tolist() == after.below[name].tolist()
    change = before.above[name] - after.above[name]
    tasks: NDArray[np.float64] = before.below[name]
    lower = change.sum() / tasks.sum()
    return float(lower), float((change - lower * tasks).std(ddof=1) / np.sqrt(len(tasks)) / tasks.mean())


@pytest.mark.slow
def test_every_generalist_shortens_the_wait_from_two_small_queues_to_one_large(figure: Figure, ratio: Figure) -> None:
    rate = POOLED["arrivals"]
    span = Span.of(TASKS, 2 * rate, 40.0, 40.0)
    asked: dict[str, Measure] = {"mean wait": mean_wait(), "abandoning": abandoning, "waiting": waiting}
    curve = [observe(pooled(count, span), span, asked, servers=10, seed=36) for count in GENERALISTS]
    for sample, arrivals, servers in ((curve[0], rate, 5), (curve[-1], 2 * rate, 10)):
        known = ErlangA(arrival_rate=arrivals, handle_time=1, patience=2, servers=servers)
        exact = known.mean_wait, known.probability_of_abandoning, known.probability_of_waiting
        for name, value in zip(asked, exact, strict=True):
            figure(
                f"pooling, {servers} in a queue: {name}", *sample.ratio(name)[:1], float(value), sample.ratio(name)[1]
            )
    for place, count in enumerate(GENERALISTS[1:]):
        for name in ("mean wait", "abandoning"):
            lower, error = step_down(curve[place], curve[place + 1], name)
            measured = curve[place + 1].ratio(name).value
            ratio(
                f"pooling, {count} of 10 generalists: {name} {measured:.5f}, lower by", lower, f"{lower / error:.1f} se"
            )
            assert lower > 2 * error
