"""Every distribution against the law of the same name in scipy, which shares no code with it, and its table."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
import tomli_w
from numpy.typing import NDArray
from scipy import stats

from activity_sim.drawing.streams import in_microseconds
from activity_sim.errors import InputError
from activity_sim.files import read_values
from activity_sim.model.distributions import DISTRIBUTIONS, Distribution, distribution
from activity_sim.units import LONGEST, SECOND

Floats = NDArray[np.float64]
DRAWS = 200_000


class Law(Protocol):
    """What scipy's laws and mixtures of them can say; lengths are in seconds."""

    def cdf(self, length: Floats) -> Floats: ...
    def mean(self) -> float: ...
    def var(self) -> float: ...


@dataclass(frozen=True)
class Mixed:
    """One of several *laws*, with the probabilities *weights*."""

    weights: Sequence[float]
    laws: Sequence[Law]

    def cdf(self, length: Floats) -> Floats:
        return np.sum([w * law.cdf(length) for w, law in zip(self.weights, self.laws, strict=True)], axis=0)

    def mean(self) -> float:
        return sum(w * law.mean() for w, law in zip(self.weights, self.laws, strict=True))

    def var(self) -> float:
        squares = (w * (law.var() + law.mean() ** 2) for w, law in zip(self.weights, self.laws, strict=True))
        return sum(squares) - self.mean() ** 2


def points(*lengths: int) -> Law:
    """Return the law that has one of *lengths*, each as likely."""
    values, counts = np.unique(lengths, return_counts=True)
    law: Law = stats.rv_discrete(values=(values, counts / len(lengths)))
    return law


def lognormal(mean: float, cv: float) -> Law:
    sigma = np.sqrt(np.log(1 + cv**2))
    law: Law = stats.lognorm(s=sigma, scale=mean * np.exp(-(sigma**2) / 2))
    return law


def weibull(mean: float, shape: float) -> Law:
    law: Law = stats.weibull_min(c=shape, scale=mean / stats.weibull_min(c=shape).mean())
    return law


CASES: list[tuple[dict[str, Any], Law]] = [
    ({"distribution": "constant", "value": "90s"}, points(90)),
    ({"distribution": "uniform", "low": "10s", "high": "40s"}, stats.uniform(loc=10, scale=30)),
    ({"distribution": "triangular", "low": "10s", "mode": "30s", "high": "40s"}, stats.triang(2 / 3, loc=10, scale=30)),
    ({"distribution": "triangular", "low": "10s", "mode": "10s", "high": "40s"}, stats.triang(0, loc=10, scale=30)),
    ({"distribution": "triangular", "low": "10s", "mode": "40s", "high": "40s"}, stats.triang(1, loc=10, scale=30)),
    ({"distribution": "exponential", "mean": "3min"}, stats.expon(scale=180)),
    ({"distribution": "erlang", "mean": "3min", "shape": 4}, stats.erlang(4, scale=45)),
    ({"distribution": "gamma", "mean": "3min", "cv": 0.5}, stats.gamma(4, scale=45)),
    ({"distribution": "gamma", "mean": "3min", "cv": 1.25}, stats.gamma(0.64, scale=180 / 0.64)),
    ({"distribution": "lognormal", "mean": "6min", "cv": 0.8}, lognormal(360, 0.8)),
    ({"distribution": "weibull", "mean": "6min", "shape": 1.5}, weibull(360, 1.5)),
    ({"distribution": "weibull", "mean": "6min", "shape": 0.8}, weibull(360, 0.8)),
    (
        {"distribution": "hyperexponential", "means": ["1min", "5min"], "weights": [0.7, 0.3]},
        Mixed([0.7, 0.3], [stats.expon(scale=60), stats.expon(scale=300)]),
    ),
    ({"distribution": "empirical", "values": ["30s", "10s", "10s", "0s", "25s"]}, points(30, 10, 10, 0, 25)),
    (
        {
            "distribution": "mixture",
            "weights": [0.1, 0.6, 0.3],
            "of": [
                "0s",
                {"distribution": "exponential", "mean": "1000s"},
                {"distribution": "gamma", "mean": "60s", "cv": 0.5},
            ],
        },
        Mixed([0.1, 0.6, 0.3], [points(0), stats.expon(scale=1000), stats.gamma(4, scale=15)]),
    ),
]
NAMES = [f"{n} {table['distribution']}" for n, (table, _) in enumerate(CASES)]
each_case = pytest.mark.parametrize("table, law", CASES, ids=NAMES)


def drawn(given: Distribution) -> Floats:
    """Return many draws, in seconds."""
    return given.draw(np.random.default_rng(7).random(DRAWS)) / SECOND


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_every_distribution_is_tested(name: str) -> None:
    assert name in {table["distribution"] for table, _ in CASES}
    assert name in {table["distribution"] for table, _, _ in WRONG}
    assert name in {table["distribution"] for table, _ in ZERO}


@each_case
def test_the_stated_moments_are_those_of_the_law(table: dict[str, Any], law: Law) -> None:
    given = distribution(table)
    assert given.mean / SECOND == pytest.approx(law.mean(), rel=1e-9)
    assert given.variance / SECOND**2 == pytest.approx(law.var(), rel=1e-9, abs=1e-9)


