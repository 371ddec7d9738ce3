"""Where compiled code is kept for the next process.

It is in the user's cache folder, in a folder named by a digest of all sources of compiled code and of the versions
that compile them. numba looks at the file of the compiled function only, and would miss a change in another.
"""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

ROOT = Path(__file__).parents[1]
WRITTEN = ("*/compiled.py", "*/compiled/*.py", "drawing/steps.py", "drawing/philox.py", "compiling/*.py")
SOURCES = (*WRITTEN, "log.py", "plan.py", "units.py")
"""Where compiled code is written, and what it takes constants from."""


def sources(root: Path = ROOT) -> list[Path]:
    """Return the sources of compiled code, in the package at *root*."""
    return sorted(source for pattern in SOURCES for source in root.glob(pattern))


def digest(root: Path = ROOT) -> str:
    """Return a digest of everything that the compiled code depends on."""
    versions = (version("numba"), version("numpy"), platform.python_version(), platform.machine())
    known = hashlib.sha256(" ".join(versions).encode())
    for source in sources(root):
        known.update(source.read_bytes())
    return known.hexdigest()[:16]


@cache
def folder() -> Path:
    """Return the folder of the code that is compiled from the present sources."""
    return user_cache_path("activity_sim") / f"compiled-{digest()}"


def is_warm() -> bool:
    """Return whether there is code of the present sources."""
    return any(folder().rglob("*.nbc"))
