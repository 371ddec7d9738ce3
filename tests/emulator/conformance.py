"""Hold real answers against an excerpt of the OpenAPI description of TaskRouter, ``openapi.json``.

The description allows resources to have more keys than it names, and to lack any of them. Here they must have exactly
those.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from jsonschema import Draft202012Validator, FormatChecker

DESCRIPTION: dict[str, Any] = json.loads(Path(__file__).with_name("openapi.json").read_text("utf-8"))
OF_HTTP = {"date", "content-length", "content-type", "connection"}
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value, re.ASCII))


@FORMATS.checks("uri")
def is_absolute_url(value: object) -> bool:
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return bool(parts.scheme in ("http", "https") and parts.netloc and re.fullmatch("[!-~]+", value))


@FORMATS.checks("uri-map")
def is_map_of_urls(value: object) -> bool:
    return not isinstance(value, dict) or all(isinstance(url, str) and is_absolute_url(url) for url in value.values())


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return *schema* of OpenAPI 3.0 as JSON Schema, with objects that have exactly the properties it names."""
    plain = {key: value for key, value in schema.items() if key not in ("nullable", "properties", "items")}
    if "properties" in schema:
        plain["properties"] = {name: strict(value) for name, value in schema["properties"].items()}
        plain |= {"additionalProperties": False, "required": list(schema["properties"])}
    if "items" in schema:
        plain["items"] = strict(schema["items"])
    if schema.get("nullable") and "type" in plain:
        plain["type"] = [plain["type"], "null"]
    return plain


def definitions() -> dict[str, Any]:
    """Return the schemas of all resources."""
    known = {name: strict(schema) for name, schema in DESCRIPTION["components"]["schemas"].items()}
    # the description's own sample of a Workspace without a callback has "", which is no URI
    callback = known["taskrouter.v1.workspace"]["properties"].pop("event_callback_url")
    known["taskrouter.v1.workspace"]["properties"]["event_callback_url"] = {"anyOf": [callback, {"const": ""}]}
    return known


DEFINITIONS = definitions()


def shape(path: str) -> str:
    """Return *path* without the names of its parameters."""
    return re.sub(r"\{\w+\}", "{}", path)


def described(method: str, path: str) -> dict[str, Any]:
    """Return the operation at *path*, a path of the description or one of the same shape."""
    paths = {shape(known): operations for known, operations in DESCRIPTION["paths"].items()}
    operation: dict[str, Any] = paths[shape(path)][method.lower()]
    return operation


def complaints(method: str, path: str, status: int, body: object) -> list[str]:
    """Return what is wrong with the answer *status* and *body* (None: empty) of the operation at *path*."""
    responses = described(method, path)["responses"]
    if str(status) not in responses:
        return [f"status {status} is not among {sorted(responses)}"]
    content = responses[str(status)].get("content")
    if content is None:
        return [] if body is None else ["there is a body"]
    schema = {**strict(content["application/json"]["schema"]), "components": {"schemas": DEFINITIONS}}
    validator = Draft202012Validator(schema, format_checker=FORMATS)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


def check(answer: requests.Response, path: str) -> Any:
    """Return the body of *answer*, once it is what the description says of the operation at *path*."""
    method = str(answer.request.method)
    body = answer.json() if answer.content else None
    wrong = complaints(method, path, answer.status_code, body)
    assert not wrong, "\n".join(wrong)
    if body is not None:
        assert answer.headers["Content-Type"] == "application/json"
    known = {name.lower() for name in described(method, path)["responses"][str(answer.status_code)]["headers"]}
    assert {name.lower() for name in answer.headers} <= known | OF_HTTP
    return body
