"""What-ifs: each returns a new scenario that differs in one thing that a planner asks about.

They are methods of :class:`~activity_sim.model.scenario.Scenario`, which says what each takes and does.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import attrs

from activity_sim.errors import InputError, not_given, unknown, within
from activity_sim.model.activity import Activity
from activity_sim.model.arrivals import Arrivals, Counts, Trace
from activity_sim.model.distributions import Constant
from activity_sim.model.moves import move, moved, moved_rows
from activity_sim.model.reading import number, scaled, write_fields
from activity_sim.model.resumed import Resumed, forecast_of
from activity_sim.model.routine import RosterRow, Routine
from activity_sim.model.spare_time import further_breaks, further_interruption
from activity_sim.model.tasks import Tasks
from activity_sim.model.workers import Workers
from activity_sim.model.workspace import Workspace
from activity_sim.units import SECOND, Duration, duration

if TYPE_CHECKING:
    from activity_sim.model.scenario import Scenario

T = TypeVar("T", Tasks, Workers)
A = TypeVar("A", bound=Arrivals | Resumed)
Names = str | Iterable[str] | None
_minutes = number(0.1, 1_440)
_factor = number(0, above=True)


def _changed(values: Iterable[T], key: str, change: Callable[[T], T], chosen: Container[str]) -> tuple[T, ...]:
    """Return *values* with those called *chosen* changed; an error has the place of its value under *key*."""
    return tuple(
        within(f"{key}[{n}] ({value.friendly_name})", partial(change, value))
        if value.friendly_name in chosen
        else value
        for n, value in enumerate(values)
    )


def _chosen(names: Names, values: Iterable[Tasks | Workers], place: str) -> list[str]:
    """Return *names*, each that of one of *values*; all of theirs where None."""
    known = [value.friendly_name for value in values]
    chosen = known if names is None else [names] if isinstance(names, str) else list(names)
    for name in chosen:
        if name not in known:
            raise unknown(name, known).inside(place)
    if names is not None and not chosen:
        raise InputError("must name at least one, not none", place)
    return chosen


def _rows(scenario: Scenario, group: Workers) -> list[RosterRow]:
    """Return the shifts that rosters give to the workers of *group*."""
    rosters = {id(roster): roster for roster in (scenario.roster, group.roster) if roster}
    names = set(group.names)
    return [row for roster in rosters.values() for row in roster.rows if row.worker in names]


# --- activities ---


def with_activity(
    scenario: Scenario,
    name: str,
    *,
    minutes_per_day: float,
    available: bool,
    for_workers: Names,
    interruptions_of: object,
) -> Scenario:
    """Return *scenario* with time in an activity."""
    wanted = within("minutes_per_day", lambda: Duration(round(_minutes(minutes_per_day) * 60 * SECOND)))
    workspace = _knowing(scenario.workspace, Activity(name, available))
    add = partial(_with_break, scenario, name=name, wanted=wanted)
    if interruptions_of is not None:
        lasts = within("interruptions_of", lambda: _a_second(interruptions_of))
        add = partial(_with_interruption, scenario, name=name, wanted=wanted, lasts=lasts)
    groups = _changed(scenario.groups, "workers", add, _chosen(for_workers, scenario.groups, "for_workers"))
    roster = scenario.roster if scenario.workers else None
    return attrs.evolve(scenario, workspace=workspace, workers=groups, roster=roster)


def _a_second(value: object) -> Duration:
    length = duration(value)
    if length < SECOND:
        raise InputError(f"must be at least a second, {not_given(str(length))}")
    return length


def _knowing(workspace: Workspace, activity: Activity) -> Workspace:
    """Return *workspace* with *activity*, whose list is then that of no file."""
    if activity.friendly_name not in workspace.names:
        return attrs.evolve(workspace, activities=(*workspace.activities, activity), source=None)
    there = workspace.activities[workspace.names.index(activity.friendly_name)]
    if there.available != activity.available:
        rule = f"must be {there.available}, as in the workspace's {there.friendly_name!r}"
        raise InputError(f"{rule}, {not_given(activity.available)}", "available")
    return workspace


def _with_break(scenario: Scenario, group: Workers, *, name: str, wanted: Duration) -> Workers:
    if not group.shifts or _rows(scenario, group):
        rule = "must have shifts, and no roster, to plan breaks in; interruptions_of takes rosters too"
        raise InputError(f"{rule}, and for_workers may name other groups")
    return attrs.evolve(group, breaks=(*group.breaks, *further_breaks(group, name, wanted)))


def _with_interruption(scenario: Scenario, group: Workers, *, name: str, wanted: Duration, lasts: Duration) -> Workers:
    rows = _rows(scenario, group)
    if not group.shifts and not rows:
        raise InputError("must have shifts or a roster to be interrupted in; for_workers may name other groups")
    dates = scenario.calendar.dates
    given = further_interruption(group, name, lasts, wanted=wanted, rows=rows, dates=dates)
    return attrs.evolve(group, interruptions=(*group.interruptions, given))


def without_activity(scenario: Scenario, name: str) -> Scenario:
    """Return *scenario* without an activity and the time in it."""
    workspace = scenario.workspace
    workspace.code(name, "name")
    rest = attrs.evolve(scenario, workers=[_without(group, name) for group in scenario.workers])
    _check_unused(rest, name)
    activities = [activity for activity in workspace.activities if activity.friendly_name != name]
    return attrs.evolve(rest, workspace=attrs.evolve(workspace, activities=activities, source=None))


def _without(group: Workers, name: str) -> Workers:
    return attrs.evolve(
        group,
        breaks=[planned for planned in group.breaks if planned.activity != name],
        interruptions=[given for given in group.interruptions if given.activity != name],
        routine=group.routine and _passing(group.routine, name),
    )


def _passing(routine: Routine, name: str) -> Routine:
    """Return *routine* with workers going on at once to where they would go after *name*.

    One that begins or may end there stays as it is, and uses the activity still.
    """
    onward = {to: p for to, p in routine.next.get(name, {}).items() if to != name and p}
    if routine.start == name or not onward:
        return routine
    total = sum(onward.values())
    onward = {to: p / total for to, p in onward.items()}
    stay = {here: law for here, law in routine.stay.items() if here != name}
    return Routine(routine.start, stay, {here: _past(dict(routine.next[here]), name, onward) for here in stay})


def _past(row: dict[str, float], name: str, onward: dict[str, float]) -> dict[str, float]:
    through = row.pop(name, 0.0)
    return row | {to: row.get(to, 0.0) + through * p for to, p in onward.items()} if through else row


def _check_unused(scenario: Scenario, name: str) -> None:
    places = [place for used, place in _uses(scenario) if used == name]
    if places:
        more = f"; it is used in {len(places)} places" if len(places) > 1 else ""
        raise InputError(f"must be another activity before {name!r} can be left out, not {name!r}{more}", *places[0])


def _uses(scenario: Scenario) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key in ("default_activity", "timeout_activity"):
        yield getattr(scenario.workspace, key), ("workspace", key)
    for key, name in write_fields(scenario.workspace.mirror).items() if scenario.workspace.mirror else ():
        yield name, ("workspace", "mirror", key)
    yield from scenario.activities_named()


# --- workers ---


def with_workers(scenario: Scenario, group: str, change: int) -> Scenario:
    """Return *scenario* with more or fewer workers in a group."""
    if not isinstance(change, int) or isinstance(change, bool):
        raise InputError(f"must be a whole number such as 5 or -2, {not_given(change)}", "change")
    chosen = _chosen([group], scenario.groups, "group")
    workers = _changed(scenario.groups, "workers", partial(_more, change=change), chosen)
    return attrs.evolve(scenario, workers=workers)


def _more(group: Workers, change: int) -> Workers:
    if group.members or group.roster:
        raise InputError("must be a group of so many workers, not one whose workers a file or a roster names")
    return attrs.evolve(group, count=group.count + change)


def with_shift_moved(scenario: Scenario, group: str, by: object, *, breaks: bool) -> Scenario:
    """Return *scenario* with the shifts of a group moved."""
    chosen = _chosen([group], scenario.groups, "group")
    distance = within("by", lambda: move(by))
    change = partial(_moved, scenario, by=distance, breaks=breaks)
    workers = _changed(scenario.groups, "workers", change, chosen)
    names = next(set(one.names) for one in scenario.groups if one.friendly_name == group)
    roster = scenario.roster and moved_rows(scenario.roster, distance, workers=names)
    return attrs.evolve(scenario, workers=workers if scenario.workers else (), roster=roster)


def _moved(scenario: Scenario, group: Workers, *, by: int, breaks: bool) -> Workers:
    if not group.shifts and not _rows(scenario, group):
        raise InputError("must have shifts or a roster to be moved")
    return attrs.evolve(
        group,
        shifts=[moved(shift, by) for shift in group.shifts],
        breaks=[moved(planned, by) for planned in group.breaks] if breaks else group.breaks,
        roster=group.roster and moved_rows(group.roster, by, workers=group.names),
    )


# --- tasks ---


def with_volume(scenario: Scenario, factor: float, *, for_tasks: Names) -> Scenario:
    """Return *scenario* with *factor* times as many tasks."""
    return _with_tasks(scenario, factor, for_tasks, _busier)


def with_handle_time(scenario: Scenario, factor: float, *, for_tasks: Names) -> Scenario:
    """Return *scenario* with handle times that are *factor* times as long."""
    return _with_tasks(scenario, factor, for_tasks, _longer)


def _with_tasks(scenario: Scenario, factor: float, names: Names, change: Callable[[Tasks, float], Tasks]) -> Scenario:
    times = within("factor", lambda: _factor(factor))
    chosen = _chosen(names, scenario.tasks, "for_tasks")
    tasks = _changed(scenario.tasks, "tasks", lambda tasks: change(tasks, times), chosen)
    return attrs.evolve(scenario, tasks=tasks)


def _busier(tasks: Tasks, factor: float) -> Tasks:
    """Return *tasks* that are more; for counts it is the busyness that grows, so that their file stays as it is.

    So it is where a day was taken up, for busyness multiplies what is still to come.
    """
    arrivals = tasks.arrivals
    if isinstance(arrivals, Trace):
        rule = "must be expected or regular: a trace is replayed as it is; for_tasks may name other task types"
        raise InputError(rule, "arrivals")
    if not isinstance(arrivals, Counts | Resumed):
        return attrs.evolve(tasks, arrivals=within("arrivals", lambda: arrivals.busier(factor)))
    once = Constant(Duration(SECOND))
    busyness = within("busyness", lambda: (tasks.busyness or once).scaled(factor))
    return attrs.evolve(tasks, busyness=None if busyness == once else busyness)


def _longer(tasks: Tasks, factor: float) -> Tasks:
    """Return *tasks* that take longer; where the rows of counts have means, these grow, and the rest is shape."""
    arrivals, law = within("arrivals", lambda: _slower(tasks.arrivals, factor)), tasks.handle_time
    counts = forecast_of(arrivals)
    if law is not None and not (isinstance(counts, Counts) and counts.handle_time is not None):
        law = within("handle_time", lambda: scaled(law, factor))
    return attrs.evolve(tasks, arrivals=arrivals, handle_time=law)


def _slower(arrivals: A, factor: float) -> A:
    """Return *arrivals* whose rows have longer handle times, where they have any."""
    if isinstance(arrivals, Resumed):
        actual, forecast = _slower(arrivals.actual, factor), _slower(arrivals.forecast, factor)
        return attrs.evolve(arrivals, actual=actual, forecast=forecast)
    if not isinstance(arrivals, Counts | Trace) or arrivals.handle_time is None:
        return arrivals
    return attrs.evolve(arrivals, handle_time=within("handle_time", lambda: scaled(arrivals.handle_time, factor)))
