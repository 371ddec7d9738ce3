r"""Integrals over the virtual wait: how long somebody with endless patience would wait for an answer.

In a queue of rate :math:`\lambda` whose servers end services at the rate *capacity* :math:`C` when all of them are
busy, and whose callers each lose patience at the rate :math:`\theta`, the virtual wait has at :math:`t > 0` a density
that is proportional to :math:`e^{-h(t)}` with :math:`h(t) = C t - (\lambda / \theta) (1 - e^{-\theta t})`. Source:
Baccelli and Hebuterne (1981), "On queues with impatient customers"; Zeltyn and Mandelbaum (2005), "Call centers with
impatient customers: many-server asymptotics of the M/M/n + G queue", section 4.

With a hundred thousand servers :math:`h` is of the order of a million, and differences of it count. So the density is
taken relative to its peak, and :math:`h` is never computed: between :math:`m` and :math:`m + d` it rises by
:math:`d (C - L + L b(\theta d))` with :math:`L = \lambda e^{-\theta m}`, where :func:`bend` has no cancellation. The
integrands are log-concave. Each is integrated from its highest point in the bounds to both sides, by Gauss-Legendre
quadrature, as far as it is more than the rounding of its largest value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, cached_property

import attrs
import numpy as np

from activity_sim.formulas.checks import Bools, Floats

NODES = 32
FALL = 40.0
"""An integrand that fell to exp(-40) of its largest value adds nothing more that shows."""

PANELS = (4.0, 40.0)
"""Where the panels of the quadrature end, in mean patiences from the highest point: in each the integrand is smooth."""

BLOCK = 2048
"""So many cases at a time stay in the processor's cache."""

SMALL = 0.25
"""Up to here the series of :func:`bend` is exact, and beyond it the difference loses little."""

TERMS = tuple((-1) ** (n + 1) / float(np.prod(np.arange(2.0, n + 2))) for n in range(1, 13))

Weight = Callable[[Floats, Floats], Floats]
"""What an integrand is weighted with, of times and abandonment rates."""


