"""The clock as SimPy tells it, written to be read.

A :class:`Clock` holds the state of one run; every kind of happening is a method that changes it. SimPy keeps the
happenings and applies them by (time, rank, index): rank and index are folded into SimPy's *priority*, so that the
order depends on what happens and never on when it was scheduled. The ranks are those of the model:

1 end of handle or wrap-up time, 2 response to a reservation, 3 agenda, 4 end of a target's or a task's time,
5 arrival, 6 matching, 7 patience.

A happening that has become void (the caller hung up, the step was moved) is not searched for: it stays in line, and
what it belongs to has meanwhile moved on, which a serial number, a status or an outcome tells.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import add
from typing import Any

import numpy as np
from simpy import Environment, Event

from activity_sim import log
from activity_sim.engines.centre import Centre
from activity_sim.engines.staff import ARRIVAL, MATCHING, PATIENCE, RESPONSE, TIMEOUT, WORK, Staff
from activity_sim.engines.worker import Reservation, Work, Worker
from activity_sim.engines.writing import written
from activity_sim.plan import MOST_OFFERS, Plan
from activity_sim.units import NEVER


def run(plan: Plan) -> log.Log:
    """Run *plan* to its horizon and return the log."""
    clock = Clock(plan)
    for process in plan.processes:
        clock.env.process(process(Centre(clock)))
    clock.env.run(until=plan.legend.horizon)
    return written(clock)


class Happening(Event):
    """Something that is to happen to a *subject*: *act* with it when its time has come."""

    _value = None
    _ok = True

    def __init__(self, clock: Clock, act: Callable[[Any], None], subject: Any) -> None:
        self.callbacks = clock.callbacks  # one list for all: SimPy lets go of it, and changes nothing in it
        self.act = act
        self.subject = subject


class Clock(Staff):
    """One run of a plan."""

    __slots__ = (
        *("env", "put_in_line", "callbacks", "make", "in_doubt", "to_ask", "reservations", "first_tasks", "turns"),
        *("arrival", "priority", "handle_time", "wrap_up_time", "wrap_up_activity", "patience", "timeout", "gives_up"),
        *("next_offer", "offer_delay", "offer_status", "unaccepted", "limits_are_set", "is_routed"),
        *("outcome", "latest", "batch", "accepted", "handled", "completed"),
        *("target", "beyond", "has_default", "has_waited", "until", "skip", "targets", "lane_of", "turn"),
        *("gives_up_as", "next", "next_delay", "keeps_turn", "assignment_activity"),
    )

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.env = Environment(initial_time=0)
        self.put_in_line = self.env.schedule
        self.callbacks: list[Callable[[Any], None]] = [self.apply]
        self.read_tasks(plan)
        self.read_routes(plan)
        self.read_what_follows(plan)
        self.reservations: list[Reservation] = []
        several = max(self.matching.most, default=1) > 1
        self.make: Callable[[int, Worker], object] = self.reserve_several if several else self.reserve
        self.in_doubt: list[int] = []
        self.to_ask: list[int] = []
        self.begin()
        self.expect_arrival(0)

    def read_tasks(self, plan: Plan) -> None:
        """Read what the plan says of tasks, and lay out what becomes of them."""
        tasks, count = plan.tasks, len(plan.tasks.arrival)
        self.arrival = tasks.arrival.tolist()
        self.patience = np.where(tasks.patience >= 0, tasks.patience, NEVER).tolist()
        self.timeout = np.where(tasks.timeout >= 0, tasks.timeout, NEVER).tolist()
        self.gives_up = list(map(add, self.arrival, map(min, self.patience, self.timeout)))
        self.handle_time, self.wrap_up_time = tasks.handle_time.tolist(), tasks.wrap_up_time.tolist()
        self.wrap_up_activity = tasks.wrap_up_activity.tolist()
        self.priority = tasks.priority.tolist()
        self.next_offer = tasks.first_offer[:-1].tolist()
        self.offer_delay, self.offer_status = tasks.offer_delay.tolist(), tasks.offer_status.tolist()
        self.unaccepted = [0] * count
        self.outcome = [log.WAITING] * count
        self.batch: dict[int, list[Reservation]] = {}
        self.latest: list[Reservation | None] = [None] * count
        self.accepted, self.completed = [-1] * count, [-1] * count
        self.handled: dict[int, int] = {}  # of tasks whose handle time need not take as long as drawn
        self.limits_are_set = [False] * count

    def read_routes(self, plan: Plan) -> None:
        """Read where tasks go."""
        routes, count = plan.routes, len(plan.tasks.arrival)
        self.target: list[int] = routes.first[plan.tasks.route].tolist()
        self.beyond: list[int] = routes.first[plan.tasks.route + 1].tolist()
        self.has_default: list[bool] = routes.has_default[plan.tasks.route].tolist()
        self.until, self.skip = routes.until.tolist(), routes.skip.tolist()
        columns = (routes.lane.tolist(), routes.priority.tolist(), self.skip)
        self.targets: list[tuple[int, int, int]] = list(zip(*columns, strict=True))
        changes = (np.diff(routes.first) != 1, routes.priority >= 0, routes.skip >= 0, plan.tasks.arrival < 0)
        self.is_routed = any(change.any() for change in changes)
        self.lane_of = [-1] * count if self.is_routed else routes.lane[routes.first[plan.tasks.route]].tolist()
        self.turn = list(range(count))
        self.turns = 0
        self.has_waited = [False] * count
        self.assignment_activity = plan.lanes.assignment_activity.tolist()

    def read_what_follows(self, plan: Plan) -> None:
        """Read which tasks come when the patience of others has ended."""
        self.gives_up_as, self.next = plan.tasks.gives_up_as.tolist(), plan.tasks.next.tolist()
        self.next_delay, self.keeps_turn = plan.tasks.next_delay.tolist(), plan.tasks.keeps_turn.tolist()
        self.first_tasks = plan.first_tasks

    def schedule(self, delay: int, key: int, act: Callable[[Any], None], subject: Any) -> None:
        """Let *act* happen to *subject* after *delay*, in the order of *key* among all that happens then."""
        self.put_in_line(Happening(self, act, subject), key, delay)  # type: ignore[arg-type]

    def apply(self, happening: Happening) -> None:
        """Let a *happening* happen, now, and the matching that it calls for."""
        self.now = self.env.now  # type: ignore[assignment] # all delays are whole numbers, and so is their sum
        happening.act(happening.subject)
        if self.matching_is_due:
            self.match_in_turn()

    # --- tasks ---

    def expect_arrival(self, task: int) -> None:
        """Schedule the arrival of *task*, if there is such a one that follows no other."""
        if task < self.first_tasks:
            self.schedule(self.arrival[task] - self.now, ARRIVAL + task, self.arrive, task)

    def arrive(self, task: int) -> None:
        """Let *task* come to its first target."""
        if task < self.first_tasks:
            self.expect_arrival(task + 1)
        if self.is_routed:
            self.enter(task)
        else:
            self.in_doubt.append(task)
            self.matching.join(task, self.lane_of[task])
            self.matching_is_due = True

    def enter(self, task: int) -> None:
        """Let *task* come to the first target of its route, or leave where there is none."""
        if not self.keeps_turn[task]:
            self.turn[task] = self.turns
            self.turns += 1
        if self.target[task] < self.beyond[task]:
            self.come_to(task, self.target[task])
        else:
            self.leave(task, log.CANCELED)

    def come_to(self, task: int, target: int) -> None:
        """Let *task* wait at a *target* of its route."""
        self.target[task] = target
        self.lane_of[task], priority, skip = self.targets[target]
        if priority >= 0:
            self.priority[task] = priority
        if skip >= 0:
            self.to_ask.append(task)
        self.in_doubt.append(task)
        self.wait(task)

    def wait(self, task: int) -> None:
        """Let *task* wait in its lane."""
        self.matching.wait(task, self.lane_of[task], self.priority[task], self.turn[task])
        self.matching_is_due = True

    def is_waiting(self, task: int) -> bool:
        """Return whether *task* waits in a lane."""
        return self.matching.place[task] is not None

    def set_limits(self, task: int) -> None:
        """Schedule the ends of a task's patience and of its time, once, and the end of its time at its target."""
        if not self.limits_are_set[task]:
            self.limits_are_set[task] = True
            self.set_limit(task, self.patience[task], PATIENCE, self.lose_patience)
            self.set_limit(task, self.timeout[task], TIMEOUT, self.run_out)
        self.set_limit(task, self.until[self.target[task]], TIMEOUT, self.run_out)

    def set_limit(self, task: int, age: int, rank: int, act: Callable[[int], None]) -> None:
        """Schedule what is to happen when *task* has a certain *age*."""
        if self.arrival[task] + age < self.horizon:
            self.schedule(self.arrival[task] + age - self.now, rank + task, act, task)

    def run_out(self, task: int) -> None:
        """Let *task*, if not accepted, go on where its time at its target is over, and leave where all of it is."""
        age = self.now - self.arrival[task]
        if self.is_waiting(task) and self.until[self.target[task]] <= age:
            self.go_on(task, skips=False)
        if self.outcome[task] == log.WAITING and self.timeout[task] <= age:
            self.take_away(task, log.CANCELED)

    def go_on(self, task: int, *, skips: bool) -> None:
        """Let *task* go on to the next target that has not ended, or leave; the default is for those who only skip."""
        self.matching.leave(task)
        self.has_waited[task] |= not skips
        target, age = self.target[task] + 1, self.now - self.arrival[task]
        default = self.beyond[task] - self.has_default[task]
        while target < default and self.until[target] <= age:
            target += 1
        if target < default or (target < self.beyond[task] and not self.has_waited[task]):
            self.come_to(task, target)
        else:
            self.leave(task, log.CANCELED)

    def match_in_turn(self) -> None:
        """Match at once if nothing else is left at this instant, or else put a matching in line."""
        self.matching_is_due = False
        if self.env.peek() > self.now:
            self.match()
        else:
            self.schedule(0, MATCHING, self.match, None)

    def match(self, _: None = None) -> None:
        """Reserve workers for tasks until nothing can be matched, and nobody skips a target."""
        while True:
            while pair := self.matching.take():
                self.make(*pair)
            if not (self.to_ask and self.skip_targets()):
                break
        self.matching_is_due = False
        place = self.matching.place
        for task in self.in_doubt:
            if place[task] is not None:
                self.set_limits(task)
        self.in_doubt.clear()

    def reserve_several(self, task: int, best: Worker) -> None:
        """Reserve the *best* worker for *task*, and others with it where its queue wants several."""
        lane = self.lane_of[task]
        if self.matching.most[lane] > 1:
            self.batch[task] = [self.reserve(task, worker) for worker in self.matching.best_workers(lane)]
        else:
            self.reserve(task, best)

    def skip_targets(self) -> bool:
        """Let those tasks go on that have come to a target, wait, and skip it; return whether there was any."""
        asked, self.to_ask = self.to_ask, []
        skipping = [t for t in asked if self.is_waiting(t) and self.skips.hold(self.skip[self.target[t]])]
        for task in sorted(skipping):
            self.go_on(task, skips=True)
        return bool(skipping)

    def reserve(self, task: int, worker: Worker) -> Reservation:
        """Reserve *worker* for *task*."""
        lane, offer = self.lane_of[task], self.next_offer[task]
        self.next_offer[task] = offer + 1
        reservation = self.latest[task] = Reservation(task, worker, self.now, offer, self.channel[lane])
        self.reservations.append(reservation)
        self.take(worker, lane)
        delay = self.offer_delay[offer]
        self.schedule(delay, RESPONSE + task * len(self.workers) + worker.index, self.respond, reservation)
        if self.now + delay > self.gives_up[task]:
            self.set_limits(task)
        return reservation

    def respond(self, reservation: Reservation) -> None:
        """Let a worker accept, reject or miss a *reservation*."""
        if reservation.status != log.PENDING:
            return
        reservation.ended, reservation.status = self.now, self.offer_status[reservation.offer]
        if reservation.status == log.ACCEPTED:
            self.accept(reservation)
        else:
            self.decline(reservation)

    def accept(self, reservation: Reservation) -> None:
        """Begin the work on a task, for which other workers are not needed any more."""
        task, worker = reservation.task, reservation.worker
        self.outcome[task], self.accepted[task] = log.IN_PROGRESS, self.now
        if task in self.batch:
            self.latest[task] = reservation
            self.free(self.batch[task], log.RESCINDED)
        worker.task_activity = self.assignment_activity[self.lane_of[task]]
        if not worker.is_plain:
            self.begin_work(task, worker)
            return
        worker.show(self.now)
        # without an activity for it, wrap-up time needs no happening of its own
        handle, wrap_up = self.handle_time[task], self.wrap_up_time[task]
        if wrap_up and self.wrap_up_activity[task] >= 0:
            self.schedule(handle, WORK + task, self.wrap_up, reservation)
        else:
            self.schedule(handle + wrap_up, WORK + task, self.complete, reservation)

    def wrap_up(self, reservation: Reservation) -> None:
        """Move a worker to the wrap-up activity of its task."""
        task, worker = reservation.task, reservation.worker
        worker.task_activity = self.wrap_up_activity[task]
        worker.show(self.now)
        self.schedule(self.wrap_up_time[task], WORK + task, self.complete, reservation)

    def complete(self, reservation: Reservation) -> None:
        """End the work on a task."""
        self.leave(reservation.task, log.COMPLETED)
        self.release(reservation)
        self.settle(reservation.worker)

    def decline(self, reservation: Reservation) -> None:
        """Send a worker on a detour, and its task back to its lane or, after too many reservations, away."""
        task, worker = reservation.task, reservation.worker
        detour = self.plan.timeout_activity if reservation.status == log.TIMEOUT else worker.reject_activity
        step_waits = self.release(reservation)
        if detour >= 0 and not step_waits:
            self.begin_detour(worker, detour)
        self.settle(worker)
        self.unaccepted[task] += 1
        if self.unaccepted[task] >= MOST_OFFERS:
            self.take_away(task, log.CANCELED)
        elif all(other.status != log.PENDING for other in self.batch.get(task, ())):
            self.batch.pop(task, None)
            self.wait_again(task)

    def wait_again(self, task: int) -> None:
        """Let *task* wait at its target again, or at the one that has become its target meanwhile."""
        if self.until[self.target[task]] <= self.now - self.arrival[task]:
            self.go_on(task, skips=False)
        else:
            self.set_limits(task)
            self.wait(task)

    def lose_patience(self, task: int) -> None:
        """Let *task*, if it is not accepted yet, give up, and what follows it come."""
        if self.outcome[task] != log.WAITING:
            return
        self.take_away(task, self.gives_up_as[task])
        later, delay = self.next[task], self.next_delay[task]
        if later >= 0 and self.now + delay < self.horizon:
            self.arrival[later] = self.now + delay
            self.gives_up[later] = self.arrival[later] + min(self.patience[later], self.timeout[later])
            self.turn[later] = self.turn[task]
            self.schedule(delay, ARRIVAL + later, self.arrive, later)

    def take_away(self, task: int, outcome: int) -> None:
        """Let a *task* that is not accepted leave, and free the workers that are reserved for it."""
        self.leave(task, outcome)
        self.matching.leave(task)
        latest = self.latest[task]
        if latest is not None:
            self.free(self.batch.get(task, [latest]), log.RES_CANCELED)

    def free(self, reservations: list[Reservation], status: int) -> None:
        """End those of *reservations* that are pending."""
        for reservation in reservations:
            if reservation.status == log.PENDING:
                reservation.ended, reservation.status = self.now, status
                self.release(reservation)
                self.settle(reservation.worker)

    def leave(self, task: int, outcome: int) -> None:
        """Note how and when *task* ends."""
        self.outcome[task], self.completed[task] = outcome, self.now

    def begin_work(self, task: int, worker: Worker) -> None:
        """Begin work that is not always as fast, or that shows in stages."""
        work = Work(task, worker)
        self.handled[task] = -1
        worker.works.append(work)
        self.begin_stage(work, self.handle_time[task])
        self.settle(worker)

    def end_stage(self, subject: tuple[Work, int]) -> None:
        """Go on from the handle time to the wrap-up time, or complete the task."""
        work, serial = subject
        task, worker = work.task, work.worker
        if serial != work.serial:
            return
        if not work.wraps_up:
            self.handled[task] = self.now
        if work.wraps_up or not self.wrap_up_time[task]:
            worker.works.remove(work)
            self.complete(self.latest[task])  # type: ignore[arg-type] # which is the one that was accepted
            return
        work.wraps_up = True
        if self.wrap_up_activity[task] >= 0:
            worker.task_activity = self.wrap_up_activity[task]
        self.begin_stage(work, self.wrap_up_time[task])
        self.settle(worker)
