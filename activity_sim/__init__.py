"""What-if simulation and time reports for the Worker Activities of a Twilio TaskRouter contact centre.

>>> import activity_sim as sim
>>> scenario = sim.Scenario(
...     horizon="8h",
...     workers=[sim.Workers("Tier 1", count=5, shifts=[sim.Shift("Available", "00:00", "08:00")])],
...     tasks=[sim.Tasks("call", arrivals=sim.Poisson(60), handle_time="4min")],
... )
>>> sim.reports.time_by_activity(sim.simulate(scenario))["friendly_name"].tolist()
['Offline', 'Unavailable', 'Available']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "Activity": "model.activity",
    "ActivitySimError": "errors",
    "ActivitySimWarning": "errors",
    "AnswerError": "errors",
    "AuthenticationError": "errors",
    "Batch": "batches.working",
    "Break": "model.routine",
    "ByTimeOfDay": "model.tasks",
    "BreakRule": "planning.shifts",
    "Calibration": "history.calibration",
    "Callback": "model.tasks",
    "Choice": "experiment.choosing",
    "Comparison": "experiment.comparison",
    "ConnectionFailed": "errors",
    "Constant": "model.distributions",
    "Costs": "model.costs",
    "Counts": "model.arrivals",
    "Empirical": "model.distributions",
    "Emulator": "emulator.server",
    "Erlang": "model.distributions",
    "Explanation": "explanation",
    "Explorer": "exploring",
    "Exponential": "model.distributions",
    "Faults": "emulator.faults",
    "Gamma": "model.distributions",
    "Hyperexponential": "model.distributions",
    "History": "history.reading",
    "InputError": "errors",
    "Interruption": "model.routine",
    "Log": "log",
    "LogNormal": "model.distributions",
    "Member": "model.workers",
    "Mirror": "model.workspace",
    "Mixture": "model.distributions",
    "NotFoundError": "errors",
    "Poisson": "model.arrivals",
    "Precision": "analysis.precision",
    "RateLimitError": "errors",
    "Rates": "model.arrivals",
    "RefusedError": "errors",
    "Regular": "model.arrivals",
    "Retrial": "model.tasks",
    "Roster": "model.routine",
    "Routine": "model.routine",
    "Rules": "emulator.rules",
    "Scenario": "model.scenario",
    "ServiceError": "errors",
    "Settled": "experiment.settling",
    "Shift": "model.routine",
    "Study": "experiment.study",
    "Target": "model.tasks",
    "ShiftPatterns": "planning.shifts",
    "Staffing": "planning.answer",
    "TaskChannel": "model.routing",
    "TaskQueue": "model.routing",
    "TaskRouterClient": "taskrouter.client",
    "TaskRouterError": "errors",
    "Tasks": "model.tasks",
    "Trace": "model.arrivals",
    "Triangular": "model.distributions",
    "Uniform": "model.distributions",
    "Validation": "experiment.validation",
    "Weibull": "model.distributions",
    "Workers": "model.workers",
    "Workflow": "model.workflows",
    "Workspace": "model.workspace",
    "adherence": "planning.adherence",
    "agenda": "planning.agenda",
    "batch": "batches.working",
    "best": "experiment.choosing",
    "calibrate": "history.calibrating",
    "compare": "experiment.comparison",
    "draw": "drawing",
    "events": "history.writing",
    "explain": "explanation",
    "explore": "exploring",
    "fetch_events": "history.fetching",
    "formulas": "formulas",
    "intraday": "planning.intraday",
    "load_scenario": "files",
    "plots": "analysis.plots",
    "precision": "analysis.precision",
    "read_activities": "files",
    "read_counts": "files",
    "read_events": "history.reading",
    "read_log": "log_files",
    "read_roster": "files",
    "read_spells": "history.tables",
    "read_trace": "files",
    "read_values": "files",
    "read_workers": "files",
    "replicate": "experiment.running",
    "report": "output",
    "reports": "analysis.reports",
    "required": "planning.requirements",
    "sensitivity": "experiment.sensitivity",
    "settled": "experiment.settling",
    "simulate": "experiment.running",
    "staff": "planning.staffing",
    "sweep": "experiment.sweep",
    "tidy": "analysis.frames",
    "validate": "experiment.validation",
    "write_events": "history.writing",
    "write_log": "log_files",
}

__version__ = "0.1.0"
__all__ = sorted([*_HOME, "__version__"])


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"activity_sim.{_HOME[name]}")
    value = module if name in ("formulas", "plots", "reports") else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


if TYPE_CHECKING:
    from activity_sim import formulas as formulas
    from activity_sim.analysis import plots as plots
    from activity_sim.analysis import reports as reports
    from activity_sim.analysis.frames import tidy as tidy
    from activity_sim.analysis.precision import Precision as Precision
    from activity_sim.analysis.precision import precision as precision
    from activity_sim.batches.working import Batch as Batch
    from activity_sim.batches.working import batch as batch
    from activity_sim.drawing import draw as draw
    from activity_sim.emulator.faults import Faults as Faults
    from activity_sim.emulator.rules import Rules as Rules
    from activity_sim.emulator.server import Emulator as Emulator
    from activity_sim.errors import ActivitySimError as ActivitySimError
    from activity_sim.errors import ActivitySimWarning as ActivitySimWarning
    from activity_sim.errors import AnswerError as AnswerError
    from activity_sim.errors import AuthenticationError as AuthenticationError
    from activity_sim.errors import ConnectionFailed as ConnectionFailed
    from activity_sim.errors import InputError as InputError
    from activity_sim.errors import NotFoundError as NotFoundError
    from activity_sim.errors import RateLimitError as RateLimitError
    from activity_sim.errors import RefusedError as RefusedError
    from activity_sim.errors import ServiceError as ServiceError
    from activity_sim.errors import TaskRouterError as TaskRouterError
    from activity_sim.experiment.choosing import Choice as Choice
    from activity_sim.experiment.choosing import best as best
    from activity_sim.experiment.comparison import Comparison as Comparison
    from activity_sim.experiment.comparison import compare as compare
    from activity_sim.experiment.running import replicate as replicate
    from activity_sim.experiment.running import simulate as simulate
    from activity_sim.experiment.sensitivity import sensitivity as sensitivity
    from activity_sim.experiment.settling import Settled as Settled
    from activity_sim.experiment.settling import settled as settled
    from activity_sim.experiment.study import Study as Study
    from activity_sim.experiment.sweep import sweep as sweep
    from activity_sim.experiment.validation import Validation as Validation
    from activity_sim.experiment.validation import validate as validate
    from activity_sim.explanation import Explanation as Explanation
    from activity_sim.explanation import explain as explain
    from activity_sim.exploring import Explorer as Explorer
    from activity_sim.exploring import explore as explore
    from activity_sim.files import load_scenario as load_scenario
    from activity_sim.files import read_activities as read_activities
    from activity_sim.files import read_counts as read_counts
    from activity_sim.files import read_roster as read_roster
    from activity_sim.files import read_trace as read_trace
    from activity_sim.files import read_values as read_values
    from activity_sim.files import read_workers as read_workers
    from activity_sim.history.calibrating import calibrate as calibrate
    from activity_sim.history.calibration import Calibration as Calibration
    from activity_sim.history.fetching import fetch_events as fetch_events
    from activity_sim.history.reading import History as History
    from activity_sim.history.reading import read_events as read_events
    from activity_sim.history.tables import read_spells as read_spells
    from activity_sim.history.writing import events as events
    from activity_sim.history.writing import write_events as write_events
    from activity_sim.log import Log as Log
    from activity_sim.log_files import read_log as read_log
    from activity_sim.log_files import write_log as write_log
    from activity_sim.model.activity import Activity as Activity
    from activity_sim.model.arrivals import Counts as Counts
    from activity_sim.model.arrivals import Poisson as Poisson
    from activity_sim.model.arrivals import Rates as Rates
    from activity_sim.model.arrivals import Regular as Regular
    from activity_sim.model.arrivals import Trace as Trace
    from activity_sim.model.costs import Costs as Costs
    from activity_sim.model.distributions import Constant as Constant
    from activity_sim.model.distributions import Empirical as Empirical
    from activity_sim.model.distributions import Erlang as Erlang
    from activity_sim.model.distributions import Exponential as Exponential
    from activity_sim.model.distributions import Gamma as Gamma
    from activity_sim.model.distributions import Hyperexponential as Hyperexponential
    from activity_sim.model.distributions import LogNormal as LogNormal
    from activity_sim.model.distributions import Mixture as Mixture
    from activity_sim.model.distributions import Triangular as Triangular
    from activity_sim.model.distributions import Uniform as Uniform
    from activity_sim.model.distributions import Weibull as Weibull
    from activity_sim.model.routine import Break as Break
    from activity_sim.model.routine import Interruption as Interruption
    from activity_sim.model.routine import Roster as Roster
    from activity_sim.model.routine import Routine as Routine
    from activity_sim.model.routine import Shift as Shift
    from activity_sim.model.routing import TaskChannel as TaskChannel
    from activity_sim.model.routing import TaskQueue as TaskQueue
    from activity_sim.model.scenario import Scenario as Scenario
    from activity_sim.model.tasks import ByTimeOfDay as ByTimeOfDay
    from activity_sim.model.tasks import Callback as Callback
    from activity_sim.model.tasks import Retrial as Retrial
    from activity_sim.model.tasks import Target as Target
    from activity_sim.model.tasks import Tasks as Tasks
    from activity_sim.model.workers import Member as Member
    from activity_sim.model.workers import Workers as Workers
    from activity_sim.model.workflows import Workflow as Workflow
    from activity_sim.model.workspace import Mirror as Mirror
    from activity_sim.model.workspace import Workspace as Workspace
    from activity_sim.output import report as report
    from activity_sim.planning.adherence import adherence as adherence
    from activity_sim.planning.agenda import agenda as agenda
    from activity_sim.planning.answer import Staffing as Staffing
    from activity_sim.planning.intraday import intraday as intraday
    from activity_sim.planning.requirements import required as required
    from activity_sim.planning.shifts import BreakRule as BreakRule
    from activity_sim.planning.shifts import ShiftPatterns as ShiftPatterns
    from activity_sim.planning.staffing import staff as staff
    from activity_sim.taskrouter.client import TaskRouterClient as TaskRouterClient
