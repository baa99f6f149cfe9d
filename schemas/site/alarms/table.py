"""A stored alarm as the table `[[alarm]]` that says the same: what a form begins with."""

from collections.abc import Mapping
from typing import Any

from schemas.alarm.condition import Watch, decode
from schemas.quality import Qc
from schemas.site.alarms.rows import MINUTE_S

_QUALITY = {Qc.SUSPECT: "suspect", Qc.FAIL: "fail"}


def alarm_table(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of the table; keys that it does not need are left out.

    `row` has the columns of `alarm_definition`. Raises KeyError or ValueError for a condition that
    no table can say.
    """
    condition = decode(
        row["condition"], delay_on_s=row["delay_on_s"], delay_off_s=row["delay_off_s"]
    )
    minutes = row["respond_within_s"] and row["respond_within_s"] / MINUTE_S
    suppression = row["suppression"] or {}
    stopped = suppression.get("stopped", {})
    kind, _, role = (condition.role or "").rpartition(".")
    table: dict[str, Any] = {
        "key": row["key"],
        **{name: row[name] for name in ("name", "consequence", "action", "priority", "class")},
        "respond_within_min": minutes,
        "point": condition.point,
        "role": role or None,
        "kind": kind or None,
        "deadband": condition.deadband or None,
        "delay_on_s": condition.delay_on_s or None,
        "delay_off_s": condition.delay_off_s or None,
        "latching": row["is_latching"] or None,
        "causes": suppression.get("cause"),
        "stopped_point": stopped.get("point"),
        "stopped_states": stopped.get("codes"),
    }
    if condition.watch is Watch.RATE:
        falls = None if condition.below is None else -condition.below
        table |= {"rises_per_h": condition.above, "falls_per_h": falls, "over_s": condition.over_s}
    elif condition.watch is Watch.VALUE:
        table |= {"above": condition.above, "below": condition.below}
    elif condition.watch is Watch.MEAN:
        table |= {"above": condition.above, "below": condition.below}
        table |= {"mean_over_s": condition.over_s, "ahead_s": condition.ahead_s or None}
    elif condition.watch is Watch.STATE:
        table["states"] = list(condition.codes)
    elif condition.watch is Watch.QUALITY:
        table["quality"] = _QUALITY[Qc(condition.qc_from)]
    else:
        table["silent_s"] = condition.after_s
    return {key: value for key, value in table.items() if value is not None}
