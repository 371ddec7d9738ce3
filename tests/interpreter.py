"""An interpreter of the contract: a plan in, a log out, slowly and obviously.

The tests compare the engines with it, column by column. It shares nothing with them but the schemas of the
plan and of the log. Nothing is ever scheduled, and so nothing is ever void: before each happening, everything
that may come next is read off the state of the workers and the tasks, and the one with the smallest key is
applied. A matching looks at every waiting task and every worker. What it works on is in ``interpreted.py``.

Readings of the contract where it leaves a choice are marked with *Reading*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from activity_sim.log import ACCEPTED, CANCELED, COMPLETED, IN_PROGRESS, RES_CANCELED, RESCINDED, TIMEOUT, Log
from activity_sim.plan import (
    ADD,
    AT_LEAST,
    AT_MOST,
    AT_ONCE,
    BOTH,
    CONSTANT,
    EITHER,
    EQUAL,
    FULL_PACE,
    IDLE_ONLY,
    IN_ACTIVITY,
    LESS,
    MORE,
    MOST_OFFERS,
    NOT,
    UNEQUAL,
    Plan,
)
from tests.interpreted import (
    MISSING,
    Happening,
    Lane,
    Reservation,
    Skip,
    Spell,
    Stage,
    Step,
    Target,
    Task,
    Worker,
    read_tasks,
    read_workers,
)

TASK_END, RESPONSE, AGENDA, OVERDUE, ARRIVAL, MATCHING, PATIENCE = 1, 2, 3, 4, 5, 6, 7
"""The ranks of happenings."""


def interpret(plan: Plan) -> Log:
    """Return the log of *plan*, by the letter of the contract."""
    run = Run(plan)
    run.play()
    return run.log()


# The run ----------------------------------------------------------------------------------------------------


class Run:
    """One replication on its way from 0 to the horizon."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.horizon = plan.legend.horizon
        self.available = plan.legend.available
        self.workers = read_workers(plan)
        self.tasks = read_tasks(plan)
        self.to_come = [task for task in self.tasks if task.arrival != MISSING]
        self.present: list[Task] = []  # arrived and not gone
        self.reservations: list[Reservation] = []
        self.spells: list[Spell] = []
        self.now = 0
        self.matching_due = False

    def play(self) -> None:
        """Apply everything that happens before the horizon."""
        for worker in self.workers:
            self.begin(worker)
        while (happening := self.next_happening()) is not None and happening.time < self.horizon:
            assert happening.time >= self.now, "time never goes back"
            self.now = happening.time
            happening.apply()
            self.matching_due = happening.rank != MATCHING
            self.record_changes()
        self.cut()

    # What comes next (section 7)

    def next_happening(self) -> Happening | None:
        """Return the first of all happenings that the state holds in store."""
        return min(self.happenings(), key=lambda happening: happening.key, default=None)

    def happenings(self) -> Iterator[Happening]:
        """Yield what comes next for the matching and for each task and worker, were it alone."""
        if self.matching_due:
            yield Happening(self.now, MATCHING, 0, 0, self.match)
        if self.to_come:
            yield self.next_arrival()
        for task in self.present:
            yield from self.happenings_of_task(task)
        for worker in self.workers:
            yield from self.happenings_of_worker(worker)

    def next_arrival(self) -> Happening:
        """Return the first of the arrivals that are known by now."""
        task = min(self.to_come, key=lambda task: (task.arrival, task.index))
        return Happening(task.arrival, ARRIVAL, task.index, 0, lambda: self.arrive(task))

    def happenings_of_task(self, task: Task) -> Iterator[Happening]:
        """Yield what comes next for a *task* that is here."""
        # Reading: the ends of the handle time and of the wrap-up time are two happenings, even with no time
        # between them.
        if task.stage is Stage.HANDLED:
            yield Happening(self.work_ends(task), TASK_END, task.index, 0, lambda: self.end_handling(task))
        if task.stage is Stage.WRAPPED_UP:
            yield Happening(self.work_ends(task), TASK_END, task.index, 0, lambda: self.complete(task))
        for held in task.pending:
            yield self.answer(held)
        if task.stage is Stage.WAITING:
            ends = task.arrival + task.target.until
            yield Happening(ends, OVERDUE, task.index, 0, lambda: self.go_on(task, skips=False))
        if task.stage in (Stage.WAITING, Stage.RESERVED):
            yield from self.ends_of_waiting(task)

    def answer(self, held: Reservation) -> Happening:
        """Return how a pending reservation will end by itself."""
        ends = held.created + held.offer.delay
        return Happening(ends, RESPONSE, held.task.index, held.worker.index, lambda: self.respond(held))

    def ends_of_waiting(self, task: Task) -> Iterator[Happening]:
        """Yield what ends the waiting of *task*, reserved or not."""
        if task.timeout != MISSING:
            ends = task.arrival + task.timeout
            yield Happening(ends, OVERDUE, task.index, 1, lambda: self.withdraw(task, CANCELED))
        if task.patience != MISSING:
            ends = task.arrival + task.patience
            yield Happening(ends, PATIENCE, task.index, 0, lambda: self.give_up(task))

    def happenings_of_worker(self, worker: Worker) -> Iterator[Happening]:
        """Yield the end of the detour of *worker*, and the end of its current step."""
        if worker.detour_ends is not None:
            yield Happening(worker.detour_ends, AGENDA, worker.index, 0, lambda: self.end_detour(worker))
        falls_due = next_step_falls_due(worker)
        if falls_due is not None:
            yield Happening(falls_due, AGENDA, worker.index, 1, lambda: self.fall_due(worker))

    # Activities and spells (section 2)

    def visible_activity(self, worker: Worker) -> int:
        """Return the activity of *worker*: the first of the three layers that applies."""
        if not self.plan.multi_task and worker.in_hand:
            return activity_of_task(worker.in_hand[0])
        if self.mirrors_work(worker):
            return self.mirroring_activity(worker)
        return activity_beneath(worker)

    def mirrors_work(self, worker: Worker) -> bool:
        """Whether *worker* shows work in the activity that mirrors it, in multitasking."""
        return bool(self.plan.mirror) and any(held.status == ACCEPTED for held in worker.in_hand)

    def mirroring_activity(self, worker: Worker) -> int:
        """Return the activity that mirrors the accepted tasks that *worker* has in hand."""
        on_a_task, on_a_task_no_acd, wrap_up, wrap_up_no_acd = self.plan.mirror
        handles = any(held.task.stage is Stage.HANDLED for held in worker.in_hand)
        if self.available[activity_beneath(worker)] and not worker.draining:
            return on_a_task if handles else wrap_up
        return on_a_task_no_acd if handles else wrap_up_no_acd

    def record_changes(self) -> None:
        """End the spell of every worker whose activity the happening has changed."""
        for worker in self.workers:
            activity = self.visible_activity(worker)
            if activity != worker.visible:
                self.end_spell(worker, self.now, finished=True)
                worker.visible, worker.visible_since = activity, self.now

    def end_spell(self, worker: Worker, end: int, *, finished: bool) -> None:
        """Write down the spell of *worker*, if it has any length."""
        if end > worker.visible_since:
            self.spells.append(Spell(worker.index, worker.visible_since, worker.visible, end, finished))

    def cut(self) -> None:
        """Cut at the horizon whatever goes on."""
        for worker in self.workers:
            self.end_spell(worker, self.horizon, finished=False)

    # The agenda (section 3)

    def begin(self, worker: Worker) -> None:
        """Put *worker* into its first step, at time 0."""
        self.start_step(worker, first_not_passed_over(worker.steps, 0, self.now))
        worker.visible = self.visible_activity(worker)

    def fall_due(self, worker: Worker) -> None:
        """Start the next step of *worker*, or let it wait until nothing is in hand."""
        step = first_not_passed_over(worker.steps, worker.current + 1, self.now)
        leaves = not self.available[worker.steps[step].activity]
        if leaves and worker.in_hand and worker.leave != AT_ONCE:
            worker.draining = True
        else:
            self.start_step(worker, step)

    def start_step(self, worker: Worker, step: int) -> None:
        """Let *worker* start the step of its agenda with this number; that ends a detour."""
        worker.current = step
        worker.started = self.now
        worker.draining = False
        worker.detour = worker.detour_ends = None
        worker.stood_still = 0
        worker.still_since = self.now if worker.leave == IDLE_ONLY and worker.in_hand else None

    def start_detour(self, worker: Worker, activity: int) -> None:
        """Send *worker* on a detour, afresh if it is on one."""
        worker.detour = activity
        worker.detour_ends = None if worker.recovery == MISSING else self.now + worker.recovery

    def end_detour(self, worker: Worker) -> None:
        """Let *worker* recover."""
        worker.detour = worker.detour_ends = None

    # Work in hand (sections 2, 4 and 6)

    def take_in_hand(self, worker: Worker, held: Reservation) -> None:
        """Put the task of a reservation into the hands of *worker*."""
        if worker.leave == IDLE_ONLY and worker.still_since is None:
            worker.still_since = self.now
        self.work_on(worker)
        worker.in_hand.append(held)
        worker.reservations.append(held)

    def let_go(self, held: Reservation) -> bool:
        """Take a task out of the hands of its worker; return whether a step that has waited for this starts."""
        worker = held.worker
        self.work_on(worker)
        worker.in_hand.remove(held)
        held.let_go = self.now
        if worker.in_hand:
            return False
        if worker.still_since is not None:
            worker.stood_still += self.now - worker.still_since
            worker.still_since = None
        if not worker.draining:
            return False
        self.start_step(worker, first_not_passed_over(worker.steps, worker.current + 1, self.now))
        return True

    def work_on(self, worker: Worker) -> None:
        """Write down what is left of the accepted tasks of *worker*, before it has more or fewer in hand.

        Reading: the time since the last change begins with the stage of the task, if that began later.
        """
        for task in [held.task for held in worker.in_hand if held.status == ACCEPTED]:
            done = rate(worker) * (self.now - task.work_left_at)
            task.work_left, task.work_left_at = max(0, task.work_left - done), self.now

    def work_ends(self, task: Task) -> int:
        """Return when the stage of an accepted *task* ends, if its worker gets no more tasks and no fewer."""
        assert task.accepted_by is not None
        return task.work_left_at + divided_up(task.work_left, rate(task.accepted_by.worker))

    # The life of a task (section 6)

    def arrive(self, task: Task) -> None:
        """Let *task* wait at its first target, or go for lack of one."""
        self.to_come.remove(task)
        self.present.append(task)
        if task.route:
            self.come_to(task, 0)
        else:
            self.leave(task, CANCELED)

    def come_to(self, task: Task, place: int) -> None:
        """Let *task* wait at the target at this *place* of its route."""
        task.stage, task.place, task.is_new_here = Stage.WAITING, place, True
        # Reading: -1 is the priority that the task has by now, which is that of the last target that had one.
        if task.target.priority != MISSING:
            task.priority = task.target.priority

    def go_on(self, task: Task, *, skips: bool) -> None:
        """Let *task* go on to its next target, or leave where there is none."""
        task.has_waited_out = task.has_waited_out or not skips
        place = next_place(task, self.now)
        if place is None:
            self.leave(task, CANCELED)
        else:
            self.come_to(task, place)

    def reserve(self, task: Task, worker: Worker) -> None:
        """Reserve *task* for *worker*; the task's k-th reservation takes its k-th offer."""
        held = Reservation(task, worker, task.target.lane, task.offers[len(task.reservations)], created=self.now)
        self.reservations.append(held)
        task.reservations.append(held)
        task.stage = Stage.RESERVED
        self.take_in_hand(worker, held)

    def respond(self, held: Reservation) -> None:
        """End a pending reservation as its offer says."""
        self.end_reservation(held, held.offer.status)
        if held.status == ACCEPTED:
            self.accept(held)
        else:
            self.go_unaccepted(held)

    def accept(self, held: Reservation) -> None:
        """Let the first worker to accept have the task, and rescind the others' reservations."""
        held.task.accepted, held.task.accepted_by = self.now, held
        self.enter(held.task, Stage.HANDLED, held.task.handle_time)
        self.end_all_pending(held.task, RESCINDED)

    def go_unaccepted(self, held: Reservation) -> None:
        """Send the worker on its detour, and the task back to its lane or away, if that was once too often.

        Reading: a task that leaves after too many reservations does not go on to another target before.
        """
        detour = self.plan.timeout_activity if held.status == TIMEOUT else held.worker.reject_activity
        step_has_started = self.let_go(held)
        if not step_has_started and detour != MISSING:
            self.start_detour(held.worker, detour)
        held.task.unaccepted += 1
        if held.task.unaccepted == MOST_OFFERS:
            self.withdraw(held.task, CANCELED)
        elif not held.task.pending:
            self.wait_again(held.task)

    def wait_again(self, task: Task) -> None:
        """Let *task* wait again, at the same target if the time of that is not over by now."""
        task.stage = Stage.WAITING
        if task.target.until <= self.now - task.arrival:
            self.go_on(task, skips=False)

    def end_handling(self, task: Task) -> None:
        """End the handle time of *task*."""
        task.handled = self.now
        self.enter(task, Stage.WRAPPED_UP, task.wrap_up_time)

    def complete(self, task: Task) -> None:
        """End the wrap-up time of *task*."""
        assert task.accepted_by is not None
        self.let_go(task.accepted_by)
        self.leave(task, COMPLETED)

    def give_up(self, task: Task) -> None:
        """Let *task* run out of patience; what follows it has an arrival now, which may lie behind the horizon."""
        self.withdraw(task, task.gives_up_as)
        if task.next is not None:
            task.next.arrival = self.now + task.next_delay
            self.to_come.append(task.next)

    def withdraw(self, task: Task, outcome: int) -> None:
        """Let *task* leave before it is accepted, and its pending reservations be canceled with it."""
        self.end_all_pending(task, RES_CANCELED)
        self.leave(task, outcome)

    def enter(self, task: Task, stage: Stage, length: int) -> None:
        """Put *task* into a *stage* of work that has this *length* at full pace."""
        task.stage, task.work_left, task.work_left_at = stage, FULL_PACE * length, self.now

    def end_reservation(self, held: Reservation, status: int) -> None:
        """End a pending reservation."""
        held.ended, held.status = self.now, status

    def end_all_pending(self, task: Task, status: int) -> None:
        """End the pending reservations of *task*, and let their workers go without a detour."""
        for held in task.pending:
            self.end_reservation(held, status)
            self.let_go(held)

    def leave(self, task: Task, outcome: int) -> None:
        """Let *task* go for good."""
        task.stage, task.left, task.outcome = Stage.GONE, self.now, outcome
        self.present.remove(task)

    # Skipping (section 6a)

    def match(self) -> None:
        """Match, and let tasks skip targets, and match again, until nobody goes on."""
        self.make_reservations()
        while skipping := self.tasks_that_skip():
            for task in sorted(skipping, key=lambda task: task.index):
                self.go_on(task, skips=True)
            self.make_reservations()

    def tasks_that_skip(self) -> list[Task]:
        """Ask the tasks that have just seen the first matching at their target; return those that skip it."""
        newcomers = [task for task in self.present if task.is_new_here]
        for task in newcomers:
            task.is_new_here = False
        waiting = [task for task in newcomers if task.stage is Stage.WAITING]
        return [task for task in waiting if task.target.skip is not None and self.holds(task.target.skip)]

    def holds(self, skip: Skip) -> bool:
        """Run the program of *skip*."""
        stack: list[float] = []
        for code, operand in skip.program:
            if code == CONSTANT:
                stack.append(operand)
            elif code == IN_ACTIVITY:
                stack.append(self.number_in(int(operand), skip.counts))
            elif code == NOT:
                stack.append(float(stack.pop() != 1))
            else:
                right, left = stack.pop(), stack.pop()
                stack.append(combined(code, left, right))
        return stack == [1]

    def number_in(self, activity: int, counts: list[bool]) -> int:
        """Return how many of the counted workers are in *activity*; reservations that were just made show."""
        number = 0
        for worker in self.workers:
            if counts[worker.skill_set] and self.visible_activity(worker) == activity:
                number += 1
        return number

    # Matching (section 8)

    def make_reservations(self) -> None:
        """Make all the reservations that can be made now."""
        while (found := self.first_match()) is not None:
            task, workers = found
            for worker in workers:
                self.reserve(task, worker)

    def first_match(self) -> tuple[Task, list[Worker]] | None:
        """Return the first of the waiting tasks that have an eligible worker, and the best of its workers."""
        open_workers = [worker for worker in self.workers if self.is_open(worker)]
        if not open_workers:
            return None
        eligible = {
            task: [worker for worker in open_workers if self.accepts(task.target.lane, worker)]
            for task in self.present
            if task.stage is Stage.WAITING
        }
        tasks = [task for task, workers in eligible.items() if workers]
        if not tasks:
            return None
        first = min(tasks, key=self.task_order)
        lane = first.target.lane
        return first, sorted(eligible[first], key=lambda worker: self.worker_order(worker, lane))[: lane.max_reserved]

    def is_open(self, worker: Worker) -> bool:
        """Whether *worker* may get a reservation as far as its activity and its agenda go."""
        beneath = not self.mirrors_work(worker) or self.available[activity_beneath(worker)]
        return self.available[self.visible_activity(worker)] and beneath and not worker.draining

    def accepts(self, lane: Lane, worker: Worker) -> bool:
        """Whether *worker* may get a task of *lane* as far as skills and room go."""
        return lane.accepts[worker.skill_set] and self.has_room(worker, lane.channel)

    def has_room(self, worker: Worker, channel: int) -> bool:
        """Whether *worker* has room for one more task of *channel*; in single-tasking, for a task at all."""
        if not self.plan.multi_task:
            return not worker.in_hand
        return len(on_channel(worker.in_hand, channel)) < worker.capacity[channel]

    def task_order(self, task: Task) -> tuple[bool, int, int, int]:
        """Return the place of *task* among all that have an eligible worker.

        The order across queues of one kind is the order within each of them, so the first of the queues'
        first tasks is the first of all. Reading: FIFO and LIFO queues compete wherever tasks of both have an
        eligible worker, be it the same worker or not.
        """
        kind = task.target.lane.lifo != self.plan.lifo_first
        arrival, number = task.turn
        if task.target.lane.lifo:
            return (kind, -arrival, -number, 0)
        return (kind, -task.priority, arrival, number)

    def worker_order(self, worker: Worker, lane: Lane) -> tuple[int, int, int, int]:
        """Return the place of *worker* among those eligible for a task of *lane*."""
        in_hand, past = worker.in_hand, worker.reservations
        if self.plan.optimised[lane.channel]:
            in_hand, past = on_channel(in_hand, lane.channel), on_channel(past, lane.channel)
        first = lane.order[worker.skill_set]
        if not past:
            return (first, 0, 0, worker.index)
        if not in_hand:
            return (first, 1, max(held.let_go for held in past), worker.index)
        return (first, 2, max(held.created for held in past), worker.index)

    # The log (section 10)

    def log(self) -> Log:
        """Return the log."""
        tables: dict[str, dict[str, Sequence[int]]] = {
            "spells": self.spell_columns(),
            "tasks": self.task_columns(),
            "reservations": self.reservation_columns(),
        }
        return Log.of(self.plan.legend, self.plan.replication, tables)

    def spell_columns(self) -> dict[str, Sequence[int]]:
        """Return the spells, by (worker, start)."""
        spells = sorted(self.spells, key=lambda spell: (spell.worker, spell.start))
        return {
            "worker": [spell.worker for spell in spells],
            "activity": [spell.activity for spell in spells],
            "start": [spell.start for spell in spells],
            "end": [spell.end for spell in spells],
            "finished": [spell.finished for spell in spells],
        }

    def task_columns(self) -> dict[str, Sequence[int]]:
        """Return the tasks that have come, by number."""
        came = self.numbers()
        last = [last_reservation(task) for task in came]
        return {
            "task": list(came.values()),
            "task_type": [task.task_type for task in came],
            "task_queue": [MISSING if task.place is None else task.target.lane.task_queue for task in came],
            "worker": [MISSING if held is None else held.worker.index for held in last],
            "arrival": [task.arrival for task in came],
            "reserved": [MISSING if held is None else held.created for held in last],
            "accepted": [task.accepted for task in came],
            "handled": [task.handled for task in came],
            "completed": [task.left for task in came],
            "outcome": [outcome_of(task) for task in came],
        }

    def reservation_columns(self) -> dict[str, Sequence[int]]:
        """Return the reservations, by (created, task, worker).

        Reading: of several with one key (the first ones were of no length), the one made first comes first.
        """
        rows = sorted(self.reservations, key=lambda row: (row.created, row.task.index, row.worker.index))
        numbers = self.numbers()
        return {
            "task": [numbers[row.task] for row in rows],
            "worker": [row.worker.index for row in rows],
            "created": [row.created for row in rows],
            "ended": [row.ended for row in rows],
            "status": [row.status for row in rows],
        }

    def numbers(self) -> dict[Task, int]:
        """Return the tasks that have come, in the order of the plan, with the numbers that the log gives them."""
        came = [task for task in self.tasks if task.stage is not Stage.TO_COME]
        return {task: number for number, task in enumerate(came)}


