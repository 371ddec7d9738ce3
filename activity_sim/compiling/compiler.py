"""The door to numba: compiles functions, and keeps the machine code for the next process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, TypeVar, cast

import numba
from numba import types
from numba.extending import intrinsic

from activity_sim.compiling import cache

Function = TypeVar("Function", bound=Callable[..., Any])


njit: Any = numba.njit
config: Any = numba.config
int64: Any = numba.int64
uint64: Any = numba.uint64


def part(function: Function) -> Function:
    """Compile *function* as a part of others: it is called by compiled code only, and allocates nothing."""
    compiled: Function = njit(error_model="numpy", _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
    return compiled


def inlined(function: Function) -> Function:
    """Compile *function* as a part that is laid into its callers: for what happens to every task."""
    options = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}
    compiled: Function = njit(error_model="numpy", **options)(function)
    return compiled


def entry(function: Function) -> Function:
    """Compile *function*, which is called from outside, and keep its code where that can be written."""
    before, config.CACHE_DIR = config.CACHE_DIR, str(cache.folder())
    try:
        compiled: Function = njit(cache=True, error_model="numpy")(function)
    except RuntimeError:  # there is no place to keep it
        compiled = njit(error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before
    return compiled


def compiled(function: Function, parts: Sequence[Callable[..., Any]]) -> Function:
    """Compile a plain *function* as an entry; *parts* are the plain functions that it is made of, callees first."""
    names = dict(_plain(function).__globals__)
    for one in parts:
        names[one.__name__] = part(FunctionType(_plain(one).__code__, names))
    return cast(Function, entry(FunctionType(_plain(function).__code__, names)))


def _plain(function: Callable[..., Any]) -> FunctionType:
    return cast(FunctionType, function)


def _record_at(_context: Any, _address: Any, _index: Any, kind: Any) -> Any:
    """Return the record of *kind* that stands at an index of the array at an address.

    A record is a pointer to compiled code. Arrays would be handed from function to function as seven values each.
    """
    record = kind.dtype
    signature = record(types.int64, types.int64, kind)

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        start, number, _kind = arguments
        size = context.get_constant(types.int64, record.size)
        return builder.inttoptr(builder.add(start, builder.mul(number, size)), context.get_value_type(record))

    return signature, generate


at: Any = intrinsic(_record_at)
