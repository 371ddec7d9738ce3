"""How the folders of a batch take their places: whole, or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from activity_sim.errors import ActivitySimError
from activity_sim.output import FILES

LOCK = ".lock"
UNFINISHED = ".unfinished-"
NEW, OLD = "new", "old"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other batches away from *folder*; the lock goes with the process, however that ends.

    Raises :exc:`~activity_sim.errors.ActivitySimError` where another batch is at work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ActivitySimError(f"{folder}: another batch is at work there; nothing was run") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def unfinished(folder: Path) -> Iterator[Path]:
    """Give a place in *folder* for what is not finished, and take away that of a batch that was killed."""
    for left in folder.glob(f"{UNFINISHED}*"):
        _put_back(left / OLD, folder)
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=UNFINISHED, ignore_cleanup_errors=True) as place:
        for name in (NEW, OLD):
            (Path(place) / name).mkdir()
        yield Path(place)


def _put_back(old: Path, folder: Path) -> None:
    """Put back what was on its way out, and was not replaced, when a batch was killed."""
    with suppress(OSError):
        for path in old.iterdir():
            if not (folder / path.name).exists():
                path.rename(folder / path.name)


def put(place: Path, name: str, folder: Path) -> None:
    """Put the results that are ready in *place* into *folder*, in the place of those of an earlier run.

    Files there that are not of a run are kept.
    """
    new, there = place / NEW / name, folder / name
    if there.exists():
        _keep_others(there, new)
        there.rename(place / OLD / name)
    new.rename(there)


def _keep_others(old: Path, new: Path) -> None:
    for path in old.rglob("*"):
        name = path.relative_to(old)
        if path.is_file() and name.as_posix() not in FILES:
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, new / name)
