"""Whatever unit the check of a site lets through for a role, all that is shipped computes with."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from dashboard.analysis.kpi.definition import of_formula
from schemas.catalogue import Role, catalogue
from schemas.catalogue.alarms import default_alarms
from schemas.catalogue.checks import CheckedPoint, rule_of
from schemas.catalogue.pages import Days, StackedDays, pages
from schemas.catalogue.site_figures import MissingFigure, site_figures
from schemas.formula.site_roles import Item, SiteRoles
from schemas.unit_annotations import STANDARD
from schemas.units import UnitError, conversion, counted_as

# As plants write them all over the world; each is asked for every role.
WRITTEN = (
    *("L/s", "m3/d", "10*6.[gal_us]/d", "[gal_us]/min", "[ft_i]3/min", "L", "[gal_us]", "[ft_i]3"),
    *("[ft_i]3{std}/min", "m3{std}/h", "[ft_i]3{60[degF]}/min", "m3{15Cel}/h", "L{n}/min"),
    *("[ft_i]3{std}", "m3{std}", "[ft_i]3{60[degF],14.73[psi]}", "m3{20Cel}", "g/m3{std}"),
    *("[psi]", "[psi]{gauge}", "bar{gauge}", "kPa{gauge}", "mbar{gauge}", "[in_i'H2O]", "m[H2O]"),
    *("{NTU}", "{FNU}", "{FTU}", "{MPN}/(100.mL)", "{CFU}/(100.mL)", "{CFU}/mL", "{PFU}/mL"),
    *("[degF]", "K", "ug/L", "g/m3", "mmol/L", "meq/L", "[lb_av]", "[lb_av]/d", "kg", "t/d"),
    *("[HP]", "W", "MW", "MW.h", "GJ", "kV.A", "mA", "mV", "[ft_i]", "[in_i]", "mm", "cm"),
    *("[ppm]", "[ppb]", "%", "1", "{rpm}/min", "/min", "/s", "/cm", "mS/m", "min", "s", "d"),
    *("L/(m2.h.bar)", "[gal_us]/([ft_i]2.d)", "[gal_us]/([ft_i]2.d.[psi])", "mJ/cm2", "mW/cm2"),
    *("mL/g", "[in_i]/h", "kW.h/10*6.[gal_us]", "kW.h/[ft_i]3{60[degF]}"),
)
ROLES: Mapping[str, Role] = catalogue().roles


def _let_through(role: Role) -> list[str]:
    return [unit for unit in dict.fromkeys((*role.units, *WRITTEN)) if role.misfit(unit) is None]


UNITS = {key: _let_through(role) for key, role in ROLES.items()}
MOST = max(map(len, UNITS.values()))


def _whole_plant(number: int) -> SiteRoles:
    """Return a site with all kinds, roles and properties; of each role the unit of a number."""
    items, points, units = {}, {}, {}
    for key, kind in catalogue().kinds.items():
        values = {name: (10.0, each.unit) for name, each in kind.properties.items()}
        items[key] = Item(kind.lineage, values)
        for role in kind.roles:
            path = points[key, role] = f"main/{key}-{role}"
            units[path] = UNITS[role][number % len(UNITS[role])]
    return SiteRoles(items, points, units)


def _stated(site: SiteRoles) -> SiteRoles:
    """Return a site that has said at which temperature its standard volumes of gas are."""
    units = {path: unit.replace(STANDARD, "{15Cel}") for path, unit in site.units.items()}
    return replace(site, units=units)


@pytest.mark.parametrize("number", range(MOST))
def test_a_key_figure_lacks_nothing_because_of_the_unit_of_a_point(number: int) -> None:
    """But for a volume of gas of which nobody has stated at which conditions."""
    whole = _whole_plant(number)
    unfit = [
        found.need
        for found in site_figures(whole)
        if isinstance(found, MissingFigure) and found.need and found.need.unit
    ]
    assert [need for need in unfit if STANDARD not in str(need.unit)] == []
    for found in site_figures(_stated(whole)):
        assert not isinstance(found, MissingFigure) or found.need is None, found


def test_gas_in_standard_cubic_feet_was_among_them() -> None:
    assert "[ft_i]3{std}/min" in UNITS["scour_air_flow"]
    assert "{CFU}/(100.mL)" in UNITS["lab_e_coli"]


@pytest.mark.parametrize("key", ROLES)
def test_values_of_a_role_become_values_of_its_unit(key: str) -> None:
    role = ROLES[key]
    for unit in UNITS[key]:
        if STANDARD in unit:
            with pytest.raises(UnitError, match="at which temperature"):
                counted_as(unit, role.units)
        else:
            assert counted_as(unit, role.units).scale > 0


@pytest.mark.parametrize("key", [key for key, role in ROLES.items() if role.kind == "measurement"])
def test_the_same_checks_look_at_a_point_in_every_unit(key: str) -> None:
    interval_s, span = 60.0, (0.0, 100.0)
    rules = [
        rule_of(CheckedPoint("measurement", unit, f"x.{key}", interval_s, span), {})
        for unit in UNITS[key]
    ]
    held = [{name for name, each in rule.as_json().items() if each} for rule in rules]
    assert all(each == held[0] for each in held), dict(zip(UNITS[key], held, strict=True))


def test_limits_of_alarms_of_the_catalogue_have_a_value_in_every_unit() -> None:
    limits = [
        (alarm.key, role)
        for alarm in default_alarms().values()
        if isinstance(alarm.above or alarm.below, float)
        for role in {name.rpartition(".")[2] for name in alarm.roles}
    ]
    assert len(limits) >= 4
    for key, role in limits:
        for unit in UNITS[role]:
            assert conversion(ROLES[role].unit, unit).scale > 0, key


@pytest.mark.parametrize("number", range(MOST))
def test_amounts_of_a_day_are_drawn_whatever_counts_them(number: int) -> None:
    site = _stated(_whole_plant(number))
    for page in pages().values():
        for card in page.cards:
            if isinstance(card, Days):
                for amount in card.amounts:
                    assert of_formula(amount.formula, card.unit, site), amount
            elif isinstance(card, StackedDays):
                role = card.points.partition(".")[2]
                for item, _ in site.members(card.points):
                    assert of_formula(f"delta({role})", card.unit, site, item=item), card
