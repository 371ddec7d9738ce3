"""Which metrics scenarios can be compared by: what they cost is one of them where all have costs."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

from activity_sim.analysis.metrics import Metric, metrics_called
from activity_sim.errors import ActivitySimWarning, InputError
from activity_sim.model.scenario import Scenario

COST = "cost"


def metrics_for(names: Iterable[str] | None, usual: Sequence[str], scenarios: Sequence[Scenario]) -> list[Metric]:
    """Return the metrics called *names*; where None, the *usual* ones, and the cost where all *scenarios* have costs.

    Raises :exc:`~activity_sim.errors.InputError` for a name that is none, and for a cost that not all have.
    """
    if names is not None:
        chosen = metrics_called(names)
    else:
        chosen = metrics_called([*usual, COST] if all(scenario.costs for scenario in scenarios) else usual)
        if not all(scenario.costs for scenario in scenarios) and any(scenario.costs for scenario in scenarios):
            text = "not all scenarios have costs, so costs are not compared"
            warnings.warn(text, ActivitySimWarning, stacklevel=3)
    if any(metric.name == COST for metric in chosen):
        check_priced(scenarios)
    return chosen


def check_priced(scenarios: Iterable[Scenario]) -> None:
    """Check that *scenarios* have costs, in the same currency."""
    currencies = []
    for scenario in scenarios:
        if scenario.costs is None:
            who = scenario.name or "a scenario"
            raise InputError(f"must be another one than {COST}, since {who} has no costs", "metrics")
        currencies.append(scenario.costs.currency)
    if len(set(currencies)) > 1:
        several = " and ".join(repr(currency) for currency in dict.fromkeys(currencies))
        raise InputError(f"must be the same in all scenarios, not {several}", "costs", "currency")
