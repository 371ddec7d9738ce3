"""A batch: many scenarios, some at a time, each to a folder of its own."""

from __future__ import annotations

import json
import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from threading import Lock
from typing import Any

import attrs
import pandas as pd

from activity_sim import __version__
from activity_sim.batches import summary
from activity_sim.batches.listing import RESERVED, Job, listed
from activity_sim.batches.page import write_page
from activity_sim.batches.places import NEW, locked, put, unfinished
from activity_sim.batches.processes import Finished, Processes, Stopped
from activity_sim.batches.summary import DONE, FAILED, SKIPPED, Row, figures_of, output_digest
from activity_sim.errors import ActivitySimWarning, within
from activity_sim.files import FilePath, load_scenario, read_json
from activity_sim.model.digest import digest, fingerprint
from activity_sim.model.reading import optional, whole
from activity_sim.output import FILES, check_folder
from activity_sim.progress import bar
from activity_sim.pulling.folder import RECORD

check_jobs = optional(whole(1, 1_000))


@attrs.frozen(repr=False)
class Batch:
    """What came of a batch: the *folder* that it wrote to, and a row for each run, in the order of the batch file."""

    name: str
    folder: Path
    rows: tuple[Row, ...]

    @property
    def failed(self) -> list[str]:
        """The names of the runs that failed."""
        return [row.name for row in self.rows if row.status == FAILED]

    @property
    def table(self) -> pd.DataFrame:
        """The rows as `summary.csv` has them."""
        return pd.DataFrame([row.cells for row in self.rows])

    def __repr__(self) -> str:
        counts = [f"{sum(row.status == status for row in self.rows)} {status}" for status in (DONE, SKIPPED, FAILED)]
        return f"<Batch {self.name!r}: {', '.join(counts)}, in {self.folder}>"

    def _repr_html_(self) -> str:
        shown: str = self.table[["name", "status", "error", *summary.SERVICE]].to_html(index=False)
        return shown


def batch(given: FilePath | Mapping[str, Any], *, out: FilePath, jobs: int | None = None) -> Batch:
    """Run the scenarios that a batch file lists, and write each one's results to a folder of its own in *out*.

    *given* is the file (TOML), or a table like it. So many *jobs* run at a time, as many as there are processors where
    nothing is said, each in a process of its own. What failed is in the result and stops nothing else. What was done
    before, and has not changed since, is passed over.

    Raises :exc:`~activity_sim.errors.InputError`, before anything runs, for a batch file in which something is wrong,
    and :exc:`~activity_sim.errors.ActivitySimError` where another batch is at work in *out*.

    >>> import tempfile
    >>> from activity_sim import Scenario, Workers
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Scenario(horizon="8h", workers=[Workers("A", count=2)]).save(f"{folder}/quiet.toml")
    ...     batch({"runs": [{"scenario": f"{folder}/*.toml", "replications": 2}]}, out=f"{folder}/results").failed
    []
    """
    folder, todo = Path(out), listed(given)
    count = within("jobs", lambda: check_jobs(jobs)) or os.cpu_count() or 1
    check_folder(folder.absolute(), "out", RESERVED)
    for job in todo:
        check_folder((folder / job.name).absolute(), f"{job.where}: {folder / job.name}", FILES)
    name = Path(given).stem if not isinstance(given, Mapping) else "batch"
    with locked(folder), unfinished(folder) as place:
        return _Work(name=name, folder=folder, place=place, todo=todo, jobs=min(count, len(todo))).done()


