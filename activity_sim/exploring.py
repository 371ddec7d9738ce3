"""Sliders beside the figures: a what-if in a notebook, drawn anew while a slider moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from typing import Any

import attrs
import pandas as pd

from activity_sim.analysis import plots
from activity_sim.analysis.metrics import METRICS, metrics_called
from activity_sim.analysis.reports import tasks_by_time_of_day
from activity_sim.errors import ActivitySimError, InputError, within
from activity_sim.experiment.comparison import compared
from activity_sim.experiment.running import quietly
from activity_sim.experiment.study import Study
from activity_sim.model.reading import whole
from activity_sim.model.scenario import Scenario

FIGURES = ("service_level", "abandoned_share", "wait_mean", "occupancy")
DRAWN = "service_level"
MOST_MINUTES = 120
KEPT = 50
"""So many studies are kept, each a database of its own."""
_some = whole(2, 1_000)


@attrs.frozen
class Input:
    """What a slider changes: from *low* to *high* by *step*, from *value*, where nothing is changed."""

    name: str
    value: int
    low: int
    high: int
    change: Callable[[Scenario, int], Scenario]
    step: int = 1


def inputs_of(scenario: Scenario, activity: str | None = None) -> Iterator[Input]:
    """Yield what of *scenario* sliders can change: numbers of workers, volume, handle time, time in an *activity*.

    >>> import activity_sim as sim
    >>> [one.name for one in inputs_of(sim.Scenario(horizon="8h", workers=[sim.Workers("A")]), "Training")]
    ['A: workers', 'Training: minutes a day']
    """
    for group in scenario.groups:
        if not group.members and not group.roster:
            change = partial(_with_workers, group=group.friendly_name, now=group.count)
            yield Input(f"{group.friendly_name}: workers", group.count, group.count // 2 or 1, 2 * group.count, change)
    if scenario.tasks:
        yield Input("Volume, %", 100, 50, 150, lambda given, value: given.with_volume(value / 100))
        yield Input("Handle time, %", 100, 50, 150, lambda given, value: given.with_handle_time(value / 100))
    if activity is not None:
        yield Input(f"{activity}: minutes a day", 0, 0, MOST_MINUTES, partial(_with_minutes, activity=activity), 5)


def _with_workers(scenario: Scenario, value: int, *, group: str, now: int) -> Scenario:
    return scenario.with_workers(group, value - now)


def _with_minutes(scenario: Scenario, value: int, *, activity: str) -> Scenario:
    return scenario.with_activity(activity, minutes_per_day=value)


class Explorer:
    """Sliders, key figures and a plot: what :func:`explore` returns.

    *sliders* has the sliders by name, whose values can be set; *scenario* is what they say, to be saved or compared,
    *study* its replications and *table* its figures beside those of the scenario as it was given.
    """

    def __init__(self, scenario: Scenario, inputs: list[Input], replications: int, seed: int) -> None:
        widgets = _widgets()
        self._given, self._inputs = scenario, inputs
        self._run = partial(quietly, replications=replications, seed=seed, engine=_engine(scenario), executor=1)
        self._studies: dict[tuple[int, ...], Study] = {}
        self.sliders = {one.name: _slider(widgets, one) for one in inputs}
        self._baseline = self.study
        ax = plots.tasks_by_time_of_day(dict.fromkeys(("as given", "changed"), _by_time(self._baseline)))
        self._png = plots.redrawn(ax, ax.lines[1])
        self.figures, self.message, self.picture = widgets.HTML(), widgets.HTML(), widgets.Image(format="png")
        shown = widgets.VBox([*self.sliders.values(), self.figures, self.message])
        self.panel = widgets.HBox([shown, self.picture])
        for slider in self.sliders.values():
            slider.observe(self._moved, "value")
        self._moved()

    @property
    def scenario(self) -> Scenario:
        """The scenario that the sliders say."""
        changed = self._given
        for one, value in zip(self._inputs, self._values, strict=True):
            if value != one.value:
                changed = within(one.name, partial(one.change, changed, value))
        return changed

    @property
    def study(self) -> Study:
        """The replications of the scenario that the sliders say; the last ones that ran are kept."""
        values = self._values
        if values not in self._studies:
            self._studies[values] = self._run(self.scenario)
            if len(self._studies) > KEPT:
                del self._studies[next(iter(self._studies))]
        return self._studies[values]

    @property
    def table(self) -> pd.DataFrame:
        """The key figures of all tasks and workers, as in a comparison."""
        found = compared(self._baseline, {"changed": self.study}, metrics_called(FIGURES), 0.95).table
        return found[found["subject"] == "all"].drop(columns=["scenario", "subject"]).reset_index(drop=True)

    @property
    def _values(self) -> tuple[int, ...]:
        return tuple(slider.value for slider in self.sliders.values())

    def _moved(self, _: object = None) -> None:
        """Show the figures and the plot for where the sliders are, or why there are none."""
        try:
            study = self.study
        except InputError as error:
            self.message.value = f"<b>Not possible:</b> {escape(str(error))}"
            return
        self.message.value = ""
        self.figures.value = _html(self.table)
        self.picture.value = self._png(_by_time(study)[DRAWN])

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return self.panel._repr_mimebundle_(**how) | {"text/plain": repr(self)}  # where no widgets can be shown

    def __repr__(self) -> str:
        values = ", ".join(f"{name} {slider.value}" for name, slider in self.sliders.items())
        return f"<Explorer of {self._given!r}: {values}>"


def _engine(scenario: Scenario) -> str:
    """Return the engine that is quick once it is loaded, where it can run *scenario*."""
    return "auto" if scenario.processes else "compiled"


def _widgets() -> Any:
    try:
        import ipywidgets
    except ImportError as error:
        raise ActivitySimError("sim.explore needs ipywidgets: pip install 'activity-sim[notebook]'") from error
    return ipywidgets


def _slider(widgets: Any, one: Input) -> Any:
    style = {"description_width": "14em"}
    place = {"value": one.value, "min": one.low, "max": one.high, "step": one.step}
    return widgets.IntSlider(**place, description=one.name, style=style, layout={"width": "30em"})


def _by_time(study: Study) -> pd.DataFrame:
    table = tasks_by_time_of_day(study)
    return table[table["task_type"] == "all"]


def _html(table: pd.DataFrame) -> str:
    rows = [
        {
            "": row.metric,
            "as given": _said(row.metric, row.baseline),
            "changed": _said(row.metric, row.alternative),
            "difference (95 %)": f"{_said(row.metric, row.difference_low)} to {_said(row.metric, row.difference_high)}",
        }
        for row in table.itertuples()
    ]
    return str(pd.DataFrame(rows).to_html(index=False, border=0))


def _said(metric: Any, value: Any) -> str:
    if pd.isna(value):
        return "-"
    return f"{value:.1%}" if METRICS[metric].unit == "share" else f"{value:.1f} s"


def explore(scenario: Scenario, *, activity: str | None = None, replications: int = 10, seed: int = 1) -> Explorer:
    """Show sliders for *scenario* in a notebook, beside its key figures and a plot of the service level.

    There is one for the workers of each group, one for the volume and one for handle times, in per cent, and where an
    *activity* is named, one for the minutes a day in it. At every move *replications* of the changed scenario run, with
    the random numbers of the one that was given. Needs ipywidgets: ``pip install 'activity-sim[notebook]'``.

    Raises :exc:`~activity_sim.errors.ActivitySimError` where ipywidgets is not installed, and
    :exc:`~activity_sim.errors.InputError` for a scenario that cannot be drawn.
    """
    count = within("replications", lambda: _some(replications))
    return Explorer(scenario, list(inputs_of(scenario, activity)), count, seed)