@each_case
def test_the_moments_of_draws_are_those_of_the_law(table: dict[str, Any], law: Law) -> None:
    lengths = drawn(distribution(table))
    deviations = (lengths - law.mean()) ** 2
    error, error_of_variance = (np.sqrt(values.var() / DRAWS) for values in (lengths, deviations))
    assert abs(lengths.mean() - law.mean()) <= 4.5 * error
    assert abs(deviations.mean() - law.var()) <= 4.5 * error_of_variance


@each_case
def test_draws_follow_the_distribution_function_of_the_law(table: dict[str, Any], law: Law) -> None:
    lengths, counts = np.unique(drawn(distribution(table)), return_counts=True)
    up_to = np.cumsum(counts) / DRAWS
    below = up_to - counts / DRAWS
    distance = np.abs(np.concatenate([up_to - law.cdf(lengths), below - law.cdf(np.nextafter(lengths, -np.inf))])).max()
    assert stats.kstwobign.sf(distance * np.sqrt(DRAWS)) > 1e-4


@each_case
def test_the_nth_number_makes_the_nth_length_by_itself(table: dict[str, Any], law: Law) -> None:
    given, numbers = distribution(table), np.random.default_rng(8).random(100)
    together = given.draw(numbers)
    assert together.tolist() == [given.draw(numbers[n : n + 1])[0] for n in range(len(numbers))]


@each_case
def test_the_first_and_the_last_number_make_finite_lengths(table: dict[str, Any], law: Law) -> None:
    lengths = distribution(table).draw(np.array([0.0, np.nextafter(1.0, 0.0)]))
    assert np.isfinite(lengths).all()
    assert (lengths >= 0).all()


@each_case
def test_a_distribution_is_the_same_after_a_trip_through_toml(table: dict[str, Any], law: Law) -> None:
    given = distribution(table)
    text = tomli_w.dumps({"law": given.written()})
    assert distribution(tomllib.loads(text)["law"]) == given


def test_a_bare_duration_is_constant_and_is_written_as_one() -> None:
    given = distribution("1h 30min")
    assert given == distribution({"distribution": "constant", "value": 5400})
    assert given.written() == "1h 30min"


def test_lengths_are_rounded_once_to_the_nearest_microsecond_and_none_is_longer_than_the_longest() -> None:
    assert in_microseconds(np.array([0.4, 0.6, 1.5, 2.5, 1e30])).tolist() == [0, 1, 2, 2, LONGEST]


# --- parameters that cannot be meant ---


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"distribution": "constant", "value": "90"}, "value", "a unit is missing"),
    ({"distribution": "constant", "value": -1}, "value", "from 0"),
    ({"distribution": "constant"}, "value", "is required"),
    ({"distribution": "uniform", "low": "9s", "high": "5s"}, "high", "at least low"),
    ({"distribution": "triangular", "low": "1s", "mode": "0s", "high": "5s"}, "mode", "at least low"),
    ({"distribution": "triangular", "low": "1s", "mode": "9s", "high": "5s"}, "high", "at least mode"),
    ({"distribution": "exponential", "mean": float("nan")}, "mean", "must be a duration"),
    ({"distribution": "exponential", "mean": float("inf")}, "mean", "must be a duration"),
    ({"distribution": "exponential", "mean": True}, "mean", "must be a duration"),
    ({"distribution": "exponential", "mean": "1min", "cv": 1}, "cv", "is not a key"),
    ({"distribution": "erlang", "mean": "1min", "shape": 0}, "shape", "whole number"),
    ({"distribution": "erlang", "mean": "1min", "shape": 1.5}, "shape", "whole number"),
    ({"distribution": "gamma", "mean": "1min", "cv": 0}, "cv", "above 0"),
    ({"distribution": "gamma", "mean": "1min", "cv": float("nan")}, "cv", "above 0"),
    ({"distribution": "lognormal", "mean": "1min", "cv": -0.5}, "cv", "above 0"),
    ({"distribution": "lognormal", "mean": "1min", "cv": "0.5"}, "cv", "above 0"),
    ({"distribution": "weibull", "mean": "1min", "shape": 0.01}, "shape", "from 0.05"),
    (
        {"distribution": "hyperexponential", "means": ["1s"], "weights": [0.5, 0.5]},
        "weights",
        "as many entries as means",
    ),
    ({"distribution": "hyperexponential", "means": ["1s", "2s"], "weights": [0.5, 0.6]}, "weights", "sum to 1"),
    (
        {"distribution": "hyperexponential", "means": ["1s", "x"], "weights": [0.5, 0.5]},
        "means[1]",
        "must be a duration",
    ),
    ({"distribution": "empirical", "values": []}, "values", "at least one"),
    ({"distribution": "empirical", "values": "10s"}, "values", "must be a list"),
    ({"distribution": "mixture", "weights": [], "of": []}, "weights", "as many entries as of"),
    ({"distribution": "mixture", "weights": [-0.5, 1.5], "of": ["1s", "2s"]}, "weights[0]", "from 0"),
    ({"distribution": "mixture", "weights": [1], "of": [{"distribution": "exponential"}]}, "of[0].mean", "is required"),
]


