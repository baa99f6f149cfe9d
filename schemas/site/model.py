"""The site: what a plant is, as its site file says it.

A tree of frozen values, one class for each table of the file. `schemas.site.reader.read` makes it
and checks it as a whole; docs/site-file.md describes every key for whoever writes one.
"""

from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, Strict, ValidationInfo, field_validator

from schemas.check_rule import Ends
from schemas.local_time import to_utc
from schemas.site import value_rules as rules
from schemas.site.alarms.alarm import Alarm
from schemas.site.elements import Asset, Stream
from schemas.site.key_figures import SiteKeyFigure
from schemas.site.mapping import TopicMapping
from schemas.site.mapping_tables import Mapping
from schemas.site.state_windows import StateWindow
from schemas.site.table import (
    Country,
    Interval,
    Key,
    Moment,
    Names,
    Number,
    Pair,
    Table,
    Text,
    Unit,
    Zone,
)

Language = Literal["fi", "sv", "en"]
Kind = Literal["measurement", "counter", "state", "setpoint", "derived", "laboratory", "calculated"]
Provenance = Literal["measured", "replayed", "synthetic"]
SourceStream = Literal["raw", "primary_effluent", "permeate", "reject", "sludge"]
Threshold = Annotated[Literal[False] | Number, AfterValidator(rules.check_threshold)]
Quantity = tuple[float, str]  # a number and its unit (UCUM)
StandardTemperature = Annotated[
    Quantity,
    AfterValidator(rules.check_standard_temperature),
    BeforeValidator(rules.number_with_unit),
]
StandardPressure = Annotated[
    Quantity,
    AfterValidator(rules.check_standard_pressure),
    BeforeValidator(rules.number_with_unit),
]
Width = Annotated[Number, Field(ge=0)]
Statistic = Literal["value", "daily_mean", "quarterly_mean", "annual_mean"]


class Head(Table):
    """`[site]`: the plant as a whole."""

    key: Key
    name: Names
    time_zone: Zone
    country: Country | None = None
    language: Language
    begins: Moment | None = None
    standard_temperature: StandardTemperature | None = None
    standard_pressure: StandardPressure | None = None

    @field_validator("standard_pressure")
    @classmethod
    def _pressure_is_of_a_temperature(
        cls, pressure: Quantity | None, info: ValidationInfo
    ) -> Quantity | None:
        if info.data.get("standard_temperature", ()) is None:
            raise ValueError("is of a standard temperature, and there is none")
        return pressure


class Line(Table):
    """`[[line]]`: the main process, or a pilot line."""

    key: Key
    kind: Literal["main", "pilot"]
    name: Names


class Instrument(Table):
    """`[[instrument]]`: where values come from."""

    key: Key
    provenance: Provenance
    description: Names
    calibration_interval_days: Annotated[int, Field(gt=0, le=3_660)] | None = None


class Beside(Table):
    """`beside = { … }` of checks: another point that should read the same.

    Fields and units as in `schemas.check_rule.Beside`.
    """

    point: Text
    within: Width = 0.0
    within_share: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    after_s: Annotated[Number, Field(gt=0, le=604_800)] = 3600.0
    stands_s: Annotated[Number, Field(gt=0, le=604_800)] = 600.0


class Contradiction(Table):
    """`contradicted_by = { … }` of checks: a condition under which the point cannot be right.

    Fields and units as in `schemas.check_rule.Contradiction`.
    """

    point: Text
    after_s: Annotated[Number, Field(gt=0, le=604_800)] = 3600.0
    stands_s: Annotated[Number, Field(gt=0, le=604_800)] = 600.0


class Checks(Table):
    """`checks = { … }` of a point: what its checks go by in place of the catalogue; false: off.

    Fields and units as in `schemas.check_rule.CheckRule`.
    """

    ends: Ends | None = None
    flat_after_s: Threshold | None = None
    flat_within: Width | None = None
    attenuated_after_s: Threshold | None = None
    attenuated_within: Width | None = None
    spike: Threshold | None = None
    rate_per_min: Threshold | None = None
    gap_after_s: Threshold | None = None
    burst_under_s: Threshold | None = None
    late_after_s: Threshold | None = None
    never_zero: bool | None = None
    zero_within: Width | None = None
    zero_after_s: Threshold | None = None
    coarse_after_s: Threshold | None = None
    beside: Beside | None = None
    contradicted_by: Contradiction | None = None


