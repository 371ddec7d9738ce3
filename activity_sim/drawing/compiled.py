"""Compiled code of drawing, for when numba is at hand: the writing of agendas, and the numbers of many streams."""

from __future__ import annotations

from typing import Any

from activity_sim.compiling.compiler import compiled, entry, part, uint64
from activity_sim.drawing import philox
from activity_sim.drawing.philox import MULTIPLIERS, ROUNDS, WEYL
from activity_sim.drawing.steps import PARTS, write

write_steps = compiled(write, PARTS)
product = part(philox.product)


@part
def encrypted(number: Any, key: Any, other: Any) -> Any:
    """Return the four numbers that Philox makes of a *number* below 2**64 under two keys."""
    a, b, c, d = uint64(number), uint64(0), uint64(0), uint64(0)
    for _ in range(ROUNDS):
        (high_a, low_a), (high_c, low_c) = product(MULTIPLIERS[0], a), product(MULTIPLIERS[1], c)
        a, b, c, d = high_c ^ b ^ key, low_c, high_a ^ d ^ other, low_a
        key, other = key + WEYL[0], other + WEYL[1]
    return a, b, c, d


@entry
def draw_numbers(keys: Any, drawn: Any) -> None:
    """Fill the rows of *drawn* with the first numbers of 64 bits by each of *keys*, as numpy does in ``philox``."""
    for row in range(len(keys)):
        for block in range(drawn.shape[1] // 4):
            first = 4 * block
            numbers = encrypted(block + 1, keys[row, 0], keys[row, 1])
            drawn[row, first], drawn[row, first + 1], drawn[row, first + 2], drawn[row, first + 3] = numbers
