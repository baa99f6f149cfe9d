"""Which colour of a chart each quantity has: the same on every page.

A theme has few line colours (`charts/palette.py`), so quantities that no chart shows together may
share one. What has several lines or tanks has a place of its own for each of them. Points without a
role, and roles that nobody has given a colour, get one by their name.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol
from zlib import crc32

from dashboard.charts.palette import Scheme, palette_of

# The first point of a role has this place among the colours of lines, the second the next one.
_PREFERRED: dict[str, int] = {
    "influent.flow": 0,
    "influent.volume": 0,
    "main_meter.power": 1,
    "main_meter.energy": 1,
    "effluent.flow": 2,
    "effluent.volume": 2,
    "overflow.flow": 3,
    "primary_bypass.flow": 4,
    "untreated_bypass.flow": 7,
    "influent.ammonium": 4,
    "effluent.ammonium": 4,
    "effluent.nitrate": 3,
    "effluent.phosphate": 6,
    "effluent.ph": 5,
    "effluent.turbidity": 5,
    "effluent.sac254": 7,
    "return_sludge.flow": 3,
    "excess_sludge.flow": 6,
    "solar_power.energy": 3,
    "sub_meter.energy": 0,
    "membrane_tank.permeate_flow": 0,
    "membrane_tank.scour_air_flow": 0,
    "membrane_tank.transmembrane_pressure": 0,
    "membrane_tank.permeability": 0,
    "membrane_stage.mlss": 2,
    "bioreactor.oxygen": 0,
    "bioreactor.mlss": 0,
    "bioreactor.air_flow": 0,
    "internal_recirculation.flow": 0,
}


class ColourPoint(Protocol):
    """What must be known of a point to give it a colour."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def role_numbers(self) -> Mapping[str, int]: ...  # noqa: D102


def colours(points: Sequence[ColourPoint], scheme: Scheme) -> list[str]:
    """Return a colour for each of some points of a chart, in their order.

    Each has its own colour; where two of a chart would have the same, the later one gets the next
    that is free, and with more points than colours they begin again.
    """
    lines = palette_of(scheme).lines
    taken: set[int] = set()
    found: dict[str, int] = {}
    wanted = {point.path: _wanted(point) for point in points}
    for path in sorted(wanted, key=lambda path: wanted[path][0]):
        first = wanted[path][1] % len(lines)
        steps = ((first + step) % len(lines) for step in range(len(lines)))
        found[path] = next((place for place in steps if place not in taken), first)
        taken.add(found[path])
        if len(taken) == len(lines):
            taken.clear()
    return [lines[found[point.path]] for point in points]


def colour(point: ColourPoint, scheme: Scheme) -> str:
    """Return the colour of one point that has a chart to itself."""
    return colours([point], scheme)[0]


def _wanted(point: ColourPoint) -> tuple[int, int]:
    """Return how late a point chooses, and the place that it would like."""
    for role, number in point.role_numbers.items():
        if role in _PREFERRED:
            return 0, _PREFERRED[role] + number
    for role, number in point.role_numbers.items():
        return 1, crc32(role.encode()) + number
    return 1, crc32(point.path.encode())
