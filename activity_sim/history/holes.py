"""Holes in the record: stretches without any event in which, as later events prove, something did happen."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.history.gathering import SECOND, Ints

SILENCE = 15 * 60 * SECOND
"""So long a stretch without events can be a hole: as much as the API lists where nobody says a period."""


@attrs.frozen(eq=False)
class Holes:
    """Stretches of time in their order, from *start* to *end*, in milliseconds since 1970."""

    start: Ints
    end: Ints

    def with_any(self, instants: Ints) -> Holes:
        """Return those in which at least one of *instants* lies, by more than the second to which these are known."""
        ordered = np.sort(instants)
        first, last = (np.searchsorted(ordered, ends) for ends in (self.start + SECOND, self.end - SECOND))
        return Holes(self.start[first < last], self.end[first < last])

    def begun(self, start: Ints, instant: Ints) -> Ints:
        """Return until when the record tells of what began at *start* and was over by *instant*.

        Where *instant* lies in one of these stretches, that is when the first of them after *start* begins; else it is
        *start* itself.
        """
        begins = np.append(self.start, np.iinfo(np.int64).max)
        inside = begins[np.searchsorted(self.end, instant, side="left")] < instant
        return np.where(inside, begins[np.searchsorted(self.start, start, side="left")], start)

    def meet(self, start: Ints, end: Ints) -> NDArray[np.bool_]:
        """Return which of the stretches from *start* to *end* have a part in one of them."""
        begins = np.append(self.start, np.iinfo(np.int64).max)
        found: NDArray[np.bool_] = begins[np.searchsorted(self.end, start, side="right")] < end
        return found


def silences(dates: Ints) -> Holes:
    """Return the stretches between two of *dates* that are so long that they can be holes.

    >>> silences(np.array([0, 60_000, 3_600_000])).start.tolist()
    [60000]
    """
    ordered = np.unique(dates)
    long = np.flatnonzero(np.diff(ordered) >= SILENCE)
    return Holes(ordered[long], ordered[long + 1])
