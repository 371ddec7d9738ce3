"""The integer programme: the cheapest numbers of workers that meet linear conditions."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SECONDS = 2.0
"""So long the solver may look for something better; then the best that it has found is taken."""
GAP = 1e-3
"""So much dearer than the cheapest an answer may be."""
MOST = 100_000
SLACK = 1e-6


@attrs.define(eq=False)
class Programme:
    """Whole numbers *n* of workers, from *least* to *most*, that cost as little as can be.

    *rows* are conditions: coefficients, and what their sum of products with *n* must be at least.
    """

    cost: Floats
    least: Ints
    most: Ints
    rows: list[tuple[Floats, float]] = attrs.Factory(list)

    def ask(self, coefficients: Floats, bound: float) -> None:
        """Add the condition that *coefficients* times the numbers are at least *bound*."""
        self.rows.append((coefficients, bound))

    def solve(self) -> tuple[int, ...] | None:
        """Return the numbers, or nothing where none meet all conditions."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        ones = np.ones(len(self.cost))
        matrix = np.array([ones, *(row for row, _ in self.rows)])
        bounds = np.array([1.0, *(bound for _, bound in self.rows)])
        found = milp(
            self.cost,
            integrality=np.ones(len(self.cost), dtype=np.int64),
            bounds=Bounds(self.least, self.most),
            constraints=LinearConstraint(matrix, bounds - SLACK * np.maximum(np.abs(bounds), 1.0)),
            options={"time_limit": SECONDS, "mip_rel_gap": GAP},
        )
        return None if found.x is None else tuple(int(n) for n in np.rint(found.x))
