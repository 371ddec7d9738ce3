"""What a run leaves behind: a page to read, the tables as CSV, statistics and provenance as JSON, logs, a picture.

Files are first written beside their place and moved there when all are done, so a folder never holds half a run.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs
import pandas as pd

from activity_sim import __version__
from activity_sim.advice import advice
from activity_sim.analysis.describe import leaving
from activity_sim.analysis.reports import activity_durations
from activity_sim.drawing import prepare
from activity_sim.errors import InputError, not_given
from activity_sim.experiment.comparison import Comparison
from activity_sim.experiment.study import Study
from activity_sim.files import whole_file
from activity_sim.log import Legend, Log
from activity_sim.log_files import write_log
from activity_sim.model.digest import digest
from activity_sim.page.given import Run

TABLES = (
    "time_by_activity",
    "time_by_worker",
    "time_by_interval",
    "task_summary",
    "tasks_by_interval",
    "occupancy",
    "occupancy_by_interval",
    "wait_distribution",
    "spread_by_interval",
)
PRICED = "cost"
"""The table that is there where the scenario has costs."""
SUMMARIES = ("time_by_activity", "task_summary", "occupancy")
PICTURE = "time_by_interval.png"
PAGE = "report.html"
WORKBOOK = "report.xlsx"
FILES = {
    *(f"{table}.{kind}" for table in (*TABLES, PRICED) for kind in ("csv", "parquet")),
    *(f"log/{table}.parquet" for table in ("spells", "tasks", "reservations")),
    "activity_durations.json",
    "run.json",
    PAGE,
    WORKBOOK,
    PICTURE,
}
"""Every file that a run may write: those of an earlier run that a new one does not write are taken away."""


COMPARISON = {"comparison.csv", "pairing.csv", "comparison.json", PAGE, WORKBOOK}
"""Every file that a comparison may write."""


def check_folder(folder: Path, place: str, files: Iterable[str] = FILES) -> None:
    """Check, before anything runs, that *files* can be written to *folder*; *place* is where it was named."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not existing.is_dir():
        raise InputError(f"must be a folder, and {existing.name} is a file", place)
    if not os.access(existing, os.W_OK):
        raise InputError(f"must be a folder that can be written to, and {existing.name} is not", place)
    for name in files:
        if (folder / name).is_dir():
            raise InputError(f"must have room for the file {name}, and there is a folder of that name", place)


@attrs.frozen
class Extras:
    """What is written besides the page and the tables: a Parquet twin of each, all logs, a picture, a workbook."""

    parquet: bool = False
    log: bool = False
    plot: bool = False
    excel: bool = False


def write_study(study: Study, folder: Path, run: dict[str, Any], extras: Extras) -> list[str]:
    """Write the files of *study*, with *run* as its provenance, to *folder*; return their names."""
    return _written(_run(study, run), folder, extras, study.logs)


def write_reports(log: Log, folder: Path, described: Mapping[str, Any], extras: Extras) -> list[str]:
    """Write the files of a *log*, as those of a study, to *folder*; return their names.

    *described* is what is known of where it comes from, besides what the log itself says.
    """
    return _written(_of_log(log, described), folder, extras, [log])


def _written(run: Run, folder: Path, extras: Extras, logs: Sequence[Log]) -> list[str]:
    names = placed(folder, lambda place: _write(run, place, extras, logs), FILES)
    with suppress(OSError):
        (folder / "log").rmdir()  # only where it is empty
    return names


def placed(folder: Path, write: Callable[[Path], None], files: set[str]) -> list[str]:
    """Let *write* fill a folder, move what is in it to *folder* when all is there, and return the names.

    Those of *files* that were there before and are not written now are taken away.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as place:
        unfinished = Path(place)
        write(unfinished)
        names = sorted(path.relative_to(unfinished).as_posix() for path in unfinished.rglob("*") if path.is_file())
        for name in names:
            (folder / name).parent.mkdir(exist_ok=True)
            (unfinished / name).replace(folder / name)
    for name in files - set(names):
        (folder / name).unlink(missing_ok=True)
    return names


def write_comparison(comparison: Comparison, folder: Path, run: dict[str, Any], *, excel: bool = False) -> list[str]:
    """Write the files of *comparison*, with *run* as its provenance, to *folder*; return their names."""
    tables = {"comparison": comparison.table, "pairing": comparison.pairing}

    def write(place: Path) -> None:
        for name, table in tables.items():
            write_csv(table, place / f"{name}.csv")
        _json(run, place / "comparison.json")
        _text(_comparison_page(comparison, run), place / PAGE)
        if excel:
            _workbook(tables, run, place / WORKBOOK)

    return placed(folder, write, COMPARISON)


def _write(run: Run, folder: Path, extras: Extras, logs: Sequence[Log]) -> None:
    tables = {name: run.report(name) for name in with_cost(TABLES, run.legend)}
    for name, table in tables.items():
        write_csv(table, folder / f"{name}.csv")
        if extras.parquet:
            table.to_parquet(folder / f"{name}.parquet", index=False)
    _json(activity_durations(run.first), folder / "activity_durations.json")
    _json(run.described, folder / "run.json")
    _text(_run_page(run), folder / PAGE)
    if extras.excel:
        _workbook(tables, run.described, folder / WORKBOOK)
    if extras.log:
        write_log(Log.concat(logs), folder / "log")
    if extras.plot:
        picture(run, folder / PICTURE)


def with_cost(tables: tuple[str, ...], legend: Legend) -> tuple[str, ...]:
    """Return the names of *tables*, and that of the costs where *legend* has prices."""
    return tables if legend.prices is None else (*tables, PRICED)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write *table* to the file *path*, instants with their offset."""
    if "interval_start" in table:
        instants = [moment.isoformat() for moment in table["interval_start"]]
        table = table.assign(interval_start=instants)
    table.to_csv(path, index=False, lineterminator="\n")


