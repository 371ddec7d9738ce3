"""Which activities mirror work: workers do not choose them, they come with reservations and tasks."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.history.observing import log_keys
from activity_sim.log import Log
from activity_sim.units import SECOND

Ints = NDArray[np.int64]
LATE = 2 * SECOND
"""Applications change the activity a moment after the task."""
MOST = 0.8
"""So large a share of an activity's stays begins with work, and as large a share of work with it, where it mirrors."""
KINDS = ("reserved", "on a task", "in wrap-up")


@attrs.frozen
class Mirrored:
    """The codes of the activities that mirror a reservation, a task in hand and its wrap-up; None where none does."""

    reserved: int | None
    on_a_task: int | None
    wrap_up: int | None

    @property
    def codes(self) -> list[int]:
        """The activities that are there."""
        return [code for code in (self.reserved, self.on_a_task, self.wrap_up) if code is not None]


def mirrored(log: Log) -> Mirrored:
    """Return which activities of *log* begin where work does, and hardly anywhere else."""
    spells = log.columns["spells"]
    begun = spells["start"] > log.legend.warm_up
    starts = log_keys(log, spells["replication"], spells["worker"], spells["start"])
    found: list[int | None] = []
    for instants in _instants(log):
        shares = [
            _both(starts[begun & (spells["activity"] == code)], instants) if code not in found else 0.0
            for code in range(len(log.legend.activities))
        ]
        best = int(np.argmax(shares))
        found.append(best if shares[best] >= MOST else None)
    on_a_task, wrap_up, reserved = found
    return Mirrored(reserved, on_a_task, wrap_up)


def _instants(log: Log) -> tuple[Ints, Ints, Ints]:
    """Return when tasks were accepted, when wrap-up began, and when reservations did."""
    tasks, offered = log.columns["tasks"], log.columns["reservations"]
    accepted = tasks["accepted"] >= 0
    wrapped = (tasks["handled"] >= 0) & (tasks["completed"] != tasks["handled"])
    pending = offered["ended"] != offered["created"]
    of_tasks = (
        np.sort(log_keys(log, tasks["replication"][mine], tasks["worker"][mine], tasks[name][mine]))
        for mine, name in ((accepted, "accepted"), (wrapped, "handled"))
    )
    reserved = (offered[name][pending] for name in ("replication", "worker", "created"))
    return (*of_tasks, np.sort(log_keys(log, *reserved)))  # type: ignore[return-value]


def _both(starts: Ints, instants: Ints) -> float:
    """Return the smaller share: of *starts* that are at one of the *instants*, and of these that are at a start."""
    if not len(starts) or not len(instants):
        return 0.0
    return min(float(_near(starts, instants, 0, LATE).mean()), float(_near(instants, np.sort(starts), LATE, 0).mean()))


def _near(these: Ints, those: Ints, after: int, before: int) -> NDArray[np.bool_]:
    """Return of which of *these* there is one of *those* at most so much *before* or *after*."""
    return np.asarray(np.searchsorted(those, these + after, "right") > np.searchsorted(those, these - before, "left"))
