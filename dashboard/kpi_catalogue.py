"""The key figures of the plant: which formula, over which window, from which points.

Points are named `line/point`. A key figure whose points a site does not have is not shown there.
`docs/kpis.md` describes each one, and a test compares the two.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dashboard.domain import kpi
from dashboard.domain.kpi_inputs import KpiInputs

ENERGY_TOTAL = "main/en-jq-901"
POWER_TOTAL = "main/en-ji-901"
ENERGY_SUB_METERS = tuple(f"main/en-jq-{number}" for number in range(911, 919))
ENERGY_AERATION = "main/en-jq-912"
ENERGY_SCOUR_AIR = "main/en-jq-913"
ENERGY_SOLAR = "main/en-jq-921"
BIOGAS = "main/en-gq-924"
INFLUENT_FLOW = "main/jv-ft-205"
INFLUENT_TOTAL = "main/jv-fq-205"
INFLUENT_AMMONIUM = "main/jv-qt-210"
EFFLUENT_FLOW = "main/lv-ft-601"
EFFLUENT_TOTAL = "main/lv-fq-601"
EFFLUENT_AMMONIUM = "main/lv-qt-605"
BYPASS_UNTREATED = "main/lv-ft-609"
BYPASSES = ("main/ken-ft-109", "main/es-ft-309", BYPASS_UNTREATED)
PERMEATE_FLOWS = tuple(f"main/mbr{tank}-ft-5{tank}1" for tank in range(1, 5))
SCOUR_AIR_FLOWS = tuple(f"main/mbr{tank}-ft-5{tank}3" for tank in range(1, 5))
CAKE = "main/li-wq-703"
CAKE_DRY_SOLIDS = "main/li-qt-702"
GAC_PRODUCT = "gac/p01-ft-02"
GAC_SAC_IN, GAC_SAC_OUT = "gac/p01-qt-05", "gac/p01-qt-06"
RO_FEED, RO_PERMEATE, RO_POWER = "ro/p02-ft-01", "ro/p02-ft-02", "ro/p02-ji-11"
RO_CONDUCTIVITY_IN, RO_CONDUCTIVITY_OUT = "ro/p02-qt-06", "ro/p02-qt-07"
STRUVITE_IN, STRUVITE_OUT = "trial/p03-qt-04", "trial/p03-qt-05"

COUNTERS = frozenset(
    {ENERGY_TOTAL, *ENERGY_SUB_METERS, ENERGY_SOLAR, INFLUENT_TOTAL, EFFLUENT_TOTAL, CAKE}
)


@dataclass(frozen=True)
class Kpi:
    """One key figure: `formula` gets inputs over the last `days` days and may have no answer."""

    key: str
    unit: str
    days: int
    inputs: tuple[str, ...]
    formula: Callable[[KpiInputs], float | None]


def _counted(inputs: KpiInputs, *names: str) -> float:
    """Return the sum of what counters counted; NaN if one of them sent nothing."""
    counts = [inputs.counted(name) for name in names]
    return sum(count.total if count is not None else float("nan") for count in counts)


def _specific_energy(inputs: KpiInputs) -> float | None:
    energy_kwh = _counted(inputs, ENERGY_TOTAL)
    return kpi.specific_energy_kwh_m3(energy_kwh, _counted(inputs, INFLUENT_TOTAL))


def _share_of_energy(*part: str) -> Callable[[KpiInputs], float | None]:
    return lambda inputs: kpi.share_percent(_counted(inputs, *part), _counted(inputs, ENERGY_TOTAL))


def _unmetered(inputs: KpiInputs) -> float | None:
    sub_meters_kwh = _counted(inputs, *ENERGY_SUB_METERS)
    return kpi.unmetered_percent(sub_meters_kwh, _counted(inputs, ENERGY_TOTAL))


def _volume_a_day(counter: str) -> Callable[[KpiInputs], float | None]:
    return lambda inputs: _counted(inputs, counter) / inputs.days


def _bypass(inputs: KpiInputs) -> float | None:
    return kpi.volume_m3(inputs.sums(BYPASSES), inputs.step_h)


def _reclaimed_water(inputs: KpiInputs) -> float | None:
    litres_a_m3 = 1000.0
    return kpi.daily_rate(inputs.means(GAC_PRODUCT) + inputs.means(RO_PERMEATE) / litres_a_m3)


def _ammonium_removal(inputs: KpiInputs) -> float | None:
    influent = inputs.means(INFLUENT_AMMONIUM)
    effluent = inputs.means(EFFLUENT_AMMONIUM)
    in_kg = kpi.load_kg(inputs.means(INFLUENT_FLOW), influent, inputs.step_h)
    out_kg = kpi.load_kg(inputs.means(EFFLUENT_FLOW), effluent, inputs.step_h)
    bypass_kg = kpi.load_kg(inputs.means(BYPASS_UNTREATED), influent, inputs.step_h)
    if in_kg is None or out_kg is None or bypass_kg is None:
        return None
    return kpi.removal_percent(in_kg, out_kg, bypass_kg)


def _reduction(before: str, after: str) -> Callable[[KpiInputs], float | None]:
    return lambda inputs: kpi.reduction_percent(inputs.means(before), inputs.means(after))


def _sludge(inputs: KpiInputs) -> float | None:
    cake_t = _counted(inputs, CAKE)
    return kpi.dry_solids_t_d(cake_t, inputs.mean(CAKE_DRY_SOLIDS), inputs.days)


def _specific_air_demand(inputs: KpiInputs) -> float | None:
    air, permeate = inputs.sums(SCOUR_AIR_FLOWS), inputs.sums(PERMEATE_FLOWS)
    both = ~np.isnan(air + permeate)
    return kpi.specific_air_demand(float(air[both].sum()), float(permeate[both].sum()))


def _ro_specific_energy(inputs: KpiInputs) -> float | None:
    power_kw, permeate_l_h = inputs.means(RO_POWER), inputs.means(RO_PERMEATE)
    both = ~np.isnan(power_kw + permeate_l_h)
    permeate_m3_h = float(permeate_l_h[both].sum()) / 1000.0
    return kpi.specific_energy_kwh_m3(float(power_kw[both].sum()), permeate_m3_h)


CATALOGUE: tuple[Kpi, ...] = (
    Kpi("specific_energy", "kWh/m³", 1, (ENERGY_TOTAL, INFLUENT_TOTAL), _specific_energy),
    Kpi("specific_energy_week", "kWh/m³", 7, (ENERGY_TOTAL, INFLUENT_TOTAL), _specific_energy),
    Kpi("influent_volume", "m³/d", 1, (INFLUENT_TOTAL,), _volume_a_day(INFLUENT_TOTAL)),
    Kpi("effluent_volume", "m³/d", 1, (EFFLUENT_TOTAL,), _volume_a_day(EFFLUENT_TOTAL)),
    Kpi("bypass_volume", "m³", 1, BYPASSES, _bypass),
    Kpi("reclaimed_water", "m³/d", 1, (GAC_PRODUCT, RO_PERMEATE), _reclaimed_water),
    Kpi(
        "ammonium_removal",
        "%",
        1,
        (
            INFLUENT_FLOW,
            INFLUENT_AMMONIUM,
            EFFLUENT_FLOW,
            EFFLUENT_AMMONIUM,
            BYPASS_UNTREATED,
        ),
        _ammonium_removal,
    ),
    Kpi(
        "sac254_reduction",
        "%",
        1,
        (GAC_SAC_IN, GAC_SAC_OUT),
        _reduction(GAC_SAC_IN, GAC_SAC_OUT),
    ),
    Kpi(
        "phosphorus_recovery",
        "%",
        1,
        (STRUVITE_IN, STRUVITE_OUT),
        _reduction(STRUVITE_IN, STRUVITE_OUT),
    ),
    Kpi("sludge_dry_solids", "t DS/d", 7, (CAKE, CAKE_DRY_SOLIDS), _sludge),
    Kpi(
        "aeration_share",
        "%",
        1,
        (ENERGY_AERATION, ENERGY_TOTAL),
        _share_of_energy(ENERGY_AERATION),
    ),
    Kpi(
        "scour_air_share",
        "%",
        1,
        (ENERGY_SCOUR_AIR, ENERGY_TOTAL),
        _share_of_energy(ENERGY_SCOUR_AIR),
    ),
    Kpi("unmetered_share", "%", 1, (ENERGY_TOTAL, *ENERGY_SUB_METERS), _unmetered),
    Kpi("solar_share", "%", 1, (ENERGY_SOLAR, ENERGY_TOTAL), _share_of_energy(ENERGY_SOLAR)),
    Kpi(
        "specific_air_demand",
        "Nm³/m³",
        1,
        (*SCOUR_AIR_FLOWS, *PERMEATE_FLOWS),
        _specific_air_demand,
    ),
    Kpi(
        "ro_recovery",
        "%",
        1,
        (RO_PERMEATE, RO_FEED),
        lambda inputs: kpi.recovery_percent(inputs.mean(RO_PERMEATE), inputs.mean(RO_FEED)),
    ),
    Kpi(
        "ro_rejection",
        "%",
        1,
        (RO_CONDUCTIVITY_OUT, RO_CONDUCTIVITY_IN),
        lambda inputs: kpi.rejection_percent(
            inputs.mean(RO_CONDUCTIVITY_OUT), inputs.mean(RO_CONDUCTIVITY_IN)
        ),
    ),
    Kpi("ro_specific_energy", "kWh/m³", 1, (RO_POWER, RO_PERMEATE), _ro_specific_energy),
)
BY_KEY = {one.key: one for one in CATALOGUE}
