"""Amounts a day on a card: what was counted, and the sentence that says what was not."""

from collections import Counter
from collections.abc import Sequence

from dashboard.analysis.kpi.values import CounterIncident, KpiValue
from dashboard.analysis.meter import Incident
from dashboard.charts.decimals import decimals
from dashboard.web.display import DisplaySettings

PERCENT_DECIMALS = 1
TRACE_PERCENT = 1e-6  # less is left where two counters differ by nothing
COVERAGE_LOW = 0.8  # below this a figure looks like the guess that it is

Values = Sequence[float | None]


def numbers(days: Sequence[KpiValue]) -> Values:
    """Return the values of the days."""
    return [day.value for day in days]


def sentences(kinds: Sequence[Sequence[KpiValue]], display: DisplaySettings) -> str:
    """Return what must be said beside numbers: what counters did."""
    incidents = {each for days in kinds for value in days for each in value.incidents}
    if not incidents:
        return ""
    return display.text("count.happened", what=happened_text(incidents, display))


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


def figure_value(figure: KpiValue) -> float | None:
    """Return what a key figure is written as: of a share no trace that a difference leaves."""
    is_trace = figure.kpi.unit == "%" and abs(figure.value or 0.0) < TRACE_PERCENT
    return 0.0 if is_trace and figure.value is not None else figure.value


def figure_decimals(figure: KpiValue) -> int:
    """Return how many decimals a key figure is written with."""
    if figure.kpi.unit == "%":
        return PERCENT_DECIMALS
    # As it will be written: 0.9999 is 1.00, as 1.0001 is.
    size = float(f"{abs(figure.value or 0.0):.2e}")
    return decimals(0.0, size or None)
