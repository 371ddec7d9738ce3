"""Exact formulas against stored values, mpmath at 40 digits and more, slow sums over states, and laws."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import null_space

import activity_sim as sim
from activity_sim.formulas import (
    DEFINITIONS,
    ErlangA,
    ErlangC,
    FiniteRoom,
    agents_required,
    erlang_b,
    erlang_c,
    priority_waits,
    time_shares,
    visit_shares,
)
from activity_sim.model import tasks
from tests.oracles import ERLANG_A, MMC, NEXT, PRIORITY, STAY_MINUTES, STORED, Queue, pair

mpmath = pytest.importorskip("mpmath", reason="the formulas are held to mpmath's: pip install '.[test]'")
mpf = mpmath.mpf

Floats = NDArray[np.float64]
EXACT = 1e-10
VAST = 1e-8
"""How far Erlang A's service levels may be off with a hundred thousand servers."""

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
            vast = VAST if queue.servers >= 100_000 else EXACT
            assert_exact(queue.service_level(time, definition), level if level > smallest else 0, vast)


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


# --- laws ---

SERVERS = st.integers(1, 3_000)
RATIO = st.floats(0.01, 4.0)
LENGTH = st.floats(1e-3, 1e3)
ROUNDING = 1e-11


def impatient(servers: Any, load: float, patience: float) -> ErlangA:
    return ErlangA(arrival_rate=load, handle_time=1.0, patience=patience, servers=servers)


@given(SERVERS, RATIO)
def test_more_wait_than_would_be_turned_away(servers: int, ratio: float) -> None:
    load = servers * ratio
    assert 0 <= erlang_b(servers, load) <= erlang_c(servers, load) <= 1
    assert erlang_b(servers + 1, load) <= erlang_b(servers, load)
    assert erlang_c(servers + 1, load) <= erlang_c(servers, load)


@given(SERVERS, RATIO, LENGTH, LENGTH)
def test_more_servers_serve_better(servers: int, ratio: float, patience: float, time: float) -> None:
    queue = impatient([servers, servers + 1], servers * ratio, patience)
    falling = (queue.probability_of_waiting, queue.probability_of_abandoning, queue.mean_wait, queue.asa)
    for fewer, more in (*falling, queue.occupancy):
        assert more <= fewer * (1 + ROUNDING)
    for definition in DEFINITIONS:
        fewer, more = queue.service_level(time / 100, definition)
        assert 0 <= fewer <= more * (1 + ROUNDING) <= 1 + 2 * ROUNDING


@given(SERVERS, RATIO, LENGTH, LENGTH)
def test_the_definitions_are_in_order(servers: int, ratio: float, patience: float, time: float) -> None:
    queue = impatient(servers, servers * ratio, patience)
    of_offered, of_answered, excluding, either = (queue.service_level(time / 100, name) for name in DEFINITIONS)
    assert of_offered <= excluding * (1 + ROUNDING)
    assert excluding <= min(of_answered, either) * (1 + ROUNDING)


@given(SERVERS, st.floats(0.01, 0.99), LENGTH)
def test_endless_patience_is_erlang_c(servers: int, ratio: float, time: float) -> None:
    load = servers * ratio
    patient = ErlangC(arrival_rate=load, handle_time=1.0, servers=servers)
    for patience, close in ((np.inf, EXACT), (1e12, 1e-4)):
        queue = impatient(servers, load, patience)
        for name in ("probability_of_waiting", "mean_wait", "asa", "queue_length", "occupancy", "mean_wait_of_waiting"):
            assert getattr(queue, name) == pytest.approx(getattr(patient, name), rel=close, abs=1e-290)
        for definition in DEFINITIONS:
            assert queue.service_level(time, definition) == pytest.approx(patient.service_level(time), rel=close)


@given(SERVERS, RATIO)
def test_no_patience_is_erlang_b(servers: int, ratio: float) -> None:
    queue = impatient(servers, servers * ratio, 1e-14 / servers)
    assert queue.probability_of_abandoning == pytest.approx(erlang_b(servers, servers * ratio), rel=EXACT, abs=1e-290)


@given(SERVERS, RATIO, LENGTH, st.floats(0.0, 0.999))
def test_a_percentile_is_the_inverse_of_the_distribution(
    servers: int, ratio: float, patience: float, share: float
) -> None:
    for queue in (
        impatient(servers, servers * ratio, patience),
        ErlangC(arrival_rate=servers * min(ratio, 0.999), handle_time=1.0, servers=servers),
    ):
        time = queue.wait_percentile(share)
        reached = distribution(queue, time)
        assert reached == pytest.approx(max(share, distribution(queue, 0.0)), rel=1e-8, abs=1e-14)
        assert time == 0 or distribution(queue, time * 0.999) < share + 1e-14


def distribution(queue: ErlangA | ErlangC, time: float) -> Floats:
    if isinstance(queue, ErlangC):
        return queue.service_level(time)
    return queue.service_level(time, "served_or_abandoned_within")


@given(
    st.floats(0.1, 2_000),
    st.one_of(st.just(np.inf), st.floats(0.01, 100)),
    st.sampled_from(DEFINITIONS),
    st.fixed_dictionaries(
        {},
        optional={
            "service_level": st.floats(0.0, 0.999),
            "asa": st.floats(1e-3, 10),
            "abandonment": st.floats(1e-3, 1),
            "occupancy": st.floats(0.1, 1),
        },
    ).filter(bool),
)
def test_one_agent_less_than_required_misses_a_target(
    load: float, patience: float, definition: str, targets: dict[str, float]
) -> None:
    agents = agents_required(load, 1.0, patience=patience, within=0.1, definition=definition, **targets)
    assert meets(load, patience, int(agents), definition, targets)
    assert agents == 1 or not meets(load, patience, int(agents) - 1, definition, targets)


