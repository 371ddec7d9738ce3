"""Plots, pinned by the data of what they draw: they show the table and compute nothing, whatever the table holds."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import FillBetweenPolyCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.image import imread

import activity_sim as sim
from activity_sim import plots, reports
from activity_sim.experiment.study import Study

LONG = "An activity of $many$ words & <marks>, as people choose them"


@pytest.fixture(scope="module")
def study() -> Study:
    activities = [sim.Activity("Offline", available=False), sim.Activity("Available", available=True)]
    activities += [sim.Activity(name, available=False) for name in (LONG, "_hidden", "Nobody's")]
    breaks = [sim.Break(LONG, "09:00", "30min"), sim.Break("_hidden", "10:00", "15min", stagger="1h")]
    scenario = sim.Scenario(
        horizon="3 days",
        start="2026-11-23T00:00:00",
        time_zone="Europe/Berlin",
        workspace=sim.Workspace(activities=activities),
        workers=[sim.Workers("A", count=4, shifts=[sim.Shift("Available", "08:00", "12:00")], breaks=breaks)],
        tasks=[
            sim.Tasks(name, arrivals=sim.Rates([["00:00", 0], ["08:00", 20], ["12:00", 0]]), handle_time="4min")
            for name in ("call", "_mail")
        ],
    )
    return sim.replicate(scenario, replications=10, executor=1)


def labels(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text().strip() for text in legend.get_texts()]


def lightness(colour: str) -> float:
    """Return the L* of CIELAB."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    luminance = float(np.dot([0.2126, 0.7152, 0.0722], linear))
    return float(116 * luminance ** (1 / 3) - 16)


def test_colours_differ_in_lightness_and_hatches_besides() -> None:
    shades = [lightness(colour) for colour in plots.COLOURS]
    assert min(abs(a - b) for a, b in pairwise(shades)) > 15
    assert min(np.diff(sorted(shades))) > 2.5
    assert len(set(plots.HATCHES)) == len(plots.COLOURS) == 8


def test_stacked_time_is_the_table(study: Study) -> None:
    table = reports.time_by_interval(study)
    ax = plots.time_by_interval(table, rest="Offline")
    assert labels(ax) == ["Available", "An activity of $ma…e choose them", "_hidden"]
    shown = ["Available", LONG, "_hidden"]
    for container, name in zip(ax.containers, shown, strict=True):
        heights = [bar.get_height() for bar in container]  # type: ignore[attr-defined]
        assert heights == table.loc[table["friendly_name"] == name, "workers"].tolist()
    tops = np.array([bar.get_y() + bar.get_height() for bar in ax.containers[-1]])  # type: ignore[attr-defined]
    working = table[table["friendly_name"].isin(shown)].groupby("interval_start")["workers"].sum()
    assert tops == pytest.approx(working.to_numpy())


def test_spells_are_boxes_from_start_to_end(study: Study) -> None:
    log = study.first
    ax = plots.spells(log.spells, rest="Offline")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["A 001", "A 002", "A 003", "A 004"]
    for boxes in ax.collections:
        rows = log.spells[log.spells["friendly_name"] == boxes.get_label()]
        ends = [(path.vertices[:, 0].min(), path.vertices[:, 0].max()) for path in boxes.get_paths()]
        hours = [(row.start / pd.Timedelta("1h"), row.end / pd.Timedelta("1h")) for row in rows.itertuples()]
        assert np.array(ends) == pytest.approx(np.array(hours))
        middle = [(path.vertices[:, 1].min() + path.vertices[:, 1].max()) / 2 for path in boxes.get_paths()]
        assert middle == pytest.approx(rows["worker"].cat.codes.tolist())


def test_many_workers_are_named_now_and_then() -> None:
    log = sim.simulate(sim.Scenario(horizon="8h", workers=[sim.Workers("A", count=200)]))
    names = [label.get_text() for label in plots.spells(log.spells).get_yticklabels()]
    assert names[:2] == ["A 001", "A 009"]
    assert len(names) == 25


