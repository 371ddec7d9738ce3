"""One request and its answer, as the operations see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from activity_sim.emulator.refusals import Refusal, not_found
from activity_sim.emulator.rules import Rules
from activity_sim.emulator.store import Row, Store


@attrs.frozen(kw_only=True)
class Call:
    """Hold what was asked: *path* without the version, its *sids*, and the parameters *given*.

    *root* is the URL that all others begin with, as the client reached it. *if_match* is the version that the client
    has, where it says so.
    """

    store: Store
    rules: Rules
    root: str
    path: str
    sids: Mapping[str, str]
    given: Mapping[str, str]
    if_match: str | None = None

    @property
    def workspace_sid(self) -> str:
        """The SID of the workspace that the path names."""
        return self.sids["workspace_sid"]

    @property
    def place(self) -> str:
        """The workspace and account, as refusals name them."""
        return f"workspace {self.workspace_sid} for account {self.store.account_sid}"

    def url(self, *steps: str) -> str:
        """Return the absolute URL of *steps* below the version."""
        return "/".join((self.root, "v1", *steps))

    def found(self, query: str, *values: Any) -> Row:
        """Return the row of *query*, which the path names; it is not found where there is none."""
        row = self.store.row(query, *values)
        if row is None:
            raise not_found(self.path)
        return row

    def home(self) -> Row:
        """Return the row of the workspace that the path names."""
        return self.found("SELECT * FROM workspaces WHERE sid = ?", self.workspace_sid)


@attrs.frozen
class Answer:
    """Hold an answer: the HTTP *status*, the JSON *body* (None: empty) and further *headers*."""

    status: int = 200
    body: dict[str, Any] | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def refused(cls, refusal: Refusal) -> Answer:
        """Return the answer that says no."""
        return cls(refusal.status, refusal.body, refusal.headers)


Operation = Callable[[Call], Answer]
