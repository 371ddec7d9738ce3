"""Activities: what a Worker can be doing, as TaskRouter's Activity resource has it."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from activity_sim.errors import ActivitySimWarning, InputError, not_given
from activity_sim.model.reading import located, optional, read

MOST_ACTIVITIES = 100
LONGEST_NAME = 64


def friendly_name(value: object) -> str:
    """Read a FriendlyName: 1 to 64 characters."""
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_NAME or not value.strip() or not _is_text(value):
        raise InputError(f"must be a text of 1 to {LONGEST_NAME} characters, {not_given(value)}")
    return value


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def available(value: object) -> bool:
    """Read an availability as the API does: ``true``, ``1`` and ``yes`` in any case, and nothing else, mean yes."""
    return str(value).strip().lower() in {"true", "1", "yes"}


def sid_pattern(prefix: str) -> Callable[[object], str]:
    """Return a converter that checks a SID: *prefix* and 32 hexadecimal digits."""
    pattern = re.compile(f"{prefix}[0-9a-fA-F]{{32}}")

    def check(value: object) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise InputError(f"must be {prefix} and 32 hexadecimal digits, {not_given(value)}")
        return value

    return check


@attrs.frozen(field_transformer=located)
class Activity:
    """Describe what a Worker can be doing.

    *friendly_name* has 1 to 64 characters; *available* says whether a Worker in it may get Tasks (``true``, ``1``
    and ``yes`` in any case mean that it may) and never changes. The other fields are those of the API's resource.

    Raises :exc:`~activity_sim.errors.InputError` for a name or SID that the API would not have.

    >>> Activity("on-call", available="yes").available
    True
    """

    friendly_name: str = attrs.field(converter=friendly_name)
    available: bool = attrs.field(default=False, converter=available)
    sid: str | None = attrs.field(default=None, converter=optional(sid_pattern("WA")), kw_only=True)
    account_sid: str | None = attrs.field(default=None, converter=optional(sid_pattern("AC")), kw_only=True, repr=False)
    workspace_sid: str | None = attrs.field(
        default=None, converter=optional(sid_pattern("WS")), kw_only=True, repr=False
    )
    date_created: str | None = attrs.field(default=None, kw_only=True, repr=False)
    date_updated: str | None = attrs.field(default=None, kw_only=True, repr=False)
    url: str | None = attrs.field(default=None, kw_only=True, repr=False)

    @classmethod
    def from_resource(cls, resource: Mapping[str, Any]) -> Activity:
        """Return the Activity that one *resource* of the API describes; fields unknown here are passed over.

        >>> Activity.from_resource({"friendly_name": "email", "available": False}).friendly_name
        'email'
        """
        if not isinstance(resource, Mapping):
            raise InputError(f"must be an Activity resource (a JSON object), {not_given(resource)}")
        names = {field.name for field in attrs.fields(cls)}
        return read(cls, {key: value for key, value in resource.items() if key in names})


DEFAULTS = (Activity("Offline", False), Activity("Unavailable", False), Activity("Available", True))
"""The Activities of a new Workspace."""

SINGLE_TASKING_DEFAULTS = (*DEFAULTS, Activity("Reserved", False), Activity("Busy", False))
"""The Activities of a new single-tasking Workspace."""


def from_answer(answer: object) -> tuple[Activity, ...]:
    """Return the Activities of an *answer* of the API: a list answer, one resource, or a list of resources.

    FriendlyNames that occur more than once are told apart by the last four characters of their SIDs, with a
    warning; so is, by a warning, an answer that has a next page.

    >>> [a.friendly_name for a in from_answer({"activities": [{"friendly_name": "Break"}], "meta": {}})]
    ['Break']
    """
    resources = _resources(answer)
    activities = [_at(position, resource) for position, resource in enumerate(resources)]
    sids = [activity.sid for activity in activities if activity.sid]
    if len(set(sids)) < len(sids):
        raise InputError(f"has the SID {Counter(sids).most_common(1)[0][0]} twice")
    return tuple(told_apart(activities))


def to_answer(activities: Iterable[Activity]) -> dict[str, Any]:
    """Return *activities* as a list answer of the API has them, in one page; :func:`from_answer` reads it.

    >>> to_answer([Activity("Break")])["activities"]
    [{'friendly_name': 'Break', 'available': False}]
    """
    resources = [attrs.asdict(activity, filter=lambda _, value: value is not None) for activity in activities]
    return {"activities": resources, "meta": {"key": "activities", "next_page_url": None}}


def has_next_page(answer: Mapping[str, Any]) -> bool:
    """Return whether a list *answer* of the API says that there is a further page."""
    meta = answer.get("meta")
    return isinstance(meta, Mapping) and bool(meta.get("next_page_url"))


def _resources(answer: object) -> Sequence[Mapping[str, Any]]:
    if isinstance(answer, Mapping) and "activities" in answer:
        if has_next_page(answer):
            warnings.warn("the list of activities has a next page that is not in it", ActivitySimWarning, stacklevel=4)
        answer = answer["activities"]
    elif isinstance(answer, Mapping) and "friendly_name" in answer:
        answer = [answer]
    if not isinstance(answer, list):
        rule = "must be the API's answer ({'activities': [...], 'meta': ...}), one Activity resource or a list of them"
        raise InputError(f"{rule}, {not_given(answer)}")
    return answer


def _at(position: int, resource: Mapping[str, Any]) -> Activity:
    try:
        return Activity.from_resource(resource)
    except InputError as error:
        raise error.inside(f"activities[{position}]") from None


def told_apart(activities: Sequence[Activity]) -> list[Activity]:
    """Return *activities* with those of the same name told apart by the ends of their SIDs, with a warning."""
    counts = Counter(activity.friendly_name for activity in activities)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if not twice:
        return list(activities)
    shown = [a if counts[a.friendly_name] == 1 else _suffixed(a, activities) for a in activities]
    names = [a.friendly_name for a in shown if a not in activities]
    warnings.warn(
        f"activities of the same name, {', '.join(map(repr, twice))}, are told apart as {', '.join(map(repr, names))}",
        ActivitySimWarning,
        stacklevel=4,
    )
    return shown


def _suffixed(activity: Activity, others: Sequence[Activity]) -> Activity:
    if activity.sid is None:
        raise InputError(f"has the name {activity.friendly_name!r} twice, and no SIDs to tell them apart")
    taken = {other.friendly_name for other in others}
    rivals = [o.sid or "" for o in others if o.friendly_name == activity.friendly_name and o.sid != activity.sid]
    for length in range(4, 33):
        suffix = f" ({activity.sid[-length:]})"
        name = activity.friendly_name[: LONGEST_NAME - len(suffix)] + suffix
        if name not in taken and not any(rival.endswith(activity.sid[-length:]) for rival in rivals):
            break
    return attrs.evolve(activity, friendly_name=name)
