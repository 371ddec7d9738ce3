"""Erlang A: callers who wait, but not for ever."""

from __future__ import annotations

from functools import cached_property

import attrs
import numpy as np
from numpy.typing import ArrayLike

from activity_sim.errors import unknown
from activity_sim.formulas import checks
from activity_sim.formulas.blocking import blocking
from activity_sim.formulas.checks import Floats
from activity_sim.formulas.integrals import VirtualWait, Weight

DEFINITIONS = ("answered_of_offered", "answered_of_answered", "excluding_short_abandons", "served_or_abandoned_within")
"""The definitions of the service level, as a Target has them."""

STEPS = 100
CLOSE = 1e-14


@attrs.frozen(eq=False, kw_only=True, field_transformer=checks.located)
class ErlangA:
    """The queue M/M/c+M: as M/M/c, but each who waits abandons after an exponential patience.

    *arrival_rate* is a second, *handle_time* and *patience* are means in seconds (or all in any other unit, which
    waits then have too), *servers* whole numbers from 1 on: numbers, or arrays that broadcast together, whose shape
    all measures have. With a patience of infinity it is Erlang C. Raises an :exc:`InputError` for other values.
    Source: Palm (1946); Garnett, Mandelbaum and Reiman (2002), "Designing a call center with impatient customers";
    by integrals over the virtual wait: Zeltyn and Mandelbaum (2005), section 4.

    >>> queue = ErlangA(arrival_rate=100 / 1800, handle_time=180, patience=300, servers=[13, 14])
    >>> print(queue.probability_of_abandoning.round(4))
    [0.025 0.014]
    >>> print(queue.service_level(20).round(4))
    [0.8582 0.9168]
    """

    arrival_rate: Floats = attrs.field(converter=checks.amount)
    handle_time: Floats = attrs.field(converter=checks.positive)
    patience: Floats = attrs.field(converter=checks.patience)
    servers: Floats = attrs.field(converter=checks.servers)

    def __attrs_post_init__(self) -> None:
        checks.broadcast(**self._given)

    @property
    def _given(self) -> dict[str, Floats]:
        return attrs.asdict(self)

    @cached_property
    def _shape(self) -> tuple[int, ...]:
        return np.broadcast_shapes(*(column.shape for column in self._given.values()))

    @cached_property
    def _flat(self) -> tuple[Floats, ...]:
        """Return arrivals, handle time, patience and servers, a row a case."""
        return tuple(column.ravel() for column in checks.broadcast(**self._given))

    @cached_property
    def _endless(self) -> checks.Bools:
        """Where the line grows for ever."""
        arrivals, handle_time, patience, servers = self._flat
        return np.isinf(patience) & (arrivals * handle_time >= servers)

    @cached_property
    def _wait(self) -> VirtualWait:
        arrivals, handle_time, patience, servers = self._flat
        fewer = np.where(self._endless, 0.0, arrivals)
        return VirtualWait(fewer, servers / handle_time, 1 / patience)

    @cached_property
    def _scale(self) -> Floats:
        """What the density at its peak is, before all is divided by the total."""
        arrivals, handle_time, _, servers = self._flat
        return arrivals * blocking(servers - 1, arrivals * handle_time)

    @cached_property
    def _atom(self) -> Floats:
        """What the probability of not waiting is, before all is divided by the total."""
        return np.exp(-self._wait.fall(np.zeros(len(self._scale))))

    @cached_property
    def _total(self) -> Floats:
        return self._atom + self._part(0.0, np.inf)

    def _part(self, lower: ArrayLike, upper: ArrayLike, *, thinned: int = 0, weight: Weight | None = None) -> Floats:
        """Return the part of those whose virtual wait is from *lower* to *upper*, before division by the total."""
        bounds = (np.broadcast_to(bound, self._scale.shape) for bound in (lower, upper))
        return self._scale * self._wait.integral(*bounds, thinned=thinned, weight=weight)

    def _give(self, values: Floats, *, endless: float) -> Floats:
        """Return *values* in the shape of what was given, where the line does not grow for ever."""
        return np.where(self._endless, endless, values).reshape(self._shape)[()]

    @cached_property
    def _served(self) -> Floats:
        return (self._atom + self._part(0.0, np.inf, thinned=1)) / self._total

    @property
    def load(self) -> Floats:
        """The offered load, in erlangs."""
        return self._give(self._flat[0] * self._flat[1], endless=np.inf)

    @property
    def probability_of_waiting(self) -> Floats:
        """The probability of having to wait, or to abandon."""
        return self._give(self._part(0.0, np.inf) / self._total, endless=1.0)

    @property
    def probability_of_abandoning(self) -> Floats:
        """The probability of abandoning."""
        return self._give(self._part(0.0, np.inf, weight=_lost) / self._total, endless=0.0)

    @property
    def mean_wait(self) -> Floats:
        """The mean wait of all, in seconds: until they are answered or abandon."""
        return self._give(self._part(0.0, np.inf, weight=_waited) / self._total, endless=np.inf)

    @property
    def asa(self) -> Floats:
        """The mean wait of those who are answered, in seconds: the average speed of answer."""
        waits = self._part(0.0, np.inf, thinned=1, weight=_time)
        return self._give(waits / self._total / self._served, endless=np.inf)

    @property
    def mean_wait_of_waiting(self) -> Floats:
        """The mean wait of those who wait, in seconds: until they are answered or abandon."""
        wait, zero = self._wait, np.zeros(len(self._scale))
        endless = np.full_like(zero, np.inf)
        return self._give(wait.integral(zero, endless, weight=_waited) / wait.integral(zero, endless), endless=np.inf)

    @property
    def queue_length(self) -> Floats:
        """The mean number of callers who wait."""
        return self.arrival_rate * self.mean_wait

    @property
    def occupancy(self) -> Floats:
        """The share of time that a server is busy."""
        arrivals, handle_time, _, servers = self._flat
        return self._give(arrivals * handle_time * self._served / servers, endless=1.0)

    def service_level(self, within: ArrayLike, definition: str = "answered_of_offered") -> Floats:
        """Return the service level *within* so many seconds, by one of the four definitions of a Target.

        ``answered_of_offered``: those answered in time, of all. ``answered_of_answered``: of those answered.
        ``excluding_short_abandons``: of all but those who abandon in time. ``served_or_abandoned_within``: those who
        are answered or abandon in time, of all, which is the distribution function of the wait. Raises an
        :exc:`InputError` for a time that is negative or not finite, and for another definition.

        >>> queue = ErlangA(arrival_rate=4.2, handle_time=2, patience=1, servers=12)
        >>> print(f"{queue.service_level(1 / 3):.6f}")
        0.945270
        """
        if definition not in DEFINITIONS:
            raise unknown(definition, DEFINITIONS).inside("definition")
        time, queue = self._with("within", checks.called("within", checks.amount, within))
        return queue._give(queue._levels(time, definition), endless=0.0)

    def wait_percentile(self, share: ArrayLike) -> Floats:
        """Return the shortest wait, in seconds, that a *share* of all, from 0 to less than 1, do not exceed.

        It is the inverse of the service level ``served_or_abandoned_within``. Raises an :exc:`InputError` for others.

        >>> queue = ErlangA(arrival_rate=4.2, handle_time=2, patience=1, servers=12)
        >>> print(f"{queue.wait_percentile(queue.service_level(0.5, 'served_or_abandoned_within')):.6f}")
        0.500000
        """
        rest, queue = self._with("share", 1 - checks.called("share", checks.share, share))
        return queue._give(queue._percentiles(rest), endless=np.inf)

    def _with(self, name: str, given: Floats) -> tuple[Floats, ErlangA]:
        """Return what is *given* a row a case, and the queue in its shape."""
        value, *columns = checks.broadcast(**{name: given}, **self._given)
        same = value.shape == self._shape
        return value.ravel(), self if same else ErlangA(**dict(zip(self._given, columns, strict=True)))

    def _levels(self, time: Floats, definition: str) -> Floats:
        if definition == "served_or_abandoned_within":
            left = self._part(time, np.inf) * -np.expm1(-time * self._wait.abandonment)
            return (self._atom + self._part(0.0, time) + left) / self._total
        served = (self._atom + self._part(0.0, time, thinned=1)) / self._total
        if definition == "answered_of_answered":
            return served / self._served
        if definition == "excluding_short_abandons":
            return served / (served + self._still_waiting(time))
        return served

    def _still_waiting(self, time: Floats) -> Floats:
        """Return the probability of waiting longer than each *time*."""
        return np.exp(-time * self._wait.abandonment) * self._part(time, np.inf) / self._total

    def _percentiles(self, rest: Floats) -> Floats:
        """Return after what time no more than the *rest* still wait.

        The logarithm of the probability of waiting longer is concave, so Newton's steps come from above after the
        first one, which does not go beyond where patience alone leaves the rest.
        """
        time = np.zeros_like(rest)
        for _ in range(STEPS):
            above, steepness = self._excess(time, rest)
            before, time = time, np.maximum(time + above / steepness, 0.0)
            if np.all(np.abs(time - before) <= CLOSE * time):
                break
        return time

    def _excess(self, time: Floats, rest: Floats) -> tuple[Floats, Floats]:
        """Return by how much the logarithm of still waiting at each *time* exceeds that of the *rest*, and its fall."""
        wait = self._wait
        with np.errstate(divide="ignore"):
            tail, hazard = wait.tail(time)
            waiting = np.log(self._scale / self._total) + tail - wait.abandonment * time
        return waiting - np.log(rest), hazard + wait.abandonment


def _lost(time: Floats, abandonment: Floats) -> Floats:
    return -np.expm1(-abandonment * time)


def _time(time: Floats, _: Floats) -> Floats:
    return time


def _waited(time: Floats, abandonment: Floats) -> Floats:
    """Return the mean of the virtual wait *time* or the patience, whichever is less."""
    from scipy.special import exprel

    return time * exprel(-abandonment * time)
