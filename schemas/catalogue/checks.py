"""What the checks of a point go by where nothing else is said, from `checks.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.catalogue.reader import catalogue
from schemas.check_rule import NO_RULE, Beside, CheckRule, Contradiction, Ends
from schemas.units import UnitError, conversion

_SERIES_KINDS = ("measurement", "derived")
_RHYTHM_KINDS = (*_SERIES_KINDS, "counter", "state", "setpoint")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Rhythm(_Table):
    least_intervals: float = Field(gt=0)
    gap_intervals: float = Field(gt=1)
    gap_at_least_s: float = Field(gt=0)
    burst_intervals: float = Field(gt=0, lt=1)
    late_intervals: float = Field(gt=0)
    late_at_least_s: float = Field(gt=0)


class _Thresholds(_Table):
    ends: Ends
    flat_after_s: float | None = Field(None, gt=0)
    flat_within: float = Field(0.0, ge=0)
    flat_within_share: float | None = Field(None, ge=0)
    attenuated_after_s: float | None = Field(None, gt=0)
    attenuated_within: float = Field(0.0, ge=0)
    attenuated_within_share: float | None = Field(None, ge=0)
    spike: float | None = Field(None, gt=0)
    spike_share: float | None = Field(None, gt=0)
    rate_per_min: float | None = Field(None, gt=0)
    rate_per_min_share: float | None = Field(None, gt=0)
    never_zero: bool = False
    zero_within: float = Field(0.0, ge=0)
    zero_within_share: float | None = Field(None, ge=0)
    zero_after_s: float | None = Field(None, gt=0)
    coarse_within_share: float | None = Field(None, gt=0)


class _Quantity(_Thresholds):
    roles: tuple[str, ...]
    unit: str
    of_role_only: bool = False


class _Checks(_Table):
    coarse_after_s: float = Field(gt=0)
    coarse_within_share: float = Field(gt=0)
    rhythm: _Rhythm
    other: _Thresholds
    quantity: dict[str, _Quantity]


@dataclass(frozen=True)
class CheckedPoint:
    """What a point must say of itself to be given a rule; units and names as in a site file."""

    kind: str
    unit: str
    role: str | None = None
    interval_s: float | None = None
    range: tuple[float, float] | None = None


def rule_of(point: CheckedPoint, overrides: Mapping[str, Any]) -> CheckRule:
    """Return the rule of a point; `overrides` are fields of it, False for a check that is off."""
    rule = _by_catalogue(point)
    wanted: dict[str, Any] = {
        name: None if value is False and name != "never_zero" else value
        for name, value in overrides.items()
    }
    if "flat_after_s" in wanted:  # of all values, unless it is said of coarse ones apart
        wanted = {"coarse_after_s": None} | wanted
    if "beside" in wanted:
        wanted["beside"] = Beside(**wanted["beside"])
    if "contradicted_by" in wanted:
        wanted["contradicted_by"] = Contradiction(**wanted["contradicted_by"])
    return replace(rule, **wanted)


@cache
def check_defaults() -> _Checks:
    """Return the file as it is shipped. Raises pydantic.ValidationError."""
    text = (files("schemas.catalogue") / "checks.toml").read_text(encoding="utf-8")
    return _Checks.model_validate(tomllib.loads(text))


def quantity_of(point: CheckedPoint) -> str | None:
    """Return the key of the quantity that a point belongs to; None for another one."""
    quantities = check_defaults().quantity
    role = _base_role(point.role)
    for key, quantity in quantities.items():
        if role in quantity.roles:
            return key
    if role is not None:
        return None
    for key, quantity in quantities.items():
        if not quantity.of_role_only and _scale(quantity.unit, point.unit) is not None:
            return key
    return None


def _by_catalogue(point: CheckedPoint) -> CheckRule:
    defaults = check_defaults()
    if point.kind not in _RHYTHM_KINDS:
        return NO_RULE
    rhythm = _rhythm(defaults.rhythm, point.interval_s)
    if point.kind not in _SERIES_KINDS:
        return rhythm
    key = quantity_of(point)
    found: _Thresholds = defaults.other if key is None else defaults.quantity[key]
    scale = 1.0 if key is None else _scale(defaults.quantity[key].unit, point.unit)
    least_s = defaults.rhythm.least_intervals * (point.interval_s or 0.0)
    span = None if point.range is None else point.range[1] - point.range[0]
    coarse_share = found.coarse_within_share or defaults.coarse_within_share
    flat_after_s = found.flat_after_s and max(found.flat_after_s, least_s)
    return replace(
        rhythm,
        ends=_ends(found.ends, point.range),
        flat_after_s=flat_after_s,
        coarse_after_s=flat_after_s and max(flat_after_s, defaults.coarse_after_s),
        coarse_within=None if span is None else coarse_share * span,
        flat_within=_threshold(found.flat_within, found.flat_within_share, scale, span) or 0.0,
        attenuated_after_s=found.attenuated_after_s and max(found.attenuated_after_s, least_s),
        attenuated_within=(
            _threshold(found.attenuated_within, found.attenuated_within_share, scale, span) or 0.0
        ),
        spike=_threshold(found.spike, found.spike_share, scale, span),
        rate_per_min=_threshold(found.rate_per_min, found.rate_per_min_share, scale, span),
        never_zero=found.never_zero,
        zero_within=_threshold(found.zero_within, found.zero_within_share, scale, span) or 0.0,
        zero_after_s=found.zero_after_s and max(found.zero_after_s, least_s),
    )


def _ends(ends: Ends, span: tuple[float, float] | None) -> Ends:
    """Return the ends at which a range cuts off: a low end other than zero is none of rest."""
    if span is None:
        return "none"
    return "both" if ends == "high" and span[0] != 0.0 else ends


def _rhythm(rhythm: _Rhythm, interval_s: float | None) -> CheckRule:
    if interval_s is None:
        return NO_RULE  # sent on change: no silence is too long, and none too short
    return CheckRule(
        gap_after_s=max(rhythm.gap_intervals * interval_s, rhythm.gap_at_least_s),
        burst_under_s=rhythm.burst_intervals * interval_s,
        late_after_s=max(rhythm.late_intervals * interval_s, rhythm.late_at_least_s),
    )


def _threshold(
    absolute: float | None, share: float | None, scale: float | None, span: float | None
) -> float | None:
    """Return a threshold in the unit of the point; None where it says nothing about it."""
    if share is not None:
        return None if span is None else share * span
    return None if absolute is None or scale is None else absolute * scale


def _base_role(role: str | None) -> str | None:
    """Return what a role is apart from the end that it stands at: feed_flow is a flow."""
    if role is None:
        return None
    key = role.partition(".")[2] or role
    listed = {name for each in check_defaults().quantity.values() for name in each.roles}
    if key in listed:
        return key
    ends = {end for kind in catalogue().kinds.values() for end in kind.ends}
    for end in sorted(ends, key=len, reverse=True):
        if key.startswith(f"{end}_"):
            return key.removeprefix(f"{end}_")
    return key


@cache
def _scale(source: str, target: str) -> float | None:
    try:
        return abs(conversion(source, target).scale)
    except UnitError:
        return None
