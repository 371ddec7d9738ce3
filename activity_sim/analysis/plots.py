"""Plots: each draws the table of the report or procedure whose name it bears, and computes nothing.

A plot takes the axes to draw on (*ax*, new ones where there are none) and returns them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from activity_sim.analysis.metrics import METRICS

COLOURS = ("#4477AA", "#EE6677", "#CCBB44", "#228833", "#66CCEE", "#AA3377", "#EE7733", "#BBBBBB")
"""A qualitative scheme that colour-blind readers can tell apart (after Paul Tol's "bright")."""

HATCHES = ("", "///", "...", "\\\\\\", "xx", "++", "oo", "--")


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    return Figure(figsize=(10, 5), layout="constrained").add_subplot()


def time_by_interval(
    table: pd.DataFrame, *, tasks: pd.DataFrame | None = None, rest: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the workers in each activity by interval, stacked, and the tasks that arrive as a line.

    *table* is that of the report of the same name, *tasks* rows of ``tasks_by_interval`` with one task type (or
    "all"). The activity *rest*, where workers are when they do not work, is left out. Returns the axes.

    >>> import activity_sim as sim
    >>> scenario = sim.Scenario(horizon="2h", workers=[sim.Workers("A", count=2)])
    >>> ax = time_by_interval(sim.reports.time_by_interval(sim.simulate(scenario)))
    >>> ax.get_ylabel()
    'Workers'
    """
    ax = _axes(ax)
    zone = table["interval_start"].dt.tz
    workers = table.pivot(index="interval_start", columns="friendly_name", values="workers")
    shown = [name for name in table["friendly_name"].unique() if name != rest and workers[name].any()]
    width = workers.index.to_series().diff().min() if len(workers) > 1 else pd.Timedelta("30min")
    bottom = pd.Series(0.0, index=workers.index)
    for number, name in enumerate(shown):
        bars = ax.bar(workers.index, workers[name], width, bottom, align="edge", label=name)  # type: ignore[arg-type]
        for bar in bars:
            bar.set(facecolor=COLOURS[number % len(COLOURS)], hatch=HATCHES[number % len(HATCHES)])
            bar.set(edgecolor="white", linewidth=0.4)
        bottom = bottom + workers[name]
    ax.set_ylabel("Workers")
    ax.set_xlim(workers.index[0], workers.index[-1] + width)
    _clock_axis(ax, zone, hours=workers.index[-1] - workers.index[0] < pd.Timedelta("36h"))
    handles, labels = ax.get_legend_handles_labels()
    if tasks is not None:
        line = _arrivals(ax, tasks, width)
        handles, labels = [*handles, line], [*labels, "tasks offered (right)"]
    _legend_above(ax, handles, labels)
    return ax


def _arrivals(ax: Axes, tasks: pd.DataFrame, width: pd.Timedelta) -> Any:
    right = ax.twinx()
    middle = tasks["interval_start"] + width / 2
    (line,) = right.plot(middle, tasks["offered"], color="black", linewidth=1.6, marker="o", markersize=3)
    right.set_ylim(bottom=0)
    right.set_ylabel(f"Tasks offered in {int(width.total_seconds() // 60)} minutes")
    right.spines["top"].set_visible(False)
    return line


def _clock_axis(ax: Axes, zone: Any, *, hours: bool) -> None:
    locator = mdates.AutoDateLocator(tz=zone, maxticks=14)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%H:%M" if hours else "%a %d %b", tz=zone))  # type: ignore[no-untyped-call]
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.spines["top"].set_visible(False)


def welch(table: pd.DataFrame, *, ax: Axes | None = None, warm_up: Any = None) -> Axes:
    """Draw the means over replications by time, and their moving average, with the *warm_up* that is left out.

    *table* is that of :func:`~activity_sim.analysis.steady.welch`; *warm_up* is in its unit of time. Returns the axes.

    >>> from activity_sim.analysis import steady
    >>> ax = welch(steady.welch([[4.0, 2.0, 0.0, 0.0], [8.0, 4.0, 0.0, 0.0]], window=1), warm_up=2)
    >>> ax.get_legend_handles_labels()[1]
    ['mean over replications', 'moving average', 'warm-up']
    """
    ax = _axes(ax)
    ax.plot(table["time"], table["mean"], color=COLOURS[7], linewidth=1, label="mean over replications")
    ax.plot(table["time"], table["smoothed"], color=COLOURS[0], linewidth=2, label="moving average")
    if warm_up is not None:
        ax.axvline(warm_up, color=COLOURS[1], linestyle="--", label="warm-up")
    ax.set_xlabel("Time")
    ax.margins(x=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    return ax


def comparison(table: pd.DataFrame, *, metric: str, subject: str = "all", ax: Axes | None = None) -> Axes:
    """Draw the differences in one *metric* of one *subject*, with their intervals, an alternative a line.

    *table* is that of :func:`activity_sim.compare`. Intervals that leave out 0 are drawn full, others hollow.

    >>> rows = {"scenario": ["a", "b"], "metric": "wait_mean", "subject": "all", "difference": [1.0, 4.0]}
    >>> rows |= {"difference_low": [-1.0, 2.0], "difference_high": [3.0, 6.0], "verdict": ["", "higher"]}
    >>> [label.get_text() for label in comparison(pd.DataFrame(rows), metric="wait_mean").get_yticklabels()]
    ['a', 'b']
    """
    ax = _axes(ax)
    rows = table[(table["metric"] == metric) & (table["subject"] == subject)].reset_index(drop=True)
    scale, unit = _unit(metric)
    for place, (_, row) in enumerate(rows.iterrows()):
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
    _one_line_each(ax, rows["scenario"])
    ax.set_xlabel(f"Difference in {metric} from the baseline{unit}")
    return ax


def tornado(table: pd.DataFrame, *, most: int = 12, metric: str = "", ax: Axes | None = None) -> Axes:
    """Draw what changes of inputs do to a metric, the most influential on top, *most* of them at the most.

    *table* is that of :func:`activity_sim.sensitivity`; *metric* names what it is about.

    >>> rows = {"input": ["calls", "calls"], "change": ["-10 %", "+10 %"], "difference": [0.05, -0.07]}
    >>> tornado(pd.DataFrame(rows), metric="service_level").get_xlabel()
    'Difference in service_level, percentage points'
    """
    ax = _axes(ax)
    inputs = list(table["input"].unique()[:most])
    scale, unit = _unit(metric)
    for place, name in enumerate(inputs):
        rows = table[table["input"] == name]
        for number, (change, difference) in enumerate(zip(rows["change"], rows["difference"] * scale, strict=True)):
            line = place + (number - 0.5) * 0.4
            bar = ax.barh(line, difference, height=0.4, color=COLOURS[number], hatch=HATCHES[number], edgecolor="white")
            ax.bar_label(bar, [change], padding=3, fontsize=8)
    _one_line_each(ax, inputs)
    ax.margins(x=0.15)
    ax.set_xlabel(f"Difference in {metric or 'the metric'}{unit}")
    return ax


def _unit(metric: str) -> tuple[float, str]:
    """Return what to multiply the values of *metric* by to draw them, and the name of the unit."""
    unit = METRICS[metric].unit if metric in METRICS else ""
    return {"share": (100.0, ", percentage points"), "seconds": (1.0, ", seconds")}.get(unit, (1.0, ""))


def _one_line_each(ax: Axes, names: Iterable[str]) -> None:
    """Give each of *names* a line of its own, the first on top, and draw where nothing changes."""
    labels = list(names)
    ax.axvline(0, color="black", linewidth=1)
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _legend_above(ax: Axes, handles: Sequence[Any], labels: Sequence[str]) -> None:
    if handles:
        columns = min(len(labels), 6)
        legend = ax.legend(
            handles, labels, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=columns, frameon=False
        )
        for text in legend.get_texts():
            text.set_parse_math(False)
