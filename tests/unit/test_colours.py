"""One quantity has one colour on all pages, and two of a chart never have the same."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from dashboard.charts.colours import colour, colours
from dashboard.charts.palette import Scheme, palette_of
from schemas.site.reader import read
from schemas.site.roles import site_roles
from tests.fixtures.command_line import ROOT

SITE = read(ROOT / "deploy/sites/mikkeli")
ROLES = site_roles(SITE)
NUMBERS = ROLES.numbers()
# What pages draw together: overview, flows, energy, quality, and trends of some of them.
CHARTS: tuple[tuple[str, ...], ...] = (
    ("influent.flow", "effluent.ammonium", "main_meter.power"),
    ("influent.flow", "effluent.flow", "bypass.flow"),
    ("membrane_tank.permeate_flow",),
    ("return_sludge.flow", "excess_sludge.flow"),
    ("internal_recirculation.flow",),
    ("bioreactor.air_flow",),
    ("membrane_tank.scour_air_flow",),
    ("sub_meter.energy",),
    ("effluent.ammonium", "effluent.nitrate"),
    ("effluent.phosphate",),
    ("effluent.turbidity", "effluent.sac254"),
    ("effluent.ph",),
    ("bioreactor.oxygen",),
    ("bioreactor.mlss", "membrane_stage.mlss"),
    ("membrane_tank.transmembrane_pressure",),
    ("membrane_tank.permeability",),
    ("effluent.flow", "effluent.phosphate"),
    ("main_meter.power", "influent.flow"),
)


@dataclass(frozen=True)
class Shown:
    """A point as a chart wants it."""

    path: str

    @property
    def role_numbers(self) -> Mapping[str, int]:
        return NUMBERS.get(self.path, {})


def _one(role: str) -> Shown:
    (path,) = ROLES.paths(role)
    return Shown(path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_quantity_has_the_same_colour_on_every_page(scheme: Scheme) -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for roles in CHARTS:
        points = [Shown(path) for path in ROLES.paths(*roles)]
        for point, shown in zip(points, colours(points, scheme), strict=True):
            seen[point.path].add(shown)
    assert len(seen) > 40
    assert {path for path, found in seen.items() if len(found) > 1} == set()
    for flow, total in (
        ("influent.flow", "influent.volume"),
        ("effluent.flow", "effluent.volume"),
        ("main_meter.power", "main_meter.energy"),
    ):
        assert colour(_one(flow), scheme) == colour(_one(total), scheme)
    # The bars of a day: what comes in and what goes out.
    bars = [colour(_one(f"{stream}.volume"), scheme) for stream in ("influent", "effluent")]
    assert len(set(bars)) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_two_lines_of_a_chart_share_a_colour(scheme: Scheme) -> None:
    points = [Shown(path) for path in SITE.points]
    lines = palette_of(scheme).lines
    for first in range(len(points) - len(lines)):
        shown = colours(points[first : first + len(lines)], scheme)
        assert sorted(shown) == sorted(lines)
    assert set(colours(points, scheme)) == set(lines)  # with more than there are, they begin again


def test_red_and_amber_are_for_readings_that_failed_or_are_suspect() -> None:
    for scheme in ("light", "dark"):
        theme = palette_of(scheme)
        assert not {theme.bad, theme.suspect} & set(theme.lines)


def test_a_point_that_nobody_gave_a_colour_keeps_the_one_that_it_has() -> None:
    assert colour(Shown("hall/some-point"), "light") == colour(Shown("hall/some-point"), "light")
    assert colours([], "light") == []
