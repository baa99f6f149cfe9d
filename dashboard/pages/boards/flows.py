"""The flows page: what comes in, goes out, goes around and goes past."""

from dashboard.charts.bars import Amounts, Days, daily_bars
from dashboard.charts.colours import BYPASS, colour, colour_at
from dashboard.components.amounts import Values, numbers, sentences
from dashboard.components.chart_card import Ask, Card, Drawn, Swatch, trend_card
from dashboard.components.chart_table import day_table

LIVE = ("influent.flow", "effluent.flow", "bypass.flow", "return_sludge.flow", "excess_sludge.flow")
KPIS = ("influent_volume", "effluent_volume", "bypass_volume", "reclaimed_water")
ENTERED, LEFT = "influent.volume", "effluent.volume"


def _volumes(ask: Ask) -> Drawn | None:
    """Volumes a day: what came in, what went out, what went past."""
    entered, left = (ask.kpi(f"sum(delta({role}))", "m3") for role in (ENTERED, LEFT))
    if entered is None or left is None:
        return None
    scheme = ask.reader.scheme
    kinds = [
        (entered, "flows.in", colour(ask.points[entered.inputs[0]], scheme)),
        (left, "flows.out", colour(ask.points[left.inputs[0]], scheme)),
    ]
    past = ask.kpi("integral(sum(bypass.flow))", "m3")
    if past is not None:
        kinds.append((past, "flows.bypass", colour_at(BYPASS, scheme)))
    days = ask.by_day([kpi for kpi, _, _ in kinds])
    amounts = [
        Amounts(ask.reader.text(label), shown, numbers(values))
        for (_, label, shown), values in zip(kinds, days, strict=True)
    ]
    what = Days(ask.days, ask.today, amounts, "m³", 0)
    balance = _balance(ask, amounts[0].values, amounts[1].values)
    return Drawn(
        figure=daily_bars(what, "group", ask.reader.frame),
        table=day_table(what, ask.reader),
        legend=tuple(Swatch(kind.label, kind.colour) for kind in amounts),
        points=tuple(path for kpi, _, _ in kinds for path in kpi.inputs),
        note=f"{balance} {sentences(days, ask.reader)}".strip(),
    )


def _balance(ask: Ask, entered: Values, left: Values) -> str:
    """Return what came in against what went out, over the days that are over and known."""
    pairs = [
        (one, other)
        for one, other in zip(entered[:-1], left[:-1], strict=True)
        if one is not None and other is not None
    ]
    total_in = sum(one for one, _ in pairs)
    if not pairs or total_in <= 0:
        return ask.reader.text("flows.balance_unknown")
    total_out = sum(other for _, other in pairs)
    number = ask.reader.number
    return ask.reader.text(
        "flows.balance",
        days=len(pairs),
        entered=number(total_in, 0),
        left=number(total_out, 0),
        difference=number(100.0 * (total_in - total_out) / total_in, 1),
    )


CARDS: tuple[Card, ...] = (
    trend_card("flows.through", ("influent.flow", "effluent.flow", "bypass.flow"), wide=True),
    Card("flows.volumes", _volumes),
    trend_card("flows.permeate", ("membrane_tank.permeate_flow",)),
    trend_card(
        "flows.sludge",
        ("return_sludge.flow", "excess_sludge.flow"),
        apart=frozenset({"excess_sludge.flow"}),
    ),
    trend_card("flows.recirculation", ("internal_recirculation.flow",)),
)
