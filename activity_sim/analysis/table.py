"""Columns of figures with their intervals beside them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.estimates import Estimate

Floats = NDArray[np.float64]


def with_interval(name: str, estimate: Estimate, replications: int) -> dict[str, Floats]:
    """Return the column *name*, and with several *replications* its low and high ends beside it."""
    columns = {name: np.asarray(estimate.value)}
    if replications > 1:
        columns |= {f"{name}_low": np.asarray(estimate.low), f"{name}_high": np.asarray(estimate.high)}
    return columns


def bounded(columns: dict[str, Floats], least: float, most: float = math.inf) -> dict[str, Floats]:
    """Return *columns* cut to what the figure can be at all."""
    return {name: np.clip(column, least, most) for name, column in columns.items()}
