"""Every program that the engine is measured against, by name: what it needs, and how it is made ready for a plan."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any

import attrs

from activity_sim.engines import compiled, reference
from activity_sim.plan import Plan
from tests.benchmarks import loop, plain, plain_m3

Program = Callable[[Plan], object]

PYTHON = f"{platform.python_implementation()} {platform.python_version()}"
ENGINE = "compiled engine"
NO_COMPILER = "gcc is not on the path"


@attrs.frozen
class Rival:
    """A program: how it is made ready for a plan, and why it cannot run here, if it cannot."""

    name: str
    ready: Callable[[Plan], Program]
    missing: str = ""


def third_party(package: str, module: str) -> Rival:
    """Return the rival in *module* that needs a *package* from the extra "bench"."""
    if find_spec(package) is None:
        return Rival(package, _never, f"{package} is not installed: pip install 'activity-sim[bench]'")
    return Rival(f"{package} {metadata.version(package)}", lambda plan: _program(module, plan))


def rivals(model: str) -> dict[str, Rival]:
    """Return the programs that can tell *model*, "M2" or "M3", by short name."""
    no_gcc = "" if shutil.which("gcc") else NO_COMPILER
    simpy = plain.run if model == "M2" else plain_m3.run
    both = {
        "engine": Rival(ENGINE, lambda _: compiled.run),
        "reference": Rival("SimPy reference engine", lambda _: reference.run),
        "simpy": Rival(f"plain SimPy {metadata.version('simpy')}", lambda _: simpy),
        "c": Rival("plain C into buffers at hand", lambda plan: loop.Loop(plan).run, no_gcc),
        "c log": Rival("plain C with a new log", lambda _: loop.run, no_gcc),
        "cimba": third_party("cimba", f"cimba_{model.lower()}"),
    }
    single = {"ciw": third_party("ciw", "ciw_m2"), "salabim": third_party("salabim", "salabim_m2")}
    return {**both, **single} if model == "M2" else both


def _program(module: str, plan: Plan) -> Program:
    """Return the program of *module*; an experiment of cimba is bound to its plan."""
    found: Any = import_module(f"tests.benchmarks.{module}")
    if not hasattr(found, "experiment"):
        return found.run  # type: ignore[no-any-return]
    experiment = found.experiment(plan)
    return lambda _: experiment.run(workers=1, on_failure="raise")


def _never(_: Any) -> Any:
    raise AssertionError("a program that is missing was asked to run")
