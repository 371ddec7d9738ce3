"""The writing of agendas as compiled code, for when numba is at hand."""

from __future__ import annotations

from activity_sim.compiling.compiler import compiled
from activity_sim.drawing.steps import PARTS, write

write_steps = compiled(write, PARTS)
