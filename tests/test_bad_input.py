"""Mistakes that people make, run through the command line: one message that names the place, status 2, nothing written.

Most run in this process, to be fast; some in a process of their own, to be sure.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from activity_sim.cli import main

Content = str | bytes

DIGITS = "9" * 5_000

# A sound scenario to make mistakes in: each mistake replaces one piece of it.
SOUND = """
name = "Desk"
start = 2026-11-23T00:00:00
time_zone = "Europe/Berlin"
horizon = "2 days"
interval = "30min"
warm_up = "0s"
service_level = { within = "20s", target = 0.8 }

[workspace]
multi_task_enabled = true
activities = [{ friendly_name = "Offline" }, { friendly_name = "Break" }, { friendly_name = "Ready", available = true }]

[[task_queues]]
friendly_name = "Support"
target_workers = '"support" IN skills'
max_reserved_workers = 1
reservation_activity = "Break"
assignment_activity = "Break"

[[workers]]
friendly_name = "Tier 1"
count = 2
attributes = { skills = ["support"] }
channels = { voice = 1 }
leave = "deferred"
absence = 0.05
recovery = "2min"
shifts = [{ activity = "Ready", start = "08:00", end = "16:30", days = "Mon-Fri" }]
breaks = [{ activity = "Break", start = "12:00", lasts = "30min", stagger = "90min" }]
interruptions = [{ activity = "Break", every = { distribution = "exponential", mean = "2h" }, lasts = "10min" }]

[[workers]]
friendly_name = "Wanderers"
attributes = { skills = ["support"] }
[workers.routine]
start = "Ready"
stay = { Ready = "1h", Break = "5min" }
next = { Ready = { Break = 1.0 }, Break = { Ready = 1.0 } }

[[workflows]]
friendly_name = "Escalate"
configuration = "w.json"

[[tasks]]
friendly_name = "call"
task_queue = "Support"
task_channel = "voice"
priority = 0
arrivals = { per_hour = 12 }
handle_time = { distribution = "lognormal", mean = "6min", cv = 0.8 }
reject_probability = 0.0
"""


WORKFLOW = '{"task_routing": {"default_filter": {"queue": "Support"}}}'


@attrs.frozen
class Mistake:
    """Replace *right* by *wrong* in the sound scenario, with *files* beside it; the message has all of *words*."""

    right: str
    wrong: str
    words: tuple[str, ...]
    files: dict[str, Content] = attrs.field(factory=dict)
    lines: int = 1


def mistake(right: str, wrong: str, *words: str, **files: Content) -> Mistake:
    """Return a mistake; each of *files* is called by its name with a dot for the last underscore."""
    named = {".".join(name.rsplit("_", 1)): content for name, content in files.items()}
    return Mistake(right, wrong, words, named)


def arrivals(table: str, *words: str, **files: Content) -> Mistake:
    return mistake("arrivals = { per_hour = 12 }", f"arrivals = {table}", *words, **files)


def handle_time(table: str, *words: str, **files: Content) -> Mistake:
    law = 'handle_time = { distribution = "lognormal", mean = "6min", cv = 0.8 }'
    return mistake(law, f"handle_time = {table}", *words, **files)


def volumes(content: Content, *words: str) -> Mistake:
    return arrivals('{ counts = "v.csv" }', *words, v_csv=content)


def trace(content: Content, *words: str) -> Mistake:
    return arrivals('{ times = "t.csv" }', *words, t_csv=content)


def activities(content: Content, *words: str) -> Mistake:
    return mistake(ACTIVITIES, 'activities = "a.json"', *words, a_json=content)


def tasks(line: str, *words: str) -> Mistake:
    return mistake('task_queue = "Support"\n', f"{line}\n", *words)


def patient(line: str, *words: str) -> Mistake:
    return mistake("priority = 0", f'patience = "3min"\n{line}', "tasks[0] (call)", *words)


def routing(content: Content, *words: str) -> Mistake:
    return mistake("[[tasks]]", "[[tasks]]", *words, w_json=content)


def route(task_routing: str, *words: str, lines: int = 1) -> Mistake:
    """Return a mistake in the workflow's file; its message has so many *lines*."""
    given = routing(f'{{"task_routing": {task_routing}}}', "workflows[0]", "configuration", *words)
    return attrs.evolve(given, lines=lines)


def target(fields: str, *words: str, lines: int = 1) -> Mistake:
    filters = f'{{"filters": [{{"expression": "1==1", "targets": [{{{fields}}}]}}]}}'
    return route(filters, *words, lines=lines)


def roster(content: Content, *words: str) -> Mistake:
    return mistake('name = "Desk"', 'roster = "r.csv"', *words, r_csv=content)


ACTIVITIES = next(line for line in SOUND.splitlines() if line.startswith("activities"))
SHIFT = '{ activity = "Ready", start = "08:00", end = "16:30", days = "Mon-Fri" }'
MULTITASKING = "[workspace]\nmulti_task_enabled = true"
SINGLE_TASKING = "[workspace]\nmulti_task_enabled = false"
WORKSPACE = SOUND[SOUND.index("[workspace]") : SOUND.index("[[task_queues]]")]
SID = "WA" + "0" * 32

