"""Streams of random numbers that belong to what they are for.

A stream is keyed by (seed, replication, purpose, entity) through a stable hash: never by a position, and never by
the order in which things are drawn. So nothing that is added to a scenario moves what another entity draws, and any
replication can be drawn alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import attrs
import numpy as np
from numpy.random import Generator, Philox, SeedSequence
from numpy.typing import NDArray

from activity_sim.drawing.philox import first_numbers
from activity_sim.model.distributions import Constant, Distribution
from activity_sim.units import LONGEST, SECOND

Floats = NDArray[np.float64]
BLOCK = 1 << 14
"""So many lengths at a time: what leads to them stays in the processor's cache."""

FIRST = 16
"""So many draws of an endless stream are made at once with those of all others."""


@attrs.frozen
class Wanted:
    """The streams for a *purpose* of several *entities*: lengths by a *law*, or the uniform numbers if it is None."""

    law: Distribution | None
    purpose: str
    entities: Sequence[str]

    def drawn(self, numbers: Floats) -> list[Any]:
        """Return what *numbers* become: lengths in whole microseconds, or themselves."""
        return list((numbers if self.law is None else in_microseconds(self.law.draw(numbers))).tolist())


class Streams:
    """The streams of one replication under one seed."""

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication

    def of(self, purpose: str, entity: str) -> Generator:
        """Return a generator at the beginning of the stream for a *purpose* of an *entity*."""
        spawned = (self.replication, *self.key(purpose, entity))
        return Generator(Philox(SeedSequence(entropy=self.seed, spawn_key=spawned)))

    def key(self, purpose: str, entity: str) -> tuple[int, ...]:
        """Return what sets the stream for a *purpose* of an *entity* apart: four words of 32 bits."""
        return _words(purpose, entity)

    def factor(self, law: Distribution, purpose: str, entity: str) -> float:
        """Draw the first number of a stream whose *law* is one of plain numbers, which are kept as seconds."""
        return float(law.draw(self.of(purpose, entity).random(1))[0]) / SECOND

    def lengths(
        self, law: Distribution, purpose: str, entity: str, *, count: int, scale: Floats | None = None
    ) -> NDArray[np.int64]:
        """Draw the first *count* lengths of a stream in whole microseconds, each times its *scale* if there is one."""
        if isinstance(law, Constant) and scale is None:
            return np.full(count, law.value, dtype=np.int64)
        generator, drawn = self.of(purpose, entity), np.empty(count, dtype=np.int64)
        for first in range(0, count, BLOCK):
            rows = slice(first, min(first + BLOCK, count))
            lengths = law.draw(generator.random(rows.stop - first))
            drawn[rows] = in_microseconds(lengths if scale is None else lengths * scale[rows])
        return drawn

    def endless(self, wanted: Sequence[Wanted]) -> list[list[Iterator[Any]]]:
        """Return for each of *wanted* the streams of its entities, which yield one draw after the other."""
        words = [self.key(one.purpose, entity) for one in wanted for entity in one.entities]
        seeds = SeedSequence(entropy=self.seed, spawn_key=(self.replication,))
        numbers = first_numbers(seeds, np.array(words, dtype=np.uint32).reshape(-1, 4), FIRST)
        blocks = np.split(numbers, np.cumsum([len(one.entities) for one in wanted]))
        return [self._streams(one, block) for one, block in zip(wanted, blocks, strict=False)]

    def _streams(self, wanted: Wanted, numbers: Floats) -> list[Iterator[Any]]:
        begun = zip(wanted.entities, wanted.drawn(numbers), strict=True)
        return [chain(first, self._further(wanted, entity)) for entity, first in begun]

    def _further(self, wanted: Wanted, entity: str) -> Iterator[Any]:
        generator, size = self.of(wanted.purpose, entity), FIRST
        generator.random(size)
        while True:
            size = min(2 * size, 4_096)
            yield from wanted.drawn(generator.random(size))


def in_microseconds(lengths: Floats) -> NDArray[np.int64]:
    """Round drawn *lengths* to whole microseconds, the longest to the longest duration."""
    return np.rint(np.minimum(lengths, LONGEST)).astype(np.int64)


@lru_cache(maxsize=65_536)
def _words(purpose: str, entity: str) -> tuple[int, ...]:
    digest = hashlib.blake2b(f"{purpose}\0{entity}".encode(), digest_size=16).digest()
    return tuple(np.frombuffer(digest, dtype="<u4").tolist())
