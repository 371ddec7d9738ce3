"""The sums of a study's replications, kept in a database: a temporary one, or the file of a checkpoint.

A block of consecutive replications is one transaction, so a study that is killed leaves whole blocks behind, and can go
on. SQLite puts on disk what its cache does not hold, so memory does not grow with the number of replications.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any
from weakref import finalize

import attrs
import numpy as np
from numpy.typing import NDArray

from activity_sim.analysis.sums import Waited
from activity_sim.errors import InputError

APPLICATION = 0x61637369
"""Marks the database as ours: `acsi`."""
CACHED = 1 << 14
"""Kibibytes of the database that are held in memory."""
TABLES = """
CREATE TABLE IF NOT EXISTS study (identity TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS blocks (first INTEGER PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS columns (
    first INTEGER NOT NULL, name TEXT NOT NULL, dtype TEXT NOT NULL, shape TEXT NOT NULL, bytes BLOB NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS by_name ON columns (name, first);
"""


@attrs.frozen(eq=False)
class Block:
    """What *count* replications from number *first* were reduced to.

    *columns* has their sums by report and name, replications along the first axis; and of their waits the ``lengths``
    (how many of each replication), the ``waits`` one after another and the ``cells`` of these.
    """

    first: int
    count: int
    columns: Mapping[str, NDArray[Any]]


class Store:
    """The blocks of one study; *identity* says which, and a checkpoint of another is refused.

    Raises :exc:`~activity_sim.errors.InputError` where the file *path* is something else or cannot be written to.
    """

    def __init__(self, identity: Mapping[str, Any], path: Path | None = None) -> None:
        self._place = "checkpoint" if path is None else str(path)
        try:
            self._base = sqlite3.connect("" if path is None else path, isolation_level=None, check_same_thread=False)
            finalize(self, self._base.close)
            self._prepare(dict(identity))
        except (sqlite3.Error, OSError) as error:
            raise InputError(f"must be a file that a checkpoint can be kept in ({error})", self._place) from None

    def _prepare(self, identity: dict[str, Any]) -> None:
        self._base.execute("PRAGMA page_size = 65536")  # the most there is: columns are long
        self._base.execute(f"PRAGMA cache_size = -{CACHED}")
        (mark,) = self._base.execute("PRAGMA application_id").fetchone()
        (tables,) = self._base.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if tables and mark != APPLICATION:
            raise InputError("must be a checkpoint of a study, and is another database", self._place)
        self._base.executescript(f"BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION}; {TABLES} COMMIT;")
        found = self._base.execute("SELECT identity FROM study").fetchone()
        if found is None:
            self._base.execute("INSERT INTO study VALUES (?)", [json.dumps(identity)])
        else:
            self._check(identity, json.loads(found[0]))

    def _check(self, identity: dict[str, Any], found: dict[str, Any]) -> None:
        for key, value in identity.items():
            if found.get(key) != value:
                rule = f"must be the checkpoint of this study: its {key} is {found.get(key)!r}, not {value!r}"
                raise InputError(rule, self._place)

    def add(self, block: Block) -> None:
        """Keep *block*, unless there is already one (another run's on the same checkpoint) with a part of it."""
        self._base.execute("BEGIN IMMEDIATE")
        overlap = "SELECT count(*) FROM blocks WHERE first < ? AND first + count > ?"
        if not self._base.execute(overlap, [block.first + block.count, block.first]).fetchone()[0]:
            self._insert(block)
        self._base.execute("COMMIT")

    def _insert(self, block: Block) -> None:
        self._base.execute("INSERT INTO blocks VALUES (?, ?)", [block.first, block.count])
        rows = (
            (block.first, name, column.dtype.str, json.dumps(column.shape), np.ascontiguousarray(column).data)
            for name, column in block.columns.items()
        )
        self._base.executemany("INSERT INTO columns VALUES (?, ?, ?, ?, ?)", rows)

    @property
    def held(self) -> set[int]:
        """The numbers of the replications that are kept."""
        blocks = self._base.execute("SELECT first, count FROM blocks")
        return {number for first, count in blocks for number in range(first, first + count)}

    def blocks(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the column *name* of each block, by the number of its first replication."""
        query = "SELECT dtype, shape, bytes FROM columns WHERE name = ? ORDER BY first"
        for dtype, shape, data in self._base.execute(query, [name]):
            yield np.frombuffer(data, dtype).reshape(json.loads(shape))


@attrs.frozen(eq=False)
class Kept:
    """The sums of one *report* of the first so many *replications*, read from the *store* when they are asked for."""

    store: Store
    report: str
    replications: int

    def __len__(self) -> int:
        return self.replications

    def __getitem__(self, name: str, /) -> NDArray[Any]:
        blocks = list(self.store.blocks(f"{self.report}/{name}"))
        return np.concatenate(blocks)[: self.replications]

    def waits(self) -> Iterator[Waited]:
        """Yield the cells and waits of each replication."""
        return islice(self._waits(), self.replications)

    def _waits(self) -> Iterator[Waited]:
        for columns in zip(*(self.store.blocks(name) for name in ("lengths", "cells", "waits")), strict=True):
            ends = np.cumsum(columns[0])[:-1]
            yield from zip(np.split(columns[1], ends), np.split(columns[2], ends), strict=True)
