"""Which points an alarm of a role watches: one alarm at each of them (pure).

It is the one way for alarms of the catalogue, of a site file and of engineers in the app.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from schemas.catalogue.alarms import has_role
from schemas.formula.site_roles import SiteRoles
from schemas.languages import LANGUAGES
from schemas.site.alarms.alarm import Alarm
from schemas.site.table import Names

PointNames = Mapping[str, Mapping[str, str]]


def points_of(names: Iterable[str], roles: SiteRoles) -> list[str]:
    """Return the points of some `role` or `kind.role`."""
    wanted = tuple(names)
    return [
        path
        for (item, role), path in roles.points.items()
        if has_role(wanted, roles.items[item].kinds, role)
    ]


def is_of_many(alarm: Alarm) -> bool:
    """Tell whether an alarm is for all points of a role, and not for that of one asset."""
    return alarm.role is not None and alarm.point is None and "." not in alarm.role


def role_name(alarm: Alarm) -> str | None:
    """Return the role of an alarm of many points as the catalogue writes it, perhaps `kind.role`.

    None of another alarm.
    """
    if not is_of_many(alarm):
        return None
    return alarm.role if alarm.kind is None else f"{alarm.kind}.{alarm.role}"


def at_points(
    alarm: Alarm, roles: SiteRoles, names: PointNames = MappingProxyType({})
) -> list[Alarm]:
    """Return an alarm at each point that it watches; none where there is no such point.

    One of many points has a key of its own at each, and a name if `names` has that of the point.
    """
    if alarm.role is None or alarm.point is not None:
        return [alarm]
    placeless = {"role": None, "kind": None}
    if not is_of_many(alarm):
        item, _, role = alarm.role.partition(".")
        point = roles.points.get((item, role))
        return [] if point is None else [alarm.model_copy(update={**placeless, "point": point})]
    return [
        alarm.model_copy(
            update={
                **placeless,
                "key": key_at(alarm.key, point),
                "point": point,
                "name": _name(alarm.name, names.get(point)),
            }
        )
        for point in points_of([role_name(alarm) or ""], roles)
    ]


def key_at(key: str, point: str | None) -> str:
    """Return the key that an alarm of a role has at a point; of the whole site without one."""
    return f"{key}:{point}" if point else key


def _name(name: Names | None, of_point: Mapping[str, str] | None) -> Names | None:
    if name is None or of_point is None:
        return name
    whole = name.model_dump()
    return Names(**{each: f"{whole[each]}: {of_point[each]}" for each in LANGUAGES})
