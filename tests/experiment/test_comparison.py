"""Comparisons against literal computations from the logs, and the laws that hold for them."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from numpy.typing import NDArray
from scipy import stats

import activity_sim as sim
from activity_sim import output
from activity_sim.analysis import plots
from activity_sim.analysis.metrics import METRICS, Metric
from activity_sim.errors import ActivitySimWarning, InputError

pytestmark = pytest.mark.filterwarnings("ignore:the interval.* of:activity_sim.errors.ActivitySimWarning")
COUNTS = ("offered", "completed", "abandoned")
SUBJECTS = {"task_summary": "task_type", "occupancy": "worker_group", "time_by_activity": "friendly_name"}
NONE = "no difference shown"
REPLICATIONS = 30
COLUMNS = [
    *("scenario", "metric", "subject", "baseline", "alternative"),
    *("difference", "difference_low", "difference_high", "p_value", "verdict"),
]
SHIFT = sim.Shift("Available", "08:00", "12:00")


def task_type(name: str, per_hour: float) -> sim.Tasks:
    arrivals = sim.Rates([["08:00", per_hour], ["12:00", 0]])
    return sim.Tasks(
        name, arrivals=arrivals, handle_time=sim.Exponential("3min"), patience=sim.Exponential("2min"), response="5s"
    )


DAY = sim.Scenario(
    name="day",
    horizon="13h",
    busyness=sim.Gamma(1, 0.2),
    workers=[sim.Workers("A", count=4, shifts=[SHIFT]), sim.Workers("B", count=2, shifts=[SHIFT])],
    tasks=[task_type("call", 60), task_type("mail", 40)],
    costs=sim.Costs(per_hour=20, per_abandoned=3, per_overtime_minute=0.5),
)
MORE = DAY.with_workers("A", 1)
EACH = {"before": DAY, "more": MORE, "busier": DAY.with_volume(1.02), "longer": DAY.with_handle_time(1.003)}
compare = partial(sim.compare, executor=1)


@pytest.fixture(scope="module")
def found() -> sim.Comparison:
    alternatives = {"one more": MORE, "busier": EACH["busier"], "same": DAY}
    return compare(DAY, alternatives, replications=REPLICATIONS, metrics=list(METRICS))


# --- the same ---


def test_a_scenario_does_not_differ_from_itself() -> None:
    found = compare(DAY, {"itself": DAY, "a copy": attrs.evolve(DAY)}, replications=5, metrics=list(METRICS))
    ends = found.table[["difference", "difference_low", "difference_high"]].to_numpy()
    assert (ends == 0).all()
    assert set(found.table["p_value"]) == {1.0}
    assert set(found.table["verdict"]) == {NONE}
    assert found.doubts == ()
    assert "0 of 78 differences shown" in repr(found)


def test_without_a_name_nothing_differs_but_the_name() -> None:
    renamed = attrs.evolve(DAY, name="another day")
    found = compare(DAY, renamed, replications=2)
    assert set(found.table["difference"]) == {0.0}
    assert list(found.alternatives) == ["another day"]


# --- figures ---


@pytest.mark.parametrize("name", METRICS)
def test_figures_are_those_of_the_reports(found: sim.Comparison, name: str) -> None:
    metric = METRICS[name]
    for column, scenario in (("baseline", "before"), ("alternative", "more")):
        expected = by_subject(study(scenario).table(metric.report), metric)
        rows = found.table[(found.table["scenario"] == "one more") & (found.table["metric"] == name)]
        assert rows["subject"].tolist() == expected.index.tolist()
        assert rows[column].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)
    assert (rows["difference"] - (rows["alternative"] - rows["baseline"])).abs().max() < 1e-9


def by_subject(report: pd.DataFrame, metric: Metric) -> pd.Series[Any]:
    if metric.name == "cost":  # of groups: hours and overtime
        return report[report["item"] != "abandoned tasks"].groupby("subject", sort=False)["cost"].sum()
    return report.set_index(SUBJECTS[metric.report])[metric.name]


@cache
def study(name: str) -> sim.Study:
    return sim.replicate(EACH[name], replications=REPLICATIONS, executor=1, keep_logs=True)


@cache
def by_replication(name: str) -> NDArray[Any]:
    """Return the counts of tasks, read from one report a replication: replications, and metrics of task types."""
    tables = [sim.reports.task_summary(log)[list(COUNTS)].to_numpy().T.ravel() for log in study(name).logs]
    return np.array(tables, dtype=np.float64)


def hall(change: NDArray[Any]) -> tuple[float, float, float]:
    """Return mean, Student's p-value, and the larger one of it and Hall's (1992), word by word, of one mean."""
    student = stats.ttest_1samp(change, 0)
    a, t = stats.skew(change, bias=False) / (3 * np.sqrt(len(change))), student.statistic
    cubed = t + a * t**2 + a**2 * t**3 / 3 + a / 2
    nearer = max(min(np.sign(t) * cubed, abs(t)), 0.0)
    return float(change.mean()), float(student.pvalue), float(2 * stats.t.sf(nearer, len(change) - 1))


def holm(probabilities: list[float]) -> list[float]:
    """Adjust one after the other, from the smallest on."""
    adjusted, last = [1.0] * len(probabilities), 0.0
    for step, which in enumerate(sorted(range(len(probabilities)), key=lambda n: probabilities[n])):
        last = adjusted[which] = min(max(last, (len(probabilities) - step) * probabilities[which]), 1.0)
    return adjusted


def test_p_values_are_those_of_holm_from_the_values_of_each_pair() -> None:
    names = ("busier", "longer")
    table = compare(DAY, {name: EACH[name] for name in names}, replications=REPLICATIONS, metrics=COUNTS).table
    changes = np.concatenate([by_replication(name) - by_replication("before") for name in names], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        literal = [hall(change) if change.any() else (0.0, 1.0, 1.0) for change in changes.T]
    means, student, skewed = (list(column) for column in zip(*literal, strict=True))
    assert table["difference"].to_numpy() == pytest.approx(means)
    assert table["p_value"].to_numpy() == pytest.approx(holm(skewed), rel=1e-9, abs=1e-12)
    assert (table["p_value"] >= np.array(holm(student)) * (1 - 1e-9)).all()
    assert 0 < (table["verdict"] == NONE).sum() < len(table)


def test_intervals_hold_students_with_bonferronis_share() -> None:
    table = compare(DAY, MORE, replications=REPLICATIONS, metrics=COUNTS, confidence=0.9).table
    change = by_replication("more") - by_replication("before")
    reach = stats.t.ppf(1 - 0.1 / len(table) / 2, REPLICATIONS - 1) * stats.sem(change)
    assert (table["difference_low"] <= change.mean(axis=0) - reach + 1e-9).all()
    assert (table["difference_high"] >= change.mean(axis=0) + reach - 1e-9).all()
    assert (table["difference_high"] - table["difference_low"] < 3 * reach + 1e-9).all()


def test_an_interval_that_leaves_out_0_has_its_verdict(found: sim.Comparison) -> None:
    table = found.table
    above, below = table["difference_low"] > 0, table["difference_high"] < 0
    assert (table["verdict"][above] == "higher").all()
    assert (table["verdict"][below] == "lower").all()
    assert above.any()
    assert below.any()
    assert ((table["p_value"] < 0.05) == (table["verdict"] != NONE)).all()


def test_pairing_states_the_errors_of_pairs_and_of_strangers(found: sim.Comparison) -> None:
    pairing = found.pairing[(found.pairing["scenario"] == "one more") & found.pairing["metric"].isin(COUNTS)]
    before, after = (by_replication(name) for name in ("before", "more"))
    assert pairing["paired_error"].to_numpy() == pytest.approx(stats.sem(after - before))
    independent = np.hypot(stats.sem(before), stats.sem(after))
    assert pairing["independent_error"].to_numpy() == pytest.approx(independent)
    changed = stats.sem(after - before) > 0
    expected = (independent[changed] / stats.sem(after - before)[changed]) ** 2
    assert pairing["variance_reduction"].to_numpy()[changed] == pytest.approx(expected)
    assert np.isinf(pairing["variance_reduction"].to_numpy()[~changed]).all()


# --- what only one of them has ---


def rows_of(found: sim.Comparison, subject: str) -> pd.DataFrame:
    return found.table[found.table["subject"] == subject].set_index("metric")


def test_an_activity_that_only_the_alternative_has_has_its_share_as_difference() -> None:
    training = DAY.with_activity("Training", minutes_per_day=30)
    row = rows_of(compare(DAY, training, replications=10), "Training").loc["share"]
    assert row["baseline"] == 0
    assert row["difference"] == row["alternative"] == pytest.approx(0.5 / 13, rel=0.02)
    assert row["verdict"] == "higher"
    back = rows_of(compare(training, DAY, replications=10), "Training").loc["share"]
    assert (back["difference"], back["verdict"]) == (-row["difference"], "lower")


def test_what_only_one_has_differs_in_counts_and_in_nothing_else() -> None:
    wider = attrs.evolve(
        DAY,
        workers=[*DAY.workers, sim.Workers("C", shifts=[SHIFT])],
        tasks=[*DAY.tasks, task_type("chat", 20)],
    )
    for one, other, sign in ((DAY, wider, 1), (wider, DAY, -1)):
        found = compare(one, other, replications=10, metrics=["offered", "wait_mean", "wait_p90", "occupancy"])
        chat, team = rows_of(found, "chat"), rows_of(found, "C")
        assert np.sign(chat.loc["offered", "difference"]) == sign
        assert chat.loc["offered", "verdict"] in ("higher", "lower")
        for row in (chat.loc["wait_mean"], chat.loc["wait_p90"], team.loc["occupancy"]):
            assert row[["difference", "difference_low", "difference_high"]].isna().all()
            assert (row["p_value"], row["verdict"]) == (1.0, NONE)
        subjects = found.table.groupby("metric")["subject"].agg(list)
        assert sorted(subjects["offered"][:-1]) == ["call", "chat", "mail"]
        assert [names[-1] for names in subjects] == ["all"] * 4


def test_what_cannot_be_compared_takes_no_p_values_share() -> None:
    wider = attrs.evolve(MORE, workers=[*MORE.workers, sim.Workers("C", count=2)])
    found = compare(DAY, wider, replications=10, metrics=["occupancy"])
    table = found.table.set_index("subject")
    assert table["difference"].isna().tolist() == [False, False, True, False]
    assert np.isfinite(table["p_value"]).all()


# --- names ---


@pytest.mark.parametrize(
    ("alternatives", "names"),
    [
        (attrs.evolve(DAY, name="b"), ["b"]),
        (attrs.evolve(DAY, name=""), ["alternative 1"]),
        ([attrs.evolve(DAY, name="b"), attrs.evolve(DAY, name="c")], ["b", "c"]),
        ([attrs.evolve(DAY, name="b"), attrs.evolve(DAY, name="b")], ["alternative 1", "alternative 2"]),
        ([attrs.evolve(DAY, name="b"), attrs.evolve(DAY, name="")], ["alternative 1", "alternative 2"]),
        ({"x": DAY, "y": DAY}, ["x", "y"]),
    ],
)
def test_alternatives_have_their_own_names_where_these_tell_them_apart(alternatives: Any, names: list[str]) -> None:
    found = compare(DAY, alternatives, replications=2, metrics=["offered"])
    assert list(found.alternatives) == names
    assert found.table["scenario"].unique().tolist() == names
    assert all(name in repr(found) for name in names)


def test_the_table_has_its_columns_and_a_row_for_each_metric_and_subject(found: sim.Comparison) -> None:
    assert found.table.columns.tolist() == COLUMNS
    assert not found.table.duplicated(["scenario", "metric", "subject"]).any()
    assert found.pairing[COLUMNS[:3]].equals(found.table[COLUMNS[:3]])
    assert "<table" in found._repr_html_()


# --- what is refused, and what is doubted ---


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alternatives": []}, "alternatives: must be at least one scenario"),
        ({"alternatives": {}}, "alternatives: must be at least one scenario"),
        ({"alternatives": {"x": attrs.evolve(DAY, horizon="14h")}}, "x.horizon: must be the baseline's 13h, not 14h"),
        (
            {"alternatives": {"x": attrs.evolve(DAY, start="2026-01-06T00:00:00")}},
            "x.start: must be the baseline's 2026",
        ),
        ({"alternatives": {"x": attrs.evolve(DAY, warm_up="1h")}}, "x.warm_up: must be the baseline's 0s, not 1h"),
        ({"alternatives": {"x": attrs.evolve(DAY, time_zone="Asia/Tokyo")}}, "x.time_zone: must be the baseline's UTC"),
        ({"metrics": ["wait_men"]}, "metric: must be one of .*the nearest is 'wait_mean'"),
        ({"metrics": []}, "metrics: must be at least one"),
        ({"confidence": 0}, "confidence: must be a number above 0"),
        ({"confidence": 1}, "confidence: must be .*below 1"),
        ({"confidence": 95}, "confidence: must be a number above 0"),
        ({"confidence": "high"}, "confidence: must be a number above 0"),
        ({"replications": 0}, "replications: must be a whole number from 1"),
        ({"seed": -1}, "seed: must"),
        ({"engine": "fast"}, "must be one of .*not 'fast'"),
        ({"executor": 0}, "executor: must be an executor"),
    ],
)
def test_what_cannot_be_compared_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim.compare(DAY, **{"alternatives": {"x": MORE}, "replications": 2} | change)


def test_few_pairs_are_doubted_and_say_so() -> None:
    with pytest.warns(ActivitySimWarning, match="difference in wait_mean of day is not reliable: only 4 replications"):
        found = compare(DAY, MORE, replications=4)
    assert len(found.doubts) == 2
    assert all("only 4 replications" in doubt for doubt in found.doubts)


def test_one_pair_shows_nothing() -> None:
    table = compare(DAY, MORE, replications=1).table
    assert table[["difference_low", "difference_high"]].isna().all(axis=None)
    assert set(table["verdict"]) == {NONE}


@pytest.mark.filterwarnings("error::activity_sim.errors.ActivitySimWarning")
def test_enough_pairs_are_not_doubted(found: sim.Comparison) -> None:
    assert sim.compare(DAY, MORE, replications=REPLICATIONS).doubts == ()


# --- what is left behind, and drawn ---


def test_files_are_written_all_or_none(found: sim.Comparison, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_json", fail)
    with pytest.raises(OSError, match="the disk is full"):
        output.write_comparison(found, tmp_path, said(found))
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert output.write_comparison(found, tmp_path, said(found), excel=True) == sorted(output.COMPARISON)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr(output, "_json", fail)
    other = compare(DAY, MORE, replications=2)
    with pytest.raises(OSError, match="the disk is full"):
        output.write_comparison(other, tmp_path, said(other))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def said(comparison: sim.Comparison) -> dict[str, Any]:
    return output.comparison_provenance(comparison, "activity-sim compare a b", [])


def fail(*given: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize(("metric", "scale"), [("service_level", 100), ("wait_mean", 1), ("completed", 1)])
def test_the_plot_draws_the_table(found: sim.Comparison, metric: str, scale: float) -> None:
    ax = plots.comparison(found.table, metric=metric, subject="mail")
    rows = found.table[(found.table["metric"] == metric) & (found.table["subject"] == "mail")]
    assert [label.get_text() for label in ax.get_yticklabels()] == rows["scenario"].tolist()
    for place, (drawn, (_, row)) in enumerate(zip(ax.containers, rows.iterrows(), strict=True)):
        point, _, (bar,) = drawn.lines  # type: ignore[attr-defined]
        assert point.get_xydata() == pytest.approx(np.array([[row["difference"] * scale, place]]))
        ends = row[["difference_low", "difference_high"]].to_numpy(dtype=float) * scale
        assert bar.get_segments()[0][:, 0] == pytest.approx(ends, abs=1e-9)
        assert (to_hex(point.get_markerfacecolor()) == "#ffffff") == (row["verdict"] == NONE)
    assert metric in ax.get_xlabel()
