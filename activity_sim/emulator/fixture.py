"""A pytest fixture: an emulator for each test that asks for one. Pytest finds it when the package is installed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from activity_sim.emulator.server import Emulator


@pytest.fixture
def taskrouter_emulator() -> Iterator[Emulator]:
    """Give an emulator of its own, in memory, with one new workspace."""
    from activity_sim.emulator.server import Emulator

    with Emulator() as emulator:
        yield emulator
