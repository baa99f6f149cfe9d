"""Alarms that engineers keep in the app, beside what the site file says (pure).

Whoever defined an alarm last keeps it: a load leaves alone what an engineer has entered, and says
so. It goes back to the file only when an engineer gives it back.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from schemas.alarm.condition import Watch
from schemas.site.alarms.alarm import Alarm
from schemas.site.alarms.rows import replaced, rows_at
from schemas.site.alarms.table import alarm_table
from schemas.site.model import Site
from schemas.site.roles import site_roles
from schemas.site.table import Row
from schemas.units import UnitError, conversion

_NOT_SAID = ("first_from", "since")


def beside_the_app(
    wanted: Mapping[str, list[Row]], site: Site, kept: Sequence[Row]
) -> tuple[dict[str, list[Row]], list[str]]:
    """Return the wanted rows without alarms that are `kept` in the app, and a remark for each.

    There is no remark where file and app say the same.
    """
    by_key = {row["key"]: row for row in kept}
    of_roles = {row["key"]: row for row in kept if "role" in (row["condition"] or {})}
    states = replaced(site)
    remarks, left = [], []
    for row in wanted["alarm definition"]:
        key = row["key"]
        in_app = (
            by_key.get(key)
            or by_key.get(states.get(key, ""))
            or of_roles.get(key.partition(":")[0])
        )
        if in_app is None:
            left.append(row)
        elif in_app["key"] != key or any(
            in_app[name] != value for name, value in row.items() if name not in _NOT_SAID
        ):
            remarks.append(_remark(key, in_app))
    keys = {row["key"] for row in left}
    alarms = [row for row in wanted["alarm"] if row["key"] in keys]
    return {**wanted, "alarm": alarms, "alarm definition": left}, sorted(remarks)


def of_roles_in_app(site: Site, kept: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Return the alarms that those of roles, `kept` in the app, have at the points of a site.

    Those that an engineer has defined by themselves are not among them. With a remark for each
    whose limits cannot be converted to the unit of its point.
    """
    roles, names = site_roles(site), {point.ref: point.name.model_dump() for point in site.point}
    by_themselves = {row["key"] for row in kept}
    rows, remarks = [], []
    for rule in kept:
        if "role" not in (rule["condition"] or {}):
            continue
        unit = rule["condition"].get("unit")
        for row in rows_at(Alarm.model_validate(alarm_table(rule)), roles, names):
            if row["key"] in by_themselves:
                continue
            condition, target = row["condition"], roles.units[row["condition"]["point"]]
            try:
                if unit is not None and target != unit:
                    condition = _converted(condition, unit, target)
            except UnitError as error:
                remarks.append(f"alarm {row['key']} of a role, kept in the app, cannot be: {error}")
                continue
            rows.append({**row, "condition": condition, "first_from": None, "since": None})
    return rows, remarks


def in_new_units(
    kept: Sequence[Row], points: Sequence[Row], units_before: Mapping[str, str]
) -> tuple[list[Row], list[str]]:
    """Return rows of alarms that are kept in the app and whose point has another unit now.

    Their limits stay where they were. `points` are rows of definitions that changed, with
    `valid_from`, `units_before` the units by "line/key". With a remark for each alarm.
    """
    changed = {f"{row['line']}/{row['key']}": row for row in points}
    rows, remarks = [], []
    for row in kept:
        point = changed.get((row["condition"] or {}).get("point", ""))
        unit = None if point is None else units_before[row["condition"]["point"]]
        if row["name"] is None or point is None or point["unit"] == unit:
            continue
        told = f"alarm {row['key']}, kept in the app, watches what is in {point['unit']} now"
        try:
            condition = _converted(row["condition"], str(unit), point["unit"])
        except UnitError as error:
            remarks.append(f"{told}, and its limits were in {unit}: define it anew ({error})")
            continue
        # No definition of an engineer is newer than this one.
        begin = max(point["valid_from"], row["valid_from"] + timedelta(microseconds=1))
        rows.append({**row, "condition": condition, "first_from": begin, "since": None})
        remarks.append(f"{told}: its limits are converted")
    return rows, remarks


def _converted(condition: Row, source: str, target: str) -> Row:
    way = conversion(source, target)
    # A rate is a difference by the hour, and a deadband one, too.
    shift = 0.0 if condition["watch"] == Watch.RATE else way.offset
    found = dict(condition)
    for name in ("above", "below"):
        if name in found:
            found[name] = found[name] * way.scale + shift
    if "deadband" in found:
        found["deadband"] = found["deadband"] * way.scale
    return found


def _remark(key: str, in_app: Row) -> str:
    named = key if in_app["key"] == key else f"{key} (of {in_app['key']})"
    how = "is out of use" if in_app["name"] is None else "stays"
    return (
        f"alarm {named} {how} as {in_app['who']} entered it in the app at "
        f"{in_app['valid_from']:%Y-%m-%d %H:%M%z}; the file says something else"
    )
