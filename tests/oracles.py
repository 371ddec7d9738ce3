"""Exact values of queues and chains: as they were published or computed to 40 digits, and by formula."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh_tridiagonal, expm

Floats = NDArray[np.float64]

STORED: dict[str, Any] = json.loads((Path(__file__).parent / "oracles.json").read_text("utf-8"))
"""The stored values by case; what they mean is in the file."""

ROOM = 400
"""So many waiting places stand for infinitely many where callers lose patience."""


@dataclass(frozen=True)
class Queue:
    """A queue with exponential times: rates per minute, *abandonment* 0 where nobody loses patience."""

    arrivals: float
    service: float
    servers: int
    abandonment: float = 0.0
    within: float = 20.0
    """The threshold of the service level, in seconds."""

    @property
    def load(self) -> float:
        """The offered load, in servers."""
        return self.arrivals / self.service


ERLANG_A = {
    "pyworkforce_c14": Queue(100 / 30, 1 / 3, 14, 1 / 5),
    "lecuyer": Queue(4.2, 1 / 2, 12, 1.0),
    "gmr_50": Queue(48.0, 1.0, 50, 1 / 2, within=6.0),
    "five_workers": Queue(3.0, 1.0, 5, 1 / 5),
    "chat": Queue(1.0, 1 / 5, 6, 1 / 10),
}
"""Queues with impatient callers by the name of their stored values; the chats have two workers with room for three."""

MMC = Queue(100 / 30, 1 / 3, 14)
PRIORITY = (2.0, 4.0)
"""The arrival rates of two classes that eight servers of rate 1 serve, the first class first."""

STATES = ("Offline", "Available", "Busy", "Break", "Training")
STAY_MINUTES = (960.0, 6.0, 8.0, 15.0, 30.0)
NEXT = ((0, 1, 0, 0, 0), (0.05, 0, 0.80, 0.10, 0.05), (0, 0.9, 0, 0.1, 0), (0, 1, 0, 0, 0), (0.5, 0.5, 0, 0, 0))
"""A semi-Markov chain of activities: mean stays, and the probabilities of what comes next."""


def pair(case: str) -> tuple[int, float]:
    """Return servers and load of a stored case, which is called after them."""
    servers, load = case.split(",")
    return int(servers), float(load)


def erlang_b(servers: int, load: float) -> float:
    """Return the probability of being blocked, by the recursion over the servers."""
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Return the probability of waiting where everybody does."""
    blocked = erlang_b(servers, load)
    return servers * blocked / (servers - load * (1 - blocked))


def mmc(queue: Queue) -> dict[str, float]:
    """Return the figures of a queue where everybody waits; the wait of those who do is exponential."""
    waits, spare = erlang_c(queue.servers, queue.load), queue.servers * queue.service - queue.arrivals
    return {
        "a": queue.load,
        "rho": queue.load / queue.servers,
        "PW": waits,
        "ASA": waits / spare,
        "Lq": queue.arrivals * waits / spare,
        "SL": 1 - waits * float(np.exp(-spare * queue.within / 60)),
        "B": erlang_b(queue.servers, queue.load),
    }


def stationary(queue: Queue) -> Floats:
    """Return the probabilities of 0, 1, 2, ... in the system, from the balance of births and deaths."""
    number = np.arange(1, queue.servers + ROOM)
    waiting = np.maximum(number - queue.servers, 0)
    deaths = np.minimum(number, queue.servers) * queue.service + waiting * queue.abandonment
    logs = np.concatenate([[0.0], np.cumsum(np.log(queue.arrivals / deaths))])
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def fates_within(queue: Queue, minutes: float) -> tuple[Floats, Floats]:
    """Return, for a caller with 0, 1, 2, ... ahead in line, the probabilities of being served and of leaving within.

    Those ahead are served or leave one by one: a chain that ends in two ways, solved by a matrix exponential.
    """
    ahead = np.arange(ROOM)
    moves_up = queue.servers * queue.service + ahead * queue.abandonment
    chain = np.zeros((ROOM + 2, ROOM + 2))
    chain[ahead, ahead] = -moves_up - queue.abandonment
    chain[ahead[1:], ahead[:-1]] = moves_up[1:]
    chain[0, ROOM] = moves_up[0]
    chain[ahead, ROOM + 1] = queue.abandonment
    after = expm(chain * minutes)
    return after[:ROOM, ROOM], after[:ROOM, ROOM + 1]


