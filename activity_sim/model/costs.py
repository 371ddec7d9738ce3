"""What a centre costs: hours of workers by activity, overtime, and tasks that were abandoned."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from activity_sim.errors import InputError, not_given, within
from activity_sim.model.reading import located, number

money = number(0)


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise InputError(f"must be a text, {not_given(value)}")
    return value


def _by_activity(value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise InputError(f"must be a table of prices by FriendlyName, {not_given(value)}")
    return {name: within(str(name), lambda price=price: money(price)) for name, price in value.items()}


@attrs.frozen(field_transformer=located, kw_only=True)
class Costs:
    """Price what a centre does, in *currency* (any name).

    *per_hour* is the price of an hour of a worker whose group has no *per_hour* of its own: a shift that is dearer is a
    group that is. It is paid in every activity but the workspace's default one; *by_activity* are other prices of an
    hour, by FriendlyName, for the workers of all groups. *per_abandoned* is the price of a task that is abandoned.
    *per_overtime_minute* is what a minute costs on top in which a worker with shifts is outside of them and not in the
    default activity.

    Raises :exc:`~activity_sim.errors.InputError` for a price below 0.

    >>> costs = Costs(per_hour=24, by_activity={"Break": 0}, currency="EUR")
    >>> [costs.of_hour(activity, None, is_default=activity == "Offline") for activity in ("Busy", "Break", "Offline")]
    [24.0, 0.0, 0.0]
    """

    per_hour: float = attrs.field(default=0.0, converter=money)
    by_activity: Mapping[str, float] = attrs.field(factory=dict, converter=_by_activity)
    per_abandoned: float = attrs.field(default=0.0, converter=money)
    per_overtime_minute: float = attrs.field(default=0.0, converter=money)
    currency: str = attrs.field(default="", converter=_name)

    def of_hour(self, activity: str, own: float | None, *, is_default: bool) -> float:
        """Return the price of an hour in *activity*, of a worker whose group has its *own* price of an hour or none."""
        if activity in self.by_activity:
            return self.by_activity[activity]
        return 0.0 if is_default else self.of_shift_hour(own)

    def of_shift_hour(self, own: float | None) -> float:
        """Return the price of an hour on shift, of a worker whose group has its *own* price or none."""
        return self.per_hour if own is None else own
