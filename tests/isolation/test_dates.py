"""Access begins and ends by date: at local midnight, on both clock-changing nights, by itself."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from schemas.errors import SiteFileError
from schemas.site.load import load
from schemas.site.reader import read
from tests.fixtures.service_process import wait_until
from tests.fixtures.tenants import Tenants, seed

HELSINKI = ZoneInfo("Europe/Helsinki")
SITE = """
[site]
key = "nights"
name = { fi = "N", en = "N", sv = "N" }
time_zone = "Europe/Helsinki"

[[line]]
key = "hall"
kind = "pilot"
name = { fi = "H", en = "H", sv = "H" }

[[company]]
key = "alpha"
name = "Alpha"
"""
TRIAL = """
[[point]]
key = "p{n}"
line = "hall"
tag = "P{n}"
area = "A"
name = {{ fi = "P", en = "P", sv = "P" }}
kind = "measurement"
unit = "1"

[[trial]]
key = "t{n}"
line = "hall"
company = "alpha"
name = {{ fi = "T", en = "T", sv = "T" }}
source_stream = "raw"
starts = {starts}
ends = {ends}
handover = {handover}
points = ["hall/p{n}"]
"""
# First and last day of a trial: the clocks change on the last, the day after it, or the first.
NIGHTS = [
    ("2024-03-01", "2024-03-30"),
    ("2024-03-01", "2024-03-31"),
    ("2024-03-31", "2024-04-02"),
    ("2024-10-01", "2024-10-26"),
    ("2024-10-01", "2024-10-27"),
    ("2024-10-27", "2024-10-29"),
]
READINGS = """
INSERT INTO reading SELECT p.point_id, t, 1, 0, 1, 0, t
FROM point p JOIN line USING (line_id) JOIN site s USING (site_id),
     generate_series('2024-02-25Z'::timestamptz, '2024-11-05Z', INTERVAL '30 minutes') t
WHERE s.key = 'nights' AND (t < '2024-04-05Z' OR t > '2024-09-29Z')
"""
HOURS = """
INSERT INTO rollup_1h
SELECT point_id, date_trunc('hour', ts), 2, 2, 2, 2, 2, 1, 1, 1, min(ts), 1, max(ts)
FROM reading WHERE ts < '2025-01-01Z' GROUP BY 1, 2
"""
DAYS = """
INSERT INTO rollup_1d
SELECT point_id, date_trunc('day', ts, 'Europe/Helsinki'), 48, 48, 48, 48, 48, 1, 1, 1, min(ts), 1,
       max(ts)
