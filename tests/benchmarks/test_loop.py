"""The plain C loop is a fair yardstick only if it simulates the same: its log is the SimPy clock's, to the byte."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from activity_sim.engines import reference
from activity_sim.log import SCHEMA
from activity_sim.plan import Ints, Plan
from activity_sim.units import NEVER, SECOND
from tests.benchmarks import loop
from tests.benchmarks.models import growth, m2, m3

PLANS = {
    "M2, 10 workers": lambda: m2(10, 1_000),
    "M2, 100 workers": lambda: m2(100, 2_000),
    "M3": lambda: m3(1),
    "10 queues, 40 skill sets": lambda: growth(400, 10, 40, 2_000),
}


def coarse(plan: Plan, step: int) -> Plan:
    """Return *plan* with all times cut to whole *steps*, so that much happens at one instant."""

    def cut(times: Ints) -> Ints:
        return times - times % step * (times < NEVER)

    tasks, agendas = plan.tasks, plan.workers.agendas
    names = ("arrival", "handle_time", "wrap_up_time", "patience", "offer_delay")
    lengths: dict[str, Any] = {name: cut(getattr(tasks, name)) for name in names}
    steps = attrs.evolve(agendas, duration=cut(agendas.duration), deadline=cut(agendas.deadline))
    return attrs.evolve(
        plan,
        tasks=attrs.evolve(tasks, **lengths),
        workers=attrs.evolve(plan.workers, agendas=steps),
    )


@pytest.mark.parametrize("model", PLANS)
@pytest.mark.parametrize("step", [1, SECOND, 60 * SECOND])
def test_the_loop_gives_the_log_of_the_clock(model: str, step: int) -> None:
    plan = coarse(PLANS[model](), step)
    wanted, log = reference.run(plan), loop.run(plan)
    for table, schema in SCHEMA.items():
        for name in schema:
            column = log.columns[table][name]
            assert column.dtype == wanted.columns[table][name].dtype
            assert column.tobytes() == wanted.columns[table][name].tobytes(), (table, name)


def test_the_loop_refuses_what_it_has_no_code_for() -> None:
    plan = attrs.evolve(m2(10, 100), multi_task=True)
    with pytest.raises(ValueError, match="multitasking"):
        loop.run(plan)
