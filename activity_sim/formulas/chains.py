"""Chains of states, such as the activities of a worker."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from activity_sim.errors import InputError
from activity_sim.formulas import checks
from activity_sim.formulas.checks import Floats

ROUNDING = 1e-9
"""The probabilities of what comes next may miss 1 by this much."""


def time_shares(transitions: ArrayLike, mean_stays: ArrayLike) -> Floats:
    """Return the shares of time that a semi-Markov process spends in its states in the long run.

    *transitions* has in its last two axes, from state (row) to state (column), the probabilities of what comes next;
    *mean_stays* in its last axis the mean stay in each state, in one unit: further axes broadcast. The law of the stays
    does not matter. Raises an :exc:`InputError` where the rows do not add up to 1, or where a state cannot be reached
    from every other. Source: Ross (1996), *Stochastic Processes*, theorem 4.8.3; the chain is solved without
    subtraction after Grassmann, Taksar and Heyman (1985).

    >>> print(time_shares([[0, 1], [1, 0]], [20, 5]))
    [0.8 0.2]
    """
    moves = checks.called("transitions", _probabilities, transitions)
    stays = checks.called("mean_stays", checks.positive, mean_stays)
    checks.broadcast(transitions=moves[..., 0], mean_stays=stays)
    time = visit_shares(moves) * stays
    return np.asarray(time / time.sum(axis=-1, keepdims=True))


def visit_shares(transitions: ArrayLike) -> Floats:
    """Return the shares of visits to the states of a chain in the long run: its stationary distribution.

    *transitions* and errors are as in :func:`time_shares`. Source: Grassmann, Taksar and Heyman (1985), "Regenerative
    analysis and steady state distributions for Markov chains".

    >>> print(visit_shares([[0.5, 0.5], [0.25, 0.75]]).round(6))
    [0.333333 0.666667]
    """
    chain = checks.called("transitions", _probabilities, transitions)
    states = chain.shape[-1]
    for last in range(states - 1, 0, -1):
        leaving = chain[..., last, :last].sum(axis=-1)
        _check_reach(leaving)
        chain[..., :last, last] /= leaving[..., None]
        chain[..., :last, :last] += chain[..., :last, last, None] * chain[..., last, None, :last]
    visits = np.ones(chain.shape[:-1])
    for state in range(1, states):
        visits[..., state] = (visits[..., :state] * chain[..., :state, state]).sum(axis=-1)
    _check_reach(visits)
    return np.asarray(visits / visits.sum(axis=-1, keepdims=True))


def _check_reach(amounts: Floats) -> None:
    if not np.all(amounts > 0):
        raise InputError("must lead from every state to every other, not only to some").inside("transitions")


def _probabilities(value: ArrayLike) -> Floats:
    given = checks.amount(value)
    if given.ndim < 2 or given.shape[-1] != given.shape[-2] or not given.size:
        raise InputError(f"must have as many rows as columns, not the shape {given.shape}")
    sums = given.sum(axis=-1)
    wrong = np.abs(sums - 1) > ROUNDING
    if np.any(wrong):
        raise InputError(f"must have rows that add up to 1, not to {sums[wrong].flat[0]:g}")
    return np.asarray(given / sums[..., None])
