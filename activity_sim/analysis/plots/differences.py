"""Plots of what differs: comparisons with a baseline, and what changes of inputs do."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from activity_sim.analysis.plots.axes import COLOURS, new_axes, one_line_each, scale_of, style


def comparison(table: pd.DataFrame, *, metric: str, subject: str = "all", ax: Axes | None = None) -> Axes:
    """Draw the differences in one *metric* of one *subject*, with their intervals, an alternative a line.

    *table* is that of :func:`activity_sim.compare`. Points are full where a difference is shown, others hollow.

    >>> rows = {"scenario": ["a", "b"], "metric": "wait_mean", "subject": "all", "difference": [1.0, 4.0]}
    >>> rows |= {"difference_low": [-1.0, 2.0], "difference_high": [3.0, 6.0], "verdict": ["", "higher"]}
    >>> [label.get_text() for label in comparison(pd.DataFrame(rows), metric="wait_mean").get_yticklabels()]
    ['a', 'b']
    """
    rows = table[(table["metric"] == metric) & (table["subject"] == subject)].reset_index(drop=True)
    ax = new_axes(ax, height=min(1.2 + 0.4 * len(rows), 12))
    scale, unit = scale_of(metric)
    for place, (_, row) in enumerate(rows.iterrows()):
        _interval(ax, place, row, scale)
    one_line_each(ax, rows["scenario"])
    ax.set_xlabel(f"Difference in {metric} from the baseline{unit}")
    return ax


def _interval(ax: Axes, place: int, row: pd.Series, scale: float) -> None:
    ends = [row["difference"] - row["difference_low"], row["difference_high"] - row["difference"]]
    shown = row["verdict"] in ("higher", "lower")
    ax.errorbar(
        row["difference"] * scale,
        place,
        xerr=[[end * scale] for end in ends],
        fmt="o",
        color=COLOURS[0],
        markerfacecolor=COLOURS[0] if shown else "white",
        capsize=4,
    )


def tornado(table: pd.DataFrame, *, most: int = 12, metric: str = "", ax: Axes | None = None) -> Axes:
    """Draw what changes of inputs do to a metric, the most influential on top, *most* of them at the most.

    *table* is that of :func:`activity_sim.sensitivity`; *metric* names what it is about.

    >>> rows = {"input": ["calls", "calls"], "change": ["-10 %", "+10 %"], "difference": [0.05, -0.07]}
    >>> tornado(pd.DataFrame(rows), metric="service_level").get_xlabel()
    'Difference in service_level, percentage points'
    """
    inputs = list(table["input"].unique()[:most])
    ax = new_axes(ax, height=min(1.2 + 0.5 * len(inputs), 12))
    scale, unit = scale_of(metric)
    for place, name in enumerate(inputs):
        rows = table[table["input"] == name]
        for number, (change, difference) in enumerate(zip(rows["change"], rows["difference"] * scale, strict=True)):
            bar = ax.barh(place + (number - 0.5) * 0.4, difference, height=0.4, **style(number))
            ax.bar_label(bar, [change], padding=3, fontsize=8)
    one_line_each(ax, inputs)
    ax.margins(x=0.15)
    ax.set_xlabel(f"Difference in {metric or 'the metric'}{unit}")
    return ax
