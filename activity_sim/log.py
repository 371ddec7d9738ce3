"""The log: what happened, as three tables of plain columns.

The log is the narrow place between the clock and everything that reads a result. An engine writes it, a real
workspace's events can be turned into it, and every report reads nothing else. Codes (small whole numbers) stand
for names; the :class:`Legend` says what they mean. Times are whole microseconds since the start; -1 is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, wraps
from typing import Any, TypeVar

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.units import Calendar

Columns = Mapping[str, NDArray[Any]]
Derived = TypeVar("Derived")

OUTCOMES = ("completed", "abandoned", "canceled", "waiting", "in_progress")
COMPLETED, ABANDONED, CANCELED, WAITING, IN_PROGRESS = range(5)
STATUSES = ("pending", "accepted", "rejected", "timeout", "canceled", "rescinded")
PENDING, ACCEPTED, REJECTED, TIMEOUT, RES_CANCELED, RESCINDED = range(6)

SPELLS = {
    "replication": np.int32,
    "worker": np.int32,
    "activity": np.int16,
    "start": np.int64,
    "end": np.int64,
    "finished": np.bool_,
}
TASKS = {
    "replication": np.int32,
    "task": np.int32,
    "task_type": np.int16,
    "task_queue": np.int16,
    "worker": np.int32,
    "arrival": np.int64,
    "reserved": np.int64,
    "accepted": np.int64,
    "handled": np.int64,
    "completed": np.int64,
    "outcome": np.int8,
}
RESERVATIONS = {
    "replication": np.int32,
    "task": np.int32,
    "worker": np.int32,
    "created": np.int64,
    "ended": np.int64,
    "status": np.int8,
}
SCHEMA: Mapping[str, Mapping[str, Any]] = {"spells": SPELLS, "tasks": TASKS, "reservations": RESERVATIONS}
CLOCK = "activity_sim"
"""What frames call the clock of their log in ``DataFrame.attrs``."""
TIMES = frozenset({"start", "end", "arrival", "reserved", "accepted", "handled", "completed", "created", "ended"})


@attrs.frozen
class ServiceLevel:
    """The share of tasks answered *within* so many microseconds, the *target* for it and its *definition*."""

    within: int
    target: float
    definition: str


@attrs.frozen(eq=False, repr=False)
class Prices:
    """What is paid: *per_hour* by worker group (rows) and activity (columns), *per_abandoned* a task.

    A minute of overtime costs *per_overtime_minute* on top. It is overtime that a worker is not in the default
    activity outside of its *shifts*, rows of (worker, start, end) in order; none where overtime has no price.
    """

    currency: str
    per_hour: NDArray[np.float64]
    per_abandoned: float
    per_overtime_minute: float
    shifts: NDArray[np.int64]


@attrs.frozen(eq=False, repr=False)
class Legend:
    """What the codes of a log mean, and what its reports need to know besides.

    *activities*, *workers*, *worker_groups*, *task_types* and *task_queues* are names by code; *available* and
    *sids* belong to *activities*, *worker_group* (codes) to *workers*, *service_levels* to *task_types*.
    *warm_up* and *interval* are in microseconds. *prices* are there where something has one.
    """

    name: str
    calendar: Calendar
    warm_up: int
    interval: int
    activities: tuple[str, ...]
    available: tuple[bool, ...]
    sids: tuple[str | None, ...]
    default_activity: int
    workers: tuple[str, ...]
    worker_groups: tuple[str, ...]
    worker_group: NDArray[np.int32]
    task_types: tuple[str, ...]
    task_queues: tuple[str, ...]
    service_levels: tuple[ServiceLevel, ...]
    prices: Prices | None = None

    @property
    def horizon(self) -> int:
        """The length of the run, in microseconds."""
        return self.calendar.horizon

    @property
    def rest(self) -> str:
        """The name of the default activity."""
        return self.activities[self.default_activity]

    @property
    def observed(self) -> int:
        """The length of the period that reports cover, per worker, in microseconds."""
        return self.horizon - self.warm_up


@attrs.frozen(eq=False, repr=False, slots=False)
class Log:
    """What happened in one or more replications.

    *columns* maps ``"spells"``, ``"tasks"`` and ``"reservations"`` to arrays by column; the properties of the same
    names give them as data frames, with names for codes and timedeltas since the start.
    """

    legend: Legend
    columns: Mapping[str, Columns] = attrs.field(repr=False)
    replications: tuple[int, ...]

    @classmethod
    def of(cls, legend: Legend, replication: int, columns: Mapping[str, Mapping[str, Any]]) -> Log:
        """Return the log of one *replication* from *columns* without their replication, in the order of the schema."""
        return cls(
            legend=legend,
            replications=(replication,),
            columns={table: _typed(SCHEMA[table], columns[table], replication) for table in SCHEMA},
        )

    @classmethod
    def concat(cls, logs: Sequence[Log]) -> Log:
        """Join the *logs* of several replications of one scenario."""
        joined = {
            table: {name: np.concatenate([log.columns[table][name] for log in logs]) for name in schema}
            for table, schema in SCHEMA.items()
        }
        return cls(logs[0].legend, joined, tuple(number for log in logs for number in log.replications))

    def each(self) -> Iterator[Log]:
        """Yield the log of each replication by itself."""
        for number in self.replications:
            yield self if len(self.replications) == 1 else self.only(number)

    def only(self, replication: int) -> Log:
        """Return the log of one *replication*."""
        kept = {
            table: {name: column[columns["replication"] == replication] for name, column in columns.items()}
            for table, columns in self.columns.items()
        }
        return Log(self.legend, kept, (replication,))

    @cached_property
    def derived(self) -> dict[str, Any]:
        """What readers have derived from this log and share, by the name of the function; see :func:`once`."""
        return {}

    @cached_property
    def spells(self) -> pd.DataFrame:
        """The stays of workers in activities: one row a spell, by worker and start."""
        return self._frame("spells")

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """The tasks: one row each, by number; *completed* is also when an abandoned or canceled task left."""
        return self._frame("tasks")

    @cached_property
    def reservations(self) -> pd.DataFrame:
        """The reservations: one row each, by creation, task and worker."""
        return self._frame("reservations")

    def named(self, table: str) -> dict[str, tuple[NDArray[Any], tuple[str, ...] | None]]:
        """Return the columns of *table* as the contract names them, codes with the names that they stand for."""
        legend, columns = self.legend, dict(self.columns[table])
        names: dict[str, tuple[str, ...]] = {
            "worker": legend.workers,
            "friendly_name": legend.activities,
            "task_type": legend.task_types,
            "task_queue": legend.task_queues,
            "outcome": OUTCOMES,
            "status": STATUSES,
        }
        if table == "spells":
            activity = columns["activity"]
            available = np.array(legend.available, dtype=np.bool_)[activity]
            start = {"replication": columns["replication"], "worker": columns["worker"]}
            rest = {name: columns[name] for name in ("start", "end", "finished")}
            columns = {**start, "friendly_name": activity, "available": available, **rest}
        return {name: (column, names.get(name)) for name, column in columns.items()}

    def _frame(self, table: str) -> pd.DataFrame:
        from activity_sim.analysis import frames  # noqa: F401 - it registers what frames of spells can be asked

        frame = pd.DataFrame({name: _series(name, *column) for name, column in self.named(table).items()})
        frame.attrs[CLOCK] = self.clock
        return frame

    @property
    def clock(self) -> dict[str, Any]:
        """What a frame needs to know to be read as this log is: plain values, as Parquet keeps them."""
        calendar = self.legend.calendar
        return {
            "start": calendar.start.isoformat(),
            "time_zone": calendar.time_zone,
            "horizon": int(self.legend.horizon),
            "warm_up": int(self.legend.warm_up),
            "available": [bool(available) for available in self.legend.available],
            "replications": [int(number) for number in self.replications],
        }

    def __repr__(self) -> str:
        rows = ", ".join(f"{len(columns['replication']):,} {table}" for table, columns in self.columns.items())
        return f"<Log of {self.legend.name!r}: {len(self.replications)} replication(s), {rows}>"

    def _repr_html_(self) -> str:
        head = (
            f"<p><b>Log of {self.legend.name or 'a scenario'}</b>: {len(self.replications)} replication(s), "
            f"{len(self.legend.workers):,} workers</p>"
        )
        rows = {table: len(columns["replication"]) for table, columns in self.columns.items()}
        counts = pd.DataFrame({"table": rows.keys(), "rows": rows.values()})
        return head + counts.to_html(index=False) + self._frame_head()

    def _frame_head(self) -> str:
        return f"<p>The first spells:</p>{self.spells.head(5).to_html(index=False)}"


def once(derive: Callable[[Log], Derived]) -> Callable[[Log], Derived]:
    """Let *derive* work on each log once: what it returns is kept with the log, and shared, so nobody may change it."""
    name = f"{derive.__module__}.{derive.__qualname__}"

    @wraps(derive)
    def kept(log: Log) -> Derived:
        if name not in log.derived:
            log.derived[name] = derive(log)
        found: Derived = log.derived[name]
        return found

    return kept


def _typed(schema: Mapping[str, Any], columns: Mapping[str, Any], replication: int) -> dict[str, NDArray[Any]]:
    typed = {name: np.asarray(columns[name], dtype=schema[name]) for name in schema if name != "replication"}
    rows = len(next(iter(typed.values())))
    return {"replication": np.full(rows, replication, dtype=np.int32), **typed}


def _series(name: str, column: NDArray[Any], names: tuple[str, ...] | None) -> Any:
    if names is not None:
        return pd.Categorical.from_codes(column, categories=pd.Index(names, dtype=object))
    if name in TIMES:
        since_start = column.astype("timedelta64[us]")
        since_start[column < 0] = np.timedelta64("NaT")
        return since_start
    return column