def _json(value: Any, path: Path) -> None:
    _text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", path)


def _text(text: str, path: Path) -> None:
    path.write_text(text, "utf-8", newline="\n")


def report(source: Log | Study | Comparison, path: str | Path) -> Path:
    """Write the page of a log, a study or a comparison to the file *path*, and return where it is.

    It is one HTML file that needs nothing else. Raises :exc:`~activity_sim.errors.InputError` where it cannot be
    written. A log does not know its scenario, so its page has no inputs.

    >>> import activity_sim as sim, tempfile
    >>> study = sim.replicate(sim.Scenario(horizon="1h", workers=[sim.Workers("A")]), replications=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sim.report(study, f"{folder}/report.html").name
    'report.html'
    """
    place = Path(path).absolute()
    check_folder(place.parent, "path", [place.name])
    page = _page(source)
    place.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(place) as unfinished:
        _text(page, unfinished)
    return place


def _page(source: Log | Study | Comparison) -> str:
    match source:
        case Comparison():
            return _comparison_page(source, comparison_provenance(source, "", list(source.doubts)))
        case Study():
            return _run_page(_run(source, provenance(source, "", [*advice(prepare(source.scenario)), *source.doubts])))
        case Log():
            return _run_page(_of_log(source, {}))
    raise InputError(f"must be a log, a study or a comparison, {not_given(source)}", "source")


def _run(study: Study, described: dict[str, Any]) -> Run:
    return Run(study, study.first, study.scenario, described)


def _run_page(run: Run) -> str:
    from activity_sim.page.run import run_page  # brings matplotlib with it, which only a page needs

    return run_page(run)


def _workbook(tables: dict[str, pd.DataFrame], described: Mapping[str, Any], path: Path) -> None:
    from activity_sim.page.workbook import write_workbook

    write_workbook(tables, described, path)


def _comparison_page(comparison: Comparison, described: dict[str, Any]) -> str:
    from activity_sim.page.comparison import Compared, comparison_page

    alternatives = {name: _run(study, described) for name, study in comparison.alternatives.items()}
    baseline = _run(comparison.baseline, described)
    tables = (comparison.table, comparison.pairing)
    return comparison_page(Compared(baseline, alternatives, *tables, comparison.confidence))


def picture(run: Run, path: Path) -> None:
    """Draw the workers by activity through the busiest day, with the tasks that arrive, to the file *path*."""
    from activity_sim.analysis.plots import drawn, time_by_interval

    legend, time, tasks = run.legend, run.report("time_by_interval"), run.report("tasks_by_interval")
    together = tasks[tasks["task_type"] == "all"]
    busiest = together.groupby(together["interval_start"].dt.date)["offered"].sum().idxmax()
    shown = run.alive(busiest)
    axes = time_by_interval(
        time[time["interval_start"].isin(shown)],
        tasks=together[together["interval_start"].isin(shown)] if legend.task_types else None,
        rest=legend.rest,
    )
    title = axes.set_title(f"{legend.name or 'Workers by activity'}, {busiest:%A %Y-%m-%d}", loc="left", pad=14)
    title.set_parse_math(False)
    path.write_bytes(drawn(axes, "png"))


def provenance(study: Study, command_line: str, warnings: list[str]) -> dict[str, Any]:
    """Return what is needed to run *study* again and to read it rightly."""
    return {
        "scenario": study.scenario.name,
        "scenario_digest": f"sha256:{digest(study.scenario)}",
        "seed": study.seed,
        "replications": study.replications,
        "engine": study.engine,
        "leave": leaving(study.scenario),
        **_read_as(study.legend),
        **({"currency": study.legend.prices.currency} if study.legend.prices else {}),
        "command_line": command_line,
        "warnings": warnings,
    }


def _of_log(log: Log, described: Mapping[str, Any]) -> Run:
    """Return *log* as a run, with what it says itself of where it comes from, and what is *described* besides."""
    said = {"scenario": log.legend.name, "replications": len(log.replications)}
    more = {"command_line": "", "warnings": [], **described}
    return Run(log, log.only(log.replications[0]), None, {**said, **_read_as(log.legend), **more})


def _read_as(legend: Legend) -> dict[str, Any]:
    """Return what the figures of *legend* are about, and the versions of what made them."""
    packages = ("numpy", "pandas", "scipy", "simpy")
    return {
        "horizon_seconds": legend.horizon / 1e6,
        "warm_up_seconds": legend.warm_up / 1e6,
        "interval_seconds": legend.interval / 1e6,
        "service_levels": {
            name: {
                "within_seconds": level.within / 1e6,
                "target": level.target,
                "definition": level.definition,
            }
            for name, level in zip(legend.task_types, legend.service_levels, strict=True)
        },
        "versions": {
            "activity_sim": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in packages},
        },
    }


def comparison_provenance(comparison: Comparison, command_line: str, warnings: list[str]) -> dict[str, Any]:
    """Return what is needed to make *comparison* again and to read it rightly."""
    baseline = provenance(comparison.baseline, command_line, warnings)
    digests = {name: f"sha256:{digest(study.scenario)}" for name, study in comparison.alternatives.items()}
    return {**baseline, "confidence": comparison.confidence, "alternatives": digests}
