"""The clock as one compiled loop: the same log as the SimPy clock, to the byte, much sooner.

``lowering`` lays a plan out in memory, ``layout`` says where everything is, ``queue`` keeps the happenings in order,
``waiting`` the tasks that wait and the workers that are idle; ``workers``, ``pace``, ``targets``, ``skips``, ``work``
and ``tasks`` are the rules of the model, ``loop`` applies them in order, and ``columns`` makes the log.

It shares the schemas of plan and log with the SimPy clock, and nothing else.
"""

from __future__ import annotations

from activity_sim.engines.compiled.columns import log_of
from activity_sim.engines.compiled.loop import loop
from activity_sim.engines.compiled.lowering import lower
from activity_sim.errors import InputError
from activity_sim.log import Log
from activity_sim.plan import Plan


def run(plan: Plan) -> Log:
    """Run *plan* to its horizon and return the log.

    Raises :exc:`~activity_sim.errors.InputError` for a plan with processes, which only SimPy can run.
    """
    if plan.processes:
        raise InputError("are run by the engine 'simpy' only", "processes")
    memory = lower(plan)
    loop(memory.clock)
    return log_of(plan, memory)
