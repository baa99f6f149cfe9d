"""The key figures of the shipped site are the numbers that they were before formulas were data.

`shipped_key_figures.json` holds what the functions gave that stood in Python until then, over the
same made-up day of every point.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from dashboard.analysis.counter import track
from dashboard.analysis.intervals import Intervals
from dashboard.analysis.kpi.definition import kpis_of
from dashboard.analysis.kpi.values import KpiValue, Loaded, evaluate
from dashboard.analysis.meter import Meter, Readings
from dashboard.analysis.series import BucketSeries
from dashboard.analysis.track import Track
from dashboard.analysis.window import Resolution, Source, Window
from schemas.catalogue.figure_report import figure_report
from schemas.catalogue.site_figures import site_figures
from schemas.site.model import Site
from schemas.site.reader import read
from schemas.site.roles import site_roles
from tests.fixtures.command_line import ROOT

START = datetime(2026, 11, 24, 22, tzinfo=UTC)
STEP_S, STEPS = 600.0, 144
WINDOW = Window(START, START + timedelta(seconds=STEP_S * STEPS))
NUMBERS: dict[str, tuple[float, float]] = json.loads(
    (Path(__file__).parent / "shipped_key_figures.json").read_text(encoding="utf-8")
)
EVERY_MINUTE = Intervals.always(60.0)
# A key figure that any plant may have has a general name, and that of the asset behind it.
NAMES_NOW = {
    "sac254_reduction": "sac254_reduction-gac",
    "gac_bed_volumes": "bed_volumes_treated-gac",
    "gac_contact_time": "contact_time-gac",
    "ro_recovery": "recovery-ro",
    "ro_rejection": "salt_rejection-ro",
    "ro_flux": "membrane_flux-ro",
    "ro_specific_energy": "membrane_specific_energy-ro",
    "phosphorus_recovery": "phosphorus_recovery-struvite_reactor",
    "struvite_yield": "struvite_yield-struvite_reactor",
    "ozone_dose": "ozone_dose-ozonation",
    "ozone_sac254_reduction": "ozone_sac254_reduction-ozonation",
    "ozone_specific_energy": "ozone_specific_energy-ozonation",
    "ozone_energy_a_kg": "ozone_energy_a_kg-ozonation",
    "electrolysis_specific_energy": "electrolysis_specific_energy-electrolysis",
    "electrolysis_charge": "electrolysis_charge-electrolysis",
    "electrolysis_redox_rise": "electrolysis_redox_rise-electrolysis",
}


@dataclass(frozen=True)
class _Point:
    point_id: int
    unit: str
    intervals: Intervals = EVERY_MINUTE


def _buckets(path: str, low: float, high: float) -> BucketSeries:
    """Return a day of made-up steps of a point, a twentieth of them missing, others uncertain."""
    rng = np.random.default_rng(crc32(path.encode()))
    kept = np.flatnonzero(rng.uniform(size=STEPS) > 0.05)
    value = rng.uniform(low, high, STEPS)[kept]
    n_good = np.where(rng.uniform(size=STEPS) > 0.03, 10, 0)[kept]
    n = np.full(kept.shape, 10)
    x_ms = START.timestamp() * 1000.0 + kept * STEP_S * 1000.0
    columns = [np.where(n_good > 0, value, np.nan) if part == 1 else value for part in range(6)]
    step = Resolution(Source.FIVE_MINUTES, STEP_S)
    return BucketSeries(step, x_ms, n, n, n_good, *columns)


def _counted(path: str) -> Track:
    """Return a day of a made-up counter that is read every ten minutes, some of them reset once."""
    rng = np.random.default_rng(crc32(path.encode()) + 1)
    total = 5_000.0 + np.cumsum(rng.uniform(5.0, 50.0, STEPS + 1))
    if crc32(path.encode()) % 3 == 0:
        total[60:] -= total[60] - 1.0
    kept = np.flatnonzero(rng.uniform(size=STEPS + 1) > 0.1)
    x_ms = START.timestamp() * 1000.0 + kept * STEP_S * 1000.0
    return track(Readings.of(x_ms, total[kept]), Meter.always(None, None))


@pytest.fixture(scope="module")
def site() -> Site:
    return read(ROOT / "deploy/sites/mikkeli")


@pytest.fixture(scope="module")
def figures(site: Site) -> dict[str, KpiValue]:
    names = {element.key: element.name.model_dump() for element in (*site.asset, *site.stream)}
    points, buckets, tracks = {}, {}, {}
    for number, (path, point) in enumerate(site.points.items()):
        low, high = point.typical or point.range or (1.0, 2.0)
        points[path] = _Point(number, point.unit)
        buckets[number], tracks[number] = _buckets(path, low, high), _counted(path)
    loaded = Loaded(points, buckets, tracks, STEP_S, site.zone)
    kpis = kpis_of(site_figures(site_roles(site)), names)
    return {kpi.key: evaluate(kpi, loaded, WINDOW) for kpi in kpis}


@pytest.mark.parametrize("key", NUMBERS)
def test_each_number_is_what_it_was(key: str, figures: dict[str, KpiValue]) -> None:
    found = figures[NAMES_NOW.get(key, key)]
    value, coverage = NUMBERS[key]
    assert found.value == pytest.approx(value, rel=1e-12)
    assert found.coverage == pytest.approx(coverage, rel=1e-12)


def test_every_key_figure_of_the_shipped_site_gives_a_number(figures: dict[str, KpiValue]) -> None:
    silent = {key for key, found in figures.items() if found.value is None}
    assert silent == set()


def test_what_the_shipped_site_lacks_is_said_in_a_line(site: Site) -> None:
    head, *lines = figure_report(site_roles(site))
    assert head.startswith("key figures: ")
    assert ("  2 more (docs/kpis.md) are of what the plant does not have: drinking_water") in lines
    assert "  hydraulic_retention_time: needs volume (property, m3) of mbr1" in lines


def test_a_water_works_is_not_told_of_sewage() -> None:
    """36 figures of sewage stood between what it could add."""
    site = read(ROOT / "deploy/sites/kuusilahde")
    *lines, others = figure_report(site_roles(site))[1:]
    assert "influent" in others
    assert not any("influent" in line or "sludge" in line for line in lines)
    assert any("well_1" in line for line in lines)