def meets(load: float, patience: float, agents: int, definition: str, targets: dict[str, float]) -> bool:
    queue = ErlangA(arrival_rate=load, handle_time=1.0, patience=patience, servers=agents)
    if patience == np.inf:
        figures = ErlangC(arrival_rate=load, handle_time=1.0, servers=agents)
        level = figures.service_level(0.1)
    else:
        figures, level = queue, queue.service_level(0.1, definition)  # type: ignore[assignment]
    reached = {"asa": figures.asa, "abandonment": figures.probability_of_abandoning, "occupancy": figures.occupancy}
    below = all(reached[name] <= most for name, most in targets.items() if name in reached)
    return bool(below and level >= targets.get("service_level", 0.0))


# --- shapes and errors ---


def test_all_broadcast_and_a_case_does_not_depend_on_the_others() -> None:
    servers, patience = np.arange(80, 121, 10)[:, None], np.array([0.01, 0.5, 2.0, np.inf])
    queue = impatient(servers, 100.0, patience)  # type: ignore[arg-type]
    levels = queue.service_level([[[0.1]], [[0.5]]])
    assert levels.shape == (2, 5, 4)
    assert queue.wait_percentile(0.5).shape == queue.asa.shape == (5, 4)
    for place in np.ndindex(levels.shape):
        alone = impatient(servers[place[1], 0], 100.0, patience[place[2]])
        assert alone.service_level((0.1, 0.5)[place[0]]) == pytest.approx(levels[place], rel=1e-13)
    needed = agents_required(100, [1.0, 2.0], service_level=[[0.5], [0.9]], within=0.1)
    assert needed.shape == (2, 2)
    assert needed[1, 0] == agents_required(100, 1.0, service_level=0.9, within=0.1)


def test_nobody_who_calls_needs_nobody_and_waits_for_nothing() -> None:
    assert agents_required([0, 1], 1, asa=1).tolist() == [0, 2]
    assert impatient(1, 0.0, 1.0).service_level(0.0, "answered_of_answered") == 1
    assert impatient(1, 0.0, 1.0).probability_of_waiting == erlang_b(1, 0) == 0


def test_an_overload_without_abandonment_waits_endlessly() -> None:
    for queue in (impatient(3, 3.0, np.inf), ErlangC(arrival_rate=3, handle_time=1, servers=3)):
        assert (queue.probability_of_waiting, queue.mean_wait, queue.asa, queue.occupancy) == (1, np.inf, np.inf, 1)
        assert distribution(queue, 10.0) == 0
    assert priority_waits(3, [1, 2, 1], handle_time=1)[1:].tolist() == [np.inf, np.inf]


def test_the_definitions_are_those_of_a_target() -> None:
    assert tuple(DEFINITIONS) == tuple(tasks.DEFINITIONS)
    assert sim.formulas.erlang_b is erlang_b


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: erlang_b(-1, 1), r"^servers: must be a whole number from 0 on, not -1$"),
        (lambda: erlang_b(2.5, 1), r"^servers: must be a whole number from 0 on, not 2.5$"),
        (lambda: erlang_b(1, [1, np.nan]), r"^load: must be at least 0 and finite, not nan$"),
        (lambda: erlang_b(1, "many"), r"^load: must be a number or an array of numbers, not 'many'$"),
        (lambda: erlang_b([1, 2], [1, 2, 3]), r"^shapes must broadcast together, not servers \(2,\) and load \(3,\)$"),
        (lambda: impatient(0, 1, 1), r"^servers: must be a whole number from 1 on, not 0$"),
        (lambda: impatient(1, -1, 1), r"^arrival_rate: must be at least 0 and finite, not -1$"),
        (lambda: impatient(1, 1, 0), r"^patience: must be more than 0, not 0$"),
        (lambda: impatient(1, 1, 1).service_level(-1), r"^within: must be at least 0 and finite, not -1$"),
        (lambda: impatient(1, 1, 1).service_level(1, "answered_of_offerred"), r"^definition: .*answered_of_offered"),
        (lambda: impatient(1, 1, 1).wait_percentile(1), r"^share: must be at least 0 and less than 1, not 1$"),
        (lambda: ErlangC(arrival_rate=1, handle_time=0, servers=1), r"^handle_time: must be more than 0 and finite"),
        (lambda: agents_required(1, 1), r"^needs a target, at least one of service_level, asa, "),
        (lambda: agents_required(1, 1, service_level=1), r"^service_level: must be at least 0 and less than 1, not 1$"),
        (lambda: time_shares([[0, 1], [1, 0.5]], [1, 1]), r"^transitions: must have rows that add up to 1, not to 1.5"),
        (lambda: time_shares([[1, 0], [0, 1]], [1, 1]), r"^transitions: must lead from every state to every other"),
        (lambda: time_shares([[0, 1]], [1, 1]), r"^transitions: must have as many rows as columns"),
        (lambda: time_shares([[0, 1], [1, 0]], [1, 0]), r"^mean_stays: must be more than 0 and finite, not 0$"),
    ],
)
def test_what_must_hold_is_said(call: Callable[[], object], message: str) -> None:
    with pytest.raises(sim.InputError, match=message):
        call()
