"""Laws that the exact formulas obey, the shapes that they take and give, and what they say to what they do not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import activity_sim as sim
from activity_sim.formulas import (
    DEFINITIONS,
    ErlangA,
    ErlangC,
    agents_required,
    erlang_b,
    erlang_c,
    priority_waits,
    time_shares,
)
from activity_sim.model import tasks

Floats = NDArray[np.float64]
EXACT = 1e-10
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


@pytest.mark.slow
@given(SERVERS, RATIO, LENGTH, LENGTH)
def test_more_servers_serve_better(servers: int, ratio: float, patience: float, time: float) -> None:
    queue = impatient([servers, servers + 1], servers * ratio, patience)
    falling = (queue.probability_of_waiting, queue.probability_of_abandoning, queue.mean_wait, queue.asa)
    for fewer, more in (*falling, queue.occupancy):
        assert more <= fewer * (1 + ROUNDING)
    for definition in DEFINITIONS:
        fewer, more = queue.service_level(time / 100, definition)
        assert 0 <= fewer <= more * (1 + ROUNDING) <= 1 + 2 * ROUNDING


@pytest.mark.slow
@given(SERVERS, RATIO, LENGTH, LENGTH)
def test_the_definitions_are_in_order(servers: int, ratio: float, patience: float, time: float) -> None:
    queue = impatient(servers, servers * ratio, patience)
    of_offered, of_answered, excluding, either = (queue.service_level(time / 100, name) for name in DEFINITIONS)
    assert of_offered <= excluding * (1 + ROUNDING)
    assert excluding <= min(of_answered, either) * (1 + ROUNDING)


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
