"""Streams of random numbers that belong to what they are for.

A stream is keyed by (seed, replication, purpose, entity) through a stable hash: never by a position, and never by
the order in which things are drawn. So nothing that is added to a scenario moves what another entity draws, and any
replication can be drawn alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.random import Generator, Philox, SeedSequence
from numpy.typing import NDArray

from activity_sim.model.distributions import Constant, Distribution, in_microseconds


class Streams:
    """The streams of one replication under one seed."""

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication

    def of(self, purpose: str, entity: str) -> Generator:
        """Return a generator at the beginning of the stream for a *purpose* of an *entity*."""
        digest = hashlib.blake2b(f"{purpose}\0{entity}".encode(), digest_size=16).digest()
        words = np.frombuffer(digest, dtype="<u4").tolist()
        return Generator(Philox(SeedSequence(entropy=self.seed, spawn_key=(self.replication, *words))))

    def lengths(self, law: Distribution, purpose: str, entity: str, count: int) -> NDArray[np.float64]:
        """Draw the first *count* lengths of a stream, in microseconds and not yet rounded."""
        if isinstance(law, Constant):
            return np.full(count, float(law.value))
        return law.draw(self.of(purpose, entity).random(count))

    def endless(self, law: Distribution, purpose: str, entity: str) -> Iterator[int]:
        """Yield the lengths of a stream one after the other, in whole microseconds."""
        if isinstance(law, Constant):
            while True:
                yield int(law.value)
        for block in _blocks(self.of(purpose, entity)):
            yield from in_microseconds(law.draw(block)).tolist()

    def uniforms(self, purpose: str, entity: str) -> Iterator[float]:
        """Yield the uniform numbers of a stream one after the other."""
        for block in _blocks(self.of(purpose, entity)):
            yield from block.tolist()


def _blocks(generator: Generator) -> Iterator[NDArray[np.float64]]:
    size = 16
    while True:
        yield generator.random(size)
        size = min(2 * size, 4_096)
