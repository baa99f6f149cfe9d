"""The key figures of the pilot lines: activated carbon, osmosis, struvite, ozone, electrolysis.

A trial shows those of which all points are its own; `docs/kpis.md` describes each one.
"""

from dashboard.analysis.kpi import formulas
from dashboard.analysis.kpi.definition import Kpi, counted, counters, measured, reduction
from dashboard.analysis.kpi.inputs import KpiInputs

GAC_PRODUCT = "gac/p01-ft-02"
GAC_SAC_IN, GAC_SAC_OUT = "gac/p01-qt-05", "gac/p01-qt-06"
GAC_BED_VOLUMES = "gac/p01-qy-08"
RO_FEED, RO_PERMEATE, RO_POWER = "ro/p02-ft-01", "ro/p02-ft-02", "ro/p02-ji-11"
RO_CONDUCTIVITY_IN, RO_CONDUCTIVITY_OUT = "ro/p02-qt-06", "ro/p02-qt-07"
RO_FLUX = "ro/p02-fy-13"
STRUVITE_FEED, STRUVITE_HARVEST = "trial/p03-ft-01", "trial/p03-wq-06"
STRUVITE_IN, STRUVITE_OUT = "trial/p03-qt-04", "trial/p03-qt-05"
OZONE_FEED, OZONE_DOSE, OZONE_POWER = "trial/p04-ft-01", "trial/p04-qt-02", "trial/p04-ji-06"
OZONE_SAC_REDUCTION = "trial/p04-qt-05"
CELL_FLOW, CELL_VOLTAGE, CELL_CURRENT = "trial/e01-ft-01", "trial/e01-ei-08", "trial/e01-ii-09"
REDOX_BEFORE, REDOX_AFTER = "trial/e01-qt-05", "trial/e01-qt-06"

WATTS_A_KW = 1000.0
M3_H, MG_L, A_METRE = "m3/h", "mg/L", "/m"


def _ro_specific_energy(inputs: KpiInputs) -> float | None:
    return formulas.ratio_of_sums(inputs.means(RO_POWER), inputs.means(RO_PERMEATE))


def _contact_time(inputs: KpiInputs) -> float | None:
    hours = 24.0 * inputs.known_days
    return formulas.contact_time_min(hours, counted(inputs, GAC_BED_VOLUMES))


def _struvite_yield(inputs: KpiInputs) -> float | None:
    flow_m3_h = inputs.means(STRUVITE_FEED)
    phosphorus_kg = formulas.load_kg(flow_m3_h, inputs.means(STRUVITE_IN), inputs.step_h)
    if phosphorus_kg is None:
        return None
    return formulas.struvite_yield_percent(counted(inputs, STRUVITE_HARVEST), phosphorus_kg)


def _ozone_dose(inputs: KpiInputs) -> float | None:
    flow = inputs.means(OZONE_FEED)
    return formulas.ratio_of_sums(flow * inputs.means(OZONE_DOSE), flow)


def _ozone_energy_a_kg(inputs: KpiInputs) -> float | None:
    ozone_kg_h = inputs.means(OZONE_FEED) * inputs.means(OZONE_DOSE) / 1000.0
    return formulas.ratio_of_sums(inputs.means(OZONE_POWER), ozone_kg_h)


def _cell_energy(inputs: KpiInputs) -> float | None:
    power_kw = inputs.means(CELL_VOLTAGE) * inputs.means(CELL_CURRENT) / WATTS_A_KW
    return formulas.ratio_of_sums(power_kw, inputs.means(CELL_FLOW))


def _cell_charge(inputs: KpiInputs) -> float | None:
    return formulas.ratio_of_sums(inputs.means(CELL_CURRENT), inputs.means(CELL_FLOW))