def erlang_a(queue: Queue) -> dict[str, float]:
    """Return the figures of a queue with impatient callers."""
    chances = stationary(queue)
    line = chances[queue.servers :]
    ahead = np.arange(len(line))
    rates = queue.servers * queue.service + (ahead + 1) * queue.abandonment
    answered = queue.servers * queue.service / rates
    waiting, leaving = float(line.sum()), float((line * (1 - answered)).sum())
    in_line = float((line * ahead).sum())
    at_once = 1 - waiting
    served, left = fates_within(queue, queue.within / 60)
    in_time, left_in_time = at_once + float((line * served).sum()), float((line * left).sum())
    busy = float((np.minimum(np.arange(len(chances)), queue.servers) * chances).sum())
    return {
        "PW": waiting,
        "PAb": leaving,
        "occ": busy / queue.servers,
        "mean_chats": busy,
        "Lq": in_line,
        "W_all": in_line / queue.arrivals,
        "ASA_served": float((line * answered * np.cumsum(1 / rates)).sum()) / (1 - leaving),
        "SL_served_in_t_over_all": in_time,
        "SL_over_served": in_time / (1 - leaving),
        "SL_excl_shortab": in_time / (1 - left_in_time),
        "SL_P_wait_le_t": in_time + left_in_time,
        "ab_within_t": left_in_time,
    }


def priority(rates: tuple[float, float], service: float, servers: int) -> dict[str, float]:
    """Return the mean waits of two classes of which the first goes first, without interrupting (Cobham)."""
    waits = erlang_c(servers, sum(rates) / service)
    first, both = (sum(rates[:number]) / (servers * service) for number in (1, 2))
    base = waits / (servers * service)
    return {
        "PW": waits,
        "W1": base / (1 - first),
        "W2": base / ((1 - first) * (1 - both)),
        "W_fifo": base / (1 - both),
    }


def chain_shares() -> tuple[Floats, Floats]:
    """Return the shares of visits and of time of the semi-Markov chain."""
    moves = np.array(NEXT, dtype=np.float64)
    balance = np.vstack([moves.T - np.eye(len(moves)), np.ones(len(moves))])
    visits = np.linalg.lstsq(balance, np.array([0.0] * len(moves) + [1.0]), rcond=None)[0]
    time = visits * STAY_MINUTES
    return visits, time / time.sum()


def two_state(available: float, away: float, minutes: float) -> dict[str, float]:
    """Return how a worker who starts available and alternates, with exponential stays of these means, spends time."""
    share, rate = available / (available + away), 1 / available + 1 / away
    extra = (1 - share) * (1 - float(np.exp(-rate * minutes))) / rate
    return {"available_in_the_long_run": share, "available_minutes_of_60": share * minutes + extra}


def memory(queue: Queue, *, waits: bool = True) -> float:
    """Return how many minutes it takes until what was before matters e times less: the gap of the chain's spectrum."""
    number = np.arange(queue.servers + (4 * ROOM if waits else 0) + 1)
    waiting = np.maximum(number - queue.servers, 0)
    deaths = np.minimum(number, queue.servers) * queue.service + waiting * queue.abandonment
    births = np.where(number < number[-1], queue.arrivals, 0.0)
    sides = np.sqrt(births[:-1] * deaths[1:])
    last = len(number) - 1
    second = eigvalsh_tridiagonal(-births - deaths, sides, select="i", select_range=(last - 1, last - 1))[0]
    return 1 / min(-float(second), queue.service)
