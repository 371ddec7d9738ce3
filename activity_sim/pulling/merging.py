"""A scenario file that was pulled and then edited: the fetched part of it, and what is its owner's."""

from __future__ import annotations

import attrs

from activity_sim.errors import InputError

BEGIN = "# >>>"
END = "# <<<"


@attrs.frozen
class Parts:
    """Hold a scenario file in parts: what is *before* the *fetched* part, with its two lines, and *after* it."""

    before: str
    fetched: str
    after: str

    @property
    def own(self) -> str:
        """What is the owner's."""
        return self.before + self.after

    @property
    def text(self) -> str:
        """The whole file."""
        return self.before + self.fetched + self.after


def parted(text: str) -> Parts:
    '''Return the parts of the scenario file that is *text*.

    Raises :exc:`~activity_sim.errors.InputError` where the two lines around the fetched part are not there once, in
    their order: what is the owner's is not known then.

    >>> parts = parted("""name = "Day"
    ... # >>> fetched
    ... [workspace]
    ... # <<< fetched
    ... """)
    >>> parts.own.strip()
    'name = "Day"'
    '''
    lines = text.splitlines(keepends=True)
    begins = [n for n, line in enumerate(lines) if line.startswith(BEGIN)]
    ends = [n for n, line in enumerate(lines) if line.startswith(END)]
    if len(begins) != 1 or len(ends) != 1 or begins > ends:
        rule = f"must have one line that begins with {BEGIN!r}, and one with {END!r} after it, around what is fetched"
        raise InputError(f"{rule}, not {len(begins)} and {len(ends)}; put them back, or move the file away")
    first, last = begins[0], ends[0] + 1
    return Parts("".join(lines[:first]), "".join(lines[first:last]), "".join(lines[last:]))
