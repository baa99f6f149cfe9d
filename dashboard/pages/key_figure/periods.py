"""What may be chosen besides the last days: months, quarters, years, trials, and days from-to."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import dash_mantine_components as dmc
from babel.dates import format_skeleton

from dashboard.analysis import periods, trial_period
from dashboard.analysis.window import Window
from dashboard.store.rights import Trial
from dashboard.web.display import DisplaySettings
from dashboard.web.written_time import WrittenUnfit, read_day

TRIAL = "trial:"


class PeriodUnfit(ValueError):  # noqa: N818 - names the state
    """A period that was chosen cannot be shown; `key` is the text that says why."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def period_fields(
    trials: Sequence[Trial], chosen: str, now: datetime, display: DisplaySettings
) -> list[Any]:
    """Return the fields by which a period is chosen, `chosen` in them."""
    recent = dict.fromkeys(periods.recent(now, display.zone))
    if periods.period(chosen, display.zone):
        recent[chosen] = None
    data = [{"value": each, "label": period_name(each, display)} for each in recent]
    data += [
        {"value": f"{TRIAL}{trial.trial_id}", "label": display.name(trial.name)} for trial in trials
    ]
    label = display.text("figure.period")
    return [
        dmc.Select(
            id="figure-period",
            data=data,
            value=chosen if any(each["value"] == chosen for each in data) else None,
            placeholder=label,
            clearable=True,
            **{"aria-label": label},
        ),
        _day_field("figure-first", display.text("figure.first")),
        _day_field("figure-last", display.text("figure.last")),
    ]


def is_known(text: str, trials: Sequence[Trial], display: DisplaySettings) -> bool:
    """Tell whether there is a period that an address names."""
    if text.startswith(TRIAL):
        return any(f"{TRIAL}{trial.trial_id}" == text for trial in trials)
    return periods.period(text, display.zone) is not None


def period_name(text: str, display: DisplaySettings) -> str:
    """Return a period as people call it: November 2026, Q4 2026, 2026."""
    year, _, part = text.partition("-")
    if part.startswith("Q"):
        return display.text("figure.quarter", quarter=part[1:], year=year)
    if len(part) == 2 and part.isdigit():
        return format_skeleton("yMMMM", date(int(year), int(part), 1), locale=display.locale)
    return text


def chosen_window(
    choice: tuple[str, str, str], trials: Sequence[Trial], now: datetime, display: DisplaySettings
) -> Window | None:
    """Return the window of a period, or of the days from-to where both are given; None for none.

    What has not come yet is not in it. Raises PeriodUnfit.
    """
    text, first, last = choice
    if first and last:
        text = _from_to(first, last)
    if text.startswith(TRIAL):
        trial = next((each for each in trials if f"{TRIAL}{each.trial_id}" == text), None)
        if trial is None:
            return None
        found = trial_period.seen(trial.starts_at, trial.ends_at, now, None)
    else:
        found = periods.period(text, display.zone)
        if found is None:
            return None
    if found is None or found.start >= now:
        raise PeriodUnfit("figure.to_come")
    return Window(found.start, min(found.end, now))


def _from_to(first: str, last: str) -> str:
    """Return the period between two days as they were written. Raises PeriodUnfit."""
    try:
        days = read_day(first), read_day(last)
    except WrittenUnfit:
        raise PeriodUnfit("form.unfit.day") from None
    if days[0] > days[1]:
        raise PeriodUnfit("form.unfit.order_of_days")
    return periods.from_to(*days)


def _day_field(field_id: str, label: str) -> Any:
    return dmc.TextInput(
        id=field_id, value="", placeholder=label, debounce=True, **{"aria-label": label}
    )
