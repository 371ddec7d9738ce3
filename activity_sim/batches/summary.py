"""What came of each run of a batch, as it is kept in ``summary.json`` and ``summary.csv``."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from activity_sim import __version__
from activity_sim.errors import InputError
from activity_sim.files import read_json, whole_file

DONE, FAILED, SKIPPED = "done", "failed", "skipped"
SERVICE = ("service_level", "service_level_low", "service_level_high", "abandoned_share", "wait_mean", "wait_p90")
FIGURES = ("replications", "seed", "engine", "offered", *SERVICE, "occupancy", "utilisation", "cost", "currency")
"""The key figures: those of all tasks, of all workers, and what all cost; the last where there are costs."""
JSON, CSV = "summary.json", "summary.csv"


@attrs.frozen(kw_only=True)
class Row:
    """What came of one run.

    *seconds* are those that its process took, also where a later batch passed it over. *digest* is one of all that it
    was made from, *output* one of its *files*. *said* is all that a failed process wrote to standard error.
    """

    name: str
    scenario: str
    status: str
    exit_status: int
    error: str = ""
    seconds: float = 0.0
    digest: str = ""
    figures: Mapping[str, Any] = attrs.field(factory=dict)
    files: tuple[str, ...] = ()
    output: str = ""
    said: str = ""

    def stands(self, digest: str, folder: Path) -> bool:
        """Return whether *folder* has what this row says, made from what has that *digest*."""
        known = self.status != FAILED and digest and self.digest == digest
        return bool(known) and output_digest(folder, self.files) == self.output

    @property
    def cells(self) -> dict[str, Any]:
        """What `summary.csv` has of it."""
        own = ("name", "status", "exit_status", "error", "seconds", "digest", "scenario")
        return {name: getattr(self, name) for name in own} | {name: self.figures.get(name) for name in FIGURES}

    @property
    def written(self) -> dict[str, Any]:
        """What `summary.json` has of it."""
        return {**self.cells, "files": list(self.files), "output": self.output, "said": self.said}


def output_digest(folder: Path, files: Iterable[str]) -> str:
    """Return a SHA-256 of the names and contents of *files* in *folder*, nothing where one is missing."""
    known = hashlib.sha256()
    for name in files:
        try:
            content = hashlib.sha256((folder / name).read_bytes())
        except OSError:
            return ""
        known.update(f"{name}\n{content.hexdigest()}\n".encode())
    return f"sha256:{known.hexdigest()}"


def figures_of(printed: str) -> dict[str, Any]:
    """Return the key figures of what `run --json` *printed*."""
    said = json.loads(printed)
    tasks, workers = (said["tables"][name][-1] for name in ("task_summary", "occupancy"))
    cost = said["tables"]["cost"][-1] if "cost" in said["tables"] else {}
    every = {**said, **cost, **tasks, **workers}
    return {name: every.get(name) for name in FIGURES}


def earlier(folder: Path) -> dict[str, Row]:
    """Return the rows of the batch that *folder* has the summary of, by name; what cannot be read is not there."""
    try:
        return {row.name: row for row in map(_row, read_json(folder / JSON)["runs"])}
    except (InputError, KeyError, TypeError):
        return {}


def _row(given: Mapping[str, Any]) -> Row:
    fields = {field.name for field in attrs.fields(Row)} - {"figures"}
    said = {name: given[name] for name in fields} | {"files": tuple(given["files"])}
    return Row(**said, figures={name: given.get(name) for name in FIGURES})


def write_json(folder: Path, rows: Iterable[Row], *, batch: str, complete: bool) -> None:
    """Write ``summary.json``: the *rows*, what the *batch* is called, and whether it came to its end."""
    said = {"batch": batch, "version": __version__, "complete": complete, "runs": [row.written for row in rows]}
    with whole_file(folder / JSON) as unfinished:
        unfinished.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", "utf-8")


def write_csv(folder: Path, rows: Iterable[Row]) -> None:
    """Write ``summary.csv``: a line for each of the *rows*."""
    names = ["name", "status", "exit_status", "error", "seconds", "digest", "scenario", *FIGURES]
    with whole_file(folder / CSV) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row.cells for row in rows)
