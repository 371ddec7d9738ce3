"""Options that are said in a short text: a precision, a service level."""

from __future__ import annotations

from activity_sim.analysis.metrics import metric_called
from activity_sim.analysis.precision import Precision, precision
from activity_sim.errors import InputError, not_given
from activity_sim.units import Duration, duration


def precision_said(given: object) -> Precision:
    """Read a precision: a metric and a half-width.

    Raises :exc:`~activity_sim.errors.InputError` for anything else.

    >>> precision_said("service_level=0.005").half_width
    0.005
    """
    name, _, width = str(given).partition("=")
    try:
        half_width = float(width)
    except ValueError:
        rule = "must be a metric and a half-width such as service_level=0.005"
        raise InputError(f"{rule}, {not_given(given)}") from None
    return precision(metric_called(name).name, half_width=half_width)


def service_level_said(given: object) -> tuple[float, Duration]:
    """Read a service level: a percentage and a duration.

    Raises :exc:`~activity_sim.errors.InputError` for anything else.

    >>> service_level_said("80/20s")
    (0.8, Duration('20s'))
    """
    share, _, length = str(given).partition("/")
    try:
        target = float(share) / 100
    except ValueError:
        target = -1.0
    if not 0 <= target <= 1:
        raise InputError(f"must be a percentage and a duration such as 80/20s, {not_given(given)}")
    return target, duration(length)
