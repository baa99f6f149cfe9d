"""Which colour of a chart each quantity has: the same on every page.

A theme has few line colours (`charts/ink.py`), so quantities that no chart shows together may share
one. Points that nobody has given a colour get one by their name.
"""

from collections.abc import Sequence
from zlib import crc32

from dashboard.analysis.kpi.plant import (
    BYPASS_UNTREATED,
    BYPASSES,
    EFFLUENT_AMMONIUM,
    EFFLUENT_FLOW,
    EFFLUENT_TOTAL,
    ENERGY_SOLAR,
    ENERGY_SUB_METERS,
    ENERGY_TOTAL,
    INFLUENT_AMMONIUM,
    INFLUENT_FLOW,
    INFLUENT_TOTAL,
    PERMEATE_FLOWS,
    POWER_TOTAL,
    SCOUR_AIR_FLOWS,
)
from dashboard.charts.palette import Scheme, ink

# What has several lines or tanks: each of them has its own place in every chart.
_SIBLINGS: tuple[tuple[str, ...], ...] = (
    PERMEATE_FLOWS,
    SCOUR_AIR_FLOWS,
    ENERGY_SUB_METERS,
    tuple(f"main/mbr{tank}-pdt-5{tank}2" for tank in range(1, 5)),
    tuple(f"main/mbr{tank}-qy-5{tank}7" for tank in range(1, 5)),
    ("main/il1-at-411", "main/il1-at-412", "main/il2-at-421", "main/il2-at-422"),
    ("main/il1-at-416", "main/il2-at-426", "main/mbr-qt-551"),
    ("main/il1-ft-417", "main/il2-ft-427"),
    ("main/il1-ft-418", "main/il2-ft-428"),
)
_PREFERRED: dict[str, int] = {
    **{path: place for group in _SIBLINGS for place, path in enumerate(group)},
    **dict.fromkeys((INFLUENT_FLOW, INFLUENT_TOTAL), 0),
    **dict.fromkeys((POWER_TOTAL, ENERGY_TOTAL), 1),
    **dict.fromkeys((EFFLUENT_FLOW, EFFLUENT_TOTAL), 2),
    **dict(zip(BYPASSES, (3, 4, 7), strict=True)),
    **dict.fromkeys((EFFLUENT_AMMONIUM, INFLUENT_AMMONIUM), 4),
    "main/lv-qt-606": 3,  # nitrate
    "main/lv-qt-607": 6,  # phosphate
    "main/lv-qt-603": 5,  # pH
    "main/lv-qt-604": 5,  # turbidity
    "main/lv-qt-608": 7,  # absorbance
    "main/mbr-ft-552": 3,  # return sludge
    "main/mbr-ft-553": 6,  # waste sludge
    ENERGY_SOLAR: 3,
}
BYPASS = BYPASS_UNTREATED  # whose colour stands for all bypasses together


def colours(paths: Sequence[str], scheme: Scheme) -> list[str]:
    """Return a colour for each of some points of a chart, by `line/point`, in their order.

    Each has its own colour; where two of a chart would have the same, the later one gets the next
    that is free, and with more points than colours they begin again.
    """
    lines = ink(scheme).lines
    taken: set[int] = set()
    found: dict[str, int] = {}
    for path in sorted(paths, key=lambda one: one not in _PREFERRED):
        wanted = _PREFERRED.get(path, crc32(path.encode())) % len(lines)
        steps = ((wanted + step) % len(lines) for step in range(len(lines)))
        found[path] = next((place for place in steps if place not in taken), wanted)
        taken.add(found[path])
        if len(taken) == len(lines):
            taken.clear()
    return [lines[found[path]] for path in paths]


def colour(path: str, scheme: Scheme) -> str:
    """Return the colour of one point that has a chart to itself."""
    return colours([path], scheme)[0]
