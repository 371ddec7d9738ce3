"""Percentiles of waits pooled over replications: exact, in memory that does not grow with their number.

The waits of one replication are handed over at a time, as often as it takes. Cells are worked on in groups that fit in
memory; of a cell that does not, only the window is held in which the percentile can lie, whichever replication is left
out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
    """Some waits of one cell, strictly between *low* and *high*, with the replications (*owner*) that they are of.

    *below* has how many of each replication are not above *low*.
    """

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
        windows = _counted(share, waits, first, sizes) if large else _held(share, waits, (first, last), sizes)
        for cell, window in windows:
            found.value[cell], *found.left_out[:, cell] = _read(share, window, sizes[:, cell])
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


def _ranks(share: float, sizes: Ints) -> tuple[int, int]:
    """Return the least and the highest place, from 0, of the percentile of a cell, with any replication left out."""
    without = _rank(share, sizes.sum() - sizes)
    ranks = np.concatenate([without, without + sizes, [_rank(share, sizes.sum())]])
    return int(ranks.min()), min(int(ranks.max()), int(sizes.sum()) - 1)


def _held(share: float, waits: Waits, cells: tuple[int, int], sizes: Ints) -> Iterator[tuple[int, Window]]:
    """Yield the window of each of the cells from the first to before the last, whose waits can be held together."""
    parts = [_of(cells, number, *columns) for number, columns in enumerate(waits())]
    place, wait, owner = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(place.astype(np.min_scalar_type(cells[1] - cells[0])), kind="stable")
    borders = np.cumsum(sizes[:, slice(*cells)].sum(axis=0))
    for cell, mine in enumerate(np.split(order, borders[:-1]), cells[0]):
        if len(mine):
            ends = _ranks(share, sizes[:, cell])
            low, high = np.partition(wait[mine], ends)[list(ends)].tolist()
            yield cell, _window(wait[mine], owner[mine], (low, high), len(sizes))


def _of(cells: tuple[int, int], number: int, cell: NDArray[np.integer], wait: Ints) -> tuple[Ints, Ints, Ints]:
    mine = np.flatnonzero((cell >= cells[0]) & (cell < cells[1]))
    return cell[mine].astype(np.int64) - cells[0], wait[mine], np.full(len(mine), number)


def _window(wait: Ints, owner: Ints, bounds: tuple[int, int], count: int) -> Window:
    below = np.bincount(owner[wait <= bounds[0]], minlength=count)
    inside = np.flatnonzero((wait > bounds[0]) & (wait < bounds[1]))
    order = inside[np.argsort(wait[inside], kind="stable")]
    return Window(wait[order], owner[order], below, *bounds)


def _counted(share: float, waits: Waits, cell: int, sizes: Ints) -> Iterator[tuple[int, Window]]:
    """Yield the window of one cell that has more waits than can be held."""
    first, last = _ranks(share, sizes[:, cell])
    low, high = _ranked(waits, cell, first), _ranked(waits, cell, last)
    parts = []
    for number, (cells, wait) in enumerate(waits()):
        mine = wait[cells == cell]
        owner = np.full(len(mine), number)
        parts.append(_window(mine, owner, (low, high), len(sizes)))
    wait, owner = (np.concatenate([getattr(part, name) for part in parts]) for name in ("wait", "owner"))
    order = np.argsort(wait, kind="stable")
    yield cell, Window(wait[order], owner[order], np.sum([part.below for part in parts], axis=0), low, high)


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


def _read(share: float, window: Window, sizes: Ints) -> Ints:
    """Return the percentile of a cell, and those with each replication left out, from its *window*."""
    among = np.concatenate([[window.low], window.wait, [window.high]])
    places = _places(share, window.owner, window.below, sizes)
    return np.asarray(among[np.clip(places + 1, 0, len(among) - 1)])


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
