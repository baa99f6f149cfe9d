"""The flows page: what comes in, goes out, goes around and goes past."""

from collections.abc import Sequence

from dashboard.boards.card import Ask, Card, Drawn, Swatch, trend_card
from dashboard.charts.bars import Amounts, Days, daily_bars
from dashboard.charts.ink import ink
from dashboard.domain.daily import counted_by_day, mean_by_day
from dashboard.kpi_catalogue import (
    BYPASSES,
    EFFLUENT_FLOW,
    EFFLUENT_TOTAL,
    INFLUENT_FLOW,
    INFLUENT_TOTAL,
    PERMEATE_FLOWS,
)

RETURN_SLUDGE = "main/mbr-ft-552"
WASTE_SLUDGE = "main/mbr-ft-553"
RECIRCULATION = ("main/il1-ft-418", "main/il2-ft-428")
HOURS_A_DAY = 24.0

Amount = Sequence[float | None]

LIVE = (INFLUENT_FLOW, EFFLUENT_FLOW, *BYPASSES, RETURN_SLUDGE, WASTE_SLUDGE)
KPIS = ("influent_volume", "effluent_volume", "bypass_volume", "reclaimed_water")


def _volumes(ask: Ask) -> Drawn | None:
    names = ask.having((INFLUENT_TOTAL, EFFLUENT_TOTAL, *BYPASSES))
    if INFLUENT_TOTAL not in names or EFFLUENT_TOTAL not in names:
        return None
    found, zone, colours = ask.daily(names), ask.reader.zone, ink(ask.reader.scheme)
    amounts = [
        Amounts(
            ask.reader.text(label),
            colour,
            counted_by_day(found[name], ask.days, ask.points[name].range_hi, zone),
        )
        for name, label, colour in (
            (INFLUENT_TOTAL, "flows.in", colours.lines[0]),
            (EFFLUENT_TOTAL, "flows.out", colours.lines[2]),
        )
    ]
    past = [
        mean_by_day(found[name], ask.days, zone, HOURS_A_DAY) for name in names if name in BYPASSES
    ]
    if past:
        sums = [
            None if all(one is None for one in day) else sum(one or 0.0 for one in day)
            for day in zip(*past, strict=True)
        ]
        amounts.append(Amounts(ask.reader.text("flows.bypass"), colours.bad, sums))
    what = Days(ask.days, ask.today, amounts, "m³", 0)
    return Drawn(
        figure=daily_bars(what, "group", ask.reader.frame),
        legend=tuple(Swatch(kind.label, kind.colour) for kind in amounts),
        points=tuple(names),
        note=_balance(ask, amounts[0].values, amounts[1].values),
    )


def _balance(ask: Ask, entered: Amount, left: Amount) -> str:
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
