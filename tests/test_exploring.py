"""Sliders in a notebook, moved from Python: no browser is needed for what they do."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import attrs
import pytest

import activity_sim as sim
from activity_sim import exploring
from activity_sim.exploring import inputs_of

pytest.importorskip("ipywidgets")
TRAINING = "Training: minutes a day"


def desk(**more: object) -> sim.Scenario:
    return sim.Scenario(
        start="2026-11-23T08:00:00",
        horizon="2h",
        workers=[sim.Workers("A", count=4, shifts=[sim.Shift("Available", "08:00", "10:00")])],
        tasks=[sim.Tasks("call", arrivals=sim.Poisson(40), handle_time="4min", patience="2min")],
        **more,
    )


@pytest.fixture
def explorer() -> sim.Explorer:
    return sim.explore(desk(), activity="Training", replications=3, seed=2)


def test_sliders_begin_where_nothing_is_changed(explorer: sim.Explorer) -> None:
    assert {name: slider.value for name, slider in explorer.sliders.items()} == {
        "A: workers": 4,
        "Volume, %": 100,
        "Handle time, %": 100,
        TRAINING: 0,
    }
    assert explorer.scenario == desk()
    assert explorer.table["difference"].tolist() == [0, 0, 0, 0]


def test_the_scenario_is_what_the_sliders_say(explorer: sim.Explorer) -> None:
    for name, value in (("A: workers", 5), ("Volume, %", 120), ("Handle time, %", 90), (TRAINING, 15)):
        explorer.sliders[name].value = value
    changed = desk().with_workers("A", 1).with_volume(1.2).with_handle_time(0.9)
    assert explorer.scenario == changed.with_activity("Training", minutes_per_day=15)


@pytest.mark.filterwarnings("ignore::activity_sim.errors.ActivitySimWarning")
def test_figures_are_those_of_a_comparison(explorer: sim.Explorer) -> None:
    explorer.sliders["A: workers"].value = 3
    metrics = explorer.table["metric"].tolist()
    wanted = sim.compare(desk(), desk().with_workers("A", -1), metrics=metrics, replications=3, seed=2).table
    wanted = wanted[wanted["subject"] == "all"]
    assert explorer.table["alternative"].tolist() == wanted["alternative"].tolist()
    assert explorer.table["difference"].tolist() == wanted["difference"].tolist()


def test_a_move_shows_other_figures_and_another_picture(explorer: sim.Explorer) -> None:
    figures, picture = explorer.figures.value, explorer.picture.value
    explorer.sliders["A: workers"].value = 2
    assert explorer.figures.value != figures
    assert explorer.picture.value != picture
    assert bytes(picture).startswith(b"\x89PNG")
    explorer.sliders["A: workers"].value = 4
    assert explorer.figures.value == figures


def test_values_that_were_there_before_are_not_run_again(explorer: sim.Explorer) -> None:
    study = explorer.study
    explorer.sliders["Volume, %"].value = 110
    assert explorer.study is not study
    explorer.sliders["Volume, %"].value = 100
    assert explorer.study is study


def test_only_the_last_ones_are_kept(explorer: sim.Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring, "KEPT", 2)
    given = explorer.study
    for volume in (101, 102, 100):
        explorer.sliders["Volume, %"].value = volume
    assert explorer.study is not given
    assert explorer.table["difference"].tolist() == [0, 0, 0, 0]


def test_what_cannot_be_is_said_and_taken_back(explorer: sim.Explorer) -> None:
    figures = explorer.figures.value
    explorer.sliders[TRAINING].value = 120
    assert "Not possible" in explorer.message.value
    assert "Training" in explorer.message.value
    assert explorer.figures.value == figures
    explorer.sliders[TRAINING].value = 0
    assert explorer.message.value == ""


def test_workers_whom_a_roster_names_have_no_slider() -> None:
    named = attrs.evolve(desk(), workers=[sim.Workers("A", members=[sim.Member("Ann")])])
    assert [one.name for one in inputs_of(named)] == ["Volume, %", "Handle time, %"]


def test_a_scenario_with_processes_is_explored_too() -> None:
    def idle(centre: object) -> Iterator[object]:
        yield centre.wait("1h")  # type: ignore[attr-defined]

    assert sim.explore(desk(processes=[idle]), replications=2).study.engine == "simpy"


def test_a_scenario_without_tasks_is_explored_too() -> None:
    explorer = sim.explore(attrs.evolve(desk(), tasks=[]), replications=2)
    explorer.sliders["A: workers"].value = 5
    assert explorer.message.value == ""
    assert "nan" not in explorer.figures.value


def test_notebooks_show_the_panel(explorer: sim.Explorer) -> None:
    shown = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert shown["text/plain"] == repr(explorer)
    assert repr(explorer).endswith("Training: minutes a day 0>")


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(sim.ActivitySimError, match=r"needs ipywidgets: pip install 'activity-sim\[notebook\]'"):
        sim.explore(desk())
    assert sim.simulate(desk())


def test_replications_are_checked() -> None:
    with pytest.raises(sim.InputError, match="replications"):
        sim.explore(desk(), replications=1)
