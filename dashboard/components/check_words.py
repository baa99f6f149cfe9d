"""The words for the checks that fired on a reading: why it is doubtful, and what to do."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dashboard.analysis.doubts import Doubt
from dashboard.texts import text
from dashboard.web.display import DisplaySettings
from schemas.quality import DOUBTING, FAILING, Check

# How a result that is a limit is written: "<0.05".
LIMIT_SIGNS = {"<": int(Check.BELOW_LIMIT), ">": int(Check.ABOVE_LIMIT)}


def check_key(check: Check) -> str:
    """Return the key of the words for one check."""
    return f"check.{(check.name or '').lower()}"


def judging_words(display: DisplaySettings) -> Mapping[int, str]:
    """Return the words of each check that makes a reading suspect or bad, by its bit."""
    return {int(check): display.text(check_key(check)) for check in DOUBTING | FAILING}


def reasons(checks: int, language: str) -> list[str]:
    """Return why a reading was marked, one phrase for each check that fired."""
    return [text(check_key(check), language) for check in Check(checks)]


def why_text(doubts: Sequence[Doubt], display: DisplaySettings) -> str:
    """Return why readings are suspect or bad, each reason with how many and since when to when.

    Empty where nothing is.
    """
    found: dict[Check, list[Doubt]] = {}
    for doubt in doubts:
        for check in Check(doubt.checks):
            found.setdefault(check, []).append(doubt)
    return "; ".join(_told(check, of_check, display) for check, of_check in sorted(found.items()))


def _told(check: Check, doubts: Sequence[Doubt], display: DisplaySettings) -> str:
    first, last = min(doubt.start_ms for doubt in doubts), max(doubt.end_ms for doubt in doubts)
    begins, ends = (
        display.moment(datetime.fromtimestamp(ms / 1000.0, UTC)) for ms in (first, last)
    )
    words, count = display.text(check_key(check)), sum(doubt.readings for doubt in doubts)
    if count == 1:
        return f"{words} ({begins})"
    readings = f"{display.number(count, 0)} {display.text('chart.readings')}"
    return f"{words} ({readings}, {begins} – {ends})"


def remedies(checks: int, language: str) -> list[str]:
    """Return what to do about a reading that was marked, one sentence for each check."""
    return [text(f"{check_key(check)}.do", language) for check in Check(checks)]
