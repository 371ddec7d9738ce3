"""Lists, a page at a time.

A page token says which row its page lies behind or before, so pages neither repeat nor skip a row that stays, whatever
comes and goes in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import attrs

from activity_sim.emulator.calls import Answer, Call
from activity_sim.emulator.forms import page_size, whole
from activity_sim.emulator.refusals import invalid
from activity_sim.emulator.store import Row

Resource = Callable[[Call, Row], dict[str, Any]]
BEHIND, BEFORE = "PA", "PB"


@attrs.frozen(kw_only=True)
class Listing:
    """Describe a list: *query* selects its rows from *table*, *where* (with *values*) those that are asked for.

    *key* is the name of the list in the answer, *resource* makes one of its entries from a row. Rows come by the column
    *order*, and those of the same value as they were made; *keep* lets through those that SQL cannot choose.
    *filters* are the parameters that are part of every page's URL.
    """

    key: str
    table: str
    query: str
    resource: Resource
    filters: tuple[str, ...]
    where: tuple[str, ...]
    values: tuple[Any, ...]
    order: str = "seq"
    descending: bool = False
    keep: Callable[[Row], bool] = bool

    def rows(self, call: Call, anchor: tuple[int, int] | None, *, backwards: bool) -> Iterator[Row]:
        """Yield the rows beyond *anchor* (all of them without one), outwards from it."""
        falling = self.descending != backwards
        columns = f"{self.table}.{self.order}, {self.table}.seq"
        beyond = (f"({columns}) {'<' if falling else '>'} (?, ?)",) if anchor else ()
        where = " AND ".join((*self.where, *beyond)) or "1"
        way = "DESC" if falling else "ASC"
        sort = f"{self.table}.{self.order} {way}, {self.table}.seq {way}"
        query = f"{self.query} WHERE {where} ORDER BY {sort}"
        return filter(self.keep, call.store.rows(query, *self.values, *(anchor or ())))


def page(call: Call, listing: Listing) -> Answer:
    """Return the page of *listing* that the call asks for."""
    size, number = page_size(call.given), whole(call.given, "Page", least=0, usual=0)
    kind, anchor = _token(call.given.get("PageToken"))
    backwards = kind == BEFORE
    rows = list(islice(listing.rows(call, anchor, backwards=backwards), size + 1))
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    follows, precedes = (bool(rows) if backwards else more), (more if backwards else anchor is not None)
    links = {
        "first_page_url": _url(call, listing, size, 0),
        "next_page_url": _url(call, listing, size, number + 1, _after(rows, listing)) if follows else None,
        "previous_page_url": _url(call, listing, size, max(number - 1, 0), _before(rows, listing, call))
        if precedes
        else None,
        "url": _url(call, listing, size, number, call.given.get("PageToken")),
    }
    meta = {**links, "key": listing.key, "page": number, "page_size": size}
    return Answer(200, {listing.key: [listing.resource(call, row) for row in rows], "meta": meta})


def _token(token: str | None) -> tuple[str, tuple[int, int] | None]:
    if token is None:
        return BEHIND, None
    parts = re.fullmatch(f"({BEHIND}|{BEFORE})([0-9a-f]{{1,15}})-([0-9a-f]{{1,15}})", token)
    if not parts:
        raise invalid("PageToken is not one that the API gave")
    return parts[1], (int(parts[2], 16), int(parts[3], 16))


def _after(rows: list[Row], listing: Listing) -> str:
    return _written(BEHIND, rows[-1][listing.order], rows[-1]["seq"])


def _before(rows: list[Row], listing: Listing, call: Call) -> str:
    if rows:
        return _written(BEFORE, rows[0][listing.order], rows[0]["seq"])
    return call.given["PageToken"].replace(BEHIND, BEFORE, 1)


def _written(kind: str, value: int, seq: int) -> str:
    return f"{kind}{value:x}-{seq:x}"


def _url(call: Call, listing: Listing, size: int, number: int, token: str | None = None) -> str:
    said = {name: call.given[name] for name in listing.filters if name in call.given}
    paging = {"PageSize": size, "Page": number, **({"PageToken": token} if token else {})}
    return f"{call.url(*call.path.strip('/').split('/'))}?{urlencode({**said, **paging})}"
