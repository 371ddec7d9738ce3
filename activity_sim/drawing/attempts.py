"""Draws what becomes of tasks that are not answered: who tries again, who is called back; and joins all tasks.

Attempts are the tasks of one type that come at the same place of their chains: the first ones, those that try again
for the first time, and so on, and the callbacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.drawing.offers import OfferRule, Round, draw_offers, joined
from activity_sim.drawing.streams import Streams
from activity_sim.log import ABANDONED, CANCELED
from activity_sim.model.tasks import Callback, Tasks
from activity_sim.plan import PlannedTasks

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Columns = Mapping[str, NDArray[Any]]
GIVEN = ("arrival", "priority", "route", "handle_time", "wrap_up_time", "patience")


@attrs.frozen(eq=False)
class Kind:
    """What all tasks of a type share: what the scenario says, its *code*, its wrap-up activity, the rule for offers."""

    tasks: Tasks
    code: int
    wrap_up_activity: int
    offers: OfferRule


@attrs.frozen(eq=False)
class Attempts:
    """Tasks of one *kind* and *code* that have *place* in their chains, by the number of the chain, their *root*.

    *columns* are those of :data:`GIVEN`. Where *goes_on*, another one follows *delay* after patience has ended, with
    the outcome *gives_up_as*. *keeps_turn* says that they stand where the one before them stood.
    """

    kind: Kind
    code: int
    place: int
    root: Ints
    columns: Columns
    offers: list[Round]
    goes_on: Flags
    delay: Ints
    gives_up_as: NDArray[np.int8]
    keeps_turn: bool = False


def draw_patience(tasks: Tasks, streams: Streams, count: int, suffix: str = "") -> Ints:
    """Return how long the first *count* tasks wait; -1 for ever."""
    if tasks.patience is None:
        return np.full(count, -1, dtype=np.int64)
    return streams.lengths(tasks.patience, f"patience{suffix}", tasks.friendly_name, count=count)


def draw_attempts(kind: Kind, columns: Columns, streams: Streams) -> tuple[Attempts, list[Attempts]]:
    """Return the first attempts of a *kind*, which have *columns*, and those that follow them."""
    first = _attempt(kind, columns, streams, 0, np.arange(len(columns["arrival"])))
    attempts, last = [], first
    while last.goes_on.any():
        called = last.goes_on & (last.gives_up_as == CANCELED)
        if called.any():
            attempts.append(_called_back(kind, last, called, streams))
        again = last.goes_on & (last.gives_up_as == ABANDONED)
        if not again.any():
            break
        last = _attempt(kind, _same_work(last, again), streams, last.place + 1, last.root[again])
        attempts.append(last)
    return first, attempts


def _attempt(kind: Kind, columns: Columns, streams: Streams, number: int, root: Ints) -> Attempts:
    """Return attempt *number*, from 0, of the tasks with the numbers *root*."""
    tasks, suffix = kind.tasks, f" retrial {number}" if number else ""
    if number:
        count = int(root[-1]) + 1
        columns = {**columns, "patience": draw_patience(tasks, streams, count, suffix)[root]}
    unfollowed = Attempts(
        kind=kind,
        code=kind.code,
        place=number,
        root=root,
        columns=columns,
        offers=draw_offers(tasks, kind.offers, streams, root, suffix),
        goes_on=np.broadcast_to(np.False_, len(root)),
        delay=np.broadcast_to(np.int64(0), len(root)),
        gives_up_as=np.broadcast_to(np.int8(ABANDONED), len(root)),
    )
    return _offered_callback(_tries_again(unfollowed, streams), streams, suffix) if len(root) else unfollowed


def _chance(streams: Streams, purpose: str, these: Attempts, probability: float) -> Flags:
    numbers = streams.of(purpose, these.kind.tasks.friendly_name).random(int(these.root[-1]) + 1)
    return np.asarray(numbers[these.root] < probability)


def _tries_again(these: Attempts, streams: Streams) -> Attempts:
    """Let those of *these* go on who will try again if they abandon."""
    again, number = these.kind.tasks.retrial, these.place + 1
    if again is None or number > again.at_most:
        return these
    tries = _chance(streams, f"retrial {number}", these, again.probability) & (these.columns["patience"] >= 0)
    name, count = these.kind.tasks.friendly_name, int(these.root[-1]) + 1
    delay = streams.lengths(again.delay, f"retrial delay {number}", name, count=count)[these.root]
    return attrs.evolve(these, goes_on=tries, delay=delay)


def _offered_callback(these: Attempts, streams: Streams, suffix: str) -> Attempts:
    """Let those of *these* end their waiting who take the offer of a callback before they lose patience."""
    offer, patience = these.kind.tasks.callback, these.columns["patience"]
    if offer is None:
        return these
    takes = _chance(streams, f"callback{suffix}", these, offer.probability)
    takes &= (patience < 0) | (patience > offer.after)
    return attrs.evolve(
        these,
        columns={**these.columns, "patience": np.where(takes, offer.after, patience)},
        goes_on=these.goes_on | takes,
        delay=np.where(takes, 0, these.delay),
        gives_up_as=np.where(takes, CANCELED, ABANDONED).astype(np.int8),
    )


def _same_work(these: Attempts, chosen: Flags) -> Columns:
    columns = {name: column[chosen] for name, column in these.columns.items()}
    return {**columns, "arrival": np.full(int(chosen.sum()), -1, dtype=np.int64)}


def _called_back(kind: Kind, these: Attempts, called: Flags, streams: Streams) -> Attempts:
    offer: Callback = kind.tasks.callback  # type: ignore[assignment] # or nobody would be called back
    columns, root = dict(_same_work(these, called)), these.root[called]
    columns["patience"] = np.full(len(root), -1, dtype=np.int64)
    if offer.priority is not None:
        columns["priority"] = np.full(len(root), offer.priority)
    return Attempts(
        kind=kind,
        code=kind.code + 1,
        place=these.place + 1,
        root=root,
        columns=columns,
        offers=draw_offers(kind.tasks, kind.offers, streams, root, " callback"),
        goes_on=np.zeros(len(root), dtype=np.bool_),
        delay=np.zeros(len(root), dtype=np.int64),
        gives_up_as=np.full(len(root), ABANDONED, dtype=np.int8),
        keeps_turn=True,
    )


def planned(attempts: Sequence[Attempts], types: int) -> PlannedTasks:
    """Return the tasks of all *attempts* in the order of the plan; so many *types* begin with their first tasks."""
    starts = np.cumsum([0, *(len(these.root) for these in attempts)])
    order, place = _order(attempts, types, starts)

    def of_each(value: Callable[[Attempts], Any], kind: type[np.generic]) -> NDArray[Any]:
        values = np.array([value(these) for these in attempts], dtype=kind)
        return np.repeat(values, np.diff(starts))[order]

    columns = {name: _joined([these.columns[name] for these in attempts], np.int64)[order] for name in GIVEN}
    first, delay, status = joined(list(_placed(attempts, starts, place)), int(starts[-1]))
    goes_on = _joined([these.goes_on for these in attempts], np.bool_)[order]
    return PlannedTasks(
        task_type=of_each(lambda these: these.code, np.int32),
        route=columns.pop("route").astype(np.int32),
        wrap_up_activity=of_each(lambda these: these.kind.wrap_up_activity, np.int32),
        **columns,
        timeout=of_each(lambda these: -1 if these.kind.tasks.timeout is None else these.kind.tasks.timeout, np.int64),
        gives_up_as=_joined([these.gives_up_as for these in attempts], np.int8)[order],
        next=_next(goes_on, int(starts[types])),
        next_delay=_joined([these.delay for these in attempts], np.int64)[order],
        keeps_turn=of_each(lambda these: these.keeps_turn, np.bool_),
        first_offer=first,
        offer_delay=delay,
        offer_status=status,
    )


def _joined(columns: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return columns[0] if len(columns) == 1 else np.concatenate([np.zeros(0, dtype=kind), *columns])


def _order(attempts: Sequence[Attempts], types: int, starts: Ints) -> tuple[Ints | slice, Ints]:
    """Return which row of the joined attempts comes at each place of the plan, and the place of each row."""
    firsts = int(starts[types])
    arrival = _joined([these.columns["arrival"] for these in attempts[:types]], np.int64)
    if len(attempts) == types and np.all(arrival[:-1] <= arrival[1:]):
        return slice(None), np.arange(firsts)
    order = np.argsort(arrival, kind="stable")
    place = np.empty(int(starts[-1]), dtype=np.int64)
    place[order] = np.arange(firsts)
    if len(attempts) > types:
        begins = {these.kind.code: start for these, start in zip(attempts[:types], starts, strict=False)}
        roots = np.concatenate([place[begins[these.kind.code] + these.root] for these in attempts[types:]])
        depths = np.concatenate([np.full(len(these.root), these.place) for these in attempts[types:]])
        behind = firsts + np.lexsort((depths, roots))
        order = np.concatenate([order, behind])
        place[behind] = np.arange(firsts, len(place))
    return order, place


def _next(goes_on: Flags, firsts: int) -> NDArray[np.int32]:
    """Return the task that follows each one, -1 for none: chains stand behind the first tasks, in their order."""
    following = np.full(len(goes_on), -1, dtype=np.int32)
    behind = np.arange(firsts, len(goes_on))
    begins = np.concatenate([[True], ~goes_on[firsts:-1]])[: len(behind)] if len(behind) else behind
    following[:firsts][goes_on[:firsts]] = behind[begins]
    following[firsts:][goes_on[firsts:]] = behind[~begins]
    return following


def _placed(attempts: Sequence[Attempts], starts: Ints, place: Ints) -> Any:
    for these, start in zip(attempts, starts, strict=False):
        for one in these.offers:
            yield attrs.evolve(one, tasks=place[start + one.tasks])