MISTAKES: dict[str, Mistake] = {
    # keys
    "unknown key": mistake("horizon = ", "horizn = ", "horizn: is not a key", "'horizon'", "warm_up"),
    "unknown key of a group": mistake("count = 2", "cout = 2", "workers[0] (Tier 1).cout", "'count'"),
    "unknown key of a shift": mistake("days = ", "weekdays = ", "workers[0] (Tier 1).shifts[0].weekdays", "days"),
    "unknown key of a queue": mistake("max_reserved_workers", "max_workers", "task_queues[0] (Support).max_workers"),
    "unknown key of a distribution": handle_time(
        '{ distribution = "gamma", mean = "1s", cv = 1, sd = 2 }', "tasks[0]", "handle_time.sd", "mean, cv"
    ),
    "unknown key of arrivals": arrivals("{ perhour = 12 }", "tasks[0]", "arrivals", "per_hour", "perhour"),
    "two kinds of arrivals": arrivals('{ per_hour = 12, every = "1s" }', "tasks[0]", "arrivals.every"),
    "no horizon": mistake('horizon = "2 days"\n', "", "horizon: is required"),
    "no workers": Mistake(SOUND[SOUND.index("[[workers]]") : SOUND.index("[[tasks]]")], "", ("workers", "required")),
    "no arrivals": mistake("arrivals = { per_hour = 12 }", "", "tasks[0]", "arrivals: is required"),
    "no handle time": mistake(
        'handle_time = { distribution = "lognormal", mean = "6min", cv = 0.8 }',
        "",
        "tasks[0]",
        "handle_time: is required",
    ),
    "no cv": handle_time('{ distribution = "lognormal", mean = "6min" }', "tasks[0]", "handle_time.cv: is required"),
    # misspelled names
    "misspelled activity of a shift": mistake(
        '"Ready", start', '"Raedy", start', "workers[0] (Tier 1).shifts[0].activity", "'Raedy'", "nearest is 'Ready'"
    ),
    "misspelled activity of a break": mistake(
        '"Break", start', '"Brake", start', "workers[0] (Tier 1).breaks[0].activity", "'Brake'", "nearest is 'Break'"
    ),
    "misspelled activity of an interruption": mistake(
        '"Break", every', '"break", every', "interruptions[0].activity", "'break'", "nearest is 'Break'"
    ),
    "misspelled activity of a routine": mistake(
        'start = "Ready"\n', 'start = "Redy"\n', "workers[1] (Wanderers).routine.start", "nearest is 'Ready'"
    ),
    "misspelled next activity": mistake(
        "{ Break = 1.0 }", "{ Brek = 1.0 }", "routine.next.Ready", "nearest is 'Break'"
    ),
    "misspelled reject activity": mistake(
        'recovery = "2min"', 'reject_activity = "Brake"', "reject_activity", "nearest is 'Break'"
    ),
    "misspelled default activity": mistake(
        "[workspace]", '[workspace]\ndefault_activity = "Ofline"', "workspace.default_activity", "nearest is 'Offline'"
    ),
    "misspelled reservation activity": mistake(
        'reservation_activity = "Break"',
        'reservation_activity = "Braek"',
        "task_queues[0] (Support)",
        "'Braek'",
        "'Break'",
    ),
    "no activity Reserved in single-tasking": mistake(
        MULTITASKING,
        f'[[task_queues]]\nfriendly_name = "Bare"\n{SINGLE_TASKING}',
        "task_queues[0] (Bare).reservation_activity",
        "'Reserved'",
    ),
    "unknown queue": mistake('= "Support"\ntask_ch', '= "Suport"\ntask_ch', "task_queue", "'Suport'", "is 'Support'"),
    "queue left open among several": mistake(
        'task_queue = "Support"\n', '[[task_queues]]\nfriendly_name = "B"\n', "task_queues"
    ),
    "unknown distribution": handle_time(
        '{ distribution = "lognorml", mean = 1 }', "tasks[0]", "handle_time.distribution", "nearest is 'lognormal'"
    ),
    "unknown way of leaving": mistake('"deferred"', '"defered"', "(Tier 1).leave", "'defered'", "is 'deferred'"),
    "unknown definition": mistake(
        "target = 0.8", 'definition = "answered_of_ofered"', "service_level.definition", "is 'answered_of_offered'"
    ),
    "unknown task order": mistake("max_reserved_workers = 1", 'task_order = "fifo"', "task_order", "'FIFO', 'LIFO'"),
    "unknown time zone": mistake('"Europe/Berlin"', '"Europe/Berln"', "time_zone", "'Europe/Berln'", "'Europe/Berlin'"),
    # figures
    "negative horizon": mistake('horizon = "2 days"', "horizon = -1", "horizon: must be a duration", "not -1"),
    "horizon of nothing": mistake('horizon = "2 days"', "horizon = 0", "horizon: must be longer than 0"),
    "nan": mistake('horizon = "2 days"', "horizon = nan", "horizon: must be a duration", "not nan"),
    "infinite": mistake('horizon = "2 days"', "horizon = inf", "horizon: must be a duration", "not inf"),
    "true for a figure": mistake('horizon = "2 days"', "horizon = true", "horizon: must be a duration", "not True"),
    "bare number in a string": mistake('"2 days"', '"90"', "horizon", "not '90'", "a unit is missing"),
    "unknown unit": mistake('"2 days"', '"2 weeks"', "horizon: must be a duration", "not '2 weeks'"),
    "duration without end": mistake('"2 days"', '"40000 days"', "horizon", "36500 days"),
    "negative rate": arrivals("{ per_hour = -3 }", "tasks[0]", "arrivals.per_hour", "not -3"),
    "nan rate": arrivals("{ per_hour = nan }", "tasks[0]", "arrivals.per_hour", "not nan"),
    "infinite rate": arrivals("{ per_hour = inf }", "tasks[0]", "arrivals.per_hour", "not inf"),
    "rate in a string": arrivals('{ per_hour = "12" }', "tasks[0]", "arrivals.per_hour", "not '12'"),
    "negative rate of a day": arrivals('{ rates = [["08:00", -1]] }', "tasks[0]", "arrivals.rates[0][1]", "not -1"),
    "rates out of order": arrivals('{ rates = [["09:00", 1], ["08:00", 2]] }', "arrivals.rates[1]", "'08:00'"),
    "rates of nothing": arrivals("{ rates = [] }", "tasks[0]", "arrivals.rates", "at least one"),
    "rate that is no pair": arrivals('{ rates = [["08:00"]] }', "tasks[0]", "arrivals.rates[0]", "pair"),
    "unknown shape": arrivals('{ rates = [["08:00", 1]], shape = "linar" }', "arrivals.shape", "is 'linear'"),
    "every nothing": arrivals('{ every = "0s" }', "tasks[0]", "arrivals.every", "longer than 0"),
    "arrivals that are a number": arrivals("12", "tasks[0]", "arrivals: must be a table", "not 12"),
    "negative mean": handle_time(
        '{ distribution = "exponential", mean = "-1s" }', "tasks[0]", "handle_time.mean", "'-1s'"
    ),
    "negative cv": handle_time('{ distribution = "gamma", mean = 1, cv = -1 }', "tasks[0]", "handle_time.cv", "not -1"),
    "nan cv": handle_time('{ distribution = "gamma", mean = 1, cv = nan }', "tasks[0]", "handle_time.cv", "not nan"),
    "high below low": handle_time(
        '{ distribution = "uniform", low = 2, high = 1 }', "tasks[0]", "handle_time.high", "'1s'"
    ),
    "shape of one and a half": handle_time(
        '{ distribution = "erlang", mean = 1, shape = 1.5 }', "tasks[0]", "handle_time.shape", "not 1.5"
    ),
    "weights that do not sum to 1": handle_time(
        '{ distribution = "mixture", weights = [0.5, 0.6], of = ["1s", "2s"] }',
        "handle_time.weights",
        "sum to 1",
        "1.1",
    ),
    "fewer weights than means": handle_time(
        '{ distribution = "hyperexponential", weights = [1.0], means = [1, 2] }', "handle_time.weights", "2, not 1"
    ),
    "a part of a mixture": handle_time(
        '{ distribution = "mixture", weights = [1.0], of = ["soon"] }', "tasks[0]", "handle_time.of[0]", "'soon'"
    ),
    "no values": handle_time(
        '{ distribution = "empirical", values = [] }', "tasks[0]", "handle_time.values", "at least one"
    ),
    "by without entries": handle_time("{ by = [] }", "tasks[0]", "handle_time.by", "at least one"),
    "by beside a mean": handle_time(
        '{ by = [["08:00", "1s"]], distribution = "exponential", mean = "1s" }', "tasks[0]", "handle_time.mean"
    ),
    "negative count": mistake("count = 2", "count = -2", "workers[0] (Tier 1).count", "not -2"),
    "half a worker": mistake("count = 2", "count = 1.5", "workers[0] (Tier 1).count", "not 1.5"),
    "absence above 1": mistake("absence = 0.05", "absence = 5", "workers[0] (Tier 1).absence", "0 to 1", "not 5"),
    "absence of nan": mistake("absence = 0.05", "absence = nan", "workers[0] (Tier 1).absence", "not nan"),
    "negative recovery": mistake('"2min"', '"-2min"', "workers[0] (Tier 1).recovery", "'-2min'"),
    "negative capacity": mistake("voice = 1", "voice = -1", "workers[0] (Tier 1).channels.voice", "not -1"),
    "rejection above 1": mistake("reject_probability = 0.0", "reject_probability = 1.1", "reject_probability", "1.1"),
    "negative priority": mistake("priority = 0", "priority = -1", "tasks[0]", "priority", "not -1"),
    "target in per cent": mistake("target = 0.8", "target = 80", "service_level.target", "0 to 1", "not 80"),
    "warm-up as long as the horizon": mistake(
        '"0s"', '"2 days"', "warm_up: must be shorter than the horizon", "2 days"
    ),
    "warm-up beyond the horizon": mistake('"0s"', '"3 days"', "warm_up: must be shorter than the horizon", "3 days"),
    "interval of nothing": mistake('"30min"\nwarm', '"0s"\nwarm', "interval: must be longer than 0"),
    "too many intervals": mistake('"30min"\nwarm', '"1ms"\nwarm', "interval", "million intervals", "1ms"),
    "interval of a day and a half": mistake('"30min"\nwarm', '"36h"\nwarm', "interval", "1 days 12h"),
    "busyness with a unit": mistake('name = "Desk"', 'busyness = "2s"', "busyness", "'2s'"),
    "negative busyness": mistake('name = "Desk"', "busyness = -1", "busyness", "-1"),
    "too many tasks": arrivals("{ per_hour = 1e8 }", "tasks[0] (call).arrivals", "4.8e+09", "50,000,000"),
    "too many regular tasks": arrivals('{ every = "1us" }', "tasks[0] (call).arrivals.every", "50,000,000", "'1us'"),
    "number of 5,000 digits": mistake('horizon = "2 days"', f"horizon = {DIGITS}", "desk.toml"),
    "2,000 brackets": mistake('horizon = "2 days"', f"horizon = {'[' * 2_000}{']' * 2_000}", "desk.toml"),
    "distribution that is a list": handle_time(
        '{ distribution = ["x"], mean = 1 }', "tasks[0]", "handle_time", "['x']"
    ),
    "distribution by time that is a list": handle_time(
        '{ by = [["08:00", 1]], distribution = ["x"] }', "tasks[0]", "handle_time", "['x']"
    ),
    "rate beyond all bounds": arrivals("{ per_hour = 1e308 }", "tasks[0]", "arrivals.per_hour", "1e+308"),
    # times
    "shift that ends in a million days": mistake('"16:30"', '"+1000000 16:30"', "workers[0] (Tier 1).shifts[0].end"),
    "break in a million days": mistake('"12:00"', '"+1000000 12:00"', "workers[0] (Tier 1).breaks[0].start"),
    "start in the year 9999": mistake("2026-11-23T", "9999-12-31T", "start", "9999"),
    "start in the year 1": mistake("2026-11-23T", "0001-01-01T", "start"),
    "start with an offset": mistake("T00:00:00\n", "T00:00:00Z\n", "start", "without offset"),
    "start that is a date": mistake("2026-11-23T00:00:00", "2026-11-23", "start", "date and time"),
    "end before the start": mistake('"16:30"', '"07:30"', "workers[0] (Tier 1).shifts[0].end", "'07:30'", "+1"),
    "end at the start": mistake('"16:30"', '"08:00"', "workers[0] (Tier 1).shifts[0].end", "after the start"),
    "clock time that is none": mistake('"16:30"', '"16.30"', "workers[0] (Tier 1).shifts[0].end", "'16.30'"),
    "clock time of one digit": mistake('"08:00"', '"8:00"', "workers[0] (Tier 1).shifts[0].start", "'8:00'"),
    "midnight as 24:00": mistake('"16:30"', '"24:00"', "workers[0] (Tier 1).shifts[0].end", "+1 00:00"),
    "clock time that is a number": mistake('"08:00"', "8", "workers[0] (Tier 1).shifts[0].start", "not 8"),
    "bad days": mistake('"Mon-Fri"', '"Mo-Fr"', "workers[0] (Tier 1).shifts[0].days", "'Mo-Fr'", "Mon, Tue"),
    "no days": mistake('"Mon-Fri"', "[]", "workers[0] (Tier 1).shifts[0].days"),
    "misspelled day": mistake('"Mon-Fri"', '["Mon", "Thur"]', "shifts[0].days", "'Thur'", "nearest is 'Thu'"),
    "overlapping shifts": mistake(SHIFT, f"{SHIFT}, {SHIFT.replace('08:00', '16:00')}", "(Tier 1).shifts", "overlap"),
    "shifts that overlap on the next day": mistake('"16:30"', '"+1 08:01"', "(Tier 1).shifts", "overlap"),
    "breaks without shifts": mistake(f"shifts = [{SHIFT}]\n", "", "workers[0] (Tier 1).breaks", "shifts"),
    # what goes round, and what does not sum up
    "routine that goes round": mistake(
        '{ Ready = "1h", Break = "5min" }', '{ Ready = "0s", Break = 0 }', "routine.stay", "without time passing"
    ),
    "interruptions that go round": mistake(
        '{ distribution = "exponential", mean = "2h" }, lasts = "10min"', '"0s", lasts = "0s"', "interruptions[0].every"
    ),
    "probabilities below 1": mistake("{ Break = 1.0 }", "{ Break = 0.9 }", "routine.next.Ready", "sum to 1", "0.9"),
    "probabilities above 1": mistake(
        "{ Break = 1.0 }", "{ Break = 0.9, Offline = 0.2 }", "routine.next.Ready", "sum to 1", "1.1"
    ),
    "stay without a next": mistake(", Break = { Ready = 1.0 } }", " }", "routine.next.Break", "required"),
    "next without a stay": mistake(', Break = "5min" }', " }", "routine.stay.Break", "required"),
    "routine beside shifts": mistake(
        "[workers.routine]", f"shifts = [{SHIFT}]\n[workers.routine]", "workers[1] (Wanderers).routine", "shifts"
    ),
    # what depends on the kind of workspace
    "at once in single-tasking": mistake(
        MULTITASKING,
        f'[[workers]]\nfriendly_name = "Hasty"\nleave = "at_once"\n{SINGLE_TASKING}',
        "workers[0] (Hasty).leave",
        "single-tasking",
        "'at_once'",
    ),
    "wrap-up activity in multitasking": mistake(
        "priority = 0", 'wrap_up_activity = "Break"', "tasks[0] (call).wrap_up_activity", "multitasking", "'Break'"
    ),
    # names
    "group named all": mistake('"Tier 1"', '"all"', "workers[0] (all).friendly_name", "'all'"),
    "tasks named all": mistake('"call"', '"all"', "tasks[0] (all).friendly_name", "'all'"),
    "two groups of a name": mistake('"Wanderers"', '"Tier 1"', "workers[1].friendly_name", "'Tier 1'"),
    "two queues of a name": mistake(
        '[[workers]]\nfriendly_name = "Tier 1"',
        '[[task_queues]]\nfriendly_name = "Support"\n[[workers]]\nfriendly_name = "Tier 1"',
        "task_queues[1].friendly_name",
        "'Support'",
    ),
    "two task types of a name": mistake(
        "[[tasks]]",
        '[[tasks]]\nfriendly_name = "call"\narrivals = { per_hour = 1 }\nhandle_time = 1\n[[tasks]]',
        "tasks[1].friendly_name",
        "'call'",
    ),
    "two activities of a name": mistake('"Break" }, {', '"Offline" }, {', "workspace.activities[1].friendly_name"),
    "activity of 65 characters": mistake('"Break" }, {', f'"{"x" * 65}" }}, {{', "activities[1]", "64 characters"),
    "activity without a name": mistake('"Break" }, {', '"" }, {', "workspace.activities[1]", "64 characters"),
    "101 activities": mistake(
        ACTIVITIES,
        "activities = [" + ", ".join(f'{{ friendly_name = "A{n}" }}' for n in range(101)) + "]",
        "workspace.activities",
        "at most 100",
        "101",
    ),
    "no activities": mistake(ACTIVITIES, "activities = []", "workspace.activities", "at least one"),
    "3,000 times NOT": mistake("'\"support\" IN skills'", f"'{'NOT ' * 3_000}1==1'", "target_workers", "too deeply"),
    "bad SID": mistake('"Break" }, {', '"Break", sid = "WA12" }, {', "activities[1] (Break).sid", "'WA12'"),
    # attributes and expressions
    "attributes that are no JSON": mistake('{ skills = ["support"] }', "'{'", "workers[0] (Tier 1).attributes", "JSON"),
    "attributes that are a list": mistake('{ skills = ["support"] }', "'[1]'", "(Tier 1).attributes", "not [1]"),
    "attributes beyond all limits": mistake(
        '{ skills = ["support"] }', f'{{ skills = "{"x" * 5_000}" }}', "workers[0] (Tier 1).attributes", "4096"
    ),
    # workflows
    "unknown workflow": tasks('workflow = "Escalat"', "tasks[0] (call).workflow", "'Escalat'", "nearest is 'Escalate'"),
    "workflow beside a queue": mistake(
        "priority = 0", 'workflow = "Escalate"', "tasks[0] (call).workflow", "beside task_queue"
    ),
    "workflow without a configuration": mistake(
        'configuration = "w.json"', "", "workflows[0] (Escalate).configuration: is required"
    ),
    "unknown key of a workflow": mistake(
        'configuration = "w.json"', 'configuraton = "w.json"', "workflows[0] (Escalate)", "'configuration'"
    ),
    "reservation timeout of two days": mistake(
        'configuration = "w.json"',
        'configuration = "w.json"\ntask_reservation_timeout = "2 days"',
        "workflows[0] (Escalate).task_reservation_timeout",
        "at most 1 days",
        "'2 days'",
    ),
    "reservation timeout of nothing": mistake(
        'configuration = "w.json"',
        'configuration = "w.json"\ntask_reservation_timeout = 0',
        "task_reservation_timeout: must be longer than 0",
    ),
    "two workflows of a name": mistake(
        "[[tasks]]",
        '[[workflows]]\nfriendly_name = "Escalate"\nconfiguration = "w.json"\n[[tasks]]',
        "workflows[1].friendly_name",
        "'Escalate'",
    ),
    "missing workflow file": mistake('"w.json"', '"v.json"', "workflows[0].configuration", "v.json", "No such file"),
    "workflow file that is empty": routing("", "workflows[0].configuration", "w.json", "is empty"),
    "workflow file that is no JSON": routing("{", "workflows[0].configuration", "w.json", "is not JSON", "line 1"),
    "workflow file of something else": routing('{"filters": []}', "w.json", "filters: is not a key", "task_routing"),
    "configuration that is a number": mistake(
        'configuration = "w.json"', "configuration = 3", "workflows[0] (Escalate).configuration", "not 3"
    ),
    "configuration that is broken JSON": mistake(
        'configuration = "w.json"', "configuration = '{'", "workflows[0] (Escalate).configuration", "is not JSON"
    ),
    "workflow of nothing": route("{}", "filters or a default_filter"),
    "misspelled key of a filter": route(
        '{"filters": [{"expresion": "1==1", "targets": [{"queue": "Support"}]}]}',
        "filters[0].expresion",
        "'expression'",
    ),
    "filter without targets": route('{"filters": [{"expression": "1==1", "targets": []}]}', "targets", "at least one"),
    "filter with a prefix": route(
        '{"filters": [{"expression": "task.vip == 1", "targets": [{"queue": "Support"}]}]}',
        "filters[0].expression",
        "without a prefix",
        lines=3,
    ),
    "misspelled key of a target": target('"qeue": "Support"', "filters[0].targets[0].qeue", "'queue'"),
    "first target without a queue": target('"priority": 3', "filters[0].targets[0].queue: is required"),
    "target of an unknown queue": target(
        '"queue": "Suport"', "filters[0].targets[0].queue", "'Suport'", "nearest is 'Support'"
    ),
    "target of half a second": target('"queue": "Support", "timeout": 0.5', "targets[0].timeout", "not 0.5"),
    "target of no time": target('"queue": "Support", "timeout": 0', "targets[0].timeout", "1 to", "not 0"),
    "negative priority of a target": target('"queue": "Support", "priority": -1', "targets[0].priority", "not -1"),
    "bare attribute of a target": target(
        '"queue": "Support", "expression": "level > 2"', "targets[0].expression", "worker.level or task.level", lines=3
    ),
    "order without a direction": target(
        '"queue": "Support", "order_by": "worker.level"', "targets[0].order_by", "ASC or DESC", lines=3
    ),
    "skip by something else": target(
        '"queue": "Support", "skip_if": "workers.availabel == 0"',
        "targets[0].skip_if",
        "nearest is 'workers.available'",
        lines=3,
    ),
    "skip by an activity that is not there": target(
        f'"queue": "Support", "skip_if": "workers.{SID} > 0"', "targets[0].skip_if", "SIDs", SID
    ),
    "two known workers": target(
        '"queue": "Support", "known_worker_sid": "task.a", "known_worker_friendly_name": "task.b"',
        "targets[0].known_worker_friendly_name",
        "known_worker_sid",
    ),
    "known worker of a worker": target(
        '"queue": "Support", "known_worker_sid": "worker.sid"', "targets[0].known_worker_sid", "task.agent_sid"
    ),
    "timeout of the default filter": route(
        '{"default_filter": {"queue": "Support", "timeout": 9}}', "default_filter.timeout", "after which nothing comes"
    ),
    "default filter of an unknown queue": route(
        '{"default_filter": {"queue": "Nobody"}}', "default_filter.queue", "'Nobody'", "Support"
    ),
    # several reservations, pace, channels, mirrored work
    "51 reservations": mistake(
        "max_reserved_workers = 1", "max_reserved_workers = 51", "(Support).max_reserved_workers", "1 to 50", "not 51"
    ),
    "no reservations": mistake(
        "max_reserved_workers = 1", "max_reserved_workers = 0", "(Support).max_reserved_workers", "1 to 50", "not 0"
    ),
    "pace of nothing": mistake("count = 2", "pace = [1, 0]", "workers[0] (Tier 1).pace[1]", "not 0"),
    "pace that is a number": mistake("count = 2", "pace = 0.8", "workers[0] (Tier 1).pace", "list", "not 0.8"),
    "pace of eleven": mistake("count = 2", "pace = [11]", "workers[0] (Tier 1).pace[0]", "to 10", "not 11"),
    "pace of a third": mistake("count = 2", "pace = [0.3333]", "(Tier 1).pace[0]", "thousandths", "not 0.3333"),
    "task channel without a name": mistake(
        "[[tasks]]",
        "[[task_channels]]\nchannel_optimized_routing = true\n[[tasks]]",
        "task_channels[0].unique_name: is required",
    ),
    "two task channels of a name": mistake(
        "[[tasks]]", '[[task_channels]]\nunique_name = "chat"\n' * 2 + "[[tasks]]", "task_channels[1].unique_name"
    ),
    "optimised routing that is a text": mistake(
        "[[tasks]]",
        '[[task_channels]]\nunique_name = "chat"\nchannel_optimized_routing = "yes"\n[[tasks]]',
        "task_channels[0].channel_optimized_routing",
        "'yes'",
    ),
    "optimised routing in single-tasking": mistake(
        MULTITASKING,
        f'[[task_channels]]\nunique_name = "chat"\nchannel_optimized_routing = true\n{SINGLE_TASKING}',
        "task_channels",
        "channel_optimized_routing",
    ),
    "mirrored by an unknown activity": mistake(
        MULTITASKING, f'{MULTITASKING}\nmirror = {{ on_a_task = "Bussy" }}', "workspace.mirror.on_a_task", "'Bussy'"
    ),
    "mirrored by nothing": mistake(
        MULTITASKING, f'{MULTITASKING}\nmirror = {{ wrap_up = "Break" }}', "workspace.mirror.on_a_task: is required"
    ),
    "wrap-up without ACD alone": mistake(
        MULTITASKING,
        f'{MULTITASKING}\nmirror = {{ on_a_task = "Break", wrap_up_no_acd = "Break" }}',
        "workspace.mirror.wrap_up_no_acd",
        "needs wrap_up",
    ),
    "mirrored in single-tasking": mistake(
        MULTITASKING, f'{SINGLE_TASKING}\nmirror = {{ on_a_task = "Break" }}', "workspace.mirror", "single-tasking"
    ),
    # what follows a task, and its timeout
    "timeout of nothing": mistake("priority = 0", 'timeout = "0s"', "tasks[0] (call).timeout", "longer than 0"),
    "retrial without patience": mistake(
        "priority = 0", 'retrial = { probability = 0.4, delay = "9min" }', "tasks[0] (call).retrial", "needs patience"
    ),
    "retrial above 1": patient('retrial = { probability = 4, delay = "9min" }', "retrial.probability", "not 4"),
    "retrial without a delay": patient("retrial = { probability = 0.4 }", "retrial.delay: is required"),
    "101 retrials": patient(
        'retrial = { probability = 0.4, delay = "9min", at_most = 101 }', "retrial.at_most", "1 to 100", "not 101"
    ),
    "misspelled key of a retrial": patient(
        'retrial = { probabilty = 0.4, delay = "9min" }', "retrial.probabilty", "nearest is 'probability'"
    ),
    "callback without a time": mistake(
        "priority = 0", "callback = { probability = 0.4 }", "tasks[0] (call).callback.after: is required"
    ),
    "callback above 1": mistake(
        "priority = 0", 'callback = { after = "2min", probability = 1.4 }', "callback.probability", "not 1.4"
    ),
    "negative priority of a callback": mistake(
        "priority = 0",
        'callback = { after = "2min", probability = 0.4, priority = -1 }',
        "callback.priority",
        "not -1",
    ),
    "misspelled key of a callback": mistake(
        "priority = 0", 'callback = { aftr = "2min", probability = 0.4 }', "callback.aftr", "nearest is 'after'"
    ),
    "task type named as the callbacks of another": mistake(
        "[[tasks]]",
        '[[tasks]]\nfriendly_name = "call callback"\ntask_queue = "Support"\narrivals = { per_hour = 1 }\n'
        'handle_time = 1\n[[tasks]]\ncallback = { after = "2min", probability = 0.4 }',
        "tasks",
        "'call callback'",
    ),
    # the wrong kind of thing
    "workspace that is a number": mistake(WORKSPACE, "workspace = 3\n", "workspace: must be a table", "not 3"),
    "activity that is a number": mistake('{ friendly_name = "Break" }', "3", "workspace.activities[1]", "not 3"),
    "shifts that are a table": mistake(f"[{SHIFT}]", SHIFT, "workers[0] (Tier 1).shifts", "must be a list"),
    "channels that are a number": mistake("{ voice = 1 }", "3", "workers[0] (Tier 1).channels", "not 3"),
    "flag that is a text": mistake("= true\n", '= "yes"\n', "workspace.multi_task_enabled", "'yes'"),
    "name that is a number": mistake('"Tier 1"', "3", "workers[0]", "friendly_name", "not 3"),
    # CSV
    "no column": volumes("time,cals\n2026-11-23T08:00:00,3\n", "v.csv", "'calls'", "nearest is 'cals'", "time, cals"),
    "semicolons": volumes("time;calls\n2026-11-23T08:00:00;3\n", "v.csv", "must have a column 'time'", "time;calls"),
    "bad cell": volumes(
        "time,calls\n2026-11-23T08:00:00,3\n2026-11-23T09:00:00,x\n", "v.csv", "line 3", "calls", "'x'"
    ),
    "negative cell": volumes("time,calls\n2026-11-23T08:00:00,-3\n", "v.csv", "line 2", "calls", "'-3'"),
    "nan cell": volumes("time,calls\n2026-11-23T08:00:00,nan\n", "v.csv", "line 2", "calls", "'nan'"),
    "infinite cell": volumes("time,calls\n2026-11-23T08:00:00,inf\n", "v.csv", "line 2", "calls", "'inf'"),
    "empty cell": volumes("time,calls\n2026-11-23T08:00:00,\n", "v.csv", "line 2", "calls", "''"),
    "bad time": volumes("time,calls\n23.11.2026 08:00,3\n", "v.csv", "line 2", "time", "'23.11.2026 08:00'"),
    "cell too many": volumes("time,calls\n2026-11-23T08:00:00,3,4\n", "v.csv", "line 2", "2 cells"),
    "cell too few": volumes("time,calls\n2026-11-23T08:00:00\n", "v.csv", "line 2", "2 cells"),
    "bad handle time": volumes("time,calls,handle_time\n2026-11-23T08:00:00,3,x\n", "v.csv", "line 2", "handle_time"),
    "empty CSV": volumes("", "v.csv", "is empty"),
    "CSV of a header": volumes("time,calls\n", "v.csv", "no rows"),
    "CSV that is not UTF-8": volumes(b"time,calls\n\xff,3\n", "v.csv", "UTF-8", "byte 11"),
    "CSV in UTF-16": volumes("time,calls\n".encode("utf-16"), "v.csv", "UTF-8"),
    "CSV with an open quote": volumes(
        'time,calls\n2026-11-23T08:00:00,"3\n' + "2026-11-23T08:00:00,3\n" * 9_000, "v.csv"
    ),
    "CSV of the year 1 with an offset": volumes("time,calls\n0001-01-01T00:00:00+10:00,3\n", "v.csv", "line 2", "time"),
    "CSV of another year": volumes("time,calls\n2025-11-23T08:00:00,3\n", "(call).arrivals", "no row within", "2025"),
    "missing CSV": arrivals('{ counts = "w.csv" }', "tasks[0]", "arrivals", "w.csv", "No such file"),
    "folder for a CSV": arrivals('{ counts = "." }', "tasks[0]", "arrivals", "Is a directory"),
    "unknown key beside a CSV": arrivals(
        '{ counts = "v.csv", colum = "n" }', "tasks[0]", "arrivals.colum", "'column'", v_csv="time,n\n"
    ),
    "column that is a number": arrivals('{ counts = "v.csv", column = 3 }', "arrivals.column", "not 3", v_csv="a\n"),
    "trace without its column": trace("arived\n2026-11-23T08:00:00\n", "t.csv", "'arrived'", "nearest is 'arived'"),
    "bad time of a trace": trace("arrived\n2026-11-23T08:00:00\nnoon\n", "t.csv", "line 3", "arrived", "'noon'"),
    "bad priority of a trace": trace(
        "arrived,priority\n2026-11-23T08:00:00,high\n", "t.csv", "line 2", "priority", "'high'"
    ),
    "bad patience of a trace": trace("arrived,patience\n2026-11-23T08:00:00,-1\n", "t.csv", "line 2", "patience", "-1"),
    "bad attributes of a trace": trace("arrived,attributes\n2026-11-23T08:00:00,{\n", "t.csv", "line 2", "attributes"),
    "bad value": handle_time(
        '{ distribution = "empirical", file = "x.csv" }', "handle_time", "x.csv", "line 3", "'q'", x_csv="s\n1\nq\n"
    ),
    "no such column of values": handle_time(
        '{ distribution = "empirical", file = "x.csv", column = "secs" }', "x.csv", "nearest is 'sec'", x_csv="sec\n1\n"
    ),
    "priority of 5,000 digits": trace(
        f"arrived,priority\n2026-11-23T08:00:00,{DIGITS}\n", "t.csv", "line 2", "priority"
    ),
    "values without a header": handle_time(
        '{ distribution = "empirical", file = "x.csv" }', "x.csv", "line 1", x_csv="1\n2\n"
    ),
    "unknown key beside a file of values": handle_time(
        '{ distribution = "empirical", file = "x.csv", colum = "s" }',
        "tasks",
        "handle_time",
        "'column'",
        x_csv="s\n1\n",
    ),
    "values beside a file of them": handle_time(
        '{ distribution = "empirical", file = "x.csv", values = [1] }', "tasks", "handle_time.values", x_csv="s\n1\n"
    ),
    "handle time of nothing beside means by row": Mistake(
        SOUND[SOUND.index("arrivals = {") : SOUND.index("reject_probability")],
        'arrivals = { counts = "v.csv" }\nhandle_time = "0s"\n',
        ("handle_time", "above 0"),
        {"v.csv": "time,calls,handle_time\n2026-11-23T08:00:00,3,60\n"},
    ),
    "file name with a null byte": arrivals('{ counts = "a\\u0000b" }', "tasks[0]", "arrivals"),
    # rosters
    "roster without a column": roster("worker,date,activty,start,end\n", "roster", "r.csv", "nearest is 'activty'"),
    "bad date of a roster": roster(
        "worker,date,activity,start,end\nTier 1 001,5.1.2026,Ready,08:00,09:00\n",
        "r.csv",
        "line 2",
        "date",
        "'5.1.2026'",
    ),
    "end before the start in a roster": roster(
        "worker,date,activity,start,end\nTier 1 001,2026-11-23,Ready,08:00,07:00\n", "r.csv", "line 2", "end", "'07:00'"
    ),
    "unknown worker of a roster": roster(
        "worker,date,activity,start,end\nTier 1 01,2026-11-23,Ready,08:00,09:00\n", "roster[0].worker", "'Tier 1 001'"
    ),
    "unknown activity of a roster": roster(
        "worker,date,activity,start,end\nTier 1 001,2026-11-23,Redy,08:00,09:00\n", "roster[0].activity", "'Ready'"
    ),
    "overlapping rows of a roster": roster(
        "worker,date,activity,start,end\n" + "Tier 1 001,2026-11-23,Ready,08:00,09:00\n" * 2, "roster", "overlap"
    ),
    # JSON
    "empty JSON": activities("", "workspace.activities", "a.json", "is empty"),
    "broken JSON": activities('{"activities": [', "workspace.activities", "a.json", "is not JSON", "line 1"),
    "JSON of something else": activities('{"workers": []}', "a.json", "must be the API's answer"),
    "JSON of a number": activities("3", "a.json", "must be the API's answer", "not 3"),
    "JSON without activities": activities('{"activities": []}', "workspace.activities", "at least one"),
    "resource without a name": activities('[{"sid": null}]', "a.json", "activities[0].friendly_name", "required"),
    "resource that is a number": activities("[3]", "a.json", "activities[0]", "not 3"),
    "resource with a bad SID": activities('[{"friendly_name": "x", "sid": "WA1"}]', "activities[0].sid", "'WA1'"),
    "SID twice": activities(
        f'[{{"friendly_name": "a", "sid": "{SID}"}}, {{"friendly_name": "b", "sid": "{SID}"}}]', SID
    ),
    "name twice without SIDs": activities('[{"friendly_name": "a"}, {"friendly_name": "a"}]', "a.json", "'a'", "twice"),
    "JSON that is not UTF-8": activities(b'[{"friendly_name": "\xff"}]', "a.json", "UTF-8"),
    "JSON of 5,000 digits": activities(DIGITS, "a.json"),
    "JSON of 100,000 brackets": activities("[" * 100_000, "a.json"),
    "half a character": activities('[{"friendly_name": "\\ud800"}]', "a.json", "activities[0].friendly_name"),
    "missing JSON": mistake(ACTIVITIES, 'activities = "b.json"', "workspace.activities", "b.json", "No such file"),
}


