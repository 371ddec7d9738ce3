"""What a manager reads first: the answer in a sentence or two, and the key figures with what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import pandas as pd

from activity_sim.analysis.describe import percent
from activity_sim.page.cells import SHOWN, between, count, threshold
from activity_sim.page.given import Run

MEANINGS = {
    "answered_of_offered": "tasks answered in time, of all that came",
    "answered_of_answered": "tasks answered in time, of those that were answered",
    "excluding_short_abandons": "tasks answered in time, of all but those that gave up before the time was over",
    "served_or_abandoned_within": "tasks answered or gone within the time, of all that came",
    "mixed": "each task type by its own threshold and definition",
    "": "no task types",
}
"""What the definitions of the service level say."""
VERDICTS = {
    "met": "meets",
    "missed": "misses",
    "open": "may or may not meet",
}


@attrs.frozen
class Answer:
    """A sentence and its verdict: a target is "met", "missed" or that is "open"; or it is "better" or "worse"."""

    text: str
    verdict: str = ""


@attrs.frozen
class Figure:
    """A key figure: its *name*, its value as *shown*, the *ends* of its interval, and what it means."""

    name: str
    shown: str
    ends: str
    meaning: str


def answers(run: Run) -> list[Answer]:
    """Return what the run says about the targets of its task types, and where it is worst."""
    if not run.legend.task_types or not run.served:
        return [Answer(_of_time(run))]
    levels = zip(run.legend.task_types, run.legend.service_levels, strict=True)
    found = [_of_type(run.row("task_summary", name), name, level) for name, level in levels]
    if len(found) > 4:
        found = [_of_many(found)]
    return [*found, *_worst(run)]


def _of_type(row: pd.Series[Any], name: str, level: Any) -> Answer:
    within, share = threshold(level.within), row["service_level"]
    if not np.isfinite(share):
        return Answer(f"No “{name}” tasks came that a service level can be told of.")
    verdict = judged(share, row.get("service_level_low", share), row.get("service_level_high", share), level.target)
    said = f"{percent(share)} of “{name}” tasks were served within {within}{_surely(row)}"
    return Answer(f"{said}: this {VERDICTS[verdict]} the target of {_target(level.target)}.", verdict)


def _target(share: float) -> str:
    return f"{100 * share:g} %"


def judged(share: float, low: float, high: float, target: float) -> str:
    """Return whether a *target* is "met" or "missed" wherever in its interval the truth is, or that is "open".

    >>> judged(0.82, 0.81, 0.83, 0.8), judged(0.81, 0.79, 0.83, 0.8)
    ('met', 'open')
    """
    if np.isnan(low) or np.isnan(high):
        low = high = share
    return "met" if low >= target else "missed" if high < target else "open"


def _surely(row: pd.Series[Any]) -> str:
    if "service_level_low" not in row:
        return " in the one replication that was run"
    return f" (95 % interval {between(percent, row['service_level_low'], row['service_level_high'])})"


def _of_many(found: list[Answer]) -> Answer:
    told = [answer for answer in found if answer.verdict]
    met, missed = (sum(answer.verdict == verdict for answer in told) for verdict in ("met", "missed"))
    verdict = "missed" if missed else "met" if met == len(told) else "open"
    rest = len(told) - met - missed
    said = f"{met} of {len(told)} task types meet their targets, {missed} miss them"
    return Answer(f"{said}{f', and for {rest} that is open' if rest else ''}.", verdict)


def _worst(run: Run) -> Iterator[Answer]:
    """Yield when the service level is at its lowest and highest by the clock, where it differs."""
    table = run.report("tasks_by_time_of_day")
    rows = table[(table["task_type"] == "all") & (table["offered"] >= 1) & table["service_level"].notna()]
    if len(rows) < 2:
        return
    low, high = (rows.loc[rows["service_level"].agg(which)] for which in ("idxmin", "idxmax"))
    if high["service_level"] - low["service_level"] >= 0.05:
        worst = f"Of all tasks together it is lowest for those that come from {low['time_of_day']}"
        best = f"highest from {high['time_of_day']} ({percent(high['service_level'])})"
        yield Answer(f"{worst} ({percent(low['service_level'])}) and {best}.")


def _of_time(run: Run) -> str:
    time = run.report("time_by_activity")
    share = float(time.loc[time["available"], "share"].sum())
    workers = len(run.legend.workers)
    who = f"{workers:,} workers" if workers != 1 else "One worker"
    return f"No tasks came. {who} spent {percent(share)} of the time in available activities."


def figures(run: Run) -> list[Figure]:
    """Return the key figures of all tasks and all workers together."""
    found = list(_of_workers(run))
    return [*_of_tasks(run), *found] if run.served else found


def _of_tasks(run: Run) -> Iterator[Figure]:
    row = run.row("task_summary", "all")
    definition = MEANINGS[row["service_level_definition"]]
    within = {threshold(level.within) for level in run.legend.service_levels}
    name = f"Service level ({next(iter(within))})" if len(within) == 1 else "Service level"
    yield _figure(row, "service_level", name, "share", f"{definition.capitalize()}.")
    yield _figure(row, "wait_mean", "Mean wait", "seconds", "Of all tasks, until answered or gone.")
    yield _figure(row, "wait_p90", "90 % wait at most", "seconds", "Nine in ten tasks wait no longer.")
    yield _figure(row, "abandoned_share", "Abandoned", "share", "Tasks that gave up, of all that came.")
    yield _figure(row, "offered", "Tasks", "count", "That came in the whole period, per replication.")


def _of_workers(run: Run) -> Iterator[Figure]:
    row = run.row("occupancy", "all")
    busy = "Time with a task in hand, of the time with one or open for one."
    if np.isfinite(row["occupancy"]):
        yield _figure(row, "occupancy", "Occupancy", "share", busy)
    if run.legend.prices is not None:
        meaning = f"Per replication{f', in {run.legend.prices.currency}' if run.legend.prices.currency else ''}."
        yield _figure(run.report("cost").iloc[-1], "cost", "Cost", "money", meaning)
    yield Figure("Workers", count(len(run.legend.workers)), "", "In the scenario, whether on shift or not.")


def _figure(row: pd.Series[Any], column: str, name: str, kind: str, meaning: str) -> Figure:
    say, low = SHOWN[kind], row.get(f"{column}_low", np.nan)
    ends = between(say, low, row[f"{column}_high"]) if np.isfinite(low) else ""
    return Figure(name, say(row[column]), ends, meaning)
