"""Plots of service and occupancy: how long tasks wait, by interval and day, and how far replications differ."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from activity_sim.analysis.describe import clock
from activity_sim.analysis.plots.axes import (
    COLOURS,
    LINES,
    label_of,
    legend_below,
    moments,
    new_axes,
    note_if,
    over_intervals,
    unit_of,
    value_axis,
)

BANDS = (("p5", "p95", "9 in 10 replications", "#C6D8EA"), ("p25", "p75", "half of them", "#7FA6CC"))


def wait_distribution(
    table: pd.DataFrame, *, within: Mapping[str, float] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the share of tasks that waited at most so long, a line a task type.

    *table* is that of the report of the same name. *within* has the threshold of each task type, in seconds: each is
    drawn as a vertical line. Waits beyond those of 99 in 100 tasks are cut off.

    >>> rows = {"task_type": ["all"] * 3, "wait": [0, 20, 60], "tasks": [1, 8, 10], "share": [0.1, 0.8, 1.0]}
    >>> wait_distribution(pd.DataFrame(rows), within={"call": 20}).lines[0].get_ydata().tolist()
    [0.1, 0.8, 1.0]
    """
    ax = new_axes(ax)
    names = list(table["task_type"].unique())
    names = names[:1] if len(names) == 2 else names
    for number, name in enumerate(names):
        rows, look = table[table["task_type"] == name], LINES[number % len(LINES)]
        ax.plot(rows["wait"], rows["share"], label=name, linewidth=2, linestyle=look, color=COLOURS[number % 7])
    thresholds = sorted(set((within or {}).values()))
    for level in thresholds:
        ax.axvline(level, color="black", linewidth=1, linestyle="--")
        ax.annotate(clock(level), (level, 0.0), (3, 3), textcoords="offset points", fontsize=9)
    legend_below(ax, ax.lines[: len(names)], names)
    _wait_axis(ax, table, thresholds)
    note_if(ax, not table["tasks"].any(), "tasks")
    return ax


def _wait_axis(ax: Axes, table: pd.DataFrame, thresholds: list[float]) -> None:
    rows = table[table["task_type"] == "all"]
    most = float(rows["wait"][rows["share"] >= 0.99].min())
    seen = [most if np.isfinite(most) else 60.0, *(1.5 * level for level in thresholds), 10.0]
    ax.set_xlim(0, max(seen))
    ax.set_ylim(0, 1.02)
    ax.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 3, 6, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: clock(value)))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    ax.set(xlabel="Wait of at most (minutes:seconds)", ylabel="Share of the tasks")
    ax.grid(axis="y", color="#DDDDDD")
    ax.xaxis.set_label_position("top")
    ax.spines[["top", "right"]].set_visible(False)