FROM reading WHERE ts < '2025-01-01Z' GROUP BY 1, 2
"""


@pytest.fixture(scope="module")
def nights(tenants: Tenants, tmp_path_factory: pytest.TempPathFactory) -> Tenants:
    trials = [
        TRIAL.format(n=n, starts=starts, ends=ends, handover="2199-12-31")
        for n, (starts, ends) in enumerate(NIGHTS)
    ]
    _load(tenants, tmp_path_factory.mktemp("site"), "".join([SITE, *trials]))
    for statement in (READINGS, HOURS, DAYS):
        tenants.owner(statement)
    return tenants


def _load(tenants: Tenants, folder: Path, text: str) -> None:
    (folder / "site.toml").write_text(text, encoding="utf-8")
    load(tenants.url, read(folder / "site.toml"), now=datetime.now(UTC))


def _local(day: str, hour: str = "00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=HELSINKI)


@pytest.mark.parametrize(("n", "first", "last"), [(n, *days) for n, days in enumerate(NIGHTS)])
def test_a_trial_begins_and_ends_at_local_midnight(
    nights: Tenants, n: int, first: str, last: str
) -> None:
    begin = _local(first).astimezone(UTC)
    end = _local((datetime.fromisoformat(last) + timedelta(days=1)).date().isoformat())
    end = end.astimezone(UTC)
    asked = (
        "SELECT min({0}), max({0}), count(*) FROM visible.{1}"
        " WHERE point_id = (SELECT point_id FROM visible.point WHERE site = 'nights' AND key = %s)"
    )
    half_hour = timedelta(minutes=30)
    assert nights.rows("alpha", asked.format("ts", "reading"), f"p{n}") == [
        (begin, end - half_hour, (end - begin) // half_hour)
    ]
    hour = timedelta(hours=1)
    assert nights.rows("alpha", asked.format("bucket", "rollup_1h"), f"p{n}") == [
        (begin, end - hour, (end - begin) // hour)
    ]
    days = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).days + 1
    assert nights.rows("alpha", asked.format("bucket", "rollup_1d"), f"p{n}") == [
        (begin, _local(last).astimezone(UTC), days)
    ]


def test_a_handover_before_the_end_is_an_error_of_the_site_file(tmp_path: Path) -> None:
    text = TRIAL.format(n=1, starts="2024-03-01", ends="2024-03-31", handover="2024-03-30")
    (tmp_path / "site.toml").write_text(SITE + text, encoding="utf-8")
    with pytest.raises(SiteFileError, match=r"handover: 2024-03-30 is before the end, 2024-03-31"):
        read(tmp_path / "site.toml")


def test_a_trial_made_in_the_app_stays_until_a_site_file_names_it(
    tenants: Tenants, tmp_path: Path
) -> None:
    dates = {"starts": "2024-03-01", "ends": "2024-03-31", "handover": "2199-12-31"}
    file = SITE.replace("nights", "app") + TRIAL.format(n=1, **dates)
    file = file.replace('tag = "P1"', 'tag = "APP P1"')
    _load(tenants, tmp_path, file)
    tenants.owner(
        "INSERT INTO trial (line_id, company_id, key, name, source_stream, starts_at, ends_at,"
        " verified, managed_by) SELECT line_id, company_id, 't2', t.name, source_stream, starts_at,"
        " ends_at, false, 'app' FROM trial t JOIN line USING (line_id) JOIN site s USING (site_id)"
        " WHERE s.key = 'app'"
    )
    managed = (
        "SELECT t.key, t.managed_by, t.retired_at IS NULL FROM trial t JOIN line USING (line_id)"
        " JOIN site s USING (site_id) WHERE s.key = 'app' ORDER BY 1"
    )
    _load(tenants, tmp_path, file)
    assert tenants.owner(managed) == [("t1", "site_file", True), ("t2", "app", True)]
    second = TRIAL.format(n=2, **dates)
    _load(
        tenants, tmp_path, file + second[second.index("[[trial]]") :].replace("hall/p2", "hall/p1")
    )
    assert tenants.owner(managed)[1] == ("t2", "site_file", True)
    _load(tenants, tmp_path, file)
    assert tenants.owner(managed)[1] == ("t2", "site_file", False)


@pytest.fixture
def fresh(migrated_url: str) -> Tenants:
    """A database of a test's own, whose dates it may change."""
    return seed(migrated_url)


def _sees(tenants: Tenants, viewer: str = "alpha") -> bool:
    return _seen_at(tenants, viewer)[0]


def _seen_at(tenants: Tenants, viewer: str = "alpha") -> tuple[bool, datetime]:
    """Return whether a viewer sees its trial, and when: one transaction has one clock."""
    views = ("point", "reading", "latest", "rollup_1h", "trial", "note", "trial_entry")
    with tenants.viewing(viewer) as connection:
        found = {
            view: connection.execute(f"SELECT FROM visible.{view} LIMIT 1").rowcount == 1
            for view in views
        }
        row = connection.execute("SELECT now()").fetchone()
    assert len(set(found.values())) == 1, found
    assert row is not None
    return found["point"], row[0]


def test_access_ends_by_the_clock_alone(fresh: Tenants) -> None:
    ((end,),) = fresh.owner(
        "UPDATE trial SET ends_at = now() + INTERVAL '1.5 s' WHERE key = 'alpha' RETURNING ends_at"
    )

    def is_over() -> bool:
        sees, now = _seen_at(fresh)
        assert sees == (now < end)
        return now >= end

    wait_until(is_over, "the clock stands")


