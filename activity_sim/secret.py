"""Tokens, kept so that no repr, log or traceback shows them."""

from __future__ import annotations

import hmac


class Secret:
    """Hold a text that shows itself to :meth:`reveal` and :meth:`matches` only.

    >>> Secret("0f3a")
    Secret(...)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str | Secret) -> None:
        self._text: str = text.reveal() if isinstance(text, Secret) else text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def matches(self, given: str) -> bool:
        """Return whether *given* is the same text, in a time that does not tell how much of it is."""
        return hmac.compare_digest(self._text.encode("utf-8", "replace"), given.encode("utf-8", "replace"))

    @property
    def printable(self) -> bool:
        """Whether the text is one of printable ASCII characters without blanks, as a token is."""
        return (
            isinstance(self._text, str)
            and bool(self._text)
            and all("!" <= character <= "~" for character in self._text)
        )

    def __repr__(self) -> str:
        return "Secret(...)"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written down")
