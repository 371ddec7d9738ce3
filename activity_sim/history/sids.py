"""SIDs for what a simulation has none for: well-formed, and always the same."""

from __future__ import annotations

from hashlib import blake2b


def sid(prefix: str, *names: object) -> str:
    """Return the SID of what has these *names*.

    >>> sid("WK", "Tier 1 001") == sid("WK", "Tier 1 001") != sid("WK", "Tier 1 002")
    True
    """
    return prefix + blake2b("\\0".join(map(str, names)).encode(), digest_size=16).hexdigest()


class Numbered:
    """SIDs of what has numbers only, in their order: half a digest of *names*, and the number."""

    def __init__(self, prefix: str, *names: object) -> None:
        self._begin = sid(prefix, *names)[:18]

    def __getitem__(self, number: int) -> str:
        return f"{self._begin}{number:016x}"
