"""Reads the catalogue from its TOML files and tells all that does not fit together."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.catalogue.model import Catalogue, Kind, Property, Role, RoleKind, Section, joined
from schemas.languages import LANGUAGES

LABORATORY = "lab_"


class CatalogueError(ValueError):
    """The catalogue that was shipped contradicts itself; `problems` holds a line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["the catalogue has errors", *problems]))
        self.problems = problems


_T = TypeVar("_T", bound="_Table")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Name(_Table):
    fi: str = Field(min_length=1)
    sv: str = Field(min_length=1)
    en: str = Field(min_length=1)


class _Quantity(_Name):
    unit: str
    accepts: tuple[str, ...] = ()
    species: str | None = None


class _Role(_Quantity):
    states: dict[str, _Name] | None = None


class _Kind(_Table):
    name: _Name
    source: str = Field(min_length=1)
    is_: str | None = Field(None, alias="is")
    stream: bool = False
    loop: bool = False
    in_process: bool = False
    symbol: str | None = None
    section: Section | None = None
    roles: tuple[str, ...] = ()
    ends: dict[str, str] = {}
    properties: tuple[str, ...] = ()


@cache
def catalogue() -> Catalogue:
    """Return the catalogue as it is shipped. Raises CatalogueError."""
    folder = files("schemas.catalogue")
    tables = {
        name: tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("roles", "ends", "properties")
    }
    kinds: dict[str, Any] = {}
    problems = []
    for file in sorted((folder / "kinds").iterdir(), key=lambda file: file.name):
        for key, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if key in kinds:
                problems.append(f"kinds.{key}: stands there twice, again in {file.name}")
            kinds[key] = table
    built = build(kinds=kinds, **tables)
    if problems:
        raise CatalogueError(problems)
    return built


def build(
    *,
    roles: Mapping[str, Mapping[str, Any]],
    ends: Mapping[str, Any],
    properties: Mapping[str, Any],
    kinds: Mapping[str, Any],
) -> Catalogue:
    """Make a catalogue of the tables of its files (pure). Raises CatalogueError."""
    builder = _Builder(roles, ends, properties, kinds)
    if builder.problems:
        raise CatalogueError(builder.problems)
    return builder.catalogue