@cache
def _nodes() -> tuple[Floats, Floats]:
    """Return the nodes and weights of the quadrature over 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return (nodes + 1) / 2, weights / 2


def _series(z: Floats) -> Floats:
    total = np.full_like(z, TERMS[-1])
    for term in TERMS[-2::-1]:
        total *= z
        total += term
    return total * z


def _difference(z: Floats) -> Floats:
    return 1.0 + np.expm1(-z) / z


def bend(z: Floats) -> Floats:
    """Return 1 - (1 - exp(-z)) / z without cancellation.

    >>> bend(np.array([0.0, 2e-9, 1.0])).round(12).tolist()
    [0.0, 1e-09, 0.367879441171]
    """
    small = np.abs(z) <= SMALL
    return np.where(small, _series(np.where(small, z, 0.0)), _difference(np.where(small, 1.0, z)))


@attrs.frozen(eq=False)
class VirtualWait:
    """The density of the virtual wait relative to its peak, case by case.

    *arrivals* and *capacity* are rates, *abandonment* the rate at which each who waits loses patience: one-dimensional
    arrays of one length. Where nobody loses patience, arrivals are below the capacity.

    >>> wait = VirtualWait(np.array([3.0]), np.array([4.0]), np.array([0.0]))
    >>> wait.integral(np.array([0.0]), np.array([np.inf])).round(12).tolist()
    [1.0]
    """

    arrivals: Floats
    capacity: Floats
    abandonment: Floats

    @cached_property
    def peak(self) -> Floats:
        """When the density is largest."""
        return self._highest(0)

    def _highest(self, thinned: int) -> Floats:
        capacity = self.capacity + thinned * self.abandonment
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = np.log(self.arrivals / capacity) / self.abandonment
        return np.where(self.arrivals > capacity, inside, 0.0)

    def fall(self, time: Floats) -> Floats:
        """Return how much lower the logarithm of the density is at each *time* than at its peak."""
        slope, rate = self._slope(self.peak, 0)
        distance = time - self.peak
        return distance * (slope + rate * bend(self.abandonment * distance))

    def _slope(self, start: Floats, thinned: int) -> tuple[Floats, Floats]:
        """Return the rate at which the exponent rises at *start*, and that of those arriving who would still wait."""
        capacity = self.capacity + thinned * self.abandonment
        rate = self.arrivals * np.exp(-self.abandonment * start)
        level = (start > 0) & (start == self._highest(thinned))
        rate = np.where(level, capacity, rate)  # exactly, since the rest of a difference would count
        return capacity - rate, rate

    def integral(self, lower: Floats, upper: Floats, *, thinned: int = 0, weight: Weight | None = None) -> Floats:
        """Return the integral of the density over *lower* to *upper*, one value a case.

        *thinned* 1 counts only those who have not lost patience by then; *weight* is a further factor.
        """
        start, scale = self._start(lower, upper, thinned)
        before = self._side(start, start - lower, -1.0, thinned, weight)
        return scale * (before + self._side(start, upper - start, 1.0, thinned, weight))

    def tail(self, time: Floats) -> tuple[Floats, Floats]:
        """Return the logarithm of the integral from each *time* on, and how fast it falls."""
        late = np.maximum(time, self.peak)
        after = self._side(late, np.full_like(late, np.inf), 1.0, 0, None)
        whole = self.integral(time, late) + after
        with np.errstate(divide="ignore"):
            value = np.where(time < self.peak, np.log(whole), np.log(after) - self.fall(late))
        return value, np.where(time < self.peak, np.exp(-self.fall(time)) / whole, 1 / after)

    def _start(self, lower: Floats, upper: Floats, thinned: int) -> tuple[Floats, Floats]:
        """Return where the integrand is largest within the bounds, and how large it is."""
        start = np.minimum(np.maximum(self._highest(thinned), lower), upper)
        return start, np.exp(-self.fall(start) - thinned * self.abandonment * start)

    def _side(self, start: Floats, room: Floats, sign: float, thinned: int, weight: Weight | None) -> Floats:
        """Return the integral from *start* on over at most *room* to one side, relative to the integrand there."""
        slope, rate = self._slope(start, thinned)
        length = np.minimum(room, _reach(sign * slope, rate, self.abandonment, sign))
        total, begin = np.zeros_like(start), np.zeros_like(start)
        for end in self._ends(length):
            some = np.flatnonzero(end > begin)
            for part in np.split(some, range(BLOCK, len(some), BLOCK)):
                columns = (start, slope, rate, self.abandonment, begin, end)
                total[part] += _panel([column[part, None] for column in columns], sign, weight)
            begin = end
        return total

    def _ends(self, length: Floats) -> list[Floats]:
        """Return where the panels end."""
        with np.errstate(divide="ignore"):
            return [*(np.minimum(end / self.abandonment, length) for end in PANELS), length]


def _reach(slope: Floats, rate: Floats, abandonment: Floats, sign: float) -> Floats:
    """Return over what distance an integrand falls as far as it is to, or somewhat more.

    The exponent is bounded from below, by z^2 / (2 + z) for exp(-z) - 1 + z to the right of the start, and by z^2 / 2
    and, from z = 2 on, exp(z) / 2 for exp(z) - 1 - z to the left; z is the distance in mean patiences.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if sign > 0:
            steep = 2 * slope - FALL * abandonment
            root = np.sqrt(steep**2 + 8 * (slope + rate) * FALL * abandonment)
            return np.where(steep > 0, 4 * FALL / (steep + root), (root - steep) / (2 * (slope + rate) * abandonment))
        parabola = 2 * FALL / (slope + np.sqrt(slope**2 + 2 * rate * abandonment * FALL))
        return np.fmin(parabola, np.maximum(2.0, np.log(2 * FALL * abandonment / rate)) / abandonment)


def _panel(rows: Sequence[Floats], sign: float, weight: Weight | None) -> Floats:
    start, slope, rate, abandonment, begin, end = rows
    nodes, weights = _nodes()
    distance = sign * (begin + (end - begin) * nodes)
    values = np.exp(-distance * (slope + rate * _bends(abandonment * distance)))
    if weight is not None:
        values *= weight(start + distance, abandonment)
    return np.asarray((end - begin)[:, 0] * (values @ weights))


def _bends(z: Floats) -> Floats:
    """Return :func:`bend` where what is lost in a row counts by the largest of the row."""
    small: Bools = np.abs(z[:, -1]) <= SMALL
    if small.all():
        return _series(z)
    result = np.empty_like(z)
    result[small], result[~small] = _series(z[small]), _difference(z[~small])
    return result
