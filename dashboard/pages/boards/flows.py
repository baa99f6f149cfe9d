"""The flows page: what comes in, goes out, goes around and goes past."""

from dashboard.analysis.kpi.plant import (
    BYPASSES,
    EFFLUENT_FLOW,
    EFFLUENT_TOTAL,
    INFLUENT_FLOW,
    INFLUENT_TOTAL,
    M3,
    PERMEATE_FLOWS,
    bypass_volume,
)
from dashboard.charts.bars import Amounts, Days, daily_bars
from dashboard.charts.colours import BYPASS, colour
from dashboard.components.amounts import Values, amount, numbers, sentences
from dashboard.components.chart_card import Ask, Card, Drawn, Swatch, trend_card
from dashboard.components.chart_table import day_table

RETURN_SLUDGE = "main/mbr-ft-552"
WASTE_SLUDGE = "main/mbr-ft-553"
RECIRCULATION = ("main/il1-ft-418", "main/il2-ft-428")

LIVE = (INFLUENT_FLOW, EFFLUENT_FLOW, *BYPASSES, RETURN_SLUDGE, WASTE_SLUDGE)
KPIS = ("influent_volume", "effluent_volume", "bypass_volume", "reclaimed_water")


def _volumes(ask: Ask) -> Drawn | None:
    names = ask.having((INFLUENT_TOTAL, EFFLUENT_TOTAL, *BYPASSES))
    if INFLUENT_TOTAL not in names or EFFLUENT_TOTAL not in names:
        return None
    scheme, bypasses = ask.reader.scheme, tuple(name for name in names if name in BYPASSES)
    kinds = [
        (amount("m³", M3, INFLUENT_TOTAL), "flows.in", colour(INFLUENT_TOTAL, scheme)),
        (amount("m³", M3, EFFLUENT_TOTAL), "flows.out", colour(EFFLUENT_TOTAL, scheme)),
    ]
    if bypasses:
        kinds.append((bypass_volume(bypasses), "flows.bypass", colour(BYPASS, scheme)))
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
        points=tuple(names),
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
    trend_card("flows.through", (INFLUENT_FLOW, EFFLUENT_FLOW, *BYPASSES), wide=True),
    Card("flows.volumes", _volumes),
    trend_card("flows.permeate", PERMEATE_FLOWS),
    trend_card(
        "flows.sludge",
        (RETURN_SLUDGE, WASTE_SLUDGE),
        apart=frozenset({WASTE_SLUDGE}),
    ),
    trend_card("flows.recirculation", RECIRCULATION),
)
