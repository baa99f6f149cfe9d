"""The words for the checks that fired on a reading: why it is doubtful, and what to do."""

from dashboard.web.texts import text
from schemas.quality import Check


def check_key(check: Check) -> str:
    """Return the key of the words for one check."""
    return f"check.{(check.name or '').lower()}"


def reasons(checks: int, language: str) -> list[str]:
    """Return why a reading was marked, one phrase for each check that fired."""
    return [text(check_key(check), language) for check in Check(checks)]


def remedies(checks: int, language: str) -> list[str]:
    """Return what to do about a reading that was marked, one sentence for each check."""
    return [text(f"{check_key(check)}.do", language) for check in Check(checks)]
