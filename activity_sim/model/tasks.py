"""Task types: how tasks arrive and everything that one brings along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.errors import InputError, not_given, within
from activity_sim.model.arrivals import Arrivals, Counts, Trace, arrivals, pair, priority, rising, same_day
from activity_sim.model.distributions import DISTRIBUTIONS, Constant, Distribution, distribution
from activity_sim.model.reading import (
    JSON,
    PLAIN,
    above_zero,
    located,
    many,
    number,
    one_of,
    optional,
    read,
    scaled,
    table,
    text,
    whole,
    write,
)
from activity_sim.model.resumed import Resumed, forecast_of
from activity_sim.model.workers import attributes, group_name
from activity_sim.units import NEVER, SECOND, Calendar, ClockTime, Duration, duration

DEFINITIONS = (
    "answered_of_offered",
    "answered_of_answered",
    "excluding_short_abandons",
    "served_or_abandoned_within",
)
"""The definitions of service level."""


@attrs.frozen(field_transformer=located)
class Target:
    """Ask for a share *target* of tasks to be answered *within* so long, by one of the :data:`DEFINITIONS`.

    >>> Target("20s", 0.8).definition
    'answered_of_offered'
    """

    within: Duration = attrs.field(default=Duration(20 * SECOND), converter=duration)
    target: float = attrs.field(default=0.8, converter=number(0, 1))
    definition: str = attrs.field(default=DEFINITIONS[0], converter=one_of(*DEFINITIONS))


def _mean(value: object) -> tuple[ClockTime, Duration]:
    clock, mean = pair(value, "mean")
    return within("[0]", lambda: same_day(clock)), within("[1]", lambda: duration(mean))


def _shape(value: object) -> Distribution:
    """Read a law of which the shape matters: one that is given by its mean gets a mean of an hour."""
    law = distribution(value)
    mean = "value" if isinstance(law, Constant) else "mean"
    if mean not in {field.name for field in attrs.fields(type(law))} or not law.mean:  # type: ignore[arg-type]
        return law
    return attrs.evolve(law, **{mean: Duration(3_600 * SECOND)})


@attrs.frozen(field_transformer=located)
class ByTimeOfDay:
    """A duration whose mean depends on the clock when the task arrives, and whose shape is that of *law*.

    *by* holds clock times with the means from then on; the last of a day holds until the first of the next.

    >>> ByTimeOfDay([("08:00", "120s"), ("18:00", "150s")], {"distribution": "gamma", "mean": "1s", "cv": 1}).by[0][1]
    Duration('2min')
    """

    by: tuple[tuple[ClockTime, Duration], ...] = attrs.field(converter=many(_mean))
    law: Distribution = attrs.field(converter=_shape)

    def __attrs_post_init__(self) -> None:
        rising(self.by, "by")
        if not self.law.mean:
            raise InputError("must have a mean above 0, which is scaled", "law")

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> ByTimeOfDay:
        """Read ``{ by = [[clock, mean], ...], distribution = ..., cv = ... }``; without a distribution, constant."""
        parameters = {key: item for key, item in given.items() if key != "by"}
        if isinstance(parameters.get("law"), tuple(DISTRIBUTIONS.values())):
            return read(cls, given)
        name = str(parameters.setdefault("distribution", "constant"))
        mean = {"constant": "value"}.get(name, "mean")
        law = DISTRIBUTIONS.get(name)
        if law is not None and mean in {field.name for field in attrs.fields(law)}:
            if mean in parameters:
                raise InputError("must not be given beside by, which has the means", mean)
            parameters[mean] = "1h"
        return cls(given["by"], parameters)

    def means(self, calendar: Calendar, moments: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the mean that holds at each of *moments*, in microseconds."""
        steps = [(calendar.instant(day, clock), mean) for day in calendar.dates for clock, mean in self.by]
        starts, means = zip((-NEVER, self.by[-1][1]), *steps, strict=True)
        row = np.searchsorted(np.array(starts, dtype=np.int64), moments, side="right") - 1
        return np.array(means, dtype=np.float64)[row]

    def scaled(self, factor: float) -> Self:
        """Return the same with means that are *factor* times as long."""
        return attrs.evolve(self, by=within("by", lambda: scaled(self.by, factor)))

    def written(self) -> dict[str, Any]:
        """Return the table of the scenario file."""
        law = {"distribution": "constant"} if isinstance(self.law, Constant) else write(self.law)
        return {"by": write(self.by), **{key: item for key, item in law.items() if key != "mean"}}


def handle_time(value: object) -> Distribution | ByTimeOfDay:
    """Read a handle time: a distribution, or one whose mean depends on the time of arrival."""
    if isinstance(value, ByTimeOfDay):
        return value
    if isinstance(value, Mapping) and "by" in value:
        return ByTimeOfDay.read(value)
    return distribution(value)


def multiplier(value: object) -> Distribution:
    """Read a distribution of plain numbers, which multiply a rate."""
    if _has_unit(value):
        raise InputError(f"must be of plain numbers, without a unit, {not_given(value)}")
    return distribution(value)


def _has_unit(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_has_unit(item) for key, item in value.items() if key != "distribution")
    return isinstance(value, str) or (isinstance(value, list) and any(map(_has_unit, value)))


def _arrivals(value: object) -> Arrivals | Resumed:
    return value if isinstance(value, Resumed) else arrivals(value)