# Rules that need no more than a worker or a task ------------------------------------------------------------


def first_not_passed_over(steps: list[Step], step: int, now: int) -> int:
    """Return the first from number *step* on that may start: its deadline lies ahead, or it is the last."""
    while step < len(steps) - 1 and steps[step].deadline <= now:
        step += 1
    return step


def next_step_falls_due(worker: Worker) -> int | None:
    """Return when the current step of *worker* ends; None if it is the last, or if the next one waits."""
    if worker.draining or worker.current == len(worker.steps) - 1:
        return None
    step = worker.steps[worker.current]
    if worker.still_since is not None:
        return step.deadline
    return min(worker.started + step.duration + worker.stood_still, step.deadline)


def activity_beneath(worker: Worker) -> int:
    """Return the activity of *worker* were it without work: its detour's or its agenda's."""
    if worker.detour is not None:
        return worker.detour
    return worker.steps[worker.current].activity


def activity_of_task(held: Reservation) -> int:
    """Return the activity in which a single-tasking worker has a task in hand."""
    if held.task.stage is Stage.RESERVED:
        return held.lane.reservation_activity
    if held.task.stage is Stage.WRAPPED_UP and held.task.wrap_up_activity != MISSING:
        return held.task.wrap_up_activity
    return held.lane.assignment_activity


