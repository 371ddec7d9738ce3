"""A workflow of four escalating targets, checked task by task against a slow, obvious interpreter written for it.

The interpreter starts from the workflow's JSON, the attributes of workers and tasks, and what chance decided of each
task: arrival, handle time and wrap-up time, patience, and how its reservations end. It knows nothing of routes, lanes
or heaps, and evaluates the few expressions by itself, in plain Python. At every instant at which anything can happen
it looks at everybody.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

import activity_sim as sim
from activity_sim.drawing import draw
from activity_sim.engines import compiled, reference
from activity_sim.log import ACCEPTED, TIMEOUT, Log
from activity_sim.model.workflows import Workflow
from activity_sim.plan import Plan

SECOND = 1_000_000
RESERVATION_TIMEOUT = 4
HOUR = 3_600
Table = dict[str, Any]

CONFIGURATION = json.dumps(
    {
        "task_routing": {
            "filters": [
                {
                    "expression": "kind == 'call' AND lang IN ['de', 'fr']",
                    "targets": [
                        {
                            "queue": "Own",
                            "expression": "task.lang IN worker.languages AND worker.level >= task.level",
                            "order_by": "worker.level ASC",
                            "timeout": 20,
                        },
                        {"expression": "task.lang IN worker.languages", "priority": 5, "timeout": 20},
                        {"queue": "All", "expression": "worker.level >= task.level", "timeout": 30},
                        {
                            "queue": "All",
                            "order_by": "worker.level DESC, worker.rank DESC",
                            "priority": 10,
                            "timeout": 60,
                        },
                    ],
                },
                {
                    "expression": "kind == 'mail'",
                    "targets": [
                        {"queue": "Own", "skip_if": "workers.available == 0", "timeout": 15},
                        {"queue": "All", "timeout": 45},
                    ],
                },
            ],
            "default_filter": {"queue": "All", "priority": 1},
        }
    }
)

QUEUES: dict[str, Callable[[Table], bool]] = {"Own": lambda worker: worker["level"] < 3, "All": lambda worker: True}
GROUPS: list[tuple[int, Table]] = [
    (2, {"level": 1, "languages": ["de"], "rank": 1}),
    (2, {"level": 2, "languages": ["de", "fr"], "rank": 2}),
    (1, {"level": 2, "languages": ["fr"]}),
    (2, {"level": 3, "languages": [], "rank": 1}),
    (1, {"level": 0, "languages": ["de", "fr"], "rank": 3}),
]
TYPES: list[Table] = [
    {"kind": "call", "lang": "de", "level": 1},
    {"kind": "call", "lang": "de", "level": 2},
    {"kind": "call", "lang": "fr", "level": 3},
    {"kind": "call", "lang": "it", "level": 1},
    {"kind": "mail", "lang": "fr", "level": 1},
]


def centre(load: float) -> sim.Scenario:
    """Return an hour of five types of tasks at a *load* of so many tasks per hour each; times are whole seconds."""
    return sim.Scenario(
        horizon="1h",
        workspace=sim.Workspace(multi_task_enabled=False, default_activity="Available", timeout_activity="Available"),
        task_queues=[sim.TaskQueue("Own", target_workers="level < 3"), sim.TaskQueue("All")],
        workflows=[Workflow("Escalate", CONFIGURATION, task_reservation_timeout=f"{RESERVATION_TIMEOUT}s")],
        workers=[sim.Workers(f"G{n}", count=count, attributes=given) for n, (count, given) in enumerate(GROUPS)],
        tasks=[
            sim.Tasks(
                f"T{n}",
                attributes=given,
                priority=n % 3,
                arrivals=sim.Regular(f"{round(HOUR / load) + n}s"),
                handle_time=sim.Empirical([30, 60, 60, 90, 200]),
                wrap_up_time=sim.Empirical([0, 10]),
                response=sim.Empirical([0, 1, 2, 5]),
                reject_probability=0.1,
                patience=sim.Empirical([20, 40, 90, 130, 300]),
            )
            for n, given in enumerate(TYPES)
        ],
    )


# --- the few expressions, in Python ---


def filter_holds(expression: str, task: Table) -> bool:
    if expression == "kind == 'call' AND lang IN ['de', 'fr']":
        return bool(task["kind"] == "call" and task["lang"] in ["de", "fr"])
    assert expression == "kind == 'mail'"
    return bool(task["kind"] == "mail")


def target_accepts(target: Table, worker: Table, task: Table) -> bool:
    speaks: bool = task["lang"] in worker["languages"]
    knows: bool = worker["level"] >= task["level"]
    return {
        None: True,
        "task.lang IN worker.languages": speaks,
        "worker.level >= task.level": knows,
        "task.lang IN worker.languages AND worker.level >= task.level": speaks and knows,
    }[target.get("expression")]


def target_order(target: Table, worker: Table) -> tuple[float, ...]:
    lowest = float("inf")
    return {
        None: (),
        "worker.level ASC": (worker["level"],),
        "worker.level DESC, worker.rank DESC": (-worker["level"], -worker["rank"] if "rank" in worker else lowest),
    }[target.get("order_by")]


# --- the interpreter ---


@dataclass
class Worker:
    attributes: Table
    busy_with: int | None = None
    idle_since: int = -1  # whoever has never had a task comes before all


@dataclass
class Task:
    attributes: Table
    priority: int
    arrival: int
    handle: int
    wrap_up: int
    patience: int
    answers: list[tuple[int, bool]]  # after how long each reservation ends, and whether by acceptance
    way: list[Table] = field(default_factory=list)  # its targets, each with "queue" and "until" filled in
    place: int = -1
    unaccepted: int = 0
    state: str = "to come"
    until: int = 0  # when it is answered, or done
    worker: int = -1
    reserved: int = -1
    accepted: int = -1
    left: int = -1


def way_of(task: Table) -> tuple[list[Table], bool]:
    """Return the targets that a task goes through by the JSON, and whether they are those of the default filter."""
    routing = json.loads(CONFIGURATION)["task_routing"]
    way: list[Table] = []
    for entry in routing["filters"]:
        if filter_holds(entry["expression"], task):
            way += entry["targets"]
            assert "timeout" in way[-1], "or else the next filter would not be asked"
    return (way, False) if way else ([routing["default_filter"]], True)


class Escalation:
    """The run, from second to second."""

    def __init__(self, tasks: list[Task], workers: list[Worker]) -> None:
        self.tasks, self.workers, self.now = tasks, workers, 0

    def play(self, seconds: int) -> None:
        for task in self.tasks:
            queue, age = None, 0
            for target in way_of(task.attributes)[0]:
                queue, age = target.get("queue", queue), age + target.get("timeout", 10**9)
                task.way.append({**target, "queue": queue, "until": age})
        for self.now in range(seconds):
            self.play_second()

    def play_second(self) -> None:
        """Ends of work, answers, ends of targets, arrivals, matching; and again while anything comes up; departures."""
        self.settle()
        for task in self.tasks:
            if task.state in ("waiting", "reserved") and self.now == task.arrival + task.patience:
                self.free(task)
                task.state, task.left = "abandoned", self.now
                self.settle()

    def settle(self) -> None:
        while self.end_work() or self.answer() or self.end_targets() or self.let_arrive() or self.match():
            pass

    def end_work(self) -> bool:
        done = [task for task in self.tasks if task.state == "accepted" and task.until == self.now]
        for task in done:
            self.free(task)
            task.state, task.left = "completed", self.now
        return bool(done)

    def answer(self) -> bool:
        for task in self.tasks:
            if task.state == "reserved" and task.until == self.now:
                if task.answers[task.unaccepted][1]:
                    task.state, task.accepted = "accepted", self.now
                    task.until = self.now + task.handle + task.wrap_up
                else:
                    self.free(task)
                    task.state = "waiting"
                    task.unaccepted += 1
                return True
        return False

    def end_targets(self) -> bool:
        over = [t for t in self.tasks if t.state == "waiting" and self.now - t.arrival >= t.way[t.place]["until"]]
        for task in over:
            self.go_on(task)
        return bool(over)

    def let_arrive(self) -> bool:
        new = [task for task in self.tasks if task.state == "to come" and task.arrival == self.now]
        for task in new:
            task.state = "waiting"
            self.go_on(task)
        return bool(new)

    def go_on(self, task: Task) -> None:
        task.place += 1
        while task.place < len(task.way) and task.way[task.place]["until"] <= self.now - task.arrival:
            task.place += 1
        if task.place == len(task.way):
            task.place -= 1
            task.state, task.left = "canceled", self.now
            return
        target = task.way[task.place]
        task.priority = target.get("priority", task.priority)
        target["is new"] = True

    def match(self) -> bool:
        before = [(task.state, task.place) for task in self.tasks]
        while True:
            self.reserve_all()
            skipping = [task for task in self.tasks if self.skips(task)]
            for task in skipping:
                self.go_on(task)
            if not skipping:
                return before != [(task.state, task.place) for task in self.tasks]

    def skips(self, task: Task) -> bool:
        if task.place < 0 or not task.way[task.place].pop("is new", False) or task.state != "waiting":
            return False
        target = task.way[task.place]
        assert target.get("skip_if") in (None, "workers.available == 0")
        staff = [worker for worker in self.workers if QUEUES[target["queue"]](worker.attributes)]
        return "skip_if" in target and all(worker.busy_with is not None for worker in staff)

    def reserve_all(self) -> None:
        waiting = [number for number, task in enumerate(self.tasks) if task.state == "waiting"]
        for number in sorted(waiting, key=lambda n: (-self.tasks[n].priority, self.tasks[n].arrival, n)):
            task = self.tasks[number]
            able = [worker for worker in self.workers if worker.busy_with is None and self.may(worker, task)]
            if able:
                order = lambda w: (target_order(task.way[task.place], w.attributes), w.idle_since)  # noqa: B023, E731
                best = min(able, key=order)
                best.busy_with = number
                task.state, task.until = "reserved", self.now + task.answers[task.unaccepted][0]
                task.worker, task.reserved = self.workers.index(best), self.now

    def may(self, worker: Worker, task: Task) -> bool:
        target = task.way[task.place]
        return QUEUES[target["queue"]](worker.attributes) and target_accepts(target, worker.attributes, task.attributes)

    def free(self, task: Task) -> None:
        for worker in self.workers:
            if worker.busy_with is not None and self.tasks[worker.busy_with] is task:
                worker.busy_with, worker.idle_since = None, self.now


# --- the plan's numbers, and the comparison ---


def told(plan: Plan) -> Escalation:
    """Return the interpreter of what *plan* drew: lengths, priorities and answers, and no routes."""
    drawn, tasks = plan.tasks, []
    for number in range(len(drawn.arrival)):
        rows = range(drawn.first_offer[number], drawn.first_offer[number + 1])
        status = [int(drawn.offer_status[row]) for row in rows]
        answers = [
            (in_seconds(drawn.offer_delay[row]), kind == ACCEPTED) for row, kind in zip(rows, status, strict=True)
        ]
        late = [answer[0] for answer, kind in zip(answers, status, strict=True) if kind == TIMEOUT]
        assert set(late) <= {RESERVATION_TIMEOUT}
        columns = (drawn.arrival, drawn.handle_time, drawn.wrap_up_time, drawn.patience)
        arrival, handle, wrap_up, patience = (in_seconds(column[number]) for column in columns)
        attributes = TYPES[int(drawn.task_type[number])]
        priority = int(drawn.task_type[number]) % 3
        tasks.append(Task(attributes, priority, arrival, handle, wrap_up, patience, answers))
    return Escalation(tasks, [Worker(given) for count, given in GROUPS for _ in range(count)])


def in_seconds(time: Any) -> int:
    seconds, rest = divmod(int(time), SECOND)
    assert rest == 0
    return seconds


def outcomes(log: Log) -> list[tuple[Any, ...]]:
    """Return queue, worker, when it was reserved, accepted and left, and how it ended, of each task; in seconds."""
    columns, legend = log.columns["tasks"], log.legend
    times = [[-1 if t < 0 else in_seconds(t) for t in columns[name]] for name in ("reserved", "accepted", "completed")]
    queues = [legend.task_queues[code] for code in columns["task_queue"]]
    return list(zip(queues, columns["worker"].tolist(), *times, log.tasks["outcome"], strict=True))


def expected(run: Escalation) -> list[tuple[Any, ...]]:
    ends = {"reserved": "waiting", "accepted": "in_progress"}
    return [
        (t.way[t.place]["queue"], t.worker, t.reserved, t.accepted, t.left, ends.get(t.state, t.state))
        for t in run.tasks
    ]


@pytest.mark.parametrize("load", [40, 80, 160])
@pytest.mark.parametrize("seed", range(3))
def test_each_task_goes_where_the_workflow_sends_it(load: float, seed: int) -> None:
    plan = draw(centre(load), seed=seed)
    obvious = told(plan)
    obvious.play(HOUR)
    for run in (reference.run, compiled.run):
        assert outcomes(run(plan)) == expected(obvious)


def test_the_tasks_reach_every_target_and_end_in_every_way() -> None:
    reached, ends = set(), set()
    for load in (40, 160):
        obvious = told(draw(centre(load), seed=0))
        obvious.play(HOUR)
        reached |= {(task.attributes["kind"], len(task.way), task.place, task.state) for task in obvious.tasks}
        ends |= {end for *_, end in expected(obvious)}
    assert {("call", 4, place, "completed") for place in range(4)} <= reached
    assert {("mail", 2, place, "completed") for place in range(2)} <= reached
    assert ("call", 1, 0, "completed") in reached
    assert ends == {"completed", "abandoned", "canceled", "waiting", "in_progress"}
