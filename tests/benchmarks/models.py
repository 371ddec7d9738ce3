"""The models that engines are measured on, drawn into plans.

M2: workers without agendas, one queue. M3: shifts, breaks and interruptions, three queues, seven skill sets, a rate
that varies through the day. The others are M2 with more workers, queues and skill sets at the same load.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from activity_sim.drawing import draw
from activity_sim.model.scenario import Scenario
from activity_sim.plan import Codes, Plan

ACTIVITIES = ("Available", "Reserved", "Busy", "Wrap Up", "Offline", "Lunch", "Email")
"""The plain programs' activities have the same codes."""

LOAD = 0.95
RESPONSE, HANDLE, WRAP_UP = 5.0, 300.0, 30.0
CYCLE = RESPONSE + HANDLE + WRAP_UP
"""The mean time that a task takes of a worker, in seconds."""

SKILLS = ("a", "b", "c")
SKILL_SETS = tuple(had for size in (1, 2, 3) for had in combinations(SKILLS, size))
HANDLE_MINUTES = {"a": 4, "b": 5, "c": 6}
STARTS = (6, 8, 10, 12, 14)
"""The hours at which shifts of eight hours begin."""

PRODUCTIVE = (1 - 0.5 / 8) * 12 / 13
"""The share of a shift that half an hour of lunch and ten minutes of e-mail every two hours leave for tasks."""

LUNCH = {"distribution": "uniform", "low": "20min", "high": "40min"}

DAY = {6: 0.75, 8: 0.9, 10: LOAD, 12: 0.9, 14: LOAD, 16: 0.9, 18: 0.8, 20: 0.6, 22: 0.0}
"""The load from each hour on, of the workers who are on shift then."""


def m2(workers: int, tasks: int) -> Plan:
    """Draw about so many *tasks* for so many *workers* at 95 % load."""
    return growth(workers, 1, 1, tasks)


def scenario_m2(workers: int, tasks: int) -> Scenario:
    """Return the scenario of M2."""
    return scenario_of_growth(workers, 1, 1, tasks)


def growth(workers: int, queues: int, skill_sets: int, tasks: int) -> Plan:
    """Draw a scenario of growth."""
    return draw(scenario_of_growth(workers, queues, skill_sets, tasks))


def scenario_of_growth(workers: int, queues: int, skill_sets: int, tasks: int) -> Scenario:
    """Return about so many *tasks* for *workers* at 95 % load, over *queues* that teams of *skill_sets* serve.

    Each team serves a run of neighbouring queues, longer from round to round, so no queue is without workers where
    there are as many teams as queues. Teams that serve the same queues are one skill set.
    """
    an_hour = LOAD * workers * 3_600 / CYCLE
    teams = [_team(team, queues, workers // skill_sets + (team < workers % skill_sets)) for team in range(skill_sets)]
    scenario = {
        "horizon": tasks / an_hour * 3_600.0,
        "workspace": _workspace("Available"),
        "task_queues": [_queue(f"q{queue}") for queue in range(queues)],
        "workers": teams,
        "tasks": [_calls(f"q{queue}", {"per_hour": an_hour / queues}, HANDLE / 60) for queue in range(queues)],
    }
    return Scenario.read(scenario)


def lanes_of(plan: Plan) -> Codes:
    """Return the lane of each task of *plan*, in which no task has more than one."""
    found: Codes = plan.routes.lane[plan.routes.first[plan.tasks.route]]
    return found


def m3(days: int) -> Plan:
    """Draw so many *days* of M3."""
    return draw(scenario_m3(days))


def scenario_m3(days: int) -> Scenario:
    """Return so many *days* of 300 workers in staggered shifts, with about 20,000 tasks a day for three queues."""
    scenario = {
        "horizon": f"{days} days",
        "workspace": _workspace("Offline"),
        "task_queues": [_queue(skill) for skill in SKILLS],
        "workers": [_shift(team, len(SKILL_SETS) * len(STARTS)) for team in range(len(SKILL_SETS) * len(STARTS))],
        "tasks": [_calls(skill, {"rates": _rates()}, HANDLE_MINUTES[skill]) for skill in SKILLS],
    }
    return Scenario.read(scenario)


def _workspace(default: str) -> dict[str, Any]:
    activities = [{"friendly_name": name, "available": name == "Available"} for name in ACTIVITIES]
    return {"multi_task_enabled": False, "default_activity": default, "activities": activities}


def _queue(skill: str) -> dict[str, str]:
    return {"friendly_name": skill, "target_workers": f'"{skill}" IN skills'}


def _team(team: int, queues: int, count: int) -> dict[str, Any]:
    width = min(queues, 2 + team // queues)
    served = sorted({f"q{(team + more) % queues}" for more in range(width)})
    return {"friendly_name": f"Team {team}", "count": count, "attributes": {"skills": served}}


def _shift(team: int, teams: int) -> dict[str, Any]:
    start = STARTS[team % len(STARTS)]
    end = f"{start + 8:02}:00"
    email = {"every": {"distribution": "exponential", "mean": "2h"}, "lasts": "10min"}
    return {
        "friendly_name": f"Team {team}",
        "count": 300 // teams + (team < 300 % teams),
        "attributes": {"skills": list(SKILL_SETS[team // len(STARTS)])},
        "shifts": [{"activity": "Available", "start": f"{start:02}:00", "end": end}],
        "breaks": [{"activity": "Lunch", "start": f"{start + 3:02}:00", "lasts": LUNCH, "stagger": "2h"}],
        "interruptions": [{"activity": "Email", **email}],
    }


def _rates() -> list[tuple[str, float]]:
    """Return the rate of one queue from each hour on: its share of the load of those who are on shift."""
    rates = []
    for hour, load in DAY.items():
        present = 300 * sum(start <= hour < start + 8 for start in STARTS) / len(STARTS)
        rates.append((f"{hour:02}:00", load * present * PRODUCTIVE * 3_600 / CYCLE / len(SKILLS)))
    return rates


def _calls(queue: str, arrivals: dict[str, Any], minutes: float) -> dict[str, Any]:
    return {
        "friendly_name": f"call {queue}",
        "task_queue": queue,
        "arrivals": arrivals,
        "response": {"distribution": "uniform", "low": "2s", "high": "8s"},
        "handle_time": {"distribution": "lognormal", "mean": f"{minutes}min", "cv": 0.8},
        "wrap_up_time": {"distribution": "exponential", "mean": f"{WRAP_UP}s"},
        "wrap_up_activity": "Wrap Up",
        "patience": {"distribution": "exponential", "mean": "3min"},
    }
