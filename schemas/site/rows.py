"""The site as rows of the database, by the columns of the queries in site.sql."""

import msgspec

from schemas.catalogue.checks import CheckedPoint, rule_of
from schemas.site.alarms.rows import alarm_rows
from schemas.site.element_rows import counts_from, element_rows
from schemas.site.formulas import intervals
from schemas.site.model import Instrument, Point, Site, Trial
from schemas.site.state_windows import StateWindow
from schemas.site.table import Row
from schemas.unit_display import unit_display


def wanted_rows(site: Site) -> dict[str, list[Row]]:
    """Return the rows that the database should have, by the name of their kind.

    Rows of dated kinds also say from when they count: `first_from` if they are the first of their
    key (None: from the beginning of time), `since` if they change one (None: from the load).
    `converted` marks a definition whose values a mapping converts to its unit.
    """
    return {
        "site": [_site(site)],
        "line": [line.model_dump() for line in site.line],
        "instrument": [_instrument(site, instrument) for instrument in site.instrument],
        "point": [_point(point) for point in site.point],
        "definition": _definitions(site),
        "assignment": [_assignment(site, point) for point in site.point if point.instrument],
        **element_rows(site),
        **alarm_rows(site),
        "state window": [_state_window(site, window) for window in site.state_window],
        "key figure": [{"key": each.key, "place": n} for n, each in enumerate(site.key_figure)],
        "key figure definition": [
            {"key": each.key, "definition": each.table, **counts_from(site, each.since)}
            for each in site.key_figure
        ],
        "company": [company.model_dump() for company in site.company],
        "trial": [_trial(site, trial) for trial in site.trial],
        "trial point": [row for trial in site.trial for row in _trial_points(trial)],
        "limit set": [limits.model_dump(exclude={"limit"}) for limits in site.limit_set],
        "limit value": _limit_values(site),
        "topic mapping": [
            {"key": mapping.key, "definition": msgspec.json.decode(msgspec.json.encode(mapping))}
            for mapping in site.topic_mappings()
        ],
    }


def _site(site: Site) -> Row:
    begins = site.site.begins
    columns = {"key", "name", "time_zone", "country", "language"}
    row = site.site.model_dump(include=columns)
    return row | {"begins_at": None if begins is None else site.starts_at(begins)}


def _instrument(site: Site, instrument: Instrument) -> Row:
    names = instrument.description.model_dump()
    is_one = len(set(names.values())) == 1
    return instrument.model_dump() | {
        "description": names[site.site.language],
        "description_names": None if is_one else names,
    }


def _point(point: Point) -> Row:
    columns = {"line", "key", "tag", "area", "name"}
    return {**point.model_dump(include=columns), "retired": False}


def _definitions(site: Site) -> list[Row]:
    expected_s = intervals(site)
    return [_definition(site, point, expected_s[point.ref]) for point in site.point]


def _definition(site: Site, point: Point, expected_interval_s: float | None) -> Row:
    columns = {
        *("line", "key", "kind", "unit", "formula", "species"),
        *("max_rate_per_h", "verified", "states", "note"),
    }
    row = point.model_dump(include=columns)
    row["expected_interval_s"] = expected_interval_s
    row["unit_display"] = point.unit_display or unit_display(point.unit)
    row["range_lo"], row["range_hi"] = point.range or (None, None)
    row["typical_lo"], row["typical_hi"] = point.typical or (None, None)
    row["checks"] = checks(point, point.expected_interval_s)
    return row | _from(site, point) | {"converted": point.ref in site.converted}


def checks(point: Point, interval_s: float | None) -> Row:
    """Return what the checks of a point that is read so often go by, as the database has it."""
    described = CheckedPoint(point.kind, point.unit, point.role, interval_s, point.range)
    return rule_of(described, point.checks.model_dump(exclude_unset=True)).as_json()


def _assignment(site: Site, point: Point) -> Row:
    return point.model_dump(include={"line", "key", "instrument"}) | _from(site, point)


def _state_window(site: Site, window: StateWindow) -> Row:
    places = {"state": window.state, "point": window.point}
    row = window.model_dump(include={"key", "kind", "instrument"}) | {"element": window.asset}
    row |= {"codes": sorted(window.codes), "retired": False}
    return row | places | _from(site, window)


def _from(site: Site, table: Point | StateWindow) -> Row:
    since = None if table.since is None else site.starts_at(table.since)
    return {"first_from": None, "since": since}


def _trial(site: Site, trial: Trial) -> Row:
    return {
        **trial.model_dump(exclude={"starts", "ends", "embargo", "handover", "points"}),
        "starts_at": site.starts_at(trial.starts),
        "ends_at": site.ends_at(trial.ends),
        "embargo_until": None if trial.embargo is None else site.ends_at(trial.embargo),
        "access_until": None if trial.handover is None else site.ends_at(trial.handover),
        "retired": False,
    }


def _trial_points(trial: Trial) -> list[Row]:
    rows = []
    for ref in dict.fromkeys(trial.points):
        line, point = ref.split("/")
        rows.append({"line": trial.line, "key": trial.key, "point_line": line, "point": point})
    return rows


def _limit_values(site: Site) -> list[Row]:
    rows = []
    for limit_set in site.limit_set:
        for limit in limit_set.limit:
            line, point = limit.point.split("/")
            since = None if limit.since is None else site.starts_at(limit.since)
            rows.append(
                {
                    "limit_set": limit_set.key,
                    "line": line,
                    "key": point,
                    **limit.model_dump(include={"bound", "statistic", "value"}),
                    "first_from": since,
                    "since": since,
                }
            )
    return rows
