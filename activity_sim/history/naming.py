"""Who and what the SIDs of events are: the latest names, and the availability of activities."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from activity_sim.errors import ActivitySimWarning
from activity_sim.history.gathering import Columns, Ints, Label
from activity_sim.model.activity import DEFAULTS, SINGLE_TASKING_DEFAULTS, Activity

KNOWN = {activity.friendly_name: activity.available for activity in (*DEFAULTS, *SINGLE_TASKING_DEFAULTS)}
USUAL: Mapping[str, bool] = {**KNOWN, "Idle": True}
"""The availability of the activities that workspaces come with, today and in former years."""


@attrs.frozen(eq=False)
class Named:
    """The resources of one kind by number: names that differ, SIDs, and the attribute that was asked for.

    *called* are the names as events have them, which may be the same. *of_label* has the number of each label;
    *renamed* is how many resources had another name before.
    """

    names: tuple[str, ...]
    called: tuple[str, ...]
    sids: tuple[str, ...]
    attributes: tuple[str | None, ...]
    of_label: Ints
    renamed: int


def named(labels: Mapping[Label, int], dates: Ints, first: Mapping[str, str] | None = None) -> Named:
    """Return the resources that *labels* are of, each under the name that it had at the latest of *dates*.

    Those of *first*, names by SID, come first and have these names; the others follow by name.
    """
    given = dict(first or {})
    latest = {label[0]: label for label in sorted(labels, key=lambda one: _place(one, labels, dates))}
    others = _apart({sid: label[1] for sid, label in latest.items() if sid not in given}, given.values())
    order = {**given, **dict(sorted(others.items(), key=lambda item: (item[1], item[0])))}
    number = {sid: place for place, sid in enumerate(order)}
    names = Counter(sid for sid, _ in {label[:2] for label in labels})
    return Named(
        names=tuple(order.values()),
        called=tuple(latest[sid][1] if sid in latest else name for sid, name in order.items()),
        sids=tuple(order),
        attributes=tuple(latest[sid][2] if sid in latest else None for sid in order),
        of_label=np.array([number[label[0]] for label in labels], dtype=np.int64),
        renamed=sum(count > 1 for count in names.values()),
    )


def _place(label: Label, labels: Mapping[Label, int], dates: Ints) -> tuple[int, str, str]:
    return int(dates[labels[label]]), label[1], label[2] or ""


def _apart(names: Mapping[str, str], taken: Iterable[str]) -> dict[str, str]:
    """Return *names* by SID, those that occur twice, or are *taken*, with as much of the SID's end as it needs."""
    counts = Counter([*names.values(), *taken])
    for length in (4, 8, 34):
        shown = {sid: name if counts[name] == 1 else f"{name} ({sid[-length:]})" for sid, name in names.items()}
        if len({*shown.values()}) == len(shown):
            break
    return shown


def activities(
    labels: Mapping[Label, int], dates: Ints, rows: Columns, given: Sequence[Activity]
) -> tuple[Named, tuple[bool, ...], int]:
    """Return the activities, their availability, and for how many of them it was guessed from the name.

    What is *given* says both. Else the events ``activity.created`` and ``activity.updated`` do, the only ones that
    state an availability; else it is that of the usual activity of that name, with a warning.
    """
    sids = {name: sid for sid, name, _ in labels}
    first = {_sid(activity, sids): activity for activity in given}
    found = named(labels, dates, {sid: activity.friendly_name for sid, activity in first.items()})
    said = {sid: int(activity.available) for sid, activity in first.items()}
    said |= {sid: known for sid, known in _stated(labels, rows).items() if sid not in said}
    guessed = {sid: USUAL.get(name, False) for sid, name in zip(found.sids, found.called, strict=True)}
    by_name = [number for number, sid in enumerate(found.sids) if sid not in said]
    if by_name:
        _warn([(found.names[number], guessed[found.sids[number]]) for number in by_name])
    available = {**guessed, **said}
    return found, tuple(bool(available[sid]) for sid in found.sids), len(by_name)


def availability(names: Sequence[str], given: Sequence[Activity]) -> tuple[bool, ...]:
    """Return which of the activities with these *names* are available: as *given*, or as their usual names say."""
    said = {activity.friendly_name: activity.available for activity in given}
    guessed = {name: USUAL.get(name, False) for name in names if name not in said}
    if guessed:
        _warn([*guessed.items()])
    return tuple({**guessed, **said}[name] for name in names)


def _sid(activity: Activity, sids: Mapping[str, str]) -> str:
    """Return the SID of *activity*; one that has none, and is in no event, is known by its name."""
    return activity.sid or sids.get(activity.friendly_name) or activity.friendly_name


def _stated(labels: Mapping[Label, int], rows: Columns) -> dict[str, int]:
    sids = [label[0] for label in labels]
    pairs = zip(rows["activity"].tolist(), rows["available"].tolist(), strict=True)
    return {sids[label]: available for label, available in pairs if available >= 0}


def _warn(guessed: Sequence[tuple[str, bool]]) -> None:
    able = ", ".join(repr(name) for name, available in guessed if available) or "none"
    others = ", ".join(repr(name) for name, available in guessed if not available) or "none"
    warnings.warn(
        f"nothing says which activities are available; by their names {able} are taken to be, and "
        f"{others} not to be; the activities of the workspace (sim.read_activities) say so",
        ActivitySimWarning,
        stacklevel=5,
    )
