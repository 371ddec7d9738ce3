"""Simulated figures against exact ones: queues with known formulas, and chains of activities."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import activity_sim as sim
from tests.conftest import PROVE
from tests.oracles import (
    ERLANG_A,
    MMC,
    NEXT,
    PRIORITY,
    STATES,
    STAY_MINUTES,
    STORED,
    Queue,
    chain_shares,
    erlang_a,
    erlang_b,
    erlang_c,
    memory,
    mmc,
    pair,
    priority,
    two_state,
)
from tests.queueing import (
    MINUTE,
    Estimate,
    Measure,
    Span,
    abandoning,
    busy,
    exponential,
    mean_wait,
    number_handled,
    number_waiting,
    observe,
    scenario,
    service_level,
    waiting,
)

Figure = Callable[..., None]
ONE_PERCENT = 0.01
FULL = 2_000_000
"""So many tasks count in each full proof."""

LOSS = {"1,1": 150_000, "2,1": 350_000, "10,10": 550_000}
DELAY = {"2,1": 320_000, "3,2": 320_000}
"""So many tasks count by default where a mistake of one per cent is to be caught; elsewhere a tenth of the full."""

QUICK = ("1,1", "14,10")
LARGE = ("50,48", "1000,1000", "1050,1000")
"""Queues that take too long to forget how they started for anything but the full proofs."""

CALLS = ("pyworkforce_c14", "lecuyer", "gmr_50", "five_workers")
DEFINITIONS = {
    "answered_of_offered": "SL_served_in_t_over_all",
    "answered_of_answered": "SL_over_served",
    "excluding_short_abandons": "SL_excl_shortab",
    "served_or_abandoned_within": "SL_P_wait_le_t",
}


def cases(names: Iterable[str]) -> list[Any]:
    """Return *names* as parameters, all but a few marked as slow, the large ones in full proofs only."""
    kept = [name for name in names if PROVE or name not in LARGE]
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in kept]


def seed_of(servers: int, load: float) -> int:
    """Return a seed of its own for each queue."""
    return 100 * servers + int(load)


def assert_sharp(estimate: Estimate, exact: float) -> None:
    """Check that a mistake of one per cent would be caught."""
    assert 4 * estimate.standard_error < ONE_PERCENT * exact


# --- the exact figures themselves ---


@pytest.mark.parametrize("case", STORED["erlang_b"])
def test_the_recursion_gives_the_stored_erlang_b(case: str) -> None:
    assert erlang_b(*pair(case)) == pytest.approx(STORED["erlang_b"][case], rel=1e-9)


@pytest.mark.parametrize("case", STORED["erlang_c"])
def test_the_formula_gives_the_stored_erlang_c(case: str) -> None:
    assert erlang_c(*pair(case)) == pytest.approx(STORED["erlang_c"][case], rel=1e-9)


def test_the_formulas_give_the_stored_queue_without_abandonment() -> None:
    assert mmc(MMC) == pytest.approx(STORED["mmc_c14"], rel=1e-9)


@pytest.mark.parametrize("case", ERLANG_A)
def test_the_chain_gives_the_stored_erlang_a(case: str) -> None:
    stored, exact = STORED["erlang_a"][case], erlang_a(ERLANG_A[case])
    assert {name: exact[name] for name in stored} == pytest.approx(stored, rel=1e-9)


def test_the_formulas_give_the_stored_priorities_and_chains() -> None:
    visits, time = chain_shares()
    assert priority(PRIORITY, 1.0, 8) == pytest.approx(STORED["priority"], rel=1e-9)
    assert visits == pytest.approx(STORED["semi_markov"]["embedded"], rel=1e-9)
    assert time == pytest.approx(STORED["semi_markov"]["time_share"], rel=1e-9)
    assert two_state(20, 5, 60) == pytest.approx(STORED["two_state"], rel=1e-9)


# --- queues ---


@pytest.mark.parametrize("case", cases(STORED["erlang_b"]))
def test_callers_without_patience_are_blocked_as_erlang_b_says(case: str, figure: Figure, prove: bool) -> None:
    servers, load = pair(case)
    warm_up = 12 * memory(Queue(load, 1.0, servers), waits=False)
    span = Span.of(FULL if prove else LOSS.get(case, FULL // 10), load, warm_up, 0.0)
    calls = sim.Tasks("call", arrivals=sim.Poisson(60 * load), handle_time=exponential(1), patience="0s")
    given = scenario(span, [calls], count=servers)
    sample = observe(given, span, {"blocked": abandoning}, servers=servers, seed=seed_of(servers, load))
    blocked, exact = sample.ratio("blocked"), STORED["erlang_b"][case]
    figure(f"Erlang B {case}: blocked", blocked.value, exact, blocked.standard_error)
    if case in LOSS:
        assert_sharp(blocked, exact)


@pytest.mark.parametrize("case", cases(STORED["erlang_c"]))
def test_callers_wait_as_erlang_c_says(case: str, figure: Figure, prove: bool) -> None:
    servers, load = pair(case)
    warm_up = 12 * memory(Queue(load, 1.0, servers))
    span = Span.of(FULL if prove else DELAY.get(case, FULL // 10), load, warm_up, 0.0)
    calls = sim.Tasks("call", arrivals=sim.Poisson(60 * load), handle_time=exponential(1))
    given = scenario(span, [calls], count=servers)
    sample = observe(given, span, {"wait": waiting}, servers=servers, seed=seed_of(servers, load) + 50)
    if case in LARGE:  # waiting bends with the load, and the line that the controls fit to it would be too low
        sample = dataclasses.replace(sample, controls=sample.controls[:, :0])
    wait, exact = sample.ratio("wait"), STORED["erlang_c"][case]
    figure(f"Erlang C {case}: waiting", wait.value, exact, wait.standard_error)
    if case in DELAY:
        assert_sharp(wait, exact)


@pytest.mark.slow
def test_a_queue_without_abandonment_meets_all_its_formulas(figure: Figure, prove: bool) -> None:
    measures = {
        "PW": waiting,
        "ASA": mean_wait("accepted"),
        "SL": service_level(MMC.within, "answered_of_offered"),
        "rho": busy,
    }
    span = Span.of(FULL if prove else FULL // 10, MMC.arrivals, 12 * memory(MMC), 15.0)
    calls = sim.Tasks("call", arrivals=sim.Poisson(60 * MMC.arrivals), handle_time=exponential(1 / MMC.service))
    given = scenario(span, [calls], count=MMC.servers)
    measures["Lq"] = number_waiting(span)
    sample = observe(given, span, measures, servers=MMC.servers, seed=13)
    for name in measures:
        value, error = sample.ratio(name)
        figure(f"100 calls in 30 min, 14 workers: {name}", value, STORED["mmc_c14"][name], error)


@pytest.mark.parametrize("case", cases(CALLS))
def test_impatient_callers_fare_as_erlang_a_says(case: str, figure: Figure, prove: bool) -> None:
    queue, exact = ERLANG_A[case], erlang_a(ERLANG_A[case])
    span = Span.of(tasks_of(case, prove), queue.arrivals, 12 * memory(queue), 5 / queue.abandonment)
    measures = erlang_a_measures(queue, span)
    given = scenario(span, [impatient(queue)], count=queue.servers)
    sample = observe(given, span, measures, servers=queue.servers, seed=14)
    for name in measures:
        value, error = sample.ratio(name)
        figure(f"Erlang A {case}: {name}", value, exact[name], error)
    if case == "five_workers":
        assert_sharp(sample.ratio("PW"), exact["PW"])


def tasks_of(case: str, prove: bool) -> int:
    """Return how many tasks count."""
    return FULL if prove else 450_000 if case == "five_workers" else FULL // 10


def impatient(queue: Queue) -> sim.Tasks:
    """Return the tasks of a queue with abandonment."""
    return sim.Tasks(
        "call",
        arrivals=sim.Poisson(60 * queue.arrivals),
        handle_time=exponential(1 / queue.service),
        patience=exponential(1 / queue.abandonment),
    )


def erlang_a_measures(queue: Queue, span: Span) -> dict[str, Measure]:
    """Return the measures of a queue with abandonment by the names of their exact values."""
    levels = {name: service_level(queue.within, definition) for definition, name in DEFINITIONS.items()}
    return {
        "PW": waiting,
        "PAb": abandoning,
        "W_all": mean_wait(),
        "ASA_served": mean_wait("accepted"),
        "occ": busy,
        "Lq": number_waiting(span),
        **levels,
    }


@pytest.mark.slow
def test_two_workers_with_room_for_three_chats_are_six_servers(figure: Figure, prove: bool) -> None:
    queue, stored = ERLANG_A["chat"], STORED["erlang_a"]["chat"]
    span = Span.of(FULL if prove else FULL // 10, queue.arrivals, 12 * memory(queue), 5 / queue.abandonment)
    measures = {
        "PW": waiting,
        "PAb": abandoning,
        "Lq": number_waiting(span),
        "mean_chats": number_handled(span),
    }
    given = scenario(span, [impatient(queue)], count=2, channels={"default": 3})
    sample = observe(given, span, measures, servers=queue.servers, seed=15)
    for name in measures:
        value, error = sample.ratio(name)
        figure(f"chats: {name}", value, stored[name], error)


@pytest.mark.slow
def test_two_priorities_wait_as_cobham_says(figure: Figure, prove: bool) -> None:
    servers, rate = 8, sum(PRIORITY)
    span = Span.of(FULL if prove else FULL // 10, rate, 12 * memory(Queue(rate, 1.0, servers)), 30.0)
    types = [
        sim.Tasks(name, arrivals=sim.Poisson(60 * arrivals), handle_time=exponential(1), priority=order)
        for name, arrivals, order in (("first", PRIORITY[0], 1), ("second", PRIORITY[1], 0))
    ]
    measures = {"PW": waiting, "W1": mean_wait(task_type=0), "W2": mean_wait(task_type=1), "W_fifo": mean_wait()}
    sample = observe(scenario(span, types, count=servers), span, measures, servers=servers, seed=16)
    for name in measures:
        value, error = sample.ratio(name)
        figure(f"two priorities: {name}", value, STORED["priority"][name], error)


# --- chains of activities: every worker is an observation of its own ---


def minutes_by_worker(given: sim.Scenario, seed: int) -> NDArray[np.float64]:
    """Return the observed minutes of each worker (row) in each activity (column)."""
    log = sim.simulate(given, seed=seed)
    total = sim.reports.time_by_worker.reduce(log)["total"]
    return total.reshape(len(log.legend.workers), len(log.legend.activities)) / MINUTE


def mean_over_workers(minutes: NDArray[np.float64]) -> Estimate:
    """Return the mean over workers, who are independent, with its standard error."""
    return Estimate(float(minutes.mean()), float(minutes.std(ddof=1) / np.sqrt(len(minutes))))


@pytest.mark.slow
def test_a_semi_markov_routine_spends_its_time_as_its_mean_stays_say(figure: Figure, prove: bool) -> None:
    offline, available, busy_, break_, training = (f"{minutes:g} min" for minutes in STAY_MINUTES)
    laws = (
        sim.Gamma(offline, 0.6),
        sim.Exponential(available),
        sim.LogNormal(busy_, 0.8),
        sim.Constant(break_),
        sim.Weibull(training, 1.5),
    )
    routine = sim.Routine(
        "Available",
        stay=dict(zip(STATES, laws, strict=True)),
        next={
            state: {to: p for to, p in zip(STATES, row, strict=True) if p}
            for state, row in zip(STATES, NEXT, strict=True)
        },
    )
    given = sim.Scenario(
        horizon="40 days",
        warm_up="10 days",
        workspace={"activities": [{"friendly_name": name, "available": name == "Available"} for name in STATES]},
        workers=[sim.Workers("Tier", count=2_000 if prove else 200, routine=routine)],
    )
    minutes = minutes_by_worker(given, seed=17)
    assert minutes.sum(axis=1) == pytest.approx(30 * 24 * 60)
    for column, state in enumerate(STATES):
        value, error = mean_over_workers(minutes[:, column] / (30 * 24 * 60))
        figure(f"semi-Markov: share of {state}", value, STORED["semi_markov"]["time_share"][column], error)


def test_a_worker_who_starts_available_is_so_for_longer_at_first(figure: Figure, prove: bool) -> None:
    routine = sim.Routine(
        "Available",
        stay={"Available": exponential(20), "Unavailable": exponential(5)},
        next={"Available": {"Unavailable": 1.0}, "Unavailable": {"Available": 1.0}},
    )
    given = sim.Scenario(
        horizon="60min", workers=[sim.Workers("Tier", count=50_000 if prove else 5_000, routine=routine)]
    )
    available = given.workspace.code("Available", "")
    value, error = mean_over_workers(minutes_by_worker(given, seed=18)[:, available])
    figure("started available: minutes of 60", value, STORED["two_state"]["available_minutes_of_60"], error)
    assert error < 0.15 * (value - 60 * STORED["two_state"]["available_in_the_long_run"])
