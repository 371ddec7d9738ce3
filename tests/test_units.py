"""Durations, clock times, weekdays and the local calendar with its days of 23 and 25 hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activity_sim.errors import InputError
from activity_sim.units import DAY, LONGEST, SECOND, Calendar, ClockTime, Duration, duration, weekdays, zone

HOUR = 3_600 * SECOND
MINUTE = 60 * SECOND
SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)


def day_of(day: date, time_zone: str, horizon: int = DAY) -> Calendar:
    return Calendar(datetime.combine(day, time()), time_zone, horizon)


def at(calendar: Calendar, clock: str) -> int:
    return calendar.instant(calendar.start.date(), ClockTime.read(clock))


# --- durations ---


@pytest.mark.parametrize(
    ("written", "microseconds"),
    [
        ("7us", 7),
        ("7 us", 7),
        ("3ms", 3_000),
        ("90 s", 90 * SECOND),
        ("6min", 6 * MINUTE),
        ("2h", 2 * HOUR),
        ("5 days", 5 * DAY),
        ("1 day", DAY),
        ("1h 30min", 90 * MINUTE),
        ("1h30min", 90 * MINUTE),
        ("1 h 1 h", 2 * HOUR),
        ("1 days 2h 3min 4s 5ms 6us", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND + 5_006),
        ("1.5h", 90 * MINUTE),
        (".5s", SECOND // 2),
        ("  5 s\t", 5 * SECOND),
        ("0s", 0),
        ("36500 days", LONGEST),
        (90, 90 * SECOND),
        (0, 0),
        (2.5, 2_500_000),
        (0.1, 100_000),
        (np.float64(0.1), 100_000),
        (np.int64(3), 3 * SECOND),
        (timedelta(minutes=2, microseconds=1), 2 * MINUTE + 1),
        (Duration(17), 17),
    ],
)
def test_a_duration_is_read_as_whole_microseconds(written: object, microseconds: int) -> None:
    read = duration(written)
    assert isinstance(read, Duration)
    assert int(read) == microseconds


@pytest.mark.parametrize(
    ("written", "microseconds"),
    [
        ("0.4us", 0),
        ("0.6us", 1),
        ("1.4us", 1),
        ("1.6us", 2),
        (1e-7, 0),
        (6e-7, 1),
        ("0.0000014s", 1),
        (1.0000006, 1_000_001),
    ],
)
def test_a_duration_is_rounded_to_the_nearest_microsecond(written: object, microseconds: int) -> None:
    assert duration(written) == microseconds


def test_a_sum_is_rounded_once() -> None:
    assert duration("0.4us 0.4us 0.4us") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            "",
            "  ",
            "90",
            "1.5",
            "s",
            "1 minute",
            "1hour",
            "1H",
            "1 d",
            "1e3s",
            "-1s",
            "+1s",
            "1s,2s",
            "1min 30",
            "one s",
            "1s1",
        ),
        *("36501 days", "36500 days 1us", "nan s", "inf s"),
        *(-1, -1e-3, float("nan"), float("inf"), float("-inf"), 1e300, 10**30, LONGEST, True, False, None),
        *([], {}, b"1s", timedelta(seconds=-1), np.bool_(True), np.float64("nan")),
    ],
)
def test_what_is_no_duration_is_refused_with_what_was_given(wrong: object) -> None:
    with pytest.raises(InputError, match="must be a duration") as caught:
        duration(wrong)
    assert repr(wrong)[:70] in str(caught.value)


@pytest.mark.parametrize("bare", ["90", " 1.5 ", "0"])
def test_a_bare_number_in_a_string_is_told_that_its_unit_is_missing(bare: str) -> None:
    with pytest.raises(InputError, match=r"a unit is missing: us, ms, s, min, h, days"):
        duration(bare)


@given(st.integers(0, LONGEST))
def test_a_written_duration_reads_as_itself(length: int) -> None:
    assert duration(str(Duration(length))) == length


@given(st.integers(0, 10**12))
def test_a_number_is_as_many_seconds(length: int) -> None:
    assert duration(length / SECOND) == length


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from(["us", "ms", "s", "min", "h", "days"])), min_size=1))
def test_a_sum_of_parts_is_the_sum_of_the_parts(parts: list[tuple[int, str]]) -> None:
    together = " ".join(f"{number}{unit}" for number, unit in parts)
    assert duration(together) == sum(duration(f"{number} {unit}") for number, unit in parts)


def test_a_duration_shows_itself_as_people_write_it() -> None:
    assert str(Duration(0)) == "0s"
    assert str(Duration(DAY + 90 * MINUTE)) == "1 days 1h 30min"
    assert repr(Duration(1_500_001)) == "Duration('1s 500ms 1us')"
    assert Duration(2_500_000).seconds == 2.5


# --- clock times ---


@pytest.mark.parametrize(
    ("written", "days", "seconds"),
    [
        ("00:00", 0, 0),
        ("08:00", 0, 28_800),
        ("08:00:30", 0, 28_830),
        ("23:59:59", 0, 86_399),
        ("+1 06:00", 1, 21_600),
        ("+1 00:00", 1, 0),
        ("+12 06:00:01", 12, 21_601),
        (time(8, 30), 0, 30_600),
    ],
)
def test_a_clock_time_is_read(written: object, days: int, seconds: int) -> None:
    assert ClockTime.read(written) == ClockTime(days, seconds)


@pytest.mark.parametrize(
    "wrong",
    ["", "8:00", "08", "08:60", "24:00", "25:00", "08:00:60", "-1 08:00", "1 08:00", "08:00+1", 8, 800, None, []],
)
def test_what_is_no_clock_time_is_refused_with_what_was_given(wrong: object) -> None:
    with pytest.raises(InputError, match="must be a clock time") as caught:
        ClockTime.read(wrong)
    assert repr(wrong) in str(caught.value)


def test_midnight_at_the_end_of_a_day_is_explained() -> None:
    with pytest.raises(InputError, match=r"\+1 00:00"):
        ClockTime.read("24:00")


@given(st.integers(0, 9), st.integers(0, 86_399))
def test_a_written_clock_time_reads_as_itself(days: int, seconds: int) -> None:
    clock = ClockTime(days, seconds)
    assert ClockTime.read(str(clock)) == clock


@given(*[st.tuples(st.integers(0, 3), st.integers(0, 86_399))] * 2)
def test_clock_times_are_in_the_order_of_the_clock(left: tuple[int, int], right: tuple[int, int]) -> None:
    assert (ClockTime(*left) < ClockTime(*right)) == (left < right)


# --- weekdays ---


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("Mon-Fri", [0, 1, 2, 3, 4]),
        ("Sat", [5]),
        ("Fri-Mon", [0, 4, 5, 6]),
        ("Mon-Sun", [0, 1, 2, 3, 4, 5, 6]),
        ("Mon, Wed-Fri", [0, 2, 3, 4]),
        ("mon - FRI", [0, 1, 2, 3, 4]),
        (["Sun", "Sat"], [5, 6]),
        (["Mon-Tue", "Sun"], [0, 1, 6]),
        ("Wed-Wed", [2]),
    ],
)
def test_weekdays_are_read(written: object, numbers: list[int]) -> None:
    assert sorted(weekdays(written)) == numbers


@pytest.mark.parametrize(
    "wrong", ["", "Mo-Fr", "Monday", "Mon-", "-Fri", "Mon-Wed-Fri", "Mon;Tue", [], [1], 3, None, {}]
)
def test_what_are_no_weekdays_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="must be days"):
        weekdays(wrong)


def test_a_misspelled_weekday_is_shown_the_nearest() -> None:
    with pytest.raises(InputError, match="the nearest is 'Thu'"):
        weekdays("Mon-Thur")


# --- time zones ---


@pytest.mark.parametrize("wrong", ["Europe/Berlinn", "europe/berlin", "", "Europe", "../etc/passwd", "/etc/passwd", 5])
def test_an_unknown_time_zone_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="must be an IANA time zone"):
        zone(wrong)


def test_a_misspelled_time_zone_is_shown_the_nearest() -> None:
    with pytest.raises(InputError, match="the nearest is 'Europe/Berlin'"):
        zone("Europe/Berln")


# --- daylight saving ---


def test_a_day_has_23_or_25_hours_where_the_clock_changes() -> None:
    hours = {day: at(day_of(day, "Europe/Berlin"), "+1 00:00") / HOUR for day in (SPRING, AUTUMN, date(2026, 6, 1))}
    assert hours == {SPRING: 23, AUTUMN: 25, date(2026, 6, 1): 24}


@pytest.mark.parametrize(
    ("clock", "hours"),
    [("01:59:59", 2 - 1 / 3_600), ("02:00", 2), ("02:00:01", 2), ("02:30", 2), ("03:00", 2), ("03:30", 2.5)],
)
def test_a_local_time_that_does_not_exist_means_the_first_instant_after_the_gap(clock: str, hours: float) -> None:
    calendar = day_of(SPRING, "Europe/Berlin")
    assert at(calendar, clock) == round(hours * HOUR)
    assert calendar.local(2 * HOUR).isoformat() == "2026-03-29T03:00:00+02:00"


@pytest.mark.parametrize(
    ("clock", "hours"),
    [("01:59", 2 - 1 / 60), ("02:00", 2), ("02:30", 2.5), ("02:59:59", 3 - 1 / 3_600), ("03:00", 4), ("04:00", 5)],
)
def test_a_local_time_that_exists_twice_means_the_first(clock: str, hours: float) -> None:
    calendar = day_of(AUTUMN, "Europe/Berlin")
    assert at(calendar, clock) == round(hours * HOUR)
    assert calendar.local(round(2.5 * HOUR)).isoformat() == "2026-10-25T02:30:00+02:00"
    assert calendar.local(round(3.5 * HOUR)).isoformat() == "2026-10-25T02:30:00+01:00"


@pytest.mark.parametrize(
    ("day", "clock", "minutes"),
    [
        (date(2026, 10, 4), "01:59", 119),
        (date(2026, 10, 4), "02:00", 120),
        (date(2026, 10, 4), "02:15", 120),
        (date(2026, 10, 4), "02:30", 120),
        (date(2026, 10, 4), "03:00", 150),
        (date(2026, 10, 4), "+1 00:00", 23.5 * 60),
        (date(2026, 4, 5), "01:30", 90),
        (date(2026, 4, 5), "01:45", 105),
        (date(2026, 4, 5), "02:00", 150),
        (date(2026, 4, 5), "+1 00:00", 24.5 * 60),
    ],
)
def test_a_clock_that_changes_by_half_an_hour_is_followed(day: date, clock: str, minutes: float) -> None:
    assert at(day_of(day, "Australia/Lord_Howe"), clock) == round(minutes * MINUTE)


def test_a_day_whose_midnight_does_not_exist_begins_after_the_gap() -> None:
    calendar = day_of(date(2018, 11, 4), "America/Sao_Paulo")
    assert calendar.local(0).isoformat() == "2018-11-04T01:00:00-02:00"
    assert at(calendar, "+1 00:00") == 23 * HOUR


def test_a_date_that_was_left_out_altogether_means_the_first_instant_after_it() -> None:
    calendar = day_of(date(2011, 12, 29), "Pacific/Apia", 3 * DAY)
    assert calendar.instant(date(2011, 12, 30), ClockTime.read("12:00")) == DAY
    assert calendar.local(DAY).date() == date(2011, 12, 31)


def test_a_clock_time_of_the_day_after_is_counted_on_the_calendar() -> None:
    calendar = day_of(date(2026, 10, 24), "Europe/Berlin", 2 * DAY)
    assert at(calendar, "+1 06:00") == (24 + 7) * HOUR


@given(st.integers(-400, 400), st.integers(0, 86_399), st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "UTC"]))
def test_an_instant_shows_the_clock_time_that_it_was_made_of(days: int, seconds: int, time_zone: str) -> None:
    calendar = day_of(date(2026, 6, 1), time_zone)
    day, clock = date(2026, 6, 1) + timedelta(days=days), ClockTime(0, seconds)
    wanted = datetime.combine(day, time()) + timedelta(seconds=seconds)
    shown = calendar.local(calendar.instant(day, clock)).replace(tzinfo=None)
    assert shown == wanted or wanted < shown <= wanted + timedelta(hours=1)


def test_moments_with_an_offset_are_converted_and_naive_ones_are_local() -> None:
    calendar = day_of(date(2026, 11, 23), "Europe/Berlin")
    assert calendar.at(datetime(2026, 11, 23, 8)) == 8 * HOUR
    assert calendar.at(datetime.fromisoformat("2026-11-23T08:00:00+00:00")) == 9 * HOUR
    assert calendar.at(datetime.fromisoformat("2026-11-23T08:00:00-05:00")) == 14 * HOUR
    assert calendar.utc(0) == "2026-11-22T23:00:00Z"


def test_dates_are_those_that_the_horizon_touches() -> None:
    assert day_of(SPRING, "Europe/Berlin", 23 * HOUR).dates == [SPRING]
    assert day_of(SPRING, "Europe/Berlin", 23 * HOUR + 1).dates == [SPRING, date(2026, 3, 30)]
    assert len(Calendar(datetime(2026, 1, 5, 23, 59), "UTC", 2 * MINUTE).dates) == 2


# --- borders of intervals ---


@pytest.mark.parametrize(
    ("day", "time_zone", "interval", "count"),
    [
        (date(2026, 6, 1), "Europe/Berlin", 30 * MINUTE, 48),
        (SPRING, "Europe/Berlin", 30 * MINUTE, 46),
        (AUTUMN, "Europe/Berlin", 30 * MINUTE, 50),
        (SPRING, "Europe/Berlin", HOUR, 23),
        (AUTUMN, "Europe/Berlin", HOUR, 25),
        (AUTUMN, "Europe/Berlin", 15 * MINUTE, 100),
        (date(2026, 10, 4), "Australia/Lord_Howe", 30 * MINUTE, 47),
        (date(2026, 4, 5), "Australia/Lord_Howe", 30 * MINUTE, 49),
    ],
)
def test_intervals_of_a_day_are_as_many_as_the_clock_shows(
    day: date, time_zone: str, interval: int, count: int
) -> None:
    calendar = day_of(day, time_zone)
    length = at(calendar, "+1 00:00")
    borders = Calendar(calendar.start, time_zone, length).borders(interval)
    assert len(borders) == count
    assert borders[0] == 0
    assert {int(gap) for gap in np.diff([*borders, length])} == {interval}


@given(
    st.sampled_from([SPRING, AUTUMN, date(2026, 6, 1)]),
    st.sampled_from(["Europe/Berlin", "UTC", "Asia/Kolkata"]),
    st.sampled_from([7 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 6 * HOUR, DAY]),
    st.integers(0, 86_399),
)
def test_borders_are_aligned_to_the_local_clock(day: date, time_zone: str, interval: int, second: int) -> None:
    start = datetime.combine(day, time()) + timedelta(seconds=second)
    calendar = Calendar(start, time_zone, 2 * DAY)
    borders = calendar.borders(interval).tolist()
    shown = [calendar.local(border) for border in borders]
    since_midnight = [(moment.hour * 60 + moment.minute) * MINUTE + moment.second * SECOND for moment in shown]
    assert all(length % interval == 0 for length in since_midnight)
    assert borders[0] <= 0 and borders[-1] < calendar.horizon
    assert all(before < after for before, after in pairwise(borders))
    assert len(borders) == 1 or borders[1] > 0


def test_an_interval_of_whole_days_counts_from_the_first_date() -> None:
    calendar = Calendar(datetime(2026, 10, 24, 12), "Europe/Berlin", 5 * DAY)
    shown = [calendar.local(border).isoformat() for border in calendar.borders(2 * DAY).tolist()]
    assert shown == ["2026-10-24T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "2026-10-28T00:00:00+01:00"]


@pytest.mark.parametrize("interval", [0, 1, 25 * HOUR, 36 * HOUR])
def test_an_interval_that_no_report_can_have_is_refused(interval: int) -> None:
    with pytest.raises(InputError, match="must"):
        day_of(AUTUMN, "Europe/Berlin").borders(interval)
