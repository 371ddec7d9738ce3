"""What importing the package costs beside pandas, and that it touches nothing but modules.

Every import happens in a fresh process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.benchmarks.timing import median_ratio, take_turns

TIMED = """
import time
start = time.process_time()
{statement}
print(time.process_time() - start)
"""

WATCHED = """
import json, sys
opened, sockets = [], []
def watch(event, given):
    if event == "open":
        opened.append(str(given[0]))
    elif event.startswith("socket."):
        sockets.append(event)
sys.addaudithook(watch)
import activity_sim
print(json.dumps({"opened": opened, "sockets": sockets, "modules": sorted(sys.modules)}))
"""


def fresh(program: str) -> Any:
    """Run *program* in a fresh process, which writes no bytecode, and return what it prints."""
    done = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def import_time(statement: str) -> float:
    """Return the seconds of processor time that an import *statement* takes."""
    return float(fresh(TIMED.format(statement=statement)))


@pytest.fixture(scope="module")
def touched() -> dict[str, list[str]]:
    """What importing the package opens and loads."""
    return dict(fresh(WATCHED))


@pytest.mark.slow
def test_the_import_is_light_beside_pandas(prove: bool, ratio: Callable[..., None]) -> None:
    statements = ("import activity_sim", "from activity_sim import simulate", "import pandas")
    rounds = take_turns(15 if prove else 5, *(partial(import_time, statement) for statement in statements))
    measured = median_ratio(rounds, 0, 2)
    ratio("time to import activity_sim over pandas", measured, "at most 0.1")
    ratio("time to import activity_sim.simulate, which needs pandas, over pandas", median_ratio(rounds, 1, 2), "")
    assert measured <= 0.1


def test_the_import_reads_nothing_but_modules(touched: dict[str, list[str]]) -> None:
    assert [path for path in touched["opened"] if not path.endswith((".py", ".pyc"))] == []


def test_the_import_opens_no_socket(touched: dict[str, list[str]]) -> None:
    assert touched["sockets"] == []


@pytest.mark.parametrize("package", ["matplotlib", "numpy", "pandas", "simpy"])
def test_the_import_leaves_heavy_packages_for_later(touched: dict[str, list[str]], package: str) -> None:
    assert package not in touched["modules"]
