"""Plots of workers' time: by activity through the day, worker by worker, and beside what is required."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import matplotlib.dates as mdates
import matplotlib.patheffects as path_effects
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from activity_sim.analysis.plots.axes import (
    COLOURS,
    clock_axis,
    counted,
    legend_below,
    moments,
    new_axes,
    note_if,
    over_intervals,
    short,
    style,
)
from activity_sim.errors import InputError

Floats = NDArray[np.float64]
FEW_WORKERS = 40
"""Up to so many workers each one is named."""


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
    ax = new_axes(ax, height=5)
    starts, width = moments(table)
    workers = table.pivot(index="interval_start", columns="friendly_name", values="workers")
    shown = [name for name in table["friendly_name"].unique() if name != rest and workers[name].any()]
    bottom, handles = pd.Series(0.0, index=workers.index), []
    for number, name in enumerate(shown):
        handles.append(ax.bar(starts, workers[name], width, bottom, align="edge", label=name, **style(number)))  # type: ignore[arg-type]
        bottom = bottom + workers[name]
    ax.set_ylabel("Workers")
    counted(ax)
    note_if(ax, not shown, "workers")
    over_intervals(ax, starts, width)
    if tasks is not None:
        handles, shown = [*handles, _arrivals(ax, tasks, width)], [*shown, "tasks offered (right)"]
    legend_below(ax, handles, shown)
    return ax


def _arrivals(ax: Axes, tasks: pd.DataFrame, width: pd.Timedelta) -> Any:
    right = ax.twinx()
    middle = tasks["interval_start"] + width / 2
    (line,) = right.plot(middle, tasks["offered"], color="black", linewidth=1.6, marker="o", markersize=3)
    line.set_path_effects([path_effects.withStroke(linewidth=3.5, foreground="white")])
    counted(right)
    right.set_ylabel(f"Tasks offered in {int(width.total_seconds() // 60)} minutes")
    right.spines["top"].set_visible(False)
    return line


def spells(
    table: pd.DataFrame, *, start: datetime | None = None, rest: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw what each worker did and when, a line a worker (a Gantt chart).

    *table* is ``log.spells``, or rows of it, of one replication. *start*, with its time zone, is when the run began:
    with it the axis shows the local clock, without it hours since then. The activity *rest* is left white.

    >>> import activity_sim as sim
    >>> workers = sim.Workers("A", count=2, shifts=[sim.Shift("Available", "00:00", "01:00")])
    >>> log = sim.simulate(sim.Scenario(horizon="2h", workers=[workers]))
    >>> [label.get_text() for label in spells(log.spells, rest="Offline").get_yticklabels()]
    ['A 001', 'A 002']
    """
    names = list(table["worker"].cat.categories[np.unique(table["worker"].cat.codes)])
    ax = new_axes(ax, height=min(1.6 + 0.16 * len(names), 11))
    line = pd.Series(range(len(names)), index=names, dtype=int).reindex(table["worker"].astype(object)).to_numpy()
    left, right = (_on_axis(table[end], start) for end in ("start", "end"))
    activity = table["friendly_name"].astype(object).to_numpy()
    shown = [name for name in table["friendly_name"].cat.categories if name != rest and (activity == name).any()]
    looks = [style(number) | _plainer(len(names)) for number in range(len(shown))]
    for name, look in zip(shown, looks, strict=True):
        mine = activity == name
        boxes = _boxes(line[mine], left[mine], right[mine])
        ax.add_collection(PolyCollection(boxes, label=name, rasterized=True, **look), autolim=False)
    _worker_axis(ax, names)
    _time_axis(ax, start, np.append(left, right))
    note_if(ax, not shown, "work")
    legend_below(ax, [Patch(**look) for look in looks], shown)
    return ax


def _plainer(workers: int) -> dict[str, Any]:
    """Return how stretches look other than bars: without hatches where lines are too thin for them."""
    return {"linewidth": 0} if workers <= FEW_WORKERS else {"linewidth": 0, "hatch": ""}


def _on_axis(since: pd.Series[Any], start: datetime | None) -> Floats:
    hours = since.to_numpy().astype("timedelta64[us]").astype(np.int64) / 3.6e9
    return np.asarray(hours if start is None else mdates.date2num(start) + hours / 24)  # type: ignore[no-untyped-call]


def _boxes(line: Floats, left: Floats, right: Floats) -> Any:
    """Return the corners of a box for each stretch."""
    low, high = line - 0.4, line + 0.4
    corners = ((left, low), (left, high), (right, high), (right, low))
    return np.stack([np.stack(corner, axis=1) for corner in corners], axis=1)


