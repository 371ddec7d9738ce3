"""The command that serves a TaskRouter workspace on localhost."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from activity_sim.cli.words import print_json
from activity_sim.errors import ActivitySimError, InputError, within

if TYPE_CHECKING:
    from activity_sim.emulator.server import Emulator


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), default=8_765, show_default=True, help="0 is any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 lets others reach it.")
@click.option("--database", type=click.Path(path_type=Path), help="The SQLite file to keep everything in.")
@click.option("--rule", "rules", multiple=True, metavar="NAME=VALUE", help="What to do in doubt; see TASKROUTER.md.")
@click.option("--rate-limit", type=click.IntRange(1), help="Requests a second; others get status 429.")
@click.option("--failures", type=click.FloatRange(0, 1), default=0.0, help="The share that gets status 500.")
@click.option("--drops", type=click.FloatRange(0, 1), default=0.0, help="The share that loses its connection.")
@click.option("--slow", type=click.FloatRange(0, 1), default=0.0, help="The share that is answered late.")
@click.option("--delay", default="2s", show_default=True, help="How late.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Of what goes wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print where it is for machines.")
def emulator(port: int, host: str, database: Path | None, rules: tuple[str, ...], as_json: bool, **faults: Any) -> None:
    """Serve a TaskRouter workspace on this machine.

    It accepts the credentials in TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN (and an API key in TWILIO_API_KEY and
    TWILIO_API_SECRET). Without them it makes a pair, and prints it once. It ends with an interrupt (Ctrl-C).

    \b
    Example:
      activity-sim emulator --port 8765 --database workspace.db
    """
    from activity_sim.emulator.faults import Faults
    from activity_sim.emulator.rules import Rules
    from activity_sim.emulator.server import Emulator

    known = _credentials()
    made_up = "auth_token" not in known
    conduct = within("--rule", lambda: Rules.read(rules))
    serving = Emulator(host=host, port=port, database=database, rules=conduct, faults=Faults(**faults), **known)
    with suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with serving:
            _say(serving, database, made_up=made_up, as_json=as_json)
            serving.wait()
            raise ActivitySimError("the emulator ended by itself")


def _credentials() -> dict[str, Any]:
    """Return the credentials of the environment, as arguments of the emulator."""
    from activity_sim.secret import Secret
    from activity_sim.taskrouter.credentials import PREFIXES, setting, sid, variable

    known: dict[str, Any] = {}
    for user, secret in (("account_sid", "auth_token"), ("api_key", "api_secret")):
        given = {name: setting(name) for name in (user, secret)}
        if any(given.values()) and not all(given.values()):
            there, missing = sorted(given, key=lambda name: given[name] is None)
            raise InputError(f"is needed, since there is {variable(there)}", variable(missing))
        if given[user] is not None:
            sid(given[user], PREFIXES[user], variable(user))
            known |= {user: given[user], secret: Secret(str(given[secret]))}
    return known


def _say(serving: Emulator, database: Path | None, *, made_up: bool, as_json: bool) -> None:
    if not serving.is_private:
        click.echo("warning: others can reach it, over http, where tokens can be read on the way", err=True)
    shown = {name: value for name, value in serving.environment.items() if made_up or name != "TWILIO_AUTH_TOKEN"}
    if as_json:
        print_json(shown)
        return
    kept = f"kept in {database}" if database else "kept in memory; --database FILE keeps it longer"
    click.echo(f"TaskRouter emulator at {serving.base_url} ({kept})")
    click.echo("\nTo use it from another terminal" + (", where this token is shown this once:" if made_up else ":"))
    for name, value in shown.items():
        click.echo(f"  export {name}={value}")
    click.echo("\nCtrl-C ends it.")
