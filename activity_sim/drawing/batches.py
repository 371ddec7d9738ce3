"""Draws what becomes of tasks that are not answered: who tries again, who is called back; and joins all tasks.

A batch is the tasks of one type that come at the same place of their chains: the first ones, those that try again for
the first time, and so on, and the callbacks.
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
class Batch:
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


def draw_batches(kind: Kind, columns: Columns, streams: Streams) -> tuple[Batch, list[Batch]]:
    """Return the first tasks of a *kind*, which have *columns*, and the batches that follow them."""
    first = _attempt(kind, columns, streams, 0, np.arange(len(columns["arrival"])))
    batches, last = [], first
    while len(last.root) and (kind.tasks.callback or kind.tasks.retrial):
        called = last.goes_on & (last.gives_up_as == CANCELED)
        if called.any():
            batches.append(_called_back(kind, last, called, streams))
        again = last.goes_on & (last.gives_up_as == ABANDONED)
        if not again.any():
            break
        last = _attempt(kind, _same_work(last, again), streams, last.place + 1, last.root[again])
        batches.append(last)
    return first, batches


def _attempt(kind: Kind, columns: Columns, streams: Streams, number: int, root: Ints) -> Batch:
    """Return attempt *number*, from 0, of the tasks with the numbers *root*."""
    tasks, suffix = kind.tasks, f" retrial {number}" if number else ""
    if number:
        count = int(root[-1]) + 1
        columns = {**columns, "patience": draw_patience(tasks, streams, count, suffix)[root]}
    offers = draw_offers(tasks, kind.offers, streams, root, suffix) if len(root) else []
    none = np.broadcast_to(np.False_, len(root))
    unfollowed = Batch(
        kind=kind,
        code=kind.code,
        place=number,
        root=root,
        columns=columns,
        offers=offers,
        goes_on=none,
        delay=np.broadcast_to(np.int64(0), len(root)),
        gives_up_as=np.broadcast_to(np.int8(ABANDONED), len(root)),
    )
    return _offered_callback(_tries_again(unfollowed, streams), streams, suffix) if len(root) else unfollowed


def _chance(streams: Streams, purpose: str, batch: Batch, probability: float) -> Flags:
    numbers = streams.of(purpose, batch.kind.tasks.friendly_name).random(int(batch.root[-1]) + 1)
    return np.asarray(numbers[batch.root] < probability)


def _tries_again(batch: Batch, streams: Streams) -> Batch:
    """Let those of *batch* go on who will try again if they abandon."""
    again, number = batch.kind.tasks.retrial, batch.place + 1
    if again is None or number > again.at_most:
        return batch
    tries = _chance(streams, f"retrial {number}", batch, again.probability) & (batch.columns["patience"] >= 0)
    name, count = batch.kind.tasks.friendly_name, int(batch.root[-1]) + 1
    delay = streams.lengths(again.delay, f"retrial delay {number}", name, count=count)[batch.root]
    return attrs.evolve(batch, goes_on=tries, delay=delay)


def _offered_callback(batch: Batch, streams: Streams, suffix: str) -> Batch:
    """Let those of *batch* end their waiting who take the offer of a callback before they lose patience."""
    offer, patience = batch.kind.tasks.callback, batch.columns["patience"]
    if offer is None:
        return batch
    takes = _chance(streams, f"callback{suffix}", batch, offer.probability)
    takes &= (patience < 0) | (patience > offer.after)
    return attrs.evolve(
        batch,
        columns={**batch.columns, "patience": np.where(takes, offer.after, patience)},
        goes_on=batch.goes_on | takes,
        delay=np.where(takes, 0, batch.delay),
        gives_up_as=np.where(takes, CANCELED, ABANDONED).astype(np.int8),
    )


def _same_work(batch: Batch, chosen: Flags) -> Columns:
    columns = {name: column[chosen] for name, column in batch.columns.items()}
    return {**columns, "arrival": np.full(int(chosen.sum()), -1, dtype=np.int64)}


def _called_back(kind: Kind, batch: Batch, called: Flags, streams: Streams) -> Batch:
    offer: Callback = kind.tasks.callback  # type: ignore[assignment] # or nobody would be called back
    columns, root = dict(_same_work(batch, called)), batch.root[called]
    columns["patience"] = np.full(len(root), -1, dtype=np.int64)
    if offer.priority is not None:
        columns["priority"] = np.full(len(root), offer.priority)
    return Batch(
        kind=kind,
        code=kind.code + 1,
        place=batch.place + 1,
        root=root,
        columns=columns,
        offers=draw_offers(kind.tasks, kind.offers, streams, root, " callback"),
        goes_on=np.zeros(len(root), dtype=np.bool_),
        delay=np.zeros(len(root), dtype=np.int64),
        gives_up_as=np.full(len(root), ABANDONED, dtype=np.int8),
        keeps_turn=True,
    )


def planned(batches: Sequence[Batch], types: int) -> PlannedTasks:
    """Return the tasks of all *batches* in the order of the plan; so many *types* begin with their first tasks."""
    starts = np.cumsum([0, *(len(batch.root) for batch in batches)])
    order, place = _order(batches, types, starts)

    def of_each(value: Callable[[Batch], Any], kind: type[np.generic]) -> NDArray[Any]:
        values = np.array([value(batch) for batch in batches], dtype=kind)
        return np.repeat(values, np.diff(starts))[order]

    columns = {name: _joined([batch.columns[name] for batch in batches], np.int64)[order] for name in GIVEN}
    first, delay, status = joined(list(_placed(batches, starts, place)), int(starts[-1]))
    goes_on = _joined([batch.goes_on for batch in batches], np.bool_)[order]
    return PlannedTasks(
        task_type=of_each(lambda batch: batch.code, np.int32),
        route=columns.pop("route").astype(np.int32),
        wrap_up_activity=of_each(lambda batch: batch.kind.wrap_up_activity, np.int32),
        **columns,
        timeout=of_each(lambda batch: -1 if batch.kind.tasks.timeout is None else batch.kind.tasks.timeout, np.int64),
        gives_up_as=_joined([batch.gives_up_as for batch in batches], np.int8)[order],
        next=_next(goes_on, int(starts[types])),
        next_delay=_joined([batch.delay for batch in batches], np.int64)[order],
        keeps_turn=of_each(lambda batch: batch.keeps_turn, np.bool_),
        first_offer=first,
        offer_delay=delay,
        offer_status=status,
    )


def _joined(columns: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return columns[0] if len(columns) == 1 else np.concatenate([np.zeros(0, dtype=kind), *columns])


def _order(batches: Sequence[Batch], types: int, starts: Ints) -> tuple[Ints | slice, Ints]:
    """Return which row of the joined batches comes at each place of the plan, and the place of each row."""
    firsts = int(starts[types])
    arrival = _joined([batch.columns["arrival"] for batch in batches[:types]], np.int64)
    if len(batches) == types and np.all(arrival[:-1] <= arrival[1:]):
        return slice(None), np.arange(firsts)
    order = np.argsort(arrival, kind="stable")
    place = np.empty(int(starts[-1]), dtype=np.int64)
    place[order] = np.arange(firsts)
    if len(batches) > types:
        begins = {batch.kind.code: start for batch, start in zip(batches[:types], starts, strict=False)}
        roots = np.concatenate([place[begins[batch.kind.code] + batch.root] for batch in batches[types:]])
        depths = np.concatenate([np.full(len(batch.root), batch.place) for batch in batches[types:]])
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


def _placed(batches: Sequence[Batch], starts: Ints, place: Ints) -> Any:
    for batch, start in zip(batches, starts, strict=False):
        for one in batch.offers:
            yield attrs.evolve(one, tasks=place[start + one.tasks])
