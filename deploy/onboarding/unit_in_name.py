"""A unit that a list has no column for and says behind the name: "Inflow [m3/h]". Pure."""

import re

from deploy.onboarding.unit_guess import guess_unit
from deploy.onboarding.words import words

_IN_BRACKETS = re.compile(r"\s*[\[(]([^\[\]()]+)[\])]\s*$")
_LAST = re.compile(r"\s+(\S+)$")
_SIGN = re.compile(r"[/%°]")


def without_unit(text: str) -> tuple[str, str]:
    """Return a name without the unit behind it, and the unit; none where it is no unit.

    Outside of brackets a word must be one that is a unit only: "tank in" is not in inches.
    """
    for pattern in (_IN_BRACKETS, _LAST):
        found = pattern.search(text)
        if found is not None and _is_unit(found[1], in_brackets=pattern is _IN_BRACKETS):
            return text[: found.start()], found[1]
    return text, ""


def _is_unit(text: str, *, in_brackets: bool) -> bool:
    is_plain = in_brackets or _SIGN.search(text) or text in words()["unit_behind_name"]["words"]
    return bool(is_plain) and guess_unit(text) is not None
