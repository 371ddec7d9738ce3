"""Validation: cases meet the stored answers, what is wrong is found, and what does not hold is named."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

import activity_sim as sim
from activity_sim.experiment import queues
from activity_sim.experiment.chains import Chain
from activity_sim.experiment.queues import Queue
from activity_sim.experiment.validation import Validation
from activity_sim.model.tasks import Target
from activity_sim.units import duration
from tests.oracles import (
    ERLANG_A,
    MMC,
    NEXT,
    PRIORITY,
    STATES,
    STAY_MINUTES,
    STORED,
    memory,
    pair,
    two_state,
)
from tests.oracles import Queue as Stored

ROOT = Path(sim.__file__).parent.parent
MINUTE = 60.0


def calls(rate: float, minutes: float = 1.0, name: str = "call", **more: Any) -> sim.Tasks:
    """Return calls that come at a *rate* a minute and take so many *minutes*."""
    handle_time = more.pop("handle_time", sim.Exponential(f"{minutes} min"))
    return sim.Tasks(name, arrivals=more.pop("arrivals", sim.Poisson(60 * rate)), handle_time=handle_time, **more)


def line(*tasks: sim.Tasks, count: int = 14, group: Mapping[str, Any] | None = None, **more: Any) -> sim.Scenario:
    """Return *tasks* that meet workers who are always there."""
    keys: dict[str, Any] = {"horizon": "4h", "workspace": {"default_activity": "Available"}} | more
    return sim.Scenario(workers=[sim.Workers("Tier", count=count, **(group or {}))], tasks=list(tasks), **keys)


def impatient(queue: Stored, **more: Any) -> sim.Tasks:
    """Return the calls of a stored queue with abandonment."""
    return calls(queue.arrivals, 1 / queue.service, patience=sim.Exponential(f"{1 / queue.abandonment} min"), **more)


def exact(found: Validation) -> dict[str, float]:
    """Return the exact figures by name."""
    return dict(zip(found.table["figure"], found.table["exact"], strict=True))


def broken(found: Validation) -> dict[str, Any]:
    """Return what was used instead of each assumption that does not hold."""
    rows = found.assumptions[~found.assumptions["holds"].astype(bool)]
    return dict(zip(rows["assumption"], rows["used_instead"], strict=True))


def assert_meets(found: Validation, formula: str, stored: Mapping[str, float]) -> None:
    """Check that the case is that of *formula*, its exact figures the *stored* ones, and the simulated ones near."""
    assert set(found.assumptions["formula"]) == {formula}
    assert {name: exact(found)[name] for name in stored} == pytest.approx(stored, rel=1e-9)
    assert found.agrees, str(found)
    assert found.conclusion.startswith(("All", "Both")), found.conclusion


# --- every formula ---


def test_callers_without_patience_are_erlang_b() -> None:
    servers, load = pair("10,7")
    found = sim.validate(line(calls(load, patience="0s"), count=servers))
    blocked = STORED["erlang_b"]["10,7"]
    assert_meets(found, "Erlang B", {"share that abandons": blocked, "occupancy": load * (1 - blocked) / servers})


def test_endless_patience_is_erlang_c() -> None:
    stored = STORED["mmc_c14"]
    found = sim.validate(line(calls(MMC.arrivals, 1 / MMC.service), count=MMC.servers))
    names = {
        "share that waits": stored["PW"],
        "share served within 20s": stored["SL"],
        "mean wait, seconds": MINUTE * stored["ASA"],
        "waiting at a time, tasks": stored["Lq"],
        "occupancy": stored["rho"],
    }
    assert_meets(found, "Erlang C", names)


@pytest.mark.parametrize("multi_task", [True, False])
def test_patience_is_erlang_a(multi_task: bool) -> None:
    queue, stored = ERLANG_A["lecuyer"], STORED["erlang_a"]["lecuyer"]
    workspace = {"default_activity": "Available", "multi_task_enabled": multi_task}
    found = sim.validate(line(impatient(queue), count=queue.servers, workspace=workspace))
    names = {
        "share that waits": stored["PW"],
        "share that abandons": stored["PAb"],
        "share served within 20s": stored["SL_served_in_t_over_all"],
        "mean wait, seconds": MINUTE * stored["W_all"],
        "mean wait of the answered, seconds": MINUTE * stored["ASA_served"],
        "waiting at a time, tasks": stored["Lq"],
        "occupancy": stored["occ"],
    }
    assert_meets(found, "Erlang A", names)


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ("answered_of_answered", "SL_over_served"),
        ("excluding_short_abandons", "SL_excl_shortab"),
        ("served_or_abandoned_within", "SL_P_wait_le_t"),
    ],
)
def test_the_service_level_is_the_scenario_s(definition: str, name: str) -> None:
    queue = ERLANG_A["gmr_50"]
    given = line(impatient(queue), count=queue.servers, service_level=sim.Target("6s", 0.8, definition))
    assert_meets(sim.validate(given), "Erlang A", {"share served within 6s": STORED["erlang_a"]["gmr_50"][name]})


def test_workers_with_room_for_three_chats_are_three_servers_each() -> None:
    queue, stored = ERLANG_A["chat"], STORED["erlang_a"]["chat"]
    chats = impatient(queue, task_channel="chat")
    found = sim.validate(line(chats, count=2, group={"channels": {"chat": 3, "voice": 1}}))
    names = {"share that waits": stored["PW"], "share that abandons": stored["PAb"], "waiting at a time, tasks": 0.0}
    names |= {"waiting at a time, tasks": stored["Lq"], "occupancy": stored["mean_chats"] / 6}
    assert_meets(found, "Erlang A", names)


def test_priorities_are_cobham_s() -> None:
    first, second = calls(PRIORITY[0], name="first", priority=7), calls(PRIORITY[1], name="second", priority=3)
    stored = STORED["priority"]
    names = {
        "share that waits": stored["PW"],
        "mean wait of 'first', seconds": MINUTE * stored["W1"],
        "mean wait of 'second', seconds": MINUTE * stored["W2"],
        "mean wait, seconds": MINUTE * stored["W_fifo"],
    }
    assert_meets(sim.validate(line(second, first, count=8)), "M/M/c with priorities", names)


def routine(laws: Callable[[str], Any] = sim.Exponential) -> sim.Routine:
    """Return the stored chain as a routine."""
    rows = [dict(zip(STATES, row, strict=True)) for row in NEXT]
    stay = {state: laws(f"{minutes:g} min") for state, minutes in zip(STATES, STAY_MINUTES, strict=True)}
    return sim.Routine("Available", stay, dict(zip(STATES, rows, strict=True)))


def centre(given: sim.Routine, **more: Any) -> sim.Scenario:
    """Return workers with a *given* routine."""
    names = [{"friendly_name": name, "available": name == "Available"} for name in STATES]
    keys: dict[str, Any] = {"horizon": "1 days", "workspace": {"activities": names}} | more
    group = sim.Workers("Tier", count=3, routine=given, leave=keys.pop("leave", "deferred"))
    return sim.Scenario(workers=[group], **keys)


@pytest.mark.slow
def test_a_routine_is_a_semi_markov_chain() -> None:
    shares = {
        f"share of time in {state!r}": share
        for state, share in zip(STATES, STORED["semi_markov"]["time_share"], strict=True)
    }
    found = sim.validate(centre(routine(lambda mean: sim.Gamma(mean, 0.8))))
    assert_meets(found, "semi-Markov chain", shares)
    assert set(broken(found)) == {"long enough to settle, and after that"}


def alternating(law: Callable[[str], Any]) -> sim.Routine:
    return sim.Routine(
        "Available",
        stay={"Available": law("20min"), "Break": law("5min")},
        next={"Available": {"Break": 1.0}, "Break": {"Available": 1.0}},
    )


def test_stays_that_do_not_vary_are_made_exponential() -> None:
    stored = STORED["two_state"]["available_in_the_long_run"]
    found = sim.validate(centre(alternating(sim.Constant)))
    assert_meets(found, "semi-Markov chain", {"share of time in 'Available'": stored})
    used = broken(found)["stays vary, so that the beginning is forgotten"]
    assert used == "exponential stays of the same means"


def test_tasks_move_workers_who_finish_them_before_they_leave() -> None:
    tasks = [calls(0.1)]
    rule = "only the routine moves workers"
    assert broken(sim.validate(centre(alternating(sim.Exponential), tasks=tasks)))[rule] == "no tasks"
    given = centre(alternating(sim.Exponential), tasks=tasks, leave="at_once", horizon="3 days", warm_up="1 days")
    found = sim.validate(given)
    assert [case.direct for case in found.cases] == [False, True]
    assert found.agrees


def test_a_routine_with_two_ends_has_no_formula() -> None:
    chances = sim.Routine(
        "Available", {"Available": sim.Exponential("5min")}, {"Available": {"Break": 0.5, "Busy": 0.5}}
    )
    found = sim.validate(centre(chances))
    assert "more than one end" in str(found)
    assert found.table.empty
    assert found.agrees


# --- the scenario as it is ---


def test_where_all_holds_and_it_runs_for_long_it_is_simulated_itself() -> None:
    queue = ERLANG_A["lecuyer"]
    given = line(impatient(queue), count=queue.servers, horizon="25h", warm_up="1h")
    found = sim.validate(given, replications=30)
    (case,) = found.cases
    assert case.direct
    assert case.scenario is given
    assert broken(found) == {}
    assert "These are figures of the scenario itself." in str(found)
    assert_meets(found, "Erlang A", {"share that waits": STORED["erlang_a"]["lecuyer"]["PW"]})


def test_shifts_that_touch_are_workers_who_are_always_there_and_erlang_b_takes_any_law() -> None:
    shifts = [sim.Shift("Available", "00:00", "08:00"), sim.Shift("Available", "08:00", "+1 00:00")]
    tasks = calls(7, handle_time=sim.LogNormal("1min", 1.5), patience="0s")
    given = line(tasks, count=10, group={"shifts": shifts}, horizon="20h", warm_up="30min", workspace={})
    found = sim.validate(given)
    assert found.cases[0].direct
    assert_meets(found, "Erlang B", {"share that abandons": STORED["erlang_b"]["10,7"]})


def test_types_of_one_priority_are_one_class_and_their_waits_are_pooled() -> None:
    types = [calls(1, name="a", priority=2), calls(1, name="b", priority=2), calls(4, name="c")]
    found = sim.validate(line(*types, count=8, horizon="21h", warm_up="1h"))
    assert found.cases[0].direct
    stored = STORED["priority"]
    names = {"mean wait of 'a, b', seconds": MINUTE * stored["W1"], "mean wait of 'c', seconds": MINUTE * stored["W2"]}
    assert_meets(found, "M/M/c with priorities", names)


# --- what is wrong is found ---


def test_a_figure_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        queues.ErlangC, "queue_length", property(lambda queue: 1.3 * queue.arrival_rate * queue.mean_wait)
    )
    found = sim.validate(line(calls(4.2, 2), count=12))
    assert found.differing["figure"].tolist() == ["waiting at a time, tasks"]
    assert not found.agrees
    assert found.conclusion.startswith("DIFFERS: 1 of 5 figures")
    assert "waiting at a time, tasks" in repr(found)


def test_a_clock_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = sim.Exponential.draw
    monkeypatch.setattr(sim.Exponential, "draw", lambda law, uniform: 1.05 * right(law, uniform))
    found = sim.validate(line(calls(4.2, 2), count=12))
    assert "occupancy" in found.differing["figure"].tolist()


def test_what_is_rare_is_not_compared() -> None:
    found = sim.validate(line(calls(1), count=14))
    unknown = found.table["distance"].isna()
    assert found.table["figure"][~unknown].tolist() == ["occupancy"]
    assert "too rare" in str(found)
    assert found.conclusion == "The one figure is within 3 standard errors of the exact one."


def test_the_limit_grows_with_the_number_of_figures() -> None:
    empty = {"scenario": line(calls(1)), "cases": (), "assumptions": pd.DataFrame(), "replications": 40, "seed": 1}
    limits = [Validation(table=pd.DataFrame({"distance": np.zeros(n)}), **empty).limit for n in (1, 10, 100)]
    assert limits == pytest.approx([student.isf(0.0005 / n, 39) for n in (1, 10, 100)], rel=1e-6)


def test_the_same_seed_gives_the_same_figures_on_any_processes() -> None:
    given = line(calls(MMC.arrivals, 1 / MMC.service))
    one, two = (sim.validate(given, replications=20, seed=3, executor=n) for n in (1, 2))
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    other = sim.validate(given, replications=20, seed=4, executor=1)
    assert (other.table["simulated"] != one.table["simulated"]).all()


# --- what does not hold is named ---

STEADY = {"patience": sim.Exponential("2min")}
CALLBACK = {"after": "1min", "probability": 0.3}
QUEUES = [sim.TaskQueue("A"), sim.TaskQueue("B")]


def escalate(*targets: dict[str, Any]) -> dict[str, Any]:
    """Return a workflow that takes all tasks through *targets*, the first of them of queue A."""
    routing = {"filters": [{"expression": "1==1", "targets": [{"queue": "A", **targets[0]}, *targets[1:]]}]}
    return {"friendly_name": "Escalate", "configuration": {"task_routing": routing}}


SHOWN_WHERE_BROKEN = {
    "one target of a workflow, without limit",
    "the longest idle worker comes first",
    "one reservation of a task at a time",
    "work goes as fast whatever is in hand",
    "tasks are answered or abandon, once",
    "tasks do not change the activity",
}
DIFFERENT: dict[str, tuple[sim.Scenario, str, str]] = {
    "skills": (
        sim.Scenario(
            horizon="4h",
            workspace={"default_activity": "Available"},
            task_queues=[
                sim.TaskQueue("A", target_workers="a == 1"),
                sim.TaskQueue("B", target_workers="a == 1 OR b == 1"),
            ],
            workers=[sim.Workers("a", 5, attributes={"a": 1}), sim.Workers("b", 5, attributes={"b": 1})],
            tasks=[calls(2, name="a", task_queue="A", **STEADY), calls(2, name="b", task_queue="B", **STEADY)],
        ),
        "every worker can take every task",
        "one queue for all of them",
    ),
    "places": (
        sim.Scenario(
            horizon="4h",
            workspace={"default_activity": "Available"},
            workers=[sim.Workers("a", 2, channels={"chat": 3}), sim.Workers("b", 2, channels={"chat": 2})],
            tasks=[calls(5, task_channel="chat", **STEADY)],
        ),
        "all workers have room for as many tasks at once",
        "a worker for each task that there is room for",
    ),
    "shifts": (
        line(calls(4, **STEADY), group={"shifts": [sim.Shift("Available", "01:00", "03:00")]}, workspace={}),
        "as many workers all the time",
        "14 workers, as Mon 01:00, all the time",
    ),
    "breaks": (
        line(
            calls(4, **STEADY),
            group={
                "shifts": [sim.Shift("Available", "00:00", "04:00")],
                "breaks": [sim.Break("Unavailable", "01:00", "30min", stagger="1h")],
            },
            workspace={},
        ),
        "nobody takes a break or is away",
        "none of it",
    ),
    "rates": (
        line(calls(4, arrivals=sim.Rates([("00:00", 60), ("02:00", 240)]), **STEADY)),
        "arrivals at random, at one rate",
        "240 an hour at random, as Mon 02:00",
    ),
    "busyness": (
        line(calls(4, busyness=sim.Gamma(1, 0.2), **STEADY)),
        "arrivals at random, at one rate",
        "240 an hour at random, as Mon 00:00",
    ),
    "regular": (
        line(calls(4, arrivals=sim.Regular("15s"), **STEADY)),
        "arrivals at random, at one rate",
        "240 an hour at random, as Mon 00:30",
    ),
    "lognormal": (
        line(calls(4, handle_time=sim.LogNormal("3min", 0.8), **STEADY)),
        "handle times exponential, of one mean",
        "exponential, mean 3:00 all in all",
    ),
    "by time of day": (
        line(calls(4, handle_time={"by": [["00:00", "3min"]], "distribution": "exponential"}, **STEADY)),
        "handle times exponential, of one mean",
        "exponential, mean 3:0",
    ),
    "two means": (
        line(calls(2, 2, "a", **STEADY), calls(2, 4, "b", **STEADY)),
        "handle times exponential, of one mean",
        "exponential, mean 3:00 all in all",
    ),
    "wrap-up": (
        line(calls(4, wrap_up_time="30s", **STEADY)),
        "no work after the contact",
        "its mean is part of the handle time",
    ),
    "response": (
        line(calls(4, response="5s", **STEADY)),
        "reservations are answered at once",
        "its mean is part of the handle time",
    ),
    "rejections": (
        line(calls(4, reject_probability=0.1, **STEADY)),
        "every reservation is accepted",
        "all of them",
    ),
    "patience": (
        line(calls(14, patience="3min")),
        "patience exponential of one mean, none, or endless",
        "exponential, mean 3:00, for all",
    ),
    "two patiences": (
        line(calls(7, name="a", **STEADY), calls(7, name="b")),
        "patience exponential of one mean, none, or endless",
        "exponential, mean 2:00, for all",
    ),
    "priorities": (
        line(calls(2, name="a", priority=1, **STEADY), calls(2, name="b", **STEADY)),
        "first come, first served",
        "all in one line",
    ),
    "last come": (
        line(calls(12), task_queues=[sim.TaskQueue("A", task_order="LIFO")]),
        "first come, first served",
        "all in one line",
    ),
    "too few": (line(calls(15)), "workers keep up, with room to spare", "17 workers"),
    "escalation": (
        line(calls(4, **STEADY), task_queues=QUEUES, workflows=[escalate({"timeout": 60}, {"queue": "B"})]),
        "one target of a workflow, without limit",
        "one queue",
    ),
    "a target that ends": (
        line(calls(4, **STEADY), task_queues=QUEUES, workflows=[escalate({"timeout": 60})]),
        "one target of a workflow, without limit",
        "one queue",
    ),
    "order": (
        line(
            calls(4, **STEADY),
            group={"members": [{"friendly_name": f"W{n}", "attributes": {"level": n % 3}} for n in range(14)]},
            count=1,
            task_queues=QUEUES,
            workflows=[escalate({"order_by": "worker.level DESC"})],
        ),
        "the longest idle worker comes first",
        "the longest idle worker",
    ),
    "several reservations": (
        line(calls(4, **STEADY), task_queues=[sim.TaskQueue("A", max_reserved_workers=3)]),
        "one reservation of a task at a time",
        "one",
    ),
    "pace": (
        line(calls(4, task_channel="chat", **STEADY), group={"channels": {"chat": 2}, "pace": [1, 0.7]}),
        "work goes as fast whatever is in hand",
        "a pace of 1",
    ),
    "retrials and callbacks": (
        line(calls(14, retrial=sim.Retrial(0.4, delay="5min"), callback=CALLBACK, timeout="9min", **STEADY)),
        "tasks are answered or abandon, once",
        "none of it",
    ),
    "mirror": (
        line(
            calls(4, **STEADY),
            workspace={"default_activity": "Available", "mirror": {"on_a_task": "Unavailable"}},
        ),
        "tasks do not change the activity",
        "no mirrored work",
    ),
    "process": (line(calls(4, **STEADY), processes=[lambda _: iter(())]), "no processes beside", "none"),
    "short": (line(calls(4, **STEADY)), "long enough to settle, and after that", "21:05:01, of which 10:00 warm up"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_every_assumption_that_does_not_hold_is_named(name: str) -> None:
    given, assumption, used = DIFFERENT[name]
    found = sim.validate(given, replications=20)
    assert set(broken(found)) <= {assumption, "long enough to settle, and after that", "as many workers all the time"}
    assert broken(found)[assumption].startswith(used)
    assert f"no   {assumption} (" in str(found)
    assert found.agrees, str(found)


def test_all_assumptions_of_a_queue_are_tried() -> None:
    names = {assumption for _, assumption, _ in DIFFERENT.values()} - SHOWN_WHERE_BROKEN
    assert set(sim.validate(line(calls(4)), replications=20).assumptions["assumption"]) == names


def test_what_a_trace_says_counts() -> None:
    times, long = tuple(duration(f"{n} min") for n in range(200)), (duration("90s"),) * 200
    trace = sim.Trace(times, handle_time=long, patience=long, priority=(1, 2) * 100)
    found = sim.validate(line(sim.Tasks("call", arrivals=trace), count=2), replications=20)
    given = dict(zip(found.assumptions["assumption"], found.assumptions["given"], strict=True))
    assert given["arrivals at random, at one rate"].endswith("as recorded")
    assert given["handle times exponential, of one mean"] == "of changing mean"
    assert given["patience exponential of one mean, none, or endless"] == "as recorded"
    assert given["first come, first served"] == "priorities as recorded"
    assert broken(found)["handle times exponential, of one mean"] == "exponential, mean 1:30 all in all"


def test_a_workflow_that_comes_to_one_queue_is_simulated_as_it_is() -> None:
    queue = ERLANG_A["lecuyer"]
    long = {"count": queue.servers, "horizon": "25h", "warm_up": "1h"}
    plain = line(impatient(queue), **long)
    routed = line(impatient(queue), task_queues=QUEUES, workflows=[escalate({})], **long)
    one, two = sim.validate(plain, replications=20), sim.validate(routed, replications=20)
    assert [case.direct for case in (*one.cases, *two.cases)] == [True, True]
    np.testing.assert_array_equal(one.table["simulated"], two.table["simulated"])


@pytest.mark.parametrize(("timeout", "said"), [("60s", "some time out"), ("62s", "all of them")])
def test_a_workflow_s_own_reservation_timeout_counts(timeout: str, said: str) -> None:
    slow = calls(4, response=sim.Mixture([0.9, 0.1], ["0s", "61s"]), **STEADY)
    workflows = [{**escalate({}), "task_reservation_timeout": timeout}]
    found = sim.validate(line(slow, task_queues=QUEUES, workflows=workflows), replications=20)
    given = dict(zip(found.assumptions["assumption"], found.assumptions["given"], strict=True))
    assert given["every reservation is accepted"] == said


def test_a_priority_of_a_workflow_counts_as_one_of_the_type() -> None:
    given = line(
        calls(2, name="a"),
        calls(2, name="b", task_queue="A"),
        count=5,
        task_queues=QUEUES,
        workflows=[escalate({"priority": 3})],
    )
    (case,) = sim.validate(given, replications=20).cases
    assert case.formula == "M/M/c with priorities"
    assert list(case.queue.arrivals) == ["a", "b"]  # type: ignore[attr-defined]


def test_targets_of_one_task_type_are_one_pool() -> None:
    queues = [sim.TaskQueue("A", target_workers="level == 1"), sim.TaskQueue("B", target_workers="level == 2")]
    groups = [sim.Workers("one", 7, attributes={"level": 1}), sim.Workers("two", 7, attributes={"level": 2})]
    workflow = escalate({"timeout": 60}, {"queue": "B"})
    given = attrs.evolve(line(calls(4, **STEADY), task_queues=queues, workflows=[workflow]), workers=groups)
    found = sim.validate(given, replications=20)
    assert [case.name for case in found.cases] == ["A, B"]
    assert {"every worker can take every task", "one target of a workflow, without limit"} <= set(broken(found))


def test_tasks_that_match_no_filter_have_no_formula() -> None:
    workflow = {"task_routing": {"filters": [{"expression": "vip == true", "targets": [{"queue": "A"}]}]}}
    workflows = [{"friendly_name": "W", "configuration": workflow}]
    found = sim.validate(line(calls(1), task_queues=QUEUES, workflows=workflows))
    assert "call: no formula applies: these tasks match no filter, and are canceled when they arrive" in str(found)


def test_capacities_of_workers_of_the_api_are_their_own() -> None:
    members = [{"friendly_name": f"W{n}", "channels": {"chat": 3}} for n in range(5)]
    given = line(calls(4, task_channel="chat", **STEADY), count=1, group={"members": members})
    (case,) = sim.validate(given, replications=20).cases
    assert case.queue.servers == 15 and case.queue.places == 3  # type: ignore[attr-defined]


# --- several cases, and none ---


def test_tasks_that_share_no_workers_are_cases_of_their_own() -> None:
    given = sim.Scenario(
        horizon="4h",
        workspace={"default_activity": "Available"},
        task_queues=[sim.TaskQueue("A", target_workers="a == 1"), sim.TaskQueue("B", target_workers="b == 1")],
        workers=[sim.Workers("a", 4, attributes={"a": 1}), sim.Workers("b", 12, attributes={"b": 1})],
        tasks=[
            calls(3, name="a", task_queue="A"),
            calls(3, name="chat", task_queue="A", task_channel="chat", patience="0s"),
            impatient(ERLANG_A["lecuyer"], name="b", task_queue="B"),
        ],
    )
    found = sim.validate(given)
    assert [(case.name, case.formula) for case in found.cases] == [
        ("A (default)", "Erlang C"),
        ("A (chat)", "Erlang B"),
        ("B (default)", "Erlang A"),
    ]
    assert found.agrees
    last = found.table[found.table["case"] == "B (default)"].set_index("figure")["exact"]
    assert last["share that waits"] == pytest.approx(STORED["erlang_a"]["lecuyer"]["PW"], rel=1e-9)


def test_single_tasking_has_one_case_for_all_channels() -> None:
    given = line(
        calls(3, name="a", task_channel="chat", **STEADY),
        calls(3, name="b", **STEADY),
        count=5,
        workspace={"default_activity": "Available", "multi_task_enabled": False},
    )
    (case,) = sim.validate(given).cases
    assert case.formula == "Erlang A"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (line(calls(1), task_queues=[sim.TaskQueue("A", target_workers="a == 1")]), "no worker can take these tasks"),
        (line(calls(1), workspace={}), "no worker is ever available"),
        (line(calls(0)), "no tasks come while workers are available"),
        (line(calls(1, handle_time="0s")), "these tasks take no time"),
        (line(calls(1e-6, 1e6)), "it would have to run for more than a hundred years to settle"),
    ],
)
def test_where_no_formula_applies_it_says_why(given: sim.Scenario, why: str) -> None:
    found = sim.validate(given)
    assert f"no formula applies: {why}" in str(found)
    assert found.table.empty
    assert found.agrees
    assert "No formula applies" in found._repr_html_()


def test_without_tasks_and_routines_there_is_nothing_to_compare() -> None:
    found = sim.validate(sim.Scenario(horizon="8h", workers=[sim.Workers("A")]))
    assert found.conclusion == "No figure could be compared."
    assert "No formula applies to this scenario" in str(found)


@pytest.mark.parametrize("wrong", [19, 10_001, 40.0, True])
def test_too_few_replications_are_refused(wrong: object) -> None:
    with pytest.raises(sim.InputError, match="replications: must be a whole number from 20 to 10000"):
        sim.validate(line(calls(1)), replications=wrong)  # type: ignore[arg-type]


# --- how long it takes to settle ---


@pytest.mark.parametrize("servers", [1, 3, 14, 60])
@pytest.mark.parametrize("occupancy", [0.3, 0.7, 0.9, 1.3])
@pytest.mark.parametrize("patience", [0.2, 1.0, 8.0, math.inf])
def test_a_queue_is_given_time_to_forget_how_it_began(servers: int, occupancy: float, patience: float) -> None:
    if patience == math.inf and occupancy >= 1:
        pytest.skip("the line grows for ever")
    rate = occupancy * servers
    queue = Queue({"call": rate / 60}, servers, 1, 60.0, 60 * patience, Target())
    assert queue.memory / 60 > 0.98 * memory(Stored(rate, 1.0, servers, 1 / patience))


def test_a_chain_is_given_time_to_forget_how_it_began() -> None:
    chain = Chain.of(alternating(sim.Exponential))
    late = (two_state(20, 5, 10_000)["available_minutes_of_60"], two_state(20, 5, 10_001)["available_minutes_of_60"])
    assert late[1] - late[0] == pytest.approx(chain.shares[0])
    assert 4 < chain.memory / MINUTE < 200
    assert Chain.of(alternating(sim.Constant)).rounds == math.inf
    assert Chain.of(sim.Routine("Available")).shares.tolist() == [1.0]


# --- the command ---


def program(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the program and return what came of it."""
    command = [sys.executable, "-m", "activity_sim", "validate", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False, timeout=300)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "servers"),
    [("activity_sim/starter.toml", "12 workers, as Mon 10:00"), ("data/bank.toml", "154 workers, as Mon 10:30")],
)
def test_what_is_shipped_is_validated_on_the_command_line(file: str, servers: str) -> None:
    finished = program(file)
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    assert servers in finished.stdout
    assert "used instead: exponential, mean" in finished.stdout
    assert "Erlang A, the nearest that has an exact answer" in finished.stdout
    assert finished.stdout.splitlines()[-1].startswith("All ")


