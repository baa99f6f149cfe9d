"""Amounts a day on a card: what was counted, and the sentence that says what was not."""

from collections import Counter
from collections.abc import Sequence

from dashboard.analysis.kpi.values import CounterIncident, KpiValue
from dashboard.analysis.meter import Incident
from dashboard.charts.decimals import decimals
from dashboard.web.display import DisplaySettings

PERCENT_DECIMALS = 1
COVERAGE_LOW = 0.8  # below this a figure looks like the guess that it is

Values = Sequence[float | None]


def numbers(days: Sequence[KpiValue]) -> Values:
    """Return the values of the days."""
    return [day.value for day in days]


def sentences(kinds: Sequence[Sequence[KpiValue]], display: DisplaySettings) -> str:
    """Return what must be said beside numbers: inputs that do not fit, and what counters did."""
    values = [value for days in kinds for value in days]
    parts = list(dict.fromkeys(misfit_text(value, display) for value in values if value.misfit))
    incidents = {one for value in values for one in value.incidents}
    if incidents:
        parts.append(display.text("count.happened", what=happened_text(incidents, display)))
    return " ".join(parts)


def misfit_text(figure: KpiValue, display: DisplaySettings) -> str:
    """Return why a key figure has no number, if an input is in a unit of another quantity."""
    misfit = figure.misfit
    if misfit is None:
        return ""
    return display.text("count.misfit", point=misfit.point, unit=misfit.unit, needed=misfit.needed)


def happened_text(
    incidents: set[CounterIncident] | Sequence[CounterIncident], display: DisplaySettings
) -> str:
    """Return how often counters did what, such as `resets 1, left out 3`."""
    counts = Counter(one.event.kind for one in incidents)
    left_out = sum(one.event.readings for one in incidents)
    parts = [
        display.text(f"count.{kind.value}", n=left_out if kind is Incident.GLITCH else counts[kind])
        for kind in Incident
        if counts[kind]
    ]
    unknown_min = sum(one.event.unknown_s for one in incidents) / 60.0
    if unknown_min > 0:
        minutes = display.number(unknown_min, 0)
        parts.append(display.text("count.unknown", minutes=minutes))
    return ", ".join(parts)


def figure_decimals(figure: KpiValue) -> int:
    """Return how many decimals a key figure is written with."""
    if figure.kpi.unit == "%":
        return PERCENT_DECIMALS
    return decimals(0.0, abs(figure.value or 0.0) or None)
