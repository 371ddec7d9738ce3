"""The first numbers of many streams at once against numpy's own generators."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator, Philox, SeedSequence

import activity_sim as sim
from activity_sim.drawing import philox
from activity_sim.drawing.philox import first_numbers
from activity_sim.drawing.streams import Absence, Lengths, Streams, Turns, in_microseconds

LARGE = [0, 1, 2**32 - 1, 2**32, 2**63 - 1]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("seed", LARGE)
@pytest.mark.parametrize("replication", LARGE)
def test_many_streams_begin_as_numpys_generators_do(
    monkeypatch: pytest.MonkeyPatch, seed: int, replication: int, compiled: bool
) -> None:
    monkeypatch.setattr(philox, "is_open", lambda: compiled)
    words = np.random.default_rng(1).integers(0, 2**32, (6, 4), dtype=np.uint32)
    words[0], words[1] = 0, 2**32 - 1
    found = first_numbers(SeedSequence(seed, spawn_key=(replication,)), words, 20)
    for row, numbers in zip(words.tolist(), found, strict=True):
        generator = Generator(Philox(SeedSequence(seed, spawn_key=(replication, *row))))
        assert numbers.tolist() == generator.random(20).tolist()


LAWS = (
    Lengths(sim.Gamma("5min", 0.7)),
    Lengths(sim.Constant("3s")),
    Lengths(sim.Empirical(["1s", "2s", "9s"])),
    Absence(0.3),
    Turns((0.25, 0.75, 1.0), (2, 0, 7)),
)


def test_many_streams_go_on_as_their_generators_do() -> None:
    streams, names = Streams(7, 3), [f"stream {number}" for number in range(12)]
    law = np.arange(12) % len(LAWS)
    words = np.array([streams.key("every Email", name) for name in names], dtype=np.uint32)
    found = streams.many(LAWS, law, words, 200)
    for name, number, row in zip(names, law.tolist(), found, strict=True):
        expected = LAWS[number].draw(streams.of("every Email", name).random(200))
        assert row.tolist() == expected.tolist()


def test_laws_of_plain_numbers() -> None:
    uniform = np.array([0.0, 0.2999, 0.3, 0.75, 0.9999])
    assert Absence(0.3).draw(uniform).tolist() == [1, 1, 0, 0, 0]
    turns = Turns.of({"A": 0.25, "B": 0.5, "C": 0.2}, {"C": 7, "A": 2, "B": 0})
    assert turns.draw(uniform).tolist() == [2, 0, 0, 7, 7]


def test_lengths_are_those_of_one_generator_whatever_their_number() -> None:
    streams, law, count = Streams(7, 3), sim.LogNormal("5min", 0.8), 40_000
    expected = in_microseconds(law.draw(streams.of("patience", "call").random(count)))
    assert streams.lengths(law, "patience", "call", count=count).tolist() == expected.tolist()
    scale = np.linspace(0.5, 2.0, count)
    scaled = in_microseconds(law.draw(streams.of("patience", "call").random(count)) * scale)
    assert streams.lengths(law, "patience", "call", count=count, scale=scale).tolist() == scaled.tolist()
