"""Who may take what: asked once of workers in whom a condition sees no difference, and as if asked of each."""

from __future__ import annotations

from typing import Any

import pytest

import activity_sim as sim
from activity_sim.drawing.routes import Staff
from activity_sim.model.expressions import parse
from activity_sim.model.workers import Member

ATTRIBUTES: list[dict[str, Any]] = [
    {"skills": ["a"], "level": 1},
    {"skills": ["a"], "level": True, "team": {"city": "Bonn", "floor": 2}},
    {"skills": ["a", "b"], "level": 2.0, "team": {"floor": 2, "city": "Bonn"}},
    {"level": 2, "team": {"city": "Ulm"}, "sid": "not one"},
    {"team": "Bonn", "friendly_name": "not one"},
    {},
]
EXPRESSIONS = (
    "1==1",
    "'a' IN skills",
    "skills HAS 'b' AND level == 2",
    "level == true OR level > 1",
    "team.city == 'Bonn'",
    "NOT team.floor == 2",
    "team == 'Bonn' OR skills[1] == 'b'",
    "friendly_name == 'Tier 3 002' OR friendly_name == 'Ann'",
    "sid == 'WK1' OR level == 1",
)


def staff() -> Staff:
    """Return workers of groups, and some with names of their own."""
    groups = [sim.Workers(f"Tier {n}", 2, attributes=look) for n, look in enumerate(ATTRIBUTES)]
    members = [Member("Ann", ATTRIBUTES[2], sid="WK1"), Member("Bob", {"level": 7}), Member("Cid", sid="WK2")]
    return Staff(sim.Scenario(horizon="1h", workers=[*groups, sim.Workers("Named", members=members)]))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_condition_holds_for_the_workers_for_whom_it_holds_when_each_is_asked(expression: str) -> None:
    those, condition = staff(), parse(expression)
    asked = [condition(profile) for profile in those.profiles]
    assert those.holds(condition).tolist() == asked
    assert any(asked)


def test_a_condition_is_asked_once_of_workers_who_differ_in_what_it_does_not_see() -> None:
    members = [Member(f"Worker {level}", {"skills": ["a"], "level": level}) for level in range(50)]
    those = Staff(sim.Scenario(horizon="1h", workers=[sim.Workers("All", members=members)]))
    assert those.holds(parse("'a' IN skills")).all()
    assert [len(views) for views, _ in those.views.values()] == [1]
    assert len(those.looks) == 50
