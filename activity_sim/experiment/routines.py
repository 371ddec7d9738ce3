"""Routines that move workers and nothing else, beside their long-run shares of time."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from activity_sim.experiment.assumptions import Assumption, span_row
from activity_sim.experiment.cases import PART, Case
from activity_sim.experiment.chains import Chain
from activity_sim.experiment.queues import exponential
from activity_sim.model.routine import Routine
from activity_sim.model.scenario import Scenario
from activity_sim.model.workers import Workers
from activity_sim.units import DAY, LONGEST, SECOND, Duration

FORMULA = "semi-Markov chain"
MOST_ROUNDS = 100
"""Stays that vary so little that the beginning is remembered for longer are made exponential."""
WORKERS = 5
STAYS = 500
"""So many stays of each worker are to count in each replication."""
WARM_UP, LENGTH = 10, 20
"""How many times the memory of a routine passes before time counts, and at least while it does."""


def routine_case(scenario: Scenario, group: Workers) -> Case:
    """Return the case of a group's routine."""
    assert group.routine is not None
    name, chain = f"{group.friendly_name} (routine)", Chain.of(group.routine)
    if len(chain.ends) > 1:
        return Case(name, why="where workers end depends on chance: there is more than one end")
    varies = chain.rounds <= MOST_ROUNDS
    routine = group.routine if varies else _exponential(group.routine)
    used = Chain.of(routine)
    rows = [_varies(holds=varies), _undisturbed(scenario, group), _span(scenario, chain, used)]
    shares = zip(used.activities, used.shares.tolist(), strict=True)
    exact = {f"{PART}{name!r}": share for name, share in shares if share}
    if _horizon(used) > LONGEST:
        return Case(name, why="it would have to run for more than a hundred years to settle")
    direct = all(row.holds for row in rows) and len(scenario.groups) == 1
    alone = scenario if direct else _alone(scenario, group, routine, used)
    stays = len(alone.worker_names) * alone.horizon / SECOND / float(used.visits @ used.mean)
    return Case(name, FORMULA, rows, alone, exact, direct=direct, stays=0.0 if direct and scenario.tasks else stays)


def _exponential(routine: Routine) -> Routine:
    stay = {name: exponential(law.mean / SECOND) for name, law in routine.stay.items()}
    return attrs.evolve(routine, stay=stay)


def _varies(*, holds: bool) -> Assumption:
    given = "they do" if holds else "hardly, or not at all"
    used = "" if holds else "exponential stays of the same means"
    return Assumption("stays vary, so that the beginning is forgotten", holds, given, used)


def _undisturbed(scenario: Scenario, group: Workers) -> Assumption:
    reasons = _disturbances(scenario, group)
    given = ", ".join(reasons) or "nothing else does"
    return Assumption("only the routine moves workers", not reasons, given, "no tasks" if reasons else "")


def _disturbances(scenario: Scenario, group: Workers) -> Sequence[str]:
    """Return what else moves workers: tasks that are waited for or refused, and processes."""
    found = ["processes"] * bool(scenario.processes)
    if scenario.tasks and group.leave != "at_once":
        return [*found, f"tasks, which workers finish before they leave (leave = {group.leave})"]
    refused = any(tasks.reject_probability or tasks.response.mean for tasks in scenario.tasks)
    return [*found, *["reservations that may be missed or rejected"] * refused]


def _span(scenario: Scenario, chain: Chain, used: Chain) -> Assumption:
    memory, counted = chain.memory * SECOND, scenario.horizon - scenario.warm_up
    holds = scenario.warm_up >= 5 * memory and counted >= LENGTH * memory
    return span_row(scenario, _warm_up(used), _horizon(used), holds=holds)


def _warm_up(chain: Chain) -> Duration:
    return Duration(round(WARM_UP * chain.memory * SECOND))


def _horizon(chain: Chain) -> Duration:
    stay = float(chain.visits @ chain.mean)
    return Duration(_warm_up(chain) + round(max(LENGTH * chain.memory, STAYS * stay) * SECOND))


def _alone(scenario: Scenario, group: Workers, routine: Routine, chain: Chain) -> Scenario:
    """Return the scenario of some workers with this *routine*, and no tasks."""
    horizon = _horizon(chain)
    return Scenario(
        name=group.friendly_name,
        horizon=horizon,
        warm_up=_warm_up(chain),
        interval=Duration(-(-horizon // DAY) * DAY),
        workspace=scenario.workspace,
        workers=[Workers(group.friendly_name, count=min(group.count, WORKERS), routine=routine)],
    )
