"""Several conclusions from one study: what each must reach so that all of them hold together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import InputError, within
from activity_sim.model.reading import number, whole

Floats = NDArray[np.float64]


def holm(probabilities: Sequence[float] | Floats) -> Floats:
    """Return p-values (*probabilities*) adjusted for being several, by Holm's method.

    Each adjusted value is the smallest level at which its hypothesis is rejected where the probability to reject any
    true one is to stay below the level, whatever the dependence between them. NaN stays NaN and counts as not tested.

    Raises :exc:`~activity_sim.errors.InputError` for a value outside [0, 1]. Source: Holm (1979), "A simple
    sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.

    >>> holm([0.01, 0.04, float("nan"), 0.03]).round(2).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    given = np.asarray(probabilities, dtype=np.float64)
    if given.ndim != 1 or ((given < 0) | (given > 1)).any():
        raise InputError("must be a list of numbers from 0 to 1", "probabilities")
    adjusted = np.full(len(given), np.nan)
    tested = np.flatnonzero(~np.isnan(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    steps = given[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def bonferroni_confidence(confidence: float, count: int) -> float:
    """Return the confidence of each of *count* intervals that hold all together with *confidence*.

    Source: Bonferroni's inequality, 1 - (1 - confidence) / count.

    >>> round(bonferroni_confidence(0.95, 5), 4)
    0.99
    """
    share = within("confidence", lambda: number(0, 1)(confidence))
    return 1 - (1 - share) / within("count", lambda: whole(1, 1_000_000)(count))
