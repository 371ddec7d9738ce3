"""The hand-written loop of loop.c: built when it is first asked for, and run from a plan into a log."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from activity_sim.log import ACCEPTED, RESERVATIONS, SPELLS, TASKS, Log
from activity_sim.plan import DEFERRED, Plan
from activity_sim.units import NEVER
from tests.benchmarks.models import lanes_of

SOURCE = Path(__file__).with_name("loop.c")
FLAGS = ("-O3", "-shared", "-fPIC")
PROBLEMS = ("", "there is not enough memory", "a happening of this plan needs more than 64 bits")
MOST = 64
"""Lanes and skill sets are bits of one number."""

SIZES = ("horizon", "tasks", "workers", "lanes", "skill_sets", "steps")
GIVEN = {
    "available": np.bool_,
    "skill_set": np.int32,
    "first": np.int64,
    "activity": np.int32,
    "duration": np.int64,
    "deadline": np.int64,
    "task_type": np.int32,
    "lane": np.int32,
    "arrival": np.int64,
    "handle_time": np.int64,
    "wrap_up_time": np.int64,
    "wrap_up_activity": np.int32,
    "patience": np.int64,
    "response": np.int64,
    "task_queue": np.int32,
    "accepts": np.bool_,
    "reservation_activity": np.int32,
    "assignment_activity": np.int32,
}
"""The columns of a plan that the loop reads, in the order of its struct."""

TABLES: dict[str, dict[str, Any]] = {"spells": SPELLS, "tasks": TASKS, "reservations": RESERVATIONS}


class Given(ctypes.Structure):
    """The plan as the loop sees it."""

    _fields_ = [(name, ctypes.c_int64) for name in SIZES] + [(name, ctypes.c_void_p) for name in GIVEN]


class Rows(ctypes.Structure):
    """The columns that the loop fills, those of a table after those of another, and how many rows they got."""

    _fields_ = [
        *((f"{table} {name}", ctypes.c_void_p) for table in TABLES for name in list(TABLES[table])[1:]),
        ("spells", ctypes.c_int64),
        ("reservations", ctypes.c_int64),
    ]


@cache
def library() -> Any:
    """Build the loop in a temporary folder and load it; skip the test where that cannot be done."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("the plain C loop needs gcc, which is not on the path")
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "loop.so"
        subprocess.run([compiler, *FLAGS, "-o", str(built), str(SOURCE)], check=True)
        return ctypes.CDLL(str(built))


class Loop:
    """The loop with everything laid out that it needs for one plan, so that it can run many times."""

    def __init__(self, plan: Plan) -> None:
        check(plan)
        self.plan, self.simulate = plan, library().simulate
        self.columns: dict[str, NDArray[Any]] = {
            name: np.ascontiguousarray(column, GIVEN[name]) for name, column in columns(plan).items()
        }
        self.given = Given(*sizes(plan), *(address(self.columns[name]) for name in GIVEN))
        self.tables = {table: empty(TABLES[table], most) for table, most in rows(plan).items()}
        self.rows = Rows(*(address(column) for table in self.tables.values() for column in table.values()))

    def run(self, _: Plan | None = None) -> None:
        """Simulate, and write the rows of the log."""
        problem = self.simulate(ctypes.byref(self.given), ctypes.byref(self.rows))
        if problem:
            raise ValueError(PROBLEMS[problem])

    def log(self) -> Log:
        """Return the rows as a log that shares them."""
        counts = {"spells": self.rows.spells, "reservations": self.rows.reservations, "tasks": self.given.tasks}
        cut = {
            name: {column: values[: counts[name]] for column, values in table.items()}
            for name, table in self.tables.items()
        }
        return Log.of(self.plan.legend, self.plan.replication, cut)


def run(plan: Plan) -> Log:
    """Run *plan* to its horizon and return the log, as engines do."""
    loop = Loop(plan)
    loop.run()
    return loop.log()


def check(plan: Plan) -> None:
    """Refuse what the loop has no code for."""
    tasks = plan.tasks
    asked = {
        "multitasking": plan.multi_task,
        "another way of leaving than deferred": np.any(plan.workers.leave != DEFERRED),
        "LIFO queues": plan.lanes.lifo.any(),
        "priorities": np.ptp(tasks.priority) if len(tasks.priority) else 0,
        "routes": np.any(np.diff(plan.routes.first) != 1) or np.any(plan.routes.until < NEVER),
        "tasks that follow others": plan.first_tasks < len(tasks.arrival),
        "offers that are not accepted": np.any(tasks.offer_status != ACCEPTED),
        "so many lanes or skill sets": max(plan.lanes.accepts.shape) > MOST,
    }
    if any(asked.values()):
        raise ValueError(f"the loop does not know {', '.join(what for what, found in asked.items() if found)}")


def sizes(plan: Plan) -> tuple[int, ...]:
    """Return the numbers at the head of the loop's struct."""
    legend, steps = plan.legend, len(plan.workers.agendas.activity)
    return legend.horizon, len(plan.tasks.arrival), len(legend.workers), *plan.lanes.accepts.shape, steps


def columns(plan: Plan) -> dict[str, NDArray[Any]]:
    """Return the columns that the loop reads."""
    found = {"available": np.array(plan.legend.available), "response": plan.tasks.offer_delay, "lane": lanes_of(plan)}
    for name in GIVEN:
        for part in (plan.workers, plan.workers.agendas, plan.tasks, plan.lanes):
            if hasattr(part, name):
                found[name] = getattr(part, name)
    return found


def rows(plan: Plan) -> dict[str, int]:
    """Return how many rows each table has at most: a task changes its worker's activity four times."""
    _, tasks, workers, _, _, steps = sizes(plan)
    return {"spells": 4 * tasks + steps + workers, "tasks": tasks, "reservations": tasks}


def empty(schema: Any, most: int) -> dict[str, NDArray[Any]]:
    """Return columns for so many rows."""
    return {name: np.empty(most + 1, dtype) for name, dtype in schema.items() if name != "replication"}


def address(column: NDArray[Any]) -> int:
    """Return where *column* begins."""
    return int(column.ctypes.data)
