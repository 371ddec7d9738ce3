"""One worker group as a log shows it: which queues it serves, what it chooses by itself, and for how long."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from activity_sim.history.calibration import Number, numbers
from activity_sim.history.fitting import fit
from activity_sim.history.habits import Punctuality, Stays, looks_like, stays
from activity_sim.history.mirroring import Mirrored
from activity_sim.history.proportions import wilson
from activity_sim.log import Log
from activity_sim.model.distributions import Distribution
from activity_sim.model.routine import Routine
from activity_sim.model.workers import Workers
from activity_sim.units import DAY, ClockTime


class Working:
    """What *log* shows of a worker *group*: its *routine*, the *queues* it serves, *rows* and *warnings*."""

    def __init__(self, log: Log, group: int, mirrors: Mirrored, in_hand: int, *, single: bool) -> None:
        self.log, self.group, self.in_hand, self.single = log, group, max(in_hand, 1), single
        self.name = log.legend.worker_groups[group]
        self.count = int((log.legend.worker_group == group).sum())
        self.warnings: list[str] = []
        self.rows = [Number(self.name, "workers", "", self.count, self.count, self.count, self.count)]
        self.queues = self._served()
        self._stays = stays(log, mirrors.codes)
        self.routine = self._routine()
        self.leave = self._leave()

    def workers(self, serves: Callable[[Working], list[str]] | None) -> Workers:
        """Return the group as the scenario has it."""
        if self.in_hand > 1:
            self._doubt(f"up to {self.in_hand} tasks at once; a log has no channels, so all tasks are on one")
        return Workers(
            self.name,
            count=self.count,
            attributes={} if serves is None else {"task_queues": serves(self)},
            channels={"default": self.in_hand} if self.in_hand > 1 else {},
            leave=self.leave,
            routine=self.routine,
        )

    def _doubt(self, text: str) -> None:
        if f"{self.name}: {text}" not in self.warnings:
            self.warnings.append(f"{self.name}: {text}")

    def _served(self) -> set[str]:
        """Return the queues of which it had tasks reserved."""
        tasks = self.log.columns["tasks"]
        mine = (tasks["worker"] >= 0) & (tasks["task_queue"] >= 0)
        groups = self.log.legend.worker_group[tasks["worker"][mine]]
        return {
            self.log.legend.task_queues[queue] for queue in np.unique(tasks["task_queue"][mine][groups == self.group])
        }

    def _routine(self) -> Routine:
        names, mine = self.log.legend.activities, self._stays.group == self.group
        laws: dict[str, Distribution] = {}
        steps: dict[str, dict[str, float]] = {}
        for code in np.unique(self._stays.activity[mine]).tolist():
            found = self._stays.of(self.group, code)
            self._looks(found, code)
            if (found.next >= 0).any():
                laws[names[code]] = self._stay(found, names[code])
                steps[names[code]] = self._steps(found, names[code])
        return Routine(self._start(), stay=laws, next=steps)

    def _start(self) -> str:
        """Return where most are when the log begins."""
        first = self._stays
        mine = (first.group == self.group) & (first.start <= self.log.legend.warm_up)
        codes = first.activity[mine]
        if not len(codes):
            return self.log.legend.rest
        counts = np.bincount(codes)
        if counts.max() < 0.9 * len(codes):
            self._doubt("workers are in several activities when the log begins, and the routine begins in one")
        return self.log.legend.activities[int(counts.argmax())]

    def _stay(self, found: Stays, name: str) -> Distribution:
        lengths = found.lengths(int(self.log.legend.horizon))
        if not (found.begun & (found.next >= 0)).any():
            self._doubt(f"{name}: no stay was seen from its beginning: as long as from the beginning of the log")
        law = fit(lengths)
        self.rows += numbers(self.name, f"{name}: stay", law)
        for text in law.warnings:
            self._doubt(f"{name}: {text}")
        return law.distribution

    def _steps(self, found: Stays, name: str) -> dict[str, float]:
        names, left = self.log.legend.activities, found.next[found.next >= 0]
        chances = {}
        for code, count in zip(*np.unique(left, return_counts=True), strict=True):
            chances[names[code]] = int(count) / len(left)
            share, ends = chances[names[code]], wilson(int(count), len(left))
            self.rows.append(Number(self.name, f"{name} -> {names[code]}", "", share, *ends, len(left)))
        return chances

    def _looks(self, found: Stays, code: int) -> None:
        """Note what the stays look like, and how close on the clock they begin."""
        legend = self.log.legend
        starts = found.start[found.begun]
        if not len(starts):
            return
        clock = np.array([self._clock(int(start)) for start in starts])
        rests, available = code == legend.default_activity, bool(legend.available[code])
        looks, close = (
            looks_like(found, clock, legend.observed, available=available, rests=rests),
            Punctuality.of(clock),
        )
        about = ClockTime(0, round(close.middle / 60_000_000) * 60 % 86_400)
        note = f"looks like {looks}, begins about {about}"
        what = f"{legend.activities[code]}: concentration of starts"
        self.rows.append(Number(self.name, what, "", close.concentration, close.low, close.high, len(clock), note=note))
        if looks == "off shift" and legend.horizon > DAY:
            self._doubt(f"a routine does not know the clock: {legend.activities[code]} {note}; shifts are better")

    def _clock(self, instant: int) -> int:
        moment = self.log.legend.calendar.local(instant)
        return ((60 * moment.hour + moment.minute) * 60 + moment.second) * 1_000_000 + moment.microsecond

    def _leave(self) -> str:
        """Return whether workers go with tasks in hand, by what most of those did who had some."""
        legend, all_stays = self.log.legend, self._stays
        away = ~np.array([*legend.available, False])[all_stays.next]
        goes = (all_stays.group == self.group) & (all_stays.next >= 0) & away
        at_once, waited = int((goes & all_stays.busy).sum()), int((goes & (all_stays.meant < all_stays.end)).sum())
        if not at_once + waited:
            return "deferred"
        share = at_once / (at_once + waited)
        ends = wilson(at_once, at_once + waited)
        note = "of those who had tasks in hand"
        self.rows.append(Number(self.name, "leaves at once", "", share, *ends, at_once + waited, note=note))
        return "at_once" if share > 0.5 and not self.single else "deferred"
