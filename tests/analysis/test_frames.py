"""Frames of spells: what they can be asked, against the reports and by hand; and logs that come back from files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import activity_sim as sim
import activity_sim.pandas
from activity_sim.log import SCHEMA, TIMES, Log
from activity_sim.units import Duration, duration
from tests.strategies import scenarios

NIGHT = {"start": "2026-10-25T00:15:00", "time_zone": "Europe/Berlin", "horizon": "6h 20min", "warm_up": "35min"}
REAL = {
    "worker": ["Ann", "Ann", "Ann", "Bob"],
    "friendly_name": ["Available", "Lunch", "Available", "Available"],
    "start": ["2026-10-25 01:10", "2026-10-25 02:50", "2026-10-25 03:05", "2026-10-25 02:00"],
    "end": ["2026-10-25 02:50", "2026-10-25 03:05", "2026-10-25 03:10", "2026-10-25 03:00"],
}


@pytest.fixture(scope="module")
def log() -> Log:
    """Two replications of the night in which Berlin's clock goes back."""
    scenario = sim.Scenario(
        **NIGHT,
        workers=[sim.Workers("A", count=4, shifts=[sim.Shift("Available", "00:00", "05:10")])],
        tasks=[sim.Tasks("call", arrivals=sim.Poisson(30), handle_time="4min", patience="30s")],
    )
    return Log.concat([sim.simulate(scenario, replication=number) for number in range(2)])


def real(zone: str | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(REAL)
    times = {name: pd.to_datetime(frame[name]) for name in ("start", "end")}
    local = {name: column.dt.tz_localize(zone, ambiguous=True) for name, column in times.items()}
    return frame.assign(**local if zone else times)


def as_reported(log: Log, interval: str) -> Log:
    return attrs.evolve(log, legend=attrs.evolve(log.legend, interval=int(duration(interval))))


@pytest.mark.parametrize("interval", ["30min", "15min", "1h"])
def test_a_frame_of_a_log_says_what_the_reports_say(log: Log, interval: str) -> None:
    expected = sim.reports.time_by_interval(as_reported(log, interval))
    pd.testing.assert_frame_equal(log.spells.activities.by_interval(interval), expected)
    pd.testing.assert_frame_equal(log.spells.activities.total(), sim.reports.time_by_activity(log))
    pd.testing.assert_frame_equal(log.spells.activities.by_worker(), sim.reports.time_by_worker(log))


def test_with_instants_it_says_the_same(log: Log) -> None:
    frame = log.spells.activities.instants()
    assert str(frame["start"].dt.tz) == "Europe/Berlin"
    period = {"since": "2026-10-25 00:50", "until": frame["end"].max()}
    found = frame.activities.by_interval("30min", **period)
    pd.testing.assert_frame_equal(found, sim.reports.time_by_interval(as_reported(log, "30min")))


@settings(max_examples=40)
@given(scenarios())
def test_drawn_logs_agree(scenario: sim.Scenario) -> None:
    log = sim.simulate(scenario)
    found = log.spells.activities.by_interval(Duration(log.legend.interval))
    pd.testing.assert_frame_equal(found, sim.reports.time_by_interval(log))


def test_a_real_log_with_instants_by_hand() -> None:
    table = real("Europe/Berlin").activities.by_interval("1h")
    hours = table["interval_start"].drop_duplicates()
    assert [hour.isoformat()[11:] for hour in hours] == [
        "01:00:00+02:00",
        "02:00:00+02:00",
        "02:00:00+01:00",
        "03:00:00+01:00",
    ]
    available = table[table["friendly_name"] == "Available"]["total"].tolist()
    lunch = table[table["friendly_name"] == "Lunch"]["total"].tolist()
    assert available == [50 * 60, 50 * 60 + 3_600, 3_600, 5 * 60]  # Bob stays through the hour that comes twice
    assert lunch == [0, 600, 3_600, 300]


def test_a_real_log_without_a_zone_and_in_seconds_by_hand() -> None:
    frame = real()
    table = frame.activities.by_interval("1h")
    assert table["interval_start"].dtype.kind == "M" and table["interval_start"].dt.tz is None
    assert table[table["friendly_name"] == "Available"]["total"].tolist() == [50 * 60, 50 * 60 + 3_600, 5 * 60]
    midnight = pd.Timestamp("2026-10-25")
    since = frame.assign(start=frame["start"] - midnight, end=frame["end"] - midnight)
    seconds = since.assign(start=since["start"].dt.total_seconds(), end=since["end"].dt.total_seconds())
    for other, first in ((since, pd.Timedelta("1h")), (seconds, 3_600.0)):
        found = other.activities.by_interval("1h")
        assert found["interval_start"].iloc[0] == first
        assert found["total"].tolist() == table["total"].tolist()


def test_totals_workers_and_a_moment_of_a_real_log() -> None:
    frame = real()
    assert frame.activities.total().set_index("friendly_name")["total"].to_dict() == {
        "Available": 165 * 60,
        "Lunch": 900,
    }
    assert "available" not in frame.activities.total()
    half = frame.activities.by_worker(until="2026-10-25 02:30").set_index(["worker", "friendly_name"])["total"]
    assert half.to_dict() == {
        ("Ann", "Available"): 4_800,
        ("Ann", "Lunch"): 0,
        ("Bob", "Available"): 1_800,
        ("Bob", "Lunch"): 0,
    }
    pd.testing.assert_frame_equal(frame.activities.at("2026-10-25 02:50"), frame.iloc[[1, 3]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f.drop(columns="end"),
            r"frame of spells: must have a column 'end'; it has worker, friendly_name, start",
        ),
        (lambda f: f.assign(end="2026"), "frame of spells: end: must be timedeltas, dates and times, or seconds"),
        (lambda f: f.assign(end=["2026-11-23 08:00", "soon", "17", "x"]), "end: must be timedeltas.*not 'soon'$"),
        (lambda f: f.assign(end=1.5), "frame of spells: end: must be local times, as start is, not seconds"),
        (
            lambda f: f.assign(end=f["end"].where(f.index != 2)),
            "frame of spells: end: must have a time in every row.*2",
        ),
        (lambda f: f.assign(end=f["start"] - pd.Timedelta("1s")), "end: must not come before its start, as in row 0"),
        (lambda f: f.assign(worker=[None, "A", "A", "B"]), "worker: must have a name in every row, not none in row 0"),
        (
            lambda f: f.assign(**{n: f[n].dt.tz_localize("UTC").dt.tz_convert("+01:00") for n in ("start", "end")}),
            "start: must be in a named time zone",
        ),
        (lambda f: f.iloc[:0], "frame of spells: must leave a period"),
    ],
)
def test_other_frames_are_refused(change: Any, message: str) -> None:
    with pytest.raises(sim.InputError, match=message):
        change(real()).activities.by_interval()


