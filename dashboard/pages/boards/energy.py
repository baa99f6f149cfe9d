"""The energy page: how much, for what, and for how much water."""

from collections.abc import Sequence

import numpy as np

from dashboard.analysis.kpi.definition import Kpi, counted, counters, measured
from dashboard.analysis.kpi.formulas import daily_rate
from dashboard.analysis.kpi.plant import (
    BIOGAS,
    BY_KEY,
    ENERGY_SOLAR,
    ENERGY_SUB_METERS,
    ENERGY_TOTAL,
    INFLUENT_FLOW,
    KWH,
    NM3_H,
    POWER_TOTAL,
    SCOUR_AIR_FLOWS,
)
from dashboard.analysis.window import Resolution, Source
from dashboard.charts.bars import Amounts, Days, daily_bars
from dashboard.charts.colours import colour, colours
from dashboard.charts.local_time_axis import texts
from dashboard.charts.palette import ink
from dashboard.charts.scatter import Quantity, scatter
from dashboard.components.amounts import amount, numbers, sentences
from dashboard.components.chart_card import Ask, Card, Drawn, Swatch, trend_card
from dashboard.components.chart_table import day_table, dot_table
from dashboard.store import history

HOUR = Resolution(Source.HOUR, 3_600.0)
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
    names = ask.having(ENERGY_SUB_METERS)
    if ENERGY_TOTAL not in ask.points or not names:
        return None
    scheme = ask.reader.scheme
    days = ask.by_day([*(amount("kWh", KWH, name) for name in names), _unmetered(names)])
    amounts = [
        Amounts(_short(ask, name), shown, numbers(values))
        for name, shown, values in zip(names, colours(names, scheme), days, strict=False)
    ]
    rest = ask.reader.text("energy.unmetered")
    amounts.append(Amounts(rest, ink(scheme).muted, numbers(days[-1]), remainder=True))
    what = Days(ask.days, ask.today, amounts, "kWh", 0, ask.reader.text("chart.total"))
    notes = [ask.reader.text("energy.unmetered_note"), sentences(days, ask.reader)]
    return Drawn(
        figure=daily_bars(what, "stack", ask.reader.frame),
        table=day_table(what, ask.reader),
        legend=tuple(Swatch(kind.label, kind.colour) for kind in amounts),
        points=(ENERGY_TOTAL, *names),
        note=" ".join(notes).strip(),
    )


def _unmetered(sub_meters: Sequence[str]) -> Kpi:
    """Return the energy that none of the sub-meters sees, while all meters are known."""
    return Kpi(
        "unmetered",
        "kWh",
        1,
        counters(KWH, ENERGY_TOTAL, *sub_meters),
        lambda inputs: counted(inputs, ENERGY_TOTAL) - counted(inputs, *sub_meters),
    )


def _short(ask: Ask, name: str) -> str:
    """Return the name of a sub-meter without what all of them have in common."""
    full = ask.reader.name(ask.points[name].name)
    _, comma, rest = full.partition(", ")
    return rest[:1].upper() + rest[1:] if comma else full


def _specific_energy(ask: Ask) -> Drawn | None:
    kpi = BY_KEY["specific_energy"]
    if len(ask.having(kpi.inputs)) < len(kpi.inputs):
        return None
    days = ask.by_day([kpi])
    label, shown = ask.reader.text("kpi.specific_energy"), colour(ENERGY_TOTAL, ask.reader.scheme)
    what = Days(ask.days, ask.today, [Amounts(label, shown, numbers(days[0]))], kpi.unit, 2)
    figure = daily_bars(what, "group", ask.reader.frame)
    note = sentences(days, ask.reader)
    table = day_table(what, ask.reader)
    return Drawn(figure, table, (Swatch(label, shown),), kpi.inputs, note)


def _power_over_flow(ask: Ask) -> Drawn | None:
    names = ask.having((POWER_TOTAL, INFLUENT_FLOW))
    if len(names) < 2:
        return None
    ids = [ask.points[name].point_id for name in names]
    found = history.buckets(ask.connection, ids, ask.window, HOUR, ask.reader.zone)
    power, flow = (found[one] for one in ids)
    both, in_power, in_flow = np.intersect1d(power.x_ms, flow.x_ms, return_indices=True)
    units = [ask.points[name].unit_display for name in names]
    when = texts(both, ask.reader.zone, ask.reader.locale, "minute")
    x = Quantity(ask.reader.text("flows.in"), units[1], flow.mean_good[in_flow])
    y = Quantity(ask.reader.text("energy.power"), units[0], power.mean_good[in_power])
    figure = scatter(x, y, when, colour(POWER_TOTAL, ask.reader.scheme), ask.reader.frame)
    table = dot_table(x, y, when, ask.reader)
    return Drawn(figure, table, (), tuple(names), ask.reader.text("energy.power_over_flow_note"))


def _renewables(ask: Ask) -> Drawn | None:
    """Solar electricity a day, and the biogas that the plant's sludge gives elsewhere."""
    if ENERGY_SOLAR not in ask.points:
        return None
    kpis = [amount("kWh", KWH, ENERGY_SOLAR), *([_BIOGAS] if BIOGAS in ask.points else [])]
    days = ask.by_day(kpis)
    label = ask.reader.name(ask.points[ENERGY_SOLAR].name)
    shown = colour(ENERGY_SOLAR, ask.reader.scheme)
    what = Days(ask.days, ask.today, [Amounts(label, shown, numbers(days[0]))], "kWh", 0)
    known = [value for value in numbers(days[-1]) if value is not None]
    notes = [sentences(days, ask.reader)]
    if len(kpis) > 1 and known:
        mean = ask.reader.number(sum(known) / len(known), 0)
        notes.insert(0, ask.reader.text("energy.biogas_note", volume=mean))
    names = tuple(ask.having((ENERGY_SOLAR, BIOGAS)))
    figure = daily_bars(what, "group", ask.reader.frame)
    table = day_table(what, ask.reader)
    return Drawn(figure, table, (Swatch(label, shown),), names, " ".join(notes).strip())


_BIOGAS = Kpi(
    "biogas",
    "Nm³/d",
    1,
    measured(NM3_H, BIOGAS),
    lambda inputs: daily_rate(inputs.means(BIOGAS)),
)

CARDS: tuple[Card, ...] = (
    Card("energy.by_use", _sub_meters, wide=True),
    trend_card("energy.power", (POWER_TOTAL,)),
    Card("energy.power_over_flow", _power_over_flow),
    Card("energy.specific", _specific_energy),
    trend_card("energy.process_air", PROCESS_AIR),
    trend_card("energy.scour_air", SCOUR_AIR_FLOWS),
    Card("energy.renewables", _renewables),
)
