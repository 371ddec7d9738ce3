"""The plots of a page: drawn, put into it, and said in words for those who cannot see them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import attrs
import pandas as pd

from activity_sim.analysis import plots
from activity_sim.analysis.describe import percent
from activity_sim.page.cells import count, length
from activity_sim.page.given import Run

MOST_WORKERS = 400
"""So many workers at the most are drawn one by one."""


@attrs.frozen
class Picture:
    """A plot: its *title*, the file as a data URI, and what it shows in words (*alt*)."""

    title: str
    uri: str
    alt: str
    caption: str = ""


def picture(ax: Any, title: str, alt: str, *, caption: str = "", kind: str = "svg") -> Picture:
    """Return the plot on *ax* as a picture; of "png" and "svg" the latter stays sharp."""
    mime = {"svg": "image/svg+xml", "png": "image/png"}[kind]
    data = b64encode(plots.drawn(ax, kind, dots=110)).decode("ascii")
    return Picture(title, f"data:{mime};base64,{data}", alt, caption)


def pictures(run: Run) -> Iterator[Picture]:
    """Yield the plots of *run*."""
    shown = run.busiest()
    yield _through_the_day(run, shown)
    if run.served:
        yield from _of_service(run, shown)
    if run.served and run.report("occupancy_by_interval")["occupancy"].notna().any():
        yield from _of_occupancy(run)
    yield _workers(run, shown)


def _on(table: pd.DataFrame, shown: pd.DatetimeIndex) -> pd.DataFrame:
    return table[table["interval_start"].isin(shown)]


def _through_the_day(run: Run, shown: pd.DatetimeIndex) -> Picture:
    tasks, time = run.report("tasks_by_interval"), _on(run.report("time_by_interval"), shown)
    tasks = _on(tasks[tasks["task_type"] == "all"], shown)
    rest = run.legend.rest
    ax = plots.time_by_interval(time, tasks=tasks if run.served else None, rest=rest)
    working = time[time["friendly_name"] != rest].groupby("interval_start")["workers"].sum()
    most = f"At the most {count(round(float(working.max())))} workers are not in “{rest}”, at {working.idxmax():%H:%M}."
    peak = tasks.iloc[int(tasks["offered"].argmax())] if run.served else None
    busy = "" if peak is None else f" Most tasks come from {peak['interval_start']:%H:%M}: {count(peak['offered'])}."
    return picture(ax, f"Workers by activity through {_day(shown)}", f"{most}{busy}", caption=f"{most}{busy}")


def _day(shown: pd.DatetimeIndex) -> str:
    return f"{shown[0]:%A %d %B %Y}"


def _of_service(run: Run, shown: pd.DatetimeIndex) -> Iterator[Picture]:
    targets = {level.target for level in run.legend.service_levels}
    spread = _on(run.report("spread_by_interval"), shown)
    ax = plots.spread_by_interval(spread, target=targets.pop() if len(targets) == 1 else None)
    level = spread[(spread["metric"] == "service_level") & spread["p50"].notna()]
    if len(level):
        worst = level.iloc[int(level["p50"].argmin())]
        said = (
            f"The median of the replications is lowest from {worst['interval_start']:%H:%M}: {percent(worst['p50'])}."
        )
        yield picture(ax, f"Service level through {_day(shown)}", said, caption=f"{said} {_bands(run)}")
    yield _waits(run)
    if _days(run) > 1:
        ax = plots.tasks_by_interval(run.report("tasks_by_interval"))
        alt = f"The service level of all tasks by the time of day, a row for each of {_days(run)} days. {_TABLE}"
        yield picture(ax, "Service level by day and time", alt, caption="Dark is bad; grey is where no task came.")


_TABLE = "The figures are in the table of service by interval."


def _bands(run: Run) -> str:
    if run.replications == 1:
        return "There is one replication, so nothing can be said about how days differ."
    return "The bands show how far one replication of the day may differ from another, all tasks together."


def _days(run: Run) -> int:
    return len(set(run.report("tasks_by_interval")["interval_start"].dt.date))


def _waits(run: Run) -> Picture:
    names = zip(run.legend.task_types, run.legend.service_levels, strict=True)
    within = {name: level.within / 1e6 for name, level in names}
    table = run.report("wait_distribution")
    row = run.row("task_summary", "all")
    said = f"Nine in ten tasks wait at most {length(row['wait_p90'])}."
    dashed = "The dashed line is where the service level is read."
    ax = plots.wait_distribution(table, within=within)
    return picture(ax, "How long tasks wait", said, caption=f"{said} {dashed}")


def _of_occupancy(run: Run) -> Iterator[Picture]:
    ax = plots.occupancy_by_interval(run.report("occupancy_by_interval"))
    alt = f"The occupancy of all workers by the time of day, a row for each of {_days(run)} days."
    caption = "Bright is busy. Above 90 % workers have hardly any rest between tasks."
    yield picture(ax, "Occupancy by day and time", f"{alt} The figures are in the table of occupancy.", caption=caption)


def _workers(run: Run, shown: pd.DatetimeIndex) -> Picture:
    legend, rest = run.legend, run.legend.rest
    spells = _between(run, shown)
    drawn = list(legend.workers[:MOST_WORKERS])
    ax = plots.spells(_of(spells, drawn), start=legend.calendar.local(0), rest=rest)
    first = run.first.replications[0]
    who = f"{len(drawn)} of {len(legend.workers)}" if len(drawn) < len(legend.workers) else "all"
    alt = f"A line for each worker, {who} of them, with the activities of replication {first} as coloured stretches."
    caption = f"Replication {first}, one of those that the figures are means of; white is “{rest}”."
    return picture(ax, f"What each worker does on {_day(shown)}", alt, caption=caption, kind="png")


def _between(run: Run, shown: pd.DatetimeIndex) -> Any:
    """Return the spells of the first replication in the intervals *shown*, cut to them."""
    spells = run.first.spells
    width = pd.Timedelta(run.legend.interval, "us")
    origin = pd.Timestamp(run.legend.calendar.local(0))
    left, right = (
        max(shown[0] - origin, pd.Timedelta(0)),
        min(shown[-1] + width - origin, pd.Timedelta(run.legend.horizon, "us")),
    )
    kept: Any = spells[(spells["start"] < right) & (spells["end"] > left)]
    return kept.assign(start=kept["start"].clip(lower=left), end=kept["end"].clip(upper=right))


def _of(spells: Any, workers: list[str]) -> Any:
    return spells[spells["worker"].isin(workers)]
