"""One task type as a log shows it: its arrivals and laws, as values of a scenario and as rows of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from activity_sim.history.calibration import Number, numbers
from activity_sim.history.demand import WEEKDAYS, Dispersion, Grid, Rate
from activity_sim.history.fitting import Fit, fit
from activity_sim.history.likelihood import Lengths
from activity_sim.history.observing import backwards, handle_times, offers, responses, waits, wrap_up_times
from activity_sim.history.proportions import wilson
from activity_sim.history.surviving import kaplan_meier
from activity_sim.log import ACCEPTED, CANCELED, REJECTED, TIMEOUT, Log
from activity_sim.model.arrivals import HOUR, Counts, Rates
from activity_sim.model.distributions import Constant, Distribution, Gamma
from activity_sim.model.tasks import Tasks
from activity_sim.units import ClockTime, Duration

SURVIVAL = ("task_type", "waited", "at_risk", "kaplan_meier", "low", "high", "fitted")
POINTS = 20
GRID = (np.arange(10_000) + 0.5) / 10_000


class Calling:
    """What a log shows of the task type *kind*: *tasks* (None where none was handled), *rows* and *warnings*."""

    def __init__(self, log: Log, kind: int, wrap_up_activity: str | None) -> None:
        self.log, self.kind, self.name = log, kind, log.legend.task_types[kind]
        self.rows: list[Number] = []
        self.warnings: list[str] = []
        self.survival = pd.DataFrame(columns=pd.Index(SURVIVAL))
        self.queue = self._queue()
        self.tasks = self._tasks(wrap_up_activity)

    def _queue(self) -> str:
        """Return the queue in which most of the tasks were."""
        tasks = self.log.columns["tasks"]
        queues = tasks["task_queue"][(tasks["task_type"] == self.kind) & (tasks["task_queue"] >= 0)]
        return self.log.legend.task_queues[int(np.bincount(queues).argmax())] if len(queues) else "Default"

    def _tasks(self, wrap_up_activity: str | None) -> Tasks | None:
        if odd := backwards(self.log, self.kind):
            self._doubt(f"{odd} tasks have steps in the wrong order, as damaged events do; such lengths are left out")
        arrivals, busyness = self._arrivals()
        handle = self._law("handle_time", handle_times(self.log, self.kind))
        if handle is None:
            self._doubt("no handle time has ended: these tasks are left out of the scenario")
            return None
        wrap_up = self._law("wrap_up_time", wrap_up_times(self.log, self.kind)) or Constant(Duration(0))
        return Tasks(
            self.name,
            task_queue=self.queue,
            arrivals=arrivals,
            busyness=busyness,
            handle_time=handle,
            wrap_up_time=wrap_up,
            wrap_up_activity=wrap_up_activity if wrap_up.mean else None,
            patience=self._patience(),
            **self._offers(),
        )

    def _doubt(self, text: str) -> None:
        self.warnings.append(f"{self.name}: {text}")

    def _law(self, what: str, lengths: Lengths) -> Distribution | None:
        """Return the law of *what*, and note its numbers; None where none has ended."""
        if not lengths.ended:
            return None
        found = fit(lengths)
        self._note(what, found)
        return found.distribution

    def _note(self, what: str, found: Fit) -> None:
        self.rows += numbers(self.name, what, found)
        for text in found.warnings:
            self._doubt(f"{what}: {text}")

    def _patience(self) -> Distribution | None:
        lengths = waits(self.log, self.kind)
        if not lengths.ended:
            waited = lengths.exposure
            note = "nobody abandoned: without limit; from low on it could not be told from that"
            bound = waited / -np.log(0.05)
            self.rows.append(
                Number(self.name, "patience: mean", "s", np.inf, bound, np.inf, 0, len(lengths.least), note=note)
            )
            return None
        found = fit(lengths)
        self._note("patience", found)
        self.survival = self._survival(lengths, found.distribution)
        return found.distribution

    def _survival(self, lengths: Lengths, law: Distribution) -> pd.DataFrame:
        """Return the share that waits longer, without a law and by the law, at some ends of waits."""
        curve, drawn = kaplan_meier(lengths), np.sort(law.draw(GRID)) / 1_000_000
        places = np.unique(np.linspace(0, len(curve.at) - 1, POINTS).round().astype(np.int64))
        at = curve.at[places]
        return pd.DataFrame(
            {
                "task_type": self.name,
                "waited": at,
                "at_risk": [int((lengths.least >= moment).sum()) for moment in at],
                "kaplan_meier": curve.survival[places],
                "low": curve.low[places],
                "high": curve.high[places],
                "fitted": 1 - np.searchsorted(drawn, at, side="right") / len(drawn),
            }
        )

    def _offers(self) -> dict[str, Any]:
        """Return what is said of answers to reservations: how long they take, and how many are a no."""
        offered = offers(self.log, self.kind)
        counts = np.bincount(offered["status"], minlength=6)
        yes, no, late = (int(counts[status]) for status in (ACCEPTED, REJECTED, TIMEOUT))
        response = self._law("response", responses(self.log, offered))
        self._share("reject_probability", no, yes + no, "of the answers")
        self._share("time-outs", late, yes + no + late, "of the reservations; follows from the response")
        canceled = self._count(CANCELED)
        if canceled:
            self._doubt(f"{canceled} tasks were canceled, which the scenario does not repeat")
        return {"response": response or Constant(Duration(0)), "reject_probability": no / (yes + no) if no else 0.0}

    def _share(self, what: str, count: int, of: int, note: str) -> None:
        if of:
            self.rows.append(Number(self.name, what, "", count / of, *wilson(count, of), of, note=note))

    def _count(self, outcome: int) -> int:
        tasks = self.log.columns["tasks"]
        return int(((tasks["task_type"] == self.kind) & (tasks["outcome"] == outcome)).sum())

    def _arrivals(self) -> tuple[Rates | Counts, Distribution | None]:
        grid = Grid.of(self.log, self.kind)
        spread = grid.dispersion
        cv = spread.cv if spread.is_shown and spread.cv > 0 else 0.0
        rates = grid.pattern(cv)
        self.rows += [self._rate(rate) for rate in rates]
        self._dispersion(spread)
        busyness = Gamma(1.0, cv) if cv else None
        return (_counts(self.log, grid, rates) if len(np.unique(grid.day)) > 1 else _rates(rates)), busyness

    def _rate(self, rate: Rate) -> Number:
        clock = str(ClockTime(0, rate.clock // 1_000_000))
        what = f"arrivals: {WEEKDAYS[rate.weekday]} {clock}"
        return Number(self.name, what, "per hour", rate.per_hour, rate.low, rate.high, rate.count)

    def _dispersion(self, spread: Dispersion) -> None:
        if not spread.freedom:
            self._doubt("no two days of one weekday: how much days differ (busyness) cannot be told")
            return
        note = f"index of dispersion {spread.index:.3g}" + (
            "" if spread.is_shown else ": no more than by chance, left out"
        )
        self.rows.append(
            Number(
                subject=self.name,
                number="busyness: cv",
                unit="",
                estimate=spread.cv,
                low=spread.low,
                high=spread.high,
                observed=spread.freedom,
                p_value=spread.p_value,
                note=note,
            )
        )


def _rates(rates: list[Rate]) -> Rates:
    return Rates([(ClockTime(0, rate.clock // 1_000_000), rate.per_hour) for rate in rates])


def _counts(log: Log, grid: Grid, rates: list[Rate]) -> Counts:
    """Return what the rates expect in each interval of the log."""
    calendar, hours = log.legend.calendar, log.legend.interval / HOUR
    known = {(rate.weekday, rate.clock): rate.per_hour for rate in rates}
    keys = zip(grid.weekday.tolist(), grid.clock.tolist(), strict=True)
    times = tuple(calendar.local(start) for start in grid.start.tolist())
    return Counts(times, [float(f"{known.get(key, 0.0) * hours:.12g}") for key in keys])
