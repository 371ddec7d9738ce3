"""Exact formulas against stored values, mpmath at 40 digits and more, and slow sums over states."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import null_space

from activity_sim.formulas import (
    DEFINITIONS,
    ErlangA,
    ErlangC,
    FiniteRoom,
    erlang_b,
    erlang_c,
    priority_waits,
    time_shares,
    visit_shares,
)
from tests.oracles import ERLANG_A, MMC, NEXT, PRIORITY, STAY_MINUTES, STORED, Queue, pair

mpmath = pytest.importorskip("mpmath", reason="the formulas are held to mpmath's: pip install '.[test]'")
mpf = mpmath.mpf

Floats = NDArray[np.float64]
EXACT = 1e-10
SMALLEST = 1e-300
STORED_LEVELS = {
    "answered_of_offered": "SL_served_in_t_over_all",
    "answered_of_answered": "SL_over_served",
    "excluding_short_abandons": "SL_excl_shortab",
    "served_or_abandoned_within": "SL_P_wait_le_t",
}
RATIOS = (0.01, 0.3, 0.7, 0.9, 0.99, 1.0, 1.01, 1.1, 1.5, 3.0, 20.0)


def assert_exact(value: float, exact: Any, within: float = EXACT) -> None:
    if exact > SMALLEST:
        assert abs(mpf(float(value)) / exact - 1) <= within, f"{value} is not {mpmath.nstr(exact, 20)}"


# --- what mpmath says ---


def exact_erlang_b(servers: int, load: float) -> Any:
    """Return the blocking probability by the recursion over the servers, of which all terms are positive."""
    offered, blocked = mpf(load), mpf(1)
    for number in range(1, servers + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return blocked


def exact_erlang_c(servers: int, load: float) -> Any:
    blocked = exact_erlang_b(servers, load)
    return servers * blocked / (servers - mpf(load) * (1 - blocked))


class ExactErlangA:
    """Erlang A by Kummer's function, in so many *digits*: differences lose those that a small value needs."""

    def __init__(self, queue: ErlangA) -> None:
        self.arrivals, self.service = mpf(float(queue.arrival_rate)), 1 / mpf(float(queue.handle_time))
        self.leaving, servers = 1 / mpf(float(queue.patience)), int(queue.servers)
        self.capacity = servers * self.service
        self.none = 1 / exact_erlang_b(servers - 1, float(queue.arrival_rate) * float(queue.handle_time))
        self.all = self.none + self.arrivals * self.tail(0, 0)

    @cache  # noqa: B019 - a value lives as long as its test
    def tail(self, thinned: int, time: float) -> Any:
        """Return the integral of the density of the virtual wait from *time* on."""
        rate = self.capacity / self.leaving + thinned
        offered, left = self.arrivals / self.leaving, mpmath.exp(-self.leaving * time)
        series = mpmath.hyp1f1(1, rate + 1, offered * left, maxterms=10**7)
        return left**rate * mpmath.exp(offered * (1 - left)) * series / (rate * self.leaving)

    @property
    def served(self) -> Any:
        return (self.none + self.arrivals * self.tail(1, 0)) / self.all

    def levels(self, time: float) -> dict[str, Any]:
        in_time = (self.none + self.arrivals * (self.tail(1, 0) - self.tail(1, time))) / self.all
        waiting = mpmath.exp(-self.leaving * time) * self.arrivals * self.tail(0, time) / self.all
        shares = (in_time, in_time / self.served, in_time / (in_time + waiting), 1 - waiting)
        return dict(zip(DEFINITIONS, shares, strict=True))

    def measures(self) -> dict[str, Any]:
        abandoning = (1 + (self.arrivals - self.capacity) * self.tail(0, 0)) / self.all
        return {
            "probability_of_waiting": self.arrivals * self.tail(0, 0) / self.all,
            "probability_of_abandoning": abandoning,
            "mean_wait": abandoning / self.leaving,
            "mean_wait_of_waiting": abandoning / self.leaving / (self.arrivals * self.tail(0, 0) / self.all),
            "queue_length": abandoning / self.leaving * self.arrivals,
            "occupancy": self.served * self.arrivals / self.capacity,
        }


