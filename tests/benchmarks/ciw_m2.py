"""What Ciw can tell of model M2: queue, workers, reneging, and a record of every call.

Left out: the reservation as an activity of its own (its time is part of one service time, during which nobody hangs
up), wrap-up and the time of each worker in each activity, and the choice of the worker who has been idle longest: Ciw
takes the first free one, and would sort all of them for another rule at every call. Arrivals, service times and
patience are those of a drawn plan, in its order, so that Ciw draws nothing.
"""

from __future__ import annotations

from typing import Any

import ciw
import numpy as np

from activity_sim.plan import Plan


def run(plan: Plan) -> list[Any]:
    """Run *plan* to its horizon and return Ciw's records."""
    tasks = plan.tasks
    gaps = np.diff(tasks.arrival, prepend=0)
    service = tasks.offer_delay + tasks.handle_time + tasks.wrap_up_time
    network = ciw.create_network(
        arrival_distributions=[_given([*gaps, 2 * plan.legend.horizon])],
        service_distributions=[_given(service)],
        reneging_time_distributions=[_given(tasks.patience)],
        number_of_servers=[len(plan.legend.workers)],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(plan.legend.horizon / 1e6)
    records: list[Any] = simulation.get_all_records()
    return records


def _given(microseconds: Any) -> Any:
    return ciw.dists.Sequential((np.asarray(microseconds) / 1e6).tolist())
