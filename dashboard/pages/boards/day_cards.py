"""Cards of amounts a day: side by side, stacked, or a key figure for each day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from dashboard.analysis.kpi.definition import Kpi
from dashboard.charts.bars import Amounts, Days, daily_bars
from dashboard.charts.colours import colours
from dashboard.charts.decimals import decimals
from dashboard.charts.palette import palette_of
from dashboard.components.amounts import Values, numbers, sentences
from dashboard.components.chart_card import ChartContext, ChartResult, LegendEntry
from dashboard.components.chart_table import day_table
from dashboard.pages.boards.shown import largest
from schemas.catalogue import pages as data
from schemas.catalogue.customary_units import as_customary, customary, in_gallons
from schemas.catalogue.key_figures import key_figures

NAMED_MAX = 8  # of a stack: as many as there are colours of lines
SILENT_MAX = 3  # counters named that keep a sum unknown


def side_by_side(card: data.Days, chart: ChartContext) -> ChartResult | None:
    """Draw those amounts of a card that the site counts or measures."""
    unit, shown_as = _unit(card, chart)
    found = [
        (amount, kpi)
        for amount in card.amounts
        if (kpi := chart.kpi(amount.formula, unit)) is not None
    ]
    if not found:
        return None
    kpis = [kpi for _, kpi in found]
    days = chart.by_day(kpis)
    amounts = [
        Amounts(chart.display.name(amount.name), shown, numbers(values))
        for (amount, _), shown, values in zip(found, _colours(chart, kpis), days, strict=True)
    ]
    balance = ""
    by_key = {amount.key: drawn.values for (amount, _), drawn in zip(found, amounts, strict=True)}
    if card.balance is not None and by_key.keys() >= set(card.balance):
        balance = _balance(chart, *(by_key[key] for key in card.balance))
    what = Days(chart.days, chart.today, amounts, shown_as, _decimals(amounts))
    inputs = tuple(dict.fromkeys(path for kpi in kpis for path in kpi.inputs))
    return _drawn(chart, what, "group", inputs, [balance, sentences(days, chart.display)])


def stacked(card: data.StackedDays, chart: ChartContext) -> ChartResult | None:
    """Draw what each counter of a role counts, and what only the counter of the whole sees.

    Of many the largest have a name, and the others are one part.
    """
    role = card.points.partition(".")[2]
    kpis = {
        path: kpi
        for item, path in chart.roles.members(card.points)
        if (kpi := chart.kpi(f"delta({role})", card.unit, item)) is not None
    }
    if not kpis:
        return None
    rest = card.total and chart.kpi(_unseen(card.total.of, card.points), card.unit)
    days = chart.by_day([*kpis.values(), *([rest] if rest else [])])
    named, others = _parted(dict(zip(kpis, map(numbers, days), strict=False)))
    points = [chart.points[path] for path in named]
    amounts = [
        Amounts(name, shown, named[point.path])
        for point, name, shown in zip(
            points,
            told_apart([chart.display.name(point.name) for point in points]),
            colours(points, chart.display.scheme),
            strict=True,
        )
    ]
    notes = [sentences(days, chart.display)]
    if others:
        amounts.append(_together(chart, list(others.values())))
        notes.insert(0, _others_text(chart, len(named), others))
    if card.total and rest:
        label, muted = chart.display.name(card.total.name), palette_of(chart.display.scheme).muted
        amounts.append(Amounts(label, muted, numbers(days[-1]), remainder=True))
        notes.insert(0, chart.display.name(card.total.note))
    total = chart.display.text("chart.total") if len(amounts) > 1 else ""
    what = Days(chart.days, chart.today, amounts, card.unit_display, _decimals(amounts), total)
    inputs = [path for path in (rest.inputs if rest else kpis) if path not in others]
    return _drawn(chart, what, "stack", tuple(inputs), notes)


def key_figure(card: data.KeyFigureDays, chart: ChartContext) -> ChartResult | None:
    """Draw a key figure day by day."""
    gallons = in_gallons(chart.roles)
    figure = as_customary(key_figures()[card.key_figure], gallons=gallons)
    kpi = chart.kpi(figure.formula, figure.unit)
    if kpi is None:
        return None
    days = chart.by_day([kpi])
    shown = _colours(chart, [kpi])[0]
    amounts = [Amounts(chart.display.name(figure.name), shown, numbers(days[0]))]
    what = Days(chart.days, chart.today, amounts, figure.unit_display, _decimals(amounts))
    return _drawn(chart, what, "group", kpi.inputs, [sentences(days, chart.display)])


def _unit(card: data.Days, chart: ChartContext) -> tuple[str, str]:
    """Return the unit (UCUM) of a card as the plant is used to, and how people write it."""
    return customary(card.unit, card.unit_display, gallons=in_gallons(chart.roles))


def _unseen(whole: str, parts: str) -> str:
    return f"sum(delta({whole})) - sum(delta({parts}))"


def _parted(counted: Mapping[str, Values]) -> tuple[dict[str, Values], dict[str, Values]]:
    """Return the counters that have a name in a stack, and the others, with what they count."""
    sums = [sum(value or 0.0 for value in values) for values in counted.values()]
    chosen = largest(sums, NAMED_MAX)
    named: dict[str, Values] = {}
    others: dict[str, Values] = {}
    for place, (path, values) in enumerate(counted.items()):
        (named if place in chosen else others)[path] = values
    return named, others


def _together(chart: ChartContext, counted: Sequence[Values]) -> Amounts:
    """Return what several counters count together; unknown where one of them is."""
    days = zip(*counted, strict=True)
    sums = [None if None in day else sum(one or 0.0 for one in day) for day in days]
    label = chart.display.text("chart.others", count=len(counted))
    return Amounts(label, palette_of(chart.display.scheme).limit, sums)


def _others_text(chart: ChartContext, named: int, others: Mapping[str, Values]) -> str:
    """Return how many have a name in a stack, and which others keep their sum unknown."""
    text = chart.display.text
    counted = [
        any(value is not None for value in day) for day in zip(*others.values(), strict=True)
    ]
    silent = [
        chart.points[path].tag
        for path, values in others.items()
        if any(
            is_counted and value is None for is_counted, value in zip(counted, values, strict=True)
        )
    ]
    said = text("chart.largest", shown=named, count=named + len(others))
    if not silent:
        return said
    tags = ", ".join(silent[:SILENT_MAX]) + (" …" if len(silent) > SILENT_MAX else "")
    return " ".join((said, text("chart.others_unknown", count=len(silent), tags=tags)))


def _drawn(
    chart: ChartContext,
    what: Days,
    bars: Literal["stack", "group"],
    points: tuple[str, ...],
    notes: Sequence[str],
) -> ChartResult:
    return ChartResult(
        figure=daily_bars(what, bars, chart.display.frame),
        table=day_table(what, chart.display),
        legend=tuple(LegendEntry(kind.label, kind.colour, kind.remainder) for kind in what.amounts),
        points=points,
        note=" ".join(filter(None, notes)),
    )


def _colours(chart: ChartContext, kpis: Sequence[Kpi]) -> list[str]:
    """Return a colour for each amount: that of the first point that it comes from."""
    return colours([chart.points[kpi.inputs[0]] for kpi in kpis], chart.display.scheme)


def _decimals(amounts: Sequence[Amounts]) -> int:
    known = [abs(value) for kind in amounts for value in kind.values if value is not None]
    return decimals(0.0, max(known, default=0.0) or None)


def told_apart(names: Sequence[str]) -> list[str]:
    """Return the names of counters, each without the half that it has in common with others.

    Plants write "Electricity, pumping", or "Pumping, electricity" where the point has no name.
    """
    halves = [name.partition(", ") for name in names]
    heads, rests = (Counter(half[place] for half in halves) for place in (0, 2))
    found = []
    for name, (head, comma, rest) in zip(names, halves, strict=True):
        if comma and heads[head] > 1 and rests[rest] == 1:
            found.append(rest[:1].upper() + rest[1:])
        else:
            found.append(head if comma and rests[rest] > 1 and heads[head] == 1 else name)
    return found


def _balance(chart: ChartContext, entered: Values, left: Values) -> str:
    """Return what came in against what went out, over the days that are over and known."""
    pairs = [
        (one, other)
        for one, other in zip(entered[:-1], left[:-1], strict=True)
        if one is not None and other is not None
    ]
    total_in = sum(one for one, _ in pairs)
    if not pairs or total_in <= 0:
        return chart.display.text("flows.balance_unknown")
    total_out = sum(other for _, other in pairs)
    number = chart.display.number
    return chart.display.text(
        "flows.balance",
        days=len(pairs),
        entered=number(total_in, 0),
        left=number(total_out, 0),
        difference=number(100.0 * (total_in - total_out) / total_in, 1),
    )
