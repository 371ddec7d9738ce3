"""The first numbers of many streams at once: what numpy's SeedSequence and Philox do, over arrays of streams.

To make one of numpy's generators takes longer than the few numbers that a worker needs of it. Sources: numpy's
documentation of SeedSequence and Philox; Salmon et al., *Parallel random numbers: as easy as 1, 2, 3* (2011).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import SeedSequence
from numpy.typing import NDArray

from activity_sim.compiling import is_open

Words = NDArray[np.uint32]
Numbers = NDArray[np.uint64]
POOL = 4
MULTIPLIERS = np.array([0xD2E7470EE14C6C93, 0xCA5A826395121157], dtype=np.uint64)
WEYL = np.array([0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B], dtype=np.uint64)
ROUNDS = 10
HALF, LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


def first_numbers(seeds: SeedSequence, words: Words, count: int) -> NDArray[np.float64]:
    """Return the first *count* uniform numbers, a multiple of 4, of the streams of *seeds* spawned with *words*.

    A row is what ``Generator(Philox(SeedSequence(seeds.entropy, spawn_key=(*seeds.spawn_key, *row))))`` begins with,
    *row* being the row of *words*.

    >>> from numpy.random import Generator, Philox
    >>> same = Generator(Philox(SeedSequence(5, spawn_key=(1, 7)))).random(4)
    >>> first_numbers(SeedSequence(5, spawn_key=(1,)), np.array([[7]], dtype=np.uint32), 4)[0].tolist() == same.tolist()
    True
    """
    draw = _drawn_by_numba if is_open() else _drawn
    return np.asarray((draw(_keys(seeds, words), count) >> np.uint64(11)) * 2.0**-53, dtype=np.float64)


def _drawn(keys: Numbers, count: int) -> Numbers:
    """Return the first *count* numbers of 64 bits by each of *keys*."""
    counters = np.zeros((4, len(keys), count // 4), dtype=np.uint64)
    counters[0] = np.arange(1, count // 4 + 1)
    return np.stack(_philox(counters, keys), axis=2).reshape(len(keys), count)


def _drawn_by_numba(keys: Numbers, count: int) -> Numbers:
    from activity_sim.drawing.compiled import draw_numbers

    drawn = np.empty((len(keys), count), dtype=np.uint64)
    draw_numbers(keys, drawn)
    return drawn


def _keys(seeds: SeedSequence, words: Words) -> Numbers:
    """Mix *words* into the pool of *seeds* as its own entropy was mixed in, and draw two keys a row."""
    mixed = POOL * max(POOL, _length(seeds.entropy)) + POOL * sum(_length(word) for word in seeds.spawn_key)
    constants = _powers(0x43B0D7E5, 0x931E8875, mixed + POOL * words.shape[1] + 1)[mixed:]
    pool = np.tile(np.asarray(seeds.pool, dtype=np.uint32), (len(words), 1))
    for number, word in enumerate(words.T):
        constant = constants[number * POOL : (number + 1) * POOL + 1]
        pool = _fold(np.uint32(0xCA01F9DD) * pool - np.uint32(0x4973F715) * _hash(word[:, None], constant))
    return _hash(pool, _powers(0x8B51F9DD, 0x58F38DED, POOL + 1)).view("<u8").astype(np.uint64)


def _length(number: object) -> int:
    """Return how many words of 32 bits a *number* takes."""
    return max(1, -(-int(number).bit_length() // 32))  # type: ignore[call-overload,no-any-return]


def _powers(first: int, factor: int, count: int) -> Words:
    return np.cumprod(np.array([first, *[factor] * (count - 1)], dtype=np.uint32), dtype=np.uint32)


def _hash(value: Words, constant: Words) -> Words:
    return _fold((value ^ constant[:-1]) * constant[1:])


def _fold(value: Words) -> Words:
    return value ^ (value >> np.uint32(16))


def _philox(counters: Numbers, keys: Numbers) -> tuple[Numbers, ...]:
    """Return the four numbers of each counter; those that are multiplied, and the others, are pairs of arrays."""
    factors, others = counters[::2], counters[1::2]
    for number in range(ROUNDS):
        key = (keys + WEYL * np.uint64(number)).T[:, :, None]
        high, low = product(MULTIPLIERS[:, None, None], factors)
        factors, others = high[::-1] ^ others ^ key, low[::-1]
    return factors[0], others[0], factors[1], others[1]


def product(multiplier: Any, value: Any) -> tuple[Any, Any]:
    """Return the high and low halves of the products, of 128 bits."""
    high, low = multiplier >> HALF, multiplier & LOW
    above, below = value >> HALF, value & LOW
    upper = above * low + (below * low >> HALF)
    lower = below * high + (upper & LOW)
    return above * high + (upper >> HALF) + (lower >> HALF), value * multiplier
