"""Common random numbers: what is drawn for one entity depends on nothing but itself, the seed and the replication."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import numpy as np
import pytest

import activity_sim as sim
from activity_sim.log import SCHEMA, Log
from activity_sim.plan import Plan

Arrays = dict[str, list[Any]]

ACTIVITIES = ["Offline", "Available", "Break", "Email", "Lunch"]
SHIFTS = [sim.Shift("Available", "00:30", "06:00"), sim.Shift("Available", "07:00", "22:00")]


def exponential(mean: str) -> sim.Exponential:
    return sim.Exponential(mean)


DESK = sim.Workers(
    "Desk",
    count=3,
    absence=0.3,
    shifts=SHIFTS,
    breaks=[sim.Break("Lunch", "11:00", {"distribution": "gamma", "mean": "30min", "cv": 0.5}, stagger="1h")],
    interruptions=[
        sim.Interruption("Email", every=exponential("2h"), lasts=exponential("5min")),
        sim.Interruption("Break", every=exponential("3h"), lasts="10min"),
    ],
)
CHAIN = sim.Workers(
    "Chain",
    count=2,
    routine=sim.Routine(
        "Available",
        stay={"Available": exponential("1h"), "Break": exponential("10min"), "Email": "5min"},
        next={"Available": {"Break": 0.5, "Email": 0.5}, "Break": {"Available": 1.0}, "Email": {"Available": 1.0}},
    ),
)
CALL = sim.Tasks(
    "call",
    arrivals=sim.Rates([("00:00", 20), ("08:00", 60), ("20:00", 10)]),
    handle_time=sim.LogNormal("5min", 0.8),
    wrap_up_time=exponential("1min"),
    patience=exponential("3min"),
    response=exponential("1min"),
    reject_probability=0.3,
    busyness=sim.Gamma(1.0, 0.3),
)
CHAT = sim.Tasks("chat", arrivals=sim.Poisson(30), handle_time=exponential("8min"), patience=exponential("9min"))
MAIL = sim.Tasks("mail", arrivals=sim.Regular("7min"), handle_time=sim.Weibull("4min", 0.7))


def day(**changes: Any) -> sim.Scenario:
    """Return a day of the desk, with *changes*."""
    fields: dict[str, Any] = {
        "horizon": "24h",
        "busyness": sim.Gamma(1.0, 0.2),
        "workspace": {"activities": activities(*ACTIVITIES)},
        "workers": [DESK, CHAIN],
        "tasks": [CALL, CHAT, MAIL],
    }
    return sim.Scenario(**(fields | changes))


def activities(*names: str) -> list[dict[str, Any]]:
    return [{"friendly_name": name, "available": name == "Available"} for name in names]


def agendas(plan: Plan) -> dict[str, Arrays]:
    """Return the steps of each worker by name, with the names of activities."""
    legend, steps = plan.legend, plan.workers.agendas
    return {
        name: {
            "activity": [legend.activities[code] for code in steps.activity[first:last]],
            "duration": steps.duration[first:last].tolist(),
            "deadline": steps.deadline[first:last].tolist(),
        }
        for name, first, last in zip(legend.workers, steps.first[:-1], steps.first[1:], strict=True)
    }


def tasks(plan: Plan) -> dict[str, Arrays]:
    """Return what was drawn for the tasks of each type by name."""
    drawn = plan.tasks
    offers = [
        list(zip(drawn.offer_delay[first:last].tolist(), drawn.offer_status[first:last].tolist(), strict=True))
        for first, last in zip(drawn.first_offer[:-1], drawn.first_offer[1:], strict=True)
    ]
    found = {}
    for code, name in enumerate(plan.legend.task_types):
        mine = np.flatnonzero(drawn.task_type == code)
        columns = ("arrival", "priority", "handle_time", "wrap_up_time", "patience")
        found[name] = {column: getattr(drawn, column)[mine].tolist() for column in columns}
        found[name]["offers"] = [offers[task] for task in mine]
    return found


def shared(base: dict[str, Arrays], other: dict[str, Arrays]) -> dict[str, Arrays]:
    """Return those entities of *other* that *base* has too."""
    return {name: other[name] for name in base if name in other}


CHANGES: dict[str, dict[str, Any]] = {
    "a group of workers before the others": {"workers": [attrs.evolve(DESK, friendly_name="New"), DESK, CHAIN]},
    "a worker": {"workers": [attrs.evolve(DESK, count=4), CHAIN]},
    "a thousand workers": {"workers": [attrs.evolve(DESK, count=1_003), CHAIN]},
    "an activity before the others": {"workspace": {"activities": activities("Meeting", *ACTIVITIES)}},
    "a task type before the others": {"tasks": [attrs.evolve(CHAT, friendly_name="sms"), CALL, CHAT, MAIL]},
    "a task queue": {
        "task_queues": [{"friendly_name": "A"}, {"friendly_name": "B"}],
        "tasks": [attrs.evolve(each, task_queue="B") for each in (CALL, CHAT, MAIL)],
    },
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_added_moves_no_draws_of_what_was_there(change: str) -> None:
    base, other = sim.draw(day(), seed=3), sim.draw(day(**CHANGES[change]), seed=3)
    assert shared(agendas(base), agendas(other)) == agendas(base)
    assert shared(tasks(base), tasks(other)) == tasks(base)


@pytest.mark.parametrize("change", ["a group of workers before the others", "a thousand workers"])
def test_new_workers_draw_for_themselves(change: str) -> None:
    drawn = agendas(sim.draw(day(**CHANGES[change]), seed=3))
    desks = [str(steps) for name, steps in drawn.items() if not name.startswith("Chain")]
    absent = [steps for steps in desks if "Email" not in steps]
    assert len(set(desks) - set(absent)) == len(desks) - len(absent) > 0


def test_a_new_task_type_draws_for_itself() -> None:
    drawn = tasks(sim.draw(day(**CHANGES["a task type before the others"]), seed=3))
    for column in ("arrival", "handle_time", "patience"):
        assert not set(drawn["sms"][column]) & set(drawn["chat"][column])


OTHERS: dict[str, dict[str, Any]] = {
    "handle_time": {"handle_time": exponential("1min")},
    "patience": {"patience": exponential("1min")},
    "wrap_up_time": {"wrap_up_time": exponential("9min")},
    "arrival": {"arrivals": sim.Poisson(60)},
    "offers": {"reject_probability": 0.0},
}


@pytest.mark.parametrize("column", OTHERS)
def test_what_changes_of_a_task_type_moves_no_other_draws_of_it(column: str) -> None:
    base = tasks(sim.draw(day(), seed=3))
    other = tasks(sim.draw(day(tasks=[attrs.evolve(CALL, **OTHERS[column]), CHAT, MAIL]), seed=3))
    assert other["call"][column] != base["call"][column]
    assert other["chat"] == base["chat"]
    count = min(len(base["call"]["arrival"]), len(other["call"]["arrival"]))
    for name in base["call"].keys() - {column}:
        assert other["call"][name][:count] == base["call"][name][:count]


def test_draws_do_not_depend_on_the_order_of_workers_and_tasks() -> None:
    base, other = sim.draw(day(), seed=3), sim.draw(day(workers=[CHAIN, DESK], tasks=[MAIL, CHAT, CALL]), seed=3)
    assert agendas(other) == agendas(base)
    assert tasks(other) == tasks(base)


def test_a_new_name_draws_anew() -> None:
    base = tasks(sim.draw(day(), seed=3))["chat"]
    other = tasks(sim.draw(day(tasks=[CALL, attrs.evolve(CHAT, friendly_name="sms"), MAIL]), seed=3))["sms"]
    assert not set(base["handle_time"]) & set(other["handle_time"])


@pytest.mark.parametrize("seed, replication", [(4, 0), (3, 1)])
def test_another_seed_or_replication_draws_anew(seed: int, replication: int) -> None:
    base, other = sim.draw(day(), seed=3), sim.draw(day(), seed=seed, replication=replication)
    assert not set(tasks(base)["chat"]["arrival"]) & set(tasks(other)["chat"]["arrival"])
    first, second = agendas(base)["Chain 001"]["duration"], agendas(other)["Chain 001"]["duration"]
    assert first[0] != second[0]


# --- the horizon ---


def test_a_longer_horizon_only_appends_tasks() -> None:
    short, long = tasks(sim.draw(day(), seed=3)), tasks(sim.draw(day(horizon="72h"), seed=3))
    for name, columns in short.items():
        count = len(columns["arrival"])
        assert 0 < count < len(long[name]["arrival"])
        assert {column: values[:count] for column, values in long[name].items()} == columns
        assert long[name]["arrival"][count] >= day().horizon


def test_a_longer_horizon_only_appends_steps() -> None:
    short, long = agendas(sim.draw(day(), seed=3)), agendas(sim.draw(day(horizon="72h"), seed=3))
    for name, steps in short.items():
        count = len(steps["activity"]) - 1
        assert len(long[name]["activity"]) > count
        assert {column: values[:count] for column, values in long[name].items()} == {
            column: values[:count] for column, values in steps.items()
        }
        assert long[name]["activity"][count] == steps["activity"][count]


# --- replications ---


def columns(log: Log) -> dict[tuple[str, str], bytes]:
    return {(table, name): log.columns[table][name].tobytes() for table in SCHEMA for name in SCHEMA[table]}


@pytest.mark.filterwarnings("ignore::activity_sim.errors.ActivitySimWarning")
def test_replication_7_of_10_is_replication_7_of_100_and_7_alone() -> None:
    given = day(horizon="6h")
    few = sim.replicate(given, replications=10, seed=5, keep_logs=True)
    many = sim.replicate(given, replications=100, seed=5, keep_logs=True)
    alone = sim.simulate(given, seed=5, replication=7)
    assert columns(few.logs[7]) == columns(many.logs[7]) == columns(alone)
    assert columns(few.logs[7]) != columns(few.logs[6])


@pytest.mark.filterwarnings("ignore::activity_sim.errors.ActivitySimWarning")
def test_a_study_is_the_same_on_any_executor() -> None:
    given = day(horizon="6h")
    here = sim.replicate(given, replications=4, seed=5, keep_logs=True)
    with ThreadPoolExecutor(2) as executor:
        there = sim.replicate(given, replications=4, seed=5, keep_logs=True, executor=executor)
    assert [columns(log) for log in there.logs] == [columns(log) for log in here.logs]


def test_names_of_workers_are_never_padded_to_the_count() -> None:
    names = attrs.evolve(DESK, count=1_001).names
    assert names[0] == "Desk 001"
    assert names[-1] == "Desk 1001"