def test_access_begins_by_the_clock_alone(fresh: Tenants) -> None:
    # Readings of devices whose clock is ahead: already stored, and not to be seen yet.
    ((start,),) = fresh.owner(
        "UPDATE trial SET starts_at = now() + INTERVAL '1.5 s' WHERE key = 'alpha'"
        " RETURNING starts_at"
    )
    fresh.owner("INSERT INTO reading VALUES (3, now() + INTERVAL '2 s', 1, 0, 1, 0, now())")
    fresh.owner("UPDATE latest SET ts = now() + INTERVAL '2 s' WHERE point_id = 3")
    fresh.owner(
        "INSERT INTO rollup_1h SELECT point_id, now() + INTERVAL '1 h', 1, 1, 1, 1, 1"
        " FROM latest WHERE point_id = 3"
    )

    def has_begun() -> bool:
        sees, now = _seen_at(fresh)
        assert sees == (now >= start)
        return sees

    wait_until(has_begun, "the clock stands")


def test_the_handover_gives_time_to_take_the_data_home(fresh: Tenants) -> None:
    fresh.owner(
        "UPDATE trial SET ends_at = now() - INTERVAL '1 h', access_until = now() + INTERVAL '1 h'"
        " WHERE key = 'alpha'"
    )
    newest = fresh.rows("alpha", "SELECT max(ts) < now() - INTERVAL '1 h' FROM visible.reading")
    assert newest == [(True,)]
    assert fresh.rows("alpha", "SELECT count(*) FROM visible.latest") == [(0,)]
    assert fresh.rows("alpha", "SELECT count(*) FROM visible.trial") == [(1,)]


@pytest.mark.parametrize("kind", ["end", "revoke"])
def test_an_engineer_ends_it_at_once_and_only_an_engineer(fresh: Tenants, kind: str) -> None:
    statement = (
        "INSERT INTO trial_entry (trial_id, kind, title, from_at, account_id)"
        " VALUES (1, %s, 'Stop', now(), visible.account_id())"
    )
    for viewer in ("alpha", "beta", "operator", "early", "Control room"):
        with pytest.raises(Exception, match="row-level security"), fresh.viewing(viewer) as open_:
            open_.execute(statement, (kind,))
    assert _sees(fresh)
    with fresh.viewing("engineer") as open_:
        open_.execute(statement, (kind,))
    assert not _sees(fresh)
    assert not _sees(fresh, "early") or kind == "end"
    assert _sees(fresh, "beta")


def test_a_guest_comes_in_when_the_embargo_is_over(fresh: Tenants) -> None:
    assert not _sees(fresh, "guest")
    fresh.owner("UPDATE trial SET embargo_until = now() WHERE key = 'alpha'")
    assert _sees(fresh, "guest")
    fresh.owner("UPDATE trial_guest SET until_at = now()")
    assert not _sees(fresh, "guest")
    assert not _sees(fresh, "early")


def test_a_retired_trial_and_a_disabled_account_see_nothing(fresh: Tenants) -> None:
    fresh.owner("UPDATE account SET disabled_at = now() WHERE login = 'beta'")
    assert not _sees(fresh, "beta")
    fresh.owner("UPDATE trial SET retired_at = now() WHERE key = 'alpha'")
    assert not _sees(fresh, "alpha")


