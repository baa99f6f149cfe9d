"""The rule for texts of the site file. Returns its value or raises ValueError."""

from schemas.visible_text import visible

TEXT_LIMIT_CHARACTERS = 2_000
NAME_LIMIT_CHARACTERS = 500


def check_text(text: str) -> str:
    """Let a text pass in which everything can be seen."""
    if not text.strip():
        raise ValueError("must not be empty")
    if visible(text) != text:
        hidden = next(c for c in text if visible(c) != c)
        raise ValueError(f"holds a character that nobody sees, U+{ord(hidden):04X}; leave it out")
    return text
