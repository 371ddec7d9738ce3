"""Queues in which some callers go before others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from activity_sim.formulas import checks
from activity_sim.formulas.checks import Floats
from activity_sim.formulas.erlang import erlang_c


def priority_waits(servers: ArrayLike, arrival_rates: ArrayLike, *, handle_time: ArrayLike) -> Floats:
    """Return the mean wait of each class in M/M/c where classes have priorities and nobody is interrupted.

    *arrival_rates* are a second, along the last axis the first class first; *handle_time* is the mean of all classes in
    seconds (or both in any other unit, which waits then have too), *servers* whole numbers from 1 on. The latter two
    are numbers or arrays that broadcast with the further axes. Returns an array of the shape of the rates so
    broadcast; waits are infinite from the class on with which the load is no less than the servers. Raises an
    :exc:`InputError` for others. Source: Cobham (1954), "Priority assignment in waiting line problems"; Kella and
    Yechiali (1985), "Waiting times in the non-preemptive priority M/M/c queue".

    >>> print(priority_waits(8, [2, 4], handle_time=1).round(6))
    [0.059497 0.237987]
    """
    rates = np.atleast_1d(checks.called("arrival_rates", checks.amount, arrival_rates))
    number = checks.called("servers", checks.servers, servers)[..., None]
    time = checks.called("handle_time", checks.positive, handle_time)[..., None]
    rates, number, time = checks.broadcast(arrival_rates=rates, servers=number, handle_time=time)
    free = np.maximum(1 - np.cumsum(rates, axis=-1) * time / number, 0.0)
    before = np.concatenate([np.ones_like(free[..., :1]), free[..., :-1]], axis=-1)
    waiting = erlang_c(number, np.sum(rates, axis=-1, keepdims=True) * time)
    return _quotient(waiting * time / number, before * free)


def _quotient(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(above / below)
