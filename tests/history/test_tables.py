"""A table of spells is the log that it was written from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import activity_sim as sim
from activity_sim.log import Log

KNOWN = [sim.Activity("Offline"), sim.Activity("Unavailable"), sim.Activity("Available", True)]
TABLE = "worker,activity,start,end\n"


@pytest.fixture(scope="module")
def log() -> Log:
    """Three days over the end of summer time, when an hour comes twice."""
    group = sim.Workers(
        "Tier 1",
        count=5,
        shifts=[sim.Shift("Available", "22:00", "+1 06:00")],
        interruptions=[sim.Interruption("Unavailable", every=sim.Exponential("1h"), lasts=sim.Exponential("10min"))],
    )
    scenario = sim.Scenario(
        start="2026-10-24T12:00:00", time_zone="Europe/Berlin", horizon="3 days", interval="1h", workers=[group]
    )
    return sim.simulate(scenario)


def table_of(log: Log) -> pd.DataFrame:
    frame = sim.tidy(log.spells).rename(columns={"friendly_name": "activity"})
    return frame[["worker", "activity", "start", "end"]]


def of(log: Log) -> dict[str, Any]:
    calendar = log.legend.calendar
    return {"start": calendar.local(0), "end": calendar.local(calendar.horizon), "time_zone": calendar.time_zone}


REPORTS = ("time_by_activity", "time_by_worker", "time_by_interval", "occupancy")


@pytest.mark.parametrize("form", ["frame", "offsets", "utc"])
def test_every_report_is_that_of_the_log(form: str, log: Log, tmp_path: Path) -> None:
    table: Any = table_of(log)
    if form != "frame":
        zone = "UTC" if form == "utc" else "Europe/Berlin"
        for name in ("start", "end"):
            table[name] = [moment.tz_convert(zone).isoformat() for moment in table[name]]
        table.to_csv(tmp_path / "spells.csv", index=False)
        table = tmp_path / "spells.csv"
    read = sim.read_spells(table, activities=KNOWN, interval="1h", **of(log))
    for name in REPORTS:
        expected, found = (getattr(sim.reports, name)(one) for one in (log, read))
        if name == "occupancy":
            assert found["worker_group"].tolist() == ["Workers", "all"]
            found = found.assign(worker_group=expected["worker_group"])
        pd.testing.assert_frame_equal(found, expected)


def test_it_is_what_the_accessor_says(log: Log) -> None:
    table = table_of(log)
    read = sim.read_spells(table, activities=KNOWN, time_zone="Europe/Berlin")
    frame = table.rename(columns={"activity": "friendly_name"})
    expected = frame.activities.total().set_index("friendly_name")["total"]
    found = sim.reports.time_by_activity(read).set_index("friendly_name")["total"]
    assert found.to_dict() == expected.to_dict()
    assert sim.reports.time_by_activity(frame.activities.log())["total"].sum() == expected.sum()


def written(place: Path, *rows: str, head: str = TABLE) -> Path:
    (place / "spells.csv").write_text(head + "".join(row + "\n" for row in rows), "utf-8")
    return place / "spells.csv"


def test_local_times_follow_the_clock_of_the_time_zone(tmp_path: Path) -> None:
    file = written(
        tmp_path, "Ann,Available,2026-10-24 22:00,2026-10-25 06:00", "Bo,Offline,2026-10-25 06:00,2026-10-25 07:00"
    )
    read = sim.read_spells(file, activities=KNOWN, time_zone="Europe/Berlin")
    assert read.legend.activities == ("Offline", "Unavailable", "Available")
    assert sim.reports.time_by_activity(read)["total"].tolist() == [3_600, 0, 9 * 3_600]
    assert read.legend.calendar.utc(read.legend.warm_up) == "2026-10-24T20:00:00Z"


def test_a_spell_without_an_end_goes_on_to_the_end(tmp_path: Path) -> None:
    file = written(tmp_path, "Ann,Available,2026-11-23 08:00,2026-11-23 09:00", "Ann,Offline,2026-11-23 09:00,")
    read = sim.read_spells(file, activities=KNOWN, end="2026-11-23 11:30")
    assert sim.reports.time_by_activity(read)["total"].tolist() == [9_000, 0, 3_600]
    with pytest.raises(sim.InputError, match=r"^spells\.csv: end: row 1: must be a date and time"):
        sim.read_spells(file, activities=KNOWN)


def test_a_column_says_what_is_available(tmp_path: Path) -> None:
    head = "worker,activity,start,end,available\n"
    file = written(
        tmp_path,
        "Ann,Chat,2026-11-23 08:00,2026-11-23 09:00,true",
        "Bo,Tea,2026-11-23 08:00,2026-11-23 09:00,no",
        head=head,
    )
    assert sim.read_spells(file, name="Home").legend.available == (True, False)
    assert sim.read_spells(file, default_activity="Chat").legend.rest == "Chat"


def test_else_the_usual_names_do_with_a_warning(tmp_path: Path) -> None:
    file = written(tmp_path, "Ann,Idle,2026-11-23 08:00,2026-11-23 09:00", "Bo,Tea,2026-11-23 08:00,2026-11-23 09:00")
    with pytest.warns(sim.ActivitySimWarning, match="by their names 'Idle' are taken to be, and 'Tea' not to be"):
        assert sim.read_spells(file).legend.available == (True, False)


ROW = "Ann,Available,2026-11-23 08:00,2026-11-23 09:00"


@pytest.mark.parametrize(
    ("rows", "given", "message"),
    [
        ([], {}, r"spells\.csv: must have a row for each spell"),
        (["Ann,Available,soon,2026-11-23 09:00"], {}, r"spells\.csv: start: row 0: must be a date and time .*'soon'"),
        (
            [ROW, "Ann,Offline,2026-11-23 08:30,2026-11-23 10:00"],
            {},
            r"row 1: must not begin before .* Ann would be in two",
        ),
        (["Ann,Available,2026-11-23 09:00,2026-11-23 08:00"], {}, "end: must not come before its start, as in row 0"),
        ([",Available,2026-11-23 08:00,2026-11-23 09:00"], {}, "worker: must have a name in every row"),
        (["Ann,,2026-11-23 08:00,2026-11-23 09:00"], {}, "friendly_name: must have a name in every row"),
        ([ROW], {"time_zone": "Berlin"}, "time_zone: must be an IANA time zone"),
        ([ROW], {"start": "soon"}, "start: must be a date and time"),
        ([ROW], {"default_activity": "Ofline"}, "default_activity: must be one of .*'Offline'"),
        ([ROW], {"interval": 0}, "interval: must be longer than 0"),
    ],
)
def test_bad_tables_are_refused(rows: list[str], given: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match=message):
        sim.read_spells(written(tmp_path, *rows), activities=KNOWN, **given)


def test_a_missing_column_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(sim.InputError, match=r"^spells\.csv: must have a column 'activity'; it has .*; the nearest is"):
        sim.read_spells(written(tmp_path, ROW, head="worker,activty,start,end\n"))
    with pytest.raises(sim.InputError, match=r"^none\.csv: cannot be read as a table: No such file"):
        sim.read_spells(tmp_path / "none.csv")
    (tmp_path / "spells.csv").write_bytes(b"")
    with pytest.raises(sim.InputError, match=r"^spells\.csv: cannot be read as a table"):
        sim.read_spells(tmp_path / "spells.csv")


def test_a_period_of_days_that_are_not_whole_has_its_totals() -> None:
    times = pd.to_datetime(["2026-11-23 08:00", "2026-11-26 20:00"])
    table = pd.DataFrame({"worker": ["Ann"], "friendly_name": ["Tea"], "start": times[:1], "end": times[1:]})
    assert table.activities.total()["total"].tolist() == [84 * 3_600]
