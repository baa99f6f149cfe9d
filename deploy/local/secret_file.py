"""Passwords of this machine's own parts, in a file that only its owner can read."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

MODE = 0o600


def read_secrets(file: Path) -> dict[str, str]:
    """Return the passwords by name; none if there is no file. Raises OSError."""
    try:
        found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def write_secrets(file: Path, secrets: Mapping[str, str]) -> None:
    """Replace the file as a whole. Raises OSError."""
    write_private(file, json.dumps(secrets, indent=1))


def write_private(file: Path, text: str) -> None:
    """Replace a file by one that only its owner can read. Raises OSError."""
    fresh = file.with_name(f"{file.name}.partial")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE), "w") as out:
        out.write(text)
    fresh.replace(file)
