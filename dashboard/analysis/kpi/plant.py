"""The key figures of the plant: which formula, over which window, from which points.

Points are named `line/point`. A key figure whose points a site does not have is not shown there.
`docs/kpis.md` describes each one, and a test compares the two.
"""

import numpy as np

from dashboard.analysis.kpi import formulas
from dashboard.analysis.kpi.definition import Formula, Kpi, counted, counters, measured
from dashboard.analysis.kpi.inputs import KpiInputs
from dashboard.analysis.kpi.pilots import GAC_PRODUCT, PILOTS, RO_PERMEATE

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

KWH, M3, M3_H, NM3_H, MG_L = "kW.h", "m3", "m3/h", "m3{n}/h", "mg/L"


def _specific_energy(inputs: KpiInputs) -> float | None:
    energy_kwh = counted(inputs, ENERGY_TOTAL)
    return formulas.specific_energy_kwh_m3(energy_kwh, counted(inputs, INFLUENT_TOTAL))


def _share_of_energy(*part: str) -> Formula:
    return lambda inputs: formulas.share_percent(
        counted(inputs, *part), counted(inputs, ENERGY_TOTAL)
    )


def _unmetered(inputs: KpiInputs) -> float | None:
    sub_meters_kwh = counted(inputs, *ENERGY_SUB_METERS)
    return formulas.unmetered_percent(sub_meters_kwh, counted(inputs, ENERGY_TOTAL))


def _volume_a_day(counter: str) -> Formula:
    return lambda inputs: formulas.amount_a_day(counted(inputs, counter), inputs.due_days)


def bypass_volume(bypasses: tuple[str, ...]) -> Kpi:
    """Return the volume that went past treatment through those bypasses that a site has."""
    return Kpi(
        "bypass_volume",
        "m³",
        1,
        measured(M3_H, *bypasses),
        lambda inputs: formulas.volume_m3(inputs.sums(bypasses), inputs.step_h),
    )


def _reclaimed_water(inputs: KpiInputs) -> float | None:
    return formulas.daily_rate(inputs.means(GAC_PRODUCT) + inputs.means(RO_PERMEATE))


def _ammonium_removal(inputs: KpiInputs) -> float | None:
    influent = inputs.means(INFLUENT_AMMONIUM)
    effluent = inputs.means(EFFLUENT_AMMONIUM)
    in_kg = formulas.load_kg(inputs.means(INFLUENT_FLOW), influent, inputs.step_h)
    out_kg = formulas.load_kg(inputs.means(EFFLUENT_FLOW), effluent, inputs.step_h)
    bypass_kg = formulas.load_kg(inputs.means(BYPASS_UNTREATED), influent, inputs.step_h)
    if in_kg is None or out_kg is None or bypass_kg is None:
        return None
    return formulas.removal_percent(in_kg, out_kg, bypass_kg)


def _sludge(inputs: KpiInputs) -> float | None:
    cake_t = counted(inputs, CAKE)
    return formulas.dry_solids_t_d(cake_t, inputs.mean(CAKE_DRY_SOLIDS), inputs.due_days)


def _specific_air_demand(inputs: KpiInputs) -> float | None:
    air, permeate = inputs.sums(SCOUR_AIR_FLOWS), inputs.sums(PERMEATE_FLOWS)
    both = ~np.isnan(air + permeate)
    return formulas.specific_air_demand(float(air[both].sum()), float(permeate[both].sum()))


_ENERGY_AND_WATER = (*counters(KWH, ENERGY_TOTAL), *counters(M3, INFLUENT_TOTAL))

CATALOGUE: tuple[Kpi, ...] = (
    Kpi("specific_energy", "kWh/m³", 1, _ENERGY_AND_WATER, _specific_energy),
    Kpi("specific_energy_week", "kWh/m³", 7, _ENERGY_AND_WATER, _specific_energy),
    Kpi("influent_volume", "m³/d", 1, counters(M3, INFLUENT_TOTAL), _volume_a_day(INFLUENT_TOTAL)),
    Kpi("effluent_volume", "m³/d", 1, counters(M3, EFFLUENT_TOTAL), _volume_a_day(EFFLUENT_TOTAL)),
    bypass_volume(BYPASSES),
    Kpi("reclaimed_water", "m³/d", 1, measured(M3_H, GAC_PRODUCT, RO_PERMEATE), _reclaimed_water),
    Kpi(
        "ammonium_removal",
        "%",
        1,
        (
            *measured(M3_H, INFLUENT_FLOW),
            *measured(MG_L, INFLUENT_AMMONIUM),
            *measured(M3_H, EFFLUENT_FLOW),
            *measured(MG_L, EFFLUENT_AMMONIUM),
            *measured(M3_H, BYPASS_UNTREATED),
        ),
        _ammonium_removal,
    ),
    Kpi(
        "sludge_dry_solids",
        "t DS/d",
        7,
        (*counters("t", CAKE), *measured("%", CAKE_DRY_SOLIDS)),
        _sludge,
    ),
    Kpi(
        "aeration_share",
        "%",
        1,
        counters(KWH, ENERGY_AERATION, ENERGY_TOTAL),
        _share_of_energy(ENERGY_AERATION),
    ),
    Kpi(
        "scour_air_share",
        "%",
        1,
        counters(KWH, ENERGY_SCOUR_AIR, ENERGY_TOTAL),
        _share_of_energy(ENERGY_SCOUR_AIR),
    ),
    Kpi("unmetered_share", "%", 1, counters(KWH, ENERGY_TOTAL, *ENERGY_SUB_METERS), _unmetered),
    Kpi(
        "solar_share",
        "%",
        1,
        counters(KWH, ENERGY_SOLAR, ENERGY_TOTAL),
        _share_of_energy(ENERGY_SOLAR),
    ),
    Kpi(
        "specific_air_demand",
        "Nm³/m³",
        1,
        (*measured(NM3_H, *SCOUR_AIR_FLOWS), *measured(M3_H, *PERMEATE_FLOWS)),
        _specific_air_demand,
    ),
    *PILOTS,
)
BY_KEY = {one.key: one for one in CATALOGUE}
