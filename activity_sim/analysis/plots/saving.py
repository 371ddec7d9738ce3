"""Plots as files: the same plot is the same bytes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imsave
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

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


def redrawn(ax: Axes, line: Line2D, *, dots: int = 96) -> Callable[[ArrayLike], bytes]:
    """Return what gives the figure of *ax* as "png" with other figures for *line*, and all else as it is now.

    All else is drawn once, with *dots* to the inch, since to lay out and write the axes is what takes long.

    >>> from activity_sim.analysis.plots import welch
    >>> import pandas as pd
    >>> ax = welch(pd.DataFrame({"time": [0, 1], "mean": [1, 2], "smoothed": [1, 2]}))
    >>> png = redrawn(ax, ax.lines[1])
    >>> png([1, 2]) == png([1, 2]), png([1, 2]) == png([2, 1])
    (True, False)
    """
    figure = ax.get_figure(root=True)
    assert figure is not None  # the axes were made on one
    canvas: Any = FigureCanvasAgg(figure)
    figure.set_dpi(dots)
    line.set_animated(True)  # so that it is left out of what is drawn once
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        canvas.draw()
    still = canvas.copy_from_bbox(figure.bbox)

    def png(figures: ArrayLike) -> bytes:
        line.set_ydata(figures)
        canvas.restore_region(still)
        ax.draw_artist(line)
        file = BytesIO()
        imsave(file, canvas.buffer_rgba(), format="png", pil_kwargs={"compress_level": 1})
        return file.getvalue()

    return png
