"""Draws the offers of tasks: how each reservation would end, and after how long."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.drawing.streams import Streams
from activity_sim.log import ACCEPTED, REJECTED, TIMEOUT
from activity_sim.model.tasks import Tasks
from activity_sim.plan import MOST_OFFERS

Ints = NDArray[np.int64]
Statuses = NDArray[np.int8]


@attrs.frozen(eq=False)
class Round:
    """The offers of one *number* of some *tasks*."""

    number: int
    tasks: Ints
    delay: Ints
    status: Statuses


@attrs.frozen(eq=False)
class OfferRule:
    """What decides about offers beside the task type: the longest wait for an answer, and how many come at once."""

    reservation_timeout: int
    at_once: int


def draw_offers(tasks: Tasks, rule: OfferRule, streams: Streams, whose: Ints, suffix: str = "") -> list[Round]:
    """Return the offers of the tasks of a type that have the numbers *whose*, in rising order, round by round.

    There are offers up to the first that is accepted, and so many more as could be made at once with that. *suffix*
    tells the streams of tasks that follow others.
    """
    last = np.full(len(whose), MOST_OFFERS + rule.at_once - 2)
    rounds, open_ = [], np.arange(len(whose))
    for number in range(MOST_OFFERS + rule.at_once - 1):
        if not len(open_):
            break
        delay, status = _round(tasks, rule, streams, f"{number}{suffix}", whose[open_])
        rounds.append(Round(number, open_, delay, status))
        accepted = open_[status == ACCEPTED]
        last[accepted] = np.minimum(last[accepted], number + rule.at_once - 1)
        open_ = open_[last[open_] > number]
    return rounds


def _round(tasks: Tasks, rule: OfferRule, streams: Streams, key: str, whose: Ints) -> tuple[Ints, Statuses]:
    count, name = int(whose[-1]) + 1, tasks.friendly_name
    chosen: Ints | slice = whose if count > len(whose) else slice(None)
    response = streams.lengths(tasks.response, f"response {key}", name, count=count)[chosen]
    status = np.full(len(whose), ACCEPTED, dtype=np.int8)
    if tasks.reject_probability:
        status[(streams.of(f"reject {key}", name).random(count) < tasks.reject_probability)[chosen]] = REJECTED
    status[response > rule.reservation_timeout] = TIMEOUT
    return np.minimum(response, rule.reservation_timeout), status


def joined(rounds: Sequence[Round], count: int) -> tuple[Ints, Ints, Statuses]:
    """Return the first offer of each of *count* tasks, and the delays and statuses of all offers task by task."""
    if len(rounds) == 1 and _is_all(rounds[0].tasks, count):
        return np.arange(count + 1), rounds[0].delay, rounds[0].status
    offers = np.zeros(count + 1, dtype=np.int64)
    for one in rounds:
        offers[one.tasks + 1] += 1
    first = np.cumsum(offers)
    delays, statuses = np.empty(first[-1], dtype=np.int64), np.empty(first[-1], dtype=np.int8)
    for one in rounds:
        place = first[one.tasks] + one.number
        delays[place], statuses[place] = one.delay, one.status
    return first, delays, statuses


def _is_all(tasks: Ints, count: int) -> bool:
    return len(tasks) == count and bool(np.all(tasks[1:] > tasks[:-1]))
