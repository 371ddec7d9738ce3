"""Markov chains of contact centres with exponential times, and their exact stationary distributions.

A chain is a start and a function from a state to its moves, each a rate and the state after it. All states that can be
reached are found, and the balance of each is solved as one sparse linear system. Where states have no end, the room
for those who wait is limited; who finds none left is lost, and the chance of that is checked to be next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags_array
from scipy.sparse.linalg import spsolve

Floats = NDArray[np.float64]
Move = tuple[float, Any]
Moves = Callable[[Any], Iterable[Move]]

NEXT_TO_NOTHING = 1e-12
MOST_SOLVED_AT_ONCE = 10_000
"""With more states, whose ways branch, elimination would fill the matrix."""


@dataclass(frozen=True)
class Chain:
    """The states of a chain and their stationary chances."""

    states: list[Any]
    chances: Floats

    def mean(self, of: Callable[[Any], float]) -> float:
        """Return the mean of a number *of* the state in the long run; of a condition, its chance."""
        return float(np.array([of(state) for state in self.states], dtype=np.float64) @ self.chances)


def solved(start: Hashable, moves: Moves) -> Chain:
    """Return the chain of all states that *moves* lead to from *start*, which they must lead back to."""
    known: dict[Any, int] = {start: 0}
    rows: list[tuple[int, int, float]] = []
    for state in (states := [start]):
        for rate, after in moves(state):
            if after not in known:
                known[after] = len(states)
                states.append(after)
            rows.append((known[state], known[after], rate))
    return Chain(states, balanced(*map(np.array, zip(*rows, strict=True)), len(states)))


def balanced(source: NDArray[Any], target: NDArray[Any], rate: Floats, count: int) -> Floats:
    """Return the chances at which each state is entered as often as it is left."""
    flow = csr_matrix((rate, (target, source)), shape=(count, count))
    balance = flow - diags_array(np.bincount(source, rate, count))
    weights = direct(balance) if count <= MOST_SOLVED_AT_ONCE else stepwise(balance)
    chances = weights / weights.sum()
    assert (chances > -NEXT_TO_NOTHING).all()
    assert np.abs(balance @ chances).max() < NEXT_TO_NOTHING / 10
    return chances


def direct(balance: Any) -> Floats:
    """Solve the *balance* with the first weight set to 1, and without the first row, which the others imply."""
    rows = balance.tocsc()
    return np.concatenate([[1.0], np.atleast_1d(spsolve(rows[1:, 1:], -rows[1:, 0].toarray().ravel()))])


def stepwise(balance: Any) -> Floats:
    """Solve the *balance* by letting the chain go on, in steps so short that no chance becomes negative."""
    step = 0.95 / -balance.diagonal().min()
    weights = np.full(balance.shape[0], 1 / balance.shape[0])
    while np.abs(change := balance @ weights).max() > NEXT_TO_NOTHING / 100:
        for _ in range(50):
            weights = weights + step * change
            change = balance @ weights
        weights /= weights.sum()
    return weights


# --- workers of several kinds, tasks of several classes ---


class Floor(NamedTuple):
    """Who is idle, by kind and in the order in which they are taken; who works on what; who waits, in order."""

    idle: tuple[str, ...]
    on: tuple[int, ...]
    waiting: str


@dataclass(frozen=True)
class Skills:
    """A centre in which tasks have classes, called by a letter, and workers kinds, called by the classes they serve.

    Rates are those of each class, a minute; 0 is a patience without end. Workers are taken *longest_idle* first, or
    else by kind as listed. With *by_age* the task that came first goes first, or else the class of the first letter.
    *room* is how many of a class may wait, or of all by age.
    """

    workers: Mapping[str, int]
    arrivals: Mapping[str, float]
    service: Mapping[str, float]
    abandonment: Mapping[str, float]
    room: int
    longest_idle: bool = False
    by_age: bool = False
    pairs: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", [(kind, letter) for kind in self.workers for letter in kind])

    def chain(self) -> Chain:
        """Return the chain, solved; that nobody is lost for want of room is checked."""
        idle = tuple(kind for kind, count in self.workers.items() for _ in range(count))
        chain = solved(Floor(idle, (0,) * len(self.pairs), ""), self.moves)
        assert chain.mean(lambda floor: any(self.is_full(floor, letter) for letter in self.arrivals)) < NEXT_TO_NOTHING
        return chain

    def is_full(self, floor: Floor, letter: str) -> bool:
        """Return whether there is no room for another one to wait."""
        return (len(floor.waiting) if self.by_age else floor.waiting.count(letter)) == self.room

    def moves(self, floor: Floor) -> Iterator[Move]:
        """Yield arrivals, ends of work, and departures of those who have lost patience."""
        for letter, rate in self.arrivals.items():
            if not self.must_wait(floor, letter) or not self.is_full(floor, letter):
                yield rate, self.arrive(floor, letter)
        for place, count in enumerate(floor.on):
            if count:
                yield count * self.service[self.pairs[place][1]], self.end(floor, place)
        first = 0
        for letter, run in groupby(floor.waiting):
            yield len(alike := list(run)) * self.abandonment[letter], floor._replace(waiting=but(floor.waiting, first))
            first += len(alike)

    def must_wait(self, floor: Floor, letter: str) -> bool:
        """Return whether a task finds nobody idle who serves it."""
        return not any(letter in kind for kind in floor.idle)

    def arrive(self, floor: Floor, letter: str) -> Floor:
        """Return the state after an arrival: the first of the idle who serves the class takes the task."""
        if self.must_wait(floor, letter):
            line = floor.waiting + letter
            return floor._replace(waiting=line if self.by_age else "".join(sorted(line)))
        place = next(place for place, kind in enumerate(floor.idle) if letter in kind)
        begun = self.pairs.index((floor.idle[place], letter))
        return Floor(but(floor.idle, place), changed(floor.on, begun, 1), floor.waiting)

    def end(self, floor: Floor, place: int) -> Floor:
        """Return the state after work has ended: the worker takes the first of those in line whom it serves."""
        kind, on = self.pairs[place][0], changed(floor.on, place, -1)
        for position, letter in enumerate(floor.waiting):
            if letter in kind:
                on = changed(on, self.pairs.index((kind, letter)), 1)
                return Floor(floor.idle, on, but(floor.waiting, position))
        idle = (*floor.idle, kind)
        return Floor(idle if self.longest_idle else tuple(sorted(idle, key=[*self.workers].index)), on, floor.waiting)


def but(items: Any, place: int) -> Any:
    """Return *items* without the one at a *place*."""
    return items[:place] + items[place + 1 :]


def changed(counts: tuple[int, ...], place: int, by: int) -> tuple[int, ...]:
    """Return *counts* with one of them changed."""
    return (*counts[:place], counts[place] + by, *counts[place + 1 :])


# --- chats: several tasks in hand, each the slower the more there are ---


class Chats(NamedTuple):
    """How many each worker has in hand, from the earliest latest reservation to the last one; and how many wait.

    Workers with nothing in hand are all alike, and stand in front.
    """

    hands: tuple[int, ...]
    waiting: int


@dataclass(frozen=True)
class ChatRoom:
    """Workers who take as many chats at once as there are *paces*, the n-th of which holds with n in hand."""

    workers: int
    paces: tuple[float, ...]
    arrivals: float
    service: float
    abandonment: float
    room: int = 80

    def chain(self) -> Chain:
        """Return the chain, solved."""
        chain = solved(Chats((0,) * self.workers, 0), self.moves)
        assert chain.mean(lambda chats: chats.waiting == self.room) < NEXT_TO_NOTHING
        return chain

    def moves(self, chats: Chats) -> Iterator[Move]:
        """Yield the arrival, the ends of work by worker, and the departures of those who have lost patience."""
        if chats.waiting < self.room:
            yield self.arrivals, self.placed(Chats(chats.hands, chats.waiting + 1))
        for place, count in enumerate(chats.hands):
            if count:
                left = Chats(changed(chats.hands, place, -1), chats.waiting)
                yield count * self.service * self.paces[count - 1], self.placed(left)
        if chats.waiting:
            yield chats.waiting * self.abandonment, Chats(chats.hands, chats.waiting - 1)

    def placed(self, chats: Chats) -> Chats:
        """Return the state after the first in line, if any, has been given to the best worker with room, if any.

        The best has nothing in hand, or else the earliest latest reservation; the new one is the latest.
        """
        hands = tuple(sorted(chats.hands, key=bool))
        place = next((place for place, count in enumerate(hands) if count < len(self.paces)), None)
        if not chats.waiting or place is None:
            return Chats(hands, chats.waiting)
        return Chats((*but(hands, place), hands[place] + 1), chats.waiting - 1)


# --- blocked callers who try again ---


class Orbit(NamedTuple):
    """How many workers are busy, and how many callers will try again."""

    busy: int
    orbit: int


def retrials(workers: int, arrivals: float, service: float, again: float, returns: float, room: int = 400) -> Chain:
    """Return the chain of blocked callers who try *again* with a probability, each after a time of the rate *returns*.

    Whoever finds all *workers* busy is blocked, at the first attempt and at every other.
    """

    def moves(now: Orbit) -> Iterator[Move]:
        free = now.busy < workers
        if free:
            yield arrivals, Orbit(now.busy + 1, now.orbit)
        elif now.orbit < room:
            yield arrivals * again, Orbit(now.busy, now.orbit + 1)
        if now.busy:
            yield now.busy * service, Orbit(now.busy - 1, now.orbit)
        if now.orbit:
            yield now.orbit * returns * (1.0 if free else 1 - again), Orbit(now.busy + free, now.orbit - 1)

    chain = solved(Orbit(0, 0), moves)
    assert chain.mean(lambda now: now.orbit == room) < NEXT_TO_NOTHING
    return chain


# --- two reservations at once ---


class Offers(NamedTuple):
    """How many workers are busy, how many tasks have two reservations and how many one, and how many wait."""

    busy: int
    two: int
    one: int
    waiting: int


@dataclass(frozen=True)
class Race:
    """Tasks that are reserved for two workers at once, of whom the first to accept gets the task.

    *response* is the rate of answers, of which a share is *rejected*; who rejects is at once free again, and a task
    that all have rejected waits again. A worker who becomes free does not join a task that has a reservation.
    """

    workers: int
    arrivals: float
    service: float
    abandonment: float
    response: float
    rejected: float
    room: int = 80

    def chain(self) -> Chain:
        """Return the chain, solved."""
        chain = solved(Offers(0, 0, 0, 0), self.moves)
        assert chain.mean(lambda now: now.waiting >= self.room) < NEXT_TO_NOTHING
        return chain

    def moves(self, now: Offers) -> Iterator[Move]:
        """Yield all moves, each followed by matching."""
        busy, two, one, waiting = now
        yes, no, gone = self.response * (1 - self.rejected), self.response * self.rejected, self.abandonment
        for rate, after in (
            (self.arrivals * (waiting < self.room), Offers(busy, two, one, waiting + 1)),
            (busy * self.service, Offers(busy - 1, two, one, waiting)),
            (2 * two * yes, Offers(busy + 1, two - 1, one, waiting)),
            (2 * two * no, Offers(busy, two - 1, one + 1, waiting)),
            (one * yes, Offers(busy + 1, two, one - 1, waiting)),
            (one * no, Offers(busy, two, one - 1, waiting + 1)),
            (two * gone, Offers(busy, two - 1, one, waiting)),
            (one * gone, Offers(busy, two, one - 1, waiting)),
            (waiting * gone, Offers(busy, two, one, waiting - 1)),
        ):
            if rate:
                yield rate, self.matched(after)

    def matched(self, now: Offers) -> Offers:
        """Return the state after every task that can be reserved has been, for two of the idle or for the last one."""
        busy, two, one, waiting = now
        idle = self.workers - busy - 2 * two - one
        pairs = min(waiting, idle // 2)
        single = min(waiting - pairs, idle - 2 * pairs, 1)
        return Offers(busy, two + pairs, one + single, waiting - pairs - single)
