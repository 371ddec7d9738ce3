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


def engine(name: str) -> Callable[[Plan], Log]:
    """Return the engine called *name*; ``"auto"`` is the one that will be done sooner."""
    if name not in ENGINES:
        raise unknown(name, ENGINES)
    from activity_sim.engines.reference import run

    return run
