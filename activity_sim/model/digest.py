"""A digest of everything that a scenario says."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import attrs

from activity_sim.model.scenario import Scenario


def fingerprint(content: bytes) -> str:
    """Return what tells *content* from any other, as it stands in files: its SHA-256.

    >>> fingerprint(b"")[:14]
    'sha256:e3b0c44'
    """
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def digest(scenario: Scenario) -> str:
    """Return a SHA-256 of everything that *scenario* says, the content of its files included, their places not."""
    said = attrs.asdict(scenario, filter=lambda field, _: field.eq is not False and field.eq is not None)
    text = json.dumps(said, default=_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if callable(value):
        return f"{value.__module__}.{value.__qualname__}"
    return sorted(value) if isinstance(value, frozenset) else str(value)
