"""The tables of a run: which columns of which report, what they are called, and what to know of them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from activity_sim.page.cells import Cell, Column, Table, exact, hours, table
from activity_sim.page.given import Run

ACTIVITIES = (
    Column("friendly_name", "Activity"),
    Column("available", "Available"),
    Column("total", "Hours", "hours"),
    Column("share", "Share of time", "share"),
    Column("spells", "Stays", "count"),
    Column("min", "Shortest", "seconds"),
    Column("avg", "Mean stay", "seconds"),
    Column("max", "Longest", "seconds"),
)
FATES = (
    Column("offered", "Came", "count"),
    Column("completed", "Completed", "count"),
    Column("abandoned", "Abandoned", "count"),
    Column("canceled", "Canceled", "count"),
    Column("waiting", "Waiting at the end", "count"),
    Column("in_progress", "In hand at the end", "count"),
)
SERVICE = (
    Column("abandoned_share", "Abandoned", "share"),
    Column("wait_mean", "Mean wait", "seconds"),
    Column("wait_accepted_mean", "Mean wait if answered", "seconds"),
    Column("wait_p90", "90 % wait at most", "seconds"),
    Column("service_level", "Service level", "share"),
)
TYPE = Column("task_type", "Tasks")
START = Column("interval_start", "From", "moment")
OCCUPANCY = (
    Column("worker_group", "Workers"),
    Column("occupancy", "Occupancy", "share"),
    Column("utilisation", "Utilisation", "share"),
)
COST = (
    Column("item", "Item"),
    Column("subject", "Of"),
    Column("friendly_name", "Activity"),
    Column("quantity", "Quantity", "count"),
    Column("cost", "Cost", "money"),
)
WAITS = (TYPE, Column("wait", "Wait of at most", "seconds"), Column("share", "Share of tasks", "share"))
MOST_WORKERS = 300


def tables(run: Run) -> Iterator[Table]:
    """Yield the tables of *run*, those that everyone reads first."""
    yield from _of_service(run)
    note = "Occupancy: time with a task in hand, of the time with one or open for one. Utilisation: of all time not in "
    yield _whole(run, "occupancy", "How busy workers are", OCCUPANCY, note=f"{note}“{run.legend.rest}”.")
    note = "Of all workers together. Every activity of the workspace has its row."
    yield _whole(run, "time_by_activity", "Time by activity", ACTIVITIES, note=note)
    if run.legend.prices is not None:
        note = f"Means per replication{f', in {run.legend.prices.currency}' if run.legend.prices.currency else ''}."
        yield table("cost", "Cost", run.report("cost"), COST, note=note, file="cost.csv")
    yield from _folded(run)


def _of_service(run: Run) -> Iterator[Table]:
    if not run.legend.task_types:
        return
    yield _whole(run, "task_summary", "Service by task type", (TYPE, *SERVICE))
    note = "Means per replication. The five fates add up to what came."
    yield _whole(run, "task_summary", "What became of the tasks", (TYPE, *FATES), note=note, name="fates")
    day = run.report("tasks_by_time_of_day")
    day = day[(day["task_type"] == "all") & (day["offered"] > 0)]
    columns = (Column("time_of_day", "From"), FATES[0], *SERVICE)
    note = "All tasks together, all days together, by the local clock when they came."
    yield table("tasks_by_time_of_day", "Service by time of day", day, columns, note=note)


def _folded(run: Run) -> Iterator[Table]:
    if run.legend.task_types:
        tasks, waits = run.report("tasks_by_interval"), run.report("wait_distribution")
        columns = (START, TYPE, FATES[0], *SERVICE)
        yield _part("tasks_by_interval", "Service by interval", tasks[tasks["offered"] > 0], columns)
        reached = waits.groupby("task_type", sort=False)["share"].transform(lambda share: share.shift(fill_value=0))
        yield _part("wait_distribution", "Distribution of waits", waits[reached < 1], WAITS)
    busy = run.report("occupancy_by_interval")
    open_ = (START, *OCCUPANCY[:2])
    yield _part("occupancy_by_interval", "Occupancy by interval", busy[busy["occupancy"].notna()], open_)
    time = run.report("time_by_interval")
    spent = (START, ACTIVITIES[0], ACTIVITIES[2], Column("workers", "Workers", "workers"))
    shown = time[time["interval_start"].isin(run.busiest()) & (time["total"] > 0)]
    yield _part("time_by_interval", "Time by interval on the busiest day", shown, spent)
    yield by_worker(run)


def _whole(
    run: Run, report: str, caption: str, columns: tuple[Column, ...], *, note: str = "", name: str = ""
) -> Table:
    frame = run.report(report)
    rows = frame[frame[columns[0].name] != "all"] if len(frame) == 2 else frame  # one and all together are the same
    return table(name or report, caption, rows, columns, note=note, file=f"{report}.csv")


def _part(report: str, caption: str, rows: pd.DataFrame, columns: tuple[Column, ...]) -> Table:
    return table(report, caption, rows, columns, file=f"{report}.csv", folded=True)


def by_worker(run: Run) -> Table:
    """Return the hours of each worker (rows) in each activity that anybody was in (columns)."""
    frame, used = run.report("time_by_worker"), run.report("time_by_activity")
    names = list(used.loc[used["total"] > 0, "friendly_name"])
    seconds = frame.pivot(index="worker", columns="friendly_name", values="total")
    seconds = seconds.loc[list(run.legend.workers[:MOST_WORKERS]), names]
    columns = [Column("worker", "Worker"), *(Column(name, name, "hours") for name in names)]
    rows = [
        [Cell(worker, worker), *(Cell(exact(value), hours(value)) for value in row)]
        for worker, row in zip(seconds.index, seconds.to_numpy().tolist(), strict=True)
    ]
    left_out = len(run.legend.workers) - len(rows)
    note = "Hours in each activity, the mean of the replications."
    return Table("time_by_worker", "Time by worker", columns, rows, note, "time_by_worker.csv", True, left_out)
