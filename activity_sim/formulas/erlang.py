"""Erlang B and Erlang C: callers who are turned away, and callers who wait for as long as it takes."""

from __future__ import annotations

from functools import cached_property

import attrs
import numpy as np
from numpy.typing import ArrayLike

from activity_sim.formulas import checks
from activity_sim.formulas.blocking import blocking
from activity_sim.formulas.checks import Floats


def erlang_b(servers: ArrayLike, load: ArrayLike) -> Floats:
    """Return the probability that a caller finds all servers busy and is turned away, in M/M/c/c (Erlang B).

    *servers* are whole numbers from 0 on, *load* is the offered load in erlangs (arrival rate times mean handle time):
    numbers, or arrays that broadcast together, whose shape the result has. Raises an :exc:`InputError` for others.
    Source: Erlang (1917); that it holds for every law of handle times: Sevastyanov (1957).

    >>> print(erlang_b(10, [7, 10]).round(6))
    [0.078741 0.214582]
    """
    given = (checks.called("servers", checks.count, servers), checks.called("load", checks.amount, load))
    number, offered = checks.broadcast(servers=given[0], load=given[1])
    return blocking(number.ravel(), offered.ravel()).reshape(number.shape)[()]


def erlang_c(servers: ArrayLike, load: ArrayLike) -> Floats:
    """Return the probability that a caller has to wait, in M/M/c (Erlang C); 1 where servers do not exceed the load.

    *servers* are whole numbers from 1 on, *load* is the offered load in erlangs: numbers, or arrays that broadcast
    together, whose shape the result has. Raises an :exc:`InputError` for others. Source: Erlang (1917).

    >>> print(erlang_c(14, [10, 20]).round(6))
    [0.174132 1.      ]
    """
    return ErlangC(servers=servers, arrival_rate=load, handle_time=1.0).probability_of_waiting


@attrs.frozen(eq=False, kw_only=True, field_transformer=checks.located)
class ErlangC:
    """The queue M/M/c: Poisson arrivals, exponential handle times, endless patience, first come first served.

    *arrival_rate* is a second, *handle_time* the mean in seconds (or both in any other unit, which waits then have
    too), *servers* whole numbers from 1 on: numbers, or arrays that broadcast together, whose shape all measures have.
    Where servers do not exceed the load the line grows for ever: everybody waits, endlessly. Raises an
    :exc:`InputError` for other values.

    >>> queue = ErlangC(arrival_rate=100 / 1800, handle_time=180, servers=[13, 14])
    >>> print(queue.mean_wait.round(3))
    [17.116  7.836]
    >>> print(queue.service_level(20).round(4))
    [0.7956 0.8884]
    """

    arrival_rate: Floats = attrs.field(converter=checks.amount)
    handle_time: Floats = attrs.field(converter=checks.positive)
    servers: Floats = attrs.field(converter=checks.servers)

    def __attrs_post_init__(self) -> None:
        checks.broadcast(arrival_rate=self.arrival_rate, handle_time=self.handle_time, servers=self.servers)

    @property
    def load(self) -> Floats:
        """The offered load, in erlangs."""
        return self.arrival_rate * self.handle_time

    @property
    def occupancy(self) -> Floats:
        """The share of time that a server is busy."""
        return np.minimum(self.load / self.servers, 1.0)

    @cached_property
    def _blocked(self) -> Floats:
        return erlang_b(self.servers, self.load)

    @cached_property
    def _rest(self) -> Floats:
        """How much all of the time is, where a caller is blocked for the time that Erlang B says."""
        return (1 - self.occupancy) + self.occupancy * self._blocked

    @property
    def _idle(self) -> Floats:
        """The probability of not having to wait, which has no cancellation."""
        return (1 - self.occupancy) * (1 - self._blocked) / self._rest

    @property
    def probability_of_waiting(self) -> Floats:
        """The probability of having to wait."""
        return np.where(self.occupancy < 1, self._blocked / self._rest, 1.0)[()]

    @property
    def _pace(self) -> Floats:
        """How much faster services end than callers arrive, a second."""
        return np.maximum((self.servers - self.load) / self.handle_time, 0.0)

    @property
    def mean_wait_of_waiting(self) -> Floats:
        """The mean wait of those who wait, in seconds."""
        with np.errstate(divide="ignore"):
            return 1 / self._pace

    @property
    def mean_wait(self) -> Floats:
        """The mean wait of all, in seconds: the average speed of answer."""
        return self.probability_of_waiting * self.mean_wait_of_waiting

    @property
    def asa(self) -> Floats:
        """The mean wait of those who are answered, in seconds, which are all."""
        return self.mean_wait

    @property
    def probability_of_abandoning(self) -> Floats:
        """The probability of abandoning, which nobody does."""
        return np.zeros_like(self.mean_wait)[()]

    @property
    def queue_length(self) -> Floats:
        """The mean number of callers who wait."""
        return self.arrival_rate * self.mean_wait

    def service_level(self, within: ArrayLike) -> Floats:
        """Return the probability of being answered *within* so many seconds: the distribution function of the wait.

        Raises an :exc:`InputError` where these are negative or not finite.

        >>> queue = ErlangC(arrival_rate=4, handle_time=1, servers=5)
        >>> print(f"{queue.service_level(0.5):.6f}")
        0.663914
        """
        time = checks.called("within", checks.amount, within)
        return self._idle - self.probability_of_waiting * np.expm1(-self._pace * time)

    def wait_percentile(self, share: ArrayLike) -> Floats:
        """Return the shortest time, in seconds, within which a *share* of callers, from 0 to less than 1, is answered.

        Raises an :exc:`InputError` for others.

        >>> queue = ErlangC(arrival_rate=4, handle_time=1, servers=5)
        >>> print(f"{queue.wait_percentile(queue.service_level(0.5)):.6f}")
        0.500000
        """
        rest = 1 - checks.called("share", checks.share, share)
        beyond = np.log(np.maximum(self.probability_of_waiting / rest, 1.0))
        return np.where(beyond > 0, beyond * self.mean_wait_of_waiting, 0.0)[()]
