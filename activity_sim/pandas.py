"""Registers the accessor ``activities`` of data frames of spells: ``import activity_sim.pandas``.

Frames of a log have it without this import. It is one of its own since ``import activity_sim`` leaves pandas for later,
and a frame of your own does not ask whether we are there.
"""

from __future__ import annotations

from activity_sim.analysis.frames import Activities as Activities
from activity_sim.analysis.frames import tidy as tidy
