"""The first numbers of many streams at once against numpy's own generators."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator, Philox, SeedSequence

import activity_sim as sim
from activity_sim.drawing.philox import first_numbers
from activity_sim.drawing.streams import FIRST, Streams, Wanted, in_microseconds
from activity_sim.model.distributions import Distribution

LARGE = [0, 1, 2**32 - 1, 2**32, 2**63 - 1]


@pytest.mark.parametrize("seed", LARGE)
@pytest.mark.parametrize("replication", LARGE)
def test_many_streams_begin_as_numpys_generators_do(seed: int, replication: int) -> None:
    words = np.random.default_rng(1).integers(0, 2**32, (6, 4), dtype=np.uint32)
    words[0], words[1] = 0, 2**32 - 1
    found = first_numbers(SeedSequence(seed, spawn_key=(replication,)), words, 20)
    for row, numbers in zip(words.tolist(), found, strict=True):
        generator = Generator(Philox(SeedSequence(seed, spawn_key=(replication, *row))))
        assert numbers.tolist() == generator.random(20).tolist()


@pytest.mark.parametrize("law", [None, sim.Gamma("5min", 0.7), sim.Empirical(["1s", "2s", "9s"]), sim.Constant("3s")])
def test_an_endless_stream_goes_on_as_one_generator_does(law: Distribution | None) -> None:
    streams, names, count = Streams(7, 3), ["Ann", "Ben"], 20 * FIRST
    ((*found,),) = streams.endless([Wanted(law, "every Email", names)])
    for name, stream in zip(names, found, strict=True):
        numbers = streams.of("every Email", name).random(count)
        expected = numbers if law is None else in_microseconds(law.draw(numbers))
        assert [next(stream) for _ in range(count)] == expected.tolist()


def test_lengths_are_those_of_one_generator_whatever_their_number() -> None:
    streams, law, count = Streams(7, 3), sim.LogNormal("5min", 0.8), 40_000
    expected = in_microseconds(law.draw(streams.of("patience", "call").random(count)))
    assert streams.lengths(law, "patience", "call", count=count).tolist() == expected.tolist()
    scale = np.linspace(0.5, 2.0, count)
    scaled = in_microseconds(law.draw(streams.of("patience", "call").random(count)) * scale)
    assert streams.lengths(law, "patience", "call", count=count, scale=scale).tolist() == scaled.tolist()
