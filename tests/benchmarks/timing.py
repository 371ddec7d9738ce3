"""Measures programs side by side: they take turns in one run, so that noise of the machine hits all of them alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time
from typing import TypeVar

NOISE = 0.85
"""A measured ratio may miss the wanted one by this factor: machines are shared."""

Given = TypeVar("Given")
Round = tuple[float, ...]


def take_turns(rounds: int, *programs: Callable[[], float]) -> list[Round]:
    """Let *programs*, which return the seconds that they took, take turns."""
    return [tuple(program() for program in programs) for _ in range(rounds)]


def processor_time(program: Callable[[Given], object], given: Given) -> float:
    """Return the seconds of processor time that *program* takes with what is *given*."""
    gc.collect()
    gc.freeze()  # or collections would go through all that other tests have loaded, for whoever makes more objects
    start = process_time()
    result = program(given)
    taken = process_time() - start
    gc.unfreeze()
    del result  # only now: letting go of it belongs to no program
    return taken


def median_ratio(rounds: Sequence[Round], above: int, below: int) -> float:
    """Return the median over *rounds* of the time of program *above* over that of program *below*."""
    return median(one[above] / one[below] for one in rounds)
