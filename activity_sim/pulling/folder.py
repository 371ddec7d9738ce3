"""The folder of a pull: whether there is an earlier one in it, and how files take their places.

``pull.json`` says which workspace a folder is of, and has the digest of each fetched file. So what somebody has edited
since can be told, and is kept.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs

from activity_sim.errors import InputError, not_given, within
from activity_sim.files import load_scenario, read_json
from activity_sim.model.digest import fingerprint
from activity_sim.pulling.merging import Parts, parted
from activity_sim.pulling.wording import SCENARIO

RECORD = "pull.json"


@attrs.frozen
class Earlier:
    """Hold what an earlier pull left: *digests* of its files, names of *workflows* by SID, the *scenario* in parts."""

    digests: Mapping[str, str] = attrs.field(factory=dict)
    workflows: Mapping[str, str] = attrs.field(factory=dict)
    scenario: Parts | None = None


def earlier(folder: Path, workspace_sid: str) -> Earlier | None:
    """Return what an earlier pull of the workspace left in *folder*; None where the folder is new or empty.

    Raises :exc:`~activity_sim.errors.InputError` for a folder with anything else in it, for one of another workspace,
    and for a scenario file in which the fetched part cannot be found.
    """
    if not folder.exists() or not any(folder.iterdir()):
        return None
    if not (folder / RECORD).is_file():
        rule = f"must be new, or empty, or hold an earlier pull; it has files in it, and no {RECORD}"
        raise InputError(rule, str(folder))
    record = within(f"{folder / RECORD}: ", lambda: _record(read_json(folder / RECORD)))
    if record["workspace_sid"] != workspace_sid:
        raise InputError(f"must be another folder: this one holds workspace {record['workspace_sid']}", str(folder))
    return Earlier(record["files"], record["workflows"], _scenario(folder / SCENARIO))


def _record(given: Any) -> dict[str, Any]:
    kinds = {"workspace_sid": str, "files": dict, "workflows": dict}
    said: dict[str, Any] = given if isinstance(given, dict) else {}
    known = all(isinstance(said.get(key), kind) for key, kind in kinds.items())
    if not known or any(Path(name).name != name for name in said["files"]):
        raise InputError(f"must be as pull wrote it, {not_given(given)}")
    return said


def _scenario(file: Path) -> Parts | None:
    if not file.exists():
        return None
    try:
        return within(f"{file}: ", lambda: parted(file.read_text("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise InputError(f"must be text in UTF-8; {error.reason} at byte {error.start}", f"{file}: ") from None


def record(
    texts: Mapping[str, str], *, workspace_sid: str, friendly_name: str, workflows: Mapping[str, str], now: datetime
) -> str:
    """Return the text of ``pull.json`` for the fetched *texts* by the names of their files."""
    said = {
        "workspace_sid": workspace_sid,
        "friendly_name": friendly_name,
        "fetched": now.isoformat(timespec="seconds"),
        "workflows": dict(workflows),
        "files": {name: digest(text) for name, text in texts.items()},
    }
    return json.dumps(said, indent=2) + "\n"


def digest(text: str) -> str:
    """Return the digest of a *text*."""
    return fingerprint(text.encode("utf-8", "surrogatepass"))


def place(folder: Path, texts: Mapping[str, str]) -> None:
    """Write *texts* by the names of their files to a *folder* that is new or empty, all of them or none.

    Raises :exc:`~activity_sim.errors.InputError` where they make no scenario.
    """
    with tempfile.TemporaryDirectory(dir=_existing(folder.parent), prefix=f".{folder.name}-unfinished-") as beside:
        unfinished = Path(beside) / folder.name
        unfinished.mkdir()
        _write(unfinished, texts)
        load_scenario(unfinished / SCENARIO)
        if not folder.exists():
            unfinished.rename(folder)
            return
    replace(folder, texts, Earlier(), edited=())


def _existing(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")


def replace(folder: Path, texts: Mapping[str, str], before: Earlier, *, edited: Iterable[str]) -> list[str]:
    """Put *texts* in the place of the files in *folder*, one by one, and return the names of the copies of *edited*.

    What the pull *before* wrote and is not among *texts* is removed, unless somebody has edited it.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-") as beside:
        unfinished = Path(beside)
        _write(unfinished, texts)
        copies = [_copy(folder / name).name for name in edited]
        for name in texts:
            (unfinished / name).replace(folder / name)
    for name in set(before.digests) - set(texts):
        if _known(folder / name, before):
            (folder / name).unlink()
    return copies


def edited(folder: Path, texts: Mapping[str, str], before: Earlier) -> list[str]:
    """Return the names of those files that *texts* are to replace, and that are not as the pull *before* left them."""
    names = []
    for name, text in texts.items():
        changed = _scenario_changed(before, text) if name == SCENARIO else _file_changed(folder / name, text, before)
        if name != RECORD and changed:
            names.append(name)
    return names


def _scenario_changed(before: Earlier, text: str) -> bool:
    """Return whether the fetched part of a scenario was edited, and would be lost."""
    found = before.scenario
    if found is None or found.fetched == parted(text).fetched:
        return False
    return digest(found.fetched) != before.digests.get(SCENARIO)


def _file_changed(file: Path, text: str, before: Earlier) -> bool:
    return file.exists() and not _known(file, before) and file.read_bytes() != text.encode()


def _known(file: Path, before: Earlier) -> bool:
    """Return whether *file* is as the pull *before* left it."""
    if not file.is_file():
        return False
    return fingerprint(file.read_bytes()) == before.digests.get(file.name)


def _copy(file: Path) -> Path:
    """Copy *file* to a new one beside it, with "edited" in its name."""
    stems = (f"{file.stem}.edited{'' if number == 1 else f'-{number}'}" for number in range(1, 10_000))
    copy = next(path for stem in stems if not (path := file.with_name(stem + file.suffix)).exists())
    return Path(shutil.copy2(file, copy))
