"""What had to be repaired before events made a log, as a table."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

MEANINGS = {
    "duplicates": "events that came more than once; counted once",
    "out_of_order": "events that came after later ones; put in order",
    "incomplete": "events without a date or a SID that they need; left out",
    "dates_differ": "events whose two dates differ by more than a second; event_date was taken",
    "whole_seconds": "events without event_date_ms; known to the second",
    "missing_changes": "changes of activity that cannot have come; bridged by the duration that the next one gives",
    "too_long": "durations that reach beyond the change before; the dates of the changes were taken",
    "unknown": "stretches in which no event says where the worker was; in no activity, and in no total",
    "renamed": "activities and workers that were renamed; shown under the latest name",
    "guessed": "activities whose availability no event states; taken from the name",
    "tasks_before": "tasks that arrived before the start; left out with their reservations",
    "tasks_in_holes": "tasks of which a part fell into a hole of the record; left out with their reservations",
    "tasks_without_arrival": "tasks of which no event says when they arrived; left out with their reservations",
    "tasks_without_created": "tasks without task.created; their arrival follows from their age, to the second",
    "tasks_without_end": "tasks that were over without task.completed or task.canceled; ended by what came last",
    "tasks_without_type": "tasks whose attributes or task queue no event says; of the type (unknown)",
    "reservations_without_created": "reservations without reservation.created; as short as can be",
    "reservations_without_end": "reservations that were over without an event that ended them; ended by what came next",
}
"""The repairs, and what was done."""


def table(counts: Mapping[str, int], unknown: float) -> pd.DataFrame:
    """Return the repairs with their *counts*; *unknown* are the worker-seconds of the stretches that are unknown."""
    seconds = [unknown if name == "unknown" else float("nan") for name in MEANINGS]
    count = [counts.get(name, 0) for name in MEANINGS]
    return pd.DataFrame({"repair": [*MEANINGS], "count": count, "seconds": seconds, "meaning": [*MEANINGS.values()]})


def sentences(repairs: pd.DataFrame) -> str:
    """Return those *repairs* that there were, a line each."""
    columns = (repairs[name].tolist() for name in ("count", "seconds", "meaning"))
    lines = [f"  {count:,} {said}{_hours(seconds)}" for count, seconds, said in zip(*columns, strict=True) if count]
    return "\n".join(["Repairs:", *lines]) if lines else "Nothing had to be repaired."


def _hours(seconds: float) -> str:
    return f" ({seconds / 3_600:,.2f} worker-hours)" if seconds == seconds and seconds else ""
