"""Who asks: credentials from arguments or from the environment."""

from __future__ import annotations

import os

import attrs

from activity_sim.errors import InputError
from activity_sim.model.activity import sid_pattern
from activity_sim.secret import Secret

ACCOUNT = ("account_sid", "auth_token")
KEY = ("api_key", "api_secret")
BASE_URL = "TASKROUTER_BASE_URL"
PREFIXES = {"account_sid": "AC", "api_key": "SK"}


@attrs.frozen
class Credentials:
    """Hold the *user*, an Account or API key SID, and its *secret*."""

    user: str
    secret: Secret


def variable(name: str) -> str:
    """Return the environment variable that the argument *name* may come from.

    >>> variable("auth_token")
    'TWILIO_AUTH_TOKEN'
    """
    return BASE_URL if name == "base_url" else f"TWILIO_{name.upper()}"


def setting(name: str) -> str | None:
    """Return what the environment says for the argument *name*; what is empty is not said."""
    return os.environ.get(variable(name)) or None


def find(given: dict[str, Secret | None]) -> Credentials:
    """Return the credentials that the arguments *given* and the environment make together.

    Arguments go before the environment. There, an Account SID with its token goes before an API key.
    """
    for pair in (KEY, ACCOUNT):
        if any(given[name] is not None for name in pair):
            return _pair(pair, given)
    for enough in (all, any):
        for pair in (ACCOUNT, KEY):
            if enough(setting(name) for name in pair):
                return _pair(pair, given)
    known = {name: variable(name) for name in (*ACCOUNT, *KEY)}
    missing = f"{known['account_sid']} and {known['auth_token']}, or {known['api_key']} and {known['api_secret']}"
    raise InputError(f"must be given, or be in the environment: {missing}", "credentials")


def _pair(names: tuple[str, str], given: dict[str, Secret | None]) -> Credentials:
    found = [given[name] for name in names]
    user, secret = (_from_environment(name) if one is None else one for name, one in zip(names, found, strict=True))
    return Credentials(sid(user.reveal(), PREFIXES[names[0]], names[0]), _checked_secret(names[1], secret))


def _from_environment(name: str) -> Secret:
    value = setting(name)
    if value is None:
        raise InputError(f"must be given, or be in the environment as {variable(name)}", name)
    return Secret(value)


def sid(value: object, prefix: str, place: str) -> str:
    """Return *value* where it is a SID with *prefix*; what else it is stays unsaid, since it may be the token."""
    try:
        return sid_pattern(prefix)(value)
    except InputError:
        rule = f"must be {prefix} and 32 hexadecimal digits; what was given, which may be a secret, is not"
    raise InputError(rule, place)


def _checked_secret(name: str, secret: Secret) -> Secret:
    """Return *secret* where it can be sent; what it is stays unsaid."""
    if not secret.printable:
        raise InputError("must be a text of printable ASCII characters", name)
    return secret
