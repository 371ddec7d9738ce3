"""Runs whose logs were worked out by hand, rule by rule: for both clocks, and for the interpreter of the rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from activity_sim.engines import compiled, reference
from activity_sim.log import ABANDONED, CANCELED, Log
from activity_sim.log import ACCEPTED as YES
from activity_sim.log import REJECTED as NO
from activity_sim.log import TIMEOUT as LATE
from activity_sim.plan import ADD, AT_ONCE, CONSTANT, EQUAL, IDLE_ONLY, IN_ACTIVITY, Plan
from activity_sim.units import NEVER
from tests.engines.plans import (
    AVAILABLE,
    BREAK,
    EXTRA,
    MIRROR,
    OFFLINE,
    WRAP_UP,
    Skip,
    Target,
    Task,
    Worker,
    plan,
    queues,
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
    waiting = [Task(0), Task(1), Task(2, route=1), Task(3, route=1)]
    log = engine(plan(200, [Worker()], waiting, lifo=(False, True), lifo_first=lifo_first))
    assert [row[0] for row in reservations(log)] == order


def test_a_task_that_nobody_may_take_does_not_block_those_behind(engine: Engine) -> None:
    waiting = [Task(0, priority=9), Task(1, route=1)]
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
    given = [Task(0), Task(0), Task(0, route=1), Task(0, route=1), Task(0, route=1)]
    team = [Worker(capacity=(1, 1)), Worker(capacity=(1, 1))]
    log = engine(plan(200, team, given, multi=True, lifo=(False, False), channel=[0, 1]))
    assert [row[:3] for row in reservations(log)] == [(0, 0, 0), (1, 1, 0), (2, 0, 0), (3, 1, 0), (4, 0, 10)]


def test_at_time_0_steps_are_passed_over_and_may_have_no_length(engine: Engine) -> None:
    steps = ((BREAK, 5, 0), (AVAILABLE, 0, NEVER), (BREAK, 5, NEVER), ALWAYS)
    assert spells(engine(plan(50, [Worker(steps)]))) == [("Break", 0, 5), ("Available", 5, 50)]


def test_a_stay_of_no_length_leaves_no_spell_but_divides_what_it_interrupts(engine: Engine) -> None:
    steps = ((AVAILABLE, 5, NEVER), (BREAK, 0, NEVER), ALWAYS)
    assert spells(engine(plan(50, [Worker(steps)]))) == [("Available", 0, 5), ("Available", 5, 50)]


# --- several reservations at once ---


def test_of_two_reservations_the_first_to_accept_gets_the_task(engine: Engine) -> None:
    log = engine(plan(100, [Worker(), Worker()], [Task(10, offers=((5, YES), (3, YES)))], max_reserved=(2,)))
    assert reservations(log) == [(0, 0, 10, 13, "rescinded"), (0, 1, 10, 13, "accepted")]
    assert tasks(log) == [(1, 10, 13, 23, 23, "completed")]
    assert spells(log) == [("Available", 0, 10), ("Reserved", 10, 13), ("Available", 13, 100)]


def test_of_two_who_would_accept_at_once_the_lower_number_does(engine: Engine) -> None:
    team = [Worker(skill_set=0), Worker(skill_set=1), Worker(skill_set=0)]
    given = [Task(10, offers=((3, YES), (3, YES)))]
    log = engine(plan(100, team, given, max_reserved=(2,), order=[[1, 0]]))
    assert reservations(log) == [(0, 0, 10, 13, "accepted"), (0, 1, 10, 13, "rescinded")]


def test_the_better_worker_takes_the_earlier_offer(engine: Engine) -> None:
    team = [Worker(), Worker(skill_set=1)]
    given = [Task(10, offers=((7, YES), (3, YES)))]
    log = engine(plan(100, team, given, max_reserved=(2,), order=[[1, 0]]))
    assert reservations(log) == [(0, 0, 10, 13, "accepted"), (0, 1, 10, 13, "rescinded")]


def test_a_task_waits_again_when_all_its_reservations_have_ended(engine: Engine) -> None:
    offers = ((3, NO), (7, NO), (0, YES), (9, YES))
    log = engine(plan(100, [Worker(), Worker()], [Task(10, offers=offers)], max_reserved=(2,)))
    assert reservations(log) == [
        (0, 0, 10, 13, "rejected"),
        (0, 1, 10, 17, "rejected"),
        (0, 0, 17, 17, "accepted"),
        (0, 1, 17, 17, "rescinded"),
    ]


def test_a_rescinded_reservation_is_no_detour_and_lets_a_waiting_step_start(engine: Engine) -> None:
    team = [Worker(), Worker(((AVAILABLE, NEVER, 12), (BREAK, 20, NEVER), ALWAYS), reject=OFFLINE)]
    log = engine(plan(100, team, [Task(10, offers=((5, YES), (9, NO)))], max_reserved=(2,)))
    assert spells(log, 1)[1:] == [("Reserved", 10, 15), ("Break", 15, 35), ("Available", 35, 100)]


def test_a_rescinded_reservation_counts_in_the_order_of_workers(engine: Engine) -> None:
    given = [Task(0, 1, offers=((1, YES), (5, YES))), Task(3, route=1), Task(3, route=1), Task(3, route=1)]
    log = engine(plan(100, [Worker(), Worker(), Worker()], given, lifo=(False, False), max_reserved=(2, 1)))
    assert [row[:3] for row in reservations(log)[2:]] == [(1, 2, 3), (2, 1, 3), (3, 0, 3)]


def test_who_leaves_cancels_all_its_reservations(engine: Engine) -> None:
    given = [Task(10, patience=4, offers=((6, YES), (2, NO), (9, YES)))]
    log = engine(plan(100, [Worker(), Worker(), Worker()], given, max_reserved=(3,)))
    assert reservations(log) == [(0, 0, 10, 14, "canceled"), (0, 1, 10, 12, "rejected"), (0, 2, 10, 14, "canceled")]
    assert tasks(log) == [(2, 10, -1, -1, 14, "abandoned")]


def test_the_thousandth_reservation_in_vain_cancels_what_is_pending(engine: Engine) -> None:
    team = [Worker(), Worker(((OFFLINE, NEVER, 7), ALWAYS))]
    given = [Task(5, offers=((2, NO), *((0, NO),) * 999, (5, YES)))]
    log = engine(plan(100, team, given, max_reserved=(2,)))
    assert tasks(log) == [(1, 7, -1, -1, 7, "canceled")]
    assert [row[1:] for row in reservations(log)].count((1, 7, 7, "canceled")) == 1
    assert len(reservations(log)) == 1_001


# --- targets, and the task's own timeout ---


def test_a_target_that_ends_is_followed_by_the_next(engine: Engine) -> None:
    routes = [[Target(0, until=10), Target(1, until=20)]]
    two = plan(100, [Worker()], [Task(5)], lifo=(False, False), accepts=[[0], [1]], routes=routes)
    assert (tasks(engine(two)), queues(engine(two))) == ([(0, 15, 15, 25, 25, "completed")], [1])
    none = plan(100, [Worker()], [Task(5)], lifo=(False, False), accepts=[[0], [0]], routes=routes)
    assert (tasks(engine(none)), queues(engine(none))) == ([(-1, -1, -1, -1, 25, "canceled")], [1])


THREE = [[Target(0, until=10), Target(1, until=20), Target(2)]]


def test_a_target_that_ends_under_a_reservation_is_left_when_that_ends(engine: Engine) -> None:
    given = [Task(0, offers=((25, NO), (3, YES)))]
    log = engine(plan(100, [Worker()], given, lifo=(False,) * 3, routes=THREE))
    assert reservations(log) == [(0, 0, 0, 25, "rejected"), (0, 0, 25, 28, "accepted")]
    assert queues(log) == [2]


@pytest.mark.parametrize("delay", [10, 12])
def test_a_target_that_ends_under_an_accepted_reservation_changes_nothing(engine: Engine, delay: int) -> None:
    log = engine(plan(100, [Worker()], [Task(0, offers=((delay, YES),))], lifo=(False,) * 3, routes=THREE))
    assert (tasks(log)[0][2], queues(log)) == (delay, [0])


def test_the_last_of_several_reservations_applies_the_end_of_a_target(engine: Engine) -> None:
    given = [Task(0, offers=((15, NO), (12, NO), (0, YES), (0, YES)))]
    two = [Target(0, until=10), Target(1)]
    log = engine(plan(100, [Worker(), Worker()], given, lifo=(False,) * 2, max_reserved=(2, 1), routes=[two]))
    assert [row[1:] for row in reservations(log)[2:]] == [(1, 15, 15, "accepted")]
    assert queues(log) == [1]


def test_what_waits_behind_its_last_target_is_canceled_when_its_reservation_ends(engine: Engine) -> None:
    given = [Task(0, offers=((25, NO), (3, YES)))]
    log = engine(plan(100, [Worker()], given, routes=[[Target(0, until=10)]]))
    assert tasks(log) == [(0, 0, -1, -1, 25, "canceled")]


def test_a_priority_of_a_target_stays(engine: Engine) -> None:
    routes = [[Target(0, until=10, priority=5), Target(0)], [Target(0)]]
    given = [Task(0, 50), Task(1, priority=4, route=1), Task(2)]
    log = engine(plan(100, [Worker()], given, routes=routes))
    assert [row[0] for row in reservations(log)] == [0, 2, 1]


def test_a_timeout_of_its_own_cancels_a_task_and_its_reservation(engine: Engine) -> None:
    log = engine(plan(100, [Worker()], [Task(5, timeout=10, offers=((20, YES),))]))
    assert (tasks(log), reservations(log)) == ([(0, 5, -1, -1, 15, "canceled")], [(0, 0, 5, 15, "canceled")])
    assert tasks(engine(plan(100, [Worker()], [Task(5, 30, timeout=10)])))[0][-1] == "completed"


@pytest.mark.parametrize(
    ("waits", "outcome"), [({"timeout": 10}, "canceled"), ({"patience": 10}, "completed"), ({}, "completed")]
)
def test_a_timeout_comes_before_matching_and_patience_behind(
    engine: Engine, waits: dict[str, Any], outcome: str
) -> None:
    assert tasks(engine(plan(100, [Worker()], [Task(0, 15), Task(5, **waits)])))[1][-1] == outcome


def test_a_timeout_of_its_own_comes_behind_that_of_a_target(engine: Engine) -> None:
    routes = [[Target(0, until=10), Target(1)]]
    log = engine(plan(100, [Worker()], [Task(0, 50), Task(5, timeout=10)], lifo=(False, False), routes=routes))
    assert (tasks(log)[1][-2:], queues(log)) == ((15, "canceled"), [0, 1])


# --- skipping, and the default ---

ALL = Skip([(CONSTANT, 1)])
NOBODY = Skip([(IN_ACTIVITY, AVAILABLE), (IN_ACTIVITY, EXTRA), (ADD, 0), (CONSTANT, 0), (EQUAL, 0)], (True, False))
SPECIALIST, GENERALIST = Worker(capacity=(1,)), Worker(skill_set=1, capacity=(1,))
PAIR = [[Target(0, skip=0), Target(1)]]


@pytest.mark.parametrize(("multi", "second"), [(False, (1, 1, 3)), (True, (1, 0, 10))])
def test_a_target_is_skipped_where_nobody_is_available(engine: Engine, multi: bool, second: tuple[int, ...]) -> None:
    lanes: dict[str, Any] = {"lifo": (False, False), "accepts": [[1, 0], [0, 1]], "routes": PAIR, "multi": multi}
    log = engine(plan(100, [SPECIALIST, GENERALIST], [Task(0), Task(3)], skips=[NOBODY], **lanes))
    assert reservations(log)[1][:3] == second


def test_a_target_is_skipped_by_those_whom_the_first_matching_leaves_waiting(engine: Engine) -> None:
    log = engine(
        plan(100, [Worker(), Worker()], [Task(0), Task(0), Task(0)], lifo=(False,) * 2, routes=PAIR, skips=[ALL])
    )
    assert queues(log) == [0, 0, 1]


def test_a_condition_is_asked_once(engine: Engine) -> None:
    team = [Worker(((AVAILABLE, NEVER, 5), (BREAK, NEVER, NEVER))), GENERALIST]
    lanes: dict[str, Any] = {"lifo": (False, False), "accepts": [[0, 0], [0, 1]]}
    log = engine(plan(100, team, [Task(0), Task(9)], routes=PAIR, skips=[NOBODY], **lanes))
    assert ([row[-1] for row in tasks(log)], queues(log)) == (["waiting", "completed"], [0, 1])


def test_who_was_reserved_at_once_is_not_asked_later(engine: Engine) -> None:
    log = engine(
        plan(100, [Worker()], [Task(0, offers=((4, NO), (0, YES)))], lifo=(False,) * 2, routes=PAIR, skips=[ALL])
    )
    assert queues(log) == [0]


def test_all_are_asked_before_any_goes_on(engine: Engine) -> None:
    one = Skip([(IN_ACTIVITY, AVAILABLE), (CONSTANT, 1), (EQUAL, 0)])
    lanes: dict[str, Any] = {"lifo": (False, False), "accepts": [[0], [1]], "skips": [one]}
    log = engine(plan(100, [Worker()], [Task(0), Task(0)], routes=PAIR, **lanes))
    assert (queues(log), [row[1] for row in tasks(log)]) == ([1, 1], [0, 10])


def test_who_has_skipped_all_goes_to_the_default_filter(engine: Engine) -> None:
    lanes: dict[str, Any] = {"lifo": (False, False), "accepts": [[0], [1]], "skips": [ALL]}
    routes = [[Target(0, skip=0), Target(0, 10, skip=0), Target(1, is_default=True)], [Target(0, skip=0)]]
    log = engine(plan(100, [Worker()], [Task(5), Task(6, route=1)], routes=routes, **lanes))
    assert (queues(log), [row[-2:] for row in tasks(log)]) == ([1, 0], [(15, "completed"), (6, "canceled")])


@pytest.mark.parametrize("second", [Target(0, until=20), Target(0, skip=0)])
def test_who_has_waited_for_a_timeout_does_not_come_to_the_default_filter(engine: Engine, second: Target) -> None:
    routes = [[Target(0, until=10), second, Target(1, is_default=True)]]
    lanes: dict[str, Any] = {"lifo": (False, False), "accepts": [[0], [1]], "skips": [ALL]}
    log = engine(plan(100, [Worker()], [Task(5)], routes=routes, **lanes))
    assert (queues(log), tasks(log)[0][-2:]) == ([0], (15 if second.skip == 0 else 25, "canceled"))


def test_a_task_without_any_target_is_canceled(engine: Engine) -> None:
    log = engine(plan(100, [Worker()], [Task(5)], routes=[[]]))
    assert (tasks(log), queues(log)) == ([(-1, -1, -1, -1, 5, "canceled")], [-1])


def test_a_task_goes_through_four_targets(engine: Engine) -> None:
    four = [Target(0, 10), Target(1, 20), Target(2, 30, skip=0), Target(3, priority=5)]
    given = [Task(0, 40, route=1), Task(2, priority=4, route=1), Task(5), Task(6)]
    lanes: dict[str, Any] = {"lifo": (False,) * 4, "accepts": [[0], [0], [0], [1]], "skips": [ALL]}
    log = engine(plan(100, [Worker()], given, routes=[four, [Target(3)]], **lanes))
    assert (queues(log), [row[1] for row in tasks(log)]) == ([3, 3, 3, 3], [0, 60, 40, 50])
    early = engine(plan(100, [Worker()], given[2:3], routes=[four], **lanes))
    assert tasks(early) == [(0, 25, 25, 35, 35, "completed")]


# --- the order of workers ---


def test_the_order_of_a_target_comes_before_idleness(engine: Engine) -> None:
    team = [Worker(capacity=(3,)), Worker(capacity=(3,), skill_set=1)]
    log = engine(plan(100, team, [Task(0), Task(1), Task(2), Task(3)], multi=True, order=[[1, 0]]))
    assert [row[1] for row in reservations(log)] == [1, 1, 1, 0]


@pytest.mark.parametrize(("optimised", "second"), [((False, True), 1), ((False, False), 0)])
def test_on_an_optimised_channel_only_its_own_tasks_count(
    engine: Engine, optimised: tuple[bool, ...], second: int
) -> None:
    team = [Worker(capacity=(1, 2)), Worker(capacity=(1, 2))]
    given = [Task(0, 5, route=1), Task(1, 10), Task(20, route=1)]
    log = engine(plan(100, team, given, lifo=(False,) * 2, channel=[0, 1], multi=True, optimised=optimised))
    assert [row[1] for row in reservations(log)] == [0, 1, second]


@pytest.mark.parametrize(("optimised", "order"), [((False, True), [0, 0, 1]), ((False, False), [0, 1, 1])])
def test_on_an_optimised_channel_work_on_others_is_idleness(
    engine: Engine, optimised: tuple[bool, ...], order: list[int]
) -> None:
    team = [Worker(capacity=(1, 2)), Worker(capacity=(1, 2))]
    given = [Task(0, 50), Task(1, 5, route=1), Task(9, route=1)]
    log = engine(plan(100, team, given, lifo=(False,) * 2, channel=[0, 1], multi=True, optimised=optimised))
    assert [row[1] for row in reservations(log)] == order


# --- pace ---


def test_work_slows_down_beside_other_work_and_its_end_is_rounded_up(engine: Engine) -> None:
    team = [Worker(capacity=(2,), pace=0)]
    log = engine(plan(100, team, [Task(0, 10), Task(4, 10)], multi=True, paces=[[1_000, 700]]))
    # 6,000 are left at 4, and 8 4/7 at the pace of two; at 13 the second has 10,000 - 9 x 700 = 3,700.
    assert tasks(log) == [(0, 0, 0, 13, 13, "completed"), (0, 4, 4, 17, 17, "completed")]


def test_a_pending_reservation_slows_work_down_and_so_does_wrap_up(engine: Engine) -> None:
    team = [Worker(capacity=(2,), pace=1)]
    given = [Task(0, 10, 10), Task(4, 10, offers=((5, YES),))]
    log = engine(plan(100, team, given, multi=True, paces=[[2_000, 2_000], [1_000, 700]]))
    # The first: 13, then 10,000 of wrap-up. The second: accepted at 9, 10,000 / 700 = 14 2/7, until 24. There the first
    # has 10,000 - 11 x 700 = 2,300 left.
    assert tasks(log) == [(0, 0, 0, 13, 27, "completed"), (0, 4, 9, 24, 24, "completed")]


def test_the_last_rate_holds_for_more_tasks_and_for_single_tasking_the_first(engine: Engine) -> None:
    three = plan(100, [Worker(capacity=(3,), pace=0)], [Task(0)] * 3, multi=True, paces=[[1_000, 500]])
    assert [row[3] for row in tasks(engine(three))] == [20, 20, 20]
    alone = plan(100, [Worker(pace=0)], [Task(0, 10, 3)], paces=[[1_500, 500]])
    assert tasks(engine(alone)) == [(0, 0, 0, 7, 9, "completed")]


# --- what follows a task ---


def test_a_callback_keeps_its_place(engine: Engine) -> None:
    first = Task(1, patience=10, gives_up_as=CANCELED, next=3)
    log = engine(plan(200, [Worker()], [Task(0, 50), first, Task(2), Task(-1, keeps_turn=True)]))
    assert [row[:3] for row in reservations(log)] == [(0, 0, 0), (3, 0, 50), (2, 0, 60)]
    assert tasks(log)[1] == (-1, -1, -1, -1, 11, "canceled")
    assert log.columns["tasks"]["arrival"].tolist() == [0, 1, 2, 11]


def test_the_newest_is_not_the_callback(engine: Engine) -> None:
    first = Task(1, patience=10, gives_up_as=CANCELED, next=3)
    log = engine(plan(200, [Worker()], [Task(0, 50), first, Task(2), Task(-1, keeps_turn=True)], lifo=(True,)))
    assert [row[0] for row in reservations(log)] == [0, 2, 3]


def test_a_retrial_arrives_later_and_has_the_place_of_its_arrival(engine: Engine) -> None:
    first = Task(1, patience=10, gives_up_as=ABANDONED, next=3, next_delay=5)
    log = engine(plan(200, [Worker()], [Task(0, 50), first, Task(15), Task(-1, patience=60)]))
    assert [row[:3] for row in reservations(log)] == [(0, 0, 0), (2, 0, 50), (3, 0, 60)]
    assert log.columns["tasks"]["arrival"].tolist() == [0, 1, 15, 16]


def test_what_never_comes_is_left_out_and_the_rest_is_numbered_without_it(engine: Engine) -> None:
    given = [
        Task(0, 50, patience=5, next=4, next_delay=1),
        Task(1, patience=10, next=5, next_delay=89),
        Task(1, patience=10, next=6, next_delay=88),
        Task(1, patience=10, next=7, next_delay=1),
        *(Task(-1, patience=3), Task(-1), Task(-1), Task(-1, patience=9, next=8, next_delay=30), Task(-1)),
    ]
    log = engine(plan(100, [Worker()], given))
    assert log.columns["tasks"]["task"].tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert log.columns["tasks"]["arrival"].tolist() == [0, 1, 1, 1, 99, 12, 51]
    assert [row[:3] for row in reservations(log)] == [(0, 0, 0), (6, 0, 51), (4, 0, 99)]


def test_who_follows_at_once_comes_before_the_next_departure(engine: Engine) -> None:
    given = [
        Task(1, patience=9, offers=((20, YES),), gives_up_as=CANCELED, next=2),
        Task(1, patience=9),
        Task(-1, keeps_turn=True),
    ]
    log = engine(plan(200, [Worker()], given))
    assert [row[-1] for row in tasks(log)] == ["canceled", "abandoned", "completed"]


# --- mirrored work ---


def test_work_in_hand_is_mirrored_and_a_pending_reservation_is_not(engine: Engine) -> None:
    given = [Task(10, 20, 5, offers=((4, YES),)), Task(20, 8, 30)]
    log = engine(plan(100, [Worker(capacity=(2,))], given, multi=True, mirror=MIRROR))
    assert spells(log) == [("Available", 0, 14), ("On a Task", 14, 34), ("Wrapping Up", 34, 58), ("Available", 58, 100)]


def test_work_is_mirrored_without_acd_while_a_worker_waits_to_leave(engine: Engine) -> None:
    log = engine(plan(100, [Worker(BREAK_AT_10)], [Task(0, 13, 4)], multi=True, mirror=MIRROR))
    assert spells(log) == [
        ("On a Task", 0, 10),
        ("On a Task, No ACD", 10, 13),
        ("Wrapping Up, No ACD", 13, 17),
        ("Break", 17, 37),
        ("Available", 37, 100),
    ]


def test_work_is_mirrored_without_acd_beside_a_break(engine: Engine) -> None:
    given = [Task(0, 50), Task(20)]
    at_once = Worker(BREAK_AT_10, AT_ONCE, capacity=(2,))
    log = engine(plan(100, [at_once], given, multi=True, mirror=MIRROR))
    assert spells(log)[:3] == [("On a Task", 0, 10), ("On a Task, No ACD", 10, 30), ("On a Task", 30, 50)]
    assert [row[2] for row in reservations(log)] == [0, 30]


def test_a_worker_whose_mirror_is_available_gets_nothing_beside_a_break(engine: Engine) -> None:
    given = [Task(0, 50), Task(20)]
    at_once = Worker(BREAK_AT_10, AT_ONCE, capacity=(2,))
    same = (MIRROR[0], MIRROR[0], MIRROR[0], MIRROR[0])
    log = engine(plan(100, [at_once], given, multi=True, mirror=same))
    assert spells(log)[0] == ("On a Task", 0, 50)
    assert [row[2] for row in reservations(log)] == [0, 30]
