"""Machine code for what is done millions of times: ``compiler`` is the door to numba, ``cache`` keeps what it makes.

To import numba takes longer than most runs, so only the compiled engine opens the door. Drawing and analysis, which
can do without, use compiled code where it is open.
"""

from __future__ import annotations

import sys


def is_open() -> bool:
    """Return whether this process has numba at hand for the compiled engine."""
    return "activity_sim.compiling.compiler" in sys.modules
