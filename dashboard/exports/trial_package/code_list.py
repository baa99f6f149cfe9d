"""What the codes beside a value mean, in the three languages."""

from dashboard.texts import names
from schemas.languages import LANGUAGES
from schemas.quality import Check, Qc


def why(checks: int) -> str:
    """Return what fired, in the three languages; empty if nothing did."""
    fired = [names(_key(check)) for check in Check(checks)]
    in_each = [", ".join(words[language] for words in fired) for language in LANGUAGES]
    return " / ".join(in_each) if fired else ""


def rows() -> list[dict[str, object]]:
    """Return the legend as rows: column, code, fi, sv, en."""
    return [
        {"column": column, "code": int(code), **names(_key(code))}
        for column, codes in (("quality", Qc), ("checks", Check))
        for code in codes
    ]


def _key(code: Qc | Check) -> str:
    name = (code.name or "").lower()
    return f"check.{name}" if isinstance(code, Check) else f"quality_code.{name}"
