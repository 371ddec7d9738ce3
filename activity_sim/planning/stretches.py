"""Stretches of time that belong to keys: what several have in common, and what they cover, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Stretches = tuple[Ints, Ints, Ints]
"""Stretches as columns: *key*, *start* and *end*, in microseconds."""


def joined(*parts: Stretches) -> Stretches:
    """Return the stretches of all *parts*."""
    key, start, end = (np.concatenate(columns).astype(np.int64) for columns in zip(*parts, strict=True))
    return key, start, end


def covered(stretches: Stretches, *, times: int = 1) -> Stretches:
    """Return when at least so many *times* stretches of one key run: in order, none empty, none over another.

    >>> one, other = (np.array(values) for values in ([7], [7]))
    >>> parts = joined((one, np.array([0]), np.array([10])), (other, np.array([4]), np.array([20])))
    >>> [column.tolist() for column in covered(parts, times=2)]
    [[7], [4], [10]]
    """
    return _at_level(stretches, np.ones(len(stretches[0]), dtype=np.int64), times)


def _at_level(stretches: Stretches, weight: Ints, least: int) -> Stretches:
    """Return when the *weight* of the stretches of one key that run is *least* or more."""
    key, start, end = stretches
    keys, moments = np.concatenate([key, key]), np.concatenate([start, end])
    order = np.lexsort((moments, keys))
    keys, moments = keys[order], moments[order]
    level = np.cumsum(np.concatenate([weight, -weight])[order])
    runs = np.flatnonzero((level[:-1] >= least) & (moments[1:] > moments[:-1]))
    return keys[runs], moments[runs], moments[runs + 1]


def common(one: Stretches, other: Stretches) -> Stretches:
    """Return when stretches of one key run in *one* and in *other*, in neither of which they may overlap."""
    return covered(joined(one, other), times=2)


def without(one: Stretches, other: Stretches) -> Stretches:
    """Return when stretches of one key run in *one* and not in *other*, in neither of which they may overlap."""
    weight = np.repeat(np.array([1, -1]), [len(one[0]), len(other[0])])
    return _at_level(joined(one, other), weight, 1)


def clipped(stretches: Stretches, first: int, last: int) -> Stretches:
    """Return what lies from *first* to *last* of *stretches*."""
    key, start, end = stretches
    start, end = np.maximum(start, first), np.minimum(end, last)
    kept = end > start
    return key[kept], start[kept], end[kept]
