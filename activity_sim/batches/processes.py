"""Commands in processes of their own, which end with this one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Lock

import attrs

GRACE = 5.0
"""So many seconds has a process to take away what is unfinished, once it is told to end."""


class Stopped(Exception):  # noqa: N818 - it is no error: somebody wanted it
    """The batch was interrupted."""


@attrs.frozen
class Finished:
    """What came of a process: its exit *status* (128 and the signal's number where it was killed) and what it said."""

    status: int
    stdout: str
    stderr: str

    @property
    def error(self) -> str:
        """What went wrong in one line, nothing where nothing did."""
        if not self.status:
            return ""
        if self.status > 128:
            name = signal.Signals(self.status - 128).name
            return f"its process was killed ({name}{', as where memory runs out' if name == 'SIGKILL' else ''})"
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        said = lines[-1].removeprefix("activity-sim: ") if lines else f"exit status {self.status}"
        return f"failed unexpectedly: {said}" if "Traceback" in self.stderr else said


@attrs.define(eq=False)
class Processes:
    """Runs commands, each with so many *processors*, until it is told to stop."""

    processors: int
    running: set[subprocess.Popen[str]] = attrs.Factory(set)
    stopped: bool = False
    lock: Lock = attrs.Factory(Lock)

    def run(self, given: Sequence[str], said: Sequence[str]) -> Finished:
        """Run activity-sim with the arguments *given*, which it writes down as those that were *said*.

        Raises :exc:`Stopped` where that was interrupted.
        """
        process = self._start(given, said)
        try:
            stdout, stderr = process.communicate()
        finally:
            with self.lock:
                self.running.discard(process)
        if self.stopped:
            raise Stopped
        if process.returncode < 0:
            _signal(process, "SIGKILL")  # processes that it had started
        return Finished(_status(process.returncode), stdout, stderr)

    def _start(self, given: Sequence[str], said: Sequence[str]) -> subprocess.Popen[str]:
        command = [sys.executable, "-P", "-m", "activity_sim.cli.job"]
        with self.lock:
            if self.stopped:
                raise Stopped
            process = subprocess.Popen(
                [*command, str(os.getpid()), json.dumps(list(given)), json.dumps(list(said))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                env={**os.environ, "PYTHONIOENCODING": "utf-8", "LOKY_MAX_CPU_COUNT": str(self.processors)},
                start_new_session=True,
            )
            self.running.add(process)
        return process

    def stop(self) -> None:
        """End all that run, and start no other."""
        with self.lock:
            self.stopped = True
            ending = list(self.running)
        for process in ending:
            _signal(process, "SIGTERM")
        for process in ending:
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
            _signal(process, "SIGKILL")


def _status(code: int) -> int:
    return code if code >= 0 else 128 - code


def _signal(process: subprocess.Popen[str], name: str) -> None:
    """Send a signal to *process* and those that it started."""
    if os.name != "posix":
        process.kill()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, getattr(signal, name))
