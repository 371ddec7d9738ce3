"""How many replications a wanted precision takes: a rule that is asked after each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.estimates import ratio
from activity_sim.errors import InputError
from activity_sim.model.reading import located, number, optional, ordered, text, whole

Floats = NDArray[np.float64]
FAR = int(np.iinfo(np.int64).max)
HUNDRED = 100
_positive = optional(number(0, above=True))
_share = number(0, 1, above=True)
_some = whole(2, 1_000_000)
_ahead = whole(0, 1_000_000)


@attrs.frozen
class Stopping:
    """Where the rule stands: whether the precision is *reached*, and with how many *replications*.

    Where it is not, *replications* are all that were run. *half_width* is that after so many; *exhausted* says that
    the maximum was run in vain.
    """

    replications: int
    half_width: float
    reached: bool
    exhausted: bool

    @property
    def over(self) -> bool:
        """Whether no more replications are to be run."""
        return self.reached or self.exhausted


def stopping(
    half_widths: Sequence[float] | Floats, target: float, *, first: int = 10, look_ahead: int = 5, maximum: int = 10_000
) -> Stopping:
    """Return where the rule of Hoad, Robinson and Davies stands.

    *half_widths* has that after 1, 2, ... replications. The precision is reached with the first number n of
    replications, from *first* on, for which the half-width is at most *target* and stays so for the replications up
    to n + L: L is *look_ahead* for n up to 100, and as many per cent of n from there on. Without looking ahead a
    half-width that is small by chance would end it too soon too often.

    Source: Hoad, Robinson and Davies (2010), "Automated selection of the number of replications for a discrete-event
    simulation", Journal of the Operational Research Society 61.

    >>> stopping([float("nan"), 0.1, 0.3, 0.2, 0.2, 0.1], 0.2, first=2, look_ahead=2)
    Stopping(replications=4, half_width=0.2, reached=True, exhausted=False)
    """
    widths = np.asarray(half_widths, dtype=np.float64)[:maximum]
    found = _first_met(widths <= target, first, look_ahead)
    count = found or len(widths)
    width = float(widths[count - 1]) if count else float("nan")
    return Stopping(count, width, reached=found > 0, exhausted=not found and len(widths) >= maximum)


def _first_met(met: NDArray[np.bool_], first: int, look_ahead: int) -> int:
    """Return the first number of replications for which the rule is met, 0 for none."""
    count = np.arange(1, len(met) + 1)
    failures = np.append(np.flatnonzero(~met) + 1, FAR)
    until = count + _ahead_of(count, look_ahead)
    good = (count >= first) & (until <= len(met)) & (until < failures[np.searchsorted(failures, count)])
    return int(np.argmax(good)) + 1 if good.any() else 0


def _ahead_of(count: NDArray[np.int64], look_ahead: int) -> NDArray[np.int64]:
    """Return how many replications beyond each *count* are looked at."""
    return look_ahead * np.maximum(count, HUNDRED) // HUNDRED


def running(values: Sequence[Any] | NDArray[Any], *, confidence: float = 0.95, after: int = 0) -> tuple[Floats, Floats]:
    """Return the figure, and the half-width of its interval, after each replication beyond the first *after*.

    *values* has one for each replication, or for a ratio of means its numerator and denominator. The interval is that
    of :func:`~activity_sim.analysis.estimates.interval`, and half of its width counts, since its ends need not be
    equally far away; where there is none it is NaN.

    >>> [figures.round(2).tolist() for figures in running([1.0, 3.0, 2.0])]
    [[1.0, 2.0, 2.0], [nan, 12.71, 2.48]]
    """
    given = np.asarray(values, dtype=np.float64)
    above, below = given.T if given.ndim == 2 else (given, np.ones_like(given))
    found = [ratio(above[:count], below[:count], confidence) for count in range(after + 1, len(above) + 1)]
    figures = np.array([one.value for one in found], dtype=np.float64)
    return figures, np.array([(one.high - one.low) / 2 for one in found], dtype=np.float64)


@attrs.frozen(field_transformer=located)
class Precision:
    """A wanted precision of a figure: see :func:`precision`."""

    metric: str = attrs.field(converter=text)
    half_width: float | None = attrs.field(default=None, converter=_positive)
    relative: float | None = attrs.field(default=None, converter=_positive)
    subject: str | None = None
    confidence: float = attrs.field(default=0.95, converter=_share)
    first: int = attrs.field(default=10, converter=_some)
    look_ahead: int = attrs.field(default=5, converter=_ahead)
    maximum: int = attrs.field(default=10_000, converter=_some)

    def __attrs_post_init__(self) -> None:
        ordered(self, "first", "maximum")
        if (self.half_width is None) == (self.relative is None):
            raise InputError("must be given, or relative, and not both", "half_width")
        if self.confidence == 1:
            raise InputError("must be below 1", "confidence")

    @property
    def target(self) -> float:
        """What the half-widths must come down to: see :meth:`half_widths`."""
        return float(self.half_width or self.relative or 0.0)

    def half_widths(self, values: Sequence[Any] | NDArray[Any], known: Sequence[float] | Floats = ()) -> Floats:
        """Return the half-widths after 1, 2, ... replications; relative ones are divided by the figure.

        *values* are as :func:`running` takes them; those that are *known*, of the first replications, are kept.
        """
        figures, widths = running(values, confidence=self.confidence, after=len(known))
        if self.relative is not None:
            widths = widths / np.where(figures == 0, np.nan, np.abs(figures))
        return np.concatenate([np.asarray(known, dtype=np.float64), widths])

    def stopping(self, half_widths: Sequence[float] | Floats) -> Stopping:
        """Return where the rule stands after these replications."""
        return stopping(half_widths, self.target, first=self.first, look_ahead=self.look_ahead, maximum=self.maximum)

    def next_block(self, half_widths: Sequence[float] | Floats) -> int:
        """Return how many replications to run next, 0 where it is over.

        It is a guess from the half-width now, which falls with the root of their number, and at the most as many as
        there are, since a half-width of few replications says little.
        """
        count = len(half_widths)
        if self.stopping(half_widths).over:
            return 0
        begun = max(self._expected(np.asarray(half_widths, dtype=np.float64)), self.first)
        return max(min(begun + int(_ahead_of(np.array(begun), self.look_ahead)), self.maximum) - count, 1)

    def _expected(self, widths: Floats) -> int:
        """Return the number of replications with which the precision may be reached."""
        count = len(widths)
        if count < self.first:
            return self.first
        short = np.flatnonzero(~(widths <= self.target))
        if not len(short) or short[-1] + 1 < count:
            return int(short[-1]) + 2 if len(short) else self.first
        more = count * (widths[-1] / self.target) ** 2
        return int(np.ceil(min(more, 2 * count))) if np.isfinite(more) else 2 * count


def precision(
    metric: str,
    *,
    half_width: float | None = None,
    relative: float | None = None,
    subject: str | None = None,
    confidence: float = 0.95,
    first: int = 10,
    look_ahead: int = 5,
    maximum: int = 10_000,
) -> Precision:
    """Ask for an interval of *metric* of a *half_width*, in its unit, or *relative* to the figure.

    *subject* is what the metric is of, such as a task type. From *first* replications on, one after the other is
    run until the rule of :func:`stopping` is met, or there are *maximum* of them.

    Raises :exc:`~activity_sim.errors.InputError` for an argument that cannot be.

    >>> wanted = precision("service_level", half_width=0.05)
    >>> values = [0.7, 0.9] * 20
    >>> wanted.stopping(wanted.half_widths(values))
    Stopping(replications=19, half_width=0.0499..., reached=True, exhausted=False)
    """
    return Precision(
        metric,
        half_width=half_width,
        relative=relative,
        subject=subject,
        confidence=confidence,
        first=first,
        look_ahead=look_ahead,
        maximum=maximum,
    )
