"""Whatever is in events: there is a log, or one clear error; and one strange event does no harm to the others."""

from __future__ import annotations

import copy
import math
import warnings
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import activity_sim as sim
from tests.conftest import PROVE
from tests.history.compared import bounds
from tests.history.samples import event, move, sid, streamed
from tests.history.test_reading import DAY, simulated, spells

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 2**31, 2**63, 10**30, 0.5, math.nan, math.inf, "", " ", "{}", "[", "NaN", "1e9", "\ud800"]),
    st.text(max_size=5),
    st.integers(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
LOG = simulated()
EVENTS = list(sim.events(LOG))[:120:2]


GONE = "gone"
changes = st.lists(
    st.tuples(st.integers(0, len(EVENTS) - 1), st.booleans(), st.integers(0, 99), st.just(GONE) | junk),
    min_size=1,
    max_size=12,
)


def broken(changed: list[tuple[int, bool, int, Any]], *, as_streamed: bool) -> list[dict[str, Any]]:
    """Return events of which some have junk in some places, or lack them."""
    events = copy.deepcopy([*map(streamed, EVENTS)] if as_streamed else EVENTS)
    for place, inside, which, value in changed:
        part = events[place]
        if inside:
            part = part["data"]["payload"] if as_streamed else part["event_data"]
        name = sorted(part)[which % len(part)] if isinstance(part, dict) and part else ""
        if value != GONE and name and name not in ("data", "event_data"):
            part[name] = value
        elif name not in ("", "data", "event_data", "event_type", "type"):
            del part[name]
    return events


@settings(max_examples=1_000 if PROVE else 100)
@given(changed=changes, as_streamed=st.booleans(), said=st.booleans())
def test_junk_gives_a_log_or_one_clear_error(
    changed: list[tuple[int, bool, int, Any]], as_streamed: bool, said: bool
) -> None:
    keys = {"task_type": "task_type", "worker_group": "worker_group"} if said else {}
    events = broken(changed, as_streamed=as_streamed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sim.ActivitySimWarning)
        try:
            history = sim.read_events(events, **bounds(LOG), **keys)
        except sim.InputError as error:
            assert "\n" not in str(error)
            return
    legend, columns = history.log.legend, history.log.columns["spells"]
    assert history.events == len(events)
    assert (columns["start"] < columns["end"]).all()
    assert columns["end"].max(initial=0) <= legend.horizon
    total = sim.reports.time_by_activity(history.log)["total"].sum()
    assert 0 <= total <= len(legend.workers) * legend.observed / 1e6
    for report in (sim.reports.task_summary, sim.reports.occupancy, sim.reports.time_by_interval):
        report(history.log)
    str(history)


@settings(max_examples=500 if PROVE else 50)
@given(value=junk, name=st.sampled_from(["worker_version", "worker_time_in_previous_activity_ms", "worker_attributes"]))
def test_a_strange_value_of_one_worker_is_nothing_to_the_others(value: Any, name: str) -> None:
    odd = move("Bob", 20, "Break", "Available", 20)
    odd["event_data"][name] = value
    history = sim.read_events([move("Ann", 10, "Break", "Available", 10), odd], **DAY)
    ann = [spell for spell in spells(history) if spell[0] == "Ann"]
    assert ann == [("Ann", "Available", 0, 10, True), ("Ann", "Break", 10, 60, False)]


def test_other_events_are_passed_over() -> None:
    kinds = (
        "workspace.created",
        "workflow.entered",
        "worker.capacity.update",
        "task.transfer-initiated",
        "of tomorrow",
    )
    others = [event(kind, 5, worker_sid=sid("WK", "Ann"), task_sid=sid("WT", "1")) for kind in kinds]
    history = sim.read_events([*others, move("Ann", 10, "Break", "Available", 10)], **DAY)
    assert [spell[0] for spell in spells(history)] == ["Ann", "Ann"]
    assert len(history.log.tasks) == 0
    assert history.events == 6
