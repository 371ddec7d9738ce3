"""The clocks: a plan goes in, a log comes out.

Every engine obeys the same rules to the bit, so which one ran never shows in a result. ``reference`` is the clock as
SimPy tells it, written to be read, and the only one that runs a user's own processes; ``compiled`` is the same clock as
one compiled loop.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from activity_sim.compiling import cache
from activity_sim.errors import InputError, unknown
from activity_sim.log import Log
from activity_sim.plan import Plan

ENGINES = ("auto", "simpy", "compiled")
WARM, COLD = 50_000, 1_000_000
"""So many tasks take the SimPy engine about as long as the other needs to load its code, or to compile it."""


def choose(name: str, *, tasks: float = 0, with_processes: bool = False) -> str:
    """Return the engine that *name* means; ``"auto"`` is the one that will be done with so many *tasks* sooner.

    Raises :exc:`~activity_sim.errors.InputError` for a name that is none, and for the compiled engine with processes.

    >>> choose("auto", tasks=1e9)
    'compiled'
    """
    if name not in ENGINES:
        raise unknown(name, ENGINES)
    if with_processes and name == "compiled":
        raise InputError("must be 'simpy' or 'auto' where a scenario has processes, not 'compiled'")
    if name == "auto":
        return "compiled" if not with_processes and tasks > _start() else "simpy"
    return name


def _start() -> int:
    """Return how many tasks the SimPy engine would be done with before the compiled one could begin."""
    if "activity_sim.engines.compiled" in sys.modules:
        return 0
    return WARM if cache.is_warm() else COLD


def engine(name: str) -> Callable[[Plan], Log]:
    """Return the engine called *name*, "simpy" or "compiled", as a function from a plan to its log."""
    if name == "compiled":
        from activity_sim.engines import compiled

        return compiled.run
    from activity_sim.engines import reference

    return reference.run
