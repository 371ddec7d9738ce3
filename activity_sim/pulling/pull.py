"""Fetch a workspace into a folder."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path

import attrs

from activity_sim.errors import ActivitySimWarning, InputError
from activity_sim.files import load_scenario
from activity_sim.pulling import folder as places
from activity_sim.pulling import wording
from activity_sim.pulling.folder import RECORD, Earlier
from activity_sim.pulling.wording import SCENARIO
from activity_sim.taskrouter.assembling import Assembled, assembled
from activity_sim.taskrouter.client import TaskRouterClient
from activity_sim.taskrouter.everything import everything


@attrs.frozen
class Pulled:
    """Hold what was fetched, and the *files* that were written; *copies* are of those that somebody had edited.

    *is_complete* says whether the scenario has tasks and can be read.
    """

    parts: Assembled
    files: tuple[str, ...]
    copies: tuple[str, ...] = ()
    is_complete: bool = False


def pull(client: TaskRouterClient, folder: Path, *, now: datetime | None = None) -> Pulled:
    """Fetch the workspace of *client* into *folder*, as a scenario to which only the demand is missing.

    In a folder that holds an earlier pull of the same workspace the fetched files, and the fetched part of the scenario
    file, are replaced. What somebody has edited there is kept in a copy, with a warning.

    Raises :exc:`~activity_sim.errors.InputError`, before anything is fetched, for any other folder that is not empty.
    """
    folder = folder.absolute()
    before = places.earlier(folder, client.workspace_sid)
    parts = assembled(everything(client))
    texts = _texts(parts, before, now or datetime.now(UTC))
    if before is None:
        places.place(folder, texts)
        return Pulled(parts, tuple(texts))
    return _renewed(folder, parts, texts, before)


def _texts(parts: Assembled, before: Earlier | None, now: datetime) -> dict[str, str]:
    fetched, block = wording.json_files(parts), _encodable(wording.block(parts))
    if before is None or before.scenario is None:
        scenario = _encodable(wording.head(parts, now)) + "\n" + block + _encodable(wording.demand(parts))
    else:
        new = [flow for flow in parts.read if flow.friendly_name not in before.workflows.values()]
        scenario = before.scenario.before + block + before.scenario.after
        scenario += _encodable("".join(wording.templates(parts, new)))
    record = places.record(
        {SCENARIO: block, **fetched},
        workspace_sid=parts.workspace_sid,
        friendly_name=parts.name,
        workflows={flow.resource.sid: flow.friendly_name for flow in parts.workflows if flow.workflow},
        now=now,
    )
    return {SCENARIO: scenario, **fetched, RECORD: record}


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _renewed(folder: Path, parts: Assembled, texts: dict[str, str], before: Earlier) -> Pulled:
    edited = places.edited(folder, texts, before)
    copies = places.replace(folder, texts, before, edited=edited)
    for name, copy in zip(edited, copies, strict=True):
        _warn(f"{name} had been edited where a pull writes; as it was, it is in {copy}")
    return Pulled(parts, tuple(texts), tuple(copies), _is_complete(folder / SCENARIO))


def _is_complete(scenario: Path) -> bool:
    try:
        return bool(load_scenario(scenario).tasks)
    except InputError as error:
        _warn(f"what is yours in the scenario does not go with what was fetched now: {error}")
    return False


def _warn(message: str) -> None:
    warnings.warn(message, ActivitySimWarning, stacklevel=2)
