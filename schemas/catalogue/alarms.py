"""The alarms of the catalogue: which roles are watched everywhere, and what to do then."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.catalogue.model import Catalogue, Names
from schemas.catalogue.reader import CatalogueError, catalogue

Limit = float | Literal["typical"]


class _Texts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    fi: str = Field(min_length=1)
    sv: str = Field(min_length=1)
    en: str = Field(min_length=1)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    roles: tuple[str, ...] = ()
    name: _Texts
    consequence: _Texts
    action: _Texts
    priority: Literal["high", "medium", "low", "diagnostic"]
    alarm_class: str = Field(alias="class", min_length=1)
    respond_within_min: float = Field(gt=0, le=1440)
    above: Limit | None = None
    below: Limit | None = None
    deadband_percent: float = Field(default=0, ge=0, lt=100)
    states: tuple[int, ...] = ()
    quality: Literal["suspect", "fail"] | None = None
    silent_intervals: float | None = Field(default=None, gt=1)
    silent_s: float | None = Field(default=None, gt=0)
    delay_on_s: float = Field(default=0, ge=0, le=86_400)
    delay_off_s: float = Field(default=0, ge=0, le=86_400)
    latching: bool = False
    source: str = Field(min_length=1)


@dataclass(frozen=True)
class DefaultAlarm:
    """An alarm that every point of some roles has.

    `roles` are roles, or roles of one kind, `kind.role`; none: it is about the whole site. Limits
    are in the unit of the role, or the end of the typical range of the point.
    """

    key: str
    roles: tuple[str, ...]
    name: Names
    consequence: Names
    action: Names
    priority: str
    alarm_class: str
    respond_within_min: float
    above: Limit | None
    below: Limit | None
    deadband_percent: float
    states: tuple[int, ...]
    quality: str | None
    silent_intervals: float | None
    silent_s: float | None
    delay_on_s: float
    delay_off_s: float
    latching: bool


def has_role(names: Sequence[str], kinds: Sequence[str], role: str) -> bool:
    """Tell whether a role at an asset or a stream of some kinds is one of some `role`, `kind.role`.

    `kinds` are its kind and all broader ones.
    """
    return role in names or any(f"{kind}.{role}" in names for kind in kinds)


@cache
def default_alarms() -> Mapping[str, DefaultAlarm]:
    """Return the alarms of the catalogue by key. Raises CatalogueError."""
    text = (files("schemas.catalogue") / "alarms.toml").read_text(encoding="utf-8")
    return build_alarms(tomllib.loads(text), catalogue())


def build_alarms(tables: Mapping[str, Any], kinds: Catalogue) -> Mapping[str, DefaultAlarm]:
    """Make the alarms of the tables of their file (pure). Raises CatalogueError."""
    problems: list[str] = []
    found = {}
    for key, content in tables.items():
        try:
            table = _Table.model_validate(content)
        except ValidationError as error:
            problems += [
                f"alarms.{key}.{'.'.join(map(str, each['loc']))}: {each['msg']}"
                for each in error.errors()
            ]
            continue
        problems += [f"alarms.{key}.roles: {each}" for each in _unknown(table.roles, kinds)]
        values = table.model_dump(exclude={"source"})
        found[key] = DefaultAlarm(key, **values)
    if problems:
        raise CatalogueError(problems)
    return found


def _unknown(roles: tuple[str, ...], kinds: Catalogue) -> Iterator[str]:
    for name in roles:
        kind, dot, role = name.rpartition(".")
        of = kinds.kinds.get(kind)
        if dot and (of is None or role not in of.roles):
            yield f'"{name}" is no role of a kind'
        elif not dot and role not in kinds.roles:
            yield f'"{name}" is no role'
