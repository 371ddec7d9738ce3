"""Streams of random numbers that belong to what they are for.

A stream is keyed by (seed, replication, purpose, entity) through a stable hash: never by a position, and never by
the order in which things are drawn. So nothing that is added to a scenario moves what another entity draws, and any
replication can be drawn alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import attrs
import numpy as np
from numpy.random import Generator, Philox, SeedSequence
from numpy.typing import NDArray

from activity_sim.drawing.philox import Words, first_numbers
from activity_sim.model.distributions import Constant, Distribution
from activity_sim.units import LONGEST, SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BLOCK = 1 << 14
"""So many lengths at a time: what leads to them stays in the processor's cache."""


class Law(Protocol):
    """What the numbers of a stream mean."""

    def draw(self, uniform: Floats) -> Ints:
        """Map *uniform* numbers in [0, 1) to whole numbers."""


@attrs.frozen
class Lengths:
    """Lengths by a distribution, in whole microseconds."""

    law: Distribution

    def draw(self, uniform: Floats) -> Ints:
        """Map *uniform* numbers to lengths."""
        return in_microseconds(self.law.draw(uniform))


@attrs.frozen
class Absence:
    """Whether something with a *probability* comes true: 1 or 0."""

    probability: float

    def draw(self, uniform: Floats) -> Ints:
        """Map *uniform* numbers to 1 or 0."""
        return (uniform < self.probability).astype(np.int64)


@attrs.frozen
class Turns:
    """Which one of several *states* comes next; *ends* are the sums of their probabilities so far."""

    ends: tuple[float, ...]
    states: tuple[int, ...]

    @classmethod
    def of(cls, chances: Mapping[str, float], states: Mapping[str, int]) -> Turns:
        """Return the law that chooses by *chances*; *states* are by the same names."""
        return cls(tuple(np.cumsum(list(chances.values())).tolist()), tuple(states[name] for name in chances))

    def draw(self, uniform: Floats) -> Ints:
        """Map *uniform* numbers to states."""
        turn = np.searchsorted(np.array(self.ends), uniform, side="right")
        return np.array(self.states, dtype=np.int64)[np.minimum(turn, len(self.states) - 1)]


class Streams:
    """The streams of one replication under one seed."""

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication

    def of(self, purpose: str, entity: str) -> Generator:
        """Return a generator at the beginning of the stream for a *purpose* of an *entity*."""
        spawned = (self.replication, *self.key(purpose, entity))
        return Generator(Philox(SeedSequence(entropy=self.seed, spawn_key=spawned)))

    @staticmethod
    def key(purpose: str, entity: str) -> tuple[int, ...]:
        """Return what sets the stream for a *purpose* of an *entity* apart: four words of 32 bits."""
        return _words(purpose, entity)

    def factor(self, law: Distribution, purpose: str, entity: str) -> float:
        """Draw the first number of a stream whose *law* is one of plain numbers, which are kept as seconds."""
        return float(law.draw(self.of(purpose, entity).random(1))[0]) / SECOND

    def lengths(self, law: Distribution, purpose: str, entity: str, *, count: int, scale: Floats | None = None) -> Ints:
        """Draw the first *count* lengths of a stream in whole microseconds, each times its *scale* if there is one."""
        if isinstance(law, Constant) and scale is None:
            return np.full(count, law.value, dtype=np.int64)
        generator, drawn = self.of(purpose, entity), np.empty(count, dtype=np.int64)
        for first in range(0, count, BLOCK):
            rows = slice(first, min(first + BLOCK, count))
            lengths = law.draw(generator.random(rows.stop - first))
            drawn[rows] = in_microseconds(lengths if scale is None else lengths * scale[rows])
        return drawn

    def many(self, laws: Sequence[Law], law: Ints, words: Words, count: int) -> Ints:
        """Draw the first *count* numbers of many streams, a row each.

        *words* are the keys of the streams, and *law* has the number of each one's law among *laws*.
        """
        constant = np.array([_constant(one) for one in laws], dtype=np.int64)[law]
        drawn = np.repeat(constant, count).reshape(-1, count)
        chance = np.flatnonzero(constant < 0)
        uniform = self._uniform(words[chance], count)
        for number in np.unique(law[chance]).tolist():
            mine = law[chance] == number
            drawn[chance[mine]] = laws[number].draw(uniform[mine])
        return drawn

    def _uniform(self, words: Words, count: int) -> Floats:
        if not len(words):
            return np.empty((0, count))
        return first_numbers(SeedSequence(entropy=self.seed, spawn_key=(self.replication,)), words, count)


def _constant(law: Law) -> int:
    """Return the length that a *law* always draws, -1 if there is none."""
    return int(law.law.value) if isinstance(law, Lengths) and isinstance(law.law, Constant) else -1


def in_microseconds(lengths: Floats) -> Ints:
    """Round drawn *lengths* to whole microseconds, the longest to the longest duration."""
    return np.rint(np.minimum(lengths, LONGEST)).astype(np.int64)


@lru_cache(maxsize=65_536)
def _words(purpose: str, entity: str) -> tuple[int, ...]:
    digest = hashlib.blake2b(f"{purpose}\0{entity}".encode(), digest_size=16).digest()
    return tuple(np.frombuffer(digest, dtype="<u4").tolist())
