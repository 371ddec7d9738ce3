"""Comparisons in words and small tables, for the terminal and for notebooks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from activity_sim.analysis.describe import clock, percent
from activity_sim.analysis.metrics import METRICS

NO_DIFFERENCE = "no difference shown"
DIGITS = {"count": 1, "money": 2}
"""So many digits behind the point, of a unit that is no other."""


def comparison_shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison with one alternative, ready to print; where "all" says nothing more, it is left out."""
    rows = table[~repeated(table)]
    ends = [_changes(rows, column) for column in ("difference", "difference_low", "difference_high")]
    return pd.DataFrame(
        {
            "figure": rows["metric"] + ", " + rows["subject"],
            "baseline": list(map(figure, rows["metric"], rows["baseline"])),
            "alternative": list(map(figure, rows["metric"], rows["alternative"])),
            "difference": [f"{value} ({low} to {high})" for value, low, high in zip(*ends, strict=True)],
            "p": ["< 0.001" if p < 0.001 else f"{p:.3f}" for p in rows["p_value"]],
            "verdict": rows["verdict"],
        }
    )


def _changes(rows: pd.DataFrame, column: str) -> list[str]:
    return list(map(change, rows["metric"], rows[column]))


def repeated(table: pd.DataFrame) -> pd.Series[bool]:
    """Return which rows are those of all together where there is only one of them."""
    subjects = table.groupby(["scenario", "metric"])["subject"].transform("size")
    return (table["subject"] == "all") & (subjects == 2)


def figure(metric: str, value: float) -> str:
    """Return a *value* of *metric* as people read it."""
    if not np.isfinite(value):
        return "-"
    match METRICS[metric].unit:
        case "share":
            return percent(value)
        case "seconds":
            return clock(value)
        case unit:
            return f"{value:,.{DIGITS[unit]}f}"


def change(metric: str, value: float) -> str:
    """Return a difference with its sign: points of a share, seconds, or a number."""
    if not np.isfinite(value):
        return "-"
    match METRICS[metric].unit:
        case "share":
            return f"{100 * value:+.2f} pp"
        case "seconds":
            return f"{value:+.1f} s"
        case unit:
            return f"{value:+,.{DIGITS[unit]}f}"


def pairing_said(pairing: pd.DataFrame) -> str:
    """Return in a sentence what common random numbers saved, by the metrics of all task types together."""
    rows = pairing[(pairing["subject"] == "all") & pairing["metric"].isin(("service_level", "wait_mean"))]
    rows = rows[np.isfinite(rows["variance_reduction"])]
    if rows.empty:
        return "Pairing: both were the same in every replication, or there is nothing to compare."
    pairs = zip(rows["variance_reduction"], rows["metric"], strict=True)
    said = " and ".join(f"{times:.3g} times ({metric})" for times, metric in pairs)
    return f"Pairing made variances of differences smaller than independent runs would: {said}."
