"""Sites beside each other: over whole days of their own, and what one of them lacks is told."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.analysis.kpi.definition import kpis_of
from dashboard.analysis.kpi.site_comparison import Span, rows, whole_days
from dashboard.analysis.kpi.values import KpiValue
from dashboard.analysis.window import Window
from dashboard.components.kpi_tile import value_text
from dashboard.web.display import DisplaySettings
from schemas.catalogue.customary_units import as_customary, customary, in_gallons
from schemas.catalogue.key_figures import key_figures
from schemas.catalogue.site_figures import MissingFigure, site_figures
from schemas.formula.site_roles import Item, SiteRoles

NOW = datetime(2026, 10, 26, 9, tzinfo=UTC)
HELSINKI = ZoneInfo("Europe/Helsinki")


def test_days_are_those_of_the_site_and_an_hour_longer_where_clocks_went_back() -> None:
    window = whole_days(NOW, HELSINKI, Span.DAY)
    assert window == Window(
        datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 25, 22, tzinfo=UTC)
    )
    other = whole_days(NOW, ZoneInfo("America/Chicago"), Span.DAY)
    assert other.start == datetime(2026, 10, 25, 5, tzinfo=UTC)


@pytest.mark.parametrize(("span", "days"), [("day", 1), ("week", 7), ("month", 30), ("year", 365)])
def test_a_span_begins_at_a_local_midnight(span: str, days: int) -> None:
    window = whole_days(NOW, HELSINKI, Span(span))
    start, end = (edge.astimezone(HELSINKI) for edge in (window.start, window.end))
    assert (end.date() - start.date()).days == days
    assert (start.hour, end.hour) == (0, 0)


def _site(*kinds: str) -> tuple[dict[str, KpiValue], dict[str, MissingFigure]]:
    items = {kind: Item((kind,), {}, None) for kind in kinds}
    points = {(kind, "energy"): f"main/{kind}" for kind in kinds}
    found = list(site_figures(SiteRoles(items, points)))
    window = Window(NOW, NOW)
    values = {kpi.key: KpiValue(kpi, 1.0, None, window) for kpi in kpis_of(found, {})}
    lacks = {each.figure.key: each for each in found if isinstance(each, MissingFigure)}
    return values, lacks


def test_a_figure_of_two_sites_is_shared_and_the_third_says_what_it_lacks() -> None:
    both = ("main_meter", "pumping_meter")
    sites = [_site(*both), _site(*both), _site("main_meter", "aeration_meter")]
    compared = {
        row.figure.key: row
        for row in rows(
            key_figures().values(), [one for one, _ in sites], [two for _, two in sites]
        )
    }
    shared = compared["pumping_share"]
    assert shared.is_shared
    lacking = shared.cells[2]
    assert isinstance(lacking, MissingFigure)
    assert lacking.need is not None
    assert lacking.need.kind == "pumping_meter"
    assert not compared["aeration_share"].is_shared
    assert "specific_energy" not in compared, "no site has it"


@pytest.mark.parametrize(
    ("value", "text"), [(3.85e-8, "0.0"), (-3.85e-8, "0.0"), (0.04, "0.04"), (12.34, "12.3")]
)
def test_what_is_left_of_nothing_is_written_as_no_power_of_ten(value: float, text: str) -> None:
    """Meters that agree left 3.85·10⁻⁸ % between them."""
    share = _site("main_meter", "pumping_meter")[0]["pumping_share"]
    display = DisplaySettings("en", HELSINKI, "light", 1_000.0)
    assert value_text(replace(share, value=value), display) == text


def _supply(unit: str) -> SiteRoles:
    items = {"drinking_water": Item(("drinking_water", "water"), {})}
    points = {("drinking_water", "volume"): "main/v", ("drinking_water", "flow"): "main/f"}
    return SiteRoles(items, points, {"main/v": unit, "main/f": f"{unit}/h"})


def test_a_plant_in_gallons_is_told_in_them_and_compared_in_cubic_metres() -> None:
    """A plant in MGD read of m³/d on its key figures, and of m³ on its days."""
    window = Window(NOW, NOW)
    sites = []
    for unit in ("m3", "10*3.[gal_us]"):
        (kpi,) = kpis_of(site_figures(_supply(unit)), {})
        sites.append({kpi.key: KpiValue(kpi, 2.0, None, window)})
    assert [site["drinking_water_volume"].kpi.unit for site in sites] == ["m³/d", "Mgal/d"]
    (row,) = rows(key_figures().values(), sites, [{}, {}])
    values = [cell.value for cell in row.cells if isinstance(cell, KpiValue)]
    assert values == [2.0, pytest.approx(2 * 3785.411784)]
    assert row.figure.unit == "m3/d"


def test_what_has_no_unit_in_gallons_stays_and_ranges_are_converted() -> None:
    assert customary("m3{n}", "Nm³", gallons=True) == ("m3{n}", "Nm³")
    assert customary("kg/d", "kg N/d", gallons=True) == ("[lb_av]/d", "lb N/d")
    assert customary("m3", "m³", gallons=False) == ("m3", "m³")
    energy = as_customary(key_figures()["specific_energy"], gallons=True)
    assert energy.typical == (1140, 3790)
    assert energy.unit_display == "kWh/Mgal"
    assert not in_gallons(SiteRoles({}, {}))
