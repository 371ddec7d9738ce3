"""The clocks: a plan goes in, a log comes out.

Every engine obeys the same rules to the bit, so which one ran never shows in a result.
"""

from __future__ import annotations

from collections.abc import Callable

from activity_sim.errors import unknown
from activity_sim.log import Log
from activity_sim.plan import Plan

ENGINES = ("auto", "simpy")
BRIEF = 100_000
"""So many tasks take an engine about as long as it takes to start another process."""


def choose(name: str) -> str:
    """Return the engine that *name* means; ``"auto"`` is the one that will be done sooner.

    >>> choose("auto")
    'simpy'
    """
    if name not in ENGINES:
        raise unknown(name, ENGINES)
    return "simpy"


def engine(name: str) -> Callable[[Plan], Log]:
    """Return the engine called *name*, as a function from a plan to its log."""
    choose(name)
    from activity_sim.engines.reference import run

    return run
