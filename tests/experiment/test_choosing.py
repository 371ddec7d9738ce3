"""The best of several scenarios: one that is known to be it, however its replications are asked for."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

import activity_sim as sim
from activity_sim.analysis.selection import kn
from activity_sim.errors import InputError
from activity_sim.experiment import choosing

DAY = sim.Scenario(
    horizon="4h",
    workers=[sim.Workers("A", count=5, shifts=[sim.Shift("Available", "00:00", "04:00")])],
    tasks=[
        sim.Tasks(name, arrivals=sim.Poisson(calls), handle_time=sim.Exponential("4min"), patience="5min")
        for name, calls in (("call", 50), ("mail", 10))
    ],
)
SEVERAL = {"now": DAY, "one more": DAY.with_workers("A", 1), "three more": DAY.with_workers("A", 3)}
best = partial(sim.best, executor=1)


@pytest.mark.parametrize(
    ("metric", "goal", "indifference", "name"),
    [
        ("service_level", None, 0.05, "three more"),
        ("wait_mean", None, 3, "three more"),
        ("abandoned_share", None, 0.01, "three more"),
        ("service_level", "min", 0.05, "now"),
        ("occupancy", "max", 0.05, "now"),
        ("share", "max", 0.01, "now"),
    ],
)
def test_the_best_is_selected(metric: str, goal: str | None, indifference: float, name: str) -> None:
    subject = "Offline" if metric == "share" else None
    scenarios = SEVERAL
    if metric == "share":  # of the time at work less is offline, the fewer breaks there are
        scenarios = {"now": DAY.with_shift_moved("A", "-1h"), "as it was": DAY}
    choice = best(scenarios, metric=metric, subject=subject, goal=goal, indifference=indifference)
    assert choice.best == name
    assert choice.probability == 0.95
    assert choice.table["scenario"].tolist() == list(scenarios)
    assert choice.table.set_index("scenario").loc[name, "in_the_race"]
    assert choice.table["in_the_race"].sum() == 1
    assert name in choice.statement
    assert choice.statement in repr(choice)


def test_figures_are_those_of_a_study_of_as_many_replications() -> None:
    choice = best(SEVERAL, indifference=0.02, subject="call")
    for row in choice.table.itertuples():
        study = sim.replicate(SEVERAL[row.scenario], replications=row.replications, executor=1)
        assert row.service_level == pytest.approx(study.table("task_summary")["service_level"][0])
    assert choice.table["replications"].min() >= choosing.FIRST


def test_the_same_is_selected_whatever_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    close = {name: DAY.with_handle_time(factor) for name, factor in (("a", 1.0), ("b", 0.97), ("c", 0.95))}
    found = []
    for growth in (0.0, 3.0):
        monkeypatch.setattr(choosing, "kn", partial(kn, growth=growth))
        found.append(best(close, metric="wait_mean", indifference=0.3))
    assert found[0].table["replications"].max() > choosing.FIRST
    assert found[0].table.to_dict() == found[1].table.to_dict()
    assert {(choice.best, choice.statement) for choice in found} == {("c", found[0].statement)}


def test_what_is_as_good_is_not_told_apart() -> None:
    choice = best([DAY, DAY.with_shift_moved("A", "+0s")], indifference=0.01)
    assert choice.table["in_the_race"].all()
    assert choice.table["replications"].tolist() == [choosing.FIRST] * 2
    assert "one of alternative 1, alternative 2, which came to the same in all 20 replications" in choice.statement


def test_where_the_maximum_comes_first_none_is_selected() -> None:
    choice = best([DAY, DAY.with_handle_time(0.999)], metric="wait_mean", indifference=0.01, maximum=22)
    assert choice.statement.startswith("none is selected after 22 replications: ")
    assert choice.probability != choice.probability
    assert choice.table["replications"].tolist() == [22, 22]


def test_a_budget_is_spent_where_it_tells_the_best_apart() -> None:
    choice = best(SEVERAL, metric="wait_mean", budget=120)
    assert choice.best == "three more"
    assert choice.table["replications"].sum() == 120
    assert choice.table["replications"].min() >= choosing.FIRST
    assert choice.table["in_the_race"].all()
    assert choice.probability > 0.99
    assert "looks best" in choice.statement


def test_a_small_budget_is_shared() -> None:
    assert best(SEVERAL, budget=6).table["replications"].tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "indifference: must be given, or a budget, and not both"),
        ({"indifference": 0.1, "budget": 100}, "indifference: must be given, or a budget, and not both"),
        ({"metric": "occupancy"}, "goal: must be given, max or min, since neither is better by itself for occupancy"),
        ({"goal": "most"}, "goal: must be one of 'max', 'min'"),
        ({"indifference": 0}, "indifference: must be a number above 0"),
        ({"confidence": 1}, "confidence: must be above 1 / alternatives, 0.333, and below 1"),
        ({"maximum": 10}, "maximum: must be at least first"),
        ({"metric": "servic_level"}, "metric: must be one of .*the nearest is 'service_level'"),
        ({"metric": "wait_p90"}, "metric: must be a mean or a ratio of means, and wait_p90 is a percentile"),
        ({"subject": "calls"}, "subject: must be one of 'call', 'mail', 'all', not 'calls'; the nearest is 'call'"),
        ({"budget": 5, "indifference": None}, "budget: must be a whole number from 6"),
        ({"budget": "all", "indifference": None}, "budget: must be a whole number from 6"),
        ({"scenarios": []}, "alternatives: must be at least one scenario"),
        ({"scenarios": [DAY]}, "alternatives: must be a whole number from 2"),
    ],
)
def test_what_cannot_be_chosen_from_is_refused(wrong: dict[str, Any], message: str) -> None:
    given = {"indifference": 0.1} | wrong if wrong else {}
    with pytest.raises(InputError, match=message):
        best(given.pop("scenarios", SEVERAL), **given)
