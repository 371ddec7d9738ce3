"""Plots as files: the same plot is the same bytes."""

from __future__ import annotations

import warnings
from io import BytesIO

import matplotlib as mpl
from matplotlib.axes import Axes

METADATA = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}


def drawn(ax: Axes, kind: str = "svg", *, dots: int = 144) -> bytes:
    """Return the figure of *ax* as "svg" or "png", with *dots* to the inch where there are dots.

    >>> from activity_sim.analysis.plots import welch
    >>> import pandas as pd
    >>> ax = welch(pd.DataFrame({"time": [0, 1], "mean": [1, 2], "smoothed": [1, 2]}))
    >>> drawn(ax, "png")[1:4], drawn(ax) == drawn(ax)
    (b'PNG', True)
    """
    figure, file = ax.get_figure(root=True), BytesIO()
    assert figure is not None  # the axes were made on one
    with warnings.catch_warnings(), mpl.rc_context({"svg.hashsalt": "activity_sim", "svg.fonttype": "path"}):
        warnings.filterwarnings("ignore", message="Glyph")  # a script that the font lacks is no reason to stop
        figure.savefig(file, format=kind, dpi=dots, metadata=METADATA[kind])
    return file.getvalue()
