"""Percentiles of waits pooled over replications: exact, in memory that does not grow with their number.

The waits of one replication are handed over at a time, as often as it takes. Cells are worked on in groups that fit in
memory; of a cell that does not, only the window is held in which the percentile can lie, whichever replication is left
out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from activity_sim.units import NEVER

Ints = NDArray[np.int64]
Waits = Callable[[], Iterable[tuple[NDArray[np.integer], Ints]]]
"""Gives for each replication, in order, the cell and the length of each wait."""
HELD = 1 << 21
"""So many waits are held at a time."""
BUCKETS = 1 << 12


class Percentiles(NamedTuple):
    """The percentile of each cell, and what it is without each replication (a row each); NaN for an empty cell."""

    value: NDArray[np.float64]
    left_out: NDArray[np.float64]


class Window(NamedTuple):
    """The waits of some cells strictly between *low* and *high*, and how many of each replication are not above *low*.

    The last is by replication and cell.
    """

    cell: Ints
    wait: Ints
    owner: Ints
    below: Ints
    low: int
    high: int


def percentiles(share: float, waits: Waits, cells: int) -> Percentiles:
    """Return the smallest wait that at least *share* of the waits of each of the *cells* do not exceed."""
    sizes = np.array([np.bincount(cell, minlength=cells) for cell, _ in waits()], dtype=np.int64).reshape(-1, cells)
    found = Percentiles(np.full(cells, np.nan), np.full(sizes.shape, np.nan))
    for first, last in _groups(sizes.sum(axis=0)):
        large = sizes[:, first].sum() > HELD
        bounds = _bounds(share, waits, first, sizes[:, first]) if large else (-1, NEVER)
        _fill(found, share, _window(waits, (first, last), bounds, len(sizes)), first, sizes)
    return found


def _groups(totals: Ints) -> Iterator[tuple[int, int]]:
    """Yield (first, last + 1) of stretches of cells that can be held together, or are one cell."""
    first, held = 0, 0
    for number, total in enumerate(totals.tolist()):
        if held and held + total > HELD:
            yield first, number
            first, held = number, 0
        held += total
    if held:
        yield first, len(totals)


def _bounds(share: float, waits: Waits, cell: int, sizes: Ints) -> tuple[int, int]:
    """Return the least and the largest wait of one cell that its percentile can be, with any replication left out."""
    without = _rank(share, sizes.sum() - sizes)
    ranks = np.concatenate([without, without + sizes, [_rank(share, sizes.sum())]])
    most = int(sizes.sum()) - 1
    return _ranked(waits, cell, int(ranks.min())), _ranked(waits, cell, min(int(ranks.max()), most))


def _ranked(waits: Waits, cell: int, rank: int) -> int:
    """Return the wait of one cell that stands at *rank*, from 0, by counting in ever finer buckets."""
    low, high = 0, max(int(wait.max(initial=0)) for _, wait in waits())
    while low < high:
        width = (high - low) // BUCKETS + 1
        reached = np.cumsum(_histogram(waits, cell, low, high, width))
        bucket = int(np.searchsorted(reached, rank, side="right"))
        rank -= int(reached[bucket - 1]) if bucket else 0
        low, high = low + bucket * width, min(high, low + (bucket + 1) * width - 1)
    return low


def _histogram(waits: Waits, cell: int, low: int, high: int, width: int) -> Ints:
    counts = np.zeros((high - low) // width + 1, dtype=np.int64)
    for cells, wait in waits():
        mine = wait[(cells == cell) & (wait >= low) & (wait <= high)]
        counts += np.bincount((mine - low) // width, minlength=len(counts))
    return counts


def _window(waits: Waits, cells: tuple[int, int], bounds: tuple[int, int], count: int) -> Window:
    (first, last), (low, high) = cells, bounds
    below = np.zeros((count, last - first), dtype=np.int64)
    parts: list[tuple[Ints, Ints, Ints]] = []
    for number, (cell, wait) in enumerate(waits()):
        mine = np.flatnonzero((cell >= first) & (cell < last))
        place, length = cell[mine].astype(np.int64) - first, wait[mine]
        below[number] = np.bincount(place[length <= low], minlength=last - first)
        kept = (length > low) & (length < high)
        parts.append((place[kept], length[kept], np.full(int(kept.sum()), number)))
    cells_, waits_, owners = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Window(cells_, waits_, owners, below, low, high)


def _fill(found: Percentiles, share: float, window: Window, first: int, sizes: Ints) -> None:
    """Work out the percentiles of the cells of *window*, of which *first* is the first."""
    order = np.lexsort((window.wait, window.cell))
    wait, owner = window.wait[order], window.owner[order]
    borders = np.searchsorted(window.cell[order], np.arange(window.below.shape[1] + 1)).tolist()
    for place, (start, end) in enumerate(pairwise(borders)):
        size = sizes[:, first + place]
        if size.any():
            among = np.concatenate([[window.low], wait[start:end], [window.high]])
            ranks = _places(share, owner[start:end], window.below[:, place], size)
            found.value[first + place], *found.left_out[:, first + place] = among[np.clip(ranks + 1, 0, len(among) - 1)]


def _places(share: float, owner: Ints, below: Ints, sizes: Ints) -> Ints:
    """Return the place of the percentile of one cell in its window, and those with each replication left out.

    The r-th wait that is not of replication k stands at r plus the number of those of k before it. The j-th of k, from
    0, at position p, has p - j others before it.
    """
    positions = np.argsort(owner, kind="stable")
    held = np.bincount(owner, minlength=len(sizes))
    starts = np.cumsum(held) - held
    others = positions - (np.arange(len(owner)) - starts.repeat(held))
    apart = np.int64(len(owner) + 1)
    rest = sizes.sum() - sizes
    rank = np.minimum(_rank(share, rest) - (below.sum() - below), len(owner))
    passed = np.searchsorted(others + owner[positions] * apart, rank + np.arange(len(sizes)) * apart, side="right")
    whole = _rank(share, sizes.sum()) - below.sum()
    return np.append(whole, np.where(rest > 0, np.where(rank < 0, rank, rank + passed - starts), whole))


def _rank(share: float, size: Ints) -> Ints:
    """Return the place, from 0, of the percentile among *size* ordered values."""
    return np.asarray(np.maximum(np.ceil(share * size - 1e-9).astype(np.int64) - 1, 0))