def _worker_axis(ax: Axes, names: list[str]) -> None:
    """Name the workers: each, or where they are many as many as can be read."""
    step = 1 if len(names) <= FEW_WORKERS else -(-len(names) // 25)
    ax.set_yticks(range(0, len(names), step), [short(name) for name in names[::step]], parse_math=False, fontsize=8)
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    ax.spines[["top", "right"]].set_visible(False)


def _time_axis(ax: Axes, start: datetime | None, ends: Floats) -> None:
    if len(ends):
        ax.set_xlim(ends.min(), ends.max())
    if start is not None:
        clock_axis(ax, start.tzinfo, hours=len(ends) == 0 or bool(np.ptp(ends) < 1.5))
        return
    ax.set_xlabel("Hours since the start")
    ax.xaxis.set_label_position("top")


def staffing(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the heads that are required and those that are scheduled by interval; where some are short is hatched.

    *table* has the columns ``interval_start``, ``required`` and ``scheduled``.

    >>> hours = pd.date_range("2026-11-23 08:00", periods=3, freq="h", tz="Europe/Berlin")
    >>> table = pd.DataFrame({"interval_start": hours, "required": [2, 5, 3], "scheduled": [3, 3, 3]})
    >>> staffing(table).get_legend_handles_labels()[1]
    ['scheduled', 'short', 'required']
    """
    ax = new_axes(ax)
    starts, width = moments(table)
    edges = starts.append(starts[-1:] + width)
    required, scheduled = (np.append(table[name], table[name].iloc[-1:]) for name in ("required", "scheduled"))
    ax.fill_between(edges, scheduled, step="post", color=COLOURS[3], linewidth=0, label="scheduled")
    missing = required > scheduled
    look: dict[str, Any] = {"facecolor": "white", "edgecolor": COLOURS[2], "hatch": "///", "linewidth": 0}
    where = missing | np.roll(missing, 1)
    ax.fill_between(edges, scheduled, np.maximum(required, scheduled), where, step="post", label="short", **look)
    ax.step(edges, required, where="post", color="black", linewidth=2, label="required")
    ax.set_ylabel("Heads")
    counted(ax)
    over_intervals(ax, starts, width)
    ax.spines["right"].set_visible(False)
    legend_below(ax, *ax.get_legend_handles_labels())
    return ax


def required(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the workers that are required, those to schedule for that and those that are, and the gap, by interval.

    *table* is that of :func:`activity_sim.required`, or the rows of one pool of it. The gap is drawn from 0: below it
    workers are missing.

    >>> hours = pd.date_range("2026-11-23 08:00", periods=3, freq="h", tz="Europe/Berlin")
    >>> heads = {"required": [2, 5, 3], "heads": [3.0, 6.0, 4.0], "scheduled": [4.0, 4.0, 4.0], "gap": [1.0, -2.0, 0.0]}
    >>> required(pd.DataFrame({"interval_start": hours, "pool": "Calls", **heads})).get_legend_handles_labels()[1]
    ['scheduled', 'to schedule', 'required', 'gap']
    """
    if table["pool"].nunique() > 1:
        raise InputError(f"must be the rows of one pool, not of {', '.join(table['pool'].unique())}", "table")
    ax = new_axes(ax)
    starts, width = moments(table)
    edges = starts.append(starts[-1:] + width)
    lines = {name: np.append(table[name], table[name].iloc[-1:]) for name in ("required", "heads", "scheduled")}
    ax.fill_between(edges, lines["scheduled"], step="post", color=COLOURS[3], linewidth=0, label="scheduled")
    ax.bar(starts, table["gap"], width, align="edge", label="gap", **style(2))  # type: ignore[arg-type]
    ax.step(edges, lines["heads"], where="post", color="black", linewidth=2, label="to schedule")
    ax.step(edges, lines["required"], where="post", color="black", linewidth=1.2, linestyle="--", label="required")
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_ylabel("Workers")
    over_intervals(ax, starts, width)
    ax.spines["right"].set_visible(False)
    legend_below(ax, *ax.get_legend_handles_labels())
    return ax


def adherence(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw adherence and conformance: of each row, or of all by interval where there are intervals.

    *table* is that of :func:`activity_sim.adherence`.

    >>> figures = {"adherence": [0.9, 0.8, 0.85], "conformance": [1.02, 0.9, 0.96]}
    >>> ax = adherence(pd.DataFrame({"worker": ["Ann", "Bob", "all"], **figures}))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['Ann', 'Bob', 'all']
    """
    if "interval_start" in table:
        return _adherence_over_time(table[table.iloc[:, 0] == "all"], ax)
    names = table.iloc[:, 0].astype(str).tolist()
    ax = new_axes(ax, height=min(1.6 + 0.25 * len(names), 11))
    lines = np.arange(len(names))
    ax.barh(lines, table["adherence"], label="adherence", **style(0))
    ax.plot(table["conformance"], lines, "D", color="black", markersize=5, label="conformance")
    _worker_axis(ax, names)
    ax.axvline(1, color="black", linewidth=0.8)
    ax.set_xlim(left=0)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    legend_below(ax, *ax.get_legend_handles_labels())
    return ax


def _adherence_over_time(table: pd.DataFrame, ax: Axes | None) -> Axes:
    ax = new_axes(ax)
    starts, width = moments(table)
    edges = starts.append(starts[-1:] + width)
    for name, line in (("adherence", "-"), ("conformance", "--")):
        values = np.append(table[name], table[name].iloc[-1:])
        ax.step(edges, values, where="post", color="black", linewidth=2, linestyle=line, label=name)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    ax.spines["right"].set_visible(False)
    over_intervals(ax, starts, width)
    legend_below(ax, *ax.get_legend_handles_labels())
    return ax
