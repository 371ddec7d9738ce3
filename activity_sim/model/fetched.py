"""Workers as the API's answers have them: a list answer, one resource, or a list of resources.

A resource has one key more than the API gives it, *channels*: the capacity of each task channel.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from activity_sim.errors import ActivitySimWarning, InputError, not_given, within
from activity_sim.model.activity import has_next_page
from activity_sim.model.workers import Member


def from_answer(answer: object, names: Mapping[str, str]) -> list[Member]:
    """Return the workers of an *answer* of the API; *names* are those of activities by their SIDs.

    A worker's activity is found by its SID, and by its name where the SID is none of *names*.

    >>> from_answer({"workers": [{"friendly_name": "Ann", "channels": {"chat": 3}}]}, {})[0].channels
    {'chat': 3}
    """
    resources = answer.get("workers", [answer]) if isinstance(answer, Mapping) else answer
    if isinstance(answer, Mapping) and has_next_page(answer):
        warnings.warn("the list of workers has a next page that is not in it", ActivitySimWarning, stacklevel=4)
    if not isinstance(resources, list) or not resources:
        raise InputError("must be the API's answer ({'workers': [...], 'meta': ...}) with at least one worker")
    return [within(f"workers[{n}]", lambda r=resource: _member(r, names)) for n, resource in enumerate(resources)]


def _member(resource: Any, names: Mapping[str, str]) -> Member:
    if not isinstance(resource, Mapping) or "friendly_name" not in resource:
        raise InputError(f"must be a Worker resource with a friendly_name, {not_given(resource)}")
    if not isinstance(resource.get("activity_sid"), str | None):
        raise InputError(f"must be a text, {not_given(resource['activity_sid'])}", "activity_sid")
    return Member(
        resource["friendly_name"],
        resource.get("attributes") or {},
        names.get(str(resource.get("activity_sid")), resource.get("activity_name")),
        {} if resource.get("channels") is None else resource["channels"],
        resource.get("sid"),
    )


def to_answer(workers: Iterable[tuple[Mapping[str, Any], Member]]) -> dict[str, Any]:
    """Return a list answer of one page with *workers*: what the API says of each, and what a scenario has of it.

    :func:`from_answer` reads it.

    >>> to_answer([({"friendly_name": "Ann", "available": True}, Member("Ann", channels={"chat": 3}))])["workers"]
    [{'friendly_name': 'Ann', 'available': True, 'attributes': '{}', 'channels': {'chat': 3}}]
    """
    resources = [{**said, **_of_member(member)} for said, member in workers]
    return {"workers": resources, "meta": {"key": "workers", "next_page_url": None}}


def _of_member(member: Member) -> dict[str, Any]:
    attributes = json.dumps(member.attributes, ensure_ascii=False)
    return {"friendly_name": member.friendly_name, "attributes": attributes, "channels": dict(member.channels)}
