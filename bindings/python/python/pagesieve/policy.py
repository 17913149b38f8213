"""The gate's policy on its way to the native half."""

from __future__ import annotations

import json


def encoded(**parts: str | float | None) -> str:
    """The parts that are given, by the names of the library."""
    return json.dumps({name.replace("_", "-"): part for name, part in parts.items() if part is not None})
