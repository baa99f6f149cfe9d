"""The words of words.toml, by which columns, units, kinds and roles are recognised."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words() -> Mapping[str, Any]:
    """Return what words.toml holds."""
    text = (files("deploy.onboarding") / "words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