@attrs.define(eq=False, kw_only=True)
class _Work:
    """A batch at work: *rows* are those of now and, until they are replaced, those of the batch before."""

    name: str
    folder: Path
    place: Path
    todo: Sequence[Job]
    jobs: int
    rows: dict[str, Row] = attrs.field(init=False)
    processes: Processes = attrs.field(init=False)
    lock: Lock = attrs.Factory(Lock)

    def __attrs_post_init__(self) -> None:
        before = summary.earlier(self.folder)
        self.rows = {job.name: before[job.name] for job in self.todo if job.name in before}
        self.processes = Processes(max((os.cpu_count() or 1) // self.jobs, 1))

    def done(self) -> Batch:
        """Run all, and return what came of it; what is interrupted leaves whole folders, and a summary of them."""
        complete = False
        try:
            with warnings.catch_warnings(), bar(total=len(self.todo), unit="scenario") as advance:
                warnings.simplefilter("ignore", ActivitySimWarning)  # they are in run.json
                for _ in self._each():
                    advance(1)
            complete = True
        finally:
            self._write(complete=complete)
        return Batch(self.name, self.folder, tuple(self._in_order()))

    def _each(self) -> Iterator[None]:
        with ThreadPoolExecutor(self.jobs) as threads:
            futures = [threads.submit(self._keep, job) for job in self.todo]
            try:
                for future in as_completed(futures):
                    yield future.result()
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                self.processes.stop()
                raise

    def _keep(self, job: Job) -> None:
        """Run one job, and write down at once what came of it."""
        row = self._row(job)
        with self.lock:
            self.rows[job.name] = row
            summary.write_json(self.folder, self._in_order(), batch=self.name, complete=False)

    def _in_order(self) -> list[Row]:
        return [self.rows[job.name] for job in self.todo if job.name in self.rows]

    def _write(self, *, complete: bool) -> None:
        rows = self._in_order()
        summary.write_json(self.folder, rows, batch=self.name, complete=complete)
        summary.write_csv(self.folder, rows)
        write_page(self.folder, rows, batch=self.name, missing=0 if complete else len(self.todo) - len(rows))

    def _row(self, job: Job) -> Row:
        begin = time.monotonic()
        try:
            return self._run(job)
        except Stopped:
            raise
        except Exception as error:  # whatever it is, it is about this run alone
            seconds = round(time.monotonic() - begin, 3)
            return _failed(job, f"{type(error).__name__}: {error}", status=1, seconds=seconds)

    def _run(self, job: Job) -> Row:
        if job.pulled and (pulled := self._pull(job.pulled)).status:
            return _failed(job, f"pull: {pulled.error}", status=pulled.status, said=pulled.stderr)
        made_from, before = _digest(job), self.rows.get(job.name)
        if before and before.stands(made_from, self.folder / job.name):
            return attrs.evolve(before, status=SKIPPED)
        begin, new = time.monotonic(), self.place / NEW / job.name
        command = ["run", str(job.scenario), *job.arguments, "--out"]
        finished = self.processes.run([*command, str(new), "--json"], [*command, str(self.folder / job.name)])
        seconds = round(time.monotonic() - begin, 3)
        if finished.status:
            return _failed(job, finished.error, status=finished.status, seconds=seconds, said=finished.stderr)
        return self._placed(job, finished, made_from, seconds)

    def _pull(self, folder: Path) -> Finished:
        command = ["pull", str(read_json(folder / RECORD)["workspace_sid"]), "--out", str(folder)]
        return self.processes.run(command, command)

    def _placed(self, job: Job, finished: Finished, made_from: str, seconds: float) -> Row:
        new = self.place / NEW / job.name
        files = tuple(sorted(path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file()))
        row = Row(
            name=job.name,
            scenario=str(job.scenario),
            status=DONE,
            exit_status=0,
            seconds=seconds,
            digest=made_from,
            figures=figures_of(finished.stdout),
            files=files,
            output=output_digest(new, files),
        )
        put(self.place, job.name, self.folder)
        return row


def _failed(job: Job, error: str, *, status: int, seconds: float = 0.0, said: str = "") -> Row:
    return Row(
        name=job.name,
        scenario=str(job.scenario),
        status=FAILED,
        exit_status=status,
        error=error,
        seconds=seconds,
        said=said,
    )


def _digest(job: Job) -> str:
    """Return a digest of all that the results of *job* are made from; nothing where it cannot be read."""
    try:
        said = digest(load_scenario(job.scenario))
    except Exception:  # its own process will say what is wrong
        return ""
    return fingerprint(json.dumps([said, job.arguments, __version__]).encode())
