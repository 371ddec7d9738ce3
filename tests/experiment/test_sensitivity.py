"""Sensitivity: every input is there, each once, ranked by what it does, and changed as it says."""

from __future__ import annotations

import re
import warnings
from datetime import datetime
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

import activity_sim as sim
from activity_sim.analysis import plots
from activity_sim.errors import ActivitySimWarning, InputError

pytestmark = pytest.mark.filterwarnings("ignore:the interval.* of:activity_sim.errors.ActivitySimWarning")
TIMES = tuple(datetime(2026, 1, 5, hour, minute) for hour in (9, 10) for minute in (5, 35))
ON_DUTY = {"date": "2026-01-05", "activity": "Available", "start": "08:00", "end": "12:00"}
OFFICE = sim.Workspace(
    activities=[
        sim.Activity("Offline", False),
        sim.Activity("Available", True),
        sim.Activity("Break", False),
        sim.Activity("Email", False),
    ]
)
SHIFT = sim.Shift("Available", "08:00", "12:00")


def rich() -> sim.Scenario:
    """Return a scenario that has every kind of input, some of them twice."""
    roster = sim.Roster([{"worker": name, **ON_DUTY} for name in ("Ann", "Bo")])
    pauses = [sim.Break("Break", "09:00", "15min"), sim.Break("Break", "10:30", "10min")]
    mails = sim.Interruption("Email", every=sim.Exponential("1h"), lasts="5min")
    stays = {"Available": sim.Exponential("1h"), "Break": "10min"}
    routine = sim.Routine(start="Available", stay=stays, next={"Available": {"Break": 1}, "Break": {"Available": 1}})
    return sim.Scenario(
        horizon="13h",
        workspace=OFFICE,
        workers=[
            sim.Workers(
                "A", count=12, shifts=[SHIFT], absence=0.1, recovery="90s", breaks=pauses, interruptions=[mails]
            ),
            sim.Workers("R", count=1, routine=routine),
            sim.Workers("N", roster=roster),
        ],
        tasks=[
            sim.Tasks(
                "call",
                arrivals=sim.Rates([["08:00", 180], ["12:00", 0]]),
                handle_time=sim.Exponential("4min"),
                wrap_up_time="20s",
                patience=sim.Exponential("3min"),
                response="4s",
                reject_probability=0.05,
            ),
            sim.Tasks("mail", arrivals=sim.Poisson(4), handle_time="5min"),
            sim.Tasks("past", arrivals=sim.Trace(TIMES), handle_time="150s"),
        ],
    )


EVERY = {
    **{
        f"call: {name}": ("-10 %", "+10 %")
        for name in ("volume", "handle_time", "wrap_up_time", "patience", "response")
    },
    "call: reject_probability": ("-10 %", "+10 %"),
    "mail: volume": ("-10 %", "+10 %"),
    "mail: handle_time": ("-10 %", "+10 %"),
    "past: handle_time": ("-10 %", "+10 %"),
    "A: workers": ("-1", "+1"),
    "A: shifts": ("-15 min", "+15 min"),
    "A: absence": ("-10 %", "+10 %"),
    "A: recovery": ("-10 %", "+10 %"),
    "A: Break lasts": ("-10 %", "+10 %"),
    "A: Break lasts (2)": ("-10 %", "+10 %"),
    "A: Email every": ("-10 %", "+10 %"),
    "A: Email lasts": ("-10 %", "+10 %"),
    "R: workers": ("-1", "+1"),
    "R: Available stay": ("-10 %", "+10 %"),
    "R: Break stay": ("-10 %", "+10 %"),
    "N: shifts": ("-15 min", "+15 min"),
}
LEFT_OUT = [
    "past: volume is left out: .*a trace is replayed as it is",
    "N: workers is left out: .*whose workers a file or a roster names",
]


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    with pytest.warns(ActivitySimWarning):
        return sim.sensitivity(rich(), replications=10, executor=1)


def test_every_input_is_there_once_with_both_changes(found: pd.DataFrame) -> None:
    changes = found.groupby("input", sort=False)["change"].agg(tuple).to_dict()
    assert changes == EVERY


def test_what_cannot_be_changed_is_left_out_with_a_warning() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ActivitySimWarning)
        sim.sensitivity(rich(), metric="offered", replications=1, executor=1)
    said = [str(one.message) for one in caught if "left out" in str(one.message)]
    assert len(said) == len(LEFT_OUT)
    assert all(re.match(wanted, message) for wanted, message in zip(LEFT_OUT, said, strict=True))


