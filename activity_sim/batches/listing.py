"""The batch file: which scenarios to run, with which options, and what each is called."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from activity_sim.batches.options import precision_said, service_level_said
from activity_sim.drawing import check_seed
from activity_sim.engines import choose
from activity_sim.errors import InputError, not_given, within
from activity_sim.experiment.running import check_replications
from activity_sim.files import FilePath, read_toml
from activity_sim.model.reading import above_zero, flag, located, many, optional, read, table, text
from activity_sim.pulling.folder import RECORD
from activity_sim.pulling.wording import SCENARIO
from activity_sim.units import Duration

RESERVED = ("index.html", "summary.json", "summary.csv")
"""Names that a batch writes beside the folders of its runs."""
LONGEST_NAME = 100
MAGIC = "*?["
"""What makes a text a pattern, unless there is a file of that very name."""


def _engine(value: object) -> str:
    return choose(text(value)) if value != "auto" else "auto"


def _as_said(check: Any) -> Any:
    def keep(value: object) -> str:
        check(text(value))
        return str(value)

    return keep


def _interval(value: object) -> str:
    return str(Duration(above_zero(value)))


def _name(value: object) -> str:
    name = text(value)
    plain = name.isprintable() and not re.search(r'[/\\:*?"<>|]', name) and name == name.strip(" .")
    if not plain or len(name) > LONGEST_NAME or name.casefold() in RESERVED or name.startswith("-"):
        rule = f"must be a name that a folder can have, up to {LONGEST_NAME} characters, without /, \\ and the like"
        raise InputError(f"{rule}, {not_given(value)}")
    return name


@attrs.frozen(kw_only=True, field_transformer=located)
class Options:
    """The options of `activity-sim run` that a batch file can give; None where it does not."""

    replications: int | None = attrs.field(default=None, converter=optional(check_replications))
    precision: str | None = attrs.field(default=None, converter=optional(_as_said(precision_said)))
    seed: int | None = attrs.field(default=None, converter=optional(check_seed))
    engine: str | None = attrs.field(default=None, converter=optional(_engine))
    interval: str | None = attrs.field(default=None, converter=optional(_interval))
    service_level: str | None = attrs.field(default=None, converter=optional(_as_said(service_level_said)))
    parquet: bool | None = attrs.field(default=None, converter=optional(flag))
    log: bool | None = attrs.field(default=None, converter=optional(flag))
    plot: bool | None = attrs.field(default=None, converter=optional(flag))

    def __attrs_post_init__(self) -> None:
        if self.replications is not None and self.precision is not None:
            raise InputError("must not be given with precision, which says how many there are", "replications")

    def over(self, defaults: Options) -> dict[str, Any]:
        """Return what holds where *defaults* stand in for what is not given here."""
        fields = [field.name for field in attrs.fields(Options)]
        own = {name: getattr(self, name) for name in fields}
        counted = self.replications is not None or self.precision is not None
        behind = {name: None if counted and name in COUNTS else getattr(defaults, name) for name in fields}
        return {name: behind[name] if own[name] is None else own[name] for name in fields}


COUNTS = ("replications", "precision")
"""Of these only one can hold: one that is given for a run puts aside the other of the defaults."""


@attrs.frozen(kw_only=True, field_transformer=located)
class Entry(Options):
    """One entry of a batch file: a *scenario* file, a folder that `activity-sim pull` made, or a pattern of these.

    *name* is that of its folder of results. With *pull* the folder is brought up to date before it is run.
    """

    scenario: str = attrs.field(converter=text)
    name: str | None = attrs.field(default=None, converter=optional(_name))
    pull: bool = attrs.field(default=False, converter=flag)


@attrs.frozen(kw_only=True, field_transformer=located)
class Listing(Options):
    """A whole batch file: its *runs*, and options for all of them."""

    runs: tuple[Entry, ...] = attrs.field(converter=many(table(Entry)))

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if not self.runs:
            raise InputError("must be at least one", "runs")


@attrs.frozen
class Job:
    """One scenario to run: *arguments* are those of `activity-sim run` after the file of the scenario.

    *where* is its place in the batch file. *pulled* is the folder to bring up to date before it runs.
    """

    name: str
    scenario: Path
    arguments: tuple[str, ...]
    where: str
    pulled: Path | None = None


def listed(given: FilePath | Mapping[str, Any]) -> list[Job]:
    """Return the jobs of a batch file, or of a table like it, whose paths are relative to the current folder.

    Raises :exc:`~activity_sim.errors.InputError` for a batch file in which something is wrong.
    """
    if isinstance(given, Mapping):
        return _jobs(read(Listing, given), Path(), None)
    file = Path(given)
    return within(f"{file.name}: ", lambda: _jobs(read(Listing, read_toml(file)), file.parent, file))


def _jobs(listing: Listing, folder: Path, itself: Path | None) -> list[Job]:
    jobs = [
        job
        for number, entry in enumerate(listing.runs)
        for job in within(f"runs[{number}]", lambda n=number, e=entry: _of_entry(n, e, listing, folder, itself))
    ]
    named: dict[str, Job] = {}
    for job in jobs:
        other = named.setdefault(job.name.casefold(), job)
        if other is not job:
            what = f"{other.scenario} ({other.where}) and {job.scenario} are both called {job.name!r}"
            raise InputError(f"must have another name: {what}; give one of them a name", job.where)
    return jobs


def _of_entry(number: int, entry: Entry, listing: Listing, folder: Path, itself: Path | None) -> list[Job]:
    paths = within("scenario", lambda: _paths(entry.scenario, folder, itself))
    if entry.name is not None and len(paths) > 1:
        raise InputError(f"must not be given for a pattern that matches {len(paths)} scenarios", "name")
    arguments = tuple(_arguments(entry.over(listing)))
    return [_job(entry, path, arguments, f"runs[{number}]") for path in paths]


def _job(entry: Entry, path: Path, arguments: tuple[str, ...], where: str) -> Job:
    file = path / SCENARIO if path.is_dir() else path
    pulled = file.parent if file.name == SCENARIO and (file.parent / RECORD).is_file() else None
    if entry.pull and pulled is None:
        rule = f"must be a folder that activity-sim pull made, with a {RECORD}; {path} is none"
        raise InputError(rule, "scenario")
    called = path.absolute().name if path.is_dir() else pulled.absolute().name if pulled else path.stem
    name = entry.name or within("name", lambda: _name(called))
    return Job(name, file, arguments, where, pulled if entry.pull else None)


def _paths(given: str, folder: Path, itself: Path | None) -> list[Path]:
    """Return the files and folders that *given* means, in order; a pattern leaves out the batch file *itself*."""
    one = folder / given
    if one.exists() or not any(mark in given for mark in MAGIC):
        return [one]
    names = glob.glob(given, root_dir=folder, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    matched = (folder / name for name in sorted(names))
    found = [path for path in matched if _is_scenario(path) and not (itself and path.samefile(itself))]
    if not found:
        raise InputError(f"must match at least one scenario in {folder.absolute()}, {not_given(given)}")
    return found


def _is_scenario(path: Path) -> bool:
    return (path / SCENARIO).is_file() if path.is_dir() else path.is_file()


def _arguments(options: Mapping[str, Any]) -> Iterator[str]:
    """Yield *options* as arguments of `activity-sim run`."""
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            yield option
        elif value is not None and value is not False:
            yield from (option, str(value))
