"""Lines stay apart for every eye, and stand out from the ground they lie on."""

from itertools import combinations

import numpy as np
import pytest

from dashboard.charts.palette import DARK, LIGHT, Palette

CONTRAST_MIN = 3.0  # WCAG 2.2, 1.4.11 for graphics
APART_MIN = 0.06  # distance in OKLab; two just different greys are about 0.02 apart

# Machado, Oliveira, Fernandes 2009, severity 1.0; they work on linear RGB.
EYES = {
    "typical": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def _linear(colour: str) -> np.ndarray:
    stored = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)


def _oklab(linear: np.ndarray) -> np.ndarray:
    return _TO_OKLAB @ np.cbrt(_TO_LMS @ np.clip(linear, 0, 1))


def _contrast(one: str, other: str) -> float:
    weights = np.array([0.2126, 0.7152, 0.0722])
    dark, light = sorted(float(weights @ _linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("eye", EYES)
def test_any_two_lines_stay_apart(palette: Palette, eye: str) -> None:
    seen = {colour: _oklab(EYES[eye] @ _linear(colour)) for colour in palette.lines}
    for one, other in combinations(palette.lines, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= APART_MIN, (one, other)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_and_words_stand_out_from_the_ground(palette: Palette) -> None:
    for colour in (*palette.lines, palette.limit, palette.bad):
        assert _contrast(colour, palette.ground) >= CONTRAST_MIN, colour
    for colour in (palette.text, palette.muted):
        assert _contrast(colour, palette.ground) >= 4.5, colour


def test_there_is_a_colour_for_every_point_of_a_trend() -> None:
    assert len(LIGHT.lines) == len(DARK.lines) == 8
