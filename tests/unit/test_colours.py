"""One quantity has one colour on all pages, and two of a chart never have the same."""

from collections import defaultdict

import pytest

from dashboard.analysis.kpi.plant import (
    BYPASSES,
    EFFLUENT_FLOW,
    EFFLUENT_TOTAL,
    ENERGY_SUB_METERS,
    ENERGY_TOTAL,
    INFLUENT_FLOW,
    INFLUENT_TOTAL,
    PERMEATE_FLOWS,
    POWER_TOTAL,
    SCOUR_AIR_FLOWS,
)
from dashboard.charts.colours import BYPASS, colour, colours
from dashboard.charts.palette import Scheme, ink
from dashboard.pages.boards import quality
from dashboard.pages.boards.energy import PROCESS_AIR
from dashboard.pages.boards.flows import RECIRCULATION, RETURN_SLUDGE, WASTE_SLUDGE
from schemas.site.reader import read
from tests.fixtures.command_line import ROOT

# What the pages draw together: overview, flows, energy, quality, and trends of some of them.
CHARTS: tuple[tuple[str, ...], ...] = (
    (INFLUENT_FLOW, quality.AMMONIUM, POWER_TOTAL),
    (INFLUENT_FLOW, EFFLUENT_FLOW, *BYPASSES),
    PERMEATE_FLOWS,
    (RETURN_SLUDGE, WASTE_SLUDGE),
    RECIRCULATION,
    (POWER_TOTAL,),
    PROCESS_AIR,
    SCOUR_AIR_FLOWS,
    ENERGY_SUB_METERS,
    (quality.AMMONIUM, quality.NITRATE),
    (quality.PHOSPHATE,),
    (quality.TURBIDITY, quality.SAC254),
    (quality.PH,),
    quality.OXYGEN,
    quality.SLUDGE,
    quality.PRESSURES,
    quality.PERMEABILITIES,
    (EFFLUENT_FLOW, quality.PHOSPHATE),
    (POWER_TOTAL, INFLUENT_FLOW),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_quantity_has_the_same_colour_on_every_page(scheme: Scheme) -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for names in CHARTS:
        for name, shown in zip(names, colours(names, scheme), strict=True):
            seen[name].add(shown)
    assert {name for name, found in seen.items() if len(found) > 1} == set()
    for flow, total in ((INFLUENT_FLOW, INFLUENT_TOTAL), (EFFLUENT_FLOW, EFFLUENT_TOTAL)):
        assert colour(flow, scheme) == colour(total, scheme)
    assert colour(POWER_TOTAL, scheme) == colour(ENERGY_TOTAL, scheme)
    # The bars of a day: what comes in, goes out, and goes past.
    assert len({colour(one, scheme) for one in (INFLUENT_TOTAL, EFFLUENT_TOTAL, BYPASS)}) == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_two_lines_of_a_chart_share_a_colour(scheme: Scheme) -> None:
    site = read(ROOT / "deploy/sites/mikkeli")
    paths = [point.ref for point in site.point]
    lines = ink(scheme).lines
    for first in range(len(paths) - len(lines)):
        shown = colours(paths[first : first + len(lines)], scheme)
        assert sorted(shown) == sorted(lines)
    assert set(colours(paths, scheme)) == set(lines)  # with more than there are, they begin again


def test_red_and_amber_are_for_readings_that_failed_or_are_suspect() -> None:
    for scheme in ("light", "dark"):
        theme = ink(scheme)
        assert theme.bad not in theme.lines
        assert colour(BYPASS, scheme) not in {theme.bad, theme.suspect}


def test_a_point_that_nobody_gave_a_colour_keeps_the_one_that_it_has() -> None:
    assert colour("hall/some-point", "light") == colour("hall/some-point", "light")
    assert colours([], "light") == []
