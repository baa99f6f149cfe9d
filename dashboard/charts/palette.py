"""Colours of charts, for the light and the dark theme.

The line colours are chosen so that any two stay apart also for people with protanopia,
deuteranopia or tritanopia, and each has a contrast of at least 3 to the ground;
`tests/unit/test_palette.py` computes both. Red and amber are kept for readings that failed or are
suspect.
"""

from dataclasses import dataclass
from typing import Literal

Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, as #rrggbb or rgba()."""

    ground: str
    text: str
    muted: str
    grid: str
    axis: str
    hover_ground: str
    typical: str
    limit: str
    bad: str
    suspect: str
    lines: tuple[str, ...]


LIGHT = Palette(
    ground="#e9ebed",
    text="#1f2529",
    muted="#566068",
    grid="rgba(31,37,41,0.10)",
    axis="rgba(31,37,41,0.35)",
    hover_ground="#fbfcfc",
    typical="rgba(31,37,41,0.055)",
    limit="#4a5258",
    bad="#c3152b",
    suspect="#d97706",
    lines=(
        "#1a609e",
        "#ad721c",
        "#359282",
        "#2e2142",
        "#944123",
        "#22308a",
        "#654662",
        "#571e08",
    ),
)
DARK = Palette(
    ground="#262a2e",
    text="#e4e7e9",
    muted="#9aa4ac",
    grid="rgba(228,231,233,0.09)",
    axis="rgba(228,231,233,0.30)",
    hover_ground="#32373c",
    typical="rgba(228,231,233,0.06)",
    limit="#b4bcc3",
    bad="#ff5d6c",
    suspect="#ffa63d",
    lines=(
        "#6bbaf0",
        "#d98a3a",
        "#e6e08e",
        "#50e5cb",
        "#ed93b5",
        "#6b86e1",
        "#a8c05c",
        "#a87aa3",
    ),
)


def palette_of(scheme: Scheme) -> Palette:
    """Return the colours of a theme."""
    return DARK if scheme == "dark" else LIGHT


def translucent(colour: str, alpha: float) -> str:
    """Return #rrggbb as rgba() with that opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