def on_channel(reservations: list[Reservation], channel: int) -> list[Reservation]:
    """Return those of *reservations* that are of tasks of *channel*."""
    return [held for held in reservations if held.lane.channel == channel]


def rate(worker: Worker) -> int:
    """Return the rate of a thousand at which *worker* works on each task that it has in hand."""
    if not worker.pace:
        return FULL_PACE
    return worker.pace[min(len(worker.in_hand), len(worker.pace)) - 1]


def divided_up(work: int, pace: int) -> int:
    """Return *work* / *pace*, rounded up."""
    whole, rest = divmod(work, pace)
    return whole + 1 if rest else whole


def next_place(task: Task, now: int) -> int | None:
    """Return the place of the next target on the route of *task* that has not ended; None where there is none.

    That of the default filter is only for who has skipped all others. Reading: who skips that too is canceled.
    """
    assert task.place is not None
    ahead: list[tuple[int, Target]] = list(enumerate(task.route))[task.place + 1 :]
    for place, target in ahead:
        if not target.is_default and target.until > now - task.arrival:
            return place
    if task.has_waited_out:
        return None
    return next((place for place, target in ahead if target.is_default), None)


def combined(code: int, left: float, right: float) -> float:
    """Return what a row of a skip's program that takes two numbers makes of them."""
    results = {
        ADD: left + right,
        EQUAL: left == right,
        UNEQUAL: left != right,
        LESS: left < right,
        AT_MOST: left <= right,
        MORE: left > right,
        AT_LEAST: left >= right,
        BOTH: left == 1 and right == 1,
        EITHER: left == 1 or right == 1,
    }
    return float(results[code])


def last_reservation(task: Task) -> Reservation | None:
    """Return the accepted reservation of *task*, or the last one.

    Reading: the last of several that were made at once is that of the worker who was last in their order.
    """
    if task.accepted_by is not None or not task.reservations:
        return task.accepted_by
    return task.reservations[-1]


def outcome_of(task: Task) -> int:
    """Return the fate of *task* at the horizon."""
    if task.stage in (Stage.HANDLED, Stage.WRAPPED_UP):
        return IN_PROGRESS
    return task.outcome
