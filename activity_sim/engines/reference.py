"""The clock as SimPy tells it, written to be read.

A :class:`Clock` holds the state of one run; every kind of happening is a method that changes it. SimPy keeps the
happenings and applies them by (time, rank, index): rank and index are folded into SimPy's *priority*, so that the
order depends on what happens and never on when it was scheduled. The ranks are those of the model:

1 end of handle or wrap-up time, 2 response to a reservation, 3 agenda, 5 arrival, 6 matching, 7 patience.

A happening that has become void (the caller hung up, the step was moved) is not searched for: it stays in line, and
what it belongs to has meanwhile moved on, which a serial number or an outcome tells.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from simpy import Environment, Event

from activity_sim import log
from activity_sim.engines.matching import Matching
from activity_sim.engines.worker import Worker
from activity_sim.plan import AT_ONCE, IDLE_ONLY, MOST_OFFERS, Plan

RANK = 1 << 60
WORK, RESPONSE, AGENDA, ARRIVAL, MATCHING, PATIENCE = (rank * RANK for rank in (1, 2, 3, 5, 6, 7))


def run(plan: Plan) -> log.Log:
    """Run *plan* to its horizon and return the log."""
    clock = Clock(plan)
    clock.env.run(until=plan.legend.horizon)
    return clock.write()


class Happening(Event):
    """Something that is to happen to a *subject*: SimPy calls *act* with it when its time has come."""

    subject: Any

    def __init__(self, env: Environment, act: Callable[[Any], None], subject: Any) -> None:
        self.env = env
        self.callbacks = [act]
        self._value = None
        self._ok = True
        self.subject = subject


class Clock:
    """One run of a plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.env = Environment(initial_time=0)
        self.available = list(plan.legend.available)
        self.read_tasks(plan)
        self.read_steps(plan)
        self.spells: tuple[list[int], ...] = ([], [], [], [])
        self.reservations: tuple[list[int], ...] = ([], [], [], [], [])
        self.workers = [Worker(plan, index) for index in range(len(plan.legend.workers))]
        self.matching = Matching(plan, self.workers, self.outcome)
        self.matching_is_due = False
        self.in_doubt: list[int] = []
        for worker in self.workers:
            self.advance(worker)
            worker.activity = worker.agenda_activity
            self.settle(worker)
        self.expect_arrival(0)

    @property
    def now(self) -> int:
        """The current time, in microseconds."""
        return self.env.now  # type: ignore[return-value] # all delays are whole numbers, and so is their sum

    def read_tasks(self, plan: Plan) -> None:
        """Read what the plan says of tasks, and lay out what becomes of them."""
        tasks, lanes = plan.tasks, plan.lanes
        self.arrival, self.patience = tasks.arrival.tolist(), tasks.patience.tolist()
        self.handle_time, self.wrap_up_time = tasks.handle_time.tolist(), tasks.wrap_up_time.tolist()
        self.wrap_up_activity = tasks.wrap_up_activity.tolist()
        self.lane_of = tasks.lane.tolist()
        self.next_offer = tasks.first_offer[:-1].tolist()
        self.offer_delay, self.offer_status = tasks.offer_delay.tolist(), tasks.offer_status.tolist()
        self.channel = lanes.channel.tolist() if plan.multi_task else [0] * len(lanes.channel)
        self.reservation_activity = lanes.reservation_activity.tolist()
        self.assignment_activity = lanes.assignment_activity.tolist()
        count = len(self.arrival)
        self.outcome = [log.WAITING] * count
        self.pending = [-1] * count
        self.last_reservation = [-1] * count
        self.accepted, self.handled, self.completed = [-1] * count, [-1] * count, [-1] * count
        self.patience_is_set = [False] * count

    def read_steps(self, plan: Plan) -> None:
        """Read what the plan says of agendas."""
        agendas = plan.workers.agendas
        self.step_activity = agendas.activity.tolist()
        self.step_duration, self.step_deadline = agendas.duration.tolist(), agendas.deadline.tolist()

    def schedule(self, delay: int, key: int, act: Callable[[Any], None], subject: Any) -> None:
        """Let *act* happen to *subject* after *delay*, in the order of *key* among all that happens then."""
        self.env.schedule(Happening(self.env, act, subject), key, delay)  # type: ignore[arg-type]

    # --- tasks ---

    def expect_arrival(self, task: int) -> None:
        """Schedule the arrival of *task*, if there is such a one."""
        if task < len(self.arrival):
            self.schedule(self.arrival[task] - self.now, ARRIVAL + task, self.arrive, task)

    def arrive(self, event: Happening) -> None:
        """Let a task join its lane."""
        task = event.subject
        self.expect_arrival(task + 1)
        if self.matching.wait(task):
            self.in_doubt.append(task)
            self.expect_matching()
        else:
            self.set_patience(task)

    def set_patience(self, task: int) -> None:
        """Schedule the end of a task's patience, once."""
        if self.patience[task] >= 0 and not self.patience_is_set[task]:
            self.patience_is_set[task] = True
            delay = self.arrival[task] + self.patience[task] - self.now
            self.schedule(delay, PATIENCE + task, self.lose_patience, task)

    def expect_matching(self) -> None:
        """Schedule one matching for this instant."""
        if not self.matching_is_due:
            self.matching_is_due = True
            self.schedule(0, MATCHING, self.match, None)

    def match(self, _: Happening) -> None:
        """Reserve workers for tasks until nothing can be matched."""
        while pair := self.matching.take():
            self.reserve(*pair)
        self.matching_is_due = False
        for task in self.in_doubt:
            if self.pending[task] < 0:
                self.set_patience(task)
        self.in_doubt.clear()

    def reserve(self, task: int, worker: Worker) -> None:
        """Reserve *worker* for *task*."""
        now, lane = self.now, self.lane_of[task]
        number = len(self.reservations[0])
        for column, value in zip(self.reservations, (task, worker.index, now, -1, log.PENDING), strict=True):
            column.append(value)
        self.pending[task] = self.last_reservation[task] = number
        worker.in_hand += 1
        if worker.in_hand == 1 and worker.leave == IDLE_ONLY:
            self.stop_duration(worker)
        worker.room[self.channel[lane]] -= 1
        worker.latest = now
        worker.task_activity = self.reservation_activity[lane]
        self.settle(worker)
        delay = self.offer_delay[self.next_offer[task]]
        self.schedule(delay, RESPONSE + task * len(self.workers) + worker.index, self.respond, number)
        if now + delay > self.arrival[task] + self.patience[task]:
            self.set_patience(task)

    def respond(self, event: Happening) -> None:
        """Let a worker accept, reject or miss a reservation."""
        number = event.subject
        task, worker = self.reservations[0][number], self.workers[self.reservations[1][number]]
        if self.pending[task] != number:
            return
        status = self.offer_status[self.next_offer[task]]
        self.next_offer[task] += 1
        self.end_reservation(task, status)
        if status == log.ACCEPTED:
            self.accept(task, worker)
        else:
            self.decline(task, worker, status)

    def end_reservation(self, task: int, status: int) -> None:
        """Note how and when the pending reservation of *task* ends."""
        number, self.pending[task] = self.pending[task], -1
        self.reservations[3][number] = self.now
        self.reservations[4][number] = status

    def accept(self, task: int, worker: Worker) -> None:
        """Begin the handle time of *task*; without an activity for it, wrap-up time needs no happening of its own."""
        now, handle, wrap_up = self.now, self.handle_time[task], self.wrap_up_time[task]
        self.outcome[task], self.accepted[task] = log.IN_PROGRESS, now
        worker.task_activity = self.assignment_activity[self.lane_of[task]]
        if now + handle < self.plan.legend.horizon:
            self.handled[task] = now + handle
        if wrap_up and self.wrap_up_activity[task] >= 0:
            self.schedule(handle, WORK + task, self.wrap_up, task)
        else:
            self.schedule(handle + wrap_up, WORK + task, self.complete, task)
        if worker.task_activity >= 0:
            self.settle(worker)

    def wrap_up(self, event: Happening) -> None:
        """Move a worker to the wrap-up activity of its task."""
        task = event.subject
        worker = self.holder(task)
        worker.task_activity = self.wrap_up_activity[task]
        self.schedule(self.wrap_up_time[task], WORK + task, self.complete, task)
        self.settle(worker)

    def complete(self, event: Happening) -> None:
        """End the work on a task."""
        task = event.subject
        worker = self.holder(task)
        self.leave(task, log.COMPLETED)
        self.release(task, worker)
        self.settle(worker)

    def decline(self, task: int, worker: Worker, status: int) -> None:
        """Send *worker* on a detour, and *task* back to its lane or, after too many reservations, away."""
        detour = self.plan.timeout_activity if status == log.TIMEOUT else worker.reject_activity
        step_waits = self.release(task, worker)
        if detour >= 0 and not step_waits:
            self.begin_detour(worker, detour)
        self.settle(worker)
        if self.next_offer[task] - self.plan.tasks.first_offer[task] >= MOST_OFFERS:
            self.leave(task, log.CANCELED)
            return
        self.set_patience(task)
        if self.matching.wait(task):
            self.expect_matching()

    def lose_patience(self, event: Happening) -> None:
        """Let a task that is not accepted yet leave, and free the worker that is reserved for it."""
        task = event.subject
        if self.outcome[task] != log.WAITING:
            return
        self.leave(task, log.ABANDONED)
        if self.pending[task] >= 0:
            worker = self.holder(task)
            self.end_reservation(task, log.RES_CANCELED)
            self.release(task, worker)
            self.settle(worker)

    def leave(self, task: int, outcome: int) -> None:
        """Note how and when *task* ends."""
        self.outcome[task], self.completed[task] = outcome, self.now

    def holder(self, task: int) -> Worker:
        """Return the worker of the latest reservation of *task*."""
        return self.workers[self.reservations[1][self.last_reservation[task]]]

    # --- workers ---

    def release(self, task: int, worker: Worker) -> bool:
        """Take *task* out of the hands of *worker*; return whether a waiting step has started by that."""
        worker.in_hand -= 1
        worker.room[self.channel[self.lane_of[task]]] += 1
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

    def recover(self, event: Happening) -> None:
        """End a detour."""
        worker, serial = event.subject
        if serial == worker.detour_serial:
            worker.detour = -1
            self.settle(worker)

    def fall_due(self, event: Happening) -> None:
        """Let the current step of a worker end."""
        worker, serial = event.subject
        if serial == worker.serial:
            self.advance(worker)
            self.settle(worker)

    def advance(self, worker: Worker) -> None:
        """Start the next step whose deadline has not passed, or let it wait until nothing is in hand."""
        step = worker.step + 1
        while step < worker.last and self.step_deadline[step] <= self.now:
            step += 1
        leaves = not self.available[self.step_activity[step]] and worker.leave != AT_ONCE
        if worker.in_hand and leaves:
            worker.draining = True
        else:
            self.start(worker, step)

    def start(self, worker: Worker, step: int) -> None:
        """Start *step*; it ends a detour and any waiting."""
        worker.step, worker.draining = step, False
        worker.detour = -1
        worker.detour_serial += 1
        worker.agenda_activity = self.step_activity[step]
        worker.left = self.step_duration[step]
        self.set_alarm(worker)

    def set_alarm(self, worker: Worker) -> None:
        """Schedule the end of the current step: the earlier of what is left of it and its deadline."""
        worker.serial += 1
        if worker.step == worker.last:
            return
        delay = self.step_deadline[worker.step] - self.now
        if not (worker.in_hand and worker.leave == IDLE_ONLY):
            worker.resumed = self.now
            delay = min(delay, worker.left)
        if self.now + delay < self.plan.legend.horizon:
            self.schedule(delay, AGENDA + 2 * worker.index + 1, self.fall_due, (worker, worker.serial))

    def stop_duration(self, worker: Worker) -> None:
        """Stop the clock of the current step's duration as a task comes into hand; its deadline stays."""
        worker.left -= self.now - worker.resumed
        self.set_alarm(worker)

    def settle(self, worker: Worker) -> None:
        """Show what has become of *worker*: close the spell if the activity changes, and offer it to tasks."""
        shown = worker.shown()
        if shown != worker.activity:
            self.write_spell(worker)
            worker.activity, worker.since = shown, self.now
        worker.stamp += 1
        if self.available[shown] and not worker.draining and self.matching.offer(worker):
            self.expect_matching()

    # --- the log ---

    def write_spell(self, worker: Worker) -> None:
        """Write the spell that ends now, unless it has no length."""
        if self.now > worker.since:
            row = (worker.index, worker.activity, worker.since, self.now)
            for column, value in zip(self.spells, row, strict=True):
                column.append(value)

    def write(self) -> log.Log:
        """Cut what is still going on at the horizon, and return the log."""
        columns = {"spells": self.cut_spells(), "tasks": self.task_columns()}
        names = ("task", "worker", "created", "ended", "status")
        reservations = {
            name: np.array(column, dtype=np.int64) for name, column in zip(names, self.reservations, strict=True)
        }
        order = np.lexsort((reservations["worker"], reservations["task"], reservations["created"]))
        columns["reservations"] = {name: column[order] for name, column in reservations.items()}
        return log.Log.of(self.plan.legend, self.plan.replication, columns)

    def cut_spells(self) -> dict[str, Any]:
        """Return the columns of the spells, the running ones cut at the horizon."""
        running = (
            range(len(self.workers)),
            [worker.activity for worker in self.workers],
            [worker.since for worker in self.workers],
            [self.plan.legend.horizon] * len(self.workers),
        )
        finished = np.repeat([True, False], [len(self.spells[0]), len(self.workers)])
        columns = [np.array([*ended, *cut], dtype=np.int64) for ended, cut in zip(self.spells, running, strict=True)]
        order = np.lexsort((columns[2], columns[0]))
        names = ("worker", "activity", "start", "end", "finished")
        return {name: column[order] for name, column in zip(names, [*columns, finished], strict=True)}

    def task_columns(self) -> dict[str, Any]:
        """Return the columns of the tasks."""
        tasks = self.plan.tasks
        last = np.array(self.last_reservation, dtype=np.int64)
        worker, created = (np.array([*self.reservations[place], -1], dtype=np.int64)[last] for place in (1, 2))
        return {
            "task": np.arange(len(tasks.arrival)),
            "task_type": tasks.task_type,
            "task_queue": self.plan.lanes.task_queue[tasks.lane],
            "worker": worker,
            "arrival": tasks.arrival,
            "reserved": created,
            "accepted": self.accepted,
            "handled": self.handled,
            "completed": self.completed,
            "outcome": self.outcome,
        }