def test_arguments_that_cannot_be_are_refused(log: Log) -> None:
    for arguments, message in (
        ({"interval": "5 mins"}, "^interval: must be a duration"),
        ({"since": "2026-12-01"}, "^since: must be a duration"),
        ({"until": "0s"}, "^until: must leave a period"),
    ):
        with pytest.raises(sim.InputError, match=message):
            log.spells.activities.by_interval(**arguments)


def test_tidy_reports(log: Log) -> None:
    table = sim.tidy(sim.reports.task_summary(log))
    assert table["wait_mean_low"].dtype == "timedelta64[us]" and table["task_type"].dtype == "category"
    table = sim.tidy(sim.reports.time_by_interval(log))
    assert table["total"].dtype == "timedelta64[us]" and str(table["interval_start"].dt.tz) == "Europe/Berlin"
    assert list(table["friendly_name"].cat.categories) == list(log.legend.activities)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_logs_come_back_from_files(log: Log, kind: str, tmp_path: Path) -> None:
    sim.write_log(log, tmp_path / "log", kind=kind)
    again = sim.read_log(tmp_path / "log")
    for table, schema in SCHEMA.items():
        pd.testing.assert_frame_equal(getattr(again, table), getattr(log, table))
        for name, dtype in schema.items():
            assert again.columns[table][name].dtype == dtype
            np.testing.assert_array_equal(again.columns[table][name], log.columns[table][name])
    for name, report in vars(sim.reports)["REPORTS"].items():
        pd.testing.assert_frame_equal(report(again), report(log), obj=name)


def test_frames_come_back_from_pandas_own_parquet(log: Log, tmp_path: Path) -> None:
    log.spells.to_parquet(tmp_path / "spells.parquet")
    again = pd.read_parquet(tmp_path / "spells.parquet")
    assert again["start"].dtype == log.spells["start"].dtype
    pd.testing.assert_frame_equal(again.activities.by_interval(), log.spells.activities.by_interval())


def test_frames_of_the_files_of_a_log_know_its_clock(log: Log, tmp_path: Path) -> None:
    sim.write_log(log, tmp_path / "parquet")
    again = pd.read_parquet(tmp_path / "parquet" / "spells.parquet")
    pd.testing.assert_frame_equal(again.activities.by_interval(), log.spells.activities.by_interval())
    for table in SCHEMA:
        found = sim.tidy(pd.read_parquet(tmp_path / "parquet" / f"{table}.parquet"))
        wanted = sim.tidy(getattr(log, table))
        pd.testing.assert_frame_equal(found, wanted, check_categorical=False)
    sim.write_log(log, tmp_path / "csv", kind="csv")
    with pytest.raises(sim.InputError, match=r"must be seconds within a hundred years; sim\.read_log reads"):
        pd.read_csv(tmp_path / "csv" / "spells.csv").activities.by_interval()


