"""Where replications run: in this process, in a pool of processes, or on any executor that is given."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, as_completed
from threading import Thread
from typing import TypeVar

from activity_sim.errors import ActivitySimWarning, InputError, not_given

Given = TypeVar("Given")
Result = TypeVar("Result")
Where = Executor | int | None
"""An executor, a number of processes, or nothing: as many processes as there are processors, where they pay."""
PAYS = 3.0
"""A pool of processes pays where there is work for more than so many seconds: to start it takes about as long."""
IDLE = 300
"""After so many seconds without work a process of the pool ends."""


def check_where(where: object) -> Where:
    """Return *where* if replications can run there.

    Raises :exc:`~activity_sim.errors.InputError` for anything else.
    """
    if where is None or isinstance(where, Executor) or (type(where) is int and where >= 1):
        return where
    raise InputError(f"must be an executor, or a number of processes from 1, {not_given(where)}", "executor")


def chosen_for(where: Where, seconds: float) -> Executor | int:
    """Return *where* to do work that would take about so many *seconds* here: in a pool only where that pays."""
    if where is not None:
        return where
    if seconds <= PAYS:
        return 1
    from loky import cpu_count

    return int(cpu_count())  # those that this process may use: a batch divides them among its runs


def done(
    work: Callable[[Given], Result], given: Iterable[Given], where: Executor | int
) -> Iterator[tuple[Given, Result]]:
    """Yield each of *given* with the result of *work* on it, as they are done.

    What is lost with a process that dies is done again: in a new pool, or here where the executor is somebody else's.
    """
    left = dict.fromkeys(given)
    while left and (executor := _executor(where, len(left))):
        before = len(left)
        try:
            for one, result in _submitted(executor, work, list(left)):
                yield one, result
                del left[one]
        except BrokenExecutor:
            text = "a process that ran replications was killed; what it had not finished is run again"
            warnings.warn(text, ActivitySimWarning, stacklevel=2)
            where = where if not isinstance(where, Executor) and len(left) < before else 1
    for one in list(left):
        yield one, work(one)


def _executor(where: Executor | int, size: int) -> Executor | None:
    """Return the executor for *size* pieces of work, or nothing where they are best done here."""
    if isinstance(where, Executor):
        return where
    if min(where, size) <= 1:
        return None
    from loky import get_reusable_executor

    pool: Executor = get_reusable_executor(
        max_workers=where, timeout=IDLE, initializer=end_with, initargs=(os.getpid(),)
    )
    return pool


def end_with(parent: int) -> None:
    """End this process when its *parent* is gone, which a process that waits for work does not notice."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if os.name == "posix":
        Thread(target=watch, daemon=True).start()


def _submitted(
    executor: Executor, work: Callable[[Given], Result], given: Iterable[Given]
) -> Iterator[tuple[Given, Result]]:
    futures = {executor.submit(work, one): one for one in given}
    try:
        for future in as_completed(list(futures)):
            yield futures.pop(future), future.result()
    finally:
        for future in futures:
            future.cancel()