def test_the_next_company_on_a_point_is_not_seen_by_the_last_one(fresh: Tenants) -> None:
    # Alpha's trial is over, and beta has put another instrument on the same point.
    fresh.owner(
        "UPDATE trial SET ends_at = now() - INTERVAL '1 day', access_until = 'infinity'"
        " WHERE key = 'alpha'"
    )
    fresh.owner("UPDATE trial SET starts_at = now() - INTERVAL '11 h' WHERE key = 'beta'")
    fresh.owner("INSERT INTO trial_point VALUES (2, 3)")
    fresh.owner("INSERT INTO assignment VALUES (3, now() - INTERVAL '12 h', 4)")
    fresh.owner(
        "INSERT INTO point_definition (point_id, valid_from, kind, unit, unit_display, verified,"
        " note) VALUES (3, now() - INTERVAL '12 h', 'measurement', 'm3/h', 'm³/h', false,"
        " 'BETA-CANARY')"
    )
    for view in ("point", "point_definition", "assignment", "reading", "latest"):
        for viewer, other in (("alpha", "BETA-CANARY"), ("beta", "ALPHA-CANARY maker")):
            rows = fresh.rows(viewer, f"SELECT v::text FROM visible.{view} v WHERE point_id = 3")
            assert not any(other in row[0] for row in rows), f"visible.{view} shows {viewer} {rows}"
    assert fresh.rows("beta", "SELECT note FROM visible.point WHERE point_id = 3") == [
        ("BETA-CANARY",)
    ]
    assert fresh.rows("alpha", "SELECT note FROM visible.point WHERE point_id = 3") == [
        ("ALPHA-CANARY note",)
    ]


def test_limits_are_those_of_the_viewers_windows(fresh: Tenants) -> None:
    # Alpha's trial began two days ago and is over since yesterday.
    fresh.owner(
        "UPDATE trial SET ends_at = now() - INTERVAL '1 day', access_until = 'infinity'"
        " WHERE key = 'alpha'"
    )
    for age, value in (("9 days", 1.0), ("3 days", 2.0), ("30 h", 3.0), ("12 h", 4.0)):
        fresh.owner(
            "INSERT INTO limit_value (limit_set_id, point_id, bound, statistic, valid_from, value)"
            " VALUES (1, 3, 'max', 'value', now() - %s::interval, %s)",
            *(age, value),
        )
    fresh.owner("UPDATE limit_set SET source = 'a permit' WHERE limit_set_id = 1")
    limits = (
        "SELECT value, valid_to = 'infinity' FROM visible.limit_value WHERE point_id = 3 ORDER BY 1"
    )
    assert fresh.rows("alpha", limits) == [(2.0, False), (3.0, True)]
    assert [value for value, _ in fresh.rows("operator", limits)] == [1.0, 2.0, 3.0, 4.0]
    assert fresh.rows("beta", limits) == []


def test_a_name_a_unit_and_a_retirement_of_later_are_not_seen_by_who_was_there_before(
    fresh: Tenants,
) -> None:
    fresh.owner(
        "UPDATE trial SET ends_at = now() - INTERVAL '1 day', access_until = 'infinity'"
        " WHERE key = 'alpha'"
    )
    fresh.owner(
        "INSERT INTO point_former_name"
        " SELECT point_id, now() - INTERVAL '12 h', tag, area, name FROM point WHERE point_id = 3"
    )
    fresh.owner(
        "UPDATE point SET tag = 'LATER', name = '{\"en\": \"LATER\"}',"
        " retired_at = now() - INTERVAL '1 h' WHERE point_id = 3"
    )
    fresh.owner(
        "INSERT INTO point_definition (point_id, valid_from, kind, unit, unit_display, verified)"
        " VALUES (3, now() - INTERVAL '12 h', 'measurement', 'L/s', 'l/s', false)"
    )
    seen = (
        "SELECT tag, name ->> 'en', unit, retired_at IS NULL FROM visible.point WHERE point_id = 3"
    )
    assert fresh.rows("alpha", seen) == [("ALPHA-CANARY tag", "ALPHA-CANARY name", "m3/h", True)]
    assert fresh.rows("operator", seen) == [("LATER", "LATER", "L/s", False)]
    history = "SELECT unit, valid_to = 'infinity' FROM visible.point_definition WHERE point_id = 3"
    assert fresh.rows("alpha", history) == [("m3/h", True)]
    assert fresh.rows("alpha", "SELECT point_id FROM visible.trial_point ORDER BY 1") == [
        (1,),
        (3,),
    ]
