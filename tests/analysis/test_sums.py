"""What the reports' sums are made of, against slow and plain calculations."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from activity_sim.analysis import service, spells
from activity_sim.analysis.intervals import Intervals
from activity_sim.analysis.service import interval_sums
from activity_sim.analysis.spells import BLOCK, covered, in_order, spell_sums
from activity_sim.log import SCHEMA, Log
from activity_sim.model.scenario import Scenario
from tests.strategies import scenarios

times = st.integers(0, 40)
stretches = st.lists(st.tuples(st.integers(0, 2), times, times), max_size=12)

FEWER = settings(max_examples=settings().max_examples // 2)


@given(stretches, st.integers(0, 40))
def test_a_moment_that_several_stretches_cover_counts_once(given_: list[tuple[int, int, int]], warm_up: int) -> None:
    legend: Any = SimpleNamespace(workers=("A", "B", "C"), horizon=40, warm_up=warm_up)
    stays = [(worker, min(pair), max(pair)) for worker, *pair in given_]
    worker, start, end = np.array(stays, dtype=np.int64).reshape(-1, 3).T
    expected = [{t for w, a, b in stays if w == one for t in range(max(a, warm_up), b)} for one in range(3)]
    assert covered(legend, *in_order(legend, worker, start, end)).tolist() == [len(moments) for moments in expected]


@given(st.sets(st.integers(1, 10_000), min_size=1, max_size=20), st.integers(0, 20), st.data())
def test_a_moment_falls_into_the_last_interval_that_has_begun(later: set[int], first: int, data: st.DataObject) -> None:
    edges = np.array([first, *sorted(first + edge for edge in later)], dtype=np.int64)
    spans = Intervals(pd.DatetimeIndex(["2026-01-05"] * (len(edges) - 1)), edges)
    near = st.sampled_from(edges.tolist()).flatmap(lambda edge: st.integers(max(edge - 2, 0), edge + 2))
    moments = data.draw(st.lists(near | st.integers(0, int(edges[-1]) + 50)))
    expected = [sum(edge <= moment for edge in edges.tolist()) - 1 for moment in moments]
    found = spans.of(np.array(moments, dtype=np.int64)).tolist()
    assert found == [number if number < len(edges) - 1 else -1 for number in expected]


def long_log(rows: int) -> Log:
    """One worker who changes between two activities every second."""
    scenario = sim.Scenario(horizon=float(rows), interval="1min", warm_up="90s", workers=[sim.Workers("A", count=1)])
    start = np.arange(rows, dtype=np.int64) * 1_000_000
    columns = {"worker": start * 0, "activity": np.arange(rows) % 2, "start": start, "end": start + 1_000_000}
    nothing = {table: dict.fromkeys(schema, ()) for table, schema in SCHEMA.items()}
    spells = {**columns, "finished": start >= 0}
    return Log.of(sim.simulate(scenario).legend, 0, {**nothing, "spells": spells})


@pytest.mark.parametrize("compiled", [False, True])
def test_spells_are_summed_block_by_block(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    monkeypatch.setattr(spells, "is_open", lambda: compiled)
    rows = 2 * BLOCK + 120
    sums, each = spell_sums(long_log(rows)), (rows - 90) // 2
    assert sums["total"][0, :2].tolist() == [each * 1_000_000] * 2
    assert sums["spells"][0, :2].tolist() == [each] * 2
    assert (sums["split"][1:-1, :2] == 30_000_000).all()
    assert sums["split"].sum(axis=0).tolist() == sums["total"][0].tolist()


def test_reports_share_what_is_derived_from_a_log_and_nothing_between_logs() -> None:
    log, other = long_log(200), long_log(200)
    assert spell_sums(log) is spell_sums(log)
    assert spell_sums(log) is not spell_sums(other)
    assert interval_sums(log) is interval_sums(log)
    assert interval_sums(log) is not interval_sums(other)


def reduced(log: Log, *, compiled: bool) -> dict[str, Any]:
    """Return what reports make of *log*, by numpy or by compiled code."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (spells, service):
            patch.setattr(module, "is_open", lambda: compiled)
        fresh = attrs.evolve(log)
        return {name: report.reduce(fresh) for name, report in sim.reports.REPORTS.items()}


def assert_same_either_way(log: Log) -> None:
    by_numpy, by_numba = reduced(log, compiled=False), reduced(log, compiled=True)
    for report, sums in by_numpy.items():
        assert list(sums) == list(by_numba[report])
        for name, sum_ in sums.items():
            other = by_numba[report][name]
            assert sum_.dtype == other.dtype
            assert np.array_equal(sum_, other), (report, name)


@FEWER
@given(scenarios(), st.sampled_from([0, 0, 1, 2.5, 4]))
def test_compiled_code_makes_the_same_sums(scenario: Scenario, warm_up: float) -> None:
    log = sim.simulate(attrs.evolve(scenario, warm_up=warm_up))
    assert_same_either_way(log)


@FEWER
@given(scenarios(), st.sampled_from(list(SCHEMA)), st.integers(0, 99))
def test_compiled_code_makes_the_same_sums_of_shuffled_rows(scenario: Scenario, table: str, seed: int) -> None:
    log = sim.simulate(scenario)
    order = np.random.default_rng(seed).permutation(len(log.columns[table]["replication"]))
    shuffled = {**log.columns, table: {name: column[order] for name, column in log.columns[table].items()}}
    other = Log(log.legend, shuffled, log.replications)
    assert_same_either_way(other)
    open_ = [reduced(one, compiled=compiled)["occupancy"]["open"] for one, compiled in ((log, False), (other, True))]
    assert np.array_equal(*open_)


def test_without_compiled_code_nothing_of_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spells, "_add_by_numba", None)
    monkeypatch.setattr(spells, "_occupied_by_numba", None)
    monkeypatch.setattr(service, "_tallied_by_numba", None)
    log = long_log(200)
    reduced(log, compiled=False)
    with pytest.raises(TypeError):
        reduced(log, compiled=True)
