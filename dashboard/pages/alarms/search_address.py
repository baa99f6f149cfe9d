"""What a journal's address says: what is searched for. The address is the whole state.

?q=pump&priority=high&kind=raised&from=2026-11-24&to=2026-11-25&alarm=<id>&older=<event>
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dashboard.store.alarm_journal import KINDS, Event, Search
from dashboard.store.alarms import PRIORITIES
from dashboard.web.form_input import read_public_id

WORDS_CHARACTERS_MAX = 100
OLDER, NEWER = "older", "newer"
FIELDS = ("q", "priority", "kind", "from", "to", "alarm")


def parsed(query: Mapping[str, str], site: str, zone: ZoneInfo) -> Search:
    """Read what is searched for; what cannot be read is not searched for. Days are local."""
    first, last = _day(query.get("from")), _day(query.get("to"))
    kind, priority = query.get("kind", ""), query.get("priority", "")
    search = Search(
        site,
        words=words_of(query),
        priority=priority if priority in PRIORITIES else None,
        kinds=(kind,) if kind in KINDS else None,
        alarm=read_public_id(query.get("alarm")),
        start=_midnight(first, zone),
        end=None if last is None else _midnight(last + timedelta(days=1), zone),
    )
    for name in (OLDER, NEWER):
        beside = read_public_id(query.get(name))
        if beside is not None:
            return replace(search, beside=beside, is_newer=name == NEWER)
    return search


def not_searched(query: Mapping[str, str], search: Search) -> list[str]:
    """Return what an address asks for and is not searched for, as it is written."""
    found = {
        "priority": search.priority,
        "kind": search.kinds,
        "from": search.start,
        "to": search.end,
        "alarm": search.alarm,
    }
    asked = (name for name, value in found.items() if query.get(name) and not value)
    return [f"{name}={query[name]}" for name in asked]


def words_of(query: Mapping[str, str]) -> str:
    """Return the words that are searched for."""
    return query.get("q", "").replace("\0", "").strip()[:WORDS_CHARACTERS_MAX]


def query_text(query: Mapping[str, str], beside: Event | None = None, side: str = "") -> str:
    """Return the query part of an address, beside an event where there is one."""
    kept = {name: query[name] for name in FIELDS if query.get(name)}
    if beside is not None:
        kept[side] = str(beside.event_id)
    return f"?{urlencode(kept)}" if kept else ""


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2199 else None


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone)
