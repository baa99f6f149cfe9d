"""What each role may do: one table. What rows a role sees, the database decides."""

from collections.abc import Mapping
from enum import StrEnum, auto

ACCOUNT_ROLES = ("operator", "engineer", "administrator", "company_member", "guest")
DEVICE_ROLES = ("control_room", "lobby")


class Right(StrEnum):
    """Something that not everybody may do."""

    SEE_PLANT = auto()  # the pages that show the plant; others are here for their trials
    SEE_DATA_HEALTH = auto()  # what is wrong with measurements and with what arrives
    COMPARE_SITES = auto()  # several sites by their key figures
    WRITE = auto()  # notes and entries of a journal
    EXPORT = auto()  # packages
    REGISTER_POINTS = auto()  # describe what arrives and is unknown
    LEAD = auto()  # trials: a new one, its guests, its end
    HEAR_ALARMS = auto()  # the sound of what nobody has acknowledged
    ANSWER_ALARMS = auto()  # acknowledge, comment, shelve
    MAINTAIN = auto()  # windows of calibration, cleaning, service …
    JUDGE = auto()  # readings: suspect or bad, whatever the checks say
    APPROVE_ALARMS = auto()  # that an alarm is taken out of service, as somebody else asked
    DEFINE_ALARMS = auto()  # what is an alarm, and what to do then


_STAFF = frozenset(
    {
        *(Right.SEE_PLANT, Right.SEE_DATA_HEALTH, Right.COMPARE_SITES),
        *(Right.WRITE, Right.EXPORT),
        *(Right.HEAR_ALARMS, Right.ANSWER_ALARMS, Right.MAINTAIN),
    }
)
_LEADING = _STAFF | {
    *(Right.REGISTER_POINTS, Right.LEAD),
    *(Right.APPROVE_ALARMS, Right.DEFINE_ALARMS, Right.JUDGE),
}
_RIGHTS: Mapping[str, frozenset[Right]] = {
    "operator": _STAFF,
    "engineer": _LEADING,
    "administrator": _LEADING,
    "company_member": frozenset({Right.WRITE, Right.EXPORT}),
    "guest": frozenset(),
    "control_room": frozenset(
        {Right.SEE_PLANT, Right.SEE_DATA_HEALTH, Right.COMPARE_SITES, Right.HEAR_ALARMS}
    ),
    "lobby": frozenset({Right.SEE_PLANT}),
}


def may(role: str, right: Right) -> bool:
    """Tell whether a role has a right; an unknown role has none."""
    return right in _RIGHTS.get(role, ())