def spread_by_interval(
    table: pd.DataFrame, *, metric: str = "service_level", target: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw how far replications differ through the day: a fan of bands around the median of *metric*.

    *table* is that of the report of the same name; *target* is drawn as a line.

    >>> import activity_sim as sim
    >>> study = sim.replicate(sim.Scenario(horizon="2h", workers=[sim.Workers("A")]), replications=2)
    >>> spread_by_interval(sim.reports.spread_by_interval(study), metric="offered").get_ylabel()
    'Offered'
    """
    ax = new_axes(ax)
    rows = table[table["metric"] == metric]
    starts, width = moments(rows)
    middle = starts + width / 2
    for low, high, label, colour in BANDS:
        ax.fill_between(middle, rows[low], rows[high], color=colour, label=label, linewidth=0)
    ax.plot(middle, rows["p50"], color="#1F3D5C", linewidth=2, marker="o", markersize=3, label="the median")
    if target is not None:
        ax.axhline(target, color=COLOURS[2], linestyle="--", label="target")
    over_intervals(ax, starts, width)
    value_axis(ax, metric)
    note_if(ax, not rows["p50"].notna().any(), "tasks")
    ax.spines["right"].set_visible(False)
    legend_below(ax, *ax.get_legend_handles_labels())
    return ax


def tasks_by_interval(
    table: pd.DataFrame, *, metric: str = "service_level", subject: str = "all", ax: Axes | None = None
) -> Axes:
    """Draw one *metric* of one task type (*subject*) by the interval of the day and the day, as a heatmap.

    *table* is that of the report of the same name. Intervals at both ends of the day in which nothing came on any day
    are left out; others without a figure are grey.

    >>> import activity_sim as sim
    >>> calls = sim.Tasks("call", arrivals=sim.Regular("10min"), handle_time="1min")
    >>> log = sim.simulate(sim.Scenario(horizon="48h", workers=[sim.Workers("A")], tasks=[calls]))
    >>> tasks_by_interval(sim.reports.tasks_by_interval(log)).collections[0].get_array().shape
    (2, 48)
    """
    rows = table[table["task_type"] == subject]
    return _heatmap(rows.assign(figure=rows[metric].where(rows["offered"] > 0)), metric, ax)


def tasks_by_time_of_day(
    tables: Mapping[str, pd.DataFrame], *, metric: str = "service_level", ax: Axes | None = None
) -> Axes:
    """Draw one *metric* of tasks by the local clock at arrival, a line for each of *tables*, which are there by name.

    Each has rows of the report of the same name with one task type (or "all"). Times at both ends of the day that have
    no figure in any are left out.

    >>> rows = pd.DataFrame({"time_of_day": ["08:00:00", "08:30:00"], "service_level": [0.9, 0.7]})
    >>> [label.get_text() for label in tasks_by_time_of_day({"now": rows}).get_xticklabels()]
    ['08:00', '08:30']
    """
    ax = new_axes(ax)
    for number, (name, table) in enumerate(tables.items()):
        look, colour = LINES[number % len(LINES)], COLOURS[(0, 2, 4)[number % 3]]
        ax.plot(range(len(table)), table[metric], label=name, linewidth=2, linestyle=look, color=colour)
    figures = pd.DataFrame({name: table.set_index("time_of_day")[metric] for name, table in tables.items()})
    _time_of_day_axis(ax, figures)
    value_axis(ax, metric)
    note_if(ax, not figures.notna().any(axis=None), "tasks")
    legend_below(ax, ax.lines, list(tables))
    return ax


def _time_of_day_axis(ax: Axes, figures: pd.DataFrame) -> None:
    """Let the x axis show the clock from the first time with a figure to the last."""
    seen = np.flatnonzero(figures.notna().any(axis=1))
    first, last = (int(seen[0]), int(seen[-1])) if len(seen) else (0, max(len(figures) - 1, 0))
    places = range(len(figures))[first : last + 1 : -(-(last + 1 - first) // 12)]
    ax.set_xticks(places, [str(figures.index[place])[:5] for place in places])
    ax.set_xlim(first - 0.5, last + 0.5)
    ax.xaxis.set_label_position("top")
    ax.set_xlabel("Arrival, local time")
    ax.grid(axis="y", color="#DDDDDD")
    ax.spines[["top", "right"]].set_visible(False)


def occupancy_by_interval(table: pd.DataFrame, *, subject: str = "all", ax: Axes | None = None) -> Axes:
    """Draw the occupancy of one worker group (*subject*) by the interval of the day and the day, as a heatmap.

    *table* is that of the report of the same name. Where nobody was open for work it is grey.

    >>> import activity_sim as sim
    >>> log = sim.simulate(sim.Scenario(horizon="48h", workers=[sim.Workers("A")]))
    >>> len(occupancy_by_interval(sim.reports.occupancy_by_interval(log)).get_yticklabels())
    2
    """
    rows = table[table["worker_group"] == subject]
    return _heatmap(rows.assign(figure=rows["occupancy"]), "occupancy", ax)


def _heatmap(rows: pd.DataFrame, metric: str, ax: Axes | None) -> Axes:
    clocks, days = rows["interval_start"].dt.strftime("%H:%M"), rows["interval_start"].dt.strftime("%a %d %b")
    first = rows.assign(clock=clocks, day=days).drop_duplicates(["clock", "day"])
    grid = first.pivot(index="day", columns="clock", values="figure").loc[days.unique()]
    seen = np.flatnonzero(grid.notna().any(axis=0))
    grid = grid.iloc[:, seen.min() : seen.max() + 1] if len(seen) else grid
    ax = new_axes(ax, height=min(1.9 + 0.3 * len(grid), 14))
    ax.set_facecolor("#E8E8E8")
    top = {"vmin": 0, "vmax": 1 if unit_of(metric) == "share" else None}
    mesh = ax.pcolormesh(grid.to_numpy(dtype=float), cmap="cividis", edgecolors="white", linewidth=0.5, **top)  # type: ignore[arg-type]
    _grid_axes(ax, grid)
    note_if(ax, not len(seen), "figures")
    bar = ax.figure.colorbar(mesh, ax=ax, fraction=0.05, pad=0.01, aspect=12, label=label_of(metric))
    if unit_of(metric) == "share":
        bar.ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    return ax


def _grid_axes(ax: Axes, grid: pd.DataFrame) -> None:
    columns, rows = -(-grid.shape[1] // 12), -(-len(grid) // 40)
    ax.set_xticks(range(0, grid.shape[1], columns), grid.columns[::columns])
    ax.set_yticks(np.arange(0, len(grid), rows) + 0.5, grid.index[::rows])
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.spines[:].set_visible(False)
