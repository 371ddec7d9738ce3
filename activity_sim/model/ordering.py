"""In what order a workflow's target takes workers: by their attributes."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from activity_sim.model.terms import Attributes, Name

Key = tuple[tuple[bool, int], ...]


@attrs.frozen
class Clause:
    """One attribute of workers, and whether those who have more of it come first."""

    name: Name
    descending: bool

    def level(self, worker: Attributes) -> int | None:
        """Return the attribute of a *worker* where it is a whole number."""
        value = self.name.of(worker)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def __str__(self) -> str:
        return f"worker.{self.name} {'DESC' if self.descending else 'ASC'}"


@attrs.frozen
class Ordering:
    """The order of workers by *clauses*; a later one decides between those who are equal by all before it.

    >>> from activity_sim.model.expressions import parse_order
    >>> workers = [{"level": 2}, {}, {"level": 3}]
    >>> sorted(workers, key=parse_order("worker.level DESC"))
    [{'level': 3}, {'level': 2}, {}]
    """

    clauses: tuple[Clause, ...] = ()

    def __call__(self, worker: Attributes) -> Key:
        """Return what to sort by for a *worker*'s attributes; who lacks one is last by it, in both directions."""
        levels = [(clause.level(worker), clause.descending) for clause in self.clauses]
        return tuple((level is None, 0 if level is None else -level if down else level) for level, down in levels)

    def among(self, workers: Iterable[Attributes]) -> Ordering:
        """Return the order that holds among *workers*: none where an attribute of one is there and no whole number."""
        pairs = [(clause, worker) for worker in workers for clause in self.clauses]
        odd = any(clause.level(worker) is None and clause.name.of(worker) is not None for clause, worker in pairs)
        return Ordering() if odd else self

    def __str__(self) -> str:
        return ", ".join(map(str, self.clauses))
