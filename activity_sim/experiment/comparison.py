"""Comparisons: what is different in alternatives to a baseline, and how sure that is."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from activity_sim.analysis import estimates
from activity_sim.analysis.differences import NO_DIFFERENCE
from activity_sim.analysis.estimates import Linear
from activity_sim.analysis.metrics import Metric
from activity_sim.analysis.multiple import bonferroni_confidence, holm
from activity_sim.analysis.paired import difference, errors, minus
from activity_sim.errors import ActivitySimWarning, InputError, within
from activity_sim.experiment.pool import Where, check_where, chosen_for
from activity_sim.experiment.priced import metrics_for
from activity_sim.experiment.runner import seconds_for
from activity_sim.experiment.running import quietly
from activity_sim.experiment.study import Study
from activity_sim.model.reading import number
from activity_sim.model.scenario import Scenario

Floats = NDArray[np.float64]
Alternatives = Scenario | Sequence[Scenario] | Mapping[str, Scenario]
COMPARED = (
    "service_level",
    "abandoned_share",
    "wait_mean",
    "wait_accepted_mean",
    "wait_p90",
    "completed",
    "occupancy",
    "utilisation",
    "share",
)
"""The metrics that are compared where none are named, beside the cost where all scenarios have costs."""
_share = number(0, 1, above=True)


@attrs.frozen(eq=False, repr=False)
class Comparison:
    """How *alternatives* differ from a *baseline*, in pairs of replications with the same random numbers.

    *table* has a row for each metric of each subject of each alternative: figures of both, the difference with its
    interval, its p-value, and a verdict: ``higher``, ``lower`` or ``no difference shown``. P-values are adjusted by
    Holm's method and intervals by Bonferroni's over all rows: with *confidence*, all verdicts hold together.
    *pairing* says for each row the standard error of the difference, what it would be had the scenarios run
    independently, and how many times larger its variance would be (*variance_reduction*). *doubts* say why intervals
    are not to be relied on, where they are not.
    """

    baseline: Study
    alternatives: Mapping[str, Study]
    confidence: float
    table: pd.DataFrame
    pairing: pd.DataFrame
    doubts: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = int((self.table["verdict"] != NO_DIFFERENCE).sum())
        return (
            f"<Comparison of {', '.join(self.alternatives)} with the baseline: {self.baseline.replications} pairs of "
            f"replications, {shown} of {len(self.table)} differences shown>"
        )

    def _repr_html_(self) -> str:
        return self.table.to_html(max_rows=60, index=False)


def compare(
    baseline: Scenario,
    alternatives: Alternatives,
    *,
    replications: int = 20,
    seed: int = 1,
    metrics: Sequence[str] | None = None,
    confidence: float = 0.95,
    engine: str = "auto",
    executor: Where = None,
) -> Comparison:
    """Compare *alternatives* with a *baseline*, in pairs of *replications* with common random numbers.

    *alternatives* are a scenario, several, or scenarios by name. What is the same in two scenarios has the same
    random numbers in both, so the difference of a pair comes from what differs. *metrics* are by default those of
    :data:`COMPARED`, and the cost where all scenarios have costs. *engine* and *executor* are as in
    :func:`replicate`.

    Raises :exc:`~activity_sim.errors.InputError` for no alternative, a metric that is none, or a horizon, warm-up or
    start that is not the baseline's.

    >>> from activity_sim.model.workers import Workers
    >>> scenario = Scenario(horizon="8h", workers=[Workers("A", count=2)])
    >>> compare(scenario, {"same": scenario}, replications=2).table["p_value"].unique().tolist()
    [1.0]
    """
    each = named(alternatives)
    chosen = metrics_for(metrics, COMPARED, [baseline, *each.values()])
    level = within("confidence", lambda: _confidence(confidence))
    for name, scenario in each.items():
        within(name, partial(_check, baseline, scenario))
    first, *rest = _studies([baseline, *each.values()], replications, seed, engine, executor)
    found = compared(first, dict(zip(each, rest, strict=True)), chosen, level)
    for doubt in found.doubts:
        warnings.warn(doubt, ActivitySimWarning, stacklevel=2)
    return found


def _studies(
    scenarios: Sequence[Scenario], replications: int, seed: int, engine: str, executor: Where
) -> Iterator[Study]:
    """Yield the studies of *scenarios*; where one is there twice, both have the same."""
    done: dict[int, Study] = {}
    executor = chosen_for(check_where(executor), len(scenarios) * seconds_for(scenarios[0], replications, engine))
    for scenario in scenarios:
        if id(scenario) not in done:
            done[id(scenario)] = quietly(
                scenario, replications=replications, seed=seed, engine=engine, executor=executor
            )
        yield done[id(scenario)]


def _confidence(value: object) -> float:
    share = _share(value)
    if share == 1:
        raise InputError("must be below 1")
    return share


def named(alternatives: Alternatives) -> dict[str, Scenario]:
    """Return *alternatives* by name: their own where these tell them apart, a number otherwise."""
    if isinstance(alternatives, Mapping):
        each = dict(alternatives)
    else:
        listed = [alternatives] if isinstance(alternatives, Scenario) else list(alternatives)
        names = [scenario.name for scenario in listed]
        own = all(names) and len(set(names)) == len(names)
        each = {
            name if own else f"alternative {n}": one for n, (name, one) in enumerate(zip(names, listed, strict=True), 1)
        }
    if not each:
        raise InputError("must be at least one scenario", "alternatives")
    return each


def _check(baseline: Scenario, scenario: Scenario) -> None:
    for key in ("start", "time_zone", "horizon", "warm_up"):
        one, other = getattr(baseline, key), getattr(scenario, key)
        if one != other:
            raise InputError(f"must be the baseline's {one}, not {other}", key)


def compared(
    baseline: Study, alternatives: Mapping[str, Study], metrics: Sequence[Metric], confidence: float
) -> Comparison:
    """Return the comparison of studies that are paired."""
    blocks = [_block(name, metric, baseline, study) for name, study in alternatives.items() for metric in metrics]
    rows = pd.concat([rows for rows, _, _ in blocks], ignore_index=True)
    a, b = _joined([block[1] for block in blocks]), _joined([block[2] for block in blocks])
    table = rows.assign(baseline=a.value, alternative=b.value, **_difference(b, a, confidence))
    pairing = rows.assign(**_pairing(b, a))
    return Comparison(baseline, alternatives, confidence, table, pairing, tuple(_doubts(rows, minus(b, a))))


def _doubts(rows: pd.DataFrame, found: Linear) -> Iterator[str]:
    """Yield why the differences of all task types together are not to be relied on, alternative by alternative."""
    for place in np.flatnonzero((rows["subject"] == "all") & rows["metric"].isin(("service_level", "wait_mean"))):
        pulls = found.deviations[:, place]
        if pulls.any() and (doubt := estimates.doubts(pulls)):
            row = rows.iloc[place]
            yield f"the interval of the difference in {row['metric']} of {row['scenario']} is not reliable: {doubt}"


def _block(name: str, metric: Metric, baseline: Study, study: Study) -> tuple[pd.DataFrame, Linear, Linear]:
    """Return the rows of one metric of one alternative, with the figures of both for them."""
    subjects = list(dict.fromkeys([*metric.subjects(study.legend), *metric.subjects(baseline.legend)]))
    subjects.sort(key=lambda subject: subject == "all")  # a new subject comes before all together
    rows = pd.DataFrame({"scenario": name, "metric": metric.name, "subject": subjects})
    return rows, _aligned(metric, baseline, subjects), _aligned(metric, study, subjects)


def _aligned(metric: Metric, study: Study, subjects: list[str]) -> Linear:
    """Return the figures of *subjects*; what a scenario has not, there is 0 of, and a ratio of it is unknown."""
    given, own = metric.linear(study), metric.subjects(study.legend)
    none = 0.0 if metric.unit in ("count", "money") or metric.subject == "friendly_name" else np.nan
    places = [subjects.index(subject) for subject in own]
    return Linear(*(_spread(column, places, len(subjects), none) for column in given))


def _spread(column: Floats, places: list[int], size: int, none: float) -> Floats:
    """Return *column* with its last axis as long as *size*: what it has at these *places*, and *none* elsewhere."""
    spread = np.full((*column.shape[:-1], size), none)
    spread[..., places] = column
    return spread


def _joined(parts: Sequence[Linear]) -> Linear:
    return Linear(*(np.concatenate(columns, axis=-1) for columns in zip(*parts, strict=True)))


def _difference(b: Linear, a: Linear, confidence: float) -> dict[str, Any]:
    """Return the columns of *b* less *a*: its interval, its p-value and the verdict, adjusted for all rows."""
    found, chances = difference(b, a, bonferroni_confidence(confidence, len(a.value)))
    chance = np.nan_to_num(holm(chances), nan=1.0)
    verdict = np.where(found.value > 0, "higher", "lower").astype(object)
    verdict[~(chance < 1 - confidence)] = NO_DIFFERENCE
    return {
        "difference": found.value,
        "difference_low": found.low,
        "difference_high": found.high,
        "p_value": chance,
        "verdict": verdict,
    }


def _pairing(b: Linear, a: Linear) -> dict[str, Floats]:
    """Return the columns that say what pairs win over independent runs of *b* and *a*."""
    paired, independent = errors(b, a)
    with np.errstate(divide="ignore", invalid="ignore"):
        reduction = (independent / paired) ** 2
    return {"paired_error": paired, "independent_error": independent, "variance_reduction": reduction}
