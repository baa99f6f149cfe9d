"""The UCUM unit that a list means by what it calls a unit. Pure."""

import re
from functools import cache

from deploy.onboarding.guess import Guess
from deploy.onboarding.words import words
from schemas.units import UnitError, check_unit, suggestion

OPEN = (
    "?"  # stands in the file where a unit is to be filled in; no UCUM unit, so the check names it
)

# What the mass is counted as: "mg N/l", "mg/l NO3-N", "mgO2/l".
_COUNTED = r"(?:NH4-|NO[23x]-|PO4-)?(N|P|O2|Cl2|Fe|Mn|Al|Pt)(?:-(?:NH4|NO[23]|PO4|tot))?"
_SPECIES_INSIDE = re.compile(rf"^(m|µ|u|k)?g\s?{_COUNTED}(?=/)")
_SPECIES_BEHIND = re.compile(
    rf"(?<=/[lL]|m3)\s?(?:as\s)?{_COUNTED}$|(?<=/m³)\s?(?:as\s)?{_COUNTED}$"
)
_NORMAL = re.compile(r"\((n|std)\)", re.IGNORECASE)


@cache  # a list has few units and many rows
def guess_unit(text: str) -> Guess[str] | None:
    """Return the unit that is meant by `text`, or None if that is not known."""
    known = words()["unit"]
    if text in known or text.lower() in known:
        return Guess(known.get(text) or known[text.lower()], f'the list says "{text}"')
    plain = _NORMAL.sub(r"{\1}", _without_species(text))
    for each in (plain, plain.lower()):
        unit = each if _is_unit(each) else suggestion(each)
        if unit is not None:
            return Guess(unit, None if unit == text else f'the list says "{text}"')
    return None


def species_of(text: str) -> str | None:
    """Return what the mass of a unit is counted as: "N" of "mg NH4-N/l"."""
    found = _SPECIES_INSIDE.search(text) or _SPECIES_BEHIND.search(text)
    return next((group for group in reversed(found.groups()) if group), None) if found else None


def _without_species(text: str) -> str:
    inside = _SPECIES_INSIDE.sub(lambda found: f"{found[1] or ''}g", text)
    return _SPECIES_BEHIND.sub("", inside)


def _is_unit(text: str) -> bool:
    try:
        check_unit(text)
    except UnitError:
        return False
    return bool(text)
