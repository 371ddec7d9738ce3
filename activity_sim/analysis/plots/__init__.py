"""Plots: each draws the table of the report or procedure whose name it bears, and computes nothing.

A plot takes the axes to draw on (*ax*, new ones where there are none) and returns them. Colours come in a fixed order
and differ in lightness, and hatches or line styles differ besides, so that plots can be read in greyscale too.
"""

from activity_sim.analysis.plots.axes import COLOURS, HATCHES
from activity_sim.analysis.plots.differences import comparison, tornado
from activity_sim.analysis.plots.saving import drawn, redrawn
from activity_sim.analysis.plots.service import (
    occupancy_by_interval,
    spread_by_interval,
    tasks_by_interval,
    tasks_by_time_of_day,
    wait_distribution,
)
from activity_sim.analysis.plots.steady import welch
from activity_sim.analysis.plots.time import adherence, required, spells, staffing, time_by_interval

__all__ = [
    "COLOURS",
    "HATCHES",
    "adherence",
    "comparison",
    "drawn",
    "occupancy_by_interval",
    "redrawn",
    "required",
    "spells",
    "spread_by_interval",
    "staffing",
    "tasks_by_interval",
    "tasks_by_time_of_day",
    "time_by_interval",
    "tornado",
    "wait_distribution",
    "welch",
]
