"""The tables of a site file that say how JSON of another shape becomes readings."""

import collections.abc
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Strict, model_validator

from schemas.site import value_rules as rules
from schemas.site.mapping import Form, TopicMapping, ValueMapping
from schemas.site.table import Codes, Factor, Key, Number, Pointer, Table, Text, Unit, Zone
from schemas.status_codes import READY, Code, codes_of
from schemas.units import Conversion, conversion

UnitsOfPoints = collections.abc.Mapping[str, str]  # by "<line>/<point>"
RECEPTION = "reception"


def _check_missing(instead: str) -> str:
    """Let "reception" pass, or a pointer to another stamp."""
    if instead == RECEPTION:
        return instead
    if not instead.startswith("/"):
        raise ValueError(
            f'"{instead}" is neither "{RECEPTION}" nor a JSON pointer to another stamp'
        )
    return rules.check_pointer(instead)


class MappedTime(Table):
    """`[mapping.time]`: where a foreign payload has its stamp."""

    pointer: Pointer
    format: Annotated[str, AfterValidator(rules.check_format)] = "rfc3339"
    zone: Zone | None = None
    time_of_day: Pointer | None = None
    missing: Annotated[str, AfterValidator(_check_missing)] | None = None

    @property
    def other_pointer(self) -> str | None:
        """Where the stamp stands if it is not at `pointer`."""
        return None if self.missing == RECEPTION else self.missing


class MappedStatus(Table):
    """`[mapping.status]`: where a foreign payload has the quality of its values, and its codes."""

    pointer: Pointer
    codes: Literal["opc_ua", "opc_da", "sparkplug", "simatic", "boolean", "words"] = "opc_ua"
    good: Codes = ()
    uncertain: Codes = ()
    bad: Codes = ()

    @model_validator(mode="after")
    def _codes_are_stated_once(self) -> Self:
        rules.check_code_lists(self.good, self.uncertain, self.bad)
        if self.listed and "codes" in self.model_fields_set:
            raise ValueError("has its codes twice: give `codes`, or the lists good, uncertain, bad")
        return self

    @property
    def listed(self) -> tuple[tuple[Code, int], ...]:
        """The codes of the lists, each with the OPC UA status that it means."""
        return codes_of(self.good, self.uncertain, self.bad)


class MappedValue(Table):
    """`[[mapping.value]]`: where a foreign payload has the value of a point."""

    point: Text
    pointer: Pointer
    tag: Text | None = None
    unit: Unit | None = None
    factor: Factor = 1.0
    states: dict[str, Number] | None = None
    decimal: Literal[".", ","] | None = None
    censored: bool = False
    suffix: Text | None = None
    time: Pointer | None = None
    status: Pointer | None = None

    @property
    def has_own_unit(self) -> bool:
        """Whether the number in the payload has a unit of its own, whatever the point's is."""
        return self.unit is not None or self.factor != 1.0

    def conversion(self, target: str) -> Conversion:
        """Return how the number in the payload becomes the point's value, in unit `target`.

        With a factor, what stands in braces may differ: the factor says how it relates.
        Raises UnitError if the units do not fit.
        """
        found = conversion(self.unit or target, target, ignore_braces=self.factor != 1.0)
        return Conversion(found.scale * self.factor, found.offset * self.factor)

    def value_mapping(self, units: UnitsOfPoints) -> ValueMapping:
        """Return the value as ingest uses it."""
        found = self.conversion(units[self.point])
        return ValueMapping(
            point=self.point,
            pointer=self.pointer,
            scale=found.scale,
            offset=found.offset,
            tag=self.tag,
            states=self.states,
            has_own_unit=self.has_own_unit,
            decimal=self.decimal,
            censored=self.censored,
            suffix=self.suffix,
            time_pointer=self.time,
            status_pointer=self.status,
        )


class Mapping(Table):
    """`[[mapping]]`: how the messages of a foreign topic are read."""

    key: Key
    topic: Annotated[str, AfterValidator(rules.check_topic)]
    payload: Form = "json"
    time: MappedTime | None = None
    status: Annotated[MappedStatus | None, BeforeValidator(rules.pointer_alone)] = None
    value: Annotated[tuple[MappedValue, ...], Strict(False)]
    positional: bool = False
    ignore: Annotated[tuple[Pointer, ...], Strict(False)] = ()

    def topic_mapping(self, units: UnitsOfPoints) -> TopicMapping:
        """Return the mapping as ingest uses it, units turned into scale and offset."""
        found = TopicMapping(
            self.key, self.topic, tuple(value.value_mapping(units) for value in self.value)
        )
        found = replace(found, ignore=self.ignore, form=self.payload)
        if (time := self.time) is not None:
            found = replace(
                found,
                time_pointer=time.pointer,
                time_of_day_pointer=time.time_of_day,
                time_format=time.format,
                time_zone=time.zone,
                reception_if_missing=time.missing == RECEPTION,
                other_time_pointer=time.other_pointer,
            )
        if (status := self.status) is not None:
            codes = status.listed or READY.get(status.codes)
            found = replace(found, status_pointer=status.pointer, status_codes=codes)
        return found
