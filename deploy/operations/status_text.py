"""The status in lines, as an operator wants to read it."""

from deploy.operations.quarantine_text import printable
from deploy.operations.status import MISSING_LIMIT_ROWS, Status

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def lines(status: Status) -> list[str]:
    """Return what an operator wants to read, most important first."""
    found = [f"readings    {'flow' if status.flowing else 'DO NOT FLOW'}: {_newest(status)}"]
    if status.ingesting:
        found.append("ingest      is connected to this database")
    else:
        found.append("ingest      IS NOT CONNECTED to this database: start `virtaama ingest`")
    if status.calculation.points:
        found.append(f"calculation {status.calculation.text()}")
    found.append(f"alarms      {_alarms(status)}")
    found.append(f"points      {_points(status)}")
    if status.stalest:
        names = ", ".join(f"{each.point} {duration(each.age_s)}" for each in status.stalest)
        more = ", …" if status.counts.stale > len(status.stalest) else ""
        found.append(f"            stale: {names}{more}")
    found.append(f"quarantine  {_quarantine(status)}")
    found.append(f"numbers     {_numbers(status)}")
    if status.unread:
        found.append(f"not read    {_unread(status)}")
    if status.overdue_chunks:
        found.append(
            f"storage     {status.overdue_chunks} chunks are OLDER than they are kept: run "
            "`virtaama storage apply` daily"
        )
    if status.pending_migrations:
        found.append(f"schema      {status.pending_migrations} steps OLD: run `virtaama migrate`")
    else:
        found.append("schema      current")
        found.append(f"rights      {_rights(status)}")
    return found


def _newest(status: Status) -> str:
    if status.newest_age_s is None:
        return "there is none yet"
    age = duration(status.newest_age_s)
    rate = status.arriving.readings_per_s
    return f"the newest came {age} ago; {rate_text(rate)} a second over five minutes"


def _alarms(status: Status) -> str:
    if not status.following.alarms:
        return "ARE NOT FOLLOWED: start `virtaama alarms`"
    if not status.alarms_followed:
        return f"are BEHIND by {duration(status.following.behind_s or 0.0)}"
    called = "" if status.following.notifiers else "; nobody is called: no `virtaama notify` runs"
    return f"are followed{called}"


def _points(status: Status) -> str:
    if not status.counts.points:
        return "none: load a site with `virtaama site load`"
    return (
        f"{status.counts.points}, of them {status.counts.stale} stale and "
        f"{status.counts.silent} never heard"
    )


def _quarantine(status: Status) -> str:
    if not status.quarantined:
        return "empty"
    reasons = ", ".join(f"{each.messages} {each.reason}" for each in status.quarantined)
    newest_s = min(each.newest_age_s for each in status.quarantined)
    return f"{reasons}; the newest came {duration(newest_s)} ago"


def _numbers(status: Status) -> str:
    if not status.missing:
        return "no message is missing"
    topics = ", ".join(f"{each.messages} of {each.topic}" for each in status.missing)
    more = ", …" if len(status.missing) == MISSING_LIMIT_ROWS else ""
    return f"messages MISSING before us: {topics}{more}"


def _unread(status: Status) -> str:
    mappings = {each.mapping for each in status.unread}
    first = status.unread[0]
    places = "1 place" if len(status.unread) == 1 else f"{len(status.unread)} places"
    plural = "" if len(mappings) == 1 else "s"
    return (
        f"{places} in payloads of {len(mappings)} mapping{plural}, such as "
        f"{printable(first.pointer)} on {printable(first.topic)}: `virtaama status --unread`"
    )


def _rights(status: Status) -> str:
    more, missing = len(status.rights.more), len(status.rights.missing)
    if not more and not missing:
        return "as the schema gives them"
    counts = [f"{more} MORE"] * bool(more) + [f"{missing} MISSING"] * bool(missing)
    return f"{' and '.join(counts)}: `virtaama status --rights`"


def rights_lines(status: Status) -> list[str]:
    """Return a line for each right that the schema does not give, or that is not held."""
    return [f"MORE     {each}" for each in status.rights.more] + [
        f"MISSING  {each}" for each in status.rights.missing
    ]


def unread_lines(status: Status) -> list[str]:
    """Return a line for each place that no mapping reads."""
    return [
        f"{each.mapping}: {printable(each.pointer)}, {each.times} times, "
        f"the last {duration(each.age_s)} ago on {printable(each.topic)}"
        for each in status.unread
    ]


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units: "3 h 12 min"."""
    left = max(0, round(seconds))
    parts: list[str] = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def rate_text(rate_per_s: float) -> str:
    """Return a rate with one decimal, a small one with two significant digits: "0.043"."""
    if rate_per_s == 0.0 or rate_per_s >= 0.95:
        return f"{rate_per_s:.1f}"
    return f"{rate_per_s:.2g}"
