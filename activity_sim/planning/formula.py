"""Requirements by formula: Erlang A and Erlang C, interval by interval, as if each were in a steady state."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import InputError
from activity_sim.formulas import ErlangA, agents_required
from activity_sim.model.tasks import Target
from activity_sim.planning.demand import Demand
from activity_sim.units import SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CLOSE = 1e-9
"""A part of a server that is nothing but rounding."""


@attrs.frozen(eq=False)
class Required:
    """The *workers* that are required in each interval, and the *service_level* to be expected with them."""

    workers: Ints
    service_level: Floats


def by_erlang_a(demand: Demand, target: Target) -> Required:
    """Return the least numbers of workers that meet *target* where tasks abandon after their mean patience."""
    return _by_formula(demand, target, demand.mean_patience)


def by_erlang_c(demand: Demand, target: Target) -> Required:
    """Return the least numbers of workers that meet *target* where nobody abandons."""
    return _by_formula(demand, target, np.full(len(demand.offered), np.inf))


def places_of(demand: Demand) -> float:
    """Return how many tasks a worker of the pool can have in hand at once, on average over those who can take any."""
    places = demand.pool.places
    return float(places[places > 0].mean())


def servers_of(workers: Ints, places: float) -> Ints:
    """Return how many servers *workers* with so many *places* on average are: whole ones."""
    return np.asarray(np.floor(workers * places + CLOSE), dtype=np.int64)


def _by_formula(demand: Demand, target: Target, patience: Floats) -> Required:
    """Return the requirement; intervals in which the same comes are asked for once."""
    busy = demand.offered > 0
    cases = np.stack([demand.rate, np.maximum(demand.mean_work, 1 / SECOND), patience, _time_left(demand, target)])[
        :, busy
    ]
    each, row = np.unique(cases, axis=1, return_inverse=True)
    workers, level = (np.zeros(len(busy), dtype=np.int64), np.full(len(busy), np.nan))
    if busy.any():
        found = _required(each, target, places_of(demand))
        workers[busy], level[busy] = found.workers[row], found.service_level[row]
    return Required(workers, level)


def _required(cases: Floats, target: Target, places: float) -> Required:
    """Return the requirement of *cases*: rates, mean work, patience and the time within which to answer, in seconds."""
    rate, work, patience, time = cases
    level, definition = target.target, target.definition
    servers = agents_required(rate, work, patience=patience, service_level=level, within=time, definition=definition)
    workers = np.ceil(servers / places - CLOSE).astype(np.int64)
    queue = ErlangA(arrival_rate=rate, handle_time=work, patience=patience, servers=servers_of(workers, places))
    return Required(workers, queue.service_level(time, definition))


def _time_left(demand: Demand, target: Target) -> Floats:
    """Return within what time tasks have to be reserved to be answered in time, in seconds."""
    left = target.within.seconds - demand.mean_response
    if (late := left < -0.5 / SECOND).any():
        response = float(demand.mean_response[late].max())
        rule = f"must be longer than it takes to answer a reservation, {response:g} seconds on average"
        raise InputError(f"{rule}, not {target.within}", "within")
    return np.maximum(left, 0.0)
