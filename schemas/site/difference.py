"""What a load of the site has to write: wanted rows against the rows that are there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from schemas.site.table import Row
from schemas.unit_history import another_quantity

# These say from when a dated row counts, and are not compared.
_FROM = ("valid_from", "first_from", "since", "converted")


@dataclass(frozen=True)
class Kind:
    """One kind of row; the other words are names of queries in site.sql.

    A row is known by its `key` columns. A dated kind is never updated: a change is an insert with
    a later `valid_from`, and what is gone is an insert of NULL. Where there is no query `gone`,
    rows that are gone stay as they are.
    """

    name: str
    key: tuple[str, ...]
    current: str
    insert: str
    update: str | None = None
    gone: str | None = None
    dated: bool = False


@dataclass
class Difference:
    """Rows to insert, to change and to take out, how many stay, and what cannot be done."""

    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    gone: list[Row] = field(default_factory=list)
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)


# In an order in which each row finds what it refers to.
KINDS = (
    Kind("site", ("key",), "sites", "insert_site", "update_site"),
    Kind("line", ("key",), "lines", "insert_line", "update_line"),
    Kind("instrument", ("key",), "instruments", "insert_instrument", "update_instrument"),
    Kind("point", ("line", "key"), "points", "insert_point", "update_point", "retire_point"),
    Kind("definition", ("line", "key"), "definitions", "insert_definition", dated=True),
    Kind(
        "assignment",
        ("line", "key"),
        "assignments",
        "insert_assignment",
        gone="insert_assignment",
        dated=True,
    ),
    Kind("element", ("key",), "elements", "insert_element", "update_element"),
    Kind(
        "asset/stream",
        ("key",),
        "element_definitions",
        "insert_element_definition",
        gone="insert_element_definition",
        dated=True,
    ),
    Kind(
        "property",
        ("element", "property"),
        "element_properties",
        "insert_element_property",
        gone="insert_element_property",
        dated=True,
    ),
    Kind(
        "role",
        ("line", "key"),
        "point_roles",
        "insert_point_role",
        gone="insert_point_role",
        dated=True,
    ),
    Kind("key figure", ("key",), "key_figures", "insert_key_figure", "update_key_figure"),
    Kind(
        "key figure definition",
        ("key",),
        "key_figure_definitions",
        "insert_key_figure_definition",
        gone="insert_key_figure_definition",
        dated=True,
    ),
    Kind("company", ("key",), "companies", "insert_company", "update_company"),
    Kind("trial", ("line", "key"), "trials", "insert_trial", "update_trial", "retire_trial"),
    Kind(
        "trial point",
        ("line", "key", "point_line", "point"),
        "trial_points",
        "insert_trial_point",
        gone="delete_trial_point",
    ),
    Kind("limit set", ("key",), "limit_sets", "insert_limit_set", "update_limit_set"),
    Kind(
        "limit value",
        ("limit_set", "line", "key", "bound", "statistic"),
        "limit_values",
        "insert_limit_value",
        gone="insert_limit_value",
        dated=True,
    ),
    Kind("alarm", ("key",), "alarms", "insert_alarm"),
    Kind(
        "alarm definition",
        ("key",),
        "alarm_definitions",
        "insert_alarm_definition",
        gone="insert_alarm_definition",
        dated=True,
    ),
    Kind(
        "state window",
        ("key",),
        "state_windows",
        "insert_state_window",
        "update_state_window",
        "retire_state_window",
    ),
    Kind(
        "topic mapping",
        ("key",),
        "topic_mappings",
        "insert_topic_mapping",
        "update_topic_mapping",
        "delete_topic_mapping",
    ),
)


def difference(
    kind: Kind, wanted: Iterable[Row], current: Iterable[Row], now: datetime
) -> Difference:
    """Compare the rows of one kind (pure). Dated rows come back with their `valid_from`."""
    found = Difference()
    there = {_key(kind, row): row for row in current}
    for row in wanted:
        old = there.pop(_key(kind, row), None)
        if old is None:
            found.new.append(row | {"valid_from": row.get("first_from")})
        elif all(old[name] == value for name, value in row.items() if name not in _FROM):
            found.unchanged += 1
        else:
            found.changed.append(row | {"valid_from": _counts_from(row, old, now)})
            found.problems += _not_after(kind, found.changed[-1], old)
            found.problems += _not_comparable(kind, row, old)
        found.problems += _in_future(kind, row, now)
    if kind.gone:
        for old in there.values():
            if not _is_gone(kind, old):
                found.gone.append(_gone(kind, old) | {"valid_from": now, "since": None})
                found.problems += _not_after(kind, found.gone[-1], old)
    return found


def _key(kind: Kind, row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in kind.key)


def _gone(kind: Kind, row: Row) -> Row:
    return {name: row[name] if name in kind.key else None for name in row}


def _is_gone(kind: Kind, row: Row) -> bool:
    if kind.dated:
        return all(row[name] is None for name in row if name not in (*kind.key, *_FROM))
    return bool(row.get("retired"))


def _counts_from(row: Row, old: Row, now: datetime) -> datetime:
    """Return from when a change counts: from `since`, else from the load.

    What a mapping converts was stored in the unit that the point had when it came, so another unit
    counts from the load.
    """
    if row.get("converted") and row["unit"] != old["unit"]:
        return now
    since: datetime | None = row.get("since")
    return since or now


def _not_comparable(kind: Kind, row: Row, old: Row) -> list[str]:
    """Return a problem if readings from before the change could not stand beside those after it."""
    problems = []
    # A property that was taken out has no unit.
    if old.get("unit") and (reason := another_quantity(old["unit"], row["unit"])):
        problems.append(
            f"{_name(kind, row)}: the unit was {old['unit']} and would be {row['unit']}, which is "
            f"another quantity ({reason}); take the point out and give the new one another key"
        )
    if old.get("species") and row.get("species") and old["species"] != row["species"]:
        problems.append(
            f"{_name(kind, row)}: values were counted as {old['species']} and would be as "
            f"{row['species']}, which is another quantity; take the point out and give the new "
            "one another key"
        )
    return problems


def _not_after(kind: Kind, row: Row, old: Row) -> list[str]:
    """Return a problem if a change would count from before the one that is stored already."""
    stored = old.get("valid_from") if kind.dated else None
    if stored is None or row["valid_from"] > stored:
        return []
    return [
        f"{_name(kind, row)}: the change would count from {row['valid_from']:%Y-%m-%d %H:%M:%S%z}, "
        f"but one from {stored:%Y-%m-%d %H:%M:%S%z} is stored and history is not rewritten; "
        "give a later `since`, or none"
    ]


def _in_future(kind: Kind, row: Row, now: datetime) -> list[str]:
    since = row.get("since")
    if since is None or since <= now:
        return []
    return [
        f"{_name(kind, row)}: `since` lies in the future, {since:%Y-%m-%d %H:%M:%S%z}; "
        "load the change when it has come"
    ]


def _name(kind: Kind, row: Row) -> str:
    return f"{kind.name} {'/'.join(map(str, _key(kind, row)))}"
