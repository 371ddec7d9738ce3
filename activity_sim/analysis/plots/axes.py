"""What plots share: colours, hatches and line styles in a fixed order, axes, legends, clocks and units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter
from matplotlib.transforms import ScaledTranslation

from activity_sim.analysis.describe import clock
from activity_sim.analysis.metrics import METRICS

COLOURS = ("#4477AA", "#DDCC77", "#882255", "#88CCEE", "#117733", "#EE8866", "#332288", "#DDDDDD")
"""A qualitative scheme after Paul Tol: colour-blind readers can tell neighbours apart, and so can a grey printer."""

HATCHES = ("", "///", "...", "\\\\\\", "xx", "++", "oo", "--")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (7, 2, 1, 2)))
LONGEST = 32
"""So many characters of a name are shown."""


def new_axes(ax: Axes | None, *, height: float = 4.5) -> Axes:
    """Return *ax*, or new axes where there are none."""
    if ax is not None:
        return ax
    return Figure(figsize=(9, height), layout="constrained").add_subplot()


def style(number: int) -> dict[str, Any]:
    """Return the colour and the hatch of the entry of that *number*; the first 64 differ in one or the other."""
    places = len(COLOURS)
    hatch = HATCHES[(number + number // places) % places]
    return {"facecolor": COLOURS[number % places], "hatch": hatch, "edgecolor": "white", "linewidth": 0.4}


def short(name: str) -> str:
    """Return *name* as far as there is room for it: what tells workers apart is often at the end.

    >>> short("Available"), short("A group with a name of many words 012")
    ('Available', 'A group with a nam…any words 012')
    """
    return name if len(name) <= LONGEST else f"{name[:18].rstrip()}…{name[19 - LONGEST :]}"


def legend_below(ax: Axes, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Put a legend under *ax*, in as many columns as its *labels* leave room for."""
    if not handles:
        return
    shown = [f" {short(label)}" for label in labels]  # with a space, since what begins with _ is left out
    columns = max(1, min(len(shown), 6, 105 // (max(map(len, shown)) + 7)))
    below = ax.transAxes + ScaledTranslation(0, -0.3, ax.figure.dpi_scale_trans)
    legend = ax.legend(
        handles, shown, loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=below, ncols=columns, frameon=False
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def note_if(ax: Axes, empty: object, what: str) -> None:
    """Say in the middle of *ax* that there is nothing of *what*, where it is *empty*."""
    if empty:
        ax.text(0.5, 0.5, f"no {what}", transform=ax.transAxes, ha="center", va="center", color="#595959", fontsize=12)


def clock_axis(ax: Axes, zone: Any, *, hours: bool) -> None:
    """Let the x axis show local clock times of *zone*, or days."""
    locator = mdates.AutoDateLocator(tz=zone, maxticks=14)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%H:%M" if hours else "%a %d %b", tz=zone))  # type: ignore[no-untyped-call]
    ax.spines["top"].set_visible(False)


def moments(table: pd.DataFrame) -> tuple[pd.DatetimeIndex, pd.Timedelta]:
    """Return the starts of the intervals of *table* and how long one is."""
    starts = pd.DatetimeIndex(table["interval_start"].unique())
    return starts, starts.to_series().diff().min() if len(starts) > 1 else pd.Timedelta("30min")


def over_intervals(ax: Axes, starts: pd.DatetimeIndex, width: pd.Timedelta) -> None:
    """Let the x axis of *ax* reach from the first of the intervals to the end of the last."""
    if len(starts):
        ax.set_xlim(starts[0], starts[-1] + width)  # type: ignore[arg-type]
        clock_axis(ax, starts.tz, hours=starts[-1] - starts[0] < pd.Timedelta("36h"))


def counted(ax: Axes) -> None:
    """Let the y axis of *ax* begin at 0 and show whole numbers."""
    ax.set_ylim(bottom=0, top=max(1.03 * ax.dataLim.ymax, 1.0) if np.isfinite(ax.dataLim.ymax) else 1.0)
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))


def unit_of(metric: str) -> str:
    """Return the unit of the values of *metric*: "share", "seconds", "count" or nothing."""
    return METRICS[metric].unit if metric in METRICS else ""


def label_of(metric: str) -> str:
    """Return how *metric* is called on an axis.

    >>> label_of("wait_mean")
    'Wait mean'
    """
    return metric.replace("_", " ").capitalize()


def value_axis(ax: Axes, metric: str) -> None:
    """Let the y axis of *ax* show values of *metric* as people read them."""
    unit = unit_of(metric)
    ax.set_ylabel(label_of(metric))
    if unit == "share":
        ax.set_ylim(0, 1.02)
        ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    else:
        ax.set_ylim(bottom=0, top=max(ax.get_ylim()[1], 10.0 if unit == "seconds" else 1.0))
        ax.yaxis.set_major_locator(MaxNLocator(steps=[1, 2, 3, 6, 10], integer=True))
    if unit == "seconds":
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: clock(value)))
        ax.set_ylabel(f"{label_of(metric)} (minutes:seconds)")


def scale_of(metric: str) -> tuple[float, str]:
    """Return what to multiply the values of *metric* by to draw differences, and the name of the unit."""
    return {"share": (100.0, ", percentage points"), "seconds": (1.0, ", seconds")}.get(unit_of(metric), (1.0, ""))


def one_line_each(ax: Axes, names: Iterable[str]) -> None:
    """Give each of *names* a line of its own, the first on top, and draw where nothing changes."""
    labels = [short(name) for name in names]
    ax.axvline(0, color="black", linewidth=1)
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