@attrs.frozen(field_transformer=located)
class Retrial:
    """Let who has abandoned try again with a *probability*, after a *delay*, at most *at_most* times.

    It is a task of the same type, with the same work and a new patience.

    >>> Retrial(0.4, delay="10min").at_most
    10
    """

    probability: float = attrs.field(converter=number(0, 1))
    delay: Distribution = attrs.field(converter=distribution, kw_only=True)
    at_most: int = attrs.field(default=10, converter=whole(1, 100), kw_only=True)


@attrs.frozen(field_transformer=located)
class Callback:
    """Offer a callback to those who have waited *after*; they take it with a *probability*.

    Who takes it hangs up: the task is canceled, and one of the type "... callback" takes its place in the order, with
    the same work, and waits without limit. It has the same priority where *priority* is None, and its own
    *service_level* where that is given.

    >>> Callback("2min", probability=0.3).after
    Duration('2min')
    """

    after: Duration = attrs.field(converter=duration)
    probability: float = attrs.field(converter=number(0, 1), kw_only=True)
    priority: int | None = attrs.field(default=None, converter=optional(priority), kw_only=True)
    service_level: Target | None = attrs.field(default=None, converter=optional(table(Target)), kw_only=True)


@attrs.frozen(field_transformer=located)
class Tasks:
    """Describe a type of task.

    Tasks come as *arrivals* say, to *task_queue* or *workflow* (left out where there is only one), on *task_channel*
    and with *priority*. Each takes its *handle_time* and then its *wrap_up_time* (in *wrap_up_activity*:
    single-tasking only); it leaves after its *patience* (None: never), or is canceled where it is not accepted by its
    *timeout*. A worker answers its reservation after *response*, with a no with probability *reject_probability*. Who
    abandons may try again by *retrial*; who waits may be offered a *callback*. *busyness* multiplies the rate of a
    whole replication.

    >>> Tasks("call", arrivals={"per_hour": 60}, handle_time="4min").wrap_up_time
    Constant(value=Duration('0s'))
    """

    friendly_name: str = attrs.field(default="Tasks", converter=group_name)
    task_queue: str | None = attrs.field(default=None, converter=optional(text), kw_only=True)
    workflow: str | None = attrs.field(default=None, converter=optional(text), kw_only=True)
    attributes: Mapping[str, Any] = attrs.field(factory=dict, converter=attributes, kw_only=True, metadata=JSON)
    task_channel: str = attrs.field(default="default", converter=text, kw_only=True)
    priority: int = attrs.field(default=0, converter=priority, kw_only=True)
    arrivals: Arrivals | Resumed = attrs.field(converter=_arrivals, kw_only=True)
    handle_time: Distribution | ByTimeOfDay | None = attrs.field(
        default=None, converter=optional(handle_time), kw_only=True
    )
    wrap_up_time: Distribution = attrs.field(default=Constant(Duration(0)), converter=distribution, kw_only=True)
    wrap_up_activity: str | None = attrs.field(default=None, converter=optional(text), kw_only=True)
    patience: Distribution | None = attrs.field(default=None, converter=optional(distribution), kw_only=True)
    timeout: Duration | None = attrs.field(default=None, converter=optional(above_zero), kw_only=True)
    response: Distribution = attrs.field(default=Constant(Duration(0)), converter=distribution, kw_only=True)
    reject_probability: float = attrs.field(default=0.0, converter=number(0, 1), kw_only=True)
    retrial: Retrial | None = attrs.field(default=None, converter=optional(table(Retrial)), kw_only=True)
    callback: Callback | None = attrs.field(default=None, converter=optional(table(Callback)), kw_only=True)
    service_level: Target | None = attrs.field(default=None, converter=optional(table(Target)), kw_only=True)
    busyness: Distribution | None = attrs.field(
        default=None, converter=optional(multiplier), kw_only=True, metadata=PLAIN
    )

    def __attrs_post_init__(self) -> None:
        if self.workflow is not None and self.task_queue is not None:
            raise InputError("must not be given beside task_queue", "workflow")
        if self.retrial and self.patience is None:
            raise InputError("needs patience: without it nobody abandons", "retrial")
        source = forecast_of(self.arrivals)
        columns = isinstance(source, Counts | Trace) and None not in (source.handle_time or (None,))
        if self.handle_time is None and not columns:
            raise InputError("is required, unless the arrivals' file has it in every row", "handle_time")
        if self._is_shape and self.handle_time is not None:
            law = self.handle_time.law if isinstance(self.handle_time, ByTimeOfDay) else self.handle_time
            if not law.mean:
                raise InputError("must have a mean above 0: the rows of the arrivals' file scale it", "handle_time")

    @property
    def _is_shape(self) -> bool:
        """Whether rows of counts scale the handle time."""
        actual = self.arrivals.actual if isinstance(self.arrivals, Resumed) else None
        counts = [source for source in (forecast_of(self.arrivals), actual) if isinstance(source, Counts)]
        return any(source.handle_time is not None for source in counts)

    @property
    def types(self) -> tuple[str, ...]:
        """The task types that its tasks have in logs and reports: itself, and its callbacks."""
        return (self.friendly_name, f"{self.friendly_name} callback") if self.callback else (self.friendly_name,)

    @property
    def service_levels(self) -> tuple[Target | None, ...]:
        """What is asked of each of its types, where it is not what is asked of all."""
        own = self.service_level
        return (own, self.callback.service_level or own) if self.callback else (own,)
