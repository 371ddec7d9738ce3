"""Profiles: a tenth of the proofs by default, all of them with ``PROVE=1``."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

PROVE = os.environ.get("PROVE") == "1"

for name, examples in {"quick": 200, "prove": 2_000}.items():
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
settings.load_profile("prove" if PROVE else "quick")


@pytest.fixture(scope="session")
def prove() -> bool:
    return PROVE
