"""The plot that a warm-up is chosen by."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from activity_sim.analysis.plots.axes import COLOURS, new_axes


def welch(table: pd.DataFrame, *, ax: Axes | None = None, warm_up: Any = None) -> Axes:
    """Draw the means over replications by time, and their moving average, with the *warm_up* that is left out.

    *table* is that of :func:`~activity_sim.analysis.steady.welch`; *warm_up* is in its unit of time. Returns the axes.

    >>> from activity_sim.analysis import steady
    >>> ax = welch(steady.welch([[4.0, 2.0, 0.0, 0.0], [8.0, 4.0, 0.0, 0.0]], window=1), warm_up=2)
    >>> ax.get_legend_handles_labels()[1]
    ['mean over replications', 'moving average', 'warm-up']
    """
    ax = new_axes(ax)
    ax.plot(table["time"], table["mean"], color="#AAAAAA", linewidth=1, label="mean over replications")
    ax.plot(table["time"], table["smoothed"], color=COLOURS[0], linewidth=2, label="moving average")
    if warm_up is not None:
        ax.axvline(warm_up, color=COLOURS[2], linestyle="--", label="warm-up")
    ax.set_xlabel("Time")
    ax.margins(x=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    return ax
