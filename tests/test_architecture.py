"""The table of rooms in ARCHITECTURE.md, held over the imports of every module; and the size of files."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import activity_sim

ROOT = Path(activity_sim.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))
LEADS_UP = {("model", "files"), ("model", "analysis"), ("log", "analysis")}
"""A scenario's save(), its notebook table and a log's frames lead up the stairs; they import when they are called."""
DOORS = {
    "numba": {"compiling/compiler.py"},
    "platformdirs": {"compiling/cache.py"},
    "simpy": {"engines/reference.py"},
    "matplotlib": {
        f"analysis/plots/{name}.py" for name in ("axes", "differences", "saving", "service", "steady", "time")
    },
    "ipywidgets": {"exploring.py"},
    "jinja2": {"page/rendering.py"},
    "xlsxwriter": {"page/workbook.py"},
    "lark": {"model/expressions.py"},
    "click": {
        f"cli/{name}.py"
        for name in (
            "__init__",
            "activities",
            "batch",
            "calibrate",
            "emulator",
            "events",
            "experiments",
            "pull",
            "scenarios",
            "staff",
            "validate",
            "words",
        )
    },
    "cloudpickle": {"experiment/runner.py"},
    "filelock": {"batches/places.py"},
    "loky": {"experiment/pool.py"},
    "tqdm": {"progress.py"},
    "pyarrow": {"log_files.py"},
    "tomli_w": {"files.py"},
    "requests": {"taskrouter/transport.py"},
    "starlette": {"emulator/faults.py", "emulator/routes.py"},
    "tenacity": {"taskrouter/transport.py"},
    "uvicorn": {"emulator/server.py"},
}
SHARED = {"errors", "secret", "units", "model.expressions", "model.reading", "emulator"}
"""What the emulator may use of the package: nothing that reads or writes what is on the wire."""


def ranks() -> dict[str, int]:
    table = (ROOT.parent / "ARCHITECTURE.md").read_text("utf-8").split("<!-- ranks -->")[1].split("<!-- end -->")[0]
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", table, re.MULTILINE)
    return {room: int(rank) for rank, rooms in rows for room in re.findall(r"`(\w+)`", rooms)}


def room_of(module: Path) -> str:
    return module.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(module: Path) -> Iterator[tuple[str, bool]]:
    """Yield the modules that *module* imports, with whether it does so when it is imported itself."""
    tree = ast.parse(module.read_text("utf-8"))
    at_once = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [f"{node.module}.{name.name}" for name in node.names]
                if node.module == "activity_sim"
                else [node.module]
            )
            yield from ((name, id(node) in at_once) for name in names)
        elif isinstance(node, ast.Import):
            yield from ((name.name, id(node) in at_once) for name in node.names)


@pytest.mark.parametrize("module", [m for m in MODULES if not m.name.startswith("__")], ids=lambda m: m.stem)
def test_imports_go_one_way(module: Path) -> None:
    rank = ranks()
    here = room_of(module)
    for name, at_once in imports(module):
        if not name.startswith("activity_sim."):
            continue
        there = name.split(".")[1]
        if there == here or there == "__version__":
            continue
        leads_up = (here, there) in LEADS_UP and not at_once
        assert rank[there] < rank[here] or leads_up, f"{here} imports {there}"


def test_every_room_has_its_rank() -> None:
    rooms = {room_of(module) for module in MODULES if room_of(module) not in ("__init__", "__main__")}
    assert rooms == set(ranks())


@pytest.mark.parametrize("package", DOORS)
def test_a_package_has_one_door(package: str) -> None:
    users = {
        module.relative_to(ROOT).as_posix()
        for module in MODULES
        if any(name.split(".")[0] == package for name, _ in imports(module))
    }
    assert users == DOORS[package]


@pytest.mark.parametrize("module", sorted((ROOT / "emulator").glob("*.py")), ids=lambda m: m.stem)
def test_the_emulator_shares_no_codec_with_the_client(module: Path) -> None:
    used = {name.removeprefix("activity_sim.") for name, _ in imports(module) if name.startswith("activity_sim.")}
    foreign = {name for name in used if name not in SHARED and name.split(".")[0] != "emulator"}
    assert foreign <= ({"taskrouter.client"} if module.name == "server.py" else set())


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.relative_to(ROOT).as_posix())
def test_files_stay_small(module: Path) -> None:
    assert len(module.read_text("utf-8").splitlines()) <= 400


def test_public_names_are_all_there() -> None:
    assert sorted(activity_sim.__all__) == activity_sim.__all__
    for name in activity_sim.__all__:
        assert getattr(activity_sim, name) is not None


def test_public_names_are_typed_as_they_are_imported() -> None:
    source = (ROOT / "__init__.py").read_text("utf-8")
    typed = set(re.findall(r"import \w+ as (\w+)", source.split("if TYPE_CHECKING:")[-1]))
    assert typed == set(activity_sim.__all__) - {"__version__"}


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Wrokers'"):
        _ = activity_sim.Wrokers  # type: ignore[attr-defined]


def test_importing_it_imports_nothing_heavy() -> None:
    heavy = {*DOORS, "numpy", "pandas", "scipy"}
    code = f"import sys, activity_sim; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
