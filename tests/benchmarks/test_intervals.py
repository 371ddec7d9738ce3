"""`time_by_interval` beside what pandas, polars and DuckDB make of rows that were split at the borders beforehand.

The others only group and sum: what it takes to split the rows is not counted against them. All run on one thread, since
processor time is measured, and all give the same table.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import pytest

from activity_sim.analysis import spells
from activity_sim.analysis.intervals import intervals
from activity_sim.analysis.reports import time_by_interval
from activity_sim.log import SCHEMA, Legend, Log
from activity_sim.units import DAY, SECOND, Calendar
from tests.benchmarks.timing import median_ratio, processor_time, take_turns

WORKERS, ACTIVITIES, DAYS = 1_000, 8, 14
Program = Callable[[], Any]


def made(rows: int) -> Log:
    """Return a log of about so many spells: a fortnight of workers who change at times drawn evenly."""
    chance, each, horizon = np.random.default_rng(1), rows // WORKERS, DAYS * DAY
    cuts = np.sort(chance.integers(1, horizon, (WORKERS, each - 1)), axis=1)
    first, last = np.zeros((WORKERS, 1), dtype=np.int64), np.full((WORKERS, 1), horizon)
    start, end = (np.concatenate(pair, axis=1).ravel() for pair in ((first, cuts), (cuts, last)))
    worker, activity = np.repeat(np.arange(WORKERS), each), chance.integers(0, ACTIVITIES, len(start))
    table = {"worker": worker, "activity": activity, "start": start, "end": end, "finished": end < horizon}
    return Log.of(legend(horizon), 0, {"tasks": empty("tasks"), "reservations": empty("reservations"), "spells": table})


def empty(table: str) -> dict[str, list[int]]:
    return {name: [] for name in SCHEMA[table]}


def legend(horizon: int) -> Legend:
    return Legend(
        name="",
        calendar=Calendar(datetime(2026, 1, 5), "Europe/Berlin", horizon),
        warm_up=0,
        interval=1_800 * SECOND,
        activities=tuple(f"Activity {number}" for number in range(ACTIVITIES)),
        available=(True,) * ACTIVITIES,
        sids=(None,) * ACTIVITIES,
        default_activity=0,
        workers=tuple(f"Worker {number}" for number in range(WORKERS)),
        worker_groups=("all",),
        worker_group=np.zeros(WORKERS, dtype=np.int32),
        task_types=(),
        task_queues=(),
        service_levels=(),
    )


def split(log: Log) -> pd.DataFrame:
    """Return the spells of *log* split at the borders: the number of the interval, the activity and the length."""
    columns, edges = log.columns["spells"], intervals(log.legend).edges
    first = np.searchsorted(edges, columns["start"], side="right") - 1
    last = np.searchsorted(edges, columns["end"], side="left") - 1
    counts = np.maximum(last - first + 1, 0)
    row = np.repeat(np.arange(len(counts)), counts)
    interval = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    length = np.minimum(columns["end"][row], edges[interval + 1]) - np.maximum(columns["start"][row], edges[interval])
    return pd.DataFrame({"interval": interval, "activity": columns["activity"][row], "length": length})


def ours(log: Log) -> pd.DataFrame:
    log.derived.clear()
    return time_by_interval(log)


def accessed(log: Log) -> pd.DataFrame:
    found: pd.DataFrame = log.spells.activities.by_interval("30min")
    return found


def by_pandas(rows: pd.DataFrame) -> Program:
    return lambda: rows.groupby(["interval", "activity"])["length"].sum()


def by_polars(rows: pd.DataFrame) -> Program:
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # it is read when polars is imported
    import polars

    frame = polars.from_pandas(rows)
    return lambda: frame.group_by("interval", "activity").agg(polars.col("length").sum()).sort("interval", "activity")


def by_duckdb(rows: pd.DataFrame) -> Program:
    import duckdb

    base = duckdb.connect(config={"threads": 1})
    base.register("given", rows)
    base.execute("CREATE TABLE rows AS SELECT * FROM given")
    query = "SELECT interval, activity, sum(length) AS length FROM rows GROUP BY ALL ORDER BY ALL"
    return lambda: base.execute(query).fetchdf()


OTHERS = {"pandas": by_pandas, "polars": by_polars, "duckdb": by_duckdb}


@pytest.fixture(scope="module")
def log(prove: bool) -> Log:
    return made(10_000_000 if prove else 500_000)


@pytest.fixture(scope="module")
def rows(log: Log) -> pd.DataFrame:
    return split(log)


def seconds_of(found: Any) -> np.ndarray[Any, Any]:
    column = found["length"] if hasattr(found, "columns") else found
    return np.asarray(column, dtype=np.float64) / 1e6


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("code", ["numpy", "compiled"])
def test_time_by_interval_beside(
    code: str,
    other: str,
    log: Log,
    rows: pd.DataFrame,
    prove: bool,
    ratio: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if find_spec(other) is None:
        pytest.skip(f"{other} is not installed; '.[test]' has it")
    monkeypatch.setattr(spells, "is_open", lambda: code == "compiled")
    program = OTHERS[other](rows)
    np.testing.assert_allclose(ours(log)["total"], seconds_of(program()), rtol=1e-12)
    accessed(log)
    given = (partial(processor_time, lambda _: program(), None), partial(processor_time, ours, log))
    rounds = take_turns(7 if prove else 3, *given, partial(processor_time, accessed, log))
    size = f"{len(log.columns['spells']['start']):,} spells"
    measured = median_ratio(rounds, 0, 1)
    wanted = "above 1" if other == "pandas" else ""
    ratio(f"{other} on split rows over time_by_interval ({code}), {size}", measured, wanted)
    ratio(f"{other} on split rows over frame.activities.by_interval ({code}), {size}", median_ratio(rounds, 0, 2), "")
    if other == "pandas":
        assert measured > 1
