"""Formulas of the key figures.

Pure arithmetic; windows, inputs and boundaries are chosen in `dashboard/analysis/kpi/plant.py` and
explained in `docs/kpis.md`. A formula whose denominator is not positive has no answer and returns
None: a plant that treats no water has no specific energy.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOURS_PER_DAY = 24.0
STRUVITE_P_SHARE = 0.126  # phosphorus in MgNH4PO4·6H2O: 30.97 of 245.4 g/mol


def specific_energy_kwh_m3(energy_kwh: float, volume_m3: float) -> float | None:
    """Return the energy in kWh for each m³ treated (CEN/TR 17614:2021, ENERWATER)."""
    return _ratio(energy_kwh, volume_m3)


def share_percent(part: float, whole: float) -> float | None:
    """Return `part` in percent of `whole`; both in the same unit."""
    return _percent(part, whole)


def unmetered_percent(sub_meters_kwh: float, total_kwh: float) -> float | None:
    """Return what the sub-meters do not see, in percent of the main meter.

    Negative when the sub-meters count more than the main meter: then one of them is wrong, and the
    number must show it.
    """
    return _percent(total_kwh - sub_meters_kwh, total_kwh)


def amount_a_day(amount: float, days: float) -> float | None:
    """Return an amount for each of the `days` of its window."""
    return _ratio(amount, days)


def volume_m3(flow_m3_h: Floats, step_h: float) -> float | None:
    """Return the volume in m³ that passed in the buckets that have data.

    Args:
        flow_m3_h: Mean flow of each bucket in m³/h; NaN where nothing was measured.
        step_h: Width of a bucket in hours.
    """
    if np.isnan(flow_m3_h).all():
        return None
    return float(np.nansum(flow_m3_h)) * step_h


def daily_rate(flow_per_h: Floats) -> float | None:
    """Return the mean of a flow as amount for each day; buckets without data are left out."""
    if np.isnan(flow_per_h).all():
        return None
    return float(np.nanmean(flow_per_h)) * HOURS_PER_DAY


def load_kg(flow_m3_h: Floats, concentration_mg_l: Floats, step_h: float) -> float | None:
    """Return the load Σ(Q·c)/1000 in kg over the buckets in which both are known.

    The load of a period is flow-weighted, bucket by bucket: never the product of two means.

    Args:
        flow_m3_h: Mean flow of each bucket in m³/h.
        concentration_mg_l: Mean concentration of each bucket in mg/l, which is g/m³.
        step_h: Width of a bucket in hours.
    """
    product = flow_m3_h * concentration_mg_l
    if np.isnan(product).all():
        return None
    return float(np.nansum(product)) * step_h / 1000.0


def removal_percent(in_kg: float, out_kg: float, bypass_kg: float = 0.0) -> float | None:
    """Return 100·(1 - (L_out + L_bypass)/L_in): removal over a period is a ratio of loads."""
    return _percent(in_kg - out_kg - bypass_kg, in_kg)


def recovery_percent(product: float, feed: float) -> float | None:
    """Return the product in percent of the feed: water recovery Qp/Qf of a membrane line."""
    return _percent(product, feed)


def rejection_percent(permeate: float, feed: float) -> float | None:
    """Return the salt rejection 100·(1 - Cp/Cf) of a membrane; both as conductivity in µS/cm."""
    return _percent(feed - permeate, feed)


def reduction_percent(before: Floats, after: Floats) -> float | None:
    """Return 100·(1 - mean after/mean before) over the buckets in which both are known.

    For the spectral absorption at 254 nm, a surrogate of the removal of micropollutants, and for
    phosphate in a struvite reactor, whose feed and outlet carry the same flow.
    """
    both = ~(np.isnan(before) | np.isnan(after))
    if not both.any():
        return None
    return _percent(float((before[both] - after[both]).sum()), float(before[both].sum()))


def specific_air_demand(scour_air_nm3: float, permeate_m3: float) -> float | None:
    """Return SADp, the scouring air in Nm³ for each m³ of net permeate (= SADm/flux)."""
    return _ratio(scour_air_nm3, permeate_m3)


def dry_solids_t_d(cake_t: float, dry_solids_percent: float, days: float) -> float | None:
    """Return the dewatered sludge in tonnes of dry solids for each day."""
    return _ratio(cake_t * dry_solids_percent / 100.0, days)


def ratio_of_sums(above: Floats, below: Floats) -> float | None:
    """Return Σ above / Σ below over the buckets in which both are known.

    Power over flow gives the energy for each unit of volume; flow times dose over flow gives the
    flow-weighted dose.
    """
    both = ~np.isnan(above + below)
    return _ratio(float(above[both].sum()), float(below[both].sum()))


def contact_time_min(hours: float, bed_volumes: float) -> float | None:
    """Return the empty-bed contact time in minutes, V_bed/Q: one bed volume passes in it."""
    minutes = _ratio(60.0 * hours, bed_volumes)
    return minutes or None


def struvite_yield_percent(struvite_kg: float, phosphorus_kg: float) -> float | None:
    """Return the phosphorus in the struvite that was harvested, in percent of what came in."""
    return _percent(STRUVITE_P_SHARE * struvite_kg, phosphorus_kg)


def mean_rise(before: Floats, after: Floats) -> float | None:
    """Return the mean of after - before over the buckets in which both are known."""
    both = ~np.isnan(before + after)
    return float((after - before)[both].mean()) if both.any() else None


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > 0 else None


def _percent(part: float, whole: float) -> float | None:
    return 100.0 * part / whole if whole > 0 else None