def test_the_command_prints_for_machines(tmp_path: Path) -> None:
    line(calls(4, **STEADY)).save(tmp_path / "day.toml")  # type: ignore[arg-type]
    finished = program("day.toml", "--json", "--replications", "20", "--seed", "5", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    given = json.loads(finished.stdout)
    found = sim.validate(line(calls(4, **STEADY)), replications=20, seed=5)
    assert [row["exact"] for row in given["figures"]] == pytest.approx(found.table["exact"].tolist(), rel=1e-12)
    assert [row["simulated"] for row in given["figures"]] == pytest.approx(found.table["simulated"].tolist(), rel=1e-12)
    assert given["seed"] == 5
    assert given["agrees"] is True
    assert given["cases"] == [{"name": "Default", "formula": "Erlang A", "direct": False, "why": ""}]
    text = (Path(sim.__file__).parent / "SCENARIO.md").read_text("utf-8").split("### activity-sim validate")[1]
    assert all(f"`{key}`" in text.split("###")[0] for key in given)


def test_the_command_fails_where_a_figure_differs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from activity_sim.cli import main

    line(calls(4, **STEADY)).save(tmp_path / "day.toml")  # type: ignore[arg-type]
    monkeypatch.setattr(queues.ErlangA, "occupancy", property(lambda queue: 0.5))
    with pytest.raises(SystemExit) as stopped:
        main(["validate", str(tmp_path / "day.toml")])
    assert stopped.value.code == 1


def test_the_command_refuses_bad_input_with_its_place(tmp_path: Path) -> None:
    shifts = [sim.Shift("Available", "08:00", "12:00"), sim.Shift("Available", "11:00", "13:00")]
    line(calls(1), group={"shifts": shifts}, horizon="1 days").save(tmp_path / "day.toml")  # type: ignore[arg-type]
    finished = program("day.toml", cwd=tmp_path)
    assert finished.returncode == 2
    assert finished.stderr.startswith("activity-sim: day.toml: workers[0] (Tier).shifts: must not overlap")


def test_no_formula_is_no_failure_on_the_command_line(tmp_path: Path) -> None:
    given = attrs.evolve(line(calls(1)), tasks=[])
    given.save(tmp_path / "day.toml")  # type: ignore[arg-type]
    finished = program("day.toml", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert "No formula applies" in finished.stdout
