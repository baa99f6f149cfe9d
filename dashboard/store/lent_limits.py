"""Limits that a point of the laboratory lends to the online point of the same substance."""

from collections.abc import Sequence
from dataclasses import replace

from dashboard.store.limits import LimitRow
from dashboard.store.plant import SitePoint
from schemas.catalogue import catalogue
from schemas.units import UnitError, conversion, counted_as


def lent(rows: Sequence[LimitRow], lender: SitePoint, point: SitePoint) -> list[LimitRow]:
    """Return limits of `lender` in the unit of `point`; none if they measure another quantity.

    Units that a role accepts count alike: a limit in NTU holds for a sensor in FNU.
    """
    try:
        given, shown = (
            counted_as(each.definitions.unit, _accepted(each)) for each in (lender, point)
        )
        between = conversion(_accepted(lender)[0], _accepted(point)[0])
    except UnitError:
        return []
    scale = given.scale * between.scale / shown.scale
    offset = (given.offset * between.scale + between.offset - shown.offset) / shown.scale
    return [replace(row, value=row.value * scale + offset) for row in rows]


def _accepted(point: SitePoint) -> tuple[str, ...]:
    """Return the units (UCUM) in which values of the point's role are counted alike."""
    for name in point.role_numbers:
        kind, _, role = name.partition(".")
        return catalogue().kinds[kind].roles[role].units
    return (point.definitions.unit,)
