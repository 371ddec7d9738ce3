"""The formulas of queueing theory that planning uses, exact, and over arrays.

Arguments are plain numbers or arrays that broadcast together. Times may be in any one unit: where the documentation
says seconds and a second, read minutes and a minute throughout if that is what is given.

>>> queue = ErlangA(arrival_rate=100 / 1800, handle_time=180, patience=300, servers=14)
>>> print(f"{queue.service_level(20):.1%} are answered within 20 s, {queue.probability_of_abandoning:.1%} abandon")
91.7% are answered within 20 s, 1.4% abandon
"""

from __future__ import annotations

from activity_sim.formulas.chains import time_shares, visit_shares
from activity_sim.formulas.erlang import ErlangC, erlang_b, erlang_c
from activity_sim.formulas.erlang_a import DEFINITIONS, ErlangA
from activity_sim.formulas.finite import FiniteRoom
from activity_sim.formulas.priorities import priority_waits
from activity_sim.formulas.staffing import agents_required

__all__ = [
    "DEFINITIONS",
    "ErlangA",
    "ErlangC",
    "FiniteRoom",
    "agents_required",
    "erlang_b",
    "erlang_c",
    "priority_waits",
    "time_shares",
    "visit_shares",
]
