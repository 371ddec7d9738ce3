"""Runs whose logs were worked out by hand, rule by rule: for both clocks, and for the interpreter of the rules."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from activity_sim.engines import compiled, reference
from activity_sim.log import ACCEPTED as YES
from activity_sim.log import REJECTED as NO
from activity_sim.log import TIMEOUT as LATE
from activity_sim.log import Log
from activity_sim.plan import AT_ONCE, IDLE_ONLY, Plan
from activity_sim.units import NEVER
from tests.engines.plans import (
    AVAILABLE,
    BREAK,
    EXTRA,
    OFFLINE,
    WRAP_UP,
    Task,
    Worker,
    plan,
    reservations,
    spells,
    tasks,
)
from tests.interpreter import interpret

Engine = Callable[[Plan], Log]
ALWAYS = (AVAILABLE, NEVER, NEVER)


@pytest.fixture(params=[reference.run, compiled.run, interpret], ids=["simpy", "compiled", "interpreter"])
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.param
    return found


def test_one_worker_and_one_task(engine: Engine) -> None:
    task = Task(10, 20, 5, WRAP_UP, offers=((3, YES),))
    log = engine(plan(100, [Worker()], [task]))
    assert spells(log) == [
        ("Available", 0, 10),
        ("Reserved", 10, 13),
        ("Busy", 13, 33),
        ("Wrap Up", 33, 38),
        ("Available", 38, 100),
    ]
    assert tasks(log) == [(0, 10, 13, 33, 38, "completed")]
    assert reservations(log) == [(0, 0, 10, 13, "accepted")]


def test_what_ends_exactly_at_the_horizon_is_cut(engine: Engine) -> None:
    task = Task(10, 20, 5, WRAP_UP, offers=((3, YES),))
    log = engine(plan(38, [Worker()], [task]))
    assert spells(log)[-1] == ("Wrap Up", 33, 38)
    assert log.columns["spells"]["finished"].tolist() == [True, True, True, False]
    assert tasks(log) == [(0, 10, 13, 33, -1, "in_progress")]
    assert tasks(engine(plan(33, [Worker()], [task]))) == [(0, 10, 13, -1, -1, "in_progress")]
    pending = engine(plan(13, [Worker()], [task]))
    assert tasks(pending) == [(0, 10, -1, -1, -1, "waiting")]
    assert reservations(pending) == [(0, 0, 10, -1, "pending")]


def test_no_patience_at_all_is_served_if_someone_is_free_and_answers_at_once(engine: Engine) -> None:
    log = engine(plan(100, [Worker()], [Task(10, patience=0), Task(10, patience=0)]))
    assert tasks(log) == [(0, 10, 10, 20, 20, "completed"), (-1, -1, -1, -1, 10, "abandoned")]
    assert spells(log) == [("Available", 0, 10), ("Busy", 10, 20), ("Available", 20, 100)]


def test_patience_that_ends_while_reserved_cancels_the_reservation(engine: Engine) -> None:
    log = engine(plan(100, [Worker()], [Task(10, patience=4, offers=((9, YES),))]))
    assert tasks(log) == [(0, 10, -1, -1, 14, "abandoned")]
    assert reservations(log) == [(0, 0, 10, 14, "canceled")]
    assert spells(log) == [("Available", 0, 10), ("Reserved", 10, 14), ("Available", 14, 100)]


def test_an_answer_at_the_end_of_patience_comes_first(engine: Engine) -> None:
    assert tasks(engine(plan(100, [Worker()], [Task(10, patience=3, offers=((3, YES),))])))[0][-1] == "completed"


def test_what_a_departure_frees_is_matched_before_the_next_departure(engine: Engine) -> None:
    log = engine(plan(100, [Worker()], [Task(10, patience=5, offers=((9, YES),)), Task(10, patience=5)]))
    assert tasks(log) == [(0, 10, -1, -1, 15, "abandoned"), (0, 15, 15, 25, 25, "completed")]


def test_a_time_out_is_a_detour_until_recovery(engine: Engine) -> None:
    log = engine(plan(500, [Worker(recovery=30)], [Task(0, offers=((120, LATE), (5, YES)))]))
    assert spells(log) == [
        ("Reserved", 0, 120),
        ("Missed", 120, 150),
        ("Reserved", 150, 155),
        ("Busy", 155, 165),
        ("Available", 165, 500),
    ]
    assert reservations(log) == [(0, 0, 0, 120, "timeout"), (0, 0, 150, 155, "accepted")]


def test_without_recovery_a_detour_lasts_until_a_step_starts(engine: Engine) -> None:
    steps = ((AVAILABLE, NEVER, 300), ALWAYS)
    log = engine(plan(500, [Worker(steps)], [Task(0, offers=((120, LATE), (5, YES)))]))
    assert spells(log)[:3] == [("Reserved", 0, 120), ("Missed", 120, 300), ("Reserved", 300, 305)]


def test_a_rejection_without_an_activity_is_no_detour(engine: Engine) -> None:
    log = engine(plan(500, [Worker(), Worker()], [Task(0, offers=((7, NO), (5, YES)))]))
    assert reservations(log) == [(0, 0, 0, 7, "rejected"), (0, 1, 7, 12, "accepted")]
    assert spells(log) == [("Reserved", 0, 7), ("Available", 7, 500)]


def test_a_rejection_with_an_activity_is_a_detour(engine: Engine) -> None:
    log = engine(plan(500, [Worker(reject=OFFLINE, recovery=3)], [Task(0, offers=((7, NO), (5, YES)))]))
    assert spells(log)[:3] == [("Reserved", 0, 7), ("Offline", 7, 10), ("Reserved", 10, 15)]


def test_a_waiting_step_leaves_no_room_for_a_detour(engine: Engine) -> None:
    steps = ((AVAILABLE, 50, NEVER), (BREAK, 20, NEVER), ALWAYS)
    log = engine(plan(500, [Worker(steps)], [Task(40, offers=((60, LATE), (5, YES)))]))
    assert spells(log)[:4] == [("Available", 0, 40), ("Reserved", 40, 100), ("Break", 100, 120), ("Reserved", 120, 125)]


@pytest.mark.parametrize("delay", [0, 1])
def test_the_thousandth_reservation_in_vain_cancels_the_task(engine: Engine, delay: int) -> None:
    log = engine(plan(5_000, [Worker()], [Task(7, offers=((delay, NO),) * 1_000)]))
    assert tasks(log) == [(0, 7 + 999 * delay, -1, -1, 7 + 1_000 * delay, "canceled")]
    assert len(reservations(log)) == 1_000


LUNCH = ((AVAILABLE, NEVER, 50), (BREAK, 20, 90), ALWAYS)


def test_deferred_a_break_that_starts_late_keeps_its_length(engine: Engine) -> None:
    log = engine(plan(200, [Worker(LUNCH)], [Task(40, 20), Task(45, 5)]))
    assert spells(log) == [
        ("Available", 0, 40),
        ("Busy", 40, 60),
        ("Break", 60, 80),
        ("Busy", 80, 85),
        ("Available", 85, 200),
    ]


def test_a_deadline_cuts_a_late_break_or_passes_over_it(engine: Engine) -> None:
    assert spells(engine(plan(200, [Worker(LUNCH)], [Task(40, 45)])))[2] == ("Break", 85, 90)
    passed = spells(engine(plan(200, [Worker(LUNCH)], [Task(40, 50)])))
    assert passed == [("Available", 0, 40), ("Busy", 40, 90), ("Available", 90, 200)]


def test_work_that_ends_as_the_break_falls_due_does_not_defer_it(engine: Engine) -> None:
    assert spells(engine(plan(200, [Worker(LUNCH)], [Task(40, 10)])))[2] == ("Break", 50, 70)


def test_idle_only_work_stops_the_clock_of_a_duration(engine: Engine) -> None:
    steps = ((AVAILABLE, 50, NEVER), (BREAK, 20, NEVER), ALWAYS)
    log = engine(plan(200, [Worker(steps, IDLE_ONLY)], [Task(40, 20)]))
    assert spells(log)[2:4] == [("Available", 60, 70), ("Break", 70, 90)]


def test_idle_only_a_deadline_is_deferred(engine: Engine) -> None:
    steps = ((AVAILABLE, 50, 55), (BREAK, 20, NEVER), ALWAYS)
    log = engine(plan(200, [Worker(steps, IDLE_ONLY)], [Task(40, 20), Task(45, 3)]))
    assert spells(log)[1:3] == [("Busy", 40, 60), ("Break", 60, 80)]


@pytest.mark.parametrize(
    ("leave", "expected"),
    [
        (IDLE_ONLY, [("Extra", 70, 90), ("Break", 90, 95), ("Available", 95, 200)]),
        (0, [("Break", 70, 75), ("Available", 75, 200)]),
    ],
)
def test_an_available_step_starts_under_a_task_when_it_falls_due(
    engine: Engine, leave: int, expected: list[tuple[str, int, int]]
) -> None:
    steps = ((AVAILABLE, NEVER, 50), (EXTRA, 20, NEVER), (BREAK, 5, NEVER), ALWAYS)
    log = engine(plan(200, [Worker(steps, leave)], [Task(40, 30)]))
    assert spells(log)[2:] == expected


def test_lifo_takes_the_newest_and_ignores_priority(engine: Engine) -> None:
    waiting = [Task(0), Task(1, priority=9), Task(2), Task(2)]
    log = engine(plan(200, [Worker()], waiting, lifo=(True,)))
    assert [row[:3] for row in reservations(log)] == [(0, 0, 0), (3, 0, 10), (2, 0, 20), (1, 0, 30)]


def test_fifo_takes_priority_then_age_then_number(engine: Engine) -> None:
    log = engine(plan(200, [Worker()], [Task(0), Task(1), Task(2, priority=1), Task(2, priority=1)]))
    assert [row[:3] for row in reservations(log)] == [(0, 0, 0), (2, 0, 10), (3, 0, 20), (1, 0, 30)]


@pytest.mark.parametrize(("lifo_first", "order"), [(True, [0, 3, 2, 1]), (False, [0, 1, 3, 2])])
def test_the_workspace_says_which_kind_of_queue_goes_first(engine: Engine, lifo_first: bool, order: list[int]) -> None:
    waiting = [Task(0), Task(1), Task(2, lane=1), Task(3, lane=1)]
    log = engine(plan(200, [Worker()], waiting, lifo=(False, True), lifo_first=lifo_first))
    assert [row[0] for row in reservations(log)] == order


def test_a_task_that_nobody_may_take_does_not_block_those_behind(engine: Engine) -> None:
    waiting = [Task(0, priority=9), Task(1, lane=1)]
    log = engine(plan(200, [Worker(skill_set=1)], waiting, lifo=(False, False), accepts=[[1, 0], [1, 1]]))
    assert [row[0] for row in reservations(log)] == [1]


def test_multitasking_takes_as_many_as_there_is_room_for(engine: Engine) -> None:
    log = engine(plan(200, [Worker(capacity=(3,))], [Task(n, 20) for n in range(4)], multi=True))
    assert spells(log) == [("Available", 0, 200)]
    assert [row[2] for row in reservations(log)] == [0, 1, 2, 20]


BREAK_AT_10 = ((AVAILABLE, NEVER, 10), (BREAK, 20, NEVER), ALWAYS)


def test_a_draining_worker_finishes_all_in_hand_and_gets_nothing_new(engine: Engine) -> None:
    given = [Task(0, 15), Task(1, 24), Task(11)]
    log = engine(plan(200, [Worker(BREAK_AT_10, capacity=(3,))], given, multi=True))
    assert spells(log) == [("Available", 0, 25), ("Break", 25, 45), ("Available", 45, 200)]
    assert [row[2] for row in reservations(log)] == [0, 1, 45]


def test_at_once_the_activity_changes_beside_the_work(engine: Engine) -> None:
    given = [Task(0, 15), Task(1, 24, offers=((15, YES),)), Task(11)]
    log = engine(plan(200, [Worker(BREAK_AT_10, AT_ONCE, capacity=(3,))], given, multi=True))
    assert spells(log) == [("Available", 0, 10), ("Break", 10, 30), ("Available", 30, 200)]
    assert tasks(log)[1] == (0, 1, 16, 40, 40, "completed")


def test_a_further_time_out_starts_the_detour_afresh_and_work_does_not_end_it(engine: Engine) -> None:
    given = [Task(0, 30), Task(1, offers=((9, LATE), (0, YES))), Task(1, offers=((19, LATE), (0, YES)))]
    log = engine(plan(200, [Worker(capacity=(3,), recovery=50)], given, multi=True))
    assert spells(log) == [("Available", 0, 10), ("Missed", 10, 70), ("Available", 70, 200)]


def test_a_detour_while_a_step_waits_and_work_is_left(engine: Engine) -> None:
    given = [Task(0, 30), Task(1, offers=((11, LATE), (0, YES)))]
    log = engine(plan(200, [Worker(BREAK_AT_10, capacity=(3,), recovery=5)], given, multi=True))
    assert spells(log)[:4] == [("Available", 0, 12), ("Missed", 12, 17), ("Available", 17, 30), ("Break", 30, 50)]


def test_capacities_of_channels_add_and_idle_workers_come_first(engine: Engine) -> None:
    given = [Task(0), Task(0), Task(0, lane=1), Task(0, lane=1), Task(0, lane=1)]
    team = [Worker(capacity=(1, 1)), Worker(capacity=(1, 1))]
    log = engine(plan(200, team, given, multi=True, lifo=(False, False), channel=[0, 1]))
    assert [row[:3] for row in reservations(log)] == [(0, 0, 0), (1, 1, 0), (2, 0, 0), (3, 1, 0), (4, 0, 10)]


def test_at_time_0_steps_are_passed_over_and_may_have_no_length(engine: Engine) -> None:
    steps = ((BREAK, 5, 0), (AVAILABLE, 0, NEVER), (BREAK, 5, NEVER), ALWAYS)
    assert spells(engine(plan(50, [Worker(steps)]))) == [("Break", 0, 5), ("Available", 5, 50)]


def test_a_stay_of_no_length_leaves_no_spell_but_divides_what_it_interrupts(engine: Engine) -> None:
    steps = ((AVAILABLE, 5, NEVER), (BREAK, 0, NEVER), ALWAYS)
    assert spells(engine(plan(50, [Worker(steps)]))) == [("Available", 0, 5), ("Available", 5, 50)]
