"""The clock as SimPy tells it, written to be read.

A :class:`Clock` holds the state of one run; every kind of happening is a method that changes it. SimPy keeps the
happenings and applies them by (time, rank, index): rank and index are folded into SimPy's *priority*, so that the
order depends on what happens and never on when it was scheduled. The ranks are those of the model:

1 end of handle or wrap-up time, 2 response to a reservation, 3 agenda, 5 arrival, 6 matching, 7 patience.

A happening that has become void (the caller hung up, the step was moved) is not searched for: it stays in line, and
what it belongs to has meanwhile moved on, which a serial number, a status or an outcome tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import numpy as np
from simpy import Environment, Event

from activity_sim import log
from activity_sim.engines.centre import Centre
from activity_sim.engines.matching import Matching
from activity_sim.engines.worker import Worker
from activity_sim.plan import AT_ONCE, IDLE_ONLY, MOST_OFFERS, Ints, Plan
from activity_sim.units import NEVER

RANK = 1 << 60
WORK, RESPONSE, AGENDA, ARRIVAL, MATCHING, PATIENCE = (rank * RANK for rank in (1, 2, 3, 5, 6, 7))


def run(plan: Plan) -> log.Log:
    """Run *plan* to its horizon and return the log."""
    clock = Clock(plan)
    for process in plan.processes:
        clock.env.process(process(Centre(clock)))
    clock.env.run(until=plan.legend.horizon)
    return clock.write()


class Happening(Event):
    """Something that is to happen to a *subject*: *act* with it when its time has come."""

    _value = None
    _ok = True

    def __init__(self, clock: Clock, act: Callable[[Any], None], subject: Any) -> None:
        self.env = clock.env
        self.callbacks = clock.callbacks  # one list for all: SimPy lets go of it, and changes nothing in it
        self.act = act
        self.subject = subject


class Reservation:
    """A reservation of *worker* for *task*; *ended* is -1 while it is pending."""

    __slots__ = ("created", "ended", "status", "task", "worker")

    def __init__(self, task: int, worker: Worker, created: int) -> None:
        self.task = task
        self.worker = worker
        self.created = created
        self.ended = -1
        self.status = log.PENDING


class Clock:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.env = Environment(initial_time=0)
        self.now = 0
        self.callbacks: list[Callable[[Any], None]] = [self.apply]
        self.horizon = plan.legend.horizon
        self.available = list(plan.legend.available)
        self.read_tasks(plan)
        self.reservations: list[Reservation] = []
        self.workers = [Worker(plan, index) for index in range(len(plan.legend.workers))]
        self.matching = Matching(plan, self.outcome)
        self.matching_is_due = False
        self.in_doubt: list[int] = []
        for worker in self.workers:
            self.advance(worker)
            self.settle(worker)
        self.expect_arrival(0)

    def read_tasks(self, plan: Plan) -> None:
        """Read what the plan says of tasks, and lay out what becomes of them."""
        tasks, lanes = plan.tasks, plan.lanes
        self.arrival = tasks.arrival.tolist()
        self.gives_up = np.where(tasks.patience >= 0, tasks.arrival + tasks.patience, NEVER).tolist()
        self.handle_time, self.wrap_up_time = tasks.handle_time.tolist(), tasks.wrap_up_time.tolist()
        self.wrap_up_activity = tasks.wrap_up_activity.tolist()
        self.lane_of = tasks.lane.tolist()
        self.next_offer = tasks.first_offer[:-1].tolist()
        self.offer_delay, self.offer_status = tasks.offer_delay.tolist(), tasks.offer_status.tolist()
        self.channel = lanes.channel[tasks.lane].tolist() if plan.multi_task else [0] * len(self.arrival)
        self.reservation_activity = lanes.reservation_activity.tolist()
        self.assignment_activity = lanes.assignment_activity.tolist()
        count = len(self.arrival)
        self.outcome = [log.WAITING] * count
        self.latest: list[Reservation | None] = [None] * count
        self.accepted, self.completed = [-1] * count, [-1] * count
        self.patience_is_set = [False] * count

    def schedule(self, delay: int, key: int, act: Callable[[Any], None], subject: Any) -> None:
        """Let *act* happen to *subject* after *delay*, in the order of *key* among all that happens then."""
        self.env.schedule(Happening(self, act, subject), key, delay)  # type: ignore[arg-type]

    def apply(self, happening: Happening) -> None:
        """Let a *happening* happen, now, and the matching that it calls for."""
        self.now = self.env.now  # type: ignore[assignment] # all delays are whole numbers, and so is their sum
        happening.act(happening.subject)
        if self.matching_is_due:
            self.match_in_turn()

    # --- tasks ---

    def expect_arrival(self, task: int) -> None:
        """Schedule the arrival of *task*, if there is such a one."""
        if task < len(self.arrival):
            self.schedule(self.arrival[task] - self.now, ARRIVAL + task, self.arrive, task)

    def arrive(self, task: int) -> None:
        """Let *task* join its lane."""
        self.expect_arrival(task + 1)
        self.matching.wait(task)
        self.in_doubt.append(task)
        self.matching_is_due = True

    def set_patience(self, task: int) -> None:
        """Schedule the end of a task's patience, once."""
        if self.gives_up[task] < self.horizon and not self.patience_is_set[task]:
            self.patience_is_set[task] = True
            self.schedule(self.gives_up[task] - self.now, PATIENCE + task, self.lose_patience, task)

    def match_in_turn(self) -> None:
        """Match at once if nothing else is left at this instant, or else put a matching in line."""
        self.matching_is_due = False
        if self.env.peek() > self.now:
            self.match()
        else:
            self.schedule(0, MATCHING, self.match, None)

    def match(self, _: None = None) -> None:
        """Reserve workers for tasks until nothing can be matched."""
        while pair := self.matching.take():
            self.reserve(*pair)
        self.matching_is_due = False
        for task in self.in_doubt:
            if self.latest[task] is None:
                self.set_patience(task)
        self.in_doubt.clear()

    def reserve(self, task: int, worker: Worker) -> None:
        """Reserve *worker* for *task*."""
        reservation = self.latest[task] = Reservation(task, worker, self.now)
        self.reservations.append(reservation)
        worker.in_hand += 1
        if worker.in_hand == 1 and worker.leave == IDLE_ONLY:
            self.stop_duration(worker)
        worker.room[self.channel[task]] -= 1
        worker.latest = self.now
        worker.task_activity = self.reservation_activity[self.lane_of[task]]
        self.settle(worker)
        delay = self.offer_delay[self.next_offer[task]]
        self.schedule(delay, RESPONSE + task * len(self.workers) + worker.index, self.respond, reservation)
        if self.now + delay > self.gives_up[task]:
            self.set_patience(task)

    def respond(self, reservation: Reservation) -> None:
        """Let a worker accept, reject or miss a *reservation*."""
        if reservation.status != log.PENDING:
            return
        task = reservation.task
        reservation.ended, reservation.status = self.now, self.offer_status[self.next_offer[task]]
        if reservation.status == log.ACCEPTED:
            self.accept(reservation)
        else:
            self.decline(reservation)

    def accept(self, reservation: Reservation) -> None:
        """Begin the handle time of a task; without an activity for it, wrap-up time needs no happening of its own."""
        task, worker = reservation.task, reservation.worker
        handle, wrap_up = self.handle_time[task], self.wrap_up_time[task]
        self.outcome[task], self.accepted[task] = log.IN_PROGRESS, self.now
        worker.task_activity = self.assignment_activity[self.lane_of[task]]
        if wrap_up and self.wrap_up_activity[task] >= 0:
            self.schedule(handle, WORK + task, self.wrap_up, reservation)
        else:
            self.schedule(handle + wrap_up, WORK + task, self.complete, reservation)
        worker.show(self.now)

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
        self.next_offer[task] += 1
        step_waits = self.release(reservation)
        if detour >= 0 and not step_waits:
            self.begin_detour(worker, detour)
        self.settle(worker)
        if self.next_offer[task] - self.plan.tasks.first_offer[task] >= MOST_OFFERS:
            self.leave(task, log.CANCELED)
            return
        self.set_patience(task)
        self.matching.wait(task)
        self.matching_is_due = True

    def lose_patience(self, task: int) -> None:
        """Let *task*, if it is not accepted yet, abandon."""
        if self.outcome[task] == log.WAITING:
            self.take_away(task, log.ABANDONED)

    def take_away(self, task: int, outcome: int) -> None:
        """Let a waiting *task* leave, and free the worker that is reserved for it."""
        self.leave(task, outcome)
        reservation = self.latest[task]
        if reservation is not None and reservation.status == log.PENDING:
            reservation.ended, reservation.status = self.now, log.RES_CANCELED
            self.release(reservation)
            self.settle(reservation.worker)

    def leave(self, task: int, outcome: int) -> None:
        """Note how and when *task* ends."""
        self.outcome[task], self.completed[task] = outcome, self.now

    # --- workers ---

    def release(self, reservation: Reservation) -> bool:
        """Take a task out of the hands of its worker; return whether a waiting step has started by that."""
        worker = reservation.worker
        worker.in_hand -= 1
        worker.room[self.channel[reservation.task]] += 1
        worker.last_end = self.now
        worker.task_activity = -1
        if worker.in_hand:
            return False
        if worker.draining:
            self.advance(worker)
            return True
        if worker.leave == IDLE_ONLY:
            self.set_alarm(worker)
        return False

    def begin_detour(self, worker: Worker, activity: int) -> None:
        """Send *worker* to *activity* until it has recovered or a step starts."""
        worker.detour = activity
        worker.detour_serial += 1
        if worker.recovery >= 0:
            subject = (worker, worker.detour_serial)
            self.schedule(worker.recovery, AGENDA + 2 * worker.index, self.recover, subject)

    def recover(self, subject: tuple[Worker, int]) -> None:
        """End a detour."""
        worker, serial = subject
        if serial == worker.detour_serial:
            worker.detour = -1
            self.settle(worker)

    def fall_due(self, subject: tuple[Worker, int]) -> None:
        """Let the current step of a worker end."""
        worker, serial = subject
        if serial == worker.serial:
            self.advance(worker)
            self.settle(worker)

    def advance(self, worker: Worker) -> None:
        """Start the next step whose deadline has not passed, or let it wait until nothing is in hand."""
        step = worker.step + 1
        while step < worker.last and worker.deadlines[step] <= self.now:
            step += 1
        leaves = not self.available[worker.activities[step]] and worker.leave != AT_ONCE
        if worker.in_hand and leaves:
            worker.draining = True
        else:
            self.start(worker, step)

    def start(self, worker: Worker, step: int) -> None:
        """Start *step*; it ends a detour and any waiting."""
        worker.step, worker.draining = step, False
        worker.detour = -1
        worker.detour_serial += 1
        worker.agenda_activity = worker.activities[step]
        worker.left = worker.durations[step]
        self.set_alarm(worker)

    def set_alarm(self, worker: Worker) -> None:
        """Schedule the end of the current step: the earlier of what is left of it and its deadline."""
        worker.serial += 1
        if worker.step == worker.last:
            return
        delay = worker.deadlines[worker.step] - self.now
        if not (worker.in_hand and worker.leave == IDLE_ONLY):
            worker.resumed = self.now
            delay = min(delay, worker.left)
        if self.now + delay < self.horizon:
            self.schedule(delay, AGENDA + 2 * worker.index + 1, self.fall_due, (worker, worker.serial))

    def stop_duration(self, worker: Worker) -> None:
        """Stop the clock of the current step's duration as a task comes into hand; its deadline stays."""
        worker.left -= self.now - worker.resumed
        self.set_alarm(worker)

    def settle(self, worker: Worker) -> None:
        """Show what has become of *worker*, and offer it to tasks."""
        worker.show(self.now)
        worker.stamp += 1
        if self.available[worker.activity] and not worker.draining and self.matching.offer(worker):
            self.matching_is_due = True

    # --- the log ---

    def write(self) -> log.Log:
        """Cut what is still going on at the horizon, and return the log."""
        columns = {"spells": self.spell_columns(), "tasks": self.task_columns()}
        columns["reservations"] = self.reservation_columns()
        return log.Log.of(self.plan.legend, self.plan.replication, columns)

    def spell_columns(self) -> dict[str, Any]:
        """Return the columns of the spells: from each change of a worker's activity to its next, or the horizon."""
        worker = np.repeat(np.arange(len(self.workers)), _column(len(worker.changes) // 2 for worker in self.workers))
        changes = _column(chain.from_iterable(worker.changes for worker in self.workers))
        activity, start = changes.reshape(-1, 2).T
        finished = np.append(worker[1:] == worker[:-1], False)
        end = np.where(finished, np.append(start[1:], 0), self.horizon)
        columns = {"worker": worker, "activity": activity, "start": start, "end": end, "finished": finished}
        kept = start < end
        return {name: column[kept] for name, column in columns.items()}

    def task_columns(self) -> dict[str, Any]:
        """Return the columns of the tasks."""
        tasks, accepted = self.plan.tasks, np.array(self.accepted, dtype=np.int64)
        handled = accepted + tasks.handle_time
        return {
            "task": np.arange(len(tasks.arrival)),
            "task_type": tasks.task_type,
            "task_queue": self.plan.lanes.task_queue[tasks.lane],
            "worker": [-1 if last is None else last.worker.index for last in self.latest],
            "arrival": tasks.arrival,
            "reserved": [-1 if last is None else last.created for last in self.latest],
            "accepted": accepted,
            "handled": np.where((accepted >= 0) & (handled < self.horizon), handled, -1),
            "completed": self.completed,
            "outcome": self.outcome,
        }

    def reservation_columns(self) -> dict[str, Any]:
        """Return the columns of the reservations."""
        columns = {
            "task": _column(made.task for made in self.reservations),
            "worker": _column(made.worker.index for made in self.reservations),
            "created": _column(made.created for made in self.reservations),
            "ended": _column(made.ended for made in self.reservations),
            "status": _column(made.status for made in self.reservations),
        }
        order = np.lexsort((columns["worker"], columns["task"], columns["created"]))
        return {name: column[order] for name, column in columns.items()}


def _column(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