PILOTS: tuple[Kpi, ...] = (
    Kpi(
        "sac254_reduction",
        "%",
        1,
        measured(A_METRE, GAC_SAC_IN, GAC_SAC_OUT),
        reduction(GAC_SAC_IN, GAC_SAC_OUT),
    ),
    Kpi(
        "gac_bed_volumes",
        "BV",
        1,
        measured("1", GAC_BED_VOLUMES),
        lambda inputs: inputs.last(GAC_BED_VOLUMES),
    ),
    Kpi("gac_contact_time", "min", 1, counters("1", GAC_BED_VOLUMES), _contact_time),
    Kpi(
        "ro_recovery",
        "%",
        1,
        measured(M3_H, RO_PERMEATE, RO_FEED),
        lambda inputs: formulas.recovery_percent(inputs.mean(RO_PERMEATE), inputs.mean(RO_FEED)),
    ),
    Kpi(
        "ro_rejection",
        "%",
        1,
        measured("uS/cm", RO_CONDUCTIVITY_OUT, RO_CONDUCTIVITY_IN),
        lambda inputs: formulas.rejection_percent(
            inputs.mean(RO_CONDUCTIVITY_OUT), inputs.mean(RO_CONDUCTIVITY_IN)
        ),
    ),
    Kpi(
        "ro_flux", "l/(m²·h)", 1, measured("L/(m2.h)", RO_FLUX), lambda inputs: inputs.mean(RO_FLUX)
    ),
    Kpi(
        "ro_specific_energy",
        "kWh/m³",
        1,
        (*measured("kW", RO_POWER), *measured(M3_H, RO_PERMEATE)),
        _ro_specific_energy,
    ),
    Kpi(
        "phosphorus_recovery",
        "%",
        1,
        measured(MG_L, STRUVITE_IN, STRUVITE_OUT),
        reduction(STRUVITE_IN, STRUVITE_OUT),
    ),
    Kpi(
        "struvite_yield",
        "%",
        7,
        (
            *counters("kg", STRUVITE_HARVEST),
            *measured(M3_H, STRUVITE_FEED),
            *measured(MG_L, STRUVITE_IN),
        ),
        _struvite_yield,
    ),
    Kpi(
        "ozone_dose",
        "mg/l",
        1,
        (*measured(M3_H, OZONE_FEED), *measured(MG_L, OZONE_DOSE)),
        _ozone_dose,
    ),
    Kpi(
        "ozone_sac254_reduction",
        "%",
        1,
        measured("%", OZONE_SAC_REDUCTION),
        lambda inputs: inputs.mean(OZONE_SAC_REDUCTION),
    ),
    Kpi(
        "ozone_specific_energy",
        "kWh/m³",
        1,
        (*measured("kW", OZONE_POWER), *measured(M3_H, OZONE_FEED)),
        lambda inputs: formulas.ratio_of_sums(inputs.means(OZONE_POWER), inputs.means(OZONE_FEED)),
    ),
    Kpi(
        "ozone_energy_a_kg",
        "kWh/kg",
        1,
        (
            *measured("kW", OZONE_POWER),
            *measured(M3_H, OZONE_FEED),
            *measured(MG_L, OZONE_DOSE),
        ),
        _ozone_energy_a_kg,
    ),
    Kpi(
        "electrolysis_specific_energy",
        "kWh/m³",
        1,
        (
            *measured("V", CELL_VOLTAGE),
            *measured("A", CELL_CURRENT),
            *measured(M3_H, CELL_FLOW),
        ),
        _cell_energy,
    ),
    Kpi(
        "electrolysis_charge",
        "Ah/m³",
        1,
        (*measured("A", CELL_CURRENT), *measured(M3_H, CELL_FLOW)),
        _cell_charge,
    ),
    Kpi(
        "electrolysis_redox_rise",
        "mV",
        1,
        measured("mV", REDOX_BEFORE, REDOX_AFTER),
        lambda inputs: formulas.mean_rise(inputs.means(REDOX_BEFORE), inputs.means(REDOX_AFTER)),
    ),
)
