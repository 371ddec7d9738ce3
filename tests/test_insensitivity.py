"""Where nobody waits, the share that is blocked depends on the mean handle time alone, not on its law."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import activity_sim as sim
from activity_sim.model.distributions import Distribution
from tests.oracles import erlang_b
from tests.queueing import Span, abandoning, busy, observe, scenario

SERVERS, LOAD = 5, 4.0
LAWS = {
    "exponential": sim.Exponential("1min"),
    "deterministic": sim.Constant("1min"),
    "lognormal": sim.LogNormal("1min", 1.5),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_the_blocked_share_is_erlang_b_whatever_the_law_of_handle_times(
    name: str, figure: Callable[..., None], prove: bool
) -> None:
    law: Distribution = LAWS[name]
    span = Span.of(2_000_000 if prove else 200_000, LOAD, 60.0, 0.0)
    calls = sim.Tasks("call", arrivals=sim.Poisson(60 * LOAD), handle_time=law, patience="0s")
    given = scenario(span, [calls], count=SERVERS)
    sample = observe(given, span, {"blocked": abandoning, "busy": busy}, servers=SERVERS, seed=21)
    blocked, exact = sample.ratio("blocked"), erlang_b(SERVERS, LOAD)
    figure(f"{name} handle times: blocked", blocked.value, exact, blocked.standard_error)
    at_work = sample.ratio("busy")
    figure(f"{name} handle times: busy", at_work.value, LOAD * (1 - exact) / SERVERS, at_work.standard_error)
    assert 4 * blocked.standard_error < 0.03 * exact
