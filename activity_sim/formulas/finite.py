"""Queues with a finite waiting room: who finds it full is turned away."""

from __future__ import annotations

from functools import cached_property

import attrs
import numpy as np

from activity_sim.formulas import checks
from activity_sim.formulas.blocking import blocking
from activity_sim.formulas.checks import Floats

SETTLED = 1e-20
"""Where the next place is taken more rarely than this, and ever more rarely, further ones do not show."""


@attrs.frozen(eq=False, kw_only=True, field_transformer=checks.located)
class FiniteRoom:
    """The queue M/M/c/K, or M/M/c/K+M with a finite *patience*: so many *waiting_places* behind the servers.

    *arrival_rate* is a second, *handle_time* and *patience* are means in seconds (or all in any other unit, which
    waits then have too), *servers* whole numbers from 1 on, *waiting_places* (K - c) from 0 on: numbers, or arrays that
    broadcast together, whose shape all measures have. Raises an :exc:`InputError` for other values. Source: the balance
    of births and deaths, place by place as in the recursion of Erlang B: a further place takes a share of the time away
    from all other states alike. Kleinrock (1975), *Queueing Systems*, volume 1, chapter 3.

    >>> queue = FiniteRoom(arrival_rate=100 / 1800, handle_time=180, servers=14, waiting_places=[0, 5, 500])
    >>> print(queue.probability_of_blocking.round(6))
    [0.056819 0.00947  0.      ]
    >>> print(queue.mean_wait.round(3))
    [0.    4.441 7.836]
    """

    arrival_rate: Floats = attrs.field(converter=checks.amount)
    handle_time: Floats = attrs.field(converter=checks.positive)
    servers: Floats = attrs.field(converter=checks.servers)
    waiting_places: Floats = attrs.field(converter=checks.count)
    patience: Floats = attrs.field(converter=checks.patience, default=np.inf)

    def __attrs_post_init__(self) -> None:
        checks.broadcast(**attrs.asdict(self))

    @cached_property
    def _measures(self) -> tuple[Floats, Floats, Floats]:
        """Return the probabilities of blocking and of finding room in the line only, and how many wait."""
        columns = checks.broadcast(**attrs.asdict(self))
        measures = _place_by_place(*(column.ravel() for column in columns))
        full, room, waiting = (measure.reshape(columns[0].shape)[()] for measure in measures)
        return full, room, waiting

    @property
    def probability_of_blocking(self) -> Floats:
        """The probability of finding all waiting places taken, and being turned away."""
        return self._measures[0]

    @property
    def probability_of_waiting(self) -> Floats:
        """The probability of having to wait, of those who are not turned away."""
        full, room, _ = self._measures
        return room / (1 - full)

    @property
    def queue_length(self) -> Floats:
        """The mean number of callers who wait."""
        return self._measures[2]

    @property
    def mean_wait(self) -> Floats:
        """The mean wait of those who are not turned away, in seconds: until they are answered or abandon."""
        admitted = self.arrival_rate * (1 - self.probability_of_blocking)
        return self.queue_length / np.where(admitted > 0, admitted, 1.0)

    @property
    def probability_of_abandoning(self) -> Floats:
        """The probability of abandoning, of all who call."""
        return self.queue_length / self.patience / np.where(self.arrival_rate > 0, self.arrival_rate, 1.0)

    @property
    def occupancy(self) -> Floats:
        """The share of time that a server is busy."""
        served = 1 - self.probability_of_blocking - self.probability_of_abandoning
        return self.arrival_rate * self.handle_time * served / self.servers


def _place_by_place(
    arrivals: Floats, handle_time: Floats, servers: Floats, places: Floats, patience: Floats
) -> tuple[Floats, Floats, Floats]:
    full = blocking(servers, arrivals * handle_time)
    busy, room, waiting = full.copy(), np.zeros_like(full), np.zeros_like(full)
    for place in range(1, int(places.max(initial=0)) + 1):
        ratio = arrivals / (servers / handle_time + place / patience)
        more = place <= places
        last = np.where(more, ratio * full / (1 + ratio * full), 0.0)
        room = np.where(more, busy * (1 - last), room)
        busy, waiting = busy + last * (1 - busy), waiting + last * (place - waiting)
        full = np.where(more, last, full)
        if np.all(~more | ((full * place <= SETTLED * waiting) & (ratio < 1))):
            break
    return full, room, waiting
