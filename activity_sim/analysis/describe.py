"""Scenarios and studies in words and small tables, for the terminal and for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
import pandas as pd

from activity_sim.analysis.reports import (
    Reduced,
    cost,
    occupancy,
    task_summary,
    tasks_by_time_of_day,
    time_by_activity,
)
from activity_sim.log import Log
from activity_sim.model.arrivals import Arrivals, Counts, Poisson, Rates, Regular, Trace
from activity_sim.model.resumed import Resumed
from activity_sim.model.scenario import Scenario
from activity_sim.model.tasks import ByTimeOfDay, Tasks
from activity_sim.model.workers import Workers

LEAVING = {
    "deferred": "finish what is in hand before leaving, and get nothing new meanwhile",
    "idle_only": "only idle time counts towards leaving, and work in hand is finished first",
    "at_once": "leave when it is time, and go on with what is in hand beside it",
}


def heading(scenario: Scenario) -> str:
    """Return one line that says what *scenario* is about."""
    workers, types = len(scenario.worker_names), len(scenario.tasks)
    start = scenario.start.strftime("%a %Y-%m-%d %H:%M")
    name = scenario.name or "A scenario"
    return f"{name}: {workers:,} workers, {types} task type(s), {scenario.horizon} from {start} ({scenario.time_zone})"


def notes(scenario: Scenario) -> list[str]:
    """Return what a reader of results must know: how workers leave, and that capacities add."""
    lines = [
        f"{', '.join(names)}: {way} ({LEAVING[way]})"
        for way in LEAVING
        if (names := [group.friendly_name for group in scenario.groups if group.leave == way])
    ]
    if scenario.workspace.multi_task_enabled:
        used = sorted({tasks.task_channel for tasks in scenario.tasks})
        lines += [_capacities(group, used) for group in scenario.groups if len(used) > 1]
    return lines + [f"{group.friendly_name}: {_paces(group)}" for group in scenario.groups if group.pace]


def _capacities(group: Workers, used: Sequence[str]) -> str:
    rooms = {tuple(room.get(channel, 1) for channel in used) for room in group.rooms}
    most = max(map(sum, rooms), default=0)
    if len(rooms) > 1:
        return f"{group.friendly_name}: capacities add, up to {most} at once, by worker"
    sizes = next(iter(rooms), ())
    sum_ = " + ".join(f"{channel} {size}" for channel, size in zip(used, sizes, strict=False))
    return f"{group.friendly_name}: capacities add, {sum_} = up to {most} at once"


def _paces(group: Workers) -> str:
    each = ", ".join(f"{pace:g}" for pace in group.pace)
    return f"work advances at a pace of {each} with 1, 2, ... tasks in hand"


def leaving(scenario: Scenario) -> dict[str, str]:
    """Return the way of leaving of each group of workers."""
    return {group.friendly_name: group.leave for group in scenario.groups}


def groups_table(scenario: Scenario) -> pd.DataFrame:
    """Return the groups of workers as a table."""
    rows = [
        {
            "workers": group.friendly_name,
            "count": len(group.names),
            "what they do by themselves": _routine(group),
            "leave": group.leave,
        }
        for group in scenario.groups
    ]
    return pd.DataFrame(rows)


def _routine(group: object) -> str:
    counts = {
        "shift(s)": len(group.shifts),  # type: ignore[attr-defined]
        "planned break(s)": len(group.breaks),  # type: ignore[attr-defined]
        "interruption(s)": len(group.interruptions),  # type: ignore[attr-defined]
    }
    said = [f"{count} {what}" for what, count in counts.items() if count]
    special = "semi-Markov routine" if group.routine else "roster" if group.roster else ""  # type: ignore[attr-defined]
    return ", ".join([special, *said] if special else said) or "stay where they are"


def tasks_table(scenario: Scenario) -> pd.DataFrame:
    """Return the task types as a table."""
    rows = [
        {
            "tasks": tasks.friendly_name,
            "queue": _queue(scenario, tasks),
            "arrivals": _arrivals(tasks.arrivals),
            "handle time": _handle_time(tasks),
            "patience": _patience(tasks),
        }
        for tasks in scenario.tasks
    ]
    return pd.DataFrame(rows, columns=["tasks", "queue", "arrivals", "handle time", "patience"])


def _queue(scenario: Scenario, tasks: Tasks) -> str:
    workflow, queue = scenario.workflow_of(tasks), scenario.queue_of(tasks)
    if workflow is not None or queue is None:
        return f"workflow {workflow.friendly_name}" if workflow else "-"
    return scenario.queues[queue].friendly_name


def _patience(tasks: Tasks) -> str:
    parts = [f"mean {clock(tasks.patience.mean / 1e6)}" if tasks.patience else "for ever"]
    parts += [f"canceled at {tasks.timeout}"] if tasks.timeout is not None else []
    parts += [f"{100 * tasks.retrial.probability:g} % try again"] if tasks.retrial else []
    if tasks.callback:
        parts.append(f"{100 * tasks.callback.probability:g} % take a callback after {tasks.callback.after}")
    return ", ".join(parts)


def _arrivals(given: Arrivals | Resumed) -> str:
    match given:
        case Poisson(per_hour=rate):
            return f"{rate:g} an hour"
        case Rates(rates=rates):
            return f"{len(rates)} rates through the day"
        case Counts(counts=counts):
            return f"{sum(counts):,.0f} expected in {len(counts)} intervals"
        case Trace(times=times):
            return f"{len(times):,} as recorded"
        case Regular(every=every):
            return f"one every {every}"
        case Resumed(actual=actual, forecast=forecast, at=at):
            return f"{_came(actual)} in the first {at}, then {_arrivals(forecast)}"


def _came(actual: Trace | Counts) -> str:
    return _arrivals(actual) if isinstance(actual, Trace) else f"{sum(actual.counts):,.0f} that came"


def _handle_time(tasks: Tasks) -> str:
    if isinstance(tasks.handle_time, ByTimeOfDay):
        return "by time of day"
    return f"mean {clock(tasks.handle_time.mean / 1e6)}" if tasks.handle_time else "by arrival"


def clock(seconds: float) -> str:
    """Return *seconds* as people read them.

    >>> clock(75.2), clock(5400), clock(float("nan"))
    ('1:15', '1:30:00', '-')
    """
    if not np.isfinite(seconds):
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(share: float) -> str:
    """Return *share* in per cent.

    >>> percent(0.8213)
    '82.1 %'
    """
    return f"{100 * share:.1f} %" if np.isfinite(share) else "-"


def _ranged(table: pd.DataFrame, column: str) -> list[str]:
    shown = [percent(share) for share in table[column]]
    if f"{column}_low" not in table:
        return shown
    ends = zip(table[f"{column}_low"], table[f"{column}_high"], strict=True)
    return [f"{s} ({100 * low:.1f} to {100 * high:.1f})" for s, (low, high) in zip(shown, ends, strict=True)]


def time_shown(source: Log | Reduced) -> pd.DataFrame:
    """Return time by activity, ready to print."""
    table = time_by_activity(source)
    return pd.DataFrame(
        {
            "activity": table["friendly_name"],
            "available": np.where(table["available"], "yes", "no"),
            "hours": [f"{seconds / 3600:,.1f}" for seconds in table["total"]],
            "share": _ranged(table, "share"),
            "spells": [f"{count:,.0f}" for count in table["spells"]],
            "mean stay": [clock(seconds) for seconds in table["avg"]],
        }
    )


def service_shown(source: Log | Reduced, by: str = "") -> pd.DataFrame:
    """Return what became of the tasks, ready to print: by task type, or all together *by* "time_of_day"."""
    table = (tasks_by_time_of_day if by else task_summary)(source)
    if by:
        table = table[(table["task_type"] == "all") & (table["offered"] > 0)]
    elif len(table) == 2:
        table = table[table["task_type"] != "all"]
    return pd.DataFrame(
        {
            by.replace("_", " ") or "tasks": table[by or "task_type"].to_numpy(),
            "offered": [f"{count:,.0f}" for count in table["offered"]],
            "abandoned": [percent(share) for share in table["abandoned_share"]],
            "mean wait": [clock(seconds) for seconds in table["wait_mean"]],
            "90 % wait": [clock(seconds) for seconds in table["wait_p90"]],
            "service level": _ranged(table, "service_level"),
        }
    )


def occupancy_shown(source: Log | Reduced) -> pd.DataFrame:
    """Return the occupancy of the worker groups, ready to print."""
    table = occupancy(source)
    if len(table) == 2:
        table = table[table["worker_group"] == "all"]
    return pd.DataFrame(
        {
            "workers": table["worker_group"],
            "occupancy": _ranged(table, "occupancy"),
            "utilisation": _ranged(table, "utilisation"),
        }
    )


def cost_heading(scenario: Scenario) -> str:
    """Return what a table of costs of *scenario* is called: with the currency where it has one."""
    return f"Cost in {scenario.costs.currency}" if scenario.costs and scenario.costs.currency else "Cost"


def cost_shown(source: Reduced) -> pd.DataFrame:
    """Return what costs how much, ready to print: hours of all activities together."""
    table = cost(source)
    spent = table.groupby(["item", "subject"], sort=False)[["quantity", "cost"]].sum().reset_index()
    everything = table.iloc[-1]
    ends = f" ({everything['cost_low']:,.0f} to {everything['cost_high']:,.0f})" if "cost_low" in table else ""
    figures = [f"{value:,.2f}" for value in spent["cost"]]
    return pd.DataFrame(
        {
            "item": spent["item"],
            "of": spent["subject"],
            "quantity": [*(f"{value:,.1f}" for value in spent["quantity"][:-1]), ""],
            "cost": [*figures[:-1], figures[-1] + ends],
        }
    )


def text_table(table: pd.DataFrame) -> str:
    """Return *table* as lines of text: the first column to the left, the others to the right."""
    rows = [
        [str(name) for name in table.columns],
        *([str(cell) for cell in row] for row in table.itertuples(index=False)),
    ]
    widths = [max(len(row[n]) for row in rows) for n in range(len(table.columns))]
    return "\n".join(_line(row, widths) for row in [rows[0], ["-" * width for width in widths], *rows[1:]])


def _line(cells: Iterable[str], widths: list[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip()


def scenario_html(scenario: Scenario) -> str:
    """Return *scenario* as HTML for a notebook."""
    tables = [groups_table(scenario), tasks_table(scenario)]
    return f"<p><b>{escape(heading(scenario))}</b></p>" + "".join(_html(table) for table in tables if len(table))


def study_html(source: Reduced, scenario: Scenario, replications: int) -> str:
    """Return a study as HTML for a notebook."""
    head = f"<p><b>{escape(heading(scenario))}</b>; {replications} replication(s)</p>"
    tables = [
        time_shown(source),
        *([service_shown(source)] if scenario.tasks else []),
        occupancy_shown(source),
        *([cost_shown(source)] if scenario.costs else []),
    ]
    return head + "".join(_html(table) for table in tables)


def _html(table: pd.DataFrame) -> str:
    return table.to_html(index=False, border=0)
