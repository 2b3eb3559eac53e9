"""The JSON schema of `picklecheck.toml` and of `[tool.picklecheck]`, made from the declaration of the keys."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from picklecheck.configuration.keys import KEYS, LEVELS, PATHS, Key


def schema() -> str:
    """The schema as JSON text; what it admits, a configuration file may hold, but for misspelt rules and versions."""
    content = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "picklecheck",
        "description": "Settings of picklecheck, in picklecheck.toml or in [tool.picklecheck] of pyproject.toml.",
        **_table(KEYS),
    }
    return json.dumps(content, indent=2) + "\n"


def _table(keys: Iterable[Key]) -> dict[str, Any]:
    properties = {key.name: {"description": key.meaning, **_values(key)} for key in keys}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _values(key: Key) -> dict[str, Any]:
    match key.kind:
        case "flag":
            return {"type": "boolean"}
        case "number":
            return {"type": "integer", "minimum": 1}
        case "word":
            return _word(key.choices)
        case "words" | "rules":
            return _words(key.choices)
        case "levels":
            return {"type": "object", "additionalProperties": _word(LEVELS)}
        case "ignores":
            return {"type": "object", "additionalProperties": _words(())}
        case "overrides":
            return {"type": "array", "items": _table((PATHS, *(key for key in KEYS if key.by_path))) | _needed(PATHS)}
        case "table":
            return {"type": "object"}


def _needed(key: Key) -> dict[str, Any]:
    return {"required": [key.name]}


def _word(choices: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(choices)} if choices else {"type": "string"}


def _words(choices: Iterable[str]) -> dict[str, Any]:
    word = _word(choices)
    return {"anyOf": [word, {"type": "array", "items": word}]}
