"""The role of a kind that a name tells, among those that kind and unit of the point fit. Pure."""

from functools import cache

from deploy.onboarding.plain import WORD, has, plain
from deploy.onboarding.proposal import PointProposal
from deploy.onboarding.words import words
from schemas.catalogue import Kind, Role, catalogue

INFLECTED_WEIGHT = 0.6
MISSING_WEIGHT = 0.1

# Shares of a gas, or of the mass of water, of which a litre weighs a kilogram.
DISSOLVED = {"[ppm]": "mg/L", "[ppb]": "ug/L"}

# A role, and what says so.
LikelyRole = tuple[Role, str]


def is_share(role: Role) -> bool:
    """Tell whether a role is a share of a gas."""
    return role.unit in DISSOLVED


def role_of(kind: Kind, point: PointProposal, name: str) -> LikelyRole | None:
    """Return the role of a kind that a point has most likely, and the word that says so."""
    scored = [
        (score, role, said)
        for role in kind.roles.values()
        if _fits(role, point)
        for score, said in [_likeness(role, name)]
        if score > 0
    ]
    best = [each for each in scored if each[0] == max(scored, key=lambda each: each[0])[0]]
    return (best[0][1], f'"{best[0][2]}"') if len(best) == 1 else None


def only_role(kind: Kind, point: PointProposal) -> LikelyRole | None:
    """Return the role of a kind that a unit leaves no choice of: t of a sludge cake is its mass."""
    unit = point.unit.value
    if unit in words()["says_nothing"]["units"]:
        return None
    fitting = [role for role in kind.roles.values() if _fits(role, point)]
    return (fitting[0], f'"{unit}"') if len(fitting) == 1 else None


def _fits(role: Role, point: PointProposal) -> bool:
    return (
        point.species in {None, role.species}
        and role.fits_kind(point.kind.value)
        and _is_in(role.key, point.unit.value)
    )


@cache  # a list has few units and many rows
def _is_in(role_key: str, unit: str) -> bool:
    role = catalogue().roles[role_key]
    if unit in DISSOLVED:
        return is_share(role) or role.misfit(DISSOLVED[unit]) is None
    return role.misfit(unit) is None


def _likeness(role: Role, name: str) -> tuple[float, str]:
    """Return how much of a role's name a name has, and the longest word of it."""
    best = (0.0, "")
    more = words()["role_says"]
    online = role.key.removeprefix("lab_")
    for text in (*role.name.values(), *more.get(role.key, ()), *more.get(online, ())):
        parts = list(dict.fromkeys(WORD.findall(plain(text))))
        there = [part for part in parts if has(part, name)]
        score = sum(len(part) * (1.0 if part in name else INFLECTED_WEIGHT) for part in there)
        score -= MISSING_WEIGHT * sum(len(part) for part in parts if part not in there)
        if there and score > best[0]:
            best = (score, max(there, key=len))
    return best
