"""What commands print and say: warnings, tables for machines, errors by the name of the option."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from activity_sim.errors import ActivitySimWarning, InputError

PROGRAM = "activity-sim"


@contextmanager
def collected() -> Iterator[list[str]]:
    """Collect the package's warnings, each once, in the order in which they come."""
    found: list[str] = []
    show = warnings.showwarning

    def collect(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if not issubclass(category, ActivitySimWarning):
            show(message, category, *rest, **more)
        elif str(message) not in found:
            found.append(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", ActivitySimWarning)
        warnings.showwarning = collect
        yield found


def warn(messages: Sequence[str]) -> None:
    """Warn of what is probably not meant."""
    for message in messages:
        warnings.warn(message, ActivitySimWarning, stacklevel=2)


def print_warnings(caught: Sequence[str]) -> None:
    """Print the warnings *caught* on standard error."""
    for message in caught:
        click.echo(f"warning: {message}", err=True)


def print_json(value: Any) -> None:
    """Print *value* for machines."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def records(table: Any) -> Any:
    """Return *table* as JSON has it, a list of objects."""
    return json.loads(table.to_json(orient="records", date_format="iso", double_precision=15))


@contextmanager
def as_options(*names: str) -> Iterator[None]:
    """Let errors that are about arguments with these *names* be about the options that give them."""
    try:
        yield
    except InputError as error:
        where = (f"--{step.replace('_', '-')}" if step in names else step for step in error.where)
        raise InputError(error.must, *where) from None
