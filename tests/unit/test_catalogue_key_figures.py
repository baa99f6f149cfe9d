"""The key figures of the catalogue: what is shipped fits together, and what does not is told."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from dashboard.analysis.kpi.definition import kpis_of, of_one_item
from dashboard.components.kpi_tile import missing_lines, missing_text
from dashboard.pages.context import PageContext
from dashboard.store.plant import Plant
from dashboard.texts import catalogue as texts
from dashboard.web.display import DisplaySettings
from dashboard.web.request_user import RequestUser
from schemas.catalogue import CatalogueError, catalogue
from schemas.catalogue.key_figures import build, key_figures
from schemas.catalogue.site_figures import MissingFigure, site_figures
from schemas.formula.binding import Need
from schemas.formula.functions import FUNCTIONS
from schemas.languages import LANGUAGES
from tests.fixtures.command_line import ROOT
from tests.fixtures.formulas import kpis_over, roles_of
from tests.fixtures.key_figure_docs import PAGE, written

NAME = dict.fromkeys(LANGUAGES, "Nimi")
GOOD: dict[str, Any] = {
    "name": NAME,
    "formula": "mean(sum(influent.flow))",
    "unit": "m3/d",
    "days": 1,
    "boundary": NAME,
    "source": "s",
    "better": "none",
}


def test_docs_are_written_from_the_catalogue() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert written(text) == text


def test_each_function_is_defined_once_in_the_docs() -> None:
    text = (ROOT / "docs/formulas.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]+)\|", text, re.MULTILINE)
    described = [usage for row in rows for usage in re.findall(r"`(\w+\([^`]*\))`", row)]
    described.remove('point("main/x-1")')
    assert sorted(described) == sorted(one.usage for one in FUNCTIONS.values())


def test_each_pillar_has_a_name() -> None:
    pillars = {one.pillar for one in key_figures().values()} - {None}
    assert {f"pillar.{pillar}" for pillar in pillars} <= set(texts())


def test_each_window_of_a_tile_has_a_name() -> None:
    windows = {one.days for one in key_figures().values()}
    assert {f"kpi.last_days.{days}" for days in windows} <= set(texts())


def test_names_of_key_figures_are_told_apart() -> None:
    for language in LANGUAGES:
        seen: dict[tuple[str, str], str] = {}
        for figure in key_figures().values():
            for kind in figure.kinds or ("",):
                same = seen.setdefault((kind, figure.name[language]), figure.key)
                assert same == figure.key, f"{same} and {figure.key} have one name in {language}"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"formula": "mean(sum(influent.flw))"}, "x.formula:\nmean(sum(influent.flw))"),
        ({"formula": "mean("}, "the formula ends too early"),
        ({"unit": "kg"}, 'does not convert to the stated unit "kg"'),
        ({"unit": "kgs"}, "x.unit: Value error"),
        ({"for": ["filtr"]}, 'x.for: "filtr" is no kind'),
        ({"for": ["pump"], "formula": "mean(feed_flow)"}, "feed_flow is no role of pump"),
        ({"typical": [2, 1]}, "the lower end comes first"),
        ({"better": "best"}, "x.better: Input should be 'higher', 'lower' or 'none'"),
        ({"days": 0}, "x.days: Input should be greater than or equal to 1"),
        ({"boundary": {"fi": "a"}}, "x.boundary.sv: Field required"),
        ({"decimals": 1}, "x.decimals: Extra inputs are not permitted"),
    ],
)
def test_what_does_not_fit_is_told(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        build({"x": GOOD | changes}, catalogue())
    assert any(sentence in problem for problem in caught.value.problems), caught.value.problems


def test_a_plant_of_which_nobody_shipped_a_thing_has_its_key_figures() -> None:
    kpis = kpis_over(
        {
            "hall/x1": "main_meter.power",
            "hall/x2": "drinking_water.flow",
            "roof/x3": "solar_power.energy",
            "cellar/x4": "ultrafiltration.permeate_flow",
            "cellar/x5": "ultrafiltration.feed_flow",
        }
    )
    assert [kpi.key for kpi in kpis] == [
        "drinking_water_volume",
        "drinking_water_energy",
        "recovery-ultrafiltration",
    ]
    assert kpis[1].inputs == ("hall/x1", "hall/x2")
    assert kpis[2].name["en"] == "Recovery, Ultrafiltration"


def test_a_plant_that_analyses_bod5_has_what_a_plant_with_bod7_has() -> None:
    """It had no removal, no food to mass and no energy for a person."""
    keys = []
    for bod in ("lab_bod5", "lab_bod7"):
        kpis = kpis_over(
            {
                "m/f1": "influent.flow",
                "m/f2": "effluent.flow",
                "m/l1": f"influent.{bod}",
                "m/l2": f"effluent.{bod}",
                "m/kw": "main_meter.power",
            }
        )
        keys.append({kpi.key for kpi in kpis})
    assert keys[0] == keys[1]
    assert keys[0] >= {"bod_removal", "bod_load", "population_load", "specific_energy_person"}


def test_a_part_of_a_plant_has_no_key_figures_of_the_whole() -> None:
    kpis = kpis_over(
        {
            "gac/a": "gac_filter.product_flow",
            "gac/b": "gac_filter.feed_sac254",
            "gac/c": "gac_filter.product_sac254",
        }
    )
    assert {kpi.key for kpi in kpis} == {"reclaimed_water", "sac254_reduction-gac_filter"}
    assert [kpi.key for kpi in of_one_item(kpis)] == ["sac254_reduction-gac_filter"]
    plant = cast(Plant, SimpleNamespace(kpis=kpis))
    for only_trials, keys in ((True, 1), (False, 2)):
        user = cast(RequestUser, SimpleNamespace(only_trials=only_trials))
        assert len(PageContext(user, plant, datetime.now(UTC)).kpis) == keys


def test_a_site_without_assets_has_no_key_figures() -> None:
    assert kpis_over({}) == ()
    assert roles_of({}).numbers() == {}


def test_an_asset_with_a_name_in_one_language_fails_no_page() -> None:
    roles = roles_of({"gac/b": "gac_filter.feed_sac254", "gac/c": "gac_filter.product_sac254"})
    (found,) = kpis_of(site_figures(roles), {"gac_filter": {"en": "Carbon"}})
    assert found.name["fi"] == "UV-absorbanssin (254 nm) alenema, Carbon"
    missing = next(
        each
        for each in site_figures(roles)
        if isinstance(each, MissingFigure) and each.figure.key == "bed_volumes_treated"
    )
    plant = cast(Plant, SimpleNamespace(item_names={"gac_filter": {"en": "Carbon"}}))
    zone = ZoneInfo("Europe/Helsinki")
    told = missing_text(missing, plant, DisplaySettings("fi", zone, "light", 1_600.0))
    assert told == "Petitilavuudet, Carbon: tarvitaan Carbon, Petitilavuudet."


def test_what_key_figures_lack_is_told_once_for_all_of_them() -> None:
    """A plant of one flow was told in 31 lines that it had no power meter, and no other flow."""
    found = [
        each
        for each in site_figures(roles_of({"main/q": "influent.flow"}))
        if isinstance(each, MissingFigure)
    ]
    plant = cast(Plant, SimpleNamespace(item_names={"influent": {"en": "Influent"}}))
    display = DisplaySettings("en", ZoneInfo("Europe/Helsinki"), "light", 1_600.0)
    lines = missing_lines(found, plant, display)
    assert len(lines) == len({each.need for each in found}) < len(found)
    assert sum(line.count("; ") + 1 for line in lines) == len(found)
    counts = [int(line.split("Needed for ")[1].split(":")[0]) for line in lines if "Needed" in line]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 1


def test_what_has_no_usual_range_says_why() -> None:
    """25 key figures showed nothing where others show a usual range."""
    without = [key for key, figure in key_figures().items() if figure.typical is None]
    said = [key for key, figure in key_figures().items() if figure.no_typical is not None]
    assert without == said


def test_of_alternatives_that_a_site_lacks_the_nearest_is_told() -> None:
    """A plant with BOD5 and no volumes was told that it needs BOD7."""
    roles = {"m/f": "influent.flow", "m/b": "influent.lab_bod5", "m/x": "aeration_tank.mlss"}
    needs = {
        each.figure.key: each.need
        for each in site_figures(roles_of(roles))
        if isinstance(each, MissingFigure)
    }
    assert needs["food_to_mass"] == Need("activated_sludge", "volume", "aeration_tank")
    assert needs["volumetric_load"] == Need("activated_sludge", "volume", "aeration_tank")
