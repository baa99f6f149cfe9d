"""Figures of a plant that measures its water in US gallons, in the units that it is used to. Pure.

Points are shown in their own units; what is computed from them is, too.
"""

from dataclasses import dataclass, replace

from schemas.catalogue.key_figures import KeyFigure
from schemas.formula.meaning import Signal
from schemas.formula.site_roles import SiteRoles
from schemas.units import conversion

GALLON = "[gal_us]"
_WATER = Signal("m3/h", accepted=("m3",))
_DIGITS = 3


@dataclass(frozen=True)
class _Customary:
    """A unit (UCUM) in place of another; `said` is in the text that people know, `instead`."""

    unit: str
    said: str
    instead: str


_UNITS = {
    "m3": _Customary("10*3.[gal_us]", "m³", "kgal"),
    "m3/d": _Customary("10*6.[gal_us]/d", "m³", "Mgal"),
    "kW.h/m3": _Customary("kW.h/(10*6.[gal_us])", "m³", "Mgal"),
    "kg/d": _Customary("[lb_av]/d", "kg", "lb"),
}


def in_gallons(site: SiteRoles) -> bool:
    """Tell whether a plant measures most of its water in US gallons."""
    found = (site.units.get(path, "") for path in site.points.values())
    units = [unit for unit in found if _WATER.fits(unit)]
    return 2 * sum(GALLON in unit for unit in units) > len(units)


def customary(unit: str, unit_display: str, *, gallons: bool) -> tuple[str, str]:
    """Return a unit (UCUM) and how people write it, in `gallons` if there is such a one."""
    own = _UNITS.get(unit) if gallons else None
    if own is None:
        return unit, unit_display
    return own.unit, unit_display.replace(own.said, own.instead)


def as_customary(figure: KeyFigure, *, gallons: bool) -> KeyFigure:
    """Return a figure with unit and usual range in `gallons`, if there is such a unit."""
    unit, shown = customary(figure.unit, figure.unit_display, gallons=gallons)
    if unit == figure.unit:
        return figure
    scale = conversion(figure.unit, unit).scale
    typical = figure.typical and (
        _rounded(figure.typical[0], scale),
        _rounded(figure.typical[1], scale),
    )
    return replace(figure, unit=unit, unit_display=shown, typical=typical)


def _rounded(number: float, scale: float) -> float:
    return float(f"{number * scale:.{_DIGITS}g}")