def test_heatmaps_have_a_row_a_day_and_a_column_a_time(study: Study) -> None:
    tasks = reports.tasks_by_interval(study)
    ax = plots.tasks_by_interval(tasks, subject="call")
    grid = ax.collections[0].get_array()
    rows = tasks[(tasks["task_type"] == "call") & (tasks["offered"] > 0)]
    assert grid is not None
    assert grid.shape == (3, 8)
    assert grid.compressed().tolist() == rows["service_level"].tolist()  # type: ignore[attr-defined]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Mon 23 Nov", "Tue 24 Nov", "Wed 25 Nov"]
    assert ax.get_xticklabels()[0].get_text() == "08:00"
    busy = reports.occupancy_by_interval(study)
    found = plots.occupancy_by_interval(busy).collections[0].get_array()
    assert found is not None
    wanted = busy.loc[busy["worker_group"] == "all", "occupancy"].dropna()
    assert found.compressed().tolist() == wanted.tolist()  # type: ignore[attr-defined]


def test_the_distribution_of_waits_is_a_line_a_type_and_the_threshold(study: Study) -> None:
    table = reports.wait_distribution(study)
    ax = plots.wait_distribution(table, within={"call": 20.0, "_mail": 20.0})
    assert labels(ax) == ["call", "_mail", "all"]
    for line, name in zip(ax.lines, ("call", "_mail", "all"), strict=False):
        rows = table[table["task_type"] == name]
        assert np.asarray(line.get_xydata()).tolist() == rows[["wait", "share"]].to_numpy().tolist()
    assert [list(line.get_xdata()) for line in ax.lines[3:]] == [[20.0, 20.0]]
    assert len({line.get_linestyle() for line in ax.lines[:3]}) == 3


@pytest.mark.parametrize("metric", ["service_level", "wait_mean", "offered"])
def test_the_fan_has_the_quantiles(metric: str, study: Study) -> None:
    table = reports.spread_by_interval(study)
    rows = table[(table["metric"] == metric) & table["p50"].notna()]
    ax = plots.spread_by_interval(rows, metric=metric, target=0.8)
    assert ax.lines[0].get_ydata().tolist() == rows["p50"].tolist()  # type: ignore[union-attr]
    assert labels(ax) == ["9 in 10 replications", "half of them", "the median", "target"]
    for band, (low, high) in zip(ax.collections, (("p5", "p95"), ("p25", "p75")), strict=True):
        assert isinstance(band, FillBetweenPolyCollection)
        ends = {round(value, 9) for path in band.get_paths() for value in path.vertices[:, 1].tolist()}
        assert ends == {round(value, 9) for name in (low, high) for value in rows[name].tolist()}


def test_the_times_of_day_are_a_line_a_table_without_the_night(study: Study) -> None:
    table = reports.tasks_by_time_of_day(study)
    calls, mails = (table[table["task_type"] == name] for name in ("call", "_mail"))
    ax = plots.tasks_by_time_of_day({"calls": calls, "_mails": mails}, metric="wait_mean")
    assert labels(ax) == ["calls", "_mails"]
    for line, rows in zip(ax.lines, (calls, mails), strict=True):
        assert np.array_equal(line.get_ydata(), rows["wait_mean"], equal_nan=True)  # type: ignore[arg-type]
    assert [label.get_text() for label in ax.get_xticklabels()][::7] == ["08:00", "11:30"]
    assert ax.get_xlim() == (15.5, 23.5)
    assert len({line.get_linestyle() for line in ax.lines}) == 2


def test_what_is_redrawn_is_what_would_be_drawn(study: Study) -> None:
    def picture(png: bytes) -> np.ndarray:
        return np.asarray(imread(BytesIO(png), format="png"))[:, :, :3]

    table = reports.tasks_by_time_of_day(study)
    table = table[table["task_type"] == "all"]
    changed = table.assign(service_level=table["service_level"] / 2)
    wanted = plots.drawn(plots.tasks_by_time_of_day({"now": table, "then": changed}), "png", dots=60)
    ax = plots.tasks_by_time_of_day({"now": table, "then": table})
    png = plots.redrawn(ax, ax.lines[1], dots=60)
    assert not np.array_equal(picture(png(table["service_level"])), picture(wanted))
    assert np.abs(picture(png(changed["service_level"])) - picture(wanted)).max() < 0.01