class _Builder:
    """Puts kinds together; what does not fit is noted, and left out."""

    def __init__(
        self,
        roles: Mapping[str, Mapping[str, Any]],
        ends: Mapping[str, Any],
        properties: Mapping[str, Any],
        kinds: Mapping[str, Any],
    ) -> None:
        self.problems: list[str] = []
        self._roles = dict(self._read_roles(roles))
        self._ends = dict(self._read("ends", ends, _Name))
        self._properties = {
            key: Property(key, _names(table), table.unit)
            for key, table in self._read("properties", properties, _Quantity)
        }
        self._tables = dict(self._read("kinds", kinds, _Kind))
        self._kinds: dict[str, Kind] = {}
        self._at_ends: dict[str, Role] = {}
        for key in self._tables:
            self._kind(key, ())
        self.catalogue = Catalogue(
            {key: self._kinds[key] for key in self._tables if key in self._kinds},
            self._roles | self._at_ends,
            self._properties,
        )

    def _read(
        self, file: str, tables: Mapping[str, Any], model: type[_T]
    ) -> Iterator[tuple[str, _T]]:
        for key, table in tables.items():
            if not key.isidentifier() or key != key.lower():
                self.problems.append(f"{file}.{key}: is not a key of small letters, digits and _")
            try:
                yield key, model.model_validate(table)
            except ValidationError as error:
                for detail in error.errors():
                    where = ".".join(map(str, (file, key, *detail["loc"])))
                    self.problems.append(f"{where}: {detail['msg']}")

    def _read_roles(self, sections: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Role]]:
        seen: set[str] = set()
        for kind in get_args(RoleKind):
            for key, table in self._read("roles", sections.get(kind, {}), _Role):
                if key in seen:
                    self.problems.append(f"roles.{key}: stands there twice")
                if key.startswith(LABORATORY) != (kind == "laboratory"):
                    self.problems.append(f"roles.{key}: {LABORATORY} is for laboratory results")
                if table.states and kind != "state":
                    self.problems.append(f"roles.{key}: states are for roles of states")
                seen.add(key)
                yield key, _role(key, table, kind)
        for section in set(sections) - set(get_args(RoleKind)):
            self.problems.append(f"roles.{section}: is not a kind of points")

    def _kind(self, key: str, below: tuple[str, ...]) -> Kind | None:
        """Return the kind of that key, made after its broader kind; `below` are those waiting."""
        if key in self._kinds:
            return self._kinds[key]
        table = self._tables[key]
        broader = self._broader(key, table, below)
        is_stream = broader.is_stream if broader else table.stream
        roles, properties = (dict(broader.roles), dict(broader.properties)) if broader else ({}, {})
        self._kinds[key] = kind = Kind(
            key=key,
            name=_names(table.name),
            symbol=table.symbol or (broader.symbol if broader else None),
            section=table.section or (broader.section if broader else None),
            source=table.source,
            lineage=(key, *(broader.lineage if broader else ())),
            is_stream=is_stream,
            is_loop=table.loop,
            is_in_process=table.in_process or bool(broader and broader.is_in_process),
            ends=table.ends,
            roles=roles | self._own_roles(key, table, broader),
            properties=properties
            | {
                name: self._properties[name]
                for name in self._known(f"kinds.{key}.properties", table.properties, "property")
            },
        )
        self.problems += [
            f'kinds.{key}: "{name}" is a role and a property, and a formula could not tell them'
            for name in sorted(set(kind.roles) & set(kind.properties))
        ]
        if not is_stream and kind.symbol is None:
            self.problems.append(f"kinds.{key}.symbol: is missing")
        if is_stream is (kind.section is not None):
            self.problems.append(f"kinds.{key}.section: assets have one, and streams none")
        if table.loop and not is_stream:
            self.problems.append(f"kinds.{key}.loop: is for streams")
        if table.ends and is_stream:
            self.problems.append(f"kinds.{key}.ends: are for assets")
        return kind

    def _broader(self, key: str, table: _Kind, below: tuple[str, ...]) -> Kind | None:
        if table.is_ is None:
            return None
        if table.is_ not in self._tables:
            self.problems.append(f'kinds.{key}.is: "{table.is_}" is no kind')
        elif table.is_ in (key, *below):
            self.problems.append(f"kinds.{key}.is: leads back to {table.is_}")
        else:
            return self._kind(table.is_, (key, *below))
        return None

    def _own_roles(self, key: str, table: _Kind, broader: Kind | None) -> dict[str, Role]:
        own = {
            name: self._roles[name]
            for name in self._known(f"kinds.{key}.roles", table.roles, "role")
        }
        self.problems += [
            f'kinds.{key}.roles: "{name}" is a role of {broader.key} already'
            for name in own
            if broader and name in broader.roles
        ]
        is_stream = broader.is_stream if broader else table.stream
        for end, stream in table.ends.items() if not is_stream else ():
            where = f"kinds.{key}.ends.{end}"
            if end not in self._ends:
                self.problems.append(f"{where}: is no end")
            elif stream not in self._tables:
                self.problems.append(f'{where}: "{stream}" is no kind')
            elif not self._tables[stream].stream:
                self.problems.append(f'{where}: "{stream}" is no broadest kind of streams')
            elif of := self._kind(stream, ()):
                own |= {role.key: role for role in self._roles_at(end, of)}
        return own

    def _roles_at(self, end: str, stream: Kind) -> Iterator[Role]:
        """Yield the roles of a stream at the end of an asset: feed_flow, feed_lab_bod7."""
        for role in stream.roles.values():
            key = f"{end}_{role.key}"
            if key in self._roles:
                self.problems.append(f"roles.{key}: is a role at an end, too")
            name = joined(_names(self._ends[end]), role.name)
            yield self._at_ends.setdefault(key, replace(role, key=key, name=name))

    def _known(self, where: str, names: tuple[str, ...], noun: str) -> Iterator[str]:
        known: Mapping[str, object] = self._roles if noun == "role" else self._properties
        for name in names:
            if name in known:
                yield name
            else:
                self.problems.append(f'{where}: "{name}" is no {noun}')


def _role(key: str, table: _Role, kind: RoleKind) -> Role:
    states = {code: _names(name) for code, name in (table.states or {}).items()} or None
    return Role(key, _names(table), table.unit, table.accepts, table.species, kind, states)


def _names(table: _Name) -> dict[str, str]:
    return {language: getattr(table, language) for language in LANGUAGES}
