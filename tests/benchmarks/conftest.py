"""Programs of other engines are read only where these are installed."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

NEEDS = {"cimba_m2.py": "cimba", "cimba_m3.py": "cimba", "ciw_m2.py": "ciw", "salabim_m2.py": "salabim"}

collect_ignore = [name for name, package in NEEDS.items() if find_spec(package) is None]

if find_spec("cimba") is not None:
    import_module("cimba")  # what it teaches numba is not seen by functions that were compiled before