def test_staffing_is_two_steps_and_what_is_short_between() -> None:
    hours = pd.date_range("2026-11-23 08:00", periods=4, freq="h", tz="Europe/Berlin")
    table = pd.DataFrame({"interval_start": hours, "required": [2, 5, 3, 4], "scheduled": [3, 3, 3, 3]})
    ax = plots.staffing(table)
    assert ax.lines[0].get_ydata().tolist() == [2, 5, 3, 4, 4]  # type: ignore[union-attr]
    assert labels(ax) == ["scheduled", "short", "required"]
    scheduled, short = (band.get_paths() for band in ax.collections)
    assert {value for path in scheduled for value in path.vertices[:, 1].tolist()} == {0.0, 3.0}
    assert max(path.vertices[:, 1].max() for path in short) == 5.0


def test_differences_are_the_table() -> None:
    rows = {"scenario": ["a", "b"], "metric": "service_level", "subject": "all", "difference": [0.01, -0.04]}
    rows |= {"difference_low": [-0.01, -0.06], "difference_high": [0.03, -0.02], "verdict": ["no", "lower"]}
    ax = plots.comparison(pd.DataFrame(rows), metric="service_level")
    points = [line for line in ax.lines if line.get_marker() == "o"]
    assert [float(line.get_xdata()[0]) for line in points] == pytest.approx([1.0, -4.0])  # type: ignore[index, arg-type]
    assert [to_hex(str(line.get_markerfacecolor())) for line in points] == ["#ffffff", "#4477aa"]
    table = pd.DataFrame({"input": ["x", "x"], "change": ["-", "+"], "difference": [-2.0, 3.0]})
    assert [bar.get_width() for bar in plots.tornado(table).patches] == [-2.0, 3.0]


def empty() -> dict[str, Callable[[], Axes]]:
    log = sim.simulate(sim.Scenario(horizon="1h", workers=[sim.Workers("A")]))
    return {
        "workers": lambda: plots.time_by_interval(reports.time_by_interval(log), rest="Offline"),
        "work": lambda: plots.spells(log.spells, rest="Offline", start=log.legend.calendar.local(0)),
        "tasks": lambda: plots.wait_distribution(reports.wait_distribution(log)),
        "figures": lambda: plots.tasks_by_interval(reports.tasks_by_interval(log)),
    }


def test_a_day_without_tasks_says_so_too() -> None:
    table = reports.tasks_by_time_of_day(sim.simulate(sim.Scenario(horizon="1h", workers=[sim.Workers("A")])))
    ax = plots.tasks_by_time_of_day({"now": table[table["task_type"] == "all"], "then": table})
    assert [text.get_text() for text in ax.texts] == ["no tasks"]
    assert plots.drawn(ax, "png", dots=20).startswith(b"\x89PNG")


@pytest.mark.parametrize("what", empty())
def test_nothing_is_said_to_be_nothing(what: str) -> None:
    ax = empty()[what]()
    assert [text.get_text() for text in ax.texts] == [f"no {what}"]
    assert plots.drawn(ax, "png", dots=20).startswith(b"\x89PNG")


def test_a_plot_goes_on_the_axes_that_are_given(study: Study) -> None:
    ax = plots.spread_by_interval(reports.spread_by_interval(study))
    assert plots.welch(pd.DataFrame({"time": [0], "mean": [1], "smoothed": [1]}), ax=ax) is ax
    assert plots.staffing(pd.DataFrame({"interval_start": [], "required": [], "scheduled": []}), ax=ax) is ax


def test_the_axis_shows_the_local_clock(study: Study) -> None:
    start = study.legend.calendar.local(0)
    ax = plots.spells(study.first.spells, start=start, rest="Offline")
    ends = [value for boxes in ax.collections for path in boxes.get_paths() for value in path.vertices[:, 0]]
    assert min(ends) % 1 * 24 == pytest.approx(7.0)  # 08:00 in Berlin, which is 07:00 UTC