def test_inputs_are_ranked_by_the_larger_of_their_differences(found: pd.DataFrame) -> None:
    largest = found["difference"].abs().to_numpy().reshape(-1, 2).max(axis=1)
    assert (np.diff(largest) <= 0).all()
    assert (found["input"].to_numpy().reshape(-1, 2) == found["input"].to_numpy()[::2, None]).all()
    assert largest[0] > 0
    assert found["baseline"].nunique() == 1
    assert found["difference"].to_numpy() == pytest.approx((found["alternative"] - found["baseline"]).to_numpy())


@pytest.mark.parametrize(
    ("name", "signs"),
    [
        ("call: volume", (1, -1)),
        ("call: handle_time", (1, -1)),
        ("A: workers", (-1, 1)),
        ("A: Email lasts", (1, -1)),
    ],
)
def test_more_work_and_fewer_workers_make_the_service_worse(
    found: pd.DataFrame, name: str, signs: tuple[int, int]
) -> None:
    assert np.sign(found[found["input"] == name]["difference"]).tolist() == list(signs)


def test_a_row_is_the_comparison_with_the_changed_scenario(found: pd.DataFrame) -> None:
    day = rich()
    second = attrs.evolve(day.workers[0].breaks[1], lasts="11min")
    group = attrs.evolve(day.workers[0], breaks=[day.workers[0].breaks[0], second])
    changed = {
        ("A: Break lasts (2)", "+10 %"): attrs.evolve(day, workers=[group, *day.workers[1:]]),
        ("call: volume", "-10 %"): day.with_volume(0.9, for_tasks="call"),
        ("N: shifts", "+15 min"): day.with_shift_moved("N", "+15min"),
    }
    for (name, change), scenario in changed.items():
        row = found[(found["input"] == name) & (found["change"] == change)].iloc[0]
        level = sim.replicate(scenario, replications=10, executor=1).table("task_summary")["service_level"].iloc[-1]
        assert row["alternative"] == pytest.approx(level, rel=1e-12)


def small(**changes: Any) -> sim.Scenario:
    tasks = [
        sim.Tasks("call", arrivals=sim.Poisson(40), handle_time="4min"),
        sim.Tasks("none", arrivals=sim.Rates([["00:00", 0.0]]), handle_time="1min"),
    ]
    shift = sim.Shift("Available", "00:00", "08:00")
    return sim.Scenario(
        **{"horizon": "8h", "workers": [sim.Workers("A", count=4, shifts=[shift])], "tasks": tasks} | changes
    )


def test_the_difference_is_of_one_subject_and_changes_by_the_share() -> None:
    found = sim.sensitivity(small(), metric="offered", subject="call", change=0.5, replications=10, executor=1)
    assert found["input"].iloc[0] == "call: volume"
    assert found["change"].tolist()[:2] == ["-50 %", "+50 %"]
    expected = found["baseline"].iloc[0] * np.array([-0.5, 0.5])
    assert found["difference"].to_numpy()[:2] == pytest.approx(expected, rel=0.1)
    assert (found["difference"][2:] == 0).all()
    sized = found[found["input"] == "A: workers"]
    assert sized["change"].tolist() == ["-2", "+2"]


def test_of_what_there_is_nothing_of_every_input_is_still_there() -> None:
    found = sim.sensitivity(small(), metric="wait_mean", subject="none", replications=2, executor=1)
    assert found["difference"].isna().all()
    assert found["input"].nunique() * 2 == len(found) == 12


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"metric": "servic_level"}, "metric: must be one of .*the nearest is 'service_level'"),
        ({"subject": "cal"}, "subject: must be one of 'call', 'none', 'all', not 'cal'; the nearest is 'call'"),
        ({"metric": "share"}, "subject: must be one of 'Offline'"),
        ({"change": 0}, "change: must be a number above 0 to 0.9"),
        ({"change": 1}, "change: must be a number above 0 to 0.9"),
    ],
)
def test_what_cannot_be_asked_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim.sensitivity(small(), **wrong)


@pytest.mark.parametrize(("most", "drawn"), [(3, 3), (40, len(EVERY))])
def test_the_plot_draws_the_most_influential_on_top(found: pd.DataFrame, most: int, drawn: int) -> None:
    ax = plots.tornado(found, most=most, metric="service_level")
    names = found["input"].unique()[:most]
    assert [label.get_text() for label in ax.get_yticklabels()] == names.tolist()
    bars = [container.patches[0] for container in ax.containers]  # type: ignore[attr-defined]
    assert len(bars) == 2 * drawn
    assert [bar.get_width() for bar in bars] == pytest.approx((found["difference"][: 2 * drawn] * 100).tolist())
    assert [text.get_text() for text in ax.texts] == found["change"][: 2 * drawn].tolist()
    assert [round(bar.get_y() + bar.get_height() / 2) for bar in bars] == [n // 2 for n in range(2 * drawn)]
    assert ax.yaxis_inverted()
