"""The door to numba: compiles functions of the loop, and keeps the machine code for the next process.

The code is kept in the user's cache folder, in a folder named by a digest of all sources of the loop and of the
versions that compile them. numba looks at the file of the compiled function only, and would miss a change in another.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic
from platformdirs import user_cache_path

Function = TypeVar("Function", bound=Callable[..., Any])


def digest() -> str:
    """Return a digest of everything that the compiled code depends on."""
    known = hashlib.sha256(f"{numba.__version__} {np.__version__} {platform.python_version()}".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        known.update(source.read_bytes())
    return known.hexdigest()[:16]


CACHE = user_cache_path("activity_sim") / f"compiled-{digest()}"


def part(function: Function) -> Function:
    """Compile *function* as a part of the loop: it is called by compiled code only, and allocates nothing."""
    compiled: Function = numba.njit(_nrt=False, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return compiled


def entry(function: Function) -> Function:
    """Compile *function*, which is called from outside, and keep its code where that can be written."""
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(CACHE)
    try:
        compiled: Function = numba.njit(cache=True, error_model="numpy")(function)
    except RuntimeError:  # there is no place to keep it
        compiled = numba.njit(error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = before
    return compiled


@intrinsic
def at(_: Any, address: Any, index: Any, kind: Any) -> Any:
    """Return the record of *kind* that stands at *index* of the array at *address*.

    A record is a pointer to compiled code. Arrays would be handed from function to function as seven values each.
    """
    record = kind.dtype

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        start, number, _kind = arguments
        size = context.get_constant(types.int64, record.size)
        return builder.inttoptr(builder.add(start, builder.mul(number, size)), context.get_value_type(record))

    return record(types.int64, types.int64, kind), generate
