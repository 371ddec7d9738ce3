"""Programs of other engines are read only where these are installed."""

from __future__ import annotations

from importlib.util import find_spec

NEEDS = {"cimba_m2.py": "cimba", "cimba_m3.py": "cimba", "ciw_m2.py": "ciw", "salabim_m2.py": "salabim"}

collect_ignore = [name for name, package in NEEDS.items() if find_spec(package) is None]
