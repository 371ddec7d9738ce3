"""Distributions of durations.

Each is a class with its parameters and checks, its *mean* and *variance*, and *draw*, which maps uniform numbers
in [0, 1) to durations in microseconds: one uniform number a draw, so the n-th draw of a stream stays the n-th
whatever the parameters. A new one is a class here and its line in :data:`DISTRIBUTIONS`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import attrs
import numpy as np

from activity_sim.errors import InputError, not_given, unknown
from activity_sim.model.law import Distribution as Distribution
from activity_sim.model.law import Floats, Named
from activity_sim.model.reading import ASIDE, located, many, number, ordered, probabilities, read, whole, write_fields
from activity_sim.units import Duration, duration

_positive = number(0, above=True)


@attrs.frozen(field_transformer=located)
class Constant(Named):
    """Always the same *value*."""

    name: ClassVar[str] = "constant"
    value: Duration = attrs.field(converter=duration)

    def written(self) -> Any:
        """Return the duration itself: the short form of the scenario file."""
        return str(self.value)

    variance: ClassVar[float] = 0.0

    @property
    def mean(self) -> float:
        """The value."""
        return float(self.value)

    def draw(self, uniform: Floats) -> Floats:
        """Return the value for each of *uniform*."""
        return np.full(uniform.shape, float(self.value))


@attrs.frozen(field_transformer=located)
class Uniform(Named):
    """Anything from *low* to *high* alike."""

    name: ClassVar[str] = "uniform"
    low: Duration = attrs.field(converter=duration)
    high: Duration = attrs.field(converter=duration)

    def __attrs_post_init__(self) -> None:
        ordered(self, "low", "high")

    @property
    def mean(self) -> float:
        """Half-way."""
        return (self.low + self.high) / 2

    @property
    def variance(self) -> float:
        """A twelfth of the squared width."""
        return float((self.high - self.low) ** 2) / 12

    def draw(self, uniform: Floats) -> Floats:
        """Map *uniform* numbers to lengths."""
        return np.asarray(self.low + (self.high - self.low) * uniform)


@attrs.frozen(field_transformer=located)
class Triangular(Named):
    """From *low* to *high*, most often near *mode*."""

    name: ClassVar[str] = "triangular"
    low: Duration = attrs.field(converter=duration)
    mode: Duration = attrs.field(converter=duration)
    high: Duration = attrs.field(converter=duration)

    def __attrs_post_init__(self) -> None:
        ordered(self, "low", "mode", "high")

    @property
    def mean(self) -> float:
        """The mean of the three."""
        return (self.low + self.mode + self.high) / 3

    @property
    def variance(self) -> float:
        """The variance, in squared microseconds."""
        low, mode, high = float(self.low), float(self.mode), float(self.high)
        return (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18

    def draw(self, uniform: Floats) -> Floats:
        """Map *uniform* numbers to lengths."""
        low, mode, high = float(self.low), float(self.mode), float(self.high)
        turn = (mode - low) / (high - low) if high > low else 1.0
        rising = low + np.sqrt(uniform * (high - low) * (mode - low))
        return np.where(uniform < turn, rising, high - np.sqrt((1 - uniform) * (high - low) * (high - mode)))


@attrs.frozen(field_transformer=located)
class Exponential(Named):
    """Without memory, of a given *mean*."""

    name: ClassVar[str] = "exponential"
    mean: Duration = attrs.field(converter=duration)

    @property
    def variance(self) -> float:
        """The squared mean."""
        return float(self.mean) ** 2

    def draw(self, uniform: Floats) -> Floats:
        """Map *uniform* numbers to lengths."""
        return -float(self.mean) * np.log1p(-uniform)


@attrs.frozen(field_transformer=located)
class Erlang(Named):
    """The sum of *shape* equal exponential phases, of a given *mean* in all."""

    name: ClassVar[str] = "erlang"
    mean: Duration = attrs.field(converter=duration)
    shape: int = attrs.field(converter=whole(1, 1_000_000))

    @property
    def variance(self) -> float:
        """The squared mean over the shape."""
        return float(self.mean) ** 2 / self.shape

    def draw(self, uniform: Floats) -> Floats:
        """Map *uniform* numbers to lengths."""
        return _gamma(self.mean, self.shape, uniform)


@attrs.frozen(field_transformer=located)
class _MeanAndCv(Named):
    """What the laws with a *mean* and a coefficient of variation *cv* have in common."""

    mean: Duration = attrs.field(converter=duration)
    cv: float = attrs.field(converter=_positive)

    @property
    def variance(self) -> float:
        """The variance, in squared microseconds."""
        return (self.cv * float(self.mean)) ** 2


@attrs.frozen(field_transformer=located)
class Gamma(_MeanAndCv):
    """A gamma law of a given *mean* and coefficient of variation *cv*."""

    name: ClassVar[str] = "gamma"

    def draw(self, uniform: Floats) -> Floats:
        """Map *uniform* numbers to lengths."""
        return _gamma(self.mean, self.cv**-2, uniform)


@attrs.frozen(field_transformer=located)
class LogNormal(_MeanAndCv):
    """A length whose logarithm is normal, of a given *mean* and coefficient of variation *cv*."""

    name: ClassVar[str] = "lognormal"

    def draw(self, uniform: Floats) -> Floats:
        """Map *uniform* numbers to lengths."""
        from scipy.special import ndtri

        sigma = math.sqrt(math.log1p(self.cv**2))
        return np.asarray(self.mean * np.exp(sigma * ndtri(uniform) - sigma**2 / 2))


@attrs.frozen(field_transformer=located)
class Weibull(Named):
    """A Weibull law of a given *mean* and *shape* (below 1: the longer it lasts, the longer it goes on)."""

    name: ClassVar[str] = "weibull"
    mean: Duration = attrs.field(converter=duration)
    shape: float = attrs.field(converter=number(0.05, 1_000))

    @property
    def variance(self) -> float:
        """The variance, in squared microseconds."""
        return self._scale**2 * (math.gamma(1 + 2 / self.shape) - math.gamma(1 + 1 / self.shape) ** 2)

    @property
    def _scale(self) -> float:
        return self.mean / math.gamma(1 + 1 / self.shape)

    def draw(self, uniform: Floats) -> Floats:
        """Map *uniform* numbers to lengths."""
        return np.asarray(self._scale * (-np.log1p(-uniform)) ** (1 / self.shape))


@attrs.frozen(field_transformer=located)
class _Weighted(Named):
    """What the laws that choose one of several *parts*, with the probabilities *weights*, have in common."""

    weights: tuple[float, ...]

    @property
    def parts(self) -> tuple[Distribution, ...]:
        """The laws to choose from."""
        raise NotImplementedError

    @property
    def mean(self) -> float:
        """The weighted mean."""
        return sum(weight * part.mean for weight, part in zip(self.weights, self.parts, strict=True))

    @property
    def variance(self) -> float:
        """The variance, in squared microseconds."""
        parts = zip(self.weights, self.parts, strict=True)
        return sum(weight * (part.variance + part.mean**2) for weight, part in parts) - self.mean**2

    @property
    def can_be_zero(self) -> bool:
        """Whether a length of 0 has a probability above 0."""
        return any(weight and part.can_be_zero for weight, part in zip(self.weights, self.parts, strict=True))

    def draw(self, uniform: Floats) -> Floats:
        """Map *uniform* numbers to lengths: each chooses a part, and what is left of it draws there."""
        ends = np.cumsum(self.weights)
        ends[-1] = 1.0
        chosen = np.searchsorted(ends, uniform, side="right")
        drawn = np.empty(uniform.shape)
        for place, (law, weight) in enumerate(zip(self.parts, self.weights, strict=True)):
            mine = chosen == place
            left = (uniform[mine] - (ends[place - 1] if place else 0.0)) / (weight or 1.0)
            drawn[mine] = law.draw(np.clip(left, 0.0, np.nextafter(1.0, 0.0)))
        return drawn


@attrs.frozen(field_transformer=located)
class Hyperexponential(_Weighted):
    """One of several exponential laws with *means*, chosen with the probabilities *weights*."""

    name: ClassVar[str] = "hyperexponential"
    means: tuple[Duration, ...] = attrs.field(converter=many(duration))
    weights: tuple[float, ...] = attrs.field(converter=many(number(0, 1)))

    def __attrs_post_init__(self) -> None:
        probabilities(self.weights, self.means, "means")

    @property
    def parts(self) -> tuple[Distribution, ...]:
        """The exponential laws."""
        return tuple(Exponential(mean) for mean in self.means)


@attrs.frozen(field_transformer=located)
class Empirical(Named):
    """One of the *values* that were observed, each as likely; read from *column* of the file *source*, or given."""

    name: ClassVar[str] = "empirical"
    values: tuple[Duration, ...] = attrs.field(converter=many(duration))
    source: Path | None = attrs.field(default=None, eq=False, metadata=ASIDE)
    column: str | None = attrs.field(default=None, eq=False, metadata=ASIDE)

    def __attrs_post_init__(self) -> None:
        if not self.values:
            raise InputError("must have at least one value, not none", "values")

    def written(self) -> dict[str, Any]:
        """Return the table of the scenario file."""
        if self.source is None:
            return {"distribution": self.name, **write_fields(self)}
        column = {"column": self.column} if self.column else {}
        return {"distribution": self.name, "file": self.source, **column}

    def scaled(self, factor: float) -> Self:
        """Return the law of values that are *factor* times as long, which are those of no file."""
        return attrs.evolve(super().scaled(factor), source=None, column=None)

    @property
    def mean(self) -> float:
        """The mean of the values."""
        return float(np.mean(self.values))

    @property
    def variance(self) -> float:
        """The variance of the values, in squared microseconds."""
        return float(np.var(self.values))

    @property
    def can_be_zero(self) -> bool:
        """Whether one of the values is 0."""
        return 0 in self.values

    def draw(self, uniform: Floats) -> Floats:
        """Map *uniform* numbers to lengths."""
        return np.asarray(self._ordered[(uniform * len(self.values)).astype(np.int64)])

    @cached_property
    def _ordered(self) -> Floats:
        return np.sort(np.array(self.values, dtype=np.float64))


@attrs.frozen(field_transformer=located)
class Mixture(_Weighted):
    """One of several distributions (*of*), chosen with the probabilities *weights*."""

    name: ClassVar[str] = "mixture"
    weights: tuple[float, ...] = attrs.field(converter=many(number(0, 1)))
    of: tuple[Distribution, ...] = attrs.field(converter=many(lambda value: distribution(value)))

    def __attrs_post_init__(self) -> None:
        probabilities(self.weights, self.of, "of")

    @property
    def parts(self) -> tuple[Distribution, ...]:
        """The distributions."""
        return self.of


DISTRIBUTIONS: Mapping[str, type[Any]] = {
    law.name: law
    for law in (
        Constant,
        Uniform,
        Triangular,
        Exponential,
        Erlang,
        Gamma,
        LogNormal,
        Weibull,
        Hyperexponential,
        Empirical,
        Mixture,
    )
}
"""The distributions by the name that the scenario file gives them."""


def distribution(value: object) -> Distribution:
    """Read a distribution: a table with its name and parameters, or a duration, which is constant.

    >>> distribution({"distribution": "gamma", "mean": "6min", "cv": 0.5})
    Gamma(mean=Duration('6min'), cv=0.5)
    """
    if isinstance(value, tuple(DISTRIBUTIONS.values())):
        return value  # type: ignore[return-value]
    if not isinstance(value, Mapping):
        return Constant(duration(value))
    name = value.get("distribution")
    if name is None:
        raise InputError(f"must name its distribution, one of {', '.join(DISTRIBUTIONS)}, {not_given(dict(value))}")
    if not isinstance(name, str) or name not in DISTRIBUTIONS:
        raise unknown(name, DISTRIBUTIONS).inside("distribution")
    parameters = {key: item for key, item in value.items() if key != "distribution"}
    law: Distribution = read(DISTRIBUTIONS[name], parameters)
    return law


def _gamma(mean: float, shape: float, uniform: Floats) -> Floats:
    from scipy.special import gammaincinv

    return np.asarray(float(mean) / shape * gammaincinv(shape, uniform))