class Point(Table):
    """`[[point]]`: a place and a role in the plant that has values; instruments come and go."""

    key: Key
    line: Key
    tag: Text
    area: Text
    name: Names
    kind: Kind
    unit: Unit
    unit_display: Text | None = None
    formula: Text | None = None
    species: Text | None = None
    role: Text | None = None
    expected_interval_s: Interval | None = None
    range: Annotated[Pair, AfterValidator(rules.check_lo_hi)] | None = None
    typical: Pair | None = None
    max_rate_per_h: Annotated[Number, AfterValidator(rules.check_rate)] | None = None
    verified: bool = False
    instrument: Key | None = None
    since: Moment | None = None
    note: Text | None = None
    states: Annotated[dict[str, Names], AfterValidator(rules.check_state_codes)] | None = None
    checks: Checks = Checks()

    @field_validator("typical")
    @classmethod
    def _typical_is_possible(cls, typical: Pair | None, info: ValidationInfo) -> Pair | None:
        return typical and rules.check_within(typical, info.data.get("range"))

    @field_validator("max_rate_per_h")
    @classmethod
    def _only_a_counter_has_a_rate(cls, rate: float | None, info: ValidationInfo) -> float | None:
        return rate and rules.check_counts(rate, info.data.get("kind"))

    @property
    def ref(self) -> str:
        """How other tables name the point: "<line>/<point>"."""
        return f"{self.line}/{self.key}"


class Company(Table):
    """`[[company]]`: who tests something, or runs a line."""

    key: Key
    name: Text


class Trial(Table):
    """`[[trial]]`: what a company tests on a line, from when to when."""

    key: Key
    line: Key
    company: Key
    name: Names
    source_stream: SourceStream
    starts: Moment
    ends: Moment
    embargo: Moment | None = None
    handover: Moment | None = None
    verified: bool = False
    points: Annotated[tuple[Text, ...], Strict(False)] = ()


class Limit(Table):
    """`[[limit_set.limit]]`: one bound of one point."""

    point: Text
    bound: Literal["min", "max"]
    statistic: Statistic = "value"
    value: Number
    since: Moment | None = None


class LimitSet(Table):
    """`[[limit_set]]`: limits that come from one source."""

    key: Key
    name: Names
    source: Text
    verified_by: Text | None = None
    limit: Annotated[tuple[Limit, ...], Strict(False)]


class Site(Table):
    """A whole plant."""

    site: Head
    line: tuple[Line, ...]
    point: tuple[Point, ...]
    instrument: tuple[Instrument, ...] = ()
    company: tuple[Company, ...] = ()
    trial: tuple[Trial, ...] = ()
    limit_set: tuple[LimitSet, ...] = ()
    mapping: tuple[Mapping, ...] = ()
    asset: tuple[Asset, ...] = ()
    stream: tuple[Stream, ...] = ()
    alarm: tuple[Alarm, ...] = ()
    state_window: tuple[StateWindow, ...] = ()
    key_figure: tuple[SiteKeyFigure, ...] = ()

    @property
    def key(self) -> str:
        """The first segment of the plant's own topics."""
        return self.site.key

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of the plant's clocks."""
        return ZoneInfo(self.site.time_zone)

    @cached_property
    def points(self) -> dict[str, Point]:
        """All points by "<line>/<point>"."""
        return {point.ref: point for point in self.point}

    @cached_property
    def converted(self) -> frozenset[str]:
        """The points ("<line>/<point>") whose values a mapping converts to their unit."""
        values = [value for mapping in self.mapping for value in mapping.value]
        return frozenset(value.point for value in values if value.has_own_unit)

    def starts_at(self, moment: Moment) -> datetime:
        """Return the beginning of `moment` in UTC: of a date, midnight at the site."""
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time())
        return moment.astimezone(UTC) if moment.tzinfo else to_utc(moment, self.zone).at

    def ends_at(self, moment: Moment) -> datetime:
        """Return the end of `moment` in UTC: of a date, the midnight after it at the site."""
        if not isinstance(moment, datetime):
            moment += timedelta(days=1)
        return self.starts_at(moment)

    def topic_mappings(self) -> list[TopicMapping]:
        """Return the mappings as ingest uses them, units turned into scale and offset."""
        units = {ref: point.unit for ref, point in self.points.items()}
        return [mapping.topic_mapping(units) for mapping in self.mapping]

    def summary(self) -> str:
        """Return what there is, in one line."""
        counts = {
            "line": len(self.line),
            "point": len(self.point),
            "trial": len(self.trial),
            "limit set": len(self.limit_set),
            "topic mapping": len(self.mapping),
        }
        if self.asset or self.stream:
            counts |= {"asset": len(self.asset), "stream": len(self.stream)}
        if self.key_figure:
            counts["key figure"] = len(self.key_figure)
        parts = (f"{n} {noun}{'' if n == 1 else 's'}" for noun, n in counts.items())
        return f"site {self.key}: {', '.join(parts)}"