def place(folder: Path, given: Mistake) -> None:
    """Write the scenario with its mistake, and the files beside it, into *folder*."""
    assert SOUND.count(given.right) >= 1, f"{given.right!r} is not in the sound scenario"
    text = SOUND.replace(given.right, given.wrong, 1)
    for name, content in {"desk.toml": text, "w.json": WORKFLOW, **given.files}.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def contents(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def here(arguments: list[str], capsys: pytest.CaptureFixture[str], lines: int = 1) -> str:
    """Run the command line in this process; it must refuse its input. Return the only message, of so many *lines*."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    said = capsys.readouterr()
    return only_message(stopped.value.code, said.out, said.err, lines)


def only_message(status: Any, out: str, err: str, lines: int = 1) -> str:
    """Check that there is exactly one message, and return it."""
    assert status == 2, err
    assert out == ""
    assert err.startswith("activity-sim: ") and err.endswith("\n")
    assert err.count("activity-sim: ") == 1
    assert "Traceback" not in err and "Warning" not in err
    assert len(err.splitlines()) == lines
    return err


def assert_says(message: str, words: tuple[str, ...]) -> None:
    for word in words:
        assert word in message


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_scenario_to_make_mistakes_in_is_sound(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place(desk, Mistake("", "", ()))
    with pytest.raises(SystemExit) as stopped:
        main(["check", "desk.toml"])
    said = capsys.readouterr()
    assert (stopped.value.code, said.err) == (0, "")


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_with_its_place(name: str, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = MISTAKES[name]
    place(desk, given)
    before = contents(desk)
    assert_says(here(["check", "desk.toml"], capsys, given.lines), given.words)
    assert contents(desk) == before


@pytest.mark.parametrize("name", ["misspelled activity of a shift", "bad cell", "broken JSON", "too many tasks"])
def test_a_mistake_stops_a_run_before_anything_is_written(
    name: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = MISTAKES[name]
    place(desk, given)
    before = contents(desk)
    assert_says(here(["run", "desk.toml", "--out", "results", "--log", "--plot"], capsys), given.words)
    assert contents(desk) == before


@pytest.mark.parametrize("name", ["unknown key", "nan rate", "bad cell", "CSV that is not UTF-8", "overlapping shifts"])
@pytest.mark.parametrize("command", [["check"], ["run", "--out", "results"]], ids=["check", "run"])
def test_a_process_of_its_own_refuses_too(name: str, command: list[str], desk: Path) -> None:
    given = MISTAKES[name]
    place(desk, given)
    before = contents(desk)
    finished = subprocess.run(
        [sys.executable, "-m", "activity_sim", command[0], "desk.toml", *command[1:]],
        capture_output=True,
        text=True,
        check=False,
        cwd=desk,
        timeout=60,
    )
    assert_says(only_message(finished.returncode, finished.stdout, finished.stderr), given.words)
    assert contents(desk) == before


# --- the scenario file as a whole ---


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ("desk.toml", "horizon: is required")),
        (b"# nothing but a comment\n", ("desk.toml", "horizon: is required")),
        (b"horizon = 1h\n", ("desk.toml", "is not TOML", "line 1")),
        (b'horizon = "1h\n', ("desk.toml", "is not TOML")),
        (b'horizon = "1h"\nhorizon = "2h"\n', ("desk.toml", "is not TOML")),
        (b"[[workers]\n", ("desk.toml", "is not TOML")),
        (b'name = "B\xfcro"\n', ("desk.toml", "UTF-8", "byte 9")),
        (b"\xff\xfeh\x00o\x00", ("desk.toml", "UTF-8", "byte 0")),
        (b"\x00\x01\x02", ("desk.toml", "is not TOML")),
        (b'{"horizon": "1h"}\n', ("desk.toml", "is not TOML")),
    ],
)
def test_what_is_no_scenario_is_refused(
    content: bytes, words: tuple[str, ...], desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "desk.toml").write_bytes(content)
    assert_says(here(["check", "desk.toml"], capsys), words)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("nothere.toml", "No such file"), ("folder", "Is a directory"), ("desk.toml/x", "Not a directory")],
)
def test_a_scenario_that_cannot_be_read_is_refused(
    name: str, reason: str, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place(desk, Mistake("", "", ()))
    (desk / "folder").mkdir()
    assert_says(here(["check", name], capsys), (Path(name).name, "cannot be read", reason))


def test_a_file_that_may_not_be_read_is_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place(desk, Mistake("", "", ()))
    (desk / "desk.toml").chmod(0)
    if os.access(desk / "desk.toml", os.R_OK):
        pytest.skip("this user may read everything")
    assert_says(here(["check", "desk.toml"], capsys), ("desk.toml", "cannot be read", "Permission denied"))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that nobody can read from its beginning")
def test_a_file_that_cannot_be_read_is_refused(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_says(here(["check", "/proc/self/mem"], capsys), ("mem: cannot be read",))


def test_an_expression_is_pointed_at(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place(desk, Mistake("IN skills", "INN skills", ()))
    with pytest.raises(SystemExit) as stopped:
        main(["check", "desk.toml"])
    said = capsys.readouterr()
    first, shown, pointer = said.err.splitlines()
    assert (stopped.value.code, said.out) == (2, "")
    assert_says(first, ("desk.toml", "task_queues[0] (Support).target_workers"))
    assert shown.strip() == '"support" INN skills'
    assert pointer.strip() == "^"


# --- options ---


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--replications", "0"], ("--replications", "0")),
        (["--replications", "-3"], ("--replications", "-3")),
        (["--replications", "many"], ("--replications", "many")),
        (["--replications", "10000000"], ("--replications", "10000000")),
        (["--seed", str(2**64)], ("--seed", str(2**64))),
        (["--seed", "-1"], ("--seed", "-1")),
        (["--seed", "x"], ("--seed", "x")),
        (["--engine", "smpy"], ("--engine", "'smpy'", "nearest is 'simpy'", "auto")),
        (["--interval", "0"], ("--interval", "'0'", "a unit is missing")),
        (["--interval", "0s"], ("--interval: must be longer than 0", "'0s'")),
        (["--interval", "30"], ("--interval", "'30'", "a unit is missing")),
        (["--interval", "-30min"], ("--interval", "'-30min'")),
        (["--interval", "36h"], ("--interval: must", "1 days 12h")),
        (["--interval", "1us"], ("--interval", "million")),
        (["--service-level", "80"], ("--service-level",)),
        (["--service-level", "80/20"], ("--service-level", "'20'", "a unit is missing")),
        (["--service-level", "x/20s"], ("--service-level", "'x/20s'", "80/20s")),
        (["--service-level", "180/20s"], ("--service-level", "'180/20s'", "80/20s")),
        (["--service-level", "nan/20s"], ("--service-level", "'nan/20s'", "80/20s")),
        (["--service-level", "-1/20s"], ("--service-level", "'-1/20s'", "80/20s")),
        (["--service-level", "80/-20s"], ("--service-level", "'-20s'")),
        (["--service-level", "20s/80"], ("--service-level", "80/20s")),
        (["--service-level", ""], ("--service-level", "80/20s")),
        (["--parquet"], ("--out",)),
        (["--log"], ("--out",)),
        (["--plot"], ("--out",)),
        (["--out", "desk.toml"], ("--out", "desk.toml")),
        (["--frobnicate"], ("--frobnicate",)),
        (["--replication", "3"], ("--replication", "--replications")),
    ],
)
def test_a_wrong_option_is_named_and_nothing_is_written(
    options: list[str], words: tuple[str, ...], desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place(desk, Mistake("", "", ()))
    out = [] if options[0] in ("--out", "--parquet", "--log", "--plot") else ["--out", "results"]
    assert_says(here(["run", "desk.toml", *out, *options], capsys), words)
    assert contents(desk) == ["desk.toml", "w.json"]
