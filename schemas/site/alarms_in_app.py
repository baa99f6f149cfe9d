"""Alarms that engineers keep in the app, beside what the site file says (pure).

Whoever defined an alarm last keeps it: a load leaves alone what an engineer has entered, and says
so. It goes back to the file only when an engineer gives it back.
"""

from collections.abc import Mapping, Sequence

from schemas.site.alarm_rows import replaced
from schemas.site.model import Site
from schemas.site.table import Row

_NOT_SAID = ("first_from", "since")


def beside_the_app(
    wanted: Mapping[str, list[Row]], site: Site, kept: Sequence[Row]
) -> tuple[dict[str, list[Row]], list[str]]:
    """Return the wanted rows without alarms that are `kept` in the app, and a remark for each.

    There is no remark where file and app say the same.
    """
    by_key = {row["key"]: row for row in kept}
    states = replaced(site)
    remarks, left = [], []
    for row in wanted["alarm definition"]:
        key = row["key"]
        in_app = by_key.get(key) or by_key.get(states.get(key, ""))
        if in_app is None:
            left.append(row)
        elif in_app["key"] != key or any(
            in_app[name] != value for name, value in row.items() if name not in _NOT_SAID
        ):
            remarks.append(_remark(key, in_app))
    keys = {row["key"] for row in left}
    alarms = [row for row in wanted["alarm"] if row["key"] in keys]
    return {**wanted, "alarm": alarms, "alarm definition": left}, sorted(remarks)


def _remark(key: str, in_app: Row) -> str:
    named = key if in_app["key"] == key else f"{key} (of {in_app['key']})"
    how = "is out of use" if in_app["name"] is None else "stays"
    return (
        f"alarm {named} {how} as {in_app['who']} entered it in the app at "
        f"{in_app['valid_from']:%Y-%m-%d %H:%M%z}; the file says something else"
    )
