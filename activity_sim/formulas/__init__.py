"""The formulas of queueing theory that planning uses, exact and over arrays."""

from __future__ import annotations

from activity_sim.formulas.erlang import ErlangC, erlang_b, erlang_c
from activity_sim.formulas.erlang_a import DEFINITIONS, ErlangA

__all__ = ["DEFINITIONS", "ErlangA", "ErlangC", "erlang_b", "erlang_c"]
