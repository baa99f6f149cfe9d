"""The energy page: how much, for what, and for how much water."""

import numpy as np

from dashboard.analysis.window import Resolution, Source
from dashboard.charts.bars import Amounts, Days, daily_bars
from dashboard.charts.colours import colour, colours
from dashboard.charts.local_time_axis import texts
from dashboard.charts.palette import ink
from dashboard.charts.scatter import Quantity, scatter
from dashboard.components.amounts import numbers, sentences
from dashboard.components.chart_card import Ask, Card, Drawn, Swatch, trend_card
from dashboard.components.chart_table import day_table, dot_table
from dashboard.components.point_lines import ChartPoint
from dashboard.store import history
from schemas.catalogue.key_figures import key_figures

HOUR = Resolution(Source.HOUR, 3_600.0)
POWER, FLOW = "main_meter.power", "influent.flow"
LIVE = (POWER, FLOW)
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
    unmetered = ask.kpi("sum(delta(main_meter.energy)) - sum(delta(sub_meter.energy))", "kW.h")
    if unmetered is None:
        return None
    meters = ask.roles.members("sub_meter.energy")
    kpis = [ask.kpi("delta(energy)", "kW.h", item) for item, _ in meters]
    scheme = ask.reader.scheme
    points = [ask.points[path] for _, path in meters]
    days = ask.by_day([*(kpi for kpi in kpis if kpi), unmetered])
    amounts = [
        Amounts(_short(ask, point), shown, numbers(values))
        for point, shown, values in zip(points, colours(points, scheme), days, strict=False)
    ]
    rest = ask.reader.text("energy.unmetered")
    amounts.append(Amounts(rest, ink(scheme).muted, numbers(days[-1]), remainder=True))
    what = Days(ask.days, ask.today, amounts, "kWh", 0, ask.reader.text("chart.total"))
    notes = [ask.reader.text("energy.unmetered_note"), sentences(days, ask.reader)]
    return Drawn(
        figure=daily_bars(what, "stack", ask.reader.frame),
        table=day_table(what, ask.reader),
        legend=tuple(Swatch(kind.label, kind.colour) for kind in amounts),
        points=unmetered.inputs,
        note=" ".join(notes).strip(),
    )


def _short(ask: Ask, point: ChartPoint) -> str:
    """Return the name of a sub-meter without what all of them have in common."""
    full = ask.reader.name(point.name)
    _, comma, rest = full.partition(", ")
    return rest[:1].upper() + rest[1:] if comma else full


def _specific_energy(ask: Ask) -> Drawn | None:
    """Return the key figure of that name, day by day."""
    figure = key_figures()["specific_energy"]
    kpi = ask.kpi(figure.formula, figure.unit)
    if kpi is None:
        return None
    days = ask.by_day([kpi])
    label = ask.reader.name(figure.name)
    shown = colour(ask.points[kpi.inputs[0]], ask.reader.scheme)
    amounts = [Amounts(label, shown, numbers(days[0]))]
    what = Days(ask.days, ask.today, amounts, figure.unit_display, 2)
    note = sentences(days, ask.reader)
    return Drawn(
        daily_bars(what, "group", ask.reader.frame),
        day_table(what, ask.reader),
        (Swatch(label, shown),),
        kpi.inputs,
        note,
    )


def _power_over_flow(ask: Ask) -> Drawn | None:
    both_roles = [ask.roles.paths(role) for role in (POWER, FLOW)]
    if any(len(paths) != 1 for paths in both_roles):
        return None
    names = [paths[0] for paths in both_roles]
    ids = [ask.points[name].point_id for name in names]
    found = history.buckets(ask.connection, ids, ask.window, HOUR, ask.reader.zone)
    power, flow = (found[one] for one in ids)
    both, in_power, in_flow = np.intersect1d(power.x_ms, flow.x_ms, return_indices=True)
    units = [ask.points[name].unit_display for name in names]
    when = texts(both, ask.reader.zone, ask.reader.locale, "minute")
    x = Quantity(ask.reader.text("flows.in"), units[1], flow.mean_good[in_flow])
    y = Quantity(ask.reader.text("energy.power"), units[0], power.mean_good[in_power])
    figure = scatter(x, y, when, colour(ask.points[names[0]], ask.reader.scheme), ask.reader.frame)
    table = dot_table(x, y, when, ask.reader)
    return Drawn(figure, table, (), tuple(names), ask.reader.text("energy.power_over_flow_note"))


def _renewables(ask: Ask) -> Drawn | None:
    """Solar electricity a day, and the biogas that the plant's sludge gives."""
    solar = ask.kpi("sum(delta(solar_power.energy))", "kW.h")
    if solar is None:
        return None
    biogas = ask.kpi("mean(sum(biogas.gas_flow))", "m3{n}/d")
    days = ask.by_day([solar, *([biogas] if biogas else [])])
    point = ask.points[solar.inputs[0]]
    label, shown = ask.reader.name(point.name), colour(point, ask.reader.scheme)
    what = Days(ask.days, ask.today, [Amounts(label, shown, numbers(days[0]))], "kWh", 0)
    known = [value for value in numbers(days[-1]) if value is not None]
    notes = [sentences(days, ask.reader)]
    if biogas and known:
        mean = ask.reader.number(sum(known) / len(known), 0)
        notes.insert(0, ask.reader.text("energy.biogas_note", volume=mean))
    figure = daily_bars(what, "group", ask.reader.frame)
    table = day_table(what, ask.reader)
    names = (*solar.inputs, *(biogas.inputs if biogas else ()))
    return Drawn(figure, table, (Swatch(label, shown),), names, " ".join(notes).strip())


CARDS: tuple[Card, ...] = (
    Card("energy.by_use", _sub_meters, wide=True),
    trend_card("energy.power", (POWER,)),
    Card("energy.power_over_flow", _power_over_flow),
    Card("energy.specific", _specific_energy),
    trend_card("energy.process_air", ("bioreactor.air_flow", "blower_station.air_flow")),
    trend_card("energy.scour_air", ("membrane_tank.scour_air_flow",)),
    Card("energy.renewables", _renewables),
)
