"""How calculated points are planned: each time by the units, roles and formulas that held in it."""

import pytest

from ingest.calculation.plan import END_US
from ingest.calculation.planning import (
    ElementVersion,
    PointVersion,
    RoleVersion,
    SiteHistory,
    plans_of,
)
from ingest.decoding.point import BEGINNING_US

CHANGE_US = 1_000_000
AIR, NORMAL = 1, 2


def _history(*units: str, formula: str, gives: str) -> SiteHistory:
    """Return a tank whose air is in one unit after the other, and a point calculated from it."""
    moments = (BEGINNING_US, CHANGE_US)
    return SiteHistory(
        paths={"main/air": AIR, "main/normal": NORMAL},
        points={
            AIR: [
                PointVersion(at, "measurement", unit, 10.0, None)
                for at, unit in zip(moments, units, strict=False)
            ],
            NORMAL: [PointVersion(BEGINNING_US, "calculated", gives, None, formula)],
        },
        elements={"tank": [ElementVersion(BEGINNING_US, "membrane_tank", None)]},
        roles={AIR: [RoleVersion(BEGINNING_US, "tank", "scour_air_flow")]},
    )


def _times(site: SiteHistory) -> list[tuple[int, int]]:
    return [(period.from_us, period.to_us) for period in plans_of(site)[NORMAL].periods]


def test_gas_is_calculated_from_when_its_conditions_are_known() -> None:
    formula = "membrane_tank.scour_air_flow"
    site = _history("m3{std}/h", "m3{15Cel}/h", formula=formula, gives="m3{n}/h")
    assert _times(site) == [(CHANGE_US, END_US)]
    site = _history("m3{n}/h", "m3{15Cel}/h", formula=formula, gives="m3{n}/h")
    assert _times(site) == [(BEGINNING_US, CHANGE_US), (CHANGE_US, END_US)]
    ways = [period.inputs[0].way.scale * 3600 for period in plans_of(site)[NORMAL].periods]
    assert ways == pytest.approx([1.0, 273.15 / 288.15])


def test_a_named_point_that_becomes_another_quantity_is_not_calculated_on() -> None:
    formula = 'point("main/air") * 2'
    site = _history("m3{n}/h", "kW", formula=formula, gives="m3{n}/h")
    assert _times(site) == [(BEGINNING_US, CHANGE_US)]
    site = _history("m3{n}/h", "L{n}/s", formula=formula, gives="m3{n}/h")
    assert _times(site) == [(BEGINNING_US, CHANGE_US), (CHANGE_US, END_US)]
