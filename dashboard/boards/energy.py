"""The energy page: how much, for what, and for how much water."""

import numpy as np

from dashboard import history
from dashboard.boards.card import Ask, Card, Drawn, Swatch, trend_card
from dashboard.charts.bars import Amounts, Days, daily_bars
from dashboard.charts.ink import ink
from dashboard.charts.scatter import Quantity, scatter
from dashboard.domain.daily import counted_by_day, mean_by_day
from dashboard.domain.kpi import specific_energy_kwh_m3
from dashboard.domain.local_axis import texts
from dashboard.domain.window import Resolution, Source
from dashboard.kpi_catalogue import (
    BIOGAS,
    ENERGY_SOLAR,
    ENERGY_SUB_METERS,
    ENERGY_TOTAL,
    INFLUENT_FLOW,
    INFLUENT_TOTAL,
    POWER_TOTAL,
    SCOUR_AIR_FLOWS,
)

HOUR = Resolution(Source.HOUR, 3_600.0)
HOURS_A_DAY = 24.0
PROCESS_AIR = ("main/il1-ft-417", "main/il2-ft-427")
LIVE = (POWER_TOTAL, INFLUENT_FLOW)
KPIS = (
    "specific_energy",
    "specific_energy_week",
    "aeration_share",
    "scour_air_share",
    "unmetered_share",
    "solar_share",
    "specific_air_demand",
)


def _sub_meters(ask: Ask) -> Drawn | None:
    """Energy a day by sub-meter, and what none of them sees."""
    names = ask.having((ENERGY_TOTAL, *ENERGY_SUB_METERS))
    if ENERGY_TOTAL not in names or len(names) == 1:
        return None
    found, colours = ask.daily(names), ink(ask.reader.scheme)
    counted = {
        name: counted_by_day(series, ask.days, ask.points[name].range_hi, ask.reader.zone)
        for name, series in found.items()
    }
    total = counted.pop(ENERGY_TOTAL)
    amounts = [
        Amounts(_short(ask, name), colours.lines[place % len(colours.lines)], values)
        for place, (name, values) in enumerate(counted.items())
    ]
    rest = [
        None
        if whole is None or any(part is None for part in parts)
        else whole - sum(part or 0.0 for part in parts)
        for whole, parts in zip(total, zip(*counted.values(), strict=True), strict=True)
    ]
    amounts.append(
        Amounts(ask.reader.text("energy.unmetered"), colours.muted, rest, remainder=True)
    )
    what = Days(ask.days, ask.today, amounts, "kWh", 0)
    return Drawn(
        figure=daily_bars(what, "stack", ask.reader.frame),
        legend=tuple(Swatch(kind.label, kind.colour) for kind in amounts),
        points=tuple(names),
        note=ask.reader.text("energy.unmetered_note"),
    )


def _short(ask: Ask, name: str) -> str:
    """Return the name of a sub-meter without what all of them have in common."""
    full = ask.reader.name(ask.points[name].name)
    _, comma, rest = full.partition(", ")
    return rest[:1].upper() + rest[1:] if comma else full


def _specific_energy(ask: Ask) -> Drawn | None:
    names = ask.having((ENERGY_TOTAL, INFLUENT_TOTAL))
    if len(names) < 2:
        return None
    found = ask.daily(names)
    energy, water = (
        counted_by_day(found[name], ask.days, ask.points[name].range_hi, ask.reader.zone)
        for name in names
    )
    values = [
        None if kwh is None or m3 is None else specific_energy_kwh_m3(kwh, m3)
        for kwh, m3 in zip(energy, water, strict=True)
    ]
    label, colour = ask.reader.text("kpi.specific_energy"), ink(ask.reader.scheme).lines[0]
    what = Days(ask.days, ask.today, [Amounts(label, colour, values)], "kWh/m³", 2)
    figure = daily_bars(what, "group", ask.reader.frame)
    return Drawn(figure, (Swatch(label, colour),), tuple(names))


def _power_over_flow(ask: Ask) -> Drawn | None:
    names = ask.having((POWER_TOTAL, INFLUENT_FLOW))
    if len(names) < 2:
        return None
    ids = [ask.points[name].point_id for name in names]
    found = history.buckets(ask.connection, ids, ask.window, HOUR, ask.reader.zone)
    power, flow = (found[one] for one in ids)
    both, in_power, in_flow = np.intersect1d(power.x_ms, flow.x_ms, return_indices=True)
    when = texts(both, ask.reader.zone, ask.reader.locale, "minute")
    figure = scatter(
        Quantity(ask.reader.text("flows.in"), "m³/h", flow.mean_good[in_flow]),
        Quantity(ask.reader.text("energy.power"), "kW", power.mean_good[in_power]),
        when,
        ink(ask.reader.scheme).lines[0],
        ask.reader.frame,
    )
    return Drawn(figure, (), tuple(names), ask.reader.text("energy.power_over_flow_note"))


def _renewables(ask: Ask) -> Drawn | None:
    """Solar electricity a day, and the biogas that the plant's sludge gives elsewhere."""
    if ENERGY_SOLAR not in ask.points:
        return None
    names = ask.having((ENERGY_SOLAR, BIOGAS))
    found, colours = ask.daily(names), ink(ask.reader.scheme)
    solar = counted_by_day(
        found[ENERGY_SOLAR], ask.days, ask.points[ENERGY_SOLAR].range_hi, ask.reader.zone
    )
    label = ask.reader.name(ask.points[ENERGY_SOLAR].name)
    what = Days(ask.days, ask.today, [Amounts(label, colours.lines[1], solar)], "kWh", 0)
    note = ""
    if BIOGAS in found:
        known = [
            value
            for value in mean_by_day(found[BIOGAS], ask.days, ask.reader.zone, HOURS_A_DAY)
            if value is not None
        ]
        if known:
            mean = ask.reader.number(sum(known) / len(known), 0)
            note = ask.reader.text("energy.biogas_note", volume=mean)
    figure = daily_bars(what, "group", ask.reader.frame)
    return Drawn(figure, (Swatch(label, colours.lines[1]),), tuple(names), note)


CARDS: tuple[Card, ...] = (
    Card("energy.by_use", _sub_meters, wide=True),
    trend_card("energy.power", (POWER_TOTAL,)),
    Card("energy.power_over_flow", _power_over_flow),
    Card("energy.specific", _specific_energy),
    trend_card("energy.process_air", PROCESS_AIR),
    trend_card("energy.scour_air", SCOUR_AIR_FLOWS),
    Card("energy.renewables", _renewables),
)