@pytest.mark.parametrize("servers", [0, 1, 2, 5, 15, 16, 40, 1_000, 10_000])
def test_erlang_b_and_c_are_exact(servers: int) -> None:
    with mpmath.workdps(40):
        for load in [max(servers, 1) * ratio for ratio in RATIOS]:
            assert_exact(erlang_b(servers, load), exact_erlang_b(servers, load))
            if load < servers:
                assert_exact(erlang_c(servers, load), exact_erlang_c(servers, load))


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [0.98, 0.999, 1.0, 1.001, 1.05])
def test_erlang_b_and_c_are_exact_with_a_hundred_thousand_servers(ratio: float) -> None:
    with mpmath.workdps(40):
        assert_exact(erlang_b(100_000, 100_000 * ratio), exact_erlang_b(100_000, 100_000 * ratio))
        if ratio < 1:
            assert_exact(erlang_c(100_000, 100_000 * ratio), exact_erlang_c(100_000, 100_000 * ratio))


@pytest.mark.parametrize("patience", [0.001, 0.1, 1.0, 20.0])
@pytest.mark.parametrize("servers", [1, 3, 14, 120])
def test_erlang_a_is_exact(servers: int, patience: float) -> None:
    with mpmath.workdps(40 + 320):  # so that what remains of a difference of 1e-300 has 40 digits
        for ratio in (0.01, 0.7, 0.95, 1.0, 1.05, 1.5, 5.0):
            check_erlang_a(ErlangA(arrival_rate=servers * ratio, handle_time=1, patience=patience, servers=servers))


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [0.98, 0.999, 1.0, 1.001, 1.02])
@pytest.mark.parametrize("patience", [0.001, 0.5, 10.0])
def test_erlang_a_is_exact_with_a_hundred_thousand_servers(ratio: float, patience: float) -> None:
    with mpmath.workdps(80):
        queue = ErlangA(arrival_rate=100_000 * ratio, handle_time=1, patience=patience, servers=100_000)
        check_erlang_a(queue, smallest=1e-40)


def check_erlang_a(queue: ErlangA, *, smallest: float = SMALLEST) -> None:
    exact = ExactErlangA(queue)
    for name, value in exact.measures().items():
        assert_exact(getattr(queue, name), value if value > smallest else 0)
    for time in (0.0, 0.001, 0.02, 0.3, 4.0):
        for definition, level in exact.levels(time).items():
            assert_exact(queue.service_level(time, definition), level if level > smallest else 0)


@pytest.mark.parametrize("ratio", [0.5, 0.95, 1.0, 1.2, 3.0])
@pytest.mark.parametrize("patience", [0.05, 1.0, 50.0])
def test_the_mean_wait_of_the_answered_is_exact(ratio: float, patience: float) -> None:
    queue = ErlangA(arrival_rate=20 * ratio, handle_time=1, patience=patience, servers=20)
    arrivals, leaving = mpf(20 * ratio), 1 / mpf(patience)
    with mpmath.workdps(40):
        exact = ExactErlangA(queue)
        state, answered, steps = exact.arrivals / (20 * exact.none), mpf(0), mpf(0)
        for ahead in range(8_000):  # those ahead are served or leave one by one
            rate = 20 + (ahead + 1) * leaving
            steps += 1 / rate
            answered += state * 20 / rate * steps
            state *= arrivals / rate
        total = exact.all / exact.none
        assert_exact(queue.asa, answered / total / exact.served)


# --- what is stored ---


def test_erlang_b_and_c_are_as_stored() -> None:
    for formula, name in ((erlang_b, "erlang_b"), (erlang_c, "erlang_c")):
        servers, loads = zip(*(pair(case) for case in STORED[name]), strict=True)
        assert formula(servers, loads) == pytest.approx(list(STORED[name].values()), rel=EXACT)


def test_a_queue_without_abandonment_is_as_stored() -> None:
    queue = ErlangC(arrival_rate=MMC.arrivals, handle_time=1 / MMC.service, servers=MMC.servers)
    found = {
        "a": queue.load,
        "rho": queue.occupancy,
        "PW": queue.probability_of_waiting,
        "ASA": queue.asa,
        "Lq": queue.queue_length,
        "SL": queue.service_level(MMC.within / 60),
        "B": erlang_b(MMC.servers, MMC.load),
    }
    assert found == pytest.approx(STORED["mmc_c14"], rel=EXACT)


@pytest.mark.parametrize("case", ERLANG_A)
def test_erlang_a_is_as_stored(case: str) -> None:
    stored, figures = STORED["erlang_a"][case], erlang_a_figures(ERLANG_A[case])
    for name, value in stored.items():
        if name != "ab_within_t":
            assert figures[name] == pytest.approx(value, rel=EXACT)


