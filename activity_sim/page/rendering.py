"""The door to Jinja: templates with what they show filled in, every name escaped."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("activity_sim.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **content: Any) -> str:
    """Return the page that *template* makes of *content*.

    Its style and its script are in the page, and the browser may use these and pictures in the page, and no more.
    """
    parts = {name: _part(file) for name, file in (("style", "style.css"), ("script", "sort.js"))}
    allowed = {f"{name}_hash": _hash(text) for name, text in parts.items()}
    return _environment().get_template(template).render(**parts, **allowed, **content)


def _part(name: str) -> Markup:
    text = files("activity_sim.page").joinpath("templates", name).read_text("utf-8")
    return Markup(text)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
