"""Put together what the events of TaskRouter say: names, stays, tasks and reservations, and the log of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import unknown
from activity_sim.history.gathering import Columns, Gathering, Ints
from activity_sim.history.handling import Work, handled
from activity_sim.history.holes import silences
from activity_sim.history.naming import activities, named
from activity_sim.history.stays import Span, Stays, stays
from activity_sim.log import TIMES, Legend, Log, ServiceLevel
from activity_sim.model.activity import DEFAULTS, Activity
from activity_sim.model.tasks import Target
from activity_sim.units import Calendar

MILLISECOND = 1_000
UNKNOWN_TYPE = "(unknown)"
EVERYBODY = "Workers"
NO_GROUP = "(none)"


class Making:
    """Put together what events say: names, stays, tasks and reservations."""

    def __init__(self, gathering: Gathering, span: Span, given: Sequence[Activity]) -> None:
        self.counts: Counter[str] = gathering.counts
        changes, work, rows = (gathering.columns(name) for name in ("changes", "work", "activities"))
        labels = gathering.labels
        places = [(changes, "activity"), (changes, "previous"), (rows, "activity")]
        dates = _latest(len(labels["activity"]), *places)
        given = given if given or labels["activity"] else DEFAULTS
        self.activities, self.available, guessed = activities(labels["activity"], dates, rows, given)
        dates = _latest(len(labels["worker"]), (changes, "worker"), (work, "worker"))
        self.workers = named(labels["worker"], dates)
        self.queues = named(labels["queue"], _latest(len(labels["queue"]), (work, "queue")))
        self.types = list(gathering.numbers["type"])
        self.types_said, self.groups_said = gathering.task_type is not None, gathering.worker_group is not None
        self.span = span
        quiet = silences(np.concatenate([table["date"] for table in (changes, work, rows)]))
        self.stays: Stays = stays(changes, self.workers.of_label, self.activities.of_label, span, quiet)
        order = (_ranks(gathering.numbers[name]) for name in ("task", "reservation"))
        record = quiet, self.stays.missed
        self.tasks, self.reservations = handled(Work.of(work, *order), self.workers.of_label, span, record, self.counts)
        self._type_names = self._name_types()
        self.counts["guessed"] += guessed
        self.counts["renamed"] += self.activities.renamed + self.workers.renamed
        self.counts["missing_changes"] += self.stays.missing
        self.counts["too_long"] += self.stays.too_long
        self.counts["unknown"] += self.stays.unknown[0]

    def _name_types(self) -> tuple[str, ...]:
        """Turn the labels of types and queues into codes, and return the names of the types."""
        queue = np.append(self.queues.of_label, -1)[self.tasks["task_queue"]]
        names = self.types if self.types_said else list(self.queues.names)
        code = self.tasks["task_type"] if self.types_said else queue
        none = code < 0
        self.counts["tasks_without_type"] += int(none.sum())
        names = [*names, UNKNOWN_TYPE] if none.any() else names
        code = np.where(none, len(names) - 1, code)
        order = sorted({*code.tolist()}, key=lambda place: names[place])
        place = np.zeros(len(names) + 1, dtype=np.int64)
        place[order] = np.arange(len(order))
        self.tasks |= {"task_queue": queue, "task_type": place[code]}
        return tuple(names[number] for number in order)

    def log(self, name: str, calendar: Calendar, interval: int, target: Target, rest: str | None) -> Log:
        """Return the log called *name*, whose workers rest in the activity *rest*."""
        legend = self._legend(
            name,
            calendar,
            interval,
            target,
            usual_rest(self.activities.names, self.available) if rest is None else rest,
        )
        return Log.of(legend, 0, self._columns(calendar.origin))

    def _legend(self, name: str, calendar: Calendar, interval: int, target: Target, rest: str) -> Legend:
        if rest not in self.activities.names:
            raise unknown(rest, self.activities.names).inside("default_activity")
        groups = [group or NO_GROUP if self.groups_said else EVERYBODY for group in self.workers.attributes]
        in_order = sorted({*groups})
        level = ServiceLevel(int(target.within), target.target, target.definition)
        return Legend(
            name=name,
            calendar=calendar,
            warm_up=self.span[0] * MILLISECOND - calendar.origin,
            interval=interval,
            activities=self.activities.names,
            available=self.available,
            sids=tuple(None if sid in self.activities.names else sid for sid in self.activities.sids),
            default_activity=self.activities.names.index(rest),
            workers=self.workers.names,
            worker_groups=tuple(in_order),
            worker_group=np.array([in_order.index(group) for group in groups], dtype=np.int32),
            task_types=self._type_names,
            task_queues=self.queues.names,
            service_levels=(level,) * len(self._type_names),
        )

    def _columns(self, origin: int) -> dict[str, dict[str, NDArray[Any]]]:
        kept, stretches = self.stays.known, self.stays
        spells: dict[str, NDArray[Any]] = {
            "worker": stretches.worker[kept],
            "activity": stretches.activity[kept],
            "start": _since(stretches.start[kept], origin),
            "end": _since(stretches.end[kept], origin),
            "finished": stretches.ended[kept],
        }
        return {
            "spells": spells,
            "tasks": _timed(self.tasks, origin),
            "reservations": _timed(self.reservations, origin),
        }


def usual_rest(names: Sequence[str], available: Sequence[bool]) -> str:
    """Return the activity that workers rest in, unless somebody says otherwise: one of *names*."""
    resting = [name for name, is_available in zip(names, available, strict=True) if not is_available]
    return "Offline" if "Offline" in names else [*resting, *names][0]


def _latest(labels: int, *places: tuple[Columns, str]) -> Ints:
    """Return the date of the latest event that has each of the *labels*, which are in the columns *places*."""
    found = np.full(labels, -1, dtype=np.int64)
    for rows, name in places:
        there = rows[name] >= 0
        np.maximum.at(found, rows[name][there], rows["date"][there])
    return found


def _ranks(numbers: dict[str, int]) -> Ints:
    """Return the places of SIDs in alphabetical order."""
    found = np.empty(len(numbers), dtype=np.int64)
    found[[numbers[sid] for sid in sorted(numbers)]] = np.arange(len(numbers))
    return found


def _timed(columns: Columns, origin: int) -> dict[str, NDArray[Any]]:
    return {name: _since(column, origin) if name in TIMES else column for name, column in columns.items()}


def _since(instants: Ints, origin: int) -> Ints:
    """Return *instants* in microseconds since *origin*, missing ones as they are."""
    return np.where(instants < 0, instants, instants * MILLISECOND - origin)
