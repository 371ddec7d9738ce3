"""Replications until a figure is as precise as it is wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import activity_sim as sim
from activity_sim.analysis import estimates
from activity_sim.errors import ActivitySimWarning, InputError
from tests.experiment.test_running import assert_same

pytestmark = pytest.mark.filterwarnings("ignore:the intervals of:activity_sim.errors.ActivitySimWarning")
DAY = sim.Scenario(
    horizon="4h",
    busyness=sim.Gamma(1, 0.2),
    workers=[sim.Workers("A", count=5, shifts=[sim.Shift("Available", "00:00", "04:00")])],
    tasks=[
        sim.Tasks(name, arrivals=sim.Poisson(calls), handle_time=sim.Exponential("4min"), patience="5min")
        for name, calls in (("call", 40), ("mail", 10))
    ],
)
REPORTS = {
    "wait_mean": "task_summary",
    "service_level": "task_summary",
    "occupancy": "occupancy",
    "offered": "task_summary",
}
SUBJECTS = {"task_summary": "task_type", "occupancy": "worker_group"}


def widths(metric: str, subject: str, count: int) -> list[float]:
    """Return half the widths of the intervals of the ratio after 2, 3, ... replications, read from the logs."""
    columns = {
        "wait_mean": lambda row: (row["wait_mean"] * row["offered"], row["offered"]),
        "offered": lambda row: (row["offered"], 1.0),
    }
    logs = sim.replicate(DAY, replications=count, executor=1, keep_logs=True).logs
    rows = [sim.reports.task_summary(log).set_index("task_type").loc[subject] for log in logs]
    above, below = np.array([columns[metric](row) for row in rows]).T
    found = (estimates.ratio(above[:n], below[:n]) for n in range(2, count + 1))
    return [float(one.high - one.low) / 2 for one in found]


@pytest.mark.parametrize(
    ("metric", "subject", "half_width"),
    [("wait_mean", "all", 12.0), ("wait_mean", "mail", 13.0), ("offered", "call", 10.0)],
)
def test_it_stops_at_the_first_number_whose_half_width_stays_small(
    metric: str, subject: str, half_width: float
) -> None:
    wanted = sim.precision(metric, half_width=half_width, subject=None if subject == "all" else subject)
    study = sim.replicate(DAY, until=wanted, executor=1)
    stopping = study.stopping
    assert stopping is not None
    assert stopping.reached
    assert not stopping.exhausted
    met = [width <= half_width for width in widths(metric, subject, study.replications)]
    ahead = [all(met[n - 2 : n + 4]) for n in range(10, study.replications - 4)]  # five more have been looked at
    assert ahead.index(True) + 10 == stopping.replications > 10
    assert stopping.half_width == pytest.approx(widths(metric, subject, stopping.replications)[-1], rel=1e-6)
    assert study.replications >= stopping.replications + 5


@pytest.mark.parametrize(("metric", "subject"), [("service_level", "mail"), ("occupancy", "A")])
def test_the_study_is_that_of_as_many_replications(metric: str, subject: str) -> None:
    wanted = sim.precision(metric, relative=0.1, subject=subject)
    study = sim.replicate(DAY, until=wanted, executor=1)
    assert_same(study, sim.replicate(DAY, replications=study.replications, executor=1))
    figure = study.table(REPORTS[metric]).set_index(SUBJECTS[REPORTS[metric]])[metric][subject]
    assert study.stopping is not None
    assert study.stopping.reached
    assert study.stopping.half_width <= 0.1
    assert 0 < figure < 1


def test_the_maximum_is_not_passed_and_said_to_be_too_few() -> None:
    wanted = sim.precision("wait_mean", half_width=0.01, maximum=14)
    with pytest.warns(ActivitySimWarning, match=r"not reached: after 14 replications.* the half-width is [\d.]+$"):
        study = sim.replicate(DAY, until=wanted, executor=1)
    assert study.stopping is not None
    assert (study.replications, study.stopping.replications) == (14, 14)
    assert study.stopping.exhausted
    assert not study.stopping.reached
    assert f"{study.stopping.half_width:.4g}" in study.doubts[0]
    assert study.stopping.half_width == pytest.approx(widths("wait_mean", "all", 14)[-1], rel=1e-6)


def test_a_study_that_is_asked_for_by_number_has_no_rule() -> None:
    assert sim.replicate(DAY, replications=10, executor=1).stopping is None
    assert sim.replicate(DAY, executor=1).replications == 20


def test_it_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    wanted = sim.precision("wait_mean", half_width=12.0)
    sim.replicate(DAY, replications=12, executor=1, checkpoint=tmp_path / "study")
    study = sim.replicate(DAY, until=wanted, executor=1, checkpoint=tmp_path / "study")
    assert_same(study, sim.replicate(DAY, until=wanted, executor=1))


@pytest.mark.parametrize(
    ("wanted", "more", "message"),
    [
        ({"metric": "wait_mean", "half_width": 1}, {"replications": 3}, "replications: must not be given with until"),
        ({"metric": "wait_men", "half_width": 1}, {}, "metric: must be one of .*the nearest is 'wait_mean'"),
        ({"metric": "wait_p90", "half_width": 1}, {}, "metric: must be a mean or a ratio of means"),
        ({"metric": "wait_mean", "half_width": 1, "subject": "cal"}, {}, "subject: must be one of .*nearest is 'call'"),
        ({"metric": "occupancy", "half_width": 1, "subject": "call"}, {}, "subject: must be one of 'A', 'all'"),
        ({"metric": "share", "half_width": 1}, {}, "subject: must be one of 'Offline'"),
    ],
)
def test_what_cannot_be_aimed_at_is_refused(wanted: dict[str, Any], more: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim.replicate(DAY, until=sim.precision(**wanted), executor=1, **more)


def test_what_is_no_precision_is_refused() -> None:
    with pytest.raises(InputError, match=r"until: must be a precision, not 0.05"):
        sim.replicate(DAY, until=0.05)  # type: ignore[arg-type]