@pytest.mark.parametrize("table, place, rule", WRONG)
def test_an_error_names_the_parameter_and_what_is_allowed(table: dict[str, Any], place: str, rule: str) -> None:
    with pytest.raises(InputError) as caught:
        distribution(table)
    where, _, message = str(caught.value).partition(": ")
    assert where == place
    assert rule in message


@pytest.mark.parametrize(
    "given, message",
    [
        ({"distribution": "lognormel", "mean": "1min", "cv": 1}, "the nearest is 'lognormal'"),
        ({"mean": "1min"}, "must name its distribution"),
        ("soon", "must be a duration"),
        (None, "must be a duration"),
    ],
)
def test_what_is_no_distribution_is_refused(given: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        distribution(given)


# --- lengths of zero ---


ZERO: list[tuple[dict[str, Any], bool]] = [
    ({"distribution": "constant", "value": "0s"}, True),
    ({"distribution": "constant", "value": "1us"}, False),
    ({"distribution": "uniform", "low": "0s", "high": "0s"}, True),
    ({"distribution": "uniform", "low": "0s", "high": "1s"}, False),
    ({"distribution": "triangular", "low": "0s", "mode": "0s", "high": "0s"}, True),
    ({"distribution": "triangular", "low": "0s", "mode": "0s", "high": "9s"}, False),
    ({"distribution": "exponential", "mean": "0s"}, True),
    ({"distribution": "exponential", "mean": "9s"}, False),
    ({"distribution": "erlang", "mean": "0s", "shape": 2}, True),
    ({"distribution": "erlang", "mean": "9s", "shape": 2}, False),
    ({"distribution": "gamma", "mean": "0s", "cv": 1}, True),
    ({"distribution": "gamma", "mean": "9s", "cv": 1}, False),
    ({"distribution": "lognormal", "mean": "0s", "cv": 1}, True),
    ({"distribution": "lognormal", "mean": "9s", "cv": 1}, False),
    ({"distribution": "weibull", "mean": "0s", "shape": 1}, True),
    ({"distribution": "weibull", "mean": "9s", "shape": 1}, False),
    ({"distribution": "hyperexponential", "means": ["0s", "9s"], "weights": [0.1, 0.9]}, True),
    ({"distribution": "hyperexponential", "means": ["0s", "9s"], "weights": [0, 1]}, False),
    ({"distribution": "empirical", "values": ["9s", "0s"]}, True),
    ({"distribution": "empirical", "values": ["9s", "1us"]}, False),
    ({"distribution": "mixture", "weights": [0.1, 0.9], "of": ["0s", "9s"]}, True),
    ({"distribution": "mixture", "weights": [0, 1], "of": ["0s", "9s"]}, False),
]


@pytest.mark.parametrize("table, zero", ZERO)
def test_a_distribution_knows_whether_a_length_can_be_zero(table: dict[str, Any], zero: bool) -> None:
    given = distribution(table)
    assert given.can_be_zero is zero
    assert bool((drawn(given) == 0).any()) is zero


# --- scaled ---


@each_case
@pytest.mark.parametrize("factor", [0.5, 1.1, 3.0])
def test_what_is_scaled_has_its_mean_scaled_and_its_shape_kept(table: dict[str, Any], law: Law, factor: float) -> None:
    given = distribution(table)
    longer = given.scaled(factor)
    assert type(longer) is type(given)
    assert longer.mean == pytest.approx(factor * law.mean() * SECOND, rel=1e-12)
    assert longer.variance == pytest.approx(factor**2 * law.var() * SECOND**2, rel=1e-9, abs=1e-3)


@each_case
def test_the_same_number_draws_what_is_scaled(table: dict[str, Any], law: Law) -> None:
    given, numbers = distribution(table), np.random.default_rng(9).random(1_000)
    assert given.scaled(1.1).draw(numbers) == pytest.approx(1.1 * given.draw(numbers), rel=1e-9, abs=1)


def test_parameters_are_rounded_to_the_microsecond() -> None:
    thirds = distribution({"distribution": "uniform", "low": "1s", "high": "2s"}).scaled(1 / 3)
    assert thirds.written() == {"distribution": "uniform", "low": "333ms 333us", "high": "666ms 667us"}


def test_scaled_values_of_a_file_are_written_themselves(tmp_path: Path) -> None:
    (tmp_path / "seconds.csv").write_text("seconds\n10\n20\n", "utf-8")
    scaled = read_values(tmp_path / "seconds.csv").scaled(1.5)
    assert scaled.written() == {"distribution": "empirical", "values": ["15s", "30s"]}


def test_what_gets_too_long_is_refused_with_its_place() -> None:
    table = {"distribution": "mixture", "weights": [1.0], "of": ["30000 days"]}
    with pytest.raises(InputError, match=r"^of\[0\]\.value: must be a duration .*from 0 to 36500 days"):
        distribution(table).scaled(2)
