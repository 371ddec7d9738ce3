"""The command line.

Exit status 0 is success, 2 bad input (one message on standard error, nothing written), 1 any other failure.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from activity_sim import __version__
from activity_sim.cli.activities import activities
from activity_sim.cli.batch import batch
from activity_sim.cli.calibrate import calibrate
from activity_sim.cli.emulator import emulator
from activity_sim.cli.events import events
from activity_sim.cli.experiments import compare
from activity_sim.cli.pull import pull
from activity_sim.cli.scenarios import check, new, run
from activity_sim.cli.staff import staff
from activity_sim.cli.validate import validate
from activity_sim.cli.words import PROGRAM
from activity_sim.errors import ActivitySimError, InputError, RateLimitError, RefusedError


def main(arguments: Sequence[str] | None = None, *, said: Sequence[str] | None = None) -> NoReturn:
    """Run the command line with *arguments*, the process's own by default, and exit with its status.

    What is written down as typed are the arguments, or what was *said* in their place.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        commands.main(given, prog_name=PROGRAM, standalone_mode=False, obj=list(given if said is None else said))
    except InputError as error:
        _stop(2, str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else PROGRAM
        _stop(2, f"{error.format_message()} See '{command} --help'.")
    except (ActivitySimError, OSError) as error:
        refused = isinstance(error, RefusedError) and not isinstance(error, RateLimitError)
        _stop(2 if refused else 1, str(error))
    except (click.Abort, KeyboardInterrupt):
        _stop(1, "interrupted")
    sys.exit(0)


def _stop(status: int, message: str) -> NoReturn:
    click.echo(f"{PROGRAM}: {message}", err=True)
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name=PROGRAM)
def commands() -> None:
    """Simulate a TaskRouter contact centre, and see how time divides over its activities.

    \b
    Example:
      activity-sim new day.toml
      activity-sim run day.toml --out results
    """


for command in (new, check, run, batch, compare, staff, validate, activities, events, pull, calibrate, emulator):
    commands.add_command(command)
