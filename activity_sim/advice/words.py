"""How warnings name things."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST = 8
"""So many things are named; of more it says how many there are."""


def listed(names: Iterable[object]) -> str:
    """Return *names* one after the other.

    >>> listed(["a", "b"])
    "'a', 'b'"
    """
    texts = list(map(repr, names))
    more = f" and {len(texts) - MOST} more" if len(texts) > MOST else ""
    return ", ".join(texts[:MOST]) + more


def places(found: Sequence[str]) -> str:
    """Return the places that were *found*, without quotes."""
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return ", ".join(found[:MOST]) + more
