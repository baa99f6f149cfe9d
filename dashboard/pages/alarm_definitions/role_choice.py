"""Roles whose points an alarm can watch all at once, beside single points in one choice."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.pages.context import PageContext
from dashboard.store.alarm_definitions import Definition
from dashboard.web.display import DisplaySettings
from schemas.catalogue import catalogue
from schemas.site.alarms.points import points_of

MARK = "role:"


def read_place(chosen: str) -> dict[str, str | None]:
    """Return what was chosen as a table of the site file says it: a point, or a role and a kind."""
    if not chosen.startswith(MARK):
        return {"point": chosen or None}
    kind, _, role = chosen.removeprefix(MARK).rpartition(".")
    return {"role": role, "kind": kind or None}


def chosen_of(table: Mapping[str, Any]) -> str:
    """Return the choice that a table of the site file says."""
    if "role" not in table:
        return str(table.get("point") or "")
    return MARK + ".".join(filter(None, (table.get("kind"), table["role"])))


def role_choices(paths: Sequence[str], context: PageContext) -> list[dict[str, str]]:
    """Return the roles of some points, each of its kinds and of all kinds."""
    roles, offered = context.plant.roles, set(paths)
    names = {
        name: None
        for (item, role), path in roles.points.items()
        if path in offered
        for name in (*(f"{kind}.{role}" for kind in roles.items[item].kinds), role)
    }
    found = [
        {"value": MARK + name, "label": role_text(name, context.display, len(points))}
        for name in names
        if (points := offered.intersection(points_of([name], roles)))
    ]
    return sorted(found, key=lambda each: each["label"])


def role_place(definition: Definition, context: PageContext) -> str:
    """Return what the alarm of a role watches, and at how many points."""
    name = str(definition.condition["role"])
    return role_text(name, context.display, len(points_of([name], context.plant.roles)))


def role_text(name: str, display: DisplaySettings, count: int) -> str:
    """Return what all points of a role are called, and how many there are."""
    kind, _, role = name.rpartition(".")
    known = catalogue()
    of_kind = known.kinds.get(kind)
    of_role = (of_kind.roles if of_kind else known.roles).get(role)
    told = display.name(of_role.name) if of_role else role
    if of_role and of_role.kind == "laboratory":
        told = display.text("definitions.of_laboratory", role=told)
    if of_kind:
        told = f"{told} · {display.name(of_kind.name)}"
    return display.text("definitions.all_of", role=told, count=display.number(count, 0))
