"""Where the settling ends and the steady state begins: the warm-up that is to be left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.errors import InputError, within
from activity_sim.model.reading import whole

Floats = NDArray[np.float64]
BATCH = 5
FEWEST = 10
"""So many batches at the least: the spread of fewer than half of them is small by chance too often."""


def mser5(series: Sequence[float] | NDArray[Any]) -> int:
    """Return how many of the first values of *series* to leave out, by MSER-5.

    *series* has values at equal steps of time, of one long run or the means over replications; an incomplete batch of
    five at the end is left out. The truncation is the one, of up to half of the run, for which the squared standard
    error of the mean of what remains is least. Where that is half of it the run is too short to tell, which is refused
    with an :exc:`~activity_sim.errors.InputError`. What sets in later than that is not seen: look at :func:`welch`.

    Source: White (1997), "An effective truncation heuristic for bias reduction in simulation output", Simulation 69,
    in batches of five as in White, Cobb and Spratt (2000), "A comparison of five steady-state truncation heuristics
    for simulation", Winter Simulation Conference.

    >>> steps = np.arange(500)
    >>> mser5(10 * np.exp(-steps / 20) + np.sin(steps))
    80
    """
    batches = _batches(np.asarray(series, dtype=np.float64))
    half = len(batches) // 2
    least = int(np.argmin(_errors(batches)[: half + 1]))
    if least == half:
        cut = f"MSER-5 would leave out {half * BATCH} of its {len(batches) * BATCH} values, or more"
        raise InputError(f"must be longer to show that it has settled: {cut}", "series")
    return least * BATCH


def _batches(values: Floats) -> Floats:
    """Return the means of batches."""
    if values.ndim != 1 or not np.isfinite(values).all():
        raise InputError("must be one row of finite numbers", "series")
    if len(values) < FEWEST * BATCH:
        raise InputError(f"must have at least {FEWEST * BATCH} values, not {len(values)}", "series")
    return np.asarray(values[: len(values) // BATCH * BATCH].reshape(-1, BATCH).mean(axis=1))


def _errors(batches: Floats) -> Floats:
    """Return the squared standard errors of the means of all, all but the first, all but the first two, ..."""
    centred = batches - batches.mean()  # keeps the squares small, whose sums are subtracted from each other
    left = np.arange(len(batches), 0, -1)
    sums, squares = (np.cumsum(values[::-1])[::-1] for values in (centred, centred**2))
    return np.asarray((squares - sums**2 / left) / left**2)


def welch(observed: NDArray[Any], window: int, *, time: Sequence[Any] | NDArray[Any] | None = None) -> pd.DataFrame:
    """Return the means over replications by time, and their moving average, to see where they have settled.

    *observed* has a row for each replication and a column for each step of *time* (which are numbered from 0 where
    no times are given). The average is over *window* steps to either side; near the start over as many as there are,
    and none for the last *window* steps. The window is to be wide enough for a smooth curve, a quarter of the run at
    the most; the warm-up ends where the curve is level. :func:`~activity_sim.analysis.plots.welch` draws the table.

    Raises :exc:`~activity_sim.errors.InputError` for a window that is too wide. Source: Welch (1983), "The statistical
    analysis of simulation results", as in Law, *Simulation Modeling and Analysis*, section 9.5.1.

    >>> table = welch(np.array([[4.0, 2, 0, 0, 0, 0, 0, 0], [8.0, 4, 0, 0, 0, 0, 0, 0]]), window=1)
    >>> table["smoothed"].tolist()
    [6.0, 3.0, 1.0, 0.0, 0.0, 0.0, 0.0, nan]
    """
    given = np.asarray(observed, dtype=np.float64)
    if given.ndim != 2:
        raise InputError(f"must have replications as rows and times as columns, not {given.ndim} axes", "observed")
    steps = given.shape[1]
    reach = within("window", lambda: whole(1, max(steps // 4, 1))(window))
    mean = given.mean(axis=0)
    times = np.arange(steps) if time is None else time
    return pd.DataFrame({"time": times, "mean": mean, "smoothed": _smoothed(mean, reach)})


def _smoothed(mean: Floats, window: int) -> Floats:
    sums, step = np.concatenate([[0.0], np.cumsum(mean)]), np.arange(len(mean))
    reach = np.minimum(step, window)
    until = np.minimum(step + reach + 1, len(mean))
    average = (sums[until] - sums[step - reach]) / (2 * reach + 1)
    return np.where(step + window < len(mean), average, np.nan)