def test_frames_come_back_from_pandas_own_csv(log: Log, tmp_path: Path) -> None:
    log.spells.to_csv(tmp_path / "spells.csv", index=False)
    again = pd.read_csv(tmp_path / "spells.csv")
    expected = log.spells.activities.total().set_index("friendly_name")["total"]
    found = again.activities.total(since="35min", until="380min").set_index("friendly_name")["total"]
    assert found.to_dict() == expected[expected > 0].to_dict()
    assert again.activities.by_interval("30min")["interval_start"].unique().tolist()[1] == pd.Timedelta("30min")
    pd.testing.assert_index_equal(again.activities.at("2h").index, log.spells.activities.at("2h").index)


@pytest.mark.parametrize("zone", [None, "UTC"])
def test_dates_come_back_from_csv(zone: str | None, tmp_path: Path) -> None:
    frame = real(zone)
    frame.to_csv(tmp_path / "real.csv", index=False)
    again = pd.read_csv(tmp_path / "real.csv")
    assert again["start"].dtype.kind not in "mM"
    pd.testing.assert_frame_equal(again.activities.by_interval(), frame.activities.by_interval())


def test_texts_of_several_offsets_say_how_to_read_them(tmp_path: Path) -> None:
    frame = real("Europe/Berlin")
    frame.to_csv(tmp_path / "real.csv", index=False)
    again = pd.read_csv(tmp_path / "real.csv")
    with pytest.raises(sim.InputError, match=r"frame of spells: start: .*utc=True\).dt.tz_convert\('Europe/Berlin'\)"):
        again.activities.by_interval()
    times = {n: pd.to_datetime(again[n], utc=True).dt.tz_convert("Europe/Berlin") for n in ("start", "end")}
    pd.testing.assert_frame_equal(again.assign(**times).activities.by_interval(), frame.activities.by_interval())


@pytest.mark.parametrize("table", SCHEMA)
def test_tidy_tables_of_a_log_have_instants_and_categories(table: str, log: Log) -> None:
    frame = getattr(log, table)
    found, origin = sim.tidy(frame), pd.Timestamp(NIGHT["start"], tz=NIGHT["time_zone"])
    assert list(found) == list(frame)
    for name in TIMES & set(frame):
        assert str(found[name].dtype) == "datetime64[us, Europe/Berlin]"
        pd.testing.assert_series_equal(found[name] - origin, frame[name], check_dtype=False)
        assert frame[name].dtype == "timedelta64[us]"
    for name in {"worker", "friendly_name", "task_type", "task_queue", "outcome", "status"} & set(frame):
        pd.testing.assert_series_equal(found[name], frame[name])
    pd.testing.assert_frame_equal(sim.tidy(found), found)


def test_names_of_a_table_from_a_file_become_categories_where_some_are_missing(log: Log, tmp_path: Path) -> None:
    log.tasks.to_csv(tmp_path / "tasks.csv", index=False)
    again = sim.tidy(pd.read_csv(tmp_path / "tasks.csv"))
    assert again["worker"].isna().any()
    assert again["worker"].tolist() == pytest.approx(log.tasks["worker"].tolist(), nan_ok=True)
    assert {str(again[name].dtype) for name in ("worker", "task_type", "task_queue", "outcome")} == {"category"}


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_log_without_tasks_is_read_as_it_was_written(kind: str, tmp_path: Path) -> None:
    log = sim.simulate(sim.Scenario(horizon="1h", workers=[sim.Workers("A")]))
    sim.write_log(log, tmp_path, kind=kind)
    again = sim.read_log(tmp_path)
    for table in SCHEMA:
        pd.testing.assert_frame_equal(getattr(again, table), getattr(log, table))


def test_what_is_no_log_is_refused(log: Log, tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match=r"^spells\.parquet: cannot be read as a table of a log"):
        sim.read_log(tmp_path)
    log.spells.to_parquet(tmp_path / "spells.parquet")
    with pytest.raises(sim.InputError, match=r"^spells\.parquet: has no legend"):
        sim.read_log(tmp_path)
    with pytest.raises(sim.InputError, match=r"^kind: must be one of"):
        sim.write_log(log, tmp_path, kind="excel")
    sim.write_log(log, tmp_path, kind="csv")
    (tmp_path / "legend.json").write_text('{"name": 1}', "utf-8")
    with pytest.raises(sim.InputError, match="must have the legend of a log"):
        sim.read_log(tmp_path)


def test_frames_of_a_log_have_it_without_an_import_and_the_import_alone_will_do() -> None:
    made = "import activity_sim as s; f = s.simulate(s.Scenario(horizon='1h', workers=[s.Workers('A')])).spells"
    alone = "import pandas, activity_sim.pandas; f = pandas.DataFrame()"
    for code in (made, alone):
        subprocess.run([sys.executable, "-c", f"{code}; assert f.activities"], check=True)