def erlang_a_figures(given: Queue) -> dict[str, Any]:
    rates = {"arrival_rate": given.arrivals, "handle_time": 1 / given.service, "patience": 1 / given.abandonment}
    queue = ErlangA(**rates, servers=given.servers)  # type: ignore[arg-type]
    levels = {name: queue.service_level(given.within / 60, definition) for definition, name in STORED_LEVELS.items()}
    return {
        "PW": queue.probability_of_waiting,
        "PAb": queue.probability_of_abandoning,
        "occ": queue.occupancy,
        "Lq": queue.queue_length,
        "W_all": queue.mean_wait,
        "ASA_served": queue.asa,
        "mean_chats": queue.occupancy * given.servers,
        **levels,
    }


def test_priorities_and_chains_are_as_stored() -> None:
    stored = STORED["priority"]
    assert priority_waits(8, PRIORITY, handle_time=1) == pytest.approx([stored["W1"], stored["W2"]], rel=EXACT)
    assert priority_waits(8, [sum(PRIORITY)], handle_time=1) == pytest.approx([stored["W_fifo"]], rel=EXACT)
    assert visit_shares(NEXT) == pytest.approx(STORED["semi_markov"]["embedded"], rel=EXACT)
    assert time_shares(NEXT, STAY_MINUTES) == pytest.approx(STORED["semi_markov"]["time_share"], rel=EXACT)


# --- sums over states ---


def finite_states(queue: FiniteRoom) -> Floats:
    """Return the probabilities of so many in the system, from the balance of births and deaths."""
    servers, places = int(queue.servers), int(queue.waiting_places)
    number = np.arange(1, servers + places + 1)
    deaths = np.minimum(number, servers) / queue.handle_time + np.maximum(number - servers, 0) / queue.patience
    logs = np.concatenate([[0.0], np.cumsum(np.log(queue.arrival_rate / deaths))])
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


@pytest.mark.parametrize("patience", [0.1, 3.0, np.inf])
@pytest.mark.parametrize("places", [0, 1, 7, 150])
@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (3, 3.0), (20, 17.0), (20, 60.0)])
def test_a_finite_room_is_as_its_states_say(servers: int, load: float, places: int, patience: float) -> None:
    queue = FiniteRoom(arrival_rate=load, handle_time=1, servers=servers, waiting_places=places, patience=patience)
    chances = finite_states(queue)
    line, admitted = chances[servers:], 1 - chances[-1]
    waiting = float((line * np.arange(places + 1)).sum())
    assert queue.probability_of_blocking == pytest.approx(chances[-1], rel=EXACT)
    assert queue.probability_of_waiting == pytest.approx(line[:-1].sum() / admitted, rel=EXACT)
    assert queue.queue_length == pytest.approx(waiting, rel=EXACT)
    assert queue.mean_wait == pytest.approx(waiting / load / admitted, rel=EXACT)
    assert queue.probability_of_abandoning == pytest.approx(waiting / patience / load, rel=EXACT)
    busy = float((np.minimum(np.arange(len(chances)), servers) * chances).sum())
    assert queue.occupancy == pytest.approx(busy / servers, rel=EXACT)


def test_a_room_without_end_is_erlang_c_and_erlang_a() -> None:
    servers, load = [2, 14, 100], [1.9, 10.0, 99.0]
    for patience in (np.inf, 3.0):
        room = FiniteRoom(arrival_rate=load, handle_time=1, servers=servers, waiting_places=30_000, patience=patience)
        queue = ErlangA(arrival_rate=load, handle_time=1, servers=servers, patience=patience)
        assert room.probability_of_waiting == pytest.approx(queue.probability_of_waiting, rel=EXACT)
        assert room.mean_wait == pytest.approx(queue.mean_wait, rel=EXACT)


@given(st.integers(2, 7), st.integers(0, 2**32 - 1))
def test_a_chain_visits_its_states_as_the_null_space_of_its_balance_says(states: int, seed: int) -> None:
    drawn = np.random.default_rng(seed).dirichlet(np.ones(states), size=(3, states))
    for chain, visits in zip(drawn, visit_shares(drawn), strict=True):
        balance = null_space(chain.T - np.eye(states))[:, 0]
        assert visits == pytest.approx(balance / balance.sum(), rel=1e-6)
