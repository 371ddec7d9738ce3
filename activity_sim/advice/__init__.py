"""What is allowed in a scenario, but probably not what was meant."""

from __future__ import annotations

from activity_sim.advice.activities import leaving, mirrored, never_available, never_entered
from activity_sim.advice.attributes import unknown_attributes
from activity_sim.advice.reaching import empty_queues, too_many_reservations, unreached, unwanted
from activity_sim.drawing import Prepared


def advice(prepared: Prepared) -> list[str]:
    """Return warnings about *prepared*'s scenario: tasks that nobody can take, workers who can take nothing."""
    scenario = prepared.scenario
    return [
        *unreached(scenario),
        *empty_queues(scenario),
        *unwanted(scenario),
        *unknown_attributes(scenario),
        *too_many_reservations(scenario),
        *never_available(scenario, prepared.days),
        *never_entered(scenario),
        *leaving(scenario),
        *mirrored(scenario),
    ]
